import { evictDurableObject } from "cloudflare:test";
import { expect, it } from "vitest";
import { history } from "../../durable-objects/chat/history.ts";
import { messageId } from "../../src/protocol/ids.ts";
import { draft, faultOf, inChat, makeDirect, makeGroup, person } from "./room.ts";

/** A group in which `count` messages follow the notice of its making: their numbers begin at 2. */
async function group(count: number) {
  const people = ["Ada", "Bela"].map(person);
  const made = await makeGroup(people);
  const [ada, bela] = people.map((p) => p.user_id) as [string, string];
  for (let i = 2; i < count + 2; i++) await made.stub.send(ada, draft(`word m${i}`, 1));
  return { ...made, ada, bela };
}

const seqs = ({ messages }: { messages: { seq: number }[] }) => messages.map(({ seq }) => seq);
const from = (first: number, last: number) => Array.from({ length: last - first + 1 }, (_, i) => first + i);

it("HIS4 pages begin behind what was cleared, in every direction, and write nothing", async () => {
  const { chatId, stub, bela } = await group(24);
  const page = (ask: object) => stub.history(bela, { limit: 5, cleared_seq: 10, ...ask });
  const before = await inChat(chatId, (object) => object.db.rows.written);
  // All the way down, and all the way up again.
  const down: number[] = [];
  for (let before_seq = 26; ; ) {
    const { has_more, ...rest } = await page({ before_seq });
    down.unshift(...seqs(rest));
    if (!has_more) {
      expect(rest).not.toHaveProperty("next_before_id");
      break;
    }
    before_seq = seqs(rest)[0] ?? 0;
  }
  expect(down).toEqual(from(11, 25));
  const up: number[] = [];
  for (let after_seq = 0; ; ) {
    const some = await page({ after_seq });
    up.push(...seqs(some));
    if (!some.has_newer) break;
    after_seq = up.at(-1) ?? 0;
  }
  expect(up).toEqual(down);
  expect(await page({ after_seq: 3 })).toMatchObject({ has_more: false, has_newer: true });
  expect(await page({ after_seq: 12 })).toMatchObject({ has_more: true });
  // A page that would reach beyond, one that would end exactly there, and one that lies below.
  expect(seqs(await page({ before_seq: 13 }))).toEqual([11, 12]);
  const exact = await page({ before_seq: 16 });
  expect([seqs(exact), exact.has_more]).toEqual([from(11, 15), false]);
  for (const before_seq of [11, 10, 1])
    expect(await page({ before_seq })).toMatchObject({ messages: [], has_more: false, has_newer: true });
  expect(seqs(await page({ around_seq: 12 }))).toEqual(from(11, 15));
  expect(seqs(await page({ around_seq: 20 }))).toEqual(from(18, 22));
  const gone = await page({ around_seq: 4 });
  expect([seqs(gone), gone.has_more, gone.has_newer]).toEqual([from(11, 15), false, true]);
  expect(await inChat(chatId, (object) => object.db.rows.written)).toBe(before);
  // Nothing of it is kept in the chat: who does not name it, after a wake too, has it all.
  await evictDurableObject(stub);
  expect(seqs(await stub.history(bela, { limit: 50 }))).toEqual(from(1, 25));
});

it("HIS4 where all was cleared a page is empty and says that there is nothing, until something is said", async () => {
  const { stub, ada, bela } = await group(4);
  const nothing = { messages: [], has_more: false, has_newer: false, head_seq: 5 };
  const page = (ask: object = {}) => stub.history(bela, { limit: 5, cleared_seq: 5, ...ask });
  for (const ask of [{}, { after_seq: 0 }, { after_seq: 5 }, { around_seq: 2 }, { before_seq: 4 }, { before_seq: 7 }])
    expect([ask, await page(ask)]).toMatchObject([ask, nothing]);
  await stub.send(ada, draft("new", 1));
  for (const ask of [{}, { after_seq: 0 }, { around_seq: 2 }]) expect([ask, seqs(await page(ask))]).toEqual([ask, [6]]);
});

it("HIS4 a place that is not there yet opens nothing that was cleared", async () => {
  const { chatId, stub, bela } = await group(24);
  for (const around_seq of [26, 1_000])
    expect(await faultOf(stub.history(bela, { limit: 50, around_seq, cleared_seq: 10 }))).toBe("not_found");
  // The pages themselves do not lean on that: what is left is counted from the head.
  const around = (around_seq: number, cleared_seq: number, limit = 50) =>
    inChat(chatId, ({ desk: { room } }) => {
      const page = history(room, room.requireMember(bela), { limit, around_seq, cleared_seq });
      return [seqs(page), page.has_more, page.has_newer];
    });
  for (const beyond of [26, 1_000]) {
    expect(await around(beyond, 10)).toEqual([from(11, 25), false, false]);
    expect(await around(beyond, 10, 6)).toEqual([from(23, 25), true, false]);
    expect(await around(beyond, 25)).toEqual([[], false, false]);
  }
});

it("HIS4 SRC10 a search of the history finds nothing that was cleared", async () => {
  const { stub, bela } = await group(9);
  const found = await stub.history(bela, { limit: 5, search: "word", cleared_seq: 7 });
  expect([seqs(found), found.has_more]).toEqual([[8, 9, 10], false]);
  const part = await stub.history(bela, { limit: 2, search: "word", cleared_seq: 7 });
  expect([seqs(part), part.has_more]).toEqual([[9, 10], true]);
});

it("HIS4 of a thread whose first message was cleared the newer answers are left, under a stub", async () => {
  const { chatId, stub, ada, bela } = await group(3);
  const answer = (root: number, text: string) =>
    stub.send(ada, { ...draft(text, 1), thread_root_message_id: messageId(chatId, root) });
  // Numbers 5 to 10: of the thread of 2 all is cleared with 8, of that of 3 the beginning, of that of 4 as well.
  for (const root of [2, 2, 3, 3, 3, 4]) await answer(root, `to ${root}`);
  const page = (root: number, ask: object = {}, cleared = 8) =>
    stub.thread(bela, root, { limit: 10, ...ask }, [], cleared);
  const kept = await page(3);
  expect([seqs(kept), kept.has_more, kept.has_newer]).toEqual([[9], false, false]);
  const { root } = kept.thread;
  expect(root).toMatchObject({ seq: 3, content: null, is_hidden: true, sender_id: ada });
  expect(root.thread).toMatchObject({ reply_count: 3, last_reply_seq: 9 });
  expect(JSON.stringify(kept)).not.toContain("word");
  expect(await page(3, { before_seq: 9 })).toMatchObject({ messages: [], has_more: false, has_newer: true });
  expect(await page(3, { before_seq: 10, limit: 1 })).toMatchObject({ messages: [{ seq: 9 }], has_more: false });
  expect(seqs(await page(3, { after_seq: 1 }))).toEqual([9]);
  expect(seqs(await page(3, { around_seq: 7 }))).toEqual([9]);
  expect(await page(2)).toMatchObject({ messages: [], has_more: false, has_newer: false });
  // A thread that began behind it is whole.
  expect(await page(4, {}, 3)).toMatchObject({ thread: { root: { content: { text: "word m4" } } } });
  const list = (ask: object = {}) => stub.threads(bela, { limit: 10, filter: "all", cleared_seq: 8, ...ask });
  const roots = ({ threads }: Awaited<ReturnType<typeof list>>) => threads.map((one) => one.root.seq);
  expect(roots(await list())).toEqual([4, 3]);
  expect(JSON.stringify(await list())).not.toContain("word");
  expect(roots(await list({ cleared_seq: 0 }))).toEqual([4, 3, 2]);
  const first = await list({ limit: 1 });
  const second = await list({ limit: 1, ...(first.next === undefined ? {} : { below: first.next }) });
  expect([roots(first), roots(second), second.next]).toEqual([[4], [3], undefined]);
  await answer(2, "again");
  expect(roots(await list())).toEqual([2, 4, 3]);
});

it("HIS4 BLK2 a first message that was cleared and that a block hides stays the stub of the block", async () => {
  const [ada, bela] = [person("Ada"), person("Bela")];
  const { chatId, stub } = await makeDirect(ada, bela);
  await stub.send(bela.user_id, draft("before"));
  await stub.setBlock({ by: ada.user_id, is_blocked: true, rev: 1 });
  const { seq: root } = (await stub.send(bela.user_id, draft("unheard"))).message;
  await stub.setBlock({ by: ada.user_id, is_blocked: false, rev: 2 });
  const answer = { ...draft("an answer"), thread_root_message_id: messageId(chatId, root) };
  const { seq } = (await stub.send(bela.user_id, answer)).message;
  const listed = async (cleared_seq: number) => {
    const { threads } = await stub.threads(ada.user_id, { limit: 10, filter: "all", cleared_seq });
    return threads.map((one) => one.root);
  };
  const [stubbed, ...others] = await listed(0);
  expect([stubbed, others]).toMatchObject([{ seq: root, is_hidden: true, content: null }, []]);
  expect(stubbed).not.toHaveProperty("thread");
  expect(JSON.stringify(stubbed)).not.toContain(bela.user_id);
  // Cleared it says no more than before: not who wrote it, nor when, nor what came of it.
  expect(await listed(root)).toEqual([stubbed]);
  expect(await listed(seq)).toEqual([]);
});
