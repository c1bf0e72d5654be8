import { expect, it } from "vitest";
import { startServer } from "../harness/server.ts";
import { describeGarbage, GARBAGE_VARS, proveGarbage } from "../proofs/garbage.ts";

it("SOC2: garbage over sockets and HTTP is refused by name, and leaves nothing", async () => {
  const server = await startServer({ vars: GARBAGE_VARS });
  try {
    const tally = await proveGarbage(server, { seed: 5, frames: 800, bodies: 400 });
    expect(tally.wrong, describeGarbage(tally)).toEqual([]);
    expect(tally.mutated).toBeGreaterThanOrEqual(tally.thrown / 2);
  } finally {
    await server.stop();
  }
});
