import { describe, expect, test } from "vitest";
import { callAs, SOON } from "./person.ts";
import { type Account, Stage } from "./stage.ts";

const stage = new Stage();

async function chat(owner: Account, type: "group" | "channel", name: string, people: Account[]): Promise<string> {
  const made = (await callAs(stage.url, owner.token, "POST", "/chats", {
    chat_type: type,
    chat_name: name,
    participants: people.map((one) => one.user_id),
  })) as { chat: { chat_id: string } };
  return made.chat.chat_id;
}

describe("who may not write, and why", () => {
  test("UI71 UI74 a reader of a channel sees who writes there, can mute it, and counts as a view", async () => {
    const [ann, bo] = await Promise.all([stage.account("Ann Reed"), stage.account("Bo Lark")]);
    const chatId = await chat(ann, "channel", "Harbour news", [bo]);
    await stage.say(ann, chatId, "The pier is open");
    const [a, b] = await Promise.all([stage.signIn(ann), stage.signIn(bo)]);
    await b.chat("Harbour news").click();
    await b.page.getByText("Only admins can write here").waitFor();
    expect(await b.composer.count()).toBe(0);
    await b.message("The pier is open").locator(".bubble-views").filter({ hasText: "1" }).waitFor();
    await b.page.locator(".composer-closed").getByRole("button", { name: "Mute" }).click();
    await b.page.locator(".composer-closed").getByRole("button", { name: "Unmute" }).waitFor();
    await a.openChat("Harbour news");
    await a.message("The pier is open").locator(".bubble-views").filter({ hasText: /[12]/ }).waitFor();
    expect([...a.complaints, ...b.complaints]).toEqual([]);
  });

  test("UI71 slow mode counts down in the composer", async () => {
    const [cat, dov] = await Promise.all([stage.account("Cat Moss"), stage.account("Dov Hill")]);
    const chatId = await chat(cat, "group", "Slow", [dov]);
    const pauses = (seconds: number): Promise<unknown> =>
      callAs(stage.url, cat.token, "PUT", `/chats/${chatId}`, { settings: { slow_mode_s: seconds } });
    await pauses(60);
    const d = await stage.signIn(dov);
    await d.openChat("Slow");
    await d.write("One");
    await d.message("One").waitFor();
    await d.composer.fill("Two");
    await expect.poll(() => d.page.locator(".composer-send").isDisabled(), { timeout: SOON }).toBe(true);
    await d.composer.press("Enter");
    expect(await d.composer.inputValue()).toBe("Two");
    // Less of it, so that the test need not wait for all.
    await pauses(8);
    await expect.poll(() => d.page.locator(".composer-send").isEnabled(), { timeout: SOON }).toBe(true);
    await d.composer.press("Enter");
    await d.state("Two", "sent").or(d.state("Two", "delivered")).or(d.state("Two", "read")).waitFor();
    expect(d.complaints).toEqual([]);
  });

  test("UI71 a person who is blocked can be unblocked where one would write", async () => {
    const [eve, flo] = await Promise.all([stage.account("Eve Sand"), stage.account("Flo Rain")]);
    await stage.direct(eve, flo, [[flo, "Hello"]]);
    await callAs(stage.url, eve.token, "POST", "/users/block", { user_id: flo.user_id, blocked: true });
    const e = await stage.signIn(eve);
    await e.chat("Flo Rain").click();
    await e.page.getByText("You blocked Flo Rain").waitFor();
    await e.page.getByRole("button", { name: "Unblock" }).click();
    await e.composer.waitFor();
    await e.write("Hello again");
    await e.message("Hello again").waitFor();
    expect(e.complaints).toEqual([]);
  });
});

describe("finding again, and what failed", () => {
  test("UI72 a vote that came too late is undone, told and kept in the list", async () => {
    const [gil, hue] = await Promise.all([stage.account("Gil Wood"), stage.account("Hue Lane")]);
    const chatId = await chat(gil, "group", "Votes", [hue]);
    const made = (await callAs(stage.url, gil.token, "POST", `/chats/${chatId}/messages`, {
      message_type: "poll",
      content: { question: "Now or never?", options: ["Now", "Never"] },
    })) as { message_id: string };
    const h = await stage.signIn(hue);
    await h.chat("Votes").click();
    const option = h.page.locator(".poll-option").filter({ hasText: "Now" });
    await option.waitFor();
    await h.context.setOffline(true);
    await option.click();
    await expect.poll(() => option.getAttribute("aria-pressed")).toBe("true");
    await callAs(stage.url, gil.token, "POST", `/messages/${made.message_id}/close-poll`, {});
    await h.context.setOffline(false);
    // At once: what was told goes after a while.
    await h.page
      .locator(".toast")
      .filter({ hasText: "The server refused a change" })
      .getByRole("button", { name: "Show" })
      .click();
    const list = h.page.getByRole("dialog", { name: "What failed" });
    await list.getByText("Vote in a poll").waitFor();
    await list.getByRole("button", { name: "Clear the list" }).click();
    await list.getByText("Nothing failed").waitFor();
    await h.page.keyboard.press("Escape");
    // It has ended, and what was chosen too late is no choice.
    await h.page.locator(".poll").filter({ hasText: "Final results" }).waitFor();
    await expect.poll(() => option.getByRole("img", { name: "Your choice" }).count()).toBe(0);
  });

  test("UI73 the palette finds a message and leads to it; a chat opens in its own window", async () => {
    const [ivy, jay] = await Promise.all([stage.account("Ivy Cole"), stage.account("Jay Pine")]);
    const lines = Array.from({ length: 40 }, (_, i) => [jay, `Line ${i + 1} of many`] as const);
    await stage.direct(ivy, jay, [[jay, "The lighthouse keeps its secret"], ...lines]);
    const i = await stage.signIn(ivy);
    await i.chat("Jay Pine").waitFor();
    await i.command("lighthouse");
    await i.page.getByRole("menuitem", { name: "The lighthouse keeps its secret" }).click();
    await i.sees("lighthouse", ".conversation");
    await i.page.getByRole("button", { name: "More", exact: true }).click();
    const opening = i.context.waitForEvent("page");
    await i.page.getByRole("menuitem", { name: "Open in new window" }).click();
    const popup = await opening;
    i.watch(popup);
    await popup.locator(".composer-text").waitFor();
    await popup.locator(".composer-text").fill("From the other window");
    await popup.locator(".composer-text").press("Enter");
    await i.page.locator(".bubble").filter({ hasText: "From the other window" }).waitFor({ timeout: SOON });
    expect(i.complaints).toEqual([]);
  });
});
