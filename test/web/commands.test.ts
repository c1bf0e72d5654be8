import { describe, expect, it } from "vitest";
import type { DownOf, ErrorFrame } from "../../src/protocol/down.ts";
import type { Message } from "../../src/protocol/message.ts";
import { MemoryStore } from "../../web/store/memory-store.ts";
import { type Command, newCommand } from "../../web/sync/engine/outbox-row.ts";
import { Device, pageOf } from "./device.ts";
import { settle } from "./manual-clock.ts";
import { BELA, CHAT, caughtUp, connected, entry, ME, message, messages, received, snapshot } from "./sample-chat.ts";
import type { ScriptedSocket } from "./scripted-network.ts";

const own = (seq: number, rev: number, patch: Partial<Message> = {}) =>
  message(seq, rev, { sender_id: ME, client_msg_id: `own-${seq}`, content: { text: "mine" }, ...patch });

/** Two messages by Bela, one of one's own, attached. */
const attached = async (rows: Message[] = [...messages(1, 2), own(3, 3)], store = new MemoryStore()) => {
  const device = new Device({ store });
  await device.start();
  const socket = await device.open(rows, rows.at(-1)?.rev ?? 3);
  return { device, socket };
};

let ids = 0;
const give = async (device: Device, command: Command, seq: number, text = "") => {
  const id = `cmd-${++ids}`;
  const row = newCommand("command", CHAT, command, { id, now: device.clock.now(), target: seq, text });
  device.engine.written(await device.store.addOutbox(row));
  await settle();
  return id;
};
const edit = (device: Device, seq: number, rev: number, text: string) =>
  give(device, { type: "EDIT_MESSAGE", message_rev: rev }, seq, text);
const react = (device: Device, seq: number, emoji = "👍", isSet = true) =>
  give(device, { type: "SET_REACTION", emoji, is_set: isSet }, seq);

const done = (id: string, rev: number) => ({ type: "COMMAND_ACK", chat_id: CHAT, command_id: id, rev }) as const;
const refused = (id: string, code: string): ErrorFrame => ({ type: "ERROR", code, message: code, command_id: id });
const changed = (row: Message, base = row.rev - 1): DownOf<"MESSAGES_CHANGED"> => ({
  type: "MESSAGES_CHANGED",
  chat_id: CHAT,
  base,
  rev: row.rev,
  messages: [row],
});
const shown = (device: Device, seq: number) => device.view().messages.find((one) => one.seq === seq);

const reattach = async (device: Device, rev: number, rows: Message[] = [], base = rev): Promise<ScriptedSocket> => {
  const before = device.network.count(CHAT);
  for (let i = 0; i < 40 && device.network.count(CHAT) === before; i++) await device.clock.advance(1_000);
  const socket = device.network.last(CHAT);
  socket.open();
  socket.say(connected(CHAT), caughtUp(base, rev, rows));
  await settle();
  return socket;
};

describe("commands on messages", () => {
  it("CMD1 paints an edit before any network, and keeps it until the news brings it", async () => {
    const { device, socket } = await attached();
    const id = await edit(device, 3, 3, "better");
    expect(shown(device, 3)).toMatchObject({ text: "better", edited_at: device.clock.now() });
    expect(socket.of("EDIT_MESSAGE")).toEqual([
      { type: "EDIT_MESSAGE", message_id: `${CHAT}.3`, command_id: id, message_rev: 3, content: { text: "better" } },
    ]);
    socket.say(done(id, 4));
    await settle();
    expect(shown(device, 3)?.text).toBe("better");
    expect(await device.store.loadOutbox()).toHaveLength(1);
    socket.say(changed(own(3, 4, { content: { text: "better" }, edited_at: "2026-01-01T00:00:05.000Z" })));
    await settle();
    expect(shown(device, 3)).toMatchObject({ text: "better", edited_at: Date.UTC(2026, 0, 1, 0, 0, 5) });
    expect(await device.store.loadOutbox()).toEqual([]);
  });

  it("CMD1 takes reactions and pins back and forth without counting twice", async () => {
    const { device, socket } = await attached([
      message(1, 1, { reactions: [{ emoji: "👍", count: 1, user_ids: [BELA] }] }),
    ]);
    const id = await react(device, 1);
    expect(shown(device, 1)?.reactions).toEqual([{ emoji: "👍", count: 2, is_own: true, user_ids: [BELA, ME] }]);
    // The news comes before the answer: painted over it, it changes nothing.
    socket.say(changed(message(1, 2, { reactions: [{ emoji: "👍", count: 2, user_ids: [BELA, ME] }] })));
    await settle();
    expect(shown(device, 1)?.reactions?.[0]?.count).toBe(2);
    socket.say(done(id, 2));
    await react(device, 1, "👍", false);
    expect(shown(device, 1)?.reactions).toEqual([{ emoji: "👍", count: 1, is_own: false, user_ids: [BELA] }]);
    await give(device, { type: "SET_PIN", is_pinned: true }, 1);
    expect(shown(device, 1)?.is_pinned).toBe(true);
  });

  it("CMD2 repeats a command unchanged until it is answered, over cuts and restarts", async () => {
    const { device, socket } = await attached();
    await edit(device, 3, 3, "better");
    socket.end();
    const second = await reattach(device, 3);
    device.engine.stop();
    const again = new Device({ store: device.store });
    await again.start();
    again.engine.openView("view", CHAT, "latest");
    const third = await reattach(again, 3);
    expect(shown(again, 3)?.text).toBe("better");
    const frames = [socket, second, third].flatMap((one) => one.of("EDIT_MESSAGE"));
    expect(frames).toHaveLength(3);
    for (const frame of frames) expect(frame).toEqual(frames[0]);
  });

  it("CMD2 drops what was done before a restart once the log is there", async () => {
    const { device, socket } = await attached();
    const id = await react(device, 1);
    socket.say(done(id, 4));
    await settle();
    socket.end();
    const row = message(1, 4, { reactions: [{ emoji: "👍", count: 1, user_ids: [ME] }] });
    const second = await reattach(device, 4, [row], 3);
    expect(second.of("SET_REACTION")).toEqual([]);
    expect(await device.store.loadOutbox()).toEqual([]);
    expect(shown(device, 1)?.reactions).toMatchObject([{ count: 1, is_own: true }]);
  });

  it("CMD3 undoes what is refused, and says so once", async () => {
    const { device, socket } = await attached();
    const id = await give(device, { type: "SET_PIN", is_pinned: true }, 1);
    socket.say(refused(id, "forbidden"));
    await settle();
    expect(shown(device, 1)?.is_pinned).toBeUndefined();
    expect(device.refusals).toEqual([{ chat_id: CHAT, error: "errors.forbidden", verb: "pin", seq: 1 }]);
    expect(await device.store.loadOutbox()).toEqual([]);
  });

  it("CMD3 gives the text of a stale edit back, and catches up", async () => {
    const { device, socket } = await attached();
    const id = await edit(device, 3, 3, "better");
    socket.say(refused(id, "stale"));
    await settle();
    expect(device.refusals).toEqual([{ chat_id: CHAT, error: "errors.stale", verb: "edit", seq: 3, text: "better" }]);
    expect(shown(device, 3)?.text).toBe("mine");
    expect(socket.of("CATCH_UP")).toHaveLength(1);
  });

  it("CMD4 waits its turn among the messages of its chat", async () => {
    const { device, socket } = await attached();
    await device.compose("a");
    const id = await react(device, 1);
    await device.compose("b");
    const kinds = () => socket.sent.map((frame) => frame.type).filter((type) => type.startsWith("SE"));
    expect(kinds()).toEqual(["SEND_MESSAGE"]);
    socket.say(received(own(4, 4, { client_msg_id: "own-1" })));
    await settle();
    expect(kinds()).toEqual(["SEND_MESSAGE", "SET_REACTION"]);
    socket.say(done(id, 5));
    await settle();
    expect(kinds()).toEqual(["SEND_MESSAGE", "SET_REACTION", "SEND_MESSAGE"]);
  });

  it("CMD5 says only the last word on a state, but never takes back what was handed over", async () => {
    const { device, socket } = await attached();
    socket.end();
    await react(device, 1, "👍", true);
    const last = await react(device, 1, "👍", false);
    await react(device, 1, "🎉", true);
    const second = await reattach(device, 3);
    expect(second.of("SET_REACTION").map((frame) => frame.command_id)).toEqual([last]);
    // Under way now: another word goes behind it.
    await react(device, 1, "👍", true);
    expect((await device.store.loadOutbox()).map((row) => row.command)).toMatchObject([
      { emoji: "👍", is_set: false },
      { emoji: "🎉", is_set: true },
      { emoji: "👍", is_set: true },
    ]);
  });

  it("CMD6 an edit behind an edit names what the first one made", async () => {
    const { device, socket } = await attached();
    const first = await edit(device, 3, 3, "better");
    await edit(device, 3, 3, "best");
    expect(shown(device, 3)?.text).toBe("best");
    socket.say(done(first, 4), changed(own(3, 4, { content: { text: "better" } })));
    await settle();
    expect(socket.of("EDIT_MESSAGE").map((frame) => frame.message_rev)).toEqual([3, 4]);
    expect(shown(device, 3)?.text).toBe("best");
  });

  it("CMD6 an edit of a message that has not come back waits for its row", async () => {
    const { device, socket } = await attached();
    await device.compose("a");
    socket.say({
      type: "MESSAGE_ACK",
      chat_id: CHAT,
      client_msg_id: "own-1",
      server_msg_id: `${CHAT}.4`,
      seq: 4,
      timestamp: "2026-01-01T00:00:09.000Z",
    });
    await edit(device, 4, 0, "better");
    expect(socket.of("EDIT_MESSAGE")).toEqual([]);
    socket.say(received(own(4, 4, { client_msg_id: "own-1" })));
    await settle();
    expect(socket.of("EDIT_MESSAGE")).toMatchObject([{ message_rev: 4 }]);
  });

  it("CMD7 a chat that is over forgets the commands for it", async () => {
    const { device, socket } = await attached();
    await react(device, 1);
    socket.end(4404);
    await settle();
    expect(await device.store.loadOutbox()).toEqual([]);
    expect(device.refusals).toEqual([]);
  });
});

describe("what a message shows", () => {
  it("QUO1 quotes from memory, follows the quoted one, and shows no more than may be shown", async () => {
    const reply = message(3, 3, { reply_to_message_id: `${CHAT}.1` });
    const { device, socket } = await attached([...messages(1, 2), reply]);
    const quote = {
      message_id: `${CHAT}.1`,
      seq: 1,
      sender_id: BELA,
      sender_name: "Bela",
      kind: "text",
      text: "text 1",
    };
    expect(shown(device, 3)?.reply_to).toEqual(quote);
    socket.say(changed(message(1, 4, { content: { text: "text one" } })));
    await settle();
    expect(shown(device, 3)?.reply_to?.text).toBe("text one");
    socket.say(changed(message(1, 5, { content: null, deleted_at: "2026-01-01T00:01:00.000Z" })));
    await settle();
    expect(shown(device, 3)?.reply_to).toEqual({
      message_id: `${CHAT}.1`,
      seq: 1,
      sender_name: "Bela",
      kind: "deleted",
    });
  });

  it("QUO2 looks up what is quoted from far away, once", async () => {
    const device = new Device();
    device.remote.onHistory = (place, limit) => pageOf(messages(1, 500), place, limit);
    await device.start([entry(CHAT, 1, { head_seq: 500 })]);
    const rows = messages(450, 499);
    const reply = message(500, 500, { reply_to_message_id: `${CHAT}.7` });
    const socket = await device.open([...rows, reply], 500);
    await settle();
    expect(shown(device, 500)?.reply_to).toMatchObject({ seq: 7, kind: "text", text: "text 7", sender_name: "Bela" });
    socket.say(received(message(501, 501, { reply_to_message_id: `${CHAT}.7` })));
    await settle();
    expect(device.remote.asked.filter(({ place }) => "around_seq" in place)).toHaveLength(1);
  });

  it("QUO3 an own answer says what it answers, at once and on the wire", async () => {
    const { device, socket } = await attached();
    await device.compose("because", { reply_to_seq: 2 });
    expect(device.view().messages.at(-1)?.reply_to).toMatchObject({ seq: 2, text: "text 2", sender_name: "Bela" });
    expect(socket.of("SEND_MESSAGE")).toMatchObject([{ reply_to_message_id: `${CHAT}.2` }]);
  });

  it("VIE1 says who may edit until when, and who was called", async () => {
    const { device } = await attached([
      message(1, 1, { content: { text: "@Ada", mentions: [{ offset: 0, length: 4, user_id: ME }] } }),
      own(2, 2),
      own(3, 3, { forwarded: { sender_id: BELA, sender_name: "Bela", created_at: "2026-01-01T00:00:00.000Z" } }),
      message(4, 4, { reply_to_message_id: `${CHAT}.2` }),
    ]);
    expect(shown(device, 1)).toMatchObject({ is_mention: true });
    expect(shown(device, 1)?.editable_until).toBeUndefined();
    expect(shown(device, 2)?.editable_until).toBe(Date.UTC(2026, 0, 1, 0, 5, 2));
    expect(shown(device, 3)?.editable_until).toBeUndefined();
    expect(shown(device, 3)?.forwarded_from).toBe("Bela");
    expect(shown(device, 4)?.is_mention).toBe(true);
  });

  it("CMD2 a snapshot ends what was acknowledged before it", async () => {
    const { device, socket } = await attached();
    const id = await react(device, 1);
    socket.say(done(id, 900));
    await settle();
    socket.say(snapshot([...messages(1, 2), own(3, 3)], 950));
    await settle();
    expect(await device.store.loadOutbox()).toEqual([]);
    expect(shown(device, 1)?.reactions).toBeUndefined();
  });
});
