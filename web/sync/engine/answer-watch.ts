import { ACKNOWLEDGE_EVERY } from "../../../src/protocol/limits.ts";
import { ANSWER_MS } from "./line.ts";
import type { Clock } from "./ports.ts";

export interface AnswerEvents {
  isAsked(): boolean;
  isAttached(): boolean;
  redial(): void;
  catchUp(): void;
  /** Tells the chat how far this device is. */
  acknowledge(): void;
}

/** Sees that the questions of one chat are answered, that what was acknowledged is seen, and that news is acknowledged. */
export class AnswerWatch {
  readonly #clock: Clock;
  readonly #events: AnswerEvents;
  #cancel: () => void = () => undefined;
  #unacknowledged = 0;

  constructor(clock: Clock, events: AnswerEvents) {
    this.#clock = clock;
    this.#events = events;
  }

  /** A catch-up was asked: unanswered it costs the socket. */
  asked(): void {
    this.#cancel();
    this.#cancel = this.#clock.after(ANSWER_MS, () => {
      if (this.#events.isAsked()) this.#events.redial();
    });
  }

  answered(): void {
    this.#cancel();
  }

  /** An acknowledgement whose news does not follow is a hole that no later frame might show. */
  expect(isThere: () => boolean): void {
    if (isThere()) return;
    this.#clock.after(ANSWER_MS, () => {
      if (this.#events.isAttached() && !isThere()) this.#events.catchUp();
    });
  }

  /** News was applied: the chat recognises a slow reader by what it acknowledges. */
  heard(): void {
    if (++this.#unacknowledged < ACKNOWLEDGE_EVERY) return;
    this.#unacknowledged = 0;
    this.#events.acknowledge();
  }

  attached(): void {
    this.#cancel();
    this.#unacknowledged = 0;
  }
}
