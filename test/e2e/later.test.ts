import type { Locator } from "playwright-core";
import { describe, expect, test } from "vitest";
import { callAs, type Person, SOON } from "./person.ts";
import { Stage } from "./stage.ts";

const stage = new Stage();

const menu = async (person: Person, text: string, ...items: string[]): Promise<void> => {
  await person.message(text).first().click({ button: "right" });
  for (const item of items) await person.page.locator(`[role=menuitem][data-key=${item}]`).click();
};

describe("what happens later", () => {
  test("UI65 a message waits for its time, can be changed, sent now and taken back", async () => {
    const [ann, bo] = await Promise.all([stage.account("Ann Reed"), stage.account("Bo Lark")]);
    await stage.direct(ann, bo, [[bo, "Hello"]]);
    const [a, b] = await Promise.all([stage.signIn(ann), stage.signIn(bo)]);
    await Promise.all([a.openChat("Bo Lark"), b.openChat("Ann Reed")]);
    await a.composer.fill("Good morning");
    await a.page.locator(".composer-send").click({ button: "right" });
    await a.page.getByRole("menuitem", { name: "In an hour" }).click();
    await expect.poll(() => a.composer.inputValue()).toBe("");
    await a.page.getByRole("button", { name: "1 scheduled message" }).click();
    const dialog = a.page.getByRole("dialog", { name: "Scheduled messages" });
    const actions = dialog.getByRole("button", { name: /^Actions for/ });
    await dialog.getByText("Good morning").waitFor();
    await actions.click();
    await a.page.getByRole("menuitem", { name: "Edit" }).click();
    await dialog.getByLabel("New text of the message").fill("Good evening");
    await dialog.getByRole("button", { name: "Save" }).click();
    await dialog.getByText("Good evening").waitFor();
    await actions.click();
    await a.page.getByRole("menuitem", { name: "Send now" }).click();
    await b.message("Good evening").waitFor();
    expect(await b.message("Good morning").count()).toBe(0);
    await a.page.keyboard.press("Escape");
    // Another one, at a time chosen from the keys, is taken back.
    await a.composer.fill("Never mind");
    await a.page.locator(".composer-send").click({ button: "right" });
    await a.page.getByRole("menuitem", { name: "Choose a time…" }).click();
    await a.page.getByRole("button", { name: "Send at this time" }).click();
    await a.page.getByRole("button", { name: "1 scheduled message" }).click();
    await actions.click();
    await a.page.getByRole("menuitem", { name: "Do not send" }).click();
    await dialog.getByText("Nothing is waiting").waitFor();
    await a.page.getByRole("button", { name: "Undo" }).click();
    await dialog.getByText("Never mind").waitFor();
    await actions.click();
    await a.page.getByRole("menuitem", { name: "Do not send" }).click();
    await dialog.getByText("Nothing is waiting").waitFor();
    expect([...a.complaints, ...b.complaints]).toEqual([]);
  });

  test("UI65 what waits is changed on another device, and keeps whom it names and its own time", async () => {
    const [kai, lux] = await Promise.all([stage.account("Kai Fern"), stage.account("Lux Fern")]);
    const chatId = await stage.group(kai, "Ferry", [lux], [[lux, "Hello"]]);
    const at = new Date(Date.now() + 3_600_000).toISOString();
    const waiting = (): Promise<unknown> => callAs(stage.url, kai.token, "GET", `/chats/${chatId}/scheduled`);
    await callAs(stage.url, kai.token, "POST", `/chats/${chatId}/scheduled`, {
      client_msg_id: "tide",
      send_at: at,
      content: { text: "@Lux Fern high tide", mentions: [{ user_id: lux.user_id, offset: 0, length: 9 }] },
      expires_in_s: 600,
    });
    const [one, other] = await Promise.all([
      stage.signIn(kai, {}, `/c/${chatId}`),
      stage.signIn(kai, {}, `/c/${chatId}`),
    ]);
    const open = async (person: Person) => {
      await person.page.getByRole("button", { name: "1 scheduled message" }).click();
      return person.page.getByRole("dialog", { name: "Scheduled messages" });
    };
    await one.page.getByRole("button", { name: "1 scheduled message" }).waitFor();
    const there = await open(other);
    await there.getByRole("button", { name: /^Actions for/ }).click();
    await other.page.getByRole("menuitem", { name: "Edit" }).click();
    await there.getByLabel("New text of the message").fill("Hi @Lux Fern, low tide");
    await there.getByRole("button", { name: "Save" }).click();
    await expect.poll(waiting, { timeout: SOON }).toMatchObject({
      messages: [
        {
          client_msg_id: "tide",
          send_at: at,
          expires_in_s: 600,
          content: { text: "Hi @Lux Fern, low tide", mentions: [{ user_id: lux.user_id, offset: 3, length: 9 }] },
        },
      ],
    });
    await (await open(one)).getByText("Hi @Lux Fern, low tide").waitFor();
    expect([...one.complaints, ...other.complaints]).toEqual([]);
  });

  test("UI66 a message for a while goes by itself from both screens", async () => {
    const [cat, dov] = await Promise.all([stage.account("Cat Moss"), stage.account("Dov Hill")]);
    const chatId = await stage.direct(cat, dov, [[dov, "Hello"]]);
    const [c, d] = await Promise.all([stage.signIn(cat), stage.signIn(dov)]);
    await Promise.all([c.openChat("Dov Hill"), d.openChat("Cat Moss")]);
    await c.composer.fill("The code is 1234");
    await c.page.locator(".composer-send").click({ button: "right" });
    await c.page.getByRole("menuitem", { name: "Disappears after…" }).click();
    await c.page.getByRole("menuitem", { name: "After 30 seconds" }).click();
    await c.page.locator(".composer-banner[data-kind=timer]").waitFor();
    await c.composer.press("Enter");
    await c.page.locator(".composer-banner").waitFor({ state: "detached" });
    await d.message("The code is 1234").locator(".bubble-countdown").waitFor();
    // One that is shorter than what the menu offers, so that the test need not wait.
    const seen = [c, d].map((person) => person.message("Gone at once").waitFor());
    await callAs(stage.url, dov.token, "POST", `/chats/${chatId}/messages`, {
      content: { text: "Gone at once" },
      expires_in_s: 5,
    });
    await Promise.all(seen);
    await c.message("Gone at once").waitFor({ state: "detached", timeout: SOON });
    await d.message("Gone at once").waitFor({ state: "detached", timeout: SOON });
    expect([...c.complaints, ...d.complaints]).toEqual([]);
  });

  test("UI67 a reminder is set, listed, leads to its message, and comes when it is due", async () => {
    const [eve, flo] = await Promise.all([stage.account("Eve Sand"), stage.account("Flo Rain")]);
    const chatId = await stage.direct(eve, flo, [[flo, "Call the harbour office"]]);
    await stage.direct(eve, await stage.account("Gil Wood"), [[eve, "Other talk"]]);
    const e = await stage.signIn(eve);
    await e.openChat("Flo Rain");
    await menu(e, "Call the harbour office", "remind", "tomorrow");
    await e.toldOf("You will be reminded");
    await e.openChat("Gil Wood");
    await e.command("reminders");
    await e.page.getByRole("menuitem", { name: "Reminders" }).waitFor();
    await e.page.keyboard.press("Enter");
    const list = e.page.getByRole("dialog", { name: "Reminders" });
    await list.getByText("Call the harbour office").waitFor();
    await list.getByRole("button", { name: /^Flo Rain/ }).click();
    await e.sees("Call the harbour office");
    // A moment from now, as no person would: it comes up by itself, and leads into the thread it belongs to.
    const { messages } = (await callAs(stage.url, eve.token, "GET", `/chats/${chatId}/messages`)) as {
      messages: { message_id: string }[];
    };
    const { seq } = (await callAs(stage.url, flo.token, "POST", `/chats/${chatId}/messages`, {
      content: { text: "They close at four" },
      thread_root_message_id: messages.at(-1)?.message_id,
    })) as { seq: number };
    await callAs(stage.url, eve.token, "PUT", `/messages/${chatId}.${seq}/reminder`, {
      remind_at: new Date(Date.now() + 1_500).toISOString(),
    });
    await e.page.getByText("Reminder: Flo Rain").waitFor({ timeout: SOON });
    await e.page.getByRole("button", { name: "Show" }).click();
    await e.sees("They close at four", ".thread-pane");
    expect(e.complaints).toEqual([]);
  });
});

describe("many at once", () => {
  test("UI68 several are chosen, copied, saved, forwarded and deleted", async () => {
    const [hal, ivy, jo] = await Promise.all([
      stage.account("Hal Stone"),
      stage.account("Ivy Cole"),
      stage.account("Jo Dale"),
    ]);
    await stage.direct(hal, ivy, [
      [hal, "First line"],
      [ivy, "Second line"],
      [hal, "Third line"],
      [hal, "Fourth line"],
    ]);
    await stage.direct(hal, jo, [[jo, "Hello"]]);
    const [h, i] = await Promise.all([
      stage.signIn(hal, { permissions: ["clipboard-read", "clipboard-write"] }),
      stage.signIn(ivy),
    ]);
    await Promise.all([h.openChat("Ivy Cole"), i.openChat("Hal Stone")]);
    const row = (text: string) => h.page.locator(".message").filter({ hasText: text });
    await row("First line").click({ modifiers: ["Control"] });
    await row("Third line").click({ modifiers: ["Shift"] });
    const bar = h.page.locator(".selection-bar");
    await bar.filter({ hasText: "3 selected" }).waitFor();
    // The second is not one's own: it cannot be deleted for everyone.
    expect(await bar.getByRole("button", { name: "Delete for everyone" }).isDisabled()).toBe(true);
    await row("Second line").click();
    await bar.filter({ hasText: "2 selected" }).waitFor();
    await bar.getByRole("button", { name: "Copy text" }).click();
    await bar.waitFor({ state: "detached" });
    await expect
      .poll(() => h.page.evaluate(() => navigator.clipboard.readText()))
      .toBe("Hal Stone: First line\nHal Stone: Third line");
    await menu(h, "First line", "select");
    await row("Third line").click();
    await bar.getByRole("button", { name: "Save", exact: true }).click();
    await h.toldOf("Kept in your saved messages");
    // The same with keys alone.
    await h.message("First line").first().focus();
    await h.page.keyboard.press("x");
    for (const next of ["Second line", "Third line"]) {
      await h.page.keyboard.press("ArrowDown");
      await h.page.locator("[data-message]:focus").filter({ hasText: next }).waitFor();
    }
    await h.page.keyboard.press(" ");
    await bar.filter({ hasText: "2 selected" }).waitFor();
    await bar.getByRole("button", { name: "Delete for everyone" }).click();
    await h.page.getByRole("alertdialog").getByRole("button", { name: "Delete for everyone" }).click();
    await expect.poll(() => i.page.locator(".bubble[data-deleted]").count(), { timeout: SOON }).toBe(2);
    await h.chat("Saved messages").click();
    await h.page.locator(".conversation-header").filter({ hasText: "Saved messages" }).waitFor();
    await h.page.locator(".conversation [data-message]").filter({ hasText: "Third line" }).waitFor();
    expect([...h.complaints, ...i.complaints]).toEqual([]);
  });

  test("UI69 a swipe answers, in either direction of reading, and a short one does nothing", async () => {
    const [kay, leo] = await Promise.all([stage.account("Kay West"), stage.account("Leo Park")]);
    await stage.direct(kay, leo, [[leo, "Swipe me"]]);
    const k = await stage.signIn(kay, { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true });
    await k.openChat("Leo Park");
    const swipe = async (by: number): Promise<void> => {
      const box = await k.message("Swipe me").boundingBox();
      if (box === null) throw new Error("the message is in sight");
      const session = await k.context.newCDPSession(k.page);
      const y = box.y + box.height / 2;
      const x = box.x + box.width / 2;
      const touch = (type: "touchStart" | "touchMove" | "touchEnd", at?: number) =>
        session.send("Input.dispatchTouchEvent", { type, touchPoints: at === undefined ? [] : [{ x: at, y }] });
      await touch("touchStart", x);
      for (let step = 1; step <= 8; step += 1) await touch("touchMove", x + (by * step) / 8);
      await touch("touchEnd");
    };
    await k.message("Swipe me").waitFor();
    await swipe(-30);
    // It has gone back to its place.
    await k.page.locator("[data-swiping]").waitFor({ state: "detached" });
    expect(await k.page.locator(".composer-banner").count()).toBe(0);
    await swipe(-110);
    await k.page.locator(".composer-banner").filter({ hasText: "Reply to Leo Park" }).waitFor();
    await k.page.getByRole("button", { name: "Do not reply to it" }).click();
    await k.page.evaluate(() => {
      document.documentElement.dir = "rtl";
    });
    await swipe(110);
    await k.page.locator(".composer-banner").filter({ hasText: "Reply to Leo Park" }).waitFor();
    expect(k.complaints).toEqual([]);
  });

  test("UI69 a long press opens the menu of a message and of a chat, and a finger that scrolls opens none", async () => {
    const [mia, ned] = await Promise.all([stage.account("Mia Glen"), stage.account("Ned Cross")]);
    await stage.direct(mia, ned, [[ned, "Press me"]]);
    const m = await stage.signIn(mia, {
      viewport: { width: 390, height: 844 },
      hasTouch: true,
      isMobile: true,
    });
    const session = await m.context.newCDPSession(m.page);
    const touch = (type: "touchStart" | "touchMove" | "touchEnd", at?: { x: number; y: number }) =>
      session.send("Input.dispatchTouchEvent", { type, touchPoints: at === undefined ? [] : [at] });
    const middle = async (of: Locator): Promise<{ x: number; y: number }> => {
      const box = await of.boundingBox();
      if (box === null) throw new Error("what is pressed is in sight");
      return { x: box.x + box.width / 2, y: box.y + box.height / 2 };
    };
    const menuItem = (name: string) => m.page.getByRole("menuitem", { name, exact: true });
    const press = async (of: Locator, item: string): Promise<void> => {
      await touch("touchStart", await middle(of));
      await menuItem(item).waitFor();
      // Letting go leaves it open.
      await touch("touchEnd");
      await menuItem(item).waitFor();
      await m.page.keyboard.press("Escape");
      await menuItem(item).waitFor({ state: "detached" });
    };
    await m.chat("Ned Cross").waitFor();
    await press(m.chat("Ned Cross"), "Archive");
    // The press opened the menu, and not the chat.
    expect(new URL(m.page.url()).pathname).toBe("/");
    await m.openChat("Ned Cross");
    await m.message("Press me").waitFor();
    const from = await middle(m.message("Press me").locator(".bubble"));
    // One after the other without waiting, or on a slow machine the finger would rest before it moves.
    await Promise.all([touch("touchStart", from), touch("touchMove", { ...from, y: from.y + 12 })]);
    for (let step = 2; step <= 6; step += 1) await touch("touchMove", { ...from, y: from.y + step * 12 });
    // Longer than a press takes to be a long one.
    await m.page.waitForTimeout(900);
    await touch("touchEnd");
    expect(await m.page.getByRole("menu").count()).toBe(0);
    await press(m.message("Press me").locator(".bubble"), "Reply");
    expect(m.complaints).toEqual([]);
  });
});
