import { describe, expect, test } from "vitest";
import { callAs, SOON } from "./person.ts";
import { Stage } from "./stage.ts";

const stage = new Stage();

describe("two people mark what was said", () => {
  test("UI50 an answer quotes what it answers, and the quote leads there", async () => {
    const [ann, bo] = await Promise.all([stage.account("Ann Reed"), stage.account("Bo Lark")]);
    const lines = Array.from({ length: 60 }, (_, i) => [bo, `Line ${i + 1} of many`] as const);
    await stage.direct(ann, bo, [[bo, "Where shall we meet?"], ...lines, [bo, "Say something"]]);
    const [a, b] = await Promise.all([stage.signIn(ann), stage.signIn(bo)]);
    await Promise.all([a.openChat("Bo Lark"), b.openChat("Ann Reed")]);
    await a.page.evaluate(() => document.querySelector(".timeline-unread")?.scrollIntoView());
    await a.message("Where shall we meet?").click({ button: "right" });
    await a.page.getByRole("menuitem", { name: "Reply", exact: true }).click();
    const banner = a.page.locator(".composer-banner");
    await banner.filter({ hasText: "Reply to Bo Lark" }).waitFor();
    // Esc takes it back, and the key brings it again.
    await expect.poll(() => a.composer.evaluate((area) => document.activeElement === area)).toBe(true);
    await a.composer.press("Escape");
    await banner.waitFor({ state: "detached" });
    await a.message("Where shall we meet?").focus();
    await a.page.keyboard.press("r");
    await banner.waitFor();
    await a.write("At the crane");
    await banner.waitFor({ state: "detached" });
    const quote = b.message("At the crane").locator(".quote");
    await quote.filter({ hasText: "Where shall we meet?" }).waitFor();
    // The mark fades: whoever looks for it looks before it comes.
    const marked = b.page.waitForFunction(
      (words) => document.querySelector(".message[data-target]")?.textContent?.includes(words),
      "Where shall we meet?",
      { polling: "raf" },
    );
    await quote.click();
    await marked;
    await b.sees("Where shall we meet?");
    expect(a.complaints).toEqual([]);
    expect(b.complaints).toEqual([]);
  });

  test("UI58 the info of a message says who has read it, and when, as it happens", async () => {
    const [eli, fay] = await Promise.all([stage.account("Eli Stone"), stage.account("Fay Marsh")]);
    await stage.direct(eli, fay, [[eli, "Are you there?"]]);
    const e = await stage.signIn(eli);
    await e.openChat("Fay Marsh");
    await e.message("Are you there?").click({ button: "right" });
    await e.page.getByRole("menuitem", { name: "Info", exact: true }).click();
    const info = e.page.getByRole("dialog", { name: "Message info" });
    await info.getByRole("heading", { name: "Not yet delivered to" }).waitFor();
    expect(await info.locator(".message-info-times").count()).toBe(0);
    const f = await stage.signIn(fay);
    await f.openChat("Eli Stone");
    await info.getByRole("heading", { name: "Read by" }).waitFor();
    await info
      .locator(".message-info-times")
      .filter({ hasText: /^Delivered .*\d:\d\d.* · Read .*\d:\d\d/ })
      .waitFor();
    expect(e.complaints).toEqual([]);
  });

  test("UI51 a changed message shows so to both, with what it said before; the draft beneath is kept", async () => {
    const [cat, dov] = await Promise.all([stage.account("Cat Moss"), stage.account("Dov Hill")]);
    await stage.direct(cat, dov, [[cat, "See you at fve"]]);
    const [c, d] = await Promise.all([stage.signIn(cat), stage.signIn(dov)]);
    await Promise.all([c.openChat("Dov Hill"), d.openChat("Cat Moss")]);
    await c.message("See you at fve").waitFor();
    await c.composer.fill("half a thought");
    await c.message("See you at fve").focus();
    await c.page.keyboard.press("e");
    await expect.poll(() => c.composer.inputValue()).toBe("See you at fve");
    await c.composer.fill("See you at five");
    await c.composer.press("Enter");
    await c.message("See you at five").locator(".bubble-edited").waitFor();
    await expect.poll(() => c.composer.inputValue()).toBe("half a thought");
    await d.message("See you at five").locator(".bubble-edited").click();
    const history = d.page.getByRole("dialog", { name: "Earlier versions" });
    await history.getByText("See you at fve").waitFor();
    await history.getByText("See you at five").waitFor();
    // Arrow up with nothing typed takes the last own message; Esc leaves it as it was.
    await c.composer.fill("");
    await c.composer.press("ArrowUp");
    await expect.poll(() => c.composer.inputValue()).toBe("See you at five");
    await c.composer.press("Escape");
    await expect.poll(() => c.composer.inputValue()).toBe("");
    expect(c.complaints).toEqual([]);
    expect(d.complaints).toEqual([]);
  });

  test("UI52 reactions are set, counted, told by name and taken back", async () => {
    const [eve, flo] = await Promise.all([stage.account("Eve Sand"), stage.account("Flo Rain")]);
    await stage.direct(eve, flo, [[eve, "We won"]]);
    const [e, f] = await Promise.all([stage.signIn(eve), stage.signIn(flo)]);
    await Promise.all([e.openChat("Flo Rain"), f.openChat("Eve Sand")]);
    await f.message("We won").focus();
    await f.page.keyboard.press("+");
    // The first has the focus, arrows lead on.
    await f.page.locator('[aria-label="React with 👍"]:focus').waitFor();
    for (let i = 0; i < 5; i++) await f.page.keyboard.press("ArrowRight");
    await f.page.locator('[aria-label="React with 🙏"]:focus').waitFor();
    await f.page.keyboard.press("Enter");
    const theirs = e.message("We won").locator(".reaction");
    await theirs.filter({ hasText: "1" }).waitFor();
    await theirs.click();
    await f.message("We won").locator('.reaction[aria-pressed="true"]').filter({ hasText: "2" }).waitFor();
    await e.page.mouse.move(0, 0);
    await theirs.hover();
    await e.page.getByRole("tooltip").filter({ hasText: "Flo Rain" }).waitFor();
    await f.message("We won").locator(".reaction").click();
    await e.message("We won").locator(".reaction").filter({ hasText: "1" }).waitFor();
    await e.message("We won").locator(".reaction").click();
    await theirs.waitFor({ state: "detached" });
    await f.message("We won").locator(".reaction").waitFor({ state: "detached" });
    expect(e.complaints).toEqual([]);
    expect(f.complaints).toEqual([]);
  });

  test("UI53 a pinned message stands under both headers, until it is unpinned", async () => {
    const [gil, hue] = await Promise.all([stage.account("Gil Wood"), stage.account("Hue Lane")]);
    await stage.direct(gil, hue, [
      [gil, "The code of the door is 12"],
      [hue, "Thanks"],
    ]);
    const [g, h] = await Promise.all([stage.signIn(gil), stage.signIn(hue)]);
    await Promise.all([g.openChat("Hue Lane"), h.openChat("Gil Wood")]);
    await g.message("The code of the door is 12").click({ button: "right" });
    await g.page.getByRole("menuitem", { name: "Pin for everybody" }).click();
    const bar = h.page.locator(".pinned-bar");
    await bar.filter({ hasText: "The code of the door is 12" }).waitFor();
    await g.page.locator(".pinned-bar").waitFor();
    await bar.locator(".pinned-message").click();
    await h.sees("The code of the door");
    await g.message("The code of the door is 12").click({ button: "right" });
    await g.page.getByRole("menuitem", { name: "Unpin" }).click();
    await bar.waitFor({ state: "detached" });
    expect(g.complaints).toEqual([]);
    expect(h.complaints).toEqual([]);
  });

  test("UI53 what was pinned far above stands there before the server has said so, and moves nothing", async () => {
    const [pia, rex, sol] = await Promise.all(["Pia Cove", "Rex Dune", "Sol Reed"].map((name) => stage.account(name)));
    if (pia === undefined || rex === undefined || sol === undefined) throw new Error("three people");
    // Her own words, so that nothing is unread and the chat opens at its end.
    const lines = Array.from({ length: 260 }, (_, i) => [pia, `Line ${i + 1} of a long talk`] as const);
    const chatId = await stage.direct(pia, rex, [[pia, "Where the key lies"], ...lines]);
    await stage.direct(pia, sol, [[sol, "Another talk"]]);
    await callAs(stage.url, rex.token, "POST", `/chats/${chatId}/pin-message`, { message_id: `${chatId}.1` });
    // What goes through the service worker cannot be held up here.
    const p = await stage.signIn(pia, { serviceWorkers: "block" }, `/c/${chatId}`);
    const bar = p.page.locator(".pinned-bar");
    await bar.getByText("Where the key lies").waitFor();
    const top = async (): Promise<number | undefined> => (await p.page.locator(".timeline").boundingBox())?.y;
    const before = await top();
    // From here on the server says nothing of pins until it is let.
    let answer = (): void => undefined;
    const isLet = new Promise<void>((resolve) => {
      answer = resolve;
    });
    await p.page.route("**/pins*", async (route) => {
      await isLet;
      await route.continue();
    });
    await p.chat("Sol Reed").click();
    await p.message("Another talk").waitFor();
    await bar.waitFor({ state: "detached" });
    await p.chat("Rex Dune").click();
    await bar.getByText("Where the key lies").waitFor();
    await expect.poll(top).toBe(before);
    // A new page knows that there is something, and keeps its place free.
    await p.page.reload();
    await p.message("Line 260 of a long talk").waitFor();
    expect(await bar.getAttribute("aria-busy")).toBe("true");
    expect(await top()).toBe(before);
    answer();
    await bar.getByText("Where the key lies").waitFor();
    expect(await top()).toBe(before);
    expect(p.complaints).toEqual([]);
  });

  test("UI53 all that is pinned stands in a list, which leads there and unpins", async () => {
    const [una, vik] = await Promise.all([stage.account("Una Ford"), stage.account("Vik Hale")]);
    const lines = Array.from({ length: 80 }, (_, i) => [vik, `Note ${i + 1} of many`] as const);
    const chatId = await stage.direct(una, vik, [[vik, "The oldest thing to keep"], ...lines]);
    const pin = (seq: number): Promise<unknown> =>
      callAs(stage.url, vik.token, "POST", `/chats/${chatId}/pin-message`, { message_id: `${chatId}.${seq}` });
    await pin(1);
    await pin(70);
    const u = await stage.signIn(una, {}, `/c/${chatId}`);
    await u.page.getByRole("button", { name: "All pinned messages" }).click();
    const list = u.page.getByRole("dialog").getByRole("list", { name: "Pinned messages" });
    await list.getByRole("listitem").nth(1).waitFor();
    expect(await list.getByRole("listitem").allInnerTexts()).toEqual([
      expect.stringContaining("Note 69 of many"),
      expect.stringContaining("The oldest thing to keep"),
    ]);
    await list.getByText("The oldest thing to keep").click();
    await u.sees("The oldest thing to keep");
    await u.page.getByRole("button", { name: "All pinned messages" }).click();
    await list.getByRole("listitem").filter({ hasText: "Note 69" }).getByRole("button", { name: "Unpin" }).click();
    await list.getByText("Note 69 of many").waitFor({ state: "detached" });
    await list.getByRole("button", { name: "Unpin" }).click();
    await u.page.getByText("Nothing is pinned").waitFor();
    const pins = (): Promise<unknown> => callAs(stage.url, vik.token, "GET", `/chats/${chatId}/pins`);
    await expect.poll(pins, { timeout: SOON }).toMatchObject({ messages: [] });
    await u.page.keyboard.press("Escape");
    await u.page.locator(".pinned-bar").waitFor({ state: "detached" });
    await u.page.getByRole("button", { name: "Undo" }).first().click();
    await u.page.locator(".pinned-bar").waitFor();
    expect(u.complaints).toEqual([]);
  });

  test("UI54 deleting for oneself leaves it to the other, and can be undone", async () => {
    const [ivy, jay] = await Promise.all([stage.account("Ivy Cole"), stage.account("Jay Pine")]);
    const chatId = await stage.direct(ivy, jay, [
      [jay, "First"],
      [jay, "Second"],
    ]);
    const [i, j] = await Promise.all([stage.signIn(ivy), stage.signIn(jay)]);
    await Promise.all([i.openChat("Jay Pine"), j.openChat("Ivy Cole")]);
    await i.message("First").click({ button: "right" });
    await i.page.getByRole("menuitem", { name: "Delete for me" }).click();
    await i.message("First").waitFor({ state: "detached" });
    await i.page.getByRole("button", { name: "Undo" }).click();
    await i.message("First").waitFor();
    await i.message("First").focus();
    await i.page.keyboard.press("Delete");
    await i.message("First").waitFor({ state: "detached" });
    await i.page.reload();
    await i.message("Second").waitFor();
    // What is said now comes after all that the server knew before.
    await stage.say(jay, chatId, "Third");
    await i.message("Third").waitFor();
    expect(await i.message("First").count()).toBe(0);
    expect(await j.message("First").count()).toBe(1);
  });
});

describe("a message goes further", () => {
  test("UI57 forwarding copies a message to the chosen chats, with who wrote it first", async () => {
    const [pam, quin, rex] = await Promise.all([
      stage.account("Pam Dale"),
      stage.account("Quin Ash"),
      stage.account("Rex Holm"),
    ]);
    await stage.direct(pam, quin, [[quin, "The train leaves at nine"]]);
    await stage.direct(pam, rex);
    const [p, r] = await Promise.all([stage.signIn(pam), stage.signIn(rex)]);
    await p.openChat("Quin Ash");
    await p.message("The train leaves at nine").focus();
    await p.page.keyboard.press("f");
    const dialog = p.page.getByRole("dialog", { name: "Forward to" });
    await dialog.getByRole("searchbox").fill("rex");
    await dialog.getByRole("option", { name: "Rex Holm" }).click();
    await dialog.getByRole("button", { name: "Forward" }).click();
    await p.toldOf("Forwarded");
    await r.openChat("Pam Dale");
    await r.message("The train leaves at nine").filter({ hasText: "Forwarded from Quin Ash" }).waitFor();
    expect(p.complaints).toEqual([]);
    expect(r.complaints).toEqual([]);
  });

  test("UI57 where nothing may be written is shown with the reason, and cannot be chosen", async () => {
    const [sam, tea] = await Promise.all([stage.account("Sam Reed"), stage.account("Tea Wolf")]);
    const chatId = await stage.direct(sam, tea, [[tea, "Pass it on"]]);
    const quiet = await stage.group(tea, "Quiet corner", [sam]);
    await callAs(stage.url, tea.token, "PUT", `/chats/${quiet}`, { settings: { permissions: { write: "staff" } } });
    await stage.group(tea, "Loud corner", [sam]);
    const s = await stage.signIn(sam, {}, `/c/${chatId}`);
    await s.message("Pass it on").focus();
    await s.page.keyboard.press("f");
    const dialog = s.page.getByRole("dialog", { name: "Forward to" });
    const closed = dialog.getByRole("option", { name: "Quiet corner" });
    await closed.filter({ hasText: "Only some members may write here" }).waitFor();
    expect(await closed.getAttribute("aria-disabled")).toBe("true");
    await dialog.getByRole("option", { name: "Loud corner" }).click();
    await dialog.getByText("1 chat chosen").waitFor();
    await dialog.getByRole("button", { name: "Forward" }).click();
    await s.toldOf("Forwarded");
    expect(s.complaints).toEqual([]);
  });
});

describe("a person puts their chats in order", () => {
  test("UI112 what the row of a chat offers is offered by its header and the palette too", async () => {
    const [oda, per] = await Promise.all([stage.account("Oda Berg"), stage.account("Per Falk")]);
    const chatId = await stage.direct(oda, per, [[per, "Hello there"]]);
    const o = await stage.signIn(oda, {}, `/c/${chatId}`);
    const choose = async (...names: string[]): Promise<void> => {
      await o.page.getByRole("button", { name: "More", exact: true }).click();
      for (const name of names) await o.page.getByRole("menuitem", { name }).click();
      await o.page.locator(".menu-popover").waitFor({ state: "detached" });
    };
    await o.message("Hello there").waitFor();
    await choose("Mute", "For 1 hour");
    await o.chat("Per Falk").getByRole("img", { name: "muted" }).waitFor();
    await choose("Mark as unread");
    await o.chat("Per Falk").getByText("marked as unread").waitFor();
    await expect.poll(() => new URL(o.page.url()).pathname, { timeout: SOON }).toBe("/");
    await o.openChat("Per Falk");
    await o.chat("Per Falk").getByText("marked as unread").waitFor({ state: "detached" });
    await o.page.keyboard.press("Control+k");
    await o.page.getByRole("searchbox", { name: "Search and commands" }).fill("unmute");
    await o.page.getByRole("menuitem", { name: "Unmute" }).click();
    await o.chat("Per Falk").getByRole("img", { name: "muted" }).waitFor({ state: "detached" });
    await choose("Archive");
    await o.page.getByRole("button", { name: "Undo" }).click();
    await o.chat("Per Falk").waitFor();
    await o.page.keyboard.press("Control+.");
    const notifications = o.page.getByRole("button", { name: /^Notifications/ });
    await notifications.filter({ hasText: "On" }).click();
    await o.page.getByRole("menuitem", { name: "For 8 hours" }).click();
    await notifications.filter({ hasText: "Muted until" }).waitFor();
    await o.chat("Per Falk").getByRole("img", { name: "muted" }).waitFor();
    expect(o.complaints).toEqual([]);
  });

  test("UI55 mute, pin, archive and mark as unread, on all devices of theirs", async () => {
    const [kay, leo, mia] = await Promise.all([
      stage.account("Kay West"),
      stage.account("Leo Park"),
      stage.account("Mia Ford"),
    ]);
    await stage.direct(kay, leo, [[kay, "Older"]]);
    await stage.direct(kay, mia, [[kay, "Newer"]]);
    const [k, other] = await Promise.all([stage.signIn(kay), stage.signIn(kay)]);
    const choose = async (chat: string, ...names: string[]): Promise<void> => {
      await k.chat(chat).click({ button: "right" });
      for (const name of names) await k.page.getByRole("menuitem", { name, exact: true }).click();
    };
    await k.chat("Mia Ford").waitFor();
    await choose("Leo Park", "Mute", "For 8 hours");
    await other.chat("Leo Park").getByRole("img", { name: "muted" }).waitFor();
    await choose("Leo Park", "Pin to the top");
    await expect
      .poll(() => other.page.locator(".chat-option .chat-title").allTextContents(), { timeout: SOON })
      .toEqual(["Leo Park", "Mia Ford"]);
    await choose("Mia Ford", "Mark as unread");
    await other.chat("Mia Ford").locator(".badge-dot").waitFor();
    await other.openChat("Mia Ford");
    await k.chat("Mia Ford").locator(".badge-dot").waitFor({ state: "detached" });
    await choose("Mia Ford", "Archive");
    await k.toldOf("Undo");
    await other.page.locator(".archive-link").waitFor();
    await other.chat("Mia Ford").waitFor({ state: "detached" });
    // Not by what was told, which goes after a while.
    await k.page.locator(".archive-link").click();
    await choose("Mia Ford", "Take out of the archive");
    await other.chat("Mia Ford").waitFor();
    await k.page.locator(".archive-head").getByRole("button").click();
    await choose("Leo Park", "Unmute");
    await other.chat("Leo Park").getByRole("img", { name: "muted" }).waitFor({ state: "detached" });
    expect(k.complaints).toEqual([]);
  });

  test("UI56 what is typed on one device stands in the composer of another", async () => {
    const [nia, oto] = await Promise.all([stage.account("Nia Beck"), stage.account("Oto Graf")]);
    await stage.direct(nia, oto);
    const [n, other] = await Promise.all([stage.signIn(nia), stage.signIn(nia)]);
    await n.openChat("Oto Graf");
    await n.composer.pressSequentially("Begun here");
    await other.chat("Oto Graf").filter({ hasText: "Begun here" }).waitFor();
    await other.openChat("Oto Graf");
    await expect.poll(() => other.composer.inputValue(), { timeout: SOON }).toBe("Begun here");
    expect(n.complaints).toEqual([]);
    expect(other.complaints).toEqual([]);
  });
});
