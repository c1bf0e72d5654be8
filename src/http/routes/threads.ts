import { Fault } from "../../domain/fault.ts";
import { newClientMsgId } from "../../protocol/ids.ts";
import type { Env } from "../env.ts";
import type { Handlers } from "../handler.ts";
import { askChat, askHub } from "../object-call.ts";
import { historyAsk, placeOf } from "./messages.ts";

/** Threads, polls, and what may have caused a message, over HTTP. */
export const THREADS: Handlers<"thread" | "setThread" | "listThreads" | "vote" | "listVotes" | "closePoll" | "order"> =
  {
    async thread({ env, caller }, { params, query }) {
      const { chat_id, seq } = placeOf(params.id);
      if (query.search !== undefined) throw new Fault("invalid", { message: "A thread is not searched by itself." });
      const ask = historyAsk(chat_id, query);
      const page = await askChat(env, chat_id, (chat) => chat.thread(caller.user_id, seq, ask));
      if (page.thread.unread === 0) return page;
      const { hidden, cleared_seq } = await hiddenIn(env, caller.user_id, chat_id);
      if (![...hidden, cleared_seq].some((each) => each > page.thread.read_seq)) return page;
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
      const list = (veil: { hidden: readonly number[]; cleared_seq: number }) =>
        askChat(env, params.id, (chat) => chat.threads(caller.user_id, { limit, filter, below, ...veil }));
      let { threads, next } = await list({ hidden: [], cleared_seq: 0 });
      if (threads.some(({ unread }) => unread > 0)) {
        const veil = await hiddenIn(env, caller.user_id, params.id);
        if (veil.hidden.length > 0 || veil.cleared_seq > 0) ({ threads, next } = await list(veil));
      }
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

/** What a person has hidden from themselves or cleared in a chat: their hub knows, the chat does not (SPEC THR4). */
async function hiddenIn(
  env: Env,
  userId: string,
  chatId: string,
): Promise<{ hidden: readonly number[]; cleared_seq: number }> {
  const [chat] = await askHub(env, userId, (hub) => hub.searchable(chatId));
  return { hidden: chat?.hidden ?? [], cleared_seq: chat?.cleared_seq ?? 0 };
}

/** Where a list of threads goes on: below the number of an answer. */
function placeIn(cursor: string): number {
  if (!/^[1-9][0-9]{0,14}$/.test(cursor)) throw new Fault("invalid", { message: "This cursor is not of this list." });
  return Number(cursor);
}
