import { describe, expect, test } from "vitest";
import { SOON } from "./person.ts";
import { Stage } from "./stage.ts";

const stage = new Stage();
const words = (n: number): string => `Line ${n} about nothing in particular`;

describe("finding", () => {
  test("UI96 UI98 the list finds chats, people and messages, and a hit leads to its message", async () => {
    const [ann, bo, cy] = await Promise.all([
      stage.account("Ann Plum"),
      stage.account("Bo Plum"),
      stage.account("Cy Plum"),
    ]);
    await stage.direct(ann, bo, [
      [bo, "The lighthouse keeper has a plum tree"],
      ...Array.from({ length: 70 }, (_, i) => [i % 2 === 0 ? ann : bo, words(i)] as const),
    ]);
    await stage.group(
      ann,
      "Plum jam",
      [cy],
      [
        [cy, "Plum cake at https://example.org/cake"],
        [ann, "A plum for you"],
      ],
    );
    const a = await stage.signIn(ann);
    const { page } = a;
    const field = page.getByRole("searchbox", { name: "Search chats and people" });
    await field.fill("plum");
    const results = page.getByRole("listbox", { name: "Search chats and people" });
    // Its line may still say who has made it.
    await results.getByRole("group", { name: "Chats" }).getByText("Plum jam").first().waitFor();
    const hits = results.getByRole("group", { name: "Messages" }).getByRole("option");
    await expect.poll(() => hits.count(), { timeout: SOON }).toBe(3);
    await hits.filter({ hasText: "lighthouse" }).locator("mark").filter({ hasText: "plum" }).waitFor();

    // A filter narrows it to messages, and is taken away again.
    await page.getByRole("button", { name: "Filters" }).click();
    await page.getByRole("button", { name: /Contains/ }).click();
    await page.getByRole("option", { name: "A link" }).click();
    await expect.poll(() => hits.count(), { timeout: SOON }).toBe(1);
    await results.getByRole("group", { name: "Chats" }).waitFor({ state: "detached" });
    await page.getByRole("button", { name: "Remove filter: A link" }).click();
    await expect.poll(() => hits.count(), { timeout: SOON }).toBe(3);

    // Keys: down into the results, Esc back to the words, and down again to the hit.
    await field.press("ArrowDown");
    await page.keyboard.press("Escape");
    await expect.poll(() => field.evaluate((one) => one === document.activeElement)).toBe(true);
    await hits.filter({ hasText: "lighthouse" }).focus();
    await page.keyboard.press("Enter");
    await a.message("The lighthouse keeper").waitFor();

    // What was searched for is offered again, and goes with signing out.
    await field.fill("");
    await field.focus();
    await page.getByRole("region", { name: "Recent searches" }).getByRole("button", { name: "plum" }).click();
    await expect.poll(() => hits.count(), { timeout: SOON }).toBe(3);
    expect(await page.evaluate(() => localStorage.getItem("parley.recent_searches"))).toContain("plum");
    expect(a.complaints).toEqual([]);
    await field.fill("");
    await page.getByRole("button", { name: /^Account menu/ }).click();
    await page.getByRole("menuitem", { name: "Sign out" }).click();
    await page.getByRole("alertdialog").getByRole("button", { name: "Sign out" }).click();
    await page.getByLabel("Username or email").waitFor();
    expect(await page.evaluate(() => localStorage.getItem("parley.recent_searches"))).toBeNull();
  });

  test("UI97 Ctrl+F searches the open chat and walks the hits", async () => {
    const [dee, eli] = await Promise.all([stage.account("Dee Plum"), stage.account("Eli Plum")]);
    const chatId = await stage.direct(dee, eli, [
      [eli, "An oak at the gate"],
      ...Array.from({ length: 60 }, (_, i) => [i % 2 === 0 ? dee : eli, words(i)] as const),
      [dee, "An oak by the lake"],
    ]);
    const d = await stage.signIn(dee, {}, `/c/${chatId}`);
    const { page } = d;
    await d.composer.waitFor();
    await page.keyboard.press("Control+f");
    const field = page.getByRole("searchbox", { name: "Search messages" });
    await field.fill("oak");
    await page.getByText("2 results").waitFor();
    await page.getByRole("button", { name: "Next result" }).click();
    await page.getByText("1 of 2").waitFor();
    await d.sees("An oak by the lake");
    await page.getByRole("button", { name: "Next result" }).click();
    await page.getByText("2 of 2").waitFor();
    await d.sees("An oak at the gate");
    // By keys alone, without losing the field: the first hit again, and the next.
    await field.fill("An oak");
    await page.getByText("2 results").waitFor();
    await field.press("Enter");
    await page.getByText("1 of 2").waitFor();
    await d.sees("An oak by the lake", ".conversation");
    await d.rests();
    await page.keyboard.press("Enter");
    await page.getByText("2 of 2").waitFor();
    await d.sees("An oak at the gate", ".conversation");
    await d.rests();
    expect(await field.evaluate((one) => one === document.activeElement)).toBe(true);
    await field.fill("nothing like it");
    await page.getByText("Nothing found").waitFor();
    await field.press("Escape");
    await field.press("Escape");
    await page.getByRole("complementary", { name: "Search in chat" }).waitFor({ state: "detached" });
    expect(new URL(page.url()).pathname).toBe(`/c/${chatId}`);
    expect(d.complaints).toEqual([]);
  });

  test("UI99 the list filters mentions and channels, and leads to saved messages", async () => {
    const [fay, gil] = await Promise.all([stage.account("Fay Plum"), stage.account("Gil Plum")]);
    await stage.group(fay, "Quiet room", [gil], [[gil, "Nothing here"]]);
    const f = await stage.signIn(fay);
    await f.chat("Quiet room").waitFor();
    await f.page.getByRole("radio", { name: "Mentions" }).click();
    await f.page.getByText("Nobody is waiting for you").waitFor();
    await f.page.getByRole("radio", { name: "Channels" }).click();
    await f.page.getByText("No channels yet").waitFor();
    await f.page.getByRole("button", { name: /^Account menu/ }).click();
    await f.page.getByRole("menuitem", { name: "Saved messages" }).click();
    await f.write("For later");
    await f.message("For later").waitFor();
    await f.page.getByRole("radio", { name: "All" }).press("Enter");
    await f.chat("Saved messages").filter({ hasText: "For later" }).waitFor();
    expect(f.complaints).toEqual([]);
  });
});
