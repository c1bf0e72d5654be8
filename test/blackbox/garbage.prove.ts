import { expect, it } from "vitest";
import { startServer } from "../harness/server.ts";
import { describeGarbage, GARBAGE_VARS, proveGarbage } from "../proofs/garbage.ts";

it("SOC2: ten thousand pieces of garbage", async () => {
  const server = await startServer({ vars: GARBAGE_VARS });
  try {
    const tally = await proveGarbage(server, { seed: 6, frames: 7_000, bodies: 3_000 });
    console.log(describeGarbage(tally));
    expect(tally.wrong, describeGarbage(tally)).toEqual([]);
    expect(tally.thrown).toBeGreaterThanOrEqual(10_000);
    expect(tally.mutated).toBeGreaterThanOrEqual(tally.thrown / 2);
  } finally {
    await server.stop();
  }
});
