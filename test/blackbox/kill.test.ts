import { expect, it } from "vitest";
import { startServer } from "../harness/server.ts";
import { describeKills, KILL_VARS, proveKills } from "../proofs/kill.ts";
import { SeededRandom } from "../proofs/seeded-random.ts";

it("SEQ3, BMP3: kill -9 inside open batches loses, doubles and renumbers nothing", async () => {
  const server = await startServer({ vars: KILL_VARS });
  try {
    const result = await proveKills(server, {
      kills: 2,
      acks: 500,
      outage_limit_ms: 60_000,
      random: new SeededRandom(7),
    });
    expect(result.wrong, describeKills(result)).toEqual([]);
    expect(result.resent).toBeGreaterThan(0);
  } finally {
    await server.stop();
  }
});
