import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Gallery, openGallery } from "./gallery/gallery.ts";
import { showView } from "./gallery/views.ts";
import { SOON } from "./person.ts";
import { Stage } from "./stage.ts";

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

describe("places", () => {
  test("UI30 every chat has an address", async () => {
    const [ada, ben, cy] = await Promise.all([
      stage.account("Ada Grey"),
      stage.account("Ben Grey"),
      stage.account("Cy Grey"),
    ]);
    await stage.direct(ada, ben, [[ben, "From Ben"]]);
    const chatId = await stage.direct(ada, cy, [[cy, "From Cy"]]);
    const a = await stage.signIn(ada, {}, `/c/${chatId}`);
    await a.message("From Cy").waitFor();
    await a.openChat("Ben Grey");
    await a.message("From Ben").waitFor();
    await a.page.goBack();
    await a.message("From Cy").waitFor();
    await a.page.reload();
    await a.message("From Cy").waitFor();
    expect(new URL(a.page.url()).pathname).toBe(`/c/${chatId}`);
    await expect.poll(() => a.page.title(), { timeout: SOON }).toContain("Cy Grey");
    await a.page.goto(`${stage.url}/c/d${"0".repeat(25)}`);
    await a.page.getByText("This chat is no longer here").waitFor();
  });

  test("UI35 beside the list stands what waits, and the ways on", async () => {
    const [uma, vic] = await Promise.all([stage.account("Uma Grey"), stage.account("Vic Grey")]);
    await stage.direct(uma, vic, [[vic, "Are you there?"]]);
    const u = await stage.signIn(uma);
    await u.page.getByText("1 chat has something new").waitFor();
    await u.openChat("Vic Grey");
    await u.message("Are you there?").waitFor();
    await u.chat("Vic Grey").locator(".badge").waitFor({ state: "detached" });
    await u.page.goBack();
    await u.page.getByText("Everything is read").waitFor();
    await u.page.getByRole("main").getByRole("button", { name: "New chat" }).click();
    await u.page.getByRole("dialog", { name: "New chat" }).waitFor();
  });

  test("UI36 in a chat without a word, one press says hello", async () => {
    const [wyn, xan] = await Promise.all([stage.account("Wyn Grey"), stage.account("Xan Grey")]);
    const chatId = await stage.direct(wyn, xan);
    const w = await stage.signIn(wyn, {}, `/c/${chatId}`);
    await w.page.getByRole("button", { name: "Send a wave" }).click();
    await w.page.locator("[data-message]").getByRole("img", { name: "Waving hello" }).waitFor();
    const x = await stage.signIn(xan, {}, `/c/${chatId}`);
    await x.page.locator("[data-message]").getByRole("img", { name: "Waving hello" }).waitFor();
    expect(await x.page.locator("[data-message]").count()).toBe(1);
    expect(w.complaints).toEqual([]);
  });

  test("UI31 a phone shows one pane at a time", async () => {
    const [dot, eli] = await Promise.all([stage.account("Dot Grey"), stage.account("Eli Grey")]);
    await stage.group(dot, "Rooftop", [eli], [[eli, "Up here"]]);
    const d = await stage.signIn(dot, PHONE);
    await d.chat("Rooftop").waitFor();
    expect(await d.page.locator(".conversation").count()).toBe(0);
    await d.chat("Rooftop").tap();
    await d.message("Up here").waitFor();
    await d.page.locator(".list-pane").waitFor({ state: "detached" });
    await d.composer.fill("On my way");
    await d.page.getByRole("button", { name: "Send" }).tap();
    await d.state("On my way", "sent").waitFor();
    await d.page.locator(".conversation-who").tap();
    await d.page.getByText("Add people").waitFor();
    await d.page.locator(".conversation").waitFor({ state: "detached" });
    await d.page.goBack();
    await d.message("On my way").waitFor();
    await d.page.goBack();
    await d.chat("Rooftop").filter({ hasText: "You: On my way" }).waitFor();
    await d.page.locator(".conversation").waitFor({ state: "detached" });
    // Nothing is wider than the screen.
    expect(await d.page.evaluate(() => document.documentElement.scrollWidth <= window.innerWidth)).toBe(true);
    expect(d.complaints).toEqual([]);
  });

  test("UI32 the reader's place does not move when older messages arrive", async () => {
    const { page } = await stage.open();
    await showView(page, gallery.url, { name: "", path: LONG }, { language: "en" });
    await page.locator("[data-message]").last().waitFor();
    // Near the top of what is loaded: older messages are on their way while the places are taken, twice over.
    for (let round = 0; round < 2; round++) {
      const moved = await page.evaluate(async () => {
        const timeline = document.querySelector(".timeline");
        if (timeline === null) throw new Error("no timeline");
        const frame = (): Promise<unknown> => new Promise((resolve) => requestAnimationFrame(resolve));
        timeline.scrollTop = 700;
        await frame();
        await frame();
        const before = timeline.scrollHeight;
        const middle = timeline.getBoundingClientRect().top + timeline.clientHeight / 2;
        const watched = [...timeline.querySelectorAll<HTMLElement>("[data-message]")].find(
          (one) => one.getBoundingClientRect().top > middle,
        );
        const key = watched?.dataset.message ?? "";
        const tops: number[] = [];
        // Until they have come, and for a while after that; the test's own time limits it.
        for (let after = 0; after < 40; await frame()) {
          const row = timeline.querySelector(`[data-message="${CSS.escape(key)}"]`);
          tops.push(row?.getBoundingClientRect().top ?? Number.NaN);
          if (timeline.scrollHeight - before > 500) after += 1;
        }
        return {
          grew: timeline.scrollHeight - before,
          spread: Math.max(...tops) - Math.min(...tops),
          frames: tops.length,
        };
      });
      expect(moved.grew, "older messages have come").toBeGreaterThan(500);
      expect(moved.spread).toBeLessThan(1);
    }
  });

  test("UI33 new messages move only a reader who is at the end", async () => {
    const [fay, gil] = await Promise.all([stage.account("Fay Grey"), stage.account("Gil Grey")]);
    const lines = Array.from({ length: 40 }, (_, i) => [fay, `Note ${i + 1}, with some words to fill it`] as const);
    const chatId = await stage.direct(fay, gil, lines);
    const f = await stage.signIn(fay);
    await f.openChat("Gil Grey");
    await f.message("Note 40").waitFor();
    await stage.say(gil, chatId, "At the end");
    await f.message("At the end").waitFor();
    const isAtEnd = (): Promise<boolean> =>
      f.page.locator(".timeline").evaluate((one) => one.scrollHeight - one.scrollTop - one.clientHeight < 2);
    await expect.poll(isAtEnd, { timeout: SOON }).toBe(true);
    await f.page.locator(".timeline").hover();
    await f.page.mouse.wheel(0, -900);
    await f.page.locator(".jump").waitFor();
    await f.rests();
    const place = await f.page.locator(".timeline").evaluate((one) => one.scrollTop);
    await stage.say(gil, chatId, "While away");
    await f.page.getByRole("button", { name: "1 new message. Jump to the latest" }).waitFor();
    expect(await f.page.locator(".timeline").evaluate((one) => one.scrollTop)).toBeCloseTo(place, 0);
    await f.page.locator(".jump").click();
    await f.message("While away").waitFor();
    await expect.poll(isAtEnd, { timeout: SOON }).toBe(true);
    await f.page.locator(".jump").waitFor({ state: "detached" });
  });

  test("UI119 a list that takes its place lets go at the first touch", async () => {
    const [fox, gus] = await Promise.all([stage.account("Fox Grey"), stage.account("Gus Grey")]);
    const lines = (from: number, who: typeof fox) =>
      Array.from({ length: 40 }, (_, i) => [who, `Line ${from + i}, with some words to fill it`] as const);
    await stage.direct(fox, gus, [...lines(1, fox), ...lines(41, gus)]);
    const f = await stage.signIn(fox);
    /** Turns the wheel as soon as the list has come to its place, and says how far from it the list is a while later. */
    const turnedAway = (place: ".timeline-unread" | "end"): Promise<number> =>
      f.page.evaluate(async (selector) => {
        const frame = (): Promise<unknown> => new Promise((resolve) => requestAnimationFrame(resolve));
        let list = document.querySelector(".timeline");
        while (list === null || list.scrollTop < 600 || list.querySelector("[data-message]") === null) {
          await frame();
          list = document.querySelector(".timeline");
        }
        list.dispatchEvent(new WheelEvent("wheel", { deltaY: -500, bubbles: true }));
        list.scrollTop -= 500;
        const until = performance.now() + 1_000;
        while (performance.now() < until) await frame();
        if (selector === "end") return list.scrollHeight - list.scrollTop - list.clientHeight;
        const line = list.querySelector(selector)?.getBoundingClientRect().top;
        return (line ?? Number.POSITIVE_INFINITY) - list.getBoundingClientRect().top;
      }, place);
    await f.chat("Gus Grey").waitFor();
    const [fromLine] = await Promise.all([turnedAway(".timeline-unread"), f.openChat("Gus Grey")]);
    expect(fromLine, "from the line of what is new").toBeGreaterThan(300);
    await f.page.locator(".jump").click();
    await f.chat("Gus Grey").locator(".badge").waitFor({ state: "detached" });
    await f.page.goto(stage.url);
    await f.chat("Gus Grey").waitFor();
    const [fromEnd] = await Promise.all([turnedAway("end"), f.openChat("Gus Grey")]);
    expect(fromEnd, "from the end").toBeGreaterThan(300);
  });

  test("UI34 Arabic mirrors the layout, and messages run in their own direction", async () => {
    const [hana, ivo] = await Promise.all([stage.account("هناء"), stage.account("Ivo Grey")]);
    await stage.direct(hana, ivo, [
      [ivo, "Left to right"],
      [hana, "من اليمين إلى اليسار"],
    ]);
    const h = await stage.open({ locale: "ar" });
    await h.page.goto(stage.url);
    await expect.poll(() => h.page.evaluate(() => document.documentElement.dir)).toBe("rtl");
    await h.page.getByLabel("اسم المستخدم أو البريد الإلكتروني").fill(hana.username);
    await h.page.getByLabel("كلمة المرور", { exact: true }).fill("a rather long passphrase");
    await h.page.getByRole("button", { name: "تسجيل الدخول" }).click();
    await h.openChat("Ivo Grey");
    await h.message("Left to right").waitFor();
    const box = async (selector: string) =>
      (await h.page.locator(selector).first().boundingBox()) ?? { x: 0, width: 0 };
    expect((await box(".list-pane")).x).toBeGreaterThan((await box(".conversation")).x);
    const own = await h.message("من اليمين").boundingBox();
    const others = await h.message("Left to right").boundingBox();
    // Own messages stand across from the others': on the left here.
    expect(own?.x ?? 0).toBeLessThan(others?.x ?? 0);
    expect(await h.page.evaluate(() => document.documentElement.scrollWidth <= window.innerWidth)).toBe(true);
  });

  test("UI44 the first screen comes in time on a slow phone, from this origin alone", async () => {
    const s = await stage.open(PHONE);
    const foreign: string[] = [];
    s.page.on("request", (request) => {
      if (!request.url().startsWith(stage.url) && !request.url().startsWith("data:")) foreign.push(request.url());
    });
    const session = await s.context.newCDPSession(s.page);
    await session.send("Emulation.setCPUThrottlingRate", { rate: 4 });
    await session.send("Network.emulateNetworkConditions", {
      offline: false,
      latency: 100,
      downloadThroughput: (4 * 1024 * 1024) / 8,
      uploadThroughput: (1024 * 1024) / 8,
    });
    await s.page.goto(stage.url, { waitUntil: "commit" });
    await s.page.getByLabel("Username or email").waitFor({ timeout: 45_000 });
    expect(foreign).toEqual([]);
    expect(s.complaints).toEqual([]);
  });
});
