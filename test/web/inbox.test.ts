import { describe, expect, it } from "vitest";
import type { InboxEntry } from "../../src/protocol/chat.ts";
import { Device } from "./device.ts";
import { settle } from "./manual-clock.ts";
import {
  BELA,
  CHAT,
  CLEO,
  connected,
  entry,
  inboxSnapshot,
  ME,
  message,
  messages,
  OTHER_CHAT,
  received,
} from "./sample-chat.ts";

const started = async () => {
  const device = new Device();
  await device.start([
    entry(CHAT, 1, { last_at: "2026-01-01T00:00:01.000Z", head_seq: 3, unread: 2 }),
    entry(OTHER_CHAT, 1, { last_at: "2026-01-01T00:00:02.000Z" }),
  ]);
  return { device, hub: device.network.last() };
};
const titles = (device: Device) => device.list.lines.map((line) => line.title);

describe("the inbox", () => {
  it("INB1 is sorted by the newest message, and changes by absolute entries", async () => {
    const { device, hub } = await started();
    expect(titles(device)).toEqual(["Others", "Gardeners"]);
    expect(device.list.unread).toBe(2);
    hub.say({
      type: "INBOX_CHANGED",
      epoch: "h1",
      base: 1,
      rev: 3,
      entries: [entry(CHAT, 3, { last_at: "2026-01-01T00:00:09.000Z", unread: 5, head_seq: 6 })],
    });
    await settle();
    expect(titles(device)).toEqual(["Gardeners", "Others"]);
    expect(device.list.unread).toBe(5);
    // A late one, and one that is known.
    hub.say({ type: "INBOX_CHANGED", epoch: "h1", base: 1, rev: 2, entries: [entry(CHAT, 2, { unread: 1 })] });
    await settle();
    expect(device.list.unread).toBe(5);
    expect(hub.of("CATCH_UP_INBOX")).toEqual([]);
  });

  it("INB1 asks once for what is missing, and begins anew with another epoch", async () => {
    const { device, hub } = await started();
    hub.say({ type: "INBOX_CHANGED", epoch: "h1", base: 7, rev: 8, entries: [] });
    hub.say({ type: "INBOX_CHANGED", epoch: "h1", base: 8, rev: 9, entries: [] });
    expect(hub.of("CATCH_UP_INBOX")).toEqual([{ type: "CATCH_UP_INBOX", epoch: "h1", rev: 1 }]);
    hub.say({ type: "INBOX_CHANGED", epoch: "h1", base: 1, rev: 9, entries: [entry(CHAT, 9, { name: "Renamed" })] });
    await settle();
    expect(titles(device)).toContain("Renamed");
    hub.say({ type: "INBOX_CHANGED", epoch: "h2", base: 9, rev: 10, entries: [] });
    expect(hub.of("CATCH_UP_INBOX").at(-1)).toEqual({ type: "CATCH_UP_INBOX" });
    hub.say(inboxSnapshot([entry(OTHER_CHAT, 1)], 1, "h2"));
    await settle();
    expect(titles(device)).toEqual(["Others"]);
    expect(await device.store.loadInbox()).toMatchObject({ epoch: "h2", rev: 1 });
  });

  it("INB1 is painted from the store before any network", async () => {
    const { device } = await started();
    const again = new Device({ store: device.store });
    await again.engine.start();
    await settle();
    expect(again.network.last().sent).toEqual([]);
    expect(titles(again)).toEqual(["Others", "Gardeners"]);
    expect(again.list.status).toBe("ready");
    expect(again.network.last().target).toMatchObject({ cursor: { epoch: "h1", rev: 1 } });
  });

  it("INB2 shows what this device knows of a chat that it follows", async () => {
    const { device } = await started();
    const socket = await device.open(messages(1, 3), 3);
    socket.say(received(message(4, 4, { content: { text: "brand\nnew" }, created_at: "2026-01-01T00:01:00.000Z" })));
    await settle();
    const [line] = device.list.lines;
    expect(line).toMatchObject({ title: "Gardeners", head_seq: 4, unread: 4, last_at: "2026-01-01T00:01:00.000Z" });
    expect(line?.preview).toMatchObject({ seq: 4, sender_name: "Bela", text: "brand new" });
    await device.engine.ask("view", { verb: "mark_read", seq: 4 });
    await settle();
    expect(device.list.lines[0]?.unread).toBe(0);
  });

  it("INB2 shows drafts, unsent messages and the state of one's own last message", async () => {
    const { device } = await started();
    const socket = await device.open(messages(1, 3), 3);
    device.engine.drafted(CHAT, "half a", 1);
    await settle();
    const line = () => device.list.lines.find((one) => one.chat_id === CHAT);
    expect(line()?.draft).toBe("half a");
    device.engine.drafted(CHAT, "", 2);
    await device.compose("mine");
    expect(line()).toMatchObject({ draft: "mine", own_state: "sending" });
    socket.say(received(message(4, 4, { sender_id: ME, client_msg_id: "own-1" })));
    await settle();
    expect(line()?.own_state).toBe("sent");
    expect(line()?.draft).toBeUndefined();
    const all = [BELA, CLEO].map((id) => ({ user_id: id, delivered_seq: 4, read_seq: 4 }));
    socket.say({ type: "RECEIPTS_CHANGED", chat_id: CHAT, base: 4, rev: 5, receipts: all });
    await settle();
    expect(line()?.own_state).toBe("read");
  });

  it("INB2 says of an own message only how far this device knows that it came", async () => {
    const { device, hub } = await started();
    const preview = {
      sender_id: ME,
      sender_name: "Me",
      message_type: "text" as const,
      created_at: "2026-01-01T00:00:05.000Z",
    };
    const told = (rev: number, seq: number) =>
      hub.say({
        type: "INBOX_CHANGED",
        epoch: "h1",
        base: rev - 1,
        rev,
        entries: [entry(CHAT, rev, { head_seq: seq, preview: { ...preview, seq, text: `mine ${seq}` } })],
      });
    told(2, 3);
    await settle();
    const line = () => device.list.lines.find((one) => one.chat_id === CHAT);
    expect(line()?.preview?.text).toBe("mine 3");
    expect(line()).not.toHaveProperty("own_state");
    const socket = await device.open([...messages(1, 2), message(3, 3, { sender_id: ME })], 3);
    expect(line()?.own_state).toBe("sent");
    const all = [BELA, CLEO].map((id) => ({ user_id: id, delivered_seq: 3, read_seq: 3 }));
    socket.say({ type: "RECEIPTS_CHANGED", chat_id: CHAT, base: 3, rev: 4, receipts: all });
    await settle();
    expect(line()?.own_state).toBe("read");
    // A newer one, written on another device: what is known of the older says nothing of it.
    device.engine.closeView("view");
    told(3, 9);
    await settle();
    expect(line()?.preview?.text).toBe("mine 9");
    expect(line()).not.toHaveProperty("own_state");
  });

  it("INB3 drops a chat that the person was removed from, and purges it", async () => {
    const { device, hub } = await started();
    await device.open(messages(1, 3), 3);
    expect(await device.store.loadChat(CHAT, 10)).toBeDefined();
    hub.say({ type: "INBOX_CHANGED", epoch: "h1", base: 1, rev: 2, entries: [entry(CHAT, 2, { is_removed: true })] });
    await settle();
    expect(titles(device)).toEqual(["Others"]);
    expect(device.view().status).toBe("gone");
    expect(await device.store.loadChat(CHAT, 10)).toBeUndefined();
    expect((await device.store.loadInbox())?.entries.map((one) => one.chat_id)).toEqual([OTHER_CHAT]);
  });

  it("INB6 asks the hub about a chat that says it is over, and takes it up again if it is not", async () => {
    const { device, hub } = await started();
    const socket = await device.open(messages(1, 3), 3);
    // Put out, let in again: the hub's word is already here when the chat's old one comes.
    socket.end(4404);
    await settle();
    expect(titles(device)).toEqual(["Others"]);
    expect(device.view().status).toBe("gone");
    await device.clock.advance(2_500);
    expect(hub.of("CATCH_UP_INBOX")).toEqual([{ type: "CATCH_UP_INBOX" }]);
    hub.say(inboxSnapshot([entry(CHAT, 3), entry(OTHER_CHAT, 1)], 3));
    await settle();
    expect(titles(device)).toContain("Gardeners");
    expect(device.network.count(CHAT)).toBe(2);
    expect(device.view().status).toBe("loading");
    // A hub that goes on to contradict the chat is asked later and later.
    for (let i = 0; i < 30; i++) {
      const last = device.network.last(CHAT);
      if (!last.isClosed) last.end(4404);
      await device.clock.advance(1_000);
      hub.say({ type: "PONG" });
      if (hub.of("CATCH_UP_INBOX").length > device.network.count(CHAT) - 1) {
        hub.say(inboxSnapshot([entry(CHAT, 4), entry(OTHER_CHAT, 1)], 4));
      }
    }
    expect(device.network.count(CHAT)).toBeLessThan(7);
  });

  it("INB6 does not forget its doubt over a restart", async () => {
    const { device } = await started();
    (await device.open(messages(1, 3), 3)).end(4404);
    await settle();
    const again = new Device({ store: device.store });
    await again.engine.start();
    expect(again.network.last().target).toMatchObject({ cursor: { epoch: "void", rev: 0 } });
    expect(titles(again)).toEqual(["Others"]);
  });

  it("INB4 acknowledges a burst once", async () => {
    const { device, hub } = await started();
    await device.clock.advance(1_000);
    for (let rev = 2; rev < 12; rev++) {
      hub.say({ type: "INBOX_CHANGED", epoch: "h1", base: rev - 1, rev, entries: [entry(CHAT, rev)] });
    }
    await device.clock.advance(1_000);
    expect(hub.of("ACKNOWLEDGE_INBOX").map((f) => f.rev)).toEqual([1, 11]);
  });

  it("INB5 asks for everybody's presence at once, and renews it in time", async () => {
    const { device, hub } = await started();
    device.engine.watchPresence([{ user_id: BELA, chat_id: CHAT }]);
    device.engine.watchPresence([
      { user_id: BELA, chat_id: CHAT },
      { user_id: CLEO, chat_id: CHAT },
    ]);
    const asked = () => hub.of("SUBSCRIBE_PRESENCE").filter((f) => f.subjects.length > 0);
    await device.clock.advance(200);
    expect(asked().map((f) => f.subjects.length)).toEqual([2]);
    await device.clock.advance(20_000);
    hub.say({ type: "PONG" });
    for (let i = 0; i < 4; i++) {
      await device.clock.advance(9_000);
      hub.say({ type: "PONG" });
    }
    expect(asked()).toHaveLength(2);
    hub.say({ type: "PRESENCE_BROADCAST", user_id: BELA, status: "online", timestamp: "2026-01-01T00:00:00.000Z" });
    expect(device.presences).toEqual([{ user_id: BELA, status: "online", timestamp: "2026-01-01T00:00:00.000Z" }]);
    device.engine.setActive(false);
    expect(hub.of("PRESENCE_UPDATE")).toEqual([{ type: "PRESENCE_UPDATE", status: "away" }]);
  });

  it("the hub is told again and again that somebody is there, and no more once nobody is", async () => {
    const { device, hub } = await started();
    const told = () => hub.of("PRESENCE_UPDATE").map((f) => f.status);
    const pass = async (ms: number) => {
      for (let left = ms; left > 0; left -= 10_000) {
        await device.clock.advance(10_000);
        hub.say({ type: "PONG" });
      }
    };
    await pass(250_000);
    expect(told()).toEqual(["online", "online"]);
    device.engine.setActive(false);
    await pass(250_000);
    expect(told()).toEqual(["online", "online", "away"]);
  });

  describe("of more chats than a snapshot carries", () => {
    const id = (n: number) => `g${String(n).padStart(25, "0")}`;
    const partial = (entries: InboxEntry[], rev: number) => ({ ...inboxSnapshot(entries, rev), is_complete: false });
    const pages = (device: Device, all: InboxEntry[], archived: InboxEntry[] = []) => {
      const asked: string[] = [];
      device.remote.onChats = (filter, cursor) => {
        asked.push(`${filter} ${cursor ?? ""}`);
        const list = filter === "all" ? all : filter === "archived" ? archived : [];
        const from = Number(cursor ?? 0);
        const next = from + 2;
        const has_more = next < list.length;
        return { chats: list.slice(from, next), has_more, ...(has_more ? { next_cursor: String(next) } : {}) };
      };
      return asked;
    };
    const started = async (device: Device, entries: InboxEntry[]) => {
      device.network.greet = (socket) => {
        socket.open();
        socket.say(connected(), partial(entries, 9));
      };
      await device.engine.start();
      await settle();
    };
    const many = Array.from({ length: 5 }, (_, i) => entry(id(i), i + 1));

    it("INB7 brings the rest page by page, archived ones too, and lets news win", async () => {
      const device = new Device();
      const asked = pages(device, many, [entry(id(7), 3, { is_archived: true })]);
      await started(device, [entry(id(0), 9, { name: "Newer" })]);
      expect(asked).toEqual(["all ", "all 2", "all 4", "archived ", "unlisted "]);
      expect(device.list.lines.map((line) => line.chat_id).sort()).toEqual([0, 1, 2, 3, 4, 7].map(id));
      expect(device.list.lines.find((line) => line.chat_id === id(0))?.title).toBe("Newer");
      expect((await device.store.loadInbox())?.is_partial).toBeUndefined();
    });

    it("INB7 keeps what is cached until every page was read, over a failure and a restart", async () => {
      const device = new Device();
      await device.store.saveInbox({ epoch: "h1", rev: 1 }, [...many, entry(id(8), 1)], [], true);
      await started(device, [entry(id(0), 9)]);
      // Nobody answered: nothing is lost, and it is asked for again.
      expect(device.list.lines).toHaveLength(6);
      expect((await device.store.loadInbox())?.is_partial).toBe(true);
      device.engine.stop();
      const again = new Device({ store: device.store });
      const asked = pages(again, many);
      again.network.greet = (socket) => {
        socket.open();
        socket.say(connected(), { type: "INBOX_CHANGED", epoch: "h1", base: 9, rev: 9, entries: [] });
      };
      await again.engine.start();
      await settle();
      expect(asked).toHaveLength(5);
      expect(again.list.lines.map((line) => line.chat_id).sort()).toEqual([0, 1, 2, 3, 4].map(id));
      expect((await again.store.loadInbox())?.entries).toHaveLength(5);
    });

    it("INB7 brings no chat back that was removed while a page was on its way", async () => {
      const device = new Device();
      let arrive: () => void = () => undefined;
      device.remote.onChats = async (filter) => {
        if (filter === "all") await new Promise<void>((resolve) => (arrive = resolve));
        return { chats: filter === "all" ? [...many] : [], has_more: false };
      };
      await started(device, [entry(id(0), 9)]);
      const hub = device.network.last();
      hub.say({
        type: "INBOX_CHANGED",
        epoch: "h1",
        base: 9,
        rev: 10,
        entries: [entry(id(2), 10, { is_removed: true })],
      });
      arrive();
      await settle();
      expect(device.list.lines.map((line) => line.chat_id).sort()).toEqual([0, 1, 3, 4].map(id));
      // Let in again, and the next page says so.
      hub.say({ type: "INBOX_CHANGED", epoch: "h1", base: 10, rev: 11, entries: [entry(id(2), 11)] });
      await settle();
      expect(device.list.lines).toHaveLength(5);
    });

    it("INB7 asks again in half a minute where nobody answered", async () => {
      const device = new Device();
      await started(device, [entry(id(0), 9)]);
      const asked = pages(device, many);
      await device.clock.advance(29_000);
      expect(asked).toEqual([]);
      await device.clock.advance(1_000);
      expect(device.list.lines).toHaveLength(5);
    });
  });
});
