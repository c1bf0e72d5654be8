import { Fault } from "../domain/fault.ts";

/** Hashes that may wait in one isolate, and how long. More would wait longer than a person does. */
const MOST_WAITING = 160;
const PATIENCE_MS = 60_000;
/** A hash takes about this long; the turn of one that was cancelled ends by itself. */
const LEASE_MS = 400;
/**
 * Between two hashes the isolate serves what else has come. A request takes several turns of the event loop: with a
 * pause too short for all of them it would wait for a hash at each.
 */
const PAUSE_MS = 40;
const JITTER_MS = 5;

/**
 * Lets one hash run at a time: each keeps the isolate busy for a quarter of a second, and everybody else's requests with
 * it. Waiting is by time and not by a lock that somebody must release: a request whose client goes away is cancelled
 * wherever it stands, and its `finally` never runs.
 */
export class HashGate {
  #freeAt = 0;
  #waiting: number[] = [];

  /**
   * Runs `work` when it is its turn.
   * @throws Fault `unavailable` with `retry_after` if too many wait
   */
  async run<T>(work: () => Promise<T>): Promise<T> {
    await this.#turn();
    try {
      return await work();
    } finally {
      this.#freeAt = Date.now() + PAUSE_MS;
    }
  }

  async #turn(): Promise<void> {
    const deadline = Date.now() + PATIENCE_MS;
    this.#waiting = this.#waiting.filter((until) => until > Date.now());
    if (this.#waiting.length >= MOST_WAITING) throw new Fault("unavailable", { retry_after: 10 });
    this.#waiting.push(deadline);
    try {
      for (;;) {
        const now = Date.now();
        if (now >= this.#freeAt) break;
        if (now >= deadline) throw new Fault("unavailable", { retry_after: 10 });
        const wait = this.#freeAt - now + Math.random() * JITTER_MS;
        await new Promise((resolve) => setTimeout(resolve, wait));
      }
      this.#freeAt = Date.now() + LEASE_MS;
    } finally {
      const at = this.#waiting.indexOf(deadline);
      if (at >= 0) this.#waiting.splice(at, 1);
    }
  }
}
