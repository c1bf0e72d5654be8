import { PAGE_MAX } from "../../src/protocol/limits.ts";
import type { DataOf } from "../../src/protocol/rest.ts";
import type { HttpApi } from "../api/http-api.ts";
import type { ChatQuestions } from "./chat-handle.ts";
import type { Remote } from "./engine/ports.ts";

/** Questions of the engine over HTTP. */
export const remoteOf = (api: HttpApi): Remote => ({
  history: (chatId, place, limit) => {
    const query =
      "before_seq" in place
        ? { before_id: place.before_seq }
        : "after_seq" in place
          ? { after_id: place.after_seq }
          : { around_id: place.around_seq };
    return api.call("history", { params: { id: chatId }, query: { limit, ...query } });
  },
  deleteMessage: (messageId) => api.call("deleteMessage", { params: { id: messageId } }),
  thread: (messageId, beforeSeq, limit) => {
    const query = { limit, ...(beforeSeq === undefined ? {} : { before_id: beforeSeq }) };
    return api.call("thread", { params: { id: messageId }, query });
  },
  ownVotes: async (messageId) => (await api.call("listVotes", { params: { id: messageId } })).own_option_ids,
  scheduled: async (chatId) => (await api.call("listScheduled", { params: { id: chatId } })).messages,
  chats: (filter, cursor) => {
    const query = { limit: PAGE_MAX, filter, ...(cursor === undefined ? {} : { cursor }) };
    return api.call("listChats", { query });
  },
});

/** Questions of screens over HTTP. */
export const questionsOf = (api: HttpApi): ChatQuestions => ({
  edits: async (messageId) => {
    const { edits } = await api.call("listEdits", { params: { id: messageId } });
    return edits.map(({ content, written_at }) => ({ text: content.text, written_at: Date.parse(written_at) }));
  },
  pins: async (chatId) => (await api.call("listPins", { params: { id: chatId } })).messages,
  votes: (messageId) => api.call("listVotes", { params: { id: messageId } }),
  threads: async (chatId, filter) => {
    const all: DataOf<"listThreads">["threads"] = [];
    let cursor: string | undefined;
    do {
      const query = { filter, limit: PAGE_MAX, ...(cursor === undefined ? {} : { cursor }) };
      const page = await api.call("listThreads", { params: { id: chatId }, query });
      all.push(...page.threads);
      cursor = page.next_cursor;
    } while (cursor !== undefined && all.length < MOST_THREADS);
    return all;
  },
});

/** Threads that one list has: older ones are found by searching. */
const MOST_THREADS = 2_000;
