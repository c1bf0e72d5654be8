import type { Page } from "playwright-core";
import { rest } from "../rest.ts";
import type { View } from "./views.ts";

const add = (item: string) => async (page: Page) => {
  await page.locator(".composer .icon-button").first().click();
  await page.locator(`[role=menuitem][data-key=${item}]`).click();
};
const choose =
  (row: string, ...items: string[]) =>
  async (page: Page): Promise<void> => {
    await page.locator("[data-message]").filter({ hasText: row }).first().waitFor();
    await rest(page);
    await page
      .locator("[data-message]")
      .filter({ hasText: row })
      .first()
      .click({ button: "right", position: { x: 24, y: 12 } });
    for (const item of items) await page.locator(`[role=menuitem][data-key=${item}]`).click();
  };
const inPalette = (entry: string) => async (page: Page) => {
  await page.keyboard.press("Control+k");
  await page.locator(`.palette-list [data-key=${entry}]`).click();
};
/** Rows exist only near what is in sight: the wheel goes up until there is such a thing. */
const scrollTo = (selector: string) => async (page: Page) => {
  await page.locator(".timeline").first().hover();
  for (let i = 0; i < 12 && (await page.locator(selector).count()) === 0; i += 1) {
    await page.mouse.wheel(0, -600);
    await rest(page);
  }
  await page.locator(selector).first().scrollIntoViewIfNeeded();
  await page.locator(".timeline-sticky[data-shown]").waitFor({ state: "detached" });
};

/** What people send and do in a conversation. */
export const CONVERSATION_VIEWS = (boat: string, channel: string, saved: string, blocked: string): View[] => [
  { name: "kinds", path: boat },
  { name: "kinds-markup", path: boat, prepare: scrollTo(".rich-quote") },
  { name: "kinds-poll", path: boat, prepare: scrollTo(".poll") },
  { name: "channel", path: channel, prepare: (page) => page.locator(".bubble-views svg").first().waitFor() },
  { name: "saved", path: saved },
  { name: "blocked", path: blocked },
  { name: "thread", path: `${boat}/t/401`, prepare: (page) => page.locator(".thread-pane .bubble").last().waitFor() },
  { name: "threads", path: `${boat}/t`, prepare: (page) => page.locator(".threads-item").first().waitFor() },
  {
    name: "composer-add",
    path: saved,
    prepare: async (page) => {
      await page.locator("textarea").fill("Buy bread");
      await page.locator(".composer .icon-button").first().click();
      await page.locator("[role=menuitem][data-key=later]").waitFor();
    },
  },
  {
    name: "poll-new",
    path: boat,
    prepare: async (page) => {
      await add("poll")(page);
      await page.locator("[role=dialog] input").nth(1).fill("Along the pier");
      await page.locator("[role=dialog] button[type=submit]").click();
      await page.locator(".field-error").first().waitFor();
    },
  },
  {
    name: "poll-votes",
    path: boat,
    prepare: async (page) => {
      await scrollTo(".poll-voters")(page);
      await page.locator(".poll-voters").first().click();
      await page.locator(".message-info li").first().waitFor();
    },
  },
  {
    name: "place-new",
    path: boat,
    prepare: async (page) => {
      await add("location")(page);
      await page.locator("[role=dialog] input").first().fill("54.3233, 10.1394");
      await page.locator("[role=dialog] .place").waitFor();
    },
  },
  {
    name: "contact-new",
    path: boat,
    prepare: async (page) => {
      await add("contact")(page);
      await page.locator("[role=dialog] [role=option]").first().waitFor();
    },
  },
  {
    name: "contact-typed",
    path: boat,
    prepare: async (page) => {
      await add("contact")(page);
      await page.locator("[role=dialog] [role=radio]").last().click();
      await page.locator("[role=dialog] button[type=submit]").click();
    },
  },
  {
    name: "scheduled",
    path: boat,
    prepare: async (page) => {
      await add("scheduled")(page);
      await page.locator(".scheduled-line").first().waitFor();
    },
  },
  {
    name: "send-later",
    path: saved,
    prepare: async (page) => {
      await page.locator("textarea").fill("Buy bread");
      await page.locator(".composer-send").click({ button: "right" });
      await page.locator("[role=menu]").waitFor();
    },
  },
  {
    name: "send-moment",
    path: saved,
    prepare: async (page) => {
      await page.locator("textarea").fill("Buy bread");
      await page.locator(".composer-send").click({ button: "right" });
      await page.locator("[role=menuitem][data-key=pick]").click();
      await page.locator(".moment-box button").click();
      await page.locator(".calendar").waitFor();
    },
  },
  {
    name: "expiring",
    path: saved,
    prepare: async (page) => {
      await page.locator(".composer-send").click({ button: "right", force: true });
      await page.locator("[role=menuitem][data-key=expiry]").click();
      await page.locator('[role=menuitem][data-key="3600"]').click();
      await page.locator(".composer-banner[data-kind=timer]").waitFor();
    },
  },
  {
    name: "stickers",
    path: saved,
    prepare: async (page) => {
      await page.locator(".composer .icon-button").nth(1).click();
      await page.locator(".emoticons [role=radio]").last().click();
      await page.locator(".sticker-choice").first().waitFor();
    },
  },
  {
    name: "mentioning",
    path: boat,
    prepare: async (page) => {
      await page.locator("textarea").pressSequentially("Shall @");
      await page.locator(".suggestion").first().waitFor();
    },
  },
  {
    name: "emoji-naming",
    path: saved,
    prepare: async (page) => {
      await page.locator("textarea").pressSequentially("Sunny :sun");
      await page.locator(".suggestion").first().waitFor();
    },
  },
  {
    name: "selecting",
    path: boat,
    prepare: async (page) => {
      await choose("This one goes away", "select")(page);
      await page.locator(".message").filter({ hasText: "Timetable" }).click();
    },
  },
  { name: "reminding", path: boat, prepare: choose("Timetable", "remind") },
  {
    name: "reminders",
    path: boat,
    prepare: async (page) => {
      await inPalette("reminders")(page);
      await page.locator(".news-line").first().waitFor();
    },
  },
  {
    name: "failures",
    path: "/",
    scenario: "offline",
    prepare: async (page) => {
      await inPalette("failures")(page);
      await page.locator(".news-line").first().waitFor();
    },
  },
  {
    name: "conversation-more",
    path: boat,
    prepare: async (page) => {
      await page.locator(".conversation-header .icon-button[aria-haspopup]").last().click();
      await page.locator("[role=menu]").waitFor();
    },
  },
];
