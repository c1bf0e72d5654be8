import { createDurable } from "itty-durable";
import { bitsOf, hasBit, withBit } from "./bitmap.ts";

/** At most so often a tally is written: what a crash forgets in between is a few views. */
const PERSIST_EVERY_MS = 1_000;
/** More names than the pack of stickers will ever have. */
const MOST_NAMES = 1_000;

const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && Number(value) >= 0;

/**
 * Counts that nobody's life depends on: who has seen which post of a channel, and how often stickers are sent. Built on
 * itty-durable, so integers go in and out, and what must be kept is kept by an explicit `persist`. Reached through
 * `TallyClient` alone: this class trusts its caller.
 */
export class TallyObject extends createDurable() {
  /** By name: how often. */
  counts: Record<string, number> = {};
  /** By post: who has seen it, one bit for each place in the channel, as text. */
  seen: Record<string, string> = {};

  /** Notes that the member with this place has seen these posts; once each. Answers [seq, count] of all of them. */
  async view(place: number, seqs: readonly number[]): Promise<[seq: number, count: number][]> {
    let hasChanged = false;
    for (const seq of seqs) {
      const bits = bitsOf(this.seen[seq]);
      if (!isCount(place) || hasBit(bits, place)) continue;
      this.seen[seq] = withBit(bits, place);
      this.counts[seq] = (this.counts[seq] ?? 0) + 1;
      hasChanged = true;
    }
    if (hasChanged) await this.keep();
    return this.count(seqs);
  }

  /** [seq, count] of these posts. */
  async count(seqs: readonly number[]): Promise<[seq: number, count: number][]> {
    return seqs.map((seq) => [seq, this.counts[seq] ?? 0]);
  }

  /** Adds to counts by name. Answers how many names there are. */
  async add(more: Readonly<Record<string, number>>): Promise<number> {
    for (const [name, count] of Object.entries(more)) {
      if (!isCount(count) || (!(name in this.counts) && Object.keys(this.counts).length >= MOST_NAMES)) continue;
      this.counts[name] = (this.counts[name] ?? 0) + count;
    }
    await this.keep();
    return Object.keys(this.counts).length;
  }

  /** [name, count] of all. */
  async all(): Promise<[name: string, count: number][]> {
    return Object.entries(this.counts);
  }

  /** Writes what was counted, now or soon: many views in a row are one write. */
  async keep(): Promise<void> {
    const own = timesOf(this);
    const now = Date.now();
    if (now - own.persistedAt >= PERSIST_EVERY_MS || now < own.persistedAt) {
      own.persistedAt = now;
      await this.persist();
    } else
      own.timer ??= setTimeout(() => {
        own.timer = undefined;
        own.persistedAt = Date.now();
        void this.persist();
      }, PERSIST_EVERY_MS);
  }
}

/** When each object was written last. Not a field: every field is stored. */
const times = new WeakMap<object, { persistedAt: number; timer: ReturnType<typeof setTimeout> | undefined }>();

function timesOf(tally: TallyObject) {
  const known = times.get(tally.counts) ?? { persistedAt: 0, timer: undefined };
  times.set(tally.counts, known);
  return known;
}
