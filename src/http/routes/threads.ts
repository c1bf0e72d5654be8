import { Fault } from "../../domain/fault.ts";
import { newClientMsgId } from "../../protocol/ids.ts";
import type { Handlers } from "../handler.ts";
import { askChat } from "../object-call.ts";
import { historyAsk, placeOf } from "./messages.ts";

/** Threads, polls, and what may have caused a message, over HTTP. */
export const THREADS: Handlers<"thread" | "setThread" | "listThreads" | "vote" | "listVotes" | "closePoll" | "order"> =
  {
    async thread({ env, caller }, { params, query }) {
      const { chat_id, seq } = placeOf(params.id);
      if (query.search !== undefined) throw new Fault("invalid", { message: "A thread is not searched by itself." });
      const ask = historyAsk(chat_id, query);
      return askChat(env, chat_id, (chat) => chat.thread(caller.user_id, seq, ask));
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
      const { threads, next } = await askChat(env, params.id, (chat) =>
        chat.threads(caller.user_id, { limit, filter, below }),
      );
      return { threads, ...(next === undefined ? {} : { next_cursor: String(next) }) };
    },

    async vote({ env, caller }, { params, body }) {
      const { chat_id, seq } = placeOf(params.id);
      const { option_ids, command_id = newClientMsgId() } = body;
      return askChat(env, chat_id, (chat) => chat.setVote(caller.user_id, { seq, command_id, option_ids }));
    },

    async listVotes({ env, caller }, { params }) {
      const { chat_id, seq } = placeOf(params.id);
      return askChat(env, chat_id, (chat) => chat.votes(caller.user_id, seq));
    },

    async closePoll({ env, caller }, { params, body }) {
      const { chat_id, seq } = placeOf(params.id);
      const { command_id = newClientMsgId() } = body;
      return askChat(env, chat_id, (chat) => chat.closePoll(caller.user_id, { seq, command_id }));
    },

    async order({ env, caller }, { params }) {
      const { chat_id, seq } = placeOf(params.id);
      return askChat(env, chat_id, (chat) => chat.order(caller.user_id, seq));
    },
  };

/** Where a list of threads goes on: below the number of an answer. */
function placeIn(cursor: string): number {
  if (!/^[1-9][0-9]{0,14}$/.test(cursor)) throw new Fault("invalid", { message: "This cursor is not of this list." });
  return Number(cursor);
}
