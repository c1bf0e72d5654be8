import { setTimeout as delay } from "node:timers/promises";
import { parentPort } from "node:worker_threads";
import { HEARTBEAT_MS } from "../../src/protocol/limits.ts";
import { nowUs } from "./clock.ts";
import { Histogram } from "./histogram.ts";
import { RoomLog } from "./room-log.ts";
import { type Meter, Seat } from "./seat.ts";
import { type Place, WIRES, type WireName } from "./wire.ts";

/** One thread of the load generator: opens sockets, sends as told, and checks every delivery. */

/** How the senders of a run behave. `places` are indexes into the seats of this thread. */
export interface SendPlan {
  places: number[];
  /** Each sender keeps this many messages unacknowledged; 0: one message at a time, the next when it was delivered. */
  open: number;
  /** Sent like the rest and checked like the rest, but not measured. */
  warm_up_ms: number;
  duration_ms: number;
}

export type Order =
  | { op: "open"; wire: WireName; prefix: string; places: Place[] }
  | { op: "send"; plan: SendPlan }
  | { op: "settle"; heads: Record<string, number>; timeout_ms: number }
  | { op: "close" };

/** What a run came to in one thread, after everything that was on its way has arrived. */
export interface Outcome {
  /** Own messages that were acknowledged while it was measured. */
  messages: number;
  deliveries: number;
  first_us: number;
  last_us: number;
  latency: Uint32Array;
  lost: number;
  doubled: number;
  reordered: number;
  conflicts: number;
  errors: string[];
  digests: Record<string, string>;
}

export type Report = { heads: Record<string, number> } | Outcome | { error: string } | Record<string, never>;

/** Handshakes in flight at a time. */
const OPENING = 32;
const ERRORS_KEPT = 5;

class Generator {
  #seats: Seat[] = [];
  #logs = new Map<string, RoomLog>();
  #meter: Meter = Generator.#newMeter();
  #heartbeat: NodeJS.Timeout | undefined;

  static #newMeter(): Meter {
    return {
      latency: new Histogram(),
      deliveries: 0,
      sent: 0,
      acked: 0,
      acked_before: 0,
      first_us: 0,
      last_us: 0,
      errors: [],
    };
  }

  async open(order: Extract<Order, { op: "open" }>): Promise<void> {
    this.#meter = Generator.#newMeter();
    this.#logs = new Map();
    this.#seats = order.places.map((place, index) => {
      const log = this.#logs.get(place.room) ?? new RoomLog(place.head_seq);
      this.#logs.set(place.room, log);
      return new Seat(place, `${order.prefix}-${index}-`, WIRES[order.wire], log, this.#meter);
    });
    const waiting = [...this.#seats];
    const work = async (): Promise<void> => {
      for (let seat = waiting.shift(); seat !== undefined; seat = waiting.shift()) await seat.open();
    };
    await Promise.all(Array.from({ length: OPENING }, work));
    this.#heartbeat = setInterval(() => {
      for (const seat of this.#seats) seat.beat();
    }, HEARTBEAT_MS);
  }

  /** Sends for the time of the plan and waits for what is still unacknowledged; returns the newest number per room. */
  async send({ places, open, warm_up_ms, duration_ms }: SendPlan): Promise<Record<string, number>> {
    const end = performance.now() + warm_up_ms + duration_ms;
    const isOver = () => performance.now() >= end;
    for (const place of places) {
      const seat = this.#seats[place];
      if (seat === undefined) throw new Error(`There is no seat ${place}.`);
      if (open === 0) this.#takeTurns(seat, isOver);
      else {
        seat.onAcks = (count) => {
          for (let i = 0; i < count && !isOver(); i++) seat.send();
        };
        for (let i = 0; i < open; i++) seat.send();
      }
    }
    await delay(warm_up_ms);
    this.#meter.latency.clear();
    Object.assign(this.#meter, { deliveries: 0, acked_before: this.#meter.acked, first_us: nowUs() });
    await delay(duration_ms);
    const limit = performance.now() + 20_000;
    while (this.#meter.acked < this.#meter.sent && performance.now() < limit) await delay(5);
    const heads: Record<string, number> = {};
    for (const { place, track } of this.#seats) {
      heads[place.room] = Math.max(heads[place.room] ?? 0, track.head);
    }
    return heads;
  }

  #takeTurns(seat: Seat, isOver: () => boolean): void {
    for (const other of this.#seats) {
      if (other === seat || other.place.room !== seat.place.room) continue;
      other.onNews = () => {
        if (!isOver()) seat.send();
      };
    }
    seat.send();
  }

  /** Waits until every socket has everything, and says what was wrong. */
  async settle(heads: Record<string, number>, timeoutMs: number): Promise<Outcome> {
    const limit = performance.now() + timeoutMs;
    const missing = () =>
      this.#seats.reduce((sum, { place, track }) => sum + Math.max(0, (heads[place.room] ?? 0) - track.head), 0);
    while (missing() > 0 && performance.now() < limit) await delay(5);
    const meter = this.#meter;
    return {
      messages: meter.acked - meter.acked_before,
      deliveries: meter.deliveries,
      first_us: meter.first_us,
      last_us: meter.last_us,
      errors: meter.errors.slice(0, ERRORS_KEPT),
      latency: meter.latency.counts,
      lost: missing() + (meter.sent - meter.acked),
      doubled: this.#seats.reduce((sum, { track }) => sum + track.doubled, 0),
      reordered: this.#seats.reduce((sum, { track }) => sum + track.reordered, 0),
      conflicts: [...this.#logs.values()].reduce((sum, log) => sum + log.conflicts, 0),
      digests: Object.fromEntries([...this.#logs].map(([room, log]) => [room, log.digest()])),
    };
  }

  close(): void {
    clearInterval(this.#heartbeat);
    for (const seat of this.#seats) seat.close();
    this.#seats = [];
  }
}

const generator = new Generator();

async function obey(order: Order): Promise<Report> {
  switch (order.op) {
    case "open":
      await generator.open(order);
      return {};
    case "send":
      return { heads: await generator.send(order.plan) };
    case "settle":
      return generator.settle(order.heads, order.timeout_ms);
    case "close":
      generator.close();
      return {};
  }
}

parentPort?.on("message", (order: Order) => {
  obey(order).then(
    (report) => parentPort?.postMessage(report),
    (error: unknown) => parentPort?.postMessage({ error: String(error) }),
  );
});
