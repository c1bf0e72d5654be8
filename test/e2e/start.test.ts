import type { Page } from "playwright-core";
import { describe, expect, test } from "vitest";
import { Stage } from "./stage.ts";

const stage = new Stage();

/** Holds back every script of the client until it is called; what was asked for meanwhile stands in `asked`. */
async function holdScripts(page: Page): Promise<{ asked: string[]; release(): void }> {
  const asked: string[] = [];
  let release = (): void => undefined;
  const held = new Promise<void>((resolve) => {
    release = resolve;
  });
  await page.route("**/assets/*.js", async (route) => {
    asked.push(new URL(route.request().url()).pathname);
    await held;
    await route.continue();
  });
  return { asked, release };
}

const hasAsked = (asked: readonly string[], name: string): boolean =>
  asked.some((path) => path.startsWith(`/assets/${name}-`));

describe("the start", () => {
  test("UI117 before any script of the client is here the shape of signing in stands in the chosen theme, and goes", async () => {
    const { page, complaints } = await stage.open({ colorScheme: "light", serviceWorkers: "block" });
    await page.addInitScript(() => localStorage.setItem("parley.preferences", JSON.stringify({ theme: "dark" })));
    const { asked, release } = await holdScripts(page);
    await page.goto(stage.url, { waitUntil: "commit" });
    await page.locator("#start-shape .start-sign-in").waitFor();
    // Polled: the sheet may come a moment after the shape.
    await expect.poll(() => page.locator("#start-shape .start-list").isVisible()).toBe(false);
    const scheme = () => page.locator("#start-shape").evaluate((shape) => getComputedStyle(shape).colorScheme);
    await expect.poll(scheme).toBe("dark");
    // What follows is asked for beside the first file, and nothing that only somebody who is signed in needs.
    for (const name of ["start", "sign-in", "words-en"])
      await expect.poll(() => hasAsked(asked, name), { message: name }).toBe(true);
    release();
    await page.getByLabel("Username or email").waitFor();
    await page.locator("#start-shape").waitFor({ state: "detached" });
    expect(hasAsked(asked, "engine") || hasAsked(asked, "chats")).toBe(false);
    expect(complaints).toEqual([]);
  });

  test("UI117 whoever was signed in sees the shape of the list, and of a chat under its address, and its files are asked for", async () => {
    const ada = await stage.account("Ada Start");
    const bo = await stage.account("Bo Start");
    const chat = await stage.direct(ada, bo, [[bo, "Good morning"]]);
    const { page, complaints } = await stage.signIn(ada, {
      viewport: { width: 390, height: 844 },
      serviceWorkers: "block",
    });
    await page.getByText("Good morning").waitFor();
    const { asked, release } = await holdScripts(page);
    await page.goto(stage.url, { waitUntil: "commit" });
    await page.locator("#start-shape .start-list").waitFor();
    await expect.poll(() => page.locator("#start-shape .start-sign-in").isVisible()).toBe(false);
    for (const name of ["start", "chats", "engine"])
      await expect.poll(() => hasAsked(asked, name), { message: name }).toBe(true);
    expect(hasAsked(asked, "conversation")).toBe(false);
    await page.goto(`${stage.url}/c/${chat}`, { waitUntil: "commit" });
    await expect.poll(() => hasAsked(asked, "conversation")).toBe(true);
    await expect.poll(() => page.locator("#start-shape .start-list").isVisible()).toBe(false);
    release();
    await page.locator(".composer-text").waitFor();
    await page.locator("#start-shape").waitFor({ state: "detached" });
    expect(complaints).toEqual([]);
  });
});
