import { type DBSchema, type IDBPDatabase, openDB } from "idb";
import type { Chat, HiddenMessage, InboxEntry, Member, Receipt } from "../../src/protocol/chat.ts";
import type { Message } from "../../src/protocol/message.ts";
import type { Cursor } from "../../src/protocol/up.ts";
import type { OutboxRow } from "../sync/engine/outbox-row.ts";
import type { OwnCursors, StoredDraft } from "../sync/engine/stored.ts";

/** What is true of a whole cached chat. Its messages from `low` to `high` are here without a hole; none if `high` is 0. */
export interface ChatRow {
  chat_id: string;
  epoch: string;
  rev: number;
  chat: Chat;
  is_complete: boolean;
  low: number;
  high: number;
}

/**
 * One database for one person, named by their id: another person's rows cannot be reached even by mistake.
 * Members and receipts are rows of their own, so that a message in a large group rewrites none of them.
 */
export interface PersonSchema extends DBSchema {
  meta: { key: "inbox"; value: Cursor };
  inbox: { key: string; value: InboxEntry };
  /** What the person deleted for themselves. */
  hidden: { key: [chatId: string, seq: number]; value: HiddenMessage };
  chats: { key: string; value: ChatRow };
  messages: { key: [chatId: string, seq: number]; value: Message };
  members: { key: [chatId: string, userId: string]; value: Member & { chat_id: string } };
  receipts: { key: [chatId: string, userId: string]; value: Receipt & { chat_id: string } };
  outbox: { key: number; value: OutboxRow };
  cursors: { key: string; value: OwnCursors };
  /** A bare text is one that the first version of the store left. */
  drafts: { key: string; value: StoredDraft | string };
}

export type PersonDatabase = IDBPDatabase<PersonSchema>;

/** The caches may be dropped by a new version, outbox and drafts never. */
const VERSION = 2;

export const databaseName = (userId: string): string => `parley-${userId}`;

/** `onVoid`: the database was taken away, by the browser or by a tab that signs out. */
export function openPerson(userId: string, onVoid: () => void): Promise<PersonDatabase> {
  return openDB<PersonSchema>(databaseName(userId), VERSION, {
    upgrade(db, before, _now, tx) {
      db.createObjectStore("hidden", { keyPath: ["chat_id", "seq"] });
      if (before > 0) {
        // The first version took no notice of what was hidden: the whole inbox is asked for anew.
        void tx.objectStore("meta").delete("inbox");
        return;
      }
      db.createObjectStore("meta");
      db.createObjectStore("inbox", { keyPath: "chat_id" });
      db.createObjectStore("chats", { keyPath: "chat_id" });
      db.createObjectStore("messages", { keyPath: ["chat_id", "seq"] });
      db.createObjectStore("members", { keyPath: ["chat_id", "user_id"] });
      db.createObjectStore("receipts", { keyPath: ["chat_id", "user_id"] });
      db.createObjectStore("outbox", { keyPath: "place", autoIncrement: true });
      db.createObjectStore("cursors", { keyPath: "chat_id" });
      db.createObjectStore("drafts");
    },
    blocking(_current, _blocked, event) {
      (event.target as IDBDatabase).close();
      onVoid();
    },
    terminated: onVoid,
  });
}
