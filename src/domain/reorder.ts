import { REORDER_FRAMES, REORDER_MS } from "../protocol/limits.ts";

/** The stretch of a clock, (`base`, `rev`], that a frame covers. */
export interface Stretch {
  base: number;
  rev: number;
}

/**
 * News that came before what it builds on: kept until the gap fills, up to 1,000 frames and 5 s. Then the gap is
 * repaired by one catch-up; nothing that can be applied ever waits behind it (K37). Pure: `now` is epoch milliseconds.
 */
export class ReorderBuffer<T> {
  readonly #stretchOf: (frame: T) => Stretch;
  readonly #frames: number;
  readonly #ms: number;
  #held: T[] = [];
  #since: number | undefined;

  constructor(stretchOf: (frame: T) => Stretch, limits: { frames?: number; ms?: number } = {}) {
    this.#stretchOf = stretchOf;
    this.#frames = limits.frames ?? REORDER_FRAMES;
    this.#ms = limits.ms ?? REORDER_MS;
  }

  get size(): number {
    return this.#held.length;
  }

  /** When the gap must be repaired otherwise, in epoch milliseconds; undefined while nothing is kept. */
  get deadline(): number | undefined {
    return this.#since === undefined ? undefined : this.#since + this.#ms;
  }

  /** False: no room is left, so the frame is dropped; only a catch-up helps. */
  hold(frame: T, now: number): boolean {
    this.#since ??= now;
    if (this.#held.length >= this.#frames) return false;
    this.#held.push(frame);
    return true;
  }

  /**
   * Takes out the next frame that can be applied at this cursor; those that are known by now are dropped. A gap that
   * filled gives the next one its own time.
   */
  take(cursor: number, now: number): T | undefined {
    if (this.#held.length === 0) return undefined;
    let next: T | undefined;
    const kept: T[] = [];
    for (const frame of this.#held) {
      const { base, rev } = this.#stretchOf(frame);
      if (rev <= cursor) continue;
      if (base > cursor) kept.push(frame);
      else if (next === undefined) next = frame;
      else kept.push(frame);
    }
    const isMoved = kept.length < this.#held.length;
    this.#held = kept;
    if (kept.length === 0) this.#since = undefined;
    else if (isMoved) this.#since = now;
    return next;
  }

  clear(): void {
    this.#held = [];
    this.#since = undefined;
  }
}
