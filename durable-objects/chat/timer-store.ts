import type { Database } from "../shared/database.ts";
import type { MessageRow } from "./rows.ts";

/** A message that waits for its time. Times are epoch milliseconds. */
export type ScheduledRow = {
  sender_id: string;
  client_msg_id: string;
  send_at: number;
  /** The head when it was first scheduled: a copy that was sent meanwhile stands after it. */
  after_seq: number;
  /** JSON of the draft, as it was given. */
  draft: string;
  /** Why it could not be sent when its time came: a code of the table in `error.ts`. */
  error: string | null;
};

const COLUMNS = "sender_id, client_msg_id, send_at, after_seq, draft, error";

/** SQL of what happens at a time: no rules, no clock. */
export class TimerStore {
  readonly #db: Database;

  constructor(db: Database) {
    this.#db = db;
  }

  /** When the next message disappears. Reads one row of the index, none where nothing disappears. */
  nextExpiry(): number | undefined {
    return this.#db.first<{ expires_at: number }>(
      "SELECT expires_at FROM message WHERE expires_at IS NOT NULL AND deleted_at IS NULL ORDER BY expires_at LIMIT 1",
    )?.expires_at;
  }

  /** Messages whose time is over, those first that were to go first. */
  expired(upTo: number, limit: number): MessageRow[] {
    return this.#db.all<MessageRow>(
      `SELECT * FROM message WHERE expires_at IS NOT NULL AND deleted_at IS NULL AND expires_at <= ?
       ORDER BY expires_at, seq LIMIT ?`,
      upTo,
      limit,
    );
  }

  /** When the next message is to be sent. */
  nextSend(): number | undefined {
    return this.#db.first<{ send_at: number }>(
      "SELECT send_at FROM scheduled WHERE error IS NULL ORDER BY send_at LIMIT 1",
    )?.send_at;
  }

  /** Messages whose time has come, the first first. */
  dueToSend(upTo: number, limit: number): ScheduledRow[] {
    return this.#db.all<ScheduledRow>(
      `SELECT ${COLUMNS} FROM scheduled WHERE error IS NULL AND send_at <= ? ORDER BY send_at, client_msg_id LIMIT ?`,
      upTo,
      limit,
    );
  }

  hasScheduled(): boolean {
    return this.#db.first("SELECT 1 AS one FROM scheduled LIMIT 1") !== undefined;
  }

  /** How many wait for one person, and how many of them could not be sent. */
  countOf(senderId: string): { count: number; failed: number } {
    return (
      this.#db.first<{ count: number; failed: number }>(
        "SELECT count(*) AS count, count(error) AS failed FROM scheduled WHERE sender_id = ?",
        senderId,
      ) ?? { count: 0, failed: 0 }
    );
  }

  /** What waits for one person, the next first. */
  scheduledBy(senderId: string): ScheduledRow[] {
    return this.#db.all<ScheduledRow>(
      `SELECT ${COLUMNS} FROM scheduled WHERE sender_id = ? ORDER BY send_at, client_msg_id`,
      senderId,
    );
  }

  scheduled(senderId: string, clientMsgId: string): ScheduledRow | undefined {
    return this.#db.first<ScheduledRow>(
      `SELECT ${COLUMNS} FROM scheduled WHERE sender_id = ? AND client_msg_id = ?`,
      senderId,
      clientMsgId,
    );
  }

  putScheduled(row: ScheduledRow): void {
    this.#db.run(
      `INSERT OR REPLACE INTO scheduled (${COLUMNS}) VALUES (?, ?, ?, ?, ?, ?)`,
      row.sender_id,
      row.client_msg_id,
      row.send_at,
      row.after_seq,
      row.draft,
      row.error,
    );
  }

  deleteScheduled(senderId: string, clientMsgId: string): void {
    this.#db.run("DELETE FROM scheduled WHERE sender_id = ? AND client_msg_id = ?", senderId, clientMsgId);
  }

  /** Everything that waits for one person. */
  deleteScheduledBy(senderId: string): void {
    this.#db.run("DELETE FROM scheduled WHERE sender_id = ?", senderId);
  }

  deleteAllScheduled(): void {
    this.#db.run("DELETE FROM scheduled");
  }

  /** The last commands of a person about what waits: marks and answers, the oldest first. */
  commands(senderId: string): (string | number)[] {
    const row = this.#db.first<{ commands: string }>("SELECT commands FROM scheduler WHERE sender_id = ?", senderId);
    // Written by `putCommands` alone.
    return row ? (JSON.parse(row.commands) as (string | number)[]) : [];
  }

  putCommands(senderId: string, commands: readonly (string | number)[]): void {
    this.#db.run(
      "INSERT OR REPLACE INTO scheduler (sender_id, commands) VALUES (?, ?)",
      senderId,
      JSON.stringify(commands),
    );
  }
}
