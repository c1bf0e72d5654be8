import { Fault } from "../../domain/fault.ts";
import { newClientMsgId } from "../../protocol/ids.ts";
import type { Handlers } from "../handler.ts";
import { askChat } from "../object-call.ts";
import { unlessCleared, type Veil, veilIn } from "../veil.ts";
import { historyAsk, placeOf } from "./messages.ts";

/** Threads, polls, and what may have caused a message, over HTTP. */
export const THREADS: Handlers<"thread" | "setThread" | "listThreads" | "vote" | "listVotes" | "closePoll" | "order"> =
  {
    async thread({ env, caller }, { params, query }) {
      const { chat_id, seq } = placeOf(params.id);
      if (query.search !== undefined) throw new Fault("invalid", { message: "A thread is not searched by itself." });
      const ask = historyAsk(chat_id, query);
      const [page, { hidden, cleared_seq }] = await Promise.all([
        askChat(env, chat_id, (chat) => chat.thread(caller.user_id, seq, ask)),
        veilIn(env, caller.user_id, chat_id),
      ]);
      const { unread, read_seq } = page.thread;
      // Answers stand behind their first message: only where that was cleared can they have been, too.
      if (seq > cleared_seq && (unread === 0 || !hidden.some((each) => each > read_seq))) return page;
      return askChat(env, chat_id, (chat) => chat.thread(caller.user_id, seq, ask, hidden, cleared_seq));
    },

    async setThread({ env, caller }, { params, body }) {
      const { chat_id, seq } = placeOf(params.id);
      // Fixed before the first call, so that a call tried again is the same command.
      const ask = { ...body, command_id: body.command_id ?? newClientMsgId() };
      return askChat(env, chat_id, (chat) => chat.setThread(caller.user_id, seq, ask));
    },

    async listThreads({ env, caller }, { params, query }) {
      const { limit, filter } = query;
      const below = query.cursor === undefined ? undefined : placeIn(query.cursor);
      const list = (veil: Veil) =>
        askChat(env, params.id, (chat) => chat.threads(caller.user_id, { limit, filter, below, ...veil }));
      const [whole, veil] = await Promise.all([
        list({ hidden: [], cleared_seq: 0 }),
        veilIn(env, caller.user_id, params.id),
      ]);
      const isCounted = veil.hidden.length > 0 && whole.threads.some(({ unread }) => unread > 0);
      const { threads, next } = isCounted || veil.cleared_seq > 0 ? await list(veil) : whole;
      return { threads, ...(next === undefined ? {} : { next_cursor: String(next) }) };
    },

    async vote({ env, caller }, { params, body }) {
      const { chat_id, seq } = placeOf(params.id);
      const { option_ids, command_id = newClientMsgId() } = body;
      return askChat(env, chat_id, (chat) => chat.setVote(caller.user_id, { seq, command_id, option_ids }));
    },

    async listVotes({ env, caller }, { params }) {
      const place = placeOf(params.id);
      const votes = askChat(env, place.chat_id, (chat) => chat.votes(caller.user_id, place.seq));
      return unlessCleared(env, caller.user_id, place, votes);
    },

    async closePoll({ env, caller }, { params, body }) {
      const { chat_id, seq } = placeOf(params.id);
      const { command_id = newClientMsgId() } = body;
      return askChat(env, chat_id, (chat) => chat.closePoll(caller.user_id, { seq, command_id }));
    },

    async order({ env, caller }, { params }) {
      const place = placeOf(params.id);
      const order = askChat(env, place.chat_id, (chat) => chat.order(caller.user_id, place.seq));
      return unlessCleared(env, caller.user_id, place, order);
    },
  };

/** Where a list of threads goes on: below the number of an answer. */
function placeIn(cursor: string): number {
  if (!/^[1-9][0-9]{0,14}$/.test(cursor)) throw new Fault("invalid", { message: "This cursor is not of this list." });
  return Number(cursor);
}
