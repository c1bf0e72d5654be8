import { UNREAD_CAP } from "../../src/protocol/limits.ts";
import type { ChatStore, MessageRow } from "./store.ts";

/** Newest countable messages kept: one more than can be shown. */
const TAIL = UNREAD_CAP + 1;

/** A message that can be unread: by a person, not deleted. */
interface Countable {
  seq: number;
  sender_id: string;
}

/** A count that was made: messages by others in (above, upTo]. */
export interface Counted {
  above: number;
  upTo: number;
  /** Capped. */
  count: number;
}

/**
 * What is unread above a cursor (SPEC UNR). Computed, never incremented by a sender: a count that was made is carried
 * on over what was added since, and made again when something it counted was deleted. Counts travel with the receipts
 * (see `receipt-pages.ts`), so that a wake does not read a thousand messages for everybody who never looks in.
 */
export class Unread {
  readonly #store: ChatStore;
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
    this.#head = head;
    this.#validFrom = validFrom;
  }

  /** A count that was stored with step `rev` of the clock. */
  seed(userId: string, counted: Counted, rev: number): void {
    if (rev >= this.#validFrom && !this.#counted.has(userId)) this.#counted.set(userId, counted);
  }

  /** The count that was made last, if it still holds. */
  counted(userId: string): Counted | undefined {
    return this.#counted.get(userId);
  }

  /** Messages by others than `userId` above `above`; at most 999. */
  count(userId: string, above: number): number {
    const known = this.#counted.get(userId);
    const count = known?.above === above ? this.#carryOn(userId, known) : this.#count(userId, above);
    this.#counted.set(userId, { above, upTo: this.#head, count });
    return count;
  }

  /** Is there anything by others above `above`? Asked with every message of who is behind, so it reads very little. */
  hasAny(userId: string, above: number): boolean {
    const known = this.#counted.get(userId);
    const holds = known?.above === above;
    if (holds && known.count > 0) return true;
    const witness = this.#witness.get(userId);
    if (witness !== undefined && witness > above) return true;
    const from = holds ? known.upTo : above;
    const seq = from < this.#head ? this.#store.firstByOthers(userId, from) : undefined;
    if (seq !== undefined) this.#witness.set(userId, seq);
    return seq !== undefined;
  }

  #carryOn(userId: string, { upTo, count }: Counted): number {
    if (upTo >= this.#head || count >= UNREAD_CAP) return count;
    return Math.min(UNREAD_CAP, count + this.#count(userId, upTo));
  }

  #count(userId: string, above: number): number {
    let count = 0;
    for (const row of this.#tailDownTo(above)) {
      if (row.seq <= above) return count;
      if (row.sender_id !== userId && ++count >= UNREAD_CAP) return UNREAD_CAP;
    }
    if (this.#from <= above) return count;
    // Many own messages among the newest: what the tail does not reach.
    return count + this.#store.countByOthers(userId, above, this.#from, UNREAD_CAP - count);
  }

  #tailDownTo(above: number): Countable[] {
    if (this.#tail && (this.#from <= above || this.#tail.length >= TAIL)) return this.#tail;
    const rows = this.#store.countable(above, TAIL);
    this.#tail = rows;
    this.#from = rows.length < TAIL ? above : (rows.at(-1)?.seq ?? above + 1) - 1;
    return rows;
  }

  /** A message was added to the log. */
  appended(row: MessageRow): void {
    this.#head = row.seq;
    if (!this.#tail || row.message_type === "system") return;
    this.#tail.unshift({ seq: row.seq, sender_id: row.sender_id });
    if (this.#tail.length <= TAIL * 2) return;
    this.#tail.length = TAIL;
    this.#from = (this.#tail.at(-1)?.seq ?? 1) - 1;
  }

  /** A message was deleted, with step `rev` of the clock. */
  deleted(seq: number, rev: number): void {
    this.#validFrom = rev;
    if (this.#tail && seq > this.#from) this.#tail = this.#tail.filter((row) => row.seq !== seq);
    for (const [userId, { above, upTo }] of this.#counted) if (above < seq && seq <= upTo) this.#counted.delete(userId);
    this.#witness.clear();
  }
}
