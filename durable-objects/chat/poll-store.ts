import type { Database } from "../shared/database.ts";
import type { MessageRow } from "./rows.ts";

/** What somebody chose in a poll. */
export type VoteRow = {
  seq: number;
  user_id: string;
  /** A bit for each option, the first option's the lowest; 0 is a vote that was taken back. */
  options: number;
  /** The step of the clock that last changed it. */
  rev: number;
  /** JSON: marks of their last commands, each followed by the step of the clock that answered it. */
  commands: string | null;
};

/** SQL of polls. */
export class PollStore {
  readonly #db: Database;

  constructor(db: Database) {
    this.#db = db;
  }

  vote(seq: number, userId: string): VoteRow | undefined {
    return this.#db.first<VoteRow>("SELECT * FROM vote WHERE seq = ? AND user_id = ?", seq, userId);
  }

  putVote({ seq, user_id, options, rev, commands }: VoteRow): void {
    this.#db.run(
      "INSERT OR REPLACE INTO vote (seq, user_id, options, rev, commands) VALUES (?, ?, ?, ?, ?)",
      seq,
      user_id,
      options,
      rev,
      commands,
    );
  }

  /** Who chose an option, in the order of their votes. */
  voters(seq: number, option: number, limit: number): string[] {
    return this.#db
      .all<{ user_id: string }>(
        "SELECT user_id FROM vote WHERE seq = ? AND (options & ?) <> 0 ORDER BY rev LIMIT ?",
        seq,
        1 << option,
        limit,
      )
      .map((row) => row.user_id);
  }

  /** Stores how a poll stands, and who commanded so. */
  putState({ seq, rev, poll, commands }: MessageRow): void {
    this.#db.run("UPDATE message SET rev = ?, poll = ?, commands = ? WHERE seq = ?", rev, poll, commands, seq);
  }

  /** Forgets what was chosen; that a command was obeyed stays known. */
  purge(seq: number): void {
    this.#db.run("UPDATE vote SET options = 0 WHERE seq = ? AND options <> 0", seq);
  }
}
