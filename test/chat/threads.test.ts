import { evictDurableObject } from "cloudflare:test";
import { describe, expect, it } from "vitest";
import { messageId, newClientMsgId } from "../../src/protocol/ids.ts";
import type { Draft } from "../../src/protocol/message.ts";
import {
  bindings,
  chatStub,
  connect,
  connectHub,
  crash,
  draft,
  faultOf,
  inChat,
  makeDirect,
  makeGroup,
  person,
  setClock,
  sql,
} from "./room.ts";

/** Ada owns the group; Bela begins a thread with message 2. */
async function scene(extra: string[] = []) {
  const people = ["Ada", "Bela", "Cleo", "Dov", ...extra].map(person);
  const made = await makeGroup(people);
  const [ada, bela, cleo, dov] = people.map((p) => p.user_id) as [string, string, string, string];
  await made.stub.send(bela, draft("who is in?", 1));
  const root = messageId(made.chatId, 2);
  const answer = (by: string, text: string, id: string = newClientMsgId(), more: Partial<Draft> = {}) =>
    chatStub(made.chatId).send(by, { ...draft(text, 2, id), thread_root_message_id: root, ...more });
  return { ...made, ada, bela, cleo, dov, root, answer, ids: people.map((p) => p.user_id) };
}

const entryOf = (chatId: string, userId: string) =>
  inChat(chatId, async (object) => (await object.readHead(userId))?.entry);

/** Which hubs the chat calls for this, and whether it is their owners' own business. All of them are asleep. */
async function bumpsOf(work: () => Promise<unknown>): Promise<Map<string, boolean>> {
  const bumps = new Map<string, boolean>();
  const { USERS } = bindings;
  const hubs = {
    idFromName: (name: string) => name,
    get: (userId: string) => ({
      bump: async ({ is_personal }: { is_personal: boolean }) => {
        bumps.set(userId, is_personal);
        return { is_awake: false };
      },
    }),
  };
  Object.assign(bindings, { USERS: hubs });
  try {
    await work();
    await new Promise((resolve) => setTimeout(resolve, 300));
  } finally {
    Object.assign(bindings, { USERS });
  }
  return bumps;
}

const mention = (user_id: string, text: string): Partial<Draft> => ({
  content: { text, mentions: [{ offset: 0, length: 2, user_id }] },
});

describe("threads", () => {
  it("THR1 begins at a message that can be seen, and at no notice, no answer and nothing that is gone", async () => {
    const { chatId, stub, ada, bela, cleo, answer, root } = await scene();
    const first = await answer(cleo, "me");
    expect(first.message).toMatchObject({ seq: 3, thread_root_message_id: root });
    const to = (id: string, by = cleo) => faultOf(stub.send(by, { ...draft("x", 3), thread_root_message_id: id }));
    expect(await to(messageId(chatId, 1))).toBe("forbidden");
    expect(await to(messageId(chatId, 3))).toBe("invalid");
    expect(await to(messageId(chatId, 99))).toBe("not_found");
    const elsewhere = await makeGroup([person("Eve")]);
    expect(await to(messageId(elsewhere.chatId, 1))).toBe("invalid");
    // A message that is gone keeps the thread it has, and gets none any more.
    await stub.deleteMessage(bela, 2);
    expect(await answer(ada, "me too")).toMatchObject({ ack: { seq: 4 } });
    expect(await stub.message(ada, 2)).toMatchObject({ content: null, thread: { reply_count: 2 } });
    const { message } = await stub.send(ada, draft("nobody", 4));
    await stub.deleteMessage(ada, message.seq);
    expect(await to(message.message_id)).toBe("not_found");
    // Who came later cannot answer what they cannot see.
    await stub.update(ada, { settings: { has_history_from_join: true } });
    const late = person("Late");
    await stub.addMembers(ada, [late]);
    expect(await to(root, late.user_id)).toBe("not_found");
    expect(await faultOf(stub.thread(late.user_id, 2, { limit: 10 }))).toBe("not_found");
    expect((await stub.threads(late.user_id, { limit: 10, filter: "all" })).threads).toEqual([]);
    expect(await faultOf(stub.thread(person("Eve").user_id, 2, { limit: 10 }))).toBe("not_found");
  });

  it("THR2 tells an answer with the first message as one step of the clock, to who may not see that one as a stub", async () => {
    const { chatId, stub, ada, bela, cleo, answer, root } = await scene();
    await stub.update(ada, { settings: { has_history_from_join: true } });
    const late = person("Late");
    await stub.addMembers(ada, [late]);
    const [phone, looker, newcomer] = [
      await connect(chatId, cleo),
      await connect(chatId, ada),
      await connect(chatId, late.user_id),
    ] as const;
    const before = (await looker.next("SNAPSHOT")).rev;
    phone.send({ type: "SEND_MESSAGE", ...draft("me", 2, "a1"), thread_root_message_id: root });
    const { seq } = await phone.next("MESSAGE_ACK");
    const told = await looker.next("MESSAGE_RECEIVED");
    expect(told).toMatchObject({
      base: before,
      rev: before + 1,
      message: { seq, rev: before + 1, thread_root_message_id: root },
      root: { seq: 2, rev: before + 1, thread: { reply_count: 1, last_reply_seq: seq, user_ids: [cleo] } },
    });
    expect(told.root?.thread?.last_reply_at).toBe(told.message.created_at);
    const veiled = await newcomer.next("MESSAGE_RECEIVED");
    expect(veiled).toMatchObject({ message: { seq, content: { text: "me" } }, root: { seq: 2, is_hidden: true } });
    expect(veiled.root).not.toHaveProperty("thread");
    for (const [i, by] of [bela, ada, cleo, ada].entries()) await answer(by, `${i}`);
    expect((await stub.message(ada, 2)).thread).toMatchObject({ reply_count: 5, user_ids: [ada, cleo, bela] });
    // Three in one transaction: each counts on the one before.
    const burst = ["b1", "b2", "b3"].map((id) => ({
      type: "SEND_MESSAGE",
      ...draft(id, 2, id),
      thread_root_message_id: root,
    }));
    phone.send(burst);
    await phone.next("MESSAGE_ACK", 4);
    await looker.settle();
    const counts = looker.of("MESSAGE_RECEIVED").map((frame) => frame.root?.thread?.reply_count);
    expect(counts).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
  });

  it("THR3 calls who follows, who is mentioned even if their hub sleeps, and nobody else", async () => {
    const { stub, ada, bela, cleo, dov, answer } = await scene();
    // What the chat knows of its members' hubs is forgotten.
    await evictDurableObject(stub);
    expect([...(await bumpsOf(() => answer(cleo, "me"))).keys()].sort()).toEqual([bela, cleo].sort());
    const bumps = await bumpsOf(() => answer(bela, "", "m", mention(dov, "@D you?")));
    // Hubs that said they sleep are not called again, but for what is their own business.
    expect(bumps).toEqual(new Map([[dov, true]]));
    const all = await bumpsOf(() =>
      answer(ada, "", "all", { content: { text: "@here", mentions: [{ offset: 0, length: 5, everyone: "here" }] } }),
    );
    expect(all.has(ada)).toBe(true);
  });

  it("THR3 calls the other side of a direct chat, whoever began the thread", async () => {
    const [one, other] = [person("One"), person("Other")];
    const { chatId, stub } = await makeDirect(one, other);
    const { message } = await stub.send(one.user_id, draft("a", 0));
    const bumps = await bumpsOf(() =>
      stub.send(one.user_id, { ...draft("b", 1), thread_root_message_id: message.message_id }),
    );
    expect(bumps.get(other.user_id)).toBe(true);
    expect(await entryOf(chatId, other.user_id)).toMatchObject({ unread: 1, unread_threads: 1 });
  });

  it("THR4 counts an answer in its thread alone: not in the chat, its preview, its mentions, or as reading it", async () => {
    const { chatId, ada, bela, cleo, dov, answer, ...made } = await scene();
    let { stub } = made;
    await stub.send(ada, draft("in the chat", 2));
    await stub.markRead(dov, 2);
    for (const life of [1, 2, 3]) {
      await answer(cleo, "", `m${life}`, mention(bela, "@B here"));
      // Who answers has not read the chat.
      expect(await entryOf(chatId, cleo)).toMatchObject({ unread: 2, read_seq: 1 });
      const entry = await entryOf(chatId, bela);
      expect(entry).toMatchObject({ unread: 1, unread_threads: 1, preview: { text: "in the chat" } });
      expect(entry).not.toHaveProperty("mention_seq");
      expect(entry?.last_at).toBe((await stub.message(ada, 3)).created_at);
      // Not followed: nothing to show.
      expect(await entryOf(chatId, dov)).toMatchObject({ unread: 1 });
      expect(await entryOf(chatId, dov)).not.toHaveProperty("unread_threads");
      if (life === 1) await evictDurableObject(stub);
      if (life === 2) {
        await crash(chatId);
        stub = chatStub(chatId);
      }
    }
    // Sending in the chat reads it, with answers between.
    await stub.markRead(ada, 3);
    await answer(cleo, "more");
    const { ack } = await stub.send(ada, draft("on", 6));
    expect(await entryOf(chatId, ada)).toMatchObject({ read_seq: ack.seq, unread: 0 });
    // A later message is the preview; its deletion and edit are shown past answers.
    await answer(cleo, "again");
    await stub.editMessage(ada, { seq: ack.seq, command_id: "e", content: { text: "off" } });
    expect((await entryOf(chatId, bela))?.preview).toMatchObject({ seq: ack.seq, text: "off" });
    await stub.deleteMessage(ada, ack.seq);
    expect((await entryOf(chatId, bela))?.preview).toMatchObject({ seq: ack.seq, text: "" });
  });

  it("THR4 does not count an answer that its reader has hidden from themselves", async () => {
    const { chatId, stub, bela, cleo, answer } = await scene();
    const { ack } = await answer(cleo, "one");
    const seen = (hidden: number[]) =>
      inChat(chatId, async (object) => (await object.readHead(bela, hidden))?.entry.unread_threads);
    expect(await seen([])).toBe(1);
    expect(await seen([ack.seq])).toBeUndefined();
    const second = await answer(cleo, "two");
    expect(await seen([ack.seq])).toBe(1);
    expect(await seen([second.ack.seq, ack.seq])).toBeUndefined();
    // The hub asks with what it keeps, whenever a bump says that a thread is unread.
    const hub = bindings.USERS.get(bindings.USERS.idFromName(bela));
    await hub.hideMessages(chatId, "h", [ack.seq, second.ack.seq], true);
    await stub.markRead(bela, second.ack.seq);
    const device = await connectHub(bela);
    await device.next("INBOX_SNAPSHOT");
    const third = await answer(cleo, "three");
    await device.until(() => device.of("INBOX_CHANGED").some((f) => f.entries[0]?.unread_threads === 1), "the third");
    await hub.hideMessages(chatId, "h3", [third.ack.seq], true);
    const latest = () => device.of("INBOX_CHANGED").at(-1)?.entries[0];
    await device.until(() => latest() !== undefined && latest()?.unread_threads === undefined, "nothing unread");
  });

  it("THR5 corrects what the first message says when answers are deleted, in the same step", async () => {
    const { chatId, stub, ada, bela, cleo, dov, answer } = await scene();
    const acks = [];
    for (const by of [ada, cleo, dov, cleo]) acks.push((await answer(by, "x")).ack.seq);
    const device = await connect(chatId, ada);
    await stub.deleteMessage(cleo, acks[3] ?? 0);
    const told = await device.next("MESSAGES_CHANGED");
    expect(told.rev).toBe(told.base + 1);
    expect(told.messages).toMatchObject([
      { seq: 2, thread: { reply_count: 3, last_reply_seq: acks[2], user_ids: [dov, cleo, ada] } },
      { seq: acks[3], content: null, thread_root_message_id: messageId(chatId, 2) },
    ]);
    // Once more, and after a wake: no second effect.
    await stub.deleteMessage(cleo, acks[3] ?? 0);
    await evictDurableObject(stub);
    await stub.deleteMessage(cleo, acks[3] ?? 0);
    expect((await stub.message(ada, 2)).thread?.reply_count).toBe(3);
    expect(await entryOf(chatId, bela)).toMatchObject({ unread_threads: 1 });
    await stub.deleteMessage(ada, acks[0] ?? 0);
    await stub.deleteMessage(cleo, acks[1] ?? 0);
    await stub.deleteMessage(dov, acks[2] ?? 0);
    expect(await stub.message(ada, 2)).not.toHaveProperty("thread");
    expect(await entryOf(chatId, bela)).not.toHaveProperty("unread_threads");
    expect((await stub.threads(bela, { limit: 10, filter: "all" })).threads).toEqual([]);
    expect((await answer(ada, "back")).message.seq).toBe(7);
    expect((await stub.message(ada, 2)).thread?.reply_count).toBe(1);
  });

  it("THR6 who means everybody calls all and makes nobody follow, by an edit neither", async () => {
    const { chatId, stub, ada, bela, dov, answer } = await scene();
    const { message } = await answer(ada, "so");
    const following = async () =>
      (await sql<{ user_id: string }>(chatId, "SELECT user_id FROM thread_member")).map((row) => row.user_id).sort();
    const before = await following();
    expect(before).toEqual([ada, bela].sort());
    const everyone = { offset: 0, length: 4, everyone: "channel" as const };
    const edit = (command_id: string, mentions: object[]) =>
      stub.editMessage(ada, { seq: message.seq, command_id, content: { text: "@all @D", mentions } as never });
    await edit("e1", [everyone]);
    expect(await following()).toEqual(before);
    await edit("e2", [everyone, { offset: 5, length: 2, user_id: dov }]);
    expect(await following()).toEqual([ada, bela, dov].sort());
  });

  it("THR6 is followed by who began it, answers or is mentioned, each counting from then on", async () => {
    const { stub, ada, bela, cleo, dov, answer } = await scene();
    const of = async (by: string) => {
      const { thread } = await stub.thread(by, 2, { limit: 1 });
      return [thread.is_following, thread.unread];
    };
    await answer(cleo, "one");
    await answer(cleo, "two");
    expect(await Promise.all([ada, bela, cleo, dov].map(of))).toEqual([
      [false, 0],
      [true, 2],
      [true, 0],
      [false, 0],
    ]);
    await answer(bela, "", "m", mention(dov, "@D look"));
    expect([await of(bela), await of(cleo), await of(dov)]).toEqual([
      [true, 2],
      [true, 1],
      [true, 1],
    ]);
    // Mentioned by an edit.
    await stub.editMessage(bela, { seq: 5, command_id: "e", content: mention(ada, "@A look").content as never });
    expect(await of(ada)).toEqual([true, 1]);
    // Who has stopped is called, and follows again only by answering.
    await stub.setThread(dov, 2, { command_id: "f", is_following: false });
    await answer(bela, "", "m2", mention(dov, "@D again"));
    expect(await of(dov)).toEqual([false, 0]);
    await answer(dov, "all right");
    expect(await of(dov)).toEqual([true, 0]);
    // Who has left hears nothing more.
    await bumpsOf(() => stub.removeMember(cleo, cleo));
    const bumps = await bumpsOf(() => answer(bela, "bye"));
    expect(bumps.has(cleo)).toBe(false);
  });

  it("THR7 pages answers before, after and around a place, contiguous, with tombstones, and says if there is more", async () => {
    const { chatId, stub, ada, cleo, answer } = await scene();
    const seqs: number[] = [];
    for (let i = 0; i < 7; i++) {
      seqs.push((await answer(cleo, `answer ${i}`)).ack.seq);
      await stub.send(ada, draft(`between ${i}`, 2));
    }
    await stub.deleteMessage(cleo, seqs[3] ?? 0);
    const page = async (ask: object) => {
      const { messages, has_more, has_newer, next_before_id, next_after_id } = await stub.thread(ada, 2, {
        limit: 3,
        ...ask,
      });
      const back = (id?: string) => id && seqs.indexOf(Number(id.split(".").at(-1)));
      return [messages.map((m) => seqs.indexOf(m.seq)), has_more, back(next_before_id), has_newer, back(next_after_id)];
    };
    expect(await page({})).toEqual([[4, 5, 6], true, 4, false, undefined]);
    expect(await page({ before_seq: seqs[4] })).toEqual([[1, 2, 3], true, 1, true, 3]);
    expect(await page({ before_seq: seqs[1] })).toEqual([[0], false, undefined, true, 0]);
    expect(await page({ after_seq: 0 })).toEqual([[0, 1, 2], false, undefined, true, 2]);
    expect(await page({ after_seq: seqs[3] })).toEqual([[4, 5, 6], true, 4, false, undefined]);
    expect(await page({ after_seq: seqs[6] })).toEqual([[], true, undefined, false, undefined]);
    expect(await page({ around_seq: seqs[3] })).toEqual([[2, 3, 4], true, 2, true, 4]);
    expect(await page({ around_seq: seqs[0] })).toEqual([[0, 1, 2], false, undefined, true, 2]);
    // Between two answers as well.
    expect(await page({ around_seq: (seqs[2] ?? 0) + 1 })).toEqual([[1, 2, 3], true, 1, true, 3]);
    const { messages, thread } = await stub.thread(ada, 2, { limit: 10 });
    expect(messages[3]).toMatchObject({ seq: seqs[3], content: null });
    expect(messages[0]).toMatchObject({ sender: { display_name: "Cleo" } });
    expect(thread.root).toMatchObject({ message_id: messageId(chatId, 2), thread: { reply_count: 6 } });
    // A message without a thread has an empty one.
    expect(await stub.thread(ada, 4, { limit: 3 })).toMatchObject({ messages: [], has_more: false, has_newer: false });
  });

  it("THR8 lists threads, the one with the latest answer first, all, followed or unread, page by page", async () => {
    const { chatId, stub, ada, bela, cleo, answer } = await scene();
    const roots: number[] = [2];
    for (let i = 0; i < 3; i++) roots.push((await stub.send(ada, draft(`root ${i}`, 2))).ack.seq);
    await stub.send(ada, draft("no thread", 2));
    for (const seq of [roots[1], roots[2], roots[3], 2, roots[1]])
      await stub.send(cleo, { ...draft("x", 2), thread_root_message_id: messageId(chatId, seq ?? 0) });
    const list = async (by: string, filter: "all" | "following" | "unread", limit = 10) => {
      const found: number[] = [];
      let below: number | undefined;
      do {
        const { threads, next } = await stub.threads(by, { limit, below, filter });
        found.push(...threads.map((t) => roots.indexOf(t.root.seq)));
        below = next;
      } while (below !== undefined);
      return found;
    };
    for (const limit of [1, 2, 10]) expect(await list(bela, "all", limit)).toEqual([1, 0, 3, 2]);
    expect(await list(bela, "following")).toEqual([0]);
    expect(await list(ada, "following", 2)).toEqual([1, 3, 2]);
    expect(await list(ada, "unread")).toEqual([1, 3, 2]);
    expect(await list(cleo, "unread")).toEqual([]);
    const { threads } = await stub.threads(ada, { limit: 1, filter: "unread" });
    expect(threads).toMatchObject([{ unread: 2, is_following: true, root: { seq: roots[1] } }]);
    await stub.setThread(ada, roots[1] ?? 0, { command_id: "r", read_seq: threads[0]?.root.thread?.last_reply_seq });
    expect(await list(ada, "unread")).toEqual([3, 2]);
    expect((await entryOf(chatId, ada))?.unread_threads).toBe(2);
    await answer(ada, "x");
    expect(await list(ada, "following")).toEqual([0, 1, 3, 2]);
  });

  it("THR9 recognises the repeat of an answer, and a refused one leaves no trace", async () => {
    const { chatId, stub, ada, cleo, answer, root } = await scene();
    const { ack } = await answer(cleo, "once", "a1");
    for (let life = 0; life < 2; life++) {
      expect((await answer(cleo, "once", "a1")).ack).toEqual(ack);
      await evictDurableObject(stub);
    }
    const device = await connect(chatId, cleo);
    // Two copies and a stranger to it in one batch.
    device.send([
      { type: "SEND_MESSAGE", ...draft("two", 2, "a2"), thread_root_message_id: root },
      { type: "SEND_MESSAGE", ...draft("two", 2, "a2"), thread_root_message_id: root },
      { type: "SEND_MESSAGE", ...draft("bad", 2, "a3"), thread_root_message_id: messageId(chatId, 3) },
      { type: "SEND_MESSAGE", ...draft("main", 2, "a4") },
    ]);
    await device.next("MESSAGE_ACK", 3);
    expect((await stub.message(ada, 2)).thread?.reply_count).toBe(2);
    // What was acknowledged stands after a kill, and so does what it changed.
    await crash(chatId);
    const after = chatStub(chatId);
    expect((await after.message(ada, 2)).thread).toMatchObject({ reply_count: 2, last_reply_seq: 4 });
    expect((await after.thread(ada, 2, { limit: 10 })).messages.map((m) => m.seq)).toEqual([3, 4]);
    const before = await sql(chatId, "SELECT * FROM message");
    await inChat(chatId, async (object) => {
      // Whatever fails behind the first statement takes it along.
      const { store } = object.desk.room;
      const insertChange = store.insertChange.bind(store);
      store.insertChange = () => {
        throw new Error("disk");
      };
      expect(await faultOf(object.send(cleo, { ...draft("x", 2), thread_root_message_id: root }))).toContain("disk");
      store.insertChange = insertChange;
    });
    const raw = await connect(chatId, cleo);
    await inChat(chatId, (object) => {
      const { store } = object.desk.room;
      store.insertChange = () => {
        throw new Error("disk");
      };
    });
    raw.send({ type: "SEND_MESSAGE", ...draft("x", 2), thread_root_message_id: root });
    expect(await raw.next("ERROR")).toMatchObject({ code: "internal" });
    expect(await sql(chatId, "SELECT * FROM message")).toEqual(before);
    await evictDurableObject(after);
    expect((await answer(cleo, "three")).ack.seq).toBe(6);
  });

  it("THR10 writes four rows for an answer, two more for each person who begins to follow", async () => {
    const { chatId, ada, cleo, root } = await scene();
    await inChat(chatId, async (object) => {
      const cost = async (work: () => Promise<unknown>) => {
        const { written } = object.db.rows;
        await work();
        return object.db.rows.written - written;
      };
      const answer = (by: string) => object.send(by, { ...draft("x", 2), thread_root_message_id: root });
      // Bela and Cleo begin to follow: two rows each; and the thread takes its place among threads.
      expect(await cost(() => answer(cleo))).toBe(4 + 4 + 1);
      expect(await cost(() => answer(cleo))).toBe(4);
      expect(await cost(() => answer(ada))).toBe(4 + 2);
      expect(await cost(() => object.send(cleo, draft("plain", 2)))).toBe(1);
      const head = object.desk.room.headSeq;
      expect(await cost(() => object.setThread(cleo, 2, { command_id: "r", read_seq: head }))).toBe(1);
      expect(await cost(() => object.setThread(cleo, 2, { command_id: "r", read_seq: head }))).toBe(0);
      expect(await cost(() => object.setThread(cleo, 2, { command_id: "f", is_following: false }))).toBe(1);
      // Far from its last answer it takes another place, for at most two rows; near it none.
      for (let i = 0; i < 128; i++) await object.send(i % 2 === 0 ? ada : cleo, draft(`${i}`, 2));
      const moved = await cost(() => answer(ada));
      expect(moved).toBeGreaterThan(4);
      expect(moved).toBeLessThanOrEqual(6);
      expect(await cost(() => answer(ada))).toBe(4);
    });
  });

  it("THR8 a page of threads reads a page, however many there are, and of who follows very many, too", async () => {
    const { chatId, stub, ada, bela, cleo } = await scene();
    const COUNT = 3_000;
    const head = 1_000;
    // As if so many had been begun, each answered once, in an order of its own.
    const numbers = `WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < ${COUNT - 1})`;
    const answerOf = `${head + COUNT} + (i * 1231) % ${COUNT}`;
    const columns = "seq, born_rev, rev, sender_id, client_msg_id, seen_seq, message_type, content, created_at";
    await sql(
      chatId,
      `INSERT INTO message (${columns}, thread, thread_era) ${numbers}
       SELECT ${head} + i, ${head} + i, ${head} + i, '${ada}', 'r' || i, 0, 'text', '{"text":"root"}', i,
       json_object('count', 1, 'at', 0, 'seq', ${answerOf}, 'people', json_array('${ada}')), (${answerOf}) >> 7 FROM n`,
    );
    await sql(
      chatId,
      `INSERT INTO message (${columns}, thread_root) ${numbers}
       SELECT ${answerOf}, ${answerOf}, ${answerOf}, '${ada}', 'a' || i, 0, 'text', '{"text":"answer"}', i, ${head} + i FROM n`,
    );
    const follow = (by: string, every: number) =>
      sql(
        chatId,
        `INSERT INTO thread_member (root, user_id, is_following, read_seq) ${numbers}
         SELECT ${head} + i, '${by}', 1, 0 FROM n WHERE i % ${every} = 0`,
      );
    await follow(bela, 1);
    await follow(cleo, 100);
    await evictDurableObject(stub);
    const list = (by: string, filter: "all" | "following" | "unread") =>
      inChat(chatId, async (object) => {
        await object.view(by);
        const latest: number[] = [];
        let below: number | undefined;
        let most = 0;
        for (let page = 0; page < 5; page++) {
          const { read } = object.db.rows;
          const { threads, next } = await object.threads(by, { limit: 20, below, filter });
          most = Math.max(most, object.db.rows.read - read);
          latest.push(...threads.map((t) => t.root.thread?.last_reply_seq ?? 0));
          below = next;
          if (below === undefined) break;
        }
        return { latest, most };
      });
    const newest = Array.from({ length: 100 }, (_, i) => head + COUNT * 2 - 1 - i);
    for (const [by, filter] of [
      [ada, "all"],
      [bela, "following"],
      [bela, "unread"],
    ] as const) {
      const { latest, most } = await list(by, filter);
      expect(latest).toEqual(newest);
      expect(most).toBeLessThan(1_500);
    }
    const few = await list(cleo, "unread");
    expect(few.latest).toEqual([...few.latest].sort((a, b) => b - a));
    expect(new Set(few.latest).size).toBe(30);
    expect(few.most).toBeLessThan(300);
  });
});

describe("following a thread", () => {
  it("FLW1 follows from the latest answer on, or stops to, and tells the person's hub alone", async () => {
    const { chatId, stub, ada, bela, cleo, dov, answer, root } = await scene();
    await answer(cleo, "one");
    const hub = await connectHub(dov);
    const [device, looker] = [await connect(chatId, dov), await connect(chatId, ada)];
    const { rev } = await looker.next("SNAPSHOT");
    device.send({ type: "FOLLOW_THREAD", message_id: root, command_id: "f1", is_following: true });
    expect(await device.next("COMMAND_ACK")).toMatchObject({ command_id: "f1", rev });
    expect((await stub.thread(dov, 2, { limit: 1 })).thread).toMatchObject({ is_following: true, unread: 0 });
    await answer(cleo, "two");
    await hub.until(
      () => hub.of("INBOX_CHANGED").some(({ entries }) => entries[0]?.unread_threads === 1),
      "an unread thread",
    );
    device.send({ type: "READ_THREAD", message_id: root, seq: 4 });
    await hub.until(
      () => hub.of("INBOX_CHANGED").some(({ entries }) => entries[0] && !("unread_threads" in entries[0])),
      "a thread that was read",
    );
    device.send({ type: "FOLLOW_THREAD", message_id: root, command_id: "f2", is_following: false });
    await device.next("COMMAND_ACK", 2);
    await answer(bela, "three");
    expect(await entryOf(chatId, dov)).not.toHaveProperty("unread_threads");
    await looker.settle();
    expect(looker.of("MESSAGES_CHANGED")).toEqual([]);
    // From a hub's socket as well.
    const all = await connectHub(dov, "all");
    all.send({ type: "FOLLOW_THREAD", chat_id: chatId, message_id: root, command_id: "f3", is_following: true });
    expect(await all.next("COMMAND_ACK")).toMatchObject({ command_id: "f3" });
  });

  it("FLW2 gives a repeat no second effect, also when the state was changed in between, and after eviction", async () => {
    const { chatId, stub, ada, dov, answer } = await scene();
    await answer(ada, "x");
    const follow = (command_id: string, is_following: boolean) => stub.setThread(dov, 2, { command_id, is_following });
    await follow("f1", true);
    await follow("f2", false);
    for (let life = 0; life < 2; life++) {
      expect((await follow("f1", true)).is_following).toBe(false);
      await evictDurableObject(stub);
    }
    expect((await follow("f3", true)).is_following).toBe(true);
    expect(await sql(chatId, "SELECT * FROM thread_member WHERE user_id = ?", dov)).toHaveLength(1);
    await stub.removeMember(dov, dov);
    expect(await faultOf(follow("f3", true))).toBe("removed");
    expect(await faultOf(stub.setThread(person("Eve").user_id, 2, { command_id: "x", is_following: true }))).toBe(
      "not_found",
    );
  });

  it("FLW2 gives the repeat of a command that changed nothing no effect, once its maker has thought better of it", async () => {
    const { stub, ada, dov, answer } = await scene();
    await answer(ada, "x");
    const follow = (command_id: string, is_following: boolean) => stub.setThread(dov, 2, { command_id, is_following });
    await follow("f1", true);
    await follow("f2", true);
    await follow("f3", false);
    await evictDurableObject(stub);
    expect((await follow("f2", true)).is_following).toBe(false);
  });

  it("FLW2 refuses notices, answers and what is not there, and shares the limit of messages", async () => {
    const { chatId, stub, ada, dov, answer } = await scene();
    await answer(ada, "x");
    const follow = (seq: number) => faultOf(stub.setThread(dov, seq, { command_id: "f", is_following: true }));
    expect([await follow(1), await follow(3), await follow(99)]).toEqual(["forbidden", "invalid", "not_found"]);
    const now = Date.now();
    await setClock(chatId, () => now);
    await inChat(chatId, async (object) => {
      let fault = "no fault";
      for (let i = 0; i < 2_000 && fault === "no fault"; i++)
        fault = await faultOf(object.setThread(dov, 2, { command_id: `${i}`, is_following: i % 2 === 0 }));
      expect(fault).toBe("rate_limited");
    });
  });

  it("FLW3 moves the cursor of a thread forward only, up to the head, for who follows", async () => {
    const { chatId, ada, bela, cleo, answer } = await scene();
    for (const text of ["one", "two", "three"]) await answer(cleo, text);
    const read = (by: string, read_seq: number) => chatStub(chatId).setThread(by, 2, { command_id: "r", read_seq });
    expect(await read(bela, 4)).toMatchObject({ read_seq: 4, unread: 1 });
    expect(await read(bela, 3)).toMatchObject({ read_seq: 4, unread: 1 });
    expect(await faultOf(read(bela, 99))).toBe("seq_ahead");
    await crash(chatId);
    expect(await read(bela, 4)).toMatchObject({ read_seq: 4, unread: 1 });
    const stub = chatStub(chatId);
    await stub.send(ada, draft("in the chat", 5));
    expect(await read(bela, 6)).toMatchObject({ read_seq: 5, unread: 0 });
    expect(await read(ada, 5)).toMatchObject({ read_seq: 0, unread: 0, is_following: false });
    // The chat is as unread as before, and who has an answer is who has read the thread.
    expect(await entryOf(chatId, bela)).toMatchObject({ unread: 1 });
    const delivery = await stub.delivery(cleo, 5);
    expect(delivery).toContainEqual(expect.objectContaining({ user_id: bela, status: "read" }));
    await stub.markRead(ada, 6);
    expect(await stub.delivery(cleo, 5)).toContainEqual(expect.objectContaining({ user_id: ada, status: "delivered" }));
  });
});
