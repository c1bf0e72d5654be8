import { Fault } from "../../src/domain/fault.ts";
import { allows, type Right } from "../../src/domain/rights.ts";
import { type Counting, countedFor, shownFrom } from "./blocked-view.ts";
import { Blocks } from "./blocks.ts";
import { EntryStore } from "./entry-store.ts";
import { KnownIds } from "./known-ids.ts";
import { PollStore } from "./poll-store.ts";
import { Signs } from "./privacy.ts";
import { PrivacyStore } from "./privacy-store.ts";
import { ReceiptPages } from "./receipt-pages.ts";
import type { ChatRow, MemberRow, MessageRow } from "./rows.ts";
import { SearchIndex } from "./search-index.ts";
import { SlowMode } from "./slow-mode.ts";
import type { ChatStore } from "./store.ts";
import { ThreadStore } from "./thread-store.ts";
import { Timers } from "./timers.ts";
import { Unread } from "./unread.ts";

/** Members up to here are kept in memory once all were asked for; larger chats read them as they are needed. */
const CACHED_MEMBERS = 5_000;

const NOBODY: ReadonlySet<string> = new Set();

/** Cursors as they stand in memory, before they are stored. */
export interface Moved {
  delivered_seq: number;
  read_seq: number;
}

/**
 * The chat as the object has it in memory: heads, clock, members, and receipts that are not stored yet. Loaded with a
 * handful of rows on wake. Only an applied effect changes it (see `commits.ts`), so a failed command leaves no trace.
 */
export class Room {
  readonly store: ChatStore;
  readonly known: KnownIds;
  readonly receipts: ReceiptPages;
  readonly search: SearchIndex;
  readonly entry: EntryStore;
  readonly slowMode: SlowMode;
  /** What happens at a time. */
  readonly timers: Timers;
  readonly privacy: PrivacyStore;
  /** Who has blocked the other side, in a direct chat. */
  readonly blocks: Blocks;
  /** Who hides what they read, and that they write. */
  readonly signs: Signs;
  chat: ChatRow;
  /** The clock's head. */
  rev: number;
  last: MessageRow | undefined;
  /** Cursors that moved and wait for the next flush of receipts. */
  readonly moved = new Map<string, Moved>();
  readonly feeds: Set<string>;
  /** The snapshot that was last written out for members who see everything, while the clock stands where it stood. */
  snapshotText: { rev: number; text: string } | undefined;
  readonly threads: ThreadStore;
  readonly polls: PollStore;
  /** Threads in which something is unread, by person; what is missing is counted when it is asked for. */
  readonly #unreadThreads = new Map<string, number>();
  /** The newest message outside of threads, where that is not the last. */
  #shown: MessageRow | undefined;
  readonly #members = new Map<string, MemberRow>();
  #hasAll = false;
  #present: Set<string> | undefined;
  #requestCount: number | undefined;
  readonly #unread: Unread;

  constructor(store: ChatStore, chat: ChatRow) {
    this.store = store;
    this.chat = chat;
    this.last = store.lastMessage();
    const lastChange = store.lastChange();
    this.#unread = new Unread(store, this.headSeq, lastChange);
    this.receipts = new ReceiptPages(store, this.#unread);
    this.rev = Math.max(this.last?.born_rev ?? 0, lastChange, this.receipts.lastRev);
    this.known = new KnownIds(store, this.headSeq);
    this.threads = new ThreadStore(store.db);
    this.polls = new PollStore(store.db);
    this.search = new SearchIndex(this);
    this.feeds = new Set(store.feeds());
    this.privacy = new PrivacyStore(store.db);
    this.blocks = new Blocks(chat.chat_type === "direct" ? this.privacy.blocks() : []);
    this.signs = new Signs(this.privacy);
    this.entry = new EntryStore(store.db);
    this.slowMode = new SlowMode(store.db);
    this.timers = new Timers(store.db);
  }

  /** How many wait to be let in. */
  get requestCount(): number {
    this.#requestCount ??= this.entry.countRequests();
    return this.#requestCount;
  }

  /** Somebody asked to be let in, or was answered. */
  requestsChanged(): void {
    this.#requestCount = undefined;
  }

  get headSeq(): number {
    return this.last?.seq ?? 0;
  }

  /** The newest message that a list of chats shows: one in a thread is shown there. */
  get shown(): MessageRow | undefined {
    if (this.last?.thread_root == null) return this.last;
    this.#shown ??= this.threads.newestOutside(this.headSeq);
    return this.#shown;
  }

  /** Threads that somebody follows with something unread in them (SPEC THR4). */
  unreadThreads(member: MemberRow): number {
    const known = this.#unreadThreads.get(member.user_id);
    if (known !== undefined) return known;
    const count = this.threads.unreadThreads(member.user_id, member.first_seq);
    this.#unreadThreads.set(member.user_id, count);
    return count;
  }

  /** Threads have more, fewer or other unread answers for these people, or for anybody. */
  threadsChanged(userIds?: readonly string[]): void {
    if (userIds) for (const id of userIds) this.#unreadThreads.delete(id);
    else this.#unreadThreads.clear();
  }

  /** A member's row as it is stored and published; also of removed members. */
  member(userId: string): MemberRow | undefined {
    let row = this.#members.get(userId);
    if (!row && !this.#hasAll) {
      const person = this.store.person(userId);
      if (!person) return undefined;
      row = this.receipts.memberOf(person);
      this.#members.set(userId, row);
    }
    return row;
  }

  /** How far they have read, counting what is not published yet. */
  readSeq(row: MemberRow): number {
    return Math.max(row.read_seq, this.moved.get(row.user_id)?.read_seq ?? 0);
  }

  /** Notes that a member's cursors moved; they are stored and published by the next flush. True if something moved. */
  moveCursors(row: MemberRow, deliveredSeq: number, readSeq: number): boolean {
    const moved = this.moved.get(row.user_id) ?? { delivered_seq: row.delivered_seq, read_seq: row.read_seq };
    const next = {
      delivered_seq: Math.max(moved.delivered_seq, deliveredSeq, readSeq),
      read_seq: Math.max(moved.read_seq, readSeq),
    };
    if (next.delivered_seq === moved.delivered_seq && next.read_seq === moved.read_seq) return false;
    this.moved.set(row.user_id, next);
    return true;
  }

  /** Everybody, removed members too, ordered by id. */
  members(): MemberRow[] {
    if (!this.#hasAll) {
      const people = this.store.people(CACHED_MEMBERS + 1);
      if (people.length > CACHED_MEMBERS)
        return this.store.people(Number.MAX_SAFE_INTEGER).map((person) => this.receipts.memberOf(person));
      for (const person of people) this.#members.set(person.user_id, this.receipts.memberOf(person));
      this.#hasAll = true;
    }
    return [...this.#members.values()].sort((a, b) => (a.user_id < b.user_id ? -1 : 1));
  }

  /** Ids of everybody who is a member now. Asked for with every message, so kept, and kept up as people come and go. */
  presentIds(): ReadonlySet<string> {
    this.#present ??= new Set(
      this.members()
        .filter((m) => m.removed_at === null)
        .map((m) => m.user_id),
    );
    return this.chat.is_active ? this.#present : NOBODY;
  }

  setMember(row: MemberRow): void {
    this.#members.set(row.user_id, row);
    if (row.removed_at === null) this.#present?.add(row.user_id);
    else this.#present?.delete(row.user_id);
  }

  /** Somebody came or went, or the chat ended. */
  peopleChanged(): void {
    this.threadsChanged();
  }

  isPresent(row: MemberRow | undefined): row is MemberRow {
    return row !== undefined && row.removed_at === null && this.chat.is_active;
  }

  /**
   * The row of somebody who is a member now.
   * @throws Fault `removed` for who was one, `not_found` for a stranger: a chat does not tell strangers that it exists
   */
  requireMember(userId: string): MemberRow {
    const row = this.member(userId);
    if (this.isPresent(row)) return row;
    throw new Fault(row ? "removed" : "not_found");
  }

  /** @throws Fault `forbidden` if their role does not have the right */
  requireRight(userId: string, right: Right): MemberRow {
    const row = this.requireMember(userId);
    if (!this.may(row, right)) throw new Fault("forbidden");
    if (right === "write" && this.blocks.has(userId)) throw new Fault("blocked");
    return row;
  }

  /** By role, and by what the chat has set. */
  may(row: MemberRow, right: Right): boolean {
    return allows(this.chat, row.role, right);
  }

  /** Messages by others above the read cursor that are neither deleted nor notices nor hidden; at most 999. */
  unread(member: MemberRow): number {
    return this.#look(member).count;
  }

  /** The newest of these that mentions them or answers them. */
  mention(member: MemberRow): number | undefined {
    return this.#look(member).mention;
  }

  #look(member: MemberRow): Counting {
    const above = this.#countsFrom(member);
    if (this.blocks.concerns(member.user_id)) return countedFor(this, member, above);
    return above >= this.headSeq ? { count: 0, mention: undefined } : this.#unread.look(member.user_id, above);
  }

  /** Is anything unread for them? Cheaper than the count. */
  hasUnread(member: MemberRow): boolean {
    const above = this.#countsFrom(member);
    if (this.blocks.concerns(member.user_id)) return countedFor(this, member, above).count > 0;
    return above < this.headSeq && this.#unread.hasAny(member.user_id, above);
  }

  /** May this member not see the message: from before their time, or by somebody whom they had blocked? */
  isHiddenFrom(member: MemberRow, row: Pick<MessageRow, "seq" | "sender_id" | "edited_at">): boolean {
    return row.seq < member.first_seq || (this.blocks.isAny && this.blocks.hides(member.user_id, row));
  }

  /** The newest message of the chat's own timeline that this member may see. */
  shownTo(member: MemberRow): MessageRow | undefined {
    const { shown } = this;
    if (shown === undefined || shown.seq < member.first_seq) return undefined;
    return this.blocks.concerns(member.user_id) ? shownFrom(this, member, shown) : shown;
  }

  #countsFrom(member: MemberRow): number {
    return Math.max(this.readSeq(member), member.first_seq - 1);
  }

  /** A message was added to the log. */
  appended(row: MessageRow): void {
    if (row.thread_root === null) this.#shown = undefined;
    else if (this.last?.thread_root === null) this.#shown = this.last;
    this.last = row;
    if (row.client_msg_id !== null) this.known.remember(row.sender_id, row.client_msg_id, row.seq);
    if (row.expires_at !== null) this.timers.willExpire(row.expires_at);
    this.#unread.appended(row);
  }

  /** A message of the log was deleted. */
  deleted(row: MessageRow): void {
    this.#restate(row);
    this.#unread.deleted(row.seq, row.rev);
    this.search.restated(row);
  }

  /** A message of the log says something else. */
  edited(row: MessageRow): void {
    this.annotated(row);
    this.#unread.edited(row);
  }

  /** Something was added to a message, or taken from it, that is nobody's unread. */
  annotated(row: MessageRow): void {
    this.#restate(row);
    this.search.restated(row);
  }

  #restate(row: MessageRow): void {
    if (this.last?.seq === row.seq) this.last = row;
    if (this.#shown?.seq === row.seq) this.#shown = row;
  }
}
