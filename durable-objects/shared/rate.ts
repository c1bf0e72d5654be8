import { Fault } from "../../src/domain/fault.ts";

/**
 * A token bucket: `burst` at once, `perSecond` in the long run. Kept in memory: an object that sleeps long enough to
 * forget it would have refilled it.
 */
export class RateLimit {
  readonly #buckets = new Map<string, { tokens: number; at: number }>();
  readonly #perSecond: number;
  readonly #burst: number;

  constructor(perSecond: number, burst: number) {
    this.#perSecond = perSecond;
    this.#burst = burst;
  }

  /** Takes one token of `key` at `now` (epoch ms). Returns 0 if it was there, else the seconds until it will be. */
  take(key: string, now: number): number {
    const bucket = this.#buckets.get(key) ?? { tokens: this.#burst, at: now };
    const tokens = Math.min(this.#burst, bucket.tokens + (Math.max(0, now - bucket.at) / 1000) * this.#perSecond);
    if (tokens < 1) {
      this.#buckets.set(key, { tokens, at: now });
      return Math.max(0.05, (1 - tokens) / this.#perSecond);
    }
    this.#buckets.set(key, { tokens: tokens - 1, at: now });
    if (this.#buckets.size > 4_096) this.#forgetFull(now);
    return 0;
  }

  /** The same for who has a caller to answer. @throws Fault `rate_limited` with the seconds to wait */
  spend(key: string, now: number): void {
    const wait = this.take(key, now);
    if (wait > 0) throw new Fault("rate_limited", { retry_after: Math.ceil(wait * 10) / 10 });
  }

  #forgetFull(now: number): void {
    for (const [key, bucket] of this.#buckets) {
      if (bucket.tokens + ((now - bucket.at) / 1000) * this.#perSecond >= this.#burst) this.#buckets.delete(key);
    }
  }
}
