import { describe, expect, it } from "vitest";
import type { Message } from "../../src/protocol/message.ts";
import { MemoryStore } from "../../web/store/memory-store.ts";
import { Composer } from "../../web/sync/composer.ts";
import { newCommand, type OutboxRow } from "../../web/sync/engine/outbox-row.ts";
import { composerOf } from "./composing.ts";
import { Device, pageOf } from "./device.ts";
import { settle } from "./manual-clock.ts";
import { CHAT, caughtUp, connected, entry, ME, message, messages, received, snapshot } from "./sample-chat.ts";

const AT = Date.UTC(2026, 0, 2);
const own = (seq: number, rev: number, patch: Partial<Message> = {}) =>
  message(seq, rev, { sender_id: ME, client_msg_id: `own-${seq}`, content: { text: "mine" }, ...patch });

const started = async (store = new MemoryStore()) => {
  const device = new Device({ store });
  await device.start();
  const socket = await device.open(messages(1, 3), 3);
  return { device, socket, composer: composerOf(device) };
};

const reattach = async (device: Device, ...frames: Parameters<ReturnType<typeof device.network.last>["say"]>) => {
  const before = device.network.count(CHAT);
  for (let i = 0; i < 40 && device.network.count(CHAT) === before; i++) await device.clock.advance(1_000);
  const socket = device.network.last(CHAT);
  socket.open();
  socket.say(connected(CHAT), ...frames);
  await settle();
  return socket;
};

describe("the lane of a chat", () => {
  it("CMD8 an edit of a message that is older than memory is looked up, and lets the others pass", async () => {
    const { device, socket, composer } = await started();
    socket.end();
    const log = [own(1, 1), ...messages(2, 1_200)];
    const again = await reattach(device, snapshot(log.slice(-50), 1_200));
    // Refused earlier, and tried again from a list: no screen shows the row.
    await composer.edit(1, "better", 0);
    await composer.message("text", { text: "next" });
    await settle();
    expect(again.of("SEND_MESSAGE").map((frame) => frame.content)).toEqual([{ text: "next" }]);
    expect(again.of("EDIT_MESSAGE")).toEqual([]);
    again.end();
    device.remote.onHistory = (place, limit) => pageOf(log, place, limit);
    const third = await reattach(device, caughtUp(1_200, 1_200));
    const frames = third.of("SEND_MESSAGE");
    for (const { client_msg_id: id, seen_seq } of frames)
      third.say({
        type: "MESSAGE_ACK",
        chat_id: CHAT,
        client_msg_id: id,
        server_msg_id: `${CHAT}.1201`,
        seq: (seen_seq ?? 0) + 1,
        timestamp: "2026-01-01T00:00:09.000Z",
      });
    await settle();
    expect(third.of("EDIT_MESSAGE")).toMatchObject([{ message_id: `${CHAT}.1`, message_rev: 1 }]);
    expect(device.errors).toEqual([]);
  });

  it("OUT2 one that is tried again waits for the answer to a later one, which is still repeated if that is lost", async () => {
    const { device, socket, composer } = await started();
    await composer.message("text", { text: "first" });
    await settle();
    const sent = () => socket.of("SEND_MESSAGE").map(({ content }) => ("text" in content ? content.text : ""));
    const id = socket.of("SEND_MESSAGE")[0]?.client_msg_id ?? "";
    socket.say({ type: "ERROR", code: "forbidden", message: "no", client_msg_id: id });
    await composer.message("text", { text: "second" });
    await settle();
    await device.engine.ask("view", { verb: "retry", client_msg_id: id });
    await settle();
    expect(sent()).toEqual(["first", "second"]);
    // The answer to the second is lost.
    await device.clock.advance(15_000);
    expect(sent().slice(2)).toContain("first");
    const again = socket.of("SEND_MESSAGE").findLast((frame) => frame.client_msg_id === id);
    socket.say({
      type: "MESSAGE_ACK",
      chat_id: CHAT,
      client_msg_id: again?.client_msg_id ?? "",
      server_msg_id: `${CHAT}.4`,
      seq: 4,
      timestamp: "2026-01-01T00:00:09.000Z",
    });
    await device.clock.advance(15_000);
    expect(sent().slice(3)).toContain("second");
  });

  it("REF2 a message and its deletion, both left by a device that died, never leave", async () => {
    const { device, socket, composer } = await started();
    socket.end();
    await composer.message("text", { text: "regretted" });
    await settle();
    const id = device.view().messages.at(-1)?.client_msg_id ?? "";
    device.engine.stop();
    // The deletion was written, and the device died before it took the message out.
    const dying = {
      desk: () => undefined,
      store: device.store,
      isClear: () => false,
      now: () => device.clock.now(),
      spent: () => undefined,
    };
    await new Composer(CHAT, dying, () => 3).deletion(id);
    const again = new Device({ store: device.store });
    await again.start();
    const second = await again.open(messages(1, 3), 3);
    expect(second.of("SEND_MESSAGE")).toEqual([]);
    expect(again.remote.deleted).toEqual([]);
    expect(again.view().messages).toHaveLength(3);
    expect(await again.store.loadOutbox()).toEqual([]);
  });

  it("OUT16 a device without room tries again to mark a message, and sends it then", async () => {
    class FullStore extends MemoryStore {
      isFull = false;
      override async updateOutbox(row: OutboxRow): Promise<void> {
        if (this.isFull) throw new Error("QuotaExceededError");
        await super.updateOutbox(row);
      }
    }
    const store = new FullStore();
    const { device, socket, composer } = await started(store);
    socket.end();
    await composer.message("text", { text: "mine" });
    store.isFull = true;
    const second = await reattach(device, caughtUp(3, 3));
    expect(second.of("SEND_MESSAGE")).toEqual([]);
    store.isFull = false;
    await device.clock.advance(15_000);
    expect(second.of("SEND_MESSAGE")).toHaveLength(1);
    expect(device.errors).toHaveLength(1);
  });

  it("CMD7 the text of what was to be sent later comes back when the chat is over", async () => {
    const { device, socket, composer } = await started();
    socket.end();
    await composer.schedule("text", { text: "tomorrow" }, AT);
    await settle();
    device.network.last().say({
      type: "INBOX_CHANGED",
      epoch: "h1",
      base: 1,
      rev: 2,
      entries: [entry(CHAT, 2, { is_removed: true })],
    });
    await settle();
    expect(device.refusals).toMatchObject([{ verb: "schedule", text: "tomorrow", error: "errors.removed" }]);
    expect(await device.store.loadOutbox()).toEqual([]);
  });

  it("CMD7 also of a chat that is not connected, because too many others are owed something", async () => {
    const store = new MemoryStore();
    const chatIds = Array.from({ length: 8 }, (_, i) => `g${String.fromCharCode(97 + i).repeat(25)}`);
    for (const chat_id of chatIds) {
      const command = {
        type: "SCHEDULE_MESSAGE",
        scheduled_id: `s-${chat_id}`,
        send_at: new Date(AT).toISOString(),
      } as const;
      const given = { id: `c-${chat_id}`, now: 0, text: `for ${chat_id}` };
      await store.addOutbox(newCommand("command", chat_id, command, given));
    }
    const device = new Device({ store });
    await device.start(chatIds.map((id) => entry(id, 1)));
    const entries = chatIds.map((id) => entry(id, 2, { is_removed: true }));
    device.network.last().say({ type: "INBOX_CHANGED", epoch: "h1", base: 1, rev: 2, entries });
    await settle();
    expect(device.refusals.map(({ text }) => text).sort()).toEqual(chatIds.map((id) => `for ${id}`).sort());
    expect(await store.loadOutbox()).toEqual([]);
  });

  it("STO1 rows whose messages could not be stored go with the next write that can", async () => {
    let isFull = false;
    class FullStore extends MemoryStore {
      override async applyNews(...of: Parameters<MemoryStore["applyNews"]>): Promise<boolean> {
        if (isFull) throw new Error("no room");
        return super.applyNews(...of);
      }
      override async replaceChat(...of: Parameters<MemoryStore["replaceChat"]>): Promise<void> {
        if (isFull) throw new Error("no room");
        return super.replaceChat(...of);
      }
    }
    const store = new FullStore();
    const { device, socket, composer } = await started(store);
    await composer.message("text", { text: "mine" });
    const [row] = await store.loadOutbox();
    isFull = true;
    const own = { sender_id: ME, client_msg_id: row?.client_msg_id ?? "" };
    socket.say(received(message(4, 4, own)));
    await settle();
    socket.say(received(message(5, 5)));
    await settle();
    expect(await store.loadOutbox()).toHaveLength(1);
    isFull = false;
    socket.say(received(message(6, 6)));
    await settle();
    expect(await store.loadOutbox()).toEqual([]);
    expect((await store.loadChat(CHAT, 10))?.messages.map(({ seq }) => seq)).toEqual([1, 2, 3, 4, 5, 6]);
    expect(device.errors).toHaveLength(2);
  });

  it("STO7 a store of which something cannot be read shows the rest, and sends what it has", async () => {
    class BrokenStore extends MemoryStore {
      override async loadInbox(): Promise<never> {
        throw new Error("lost");
      }
      override loadCursors = this.loadInbox;
      override loadDrafts = this.loadInbox;
      override loadSkew = this.loadInbox;
      override loadThreadReads = this.loadInbox;
      override expire = this.loadInbox;
    }
    const device = new Device({ store: new BrokenStore() });
    await composerOf(device).message("text", { text: "mine" });
    await device.start();
    expect(device.list.lines).toHaveLength(1);
    const socket = await device.open();
    expect(socket.of("SEND_MESSAGE")).toHaveLength(1);
  });
});
