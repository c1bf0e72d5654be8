import type { Database } from "../shared/database.ts";

/** One time a block held: numbers of the log, and epoch milliseconds; the ends are null while it does. */
export type Stretch = [fromSeq: number, toSeq: number | null, fromAt: number, toAt: number | null];

export interface BlockRow {
  blocker_id: string;
  rev: number;
  is_blocked: boolean;
  stretches: readonly Stretch[];
  /** Cursors as the other side was last told them, by whose they are. */
  shown: Readonly<Record<string, readonly [delivered: number, read: number]>>;
  /** The chat's clock when it began or ended last. */
  since_rev: number;
}

export type SignsRow = {
  user_id: string;
  rev: number;
  hides_receipts: number;
  hides_typing: number;
  shown_read: number;
  since_rev: number;
};

/** SQL of what members hide and whom they have blocked. */
export class PrivacyStore {
  readonly #db: Database;

  constructor(db: Database) {
    this.#db = db;
  }

  blocks(): BlockRow[] {
    return this.#db
      .all<{
        blocker_id: string;
        rev: number;
        is_blocked: number;
        stretches: string;
        shown: string;
        since_rev: number;
      }>("SELECT * FROM block")
      .map((row) => ({
        ...row,
        is_blocked: row.is_blocked === 1,
        // Both written by `putBlock` alone.
        stretches: JSON.parse(row.stretches) as Stretch[],
        shown: JSON.parse(row.shown) as BlockRow["shown"],
      }));
  }

  putBlock(row: BlockRow): void {
    this.#db.run(
      "INSERT OR REPLACE INTO block (blocker_id, rev, is_blocked, stretches, shown, since_rev) VALUES (?, ?, ?, ?, ?, ?)",
      row.blocker_id,
      row.rev,
      row.is_blocked ? 1 : 0,
      JSON.stringify(row.stretches),
      JSON.stringify(row.shown),
      row.since_rev,
    );
  }

  signs(): SignsRow[] {
    return this.#db.all<SignsRow>("SELECT * FROM signs");
  }

  putSigns(row: SignsRow): void {
    this.#db.run(
      "INSERT OR REPLACE INTO signs (user_id, rev, hides_receipts, hides_typing, shown_read, since_rev) VALUES (?, ?, ?, ?, ?, ?)",
      row.user_id,
      row.rev,
      row.hides_receipts,
      row.hides_typing,
      row.shown_read,
      row.since_rev,
    );
  }
}
