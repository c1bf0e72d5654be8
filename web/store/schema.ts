import { type DBSchema, deleteDB, type IDBPDatabase, openDB } from "idb";
import type { Chat, HiddenMessage, InboxEntry, Member, Receipt, Reminder } from "../../src/protocol/chat.ts";
import type { Message } from "../../src/protocol/message.ts";
import type { ScheduledMessage } from "../../src/protocol/timer-routes.ts";
import type { OutboxRow } from "../sync/engine/outbox-row.ts";
import type { InboxCursor, OwnChoice, OwnCursors, OwnThreadReads, StoredDraft } from "../sync/engine/stored.ts";

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
  /** The inbox's cursor, and how far the server's clock is ahead of this device's, in milliseconds. */
  meta: { key: "inbox" | "skew"; value: InboxCursor | number };
  inbox: { key: string; value: InboxEntry };
  /** What the person deleted for themselves. */
  hidden: { key: [chatId: string, seq: number]; value: HiddenMessage };
  reminders: { key: [chatId: string, seq: number]; value: Reminder };
  chats: { key: string; value: ChatRow };
  /** Only messages that disappear stand in the index. */
  messages: { key: [chatId: string, seq: number]; value: Message; indexes: { expires_at: string } };
  members: { key: [chatId: string, userId: string]; value: Member & { chat_id: string } };
  receipts: { key: [chatId: string, userId: string]; value: Receipt & { chat_id: string } };
  outbox: { key: number; value: OutboxRow };
  cursors: { key: string; value: OwnCursors };
  thread_reads: { key: string; value: OwnThreadReads };
  choices: { key: [chatId: string, seq: number]; value: OwnChoice };
  scheduled: { key: string; value: ScheduledMessage[] };
  /** A bare text is one that the first version of the store left. */
  drafts: { key: string; value: StoredDraft | string };
}

export type PersonDatabase = IDBPDatabase<PersonSchema>;

/** The caches may be dropped by a new version, outbox and drafts never. */
const VERSION = 4;

export const databaseName = (userId: string): string => `parley-${userId}`;

export interface DatabaseEnds {
  /** A tab that signs out deletes the database. */
  deleted(): void;
  /** A tab with newer code needs another version of it: this code cannot open it any more. */
  outdated(): void;
  /** The browser closed the connection by itself, as those of phones do; the data is where it was. */
  lost(): void;
}

export function openPerson(userId: string, ends: DatabaseEnds): Promise<PersonDatabase> {
  return openDB<PersonSchema>(databaseName(userId), VERSION, {
    upgrade(db, before, _now, tx) {
      if (before < 1) {
        db.createObjectStore("meta");
        db.createObjectStore("inbox", { keyPath: "chat_id" });
        db.createObjectStore("chats", { keyPath: "chat_id" });
        db.createObjectStore("messages", { keyPath: ["chat_id", "seq"] });
        db.createObjectStore("members", { keyPath: ["chat_id", "user_id"] });
        db.createObjectStore("receipts", { keyPath: ["chat_id", "user_id"] });
        db.createObjectStore("outbox", { keyPath: "place", autoIncrement: true });
        db.createObjectStore("cursors", { keyPath: "chat_id" });
        db.createObjectStore("drafts");
      }
      if (before < 2) db.createObjectStore("hidden", { keyPath: ["chat_id", "seq"] });
      if (before < 3) {
        db.createObjectStore("reminders", { keyPath: ["chat_id", "seq"] });
        db.createObjectStore("choices", { keyPath: ["chat_id", "seq"] });
        db.createObjectStore("scheduled");
        tx.objectStore("messages").createIndex("expires_at", "expires_at");
        // Earlier versions dropped what they did not know of chats and messages: those are asked for anew. An outbox row
        // of then is a row of now: a text that names nobody.
        for (const name of ["meta", "chats", "messages", "members", "receipts"] as const)
          void tx.objectStore(name).clear();
      }
      if (before < 4) db.createObjectStore("thread_reads", { keyPath: "chat_id" });
    },
    blocking(_current, next, event) {
      (event.target as IDBDatabase).close();
      if (next === null) ends.deleted();
      else ends.outdated();
    },
    terminated: () => ends.lost(),
  });
}

/** How long somebody who signs out waits for other tabs to let go of a store that is empty by then. */
const DELETION_MS = 2_000;

/** A tab that sleeps may keep a deletion waiting for hours. Nobody waits along: the browser deletes when it can. */
export async function deletePerson(userId: string): Promise<void> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const patience = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, DELETION_MS);
  });
  await Promise.race([deleteDB(databaseName(userId)), patience]).finally(() => clearTimeout(timer));
}
