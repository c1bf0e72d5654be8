import { logError } from "../../src/ops/metrics.ts";
import { RETRY_MS } from "../shared/limits.ts";
import type { Commits, Effect } from "./commits.ts";
import { expireMessages } from "./expiry.ts";
import type { Room } from "./room.ts";
import { sendScheduled } from "./schedule.ts";

/** Messages that are sent in one transaction when their time comes. */
const SENT_AT_ONCE = 50;

/** Transactions in a row: a hundred thousand messages. What is left is done by the next who comes, or the alarm. */
const ROUNDS = 500;

/** What the clock has made due, in the order in which it is done: what is to go goes before anything new comes. */
function dueCommands({ timers }: Room, now: number): ((room: Room) => Effect<unknown>)[] {
  const commands: ((room: Room) => Effect<unknown>)[] = [];
  if (timers.expiryAt !== undefined && timers.expiryAt <= now) commands.push((room) => expireMessages(room, now));
  if (timers.sendAt === undefined || timers.sendAt > now) return commands;
  for (const row of timers.store.dueToSend(now, SENT_AT_ONCE)) commands.push((room) => sendScheduled(room, row, now));
  return commands;
}

/**
 * Keeps the chat's time (SPEC ALM): what has come due happens before anybody looks at the chat, whether the alarm was in
 * time or not, and the alarm is set for what comes next. A chat without timers pays a comparison.
 */
export class Clockwork {
  readonly #commits: Commits;
  readonly #now: () => number;
  readonly #armAlarm: (at: number, forDebt: boolean) => void;
  #isRunning = false;
  /** What could not be done is left alone until then: a row that fails must not stop the chat. */
  #restUntil = 0;

  constructor(commits: Commits, now: () => number, armAlarm: (at: number, forDebt: boolean) => void) {
    this.#commits = commits;
    this.#now = now;
    this.#armAlarm = armAlarm;
  }

  /** Every way to the chat leads through here. Does nothing within a commit: there it was done before. */
  keep(room: Room): void {
    if (room.timers.nextAt === undefined || this.#isRunning || this.#commits.isCommitting) return;
    const now = this.#now();
    this.#isRunning = true;
    try {
      if (!this.#isResting(now)) this.#run(room, now);
    } finally {
      this.#isRunning = false;
    }
    this.arm(room, now);
  }

  /** Sets the alarm for what comes next: no row where it is set for then, or for before. */
  arm(room: Room, now: number = this.#now()): void {
    const { nextAt } = room.timers;
    if (nextAt === undefined) return;
    // The alarm's last bit says what it is for: it must not fire a millisecond before the time.
    this.#armAlarm(Math.max(nextAt, this.#isResting(now) ? this.#restUntil : 0) + 1, false);
  }

  /** After the clock was set back, a rest may end far ahead: then it means nothing. */
  #isResting(now: number): boolean {
    return now < this.#restUntil && this.#restUntil - now <= RETRY_MS;
  }

  #run(room: Room, now: number): void {
    for (let round = 0; round < ROUNDS && (room.timers.nextAt ?? Number.POSITIVE_INFINITY) <= now; round++) {
      let hasFailed = false;
      const commands = dueCommands(room, now);
      if (commands.length === 0) room.timers.reread();
      this.#commits.atOnce(
        commands.map((command) => () => command(room)),
        (error) => {
          hasFailed = true;
          logError({ where: "chat, what was due", error });
        },
      );
      if (!hasFailed) continue;
      this.#restUntil = now + RETRY_MS;
      return;
    }
  }
}
