import { once } from "node:events";
import { join } from "node:path";
import { Worker } from "node:worker_threads";
import type { Order, Outcome, Report, SendPlan } from "./generator.ts";
import { Histogram } from "./histogram.ts";
import type { Place, WireName } from "./wire.ts";

/** How each sender sends; see SendPlan. */
export type Pace = Omit<SendPlan, "places">;

/** Which sockets send, and how. `senders` are indexes into the places of the run. */
export interface Run {
  wire: WireName;
  places: Place[];
  senders: number[];
  pace: Pace;
  /** Threads to spread the places over; 1 keeps both ends of a conversation on one clock and one core. */
  threads: number;
  /** How long to wait for what has not arrived yet. */
  settle_ms?: number;
}

/** What a run came to, over all threads. */
export interface Result {
  messages: number;
  deliveries: number;
  elapsed_s: number;
  p50_ms: number;
  p95_ms: number;
  p99_ms: number;
  lost: number;
  doubled: number;
  reordered: number;
  errors: string[];
  /** How long it took to open all sockets. */
  opening_ms: number;
}

const SETTLE_MS = 20_000;

/** The threads of the load generator. */
export class Crew {
  readonly #threads: Worker[];
  #runs = 0;

  constructor(size: number) {
    this.#threads = Array.from({ length: size }, () => new Worker(join(import.meta.dirname, "generator.ts")));
  }

  async dismiss(): Promise<void> {
    await Promise.all(this.#threads.map((thread) => thread.terminate()));
  }

  /**
   * Opens the sockets, sends, waits for everything, checks it, closes.
   * `onStart` is called when all sockets are open, `onEnd` when everything has arrived.
   */
  async run(run: Run, onStart: () => void = () => {}, onEnd: () => void = () => {}): Promise<Result> {
    const threads = this.#threads.slice(0, run.threads);
    const prefix = `m${process.pid}-${this.#runs++}`;
    const share = (thread: number) => run.places.flatMap((_, i) => (i % threads.length === thread ? [i] : []));
    const began = performance.now();
    try {
      await this.#tell(threads, (thread) => ({
        op: "open",
        wire: run.wire,
        prefix: `${prefix}-${thread}`,
        places: share(thread).flatMap((i) => run.places[i] ?? []),
      }));
      const opening_ms = performance.now() - began;
      onStart();
      const sending = await this.#tell(threads, (thread) => {
        const mine = share(thread);
        const places = run.senders.flatMap((sender) => (mine.includes(sender) ? [mine.indexOf(sender)] : []));
        return { op: "send", plan: { places, ...run.pace } };
      });
      const heads: Record<string, number> = {};
      for (const report of sending as { heads: Record<string, number> }[]) {
        for (const [room, head] of Object.entries(report.heads)) heads[room] = Math.max(heads[room] ?? 0, head);
      }
      const outcomes = await this.#tell(threads, () => ({
        op: "settle",
        heads,
        timeout_ms: run.settle_ms ?? SETTLE_MS,
      }));
      onEnd();
      return { ...Crew.#add(outcomes as Outcome[]), opening_ms };
    } finally {
      await this.#tell(threads, () => ({ op: "close" }));
    }
  }

  async #tell(threads: Worker[], orderFor: (thread: number) => Order): Promise<Report[]> {
    return Promise.all(
      threads.map(async (thread, index) => {
        const answered = once(thread, "message") as Promise<[Report]>;
        thread.postMessage(orderFor(index));
        const [report] = await answered;
        if ("error" in report) throw new Error(String(report.error));
        return report;
      }),
    );
  }

  static #add(outcomes: Outcome[]): Omit<Result, "opening_ms"> {
    const latency = new Histogram();
    const digests = new Map<string, string>();
    let conflicts = 0;
    for (const outcome of outcomes) {
      latency.merge(outcome.latency);
      conflicts += outcome.conflicts;
      for (const [room, digest] of Object.entries(outcome.digests)) {
        if ((digests.get(room) ?? digest) !== digest) conflicts++;
        digests.set(room, digest);
      }
    }
    const sum = (value: (outcome: Outcome) => number) => outcomes.reduce((total, o) => total + value(o), 0);
    const first = Math.min(...outcomes.map((o) => o.first_us));
    const last = Math.max(...outcomes.map((o) => o.last_us));
    return {
      messages: sum((o) => o.messages),
      deliveries: sum((o) => o.deliveries),
      elapsed_s: (last - first) / 1_000_000,
      p50_ms: latency.percentile_ms(0.5),
      p95_ms: latency.percentile_ms(0.95),
      p99_ms: latency.percentile_ms(0.99),
      lost: sum((o) => o.lost),
      // A message under two numbers was stored twice.
      doubled: sum((o) => o.doubled) + conflicts,
      reordered: sum((o) => o.reordered),
      errors: outcomes.flatMap((o) => o.errors),
    };
  }
}
