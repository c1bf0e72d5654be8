import { TYPING_MS } from "../../../src/protocol/limits.ts";
import type { UpFrame } from "../../../src/protocol/up.ts";
import type { Clock } from "./ports.ts";

/** A notice is renewed well before it ends at the server, and never sent for every key. */
export const TYPING_EVERY_MS = 2_000;
/** A server that forgets to say "stopped" is believed no longer than this beyond the promised end. */
const GRACE_MS = 1_000;

/** Who is writing in one chat: telling of oneself, throttled, and hearing of others, with an end. */
export class Typing {
  readonly #clock: Clock;
  readonly #send: (frame: UpFrame) => boolean;
  readonly #changed: () => void;
  readonly #writers = new Map<string, () => void>();
  #toldAt: number | undefined;

  constructor(clock: Clock, events: { send(frame: UpFrame): boolean; changed(): void }) {
    this.#clock = clock;
    this.#send = (frame) => events.send(frame);
    this.#changed = () => events.changed();
  }

  /** User ids, in the order in which they began. */
  get writers(): readonly string[] {
    return [...this.#writers.keys()];
  }

  /** A key was pressed. */
  pressed(): void {
    const now = this.#clock.now();
    if (this.#toldAt !== undefined && now - this.#toldAt < TYPING_EVERY_MS && now >= this.#toldAt) return;
    if (this.#send({ type: "TYPING_START" })) this.#toldAt = now;
  }

  /** The message went, or the text was taken back. */
  stopped(): void {
    if (this.#toldAt === undefined) return;
    this.#toldAt = undefined;
    this.#send({ type: "TYPING_STOP" });
  }

  /** `forMs`: how long the server promised, by its own clock. */
  heard(userId: string, isTyping: boolean, forMs: number = TYPING_MS): void {
    const known = this.#writers.get(userId);
    known?.();
    if (!isTyping) {
      if (this.#writers.delete(userId)) this.#changed();
      return;
    }
    const ms = Math.min(Math.max(forMs, 0), TYPING_MS * 2) + GRACE_MS;
    this.#writers.set(
      userId,
      this.#clock.after(ms, () => this.heard(userId, false)),
    );
    if (!known) this.#changed();
  }

  /** The socket is lost: nobody is known to write any more. */
  clear(): void {
    this.#toldAt = undefined;
    if (this.#writers.size === 0) return;
    for (const cancel of this.#writers.values()) cancel();
    this.#writers.clear();
    this.#changed();
  }
}
