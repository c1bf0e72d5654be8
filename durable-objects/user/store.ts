import type { InboxEntry } from "../../src/protocol/chat.ts";
import type { PresenceStatus } from "../../src/protocol/user.ts";
import type { Database } from "../shared/database.ts";

/** Rows as they lie in the hub's database. Times are epoch milliseconds, but for those inside an entry. */
export type HubRow = {
  user_id: string;
  epoch: string;
  created_at: number;
  said_status: "away" | "busy" | null;
  online_at: number | null;
  left_at: number | null;
  left_status: PresenceStatus | null;
  delivered_rev: number;
  head_rev: number | null;
};

export type InboxRow = {
  chat_id: string;
  chat_epoch: string;
  chat_rev: number;
  rev: number;
  is_dirty: number;
  is_removed: number;
  head_seq: number;
  read_seq: number;
  /** JSON of an {@link Entry}. */
  entry: string;
};

/** An inbox entry without the hub's own clock, as chats send it. */
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
  last_at: string;
  chat_id: string;
}

export type InboxFilter = "all" | "unread" | "direct" | "group";

export type WatcherRow = { user_id: string; chat_id: string; noted_at: number };

const INBOX_COLUMNS = "chat_id, chat_epoch, chat_rev, rev, is_dirty, is_removed, head_seq, read_seq, entry";

const FILTERS: Record<InboxFilter, string> = {
  all: "",
  unread: "AND unread > 0",
  direct: "AND chat_type = 'direct'",
  group: "AND chat_type = 'group'",
};

/** SQL of the hub: no rules, no sockets, no clock. */
export class UserStore {
  readonly db: Database;

  constructor(db: Database) {
    this.db = db;
  }

  hub(): HubRow | undefined {
    return this.db.first<HubRow>(
      "SELECT user_id, epoch, created_at, said_status, online_at, left_at, left_status, delivered_rev, head_rev FROM hub WHERE id = 1",
    );
  }

  putHub(row: HubRow): void {
    this.db.run(
      `INSERT INTO hub (id, user_id, epoch, created_at, said_status, online_at, left_at, left_status, delivered_rev, head_rev)
       VALUES (1, ?, ?, ?, ?, ?, ?, ?, ?, ?)
       ON CONFLICT (id) DO UPDATE SET said_status = excluded.said_status, online_at = excluded.online_at,
         left_at = excluded.left_at, left_status = excluded.left_status, delivered_rev = excluded.delivered_rev,
         head_rev = excluded.head_rev`,
      row.user_id,
      row.epoch,
      row.created_at,
      row.said_status,
      row.online_at,
      row.left_at,
      row.left_status,
      row.delivered_rev,
      row.head_rev,
    );
  }

  entry(chatId: string): InboxRow | undefined {
    return this.db.first<InboxRow>(`SELECT ${INBOX_COLUMNS} FROM inbox WHERE chat_id = ?`, chatId);
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

  setDirty(chatId: string, isDirty: boolean): void {
    this.db.run("UPDATE inbox SET is_dirty = ? WHERE chat_id = ?", isDirty ? 1 : 0, chatId);
  }

  /** The highest rev of an entry; 0 in an empty inbox. Reads every entry. */
  highestRev(): number {
    return this.db.first<{ rev: number }>("SELECT COALESCE(MAX(rev), 0) AS rev FROM inbox")?.rev ?? 0;
  }

  dirty(): string[] {
    return this.db
      .all<{ chat_id: string }>("SELECT chat_id FROM inbox WHERE is_dirty = 1 ORDER BY last_at DESC")
      .map((row) => row.chat_id);
  }

  /** Entries whose rev is above `after` and at most `upTo`, oldest change first; all of them if `limit` is -1. */
  changed(after: number, upTo: number, limit: number): InboxRow[] {
    return this.db.all<InboxRow>(
      `SELECT ${INBOX_COLUMNS} FROM inbox WHERE rev > ? AND rev <= ? ORDER BY rev LIMIT ?`,
      after,
      upTo,
      limit,
    );
  }

  /** Every chat the person is in, latest first. However many there are: for what must reach all of them. */
  present(): InboxRow[] {
    return this.db.all<InboxRow>(
      `SELECT ${INBOX_COLUMNS} FROM inbox WHERE is_removed = 0 ORDER BY last_at DESC, chat_id DESC`,
    );
  }

  /** A page of the chats the person is in, latest first. */
  page(filter: InboxFilter, after: PlaceInInbox | undefined, limit: number): InboxRow[] {
    const where = `is_removed = 0 ${FILTERS[filter]}`;
    const order = "ORDER BY last_at DESC, chat_id DESC LIMIT ?";
    return after
      ? this.db.all<InboxRow>(
          `SELECT ${INBOX_COLUMNS} FROM inbox WHERE ${where} AND (last_at, chat_id) < (?, ?) ${order}`,
          after.last_at,
          after.chat_id,
          limit,
        )
      : this.db.all<InboxRow>(`SELECT ${INBOX_COLUMNS} FROM inbox WHERE ${where} ${order}`, limit);
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
