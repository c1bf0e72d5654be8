import { createHash } from "node:crypto";

/**
 * What one thread knows of a room: which message has which number. Every server numbers its messages, so one
 * comparison per message and one per delivery finds everything that can go wrong.
 */
export class RoomLog {
  readonly #base: number;
  readonly #ids: string[] = [];
  readonly #seqs = new Map<string, number>();
  /** Messages told under two numbers, or numbers told for two messages. */
  conflicts = 0;

  constructor(headSeq: number) {
    this.#base = headSeq + 1;
  }

  /** One message, once per thread, however many sockets it reached; and once more by its acknowledgement. */
  record(seq: number, id: string): void {
    const index = seq - this.#base;
    const known = this.#ids[index];
    if (known !== undefined && known !== id) this.conflicts++;
    const knownSeq = this.#seqs.get(id);
    if (knownSeq !== undefined && knownSeq !== seq) this.conflicts++;
    this.#ids[index] = id;
    this.#seqs.set(id, seq);
  }

  /** The same for all threads whose sockets were told the same messages in the same order. */
  digest(): string {
    return createHash("sha256").update(this.#ids.join("\n")).digest("hex");
  }
}

/** How far one socket has come, and what it met on the way. */
export class Track {
  #next: number;
  readonly #early = new Set<number>();
  doubled = 0;
  reordered = 0;

  constructor(headSeq: number) {
    this.#next = headSeq + 1;
  }

  arrived(seq: number): void {
    if (seq === this.#next) {
      this.#next++;
      while (this.#early.size > 0 && this.#early.delete(this.#next)) this.#next++;
    } else if (seq < this.#next || this.#early.has(seq)) this.doubled++;
    else {
      this.#early.add(seq);
      this.reordered++;
    }
  }

  /** Everything up to here has arrived. */
  get head(): number {
    return this.#next - 1;
  }
}
