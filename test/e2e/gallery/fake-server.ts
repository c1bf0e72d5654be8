import { Fault } from "../../../src/domain/fault.ts";
import type { ServerOperation, ServerVerbs } from "../../../web/sync/server-verbs.ts";
import { CIRCLE, type FakeAsk } from "./fake-circle.ts";

/** What the made-up server answers to each question that screens ask of it directly. */
const ANSWERS: Partial<Record<ServerOperation, (ask: FakeAsk) => unknown>> = {
  ...CIRCLE,
  countViews: ({ body }) => ({ views: ((body?.seqs ?? []) as number[]).map((seq) => ({ seq, count: 1200 + seq })) }),
  listViews: ({ query }) => ({
    views: String(query?.seqs ?? "")
      .split(",")
      .map((seq) => ({ seq: Number(seq), count: 1200 + Number(seq) })),
  }),
  order: () => ({ message_id: "", seq: 412, seen_seq: 411, lamport: 408, concurrent_seqs: [410] }),
  listStickers: () => ({ stickers: [] }),
  block: ({ body }) => ({ blocked: body?.blocked === true }),
};

export const fakeServer: ServerVerbs = {
  ask: async (operation, ask) => {
    const answer = ANSWERS[operation];
    if (answer === undefined) throw new Fault("unavailable");
    return answer((ask ?? {}) as FakeAsk) as never;
  },
};
