import { Fault } from "../../domain/fault.ts";
import { newClientMsgId, parseMessageId } from "../../protocol/ids.ts";
import type { Draft } from "../../protocol/message.ts";
import type { BodyOf, QueryOf } from "../../protocol/rest.ts";
import type { HistoryAsk } from "../../protocol/rpc.ts";
import type { Handlers } from "../handler.ts";
import { askChat } from "../object-call.ts";
import { clearedIn, unlessCleared } from "../veil.ts";
import { hideMessage } from "./personal.ts";
import { brakeSearch } from "./search.ts";

/** The log of a chat, over HTTP. */
export const MESSAGES: Handlers<"history" | "sendMessage" | "getMessage" | "delivery" | "deleteMessage" | "markRead"> =
  {
    async history({ env, caller }, { params, query }) {
      if (query.search !== undefined) brakeSearch(caller.user_id);
      const ask = historyAsk(params.id, query);
      const page = (cleared_seq: number) =>
        askChat(env, params.id, (chat) => chat.history(caller.user_id, { ...ask, cleared_seq }));
      // A search costs too much to be done twice; of pages few come near what was cleared.
      if (query.search !== undefined) return page(await clearedIn(env, caller.user_id, params.id));
      const [whole, cleared] = await Promise.all([page(0), clearedIn(env, caller.user_id, params.id)]);
      return cleared > 0 && (whole.messages[0]?.seq ?? 0) <= cleared + 1 ? page(cleared) : whole;
    },

    async sendMessage({ env, caller }, { params, body }) {
      const draft = draftOf(body);
      const { message } = await askChat(env, params.id, (chat) => chat.send(caller.user_id, draft));
      return { ...message, delivery_status: "sent" };
    },

    async getMessage({ env, caller }, { params }) {
      const place = placeOf(params.id);
      const message = askChat(env, place.chat_id, (chat) => chat.message(caller.user_id, place.seq));
      return unlessCleared(env, caller.user_id, place, message);
    },

    async delivery({ env, caller }, { params }) {
      const place = placeOf(params.id);
      const recipients = await askChat(env, place.chat_id, (chat) => chat.delivery(caller.user_id, place.seq));
      return { message_id: params.id, recipients };
    },

    async deleteMessage({ env, caller }, { params, query }) {
      const place = placeOf(params.id);
      if (query.for === "self") return hideMessage(env, caller.user_id, place);
      return askChat(env, place.chat_id, (chat) => chat.deleteMessage(caller.user_id, place.seq));
    },

    async markRead({ env, caller }, { params, body }) {
      return askChat(env, params.id, (chat) => chat.markRead(caller.user_id, body.seq));
    },
  };

/** The chat of a message, and its number there: an id needs no look-up. */
export function placeOf(messageId: string): { chat_id: string; seq: number } {
  const place = parseMessageId(messageId);
  if (!place) throw new Fault("not_found");
  return place;
}

/** Fixed before the first call, so that a call tried again is the same message. */
function draftOf(body: BodyOf<"sendMessage">): Draft {
  const { client_msg_id = newClientMsgId(), content, ...rest } = body;
  return { ...rest, client_msg_id, content: typeof content === "string" ? { text: content } : content };
}

export function historyAsk(chatId: string, query: QueryOf<"history">): HistoryAsk {
  const [before, after, around] = [query.before_id, query.after_id, query.around_id].map((place) =>
    place === undefined ? undefined : seqOf(chatId, place),
  );
  return {
    limit: query.limit,
    ...(before === undefined ? {} : { before_seq: before }),
    ...(after === undefined ? {} : { after_seq: after }),
    ...(around === undefined ? {} : { around_seq: around }),
    ...(query.search === undefined ? {} : { search: query.search }),
  };
}

/** A place is a `seq`, or the id of a message of this very chat. */
function seqOf(chatId: string, place: string | number): number {
  if (typeof place === "number") return place;
  const message = parseMessageId(place);
  if (message?.chat_id !== chatId) throw new Fault("not_found");
  return message.seq;
}
