import { UNREAD_CAP } from "../../src/protocol/limits.ts";
import type { Database } from "../shared/database.ts";
import type { MessageRow } from "./rows.ts";

/** Somebody's part in a thread. Nobody has a row before they follow it for the first time. */
export type ThreadMemberRow = {
  root: number;
  user_id: string;
  /** 0 or 1. */
  is_following: number;
  read_seq: number;
  /** JSON: marks of their last commands, each followed by the step of the clock that answered it. */
  commands: string | null;
};

/** Answers that their reader has hidden from themselves do not count; a list of them stands in place of `list`. */
const isShown = (seq: string, list: string, hidden: readonly number[]): string =>
  hidden.length === 0 ? `${list} IS NOT NULL` : `${seq} NOT IN (SELECT value FROM json_each(${list}))`;

/** Answers of thread `f.root` that are unread for whom the row `f` is of. */
const unreadIf = (isCounted: string): string => `EXISTS (SELECT 1 FROM message a WHERE a.thread_root = f.root
  AND a.seq > f.read_seq AND a.sender_id <> f.user_id AND a.deleted_at IS NULL AND ${isCounted})`;

/** The number of the latest answer that stands. */
const LATEST = "json_extract(m.thread, '$.seq')";

/** SQL of threads. */
export class ThreadStore {
  readonly #db: Database;

  constructor(db: Database) {
    this.#db = db;
  }

  /** The newest message up to `seq` that is in no thread. */
  newestOutside(seq: number): MessageRow | undefined {
    return this.#db.first<MessageRow>(
      "SELECT * FROM message WHERE seq <= ? AND thread_root IS NULL ORDER BY seq DESC LIMIT 1",
      seq,
    );
  }

  /** Stores what the first message of a thread says of it. */
  putSummary({ seq, rev, thread }: MessageRow): void {
    this.#db.run("UPDATE message SET rev = ?, thread = ? WHERE seq = ?", rev, thread, seq);
  }

  /** Answers that were not deleted, newest first, for as long as the caller reads. */
  *standing(root: number): Generator<Pick<MessageRow, "seq" | "sender_id" | "created_at">> {
    yield* this.#db.each<Pick<MessageRow, "seq" | "sender_id" | "created_at">>(
      "SELECT seq, sender_id, created_at FROM message WHERE thread_root = ? AND deleted_at IS NULL ORDER BY seq DESC",
      root,
    );
  }

  /** Answers, deleted ones too, in (after, …), oldest first. */
  answersAfter(root: number, after: number, limit: number): MessageRow[] {
    return this.#db.all<MessageRow>(
      "SELECT * FROM message WHERE thread_root = ? AND seq > ? ORDER BY seq LIMIT ?",
      root,
      after,
      limit,
    );
  }

  /** Answers, deleted ones too, below `before`, newest first. */
  answersBefore(root: number, before: number, limit: number): MessageRow[] {
    return this.#db.all<MessageRow>(
      "SELECT * FROM message WHERE thread_root = ? AND seq < ? ORDER BY seq DESC LIMIT ?",
      root,
      before,
      limit,
    );
  }

  member(root: number, userId: string): ThreadMemberRow | undefined {
    return this.#db.first<ThreadMemberRow>("SELECT * FROM thread_member WHERE root = ? AND user_id = ?", root, userId);
  }

  /** Everybody who has or had a part in a thread. */
  members(root: number): ThreadMemberRow[] {
    return this.#db.all<ThreadMemberRow>("SELECT * FROM thread_member WHERE root = ?", root);
  }

  /** A row of somebody new, with one of the index by person; or one row, changed. */
  putMember({ root, user_id, is_following, read_seq, commands }: ThreadMemberRow): void {
    this.#db.run(
      `INSERT INTO thread_member (root, user_id, is_following, read_seq, commands) VALUES (?, ?, ?, ?, ?)
       ON CONFLICT (root, user_id) DO UPDATE SET is_following = excluded.is_following, read_seq = excluded.read_seq,
       commands = excluded.commands`,
      root,
      user_id,
      is_following,
      read_seq,
      commands,
    );
  }

  /** Answers by others above a cursor that their reader has not hidden, counted up to 999. */
  unreadIn(root: number, userId: string, above: number, hidden: readonly number[] = []): number {
    return (
      this.#db.first<{ count: number }>(
        `SELECT count(*) AS count FROM (SELECT 1 FROM message WHERE thread_root = ? AND seq > ? AND sender_id <> ?
         AND deleted_at IS NULL AND ${isShown("seq", "?", hidden)} LIMIT ${UNREAD_CAP})`,
        root,
        above,
        userId,
        JSON.stringify(hidden),
      )?.count ?? 0
    );
  }

  /**
   * Threads that a person follows, from a number on, in which something is unread for them; up to 999. `hidden`: answers
   * that do not count, because they have hidden them from themselves.
   */
  unreadThreads(userId: string, fromSeq: number, hidden: readonly number[] = []): number {
    return (
      this.#db.first<{ count: number }>(
        `SELECT count(*) AS count FROM (SELECT 1 FROM thread_member f WHERE f.user_id = ?1 AND f.root >= ?2
         AND f.is_following = 1 AND ${unreadIf(isShown("a.seq", "?3", hidden))} LIMIT ${UNREAD_CAP})`,
        userId,
        fromSeq,
        JSON.stringify(hidden),
      )?.count ?? 0
    );
  }

  /**
   * First messages of all threads from a number on, the one with the latest answer first, below an answer's number. Looks
   * up each thread once: threads are far fewer than their answers, and an index by the latest would cost each answer two rows.
   */
  roots(fromSeq: number, below: number, limit: number): MessageRow[] {
    return this.#db.all<MessageRow>(
      `WITH RECURSIVE roots (seq) AS (
         SELECT min(thread_root) FROM message WHERE thread_root >= ?
         UNION ALL
         SELECT (SELECT min(thread_root) FROM message WHERE thread_root > roots.seq) FROM roots WHERE roots.seq IS NOT NULL
       )
       SELECT m.* FROM roots JOIN message m ON m.seq = roots.seq
       WHERE m.thread IS NOT NULL AND ${LATEST} < ? ORDER BY ${LATEST} DESC LIMIT ?`,
      fromSeq,
      below,
      limit,
    );
  }

  /** The same of those that a person follows, or of those with something unread. */
  followedRoots(
    userId: string,
    fromSeq: number,
    { below, limit, unread }: { below: number; limit: number; unread?: { hidden: readonly number[] } | undefined },
  ): MessageRow[] {
    const hidden = unread?.hidden ?? [];
    return this.#db.all<MessageRow>(
      `SELECT m.* FROM thread_member f JOIN message m ON m.seq = f.root
       WHERE f.user_id = ?1 AND f.root >= ?2 AND f.is_following = 1 AND m.thread IS NOT NULL AND ${LATEST} < ?3
       AND ${unread ? unreadIf(isShown("a.seq", "?5", hidden)) : "?5 IS NOT NULL"} ORDER BY ${LATEST} DESC LIMIT ?4`,
      userId,
      fromSeq,
      below,
      limit,
      JSON.stringify(hidden),
    );
  }
}
