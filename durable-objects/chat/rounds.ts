import { ROUND_EVERY_MS, ROUND_WAIT_MS } from "../shared/limits.ts";
import type { Bumps } from "./bumps.ts";
import type { Room } from "./room.ts";
import { endRound, idsAfter, putRound, roundAt } from "./round-store.ts";
import type { Timing } from "./timing.ts";

/** Who was put out so lately may not have been told of it before a kill. */
const GONE_LATELY_MS = 86_400_000;

/**
 * Tells everybody's hub something of a chat with very many members (SPEC BMP10), some of them at a time: no turn of the object
 * grows with the chat. That the rest is owed is a row, written in the turn of what it is for, and the alarm goes on with
 * it, after a kill too.
 */
export class Rounds {
  readonly #bumps: Bumps;
  readonly #now: () => number;
  readonly #timing: Pick<Timing, "round_slice">;
  readonly #armAlarm: (at: number, forDebt: boolean) => void;
  /** Who is being told, and since when. */
  #slice: { ids: readonly string[]; at: number } | undefined;

  constructor(
    bumps: Bumps,
    now: () => number,
    timing: Pick<Timing, "round_slice">,
    armAlarm: (at: number, forDebt: boolean) => void,
  ) {
    this.#bumps = bumps;
    this.#now = now;
    this.#timing = timing;
    this.#armAlarm = armAlarm;
  }

  /** Are there more people than are told at once? */
  isNeeded({ chat }: Room): boolean {
    return chat.people_count > this.#timing.round_slice;
  }

  /** Begins with the first of them, also where a round was under way: what it was for is told with this. */
  begin(room: Room): void {
    this.#slice = undefined;
    putRound(room.store.db, "");
    this.goOn(room);
  }

  /** Is one under way that tells of the end? Nothing is said in a chat behind that: who was told needs no second word. */
  isLast(room: Room): boolean {
    return !room.chat.is_active && this.isNeeded(room) && roundAt(room.store.db) !== undefined;
  }

  /** The next of them, when the last have answered, or have not for too long: those are owed like anybody. */
  goOn(room: Room): void {
    let toldUpTo = this.isNeeded(room) ? roundAt(room.store.db) : undefined;
    if (toldUpTo === undefined) return;
    if (this.#slice) {
      const { ids, at } = this.#slice;
      const waits = this.#now() - at;
      if (waits >= 0 && waits < ROUND_WAIT_MS && this.#bumps.owesAny(new Set(ids))) {
        this.#arm();
        return;
      }
      toldUpTo = ids.at(-1) ?? toldUpTo;
      this.#slice = undefined;
    }
    const ids = idsAfter(room.store.db, toldUpTo, this.#timing.round_slice, this.#now() - GONE_LATELY_MS);
    if (ids.length === 0) {
      endRound(room.store.db);
      return;
    }
    if (toldUpTo !== "") putRound(room.store.db, toldUpTo);
    this.#slice = { ids, at: this.#now() };
    this.#bumps.owe(ids, true);
    this.#bumps.pump();
    this.#arm();
  }

  #arm(): void {
    this.#armAlarm(this.#now() + ROUND_EVERY_MS, false);
  }
}
