import { UNREAD_CAP } from "../../src/protocol/limits.ts";
import type { ThreadsAsk } from "../../src/protocol/thread-calls.ts";
import type { Database } from "../shared/database.ts";
import type { MessageRow, ThreadRow } from "./rows.ts";

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
const latestOf = ({ thread }: MessageRow): number => (thread === null ? 0 : (JSON.parse(thread) as ThreadRow).seq);

/**
 * Bits of a number that an era leaves out. Threads are found by the era of their latest answer: sorting those of one, 128
 * at most, is cheap, and an answer that stands in the same era as the one before it writes no row for the index.
 */
const ERA_BITS = 7;
const eraOf = (seq: number): number => Math.floor(seq / 2 ** ERA_BITS);

/** Who follows no more threads than this has them looked up; of others' all threads are gone through, the latest first. */
const FOLLOWED_LOOKED_UP = 256;

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

  /** Stores what the first message of a thread says of it: one row, and its place among threads if the era is another. */
  putSummary(row: MessageRow): MessageRow {
    const { seq, rev, thread } = row;
    const thread_era = thread === null ? null : eraOf(latestOf(row));
    if (thread_era === row.thread_era)
      this.#db.run("UPDATE message SET rev = ?, thread = ? WHERE seq = ?", rev, thread, seq);
    else
      this.#db.run(
        "UPDATE message SET rev = ?, thread = ?, thread_era = ? WHERE seq = ?",
        rev,
        thread,
        thread_era,
        seq,
      );
    return { ...row, thread_era };
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
   * that do not count, because they have hidden them from themselves, like everything up to `cleared`.
   */
  unreadThreads(userId: string, fromSeq: number, hidden: readonly number[] = [], cleared = 0): number {
    return (
      this.#db.first<{ count: number }>(
        `SELECT count(*) AS count FROM (SELECT 1 FROM thread_member f WHERE f.user_id = ?1 AND f.root >= ?2
         AND f.is_following = 1 AND ${unreadIf(`a.seq > ?4 AND ${isShown("a.seq", "?3", hidden)}`)} LIMIT ${UNREAD_CAP})`,
        userId,
        fromSeq,
        JSON.stringify(hidden),
        cleared,
      )?.count ?? 0
    );
  }

  /**
   * First messages of threads from a number on, the one with the latest answer first, below an answer's number: all, those
   * that a person follows, or of these those with something unread (SPEC THR8). A page costs a page and an era, not all threads.
   */
  roots(
    userId: string,
    fromSeq: number,
    { below, limit, filter, hidden, cleared_seq }: ThreadsAsk & { below: number; hidden: readonly number[] },
  ): MessageRow[] {
    const unread = `AND ${unreadIf(`a.seq > ${Math.trunc(cleared_seq ?? 0)} AND ${isShown("a.seq", "?4", hidden)}`)}`;
    const followed = `f.user_id = ?3 AND f.is_following = 1 ${filter === "unread" ? unread : "AND ?4 IS NOT NULL"}`;
    const person = [userId, JSON.stringify(hidden)] as const;
    if (filter !== "all" && this.#followsFew(userId, fromSeq))
      return this.#db.all<MessageRow>(
        `SELECT m.* FROM thread_member f JOIN message m ON m.seq = f.root
         WHERE f.root >= ?1 AND m.thread IS NOT NULL AND ${LATEST} < ?2 AND ${followed} ORDER BY ${LATEST} DESC LIMIT ?5`,
        fromSeq,
        below,
        ...person,
        limit,
      );
    const all = "SELECT m.* FROM message m INDEXED BY message_thread_era WHERE m.thread_era <= ?1 AND m.seq >= ?2";
    const isFollowed = `AND EXISTS (SELECT 1 FROM thread_member f WHERE f.root = m.seq AND ${followed})`;
    const newestFirst = "ORDER BY m.thread_era DESC";
    const eras =
      filter === "all"
        ? this.#db.each<MessageRow>(`${all} ${newestFirst}`, eraOf(below), fromSeq)
        : this.#db.each<MessageRow>(`${all} ${isFollowed} ${newestFirst}`, eraOf(below), fromSeq, ...person);
    return latestFirst(eras, below, limit);
  }

  #followsFew(userId: string, fromSeq: number): boolean {
    const few = this.#db.all(
      `SELECT 1 FROM thread_member WHERE user_id = ? AND root >= ? LIMIT ${FOLLOWED_LOOKED_UP + 1}`,
      userId,
      fromSeq,
    );
    return few.length <= FOLLOWED_LOOKED_UP;
  }
}

/** The latest of rows that come era by era; no further than the era in which there are enough. */
function latestFirst(rows: Iterable<MessageRow>, below: number, limit: number): MessageRow[] {
  const found: MessageRow[] = [];
  for (const row of rows) {
    if (found.length >= limit && found.at(-1)?.thread_era !== row.thread_era) break;
    if (latestOf(row) < below) found.push(row);
  }
  return found.sort((a, b) => latestOf(b) - latestOf(a)).slice(0, limit);
}
