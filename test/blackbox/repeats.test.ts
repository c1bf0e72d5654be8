import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startServer, type TestServer } from "../harness/server.ts";
import { proveRepeats, proveReuse, WAYS } from "../proofs/repeats.ts";

const VARS = { SEND_PER_S: "100000", SEND_BURST: "100000" };

describe("every message three times", () => {
  let server: TestServer;
  beforeAll(async () => {
    server = await startServer({ vars: VARS });
  });
  afterAll(() => server.stop());

  const cases = WAYS.flatMap((way) => [
    { way, rule: way.rule, name: way.name, hasSeen: true },
    { way, rule: `${way.rule}, REP5`, name: `${way.name}, by a simple client`, hasSeen: false },
  ]);
  it.each(cases)("$rule: one message, one seq: $name", async ({ way, hasSeen }) => {
    expect(await proveRepeats(server, way, 3, hasSeen)).toEqual([]);
  });

  it.each([true, false])("REP7: the same id with other content is refused (seen_seq: %s)", async (hasSeen) => {
    expect(await proveReuse(server, hasSeen)).toEqual([]);
  });
});
