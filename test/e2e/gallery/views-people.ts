import type { Page } from "playwright-core";
import type { View } from "./views.ts";

/** Screens of people, of what is set in chats, and of what is found. */

const OWN_GROUP = `/c/g${"1".padStart(25, "0")}`;
const DIRECT = `/c/d${"2".padStart(25, "0")}`;

const pressOutside = (key: string) => async (page: Page) => {
  await page.evaluate("document.activeElement?.blur()");
  await page.keyboard.press(key);
};
const accountMenu = (item: string) => async (page: Page) => {
  await page.locator(".list-header .icon-button").first().click();
  await page.locator(`[role=menuitem][data-key=${item}]`).click();
};
const detailsPage = (index: number, wanted: string) => async (page: Page) => {
  // The line about notifications opens a menu, no page.
  await page.locator(".details-link:not([aria-haspopup])").nth(index).click();
  await page.locator(wanted).first().waitFor();
};

export const PEOPLE_VIEWS: readonly View[] = [
  { name: "people", path: "/people", prepare: (page) => page.locator(".page-line").last().waitFor() },
  {
    name: "people-empty",
    path: "/people",
    scenario: "empty",
    prepare: (page) => page.locator(".page-column .empty-state").waitFor(),
  },
  {
    name: "people-search",
    path: "/people",
    prepare: async (page) => {
      await page.locator(".page-column .search-input").fill("a");
      await page.locator(".page-section").nth(1).waitFor();
    },
  },
  {
    name: "person",
    path: "/people",
    prepare: async (page) => {
      await page.locator("button.page-line-who").nth(1).click();
      await page.locator(".person-sheet .details-facts").waitFor();
    },
  },
  {
    name: "person-request",
    path: "/people",
    prepare: async (page) => {
      await page.locator("button.page-line-who").first().click();
      await page.locator(".person-request").waitFor();
    },
  },
  {
    name: "person-name",
    path: "/people",
    prepare: async (page) => {
      await page.locator("button.page-line-who").nth(1).click();
      await page.locator(".person-actions .button").nth(1).click();
      await page.locator(".person-form").waitFor();
    },
  },
  {
    name: "person-block",
    path: "/people",
    prepare: async (page) => {
      await page.locator("button.page-line-who").nth(1).click();
      await page.locator(".person-more .button").nth(-2).click();
      await page.locator(".block-effects").waitFor();
    },
  },
  {
    name: "person-report",
    path: "/people",
    prepare: async (page) => {
      await page.locator("button.page-line-who").nth(1).click();
      await page.locator(".person-more .button").last().click();
      await page.locator(".report-reason").nth(1).click();
    },
  },
  {
    name: "account-menu",
    path: "/",
    prepare: async (page) => {
      await page.locator(".list-header .icon-button").first().click();
      await page.locator("[role=menu]").waitFor();
    },
  },
  {
    name: "status",
    path: "/",
    prepare: async (page) => {
      await accountMenu("status")(page);
      await page.locator(".status-presets").waitFor();
    },
  },
  {
    name: "settings-privacy",
    path: "/settings/privacy",
    prepare: (page) => page.locator(".settings-blocked li").waitFor(),
  },
  {
    name: "settings-notifications",
    path: "/settings/notifications",
    prepare: (page) => page.locator("#settings-muted").waitFor(),
  },
  { name: "directory", path: "/directory", prepare: (page) => page.locator(".page-line").last().waitFor() },
  {
    name: "directory-join",
    path: "/directory",
    prepare: async (page) => {
      await page.locator(".page-line-actions .button").nth(1).click();
      await page.locator(".join-card").waitFor();
    },
  },
  { name: "join", path: "/join/stranger", prepare: (page) => page.locator(".join-form").waitFor() },
  { name: "join-requested", path: "/join/requested", prepare: (page) => page.locator(".join-note").waitFor() },
  { name: "join-banned", path: "/join/banned", prepare: (page) => page.locator(".join-note").waitFor() },
  { name: "join-over", path: "/join/over", prepare: (page) => page.locator(".page-column .empty-state").waitFor() },
  { name: "join-signed-out", path: "/join/stranger", scenario: "signed_out" },
  { name: "reports", path: "/admin/reports", prepare: (page) => page.locator(".report-card").last().waitFor() },
  {
    name: "reports-decide",
    path: "/admin/reports",
    prepare: async (page) => {
      await page.locator(".report-card .button").nth(1).click();
      await page.locator(".report-decide").waitFor();
    },
  },
  {
    name: "reports-forbidden",
    path: "/admin/reports",
    scenario: "empty",
    prepare: (page) => page.locator(".page-column .empty-state").waitFor(),
  },
  { name: "chat-settings", path: `${OWN_GROUP}/details`, prepare: detailsPage(0, ".details-section") },
  {
    name: "chat-settings-select",
    path: `${OWN_GROUP}/details`,
    prepare: async (page) => {
      await detailsPage(0, ".details-section")(page);
      await page.locator(".details-section").nth(1).locator(".select-button").first().click();
      await page.locator("[role=listbox]").last().waitFor();
    },
  },
  {
    name: "chat-timer",
    path: `${OWN_GROUP}/details`,
    prepare: async (page) => {
      await detailsPage(0, ".details-section")(page);
      await page.locator(".select-button").first().click();
      await page.locator(".select-popover [role=option]").last().click();
      await page.locator(".details-dialog").waitFor();
    },
  },
  { name: "direct-settings", path: `${DIRECT}/details`, prepare: detailsPage(0, ".details-section") },
  { name: "invites", path: `${OWN_GROUP}/details`, prepare: detailsPage(1, ".invite-line") },
  {
    name: "invite-new",
    path: `${OWN_GROUP}/details`,
    prepare: async (page) => {
      await detailsPage(1, ".invite-line")(page);
      await page.locator(".details-members-head .button").click();
      await page.locator(".details-dialog").waitFor();
    },
  },
  {
    name: "invite-qr",
    path: `${OWN_GROUP}/details`,
    prepare: async (page) => {
      await detailsPage(1, ".invite-line")(page);
      await page.locator(".invite-actions .button:has(.lucide-qr-code)").click();
      await page.locator(".qr-picture").waitFor();
    },
  },
  { name: "join-requests", path: `${OWN_GROUP}/details`, prepare: detailsPage(2, ".page-line") },
  { name: "bans", path: `${OWN_GROUP}/details`, prepare: detailsPage(3, ".page-line") },
  {
    name: "ban",
    path: `${OWN_GROUP}/details`,
    prepare: async (page) => {
      await page.locator(".member-menu").last().click();
      await page.locator("[role=menuitem][data-key=ban]").click();
      await page.locator(".details-dialog").waitFor();
    },
  },
  {
    name: "search-filters",
    path: "/",
    prepare: async (page) => {
      await page.locator(".list-search input").fill("way");
      await page.locator(".search-chip").first().click();
      await page.locator(".search-fields .select-button").nth(2).click();
      await page.locator(".select-popover [role=option]").nth(1).click();
      await page.locator(".hit-row").first().waitFor();
    },
  },
  {
    name: "search-none",
    path: "/",
    prepare: async (page) => {
      await page.locator(".list-search input").fill("zzz");
      await page.locator(".list-pane .empty-state").waitFor();
    },
  },
  {
    name: "search-recent",
    path: "/",
    prepare: async (page) => {
      const field = page.locator(".list-search input");
      for (const words of ["letter", "north pier", "موعد"]) {
        await field.fill(words);
        await field.press("Enter");
      }
      await field.fill("");
      await page.locator(".recent-item").first().waitFor();
    },
  },
  {
    name: "chat-search",
    path: `${OWN_GROUP}/search`,
    prepare: async (page) => {
      await page.locator(".chat-search-head input").fill("way");
      await page.locator(".hit-row").nth(2).waitFor();
    },
  },
  {
    name: "new-channel",
    path: "/",
    prepare: async (page) => {
      await pressOutside("n")(page);
      await page.locator("[role=dialog] [role=radio]").nth(2).click();
      await page.locator(".new-chat-channel").waitFor();
    },
  },
  {
    name: "new-broadcast",
    path: "/",
    prepare: async (page) => {
      await pressOutside("n")(page);
      await page.locator("[role=dialog] [role=radio]").last().click();
      await page.locator("[role=dialog] [role=option]").first().click();
    },
  },
];
