import { Fault } from "../../../src/domain/fault.ts";
import type { ServerOperation, ServerVerbs } from "../../../web/sync/server-verbs.ts";

/** What the made-up server answers to each question that screens ask of it directly. */
const ANSWERS: Partial<Record<ServerOperation, (ask: Ask) => unknown>> = {
  countViews: ({ body }) => ({ views: ((body?.seqs ?? []) as number[]).map((seq) => ({ seq, count: 1200 + seq })) }),
  listViews: ({ query }) => ({
    views: String(query?.seqs ?? "")
      .split(",")
      .map((seq) => ({ seq: Number(seq), count: 1200 + Number(seq) })),
  }),
  listStickers: () => ({ stickers: [] }),
  search: () => ({ hits: [] }),
  searchChat: () => ({ hits: [] }),
  block: ({ body }) => ({ blocked: body?.blocked === true }),
};

interface Ask {
  params?: Record<string, unknown>;
  query?: Record<string, unknown>;
  body?: Record<string, unknown>;
}

export const fakeServer: ServerVerbs = {
  ask: async (operation, ask) => {
    const answer = ANSWERS[operation];
    if (answer === undefined) throw new Fault("unavailable");
    return answer((ask ?? {}) as Ask) as never;
  },
};
