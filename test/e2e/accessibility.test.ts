import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { launchBrowser } from "../harness/browser.ts";
import { type Gallery, openGallery } from "./gallery/gallery.ts";
import { settle, showView, VIEWS, type View, WIDTHS } from "./gallery/views.ts";
import { PEOPLE_VIEWS } from "./gallery/views-people.ts";

const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

/** On a phone and from right to left: one of each kind of screen. */
const ON_PHONE = [
  "sign-in",
  "home",
  "group",
  "unsent",
  "message-menu",
  "replying",
  "reacting",
  "archive",
  "forward",
  "details-group",
  "new-group",
  "palette",
  "settings",
  "people",
  "person",
  "status",
  "settings-privacy",
  "directory",
  "join",
  "chat-settings",
  "invites",
  "search-filters",
  "chat-search",
  "new-broadcast",
];

const ALL: readonly View[] = [...VIEWS, ...PEOPLE_VIEWS];

interface Finding {
  id: string;
  impact: string | null;
  nodes: { target: string[]; failureSummary?: string }[];
}

let gallery: Gallery;
let browser: Browser;

beforeAll(async () => {
  [gallery, browser] = await Promise.all([openGallery(), launchBrowser()]);
});
afterAll(async () => {
  await browser?.close();
  await gallery?.stop();
});

async function run(page: Page, rules: string): Promise<string[]> {
  const found = (await page.evaluate(
    `axe.run(document, { resultTypes: ["violations"], ...${rules} }).then((result) => result.violations)`,
  )) as Finding[];
  return found
    .filter(({ impact }) => impact === "serious" || impact === "critical")
    .flatMap(({ id, nodes }) => nodes.map((node) => `${id}: ${node.target.join(" ")} — ${node.failureSummary ?? ""}`));
}

/** All rules in one theme; what the other theme changes is colour alone, so that one rule again. */
async function inspect(view: View, width: keyof typeof WIDTHS, language: string): Promise<string[]> {
  const [w, h] = WIDTHS[width];
  const context = await browser.newContext({
    viewport: { width: w, height: h },
    reducedMotion: "reduce",
    hasTouch: width === "phone",
    serviceWorkers: "block",
  });
  try {
    const page = await context.newPage();
    await showView(page, gallery.url, view, { theme: "light", language });
    // The floating date is decoration that fades; its chip in the timeline says the same.
    await page.locator(".timeline-sticky[data-shown]").waitFor({ state: "detached" });
    await settle(page);
    await page.evaluate(AXE);
    const light = await run(page, "{}");
    await page.evaluate("document.documentElement.dataset.theme = 'dark'");
    // Colours that change may make others change.
    await settle(page);
    await settle(page);
    const dark = await run(page, "{ runOnly: ['color-contrast'] }");
    return [...light.map((one) => `light: ${one}`), ...dark.map((one) => `dark: ${one}`)];
  } finally {
    await context.close();
  }
}

describe.concurrent("axe finds nothing serious in either theme", () => {
  for (const view of ALL)
    test(`UI41 ${view.name}`, async () => {
      expect(await inspect(view, "desktop", "en")).toEqual([]);
    });
  for (const view of ALL.filter(({ name }) => ON_PHONE.includes(name)))
    test(`UI41 ${view.name}, on a phone, from right to left`, async () => {
      expect(await inspect(view, "phone", "ar")).toEqual([]);
    });
});
