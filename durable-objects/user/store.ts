import type { InboxEntry } from "../../src/protocol/chat.ts";
import type { PresenceStatus } from "../../src/protocol/user.ts";
import type { Database } from "../shared/database.ts";
import { DRAFT_EXCERPT_CHARS } from "./limits.ts";
import { PersonalStore } from "./personal-store.ts";
import { ReminderStore } from "./reminder-store.ts";

/** Rows as they lie in the hub's database. Times are epoch milliseconds, but for those inside an entry. */
export type HubRow = {
  user_id: string;
  epoch: string;
  created_at: number;
  said_status: "away" | "busy" | "do_not_disturb" | null;
  said_until: number | null;
  /** JSON; see `custom-status.ts`. */
  custom_status: string | null;
  used_at: number | null;
  online_at: number | null;
  left_at: number | null;
  left_status: PresenceStatus | null;
  delivered_rev: number;
  head_rev: number | null;
  forgotten_rev: number;
};

/** A line of the inbox: what the chat says of itself, and what the person has set for it. */
export type InboxRow = {
  chat_id: string;
  chat_epoch: string;
  chat_rev: number;
  /** The hub's clock when anything of the line last changed. */
  rev: number;
  /** The same for what the chat says. */
  entry_rev: number;
  is_dirty: number;
  is_removed: number;
  head_seq: number;
  read_seq: number;
  /** JSON of an {@link Entry}. */
  entry: string;
  /** Null where nothing was ever set. */
  personal_rev: number | null;
  muted_until: number | null;
  is_pinned: number | null;
  is_archived: number | null;
  is_marked_unread: number | null;
  marked_seq: number | null;
  cleared_seq: number | null;
  is_unlisted: number | null;
  draft_rev: number | null;
  draft_edited_at: number | null;
  /** Its beginning, at most `DRAFT_EXCERPT_CHARS`. */
  draft_excerpt: string | null;
  draft_chars: number | null;
};

/** An inbox entry as chats send it: without the hub's own clock, and without what is personal. */
export type Entry = Omit<InboxEntry, "rev">;

/** What an entry is stored with. */
export interface Stamp {
  chat_epoch: string;
  chat_rev: number;
  rev: number;
  is_dirty: boolean;
}

/** Where a page of the inbox ends. */
export interface PlaceInInbox {
  is_pinned: boolean;
  last_at: string;
  chat_id: string;
}

export type InboxFilter = "all" | "unread" | "direct" | "group" | "mentions" | "archived" | "unlisted";

export type WatcherRow = { user_id: string; chat_id: string; noted_at: number };

const LINES = `SELECT i.chat_id, i.chat_epoch, i.chat_rev, i.is_dirty, i.is_removed, i.head_seq, i.read_seq, i.entry,
    i.rev AS entry_rev, MAX(i.rev, IFNULL(p.rev, 0), IFNULL(d.rev, 0)) AS rev,
    p.rev AS personal_rev, p.muted_until, p.is_pinned, p.is_archived, p.is_marked_unread, p.marked_seq,
    p.cleared_seq, p.is_unlisted,
    d.rev AS draft_rev, d.edited_at AS draft_edited_at, LENGTH(d.text) AS draft_chars,
    SUBSTR(d.text, 1, ${DRAFT_EXCERPT_CHARS}) AS draft_excerpt
  FROM inbox i LEFT JOIN personal p ON p.chat_id = i.chat_id LEFT JOIN draft d ON d.chat_id = i.chat_id`;

const PINNED = "IFNULL(p.is_pinned, 0)";
/** The person has deleted the chat for themselves, and nothing has come since. */
const UNLISTED = "IFNULL(p.is_unlisted = 1 AND i.head_seq <= p.cleared_seq, 0)";
const NOT_ARCHIVED = `AND IFNULL(p.is_archived, 0) = 0 AND NOT ${UNLISTED}`;
const FILTERS: Record<InboxFilter, string> = {
  all: NOT_ARCHIVED,
  unread: `${NOT_ARCHIVED} AND (i.unread > 0 OR p.is_marked_unread = 1
    OR json_extract(i.entry, '$.unread_threads') > 0)`,
  direct: `${NOT_ARCHIVED} AND i.chat_type = 'direct'`,
  group: `${NOT_ARCHIVED} AND i.chat_type = 'group'`,
  mentions: `${NOT_ARCHIVED} AND json_extract(i.entry, '$.mention_seq') IS NOT NULL`,
  archived: `AND p.is_archived = 1 AND NOT ${UNLISTED}`,
  unlisted: `AND ${UNLISTED}`,
};

/** SQL of the hub: no rules, no sockets, no clock. */
export class UserStore {
  readonly db: Database;
  readonly personal: PersonalStore;
  readonly reminders: ReminderStore;

  constructor(db: Database) {
    this.db = db;
    this.personal = new PersonalStore(db);
    this.reminders = new ReminderStore(db);
  }

  hub(): HubRow | undefined {
    return this.db.first<HubRow>(
      "SELECT user_id, epoch, created_at, said_status, online_at, left_at, left_status, delivered_rev, head_rev, forgotten_rev, said_until, custom_status, used_at FROM hub WHERE id = 1",
    );
  }

  putHub(row: HubRow): void {
    this.db.run(
      `INSERT INTO hub (id, user_id, epoch, created_at, said_status, online_at, left_at, left_status, delivered_rev, head_rev,
         forgotten_rev, said_until, custom_status, used_at) VALUES (1, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
       ON CONFLICT (id) DO UPDATE SET said_status = excluded.said_status, online_at = excluded.online_at,
         left_at = excluded.left_at, left_status = excluded.left_status, delivered_rev = excluded.delivered_rev,
         head_rev = excluded.head_rev, forgotten_rev = excluded.forgotten_rev,
         said_until = excluded.said_until, custom_status = excluded.custom_status, used_at = excluded.used_at`,
      row.user_id,
      row.epoch,
      row.created_at,
      row.said_status,
      row.online_at,
      row.left_at,
      row.left_status,
      row.delivered_rev,
      row.head_rev,
      row.forgotten_rev,
      row.said_until,
      row.custom_status,
      row.used_at,
    );
  }

  entry(chatId: string): InboxRow | undefined {
    return this.db.first<InboxRow>(`${LINES} WHERE i.chat_id = ?`, chatId);
  }

  putEntry(entry: Entry, stamp: Stamp): void {
    this.db.run(
      `INSERT OR REPLACE INTO inbox (chat_id, chat_epoch, chat_rev, rev, is_dirty, is_removed, chat_type, head_seq, read_seq,
         unread, last_at, entry) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
      entry.chat_id,
      stamp.chat_epoch,
      stamp.chat_rev,
      stamp.rev,
      stamp.is_dirty ? 1 : 0,
      entry.is_removed ? 1 : 0,
      entry.chat_type,
      entry.head_seq,
      entry.read_seq,
      entry.unread,
      entry.last_at,
      JSON.stringify(entry),
    );
  }

  /** Lines with a preview that has an end; `entry` is JSON of an {@link Entry}. Reads every line. */
  fading(): { chat_id: string; entry: string }[] {
    return this.db.all(
      "SELECT chat_id, entry FROM inbox WHERE json_extract(entry, '$.preview.expires_at') IS NOT NULL ORDER BY chat_id",
    );
  }

  /** The line of a chat of which the hub itself knows that it says less. */
  putFaded(entry: Entry, rev: number): void {
    this.db.run("UPDATE inbox SET entry = ?, rev = ? WHERE chat_id = ?", JSON.stringify(entry), rev, entry.chat_id);
  }

  setDirty(chatId: string, isDirty: boolean): void {
    this.db.run("UPDATE inbox SET is_dirty = ? WHERE chat_id = ?", isDirty ? 1 : 0, chatId);
  }

  /** Channels that the owner is in of more than `size` members, as far as their lines know; latest first. */
  largeChannels(size: number): string[] {
    return this.db
      .all<{ chat_id: string }>(
        `SELECT chat_id FROM inbox WHERE chat_type = 'channel' AND is_removed = 0
         AND json_extract(entry, '$.member_count') > ? ORDER BY last_at DESC`,
        size,
      )
      .map((row) => row.chat_id);
  }

  /** The highest rev of a line; 0 in an empty inbox. Reads every line. */
  highestRev(): number {
    const highest = (table: string): string => `(SELECT MAX(rev) FROM ${table})`;
    const query = `SELECT MAX(${["inbox", "personal", "draft", "reminder"].map((t) => `IFNULL(${highest(t)}, 0)`).join(", ")}) AS rev`;
    return this.db.first<{ rev: number }>(query)?.rev ?? 0;
  }

  dirty(): string[] {
    return this.db
      .all<{ chat_id: string }>("SELECT chat_id FROM inbox WHERE is_dirty = 1 ORDER BY last_at DESC")
      .map((row) => row.chat_id);
  }

  /** Lines whose rev is above `after` and at most `upTo`, oldest change first; all of them if `limit` is -1. */
  changed(after: number, upTo: number, limit: number): InboxRow[] {
    return this.db.all<InboxRow>(
      `SELECT * FROM (${LINES}) WHERE rev > ? AND rev <= ? ORDER BY rev LIMIT ?`,
      after,
      upTo,
      limit,
    );
  }

  /** Every chat the person is in, latest first. However many there are: for what must reach all of them. */
  present(limit = -1): InboxRow[] {
    return this.db.all<InboxRow>(
      `${LINES} WHERE i.is_removed = 0 ORDER BY i.last_at DESC, i.chat_id DESC LIMIT ?`,
      limit,
    );
  }

  /** A page of the chats the person is in: pinned first, then latest first. */
  page(filter: InboxFilter, after: PlaceInInbox | undefined, limit: number): InboxRow[] {
    const where = `i.is_removed = 0 ${FILTERS[filter]}`;
    const order = `ORDER BY ${PINNED} DESC, i.last_at DESC, i.chat_id DESC LIMIT ?`;
    return after
      ? this.db.all<InboxRow>(
          `${LINES} WHERE ${where} AND (${PINNED}, i.last_at, i.chat_id) < (?, ?, ?) ${order}`,
          after.is_pinned ? 1 : 0,
          after.last_at,
          after.chat_id,
          limit,
        )
      : this.db.all<InboxRow>(`${LINES} WHERE ${where} ${order}`, limit);
  }

  /** Writes nothing if the pair is known. */
  register(sessionId: string, chatId: string): void {
    this.db.run(
      "INSERT INTO registration (session_id, chat_id) VALUES (?, ?) ON CONFLICT DO NOTHING",
      sessionId,
      chatId,
    );
  }

  registered(sessionId: string): string[] {
    return this.db
      .all<{ chat_id: string }>("SELECT chat_id FROM registration WHERE session_id = ?", sessionId)
      .map((row) => row.chat_id);
  }

  unregister(sessionId: string, chatId: string): void {
    this.db.run("DELETE FROM registration WHERE session_id = ? AND chat_id = ?", sessionId, chatId);
  }

  revoke(sessionId: string, now: number): void {
    this.db.run("INSERT OR REPLACE INTO revocation (session_id, revoked_at) VALUES (?, ?)", sessionId, now);
  }

  isRevoked(sessionId: string): boolean {
    return this.db.first("SELECT 1 AS one FROM revocation WHERE session_id = ?", sessionId) !== undefined;
  }

  /** Forgets revocations from before `before` whose sockets were all closed. */
  forgetRevocations(before: number): void {
    this.db.run(
      `DELETE FROM revocation WHERE revoked_at < ?
       AND NOT EXISTS (SELECT 1 FROM registration WHERE registration.session_id = revocation.session_id)`,
      before,
    );
  }

  /** Revoked sessions that a chat has not yet confirmed to have closed. */
  unclosed(): { session_id: string; chat_id: string }[] {
    return this.db.all(
      "SELECT session_id, chat_id FROM registration WHERE session_id IN (SELECT session_id FROM revocation)",
    );
  }

  watchers(): WatcherRow[] {
    return this.db.all<WatcherRow>("SELECT user_id, chat_id, noted_at FROM watcher");
  }

  putWatcher(row: WatcherRow): void {
    this.db.run(
      "INSERT OR REPLACE INTO watcher (user_id, chat_id, noted_at) VALUES (?, ?, ?)",
      row.user_id,
      row.chat_id,
      row.noted_at,
    );
  }

  forgetWatcher(userId: string): void {
    this.db.run("DELETE FROM watcher WHERE user_id = ?", userId);
  }
}
