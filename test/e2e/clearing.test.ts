import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import type { Page } from "playwright-core";
import { describe, expect, test } from "vitest";
import { settle } from "./gallery/views.ts";
import { SOON } from "./person.ts";
import { Stage } from "./stage.ts";

const stage = new Stage();
const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

/** What axe finds in the question that is asked. */
async function violations(page: Page): Promise<string[]> {
  // Half faded in, nothing has its colours yet.
  await settle(page);
  await page.evaluate(AXE);
  const found = await page.evaluate<{ id: string; nodes: { html: string }[] }[]>(
    "axe.run('[role=alertdialog]').then((result) => result.violations)",
  );
  return found.flatMap(({ id, nodes }) => nodes.map(({ html }) => `${id} ${html}`));
}

describe("a chat cleared for oneself", () => {
  test("UI118 a deleted chat leaves every device of its person, and comes back with only what is new", async () => {
    const [ada, ben] = await Promise.all([stage.account("Ada Wolf"), stage.account("Ben Hart")]);
    const chatId = await stage.direct(ada, ben, [
      [ben, "First words"],
      [ada, "Second words"],
      [ben, "Third words"],
    ]);
    const [a, other, b] = await Promise.all([stage.signIn(ada), stage.signIn(ada), stage.signIn(ben)]);
    await other.openChat("Ben Hart");
    await other.message("Third words").waitFor();
    await b.openChat("Ada Wolf");
    await a.chat("Ben Hart").click({ button: "right" });
    await a.page.getByRole("menuitem", { name: "Delete chat…" }).click();
    const dialog = a.page.getByRole("alertdialog");
    await dialog.getByText("The other side keeps them").waitFor();
    expect(await violations(a.page)).toEqual([]);
    await dialog.getByRole("button", { name: "Delete chat" }).click();
    await a.chat("Ben Hart").waitFor({ state: "detached" });
    await other.chat("Ben Hart").waitFor({ state: "detached" });
    await other.message("Third words").waitFor({ state: "detached" });
    // The other side sees nothing of it.
    await b.message("Second words").waitFor();
    await a.page.reload();
    await a.page.locator(".main-screen").waitFor();
    await stage.say(ben, chatId, "Fourth words");
    await a.chat("Ben Hart").filter({ hasText: "Fourth words" }).waitFor();
    await a.openChat("Ben Hart");
    await a.message("Fourth words").waitFor();
    await other.chat("Ben Hart").filter({ hasText: "Fourth words" }).waitFor();
    await other.message("Fourth words").waitFor();
    await a.page.reload();
    await a.message("Fourth words").waitFor();
    for (const each of [a, other])
      for (const gone of ["First words", "Second words", "Third words"])
        expect(await each.message(gone).count()).toBe(0);
    await expect.poll(() => b.message("words").count(), { timeout: SOON }).toBe(4);
    for (const each of [a, other, b]) expect(each.complaints).toEqual([]);
  });

  test("UI118 a chat is cleared offline from its menu, and the other device follows when the network is back", async () => {
    const [cara, dan] = await Promise.all([stage.account("Cara Lund"), stage.account("Dan Frey")]);
    const chatId = await stage.group(
      cara,
      "Garden",
      [dan],
      [
        [dan, "Water them"],
        [cara, "Done"],
      ],
    );
    const [c, other] = await Promise.all([stage.signIn(cara), stage.signIn(cara)]);
    await Promise.all([c.openChat("Garden"), other.openChat("Garden")]);
    await c.message("Water them").waitFor();
    await other.message("Water them").waitFor();
    await c.context.setOffline(true);
    await c.page.getByRole("button", { name: "More", exact: true }).click();
    expect(await c.page.getByRole("menuitem", { name: "Delete chat…" }).count()).toBe(0);
    await c.page.getByRole("menuitem", { name: "Clear chat…" }).click();
    await c.page.getByRole("alertdialog").getByRole("button", { name: "Clear chat" }).click();
    await c.message("Water them").waitFor({ state: "detached" });
    await other.message("Water them").waitFor();
    await c.context.setOffline(false);
    await other.message("Water them").waitFor({ state: "detached" });
    await stage.say(dan, chatId, "Again, please");
    for (const each of [c, other]) {
      await each.message("Again, please").waitFor();
      expect(await each.message("Done").count()).toBe(0);
    }
    await expect.poll(() => c.chat("Garden").textContent(), { timeout: SOON }).toContain("Again, please");
  });
});
