import { expect, it } from "vitest";
import { startServer } from "../harness/server.ts";
import { inventPlays, readPlays } from "../proofs/plays.ts";
import { describeReplay, isFaultless, REPLAY_VARS, replay } from "../proofs/replay.ts";

/** The file that PLAYS_FILE names, or as much text of our own. */
const speeches = process.env.PLAYS_FILE ? readPlays(process.env.PLAYS_FILE) : inventPlays(1, 4, 29, 4_000);

it.each(["turns", "burst"] as const)("SEQ1: a whole repertoire arrives, %s", async (mode) => {
  const server = await startServer({ vars: REPLAY_VARS });
  try {
    const result = await replay(server, speeches, { mode });
    console.log(describeReplay(result, { mode }));
    expect(isFaultless(result), describeReplay(result, { mode })).toBe(true);
  } finally {
    await server.stop();
  }
});
