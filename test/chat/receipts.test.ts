import { evictDurableObject } from "cloudflare:test";
import { describe, expect, it } from "vitest";
import { MOVES_KEPT } from "../../durable-objects/chat/receipt-times.ts";
import { UNREAD_CAP } from "../../src/protocol/limits.ts";
import type { Bump } from "../../src/protocol/rpc.ts";
import {
  chatStub,
  connect,
  crash,
  draft,
  evict,
  faultOf,
  inChat,
  makeDirect,
  makeGroup,
  person,
  setClock,
  sql,
  type TestPerson,
} from "./room.ts";

async function group(count: number) {
  const people = Array.from({ length: count }, (_, i) => person(`Person${i}`)) as [
    TestPerson,
    TestPerson,
    ...TestPerson[],
  ];
  return { people, ids: people.map((p) => p.user_id) as [string, string, string], ...(await makeGroup(people)) };
}

const unreadOf = async (stub: { readHead(id: string): unknown }, userId: string): Promise<number> =>
  ((await stub.readHead(userId)) as Bump).entry.unread;

describe("receipts", () => {
  it("RCP1 merges cursors by maximum and tells all that moved in one step of the clock, one row written", async () => {
    const { chatId, stub, ids } = await group(10);
    const devices = await Promise.all(ids.map((id) => connect(chatId, id)));
    const [first] = devices;
    for (let i = 0; i < 5; i++) await stub.send(ids[0], draft(`m${i}`, 1));
    for (const device of devices) await device.next("MESSAGE_RECEIVED", 5);
    await first?.next("RECEIPTS_CHANGED");
    await evictDurableObject(stub);
    const told = first?.of("RECEIPTS_CHANGED").length ?? 0;
    const before = await inChat(chatId, (object) => object.db.rows.written);
    for (const [i, device] of devices.entries()) {
      device.send({ type: "MESSAGE_DELIVERED", seq: 6 });
      device.send({ type: "MESSAGE_READ", seq: 1 + (i % 5) });
      device.send({ type: "MESSAGE_DELIVERED", seq: 2 });
    }
    const flush = await first?.next("RECEIPTS_CHANGED", told + 1);
    expect(flush?.rev).toBe((flush?.base ?? 0) + 1);
    expect(flush?.receipts).toHaveLength(9);
    for (const receipt of flush?.receipts ?? [])
      expect(receipt).toEqual({
        user_id: receipt.user_id,
        delivered_seq: 6,
        read_seq: 1 + (ids.indexOf(receipt.user_id) % 5),
      });
    expect(await inChat(chatId, (object) => object.db.rows.written)).toBe(before + 1);
    await evictDurableObject(stub);
    const late = await connect(chatId, ids[0], { cursor: { epoch: await epochOf(chatId), rev: flush?.base ?? 0 } });
    const { receipts } = await late.next("CAUGHT_UP");
    expect(receipts?.map((r) => r.user_id).sort()).toEqual([...(flush?.receipts ?? [])].map((r) => r.user_id).sort());
  });

  it("RCP1 keeps receipts of more than one page apart, and finds the clock by the first alone", async () => {
    const { chatId, stub, ids } = await group(150);
    await stub.send(ids[0], draft("hello", 1));
    const last = ids.at(-1) ?? "";
    const device = await connect(chatId, ids[0]);
    const { epoch, rev } = await device.next("SNAPSHOT");
    // The sender's own, in the first page.
    await evict(chatId);
    await stub.markRead(last, 2);
    const flush = await device.until(
      () => device.of("RECEIPTS_CHANGED").find((f) => f.receipts?.some((r) => r.user_id === last)),
      "the receipt of the last",
    );
    expect(flush.receipts).toEqual([{ user_id: last, delivered_seq: 2, read_seq: 2 }]);
    await evict(chatId);
    const again = await connect(chatId, ids[0], { cursor: { epoch, rev } });
    const caughtUp = await again.next("CAUGHT_UP");
    expect(caughtUp.rev).toBe(flush.rev);
    expect(caughtUp.receipts).toContainEqual({ user_id: last, delivered_seq: 2, read_seq: 2 });
    expect(await sql(chatId, "SELECT page FROM receipt ORDER BY page")).toEqual([
      { page: 0 },
      { page: 1 },
      { page: 2 },
    ]);
  });

  it("RCP2 refuses a cursor above the head, and ignores one restated at attach", async () => {
    const { chatId, stub, ids } = await group(2);
    await stub.send(ids[0], draft("one", 1));
    const device = await connect(chatId, ids[1]);
    const { epoch, rev } = await device.next("SNAPSHOT");
    device.send({ type: "MESSAGE_READ", seq: 3 });
    device.send({ type: "MESSAGE_DELIVERED", seq: 3 });
    device.send({ type: "MESSAGE_READ" });
    device.send({ type: "MESSAGE_READ", message_id: `${chatId}.3` });
    await device.next("ERROR", 4);
    expect(device.of("ERROR").map((e) => e.code)).toEqual(["seq_ahead", "seq_ahead", "invalid", "seq_ahead"]);
    expect(await faultOf(stub.markRead(ids[1], 3))).toBe("seq_ahead");
    const restated = await connect(chatId, ids[1], { cursor: { epoch, rev }, delivered: 9, read: 9 });
    await restated.next("CAUGHT_UP");
    const foreign = await connect(chatId, ids[1], { cursor: { epoch: "another", rev }, delivered: 2, read: 2 });
    await foreign.next("SNAPSHOT");
    expect(await unreadOf(stub, ids[1])).toBe(1);
    const sound = await connect(chatId, ids[1], { cursor: { epoch, rev }, delivered: 2, read: 2 });
    const flush = await sound.until(
      () =>
        sound
          .of("RECEIPTS_CHANGED")
          .flatMap((f) => f.receipts ?? [])
          .find((r) => r.user_id === ids[1]),
      "the restated receipt",
    );
    expect(flush.read_seq).toBe(2);
  });

  it("RCP2 takes MESSAGE_READ by message_id of this chat alone", async () => {
    const { chatId, stub, ids } = await group(2);
    const other = await group(2);
    const { message } = await stub.send(ids[0], draft("one", 1));
    const device = await connect(chatId, ids[1]);
    device.send({ type: "MESSAGE_READ", message_id: `${other.chatId}.1` });
    expect(await device.next("ERROR")).toMatchObject({ code: "not_found" });
    device.send({ type: "MESSAGE_READ", message_id: message.message_id });
    await device.settle();
    expect(await unreadOf(stub, ids[1])).toBe(0);
  });

  it("RCP3 moves the sender's own cursor only if nothing unread by others lies between", async () => {
    const { stub, ids } = await group(3);
    const [ada, bela, cleo] = ids;
    const readOf = async (id: string) => ((await stub.readHead(id)) as Bump | undefined)?.entry.read_seq;
    await stub.send(ada, draft("one", 1));
    expect([await readOf(ada), await readOf(bela)]).toEqual([2, 1]);
    await stub.send(bela, draft("I have not read that", 1));
    expect(await readOf(bela)).toBe(1);
    await stub.markRead(bela, 3);
    await stub.send(bela, draft("now I have", 3));
    expect(await readOf(bela)).toBe(4);
    // Notices and what was deleted are nothing unread.
    await stub.send(ada, draft("mistake", 4));
    await stub.deleteMessage(ada, 5);
    await stub.update(ada, { name: "Renamed" });
    await evictDurableObject(stub);
    await stub.send(bela, draft("fine", 4));
    expect(await readOf(bela)).toBe(7);
    expect(await readOf(cleo)).toBe(1);
  });

  it("RCP4 answers HTTP with the cursor as it is stored then, also when others are committing", async () => {
    const { chatId, ids } = await group(3);
    const answers = await inChat(chatId, async (object) => {
      await object.send(ids[0], draft("one", 1));
      const work = [
        object.send(ids[0], draft("two", 1)),
        object.markRead(ids[1], 2),
        object.send(ids[0], draft("three", 1)),
        object.markRead(ids[2], 2),
      ];
      return Promise.all(work);
    });
    expect(answers[1]).toEqual({ user_id: ids[1], delivered_seq: 2, read_seq: 2 });
    expect(answers[3]).toEqual({ user_id: ids[2], delivered_seq: 2, read_seq: 2 });
  });
});

describe("when a message came and was read", () => {
  const START = Date.parse("2030-01-01T00:00:00.000Z");

  async function timed() {
    const made = await group(3);
    const { chatId, ids } = made;
    const [ada, bela] = ids;
    const clock = { now: START };
    await setClock(chatId, () => clock.now);
    const markDelivered = (seq: number) =>
      inChat(chatId, async (object) => {
        await object.markDelivered(bela, seq);
        await (object as unknown as { flushReceipts(): Promise<void> }).flushReceipts();
      });
    const of = async (seq: number, by = ada, whose = bela) =>
      (await chatStub(chatId).delivery(by, seq)).find(({ user_id }) => user_id === whose);
    return { ...made, ada, bela, clock, markDelivered, of };
  }

  const at = (offset: number): string => new Date(START + offset).toISOString();

  it("DLV2 is told for each recipient, also after eviction, for one row written", async () => {
    const { chatId, stub, ada, bela, ids, clock, markDelivered, of } = await timed();
    for (const text of ["one", "two"]) await stub.send(ada, draft(text, 1));
    expect(await of(2)).toEqual({ user_id: bela, status: "sent" });
    clock.now += 1_000;
    await markDelivered(3);
    clock.now += 1_000;
    await stub.markRead(bela, 2);
    const before = await inChat(chatId, (object) => object.db.rows.written);
    clock.now += 1_000;
    await stub.markRead(bela, 3);
    expect(await inChat(chatId, (object) => object.db.rows.written)).toBe(before + 1);
    for (const isGone of [false, true]) {
      if (isGone) await evict(chatId);
      expect(await of(2)).toEqual({ user_id: bela, status: "read", delivered_at: at(1_000), read_at: at(2_000) });
      expect(await of(3)).toEqual({ user_id: bela, status: "read", delivered_at: at(1_000), read_at: at(3_000) });
      expect(await of(3, bela, ids[2])).toEqual({ user_id: ids[2], status: "sent" });
    }
  });

  it("DLV2 is kept for the last eight moves, and forgotten before; who came later has none", async () => {
    const { chatId, stub, ada, bela, clock, of } = await timed();
    for (let seq = 2; seq <= MOVES_KEPT + 3; seq++) {
      await stub.send(ada, draft(`m${seq}`, 1));
      clock.now += 1_000;
      await stub.markRead(bela, seq);
    }
    await evict(chatId);
    expect(await of(3)).toEqual({ user_id: bela, status: "read" });
    expect(await of(4)).toMatchObject({ read_at: at(3_000), delivered_at: at(3_000) });
    expect(await of(MOVES_KEPT + 3)).toMatchObject({ read_at: at((MOVES_KEPT + 2) * 1_000) });
    const [page] = await sql<{ bytes: number }>(chatId, "SELECT length(cursors) AS bytes FROM receipt");
    expect(page?.bytes).toBeLessThan(3 * 300);
    const late = person("Late");
    await stub.addMembers(ada, [late]);
    const { message } = await stub.send(ada, draft("since", 1));
    expect(await of(message.seq, ada, late.user_id)).toEqual({ user_id: late.user_id, status: "sent" });
    await stub.markRead(late.user_id, message.seq);
    expect(await of(message.seq, ada, late.user_id)).toMatchObject({ status: "read", read_at: expect.any(String) });
  });

  it("DLV2 a clock that is set back makes nothing read before it was sent, nor before what was read first", async () => {
    const { stub, ada, bela, clock, of } = await timed();
    await stub.send(ada, draft("one", 1));
    clock.now += 60_000;
    await stub.markRead(bela, 2);
    await stub.send(ada, draft("two", 1));
    clock.now -= 3_600_000;
    await stub.markRead(bela, 3);
    expect(await of(2)).toMatchObject({ read_at: at(60_000) });
    expect(await of(3)).toMatchObject({ read_at: at(60_000) });
    clock.now += 3_700_000;
    await stub.send(ada, draft("three", 1));
    await stub.markRead(bela, 4);
    expect(await of(4)).toMatchObject({ read_at: at(160_000) });
  });

  it("DLV2 what was read in private has no time, then and later; its delivery has", async () => {
    const { stub, chatId, ada, bela, clock, of } = await timed();
    for (const text of ["one", "two", "three"]) await stub.send(ada, draft(text, 1));
    clock.now += 1_000;
    await stub.markRead(bela, 2);
    await stub.setSigns(bela, { hides_receipts: true, hides_typing: false, rev: 1 });
    clock.now += 1_000;
    await stub.markRead(bela, 3);
    expect(await of(3)).toEqual({ user_id: bela, status: "delivered", delivered_at: at(2_000) });
    expect(await of(2)).toMatchObject({ status: "read", read_at: at(1_000) });
    clock.now += 1_000;
    await stub.setSigns(bela, { hides_receipts: false, hides_typing: false, rev: 2 });
    await stub.markRead(bela, 4);
    await evict(chatId);
    expect(await of(3)).toEqual({ user_id: bela, status: "read", delivered_at: at(2_000) });
    expect(await of(4)).toMatchObject({ status: "read", read_at: at(3_000) });
    // Who hides what they read is not told when others did.
    await stub.markRead(ada, 4);
    await stub.setSigns(bela, { hides_receipts: true, hides_typing: false, rev: 3 });
    await stub.send(bela, draft("mine", 4));
    await stub.markRead(ada, 5);
    expect(await of(5, bela, ada)).not.toHaveProperty("read_at");
  });

  it("DLV2 receipts that were stored without times are read as they are, and have times from then on", async () => {
    const { chatId, stub, ada, bela, clock, of } = await timed();
    for (const text of ["one", "two"]) await stub.send(ada, draft(text, 1));
    await evict(chatId);
    await sql(chatId, "UPDATE receipt SET cursors = ?", JSON.stringify({ [bela]: [2, 2, 3, 2, 3, 1] }));
    await evict(chatId);
    expect(await of(2)).toEqual({ user_id: bela, status: "read" });
    expect(await of(3)).toEqual({ user_id: bela, status: "sent" });
    await setClock(chatId, () => clock.now + 5_000);
    await stub.markRead(bela, 3);
    await evict(chatId);
    expect(await of(3)).toMatchObject({ status: "read", read_at: at(5_000) });
    expect(await of(2)).toEqual({ user_id: bela, status: "read" });
    expect(await unreadOf(stub, bela)).toBe(0);
  });
});

describe("unread", () => {
  it("UNR1 counts messages by others above the cursor, not deleted, not notices, not hidden", async () => {
    const { stub, ids } = await group(3);
    const [ada, bela, cleo] = ids;
    for (let i = 0; i < 4; i++) await stub.send(ada, draft(`m${i}`, 1));
    await stub.send(bela, draft("mine", 1));
    await stub.update(ada, { name: "Renamed" });
    const counts = async () => [await unreadOf(stub, ada), await unreadOf(stub, bela), await unreadOf(stub, cleo)];
    expect(await counts()).toEqual([1, 4, 5]);
    await stub.deleteMessage(ada, 3);
    await stub.deleteMessage(bela, 6);
    expect(await counts()).toEqual([0, 3, 3]);
    await stub.markRead(cleo, 4);
    expect(await counts()).toEqual([0, 3, 1]);
    await evictDurableObject(stub);
    expect(await counts()).toEqual([0, 3, 1]);
    await stub.update(ada, { settings: { has_history_from_join: true } });
    const emil = person("Emil");
    await stub.addMembers(ada, [emil]);
    expect(await unreadOf(stub, emil.user_id)).toBe(0);
    await stub.send(bela, draft("welcome", 8));
    expect(await unreadOf(stub, emil.user_id)).toBe(1);
  });

  it("UNR1 is the same however it is found: carried on, read again, or stored before an eviction or a crash", async () => {
    const { chatId, ids } = await group(4);
    const stub = () => chatStub(chatId);
    const truth = async (id: string): Promise<number> => {
      const [row] = await sql<{ n: number }>(
        chatId,
        `SELECT count(*) AS n FROM message WHERE message_type <> 'system' AND deleted_at IS NULL AND sender_id <> ?
         AND seq > (SELECT max(first_seq - 1, (SELECT json_extract(cursors, '$.' || user_id || '[1]') FROM receipt)) FROM member WHERE user_id = ?)`,
        id,
        id,
      );
      return Number(row?.n);
    };
    let seed = 7;
    const pick = (below: number) => {
      seed = (seed * 1_103_515_245 + 12_345) % 2_147_483_648;
      return Math.floor((seed / 2_147_483_648) * below);
    };
    let head = 1;
    for (let step = 0; step < 120; step++) {
      const id = ids[pick(4)] ?? "";
      const what = pick(10);
      if (what < 5) head = (await stub().send(id, draft(`m${step}`, head))).ack.seq;
      else if (what < 6 && head > 1) await stub().deleteMessage(ids[0], 2 + pick(head - 1));
      else if (what < 8) await stub().markRead(id, 1 + pick(head));
      else {
        // What is left is what is stored: compare with what the rows say.
        await (what < 9 ? evict(chatId) : crash(chatId));
        for (const each of ids) expect(await unreadOf(stub(), each)).toBe(await truth(each));
      }
    }
  });

  it("UNR1 stops at 999, and reads little for who is far behind", async () => {
    const { chatId, stub, ids } = await group(3);
    const [ada, bela, cleo] = ids;
    await sql(
      chatId,
      `WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 3000)
       INSERT INTO message (seq, born_rev, rev, sender_id, client_msg_id, seen_seq, message_type, content, created_at)
       SELECT 1 + i, 1 + i, 1 + i, iif(i = 5, ?, ?), 'old-' || i, i, 'text', '{"text":"old"}', 1 FROM n`,
      cleo,
      ada,
    );
    await evictDurableObject(stub);
    // Ada has one unread far below three thousand of her own.
    expect([await unreadOf(stub, ada), await unreadOf(stub, bela)]).toEqual([1, UNREAD_CAP]);
    await inChat(chatId, async (object) => {
      const before = object.db.rows.read;
      for (let i = 0; i < 20; i++) {
        await object.send(ada, draft(`more ${i}`, 3_001));
        expect(await unreadOf(object, ada)).toBe(1);
        expect(await unreadOf(object, bela)).toBe(UNREAD_CAP);
      }
      expect(object.db.rows.read - before).toBeLessThan(100);
    });
  });
});

describe("typing", () => {
  it("TYP1 is told to everybody, renewed quietly, and ends by itself", async () => {
    const { chatId, ids } = await group(2);
    const [ada, bela] = await Promise.all([connect(chatId, ids[0]), connect(chatId, ids[1])]);
    ada.send({ type: "TYPING_START" });
    ada.send({ type: "TYPING_START" });
    const started = await bela.next("TYPING");
    expect(started).toMatchObject({ user_id: ids[0], is_typing: true });
    expect(started.expires_at).toBeDefined();
    expect(await bela.next("TYPING", 2)).toMatchObject({ user_id: ids[0], is_typing: false });
    await bela.settle();
    expect(bela.of("TYPING")).toHaveLength(2);
  });

  it("TYP1 ends with TYPING_STOP, with the message, and with the last socket", async () => {
    const { chatId, ids } = await group(2);
    const [phone, laptop, bela] = await Promise.all([
      connect(chatId, ids[0]),
      connect(chatId, ids[0]),
      connect(chatId, ids[1]),
    ]);
    phone.send([{ type: "TYPING_START" }, { type: "TYPING_STOP" }, { type: "TYPING_STOP" }]);
    phone.send([{ type: "TYPING_START" }, { type: "SEND_MESSAGE", ...draft("done", 1) }]);
    await bela.next("MESSAGE_RECEIVED");
    await bela.next("TYPING", 4);
    expect(bela.of("TYPING").map((f) => f.is_typing)).toEqual([true, false, true, false]);
    // The end came with the message, not after the three seconds.
    expect(bela.raw.find((data) => data.includes("MESSAGE_RECEIVED"))).toContain('"is_typing":false');
    phone.send({ type: "TYPING_START" });
    await bela.next("TYPING", 5);
    phone.close();
    laptop.send({ type: "TYPING_START" });
    laptop.close();
    expect(await bela.next("TYPING", 6)).toMatchObject({ is_typing: false });
  });

  it("TYP1 is not for who may not write", async () => {
    const [ada, bela] = [person("Ada"), person("Bela")];
    const { chatId } = await makeDirect(ada, bela);
    const device = await connect(chatId, ada.user_id);
    device.send({ type: "TYPING_START", chat_id: "g0000000000000000000000000" });
    expect(await device.next("ERROR")).toMatchObject({ code: "invalid" });
    await device.settle();
    expect(device.of("TYPING")).toEqual([]);
  });
});

const epochOf = async (chatId: string): Promise<string> =>
  (await sql<{ epoch: string }>(chatId, "SELECT epoch FROM chat"))[0]?.epoch ?? "";
