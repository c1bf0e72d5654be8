import { describe, expect, it } from "vitest";
import { Fault } from "../../src/domain/fault.ts";
import type { ErrorFrame } from "../../src/protocol/down.ts";
import { MemoryStore } from "../../web/store/memory-store.ts";
import { Device } from "./device.ts";
import { settle } from "./manual-clock.ts";
import { CHAT, caughtUp, connected, EPOCH, entry, ME, message, messages, received, snapshot } from "./sample-chat.ts";
import type { ScriptedSocket } from "./scripted-network.ts";

const attached = async () => {
  const device = new Device();
  await device.start();
  const socket = await device.open(messages(1, 3), 3);
  return { device, socket };
};

const reattach = async (device: Device): Promise<ScriptedSocket> => {
  const before = device.network.count(CHAT);
  for (let i = 0; i < 40 && device.network.count(CHAT) === before; i++) await device.clock.advance(1_000);
  const socket = device.network.last(CHAT);
  socket.open();
  const rev = device.engine.session(CHAT)?.log.cursor?.rev ?? 0;
  socket.say(connected(CHAT), caughtUp(rev, rev));
  await settle();
  return socket;
};

const sent = (socket: ScriptedSocket) => socket.of("SEND_MESSAGE").map((frame) => frame.client_msg_id);
const states = (device: Device) => device.view().messages.flatMap((m) => (m.state === undefined ? [] : [m.state]));
const refuse = (id: string, code: string, retryAfter?: number): ErrorFrame => ({
  type: "ERROR",
  code,
  message: code,
  client_msg_id: id,
  ...(retryAfter === undefined ? {} : { retry_after: retryAfter }),
});
const ack = (id: string, seq: number) =>
  ({
    type: "MESSAGE_ACK",
    chat_id: CHAT,
    client_msg_id: id,
    server_msg_id: `${CHAT}.${seq}`,
    seq,
    timestamp: "2026-01-01T00:00:09.000Z",
  }) as const;
const own = (id: string, seq: number, rev = seq, text = "mine") =>
  message(seq, rev, { sender_id: ME, client_msg_id: id, content: { text } });

describe("the outbox", () => {
  it("OUT1 repeats id, seen_seq and content unchanged, whatever happened in between", async () => {
    const { device, socket } = await attached();
    await device.compose("mine");
    socket.say(received(message(4, 4)));
    socket.end();
    const second = await reattach(device);
    await device.clock.advance(15_000);
    const frames = [...socket.of("SEND_MESSAGE"), ...second.of("SEND_MESSAGE")];
    expect(frames.length).toBeGreaterThan(2);
    for (const frame of frames) expect(frame).toEqual(frames[0]);
    expect(frames[0]?.seen_seq).toBe(3);
  });

  it("OUT2 sends one at a time, in composing order", async () => {
    const { device, socket } = await attached();
    for (const text of ["a", "b", "c"]) await device.compose(text);
    expect(sent(socket)).toEqual(["own-1"]);
    socket.say(ack("own-1", 4), received(own("own-1", 4)));
    await settle();
    expect(sent(socket)).toEqual(["own-1", "own-2"]);
    socket.say(ack("own-2", 5), received(own("own-2", 5)));
    await settle();
    expect(sent(socket)).toEqual(["own-1", "own-2", "own-3"]);
    expect(device.texts().slice(-3)).toEqual(["mine", "mine", "c"]);
  });

  it("OUT2 holds those behind a held one", async () => {
    const { device, socket } = await attached();
    await device.compose("a");
    await device.compose("b");
    socket.say(refuse("own-1", "rate_limited", 3));
    await device.clock.advance(2_900);
    expect(sent(socket)).toEqual(["own-1"]);
    expect(states(device)).toEqual(["retrying", "sending"]);
    await device.clock.advance(200);
    expect(sent(socket)).toEqual(["own-1", "own-1"]);
  });

  it("OUT3 keeps the row, as sent, until its message arrives", async () => {
    const { device, socket } = await attached();
    await device.compose("mine");
    expect(states(device)).toEqual(["sending"]);
    socket.say(ack("own-1", 4));
    await settle();
    expect(states(device)).toEqual(["sent"]);
    expect(await device.store.loadOutbox()).toMatchObject([{ phase: "acknowledged" }]);
    socket.say(received(own("own-1", 4)));
    await settle();
    expect(device.view().messages.map((m) => m.key)).toEqual([...[1, 2, 3].map((n) => `${CHAT}.${n}`), "own-1"]);
    expect(await device.store.loadOutbox()).toEqual([]);
    expect(device.line.unsent).toBe(0);
  });

  it("OUT4 takes the own message in news for an acknowledgement", async () => {
    const { device, socket } = await attached();
    await device.compose("a");
    await device.compose("b");
    socket.say(received(own("own-1", 4)));
    await settle();
    expect(sent(socket)).toEqual(["own-1", "own-2"]);
    expect(
      device
        .view()
        .messages.map((m) => m.key)
        .slice(3),
    ).toEqual(["own-1", "own-2"]);
    await device.clock.advance(9_000);
    expect(sent(socket)).toEqual(["own-1", "own-2"]);
  });

  it("OUT4 retires what came back with the catch-up, and sends the rest", async () => {
    const { device, socket } = await attached();
    await device.compose("a");
    await device.compose("b");
    socket.end();
    await device.clock.advance(1_000);
    const second = device.network.last(CHAT);
    second.open();
    second.say(connected(CHAT), caughtUp(3, 4, [own("own-1", 4)]));
    await settle();
    expect(sent(second)).toEqual(["own-2"]);
  });

  it("OUT5 never fails by being offline", async () => {
    const { device, socket } = await attached();
    socket.end();
    await device.compose("mine");
    expect(states(device)).toEqual(["waiting"]);
    for (let i = 0; i < 30; i++) {
      await device.clock.advance(40_000);
      const last = device.network.last(CHAT);
      if (!last.isClosed) last.end();
    }
    expect(states(device)).toEqual(["waiting"]);
    // Nor by sockets that are lost with the message on its way.
    for (let i = 0; i < 12; i++) {
      const next = await reattach(device);
      expect(sent(next)).toEqual(["own-1"]);
      next.end();
    }
    await settle();
    expect(states(device)).toEqual(["waiting"]);
    expect(device.line).toMatchObject({ unsent: 1, failed: 0 });
  });

  it("OUT6 gives up after five refusals, lets the others pass, and never drops", async () => {
    const { device, socket } = await attached();
    await device.compose("a");
    await device.compose("b");
    for (let i = 0; i < 5; i++) {
      expect(sent(socket)).toHaveLength(i + 1);
      socket.say(refuse("own-1", "internal"));
      if (i < 4) await settle();
      if (i < 4) expect(states(device)[0]).toBe("retrying");
      await device.clock.advance(5_000);
    }
    expect(sent(socket).at(-1)).toBe("own-2");
    expect(states(device)[0]).toBe("failed");
    expect(device.view().messages.at(-2)?.error).toBe("errors.internal");
    expect(device.line).toMatchObject({ unsent: 2, failed: 1 });
    expect((await device.store.loadOutbox()).map((row) => row.phase)).toContain("failed");
  });

  it("OUT6 gives up after five timeouts on a socket that lives", async () => {
    const { device, socket } = await attached();
    await device.compose("a");
    for (let i = 0; i < 400; i++) {
      await device.clock.advance(1_000);
      socket.say({ type: "PONG" });
      device.network.last().say({ type: "PONG" });
    }
    expect(sent(socket)).toHaveLength(5);
    expect(states(device)).toEqual(["failed"]);
    expect(device.view().messages.at(-1)?.error).toBe("errors.unavailable");
  });

  it("OUT7 fails at once what will not change", async () => {
    const { device, socket } = await attached();
    await device.compose("a");
    await device.compose("b");
    socket.say(refuse("own-1", "forbidden"));
    await settle();
    expect(states(device)).toEqual(["failed", "sending"]);
    expect(sent(socket)).toEqual(["own-1", "own-2"]);
    socket.say(refuse("own-2", "something of the future"));
    await settle();
    expect(states(device)[1]).toBe("retrying");
  });

  it("OUT8 keeps retry_after across a reconnect", async () => {
    const { device, socket } = await attached();
    await device.compose("a");
    socket.say(refuse("own-1", "rate_limited", 20));
    socket.end();
    const second = await reattach(device);
    expect(sent(second)).toEqual([]);
    await device.clock.advance(20_000);
    expect(sent(second)).toEqual(["own-1"]);
  });

  it("OUT9 gives back what was never handed over or was refused, and keeps what may arrive", async () => {
    const { device, socket } = await attached();
    const discard = (id: string) => device.engine.ask("view", { verb: "discard", client_msg_id: id });
    await device.compose("a");
    await device.compose("b");
    expect(await discard("own-1")).toBeUndefined();
    expect(await discard("own-2")).toBe("b");
    socket.say(refuse("own-1", "forbidden"));
    expect(await discard("own-1")).toBe("a");
    await device.compose("c");
    socket.end();
    await settle();
    expect(await discard("own-3")).toBeUndefined();
    expect(device.texts().at(-1)).toBe("c");
    expect((await device.store.loadOutbox()).map((row) => row.text)).toEqual(["c"]);
  });

  it("OUT10 tries again with the very same", async () => {
    const { device, socket } = await attached();
    await device.compose("a");
    socket.say(refuse("own-1", "forbidden"));
    await device.engine.ask("view", { verb: "retry", client_msg_id: "own-1" });
    await settle();
    expect(socket.of("SEND_MESSAGE")).toHaveLength(2);
    expect(socket.of("SEND_MESSAGE")[1]).toEqual(socket.of("SEND_MESSAGE")[0]);
    expect(states(device)).toEqual(["sending"]);
  });

  it("OUT11 sends after a restart what the device had not finished, once each", async () => {
    const store = new MemoryStore();
    const first = new Device({ store });
    await first.start();
    const socket = await first.open(messages(1, 3), 3);
    for (const text of ["a", "b", "c"]) await first.compose(text);
    socket.say(ack("own-1", 4));
    await settle();
    first.engine.stop();
    const second = new Device({ store });
    await second.start();
    // Nobody opens the chat: it is owed, so it is connected.
    const next = second.network.last(CHAT);
    next.open();
    next.say(connected(CHAT), caughtUp(3, 4, [own("own-1", 4)]));
    await settle();
    expect(sent(next)).toEqual(["own-2"]);
    next.say(ack("own-2", 5), received(own("own-2", 5)));
    await settle();
    expect(sent(next)).toEqual(["own-2", "own-3"]);
    next.say(ack("own-3", 6), received(own("own-3", 6)));
    await settle();
    expect(await store.loadOutbox()).toEqual([]);
    expect(second.errors).toEqual([]);
  });

  it("OUT12 waits for a new token without counting", async () => {
    const { device, socket } = await attached();
    await device.compose("a");
    for (let i = 0; i < 8; i++) {
      const now = device.network.last(CHAT);
      now.say(refuse("own-1", "unauthenticated"));
      now.end(4401);
      await reattach(device);
    }
    expect(states(device)).toEqual(["sending"]);
    expect(socket.isClosed).toBe(true);
    expect(device.network.renewals).toBeGreaterThan(0);
  });

  it("OUT13 asks for news that an acknowledgement promised", async () => {
    const { device, socket } = await attached();
    await device.compose("a");
    socket.say(ack("own-1", 4));
    await device.clock.advance(9_000);
    expect(socket.of("CATCH_UP")).toEqual([]);
    await device.clock.advance(1_500);
    expect(socket.of("CATCH_UP")).toEqual([{ type: "CATCH_UP", epoch: EPOCH, rev: 3 }]);
    socket.say(caughtUp(3, 4, [own("own-1", 4)]));
    await settle();
    expect(await device.store.loadOutbox()).toEqual([]);
  });

  it("OUT14 sends again what a restored chat has forgotten", async () => {
    const { device, socket } = await attached();
    await device.compose("a");
    socket.say(ack("own-1", 4));
    socket.end();
    await device.clock.advance(1_000);
    const second = device.network.last(CHAT);
    second.open();
    second.say(connected(CHAT), snapshot(messages(1, 3), 3, { epoch: "e2" }));
    await settle();
    expect(sent(second)).toEqual(["own-1"]);
  });

  it("OUT15 paints a deletion at once, keeps it over offline and restart, and undoes it if refused", async () => {
    const store = new MemoryStore();
    const device = new Device({ store });
    await device.start();
    await device.open(messages(1, 3), 3);
    await device.compose("", { kind: "deletion", client_msg_id: "del-1", target_seq: 2, is_transmitted: false });
    expect(device.view().messages.map((m) => m.kind)).toEqual(["text", "deleted", "text"]);
    await device.clock.advance(20_000);
    expect(device.remote.deleted.length).toBeGreaterThan(1);
    device.engine.stop();

    const second = new Device({ store });
    await second.start();
    second.remote.onDelete = () => {
      throw new Fault("forbidden");
    };
    second.engine.openView("view", CHAT, "latest");
    await settle();
    expect(second.view().messages.map((m) => m.kind)).toEqual(["text", "deleted", "text"]);
    const next = second.network.last(CHAT);
    next.open();
    next.say(connected(CHAT), caughtUp(3, 3));
    await settle();
    expect(second.remote.deleted).toEqual([`${CHAT}.2`]);
    expect(second.view().messages.map((m) => m.kind)).toEqual(["text", "text", "text"]);
    expect(await store.loadOutbox()).toEqual([]);
  });

  it("OUT15 keeps a message deleted when the answer comes before the news", async () => {
    const { device } = await attached();
    device.remote.onDelete = () => message(2, 4, { content: null, deleted_at: "2026-01-01T00:00:00.000Z" });
    await device.compose("", { kind: "deletion", client_msg_id: "del-1", target_seq: 2, is_transmitted: false });
    expect(device.remote.deleted).toEqual([`${CHAT}.2`]);
    expect(await device.store.loadOutbox()).toEqual([]);
    expect(device.view().messages.map((m) => m.kind)).toEqual(["text", "deleted", "text"]);
    expect(device.engine.session(CHAT)?.log.cursor?.rev).toBe(3);
    expect((await device.store.loadChat(CHAT, 10))?.messages[1]?.deleted_at).toBeDefined();
  });

  it("OUT16 marks a row before it is handed over", async () => {
    const device = new Device();
    await device.start([entry(CHAT, 1)]);
    await device.open(messages(1, 3), 3);
    device.network.last(CHAT).end();
    await device.compose("a", { is_transmitted: false });
    expect(await device.store.loadOutbox()).toMatchObject([{ is_transmitted: false }]);
    let marked: boolean | undefined;
    const update = device.store.updateOutbox.bind(device.store);
    device.store.updateOutbox = async (row) => {
      marked ??= device.network.last(CHAT).of("SEND_MESSAGE").length === 0 && row.is_transmitted;
      await update(row);
    };
    const next = await reattach(device);
    expect(sent(next)).toEqual(["own-1"]);
    expect(marked).toBe(true);
  });
});
