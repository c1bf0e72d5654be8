import type { Database } from "../shared/database.ts";

/** How far the round has come that is being made; undefined if there is none. */
export const roundAt = (db: Database): string | undefined =>
  db.first<{ told_up_to: string }>("SELECT told_up_to FROM round WHERE id = 1")?.told_up_to;

export const putRound = (db: Database, toldUpTo: string): void => {
  db.run("INSERT INTO round (id, told_up_to) VALUES (1, ?1) ON CONFLICT (id) DO UPDATE SET told_up_to = ?1", toldUpTo);
};

export const endRound = (db: Database): void => {
  db.run("DELETE FROM round");
};

/**
 * Who is in, ordered by id, and who was put out after `goneSince` (epoch milliseconds): of a chat that has ended, everybody who
 * was in it then.
 */
export const idsAfter = (
  db: Database,
  after: string,
  limit: number,
  goneSince: number = Number.MAX_SAFE_INTEGER,
): string[] =>
  db
    .all<{ user_id: string }>(
      "SELECT user_id FROM member WHERE user_id > ? AND (removed_at IS NULL OR removed_at > ?) ORDER BY user_id LIMIT ?",
      after,
      goneSince,
      limit,
    )
    .map((row) => row.user_id);
