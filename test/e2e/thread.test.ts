import { describe, expect, test } from "vitest";
import { callAs, type Person, SOON } from "./person.ts";
import { type Account, Stage } from "./stage.ts";

const stage = new Stage();

/** Answers in the thread of a chat's first message, in this order; the seq of each. */
async function answer(chatId: string, lines: readonly (readonly [Account, string, replyTo?: number])[]) {
  const seqs: number[] = [];
  for (const [account, text, replyTo] of lines) {
    const { seq } = (await callAs(stage.url, account.token, "POST", `/chats/${chatId}/messages`, {
      content: { text },
      thread_root_message_id: `${chatId}.1`,
      ...(replyTo === undefined ? {} : { reply_to_message_id: `${chatId}.${replyTo}` }),
    })) as { seq: number };
    seqs.push(seq);
  }
  return seqs;
}

const paneOf = (person: Person) => {
  const pane = person.page.locator(".thread-pane");
  return {
    pane,
    composer: pane.locator(".composer-text"),
    row: (text: string) => pane.locator(".message").filter({ hasText: text }),
  };
};

describe("a thread is as good as its chat", () => {
  test("UI62 UI68 several answers are chosen by mouse and keys, copied and deleted; Esc ends it", async () => {
    const [ann, bo] = await Promise.all([stage.account("Ann Reed"), stage.account("Bo Lark")]);
    const chatId = await stage.direct(ann, bo, [[ann, "What do we need?"]]);
    await answer(chatId, [
      [ann, "First answer"],
      [bo, "Second answer"],
      [ann, "Third answer"],
    ]);
    const a = await stage.signIn(ann, { permissions: ["clipboard-read", "clipboard-write"] }, `/c/${chatId}/t/1`);
    const { pane, row } = paneOf(a);
    await pane.locator(".timeline-unread").waitFor();
    await row("First answer")
      .locator(".bubble")
      .click({ modifiers: ["Control"] });
    await row("Third answer").click({ modifiers: ["Shift"] });
    const bar = pane.locator(".selection-bar");
    await bar.filter({ hasText: "3 selected" }).waitFor();
    expect(await bar.getByRole("button", { name: "Delete for everyone" }).isDisabled()).toBe(true);
    await bar.getByRole("button", { name: "Copy text" }).click();
    await bar.waitFor({ state: "detached" });
    await expect
      .poll(() => a.page.evaluate(() => navigator.clipboard.readText()))
      .toBe("Ann Reed: First answer\nBo Lark: Second answer\nAnn Reed: Third answer");
    await row("Second answer").locator(".bubble").click({ button: "right" });
    await a.page.locator("[role=menuitem][data-key=select]").click();
    await bar.filter({ hasText: "1 selected" }).waitFor();
    await a.page.keyboard.press("Escape");
    await bar.waitFor({ state: "detached" });
    await pane.waitFor();
    await pane.locator("[data-message]").filter({ hasText: "First answer" }).focus();
    await a.page.keyboard.press("x");
    await bar.filter({ hasText: "1 selected" }).waitFor();
    await bar.getByRole("button", { name: "Delete for everyone" }).click();
    await a.page.getByRole("alertdialog").getByRole("button", { name: "Delete for everyone" }).click();
    await pane.locator(".bubble[data-deleted]").waitFor();
    expect(a.complaints).toEqual([]);
  });

  test("UI62 UI7 it opens where reading goes on, and a quote leads to an answer further back than what was loaded", async () => {
    const [cy, di] = await Promise.all([stage.account("Cy Marsh"), stage.account("Di Bloom")]);
    const chatId = await stage.direct(cy, di, [[cy, "How was the summer?"]]);
    const days = Array.from({ length: 70 }, (_, i) => [cy, `Day ${i + 1}.\nsun\nrain\nwind`] as const);
    const [first] = await answer(chatId, [[di, "The very first answer"], ...days]);
    await answer(chatId, [[cy, "As was said at the beginning", first]]);
    const d = await stage.signIn(di, {}, `/c/${chatId}/t/1`);
    const there = paneOf(d);
    await there.pane.locator(".timeline-unread").waitFor();
    await there.row("Day 1.").waitFor();
    // What was never in sight is not read.
    const unread = there.pane.locator(".jump-count");
    await unread.waitFor();
    expect(Number(await unread.textContent())).toBeGreaterThan(50);
    expect(d.complaints).toEqual([]);
    // Who wrote them has nothing new, and begins at the end.
    const c = await stage.signIn(cy, {}, `/c/${chatId}/t/1`);
    const { row } = paneOf(c);
    await row("As was said at the beginning").locator(".quote").click();
    await c.sees("The very first answer", ".thread-pane");
    expect(new URL(c.page.url()).pathname).toBe(`/c/${chatId}/t/1`);
    expect(c.complaints).toEqual([]);
  });

  test("UI62 UI10 UI13 a draft outlives a reload, and an answer that was written offline is sent once", async () => {
    const [ed, fay] = await Promise.all([stage.account("Ed Lane"), stage.account("Fay Moor")]);
    const chatId = await stage.direct(ed, fay, [[ed, "Who comes?"]]);
    await answer(chatId, [[fay, "I do"]]);
    const e = await stage.signIn(ed, {}, `/c/${chatId}/t/1`);
    const { composer, row } = paneOf(e);
    await row("I do").waitFor();
    await composer.fill("Half an answer");
    await e.page.evaluate("navigator.serviceWorker.ready.then(() => true)");
    await e.context.setOffline(true);
    await e.page.getByText("Waiting for network").first().waitFor();
    await e.page.reload();
    await row("I do").waitFor();
    await expect.poll(() => composer.inputValue(), { timeout: SOON }).toBe("Half an answer");
    await composer.press("Enter");
    await row("Half an answer").locator(".message-state[data-state=waiting]").waitFor();
    await e.context.setOffline(false);
    await row("Half an answer")
      .locator(".message-state[data-state=sent], .message-state[data-state=delivered]")
      .waitFor();
    const f = await stage.signIn(fay, {}, `/c/${chatId}/t/1`);
    await paneOf(f).row("Half an answer").waitFor();
    expect(await paneOf(f).row("Half an answer").count()).toBe(1);
  });
});
