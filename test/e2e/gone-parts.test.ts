import type { Page } from "playwright-core";
import { describe, expect, test } from "vitest";
import { type Person, SOON } from "./person.ts";
import { type Account, Stage } from "./stage.ts";

const stage = new Stage();

/** What stands where a screen cannot be drawn. */
const WORDS = "This part could not be shown";

/** How often the page was loaded, since now. */
function loads(page: Page): () => number {
  let count = 0;
  page.on("domcontentloaded", () => count++);
  return () => count;
}

/** The server has a newer build, of which a page is asked for by the client; its own pages stay as they are. */
async function deploy(page: Page, entry: string): Promise<void> {
  const own = await (await fetch(stage.url)).text();
  const body = own.replace(/(<script type="module"[^>]* src=")[^"]+/, `$1${entry}`);
  expect(body).toContain(entry);
  await page.route(`${stage.url}/`, (route) =>
    route.request().isNavigationRequest() ? route.continue() : route.fulfill({ body, contentType: "text/html" }),
  );
}

/** The server has this part of the client no more. */
async function takeAway(page: Page, part: string): Promise<void> {
  await page.route(`**/assets/${part}-*.js`, (route) => route.fulfill({ status: 404, body: "" }));
}

/** Signed in, in a browser that keeps no shell, so that every part comes from the server. */
const signIn = (account: Account): Promise<Person> => stage.signIn(account, { serviceWorkers: "block" });

const openSettings = async (page: Page): Promise<void> => {
  await page.getByRole("button", { name: "Account menu" }).click();
  await page.getByRole("menuitem", { name: "Settings" }).click();
};

describe("parts of the client that are gone", () => {
  test("UI122 the page is loaded anew once for a newer build, never twice, and then says what to do", async () => {
    const { page } = await signIn(await stage.account("Ada Part"));
    await deploy(page, "/assets/index-newer.js");
    await takeAway(page, "settings-pane");
    const count = loads(page);
    await openSettings(page);
    // Loaded anew, at the address that was chosen; there it is still gone.
    await page.getByText(WORDS).waitFor();
    expect(count()).toBe(1);
    expect(new URL(page.url()).pathname).toBe("/settings");
    // Nor at the next attempt, which is the person's own.
    await page.getByRole("button", { name: "Load again" }).click();
    await expect.poll(count, { timeout: SOON }).toBe(2);
    await page.getByText(WORDS).waitFor();
    expect(count()).toBe(2);
    // A still newer build has it.
    await page.unroute("**/assets/settings-pane-*.js");
    await page.getByRole("button", { name: "Load again" }).click();
    await page.getByRole("heading", { name: "Settings" }).first().waitFor();
  });

  test("UI122 a page of the build that the server has is not loaded anew", async () => {
    const { page } = await signIn(await stage.account("Bo Part"));
    await takeAway(page, "settings-pane");
    const count = loads(page);
    await openSettings(page);
    await page.getByText(WORDS).waitFor();
    expect(count()).toBe(0);
  });

  test("UI122 nor is one under somebody who writes, and what they wrote is there when they load it themselves", async () => {
    const [cleo, dan] = await Promise.all([stage.account("Cleo Part"), stage.account("Dan Part")]);
    await stage.direct(cleo, dan, [[dan, "Tell me"]]);
    const person = await signIn(cleo);
    const { page } = person;
    await person.openChat("Dan Part");
    await deploy(page, "/assets/index-newer.js");
    await takeAway(page, "chat-search-pane");
    const count = loads(page);
    await person.composer.fill("It was a dark and");
    await page.keyboard.press("Control+f");
    await page.getByText(WORDS).waitFor();
    expect(count()).toBe(0);
    await page.unroute("**/assets/chat-search-pane-*.js");
    await page.getByRole("button", { name: "Load again" }).click();
    await person.composer.waitFor();
    await expect.poll(() => person.composer.inputValue(), { timeout: SOON }).toBe("It was a dark and");
  });

  test("UI122 a start whose engine is gone is loaded anew, and so is one whose words are", async () => {
    const { page } = await signIn(await stage.account("Eli Part"));
    for (const part of ["engine", "words-en"]) {
      await deploy(page, `/assets/index-${part}.js`);
      await takeAway(page, part);
      const count = loads(page);
      // It may not come to its end: the page loads itself anew in the middle.
      await page.reload({ waitUntil: "commit" });
      await expect.poll(count, { timeout: SOON }).toBe(2);
      await page.unroute(`**/assets/${part}-*.js`);
      await page.unroute(`${stage.url}/`);
      await page.reload();
      await page.locator(".main-screen").waitFor();
    }
  });
});
