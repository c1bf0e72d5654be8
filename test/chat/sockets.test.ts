import { runDurableObjectAlarm } from "cloudflare:test";
import { describe, expect, it } from "vitest";
import { SLOW_READER_REVS } from "../../durable-objects/shared/limits.ts";
import { newChatId, newSessionId } from "../../src/protocol/ids.ts";
import { FRAME_CHARS } from "../../src/protocol/limits.ts";
import type { UserCalls } from "../../src/protocol/rpc.ts";
import {
  attach,
  bindings,
  chatStub,
  connect,
  draft,
  evict,
  inChat,
  makeGroup,
  person,
  setClock,
  sql,
  type TestDevice,
  type TestPerson,
} from "./room.ts";

const hubOf = (userId: string) => bindings.USERS.get(bindings.USERS.idFromName(userId)) as unknown as UserCalls;

async function group(count: number) {
  const people = Array.from({ length: count }, (_, i) => person(`Person${i}`)) as [TestPerson, ...TestPerson[]];
  return { people, ids: people.map((p) => p.user_id) as [string, string, string], ...(await makeGroup(people)) };
}

describe("attaching", () => {
  it("SOC1 lets members attach alone, and tells who was removed", async () => {
    const { chatId, stub, ids } = await group(3);
    const device = await connect(chatId, ids[1]);
    expect(await device.next("CONNECTED")).toMatchObject({ user_id: ids[1], chat_id: chatId, heartbeat_ms: 30_000 });
    expect((await attach(chatId, person("Eve").user_id)).status).toBe(404);
    expect((await attach(newChatId("group"), ids[1])).status).toBe(404);
    await stub.removeMember(ids[0], ids[2]);
    const gone = await connect(chatId, ids[2]);
    await gone.until(() => gone.closed, "the end of the socket");
    expect(gone.closed?.code).toBe(4404);
    expect(gone.frames).toMatchObject([{ type: "ERROR", code: "removed", chat_id: chatId }]);
  });

  it("SOC1 refuses what is no upgrade, a query that is not sound, and a caller whom the Worker has not named", async () => {
    const { chatId, ids } = await group(2);
    const stub = chatStub(chatId);
    const named = { "x-parley-user": ids[0], "x-parley-session": newSessionId(), "x-parley-device": "d" };
    expect((await stub.fetch("https://parley/connect", { headers: named })).status).toBe(426);
    expect((await stub.fetch("https://parley/connect", { headers: { upgrade: "websocket" } })).status).toBe(426);
    for (const query of ["rev=-1", "rev=1.5", "rev=abc", "epoch=UPPER", "read_seq=1e400"]) {
      const answer = await stub.fetch(`https://parley/connect?${query}`, {
        headers: { ...named, upgrade: "websocket" },
      });
      expect([query, answer.status]).toEqual([query, 400]);
    }
    const shouted = await stub.fetch("https://parley/connect", { headers: { ...named, upgrade: "WebSocket" } });
    expect(shouted.status).toBe(101);
    shouted.webSocket?.accept();
  });
});

describe("frames", () => {
  it("SOC2 answers each invalid frame with an ERROR, serves its neighbours, stores nothing of it, and closes after 50", async () => {
    const { chatId, ids } = await group(2);
    const device = await connect(chatId, ids[0]);
    const bad: (object | string)[] = [
      "{",
      "null",
      "7",
      '"PING"',
      { type: "NOT_A_FRAME" },
      { type: "SEND_MESSAGE" },
      { type: "toString" },
      { ...draft("x", 1), type: "SEND_MESSAGE", extra: 1 },
      { ...draft("x", 1), type: "SEND_MESSAGE", seen_seq: -1 },
      { ...draft("", 1), type: "SEND_MESSAGE" },
      { ...draft("   ", 1), type: "SEND_MESSAGE" },
      { ...draft("\ud800", 1), type: "SEND_MESSAGE" },
      { ...draft("x".repeat(65_537), 1), type: "SEND_MESSAGE" },
      { ...draft("x", 1, "not an id!"), type: "SEND_MESSAGE" },
      { ...draft("x", 1), type: "SEND_MESSAGE", message_type: "system" },
      { type: "DELETE_MESSAGE", message_id: `${chatId}.0` },
      { type: "MESSAGE_READ", seq: 0 },
      { type: "RETRY", original_message: { type: "PING" } },
      [],
      Array.from({ length: 33 }, () => ({ type: "PING" })),
    ];
    for (const frame of bad) device.send(frame);
    await device.next("ERROR", bad.length);
    expect(new Set(device.of("ERROR").map((e) => e.code))).toEqual(new Set(["invalid", "unknown_frame"]));
    device.send([{ type: "NONSENSE" }, { type: "SEND_MESSAGE", ...draft("sound", 1) }]);
    await device.next("MESSAGE_ACK");
    expect(await sql(chatId, "SELECT count(*) AS n FROM message")).toEqual([{ n: 2 }]);
    for (let i = 0; i < 31; i++) device.send({ type: "NONSENSE" });
    await device.until(() => device.closed, "the end of the socket");
    expect(device.closed?.code).toBe(1008);
  });

  it("SOC2 closes a socket that sends too large a frame", async () => {
    const { chatId, ids } = await group(2);
    const device = await connect(chatId, ids[0]);
    device.send(`"${"x".repeat(FRAME_CHARS)}"`);
    await device.until(() => device.closed, "the end of the socket");
    expect(device.closed?.code).toBe(1009);
    expect(device.of("ERROR")).toMatchObject([{ code: "too_large" }]);
  });

  it("SOC3 refuses frames and messages above the limits with the seconds to wait, and serves them later", async () => {
    const { chatId, ids } = await group(2);
    const device = await connect(chatId, ids[0]);
    let now = Date.now();
    await setClock(chatId, () => now);
    const messages = Array.from({ length: 320 }, (_, i) => ({ type: "SEND_MESSAGE", ...draft(`m${i}`, 1) }));
    for (let i = 0; i < messages.length; i += 32) device.send(messages.slice(i, i + 32));
    await device.until(() => device.of("MESSAGE_ACK").length + device.of("ERROR").length === 320, "an answer to each");
    const refused = device.of("ERROR");
    expect(refused).toHaveLength(20);
    for (const error of refused) {
      expect(error).toMatchObject({ code: "rate_limited", chat_id: chatId });
      expect(error.retry_after).toBeGreaterThan(0);
    }
    const held = messages.filter((m) => refused.some((e) => e.client_msg_id === m.client_msg_id));
    now += 10_000;
    device.send(held);
    await device.next("MESSAGE_ACK", 320);

    const pings = Array.from({ length: 32 }, () => ({ type: "PING", timestamp: 1 }));
    for (let i = 0; i < 50; i++) device.send(pings);
    await device.until(() => device.of("PONG").length + device.of("ERROR").length === 1_620, "an answer to each");
    expect(device.of("ERROR").length).toBeGreaterThan(20);
    expect(device.of("ERROR").at(-1)).toMatchObject({ code: "rate_limited" });
    // Another socket of the same person is not held for it.
    const other = await connect(chatId, ids[0]);
    await other.settle();
    await setClock(chatId, Date.now);
  });

  it("SOC3 bounds what is dear: catch-ups, and signs of typing that everybody is told", async () => {
    const { chatId, ids } = await group(2);
    const now = Date.now();
    await setClock(chatId, () => now);
    const device = await connect(chatId, ids[0]);
    const other = await connect(chatId, ids[1]);
    for (let i = 0; i < 5; i++) device.send(Array.from({ length: 30 }, () => ({ type: "CATCH_UP" })));
    await device.next("ERROR", 50);
    expect(device.of("SNAPSHOT")).toHaveLength(101);
    for (let i = 0; i < 30; i++) device.send([{ type: "TYPING_START" }, { type: "TYPING_STOP" }]);
    await device.next("ERROR", 60);
    expect(device.of("ERROR").every((error) => error.code === "rate_limited")).toBe(true);
    await other.settle();
    expect(other.of("TYPING")).toHaveLength(40);
    await setClock(chatId, Date.now);
  });

  it("SOC7 refuses a frame of another chat or of the hub, and keeps the socket", async () => {
    const { chatId, ids } = await group(2);
    const other = await group(2);
    const device = await connect(chatId, ids[0]);
    const foreign = draft("not here", 1);
    device.send({ type: "SEND_MESSAGE", ...foreign, chat_id: other.chatId });
    device.send({ type: "RETRY", original_message: { type: "SEND_MESSAGE", ...foreign, chat_id: other.chatId } });
    device.send({ type: "DELETE_MESSAGE", message_id: `${other.chatId}.1` });
    device.send({ type: "CATCH_UP_INBOX" });
    device.send({ type: "PRESENCE_UPDATE", status: "away" });
    device.send({ type: "CONNECT", token: "token" });
    device.send({ type: "ACKNOWLEDGE", rev: 99 });
    await device.next("ERROR", 7);
    expect(device.of("ERROR").map((e) => e.code)).toEqual([
      "invalid",
      "invalid",
      "not_found",
      "invalid",
      "invalid",
      "invalid",
      "seq_ahead",
    ]);
    expect(
      device
        .of("ERROR")
        .slice(0, 2)
        .map((e) => e.client_msg_id),
    ).toEqual([foreign.client_msg_id, foreign.client_msg_id]);
    device.send({ type: "SEND_MESSAGE", ...draft("here", 1), chat_id: chatId });
    await device.next("MESSAGE_ACK");
  });

  it("SOC2 serves many sockets at once, each its own answers", async () => {
    const { chatId, ids } = await group(40);
    const devices = await Promise.all(ids.map((id) => connect(chatId, id)));
    for (const [i, device] of devices.entries())
      device.send([
        { type: "SEND_MESSAGE", ...draft(`by ${i}`, 1) },
        { type: "NONSENSE" },
        { type: "SEND_MESSAGE", ...draft(`again ${i}`, 1) },
      ]);
    for (const device of devices) {
      await device.next("MESSAGE_RECEIVED", 80);
      await device.next("MESSAGE_ACK", 2);
      expect(device.of("ERROR")).toHaveLength(1);
    }
    const orders = devices.map((device) =>
      device
        .of("MESSAGE_RECEIVED")
        .map((f) => `${f.message.seq} ${f.message.client_msg_id}`)
        .join(),
    );
    expect(new Set(orders).size).toBe(1);
  });
});

describe("the end of sockets", () => {
  it("SOC4 closes the sockets of a revoked session, and of one that was revoked before it attached", async () => {
    const { chatId, ids } = await group(2);
    const [session, other] = [newSessionId(), newSessionId()];
    const device = await connect(chatId, ids[0], { session });
    const kept = await connect(chatId, ids[0], { session: other });
    await device.next("SNAPSHOT");
    await evict(chatId);
    await hubOf(ids[0]).revokeSession(session);
    await device.until(() => device.closed, "the end of the socket");
    expect(device.closed?.code).toBe(4403);
    expect(device.of("ERROR")).toMatchObject([{ code: "session_revoked" }]);
    const late = await connect(chatId, ids[0], { session });
    await late.until(() => late.closed, "the end of the late socket");
    expect(late.closed?.code).toBe(4403);
    await kept.settle();
    expect(kept.closed).toBeUndefined();
  });

  it("SOC5 closes sockets without a sign of life by the alarm, and keeps those with one", async () => {
    const { chatId, ids } = await group(2);
    const silent = await connect(chatId, ids[0]);
    const alive = await connect(chatId, ids[1]);
    await silent.next("SNAPSHOT");
    let now = Date.now() + 60_000;
    await setClock(chatId, () => now);
    // A frame is a sign of life, too: some clients have a heartbeat of their own.
    await alive.settle();
    now += 60_000;
    await inChat(chatId, (object) => object.alarm());
    await silent.until(() => silent.closed, "the end of the silent socket");
    expect(silent.closed?.code).toBe(4410);
    await alive.settle();
    expect(alive.closed).toBeUndefined();
    await setClock(chatId, Date.now);
    await evict(chatId);
    // While somebody is here the alarm comes again.
    expect(await runDurableObjectAlarm(chatStub(chatId))).toBe(true);
    expect(await inChat(chatId, (_, ctx) => ctx.storage.getAlarm())).not.toBeNull();
  });

  it("SOC6 closes a reader that falls behind, not one that has hibernated with everything read", async () => {
    const { chatId, stub, ids } = await group(3);
    const [slow, quick] = await Promise.all([connect(chatId, ids[1]), connect(chatId, ids[2])]);
    await quick.next("SNAPSHOT");
    const leap = (rev: number) =>
      sql(chatId, "UPDATE message SET born_rev = ?, rev = ? WHERE seq = (SELECT max(seq) FROM message)", rev, rev);
    // A long life went by in which both kept up, and then all slept.
    await stub.send(ids[0], draft("one", 1));
    await leap(SLOW_READER_REVS * 3);
    await evict(chatId);
    await stub.send(ids[0], draft("two", 2));
    const { rev } = await quick.next("MESSAGE_RECEIVED", 2);
    expect(rev).toBeGreaterThan(SLOW_READER_REVS * 3);
    // From here on one of them acknowledges and the other does not.
    await inChat(chatId, (object) => {
      object.desk.room.rev += SLOW_READER_REVS;
    });
    quick.send({ type: "ACKNOWLEDGE", rev: rev + SLOW_READER_REVS });
    await quick.settle();
    await stub.send(ids[0], draft("three", 3));
    await slow.until(() => slow.closed, "the end of the slow reader");
    expect(slow.closed?.code).toBe(4408);
    await quick.settle();
    expect(quick.closed).toBeUndefined();
  });

  it("SOC2 makes place for the newest of very many sockets of one person", async () => {
    const { chatId, ids } = await group(2);
    const devices: TestDevice[] = [];
    let now = Date.now();
    for (let i = 0; i < 21; i++) {
      await setClock(chatId, () => now++);
      devices.push(await connect(chatId, ids[0]));
    }
    await devices[0]?.until(() => devices[0]?.closed, "the end of the oldest");
    await devices[20]?.settle();
    expect(devices.filter((device) => device.closed)).toHaveLength(1);
    await setClock(chatId, Date.now);
  });
});
