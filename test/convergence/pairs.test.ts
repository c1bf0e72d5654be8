import { beforeAll, describe, expect, it } from "vitest";
import { prepareProjections } from "./projections.ts";
import { range, runSeeds, SHORT } from "./seeds.ts";

beforeAll(prepareProjections);

describe("convergence in a chat of two people who block each other and make it up", () => {
  for (let from = 0; from < 200; from += 100) {
    it(`CUP1 CUP4 BLK2 BLK5 SRC8 seeds ${from} to ${from + 99}`, { timeout: 180_000 }, async () => {
      expect(await runSeeds(range(from, from + 100, SHORT, true))).toBe(100);
    });
  }
});
