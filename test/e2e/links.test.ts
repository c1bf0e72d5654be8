import { describe, expect, test } from "vitest";
import { SOON } from "./person.ts";
import { Stage } from "./stage.ts";

const stage = new Stage();
const CLIPBOARD = { permissions: ["clipboard-read", "clipboard-write"] };

describe("links within Parley", () => {
  test("UI110 the link of a message leads whoever may read it to its place, and nobody else", async () => {
    const [ivy, jon, kim] = await Promise.all([
      stage.account("Ivy Holm"),
      stage.account("Jon Lund"),
      stage.account("Kim Rask"),
    ]);
    const many = Array.from({ length: 60 }, (_, i) => [jon, `Line ${i + 1} of the log`] as const);
    const chatId = await stage.group(ivy, "Logbook", [jon], [[ivy, "The very first word"], ...many]);
    const aside = await stage.direct(ivy, jon);
    const i = await stage.signIn(ivy, CLIPBOARD, `/c/${chatId}`);
    // It opens at the first unread line.
    await i.page.locator(".jump").click();
    await i.message("Line 60 of the log").waitFor();
    await i.message("Line 60 of the log").focus();
    // Home leads to the first that is loaded, and what comes before is loaded on the way.
    const isThere = async (): Promise<boolean> => {
      await i.page.keyboard.press("Home");
      return (await i.message("The very first word").count()) > 0;
    };
    await expect.poll(isThere, { timeout: SOON, interval: 300 }).toBe(true);
    await i.message("The very first word").focus();
    await i.page.keyboard.press("l");
    await i.toldOf("Link copied");
    const address = await i.page.evaluate(() => navigator.clipboard.readText());
    expect(new URL(address).pathname).toMatch(new RegExp(`^/c/${chatId}/m/\\d+$`));

    // Written to somebody, it opens here and not in another tab.
    await i.page.goto(`${stage.url}/c/${aside}`);
    await i.write(`See ${address}`);
    const j = await stage.signIn(jon, {}, `/c/${aside}`);
    await j.message("See ").locator("a").first().click();
    await j.sees("The very first word");
    await expect.poll(() => new URL(j.page.url()).pathname).toBe(`/c/${chatId}`);
    expect(j.context.pages()).toHaveLength(1);
    await j.page.goBack();
    await j.message("See ").waitFor();

    // Opened from outside, after signing in.
    const k = await stage.signIn(kim, {}, new URL(address).pathname);
    await k.page.getByText("This chat is no longer here").waitFor();
    const again = await stage.signIn(jon, {}, new URL(address).pathname);
    await again.sees("The very first word");
    await again.page.goto(`${stage.url}/c/${chatId}/m/99999`);
    await again.message("Line 60 of the log").waitFor();
    expect([...i.complaints, ...j.complaints]).toEqual([]);
  });

  test("UI110 the link of an answer in a thread opens its thread", async () => {
    const [lea, max] = await Promise.all([stage.account("Lea Nord"), stage.account("Max Vang")]);
    const chatId = await stage.group(lea, "Harbour", [max], [[max, "Who has the keys"]]);
    const m = await stage.signIn(max, {}, `/c/${chatId}`);
    await m.message("Who has the keys").focus();
    await m.page.keyboard.press("t");
    const pane = m.page.locator(".thread-pane");
    await pane.locator(".composer-text").fill("They hang in the shed");
    await pane.locator(".composer-text").press("Enter");
    await pane.locator(".message-state[data-state=sent]").first().waitFor();
    const l = await stage.signIn(lea, CLIPBOARD, new URL(m.page.url()).pathname);
    await l.page.locator(".thread-pane [data-message]").filter({ hasText: "in the shed" }).focus();
    await l.page.keyboard.press("l");
    await l.toldOf("Link copied");
    const address = await l.page.evaluate(() => navigator.clipboard.readText());
    await l.page.goto(`${stage.url}/c/${chatId}`);
    await l.message("Who has the keys").waitFor();
    expect(await l.page.locator(".thread-pane").count()).toBe(0);
    await l.page.goto(address);
    await l.sees("in the shed", ".thread-pane");
    await expect.poll(() => new URL(l.page.url()).pathname, { timeout: SOON }).toMatch(/\/t\/\d+$/);
  });
});
