import { describe, expect, it } from "vitest";
import type { Message } from "../../src/protocol/message.ts";
import { MemoryStore } from "../../web/store/memory-store.ts";
import { Device, pageOf } from "./device.ts";
import { ManualClock, settle } from "./manual-clock.ts";
import {
  BELA,
  CHAT,
  caughtUp,
  chat,
  connected,
  entry,
  inboxSnapshot,
  message,
  messages,
  received,
  snapshot,
} from "./sample-chat.ts";

const START = Date.UTC(2026, 0, 1);
const secret = (seq: number, ms: number, patch: Partial<Message> = {}) =>
  message(seq, seq, {
    content: { text: "secret words" },
    expires_at: new Date(START + ms).toISOString(),
    reactions: [{ emoji: "👍", count: 1, user_ids: [BELA] }],
    ...patch,
  });
/** Its timers stand still while it sleeps, as those of some systems do; the time does not. */
class SleepyClock extends ManualClock {
  #slept = 0;
  override now(): number {
    return super.now() + this.#slept;
  }
  sleep(ms: number): void {
    this.#slept += ms;
  }
}
/** Somebody sets it, while time goes on as ever. */
class SetClock extends ManualClock {
  #set = 0;
  override now(): number {
    return super.now() + this.#set;
  }
  override monotonic(): number {
    return super.now();
  }
  set(ms: number): void {
    this.#set += ms;
  }
}
const offline = (device: Device, socket: { end(): void }): void => {
  device.network.greet = () => undefined;
  device.network.last().end();
  socket.end();
};
const stored = async (device: Device) => JSON.stringify(await device.store.loadChat(CHAT, 1_000));

describe("messages that disappear", () => {
  it("GON1 go at their time by the device's own clock, offline too, from screens, quotes, list, memory and store", async () => {
    const device = new Device();
    const rows = [...messages(1, 2), secret(3, 60_000), message(4, 4, { reply_to_message_id: `${CHAT}.3` })];
    await device.start([entry(CHAT, 1, { head_seq: 4 })]);
    const socket = await device.open([...rows, secret(5, 60_000)], 5);
    socket.end();
    await device.clock.advance(59_999);
    expect(device.view().messages[2]).toMatchObject({ kind: "text", text: "secret words", expires_at: START + 60_000 });
    expect(device.list.lines[0]?.preview?.text).toBe("secret words");
    await device.clock.advance(1);
    expect(device.view().messages[2]).toMatchObject({ kind: "deleted", is_expired: true });
    expect(device.view().messages[2]?.text).toBeUndefined();
    expect(device.view().messages[3]?.reply_to).toMatchObject({ kind: "deleted" });
    expect(device.list.lines[0]?.preview).toMatchObject({ text: "", is_deleted: true });
    expect(JSON.stringify([...(device.engine.session(CHAT)?.log.state?.messages.values() ?? [])])).not.toContain(
      "secret",
    );
    expect(await stored(device)).not.toContain("secret");
    expect(device.view().unread).toBe(3);
  });

  it("GON1 are never painted after a start that comes too late", async () => {
    const store = new MemoryStore();
    const device = new Device({ store });
    await device.start();
    await device.open([message(1, 1), secret(2, 60_000)], 2);
    device.engine.stop();
    const again = new Device({ store });
    await again.clock.advance(120_000);
    again.engine.openView("view", CHAT, "latest");
    await again.engine.start();
    await settle();
    expect(again.view().messages.map((one) => one.kind)).toEqual(["text", "deleted"]);
    expect(await stored(again)).not.toContain("secret");
  });

  it("GON2 the clock is the server's, as it was last known, also before there is a network", async () => {
    const store = new MemoryStore();
    const device = new Device({ store });
    // This device's clock is an hour behind.
    const ahead = { ...connected(), server_time: new Date(START + 3_600_000).toISOString() };
    device.network.greet = (socket) => {
      socket.open();
      socket.say(ahead, inboxSnapshot([entry(CHAT, 1)], 1));
    };
    await device.engine.start();
    await settle();
    expect(await store.loadSkew()).toBe(3_600_000);
    device.engine.stop();
    await store.replaceChat(
      {
        chat_id: CHAT,
        epoch: "e1",
        rev: 1,
        chat: chat(),
        members: [],
        receipts: [],
        messages: [secret(1, 3_600_000 - 1)],
        is_complete: true,
      },
      [],
    );
    const again = new Device({ store });
    again.engine.openView("view", CHAT, "latest");
    await again.engine.start();
    await settle();
    expect(again.view().messages.map((one) => one.kind)).toEqual(["deleted"]);
  });

  it("GON3 a preview that the hub told of goes too, in a chat that this device has never opened", async () => {
    const device = new Device();
    const preview = {
      seq: 9,
      sender_id: BELA,
      sender_name: "Bela",
      message_type: "text",
      text: "secret words",
      created_at: "2026-01-01T00:00:00.000Z",
      expires_at: new Date(START + 5_000).toISOString(),
    };
    await device.start([entry(CHAT, 1, { head_seq: 9, preview })]);
    expect(device.list.lines[0]?.preview?.text).toBe("secret words");
    await device.clock.advance(5_000);
    expect(device.list.lines[0]?.preview).toMatchObject({ text: "", is_deleted: true });
    expect(JSON.stringify(await device.store.loadInbox())).not.toContain("secret");
  });

  it("GON1 one that comes with news or with a page goes at its time as well", async () => {
    const device = new Device();
    await device.start();
    const rows = [secret(1, 30_000), ...messages(2, 60)];
    const socket = await device.open(rows.slice(10), 60);
    device.remote.onHistory = (place, limit) => pageOf(rows, place, limit);
    await device.engine.ask("view", { verb: "load_older" });
    await settle();
    socket.say(received(secret(61, 20_000)));
    await settle();
    await device.clock.advance(20_000);
    expect(device.view().messages.at(-1)).toMatchObject({ kind: "deleted", is_expired: true });
    expect(device.view().messages[0]?.kind).toBe("text");
    await device.clock.advance(10_000);
    expect(device.view().messages[0]?.kind).toBe("deleted");
    expect(await stored(device)).not.toContain("secret");
    expect(device.errors).toEqual([]);
  });

  it("GON1 the chat's own word takes the place of what the device made of it", async () => {
    const device = new Device();
    await device.start();
    const socket = await device.open([message(1, 1), secret(2, 1_000)], 2);
    await device.clock.advance(1_000);
    const tombstone = message(2, 3, { content: null, deleted_at: "2026-01-01T00:00:01.000Z", is_expired: true });
    socket.say({ type: "MESSAGES_CHANGED", chat_id: CHAT, base: 2, rev: 3, messages: [tombstone] });
    await settle();
    expect(device.view().messages[1]).toMatchObject({ kind: "deleted", is_expired: true, rev: 3 });
  });

  it("GON1 one that waited to be written until it was over is never in the store", async () => {
    class SlowStore extends MemoryStore {
      hold: Promise<void> | undefined;
      override async applyNews(...given: Parameters<MemoryStore["applyNews"]>): Promise<boolean> {
        await this.hold;
        return super.applyNews(...given);
      }
    }
    const store = new SlowStore();
    const device = new Device({ store });
    await device.start();
    const socket = await device.open(messages(1, 2), 2);
    let go: () => void = () => undefined;
    store.hold = new Promise((resolve) => (go = resolve));
    // The first is being written, the second waits for it.
    socket.say(received(message(3, 3)));
    await settle();
    socket.say(received(secret(4, 1_000)));
    await settle();
    await device.clock.advance(2_000);
    expect(device.view().messages.at(-1)?.kind).toBe("deleted");
    go();
    await settle();
    expect(await stored(device)).not.toContain("secret");
    expect((await device.store.loadChat(CHAT, 10))?.messages).toHaveLength(4);
  });

  it("GON1 a page that comes too late brings nothing of it", async () => {
    const device = new Device();
    await device.start();
    const rows = [secret(1, 1_000), ...messages(2, 60)];
    await device.open(rows.slice(10), 60);
    let go: () => void = () => undefined;
    device.remote.onHistory = async (place, limit) => {
      await new Promise<void>((resolve) => (go = resolve));
      return pageOf(rows, place, limit);
    };
    const older = device.engine.ask("view", { verb: "load_older" });
    await device.clock.advance(2_000);
    go();
    await older;
    await settle();
    expect(device.view().messages[0]).toMatchObject({ seq: 1, kind: "deleted" });
    expect(await stored(device)).not.toContain("secret");
  });

  it("GON1 a device that slept looks at the clock when it wakes, or is looked at", async () => {
    for (const wake of ["looked at", "by itself"] as const) {
      const clock = new SleepyClock();
      const device = new Device({ clock });
      await device.start();
      const socket = await device.open([message(1, 1), secret(2, 3_600_000)], 2);
      device.network.greet = () => undefined;
      device.network.last().end();
      socket.end();
      clock.sleep(8 * 3_600_000);
      if (wake === "looked at") device.engine.reconnect();
      await clock.advance(wake === "looked at" ? 0 : 60_000);
      expect(device.view().messages[1]?.kind).toBe("deleted");
      expect(await stored(device)).not.toContain("secret");
      device.engine.stop();
    }
  });

  it("GON2 a clock that is set back while offline keeps nothing", async () => {
    const clock = new SetClock();
    const device = new Device({ clock });
    await device.start();
    const socket = await device.open([message(1, 1), secret(2, 60_000)], 2);
    offline(device, socket);
    clock.set(-3_600_000);
    await clock.advance(59_000);
    expect(device.view().messages[1]?.kind).toBe("text");
    await clock.advance(5_000);
    expect(device.view().messages[1]?.kind).toBe("deleted");
    expect(await stored(device)).not.toContain("secret");
  });

  it("GON2 nor does one that is set back before a start without a network", async () => {
    const store = new MemoryStore();
    const device = new Device({ store });
    await device.start([entry(CHAT, 1, { last_at: new Date(START + 50_000).toISOString() })]);
    await device.open([message(1, 1), secret(2, 40_000), secret(3, 60_000)], 3);
    device.engine.stop();
    const clock = new SetClock();
    clock.set(-3_600_000);
    const again = new Device({ store, clock });
    again.engine.openView("view", CHAT, "latest");
    await again.engine.start();
    await settle();
    expect(again.view().messages.map((one) => one.kind)).toEqual(["text", "deleted", "text"]);
    await clock.advance(15_000);
    expect(again.view().messages[2]?.kind).toBe("deleted");
  });

  it("GON4 what a clock that leapt ahead emptied too early comes back when the server has said what time it is", async () => {
    const clock = new SetClock();
    const device = new Device({ clock });
    await device.start();
    const socket = await device.open([message(1, 1), secret(2, 600_000)], 2);
    offline(device, socket);
    clock.set(3_600_000);
    device.engine.reconnect();
    await clock.advance(1_000);
    expect(device.view().messages[1]).toMatchObject({ kind: "deleted", is_expired: true });
    // Back on the network, the clock is still wrong.
    await clock.advance(30_000);
    const time = () => ({ server_time: new Date(clock.monotonic()).toISOString() });
    const hub = device.network.last();
    hub.open();
    hub.say({ ...connected(), ...time() }, inboxSnapshot([entry(CHAT, 1)], 1));
    const second = device.network.last(CHAT);
    second.open();
    second.say({ ...connected(CHAT), ...time() }, caughtUp(2, 2));
    await settle();
    expect(second.of("CATCH_UP")).toHaveLength(1);
    second.say(snapshot([message(1, 1), secret(2, 600_000)], 2));
    await settle();
    expect(device.view().messages[1]).toMatchObject({ kind: "text", text: "secret words" });
    expect(await stored(device)).toContain("secret");
    // And it goes at its time, though the clock is an hour ahead.
    await clock.advance(600_000 - 31_000 - 1_000);
    expect(device.view().messages[1]?.kind).toBe("text");
    await clock.advance(5_000);
    expect(device.view().messages[1]?.kind).toBe("deleted");
    expect(device.errors).toEqual([]);
  });

  it("GON4 a preview in the list that was emptied too early comes back with the hub, in chats that nobody opened too", async () => {
    const clock = new SetClock();
    const device = new Device({ clock });
    const preview = {
      seq: 9,
      sender_id: BELA,
      sender_name: "Bela",
      message_type: "text",
      text: "secret words",
      created_at: "2026-01-01T00:00:00.000Z",
      expires_at: new Date(START + 600_000).toISOString(),
    };
    const told = entry(CHAT, 1, { head_seq: 9, preview });
    await device.start([told]);
    device.network.greet = () => undefined;
    clock.set(3_600_000);
    await clock.advance(61_000);
    expect(device.list.lines[0]?.preview).toMatchObject({ text: "", is_deleted: true });
    const hub = device.network.last();
    hub.open();
    const time = { server_time: new Date(clock.monotonic()).toISOString() };
    // It has nothing new to say.
    hub.say({ ...connected(), ...time }, { type: "INBOX_CHANGED", epoch: "h1", base: 1, rev: 1, entries: [] });
    await settle();
    expect(hub.of("CATCH_UP_INBOX")).toEqual([{ type: "CATCH_UP_INBOX" }]);
    hub.say(inboxSnapshot([told], 1));
    await settle();
    expect(device.list.lines[0]?.preview?.text).toBe("secret words");
    expect(hub.of("CATCH_UP_INBOX")).toHaveLength(1);
    await clock.advance(600_000);
    expect(device.list.lines[0]?.preview).toMatchObject({ text: "", is_deleted: true });
    expect(device.errors).toEqual([]);
  });

  it("GON4 one that leaps ahead on the network asks for the time at once", async () => {
    const clock = new SetClock();
    const device = new Device({ clock });
    await device.start();
    await device.open([message(1, 1), secret(2, 600_000)], 2);
    const before = device.network.last(CHAT);
    clock.set(3_600_000);
    // The clock is looked at once a minute.
    await clock.advance(61_000);
    expect(device.network.last(CHAT)).not.toBe(before);
  });
});
