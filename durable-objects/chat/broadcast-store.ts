import type { Database } from "../shared/database.ts";

/** Somebody whom a broadcast list writes to. Times are epoch milliseconds. */
export type RecipientRow = {
  user_id: string;
  username: string;
  display_name: string;
  added_at: number;
  removed_at: number | null;
  rev: number;
};

/** SQL of broadcast lists: no rules. */

export const recipients = (db: Database): RecipientRow[] =>
  db.all<RecipientRow>("SELECT * FROM recipient ORDER BY user_id");

export const recipient = (db: Database, userId: string): RecipientRow | undefined =>
  db.first<RecipientRow>("SELECT * FROM recipient WHERE user_id = ?", userId);

export function putRecipient(db: Database, row: RecipientRow): void {
  db.run(
    "INSERT OR REPLACE INTO recipient (user_id, username, display_name, added_at, removed_at, rev) VALUES (?, ?, ?, ?, ?, ?)",
    row.user_id,
    row.username,
    row.display_name,
    row.added_at,
    row.removed_at,
    row.rev,
  );
}

/** Messages with copies that are not delivered yet. */
export const countDispatches = (db: Database): number =>
  db.first<{ n: number }>("SELECT count(*) AS n FROM dispatch")?.n ?? 0;

/** Oldest first: who of each message's recipients has no copy yet. */
export const dispatches = (db: Database): { seq: number; missing: string[] }[] =>
  db
    .all<{ seq: number; missing: string }>("SELECT seq, missing FROM dispatch ORDER BY seq")
    .map(({ seq, missing }) => ({ seq, missing: JSON.parse(missing) as string[] }));

export function putDispatch(db: Database, seq: number, missing: readonly string[]): void {
  if (missing.length === 0) db.run("DELETE FROM dispatch WHERE seq = ?", seq);
  else db.run("INSERT OR REPLACE INTO dispatch (seq, missing) VALUES (?, ?)", seq, JSON.stringify(missing));
}
