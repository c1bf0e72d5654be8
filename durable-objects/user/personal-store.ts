import type { HiddenMessage } from "../../src/protocol/chat.ts";
import type { Database } from "../shared/database.ts";

/** What a person has set for one chat. Times are epoch milliseconds. */
export type PersonalRow = {
  chat_id: string;
  rev: number;
  muted_until: number | null;
  is_pinned: number;
  is_archived: number;
  archived_seq: number;
  is_marked_unread: number;
  marked_seq: number | null;
  /** Everything up to it is gone for the person; 0: nothing. */
  cleared_seq: number;
  /** Out of the list until something newer than `cleared_seq` comes. */
  is_unlisted: number;
  /** JSON of [command_id, rev] pairs, oldest first. */
  commands: string;
};

export type DraftRow = {
  chat_id: string;
  rev: number;
  edited_at: number;
  /** JSON of [device_id, time] pairs, oldest first. */
  devices: string;
  text: string;
};

const toHidden = (row: { chat_id: string; seq: number; is_hidden: number }): HiddenMessage => ({
  chat_id: row.chat_id,
  seq: row.seq,
  is_hidden: row.is_hidden === 1,
});

/** SQL of what is personal: no rules, no sockets, no clock. */
export class PersonalStore {
  readonly #db: Database;

  constructor(db: Database) {
    this.#db = db;
  }

  of(chatId: string): PersonalRow | undefined {
    return this.#db.first<PersonalRow>(
      `SELECT chat_id, rev, muted_until, is_pinned, is_archived, archived_seq, is_marked_unread, marked_seq,
         cleared_seq, is_unlisted, commands
       FROM personal WHERE chat_id = ?`,
      chatId,
    );
  }

  put(row: PersonalRow): void {
    this.#db.run(
      `INSERT OR REPLACE INTO personal (chat_id, rev, muted_until, is_pinned, is_archived, archived_seq, is_marked_unread,
         marked_seq, cleared_seq, is_unlisted, commands) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
      row.chat_id,
      row.rev,
      row.muted_until,
      row.is_pinned,
      row.is_archived,
      row.archived_seq,
      row.is_marked_unread,
      row.marked_seq,
      row.cleared_seq,
      row.is_unlisted,
      row.commands,
    );
  }

  draft(chatId: string): DraftRow | undefined {
    return this.#db.first<DraftRow>(
      "SELECT chat_id, rev, edited_at, devices, text FROM draft WHERE chat_id = ?",
      chatId,
    );
  }

  putDraft(row: DraftRow): void {
    this.#db.run(
      "INSERT OR REPLACE INTO draft (chat_id, rev, edited_at, devices, text) VALUES (?, ?, ?, ?, ?)",
      row.chat_id,
      row.rev,
      row.edited_at,
      row.devices,
      row.text,
    );
  }

  /** Characters of all drafts but this chat's. */
  draftCharsBeside(chatId: string): number {
    const query = "SELECT COALESCE(SUM(LENGTH(text)), 0) AS chars FROM draft WHERE chat_id <> ?";
    return this.#db.first<{ chars: number }>(query, chatId)?.chars ?? 0;
  }

  isHidden(chatId: string, seq: number): boolean {
    const query = "SELECT 1 AS one FROM hidden WHERE chat_id = ? AND seq = ? AND is_hidden = 1";
    return this.#db.first(query, chatId, seq) !== undefined;
  }

  /** Is a message of this chat hidden that stands above `above`, or is `seq`? */
  hidesAny(chatId: string, above: number, seq: number): boolean {
    const query = "SELECT 1 AS one FROM hidden WHERE chat_id = ? AND is_hidden = 1 AND (seq > ? OR seq = ?) LIMIT 1";
    return this.#db.first(query, chatId, above, seq) !== undefined;
  }

  /** Numbers of a chat that are hidden, newest first. */
  hiddenSeqs(chatId: string, limit: number): number[] {
    const query = "SELECT seq FROM hidden WHERE chat_id = ? AND is_hidden = 1 ORDER BY seq DESC LIMIT ?";
    return this.#db.all<{ seq: number }>(query, chatId, limit).map((row) => row.seq);
  }

  /** What was hidden or shown again in a chat after `rev`. */
  hiddenSince(chatId: string, rev: number): HiddenMessage[] {
    const query = "SELECT chat_id, seq, is_hidden FROM hidden WHERE chat_id = ? AND rev > ?";
    return this.#db.all<{ chat_id: string; seq: number; is_hidden: number }>(query, chatId, rev).map(toHidden);
  }

  /** Everything that is hidden. */
  allHidden(): HiddenMessage[] {
    const query = "SELECT chat_id, seq, is_hidden FROM hidden WHERE is_hidden = 1";
    return this.#db.all<{ chat_id: string; seq: number; is_hidden: number }>(query).map(toHidden);
  }

  /** Rows of hidden messages, and how many of them are shown again. */
  hiddenCount(): { rows: number; shown: number } {
    const query = "SELECT COUNT(*) AS rows, COALESCE(SUM(1 - is_hidden), 0) AS shown FROM hidden";
    return this.#db.first<{ rows: number; shown: number }>(query) ?? { rows: 0, shown: 0 };
  }

  putHidden(chatId: string, seq: number, isHidden: boolean, rev: number): void {
    this.#db.run(
      "INSERT OR REPLACE INTO hidden (chat_id, seq, rev, is_hidden) VALUES (?, ?, ?, ?)",
      chatId,
      seq,
      rev,
      isHidden ? 1 : 0,
    );
  }

  /** Shows everything of a chat again. */
  showAll(chatId: string, rev: number): void {
    this.#db.run("UPDATE hidden SET is_hidden = 0, rev = ? WHERE chat_id = ? AND is_hidden = 1", rev, chatId);
  }

  /** Forgets what was shown again. */
  forgetShown(): void {
    this.#db.run("DELETE FROM hidden WHERE is_hidden = 0");
  }

  /** Drops everything personal of a chat. True if messages were hidden or shown again in it. */
  drop(chatId: string): boolean {
    const [, , hidden = 0] = ["personal", "draft", "hidden"].map((table) =>
      this.#db.run(`DELETE FROM ${table} WHERE chat_id = ?`, chatId),
    );
    return hidden > 0;
  }
}
