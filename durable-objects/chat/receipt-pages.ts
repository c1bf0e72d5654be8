import { RECEIPTS_PER_PAGE } from "../shared/limits.ts";
import { ReceiptStore } from "./receipt-store.ts";
import { type CursorTimes, withMove } from "./receipt-times.ts";
import type { Cursors, MemberRow, PersonRow, ReceiptPage } from "./rows.ts";
import type { ChatStore } from "./store.ts";
import type { Unread } from "./unread.ts";

const NOTHING: Cursors = { delivered_seq: 0, read_seq: 0, receipt_rev: 0 };
const EMPTY: ReceiptPage = { rev: 0, cursors: new Map() };

/** When the cursors of a member moved as they do now; null where nobody may be told. */
export type MovedAt = (row: MemberRow) => { delivered: number | null; read: number | null };

/** Of who came in: when the numbers below were reached is nobody's reading. */
const UNTIMED: MovedAt = () => ({ delivered: null, read: null });

const pageOf = (place: number): number => Math.floor(place / RECEIPTS_PER_PAGE);

/**
 * How far the members have received and read, many to a row (SPEC RCP): what ten people acknowledge within a moment is
 * one row written, not ten. Read as it is needed, kept in memory, changed only when what was written stands.
 * Counts of what is unread travel with them, for nothing.
 */
export class ReceiptPages {
  readonly #store: ReceiptStore;
  readonly #unread: Unread;
  readonly #pages = new Map<number, ReceiptPage>();

  constructor(store: ChatStore, unread: Unread) {
    this.#store = new ReceiptStore(store.db);
    this.#unread = unread;
  }

  #page(page: number): ReceiptPage {
    let known = this.#pages.get(page);
    if (!known) {
      known = this.#store.page(page) ?? EMPTY;
      const counts = [...known.cursors].filter(([, { counted }]) => counted !== undefined);
      if (counts.length > 0 && this.#unread.holds(known.rev))
        for (const [userId, { counted }] of counts) if (counted) this.#unread.seed(userId, counted);
      this.#pages.set(page, known);
    }
    return known;
  }

  /** The last step of the clock that was a flush of receipts: page 0 carries it, whoever moved. */
  get lastRev(): number {
    return this.#page(0).rev;
  }

  /** A person with their cursors. */
  memberOf(person: PersonRow): MemberRow {
    const { delivered_seq, read_seq, receipt_rev } =
      this.#page(pageOf(person.place)).cursors.get(person.user_id) ?? NOTHING;
    return { ...person, delivered_seq, read_seq, receipt_rev };
  }

  /** When the cursors of a person moved last, as far as it is kept. */
  timesOf(person: PersonRow): CursorTimes | undefined {
    return this.#page(pageOf(person.place)).cursors.get(person.user_id)?.times;
  }

  /** Writes the cursors of these members as step `rev` of the clock: one row a page. Returns what brings memory in line. */
  write(rows: readonly MemberRow[], rev: number, movedAt = UNTIMED): () => void {
    const changed = new Map<number, Map<string, Cursors>>();
    for (const row of rows) {
      const { user_id, place, delivered_seq, read_seq, receipt_rev } = row;
      const page = pageOf(place);
      const cursors = changed.get(page) ?? new Map(this.#page(page).cursors);
      const times = timesAfter(cursors.get(user_id), row, movedAt(row));
      cursors.set(user_id, { delivered_seq, read_seq, receipt_rev, ...(times ? { times } : {}) });
      changed.set(page, cursors);
    }
    if (!changed.has(0)) changed.set(0, new Map(this.#page(0).cursors));
    for (const [page, cursors] of changed) {
      for (const [userId, { counted: _, ...cursor }] of cursors) {
        const counted = this.#unread.counted(userId);
        cursors.set(userId, { ...cursor, ...(counted ? { counted } : {}) });
      }
      this.#store.put(page, { rev, cursors });
    }
    return () => {
      for (const [page, cursors] of changed) this.#pages.set(page, { rev, cursors });
    };
  }

  /** Whose cursors moved after a step of the clock. */
  movedAfter(rev: number): string[] {
    return this.#store
      .pagesAfter(rev)
      .flatMap(({ cursors }) => [...cursors].filter(([, c]) => c.receipt_rev > rev).map(([id]) => id));
  }
}

function timesAfter(
  before: Cursors = NOTHING,
  after: MemberRow,
  at: { delivered: number | null; read: number | null },
): CursorTimes | undefined {
  const delivered = withMove(before.times?.delivered, before.delivered_seq, after.delivered_seq, at.delivered);
  const read = withMove(before.times?.read, before.read_seq, after.read_seq, at.read);
  return delivered || read ? { delivered, read } : undefined;
}
