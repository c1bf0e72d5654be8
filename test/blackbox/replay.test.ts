import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startServer, type TestServer } from "../harness/server.ts";
import { inventPlays } from "../proofs/plays.ts";
import { describeReplay, isFaultless, REPLAY_VARS, replay } from "../proofs/replay.ts";

describe("replay of conversations over sockets", () => {
  let server: TestServer;
  beforeAll(async () => {
    server = await startServer({ vars: REPLAY_VARS });
  });
  afterAll(() => server.stop());

  it.each([
    { mode: "turns", seed: 11 },
    { mode: "burst", seed: 12 },
  ] as const)("SEQ1: everybody has the same messages in the same order, $mode", async ({ mode, seed }) => {
    const speeches = inventPlays(seed, 3, 9, 240).map((speech) => ({ ...speech, chat: `${mode}-${speech.chat}` }));
    const result = await replay(server, speeches, { mode });
    expect(isFaultless(result), describeReplay(result, { mode })).toBe(true);
    expect(result.deliveries).toBe(
      speeches.reduce((sum, { chat }) => {
        return sum + new Set(speeches.filter((other) => other.chat === chat).map((other) => other.speaker)).size;
      }, 0),
    );
  });
});
