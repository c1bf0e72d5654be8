import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { cpus, totalmem } from "node:os";
import { join } from "node:path";
import { ROOT } from "../../scripts/paths.ts";
import type { Measurement } from "./measurement.ts";
import { PEERS } from "./peer-server.ts";
import type { Scenario } from "./scenarios.ts";

/** One target's run within a round, in the order they were run: floor, Parley, floor, the others. */
export interface Entry {
  target: string;
  measurement: Measurement;
}

export interface Row {
  title: string;
  scenario?: Scenario;
  rounds: Entry[][];
}

type Metric = Exclude<keyof Measurement, "lost" | "doubled" | "reordered" | "errors">;

/** What is shown of a row: which number, how it is written, and what Parley aims at, as a ratio to the floor. */
interface Column {
  metric: Metric;
  heading: string;
  format(value: number): string;
  /** Undefined where no goal was set. */
  goal?: { ratio: number; is: "at most" | "at least" };
}

const ms = (value: number): string => (value < 10 ? value.toFixed(2) : value.toFixed(0));
const thousands = (value: number): string => Math.round(value).toLocaleString("en-GB");
const kib = (value: number): string => `${Math.round(value / 1_024)} KiB`;

const DELIVERIES: Column = { metric: "deliveries_per_s", heading: "deliveries/s", format: thousands };
const CPU: Column = { metric: "cpu_us", heading: "server CPU, µs each", format: ms };

function columnsOf(row: Row): Column[] {
  switch (row.scenario?.id) {
    case "pair":
      return [
        { metric: "p50_ms", heading: "p50 ms", format: ms, goal: { ratio: 2, is: "at most" } },
        { metric: "p99_ms", heading: "p99 ms", format: ms, goal: { ratio: 2, is: "at most" } },
        CPU,
      ];
    case "pair-16":
      return [
        { metric: "p50_ms", heading: "p50 ms", format: ms },
        { metric: "p99_ms", heading: "p99 ms", format: ms },
        { metric: "messages_per_s", heading: "messages/s", format: thousands },
        CPU,
      ];
    case "group-50":
      return [
        { ...DELIVERIES, goal: { ratio: 1, is: "at least" } },
        { metric: "p99_ms", heading: "p99 ms", format: ms },
        CPU,
      ];
    case "room-1000":
      return [
        { ...DELIVERIES, goal: { ratio: 2, is: "at least" } },
        { metric: "p99_ms", heading: "p99 ms", format: ms },
        { metric: "opening_ms", heading: "1,000 joins, ms", format: thousands },
        CPU,
      ];
    case "rooms-200":
      return [
        { metric: "messages_per_s", heading: "messages/s", format: thousands },
        { metric: "p99_ms", heading: "p99 ms", format: ms },
        CPU,
      ];
    default:
      return row.title.startsWith("history")
        ? [{ metric: "pages_per_s", heading: "pages/s", format: thousands }, CPU]
        : [{ metric: "bytes_per_connection", heading: "per connection", format: kib }];
  }
}

function median(values: readonly number[]): number {
  const sorted = values.filter(Number.isFinite).sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : (upper + (sorted[middle - 1] ?? Number.NaN)) / 2;
}

const valuesOf = (entries: readonly Entry[], target: string, metric: Metric): number[] =>
  entries.filter((entry) => entry.target === target).map(({ measurement }) => measurement[metric] ?? Number.NaN);

/** Median over the rounds of target ÷ floor, and the ratio of each round. */
function ratiosOf(row: Row, target: string, metric: Metric): number[] {
  return row.rounds.map((entries) => {
    const floors = valuesOf(entries, "floor", metric);
    const [value = Number.NaN] = valuesOf(entries, target, metric);
    const mean = floors.reduce((sum, floor) => sum + floor, 0) / floors.length;
    return value / (target === "Parley" ? mean : (floors.at(-1) ?? Number.NaN));
  });
}

const targetsOf = (row: Row): string[] => [...new Set(row.rounds.flat().map(({ target }) => target))];

interface Cell {
  value: number;
  ratio: number;
  range: [number, number];
}

function cellOf(row: Row, target: string, metric: Metric): Cell {
  const ratios = ratiosOf(row, target, metric);
  return {
    value: median(row.rounds.flatMap((entries) => valuesOf(entries, target, metric))),
    ratio: median(ratios),
    range: [Math.min(...ratios), Math.max(...ratios)],
  };
}

const times = (ratio: number): string => (ratio >= 10 ? ratio.toFixed(0) : ratio.toFixed(2));

function verdict(row: Row, { metric, heading, goal }: Column): string | undefined {
  if (goal === undefined) return undefined;
  const { ratio, range } = cellOf(row, "Parley", metric);
  const isMet = goal.is === "at most" ? ratio <= goal.ratio : ratio >= goal.ratio;
  const spread = `${times(range[0])} to ${times(range[1])}`;
  return `| ${row.title}: ${heading} | ${goal.is} ${goal.ratio} | ${times(ratio)} (${spread}) | ${isMet ? "met" : "**not met**"} |`;
}

const LABELS: Record<string, string> = {
  floor: "floor (workerd)",
  Parley: "**Parley**",
  party: "PartyServer",
  "plain-ws": "Node `ws`, in memory",
  "socket-io": "Socket.IO, in memory",
};

function table(row: Row): string {
  const columns = columnsOf(row);
  const head = ["server", ...columns.flatMap(({ heading }) => [heading, "÷ floor"])];
  const lines = targetsOf(row).map((target) => {
    const cells = columns.flatMap(({ metric, format }) => {
      const { value, ratio } = cellOf(row, target, metric);
      if (!Number.isFinite(value)) return ["", ""];
      return [format(value), target === "floor" ? "1" : times(ratio)];
    });
    return [LABELS[target] ?? target, ...cells];
  });
  return [head, head.map(() => "---"), ...lines].map((cells) => `| ${cells.join(" | ")} |`).join("\n");
}

/** The same for a terminal, with what was lost, doubled or reordered. */
export function consoleTable(rows: readonly Row[]): string {
  return rows
    .map((row) => {
      const lines = targetsOf(row).map((target) => {
        const cells = columnsOf(row).map(({ metric, heading, format }) => {
          const { value, ratio } = cellOf(row, target, metric);
          return Number.isFinite(value) ? `${heading} ${format(value)} (${times(ratio)})` : "";
        });
        const wrong = wrongOf([row], target);
        return `  ${target.padEnd(10)} ${cells.filter(Boolean).join(", ")}${wrong === "0 / 0 / 0" ? "" : ` WRONG ${wrong}`}`;
      });
      return [row.title, ...lines].join("\n");
    })
    .join("\n\n");
}

function wrongOf(rows: readonly Row[], target: string): string {
  const all = rows.flatMap((row) => row.rounds.flat()).filter((entry) => entry.target === target);
  const sum = (key: "lost" | "doubled" | "reordered") =>
    all.reduce((total, { measurement }) => total + measurement[key], 0);
  return `${sum("lost")} / ${sum("doubled")} / ${sum("reordered")}`;
}

function versionOf(name: string): string {
  const manifest = createRequire(import.meta.url).resolve(`${name}/package.json`);
  return (JSON.parse(readFileSync(manifest, "utf8")) as { version: string }).version;
}

function commit(): string {
  try {
    return execFileSync("git", ["rev-parse", "--short=12", "HEAD"], { cwd: ROOT, encoding: "utf8" }).trim();
  } catch {
    return "unknown";
  }
}

function source(peer: string): string {
  const file = `test/load/peers/${peer}.ts`;
  const text = readFileSync(join(ROOT, file), "utf8").trimEnd();
  return `### ${LABELS[peer] ?? peer}: [\`${file}\`](../${file}), ${text.split("\n").length} lines\n\n\`\`\`ts\n${text}\n\`\`\``;
}

/** The page docs/performance.md. */
export function report(rows: readonly Row[], rounds: number, load: { before: number; after: number }): string {
  const machine = `${cpus().length} × ${cpus()[0]?.model.trim() ?? "unknown"}, ${Math.round(totalmem() / 2 ** 30)} GiB, ${process.platform}`;
  const goals = rows.flatMap((row) => columnsOf(row).flatMap((column) => verdict(row, column) ?? []));
  const targets = [...new Set(rows.flatMap(targetsOf))];
  return `# Performance

Written by \`npm run load\` on ${new Date().toISOString().slice(0, 10)}, for commit ${commit()}. Do not edit: run it again.

Machine: ${machine}. Node ${process.versions.node}, workerd ${versionOf("workerd")}, Miniflare ${versionOf("miniflare")},
partyserver ${versionOf("partyserver")}, ws ${versionOf("ws")}, socket.io ${versionOf("socket.io")}.

Processes that wanted a core (load average of one minute): ${load.before.toFixed(1)} before the run, ${load.after.toFixed(1)} at its end;
generator and server account for about three. More than that was somebody else, and blurs the figures.

## Goals

Ratios of Parley to the *floor*: the smallest object that keeps the same promise (one row per message, one broadcast,
one acknowledgement). Medians of ${rounds} rounds; in brackets the lowest and highest round.

| what | goal | measured | |
| --- | --- | --- | --- |
${goals.join("\n")}

Lost / doubled / reordered, over everything that was sent in all runs:
${targets.map((target) => `${LABELS[target] ?? target} ${wrongOf(rows, target)}`).join(", ")}.

## Figures

${rows.map((row) => `### ${row.title[0]?.toUpperCase()}${row.title.slice(1)}\n\n${table(row)}`).join("\n\n")}

## What they mean

- **Use the ratios.** Absolute figures swing by a factor of two on a shared machine. Every round runs floor, Parley, floor,
  then the others; Parley is divided by the mean of the two floors around it, the others by the nearer one.
- Generator and server share the machine; the generator runs in threads of its own, reads each distinct WebSocket message
  once per thread, and checks every delivery: number for number, the same order on every socket and in every thread, each
  message acknowledged under the number it was delivered with. A run that lost, doubled or reordered anything says so above.
- Bodies are 100 bytes of ASCII. No compression. All sockets are connected before the first message; every run is warmed up
  first, and begins when the server has been idle for half a second. p50 and p99 are from sending to the arrival at another
  member's socket, over all of them.
- Floor, PartyServer and Parley run under Miniflare's API with the same workerd binary and compatibility date, their data on
  the same disk. Parley is the whole product as \`npm start\` serves it: authentication, membership, rights, limits, repeats,
  receipts, unread counts and bumps to the members' hubs happen in these runs. Its clients choose \`parley.1\`, send
  \`seen_seq\`, acknowledge every 64 messages and send heartbeats. Only the rate limits are raised.
- Parley wins where many messages meet many sockets because commands that arrive while a commit is in flight go out as one
  transaction and one WebSocket message per socket. In a pair with one message at a time there is nothing to gather: what is
  left there is the price of what the floor does not do.
- \`ws\` and Socket.IO keep nothing: a crash loses everything that was said. They are the ceiling of this machine, not a rival.
- *1,000 joins* open 1,000 sockets, 96 at a time; Parley's are verified by token and session, and each registers with its
  owner's hub, which is an object and a database of its own.
- *Server CPU* is the processor time of the server's processes for each delivery (for history: each page), and swings less
  than the clock.
- *Memory* is resident memory that 1,000 idle connections add to a fresh server. For Parley it contains the hubs of 1,000
  different people.

## The peers

${PEERS.map(source).join("\n\n")}
`;
}
