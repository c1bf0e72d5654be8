import { TallyClient } from "../../../durable-objects/tally/tally-client.ts";
import { Fault } from "../../domain/fault.ts";
import { STICKERS } from "../../protocol/stickers.ts";
import { FloodBrake } from "../flood-brake.ts";
import type { Handlers, Visit } from "../handler.ts";
import { askChat } from "../object-call.ts";

/** A screen that scrolls reports now and then; a script would report for ever. */
const reports = new FloodBrake(120, 4);

const talliesOf = ({ env }: Visit): TallyClient => new TallyClient(env.TALLIES);

const inOrder = (seqs: readonly number[], counts: ReadonlyMap<number, number>) => ({
  views: seqs.map((seq) => ({ seq, count: counts.get(seq) ?? 0 })),
});

/** Counts of what many see and send. Only channels have views: in a group it is told who has read what. */
export const TALLIES: Handlers<"countViews" | "listViews" | "listStickers"> = {
  async countViews(visit, { params, body }) {
    const { env, caller } = visit;
    reports.take(caller.user_id);
    const { place, seqs } = await askChat(env, params.id, (chat) => chat.seenPosts(caller.user_id, body.seqs));
    requireChannel(params.id);
    return inOrder(seqs, await talliesOf(visit).countViews(params.id, place, seqs));
  },

  async listViews(visit, { params, query }) {
    const asked = query.seqs.split(",").map(Number);
    const { env, caller } = visit;
    // Of own posts, too: who writes them wants to know.
    await askChat(env, params.id, (chat) => chat.seenPosts(caller.user_id, []));
    requireChannel(params.id);
    return inOrder(asked, await talliesOf(visit).views(params.id, asked));
  },

  async listStickers(visit) {
    const counts = await talliesOf(visit).stickers();
    const stickers = STICKERS.map((one) => ({ ...one, count: counts.get(one.sticker_id) ?? 0 }));
    return { stickers: stickers.sort((a, b) => b.count - a.count) };
  },
};

function requireChannel(chatId: string): void {
  if (!chatId.startsWith("c")) throw new Fault("forbidden", { message: "Only posts of channels have views." });
}
