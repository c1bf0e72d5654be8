import { describe, expect, test } from "vitest";
import { SOON } from "./person.ts";
import { Stage } from "./stage.ts";

const stage = new Stage();

describe("two people talk", () => {
  test("UI1 UI2 UI3 UI6 both ways, with ticks, typing and badge", async () => {
    const [ada, ben] = await Promise.all([stage.account("Ada Byron"), stage.account("Ben Okri")]);
    await stage.direct(ada, ben);
    const a = await stage.signIn(ada);
    await a.openChat("Ben Okri");
    await a.write("First words");
    // Stored, and nobody there yet.
    await a.state("First words", "sent").waitFor();

    const b = await stage.signIn(ben);
    await b.chat("Ada Byron").locator(".badge").filter({ hasText: "1" }).waitFor();
    await a.state("First words", "delivered").waitFor();
    await b.openChat("Ada Byron");
    await b.message("First words").waitFor();
    await a.state("First words", "read").waitFor();
    await expect.poll(() => b.chat("Ada Byron").locator(".badge").count(), { timeout: SOON }).toBe(0);

    // Typing is over in a moment: it goes on until it is seen.
    const typing = a.page.locator(".typing-words").filter({ hasText: "Ben Okri is typing" });
    const isSeen = async (): Promise<boolean> => {
      await b.composer.pressSequentially("And");
      return (await typing.count()) > 0;
    };
    await expect.poll(isSeen, { timeout: SOON, interval: 300 }).toBe(true);
    await b.write("And back");
    await a.message("And back").waitFor();
    await a.page.locator(".typing-words").waitFor({ state: "detached" });
    await b.state("And back", "read").waitFor();

    // The list shows the last words, and whose they are.
    await a.chat("Ben Okri").filter({ hasText: "And back" }).waitFor();
    await b.chat("Ada Byron").filter({ hasText: "You: And back" }).waitFor();
    expect(a.complaints).toEqual([]);
    expect(b.complaints).toEqual([]);
  });

  test("UI4 a group made in the browser reaches everybody", async () => {
    const [cleo, dan, eva] = await Promise.all([
      stage.account("Cleo Vance"),
      stage.account("Dan Morrow"),
      stage.account("Eva Stern"),
    ]);
    const d = await stage.signIn(dan);
    await d.page.getByText("No chats yet").waitFor();
    const c = await stage.signIn(cleo);
    await c.page.getByRole("button", { name: "New group" }).click();
    const dialog = c.page.getByRole("dialog");
    await dialog.getByRole("button", { name: "Create group" }).click();
    await dialog.getByText("Give the group a name.").waitFor();
    await dialog.getByLabel("Group name").fill("Night train");
    for (const one of [dan, eva]) {
      await dialog.getByRole("searchbox").fill(one.username);
      await dialog.getByRole("option", { name: one.name }).click();
    }
    await dialog.getByRole("button", { name: "Create group" }).click();
    await c.composer.waitFor();
    await c.page.locator(".timeline-notice").filter({ hasText: "You created “Night train”" }).waitFor();
    await c.write("All aboard");
    await d.chat("Night train").filter({ hasText: "Cleo: All aboard" }).waitFor();
    await d.openChat("Night train");
    await d.message("All aboard").waitFor();
    await d.page.locator(".conversation-status").filter({ hasText: "3 members" }).waitFor();

    // The owner makes somebody an admin; the change is told in everybody's own words.
    await c.page.locator(".conversation-header").getByRole("button", { name: "Details", exact: true }).click();
    await c.page.getByRole("button", { name: "Actions for Dan Morrow" }).click();
    await c.page.getByRole("menuitem", { name: "Make admin" }).click();
    await c.page.locator(".member-role").filter({ hasText: "Admin" }).waitFor();
    await d.page.locator(".timeline-notice").filter({ hasText: "Cleo Vance made you an admin" }).waitFor();
  });

  test("UI5 deleting for everyone leaves a tombstone on both screens", async () => {
    const [fay, gus] = await Promise.all([stage.account("Fay Lind"), stage.account("Gus Hale")]);
    await stage.direct(fay, gus, [[fay, "A slip of the tongue"]]);
    const [f, g] = [await stage.signIn(fay), await stage.signIn(gus)];
    await f.openChat("Gus Hale");
    await g.openChat("Fay Lind");
    await g.message("A slip of the tongue").waitFor();
    await f.message("A slip of the tongue").click({ button: "right" });
    await f.page.getByRole("menuitem", { name: "Delete for everyone" }).click();
    await f.page.getByRole("alertdialog").getByRole("button", { name: "Delete for everyone" }).click();
    await f.message("You deleted this message").waitFor();
    await g.message("Message deleted").waitFor();
    await g.message("A slip of the tongue").waitFor({ state: "detached" });
    // The other's message has no such entry.
    await g.write("Never mind");
    await f.message("Never mind").click({ button: "right" });
    await f.page.getByRole("menuitem", { name: "Copy text" }).waitFor();
    expect(await f.page.getByRole("menuitem", { name: "Delete for everyone" }).count()).toBe(0);
  });

  test("UI7 UI8 opens at the first unread message, and reads out only what comes", async () => {
    const [hal, ida] = await Promise.all([stage.account("Hal Brook"), stage.account("Ida Fern")]);
    const lines = Array.from({ length: 30 }, (_, i) => [hal, `Line ${i + 1}`] as const);
    const chatId = await stage.direct(hal, ida, lines);
    const i = await stage.signIn(ida);
    await i.openChat("Hal Brook");
    await i.page.locator(".timeline-unread").waitFor();
    await i.message("Line 1").first().waitFor();
    const spoken = i.page.locator("[data-arrivals]");
    expect(await spoken.textContent()).toBe("");
    await stage.say(hal, chatId, "Fresh off the press");
    await spoken.getByText("Hal Brook: Fresh off the press").waitFor({ state: "attached" });
    expect(await spoken.locator("p").count()).toBe(1);
  });

  test("UI6 a chat is marked as read from its menu, without being opened", async () => {
    const [lou, max] = await Promise.all([stage.account("Lou Finch"), stage.account("Max Thorn")]);
    const chatId = await stage.direct(lou, max, [
      [lou, "One"],
      [lou, "Two"],
    ]);
    const m = await stage.signIn(max);
    const badge = m.chat("Lou Finch").locator(".badge");
    await badge.filter({ hasText: "2" }).waitFor();
    await m.chat("Lou Finch").click({ button: "right" });
    await m.page.getByRole("menuitem", { name: "Mark as read" }).click();
    await badge.waitFor({ state: "detached" });
    await m.page.reload();
    // What comes next is counted alone.
    await stage.say(lou, chatId, "Three");
    await badge.getByText(/^1 unread/).waitFor();
    expect(new URL(m.page.url()).pathname).toBe("/");
  });

  test("UI42 UI43 keys of the composer, and emoji at the caret", async () => {
    const [jon, kim] = await Promise.all([stage.account("Jon West"), stage.account("Kim Rowe")]);
    await stage.direct(jon, kim);
    const j = await stage.signIn(jon);
    await j.openChat("Kim Rowe");
    await j.composer.pressSequentially("one");
    await j.composer.press("Shift+Enter");
    await j.composer.pressSequentially("two");
    expect(await j.composer.inputValue()).toBe("one\ntwo");
    // While an input method composes, Enter is its own.
    await j.composer.dispatchEvent("keydown", { key: "Enter", keyCode: 229, isComposing: true, bubbles: true });
    expect(await j.composer.inputValue()).toBe("one\ntwo");
    await j.composer.press("Home");
    await j.page.getByRole("button", { name: "Emoji", exact: true }).click();
    const picker = j.page.getByRole("dialog", { name: "Emoji" });
    await picker.getByRole("searchbox").fill("compass");
    await picker.locator(".emoji-button[aria-label=Compass]:visible").click();
    await expect.poll(() => j.composer.inputValue()).toBe("one\n🧭two");
    await expect.poll(() => j.composer.evaluate((area: HTMLTextAreaElement) => area.selectionStart)).toBe(6);
    await expect.poll(() => j.composer.evaluate((area) => document.activeElement === area)).toBe(true);
    await j.composer.press("Enter");
    await j.message("🧭two").waitFor();
    await expect.poll(() => j.composer.inputValue()).toBe("");
    await expect.poll(() => j.composer.evaluate((area) => document.activeElement === area)).toBe(true);
  });
});
