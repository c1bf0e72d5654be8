import { evictDurableObject } from "cloudflare:test";
import { describe, expect, it } from "vitest";
import { TEXT_BYTES } from "../../src/protocol/limits.ts";
import {
  chatStub,
  connect,
  crash,
  draft,
  faultOf,
  inChat,
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
  return { people, ...(await makeGroup(people)) };
}

const sends = (count: number, seen: number) =>
  Array.from({ length: count }, (_, i) => ({ type: "SEND_MESSAGE", ...draft(`m${i}`, seen) }));

describe("committing", () => {
  it("COM1 answers a lone command at once, and sends what gathered meanwhile as one array per socket", async () => {
    const { chatId, people } = await group();
    const ada = await connect(chatId, people[0].user_id);
    const bela = await connect(chatId, people[1].user_id);
    bela.raw.length = 0;
    ada.send(sends(20, 1));
    await ada.next("MESSAGE_ACK", 20);
    await bela.next("MESSAGE_RECEIVED", 20);
    const news = bela.raw.filter((data) => data.includes("MESSAGE_RECEIVED"));
    // The first went out alone; the nineteen that arrived during its commit went together.
    expect(news).toHaveLength(2);
    expect(JSON.parse(news[0] ?? "")).not.toBeInstanceOf(Array);
    expect(JSON.parse(news[1] ?? "")).toHaveLength(19);
  });

  it("COM2 lets the neighbours of a failing command stand, on disk and in memory", async () => {
    const { chatId, people } = await group(3);
    const [ada, bela, cleo] = people.map((p) => p.user_id) as [string, string, string];
    const device = await connect(chatId, ada);
    const reused = draft("reused", 1);
    device.send([
      ...sends(2, 1),
      { type: "SEND_MESSAGE", ...reused },
      { type: "SEND_MESSAGE", ...reused, content: { text: "changed" } },
      { type: "SEND_MESSAGE", ...draft("ahead", 500) },
      { type: "DELETE_MESSAGE", message_id: `${chatId}.1` },
      { type: "SEND_MESSAGE", ...draft("quotes nothing", 1), reply_to_message_id: `${chatId}.77` },
      ...sends(2, 1),
    ]);
    await device.next("MESSAGE_ACK", 5);
    await device.next("ERROR", 4);
    expect(
      device
        .of("ERROR")
        .map((e) => e.code)
        .sort(),
    ).toEqual(["forbidden", "id_reused", "not_found", "seq_ahead"]);
    expect(device.of("MESSAGE_ACK").map((a) => a.seq)).toEqual([2, 3, 4, 5, 6]);
    expect(device.of("MESSAGE_RECEIVED").map((f) => [f.base, f.rev])).toEqual([
      [1, 2],
      [2, 3],
      [3, 4],
      [4, 5],
      [5, 6],
    ]);

    // A removal in the middle: what came before it stands, what comes after is refused.
    const outcome = await inChat(chatId, async (object) =>
      Promise.allSettled([
        object.send(bela, draft("still here", 1)),
        object.removeMember(ada, bela),
        object.send(bela, draft("gone", 1)),
        object.send(cleo, draft("unharmed", 1)),
      ]),
    );
    expect(outcome.map((o) => o.status)).toEqual(["fulfilled", "fulfilled", "rejected", "fulfilled"]);
    const seqs = await sql<{ seq: number }>(chatId, "SELECT seq FROM message ORDER BY seq");
    expect(seqs.map((row) => row.seq)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9]);
  });

  it("COM2 undoes all that a command wrote before it failed", async () => {
    const { chatId, people } = await group(3);
    const [ada, bela] = people.map((p) => p.user_id) as [string, string];
    // The last statement of a removal fails: the change of its step cannot be written.
    await sql(
      chatId,
      "CREATE TRIGGER stop BEFORE INSERT ON change BEGIN SELECT RAISE(ABORT, 'stopped by a test'); END",
    );
    const outcome = await inChat(chatId, async (object) =>
      Promise.allSettled([
        object.send(ada, draft("before", 1)),
        object.removeMember(ada, bela),
        object.send(bela, draft("after", 1)),
      ]),
    );
    expect(outcome.map((o) => o.status)).toEqual(["fulfilled", "rejected", "fulfilled"]);
    await sql(chatId, "DROP TRIGGER stop");
    const members = await sql<{ removed_at: number | null }>(chatId, "SELECT removed_at FROM member");
    expect(members.map((m) => m.removed_at)).toEqual([null, null, null]);
    expect(await sql(chatId, "SELECT seq FROM message WHERE message_type = 'system'")).toHaveLength(1);
    const device = await connect(chatId, bela);
    expect(await device.next("SNAPSHOT")).toMatchObject({ rev: 3, head_seq: 3, chat: { member_count: 3 } });
  });

  it("COM3 has stored whatever it acknowledged or told, when it is killed at that moment", async () => {
    const { chatId, people } = await group();
    const [ada, bela] = people.map((p) => p.user_id) as [string, string];
    let head = 1;
    for (let round = 0; round < 4; round++) {
      const sender = await connect(chatId, ada);
      const reader = await connect(chatId, bela);
      sender.send(sends(25, head));
      await sender.next("MESSAGE_ACK", 1 + round * 6);
      await crash(chatId);
      const told = [...sender.of("MESSAGE_ACK"), ...reader.of("MESSAGE_RECEIVED").map((f) => ({ ...f.message }))];
      const rows = await sql<{ seq: number; client_msg_id: string }>(
        chatId,
        "SELECT seq, client_msg_id FROM message WHERE client_msg_id IS NOT NULL",
      );
      const stored = new Map(rows.map((row) => [row.seq, row.client_msg_id]));
      for (const { seq, client_msg_id } of told) expect(stored.get(seq)).toBe(client_msg_id);
      head = (await chatHead(chatId)) ?? 0;
      expect(stored.size + 1).toBe(head);
      const { ack } = await chatStub(chatId).send(ada, draft(`after ${round}`, head));
      expect(ack.seq).toBe(head + 1);
      head++;
    }
  });

  it("COM6 tells everybody when a transaction fails as a whole, and goes on with what is stored", async () => {
    const { chatId, people } = await group();
    const [ada, bela] = people.map((p) => p.user_id) as [string, string];
    const device = await connect(chatId, ada);
    const reader = await connect(chatId, bela);
    device.send({ type: "SEND_MESSAGE", ...draft("stored", 1) });
    const { seq } = await reader.next("MESSAGE_RECEIVED").then((f) => f.message);
    reader.send({ type: "MESSAGE_READ", seq });
    await reader.settle();
    await inChat(chatId, (object) => {
      // The first transaction of the next batch fails after all of its commands have run.
      const original = object.db.transaction.bind(object.db);
      let isFirst = true;
      object.db.transaction = (work) => {
        if (!isFirst) return original(work);
        isFirst = false;
        return original(() => {
          work();
          throw new Error("no transaction for this batch");
        });
      };
    });
    const batch = sends(4, 1);
    device.send(batch);
    await device.until(() => device.of("MESSAGE_ACK").length + device.of("ERROR").length === 5, "five answers");
    const lost = device.of("ERROR");
    expect(lost.map((e) => e.code)).toEqual(Array(lost.length).fill("internal"));
    expect(lost.length).toBeGreaterThan(0);
    device.send(batch);
    await device.next("MESSAGE_ACK", device.of("MESSAGE_ACK").length + 4);
    const seqs = await sql<{ seq: number }>(chatId, "SELECT seq FROM message ORDER BY seq");
    expect(seqs.map((row) => row.seq)).toEqual([1, 2, 3, 4, 5, 6]);
    // What was read before is told all the same.
    const receipts = await device.until(
      () =>
        device
          .of("RECEIPTS_CHANGED")
          .flatMap((f) => f.receipts ?? [])
          .find((r) => r.user_id === bela),
      "Bela's receipt",
    );
    expect(receipts.read_seq).toBe(seq);
  });

  it("TXT1 refuses a text that composing makes longer than the limit", async () => {
    const { stub, people } = await group();
    // U+0958 is three bytes, and becomes two letters of three bytes each.
    const growing = "\u0958".repeat(Math.floor(TEXT_BYTES / 3));
    expect(await faultOf(stub.send(people[0].user_id, draft(growing, 1)))).toBe("invalid");
    const longest = "a".repeat(TEXT_BYTES);
    const { message } = await stub.send(people[0].user_id, draft(longest, 1));
    expect(message.content).toEqual({ text: longest });
  });
});

describe("news", () => {
  it("NEW1 acknowledges to the sending socket alone, and tells everybody, the sender's other device too", async () => {
    const { chatId, people } = await group();
    const phone = await connect(chatId, people[0].user_id);
    const laptop = await connect(chatId, people[0].user_id);
    const bela = await connect(chatId, people[1].user_id);
    phone.send({ type: "SEND_MESSAGE", ...draft("hello", 1) });
    const devices = [phone, laptop, bela];
    for (const device of devices) await device.next("MESSAGE_RECEIVED");
    for (const device of devices) await device.settle();
    const [first, ...others] = devices.map((device) => device.of("MESSAGE_RECEIVED"));
    expect(others).toEqual([first, first]);
    expect(devices.map((device) => device.of("MESSAGE_ACK").length)).toEqual([1, 0, 0]);
  });

  it("NEW2 sends arrays only to sockets that chose parley.1, and takes none from others", async () => {
    const { chatId, people } = await group();
    const ada = await connect(chatId, people[0].user_id);
    const plain: TestDevice = await connect(chatId, people[1].user_id, { isBatching: false });
    ada.send(sends(10, 1));
    await plain.next("MESSAGE_RECEIVED", 10);
    expect(plain.raw.filter((data) => data.startsWith("["))).toEqual([]);
    expect(ada.raw.some((data) => data.startsWith("["))).toBe(true);
    plain.send(sends(2, 1));
    expect(await plain.next("ERROR")).toMatchObject({ code: "invalid" });
    expect(plain.of("MESSAGE_ACK")).toEqual([]);
  });

  it("NEW2 sends a batch of very long texts as several messages, in order", async () => {
    const { chatId, people } = await group();
    const reader = await connect(chatId, people[1].user_id);
    await reader.next("SNAPSHOT");
    const text = "x".repeat(60_000);
    await inChat(chatId, (object) =>
      Promise.all(Array.from({ length: 60 }, () => object.send(people[0].user_id, draft(text, 1)))),
    );
    await reader.next("MESSAGE_RECEIVED", 60);
    expect(reader.of("MESSAGE_RECEIVED").map((f) => f.base)).toEqual(Array.from({ length: 60 }, (_, i) => i + 1));
    expect(Math.max(...reader.raw.map((data) => data.length))).toBeLessThan(1_100_000);
    expect(reader.raw.length).toBeLessThan(20);
  });

  it("NEW1 keeps base and rev without a gap over evictions, for every kind of command", async () => {
    const { chatId, stub, people } = await group(3);
    const [ada, bela, cleo] = people.map((p) => p.user_id) as [string, string, string];
    const device = await connect(chatId, ada);
    await stub.send(bela, draft("one", 1));
    await evictDurableObject(stub);
    await stub.deleteMessage(bela, 2);
    await stub.setRole(ada, bela, "admin");
    await evictDurableObject(stub);
    await stub.update(ada, { name: "Renamed" });
    await stub.markRead(cleo, 4);
    await stub.removeMember(bela, cleo);
    await device.next("MEMBERS_CHANGED", 2);
    const stretches = device.frames.flatMap((f) => ("base" in f && "chat_id" in f ? [[f.base, f.rev]] : []));
    expect(stretches.length).toBeGreaterThanOrEqual(6);
    for (const [i, [base = 0, rev = 0]] of stretches.entries()) expect([base, rev]).toEqual([i + 1, i + 2]);
  });
});

const chatHead = async (chatId: string): Promise<number | undefined> =>
  (await sql<{ seq: number }>(chatId, "SELECT max(seq) AS seq FROM message"))[0]?.seq;
