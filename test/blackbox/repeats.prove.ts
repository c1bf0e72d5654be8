import { expect, it } from "vitest";
import { startServer } from "../harness/server.ts";
import { proveRepeats, WAYS } from "../proofs/repeats.ts";

const VARS = { SEND_PER_S: "100000", SEND_BURST: "100000" };
const MESSAGES = 100;

it("REP1: a hundred messages three times, by every way", async () => {
  const server = await startServer({ vars: VARS });
  try {
    for (const way of WAYS) {
      for (const hasSeen of [true, false]) {
        const wrong = await proveRepeats(server, way, MESSAGES, hasSeen);
        console.log(`${way.name}${hasSeen ? "" : ", by a simple client"}: ${wrong.length} wrong of ${3 * MESSAGES}`);
        expect(wrong).toEqual([]);
      }
    }
  } finally {
    await server.stop();
  }
});
