import { describe, expect, it } from "vitest";
import { stateInLog, tickLine } from "../../web/sync/engine/ticks.ts";
import { Device } from "./device.ts";
import { settle } from "./manual-clock.ts";
import {
  BELA,
  CHAT,
  CLEO,
  connected,
  entry,
  ME,
  member,
  message,
  messages,
  receipt,
  received,
  snapshot,
} from "./sample-chat.ts";

const attached = async () => {
  const device = new Device();
  await device.start();
  const socket = await device.open(messages(1, 3), 3);
  const read = (seq: number) => device.engine.ask("view", { verb: "mark_read", seq });
  return { device, socket, read };
};

describe("receipts", () => {
  it("RCT1 tells what was received and what was read, the first at once, then once a second", async () => {
    const { device, socket, read } = await attached();
    expect(socket.of("MESSAGE_DELIVERED").map((f) => f.seq)).toEqual([3]);
    for (let seq = 4; seq <= 20; seq++) socket.say(received(message(seq, seq)));
    expect(socket.of("MESSAGE_DELIVERED")).toHaveLength(1);
    await device.clock.advance(1_000);
    expect(socket.of("MESSAGE_DELIVERED").map((f) => f.seq)).toEqual([3, 20]);
    await device.clock.advance(1_000);
    await read(15);
    await read(18);
    expect(socket.of("MESSAGE_READ").map((f) => f.seq)).toEqual([15]);
    await device.clock.advance(1_000);
    expect(socket.of("MESSAGE_READ").map((f) => f.seq)).toEqual([15, 18]);
    await read(7);
    await device.clock.advance(5_000);
    expect(socket.of("MESSAGE_READ")).toHaveLength(2);
  });

  it("RCT2 restates its cursors at attach, and never goes above the head", async () => {
    const { device, socket, read } = await attached();
    await read(99);
    expect(socket.of("MESSAGE_READ")).toEqual([]);
    await device.clock.advance(1_000);
    expect(socket.of("MESSAGE_READ").map((f) => f.seq)).toEqual([3]);
    socket.end();
    await device.clock.advance(1_000);
    const second = device.network.last(CHAT);
    expect(second.target).toMatchObject({ delivered_seq: 3, read_seq: 3 });
    second.open();
    // A restored chat ends earlier: nothing is claimed beyond its head.
    second.say(connected(CHAT), snapshot(messages(1, 2), 9, { epoch: "e2" }));
    second.end();
    await device.clock.advance(2_000);
    expect(device.network.last(CHAT).target).toMatchObject({ delivered_seq: 2, read_seq: 2 });
  });

  it("RCT2 remembers over a restart what it owes", async () => {
    const { device, socket, read } = await attached();
    await read(2);
    socket.end();
    const cursors = await device.store.loadCursors();
    expect(cursors).toEqual([{ chat_id: CHAT, delivered_seq: 3, read_seq: 2, is_owed: true }]);
    const again = new Device({ store: device.store });
    await again.start();
    expect(again.network.last(CHAT).target).toMatchObject({ read_seq: 2 });
  });

  it("RCT2 tells what is read in a chat that was restored to an earlier day, though more was told before", async () => {
    const { device, socket, read } = await attached();
    await read(3);
    await device.clock.advance(2_000);
    socket.end();
    await device.clock.advance(2_000);
    const second = device.network.last(CHAT);
    expect(second.target).toMatchObject({ read_seq: 3 });
    second.open();
    second.say(connected(CHAT), { ...snapshot(messages(1, 1), 1), epoch: "e2" });
    await settle();
    second.say({ ...received(message(2, 2)), base: 1 });
    await settle();
    await read(2);
    await device.clock.advance(2_000);
    expect(second.of("MESSAGE_READ").map(({ seq }) => seq)).toEqual([2]);
  });

  it("RCT3 takes over what another device of the person has read", async () => {
    const { device, socket } = await attached();
    expect(device.view().unread).toBe(3);
    socket.say({ type: "RECEIPTS_CHANGED", chat_id: CHAT, base: 3, rev: 4, receipts: [receipt(ME, 3, 2)] });
    await settle();
    expect(device.view().unread).toBe(1);
    device.network.last().say({
      type: "INBOX_CHANGED",
      epoch: "h1",
      base: 1,
      rev: 2,
      entries: [entry(CHAT, 2, { read_seq: 3, head_seq: 3 })],
    });
    await settle();
    expect(device.view().unread).toBe(0);
    expect(device.list.unread).toBe(0);
  });

  it("RCT4 counts every current member but the sender", () => {
    const state = {
      members: new Map([ME, BELA, CLEO].map((id) => [id, member(id)])),
      receipts: new Map([receipt(BELA, 5, 4), receipt(CLEO, 3, 1)].map((r) => [r.user_id, r])),
      is_complete: true,
    };
    expect(tickLine(state, ME)).toEqual({ delivered: 3, read: 1 });
    expect([1, 2, 3, 4].map((seq) => stateInLog(seq, tickLine(state, ME)))).toEqual([
      "read",
      "delivered",
      "delivered",
      "sent",
    ]);
    // Who has read has received; who left does not count; who is not known cannot.
    const left = new Map(state.members).set(CLEO, member(CLEO, { removed_at: "2026-01-01T00:00:00.000Z" }));
    expect(tickLine({ ...state, members: left }, ME)).toEqual({ delivered: 5, read: 4 });
    expect(tickLine({ ...state, receipts: new Map([[BELA, receipt(BELA, 0, 4)]]) }, ME)).toEqual({
      delivered: 0,
      read: 0,
    });
    expect(tickLine({ ...state, is_complete: false }, ME)).toEqual({ delivered: 0, read: 0 });
    expect(tickLine({ ...state, members: new Map([[ME, member(ME)]]) }, ME)).toEqual({ delivered: 0, read: 0 });
  });

  it("RCT4 BLK8 gives one tick to what a cursor has skipped, whatever was read later", () => {
    const state = {
      members: new Map([ME, BELA].map((id) => [id, member(id)])),
      receipts: new Map([[BELA, { ...receipt(BELA, 9, 7), skipped: [{ from_seq: 3, to_seq: 4 }] }]]),
      is_complete: true,
    };
    expect([2, 3, 4, 5, 8].map((seq) => stateInLog(seq, tickLine(state, ME)))).toEqual([
      ...["read", "sent", "sent", "read", "delivered"],
    ]);
  });

  it("RCT4 changes the ticks of those rows alone that they concern", async () => {
    const device = new Device();
    await device.start();
    const rows = [1, 2, 3].map((seq) => message(seq, seq, { sender_id: ME, client_msg_id: `own-${seq}` }));
    const socket = await device.open(rows, 3);
    const before = device.view().messages;
    socket.say({
      type: "RECEIPTS_CHANGED",
      chat_id: CHAT,
      base: 3,
      rev: 4,
      receipts: [receipt(BELA, 3, 1), receipt(CLEO, 2, 1)],
    });
    await settle();
    expect(device.view().messages.map((m) => m.state)).toEqual(["read", "delivered", "sent"]);
    expect(device.view().messages[2]).toBe(before[2]);
  });

  it("RCT5 counts others' texts that are still there", async () => {
    const device = new Device();
    await device.start();
    const rows = [
      message(1, 1, { message_type: "system", content: { event: "chat_created", actor_id: BELA } }),
      message(2, 2),
      message(3, 3, { sender_id: ME }),
      message(4, 4, { content: null, deleted_at: "2026-01-01T00:00:00.000Z" }),
      message(5, 5, { content: null, is_hidden: true }),
      message(6, 6),
    ];
    await device.open(rows, 6);
    expect(device.view().unread).toBe(2);
  });

  it("RCT5 leaves to the chat what lies below the rows it has", async () => {
    const device = new Device();
    await device.start([entry(CHAT, 1, { head_seq: 100, read_seq: 10, unread: 70 })]);
    await device.open(messages(51, 100), 100);
    expect(device.view().unread).toBe(70);
  });
});

describe("typing", () => {
  it("TYP1 tells of it at most every two seconds, and ends it by sending", async () => {
    const { device, socket } = await attached();
    const press = () => device.engine.ask("view", { verb: "typing" });
    for (let i = 0; i < 20; i++) {
      await press();
      await device.clock.advance(100);
    }
    expect(socket.of("TYPING_START")).toHaveLength(1);
    await press();
    expect(socket.of("TYPING_START")).toHaveLength(2);
    await device.compose("mine");
    expect(socket.of("TYPING_STOP")).toHaveLength(1);
    await press();
    expect(socket.of("TYPING_START")).toHaveLength(3);
  });

  it("TYP1 ends others' typing by their word, their message, the time, or the loss of the socket", async () => {
    const { device, socket } = await attached();
    const say = (isTyping: boolean, userId = BELA) =>
      socket.say({ type: "TYPING", chat_id: CHAT, user_id: userId, is_typing: isTyping });
    const names = async () => {
      await settle();
      return device.view().typing.map((one) => one.display_name);
    };
    say(true);
    say(true, CLEO);
    say(true, ME);
    expect(await names()).toEqual(["Bela", "Cleo"]);
    expect(device.list.lines[0]?.typing.map((one) => one.display_name)).toEqual(["Bela", "Cleo"]);
    say(false, CLEO);
    expect(await names()).toEqual(["Bela"]);
    socket.say(received(message(4, 4)));
    expect(await names()).toEqual([]);
    say(true);
    await device.clock.advance(3_000);
    expect(await names()).toEqual(["Bela"]);
    await device.clock.advance(1_500);
    expect(await names()).toEqual([]);
    say(true);
    socket.end();
    expect(await names()).toEqual([]);
  });
});
