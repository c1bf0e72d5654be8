import { Fault } from "../../domain/fault.ts";
import type { QueryOf } from "../../protocol/rest.ts";
import type { SearchAsk, SearchPage } from "../../protocol/search-rpc.ts";
import { FloodBrake } from "../flood-brake.ts";
import type { Handlers, SignedVisit } from "../handler.ts";
import { askChat } from "../object-call.ts";
import { searchEverywhere } from "../search-everywhere.ts";
import { veilIn } from "../veil.ts";

/** Searches of one person: typing asks once a pause. What goes through all chats counts for more. */
const searches = new FloodBrake(60, 6);
const EVERYWHERE_COST = 3;

/** @throws Fault `rate_limited` */
export const brakeSearch = (userId: string): void => searches.take(userId);

/** What was said, found again. */
export const SEARCH: Handlers<"searchChat" | "search"> = {
  async searchChat(visit, { params, query }) {
    brakeSearch(visit.caller.user_id);
    const page = await searchOne(visit, params.id, query);
    return { ...shownOf(page), hits: page.hits.map(({ score: _, ...hit }) => hit) };
  },

  async search(visit, { query }) {
    const { env, caller } = visit;
    if (query.in !== undefined) {
      brakeSearch(caller.user_id);
      const page = await searchOne(visit, query.in, query);
      return {
        ...shownOf(page),
        hits: page.hits.map(({ score: _, ...hit }) => ({ ...hit, chat_name: page.chat_name })),
      };
    }
    searches.take(caller.user_id, EVERYWHERE_COST);
    return searchEverywhere(env, caller.user_id, askOf(query), query.cursor);
  },
};

async function searchOne({ env, caller }: SignedVisit, chatId: string, query: QueryOf<"searchChat">) {
  const ask = { ...askOf(query), ...placeOf(query.cursor, query.order) };
  const veil = await veilIn(env, caller.user_id, chatId);
  return askChat(env, chatId, (chat) => chat.search(caller.user_id, { ...ask, ...veil }));
}

const shownOf = ({ next, is_partial }: SearchPage) => ({
  ...(next === undefined ? {} : { next_cursor: [next.below_seq, next.offset ?? []].flat().join(".") }),
  ...(is_partial ? { is_partial } : {}),
});

function askOf(query: QueryOf<"searchChat">): SearchAsk {
  const { q, from, has, message_type, order, limit } = query;
  return {
    ...{ q, from, has, message_type, order, limit },
    after_ms: timeOf(query.after, "after"),
    before_ms: timeOf(query.before, "before"),
  };
}

function timeOf(time: string | undefined, path: string): number | undefined {
  if (time === undefined) return undefined;
  const at = Date.parse(time);
  if (Number.isNaN(at)) throw invalid(path, "not a time");
  return at;
}

function placeOf(cursor: string | undefined, order: "newest" | "best"): { below_seq?: number; offset?: number } {
  if (cursor === undefined) return {};
  const [, below, offset] = /^([1-9][0-9]{0,14})(?:\.([0-9]{1,6}))?$/.exec(cursor) ?? [];
  if (below === undefined || (offset === undefined) !== (order === "newest"))
    throw invalid("cursor", "not a cursor of this list");
  return { below_seq: Number(below), ...(offset === undefined ? {} : { offset: Number(offset) }) };
}

const invalid = (path: string, message: string): Fault =>
  new Fault("invalid", { message: "The query is not valid.", details: [{ path, message }] });
