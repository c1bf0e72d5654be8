import { fileURLToPath } from "node:url";
import { cloudflareTest, readD1Migrations } from "@cloudflare/vitest-plugin";
import { defineConfig } from "vitest/config";

const root = fileURLToPath(new URL("..", import.meta.url));

/** Not a secret: encrypts the signing keys of stores that live as long as one test file. */
const TEST_MASTER_KEY = "dGVzdC1tYXN0ZXIta2V5LXRlc3QtbWFzdGVyLWtleSE";

/** Folders whose tests run inside workerd, next to the code they test. */
const WORKERS = ["chat", "user", "guard", "http", "jobs", "auth", "db"];
/** Folders whose tests are plain functions in Node. */
const UNIT = ["domain", "protocol", "web"];

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
          include: ["test/architecture.test.ts"],
          testTimeout: 60_000,
        },
      },
      {
        root,
        test: {
          name: "unit",
          include: UNIT.map((folder) => `test/${folder}/**/*.test.{ts,tsx}`),
        },
      },
      {
        root,
        plugins: [
          cloudflareTest(async () => ({
            wrangler: { configPath: `${root}wrangler.toml` },
            miniflare: {
              bindings: {
                MODE: "local",
                MASTER_KEY: TEST_MASTER_KEY,
                TEST_MIGRATIONS: await readD1Migrations(`${root}migrations/d1`),
              },
            },
          })),
        ],
        test: {
          name: "workers",
          include: WORKERS.map((folder) => `test/${folder}/**/*.test.ts`),
          testTimeout: 30_000,
          hookTimeout: 30_000,
        },
      },
      {
        root,
        test: {
          name: "blackbox",
          include: ["test/blackbox/**/*.test.ts"],
          testTimeout: 120_000,
          hookTimeout: 120_000,
        },
      },
      {
        root,
        test: {
          name: "e2e",
          include: ["test/e2e/**/*.test.ts"],
          testTimeout: 120_000,
          hookTimeout: 120_000,
        },
      },
    ],
  },
});
