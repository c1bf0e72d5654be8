import { evictDurableObject } from "cloudflare:test";
import { describe, expect, it } from "vitest";
import { newClientMsgId } from "../../src/protocol/ids.ts";
import {
  chatStub,
  connect,
  draft,
  faultOf,
  inChat,
  makeGroup,
  person,
  setClock,
  sql,
  type TestPerson,
} from "./room.ts";

const stored = async (chatId: string): Promise<number> =>
  Number((await sql<{ n: number }>(chatId, "SELECT count(*) AS n FROM message WHERE message_type = 'text'"))[0]?.n);

async function group(count = 2) {
  const people = Array.from({ length: count }, (_, i) => person(`Person${i}`)) as [
    TestPerson,
    TestPerson,
    ...TestPerson[],
  ];
  return { people, ...(await makeGroup(people)) };
}

/**
 * Fills the log as a long life would have: `count` messages, unknown to the object's memory, all of one person, or
 * only every tenth.
 */
async function fill(chatId: string, senderId: string, count: number, otherId: string = senderId): Promise<void> {
  await sql(
    chatId,
    `WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?)
     INSERT INTO message (seq, born_rev, rev, sender_id, client_msg_id, seen_seq, message_type, content, created_at)
     SELECT 1 + i, 1 + i, 1 + i, iif(i % 10 = 0, ?, ?), 'old-' || i, i, 'text', '{"text":"old"}', 1 FROM n`,
    count,
    senderId,
    otherId,
  );
  // The object knows nothing of it yet. Everybody has read it.
  const stub = chatStub(chatId);
  await evictDurableObject(stub);
  const members = await sql<{ user_id: string }>(chatId, "SELECT user_id FROM member");
  for (const { user_id } of members) await stub.markRead(user_id, count + 1);
  await evictDurableObject(stub);
}

describe("repeats", () => {
  it("REP1 answers a repeat with the first answer and stores nothing, however often", async () => {
    const { chatId, people } = await group();
    const ada = await connect(chatId, people[0].user_id);
    const bela = await connect(chatId, people[1].user_id);
    const message = { type: "SEND_MESSAGE", ...draft("once", 1) };
    ada.send(message);
    await ada.next("MESSAGE_ACK");
    ada.send(message);
    ada.send(message);
    await ada.next("MESSAGE_ACK", 3);
    const [first, ...repeats] = ada.of("MESSAGE_ACK");
    expect(repeats).toEqual([first, first]);
    await bela.settle();
    expect(bela.of("MESSAGE_RECEIVED")).toHaveLength(1);
    expect(await stored(chatId)).toBe(1);
  });

  it("REP1 keeps the ids of two people apart", async () => {
    const { stub, people } = await group();
    const message = draft("mine", 1, newClientMsgId());
    const ada = await stub.send(people[0].user_id, message);
    const bela = await stub.send(people[1].user_id, message);
    expect([ada.ack.seq, bela.ack.seq]).toEqual([2, 3]);
  });

  it("REP2 recognises a repeat before rights and limits: after removal, after the end, and without tokens left", async () => {
    const { chatId, stub, people } = await group(3);
    const [ada, bela, cleo] = people.map((p) => p.user_id) as [string, string, string];
    const message = draft("before I went", 1);
    const { ack } = await stub.send(bela, message);
    const now = Date.now();
    await setClock(chatId, () => now);
    await inChat(chatId, async (object) => {
      // Everything that Bela may send is used up.
      for (let i = 0; i < 1_000; i++)
        if ((await faultOf(object.send(bela, draft(`flood ${i}`, 1)))) === "rate_limited") break;
    });
    expect(await faultOf(stub.send(bela, draft("one more", 1)))).toBe("rate_limited");
    expect((await stub.send(bela, message)).ack).toEqual(ack);
    await setClock(chatId, Date.now);

    await stub.removeMember(ada, bela);
    expect((await stub.send(bela, message)).ack).toEqual(ack);
    expect(await faultOf(stub.send(bela, draft("after I went", 1)))).toBe("removed");
    await stub.end(ada);
    await evictDurableObject(stub);
    expect((await stub.send(bela, message)).ack).toEqual(ack);
    expect(await faultOf(stub.send(cleo, draft("too late", 1)))).toBe("removed");
  });

  it("REP2 reads nothing for a stranger, whatever they claim to have seen", async () => {
    const { chatId, people } = await group();
    await fill(chatId, people[0].user_id, 5_000);
    await inChat(chatId, async (object) => {
      const before = object.db.rows.read;
      expect(await faultOf(object.send(person("Eve").user_id, draft("let me in", 0)))).toBe("not_found");
      expect(object.db.rows.read - before).toBeLessThan(10);
    });
  });

  it("REP3 REP7 recognises the repeat of a deleted message by what it said", async () => {
    const { chatId, stub, people } = await group();
    const by = people[0].user_id;
    const message = draft("regretted", 1);
    const { ack } = await stub.send(by, message);
    await stub.deleteMessage(by, ack.seq);
    for (let life = 0; life < 2; life++) {
      expect((await stub.send(by, message)).ack).toEqual(ack);
      const other = { ...message, content: { text: "something else" } };
      expect(await faultOf(stub.send(by, other))).toBe("id_reused");
      await evictDurableObject(stub);
    }
    expect(await stored(chatId)).toBe(1);
  });

  it("REP4 recognises a repeat after eviction, reading only the rows above seen_seq", async () => {
    const { chatId, stub, people } = await group();
    const by = people[0].user_id;
    await fill(chatId, people[1].user_id, 500);
    const message = draft("once", 501);
    const { ack } = await stub.send(by, message);
    for (let i = 0; i < 5; i++) await stub.send(people[1].user_id, draft(`after ${i}`, ack.seq));
    await evictDurableObject(stub);
    await inChat(chatId, async (object) => {
      const before = object.db.rows.read;
      expect((await object.send(by, message)).ack).toEqual(ack);
      // Waking, six rows above what its sender had seen, and the stored copy.
      expect(object.db.rows.read - before).toBeLessThan(30);
    });
  });

  it("REP4 recognises every one of an old outbox, also beyond what is kept for all, and reads the gap once", async () => {
    const { chatId, people } = await group();
    const by = people[0].user_id;
    await fill(chatId, by, 6_000);
    await inChat(chatId, async (object) => {
      const before = object.db.rows.read;
      for (const i of [1, 999, 2_500, 5_999, 6_000]) {
        const { ack } = await object.send(by, { ...draft("old", 1, `old-${i}`), seen_seq: i });
        expect(ack.seq).toBe(i + 1);
      }
      for (let i = 0; i < 20; i++) await object.send(by, draft(`new ${i}`, 1));
      expect(object.db.rows.read - before).toBeLessThan(6_000 + 200);
    });
    expect(await stored(chatId)).toBe(6_020);
  });

  it("REP4 misses none at the edge of what was read, whichever way an outbox is sent again", async () => {
    const { chatId, stub, people } = await group();
    const by = people[0].user_id;
    const outbox = Array.from({ length: 12 }, (_, i) => draft(`m${i}`, i + 1));
    for (const message of outbox) await stub.send(by, message);
    for (const order of [outbox, [...outbox].reverse(), [...outbox.slice(5), ...outbox.slice(0, 5).reverse()]]) {
      await evictDurableObject(stub);
      for (const message of order) expect((await stub.send(by, message)).ack.seq).toBe((message.seen_seq ?? 0) + 1);
    }
    expect(await stored(chatId)).toBe(12);
  });

  it("REP5 recognises a repeat without seen_seq, in memory and after eviction, at the price of one more row", async () => {
    const { chatId, stub, people } = await group();
    const by = people[0].user_id;
    const message = draft("simple client");
    const { ack } = await stub.send(by, message);
    expect((await stub.send(by, message)).ack).toEqual(ack);
    await evictDurableObject(stub);
    expect((await stub.send(by, message)).ack).toEqual(ack);
    expect(await faultOf(stub.send(by, { ...message, content: { text: "other" } }))).toBe("id_reused");
    expect(await stored(chatId)).toBe(1);
  });

  it("REP6 makes one message of two copies in one batch, from one socket or two", async () => {
    const { chatId, people } = await group();
    const phone = await connect(chatId, people[0].user_id);
    const laptop = await connect(chatId, people[0].user_id);
    const message = { type: "SEND_MESSAGE", ...draft("twice", 1) };
    // The first send opens a commit; the copies gather behind it.
    phone.send([{ type: "SEND_MESSAGE", ...draft("opener", 1) }, message, message]);
    laptop.send([message, message]);
    await phone.next("MESSAGE_ACK", 3);
    await laptop.next("MESSAGE_ACK", 2);
    const seqs = [...phone.of("MESSAGE_ACK").slice(1), ...laptop.of("MESSAGE_ACK")].map((ack) => ack.seq);
    expect(new Set(seqs).size).toBe(1);
    expect(await stored(chatId)).toBe(2);
  });

  it("REP7 refuses the same id with other content, another quote, or as new after eviction", async () => {
    const { chatId, stub, people } = await group();
    const by = people[0].user_id;
    const message = draft("mine", 1);
    await stub.send(by, message);
    const variants = [
      { ...message, content: { text: "yours" } },
      { ...message, reply_to_message_id: `${chatId}.1` },
    ];
    for (let life = 0; life < 2; life++) {
      for (const variant of variants) expect(await faultOf(stub.send(by, variant))).toBe("id_reused");
      await evictDurableObject(stub);
    }
    // Another spelling of the same text is the same text.
    const accented = draft("caf\u00e9", 2);
    const { ack } = await stub.send(by, accented);
    const decomposed = { ...accented, content: { text: "cafe\u0301" } };
    expect((await stub.send(by, decomposed)).ack).toEqual(ack);
  });

  it("REP8 refuses a seen_seq above the head, and stores nothing", async () => {
    const { chatId, stub, people } = await group();
    expect(await faultOf(stub.send(people[0].user_id, draft("from the future", 2)))).toBe("seq_ahead");
    const device = await connect(chatId, people[0].user_id);
    const ahead = draft("from the future", 99);
    device.send({ type: "SEND_MESSAGE", ...ahead });
    const error = await device.next("ERROR");
    expect(error).toMatchObject({ code: "seq_ahead", client_msg_id: ahead.client_msg_id });
    expect(await stored(chatId)).toBe(0);
  });

  it("REP9 reads a gap above 20,000 rows once a minute per person, and once for a whole outbox", async () => {
    const { chatId, people } = await group(3);
    const [ada, bela] = people.map((p) => p.user_id) as [string, string];
    await fill(chatId, ada, 50_000, bela);
    let now = Date.now();
    await setClock(chatId, () => now);
    await inChat(chatId, async (object) => {
      expect((await object.send(ada, { ...draft("old", 1, "old-27000"), seen_seq: 27_000 })).ack.seq).toBe(27_001);
      const before = object.db.rows.read;
      for (let i = 0; i < 10; i++) await object.send(ada, { ...draft(`queued ${i}`), seen_seq: 27_000 });
      expect(object.db.rows.read - before).toBeLessThan(100);

      // More than 20,000 rows further down, within the minute.
      const deeper = { ...draft("older still"), seen_seq: 10 };
      expect(await faultOf(object.send(ada, deeper))).toBe("rate_limited");
      // Another person is not held for it.
      await object.send(bela, { ...draft("mine"), seen_seq: 10 });
      now += 60_000;
      await object.send(ada, deeper);
      expect((await object.send(ada, { ...draft("old", 1, "old-20"), seen_seq: 20 })).ack.seq).toBe(21);
    });
  });

  it("REP9 ALM4 makes nobody wait for longer because the clock was set back", async () => {
    const { chatId, people } = await group(3);
    const [ada, bela] = people.map((p) => p.user_id) as [string, string];
    await fill(chatId, ada, 50_000, bela);
    let now = Date.now();
    await setClock(chatId, () => now);
    await inChat(chatId, async (object) => {
      await object.send(ada, { ...draft("old", 1, "old-27000"), seen_seq: 27_000 });
      now -= 3_600_000;
      const refused = await object
        .send(ada, { ...draft("older still"), seen_seq: 10 })
        .catch((error: unknown) => error);
      expect(Reflect.get(Object(refused), "retry_after") ?? 0).toBeLessThanOrEqual(60);
      now += 60_000;
      await object.send(ada, { ...draft("older still"), seen_seq: 10 });
    });
  });

  it("REP10 takes RETRY and HTTP for repeats of the same message, in any order", async () => {
    const { chatId, stub, people } = await group();
    const by = people[0].user_id;
    const device = await connect(chatId, by);
    const message = draft("however it comes", 1);
    const { ack } = await stub.send(by, message);
    device.send({ type: "RETRY", original_message: { type: "SEND_MESSAGE", ...message } });
    expect(await device.next("MESSAGE_ACK")).toEqual(ack);
    await evictDurableObject(stub);
    device.send({ type: "SEND_MESSAGE", ...message });
    expect(await device.next("MESSAGE_ACK", 2)).toEqual(ack);
    const first = draft("by RETRY alone", 1);
    device.send({ type: "RETRY", original_message: { type: "SEND_MESSAGE", ...first } });
    const retried = await device.next("MESSAGE_ACK", 3);
    expect((await stub.send(by, first)).ack).toEqual(retried);
    expect(await stored(chatId)).toBe(2);
  });
});
