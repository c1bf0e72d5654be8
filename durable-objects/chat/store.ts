import type { ChatSettings } from "../../src/protocol/chat.ts";
import { EDIT_WINDOW_S } from "../../src/protocol/limits.ts";
import type { Database, SqlValue } from "../shared/database.ts";
import type { ChatRow, EditRow, MessageRow, PersonRow, Sent, Touched } from "./rows.ts";

/** What a chat is set to unless it says otherwise. */
export const USUAL_SETTINGS: ChatSettings = {
  has_history_from_join: false,
  edit_window_s: EDIT_WINDOW_S,
  disappear_after_s: null,
  slow_mode_s: 0,
  has_link_previews: true,
  is_public: false,
  needs_approval: false,
  permissions: {},
};

const CHAT_COLUMNS =
  "chat_id, epoch, chat_type, name, description, created_by, created_at, rev, member_count, people_count, max_members, settings, is_active, changes_after";

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
      // A setting that is younger than the chat has its usual value.
      settings: { ...USUAL_SETTINGS, ...(JSON.parse(String(row.settings)) as Partial<ChatSettings>) },
      is_active: row.is_active === 1,
    };
  }

  putChat(chat: ChatRow): void {
    this.db.run(
      `INSERT OR REPLACE INTO chat (id, ${CHAT_COLUMNS}) VALUES (1, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
      chat.chat_id,
      chat.epoch,
      chat.chat_type,
      chat.name,
      chat.description,
      chat.created_by,
      chat.created_at,
      chat.rev,
      chat.member_count,
      chat.people_count,
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
      `INSERT INTO message (seq, born_rev, rev, sender_id, client_msg_id, seen_seq, message_type, content, reply_to, created_at,
       digest, forwarded, concerns, thread_root, expires_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
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
      row.digest,
      row.forwarded,
      row.concerns,
      row.thread_root,
      row.expires_at,
    );
  }

  /** Turns a message into its tombstone: sender, id and thread stay, and the commands that were obeyed. */
  buryMessage({ seq, rev, deleted_at, digest, expires_at }: MessageRow): void {
    this.db.run(
      `UPDATE message SET content = NULL, rev = ?, deleted_at = ?, digest = ?, edited_at = NULL, pinned_at = NULL,
       forwarded = NULL, concerns = NULL, reactions = NULL, link_preview = NULL, poll = NULL, expires_at = ?
       WHERE seq = ?`,
      rev,
      deleted_at,
      digest,
      expires_at,
      seq,
    );
  }

  /** The newest `count` up to `seq`, newest first. */
  messagesUpTo(seq: number, count: number): MessageRow[] {
    return this.db.all<MessageRow>("SELECT * FROM message WHERE seq <= ? ORDER BY seq DESC LIMIT ?", seq, count);
  }

  /** Stores another text, as `row` has it. */
  putText({ seq, rev, content, edited_at, digest, concerns, link_preview }: MessageRow): void {
    this.db.run(
      "UPDATE message SET rev = ?, content = ?, edited_at = ?, digest = ?, concerns = ?, link_preview = ? WHERE seq = ?",
      rev,
      content,
      edited_at,
      digest,
      concerns,
      link_preview,
      seq,
    );
  }

  putReactions({ seq, rev, reactions, commands }: MessageRow): void {
    this.db.run("UPDATE message SET rev = ?, reactions = ?, commands = ? WHERE seq = ?", rev, reactions, commands, seq);
  }

  putPin({ seq, rev, pinned_at, commands }: MessageRow): void {
    this.db.run("UPDATE message SET rev = ?, pinned_at = ?, commands = ? WHERE seq = ?", rev, pinned_at, commands, seq);
  }

  /** Notes a command that changed nothing that is shown. */
  putCommands(seq: number, commands: string): void {
    this.db.run("UPDATE message SET commands = ? WHERE seq = ?", commands, seq);
  }

  /** Latest pin first. */
  pinned(limit: number): MessageRow[] {
    return this.db.all<MessageRow>(
      "SELECT * FROM message WHERE pinned_at IS NOT NULL ORDER BY pinned_at DESC LIMIT ?",
      limit,
    );
  }

  /** How many are pinned, and when the latest was. Reads the index alone. */
  pins(): { count: number; latest: number } {
    const row = this.db.first<{ count: number; latest: number | null }>(
      "SELECT count(*) AS count, max(pinned_at) AS latest FROM message WHERE pinned_at IS NOT NULL",
    );
    return { count: row?.count ?? 0, latest: row?.latest ?? 0 };
  }

  insertEdit(row: EditRow): void {
    this.db.run(
      "INSERT INTO edit (seq, rev, command_id, content, written_at) VALUES (?, ?, ?, ?, ?)",
      row.seq,
      row.rev,
      row.command_id,
      row.content,
      row.written_at,
    );
  }

  /** The latest edits of one message, oldest first. */
  edits(seq: number, limit: number): EditRow[] {
    return this.db.all<EditRow>("SELECT * FROM edit WHERE seq = ? ORDER BY rev DESC LIMIT ?", seq, limit).reverse();
  }

  /** The step of the clock with which a command changed a message's text. */
  editRev(seq: number, commandId: string): number | undefined {
    return this.db.first<{ rev: number }>("SELECT rev FROM edit WHERE seq = ? AND command_id = ?", seq, commandId)?.rev;
  }

  /** The step of the clock that last changed a message's text. */
  lastEditRev(seq: number): number | undefined {
    return this.db.first<{ rev: number }>("SELECT rev FROM edit WHERE seq = ? ORDER BY rev DESC LIMIT 1", seq)?.rev;
  }

  /** Forgets what a message said; its commands stay known. */
  purgeEdits(seq: number): void {
    this.db.run("UPDATE edit SET content = NULL WHERE seq = ? AND content IS NOT NULL", seq);
  }

  /** Newest first, from `seq` downward, for as long as the caller reads. */
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

  /** What one person sent in (after, upTo]. */
  *sentBy(senderId: string, after: number, upTo: number): Generator<Sent> {
    yield* this.db.each<Sent>(
      "SELECT seq, sender_id, client_msg_id FROM message WHERE seq > ? AND seq <= ? AND sender_id = ? AND client_msg_id IS NOT NULL",
      after,
      upTo,
      senderId,
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

  person(userId: string): PersonRow | undefined {
    return this.db.first<PersonRow>("SELECT * FROM member WHERE user_id = ?", userId);
  }

  /** Ordered by id. */
  people(limit: number, after = ""): PersonRow[] {
    return this.db.all<PersonRow>("SELECT * FROM member WHERE user_id > ? ORDER BY user_id LIMIT ?", after, limit);
  }

  putPerson(row: PersonRow): void {
    this.db.run(
      `INSERT OR REPLACE INTO member (user_id, username, display_name, role, joined_at, removed_at, rev, joined_rev, first_seq, place)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
      row.user_id,
      row.username,
      row.display_name,
      row.role,
      row.joined_at,
      row.removed_at,
      row.rev,
      row.joined_rev,
      row.first_seq,
      row.place,
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

  oldestChange(): number | undefined {
    return this.db.first<{ rev: number }>("SELECT rev FROM change ORDER BY rev LIMIT 1")?.rev;
  }

  deleteChangesUpTo(rev: number): void {
    this.db.run("DELETE FROM change WHERE rev <= ?", rev);
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

  deleteFeeds(): void {
    this.db.run("DELETE FROM feed");
  }

  /** `id` is never given twice, even when the row is gone: see `OUTBOX_PER_REV`. */
  insertOutbox(id: number, userId: string): void {
    this.db.run("INSERT INTO outbox (id, user_id, queued_at) VALUES (?, ?, 0)", id, userId);
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
