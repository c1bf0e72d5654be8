import { writeFileSync } from "node:fs";
import { loadavg } from "node:os";
import { join } from "node:path";
import { ROOT } from "../../scripts/paths.ts";
import { Crew } from "./crew.ts";
import { type Measurement, measure, measureHistory, measureMemory } from "./measurement.ts";
import { PEERS } from "./peer-server.ts";
import { consoleTable, type Entry, type Row, report } from "./report.ts";
import { quick, SCENARIOS } from "./scenarios.ts";
import { startTarget, type Target } from "./target.ts";

/**
 * `npm run load`: loads Parley and its peers with the same scenarios, prints medians and ratios, and writes
 * docs/performance.md. `-- --quick` is too short to say anything but that everything runs, and writes nothing.
 */

const isQuick = process.argv.includes("--quick");
const ROUNDS = isQuick ? 1 : 3;
const THREADS = 3;
const HISTORY_MS = isQuick ? 500 : 3_000;
const CONNECTIONS = isQuick ? 100 : 1_000;

/** One run of one target; what went wrong is kept, so that one failure does not cost the whole report. */
async function attempt(
  target: Target,
  title: string,
  run: () => Promise<Measurement | undefined>,
): Promise<Entry | undefined> {
  try {
    const measurement = await run();
    if (measurement === undefined) return undefined;
    const { messages_per_s: messages = 0, pages_per_s: pages = 0 } = measurement;
    console.error(`  ${title}: ${target.name}: ${Math.round(messages + pages)}/s`);
    return { target: target.name, measurement };
  } catch (error) {
    const errors = [error instanceof Error ? error.message : String(error)];
    console.error(`  ${title}: ${target.name}: ${errors}`);
    return { target: target.name, measurement: { lost: 0, doubled: 0, reordered: 0, errors } };
  }
}

/**
 * Floor, Parley, floor, the others: what shares the machine changes from minute to minute, so Parley is compared with
 * the two floors right before and after it, and the others with the second one.
 */
async function rounds(
  targets: readonly Target[],
  title: string,
  run: (target: Target) => Promise<Measurement | undefined>,
): Promise<Row> {
  const floor = targets.find(({ name }) => name === "floor");
  const parley = targets.find(({ name }) => name === "Parley");
  if (floor === undefined || parley === undefined) throw new Error("Floor and Parley are always there.");
  const others = targets.filter((target) => target !== floor && target !== parley);
  const order = [floor, parley, floor, ...others];
  const row: Row = { title, rounds: [] };
  for (let round = 0; round < ROUNDS; round++) {
    const entries: (Entry | undefined)[] = [];
    for (const target of order) entries.push(await attempt(target, title, () => run(target)));
    row.rounds.push(entries.flatMap((entry) => entry ?? []));
  }
  return row;
}

async function main(): Promise<void> {
  const before = loadavg()[0] ?? 0;
  const crew = new Crew(THREADS);
  const names = ["floor", "Parley", ...PEERS.filter((peer) => peer !== "floor")] as const;
  const rows: Row[] = [];
  const targets = await Promise.all(names.map((name) => startTarget(name)));
  try {
    for (const scenario of SCENARIOS.map((one) => (isQuick ? quick(one) : one))) {
      rows.push({
        ...(await rounds(targets, scenario.title, (target) => measure(crew, target, scenario))),
        scenario,
      });
    }
    rows.push(await rounds(targets, "history, pages of 50", (target) => measureHistory(crew, target, HISTORY_MS)));
  } finally {
    await Promise.all(targets.map((target) => target.stop()));
  }
  // Memory of a process that has worked says nothing: each in a server of its own.
  rows.push(
    await rounds(targets, "memory per idle connection", async ({ name }) => {
      const fresh = await startTarget(name as (typeof names)[number]);
      try {
        return await measureMemory(crew, fresh, CONNECTIONS);
      } finally {
        await fresh.stop();
      }
    }),
  );
  await crew.dismiss();
  console.log(consoleTable(rows));
  if (!isQuick)
    writeFileSync(join(ROOT, "docs", "performance.md"), report(rows, ROUNDS, { before, after: loadavg()[0] ?? 0 }));
  const bad = rows
    .flatMap((row) => row.rounds.flat())
    .filter(({ measurement: m }) => {
      return m.lost + m.doubled + m.reordered + m.errors.length > 0;
    });
  for (const { target, measurement: m } of bad) {
    console.error(`${target}: lost ${m.lost}, doubled ${m.doubled}, reordered ${m.reordered}: ${m.errors.join("; ")}`);
  }
  process.exitCode = bad.length > 0 ? 1 : 0;
}

await main();
