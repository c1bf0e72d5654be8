import type { Page } from "playwright-core";
import { rest } from "../rest.ts";
import { CONVERSATION_VIEWS } from "./conversation-views.ts";

/** A state of the client worth looking at, and how to get there from a fresh page. */
export interface View {
  name: string;
  path: string;
  scenario?: "empty" | "signed_out" | "revoked" | "loading" | "offline" | "held";
  /** Further preferences. */
  preferences?: Record<string, unknown>;
  prepare?: (page: Page) => Promise<void>;
}

const GROUP = `/c/g${"1".padStart(25, "0")}`;
const DIRECT = `/c/d${"2".padStart(25, "0")}`;
const FAILED = `/c/d${"7".padStart(25, "0")}`;
const BOAT = `/c/g${"12".padStart(25, "0")}`;
const CHANNEL = `/c/c${"13".padStart(25, "0")}`;
const SAVED = `/c/d${"14".padStart(25, "0")}`;
const BLOCKED = `/c/d${"15".padStart(25, "0")}`;
const EMPTY = `/c/d${"10".padStart(25, "0")}`;

const press = (keys: string) => async (page: Page) => {
  await page.keyboard.press(keys);
};
/** Where no field has the focus, single keys work. */
const pressOutside = (key: string) => async (page: Page) => {
  await page.evaluate("document.activeElement?.blur()");
  await page.keyboard.press(key);
};

export const VIEWS: readonly View[] = [
  { name: "sign-in", path: "/sign-in", scenario: "signed_out" },
  {
    name: "sign-in-error",
    path: "/sign-in",
    scenario: "revoked",
    prepare: async (page) => {
      await page.locator("input").first().fill("mara");
      await page.locator("input").nth(1).fill("wrong");
      await page.keyboard.press("Enter");
      await page.locator("[role=alert]").waitFor();
    },
  },
  {
    name: "register-errors",
    path: "/register",
    scenario: "signed_out",
    prepare: async (page) => {
      await page.locator("input").nth(1).fill("a");
      await page.locator("button[type=submit]").click();
    },
  },
  { name: "home", path: "/" },
  { name: "home-empty", path: "/", scenario: "empty" },
  { name: "loading", path: GROUP, scenario: "loading" },
  { name: "held", path: "/", scenario: "held" },
  { name: "group", path: GROUP },
  { name: "group-one-side", path: GROUP, preferences: { own_side: "start" } },
  { name: "group-large-text", path: GROUP, preferences: { text_scale: 2 } },
  { name: "group-contrast", path: GROUP, preferences: { has_more_contrast: true } },
  { name: "direct", path: DIRECT },
  { name: "direct-empty", path: EMPTY },
  { name: "unsent", path: FAILED, scenario: "offline" },
  {
    name: "scrolled",
    path: DIRECT,
    prepare: async (page) => {
      await page.locator(".timeline").hover();
      await page.mouse.wheel(0, -2200);
      await page.locator(".jump").waitFor();
      await rest(page);
    },
  },
  {
    name: "message-menu",
    path: DIRECT,
    prepare: async (page) => {
      await page.locator("[data-message]").nth(-3).click({ button: "right" });
      await page.locator("[role=menu]").waitFor();
    },
  },
  {
    name: "message-delete",
    path: DIRECT,
    prepare: async (page) => {
      await page.locator("[data-message]").last().click({ button: "right" });
      await page.locator("[role=menuitem]").last().click();
      await page.locator("[role=alertdialog]").waitFor();
    },
  },
  {
    name: "message-info",
    path: GROUP,
    prepare: async (page) => {
      await page.locator(".message[data-own] [data-message]").last().click({ button: "right" });
      await page.locator("[role=menuitem][data-key=info]").click();
      await page.locator(".message-info").waitFor();
    },
  },
  {
    name: "replying",
    path: GROUP,
    prepare: async (page) => {
      await page.locator(".message:not([data-own]) [data-message]").last().focus();
      await press("r")(page);
      await page.locator(".composer-banner").waitFor();
    },
  },
  {
    name: "editing",
    path: DIRECT,
    prepare: async (page) => {
      await page.locator("textarea").press("ArrowUp");
      await page.locator(".composer-banner[data-kind=edit]").waitFor();
    },
  },
  {
    name: "reacting",
    path: DIRECT,
    prepare: async (page) => {
      await page.locator("[data-message]").last().focus();
      await press("+")(page);
      await page.locator(".reaction-dialog").waitFor();
    },
  },
  {
    name: "edit-history",
    path: DIRECT,
    prepare: async (page) => {
      await page.locator(".bubble-edited").last().click();
      await page.locator(".edit-history li").nth(2).waitFor();
    },
  },
  {
    name: "forward",
    path: DIRECT,
    prepare: async (page) => {
      await page.locator("[data-message]").last().focus();
      await press("f")(page);
      await page.locator("[role=dialog] [role=option]").nth(1).click();
    },
  },
  {
    name: "chat-mute",
    path: "/",
    prepare: async (page) => {
      await page.locator("[role=option]").nth(2).click({ button: "right" });
      await page.locator("[role=menuitem][data-key=mute]").click();
      await page.locator("[role=menuitem][data-key=always]").waitFor();
    },
  },
  {
    name: "archive",
    path: "/",
    prepare: async (page) => {
      await page.locator(".archive-link").click();
      await page.locator(".archive-head").waitFor();
    },
  },
  {
    name: "hidden-toast",
    path: DIRECT,
    prepare: async (page) => {
      await page.locator("[data-message]").last().click({ button: "right" });
      await page.locator("[role=menuitem][data-key=hide]").click();
      await page.locator(".toast-action").waitFor();
    },
  },
  {
    name: "composing",
    path: DIRECT,
    prepare: async (page) => {
      await page.locator("textarea").fill("A few lines\nthat make the field grow,\nas it should.\n\nFine.");
    },
  },
  {
    name: "emoji",
    path: DIRECT,
    prepare: async (page) => {
      await page.locator(".composer .icon-button").nth(1).click();
      await page.locator(".emoji-button:visible").first().waitFor();
    },
  },
  {
    name: "chat-menu",
    path: "/",
    prepare: async (page) => {
      await page.locator("[role=option]").nth(2).click({ button: "right" });
      await page.locator("[role=menu]").waitFor();
    },
  },
  {
    name: "search",
    path: "/",
    prepare: async (page) => {
      await page.locator(".list-search input").fill("a");
      await page.locator(".results [role=option]").first().waitFor();
    },
  },
  { name: "details-group", path: `${GROUP}/details`, prepare: (page) => page.locator(".member").last().waitFor() },
  { name: "details-person", path: `${DIRECT}/details`, prepare: (page) => page.locator(".details-facts").waitFor() },
  {
    name: "details-edit",
    path: `/c/g${"5".padStart(25, "0")}/details`,
    prepare: async (page) => {
      const edit = page.locator(".details-name button");
      if ((await edit.count()) > 0) await edit.click();
    },
  },
  {
    name: "member-menu",
    path: `${GROUP}/details`,
    prepare: async (page) => {
      await page.locator(".member-menu").first().click();
      await page.locator("[role=menu]").waitFor();
    },
  },
  {
    name: "new-chat",
    path: "/",
    prepare: async (page) => {
      await pressOutside("n")(page);
      await page.locator("[role=dialog] [role=option]").first().waitFor();
    },
  },
  {
    name: "new-group",
    path: "/",
    prepare: async (page) => {
      await pressOutside("n")(page);
      await page.locator("[role=dialog] [role=radio]").nth(1).click();
      await page.locator("[role=dialog] [role=option]").first().click();
      await page.locator("[role=dialog] [role=option]").nth(1).click();
    },
  },
  {
    name: "palette",
    path: DIRECT,
    prepare: async (page) => {
      await press("Control+k")(page);
      await page.locator(".palette-list").waitFor();
    },
  },
  {
    name: "keys",
    path: "/",
    prepare: async (page) => {
      await pressOutside("?")(page);
      await page.locator(".keys").waitFor();
    },
  },
  ...CONVERSATION_VIEWS(BOAT, CHANNEL, SAVED, BLOCKED),
  {
    name: "pins",
    path: GROUP,
    prepare: async (page) => {
      await page.locator(".pinned-bar .icon-button").click();
      await page.locator(".news-line").first().waitFor();
    },
  },
  { name: "settings", path: "/settings", prepare: (page) => page.locator(".settings-links").waitFor() },
  {
    name: "settings-appearance",
    path: "/settings/appearance",
    prepare: (page) => page.locator(".text-size").waitFor(),
  },
  { name: "settings-devices", path: "/settings/devices", prepare: (page) => page.locator(".device").last().waitFor() },
  {
    name: "sign-out",
    path: "/settings",
    prepare: async (page) => {
      await page.locator(".settings-link[data-danger]").click();
      await page.locator("[role=alertdialog]").waitFor();
    },
  },
];

export const WIDTHS = { phone: [390, 844], tablet: [834, 1112], desktop: [1440, 900] } as const;
export const THEMES = ["light", "dark"] as const;
export const DIRECTIONS = { ltr: "en", rtl: "ar" } as const;

/** Waits for every movement that ends. */
export async function settle(page: Page): Promise<void> {
  await page.evaluate(
    "Promise.all(document.getAnimations().filter((a) => a.timeline === document.timeline && a.effect.getTiming().iterations !== Infinity).map((a) => a.finished.catch(() => undefined)))",
  );
}

/** Waits until what was asked of the page is drawn, and nothing else is waiting to be done: on a slow machine, longer. */
async function idle(page: Page): Promise<void> {
  await page.evaluate(
    "new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(() => requestIdleCallback(resolve, { timeout: 5000 }))))",
  );
}

/** Shows a view on a page that has been nowhere yet. */
export async function showView(
  page: Page,
  url: string,
  view: View,
  preferences: Record<string, unknown>,
): Promise<void> {
  await page.addInitScript(
    ([scenario, stored]) => {
      localStorage.setItem("gallery.scenario", scenario ?? "full");
      if (localStorage.getItem("parley.preferences") === null && stored !== undefined)
        localStorage.setItem("parley.preferences", stored);
    },
    [view.scenario ?? "full", JSON.stringify({ ...preferences, ...view.preferences })],
  );
  await page.goto(url + view.path);
  const screen = view.scenario === "held" ? ".splash > *" : ".auth, .main-screen";
  await page.locator(screen).first().waitFor();
  await page.evaluate("document.fonts.ready");
  await idle(page);
  await view.prepare?.(page);
  await idle(page);
  // Dialogs, which on touch screens wait for the keyboard; then every movement that ends.
  await page.waitForFunction(
    "[...document.querySelectorAll('.modal-overlay, .menu-popover')].every((one) => getComputedStyle(one).opacity !== '0')",
  );
  await settle(page);
}
