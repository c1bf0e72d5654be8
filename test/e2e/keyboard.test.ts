import { describe, expect, test } from "vitest";
import { PASSWORD, SOON } from "./person.ts";
import { Stage } from "./stage.ts";

const stage = new Stage();

describe("with keys alone", () => {
  test("UI40 sign in, find a person, talk, delete, look around, make and leave a group, sign out", async () => {
    const [ada, ben, cy] = await Promise.all([
      stage.account("Ada Key"),
      stage.account("Ben Key"),
      stage.account("Cy Key"),
    ]);
    const person = await stage.open();
    const { page } = person;
    const keys = page.keyboard;
    const focused = (): Promise<string> =>
      page.evaluate(() => {
        const one = document.activeElement;
        return one?.getAttribute("aria-label") ?? one?.textContent ?? "";
      });
    /** The name of the field that has the focus: whoever types waits for it. */
    const focusedField = (): Promise<string> =>
      page.evaluate(() => {
        const one = document.activeElement;
        if (!(one instanceof HTMLInputElement || one instanceof HTMLTextAreaElement)) return "";
        return one.getAttribute("aria-label") ?? one.labels?.[0]?.textContent ?? one.type;
      });
    const press = async (...names: string[]): Promise<void> => {
      for (const name of names) await keys.press(name);
    };

    await page.goto(stage.url);
    await expect.poll(() => focusedField()).toBe("Username or email");
    await keys.type(ada.username);
    await press("Tab");
    await keys.type(PASSWORD);
    await press("Enter");
    await page.getByText("No chats yet").waitFor();

    // Find a person and start a chat.
    await press("n");
    await page.getByRole("dialog").waitFor();
    await expect.poll(() => focusedField()).not.toBe("");
    await keys.type(ben.username);
    await page.getByRole("option", { name: "Ben Key" }).waitFor();
    await press("Enter");
    await expect.poll(() => focusedField()).toBe("Message to Ben Key");
    await keys.type("Typed without a mouse");
    await press("Enter");
    await person.state("Typed without a mouse", "sent").waitFor();
    await keys.type("A second one");
    await press("Enter");
    await person.state("A second one", "sent").waitFor();

    // To the messages and back; the menu; deleting.
    await press("Shift+ArrowUp");
    await expect.poll(focused, { timeout: SOON }).toContain("A second one");
    await press("ArrowUp");
    await expect.poll(focused, { timeout: SOON }).toContain("Typed without a mouse");
    await press("Shift+F10");
    await page.getByRole("menu", { name: "Message actions" }).locator("[role=menuitem]:focus").waitFor();
    await press("End");
    await expect.poll(focused).toContain("Delete for everyone");
    await press("Enter");
    await page.getByRole("alertdialog").waitFor();
    await expect.poll(focused).toBe("Cancel");
    await press("Tab", "Enter");
    await person.message("You deleted this message").waitFor();
    await expect.poll(focused, { timeout: SOON }).toBe("Message to Ben Key");

    // Details and back, one step at a time.
    await press("Control+.");
    await page.getByRole("complementary", { name: "Details" }).waitFor();
    await press("Escape");
    await page.getByRole("complementary", { name: "Details" }).waitFor({ state: "detached" });
    await press("Escape");
    await page.getByRole("button", { name: "Keyboard shortcuts" }).waitFor();
    await expect.poll(focused, { timeout: SOON }).toContain("Ben Key");

    // A group through the palette.
    await press("Control+k");
    await page.getByRole("dialog", { name: "Search and commands" }).locator("input:focus").waitFor();
    await keys.type("new group");
    await expect.poll(() => page.getByRole("menuitem").count()).toBe(1);
    await press("ArrowDown", "Enter");
    const groupName = page.getByLabel("Group name");
    await expect
      .poll(() => groupName.evaluate((field) => field === document.activeElement), { timeout: SOON })
      .toBe(true);
    await keys.type("Keyboard club");
    await press("Tab");
    await expect.poll(() => groupName.evaluate((field) => field !== document.activeElement)).toBe(true);
    await keys.type(cy.username);
    await page.getByRole("option", { name: "Cy Key" }).waitFor();
    await press("Enter");
    await page.getByRole("list", { name: "1 person chosen" }).waitFor();
    while (!(await focused()).includes("Create group")) await press("Tab");
    await press("Enter");
    await expect.poll(() => focusedField()).toBe("Message to Keyboard club");

    // The next chat of the list, and back by arrows and Enter.
    await press("Alt+ArrowDown");
    await expect.poll(() => focusedField()).toBe("Message to Ben Key");
    await press("Escape");
    await expect.poll(focused, { timeout: SOON }).toContain("Ben Key");
    await press("ArrowUp", "Enter");
    await expect.poll(() => focusedField()).toBe("Message to Keyboard club");

    // Leave it.
    await press("Control+.");
    await page.getByRole("button", { name: "Leave group" }).waitFor();
    for (let i = 0; i < 40 && !(await focused()).includes("Leave group"); i++) await press("Tab");
    await press("Enter");
    await page.getByRole("alertdialog").waitFor();
    await expect.poll(focused).toBe("Cancel");
    await press("Tab", "Enter");
    await page.getByRole("button", { name: "Keyboard shortcuts" }).waitFor();

    // The sheet of keys, then out.
    await page.evaluate(() => (document.activeElement as HTMLElement | null)?.blur());
    await press("?");
    await page.getByRole("dialog", { name: "Keyboard shortcuts" }).waitFor();
    await press("Escape");
    await page.getByRole("dialog").waitFor({ state: "detached" });
    await press("Control+k");
    await page.getByRole("dialog", { name: "Search and commands" }).locator("input:focus").waitFor();
    await keys.type("sign out");
    await expect.poll(() => page.getByRole("menuitem").count()).toBe(1);
    await press("ArrowDown", "Enter");
    await page.getByRole("alertdialog").waitFor();
    await expect.poll(focused).toBe("Cancel");
    await press("Tab", "Enter");
    await page.getByLabel("Username or email").waitFor();
    expect(person.complaints).toEqual([]);
  });

  test("UI45 the focus is where the eye is after a click, and goes back from what closes", async () => {
    const [fay, gus] = await Promise.all([stage.account("Fay Key"), stage.account("Gus Key")]);
    await stage.group(fay, "Lantern", [gus], [[gus, "Who has matches?"]]);
    await stage.direct(fay, gus, [[gus, "Hello"]]);
    const f = await stage.signIn(fay);
    const { page } = f;
    const focused = (): Promise<string> =>
      page.evaluate(
        () => document.activeElement?.getAttribute("aria-label") ?? document.activeElement?.textContent ?? "",
      );
    for (const title of ["Gus Key", "Lantern"]) {
      await f.chat(title).click();
      await expect.poll(focused, { timeout: SOON }).toBe(`Message to ${title}`);
    }
    const message = f.message("Who has matches?");
    await message.focus();
    await page.keyboard.press("t");
    await expect.poll(focused, { timeout: SOON }).toBe("Reply in the thread in Lantern");
    await page.keyboard.press("Escape");
    await expect.poll(focused, { timeout: SOON }).toContain("Who has matches?");
    await page.keyboard.press("Control+.");
    await page.getByRole("button", { name: "Banned people" }).focus();
    await page.keyboard.press("Enter");
    await page.getByText("Nobody is banned").waitFor();
    await expect.poll(focused).toBe("Banned people");
    await page.keyboard.press("Escape");
    await page.getByText("Nobody is banned").waitFor({ state: "detached" });
    await expect.poll(focused).toBe("Banned people");
    await page.keyboard.press("Escape");
    await expect.poll(focused, { timeout: SOON }).toContain("Who has matches?");
    expect(f.complaints).toEqual([]);
  });

  test("UI40 the first Tab offers to skip the list", async () => {
    const [dee, eve] = await Promise.all([stage.account("Dee Key"), stage.account("Eve Key")]);
    const chatId = await stage.direct(dee, eve);
    const d = await stage.signIn(dee, {}, `/c/${chatId}`);
    await d.composer.waitFor();
    await d.page.evaluate(() => (document.activeElement as HTMLElement | null)?.blur());
    await d.page.evaluate(() => window.getSelection()?.removeAllRanges());
    await d.page.locator(".skip-link").focus();
    await d.page.keyboard.press("Enter");
    await expect.poll(() => d.composer.evaluate((area) => document.activeElement === area)).toBe(true);
  });
});
