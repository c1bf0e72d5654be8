/** Buckets grow by 2 %, so a percentile is right to about one in a hundred. */
const GROWTH = Math.log(1.02);
const BUCKETS = 1_024;

/** Counts of times, cheap enough for every delivery, and small enough to be posted between threads. */
export class Histogram {
  readonly counts: Uint32Array;
  total = 0;

  constructor(counts: Uint32Array = new Uint32Array(BUCKETS)) {
    this.counts = counts;
    for (const count of counts) this.total += count;
  }

  /** Adds `times` observations of `us` microseconds. */
  add(us: number, times = 1): void {
    const bucket = us <= 1 ? 0 : Math.min(BUCKETS - 1, Math.ceil(Math.log(us) / GROWTH));
    this.counts[bucket] = (this.counts[bucket] ?? 0) + times;
    this.total += times;
  }

  clear(): void {
    this.counts.fill(0);
    this.total = 0;
  }

  merge(other: Uint32Array): void {
    for (const [bucket, count] of other.entries()) {
      this.counts[bucket] = (this.counts[bucket] ?? 0) + count;
      this.total += count;
    }
  }

  /** Milliseconds below which `share` (0 to 1) of the observations lie; NaN without any. */
  percentile_ms(share: number): number {
    let left = Math.ceil(this.total * share);
    if (left === 0) return Number.NaN;
    for (const [bucket, count] of this.counts.entries()) {
      left -= count;
      if (left <= 0) return Math.exp((bucket - 0.5) * GROWTH) / 1_000;
    }
    return Number.NaN;
  }
}
