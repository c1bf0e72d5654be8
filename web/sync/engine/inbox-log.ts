import { judge } from "../../../src/domain/delta.ts";
import type { HiddenMessage, InboxEntry, Reminder } from "../../../src/protocol/chat.ts";
import type { DownOf } from "../../../src/protocol/down.ts";
import type { Cursor } from "../../../src/protocol/up.ts";
import { CLOCK_MS } from "./chat-log.ts";
import type { InboxCursor, StoredInbox } from "./stored.ts";

export interface InboxChange {
  cursor: InboxCursor;
  /** Those that changed, or all of them after a snapshot. */
  entries: readonly InboxEntry[];
  /** Chats that are no longer this person's. */
  removed: readonly string[];
  /** Messages that were hidden or are shown again; after a snapshot all that are hidden. */
  hidden: readonly HiddenMessage[];
  /** Reminders that changed, or all of them after a snapshot. */
  reminders: readonly Reminder[];
  isReplaced: boolean;
}

/** A cursor that no hub can take for one of its own: it answers with everything. */
const VOID: Cursor = { epoch: "void", rev: 0 };

const NONE: ReadonlySet<number> = new Set();

/** This device emptied the preview itself: the hub names no time of what is empty. */
const isEmptiedHere = ({ preview }: InboxEntry): boolean =>
  preview?.is_deleted === true && preview.expires_at !== undefined;

/** The list of chats as the hub tells it: the same clockwork as a chat's log, with entries that are always absolute. */
export class InboxLog {
  readonly #ask: (cursor: Cursor | undefined) => void;
  readonly #changed: (change: InboxChange) => void;
  #cursor: Cursor | undefined;
  #entries: ReadonlyMap<string, InboxEntry> = new Map();
  readonly #hidden = new Map<string, ReadonlySet<number>>();
  #reminders: readonly Reminder[] = [];
  /** Chats that were known before a snapshot that did not carry all, and of which nothing was heard since. */
  #unconfirmed: Set<string> | undefined;
  /** Chats that were removed since the last snapshot, by the clock then: a page on its way may still have them. */
  readonly #gone = new Map<string, number>();
  #isAsked = false;

  constructor(events: { ask(cursor: Cursor | undefined): void; changed(change: InboxChange): void }) {
    this.#ask = events.ask;
    this.#changed = events.changed;
  }

  get cursor(): Cursor | undefined {
    return this.#cursor;
  }

  get entries(): ReadonlyMap<string, InboxEntry> {
    return this.#entries;
  }

  /** Numbers of the messages that the person deleted for themselves; the same set until it changes. */
  hidden(chatId: string): ReadonlySet<number> {
    return this.#hidden.get(chatId) ?? NONE;
  }

  /** Those that wait or are due; the same list until it changes. */
  get reminders(): readonly Reminder[] {
    return this.#reminders;
  }

  /** The rest of the chats is still to be fetched, page by page. */
  get isPartial(): boolean {
    return this.#unconfirmed !== undefined;
  }

  get isAsked(): boolean {
    return this.#isAsked;
  }

  restore(stored: StoredInbox): void {
    if (this.#cursor) return;
    this.#cursor = { epoch: stored.epoch, rev: stored.rev };
    this.#entries = new Map(stored.entries.map((entry) => [entry.chat_id, entry]));
    this.#hide(stored.hidden);
    this.#remind(stored.reminders);
    if (stored.is_partial) this.#unconfirmed = new Set(this.#entries.keys());
  }

  /** The cursor stood in the address of the socket: the answer is on its way. */
  attaching(): void {
    this.#isAsked = true;
  }

  detached(): void {
    this.#isAsked = false;
  }

  changedFrame(frame: DownOf<"INBOX_CHANGED">): void {
    const cursor = this.#cursor;
    if (!cursor || cursor.epoch !== frame.epoch) {
      // Only a snapshot tells of another life of the hub's database. One that is under way will do.
      this.#cursor = undefined;
      if (!this.#isAsked) this.#question(undefined);
      return;
    }
    const verdict = judge(cursor.rev, frame);
    if (verdict === "catch_up") {
      if (!this.#isAsked) this.#question(cursor);
      return;
    }
    this.#isAsked = false;
    if (verdict === "ignore") return;
    const entries = new Map(this.#entries);
    const changed: InboxEntry[] = [];
    const removed: string[] = [];
    for (const entry of frame.entries) {
      const known = entries.get(entry.chat_id);
      this.#unconfirmed?.delete(entry.chat_id);
      if (known && known.rev >= entry.rev) continue;
      if (entry.is_removed) {
        entries.delete(entry.chat_id);
        this.#gone.set(entry.chat_id, entry.rev);
        removed.push(entry.chat_id);
      } else entries.set(entry.chat_id, entry);
      changed.push(entry);
    }
    this.#cursor = { epoch: frame.epoch, rev: frame.rev };
    this.#entries = entries;
    const { hidden = [], reminders = [] } = frame;
    this.#hide(hidden);
    this.#remind(reminders);
    this.#forget(removed);
    this.#tell({ entries: changed, removed, hidden, reminders, isReplaced: false });
  }

  /** A page of what the snapshot did not carry, or of what this device would like to know again. */
  page(page: readonly InboxEntry[]): void {
    if (!this.#cursor) return;
    const entries = new Map(this.#entries);
    const changed: InboxEntry[] = [];
    for (const entry of page) {
      this.#unconfirmed?.delete(entry.chat_id);
      const known = entries.get(entry.chat_id);
      const rev = known?.rev ?? this.#gone.get(entry.chat_id);
      const isHealed = known !== undefined && isEmptiedHere(known) && known.rev === entry.rev;
      if (entry.is_removed || (rev !== undefined && rev >= entry.rev && !isHealed)) continue;
      entries.set(entry.chat_id, entry);
      changed.push(entry);
    }
    if (changed.length === 0) return;
    this.#entries = entries;
    this.#tell({ entries: changed, removed: [], hidden: [], reminders: [], isReplaced: false });
  }

  /** Every page was read: what none of them had is no longer this person's. */
  completed(): void {
    const removed = [...(this.#unconfirmed ?? [])];
    this.#unconfirmed = undefined;
    if (!this.#cursor) return;
    const gone = removed.flatMap((chatId) => this.#entries.get(chatId) ?? []);
    const entries = new Map(this.#entries);
    for (const chatId of removed) entries.delete(chatId);
    this.#entries = entries;
    this.#forget(removed);
    const told = gone.map((entry): InboxEntry => ({ ...entry, is_removed: true }));
    this.#tell({ entries: told, removed, hidden: [], reminders: [], isReplaced: false });
  }

  /**
   * Previews of what is over at `now` (epoch milliseconds of the server's clock), or of messages that were emptied: nothing
   * of them stays, until the hub tells the next one.
   */
  expire(now: number, gone: readonly { chat_id: string; seq: number }[]): void {
    const emptied = new Set(gone.map(({ chat_id, seq }) => `${chat_id}.${seq}`));
    const blank: InboxEntry[] = [];
    for (const entry of this.#entries.values()) {
      const { preview } = entry;
      if (!preview || preview.is_deleted) continue;
      const isOver = preview.expires_at !== undefined && Date.parse(preview.expires_at) <= now;
      if (isOver || emptied.has(`${entry.chat_id}.${preview.seq}`))
        blank.push({ ...entry, preview: { ...preview, text: "", is_deleted: true } });
    }
    if (blank.length === 0) return;
    const entries = new Map(this.#entries);
    for (const entry of blank) entries.set(entry.chat_id, entry);
    this.#entries = entries;
    this.#tell({ entries: blank, removed: [], hidden: [], reminders: [], isReplaced: false });
  }

  /**
   * What a clock that was ahead emptied before its time comes back with a snapshot. `now`: epoch milliseconds of the
   * server's clock, just told.
   */
  heal(now: number): void {
    const isEarly = (entry: InboxEntry): boolean =>
      isEmptiedHere(entry) && Date.parse(entry.preview?.expires_at ?? "") > now + CLOCK_MS;
    if (!this.#isAsked && [...this.#entries.values()].some(isEarly)) this.#question(undefined);
  }

  snapshot(frame: DownOf<"INBOX_SNAPSHOT">): void {
    const cursor = this.#cursor;
    const isOld = cursor !== undefined && cursor.epoch === frame.epoch && frame.rev < cursor.rev;
    if (isOld && !this.#isAsked) return;
    this.#isAsked = false;
    this.#gone.clear();
    const told = frame.entries.filter((entry) => !entry.is_removed);
    const isPartial = frame.is_complete === false;
    const entries = new Map(told.map((entry) => [entry.chat_id, entry]));
    const missing = [...this.#entries.keys()].filter((chatId) => !entries.has(chatId));
    this.#unconfirmed = isPartial ? new Set(missing) : undefined;
    if (isPartial) for (const [chatId, entry] of this.#entries) if (!entries.has(chatId)) entries.set(chatId, entry);
    this.#cursor = { epoch: frame.epoch, rev: frame.rev };
    this.#entries = entries;
    const hidden = (frame.hidden ?? []).filter((one) => one.is_hidden);
    const reminders = frame.reminders ?? [];
    this.#hidden.clear();
    this.#hide(hidden);
    this.#reminders = [];
    this.#remind(reminders);
    const removed = isPartial ? [] : missing;
    this.#tell({ entries: [...entries.values()], removed, hidden, reminders, isReplaced: true });
  }

  /**
   * The chat itself said that it is over. Which of the two is behind, the chat's word or the hub's, nobody can tell
   * from here: the person may have been put out and let in again. So what is known of the hub is in doubt from now on.
   */
  drop(chatId: string): void {
    const entries = new Map(this.#entries);
    if (!entries.delete(chatId)) return;
    this.#forget([chatId]);
    this.#entries = entries;
    this.#cursor = VOID;
  }

  /** Asks for the whole inbox, if it is in doubt and that was not asked yet. */
  resolve(): void {
    if (this.#cursor?.epoch === VOID.epoch && !this.#isAsked) this.#question(undefined);
  }

  #tell(change: Omit<InboxChange, "cursor">): void {
    if (this.#cursor)
      this.#changed({ cursor: { ...this.#cursor, ...(this.isPartial ? { is_partial: true } : {}) }, ...change });
  }

  /** What was set about messages of these chats goes with them. */
  #forget(chatIds: readonly string[]): void {
    for (const chatId of chatIds) this.#hidden.delete(chatId);
    if (this.#reminders.some((one) => chatIds.includes(one.chat_id)))
      this.#reminders = this.#reminders.filter((one) => !chatIds.includes(one.chat_id));
  }

  #remind(changes: readonly Reminder[]): void {
    if (changes.length > 0) this.#reminders = mergeReminders(this.#reminders, changes);
  }

  #hide(changes: readonly HiddenMessage[]): void {
    const sets = new Map<string, Set<number>>();
    for (const { chat_id, seq, is_hidden } of changes) {
      const set = sets.get(chat_id) ?? new Set(this.#hidden.get(chat_id));
      sets.set(chat_id, set);
      if (is_hidden) set.add(seq);
      else set.delete(seq);
    }
    for (const [chatId, set] of sets) this.#hidden.set(chatId, set);
  }

  #question(cursor: Cursor | undefined): void {
    this.#isAsked = true;
    this.#ask(cursor);
  }
}

/** Due ones first, then the next. */
export function mergeReminders(known: readonly Reminder[], changes: readonly Reminder[]): readonly Reminder[] {
  const merged = new Map(known.map((one) => [`${one.chat_id}.${one.seq}`, one]));
  for (const change of changes) {
    if (change.is_removed) merged.delete(`${change.chat_id}.${change.seq}`);
    else merged.set(`${change.chat_id}.${change.seq}`, change);
  }
  return [...merged.values()].sort((a, b) => (a.remind_at < b.remind_at ? -1 : a.remind_at > b.remind_at ? 1 : 0));
}
