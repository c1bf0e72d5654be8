import type { ChatSettings, ChatType } from "../../src/protocol/chat.ts";
import type { Role } from "../../src/protocol/role.ts";
import type { Database, SqlValue } from "../shared/database.ts";

/** Rows as they lie in the chat's database. Times are epoch milliseconds. */
export type ChatRow = {
  chat_id: string;
  epoch: string;
  chat_type: ChatType;
  name: string;
  description: string;
  created_by: string;
  created_at: number;
  rev: number;
  member_count: number;
  max_members: number;
  settings: ChatSettings;
  is_active: boolean;
  changes_after: number;
};

export type MessageRow = {
  seq: number;
  born_rev: number;
  rev: number;
  sender_id: string;
  client_msg_id: string | null;
  seen_seq: number | null;
  message_type: string;
  /** JSON; null once deleted. */
  content: string | null;
  reply_to: number | null;
  created_at: number;
  deleted_at: number | null;
  digest: string | null;
};

export type MemberRow = {
  user_id: string;
  username: string;
  display_name: string;
  role: Role;
  joined_at: number;
  removed_at: number | null;
  rev: number;
  first_seq: number;
  delivered_seq: number;
  read_seq: number;
  receipt_rev: number;
};

/** What one step of the clock touched, beside the message it may have added. */
export interface Touched {
  messages?: number[];
  members?: string[];
  chat?: true;
  receipts?: true;
}

export type Sent = {
  seq: number;
  sender_id: string;
  client_msg_id: string;
};

const CHAT_COLUMNS =
  "chat_id, epoch, chat_type, name, description, created_by, created_at, rev, member_count, max_members, settings, is_active, changes_after";

/** SQL of the chat object: no rules, no sockets, no clock. */
export class ChatStore {
  readonly db: Database;

  constructor(db: Database) {
    this.db = db;
  }

  chat(): ChatRow | undefined {
    const row = this.db.first<Record<string, SqlValue>>(`SELECT ${CHAT_COLUMNS} FROM chat WHERE id = 1`);
    if (!row) return undefined;
    // The columns are written by `putChat` alone, from a ChatRow.
    return {
      ...(row as unknown as ChatRow),
      settings: JSON.parse(String(row.settings)) as ChatSettings,
      is_active: row.is_active === 1,
    };
  }

  putChat(chat: ChatRow): void {
    this.db.run(
      `INSERT OR REPLACE INTO chat (id, ${CHAT_COLUMNS}) VALUES (1, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
      chat.chat_id,
      chat.epoch,
      chat.chat_type,
      chat.name,
      chat.description,
      chat.created_by,
      chat.created_at,
      chat.rev,
      chat.member_count,
      chat.max_members,
      JSON.stringify(chat.settings),
      chat.is_active ? 1 : 0,
      chat.changes_after,
    );
  }

  lastMessage(): MessageRow | undefined {
    return this.db.first<MessageRow>("SELECT * FROM message ORDER BY seq DESC LIMIT 1");
  }

  message(seq: number): MessageRow | undefined {
    return this.db.first<MessageRow>("SELECT * FROM message WHERE seq = ?", seq);
  }

  insertMessage(row: MessageRow): void {
    this.db.run(
      `INSERT INTO message (seq, born_rev, rev, sender_id, client_msg_id, seen_seq, message_type, content, reply_to, created_at)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
      row.seq,
      row.born_rev,
      row.rev,
      row.sender_id,
      row.client_msg_id,
      row.seen_seq,
      row.message_type,
      row.content,
      row.reply_to,
      row.created_at,
    );
  }

  /** Turns a message into its tombstone: sender and id stay. */
  buryMessage(seq: number, rev: number, deletedAt: number, digest: string): void {
    this.db.run(
      "UPDATE message SET content = NULL, rev = ?, deleted_at = ?, digest = ? WHERE seq = ?",
      rev,
      deletedAt,
      digest,
      seq,
    );
  }

  /** Newest first, from `seq` downward. */
  *messagesDown(fromSeq: number): Generator<MessageRow> {
    yield* this.db.each<MessageRow>("SELECT * FROM message WHERE seq <= ? ORDER BY seq DESC", fromSeq);
  }

  /** Oldest first, in (after, upTo]. */
  messagesBetween(after: number, upTo: number, limit: number): MessageRow[] {
    return this.db.all<MessageRow>(
      "SELECT * FROM message WHERE seq > ? AND seq <= ? ORDER BY seq LIMIT ?",
      after,
      upTo,
      limit,
    );
  }

  /** Who sent what in (after, upTo]: for recognising repeats. */
  *sentBetween(after: number, upTo: number): Generator<Sent> {
    yield* this.db.each<Sent>(
      "SELECT seq, sender_id, client_msg_id FROM message WHERE seq > ? AND seq <= ? AND client_msg_id IS NOT NULL",
      after,
      upTo,
    );
  }

  /** A message whose sender did not say what they had seen. */
  unseenMessage(senderId: string, clientMsgId: string): number | undefined {
    return this.db.first<{ seq: number }>(
      "SELECT seq FROM message WHERE sender_id = ? AND client_msg_id = ? AND seen_seq IS NULL",
      senderId,
      clientMsgId,
    )?.seq;
  }

  /** Messages that can be unread (by people, not deleted) above `after`, newest first. */
  countable(after: number, limit: number): { seq: number; sender_id: string }[] {
    return this.db.all<{ seq: number; sender_id: string }>(
      "SELECT seq, sender_id FROM message WHERE seq > ? AND message_type <> 'system' AND deleted_at IS NULL ORDER BY seq DESC LIMIT ?",
      after,
      limit,
    );
  }

  member(userId: string): MemberRow | undefined {
    return this.db.first<MemberRow>("SELECT * FROM member WHERE user_id = ?", userId);
  }

  members(limit: number, after = ""): MemberRow[] {
    return this.db.all<MemberRow>("SELECT * FROM member WHERE user_id > ? ORDER BY user_id LIMIT ?", after, limit);
  }

  membersWithReceiptsAfter(rev: number): MemberRow[] {
    return this.db.all<MemberRow>("SELECT * FROM member WHERE receipt_rev > ?", rev);
  }

  putMember(row: MemberRow): void {
    this.db.run(
      `INSERT OR REPLACE INTO member (user_id, username, display_name, role, joined_at, removed_at, rev, first_seq, delivered_seq, read_seq, receipt_rev)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
      row.user_id,
      row.username,
      row.display_name,
      row.role,
      row.joined_at,
      row.removed_at,
      row.rev,
      row.first_seq,
      row.delivered_seq,
      row.read_seq,
      row.receipt_rev,
    );
  }

  lastChange(): number {
    return this.db.first<{ rev: number }>("SELECT rev FROM change ORDER BY rev DESC LIMIT 1")?.rev ?? 0;
  }

  insertChange(rev: number, touched: Touched): void {
    this.db.run("INSERT INTO change (rev, touched) VALUES (?, ?)", rev, JSON.stringify(touched));
  }

  changesAfter(rev: number, limit: number): Touched[] {
    return this.db
      .all<{ touched: string }>("SELECT touched FROM change WHERE rev > ? ORDER BY rev LIMIT ?", rev, limit)
      .map((row) => JSON.parse(row.touched) as Touched);
  }

  /** Keeps the newest `keep` changes. Returns the clock up to which they are gone now, or undefined if there was nothing to trim. */
  trimChanges(keep: number): number | undefined {
    const last = this.db.first<{ rev: number }>("SELECT rev FROM change ORDER BY rev DESC LIMIT 1 OFFSET ?", keep);
    if (!last) return undefined;
    this.db.run("DELETE FROM change WHERE rev <= ?", last.rev);
    return last.rev;
  }

  feeds(): string[] {
    return this.db.all<{ user_id: string }>("SELECT user_id FROM feed").map((row) => row.user_id);
  }

  putFeed(userId: string): void {
    this.db.run("INSERT OR IGNORE INTO feed (user_id) VALUES (?)", userId);
  }

  deleteFeed(userId: string): void {
    this.db.run("DELETE FROM feed WHERE user_id = ?", userId);
  }

  insertOutbox(userId: string): void {
    this.db.run("INSERT INTO outbox (user_id, queued_at) VALUES (?, 0)", userId);
  }

  /** Outbox rows that were not queued since `before`, oldest first. */
  outboxDue(before: number, limit: number): { id: number; user_id: string }[] {
    return this.db.all<{ id: number; user_id: string }>(
      "SELECT id, user_id FROM outbox WHERE queued_at <= ? ORDER BY id LIMIT ?",
      before,
      limit,
    );
  }

  markQueued(ids: readonly number[], at: number): void {
    for (const id of ids) this.db.run("UPDATE outbox SET queued_at = ? WHERE id = ?", at, id);
  }

  deleteOutbox(ids: readonly number[]): void {
    for (const id of ids) this.db.run("DELETE FROM outbox WHERE id = ?", id);
  }

  hasOutbox(): boolean {
    return this.db.first("SELECT id FROM outbox LIMIT 1") !== undefined;
  }
}
