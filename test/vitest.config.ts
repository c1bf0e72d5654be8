import { join } from "node:path";
import { cloudflareTest, readD1Migrations } from "@cloudflare/vitest-plugin";
import { defineConfig } from "vitest/config";

const root = join(import.meta.dirname, "..");

/** Long proofs lie beside the tests and run in the same projects, but only under `npm run prove`. */
const isProving = process.env.PROVE === "1";
const suffix = isProving ? "prove" : "test";
const timeoutMs = (usual: number): number => (isProving ? 3_600_000 : usual);

/** Folders whose tests run inside workerd, next to the code they test. */
const WORKERS = ["chat", "convergence", "user", "guard", "http", "jobs", "auth", "db", "tally"];
/** Folders whose tests are plain functions in Node. */
const UNIT = ["domain", "protocol", "web"];

/** Three groups run at once on four cores. */
const MAX_WORKERS = 2;

/** What is polled for is awaited, not timed: the usual second is short for a machine that does other work. */
const patient = { poll: { timeout: 15_000 } };

const inFolders = (folders: readonly string[]): string[] =>
  folders.map((folder) => `test/${folder}/**/*.${suffix}.{ts,tsx}`);

// Not a secret: it encrypts the signing keys of stores that live as long as one test file. Read by the
// plugin, because wrangler.toml names it as a required secret.
process.env.MASTER_KEY = "dGVzdC1tYXN0ZXIta2V5LXRlc3QtbWFzdGVyLWtleSE";
process.env.WRANGLER_SEND_METRICS = "false";

export default defineConfig({
  root,
  test: {
    passWithNoTests: true,
    allowOnly: false,
    projects: [
      {
        root,
        test: {
          name: "architecture",
          maxWorkers: MAX_WORKERS,
          include: isProving ? [] : ["test/architecture.test.ts"],
          testTimeout: 60_000,
        },
      },
      {
        root,
        test: {
          name: "unit",
          maxWorkers: MAX_WORKERS,
          include: inFolders(UNIT),
          testTimeout: timeoutMs(10_000),
        },
      },
      {
        root,
        plugins: [
          cloudflareTest(async () => ({
            wrangler: { configPath: join(root, "wrangler.toml") },
            miniflare: {
              bindings: {
                MODE: "local",
                // Windows of the chat object: a test should not wait for them.
                RECEIPTS_MS: "100",
                TYPING_MS: "400",
                BUMP_EVERY_MS: "50",
                // Where the seeds of a long proof begin: the environment itself does not reach workerd.
                ...(process.env.SEED_FROM === undefined ? {} : { SEED_FROM: process.env.SEED_FROM }),
                TEST_MIGRATIONS: await readD1Migrations(join(root, "migrations/d1")),
              },
            },
          })),
        ],
        test: {
          name: "workers",
          maxWorkers: MAX_WORKERS + 1,
          include: inFolders(WORKERS),
          // An ES module that does not say so: bundled before it is loaded, as a deploy bundles it.
          deps: { optimizer: { ssr: { enabled: true, include: ["itty-durable"] } } },
          // A line that an object logs as a file ends is sent with the runner's next message, and the runner
          // waits for that line before it sends one: the run never ends (cloudflare/workers-sdk#15719).
          disableConsoleIntercept: true,
          expect: patient,
          testTimeout: timeoutMs(30_000),
          hookTimeout: timeoutMs(30_000),
        },
      },
      {
        root,
        test: {
          name: "blackbox",
          maxWorkers: MAX_WORKERS,
          include: inFolders(["blackbox", "load"]),
          expect: patient,
          testTimeout: timeoutMs(120_000),
          hookTimeout: timeoutMs(120_000),
        },
      },
      {
        root,
        test: {
          name: "e2e",
          // A browser on a machine that does other work may be late once; npm test names what needed a second try.
          retry: process.env.CI === undefined ? 0 : 1,
          maxWorkers: MAX_WORKERS,
          include: inFolders(["e2e"]),
          expect: patient,
          testTimeout: timeoutMs(120_000),
          hookTimeout: timeoutMs(120_000),
        },
      },
    ],
  },
});
