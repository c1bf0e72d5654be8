import { expect, it } from "vitest";
import { startServer } from "../harness/server.ts";
import { describeKills, KILL_VARS, proveKills } from "../proofs/kill.ts";
import { SeededRandom } from "../proofs/seeded-random.ts";

it("SEQ3, BMP3: ten kills, five thousand acknowledgements", async () => {
  const server = await startServer({ vars: KILL_VARS });
  try {
    const result = await proveKills(server, {
      kills: 10,
      acks: 5_000,
      outage_limit_ms: 10_000,
      random: new SeededRandom(Date.now()),
    });
    console.log(describeKills(result));
    expect(result.wrong, describeKills(result)).toEqual([]);
    expect(result.kills).toBe(10);
    expect(result.acks).toBeGreaterThanOrEqual(5_000);
  } finally {
    await server.stop();
  }
});
