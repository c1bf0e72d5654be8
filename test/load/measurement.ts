import { Agent, request } from "node:http";
import { setTimeout as delay } from "node:timers/promises";
import type { Crew } from "./crew.ts";
import { untilCalm, usageOf } from "./process-tree.ts";
import type { Scenario } from "./scenarios.ts";
import type { Target } from "./target.ts";

/** What one server did in one run of one scenario. Absent numbers were not measured. */
export interface Measurement {
  p50_ms?: number;
  p99_ms?: number;
  messages_per_s?: number;
  deliveries_per_s?: number;
  pages_per_s?: number;
  /** Resident memory that one idle connection adds, in bytes. */
  bytes_per_connection?: number;
  /** Processor time of the server for one delivered message, or one page, in microseconds. */
  cpu_us?: number;
  opening_ms?: number;
  lost: number;
  doubled: number;
  reordered: number;
  errors: string[];
}

const indexes = (count: number): number[] => Array.from({ length: count }, (_, i) => i);

/** Runs one scenario against one server, and waits until the server is calm again. */
export async function measure(crew: Crew, target: Target, scenario: Scenario): Promise<Measurement> {
  const { rooms, members, senders, pace, threads } = scenario;
  const places = await target.rooms(rooms, members);
  await untilCalm([target.pid]);
  let cpu = 0;
  const result = await crew.run(
    {
      wire: target.wire,
      places,
      senders: indexes(rooms).flatMap((room) => indexes(senders).map((sender) => room * members + sender)),
      pace,
      threads,
    },
    () => {
      cpu = usageOf(target.pid).cpu_ms;
    },
    () => {
      cpu = usageOf(target.pid).cpu_ms - cpu;
    },
  );
  await delay(target.afterwork_ms);
  await untilCalm([target.pid]);
  // Processor time is counted over the warm-up too, which delivers at the same rate.
  const measured = pace.duration_ms / (pace.duration_ms + pace.warm_up_ms);
  return {
    p50_ms: result.p50_ms,
    p99_ms: result.p99_ms,
    messages_per_s: result.messages / result.elapsed_s,
    deliveries_per_s: result.deliveries / result.elapsed_s,
    cpu_us: (cpu * 1_000 * measured) / result.deliveries,
    opening_ms: result.opening_ms,
    lost: result.lost,
    doubled: result.doubled,
    reordered: result.reordered,
    errors: result.errors,
  };
}

const READERS = 16;
const PAGE = 50;
const FILLING_MS = 1_500;

interface Page {
  messages?: { seq: number }[];
  data?: { messages: { seq: number }[] };
}

/** Reads pages of 50 from random places of a long room, over 16 kept-alive connections. */
export async function measureHistory(crew: Crew, target: Target, durationMs: number): Promise<Measurement | undefined> {
  const places = await target.rooms(1, 3);
  const [place] = places;
  if (place === undefined || target.history(place, 1) === undefined) return undefined;
  const filling = { open: 32, warm_up_ms: 0, duration_ms: FILLING_MS };
  const filled = await crew.run({ wire: target.wire, places, senders: [0], pace: filling, threads: 1 });
  const head = place.head_seq + filled.messages;
  await untilCalm([target.pid]);

  const agent = new Agent({ keepAlive: true, maxSockets: READERS });
  const measurement = { lost: 0, doubled: 0, reordered: 0, errors: [] as string[] };
  let pages = 0;
  const end = performance.now() + durationMs;
  const cpu = usageOf(target.pid).cpu_ms;
  const began = performance.now();
  const read = async (): Promise<void> => {
    while (performance.now() < end) {
      const before = PAGE + 1 + Math.floor(Math.random() * (head - PAGE));
      const body = await get(target.history(place, before) ?? "", place.headers, agent);
      pages++;
      // A page that is not what was asked for is no page.
      const page = JSON.parse(body) as Page;
      const seqs = (page.messages ?? page.data?.messages ?? []).map(({ seq }) => seq);
      if (seqs.length !== PAGE || seqs[0] !== before - PAGE || seqs.at(-1) !== before - 1) {
        measurement.lost++;
        measurement.errors.push(body.slice(0, 200));
      }
    }
  };
  await Promise.all(indexes(READERS).map(read));
  const elapsed_s = (performance.now() - began) / 1_000;
  const used = usageOf(target.pid).cpu_ms - cpu;
  agent.destroy();
  await delay(target.afterwork_ms);
  await untilCalm([target.pid]);
  return {
    ...measurement,
    errors: measurement.errors.slice(0, 3),
    pages_per_s: pages / elapsed_s,
    cpu_us: (used * 1_000) / pages,
  };
}

function get(url: string, headers: Record<string, string>, agent: Agent): Promise<string> {
  return new Promise((resolve, reject) => {
    const sent = request(url, { headers, agent }, (response) => {
      const chunks: Buffer[] = [];
      response.on("data", (chunk: Buffer) => chunks.push(chunk));
      response.on("end", () => resolve(Buffer.concat(chunks).toString()));
      response.on("error", reject);
    });
    sent.on("error", reject);
    sent.end();
  });
}

/** Two rooms: the first warms the server up, so that the second shows what connections cost and not what code does. */
const CONNECTIONS = 1_000;
const HOLDING_MS = 1_500;

/** Resident memory per idle connection, of a fresh server. */
export async function measureMemory(crew: Crew, target: Target, connections = CONNECTIONS): Promise<Measurement> {
  const idle = { open: 1, warm_up_ms: 0, duration_ms: 1 };
  const warming = await target.rooms(1, 100);
  await crew.run({ wire: target.wire, places: warming, senders: [0], pace: idle, threads: 1 });
  const places = await target.rooms(1, connections);
  await untilCalm([target.pid]);
  const before = usageOf(target.pid).rss;
  let held = 0;
  const result = await crew.run(
    {
      ...{ wire: target.wire, places, senders: [], threads: 2 },
      pace: { open: 1, warm_up_ms: HOLDING_MS, duration_ms: 0 },
    },
    () => {},
    () => {
      held = usageOf(target.pid).rss;
    },
  );
  return {
    bytes_per_connection: (held - before) / connections,
    opening_ms: result.opening_ms,
    lost: 0,
    doubled: 0,
    reordered: 0,
    errors: result.errors,
  };
}
