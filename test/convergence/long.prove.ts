import { env } from "cloudflare:workers";
import { beforeAll, describe, expect, it } from "vitest";
import { prepareProjections } from "./projections.ts";
import { LONG, range, runSeeds, SHORT } from "./seeds.ts";

beforeAll(prepareProjections);

/** `SEED_FROM` continues where another proof ended. */
const FROM = Number((env as { SEED_FROM?: string }).SEED_FROM ?? 1_000);

describe("convergence of all devices with a fresh one, at length", () => {
  for (let from = FROM; from < FROM + 9_000; from += 500) {
    it(`CUP1 SYN1 OUT1 seeds ${from} to ${from + 499}`, async () => {
      expect(await runSeeds(range(from, from + 500, SHORT))).toBe(500);
    });
  }

  for (let from = FROM; from < FROM + 2_000; from += 500) {
    it(`CUP1 CUP4 BLK2 SRC8 pairs ${from} to ${from + 499}`, async () => {
      expect(await runSeeds(range(from, from + 500, SHORT, true))).toBe(500);
    });
  }

  it("CUP1 SYN1 OUT1 1,000 seeds that run four times as long", async () => {
    expect(await runSeeds(range(FROM + 9_000, FROM + 10_000, LONG))).toBe(1_000);
  });
});
