import type { Clock } from "../../web/sync/engine/ports.ts";

/** A clock that a test moves. Timers run in the order of their time, and whatever they set off settles before the next. */
export class ManualClock implements Clock {
  #now: number;
  #ids = 0;
  readonly #timers = new Map<number, { at: number; run: () => void }>();
  readonly #settle: () => Promise<void>;

  /** `settled` waits until everything that a timer set off has run. */
  constructor(now = Date.UTC(2026, 0, 1), settled: () => Promise<void> = settle) {
    this.#now = now;
    this.#settle = settled;
  }

  now(): number {
    return this.#now;
  }

  monotonic(): number {
    return this.#now;
  }

  after(ms: number, run: () => void): () => void {
    const id = ++this.#ids;
    this.#timers.set(id, { at: this.#now + ms, run });
    return () => this.#timers.delete(id);
  }

  /** Milliseconds until the next timer; undefined if there is none. */
  get next(): number | undefined {
    let first: number | undefined;
    for (const { at } of this.#timers.values()) if (first === undefined || at < first) first = at;
    return first === undefined ? undefined : Math.max(0, first - this.#now);
  }

  /** Time passes in which nothing runs, as on a device that sleeps: what was to run meanwhile runs that much later. */
  standStill(ms: number): void {
    this.#now += ms;
    for (const timer of this.#timers.values()) timer.at += ms;
  }

  async advance(ms: number): Promise<void> {
    const end = this.#now + ms;
    await this.#settle();
    for (;;) {
      let due: [number, { at: number; run: () => void }] | undefined;
      for (const entry of this.#timers) if (entry[1].at <= end && (!due || entry[1].at < due[1].at)) due = entry;
      if (!due) break;
      this.#timers.delete(due[0]);
      this.#now = Math.max(this.#now, due[1].at);
      due[1].run();
      await this.#settle();
    }
    this.#now = end;
    await this.#settle();
  }
}

/** Lets every promise that is ready run, and what those make ready. */
export async function settle(): Promise<void> {
  for (let i = 0; i < 3; i++) await new Promise<void>((resolve) => setImmediate(resolve));
}
