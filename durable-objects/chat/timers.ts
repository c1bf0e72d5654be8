import type { Database } from "../shared/database.ts";
import type { Room } from "./room.ts";
import { TimerStore } from "./timer-store.ts";

/**
 * When a message disappears (SPEC EXP1): after what its sender said, or the chat's own timer if that is shorter. Nobody
 * gets round the chat's by naming a longer one. Null: never.
 */
export function expiryOf(room: Room, sentAt: number, expiresInS: number | undefined): number | null {
  const chats = room.chat.settings.disappear_after_s;
  const seconds = Math.min(expiresInS ?? Number.POSITIVE_INFINITY, chats ?? Number.POSITIVE_INFINITY);
  return Number.isFinite(seconds) ? sentAt + seconds * 1_000 : null;
}

/** What waits for one person here, and how many of these could not be sent. */
export interface Waiting {
  count: number;
  failed: number;
}

const NOTHING: Waiting = { count: 0, failed: 0 };

/**
 * What a chat will do at a time, as the object has it in memory: when the next message disappears, when the next is to
 * be sent, and how many wait for whom (SPEC ALM). Found with two or three rows read on wake.
 */
export class Timers {
  readonly store: TimerStore;
  #expiryAt: number | undefined;
  #sendAt: number | undefined;
  #hasScheduled = false;
  readonly #waiting = new Map<string, Waiting>();

  constructor(db: Database) {
    this.store = new TimerStore(db);
    this.reread();
  }

  /** Looks again what is next: nothing of what was thought due is there. */
  reread(): void {
    this.#waiting.clear();
    this.expired();
    this.rescheduled();
  }

  /** When the next message disappears. It may have been deleted meanwhile. */
  get expiryAt(): number | undefined {
    return this.#expiryAt;
  }

  /** When the next message is to be sent. */
  get sendAt(): number | undefined {
    return this.#sendAt;
  }

  /** When there is something to do next. */
  get nextAt(): number | undefined {
    if (this.#expiryAt === undefined || this.#sendAt === undefined) return this.#expiryAt ?? this.#sendAt;
    return Math.min(this.#expiryAt, this.#sendAt);
  }

  /** A message was added that disappears at this time. */
  willExpire(at: number): void {
    this.#expiryAt = Math.min(at, this.#expiryAt ?? at);
  }

  /** Messages have disappeared. */
  expired(): void {
    this.#expiryAt = this.store.nextExpiry();
  }

  /** What waits for these people has changed. */
  rescheduled(...userIds: readonly string[]): void {
    for (const userId of userIds) this.#waiting.delete(userId);
    this.#hasScheduled = this.store.hasScheduled();
    this.#sendAt = this.#hasScheduled ? this.store.nextSend() : undefined;
  }

  /** What waits here for this person. Asked with every bump, so read once. */
  waiting(userId: string): Waiting {
    if (!this.#hasScheduled) return NOTHING;
    let waiting = this.#waiting.get(userId);
    if (!waiting) {
      waiting = this.store.countOf(userId);
      this.#waiting.set(userId, waiting);
    }
    return waiting;
  }
}
