import { HeldTimers } from "./held-timers.ts";
import { ServerClock } from "./server-clock.ts";
import { World } from "./world.ts";

export interface Seed {
  seed: number;
  rounds: number;
  /** Found before there were commands that change a message: without them the seed means what it meant. */
  is_plain?: true;
  /** Found before there were threads, polls and timers. */
  has_no_deeds?: true;
  /** In a chat of two people who quarrel. */
  is_pair?: true;
  /** Found before owners made rules and people hid signs. */
  has_no_rulings?: true;
}

/**
 * Seeds that once failed, each with what it found. They are run first, always. What is drawn from is part of what a seed
 * means: when the fuzz learns new deeds, those are drawn from numbers of their own, or the seeds before say so.
 */
export const FAILED_ONCE: Readonly<Record<string, Seed>> = {
  "a removed member's receipt was kept by those who had seen it": { seed: 6, rounds: 8, is_plain: true },
  "a chat let its member in again before its last word to them arrived, and stayed gone": {
    seed: 469,
    rounds: 8,
    is_plain: true,
  },
  "the answer to a deletion came before the news of the message, which then stood there twice": {
    seed: 180,
    rounds: 8,
    has_no_rulings: true,
  },
  "a new time for a message that had been sent meanwhile sent it again": {
    seed: 6695,
    rounds: 8,
    has_no_rulings: true,
  },
  "a message that was tried again took the timer of a later one, which was then never repeated": {
    seed: 692,
    rounds: 8,
  },
  "a reaction that a block had kept from its reader was not told when the block ended": {
    seed: 19,
    rounds: 8,
    is_pair: true,
  },
  "a device that was up to date took no notice of the snapshot in which a block ended": {
    seed: 63,
    rounds: 8,
    is_pair: true,
  },
  "what was deleted while a screen had nothing yet came back with the page that it waited for": {
    seed: 66,
    rounds: 8,
    is_pair: true,
  },
  "a snapshot came while a screen was about to be brought to its first unread message, and left a hole": {
    seed: 873,
    rounds: 8,
    is_pair: true,
  },
  "an answer to a message that had failed kept its chat connected for ever": {
    seed: 758,
    rounds: 8,
    has_no_rulings: true,
  },
};

/** Generous: a run takes a tenth of a second. */
const STILL_MS = 20_000;

/** Rounds of a short run. */
export const SHORT = 8;
export const LONG = 32;

/** Runs these seeds one after the other; throws with the seed, its trace and the difference of the first that fails. */
export async function runSeeds(seeds: Iterable<Seed>): Promise<number> {
  const timers = new HeldTimers();
  const clock = new ServerClock();
  timers.install();
  clock.install();
  let count = 0;
  try {
    for (const { seed, rounds, is_plain, has_no_deeds, has_no_rulings, is_pair } of seeds) {
      clock.reset();
      const world = new World(seed, timers, clock, {
        hasCommands: is_plain !== true,
        hasDeeds: is_plain !== true && has_no_deeds !== true,
        hasRulings: is_plain !== true && has_no_deeds !== true && has_no_rulings !== true && is_pair !== true,
        isPair: is_pair === true,
      });
      try {
        await within(world.run(rounds));
      } catch (error) {
        const why = error instanceof Error ? (error.stack ?? error.message) : String(error);
        throw new Error(`seed ${seed} of ${rounds} rounds: ${why}\n  ${world.trace.join("\n  ")}`);
      }
      count++;
    }
  } finally {
    timers.uninstall();
    clock.uninstall();
  }
  return count;
}

/** A run that stands still is a failure with a trace, not a test that hangs. */
async function within(run: Promise<void>): Promise<void> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error("it stands still")), STILL_MS);
  });
  try {
    await Promise.race([run, late]);
  } finally {
    clearTimeout(timer);
  }
}

export function* range(from: number, to: number, rounds: number, is_pair?: true): Generator<Seed> {
  for (let seed = from; seed < to; seed++) yield { seed, rounds, ...(is_pair ? { is_pair } : {}) };
}
