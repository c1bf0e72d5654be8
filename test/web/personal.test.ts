import { describe, expect, it } from "vitest";
import type { InboxEntry, Reminder } from "../../src/protocol/chat.ts";
import type { DownOf } from "../../src/protocol/down.ts";
import { type Command, newCommand } from "../../web/sync/engine/outbox-row.ts";
import { Device, pageOf } from "./device.ts";
import { settle } from "./manual-clock.ts";
import { CHAT, entry, inboxSnapshot, message, messages, OTHER_CHAT, received } from "./sample-chat.ts";

const started = async (entries: InboxEntry[] = [entry(CHAT, 1)]) => {
  const device = new Device();
  await device.start(entries);
  return { device, hub: device.network.last() };
};

let ids = 0;
const give = async (device: Device, command: Command, chatId = CHAT) => {
  const id = `own-cmd-${++ids}`;
  const row = newCommand("personal", chatId, command, { id, now: device.clock.now() });
  device.engine.written(await device.store.addOutbox(row));
  await settle();
  return id;
};
const hide = (seqs: number[], isHidden = true): Command => ({ type: "HIDE_MESSAGES", seqs, is_hidden: isHidden });
const changed = (
  base: number,
  entries: InboxEntry[],
  hidden: [seq: number, isHidden: boolean][] = [],
): DownOf<"INBOX_CHANGED"> => ({
  type: "INBOX_CHANGED",
  epoch: "h1",
  base,
  rev: base + 1,
  entries,
  hidden: hidden.map(([seq, is_hidden]) => ({ chat_id: CHAT, seq, is_hidden })),
});
const done = (id: string, rev: number) => ({ type: "COMMAND_ACK", chat_id: CHAT, command_id: id, rev }) as const;
const line = (device: Device, chatId = CHAT) => device.list.lines.find((one) => one.chat_id === chatId);
const seqs = (device: Device) => device.view().messages.map((one) => one.seq);

describe("what a person sets for themselves", () => {
  it("PER1 is painted at once, sent to the hub, and stays when the inbox says so", async () => {
    const { device, hub } = await started();
    const id = await give(device, { type: "SET_CHAT_STATE", is_pinned: true, muted_until: "2027-01-01T00:00:00.000Z" });
    expect(line(device)).toMatchObject({ is_pinned: true, muted_until: "2027-01-01T00:00:00.000Z" });
    expect(hub.of("SET_CHAT_STATE")).toEqual([
      {
        type: "SET_CHAT_STATE",
        chat_id: CHAT,
        command_id: id,
        is_pinned: true,
        muted_until: "2027-01-01T00:00:00.000Z",
      },
    ]);
    hub.say(changed(1, [entry(CHAT, 2, { is_pinned: true })]), done(id, 2));
    await settle();
    // The hub's word is the whole of it.
    expect(line(device)).toMatchObject({ is_pinned: true });
    expect(line(device)?.muted_until).toBeUndefined();
    expect(await device.store.loadOutbox()).toEqual([]);
  });

  it("PER1 waits for the network, and survives the device's restart", async () => {
    const { device, hub } = await started([entry(CHAT, 1, { is_archived: true })]);
    hub.end();
    const id = await give(device, { type: "SET_CHAT_STATE", is_archived: false });
    expect(line(device)?.is_archived).toBeUndefined();
    device.engine.stop();
    const again = new Device({ store: device.store });
    await again.start([entry(CHAT, 1, { is_archived: true })]);
    expect(line(again)?.is_archived).toBeUndefined();
    expect(again.network.last().of("SET_CHAT_STATE")).toMatchObject([{ command_id: id, is_archived: false }]);
  });

  it("PER2 is undone when the hub refuses it", async () => {
    const { device, hub } = await started();
    const id = await give(device, { type: "SET_CHAT_STATE", is_marked_unread: true });
    expect(line(device)?.is_marked_unread).toBe(true);
    hub.say({ type: "ERROR", code: "not_found", message: "", chat_id: CHAT, command_id: id });
    await settle();
    expect(line(device)?.is_marked_unread).toBeUndefined();
    expect(device.refusals).toEqual([{ chat_id: CHAT, error: "errors.not_found", verb: "chat_state" }]);
  });

  it("PER3 hides messages on every screen and shows them again", async () => {
    const { device, hub } = await started();
    await device.open(messages(1, 3), 3);
    const id = await give(device, hide([2, 3]));
    expect(seqs(device)).toEqual([1]);
    expect(line(device)?.preview?.seq).toBe(1);
    expect(device.view().first_unread_seq).toBe(1);
    expect(device.view().unread).toBe(1);
    expect(hub.of("HIDE_MESSAGES")).toMatchObject([{ message_ids: [`${CHAT}.2`, `${CHAT}.3`], is_hidden: true }]);
    hub.say(
      changed(
        1,
        [entry(CHAT, 2)],
        [
          [2, true],
          [3, true],
        ],
      ),
      done(id, 2),
    );
    await settle();
    expect(seqs(device)).toEqual([1]);
    await give(device, hide([3], false));
    expect(seqs(device)).toEqual([1, 3]);
    await give(device, hide([1]));
    expect(device.view().first_unread_seq).toBe(3);
  });

  it("PER6 clears at once and offline, keeps it over a restart, and shows only what comes after", async () => {
    const { device, hub } = await started();
    await device.open(messages(1, 3), 3);
    hub.end();
    await give(device, { type: "SET_CHAT_STATE", cleared_seq: 3 });
    expect(device.view()).toMatchObject({ messages: [], unread: 0, has_older: false, cleared_seq: 3 });
    expect(line(device)).toMatchObject({ unread: 0 });
    expect(line(device)?.preview).toBeUndefined();
    device.engine.stop();
    const again = new Device({ store: device.store });
    await again.start([entry(CHAT, 2, { head_seq: 4, unread: 1, cleared_seq: 3 })]);
    const kept = await again.store.loadChat(CHAT, 10);
    expect(kept?.messages.map((one) => [one.seq, one.content])).toEqual([
      [1, null],
      [2, null],
      [3, null],
    ]);
    await again.open(messages(1, 4), 4);
    expect(seqs(again)).toEqual([4]);
    expect(again.view()).toMatchObject({ unread: 1, has_older: false, first_unread_seq: 4 });
  });

  it("PER6 a reader of the past whose chat was cleared elsewhere comes to what is left of it", async () => {
    const log = messages(1, 300);
    const { device, hub } = await started([entry(CHAT, 1, { head_seq: 300 })]);
    device.remote.onHistory = (place, limit) => pageOf(log, place, limit);
    const socket = await device.open(log.slice(-50), 300);
    await device.jump(40);
    await settle();
    hub.say(changed(1, [entry(CHAT, 2, { head_seq: 300, cleared_seq: 300 })]));
    await settle();
    expect(device.view()).toMatchObject({ messages: [], has_newer: true });
    // What it scrolls on to lies behind a hole: the server tells nobody what they have cleared.
    device.remote.onHistory = (place, limit) => pageOf(log.slice(300), place, limit);
    await device.engine.ask("view", { verb: "load_newer" });
    socket.say(received(message(301, 301)));
    await settle();
    expect(device.view()).toMatchObject({ has_newer: false });
    expect(seqs(device)).toEqual([301]);
  });

  it("PER6 a deleted chat leaves the list on every device until something newer comes", async () => {
    const { device, hub } = await started([entry(CHAT, 1, { head_seq: 3 })]);
    const id = await give(device, { type: "SET_CHAT_STATE", cleared_seq: 3, is_unlisted: true });
    expect(line(device)).toBeUndefined();
    expect(hub.of("SET_CHAT_STATE")).toMatchObject([{ command_id: id, cleared_seq: 3, is_unlisted: true }]);
    hub.say(changed(1, [entry(CHAT, 2, { head_seq: 3, cleared_seq: 3, is_unlisted: true })]), done(id, 2));
    await settle();
    expect(line(device)).toBeUndefined();
    hub.say(changed(2, [entry(CHAT, 3, { head_seq: 4, cleared_seq: 3, unread: 1 })]));
    await settle();
    expect(line(device)).toMatchObject({ unread: 1, head_seq: 4 });
    // A lower number than the one that stands, said late, changes nothing.
    await give(device, { type: "SET_CHAT_STATE", cleared_seq: 2, is_unlisted: true });
    expect(line(device)).toMatchObject({ cleared_seq: 3, unread: 1 });
  });

  it("PER3 hears what another device hid, and keeps it over a restart", async () => {
    const { device, hub } = await started();
    await device.open(messages(1, 3), 3);
    hub.say(changed(1, [entry(CHAT, 2)], [[2, true]]));
    await settle();
    expect(seqs(device)).toEqual([1, 3]);
    device.engine.stop();
    const again = new Device({ store: device.store });
    await again.engine.start();
    again.engine.openView("view", CHAT, "latest");
    await settle();
    expect(seqs(again)).toEqual([1, 3]);
    // A snapshot says all there is, also by saying nothing.
    const socket = again.network.last();
    socket.open();
    socket.say(inboxSnapshot([entry(CHAT, 3)], 3));
    await settle();
    expect(seqs(again)).toEqual([1, 2, 3]);
  });

  it("PER4 counts for the badge what is neither muted nor put away, unless its person is called", async () => {
    const unread = { head_seq: 5, unread: 2 };
    const { device } = await started([
      entry(CHAT, 1, { ...unread, muted_until: "2027-01-01T00:00:00.000Z" }),
      entry(OTHER_CHAT, 1, unread),
    ]);
    expect(device.list.unread).toBe(2);
    await give(device, { type: "SET_CHAT_STATE", is_archived: true }, OTHER_CHAT);
    expect(device.list.unread).toBe(0);
    device.network
      .last()
      .say(changed(1, [entry(CHAT, 2, { ...unread, muted_until: "2027-01-01T00:00:00.000Z", mention_seq: 4 })]));
    await settle();
    expect(device.list.unread).toBe(2);
  });

  it("PER4 a mute that ends by itself counts again, and is no mute on any line", async () => {
    const until = (ms: number) => new Date(Date.UTC(2026, 0, 1) + ms).toISOString();
    const { device } = await started([
      entry(OTHER_CHAT, 1, { head_seq: 5, unread: 2, muted_until: until(10_000) }),
      entry(CHAT, 1, { muted_until: "9999-12-31T23:59:59.999Z" }),
    ]);
    expect(device.list.unread).toBe(0);
    await device.clock.advance(9_000);
    expect(device.list.lines.every((line) => line.muted_until !== undefined)).toBe(true);
    await device.clock.advance(1_000);
    expect(device.list.unread).toBe(2);
    expect(device.list.lines.find((line) => line.chat_id === OTHER_CHAT)?.muted_until).toBeUndefined();
  });

  it("PER5 reminders are as the hub tells them, with what it was not told yet", async () => {
    const device = new Device();
    const at = (day: number) => `2026-02-0${day}T00:00:00.000Z`;
    await device.start();
    const hub = device.network.last();
    const told = (base: number, reminders: Reminder[]): DownOf<"INBOX_CHANGED"> => ({
      type: "INBOX_CHANGED",
      epoch: "h1",
      base,
      rev: base + 1,
      entries: [],
      reminders,
    });
    hub.say(told(1, [{ chat_id: CHAT, seq: 3, remind_at: at(3) }]));
    await settle();
    const remind = async (seq: number, remind_at: string | null) => {
      const id = `own-cmd-${++ids}`;
      const row = newCommand("personal", CHAT, { type: "SET_REMINDER", remind_at }, { id, now: 0, target: seq });
      device.engine.written(await device.store.addOutbox(row));
      await settle();
      return id;
    };
    const set = await remind(1, at(1));
    const seqsOf = () => device.reminded.map((one) => one.seq);
    expect(seqsOf()).toEqual([1, 3]);
    expect(hub.of("SET_REMINDER")).toEqual([
      { type: "SET_REMINDER", chat_id: CHAT, message_id: `${CHAT}.1`, command_id: set, remind_at: at(1) },
    ]);
    hub.say(told(2, [{ chat_id: CHAT, seq: 1, remind_at: at(1) }]), done(set, 3));
    await settle();
    hub.say(told(3, [{ chat_id: CHAT, seq: 3, remind_at: at(3), is_due: true }]));
    await settle();
    expect(device.reminded).toMatchObject([{ seq: 1 }, { seq: 3, is_due: true }]);
    const seen = await remind(3, null);
    expect(seqsOf()).toEqual([1]);
    hub.say({ type: "ERROR", code: "forbidden", message: "no", command_id: seen });
    await settle();
    expect(seqsOf()).toEqual([1, 3]);
    expect(device.refusals).toMatchObject([{ verb: "reminder", seq: 3 }]);
    const again = new Device({ store: device.store });
    await again.engine.start();
    await settle();
    expect(again.reminded.map((one) => one.seq)).toEqual([1, 3]);
    hub.say({ ...told(4, []), entries: [entry(CHAT, 5, { is_removed: true })] });
    await settle();
    expect(seqsOf()).toEqual([]);
  });
});
