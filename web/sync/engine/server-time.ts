import type { Clock } from "./ports.ts";

/** The device's clock has gone this much further than time has, in milliseconds: it was set ahead, or the device slept. */
const LEAP_MS = 5_000;

/**
 * What time it is for the server, as this device knows it: by the device's clock and its difference from the server's
 * when they last spoke. A clock that is set back makes no time stand still: it never goes behind what the server has said
 * and the time that has passed since. One that leaps ahead is believed at once, because a device that slept does the same
 * and nobody may read what was over meanwhile; whether it was true, the server says ({@link leapt}).
 */
export class ServerTime {
  readonly #clock: Pick<Clock, "now" | "monotonic">;
  #skew = 0;
  /** What the server said last, in its own milliseconds, and when that was by both clocks of this device. */
  #said: { at: number; clock: number; monotonic: number };

  constructor(clock: Pick<Clock, "now" | "monotonic">) {
    this.#clock = clock;
    this.#said = { at: Number.NEGATIVE_INFINITY, clock: clock.now(), monotonic: clock.monotonic() };
  }

  /** Epoch milliseconds by the server's clock. */
  get now(): number {
    return Math.max(this.#clock.now() + this.#skew, this.#said.at + this.#clock.monotonic() - this.#said.monotonic);
  }

  /** The server's clock minus this device's, in milliseconds. */
  get skew(): number {
    return this.#skew;
  }

  /** From before this start: the difference as it was last known, and the latest time that the server is known to have seen. */
  restore(skew: number, seenAt: number): void {
    this.#skew = skew;
    if (seenAt > this.#said.at) this.#say(seenAt);
  }

  /** The server has said what time it is, as the difference from this device's clock now. */
  measured(skew: number): void {
    this.#skew = skew;
    this.#say(this.#clock.now() + skew);
  }

  /** True once for each leap ahead: the device slept, or its clock was set. */
  leapt(): boolean {
    const { clock, monotonic } = this.#said;
    const ahead = this.#clock.now() - clock - (this.#clock.monotonic() - monotonic);
    if (Math.abs(ahead) < LEAP_MS) return false;
    this.#said.clock += ahead;
    return ahead > 0;
  }

  #say(at: number): void {
    this.#said = { at, clock: this.#clock.now(), monotonic: this.#clock.monotonic() };
  }
}
