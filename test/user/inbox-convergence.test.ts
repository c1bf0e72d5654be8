import { evictDurableObject, runDurableObjectAlarm } from "cloudflare:test";
import { beforeAll, describe, expect, it } from "vitest";
import { DRAFT_EXCERPT_CHARS } from "../../durable-objects/user/limits.ts";
import { judge } from "../../src/domain/delta.ts";
import type { HiddenMessage, InboxEntry, Reminder, SavedDraft } from "../../src/protocol/chat.ts";
import type { DownOf } from "../../src/protocol/down.ts";
import { messageId, newClientMsgId } from "../../src/protocol/ids.ts";
import { type chatStub, draft, makeGroup, person, type TestDevice, type TestPerson } from "../chat/room.ts";
import { chatCalls, connectHub, entryOf, hubStub, prepare } from "./hub.ts";

beforeAll(prepare);

/** mulberry32: small, and the same everywhere. */
function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

const nameOf = (row: Pick<HiddenMessage, "chat_id" | "seq">): string => `${row.chat_id} ${row.seq}`;
const byId = (a: { chat_id: string }, b: { chat_id: string }): number => (a.chat_id < b.chat_id ? -1 : 1);

/** A device that keeps the inbox by the rules of news, over as many connections as it takes. */
class InboxDevice {
  readonly entries = new Map<string, InboxEntry>();
  readonly drafts = new Map<string, SavedDraft>();
  readonly hidden = new Set<string>();
  readonly reminders = new Map<string, Reminder>();
  readonly #userId: string;
  readonly #name: string;
  cursor: { epoch: string; rev: number } | undefined;
  #socket: TestDevice | undefined;
  #read = 0;

  constructor(userId: string, name: string) {
    this.#userId = userId;
    this.#name = name;
  }

  get isHere(): boolean {
    return this.#socket !== undefined;
  }

  async connect(): Promise<void> {
    if (this.#socket) return;
    this.#read = 0;
    const options = { device: this.#name, ...(this.cursor ? { cursor: this.cursor } : {}) };
    this.#socket = await connectHub(this.#userId, options);
    await this.apply();
  }

  async leave(): Promise<void> {
    await this.apply();
    this.#socket?.close();
    this.#socket = undefined;
  }

  /** Sends a command, and the same again: as a device does that lost the answer. */
  async command(frame: object): Promise<void> {
    for (let time = 0; time < 2; time++) this.#socket?.send(frame);
    await this.#socket?.settle();
  }

  /** Applies everything that has come. */
  async apply(): Promise<void> {
    if (!this.#socket) return;
    await this.#socket.settle();
    for (const frame of this.#socket.frames.slice(this.#read)) {
      if (frame.type !== "INBOX_SNAPSHOT" && frame.type !== "INBOX_CHANGED") continue;
      if (frame.type === "INBOX_SNAPSHOT") {
        this.entries.clear();
        this.drafts.clear();
        this.hidden.clear();
        this.reminders.clear();
      } else {
        const verdict = judge(this.cursor?.rev ?? 0, frame);
        if (verdict === "catch_up") throw new Error("a hole on a socket that lost nothing");
        if (verdict === "ignore") continue;
      }
      this.#merge(frame);
      this.cursor = { epoch: frame.epoch, rev: frame.rev };
    }
    this.#read = this.#socket.frames.length;
  }

  #merge(frame: DownOf<"INBOX_SNAPSHOT"> | DownOf<"INBOX_CHANGED">): void {
    for (const draft of frame.drafts ?? []) this.drafts.set(draft.chat_id, draft);
    for (const row of frame.hidden ?? []) {
      if (row.is_hidden) this.hidden.add(nameOf(row));
      else this.hidden.delete(nameOf(row));
    }
    for (const reminder of frame.reminders ?? []) {
      if (reminder.is_removed) this.reminders.delete(nameOf(reminder));
      else this.reminders.set(nameOf(reminder), reminder);
    }
    for (const entry of frame.entries) {
      const { chat_id } = entry;
      if ((this.entries.get(chat_id)?.rev ?? 0) < entry.rev) this.entries.set(chat_id, entry);
      if (!entry.draft?.is_excerpt) this.drafts.delete(chat_id);
      if (!entry.is_removed) continue;
      for (const name of [...this.hidden]) if (name.startsWith(chat_id)) this.hidden.delete(name);
      for (const name of [...this.reminders.keys()]) if (name.startsWith(chat_id)) this.reminders.delete(name);
    }
  }

  present(): InboxEntry[] {
    return [...this.entries.values()].filter((e) => !e.is_removed).sort(byId);
  }

  /** Everything this device would show. */
  shown() {
    return {
      entries: this.present(),
      hidden: [...this.hidden].sort(),
      drafts: [...this.drafts.values()].sort(byId),
      reminders: [...this.reminders].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, reminder]) => reminder),
    };
  }
}

/** What a person has set, as the test remembers it: what the hub must say in the end. */
interface Wanted {
  muted_until?: string;
  is_pinned?: true;
  is_archived?: true;
  draft?: { text: string; at: number };
  hidden: Set<number>;
  /** When, by the number of the message. */
  reminders: Map<number, string>;
}

const nothing = (): Wanted => ({ hidden: new Set(), reminders: new Map() });

/** What the person would count, from the log itself. */
async function unreadOf(chatId: string, userId: string, readSeq: number, hidden: ReadonlySet<number>): Promise<number> {
  const { messages } = await chatCalls(chatId).history(userId, { limit: 100 });
  return messages.filter(
    ({ seq, sender_id, message_type, content, is_hidden }) =>
      seq > readSeq && sender_id !== userId && message_type !== "system" && content && !is_hidden && !hidden.has(seq),
  ).length;
}

/** In a `calm` play no chat dies, and nothing at its end makes good what a chat may have forgotten to say. */
async function play(seed: number, steps: number, isCalm: boolean): Promise<void> {
  const random = seeded(seed);
  const pick = <T>(items: readonly T[]): T => items[Math.floor(random() * items.length)] as T;
  const [ada, bela] = [person("Ada"), person("Bela")] as [TestPerson, TestPerson];
  const chats = await Promise.all([0, 1, 2].map(() => makeGroup([ada, bela])));
  const hub = hubStub(bela.user_id);
  const devices = [new InboxDevice(bela.user_id, "one"), new InboxDevice(bela.user_id, "two")];
  const wanted = new Map<string, Wanted>(chats.map((chat) => [chat.chatId, nothing()]));
  const start = Date.now() - 3_600_000;
  for (let step = 0; step < steps; step++) {
    const { stub, chatId } = pick(chats);
    const device = pick(devices);
    const mine = wanted.get(chatId);
    const dice = random();
    if (dice < 0.25) await stub.send(ada.user_id, draft(`step ${step}`));
    else if (dice < 0.3 && mine) await stub.send(bela.user_id, draft(`own ${step}`));
    else if (dice < 0.36 && mine) {
      const { head_seq } = await stub.history(bela.user_id, { limit: 1 });
      await stub.markRead(bela.user_id, Math.max(1, head_seq - Math.floor(random() * 3)));
    } else if (dice < 0.39) await forget(stub, ada.user_id, random());
    else if (dice < 0.42 && wanted.delete(chatId)) {
      await stub.removeMember(ada.user_id, bela.user_id);
      await expect.poll(() => isListed(hub, chatId), { timeout: 15_000 }).toBe(false);
    } else if (dice < 0.46 && !mine) {
      await stub.addMembers(ada.user_id, [bela]);
      wanted.set(chatId, nothing());
      await expect.poll(() => isListed(hub, chatId), { timeout: 15_000 }).toBe(true);
    } else if (dice < 0.72 && mine) await change(device, chatId, mine, bela.user_id, random, start + step);
    else if (dice < 0.8) await device.connect();
    else if (dice < 0.85) await device.leave();
    else if (dice < 0.9) await evictDurableObject(hub).catch(() => undefined);
    else if (dice < 0.93 && !isCalm) await evictDurableObject(stub).catch(() => undefined);
    else if (dice < 0.96) await hub.inbox({ limit: 10 });
    else await runDurableObjectAlarm(hub);
  }
  for (const device of devices) await device.connect();
  if (!isCalm) for (const { stub } of chats) await runDurableObjectAlarm(stub);
  await expect
    .poll(async () => wrongOf(seed, bela.user_id, devices, wanted), { timeout: 15_000, interval: 200 })
    .toEqual([]);
}

const isListed = async (hub: ReturnType<typeof hubStub>, chatId: string): Promise<boolean> =>
  Boolean((await entryOf(hub, chatId)) ?? (await entryOf(hub, chatId, "archived")));

/** Somebody deletes one of the latest messages for everyone: if it is theirs. */
async function forget(stub: ReturnType<typeof chatStub>, by: string, dice: number): Promise<void> {
  const { messages } = await stub.history(by, { limit: 5 });
  const message = messages[Math.floor(dice * messages.length)];
  if (message?.message_type === "text" && message.sender_id === by) await stub.deleteMessage(by, message.seq);
}

/** One command about what is personal, from a device if it is here, else over HTTP's calls. */
async function change(
  device: InboxDevice,
  chatId: string,
  mine: Wanted,
  userId: string,
  random: () => number,
  at: number,
): Promise<void> {
  const hub = hubStub(userId);
  const frame = { chat_id: chatId, command_id: newClientMsgId() };
  const dice = random();
  if (dice < 0.4) {
    const [isPinned, isArchived, isMuted] = [random() < 0.5, random() < 0.5, random() < 0.5];
    const muted_until = isMuted ? `2999-01-01T00:00:00.${String(Math.floor(random() * 900) + 100)}Z` : null;
    const set = { is_pinned: isPinned, is_archived: isArchived, muted_until };
    if (device.isHere) await device.command({ type: "SET_CHAT_STATE", ...frame, ...set });
    else for (let i = 0; i < 2; i++) await hub.setChatState(chatId, frame.command_id, set);
    delete mine.is_pinned;
    delete mine.is_archived;
    delete mine.muted_until;
    if (isPinned) mine.is_pinned = true;
    if (isArchived) mine.is_archived = true;
    if (muted_until) mine.muted_until = muted_until;
  } else if (dice < 0.7 && device.isHere) {
    const said = at - Math.floor(random() * 6);
    const text = random() < 0.25 ? "" : "long ".repeat(random() < 0.3 ? 300 : 1) + said;
    await device.command({ type: "SAVE_DRAFT", chat_id: chatId, text, edited_at: new Date(said).toISOString() });
    const old = mine.draft;
    const isLonger =
      old?.at === said && (text.length > old.text.length || (text.length === old.text.length && text > old.text));
    if (!old || old.at < said || isLonger) mine.draft = { text, at: said };
  } else if (dice < 0.85) {
    const { head_seq } = await chatCalls(chatId).history(userId, { limit: 1 });
    const seq = Math.max(1, head_seq - Math.floor(random() * 4));
    // Taken back, due at once, or in an hour.
    const kind = random();
    const remind_at = kind < 0.3 ? null : new Date(Date.now() + (kind < 0.6 ? 0 : 3_600_000)).toISOString();
    const message_id = messageId(chatId, seq);
    if (device.isHere) await device.command({ type: "SET_REMINDER", ...frame, message_id, remind_at });
    else for (let i = 0; i < 2; i++) await hub.setReminder(chatId, frame.command_id, seq, remind_at);
    if (remind_at === null) mine.reminders.delete(seq);
    else mine.reminders.set(seq, remind_at);
  } else {
    const { head_seq } = await chatCalls(chatId).history(userId, { limit: 1 });
    const seqs = [0, 1, 2].map(() => Math.max(1, head_seq - Math.floor(random() * 8)));
    const isHidden = random() < 0.7;
    const message_ids = seqs.map((seq) => messageId(chatId, seq));
    if (device.isHere) await device.command({ type: "HIDE_MESSAGES", ...frame, message_ids, is_hidden: isHidden });
    else for (let i = 0; i < 2; i++) await hub.hideMessages(chatId, frame.command_id, seqs, isHidden);
    for (const seq of seqs) {
      if (isHidden) mine.hidden.add(seq);
      else mine.hidden.delete(seq);
    }
  }
}

/** Where a device is not what it must be: what a fresh one is told, what the chats say, and what the person has set. */
async function wrongOf(seed: number, userId: string, devices: readonly InboxDevice[], wanted: Map<string, Wanted>) {
  const fresh = new InboxDevice(userId, "fresh");
  await fresh.connect();
  const wrong: unknown[] = [];
  for (const device of devices) {
    await device.apply();
    if (JSON.stringify(device.shown()) !== JSON.stringify(fresh.shown()))
      wrong.push({ seed, shown: device.shown(), fresh: fresh.shown() });
  }
  const says = fresh.present().map(({ rev: _, ...entry }) => entry);
  const must = [];
  for (const [chatId, mine] of [...wanted].sort(([a], [b]) => (a < b ? -1 : 1))) {
    const hidden = [...mine.hidden];
    const head = await chatCalls(chatId).readHead(userId, hidden);
    if (!head) throw new Error("the chat has forgotten its member");
    const { muted_until, is_pinned, is_archived, draft: saved } = mine;
    const unread = await unreadOf(chatId, userId, head.entry.read_seq, mine.hidden);
    const text = saved?.text.slice(0, DRAFT_EXCERPT_CHARS);
    must.push({
      ...{ ...head.entry, unread },
      ...(muted_until ? { muted_until } : {}),
      ...(is_pinned ? { is_pinned } : {}),
      ...(is_archived ? { is_archived } : {}),
      ...(saved && text
        ? {
            draft: {
              text,
              edited_at: new Date(saved.at).toISOString(),
              ...(saved.text === text ? {} : { is_excerpt: true as const }),
            },
          }
        : {}),
    });
    for (const seq of hidden)
      if (!fresh.hidden.has(nameOf({ chat_id: chatId, seq }))) wrong.push({ seed, chatId, seq });
    const remembered = [...fresh.reminders.values()].filter((reminder) => reminder.chat_id === chatId);
    const isRight = ({ seq, remind_at, is_due }: Reminder): boolean =>
      mine.reminders.get(seq) === remind_at && (is_due === true) === Date.parse(remind_at) <= Date.now();
    if (remembered.length !== mine.reminders.size || !remembered.every(isRight))
      wrong.push({ seed, chatId, remembered, reminders: [...mine.reminders] });
    if (saved && saved.text !== text && fresh.drafts.get(chatId)?.text !== saved.text)
      wrong.push({ seed, chatId, saved });
  }
  if (canonical(says) !== canonical(must)) wrong.push({ seed, says, must });
  await fresh.leave();
  return wrong;
}

/** JSON with its fields in order: a line is put together from parts. */
const canonical = (value: unknown): string =>
  JSON.stringify(value, (_, item: unknown) =>
    typeof item === "object" && item !== null && !Array.isArray(item)
      ? Object.fromEntries(Object.entries(item).sort(([a], [b]) => (a < b ? -1 : 1)))
      : item,
  );

describe("convergence of inboxes", () => {
  it("INB2 INB6 INB7 PER1 PER2 DRF1 HID1 HID3 REM1 REM5 every device ends with the heads of the chats and with what was set, whatever slept or died in between", async () => {
    await Promise.all(Array.from({ length: 16 }, (_, seed) => play(seed + 1, 60, seed % 2 === 0)));
  }, 90_000);
});
