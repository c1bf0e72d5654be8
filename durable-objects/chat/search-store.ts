import type { Database } from "../shared/database.ts";
import type { MessageRow } from "./rows.ts";

/** Messages whose words share one row of the index. A power of two: a hexadecimal digit says which of them a word is of. */
export const CHUNK_MESSAGES = 16;

/** As much of a message as tells whether it is looked for: most of those that are read are not. */
export type Spoken = Pick<MessageRow, "seq" | "sender_id" | "message_type" | "created_at" | "edited_at"> & {
  content: string;
};

/** What is written down of the index. */
export type IndexState = {
  layout: number;
  /** Changes of messages up to this step of the clock are in it. */
  rev: number;
  /** Rows; null: only the index knows. */
  chunks: number | null;
  /** See `WordFilter`; null: not made yet; empty: there are too many words. */
  filter: ArrayBuffer | null;
};

/** The row of the index that a message's words are in, from 1. */
export const chunkOf = (seq: number): number => Math.ceil(seq / CHUNK_MESSAGES);

/**
 * SQL of the index: no rules. `ascii` leaves every letter outside ASCII as it is: the words are made by
 * `src/domain/search-text.ts`. `secure-delete`: what a row no longer says is taken out of the index at once and not when
 * its segments are merged some day, so that nothing of a deleted message is left in it.
 */
export class SearchStore {
  readonly #db: Database;

  constructor(db: Database) {
    this.#db = db;
  }

  state(): IndexState | undefined {
    return this.#db.first<IndexState>("SELECT layout, rev, chunks, filter FROM search_state WHERE id = 1");
  }

  putState({ layout, rev, chunks, filter }: IndexState): void {
    this.#db.run(
      "INSERT OR REPLACE INTO search_state (id, layout, rev, chunks, filter) VALUES (1, ?, ?, ?, ?)",
      layout,
      rev,
      chunks,
      filter,
    );
  }

  /** Makes an empty index, whatever was there. */
  make(): void {
    this.#db.run("DROP TABLE IF EXISTS search");
    this.#db.run(
      `CREATE VIRTUAL TABLE search USING fts5 (body, tokenize = "ascii tokenchars '_'", detail = full, columnsize = 0)`,
    );
    this.#db.run("INSERT INTO search (search, rank) VALUES ('secure-delete', 1)");
  }

  lastChunk(): number {
    return (
      this.#db.first<{ chunk: number }>("SELECT rowid AS chunk FROM search ORDER BY rowid DESC LIMIT 1")?.chunk ?? 0
    );
  }

  body(chunk: number): string | undefined {
    return this.#db.first<{ body: string }>("SELECT body FROM search WHERE rowid = ?", chunk)?.body;
  }

  /** The words of all rows. */
  *bodies(): Generator<string> {
    for (const { body } of this.#db.each<{ body: string }>("SELECT body FROM search")) yield body;
  }

  /** An index that an older program went on writing may be ahead of what is written down of it. */
  insert(chunk: number, body: string): void {
    this.#db.run("INSERT OR REPLACE INTO search (rowid, body) VALUES (?, ?)", chunk, body);
  }

  rewrite(chunk: number, body: string): void {
    this.#db.run("UPDATE search SET body = ? WHERE rowid = ?", body, chunk);
  }

  /** Rows that fit, newest first, for as long as the caller reads. `expression` is FTS5's: never what somebody typed. */
  *matches(expression: string, from: number, to: number): Generator<number> {
    const rows = this.#db.each<{ chunk: number }>(
      "SELECT rowid AS chunk FROM search WHERE search MATCH ? AND rowid BETWEEN ? AND ? ORDER BY rowid DESC",
      expression,
      from,
      to,
    );
    for (const { chunk } of rows) yield chunk;
  }

  /** Chunks in which something stands that will disappear, newest first: it is not in the index. */
  disappearing(from: number, to: number): number[] {
    return this.#db
      .all<{ chunk: number }>(
        `SELECT DISTINCT (seq + ${CHUNK_MESSAGES - 1}) / ${CHUNK_MESSAGES} AS chunk FROM message
         WHERE expires_at IS NOT NULL AND deleted_at IS NULL AND chunk BETWEEN ? AND ? ORDER BY chunk DESC`,
        from,
        to,
      )
      .map((row) => row.chunk);
  }

  /** What of the messages of (after, upTo] may be looked for, newest first. */
  *spokenDown(after: number, upTo: number): Generator<Spoken> {
    yield* this.#db.each<Spoken>(
      `SELECT seq, sender_id, message_type, created_at, edited_at, content FROM message
       WHERE seq > ? AND seq <= ? AND content IS NOT NULL AND message_type <> 'system' ORDER BY seq DESC`,
      after,
      upTo,
    );
  }

  /**
   * The contents of the messages of (after, upTo] that may be looked for, in one piece: a row for each would cost more
   * than all that is done with them. Of more than `atMost` characters one is left out; `longest` tells.
   */
  joined(after: number, upTo: number, atMost: number): { text: string; longest: number } {
    const row = this.#db.first<{ text: string | null; longest: number | null }>(
      `SELECT group_concat(CASE WHEN length(content) <= ? THEN content END, char(10)) AS text, max(length(content)) AS longest
       FROM message WHERE seq > ? AND seq <= ? AND content IS NOT NULL AND message_type <> 'system'`,
      atMost,
      after,
      upTo,
    );
    return { text: row?.text ?? "", longest: row?.longest ?? 0 };
  }

  /** Messages of (after, upTo], newest first. */
  *messagesDown(after: number, upTo: number): Generator<MessageRow> {
    yield* this.#db.each<MessageRow>("SELECT * FROM message WHERE seq > ? AND seq <= ? ORDER BY seq DESC", after, upTo);
  }

  /** Changes after `rev`: the clock's step of each, and the messages it touched. */
  changes(rev: number, limit: number): { rev: number; messages: number[] }[] {
    return this.#db
      .all<{ rev: number; touched: string }>(
        "SELECT rev, touched FROM change WHERE rev > ? ORDER BY rev LIMIT ?",
        rev,
        limit,
      )
      .map((row) => ({ rev: row.rev, messages: (JSON.parse(row.touched) as { messages?: number[] }).messages ?? [] }));
  }

  /** The first message of [from, to] that is not older than `at`; `to + 1` if there is none. Times never run backwards. */
  firstSince(at: number, from: number, to: number): number {
    const isBefore = (seq: number): boolean => {
      const row = this.#db.first<{ created_at: number }>("SELECT created_at FROM message WHERE seq = ?", seq);
      return row !== undefined && row.created_at < at;
    };
    let [low, high] = [from, to + 1];
    // Most often it is near the end: who goes through all chats asks for what is newer than a full page.
    for (let step = 1; low < high; step *= 2) {
      const seq = Math.max(low, high - step);
      if (isBefore(seq)) {
        low = seq + 1;
        break;
      }
      high = seq;
    }
    while (low < high) {
      const middle = Math.floor((low + high) / 2);
      if (isBefore(middle)) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
