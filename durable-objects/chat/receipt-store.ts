import type { Database } from "../shared/database.ts";
import { type Packed, packTimes, unpackTimes } from "./receipt-times.ts";
import type { Cursors, ReceiptPage } from "./rows.ts";

/** A member's cursors as they are stored: numbers, what was counted if anything was, then times if any are kept. */
type Stored = (number | [delivered: Packed | 0, read: Packed | 0])[];

/** The SQL of receipts: up to 64 members to a row (decision 0007). */
export class ReceiptStore {
  readonly #db: Database;

  constructor(db: Database) {
    this.#db = db;
  }

  page(page: number): ReceiptPage | undefined {
    const row = this.#db.first<{ rev: number; cursors: string }>(
      "SELECT rev, cursors FROM receipt WHERE page = ?",
      page,
    );
    return row && { rev: row.rev, cursors: readCursors(row.cursors) };
  }

  /** Pages with a cursor that moved after `rev`. */
  pagesAfter(rev: number): ReceiptPage[] {
    return this.#db
      .all<{ rev: number; cursors: string }>("SELECT rev, cursors FROM receipt WHERE rev > ?", rev)
      .map((row) => ({ rev: row.rev, cursors: readCursors(row.cursors) }));
  }

  put(page: number, { rev, cursors }: ReceiptPage): void {
    const stored = Object.fromEntries([...cursors].map(([id, each]) => [id, writeCursors(each)]));
    this.#db.run(
      "INSERT OR REPLACE INTO receipt (page, rev, cursors) VALUES (?, ?, ?)",
      page,
      rev,
      JSON.stringify(stored),
    );
  }
}

function writeCursors({ delivered_seq, read_seq, receipt_rev, counted, times }: Cursors): Stored {
  const stored: Stored = [delivered_seq, read_seq, receipt_rev];
  if (counted?.count) {
    stored.push(counted.above, counted.upTo, counted.count);
    if (counted.mention !== undefined) stored.push(counted.mention);
  }
  if (times) stored.push([packTimes(times.delivered), packTimes(times.read)]);
  return stored;
}

function readCursors(json: string): Map<string, Cursors> {
  // Written by `put` alone; before times were kept, numbers only.
  const stored = JSON.parse(json) as Record<string, Stored>;
  return new Map(Object.entries(stored).map(([id, each]) => [id, readOne(each)]));
}

function readOne(stored: Stored): Cursors {
  const [delivered_seq = 0, read_seq = 0, receipt_rev = 0, above, upTo, count, mention] = stored.filter(
    (value) => typeof value === "number",
  );
  const packed = stored.at(-1);
  return {
    delivered_seq,
    read_seq,
    receipt_rev,
    ...(above === undefined || upTo === undefined || count === undefined
      ? {}
      : { counted: { above, upTo, count, mention } }),
    ...(Array.isArray(packed) ? { times: { delivered: unpackTimes(packed[0]), read: unpackTimes(packed[1]) } } : {}),
  };
}
