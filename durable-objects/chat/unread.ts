import { UNREAD_CAP } from "../../src/protocol/limits.ts";
import { CountableStore } from "./countable-store.ts";
import type { Countable, MessageRow } from "./rows.ts";
import type { ChatStore } from "./store.ts";

/** Newest countable messages kept: one more than can be shown. */
const TAIL = UNREAD_CAP + 1;

/** Changes that are looked through on wake before stored counts are made again instead. */
const CHANGES_READ = 16;

/** A count that was made: messages by others in (above, upTo]. */
export interface Counted {
  above: number;
  upTo: number;
  /** Capped. */
  count: number;
  /** The newest of them that mentions or answers the person. */
  mention: number | undefined;
}

/** Does a message mention or answer them? */
export const isMeant = ({ concerns }: Countable, userId: string): boolean =>
  concerns !== null && (concerns === "*" || concerns.includes(userId));

/**
 * What is unread above a cursor (SPEC UNR). Computed, never incremented by a sender: a count that was made is carried
 * on over what was added since, and made again when something it counted was deleted. Counts travel with the receipts
 * (see `receipt-pages.ts`), so that a wake does not read a thousand messages for everybody who never looks in.
 */
export class Unread {
  readonly #store: ChatStore;
  readonly #rows: CountableStore;
  /** Every countable message above `#from`, newest first; undefined until somebody asks. */
  #tail: Countable[] | undefined;
  #from = 0;
  #head: number;
  readonly #counted = new Map<string, Counted>();
  /** A message by somebody else that stood above a person's cursor when they last sent. */
  readonly #witness = new Map<string, number>();
  /** Counts that were stored before this step of the clock may be wrong. */
  #validFrom: number;

  /** `head`: the newest message; `validFrom`: the last step of the clock that may have deleted one. */
  constructor(store: ChatStore, head: number, validFrom: number) {
    this.#store = store;
    this.#rows = new CountableStore(store.db);
    this.#head = head;
    this.#validFrom = validFrom;
  }

  /** Do counts that were stored with step `rev` of the clock still hold? Reactions and pins since then change none. */
  holds(rev: number): boolean {
    if (rev >= this.#validFrom) return true;
    const changes = this.#store.changesAfter(rev, CHANGES_READ + 1);
    return changes.length <= CHANGES_READ && changes.every((touched) => touched.is_count_kept);
  }

  /** A count that was stored and still holds. */
  seed(userId: string, counted: Counted): void {
    if (!this.#counted.has(userId)) this.#counted.set(userId, counted);
  }

  /** The count that was made last, if it still holds. */
  counted(userId: string): Counted | undefined {
    return this.#counted.get(userId);
  }

  /** Messages by others than `userId` above `above`, at most 999; and the newest that is meant for them (SPEC MNT3). */
  look(userId: string, above: number): { count: number; mention: number | undefined } {
    const known = this.#counted.get(userId);
    const found = known?.above === above ? this.#carryOn(userId, known) : this.#scan(userId, above, UNREAD_CAP);
    this.#counted.set(userId, { above, upTo: this.#head, ...found });
    return found;
  }

  /** Is there anything by others above `above`? Asked with every message of who is behind, so it reads very little. */
  hasAny(userId: string, above: number): boolean {
    const known = this.#counted.get(userId);
    const holds = known?.above === above;
    if (holds && known.count > 0) return true;
    const witness = this.#witness.get(userId);
    if (witness !== undefined && witness > above) return true;
    const from = holds ? known.upTo : above;
    const seq = from < this.#head ? this.#rows.firstByOthers(userId, from) : undefined;
    if (seq !== undefined) this.#witness.set(userId, seq);
    return seq !== undefined;
  }

  #carryOn(userId: string, { upTo, count, mention }: Counted): Pick<Counted, "count" | "mention"> {
    if (upTo >= this.#head) return { count, mention };
    const since = this.#scan(userId, upTo, UNREAD_CAP - count);
    return { count: count + since.count, mention: since.mention ?? mention };
  }

  /** What is above `above`, counted up to `cap`. A mention is looked for among the newest thousand. */
  #scan(userId: string, above: number, cap: number): Pick<Counted, "count" | "mention"> {
    let count = 0;
    let mention: number | undefined;
    for (const row of this.#tailDownTo(above)) {
      if (row.seq <= above || (count >= cap && mention !== undefined)) return { count, mention };
      if (row.sender_id === userId) continue;
      if (count < cap) count++;
      if (mention === undefined && isMeant(row, userId)) mention = row.seq;
    }
    // Many own messages among the newest: what the tail does not reach.
    if (this.#from > above && count < cap) count += this.#rows.countByOthers(userId, above, this.#from, cap - count);
    return { count, mention };
  }

  #tailDownTo(above: number): Countable[] {
    if (this.#tail && (this.#from <= above || this.#tail.length >= TAIL)) return this.#tail;
    const rows = this.#rows.countable(above, TAIL);
    this.#tail = rows;
    this.#from = rows.length < TAIL ? above : (rows.at(-1)?.seq ?? above + 1) - 1;
    return rows;
  }

  /** A message was added to the log. */
  appended(row: MessageRow): void {
    this.#head = row.seq;
    if (!this.#tail || row.message_type === "system" || row.thread_root !== null) return;
    this.#tail.unshift({ seq: row.seq, sender_id: row.sender_id, concerns: row.concerns });
    if (this.#tail.length <= TAIL * 2) return;
    this.#tail.length = TAIL;
    this.#from = (this.#tail.at(-1)?.seq ?? 1) - 1;
  }

  /** A message was deleted, with step `rev` of the clock. */
  deleted(seq: number, rev: number): void {
    this.#validFrom = rev;
    if (this.#tail && seq > this.#from) this.#tail = this.#tail.filter((row) => row.seq !== seq);
    this.#forget(seq);
    this.#witness.clear();
  }

  /** A message says something else, with step `rev` of the clock: it may be meant for others now. */
  edited({ seq, rev, sender_id, concerns }: MessageRow): void {
    this.#validFrom = rev;
    if (this.#tail && seq > this.#from)
      this.#tail = this.#tail.map((row) => (row.seq === seq ? { seq, sender_id, concerns } : row));
    this.#forget(seq);
  }

  /** Counts that a message was part of. */
  #forget(seq: number): void {
    for (const [userId, { above, upTo }] of this.#counted) if (above < seq && seq <= upTo) this.#counted.delete(userId);
  }
}
