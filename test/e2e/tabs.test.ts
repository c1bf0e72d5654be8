import { describe, expect, test } from "vitest";
import type { Person } from "./person.ts";
import { Stage } from "./stage.ts";

const stage = new Stage();

/** Another tab of the same browser, on the same chat. */
async function secondTab(person: Person): Promise<Person["page"]> {
  const page = await person.context.newPage();
  person.watch(page);
  await page.goto(person.page.url());
  return page;
}

describe("tabs that end, sleep and come back", () => {
  test("UI11 a tab that is closed in the moment of sending loses no word and sends none twice", async () => {
    const [ivo, jo] = await Promise.all([stage.account("Ivo Stein"), stage.account("Jo Bell")]);
    await stage.direct(ivo, jo, [[jo, "Hello Ivo"]]);
    const person = await stage.signIn(ivo);
    await person.openChat("Jo Bell");
    await person.message("Hello Ivo").waitFor();
    const address = person.page.url();
    await person.page.close();
    const said: string[] = [];
    for (let i = 0; i < 8; i++) {
      const page = await person.context.newPage();
      await page.goto(address);
      const box = page.getByRole("textbox", { name: /Message/ });
      await box.waitFor();
      // What the last tab could not send stands in the composer: it is sent now.
      const left = await box.inputValue();
      const text = `[word ${i}]`;
      said.push(text);
      if (left === "") await box.fill(text);
      else await box.fill(`${left} ${text}`);
      // Sent, and gone after none, one, two … turns of the page.
      await box.evaluate((area, turns) => {
        area.dispatchEvent(new KeyboardEvent("keydown", { key: "Enter", bubbles: true, cancelable: true }));
        let left = turns;
        const channel = new MessageChannel();
        channel.port1.onmessage = () => (left-- > 0 ? channel.port2.postMessage(0) : window.close());
        channel.port2.postMessage(0);
      }, i);
      await page.close({ runBeforeUnload: false });
    }
    const page = await person.context.newPage();
    await page.goto(address);
    const box = page.getByRole("textbox", { name: /Message/ });
    await box.waitFor();
    const reader = await stage.signIn(jo);
    await reader.openChat("Ivo Stein");
    const lines = async () => (await reader.page.locator("[data-message]").allTextContents()).join("\n");
    const words = async () => `${await lines()}\n${await box.inputValue()}`.match(/\[word \d+\]/g) ?? [];
    await expect.poll(async () => [...new Set(await words())].sort(), { timeout: 20_000 }).toEqual([...said].sort());
    expect((await words()).sort()).toEqual([...said].sort());
  });

  test("UI12 a tab whose leader was put to sleep sends all the same, and the sleeper catches up", async () => {
    const [kim, lou] = await Promise.all([stage.account("Kim West"), stage.account("Lou Frey")]);
    const chatId = await stage.direct(kim, lou, [[lou, "Hello Kim"]]);
    const person = await stage.signIn(kim);
    await person.openChat("Lou Frey");
    await person.message("Hello Kim").waitFor();
    const other = await secondTab(person);
    await other.getByText("Hello Kim").last().waitFor();
    const session = await person.context.newCDPSession(person.page);
    await session.send("Page.setWebLifecycleState", { state: "frozen" });
    await other.bringToFront();
    await other.getByRole("textbox", { name: /Message/ }).fill("While it sleeps");
    await other.keyboard.press("Enter");
    await other
      .locator("[data-message]", { hasText: "While it sleeps" })
      .locator('.message-state[data-state="sent"], .message-state[data-state="delivered"]')
      .first()
      .waitFor();
    await stage.say(lou, chatId, "I hear you");
    await other.locator("[data-message]", { hasText: "I hear you" }).waitFor();
    await session.send("Page.setWebLifecycleState", { state: "active" });
    await person.page.bringToFront();
    await person.message("While it sleeps").waitFor();
    await person.message("I hear you").waitFor();
    expect(await person.message("While it sleeps").count()).toBe(1);
  });
});
