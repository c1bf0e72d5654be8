import type { Reminder } from "../../src/protocol/chat.ts";
import type { Database } from "../shared/database.ts";

/** A message its reader wants to be reminded of. `remind_at` in epoch milliseconds. */
export type ReminderRow = {
  chat_id: string;
  seq: number;
  /** The hub's clock when devices were last owed it. */
  rev: number;
  remind_at: number;
  is_due: number;
  is_removed: number;
};

const COLUMNS = "chat_id, seq, rev, remind_at, is_due, is_removed";

export const toReminder = (row: Omit<ReminderRow, "rev">): Reminder => ({
  chat_id: row.chat_id,
  seq: row.seq,
  remind_at: new Date(row.remind_at).toISOString(),
  ...(row.is_due === 1 && row.is_removed === 0 ? { is_due: true } : {}),
  ...(row.is_removed === 1 ? { is_removed: true } : {}),
});

/** SQL of reminders: no rules, no clock. */
export class ReminderStore {
  readonly #db: Database;

  constructor(db: Database) {
    this.#db = db;
  }

  of(chatId: string, seq: number): ReminderRow | undefined {
    return this.#db.first<ReminderRow>(`SELECT ${COLUMNS} FROM reminder WHERE chat_id = ? AND seq = ?`, chatId, seq);
  }

  put(row: ReminderRow): void {
    this.#db.run(
      `INSERT OR REPLACE INTO reminder (${COLUMNS}) VALUES (?, ?, ?, ?, ?, ?)`,
      row.chat_id,
      row.seq,
      row.rev,
      row.remind_at,
      row.is_due,
      row.is_removed,
    );
  }

  /** All that wait or are due: due ones first, then the next. */
  all(): Reminder[] {
    return this.#db
      .all<ReminderRow>(
        `SELECT ${COLUMNS} FROM reminder WHERE is_removed = 0 ORDER BY is_due DESC, remind_at, chat_id, seq`,
      )
      .map(toReminder);
  }

  /** What was set, changed, taken back or became due after `rev`. */
  since(rev: number): Reminder[] {
    return this.#db
      .all<ReminderRow>(`SELECT ${COLUMNS} FROM reminder WHERE rev > ? ORDER BY rev, remind_at, chat_id, seq`, rev)
      .map(toReminder);
  }

  /** Those whose time has come and that nobody was told of. */
  due(now: number): ReminderRow[] {
    return this.#db.all<ReminderRow>(
      `SELECT ${COLUMNS} FROM reminder WHERE is_due = 0 AND is_removed = 0 AND remind_at <= ? ORDER BY remind_at, chat_id, seq`,
      now,
    );
  }

  /** When the next one's time comes. */
  nextAt(): number | undefined {
    const query = "SELECT MIN(remind_at) AS at FROM reminder WHERE is_due = 0 AND is_removed = 0";
    return this.#db.first<{ at: number | null }>(query)?.at ?? undefined;
  }

  /** Rows, and how many of them were dealt with. */
  count(): { rows: number; removed: number } {
    const query = "SELECT COUNT(*) AS rows, COALESCE(SUM(is_removed), 0) AS removed FROM reminder";
    return this.#db.first<{ rows: number; removed: number }>(query) ?? { rows: 0, removed: 0 };
  }

  /** Forgets what was dealt with. */
  forgetRemoved(): void {
    this.#db.run("DELETE FROM reminder WHERE is_removed = 1");
  }

  /** Drops those of a chat, and returns them. */
  drop(chatId: string): ReminderRow[] {
    const rows = this.#db.all<ReminderRow>(`SELECT ${COLUMNS} FROM reminder WHERE chat_id = ?`, chatId);
    if (rows.length > 0) this.#db.run("DELETE FROM reminder WHERE chat_id = ?", chatId);
    return rows;
  }
}
