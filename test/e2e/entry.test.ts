import { describe, expect, test } from "vitest";
import { callAs, PASSWORD, SOON } from "./person.ts";
import { type Account, Stage } from "./stage.ts";

const stage = new Stage();

async function make(owner: Account, type: "group" | "channel", name: string, settings: object = {}): Promise<string> {
  const made = (await callAs(stage.url, owner.token, "POST", "/chats", {
    chat_type: type,
    chat_name: name,
    participants: [],
    settings,
  })) as { chat: { chat_id: string } };
  return made.chat.chat_id;
}

describe("coming in", () => {
  test("UI90 what is written to a broadcast list arrives as a direct message", async () => {
    const [ann, bo] = await Promise.all([stage.account("Ann Fern"), stage.account("Bo Fern")]);
    const [a, b] = await Promise.all([stage.signIn(ann), stage.signIn(bo)]);
    await a.page.getByRole("button", { name: "New chat" }).first().click();
    const dialog = a.page.getByRole("dialog", { name: "New chat" });
    await dialog.getByRole("radio", { name: "Broadcast list" }).click();
    await dialog.getByText("each gets it as a direct message").waitFor();
    await dialog.getByLabel("Name of the list").fill("Neighbours");
    await dialog.getByRole("button", { name: "Create list" }).click();
    await dialog.getByText("Choose at least one person.").waitFor();
    await dialog.getByRole("searchbox").fill("Bo Fern");
    await dialog.getByRole("option", { name: /Bo Fern/ }).click();
    await dialog.getByRole("button", { name: "Create list" }).click();
    await a.write("The market is on Sunday");
    await b.chat("Ann Fern").filter({ hasText: "The market is on Sunday" }).waitFor();
    expect(await b.chat("Neighbours").count()).toBe(0);
    await b.openChat("Ann Fern");
    await b.write("Thank you");
    await a.chat("Bo Fern").filter({ hasText: "Thank you" }).waitFor();
    await a.page.locator(".conversation-header").getByRole("button", { name: "Details", exact: true }).click();
    await a.page.getByText("Each gets this as a direct message").waitFor();
    await a.page.locator(".details-intro").getByText("1 recipient").waitFor();
    expect([...a.complaints, ...b.complaints]).toEqual([]);
  });

  test("UI90 UI95 a public channel is made, found in the directory and joined", async () => {
    const [cat, dov] = await Promise.all([stage.account("Cat Fern"), stage.account("Dov Fern")]);
    const c = await stage.signIn(cat);
    await c.page.getByRole("button", { name: "New chat" }).first().click();
    const dialog = c.page.getByRole("dialog", { name: "New chat" });
    await dialog.getByRole("radio", { name: "Channel" }).click();
    await dialog.getByLabel("Channel name").fill("Fern almanac");
    await dialog.getByLabel("Description (optional)").fill("What grows when");
    await dialog.getByText("Listed under Explore").click();
    await dialog.getByRole("button", { name: "Create channel" }).click();
    await c.write("Ferns are older than flowers");
    const d = await stage.signIn(dov, {}, "/directory");
    await d.page.getByRole("searchbox", { name: /Search public/ }).fill("alman");
    await d.page.getByRole("button", { name: "Join: Fern almanac" }).click({ timeout: SOON });
    await d.page.getByRole("dialog").getByRole("button", { name: "Join", exact: true }).click();
    await d.message("Ferns are older than flowers").waitFor();
    expect([...c.complaints, ...d.complaints]).toEqual([]);
  });

  test("UI91 what is set in the details takes hold, and is locked for others", async () => {
    const [eve, flo] = await Promise.all([stage.account("Eve Fern"), stage.account("Flo Fern")]);
    const chatId = await stage.group(eve, "Reading room", [flo], [[flo, "Hello"]]);
    const [e, f] = await Promise.all([
      stage.signIn(eve, {}, `/c/${chatId}/details`),
      stage.signIn(flo, {}, `/c/${chatId}`),
    ]);
    await f.composer.waitFor();
    await e.page
      .locator(".details-pane")
      .getByRole("button", { name: /^Settings/ })
      .click();
    await e.page.getByRole("button", { name: /Write messages/ }).click();
    await e.page.getByRole("option", { name: /Admins/ }).click();
    await f.composer.waitFor({ state: "detached" });
    await e.page.getByRole("button", { name: /Disappearing messages/ }).click();
    await e.page.getByRole("option", { name: "Custom…" }).click();
    const dialog = e.page.getByRole("dialog", { name: "Disappearing messages" });
    await dialog.getByLabel("How many").fill("0");
    await dialog.getByRole("button", { name: "Save" }).click();
    await dialog.getByText(/^Choose from/).waitFor();
    await dialog.getByLabel("How many").fill("3");
    await dialog.getByRole("button", { name: "Save" }).click();
    await f.page
      .getByText(/set messages to disappear after 3 days/)
      .first()
      .waitFor();
    await f.page.locator(".conversation-header").getByRole("button", { name: "Details", exact: true }).click();
    await f.page
      .locator(".details-pane")
      .getByRole("button", { name: /^Settings/ })
      .click();
    await f.page.getByText("Only admins can change these.").waitFor();
    expect(await f.page.getByRole("button", { name: /Disappearing messages/ }).isDisabled()).toBe(true);
    // Esc goes back to the chat first, and only then out of the panel.
    await f.page.keyboard.press("Escape");
    await f.page.getByRole("heading", { name: "Members", exact: true }).waitFor();
    expect([...e.complaints, ...f.complaints]).toEqual([]);
  });

  test("UI92 an invitation is made, opened signed out, and leads in", async () => {
    const [gus, hal] = await Promise.all([stage.account("Gus Fern"), stage.account("Hal Fern")]);
    const chatId = await make(gus, "group", "Orchard");
    await stage.say(gus, chatId, "Apples first");
    const g = await stage.signIn(gus, { permissions: ["clipboard-read", "clipboard-write"] }, `/c/${chatId}/details`);
    await g.page.getByRole("button", { name: "Invitation links" }).click();
    await g.page.getByRole("button", { name: "New link" }).click();
    const form = g.page.getByRole("dialog", { name: "New link" });
    await form.getByRole("button", { name: /People it lets in/ }).click();
    await g.page.getByRole("option", { name: "1", exact: true }).click();
    await form.getByRole("button", { name: "Create link" }).click();
    await g.page.locator(".invite-line").filter({ hasText: "0 of 1 used" }).waitFor();
    await g.page.getByRole("button", { name: "Actions for this link" }).click();
    await g.page.getByRole("menuitem", { name: "Copy link" }).click();
    await g.toldOf("Link copied");
    const url = new URL(await g.page.evaluate(() => navigator.clipboard.readText()));
    await g.page.getByRole("button", { name: "QR code" }).click();
    await g.page.getByRole("img", { name: "QR code of the invitation to Orchard" }).waitFor();
    const saved = g.page.waitForEvent("download");
    await g.page.getByRole("button", { name: "Save picture" }).click();
    expect((await saved).suggestedFilename()).toBe("Orchard-qr.png");

    const h = await stage.open();
    await h.page.goto(stage.url + url.pathname);
    await h.page.getByText("to use your invitation").waitFor();
    await h.page.getByRole("link", { name: "Create account" }).click();
    await h.page.getByRole("link", { name: "Sign in" }).click();
    await h.page.getByLabel("Username or email").fill(hal.username);
    await h.page.getByLabel("Password", { exact: true }).fill(PASSWORD);
    await h.page.getByRole("button", { name: "Sign in" }).click();
    await h.page.getByRole("heading", { name: "Orchard" }).waitFor();
    await h.page.getByRole("button", { name: "Join", exact: true }).click();
    await h.message("Apples first").waitFor();
    // It was for one person, and says so to the next.
    const ida = await stage.account("Ida Fern");
    const i = await stage.signIn(ida, {}, url.pathname);
    await i.page.getByText("This invitation does not work any more").waitFor();
    expect(g.complaints).toEqual([]);
  });

  test("UI93 who asks to join is shown as a badge and let in", async () => {
    const [jo, kit] = await Promise.all([stage.account("Jo Fern"), stage.account("Kit Fern")]);
    const chatId = await make(jo, "group", "Beekeepers", { is_public: true, needs_approval: true });
    const j = await stage.signIn(jo);
    const k = await stage.signIn(kit, {}, "/directory");
    await k.page.getByRole("searchbox", { name: /Search public/ }).fill("beekee");
    await k.page.getByRole("button", { name: "Ask to join: Beekeepers" }).click();
    await k.page.getByLabel("A word about you (optional)").fill("Two hives");
    await k.page.getByRole("dialog").getByRole("button", { name: "Ask to join" }).click();
    await k.page.getByText("You have asked to join").waitFor();
    await j.chat("Beekeepers").getByRole("img", { name: "1 person asks to join" }).waitFor();
    await j.page.goto(`${j.url}/c/${chatId}/details`);
    await j.page.getByRole("button", { name: /Join requests/ }).click();
    await j.page.getByText("Two hives").waitFor();
    await j.page.getByRole("button", { name: "Let in: Kit Fern" }).click();
    await j.page.getByText("Nobody is waiting").waitFor();
    await k.chat("Beekeepers").waitFor();
    expect([...j.complaints, ...k.complaints]).toEqual([]);
  });

  test("UI94 a banned person is out until they are let back in", async () => {
    const [lee, mo] = await Promise.all([stage.account("Lee Fern"), stage.account("Mo Fern")]);
    const chatId = await make(lee, "group", "Debate", { is_public: true });
    await callAs(stage.url, mo.token, "POST", `/chats/${chatId}/join`, {});
    const [l, m] = await Promise.all([stage.signIn(lee, {}, `/c/${chatId}/details`), stage.signIn(mo)]);
    await m.chat("Debate").waitFor();
    await l.page.getByRole("button", { name: "Actions for Mo Fern" }).click();
    await l.page.getByRole("menuitem", { name: "Ban" }).click();
    const dialog = l.page.getByRole("dialog", { name: "Ban Mo Fern?" });
    await dialog.getByLabel("Reason (optional)").fill("Shouting");
    await dialog.getByRole("button", { name: "Ban", exact: true }).click();
    await m.chat("Debate").waitFor({ state: "detached" });
    const link = (await callAs(stage.url, lee.token, "GET", `/chats/${chatId}/invite-link`)) as { code: string };
    await m.page.goto(`${m.url}/join/${link.code}`);
    await m.page.getByText("You were banned from this chat.").waitFor();
    await l.page.getByRole("button", { name: "Banned people" }).click();
    await l.page.getByText("For ever · Shouting").waitFor();
    await l.page.getByRole("button", { name: "Let back in: Mo Fern" }).click();
    await l.page.getByText("Nobody is banned").waitFor();
    await m.page.reload();
    await m.page.getByRole("button", { name: "Join", exact: true }).click();
    await m.composer.waitFor();
    expect([...l.complaints, ...m.complaints]).toEqual([]);
  });
});
