import type { Clock } from "./ports.ts";
import type { ServerTime } from "./server-time.ts";

/**
 * The longest that is waited at once; then the clock is read again, because the timers of a device that sleeps stand still
 * and what was over meanwhile must not be read when it wakes.
 */
const LONGEST_MS = 60_000;

/** The next moment at which something is over by itself: a message that disappears, a poll that closes. */
export class Moments {
  readonly #clock: Clock;
  readonly #time: Pick<ServerTime, "now">;
  readonly #run: () => void;
  #next = Number.POSITIVE_INFINITY;
  #cancel: () => void = () => undefined;
  #isStopped = false;

  /** `run` is called when the moment has come; whoever knows of a later one names it then. */
  constructor(clock: Clock, time: Pick<ServerTime, "now">, run: () => void) {
    this.#clock = clock;
    this.#time = time;
    this.#run = run;
  }

  /** Epoch milliseconds by the server's clock. */
  get now(): number {
    return this.#time.now;
  }

  until(at: number): void {
    if (at >= this.#next || Number.isNaN(at) || this.#isStopped) return;
    this.#next = at;
    this.#set();
  }

  /** The clocks' difference is known better now, or time may have passed unseen. */
  corrected(): void {
    if (!this.#isStopped && this.#next !== Number.POSITIVE_INFINITY) this.#set();
  }

  stop(): void {
    this.#isStopped = true;
    this.#cancel();
  }

  #set(): void {
    this.#cancel();
    const wait = Math.min(Math.max(0, this.#next - this.now), LONGEST_MS);
    this.#cancel = this.#clock.after(wait, () => {
      if (this.now < this.#next) {
        this.#set();
        return;
      }
      this.#next = Number.POSITIVE_INFINITY;
      this.#run();
    });
  }
}
