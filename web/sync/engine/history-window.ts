import { expired, isOver } from "../../../src/domain/expiry.ts";
import type { Message } from "../../../src/protocol/message.ts";

/** Messages that one screen holds at a time. */
export const WINDOW_MESSAGES = 400;
/** A reader who stays away from the bottom keeps what is under the eye while news comes in, up to this. */
const WINDOW_HARD_MAX = 2_000;

/**
 * A contiguous stretch of a chat's log, as one screen holds it: never with a hole. While a page is on its way, rows
 * that changed outside the window are remembered, so that the page cannot bring back what they undid.
 */
export class HistoryWindow {
  #rows: readonly Message[] = [];
  #isAtHead = true;
  #pages = 0;
  #passing = new Map<number, Message>();
  #generation = 0;

  /** Oldest first; the same array until it changes. */
  get rows(): readonly Message[] {
    return this.#rows;
  }

  get isAtHead(): boolean {
    return this.#isAtHead;
  }

  /** Grows whenever another stretch is shown instead. */
  get generation(): number {
    return this.#generation;
  }

  /** The log goes on behind it, beyond a hole. */
  leaveHead(): void {
    this.#isAtHead = false;
  }

  /** Pages that are under way are void. */
  abandon(): void {
    this.#generation++;
    this.#passing.clear();
  }

  get low(): number {
    return this.#rows[0]?.seq ?? 0;
  }

  get high(): number {
    return this.#rows.at(-1)?.seq ?? 0;
  }

  /** Numbers are gapless from 1, so the lowest one tells whether there is more. */
  get hasOlder(): boolean {
    return this.low > 1;
  }

  holds(seq: number): boolean {
    return seq >= this.low && seq <= this.high && this.#rows.length > 0;
  }

  at(seq: number): Message | undefined {
    return this.holds(seq) ? this.#rows[seq - this.low] : undefined;
  }

  /** Shows this stretch instead. Pages that are under way for the old one are void. */
  replace(rows: readonly Message[], isAtHead: boolean): void {
    this.abandon();
    this.#rows = contiguousEnd(rows).slice(-WINDOW_MESSAGES);
    this.#isAtHead = isAtHead;
  }

  /** Empties what is over by now, in epoch milliseconds of the server's clock. */
  expire(now: number): void {
    if (!this.#rows.some((row) => isOver(row, now))) return;
    this.#rows = this.#rows.map((row) => (isOver(row, now) ? expired(row) : row));
  }

  /** Rows of a frame: known ones change, new ones join at the end of a window that reaches the head. `isBelow`: the reader is at the bottom. */
  apply(rows: readonly Message[], isReaderAtEnd: boolean): void {
    if (rows.length === 0) return;
    let next: Message[] | undefined;
    const low = this.low;
    for (const row of [...rows].sort((a, b) => a.seq - b.seq)) {
      // Also what the window holds: the page that is on its way may take its place.
      if (this.#pages > 0) this.#passes(row);
      const list: readonly Message[] = next ?? this.#rows;
      const index = row.seq - low;
      const known = list.length > 0 && index >= 0 ? list[index] : undefined;
      if (known) {
        if (row.rev > known.rev) {
          next ??= [...this.#rows];
          next[index] = row;
        }
      } else if (this.#isAtHead && (list.length === 0 || row.seq === (list.at(-1)?.seq ?? 0) + 1)) {
        next ??= [...this.#rows];
        next.push(row);
        if (next.length === 1 && rows.length > 1) {
          this.replace(rows, true);
          return;
        }
      }
    }
    if (!next) return;
    const most = isReaderAtEnd ? WINDOW_MESSAGES : WINDOW_HARD_MAX;
    this.#rows = next.length > most ? next.slice(-WINDOW_MESSAGES) : next;
  }

  #passes(row: Message): void {
    const passed = this.#passing.get(row.seq);
    if (!passed || row.rev > passed.rev) this.#passing.set(row.seq, row);
  }

  /**
   * Fetches a page and joins it. `isHead`: does the window reach the log's head once its newest number is this one.
   * Returns the page as it is true now, or nothing if the window was replaced meanwhile.
   */
  async join(
    fetch: () => Promise<readonly Message[]>,
    side: "older" | "newer",
    isHead: (seq: number) => boolean,
  ): Promise<readonly Message[]> {
    const generation = this.#generation;
    this.#pages++;
    try {
      const page = await fetch();
      if (generation !== this.#generation) return [];
      const mended = this.#mend(page);
      if (side === "older") this.#joinOlder(mended);
      else this.#joinNewer(mended, isHead);
      return mended;
    } finally {
      this.#pages--;
      if (this.#pages === 0) this.#passing.clear();
    }
  }

  /** The same, for a page that takes the window's place. `isVoid`: what the window holds is no longer true. */
  async jump(
    fetch: () => Promise<readonly Message[]>,
    isHead: (seq: number) => boolean,
    isVoid = false,
  ): Promise<readonly Message[]> {
    if (isVoid) this.abandon();
    const generation = this.#generation;
    this.#pages++;
    try {
      const page = await fetch();
      if (generation !== this.#generation || page.length === 0) return [];
      const mended = this.#mend(page).map((row) => (isVoid ? row : newer(this.at(row.seq), row)));
      this.replace(mended, isHead(mended.at(-1)?.seq ?? 0));
      return mended;
    } finally {
      this.#pages--;
      if (this.#pages === 0) this.#passing.clear();
    }
  }

  #joinOlder(page: readonly Message[]): void {
    const joined = contiguousEnd([...page.filter((row) => row.seq < this.low), ...this.#rows]);
    if (joined.length === this.#rows.length) return;
    if (joined.length > WINDOW_MESSAGES) {
      this.#rows = joined.slice(0, Math.max(WINDOW_MESSAGES, joined.length - this.#rows.length));
      this.#isAtHead = this.#isAtHead && this.#rows.length === joined.length;
    } else this.#rows = joined;
  }

  #joinNewer(page: readonly Message[], isHead: (seq: number) => boolean): void {
    const fresh = page.filter((row) => row.seq > this.high);
    if (fresh.length > 0 && fresh[0]?.seq !== this.high + 1) return;
    if (fresh.length > 0) this.#rows = [...this.#rows, ...fresh].slice(-WINDOW_MESSAGES);
    this.#isAtHead = isHead(this.high);
  }

  #mend(page: readonly Message[]): Message[] {
    return page.map((row) => newer(this.#passing.get(row.seq), row));
  }
}

const newer = (known: Message | undefined, row: Message): Message => (known && known.rev > row.rev ? known : row);

/** The longest run without a hole that ends with the newest row. */
function contiguousEnd(rows: readonly Message[]): readonly Message[] {
  let start = rows.length - 1;
  while (start > 0 && rows[start - 1]?.seq === (rows[start]?.seq ?? 0) - 1) start--;
  return start <= 0 ? rows : rows.slice(start);
}
