import type { Database } from "../shared/database.ts";
import type { Countable } from "./rows.ts";

/** What can be unread: by people, not deleted, and in no thread, which has a cursor of its own (SPEC UNR1, THR4). */
const COUNTS = "message_type <> 'system' AND deleted_at IS NULL AND thread_root IS NULL";

/** SQL of what is unread. */
export class CountableStore {
  readonly #db: Database;

  constructor(db: Database) {
    this.#db = db;
  }

  /** Messages that can be unread above `after`, newest first. */
  countable(after: number, limit: number): Countable[] {
    return this.#db.all<Countable>(
      `SELECT seq, sender_id, concerns FROM message WHERE seq > ? AND ${COUNTS} ORDER BY seq DESC LIMIT ?`,
      after,
      limit,
    );
  }

  /** The first of them above `after` that is by another person. */
  firstByOthers(userId: string, after: number): number | undefined {
    return this.#db.first<{ seq: number }>(
      `SELECT seq FROM message WHERE seq > ? AND sender_id <> ? AND ${COUNTS} ORDER BY seq LIMIT 1`,
      after,
      userId,
    )?.seq;
  }

  /** How many such there are in (after, upTo], counted up to `cap`. */
  countByOthers(userId: string, after: number, upTo: number, cap: number): number {
    return (
      this.#db.first<{ count: number }>(
        `SELECT count(*) AS count FROM (SELECT 1 FROM message WHERE seq > ? AND seq <= ? AND sender_id <> ?
         AND ${COUNTS} LIMIT ?)`,
        after,
        upTo,
        userId,
        cap,
      )?.count ?? 0
    );
  }
}
