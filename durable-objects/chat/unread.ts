import { UNREAD_CAP } from "../../src/protocol/limits.ts";
import type { ChatStore, MessageRow } from "./store.ts";

/** Newest countable messages kept: one more than can be shown. */
const TAIL = UNREAD_CAP + 1;

/** A message that can be unread: by a person, not deleted. */
interface Countable {
  seq: number;
  sender_id: string;
}

/** How much somebody far behind has unread below the tail: others' messages in (above, upTo]. */
interface Below {
  above: number;
  upTo: number;
  count: number;
}

/**
 * What is unread above a cursor (SPEC UNR). Computed, never incremented: the newest messages are read once and kept up
 * to date in memory; what lies below them is counted once for who is that far behind.
 */
export class Unread {
  readonly #store: ChatStore;
  /** Every countable message above `#from`, newest first; undefined until somebody asks. */
  #tail: Countable[] | undefined;
  #from = 0;
  readonly #below = new Map<string, Below>();
  /** A message by somebody else that stood above a person's cursor when they last sent. */
  readonly #witness = new Map<string, number>();

  constructor(store: ChatStore) {
    this.#store = store;
  }

  /** Messages by others than `userId` above `above`; at most 999. */
  count(userId: string, above: number): number {
    const tail = this.#tailDownTo(above);
    let count = 0;
    for (const row of tail) {
      if (row.seq <= above) return count;
      if (row.sender_id !== userId && ++count >= UNREAD_CAP) return UNREAD_CAP;
    }
    return this.#from <= above ? count : Math.min(UNREAD_CAP, count + this.#countBelow(userId, above));
  }

  /** Is there anything by others above `above`? Asked with every message of who is behind, so it reads very little. */
  hasAny(userId: string, above: number): boolean {
    const witness = this.#witness.get(userId);
    if (witness !== undefined && witness > above) return true;
    const seq = this.#store.firstByOthers(userId, above);
    if (seq !== undefined) this.#witness.set(userId, seq);
    return seq !== undefined;
  }

  #tailDownTo(above: number): Countable[] {
    if (this.#tail && (this.#from <= above || this.#tail.length >= TAIL)) return this.#tail;
    const rows = this.#store.countable(above, TAIL);
    this.#tail = rows;
    this.#below.clear();
    this.#from = rows.length < TAIL ? above : (rows.at(-1)?.seq ?? above + 1) - 1;
    return rows;
  }

  /** Many own messages among the newest, or many deleted since: what the tail does not reach, read once and then carried on. */
  #countBelow(userId: string, above: number): number {
    const known = this.#below.get(userId);
    const start: Below = known?.above === above ? known : { above, upTo: above, count: 0 };
    const count =
      start.upTo >= this.#from || start.count >= UNREAD_CAP
        ? start.count
        : start.count + this.#store.countByOthers(userId, start.upTo, this.#from, UNREAD_CAP - start.count);
    this.#below.set(userId, { above, upTo: this.#from, count });
    return count;
  }

  /** A message was added to the log. */
  appended(row: MessageRow): void {
    if (!this.#tail || row.message_type === "system") return;
    this.#tail.unshift({ seq: row.seq, sender_id: row.sender_id });
    if (this.#tail.length <= TAIL * 2) return;
    this.#tail.length = TAIL;
    this.#from = (this.#tail.at(-1)?.seq ?? 1) - 1;
  }

  /** A message was deleted. */
  deleted(seq: number): void {
    if (this.#tail && seq > this.#from) this.#tail = this.#tail.filter((row) => row.seq !== seq);
    else this.#below.clear();
    this.#witness.clear();
  }
}
