import { beforeAll, describe, expect, it } from "vitest";
import { prepareProjections } from "./projections.ts";
import { FAILED_ONCE, range, runSeeds, SHORT } from "./seeds.ts";

beforeAll(prepareProjections);

describe("convergence of all devices with a fresh one", () => {
  for (const [name, seed] of Object.entries(FAILED_ONCE)) {
    it(`CUP1 again, where it once failed: ${name}`, { timeout: 60_000 }, async () => {
      expect(await runSeeds([seed])).toBe(1);
    });
  }
  for (let from = 0; from < 500; from += 100) {
    it(`CUP1 SYN1 OUT1 seeds ${from} to ${from + 99}`, { timeout: 180_000 }, async () => {
      expect(await runSeeds(range(from, from + 100, SHORT))).toBe(100);
    });
  }
});
