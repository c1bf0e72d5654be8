import { Fault } from "../domain/fault.ts";

const MOST = 5_000;

/**
 * A token bucket per person in one isolate: `burst` at once, `perSecond` in the long run. Keeps a person from reading
 * the directory out or filling it with chats; being per isolate it is a brake and no guarantee (what guards a secret is
 * counted in `durable-objects/guard`).
 */
export class FloodBrake {
  readonly #buckets = new Map<string, { left: number; at: number }>();
  readonly #burst: number;
  readonly #perSecond: number;

  constructor(burst: number, perSecond: number) {
    this.#burst = burst;
    this.#perSecond = perSecond;
  }

  /** @throws Fault `rate_limited` */
  take(key: string, cost: number = 1, now: number = Date.now()): void {
    const bucket = this.#buckets.get(key);
    const left = Math.min(
      this.#burst,
      (bucket?.left ?? this.#burst) + (Math.max(0, now - (bucket?.at ?? now)) / 1_000) * this.#perSecond,
    );
    if (left < cost)
      throw new Fault("rate_limited", { retry_after: Math.max(1, Math.ceil((cost - left) / this.#perSecond)) });
    this.#buckets.delete(key);
    if (this.#buckets.size >= MOST) this.#buckets.delete(this.#buckets.keys().next().value ?? "");
    this.#buckets.set(key, { left: left - cost, at: now });
  }
}
