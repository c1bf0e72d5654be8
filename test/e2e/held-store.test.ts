import type { Page } from "playwright-core";
import { describe, expect, test } from "vitest";
import { databaseName } from "../../web/store/schema.ts";
import { type Account, Stage } from "./stage.ts";

const stage = new Stage();

const WORDS = "Close other tabs of Parley to go on";

/**
 * A page of Parley's origin that has an older store of this person open and lets go of it as little as one that gets no
 * turn: Chromium gives its sleeping pages this turn, so that putting one to sleep would prove nothing.
 */
async function sleeper(page: Page, { user_id }: Account): Promise<void> {
  await page.goto(`${stage.url}/icon.svg`);
  await page.evaluate(
    (name) =>
      new Promise<void>((resolve, reject) => {
        const request = indexedDB.open(name, 1);
        request.onerror = () => reject(request.error);
        request.onupgradeneeded = () => {
          const db = request.result;
          for (const store of ["meta", "drafts"]) db.createObjectStore(store);
          for (const store of ["inbox", "chats", "cursors"]) db.createObjectStore(store, { keyPath: "chat_id" });
          db.createObjectStore("messages", { keyPath: ["chat_id", "seq"] });
          for (const store of ["members", "receipts"]) db.createObjectStore(store, { keyPath: ["chat_id", "user_id"] });
          db.createObjectStore("outbox", { keyPath: "place", autoIncrement: true });
        };
        request.onsuccess = () => resolve();
      }),
    databaseName(user_id),
  );
}

describe("a tab that sleeps and holds the store", () => {
  test("UI121 whoever opens Parley beside it is told what to do, and goes on when it is closed", async () => {
    const [ann, bob] = await Promise.all([stage.account("Ann Held"), stage.account("Bob Held")]);
    await stage.direct(ann, bob, [[bob, "Good evening"]]);
    const { page, context } = await stage.open();
    const asleep = await context.newPage();
    await sleeper(asleep, ann);
    await page.bringToFront();
    await page.goto(stage.url);
    await page.getByLabel("Username or email").fill(ann.username);
    await page.getByLabel("Password", { exact: true }).fill("a rather long passphrase");
    await page.getByRole("button", { name: "Sign in" }).click();
    const told = page.getByRole("alert").filter({ hasText: WORDS });
    await told.waitFor();
    // It holds also whoever looks again.
    await page.reload();
    await told.waitFor();
    expect(await page.locator(".main-screen").count()).toBe(0);
    await asleep.close();
    await page.locator(".main-screen").waitFor();
    await page.getByText("Good evening").first().waitFor();
    expect(await told.count()).toBe(0);
  });
});
