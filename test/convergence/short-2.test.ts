import { beforeAll, describe, expect, it } from "vitest";
import { prepareProjections } from "./projections.ts";
import { range, runSeeds, SHORT } from "./seeds.ts";

beforeAll(prepareProjections);

describe("convergence of all devices with a fresh one", () => {
  for (let from = 500; from < 1000; from += 100) {
    it(`CUP1 SYN1 OUT1 seeds ${from} to ${from + 99}`, { timeout: 180_000 }, async () => {
      expect(await runSeeds(range(from, from + 100, SHORT))).toBe(100);
    });
  }
});
