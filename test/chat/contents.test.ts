import { evictDurableObject } from "cloudflare:test";
import { describe, expect, it } from "vitest";
import type { SendableContent, SendableType } from "../../src/protocol/content.ts";
import { newClientMsgId } from "../../src/protocol/ids.ts";
import type { Draft } from "../../src/protocol/message.ts";
import { connect, draft, faultOf, inChat, makeGroup, person, sql } from "./room.ts";

async function group() {
  const people = ["Ada", "Bela"].map(person);
  const made = await makeGroup(people);
  const [ada, bela] = people.map((p) => p.user_id) as [string, string];
  return { ...made, ada, bela };
}

const KINDS: { type: Exclude<SendableType, "text">; content: SendableContent; line: string; bad: unknown[] }[] = [
  {
    type: "location",
    content: { latitude: 52.5, longitude: -13.4, accuracy_m: 20, label: "Café am Ufer" },
    line: "Café am Ufer",
    bad: [
      { latitude: 91, longitude: 0 },
      { latitude: 1 },
      { latitude: 1, longitude: 1, altitude: 3 },
      { text: "here" },
    ],
  },
  {
    type: "contact",
    content: { name: "Cleo", phone: "+49 30 1234567", email: "cleo@example.com" },
    line: "Cleo",
    bad: [{ name: "" }, { name: "x", phone: "call me" }, { name: "x", email: "no" }, { name: "x\ny" }],
  },
  {
    type: "poll",
    content: { question: "Where to?", options: ["Sea", "Hills"], is_multiple: true },
    line: "Where to?",
    bad: [
      { question: "x", options: ["one"] },
      { question: "x", options: ["same", "same"] },
      { question: "x", options: Array.from({ length: 13 }, (_, i) => `${i}`) },
      { question: "x", options: ["a", "b"], closes_at: "tomorrow" },
    ],
  },
  { type: "sticker", content: { sticker_id: "hello" }, line: "", bad: [{ sticker_id: "../wave" }, {}] },
];

const other = (type: SendableType, content: unknown, seenSeq = 1, id: string = newClientMsgId()): Draft => ({
  ...{ client_msg_id: id, seen_seq: seenSeq, message_type: type },
  content: content as SendableContent,
});

describe("what a message may say", () => {
  for (const { type, content, line, bad } of KINDS) {
    it(`CNT1 CNT2 takes a ${type}, shows its line, writes one row, and refuses what is none`, async () => {
      const { chatId, stub, ada, bela } = await group();
      const device = await connect(chatId, bela);
      await inChat(chatId, async (object) => {
        const { written } = object.db.rows;
        await object.send(ada, other(type, content, 1, "c"));
        expect(object.db.rows.written - written).toBe(1);
      });
      const { message } = await device.next("MESSAGE_RECEIVED");
      expect(message).toMatchObject({ message_type: type, content });
      expect("poll" in message).toBe(type === "poll");
      const entry = await inChat(chatId, async (object) => (await object.readHead(bela))?.entry);
      expect(entry?.preview).toMatchObject({ message_type: type, text: line });
      expect(entry?.preview).not.toHaveProperty("is_deleted");
      expect(entry?.unread).toBe(1);
      for (const wrong of bad) expect(await faultOf(stub.send(ada, other(type, wrong)))).toBe("invalid");
      expect(await faultOf(stub.send(ada, other("text", content)))).toBe("invalid");
      expect(await sql(chatId, "SELECT seq FROM message")).toHaveLength(2);
      await stub.deleteMessage(ada, message.seq);
      const after = await inChat(chatId, async (object) => (await object.readHead(bela))?.entry);
      expect(after?.preview).toMatchObject({ seq: 2, message_type: type, text: "", is_deleted: true });
    });
  }

  it("CNT1 recognises a repeat in whatever order the fields come, after eviction and deletion", async () => {
    const { stub, ada } = await group();
    const content = { name: "Cleo", email: "cleo@example.com" };
    const { ack } = await stub.send(ada, other("contact", content, 1, "c1"));
    const turned = other("contact", { email: "cleo@example.com", name: "Cleo" }, 1, "c1");
    for (let life = 0; life < 2; life++) {
      expect((await stub.send(ada, turned)).ack).toEqual(ack);
      expect(await faultOf(stub.send(ada, other("contact", { name: "Cleo" }, 1, "c1")))).toBe("id_reused");
      expect(await faultOf(stub.send(ada, draft("Cleo", 1, "c1")))).toBe("id_reused");
      await evictDurableObject(stub);
    }
    await stub.deleteMessage(ada, ack.seq);
    expect((await stub.send(ada, turned)).ack).toEqual(ack);
    expect(await faultOf(stub.send(ada, other("contact", { name: "Cleo" }, 1, "c1")))).toBe("id_reused");
  });

  it("CNT1 composes what it stores: one word has one spelling", async () => {
    const { stub, ada } = await group();
    const { message } = await stub.send(ada, other("poll", { question: "Cafe\u0301?", options: ["e\u0301", "n"] }));
    expect(message.content).toMatchObject({ question: "Café?", options: ["é", "n"] });
    // Two spellings of one word are one option twice.
    const twice = other("poll", { question: "?", options: ["e\u0301", "é"] });
    expect(await faultOf(stub.send(ada, twice))).toBe("invalid");
  });

  it("CNT3 knows a repeat by its time to disappear and its thread, too", async () => {
    const { chatId, stub, ada } = await group();
    const root = await stub.send(ada, draft("root", 1));
    const plain: Draft = draft("same", 2, "p");
    const timed: Draft = { ...draft("same", 2, "t"), expires_in_s: 60 };
    const inThread: Draft = { ...draft("same", 2, "a"), thread_root_message_id: root.message.message_id };
    const acks = [];
    for (const one of [plain, timed, inThread]) acks.push((await stub.send(ada, one)).ack);
    for (let life = 0; life < 3; life++) {
      for (const [i, one] of [plain, timed, inThread].entries()) {
        expect((await stub.send(ada, one)).ack).toEqual(acks[i]);
        const { expires_in_s: _, ...untimed } = one;
        const { thread_root_message_id: __, ...main } = one;
        const others: Draft[] = [
          { ...one, expires_in_s: one === timed ? 61 : 60 },
          ...(one === timed ? [untimed] : []),
          one === inThread ? main : { ...one, thread_root_message_id: root.message.message_id },
        ];
        for (const reused of others) expect(await faultOf(stub.send(ada, reused))).toBe("id_reused");
      }
      if (life === 1) for (const ack of acks) await stub.deleteMessage(ada, ack.seq);
      else await evictDurableObject(stub);
    }
    expect(await sql(chatId, "SELECT seq FROM message")).toHaveLength(5);
  });

  it("CNT4 forwards every kind; a poll starts anew, without an end that is over", async () => {
    const { chatId, stub, ada, bela } = await group();
    const forward = (source: string) =>
      stub.forward(bela, { client_msg_id: newClientMsgId(), seen_seq: 1, source_message_id: source });
    for (const { type, content } of KINDS) {
      const { message } = await stub.send(ada, other(type, content));
      const copy = await forward(message.message_id);
      expect(copy.message).toMatchObject({ message_type: type, content, forwarded: { sender_id: ada } });
      // A forward of a forward.
      expect((await forward(copy.message.message_id)).message).toMatchObject({
        content,
        forwarded: { sender_id: ada },
      });
    }
    const over = { question: "Now?", options: ["a", "b"], closes_at: new Date(Date.now() - 1_000).toISOString() };
    const ended = await stub.send(ada, other("poll", over));
    expect((await forward(ended.message.message_id)).message.content).not.toHaveProperty("closes_at");
    expect(await sql(chatId, "SELECT 1 FROM message WHERE message_type = 'poll'")).toHaveLength(5);
  });

  it("EDT1 edits texts alone", async () => {
    const { stub, ada } = await group();
    for (const { type, content } of KINDS) {
      const { ack } = await stub.send(ada, other(type, content));
      const edit = { seq: ack.seq, command_id: "e", content: { text: "words" } };
      expect(await faultOf(stub.editMessage(ada, edit))).toBe("forbidden");
    }
  });
});
