import { HIDDEN_MESSAGES } from "../../src/protocol/limits.ts";
import type { SearchableChat } from "../../src/protocol/search-rpc.ts";
import type { Hub } from "./hub.ts";
import { readEntry } from "./line.ts";
import type { InboxRow } from "./store.ts";

/** Chats that a search goes through at most. */
const CHATS_SEARCHED = 2_000;
/** Later than everything that has been said. */
const NOW = Number.MAX_SAFE_INTEGER;

/**
 * The chats in which the person may look for something, latest first, with what they have hidden there. What has news
 * that the hub has not read yet may have spoken this moment, and stands first.
 */
export function searchableChats(hub: Hub, chatId: string | undefined): SearchableChat[] {
  const { store } = hub;
  if (chatId !== undefined) {
    const one = store.entry(chatId);
    // Pages of one chat ask this each time: they do not pay for what is hidden in others.
    return one ? [searchable(one, store.personal.hiddenSeqs(chatId, HIDDEN_MESSAGES))] : [];
  }
  const hidden = new Map<string, number[]>();
  for (const { chat_id, seq } of store.personal.allHidden()) {
    const seqs = hidden.get(chat_id);
    if (seqs) seqs.push(seq);
    else hidden.set(chat_id, [seq]);
  }
  return store
    .present(CHATS_SEARCHED)
    .map((row) => searchable(row, hidden.get(row.chat_id) ?? []))
    .sort((a, b) => (b.last_ms ?? NOW) - (a.last_ms ?? NOW) || (a.chat_id < b.chat_id ? -1 : 1));
}

const searchable = (row: InboxRow, hidden: number[]): SearchableChat => ({
  chat_id: row.chat_id,
  last_ms: row.is_dirty === 1 ? null : Date.parse(readEntry(row).last_at),
  hidden,
  ...(row.cleared_seq ? { cleared_seq: row.cleared_seq } : {}),
});
