import type { Clock } from "./ports.ts";

/** By then a hub has heard of what a chat has done; and the longest wait before it is asked again. */
const FIRST_MS = 2_000;
const LONGEST_MS = 120_000;

/** A chat and the hub may contradict each other for a moment; the hub is asked again later and later, while they do. */
export class ChatDoubts {
  readonly #clock: Clock;
  readonly #ask: () => void;
  /** How often a chat said that it is over, since it was last attached. */
  readonly #times = new Map<string, number>();

  constructor(clock: Clock, ask: () => void) {
    this.#clock = clock;
    this.#ask = ask;
  }

  /** The chat said that it is over. */
  raise(chatId: string): void {
    const times = this.#times.get(chatId) ?? 0;
    this.#times.set(chatId, times + 1);
    this.#clock.after(Math.min(FIRST_MS * 2 ** times, LONGEST_MS), () => this.#ask());
  }

  /** The chat is attached. */
  settle(chatId: string): void {
    this.#times.delete(chatId);
  }
}
