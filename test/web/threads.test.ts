import { describe, expect, it } from "vitest";
import { Fault } from "../../src/domain/fault.ts";
import type { Message } from "../../src/protocol/message.ts";
import { MemoryStore } from "../../web/store/memory-store.ts";
import type { ThreadPage } from "../../web/sync/engine/ports.ts";
import { ARRIVED_MS } from "../../web/sync/engine/thread-reads.ts";
import { composerOf } from "./composing.ts";
import { Device } from "./device.ts";
import { settle } from "./manual-clock.ts";
import { BELA, CHAT, CLEO, caughtUp, connected, ME, message, messages, received, snapshot } from "./sample-chat.ts";

const ROOT = `${CHAT}.1`;
const answer = (seq: number, rev = seq, patch: Partial<Message> = {}) =>
  message(seq, rev, { thread_root_message_id: ROOT, content: { text: `answer ${seq}` }, ...patch });
const root = (rev: number, replies: number, last: number) =>
  message(1, rev, {
    thread: {
      reply_count: replies,
      last_reply_at: "2026-01-01T00:00:05.000Z",
      last_reply_seq: last,
      user_ids: [BELA],
    },
  });

const pageOf = (
  rows: Message[],
  patch: Partial<ThreadPage> & { unread?: number; read_seq?: number } = {},
): ThreadPage => {
  const { unread = 0, read_seq = 0, ...rest } = patch;
  return {
    messages: rows,
    has_more: false,
    has_newer: false,
    head_seq: 100,
    rev: 100,
    thread: { root: root(90, rows.length, rows.at(-1)?.seq ?? 0), unread, read_seq, is_following: true },
    ...rest,
  };
};

const started = async (rows: Message[], rev?: number) => {
  const device = new Device();
  await device.start();
  const socket = await device.open(rows, rev);
  return { device, socket, composer: composerOf(device) };
};
const opened = async (device: Device) => {
  device.engine.openView("thread", CHAT, "latest", 1);
  await settle();
};
const texts = (device: Device) => device.thread("thread").messages.map((one) => one.text);

describe("answers in threads", () => {
  it("THD1 stand in their thread alone: not in the timeline, the count, the New line or the list", async () => {
    const rows = [root(6, 2, 4), message(2, 2), answer(3), answer(4), message(5, 5)];
    const { device, socket } = await started(rows, 6);
    expect(device.view().messages.map((one) => one.seq)).toEqual([1, 2, 5]);
    expect(device.view().messages[0]?.thread).toEqual({
      reply_count: 2,
      last_reply_at: Date.parse("2026-01-01T00:00:05.000Z"),
      last_reply_seq: 4,
      user_ids: [BELA],
    });
    expect(device.view().unread).toBe(3);
    socket.say({ ...received(answer(6, 7)), root: root(7, 3, 6) });
    await settle();
    expect(device.view().messages.map((one) => one.seq)).toEqual([1, 2, 5]);
    expect(device.view().messages[0]?.thread?.reply_count).toBe(3);
    expect(device.view().unread).toBe(3);
    expect(device.arrivals).toEqual([]);
    expect(device.list.lines[0]).toMatchObject({ preview: { seq: 5 }, unread: 3 });
  });

  it("THD1 are jumped over when older ones are asked for", async () => {
    const rows = Array.from({ length: 300 }, (_, i) => (i > 20 && i < 240 ? answer(i + 1) : message(i + 1, i + 1)));
    const { device } = await started(rows.slice(250), 300);
    device.remote.onHistory = (place, limit) => {
      const before = "before_seq" in place ? place.before_seq : 0;
      const page = rows.filter((m) => m.seq < before).slice(-limit);
      return { messages: page, has_more: true, has_newer: true, head_seq: 300, rev: 300 };
    };
    await device.engine.ask("view", { verb: "load_older" });
    expect(device.view().messages[0]?.seq).toBe(241);
    await device.engine.ask("view", { verb: "load_older" });
    await settle();
    expect(device.view().messages[0]?.seq).toBeLessThan(22);
    expect(device.view().is_loading_older).toBe(false);
  });

  it("THD1 do not let a chat look empty whose end they are", async () => {
    const rows = Array.from({ length: 200 }, (_, i) => (i >= 100 ? answer(i + 1) : message(i + 1, i + 1)));
    const device = new Device();
    device.remote.onHistory = (place, limit) => {
      const before = "before_seq" in place ? place.before_seq : 0;
      const page = rows.filter((m) => m.seq < before).slice(-limit);
      return { messages: page, has_more: true, has_newer: true, head_seq: 200, rev: 200 };
    };
    await device.start();
    await device.open(rows.slice(150), 200);
    await settle();
    expect(device.view().messages.map((one) => one.seq)).toEqual(Array.from({ length: 50 }, (_, i) => 51 + i));
  });

  it("THD2 a thread is painted from what the device has, then from the server, then by news", async () => {
    const { device, socket } = await started([...messages(1, 2), answer(3)], 3);
    let give: (page: ThreadPage) => void = () => undefined;
    device.remote.onThread = () => new Promise((resolve) => (give = resolve));
    await opened(device);
    expect(device.thread("thread")).toMatchObject({ status: "ready", root: { seq: 1 }, is_following: false });
    expect(texts(device)).toEqual(["answer 3"]);
    give(pageOf([answer(3)], { unread: 1, read_seq: 2 }));
    await settle();
    expect(device.thread("thread")).toMatchObject({
      is_following: true,
      unread: 1,
      first_unread_seq: 3,
      has_older: false,
    });
    socket.say({ ...received(answer(4, 91)), base: 3, root: root(91, 2, 4) });
    await settle();
    expect(texts(device)).toEqual(["answer 3", "answer 4"]);
    expect(device.thread("thread").unread).toBe(2);
    expect(device.thread("thread").root?.thread?.reply_count).toBe(2);
  });

  it("THD2 pages back, and takes no page for newer than the news", async () => {
    const { device, socket } = await started(messages(80, 82), 82);
    const rows = Array.from({ length: 60 }, (_, i) => answer(i + 2));
    device.remote.onThread = (_, before) => {
      const page = rows.filter((m) => m.seq < (before ?? 1_000)).slice(-50);
      return pageOf(page, { has_more: (page[0]?.seq ?? 2) > 2 });
    };
    await opened(device);
    expect(texts(device)).toHaveLength(50);
    expect(device.thread("thread").has_older).toBe(true);
    let give: () => void = () => undefined;
    device.remote.onThread = () =>
      new Promise((resolve) => {
        give = () => resolve(pageOf(rows.slice(0, 10)));
      });
    const loading = device.engine.ask("thread", { verb: "load_older" });
    await settle();
    expect(device.thread("thread").is_loading_older).toBe(true);
    const tombstone = answer(5, 95, { content: null, deleted_at: "2026-01-01T00:00:00.000Z" });
    socket.say({ type: "MESSAGES_CHANGED", chat_id: CHAT, base: 82, rev: 95, messages: [tombstone] });
    give();
    await loading;
    await settle();
    expect(device.thread("thread").messages).toHaveLength(60);
    expect(device.thread("thread").messages[3]?.kind).toBe("deleted");
    expect(device.thread("thread").has_older).toBe(false);
  });

  it("THD2 offline it shows what is cached, and asks when it is attached again", async () => {
    const { device, socket } = await started([...messages(1, 2), answer(3)], 3);
    socket.end();
    await opened(device);
    expect(texts(device)).toEqual(["answer 3"]);
    device.remote.onThread = () => pageOf([answer(3), answer(4, 90)]);
    await device.clock.advance(1_000);
    const second = device.network.last(CHAT);
    second.open();
    second.say(connected(CHAT), caughtUp(3, 90, [answer(4, 90)]));
    await settle();
    expect(texts(device)).toEqual(["answer 3", "answer 4"]);
    expect(device.thread("thread").is_following).toBe(true);
  });

  it("THD2 a snapshot makes what was known of it void", async () => {
    const { device, socket } = await started([...messages(1, 2), answer(3)], 3);
    device.remote.onThread = () => pageOf([answer(3)]);
    await opened(device);
    device.remote.onThread = () => pageOf([answer(3, 90, { content: { text: "another life" } })]);
    socket.say(snapshot([message(1, 1), message(2, 2)], 90, { epoch: "e2" }));
    await settle();
    expect(texts(device)).toEqual(["another life"]);
  });

  it("THD2 a page that was read before a snapshot is void with all the rest, and is read again", async () => {
    const { device, socket } = await started([root(3, 2, 3), answer(2), answer(3)], 3);
    const arrive: ((page: ThreadPage) => void)[] = [];
    device.remote.onThread = () => new Promise<ThreadPage>((resolve) => arrive.push(resolve));
    await opened(device);
    expect(arrive).toHaveLength(1);
    // What was deleted since then is not among the few messages of the snapshot.
    const late = messages(150, 199, 200);
    socket.say(snapshot(late, 300, { epoch: "e2" }));
    await settle();
    expect(arrive).toHaveLength(2);
    arrive[0]?.(pageOf([answer(2, 2, { content: { text: "regretted" } }), answer(3)]));
    await settle();
    expect(texts(device)).toEqual([]);
    expect(device.thread("thread").is_loading_older).toBe(true);
    arrive[1]?.(pageOf([answer(3, 250)]));
    await settle();
    expect(texts(device)).toEqual(["answer 3"]);
    expect(device.thread("thread").is_loading_older).toBe(false);
  });

  it("THD2 shows offline all the answers that the device has, also from before those in memory", async () => {
    const rows = [root(2, 1, 2), answer(2), answer(3), ...messages(4, 320), answer(321)];
    const device = new Device();
    await device.start();
    const first = await device.open(rows.slice(-100), 321);
    device.remote.onHistory = (place) => {
      const before = "before_seq" in place ? place.before_seq : 0;
      return { messages: rows.slice(2, before - 1), has_more: true, has_newer: true, head_seq: 321, rev: 321 };
    };
    await device.engine.ask("view", { verb: "load_older" });
    await settle();
    first.end();
    await opened(device);
    expect(texts(device)).toEqual(["answer 3", "answer 321"]);
    expect(device.thread("thread").has_older).toBe(true);
  });

  it("THD3 what is written there is shown there alone, and carries its thread", async () => {
    const { device, socket, composer } = await started(messages(1, 2));
    device.remote.onThread = () => pageOf([]);
    await opened(device);
    await composer.message("text", { text: "mine" }, { thread_root_seq: 1 });
    await settle();
    expect(texts(device)).toEqual(["mine"]);
    expect(device.view().messages).toHaveLength(2);
    const [frame] = socket.of("SEND_MESSAGE");
    expect(frame).toMatchObject({ thread_root_message_id: ROOT, content: { text: "mine" } });
    const row = answer(3, 3, { sender_id: ME, client_msg_id: frame?.client_msg_id, content: { text: "mine" } });
    socket.say(received(row));
    await settle();
    expect(device.thread("thread").messages).toMatchObject([{ seq: 3, text: "mine", state: "sent" }]);
    expect(await device.store.loadOutbox()).toEqual([]);
  });

  it("THD4 following is painted at once, repeated until it is answered, and undone if it is refused", async () => {
    const { device, socket, composer } = await started(messages(1, 2));
    device.remote.onThread = () => pageOf([]);
    await opened(device);
    await composer.command("command", { type: "FOLLOW_THREAD", is_following: false }, 1);
    await settle();
    expect(device.thread("thread").is_following).toBe(false);
    const [frame] = socket.of("FOLLOW_THREAD");
    expect(frame).toMatchObject({ message_id: ROOT, is_following: false });
    socket.say({ type: "COMMAND_ACK", chat_id: CHAT, command_id: frame?.command_id ?? "", rev: 2 });
    await settle();
    expect(device.thread("thread").is_following).toBe(false);
    await composer.command("command", { type: "FOLLOW_THREAD", is_following: true }, 1);
    await settle();
    const second = socket.of("FOLLOW_THREAD")[1];
    socket.say({ type: "ERROR", code: "not_found", message: "no", command_id: second?.command_id });
    await settle();
    expect(device.thread("thread").is_following).toBe(false);
    expect(device.refusals).toMatchObject([{ verb: "thread", seq: 1 }]);
  });

  it("THD7 TAB7 a New line that stood on the screen already stays, whatever was read since", async () => {
    const { device } = await started([message(1, 1), answer(2), answer(3)], 3);
    device.remote.onThread = () => pageOf([answer(2), answer(3)], { unread: 0, read_seq: 3 });
    device.engine.openView("handed over", CHAT, "latest", 1, 2);
    device.engine.openView("new", CHAT, "latest", 1);
    await settle();
    expect(device.thread("handed over")).toMatchObject({ unread: 0, first_unread_seq: 2 });
    expect(device.thread("new").first_unread_seq).toBeUndefined();
  });

  it("THD5 reading there is told once a second at most, and again after a cut", async () => {
    const { device, socket } = await started([message(1, 1), answer(2), answer(3), answer(4)], 4);
    device.remote.onThread = () => pageOf([answer(2), answer(3), answer(4)], { unread: 3, read_seq: 1 });
    await opened(device);
    expect(device.thread("thread").unread).toBe(3);
    for (const seq of [2, 3, 99]) await device.engine.ask("thread", { verb: "mark_read", seq });
    await settle();
    expect(device.thread("thread")).toMatchObject({ unread: 0, first_unread_seq: 2 });
    expect(socket.of("READ_THREAD").map((frame) => frame.seq)).toEqual([2]);
    await device.clock.advance(1_000);
    // Never above what is known of the thread.
    expect(socket.of("READ_THREAD").map((frame) => frame.seq)).toEqual([2, 4]);
    socket.end();
    await device.clock.advance(1_000);
    const second = device.network.last(CHAT);
    second.open();
    second.say(connected(CHAT), caughtUp(4, 4));
    await settle();
    expect(second.of("READ_THREAD")).toMatchObject([{ message_id: ROOT, seq: 4 }]);
  });

  it("THD5 what was read without a network is told after a restart, without its chat being opened, and then forgotten", async () => {
    const store = new MemoryStore();
    const rows = [message(1, 1), answer(2), answer(3)];
    const first = new Device({ store });
    await first.start();
    const socket = await first.open(rows, 3);
    first.remote.onThread = () => pageOf([answer(2), answer(3)], { unread: 2, read_seq: 1 });
    await opened(first);
    socket.end();
    await first.engine.ask("thread", { verb: "mark_read", seq: 3 });
    await settle();
    expect(await store.loadThreadReads()).toEqual([{ chat_id: CHAT, reads: [[1, 3]] }]);
    first.engine.stop();

    const second = new Device({ store });
    await second.start();
    await second.clock.advance(100);
    const line = second.network.last(CHAT);
    line.open();
    line.say(connected(CHAT), caughtUp(3, 3));
    await settle();
    expect(line.of("READ_THREAD")).toMatchObject([{ message_id: ROOT, seq: 3 }]);
    // Told is not arrived: a cut begins it again.
    await second.clock.advance(ARRIVED_MS / 2);
    line.end();
    await second.clock.advance(1_000);
    const again = second.network.last(CHAT);
    again.open();
    again.say(connected(CHAT), caughtUp(3, 3));
    await settle();
    expect(again.of("READ_THREAD")).toMatchObject([{ message_id: ROOT, seq: 3 }]);
    expect(await store.loadThreadReads()).toHaveLength(1);
    for (let s = 0; s < ARRIVED_MS / 10_000 + 1; s++) {
      await second.clock.advance(10_000);
      again.say({ type: "PONG" });
      await settle();
    }
    expect(await store.loadThreadReads()).toEqual([]);
    expect(second.errors).toEqual([]);
  });

  it("THD5 what a page says of the own cursor is not kept any longer", async () => {
    const { device } = await started([message(1, 1), answer(2), answer(3)], 3);
    device.remote.onThread = () => pageOf([answer(2), answer(3)], { unread: 2, read_seq: 1 });
    await opened(device);
    await device.engine.ask("thread", { verb: "mark_read", seq: 3 });
    await settle();
    expect(await device.store.loadThreadReads()).toHaveLength(1);
    device.engine.closeView("thread");
    device.remote.onThread = () => pageOf([answer(2), answer(3)], { unread: 0, read_seq: 3 });
    await opened(device);
    expect(await device.store.loadThreadReads()).toEqual([]);
  });

  it("THD7 the New line stands before what was unread on opening, and what comes later moves nothing", async () => {
    const { device, socket } = await started([message(1, 1), answer(2), answer(3)], 3);
    device.remote.onThread = () => pageOf([answer(2), answer(3)], { unread: 0, read_seq: 3 });
    await opened(device);
    expect(device.thread("thread").first_unread_seq).toBeUndefined();
    socket.say({ ...received(answer(4, 91)), base: 3, root: root(91, 3, 4) });
    await settle();
    expect(texts(device)).toHaveLength(3);
    expect(device.thread("thread")).toMatchObject({ unread: 1 });
    expect(device.thread("thread").first_unread_seq).toBeUndefined();
  });

  it("THD7 nothing is new in a thread that nobody follows, before something comes", async () => {
    const { device, socket } = await started([message(1, 1), answer(2), answer(3)], 3);
    const page = pageOf([answer(2), answer(3)]);
    device.remote.onThread = () => ({ ...page, thread: { ...page.thread, is_following: false } });
    await opened(device);
    expect(device.thread("thread")).toMatchObject({ unread: 0, is_following: false });
    expect(device.thread("thread").first_unread_seq).toBeUndefined();
    socket.say({ ...received(answer(4, 91)), base: 3, root: root(91, 3, 4) });
    await settle();
    expect(device.thread("thread").unread).toBe(1);
  });

  it("THD7 older pages are read up to the line, and it stands at what is new, not at the first row here", async () => {
    const { device } = await started(messages(200, 202), 202);
    const rows = Array.from({ length: 150 }, (_, i) => answer(i + 2));
    const asked: (number | undefined)[] = [];
    device.remote.onThread = (_, before) => {
      asked.push(before);
      const page = rows.filter((m) => m.seq < (before ?? 1_000)).slice(-50);
      return pageOf(page, { has_more: (page[0]?.seq ?? 2) > 2, unread: 80, read_seq: 71 });
    };
    await opened(device);
    expect(asked).toEqual([undefined, 102]);
    expect(device.thread("thread")).toMatchObject({ first_unread_seq: 72, unread: 80, has_older: true });
  });

  it("THD7 what is in sight before it is known what was unread does not count as read", async () => {
    const { device, socket } = await started([message(1, 1), answer(2), answer(3)], 3);
    let give: (page: ThreadPage) => void = () => undefined;
    device.remote.onThread = () => new Promise((resolve) => (give = resolve));
    await opened(device);
    await device.engine.ask("thread", { verb: "mark_read", seq: 3 });
    await device.clock.advance(1_000);
    expect(socket.of("READ_THREAD")).toEqual([]);
    give(pageOf([answer(2), answer(3)], { unread: 2, read_seq: 1 }));
    await settle();
    expect(device.thread("thread")).toMatchObject({ unread: 2, first_unread_seq: 2 });
    await device.engine.ask("thread", { verb: "mark_read", seq: 3 });
    await device.clock.advance(1_000);
    expect(socket.of("READ_THREAD").map((frame) => frame.seq)).toEqual([3]);
  });

  it("THD7 a snapshot that makes the awaited page void does not make what is in sight read", async () => {
    const { device, socket } = await started([message(1, 1), answer(2), answer(3)], 3);
    const gives: ((page: ThreadPage) => void)[] = [];
    device.remote.onThread = () => new Promise((resolve) => gives.push(resolve));
    await opened(device);
    await device.engine.ask("thread", { verb: "mark_read", seq: 3 });
    socket.say(snapshot([message(1, 1), answer(2), answer(3)], 4));
    await settle();
    gives[0]?.(pageOf([answer(2), answer(3)], { unread: 2, read_seq: 1 }));
    await device.clock.advance(1_000);
    expect(socket.of("READ_THREAD")).toEqual([]);
    gives[1]?.(pageOf([answer(2), answer(3)], { unread: 2, read_seq: 1 }));
    await settle();
    expect(device.thread("thread")).toMatchObject({ unread: 2, first_unread_seq: 2 });
  });

  it("THD7 without a network what is in sight counts as read after all", async () => {
    const { device, socket } = await started([message(1, 1), answer(2), answer(3)], 3);
    let fail: (error: unknown) => void = () => undefined;
    device.remote.onThread = () => new Promise((_, reject) => (fail = reject));
    await opened(device);
    await device.engine.ask("thread", { verb: "mark_read", seq: 3 });
    fail(new Fault("unavailable"));
    await device.clock.advance(1_000);
    expect(socket.of("READ_THREAD").map((frame) => frame.seq)).toEqual([3]);
  });

  it("THD2 a thread that is not there is said to be gone", async () => {
    const { device } = await started([message(1, 1), answer(2, 2, { sender_id: CLEO })], 2);
    device.remote.onThread = () => {
      throw new Fault("not_found");
    };
    await opened(device);
    expect(device.thread("thread").status).toBe("gone");
  });
});
