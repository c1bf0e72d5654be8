import type { CDPSession } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Gallery, openGallery } from "./gallery/gallery.ts";
import { showView } from "./gallery/views.ts";
import { type Person, SOON } from "./person.ts";
import { type Account, Stage } from "./stage.ts";

const stage = new Stage();
let gallery: Gallery;

beforeAll(async () => {
  gallery = await openGallery();
});
afterAll(async () => {
  await gallery?.stop();
});

const PHONE = { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true };
const LONG = `/c/d${"2".padStart(25, "0")}`;

const lines = (who: Account, count: number, more = "") =>
  Array.from({ length: count }, (_, i) => [who, `Line ${i + 1}, with some words to fill it${more}`] as const);

/** How far below the frame the list goes on, in CSS pixels. */
const left = (person: Person): Promise<number> =>
  person.page.locator(".timeline").evaluate((one) => one.scrollHeight - one.scrollTop - one.clientHeight);

const comesToEnd = (person: Person): Promise<void> =>
  expect.poll(async () => (await left(person)) < 2, { timeout: SOON }).toBe(true);

async function slowedBy(person: Person, rate: number): Promise<CDPSession> {
  const session = await person.context.newCDPSession(person.page);
  await session.send("Emulation.setCPUThrottlingRate", { rate });
  return session;
}

describe("whoever reads keeps their place", () => {
  test("UI33 the end stays in sight when a keyboard opens and the composer grows, and is followed afterwards", async () => {
    const [ann, bo] = await Promise.all([stage.account("Ann Gale"), stage.account("Bo Gale")]);
    const chatId = await stage.direct(ann, bo, lines(ann, 40));
    const a = await stage.signIn(ann, PHONE);
    await a.openChat("Bo Gale");
    await a.message("Line 40").waitFor();
    await comesToEnd(a);
    await a.page.setViewportSize({ width: 390, height: 500 });
    await comesToEnd(a);
    await a.sees("Line 40");
    await stage.say(bo, chatId, "While the keyboard is there");
    await a.message("While the keyboard is there").waitFor();
    await comesToEnd(a);
    await a.composer.fill("One\ntwo\nthree\nfour");
    await comesToEnd(a);
    await a.composer.fill("");
    await a.page.setViewportSize({ width: 390, height: 844 });
    await comesToEnd(a);
    await stage.say(bo, chatId, "When it has gone");
    await a.message("When it has gone").waitFor();
    await comesToEnd(a);
  });

  test("UI119 a hand that leaves the end by a few pixels is not brought back by what is measured", async () => {
    const [cy, di] = await Promise.all([stage.account("Cy Gale"), stage.account("Di Gale")]);
    const chatId = await stage.direct(cy, di, lines(cy, 40));
    const c = await stage.signIn(cy);
    await c.openChat("Di Gale");
    await c.message("Line 40").waitFor();
    await comesToEnd(c);
    await c.rests();
    // As a touchpad does: a little in each frame, while the last message changes its height.
    const back = await c.page.locator(".timeline").evaluate(async (list) => {
      const frame = (): Promise<unknown> => new Promise((resolve) => requestAnimationFrame(resolve));
      const last = [...list.querySelectorAll<HTMLElement>(".message")].at(-1);
      if (last === undefined) throw new Error("the last message is there");
      const padding = Number.parseFloat(getComputedStyle(last).paddingBottom);
      let most = 0;
      for (let i = 0; i < 10; i += 1) {
        list.dispatchEvent(new WheelEvent("wheel", { deltaY: -3, bubbles: true }));
        list.scrollTop -= 3;
        const at = list.scrollTop;
        last.style.paddingBottom = `${padding + i + 1}px`;
        for (let wait = 0; wait < 3; wait += 1) await frame();
        most = Math.max(most, list.scrollTop - at);
      }
      last.style.paddingBottom = "";
      return most;
    });
    expect(back).toBeLessThan(2);
    // Whoever rests so near the end has not gone: what comes is followed.
    const isFollowed = async (): Promise<boolean> => {
      await stage.say(di, chatId, "Are you still there?");
      return (await left(c)) < 2;
    };
    await expect.poll(isFollowed, { timeout: SOON, interval: 1_500 }).toBe(true);
  });

  test("UI7 UI119 on a slow machine a chat opens at the line of what is new, and only what is in sight is read", async () => {
    const [ed, flo] = await Promise.all([stage.account("Ed Gale"), stage.account("Flo Gale")]);
    await stage.direct(ed, flo, [...lines(ed, 20), ...lines(flo, 40, "\nand more\nand more")]);
    const e = await stage.signIn(ed);
    await e.chat("Flo Gale").waitFor();
    const session = await slowedBy(e, 12);
    await e.openChat("Flo Gale");
    await e.page.locator(".timeline-unread").waitFor();
    await e.rests();
    await session.send("Emulation.setCPUThrottlingRate", { rate: 1 });
    const { fromTop, seen } = await e.page.locator(".timeline").evaluate((list) => {
      const frame = list.getBoundingClientRect();
      const line = list.querySelector(".timeline-unread")?.getBoundingClientRect().top ?? Number.NaN;
      const rows = [...list.querySelectorAll("[data-message]")].map((row) => row.getBoundingClientRect().top);
      return { fromTop: line - frame.top, seen: rows.filter((top) => top > line && top < frame.bottom).length };
    });
    expect(fromTop).toBeGreaterThan(40);
    expect(fromTop).toBeLessThan(110);
    const unread = async (): Promise<number> => Number(await e.page.locator(".jump-count").textContent());
    await expect.poll(unread, { timeout: SOON }).toBeLessThan(40);
    expect(await unread()).toBeGreaterThanOrEqual(40 - seen);
  });

  test("UI33 the button to the latest leads to what came on the way, too", async () => {
    const [gus, hal] = await Promise.all([stage.account("Gus Gale"), stage.account("Hal Gale")]);
    const chatId = await stage.direct(gus, hal, lines(gus, 40));
    const g = await stage.signIn(gus);
    await g.openChat("Hal Gale");
    await g.message("Line 40").waitFor();
    await comesToEnd(g);
    for (let round = 1; round <= 3; round += 1) {
      await g.page.locator(".timeline").hover();
      await g.page.mouse.wheel(0, -1_200);
      await g.page.locator(".jump").waitFor();
      await g.rests();
      await Promise.all([g.page.locator(".jump").click(), stage.say(hal, chatId, `On the way ${round}`)]);
      await g.message(`On the way ${round}`).waitFor();
      await comesToEnd(g);
    }
  });

  test("UI119 Home and End lead over hundreds of messages, with the focus", async () => {
    const { page } = await stage.open();
    await showView(page, gallery.url, { name: "", path: LONG }, { language: "en" });
    const last = await page.locator("[data-message]").last().getAttribute("data-message");
    await page.locator("[data-message]").last().focus();
    const focused = () =>
      page.evaluate(() => {
        const row = document.activeElement;
        const list = row?.closest(".timeline")?.getBoundingClientRect();
        if (!(row instanceof HTMLElement) || list === undefined) return undefined;
        const { top, bottom } = row.getBoundingClientRect();
        return { key: row.dataset.message, is_in_sight: top < list.bottom && bottom > list.top };
      });
    for (const _ of [1, 2, 3]) {
      await page.keyboard.press("Home");
      // There, and what is older has come above it.
      await expect.poll(async () => (await focused())?.key === last, { timeout: SOON }).toBe(false);
      await expect.poll(async () => (await focused())?.is_in_sight, { timeout: SOON }).toBe(true);
      await page.keyboard.press("End");
      await expect.poll(focused, { timeout: SOON }).toEqual({ key: last, is_in_sight: true });
    }
  });

  test("UI7 a chat with more unread than fits a page opens at the first of them, and none counts as read unseen", async () => {
    const [lea, max] = await Promise.all([stage.account("Lea Gale"), stage.account("Max Gale")]);
    await stage.direct(lea, max, lines(lea, 120));
    const m = await stage.signIn(max);
    await m.chat("Lea Gale").locator(".badge").filter({ hasText: "120" }).waitFor();
    await m.openChat("Lea Gale");
    await m.page.locator(".timeline-unread").waitFor();
    await m.sees("Line 1,");
    await m.page.getByRole("button", { name: /^1\d\d new messages/ }).waitFor();
    // Downwards by hand nothing is left out.
    await m.page.locator(".timeline").hover();
    await expect
      .poll(
        async () => {
          await m.page.mouse.wheel(0, 1_500);
          return (await m.message("Line 120,").count()) === 1 && (await left(m)) < 2;
        },
        { timeout: SOON },
      )
      .toBe(true);
    await m.chat("Lea Gale").locator(".badge").waitFor({ state: "detached" });
    await m.page.reload();
    await m.message("Line 120,").waitFor();
    await comesToEnd(m);
  });

  test("UI7 a few unread messages of several lines do not let a chat open at its end", async () => {
    const [nia, oto] = await Promise.all([stage.account("Nia Gale"), stage.account("Oto Gale")]);
    const chatId = await stage.direct(nia, oto, lines(oto, 30));
    const long = ", and some more that fills a line or two, so that a row is higher than a list would guess".repeat(3);
    for (let i = 1; i <= 14; i += 1) await stage.say(nia, chatId, `Long ${i}${long}`);
    const o = await stage.signIn(oto);
    await o.chat("Nia Gale").locator(".badge").filter({ hasText: "14" }).waitFor();
    await o.openChat("Nia Gale");
    await o.page.locator(".timeline-unread").waitFor();
    await o.rests();
    const fromTop = await o.page.locator(".timeline").evaluate((list) => {
      const line = list.querySelector(".timeline-unread")?.getBoundingClientRect().top ?? Number.NaN;
      return line - list.getBoundingClientRect().top;
    });
    expect(fromTop).toBeGreaterThan(40);
    expect(fromTop).toBeLessThan(110);
    const count = o.page.locator(".jump-count");
    await expect.poll(async () => Number(await count.textContent()), { timeout: SOON }).toBeLessThan(14);
    expect(Number(await count.textContent())).toBeGreaterThan(3);
  });
});
