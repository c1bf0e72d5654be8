import type { SearchableChat } from "../../src/protocol/search-rpc.ts";
import type { Hub } from "./hub.ts";
import { readEntry } from "./line.ts";

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
  const one = chatId === undefined ? undefined : store.entry(chatId);
  const rows = chatId === undefined ? store.present(CHATS_SEARCHED) : one ? [one] : [];
  const hidden = new Map<string, number[]>();
  for (const { chat_id, seq } of store.personal.allHidden()) {
    const seqs = hidden.get(chat_id);
    if (seqs) seqs.push(seq);
    else hidden.set(chat_id, [seq]);
  }
  return rows
    .map((row) => ({
      chat_id: row.chat_id,
      last_ms: row.is_dirty === 1 ? null : Date.parse(readEntry(row).last_at),
      hidden: hidden.get(row.chat_id) ?? [],
      ...(row.cleared_seq ? { cleared_seq: row.cleared_seq } : {}),
    }))
    .sort((a, b) => (b.last_ms ?? NOW) - (a.last_ms ?? NOW) || (a.chat_id < b.chat_id ? -1 : 1));
}
