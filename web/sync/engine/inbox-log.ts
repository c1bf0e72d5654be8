import { judge } from "../../../src/domain/delta.ts";
import type { HiddenMessage, InboxEntry } from "../../../src/protocol/chat.ts";
import type { DownOf } from "../../../src/protocol/down.ts";
import type { Cursor } from "../../../src/protocol/up.ts";
import type { StoredInbox } from "./stored.ts";

export interface InboxChange {
  cursor: Cursor;
  /** Those that changed, or all of them after a snapshot. */
  entries: readonly InboxEntry[];
  /** Chats that are no longer this person's. */
  removed: readonly string[];
  /** Messages that were hidden or are shown again; after a snapshot all that are hidden. */
  hidden: readonly HiddenMessage[];
  isReplaced: boolean;
}

/** A cursor that no hub can take for one of its own: it answers with everything. */
const VOID: Cursor = { epoch: "void", rev: 0 };

const NONE: ReadonlySet<number> = new Set();

/** The list of chats as the hub tells it: the same clockwork as a chat's log, with entries that are always absolute. */
export class InboxLog {
  readonly #ask: (cursor: Cursor | undefined) => void;
  readonly #changed: (change: InboxChange) => void;
  #cursor: Cursor | undefined;
  #entries: ReadonlyMap<string, InboxEntry> = new Map();
  readonly #hidden = new Map<string, ReadonlySet<number>>();
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

  get isAsked(): boolean {
    return this.#isAsked;
  }

  restore(stored: StoredInbox): void {
    if (this.#cursor) return;
    this.#cursor = { epoch: stored.epoch, rev: stored.rev };
    this.#entries = new Map(stored.entries.map((entry) => [entry.chat_id, entry]));
    this.#hide(stored.hidden);
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
      if (known && known.rev >= entry.rev) continue;
      if (entry.is_removed) {
        entries.delete(entry.chat_id);
        removed.push(entry.chat_id);
      } else entries.set(entry.chat_id, entry);
      changed.push(entry);
    }
    this.#cursor = { epoch: frame.epoch, rev: frame.rev };
    this.#entries = entries;
    const hidden = frame.hidden ?? [];
    this.#hide(hidden);
    for (const chatId of removed) this.#hidden.delete(chatId);
    this.#changed({ cursor: this.#cursor, entries: changed, removed, hidden, isReplaced: false });
  }

  snapshot(frame: DownOf<"INBOX_SNAPSHOT">): void {
    const cursor = this.#cursor;
    const isOld = cursor !== undefined && cursor.epoch === frame.epoch && frame.rev < cursor.rev;
    if (isOld && !this.#isAsked) return;
    this.#isAsked = false;
    const kept = frame.entries.filter((entry) => !entry.is_removed);
    const entries = new Map(kept.map((entry) => [entry.chat_id, entry]));
    const removed = [...this.#entries.keys()].filter((chatId) => !entries.has(chatId));
    this.#cursor = { epoch: frame.epoch, rev: frame.rev };
    this.#entries = entries;
    const hidden = (frame.hidden ?? []).filter((one) => one.is_hidden);
    this.#hidden.clear();
    this.#hide(hidden);
    this.#changed({ cursor: this.#cursor, entries: kept, removed, hidden, isReplaced: true });
  }

  /**
   * The chat itself said that it is over. Which of the two is behind, the chat's word or the hub's, nobody can tell
   * from here: the person may have been put out and let in again. So what is known of the hub is in doubt from now on.
   */
  drop(chatId: string): void {
    const entries = new Map(this.#entries);
    if (!entries.delete(chatId)) return;
    this.#hidden.delete(chatId);
    this.#entries = entries;
    this.#cursor = VOID;
  }

  /** Asks for the whole inbox, if it is in doubt and that was not asked yet. */
  resolve(): void {
    if (this.#cursor?.epoch === VOID.epoch && !this.#isAsked) this.#question(undefined);
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
