/** Shorter ones are the pauses of a commit; longer ones are the tests' own. In milliseconds. */
const HELD = { from: 100, to: 5_000 };
/** Where the object under test is written: a timer that was set from there is its own. */
const HOME = "/durable-objects/chat/";

/**
 * Timers of the chat object, in the fuzz's hand: gathering of receipts, the second bump of a burst. They run when a
 * step says so, never by the wall clock. The platform's, the hubs' and the test runner's timers go on as they are.
 */
export class HeldTimers {
  readonly #real = globalThis.setTimeout;
  readonly #realClear = globalThis.clearTimeout;
  readonly #held = new Map<object, () => void>();

  install(): void {
    const hold = (run: (...args: unknown[]) => void, ms?: number, ...args: unknown[]): unknown => {
      if (ms === undefined || ms < HELD.from || ms > HELD.to || !new Error().stack?.includes(HOME)) {
        return this.#real(run, ms, ...args);
      }
      const handle = {};
      this.#held.set(handle, () => run(...args));
      return handle;
    };
    const release = (handle: unknown): void => {
      if (typeof handle === "object" && handle !== null && this.#held.delete(handle)) return;
      this.#realClear(handle as number);
    };
    globalThis.setTimeout = hold as unknown as typeof globalThis.setTimeout;
    globalThis.clearTimeout = release as unknown as typeof globalThis.clearTimeout;
  }

  uninstall(): void {
    globalThis.setTimeout = this.#real;
    globalThis.clearTimeout = this.#realClear;
    this.#held.clear();
  }

  /** The object's memory is gone, its timers with it. */
  forget(): void {
    this.#held.clear();
  }

  /** What is due, to be run inside the object. */
  take(): (() => void)[] {
    const due = [...this.#held.values()];
    this.#held.clear();
    return due;
  }
}
