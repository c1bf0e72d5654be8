import { evictDurableObject } from "cloudflare:test";
import { describe, expect, it } from "vitest";
import { applyNews, type ChatState, fromSnapshot, judge } from "../../src/domain/delta.ts";
import type { DownOf, NewsFrame, Snapshot } from "../../src/protocol/down.ts";
import { NOBODY } from "../../src/protocol/ids.ts";
import { CATCH_UP_ROWS } from "../../src/protocol/limits.ts";
import {
  connect,
  draft,
  faultOf,
  inChat,
  makeDirect,
  makeGroup,
  person,
  sql,
  type TestDevice,
  type TestPerson,
} from "./room.ts";

async function group(count = 2) {
  const people = Array.from({ length: count }, (_, i) => person(`Person${i}`)) as [
    TestPerson,
    TestPerson,
    ...TestPerson[],
  ];
  return { people, ids: people.map((p) => p.user_id) as [string, string, ...string[]], ...(await makeGroup(people)) };
}

/** The chat as a device that comes new sees it. */
async function fresh(chatId: string, userId: string): Promise<Snapshot> {
  const device = await connect(chatId, userId);
  const snapshot = await device.next("SNAPSHOT");
  device.close();
  return snapshot;
}

const newsOf = (device: TestDevice): NewsFrame[] =>
  device.frames.filter((frame): frame is NewsFrame => "base" in frame && "chat_id" in frame);

/** What the frames of a device make of a state, by the client's own rules. */
function replay(state: ChatState, device: TestDevice): ChatState {
  let now = state;
  for (const frame of newsOf(device)) {
    const verdict = judge(now.rev, frame);
    expect(verdict).not.toBe("catch_up");
    if (verdict === "apply") now = applyNews(now, frame);
  }
  return now;
}

/** States are equal where both know a row; receipts of who is gone are shown to nobody. */
function expectSame(state: ChatState, snapshot: Snapshot): void {
  const other = fromSnapshot(snapshot);
  expect(state.rev).toBe(other.rev);
  expect(state.chat).toEqual(other.chat);
  expect(state.members).toEqual(other.members);
  for (const [seq, message] of other.messages) expect(state.messages.get(seq)).toEqual(message);
  for (const [id, receipt] of other.receipts) expect(state.receipts.get(id)).toEqual(receipt);
}

describe("catch-up", () => {
  it("CUP1 answers an attach with what came after its cursor, nothing twice, between any two commits", async () => {
    const { chatId, ids } = await group(3);
    const sender = await connect(chatId, ids[0]);
    const { epoch } = await sender.next("SNAPSHOT");
    for (let i = 0; i < 60; i++) sender.send({ type: "SEND_MESSAGE", ...draft(`m${i}`, 1) });
    // Attached while the burst is under way: what each is told begins where its catch-up ended.
    const readers = await Promise.all(
      Array.from({ length: 12 }, (_, i) => connect(chatId, ids[1 + (i % 2)] ?? "", { cursor: { epoch, rev: 1 } })),
    );
    await sender.next("MESSAGE_ACK", 60);
    for (const reader of readers) {
      await reader.settle();
      let cursor = 1;
      const seqs: number[] = [];
      for (const frame of newsOf(reader)) {
        expect(frame.base).toBe(cursor);
        cursor = frame.rev;
        if (frame.type === "MESSAGE_RECEIVED") seqs.push(frame.message.seq);
        else seqs.push(...(frame.messages ?? []).map((m) => m.seq));
      }
      expect(seqs).toEqual(Array.from({ length: 60 }, (_, i) => i + 2));
    }
  });

  it("CUP1 covers messages, deletions, people, the chat and receipts, also after eviction", async () => {
    const { chatId, stub, ids } = await group(3);
    const [ada, bela, cleo] = ids as [string, string, string];
    const { epoch, rev } = await fresh(chatId, ada);
    await stub.send(bela, draft("one", 1));
    await stub.send(bela, draft("two", 1));
    await stub.deleteMessage(bela, 2);
    await stub.update(ada, { name: "Renamed" });
    await stub.setRole(ada, bela, "moderator");
    await stub.removeMember(ada, cleo);
    await stub.markRead(ada, 4);
    for (let life = 0; life < 2; life++) {
      const device = await connect(chatId, ada, { cursor: { epoch, rev } });
      const answer = await device.next("CAUGHT_UP");
      expect(answer).toMatchObject({ base: rev, chat: { name: "Renamed", member_count: 2 } });
      expect(answer.messages?.map((m) => [m.seq, m.message_type, m.content === null])).toEqual([
        [2, "text", true],
        [3, "text", false],
        [4, "system", false],
        [5, "system", false],
        [6, "system", false],
      ]);
      expect(answer.members?.map((m) => [m.user_id, m.role, m.removed_at !== undefined]).sort()).toEqual(
        [
          [bela, "moderator", false],
          [cleo, "member", true],
        ].sort(),
      );
      expect(answer.receipts).toContainEqual({ user_id: ada, delivered_seq: 4, read_seq: 4 });
      device.close();
      await evictDurableObject(stub);
    }
  });

  it("CUP1 answers a cursor at the head with an empty stretch, and CATCH_UP the same as an attach", async () => {
    const { chatId, stub, ids } = await group();
    await stub.send(ids[0], draft("one", 1));
    const { epoch, rev } = await fresh(chatId, ids[1]);
    const device = await connect(chatId, ids[1], { cursor: { epoch, rev } });
    const { type: _, ...empty } = await device.next("CAUGHT_UP");
    expect(empty).toEqual({ chat_id: chatId, epoch, base: rev, rev });
    device.send({ type: "CATCH_UP", epoch, rev: 1 });
    expect(await device.next("CAUGHT_UP", 2)).toMatchObject({ base: 1, rev, messages: [{ seq: 2 }] });
    device.send({ type: "CATCH_UP" });
    expect(await device.next("SNAPSHOT")).toEqual(await fresh(chatId, ids[1]));
  });

  it("CUP2 answers no cursor, one of another life, one ahead, and one from before the kept changes with a snapshot", async () => {
    const { chatId, stub, ids } = await group();
    const { epoch, rev } = await fresh(chatId, ids[0]);
    for (const cursor of [
      { epoch: "another", rev },
      { epoch, rev: rev + 1 },
    ]) {
      const device = await connect(chatId, ids[0], { cursor });
      await device.next("SNAPSHOT");
      expect(device.of("CAUGHT_UP")).toEqual([]);
    }
    await evictDurableObject(stub);
    await sql(chatId, "UPDATE chat SET changes_after = 1000000");
    const device = await connect(chatId, ids[0], { cursor: { epoch, rev } });
    await device.next("SNAPSHOT");
  });

  it("CUP2 trims old changes in the alarm, and knows from where", async () => {
    const { chatId, stub, ids } = await group();
    const { epoch } = await fresh(chatId, ids[0]);
    await stub.send(ids[0], draft("to be deleted", 1));
    await stub.deleteMessage(ids[0], 2);
    // A long life of messages.
    await sql(
      chatId,
      `INSERT INTO message (seq, born_rev, rev, sender_id, message_type, content, created_at)
       VALUES (3, 30000, 30000, ?, 'text', '{"text":"late"}', 1)`,
      ids[0],
    );
    await evictDurableObject(stub);
    await inChat(chatId, (object) => object.alarm());
    expect(await sql(chatId, "SELECT rev FROM change")).toEqual([]);
    expect(await sql(chatId, "SELECT changes_after FROM chat")).toEqual([{ changes_after: 20_000 }]);
    const behind = await connect(chatId, ids[0], { cursor: { epoch, rev: 2 } });
    await behind.next("SNAPSHOT");
    const near = await connect(chatId, ids[0], { cursor: { epoch, rev: 25_000 } });
    expect(await near.next("CAUGHT_UP")).toMatchObject({ base: 25_000, rev: 30_000, messages: [{ seq: 3 }] });
  });

  it("CUP3 answers with rows up to 1,000 and 1 MiB, beyond them with a snapshot of the last 50", async () => {
    const { chatId, stub, ids } = await group();
    const { epoch } = await fresh(chatId, ids[0]);
    await sql(
      chatId,
      `WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?)
       INSERT INTO message (seq, born_rev, rev, sender_id, client_msg_id, seen_seq, message_type, content, created_at)
       SELECT 1 + i, 1 + i, 1 + i, ?, 'old-' || i, 1, 'text', '{"text":"old"}', 1 FROM n`,
      CATCH_UP_ROWS + 1,
      ids[0],
    );
    await evictDurableObject(stub);
    const atLimit = await connect(chatId, ids[0], { cursor: { epoch, rev: 2 } });
    expect((await atLimit.next("CAUGHT_UP")).messages).toHaveLength(CATCH_UP_ROWS);
    const beyond = await connect(chatId, ids[0], { cursor: { epoch, rev: 1 } });
    expect((await beyond.next("SNAPSHOT")).messages).toHaveLength(50);

    const { rev } = await fresh(chatId, ids[0]);
    // Three bytes a letter: 16 texts of 20,000 letters are less than a million characters, and no less than 1 MiB with a 17th and 18th.
    const text = "語".repeat(20_000);
    for (let i = 0; i < 17; i++) await stub.send(ids[0], draft(text, CATCH_UP_ROWS));
    const inBytes = await connect(chatId, ids[0], { cursor: { epoch, rev } });
    expect((await inBytes.next("CAUGHT_UP")).messages).toHaveLength(17);
    await stub.send(ids[0], draft(text, CATCH_UP_ROWS));
    const tooMany = await connect(chatId, ids[0], { cursor: { epoch, rev } });
    await tooMany.next("SNAPSHOT");
    expect(tooMany.of("CAUGHT_UP")).toEqual([]);
  });

  it("CUP3 counts the bytes of what has only changed, too", async () => {
    const { chatId, stub, ids } = await group();
    const text = "語".repeat(20_000);
    for (let i = 0; i < 18; i++) await stub.send(ids[0], draft(text, 1));
    const { epoch, rev } = await fresh(chatId, ids[0]);
    const react = (seq: number) => stub.setReaction(ids[1], { seq, command_id: `c${seq}`, emoji: "👍", is_set: true });
    for (let seq = 2; seq <= 18; seq++) await react(seq);
    const fits = await connect(chatId, ids[0], { cursor: { epoch, rev } });
    expect((await fits.next("CAUGHT_UP")).messages).toHaveLength(17);
    await react(19);
    const tooMany = await connect(chatId, ids[0], { cursor: { epoch, rev } });
    await tooMany.next("SNAPSHOT");
    expect(tooMany.of("CAUGHT_UP")).toEqual([]);
  });

  it("CUP4 makes the frames of every command lead from the state before to the state of a snapshot", async () => {
    const { chatId, stub, ids } = await group(4);
    const [ada, bela, cleo, dora] = ids as [string, string, string, string];
    const device = await connect(chatId, ada);
    let state = fromSnapshot(await device.next("SNAPSHOT"));
    const commands: (() => Promise<unknown>)[] = [
      () => stub.send(bela, draft("one", 1)),
      () => stub.send(ada, { ...draft("answer", 2), reply_to_message_id: `${chatId}.2` }),
      () => stub.editMessage(ada, { seq: 3, command_id: "e1", content: { text: "a better answer" } }),
      () => stub.setReaction(bela, { seq: 3, command_id: "r1", emoji: "👍", is_set: true }),
      () => stub.setReaction(cleo, { seq: 3, command_id: "r2", emoji: "👍", is_set: true }),
      () => stub.setReaction(bela, { seq: 3, command_id: "r3", emoji: "👍", is_set: false }),
      () => stub.setPin(ada, { seq: 3, command_id: "p1", is_pinned: true }),
      () => stub.setPin(ada, { seq: 2, command_id: "p2", is_pinned: true }),
      () => stub.setPin(ada, { seq: 3, command_id: "p3", is_pinned: false }),
      () => stub.forward(bela, { client_msg_id: "f", seen_seq: 1, source_message_id: `${chatId}.3` }),
      () =>
        stub.send(ada, {
          ...draft("@Person1", 1),
          content: { text: "@Person1", mentions: [{ offset: 0, length: 8, user_id: bela }] },
        }),
      () => stub.deleteMessage(bela, 2),
      () => stub.setRole(ada, bela, "admin"),
      () => stub.markRead(cleo, 3),
      () => stub.removeMember(bela, cleo),
      () => stub.update(bela, { description: "About" }),
      () => stub.addMembers(bela, [person("Emil"), { user_id: cleo, username: "cleo", display_name: "Cleo again" }]),
      () => stub.setRole(ada, dora, "owner"),
      () => stub.update(dora, { settings: { has_history_from_join: true } }),
      () => stub.removeMember(dora, dora),
    ];
    for (const command of commands) {
      await command();
      await evictDurableObject(stub);
      await device.settle();
      const before = { epoch: state.epoch, rev: state.rev };
      const { members, receipts, chat, messages } = state;
      state = replay(state, device);
      const snapshot = await fresh(chatId, ada);
      expectSame(state, snapshot);
      // The same by catch-up from the state before, and what is pinned is known from either.
      const late = await connect(chatId, ada, { cursor: before });
      await late.next("CAUGHT_UP");
      expectSame(replay({ ...state, ...before, members, receipts, chat, messages }, late), snapshot);
      late.close();
      const pinned = [...state.messages.values()].filter((m) => m.pinned_at !== undefined).map((m) => m.seq);
      expect((snapshot.pins ?? []).map((m) => m.seq).sort()).toEqual(pinned);
    }
  });
});

describe("snapshots and history", () => {
  it("SNP1 has the chat, members, receipts and the last 50 messages", async () => {
    const { chatId, stub, ids } = await group(3);
    for (let i = 0; i < 60; i++) await stub.send(ids[0], draft(`m${i}`, 1));
    await stub.removeMember(ids[0], ids[2] ?? "");
    const snapshot = await fresh(chatId, ids[1]);
    expect(snapshot).toMatchObject({ head_seq: 62, is_complete: true, chat: { chat_type: "group", member_count: 2 } });
    expect(snapshot.messages.map((m) => m.seq)).toEqual(Array.from({ length: 50 }, (_, i) => i + 13));
    // Who is gone stays known by name, and has no ticks.
    expect(snapshot.members).toHaveLength(3);
    expect(snapshot.receipts.map((r) => r.user_id).sort()).toEqual([ids[0], ids[1]].sort());
  });

  it("HIS1 gives contiguous pages in both directions and around, and says whether there is more", async () => {
    const { stub, ids } = await group();
    for (let i = 0; i < 24; i++) await stub.send(ids[0], draft(`m${i}`, 1));
    const seqs = (page: { messages: { seq: number }[] }) => page.messages.map((m) => m.seq);
    const newest = await stub.history(ids[1], { limit: 10 });
    expect(seqs(newest)).toEqual([16, 17, 18, 19, 20, 21, 22, 23, 24, 25]);
    expect(newest).toMatchObject({ has_more: true, has_newer: false, head_seq: 25 });
    const older: number[] = [];
    for (let before = 26; ; ) {
      const page = await stub.history(ids[1], { limit: 7, before_seq: before });
      older.unshift(...seqs(page));
      if (!page.has_more) break;
      before = seqs(page)[0] ?? 0;
    }
    expect(older).toEqual(Array.from({ length: 25 }, (_, i) => i + 1));
    const newer: number[] = [];
    for (let after = 0; ; ) {
      const page = await stub.history(ids[1], { limit: 7, after_seq: after });
      newer.push(...seqs(page));
      if (!page.has_newer) break;
      after = seqs(page).at(-1) ?? 0;
    }
    expect(newer).toEqual(older);
    expect(seqs(await stub.history(ids[1], { limit: 5, around_seq: 10 }))).toEqual([8, 9, 10, 11, 12]);
    expect(seqs(await stub.history(ids[1], { limit: 4, around_seq: 1 }))).toEqual([1, 2, 3, 4]);
    expect(await stub.history(ids[1], { limit: 4, before_seq: 1 })).toMatchObject({
      messages: [],
      has_more: false,
      has_newer: true,
    });
    expect(await stub.history(ids[1], { limit: 4, after_seq: 25 })).toMatchObject({ messages: [], has_newer: false });
    for (const around_seq of [0, 26])
      expect(await faultOf(stub.history(ids[1], { limit: 5, around_seq }))).toBe("not_found");
  });

  it("HIS2 shows a newcomer stubs for what came before, everywhere, and tells them no more of it later", async () => {
    const { chatId, stub, ids } = await group();
    const [ada, bela] = ids;
    await stub.update(ada, { settings: { has_history_from_join: true } });
    await stub.send(bela, draft("a secret", 1));
    const { epoch, rev } = await fresh(chatId, ada);
    const emil = person("Emil");
    await stub.addMembers(ada, [emil]);
    await stub.send(bela, { ...draft("for all", 3), reply_to_message_id: `${chatId}.2` });

    const device = await connect(chatId, emil.user_id);
    const snapshot = await device.next("SNAPSHOT");
    const { messages } = await stub.history(emil.user_id, { limit: 50 });
    for (const shown of [snapshot.messages, messages]) {
      expect(shown.map((m) => [m.seq, m.is_hidden ?? false])).toEqual([
        [1, true],
        [2, true],
        [3, false],
        [4, false],
      ]);
      expect(shown[1]).toMatchObject({ content: null, sender_id: NOBODY });
      expect(shown[1]).not.toHaveProperty("client_msg_id");
    }
    expect(await faultOf(stub.deleteMessage(emil.user_id, 2))).toBe("not_found");
    const quote = { ...draft("what was that?", 4), reply_to_message_id: `${chatId}.2` };
    expect(await faultOf(stub.send(emil.user_id, quote))).toBe("not_found");

    // The secret is deleted: its members see a tombstone, the newcomer the same stub as before.
    const member = await connect(chatId, ada);
    await stub.deleteMessage(bela, 2);
    const told = await device.next("MESSAGES_CHANGED");
    expect(told.messages).toEqual([expect.objectContaining({ seq: 2, is_hidden: true, sender_id: NOBODY })]);
    expect(JSON.stringify(told)).not.toContain(bela);
    expect((await member.next("MESSAGES_CHANGED")).messages).toEqual([expect.objectContaining({ sender_id: bela })]);
    expectSame(replay(fromSnapshot(snapshot), device), await fresh(chatId, emil.user_id));
    const late = await connect(chatId, emil.user_id, { cursor: { epoch, rev: snapshot.rev } });
    expect((await late.next("CAUGHT_UP")).messages).toEqual(told.messages);
    expect(rev).toBeLessThan(snapshot.rev);
    expect(await stub.readHead(emil.user_id)).toMatchObject({ entry: { unread: 1, preview: { seq: 4 } } });
  });

  it("HIS3 gives a snapshot to who came back after their cursor, seeing more than before or less", async () => {
    const { chatId, stub, ids } = await group();
    const [ada, bela] = ids;
    await stub.update(ada, { settings: { has_history_from_join: true } });
    const emil = person("Emil");
    await stub.addMembers(ada, [emil]);
    const narrow = await fresh(chatId, emil.user_id);
    expect(narrow.messages[0]?.is_hidden).toBe(true);
    await stub.removeMember(ada, emil.user_id);
    await stub.update(ada, { settings: { has_history_from_join: false } });
    await stub.addMembers(ada, [emil]);
    const back = await connect(chatId, emil.user_id, { cursor: { epoch: narrow.epoch, rev: narrow.rev } });
    expect((await back.next("SNAPSHOT")).messages[0]?.is_hidden).toBeUndefined();

    const wide = await fresh(chatId, bela);
    await stub.removeMember(ada, bela);
    await stub.update(ada, { settings: { has_history_from_join: true } });
    await stub.addMembers(ada, [{ user_id: bela, username: "bela", display_name: "Bela" }]);
    const less = await connect(chatId, bela, { cursor: { epoch: wide.epoch, rev: wide.rev } });
    expect((await less.next("SNAPSHOT")).messages[0]?.is_hidden).toBe(true);
    // A change of role is no coming back.
    const { epoch, rev } = await fresh(chatId, emil.user_id);
    await stub.setRole(ada, emil.user_id, "moderator");
    const same: DownOf<"CAUGHT_UP"> = await (await connect(chatId, emil.user_id, { cursor: { epoch, rev } })).next(
      "CAUGHT_UP",
    );
    expect(same.members).toHaveLength(1);
  });

  it("CUP1 works in an empty direct chat, and in one with oneself", async () => {
    const [ada, bela] = [person("Ada"), person("Bela")];
    const { chatId, stub } = await makeDirect(ada, bela);
    expect(await fresh(chatId, bela.user_id)).toMatchObject({ rev: 1, head_seq: 0, messages: [] });
    const first = await stub.send(bela.user_id, draft("hello", 0));
    expect(first.ack.seq).toBe(1);
    const alone = await makeDirect(ada, ada);
    await alone.stub.send(ada.user_id, draft("note", 0));
    expect(await fresh(alone.chatId, ada.user_id)).toMatchObject({ head_seq: 1, members: [{ user_id: ada.user_id }] });
  });
});
