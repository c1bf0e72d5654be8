import { describe, expect, it } from "vitest";
import { Device, pageOf } from "./device.ts";
import { settle } from "./manual-clock.ts";
import {
  BELA,
  CHAT,
  caughtUp,
  connected,
  entry,
  message,
  messages,
  OTHER_CHAT,
  received,
  snapshot,
} from "./sample-chat.ts";

const attached = async () => {
  const device = new Device();
  await device.start();
  const socket = await device.open(messages(1, 3), 3);
  return { device, socket };
};
const seqs = (device: Device) => device.view().messages.map((m) => m.seq);
const cursor = (device: Device) => device.engine.session(CHAT)?.log.cursor;

describe("the log", () => {
  it("SYN1 applies news that reaches the cursor and ignores what it has", async () => {
    const { device, socket } = await attached();
    socket.say(received(message(4, 4)));
    socket.say(received(message(4, 4)), received(message(3, 3, { content: { text: "old" } })));
    socket.say({
      type: "MESSAGES_CHANGED",
      chat_id: CHAT,
      base: 2,
      rev: 5,
      messages: [message(2, 5, { content: null, deleted_at: "2026-01-01T00:00:00.000Z" })],
    });
    await settle();
    expect(seqs(device)).toEqual([1, 2, 3, 4]);
    expect(device.view().messages.map((m) => m.kind)).toEqual(["text", "deleted", "text", "text"]);
    expect(cursor(device)).toEqual({ epoch: "e1", rev: 5 });
  });

  it("SYN2 keeps what came too early, and applies it when the gap fills, without a question", async () => {
    const { device, socket } = await attached();
    socket.say(received(message(6, 6)), received(message(5, 5)));
    await device.clock.advance(4_999);
    expect(cursor(device)?.rev).toBe(3);
    expect(device.line.status).toBe("syncing");
    socket.say(received(message(4, 4)));
    await settle();
    expect(seqs(device)).toEqual([1, 2, 3, 4, 5, 6]);
    expect(device.line.status).toBe("online");
    await device.clock.advance(10_000);
    expect(socket.of("CATCH_UP")).toEqual([]);
  });

  it("SYN2 asks once, 5 s after the first that came too early, and applies the rest after the answer", async () => {
    const { device, socket } = await attached();
    socket.say(received(message(6, 6)), received(message(7, 7)));
    await device.clock.advance(4_999);
    socket.say(received(message(8, 8)));
    expect(socket.of("CATCH_UP")).toEqual([]);
    await device.clock.advance(1);
    socket.say(received(message(9, 9)));
    expect(socket.of("CATCH_UP")).toEqual([{ type: "CATCH_UP", epoch: "e1", rev: 3 }]);
    expect(cursor(device)?.rev).toBe(3);
    socket.say(caughtUp(3, 6, messages(4, 6)));
    await settle();
    expect(seqs(device)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9]);
    expect(cursor(device)?.rev).toBe(9);
    await device.clock.advance(9_000);
    expect(socket.of("CATCH_UP")).toHaveLength(1);
  });

  it("SYN2 asks at once where a thousand are kept, and never waits with what can be applied", async () => {
    const { device, socket } = await attached();
    for (let seq = 5; seq < 5 + 1_000; seq++) socket.say(received(message(seq, seq)));
    expect(socket.of("CATCH_UP")).toEqual([]);
    socket.say(received(message(2_000, 2_000)));
    expect(socket.of("CATCH_UP")).toHaveLength(1);
    socket.say(received(message(4, 4)));
    expect(cursor(device)?.rev).toBe(1_004);
  });

  it("SYN2 asks again when the answer does not reach what came early", async () => {
    const { device, socket } = await attached();
    socket.say(received(message(9, 9)));
    await device.clock.advance(5_000);
    socket.say(caughtUp(3, 5, messages(4, 5)));
    await device.clock.advance(5_000);
    expect(socket.of("CATCH_UP").map((f) => f.rev)).toEqual([3, 5]);
    // An answer that leads nowhere is not asked for for ever.
    socket.say(caughtUp(5, 5));
    await device.clock.advance(9_000);
    expect(socket.of("CATCH_UP")).toHaveLength(2);
    socket.say(received(message(10, 10)));
    await device.clock.advance(5_000);
    expect(socket.of("CATCH_UP")).toHaveLength(3);
    expect(cursor(device)?.rev).toBe(5);
  });

  it("SYN3 moves the cursor by news that it does not know", async () => {
    const { device, socket } = await attached();
    socket.say({ type: "UNKNOWN", news: { chat_id: CHAT, base: 3, rev: 4 } }, { type: "UNKNOWN" });
    socket.say(received(message(4, 5)));
    await settle();
    expect(cursor(device)?.rev).toBe(5);
    expect(seqs(device)).toEqual([1, 2, 3, 4]);
  });

  it("SYN4 lets a snapshot replace everything but outbox and draft", async () => {
    const { device, socket } = await attached();
    await device.compose("mine");
    socket.say(snapshot(messages(80, 99, 200), 300));
    await settle();
    expect(seqs(device)).toEqual([...Array.from({ length: 20 }, (_, i) => 80 + i), undefined]);
    expect(device.texts().at(-1)).toBe("mine");
    expect((await device.store.loadChat(CHAT, 1_000))?.messages.map((m) => m.seq)[0]).toBe(80);
  });

  it("SYN4 takes a snapshot of its own step, but for rows that are later here", async () => {
    const { device, socket } = await attached();
    const reactions = [{ emoji: "🎉", count: 1, user_ids: [BELA] }];
    socket.say(snapshot([...messages(1, 2), { ...message(3, 3), reactions }], 3));
    await settle();
    expect(device.view().messages.at(-1)?.reactions).toMatchObject([{ emoji: "🎉" }]);
    // An answer over HTTP that came before the news of its step.
    const tombstone = message(2, 4, { content: null, deleted_at: "2026-01-01T00:01:00.000Z" });
    device.remote.onDelete = () => tombstone;
    await device.compose("", { kind: "deletion", client_msg_id: "del-1", target_seq: 2, is_transmitted: false });
    socket.say(snapshot(messages(1, 3), 3));
    await settle();
    expect(device.view().messages.map((one) => one.kind)).toEqual(["text", "deleted", "text"]);
    expect(device.view().messages.at(-1)?.reactions ?? []).toEqual([]);
  });

  it("SYN4 ignores an old snapshot that nobody asked for", async () => {
    const { device, socket } = await attached();
    socket.say(received(message(4, 4)));
    socket.say(snapshot(messages(1, 2), 2));
    expect(cursor(device)?.rev).toBe(4);
    // But the chat's own answer decides, also when it goes back.
    socket.say(received(message(9, 9)));
    await device.clock.advance(5_000);
    socket.say(snapshot(messages(1, 2), 2));
    expect(cursor(device)?.rev).toBe(2);
  });

  it("SYN5 does not apply rows of another epoch, and asks for a snapshot", async () => {
    const { device, socket } = await attached();
    socket.say(received(message(9, 9)));
    await device.clock.advance(5_000);
    socket.say(caughtUp(3, 9, messages(4, 9), "e2"));
    expect(socket.of("CATCH_UP")).toEqual([{ type: "CATCH_UP", epoch: "e1", rev: 3 }, { type: "CATCH_UP" }]);
    socket.say(snapshot(messages(1, 1), 7, { epoch: "e2" }));
    expect(cursor(device)).toEqual({ epoch: "e2", rev: 7 });
  });

  it("SYN6 SYN7 attaches with its cursor, and gives up a socket that leaves it unanswered", async () => {
    const { device, socket } = await attached();
    socket.say(received(message(4, 4)));
    socket.end();
    await device.clock.advance(1_000);
    const second = device.network.last(CHAT);
    expect(second.target).toMatchObject({ kind: "chat", cursor: { epoch: "e1", rev: 4 }, delivered_seq: 4 });
    second.open();
    second.say(connected(CHAT));
    expect(device.network.count(CHAT)).toBe(2);
    await device.clock.advance(10_000);
    expect(second.isClosed).toBe(true);
    await device.clock.advance(1_000);
    const third = device.network.last(CHAT);
    expect(third).not.toBe(second);
    third.open();
    third.say(connected(CHAT), caughtUp(4, 5, [message(5, 5)]));
    await settle();
    expect(seqs(device)).toEqual([1, 2, 3, 4, 5]);
    expect(third.of("CATCH_UP")).toEqual([]);
  });

  it("SYN8 does not let a page bring back what news undid while it was on its way", async () => {
    const device = new Device();
    await device.start();
    const rows = messages(1, 100);
    const socket = await device.open(rows.slice(50), 100);
    let answer: () => void = () => undefined;
    device.remote.onHistory = (place, limit) =>
      new Promise((resolve) => {
        const page = pageOf(rows, place, limit);
        answer = () => resolve(page);
      });
    const loading = device.engine.ask("view", { verb: "load_older" });
    await settle();
    expect(device.view().is_loading_older).toBe(true);
    const tombstone = message(40, 101, { content: null, deleted_at: "2026-01-01T00:00:00.000Z" });
    socket.say({ type: "MESSAGES_CHANGED", chat_id: CHAT, base: 100, rev: 101, messages: [tombstone] });
    answer();
    await loading;
    await settle();
    expect(device.view().messages.find((m) => m.seq === 40)?.kind).toBe("deleted");
    expect(device.view().messages).toHaveLength(100);
    expect((await device.store.loadBefore(CHAT, 41, 1))[0]?.deleted_at).toBeDefined();
  });

  it("SYN8 does not let a page for a screen that was closed meanwhile, or a quote, bring it back either", async () => {
    const device = new Device();
    await device.start([entry(CHAT, 1, { head_seq: 100 })]);
    const rows = messages(1, 100);
    const socket = await device.open(rows.slice(50), 100);
    const answers: (() => void)[] = [];
    device.remote.onHistory = (place, limit) =>
      new Promise((resolve) => {
        const page = pageOf(rows, place, limit);
        answers.push(() => resolve(page));
      });
    const loading = device.engine.ask("view", { verb: "load_older" });
    socket.say(received(message(101, 101, { reply_to_message_id: `${CHAT}.40` })));
    await settle();
    expect(answers).toHaveLength(2);
    device.engine.closeView("view");
    device.engine.openView("other", CHAT, "latest");
    await settle();
    const tombstone = message(40, 102, { content: null, deleted_at: "2026-01-01T00:00:00.000Z" });
    socket.say({ type: "MESSAGES_CHANGED", chat_id: CHAT, base: 101, rev: 102, messages: [tombstone] });
    for (const answer of answers) answer();
    await loading;
    await settle();
    expect(await device.store.loadBefore(CHAT, 41, 1)).toEqual([]);
    expect(device.view("other").messages.at(-1)?.reply_to?.kind).toBe("deleted");
  });

  it("SYN9 acknowledges its cursor every 64 news frames", async () => {
    const { socket } = await attached();
    for (let seq = 4; seq < 4 + 130; seq++) socket.say(received(message(seq, seq)));
    expect(socket.of("ACKNOWLEDGE").map((f) => f.rev)).toEqual([67, 131]);
  });

  it("SYN10 takes a changed row from before the window for what it is", async () => {
    const device = new Device();
    await device.start();
    const socket = await device.open(messages(51, 100), 100);
    const tombstone = message(7, 101, { content: null, deleted_at: "2026-01-01T00:00:00.000Z" });
    socket.say({ type: "MESSAGES_CHANGED", chat_id: CHAT, base: 100, rev: 101, messages: [tombstone] });
    socket.say(received(message(101, 102)));
    await settle();
    expect(seqs(device)).toEqual(Array.from({ length: 51 }, (_, i) => 51 + i));
    expect([...(device.engine.session(CHAT)?.log.state?.messages.keys() ?? [])].sort((a, b) => a - b)[0]).toBe(51);
  });

  it("SYN13 fixes the New line on opening", async () => {
    const device = new Device();
    await device.start();
    const rows = messages(1, 10);
    device.engine.openView("view", CHAT, "latest");
    await settle();
    const socket = device.network.last(CHAT);
    socket.open();
    socket.say(
      connected(CHAT),
      snapshot(rows, 10, { receipts: [{ user_id: "uaaaaaaaaaaaaaaaa", delivered_seq: 10, read_seq: 6 }] }),
    );
    await settle();
    expect(device.view().first_unread_seq).toBe(7);
    expect(device.view().unread).toBe(4);
    await device.engine.ask("view", { verb: "mark_read", seq: 10 });
    socket.say(received(message(11, 11)));
    await settle();
    expect(device.view().first_unread_seq).toBe(7);
    expect(device.view().unread).toBe(1);
  });

  it("SYN12 keeps a row's object while it looks the same", async () => {
    const { device, socket } = await attached();
    const before = device.view().messages;
    socket.say(received(message(4, 4)));
    await settle();
    const after = device.view().messages;
    expect(after.slice(0, 3).every((m, i) => m === before[i])).toBe(true);
    expect(after).not.toBe(before);
    socket.say({ type: "TYPING", chat_id: CHAT, user_id: BELA, is_typing: true });
    await settle();
    expect(device.view().messages).toBe(after);
  });

  it("SYN12 shows the same object while nothing on the screen changed", async () => {
    const { device, socket } = await attached();
    const before = device.view();
    const line = device.line;
    socket.say({ type: "PONG" });
    device.network.last().say({ type: "INBOX_CHANGED", epoch: "h1", base: 1, rev: 2, entries: [entry(OTHER_CHAT, 2)] });
    device.engine.drafted(CHAT, "half a", 1);
    await settle();
    expect(device.list.lines).toHaveLength(2);
    expect(device.view()).toBe(before);
    expect(device.line).toBe(line);
    socket.say(received(message(4, 4)));
    await settle();
    expect(device.view()).not.toBe(before);
  });
});
