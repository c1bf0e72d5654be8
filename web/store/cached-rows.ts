import type { IDBPTransaction } from "idb";
import { mergeReceipt } from "../../src/domain/delta.ts";
import type { Receipt } from "../../src/protocol/chat.ts";
import type { Message } from "../../src/protocol/message.ts";
import type { ChatRow, PersonSchema } from "./schema.ts";

/** The stores that hold what is cached of chats, and one transaction over them and the outbox. */
type CacheName = "chats" | "messages" | "members" | "receipts";
export const CACHE: readonly CacheName[] = ["chats", "messages", "members", "receipts"];
export type CacheTransaction = IDBPTransaction<PersonSchema, (CacheName | "outbox")[], "readwrite">;

/** All keys of one chat in a store whose keys begin with it. */
export const ofChat = (chatId: string): IDBKeyRange => IDBKeyRange.bound([chatId], [chatId, []]);

/** A row without the chat that it is keyed by. */
export function bare<T extends { chat_id: string }>(row: T): Omit<T, "chat_id"> {
  const { chat_id: _, ...rest } = row;
  return rest;
}

/** Forgets the rows of one chat. */
export function clear(tx: CacheTransaction, chatId: string): void {
  for (const name of ["messages", "members", "receipts"] as const) void tx.objectStore(name).delete(ofChat(chatId));
}

/** New messages join at the end; changed ones take their place; those from before the cached stretch are not kept. */
export async function putMessages(
  tx: CacheTransaction,
  row: ChatRow,
  messages: readonly Message[],
): Promise<{ low: number; high: number }> {
  const store = tx.objectStore("messages");
  let { low, high } = row;
  for (const message of [...messages].sort((a, b) => a.seq - b.seq || a.rev - b.rev)) {
    if (message.seq === high + 1) {
      void store.put(message);
      high = message.seq;
      if (low === 0) low = message.seq;
    } else if (message.seq >= low && message.seq <= high) {
      const known = await store.get([row.chat_id, message.seq]);
      if (!known || message.rev > known.rev) void store.put(message);
    }
  }
  return { low, high };
}

/** Receipts merge by maximum. */
export async function putReceipts(tx: CacheTransaction, chatId: string, receipts: readonly Receipt[]): Promise<void> {
  const store = tx.objectStore("receipts");
  for (const receipt of receipts) {
    const known = await store.get([chatId, receipt.user_id]);
    void store.put({ ...mergeReceipt(known, receipt), chat_id: chatId });
  }
}
