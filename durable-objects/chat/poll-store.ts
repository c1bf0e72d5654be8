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

  /** Votes that stand, in their order, of as many voters as are looked at: of a poll with more, whichever these are. */
  votes(seq: number, voters: number): Pick<VoteRow, "user_id" | "options">[] {
    return this.#db.all<Pick<VoteRow, "user_id" | "options">>(
      `SELECT user_id, options FROM (SELECT user_id, options, rev FROM vote WHERE seq = ? LIMIT ?)
       WHERE options <> 0 ORDER BY rev`,
      seq,
      voters,
    );
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
