import { globSync, mkdirSync, readFileSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { buildWeb, buildWorker } from "./build.ts";
import { CACHE, ROOT } from "./paths.ts";
import { runNode } from "./task.ts";

/**
 * `npm test`: everything that must hold, in parallel groups. `--fast` (`npm run check`) leaves out what
 * needs a runtime, a server or a browser; `--only <group>` runs one group.
 */

interface Outcome {
  passed: number;
  failed: number;
  /** Printed only when something failed. */
  output: string;
}

interface Group {
  name: string;
  isFast: boolean;
  run: () => Promise<Outcome>;
}

/** Groups at once: each has processes of its own, and four cores are the measure. */
const LANES = 3;

/** No group takes a third of this on two cores; one that hangs should say so before somebody else gives up on it. */
const GROUP_LIMIT_MS = 45 * 60_000;

async function format(): Promise<Outcome> {
  const { code, output } = await runNode(["node_modules/@biomejs/biome/bin/biome", "ci", "--colors=off", "."]);
  return { passed: code === 0 ? 1 : 0, failed: code === 0 ? 0 : 1, output };
}

/** Each program with its own globals: Worker, browser, service worker, Node. */
async function types(): Promise<Outcome> {
  const programs = globSync("{,web/,scripts/,test/,test/*/}tsconfig*.json", { cwd: ROOT }).sort();
  const results = await Promise.all(
    programs.map(async (program) => {
      const { code, output } = await runNode(["node_modules/typescript/bin/tsc", "-p", program, "--pretty", "false"]);
      // A program that has no files yet has nothing to check.
      const isEmpty = output.includes("TS18003");
      return { isGood: code === 0 || isEmpty, output: code === 0 ? "" : `${program}\n${output}` };
    }),
  );
  return {
    passed: results.filter(({ isGood }) => isGood).length,
    failed: results.filter(({ isGood }) => !isGood).length,
    output: results.map(({ output }) => output).join(""),
  };
}

/** One or more projects of test/vitest.config.ts, counted by Vitest's own report. */
function vitest(...projects: string[]): () => Promise<Outcome> {
  return async () => {
    const report = join(CACHE, "reports", `${projects.join("-")}.${process.pid}.json`);
    mkdirSync(dirname(report), { recursive: true });
    const { code, output } = await runNode(
      [
        "node_modules/vitest/vitest.mjs",
        ...["run", "--config", "test/vitest.config.ts", "--reporter=default", "--reporter=json"],
        ...[`--outputFile=${report}`, ...projects.map((project) => `--project=${project}`)],
      ],
      { limitMs: GROUP_LIMIT_MS },
    );
    const { passed, failed } = counted(report);
    rmSync(report, { force: true });
    // A file that does not load, or an error nobody awaited, fails the run without failing a test.
    return { passed, failed: code !== 0 && failed === 0 ? 1 : failed, output };
  };
}

function counted(report: string): { passed: number; failed: number } {
  try {
    const json = JSON.parse(readFileSync(report, "utf8"));
    return { passed: json.numPassedTests, failed: json.numFailedTests };
  } catch {
    return { passed: 0, failed: 0 };
  }
}

const GROUPS: readonly Group[] = [
  { name: "format and lint", isFast: true, run: format },
  { name: "types", isFast: true, run: types },
  { name: "architecture", isFast: true, run: vitest("architecture") },
  { name: "unit", isFast: true, run: vitest("unit") },
  { name: "browser", isFast: false, run: vitest("e2e") },
  { name: "black box", isFast: false, run: vitest("blackbox") },
  { name: "workers", isFast: false, run: vitest("workers") },
];

const seconds = (since: number): string => `${((performance.now() - since) / 1000).toFixed(1)} s`;

async function runGroup(group: Group): Promise<Outcome> {
  const started = performance.now();
  let outcome: Outcome;
  try {
    outcome = await group.run();
  } catch (error) {
    outcome = {
      passed: 0,
      failed: 1,
      output: error instanceof Error ? (error.stack ?? error.message) : String(error),
    };
  }
  const { passed, failed, output } = outcome;
  if (failed > 0) console.log(`\n--- ${group.name} ---\n${output.trimEnd()}\n`);
  console.log(
    `${failed > 0 ? "FAIL" : "ok  "} ${group.name.padEnd(16)} ${passed} passed, ${failed} failed (${seconds(started)})`,
  );
  // Passed, but not at once: worth a look, or it will fail some day.
  for (const [line] of output.matchAll(/^.*\(retry x\d+\).*$/gm)) console.log(`     second try: ${line.trim()}`);
  return outcome;
}

async function main(): Promise<void> {
  const started = performance.now();
  const only = process.argv.includes("--only") ? process.argv[process.argv.indexOf("--only") + 1] : undefined;
  const isFast = process.argv.includes("--fast");
  const chosen = GROUPS.filter(({ name, isFast: fast }) => (only === undefined ? fast || !isFast : name === only));
  if (chosen.length === 0) throw new Error(`No such group. There are: ${GROUPS.map(({ name }) => name).join(", ")}`);

  const queue = [...chosen];
  const outcomes: Outcome[] = [];
  // Built once, before three groups want it at the same moment; a failure shows in each of them.
  const needsServer = chosen.some(({ isFast: fast }) => !fast);
  const built = needsServer ? Promise.allSettled([buildWorker(), buildWeb()]) : Promise.resolve([]);
  const lane = async (): Promise<void> => {
    for (let group = queue.shift(); group !== undefined; group = queue.shift()) {
      if (!group.isFast) await built;
      outcomes.push(await runGroup(group));
    }
  };
  await Promise.all(Array.from({ length: LANES }, lane));

  const failed = outcomes.reduce((sum, outcome) => sum + outcome.failed, 0);
  const passed = outcomes.reduce((sum, outcome) => sum + outcome.passed, 0);
  console.log(`\nin ${seconds(started)}`);
  console.log(`${passed} passed, ${failed} failed`);
  // At once: a group that was ended for its time may have left processes that hold its pipes.
  process.exit(failed > 0 ? 1 : 0);
}

await main();
