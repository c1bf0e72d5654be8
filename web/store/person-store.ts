import type { IDBPObjectStore } from "idb";
import { expired } from "../../src/domain/expiry.ts";
import type { HiddenMessage, InboxEntry, Reminder } from "../../src/protocol/chat.ts";
import type { Message } from "../../src/protocol/message.ts";
import type { ScheduledMessage } from "../../src/protocol/timer-routes.ts";
import type { NewOutboxRow, OutboxRow } from "../sync/engine/outbox-row.ts";
import type { Store } from "../sync/engine/ports.ts";
import {
  type ChatDelta,
  type Expired,
  type InboxCursor,
  isForgettable,
  type OwnChoice,
  type OwnCursors,
  type OwnThreadReads,
  type SpentDraft,
  type StoredChat,
  type StoredDraft,
  type StoredInbox,
} from "../sync/engine/stored.ts";
import { bare, CACHE, type CacheTransaction, clear, ofChat, putMessages, putReceipts } from "./cached-rows.ts";
import { PersonConnection, type StoreEnds } from "./person-connection.ts";
import { type ChatRow, deletePerson, type PersonSchema } from "./schema.ts";

/** Messages kept of one chat, counted back from the head; some more before it is trimmed again. */
export const KEPT_MESSAGES = 1_000;
const KEPT_SLACK = 200;

/** The {@link Store} of a browser: IndexedDB. News, cursor and the outbox rows they retire are one transaction. */
export class PersonStore implements Store {
  readonly #connection: PersonConnection;
  readonly #userId: string;

  private constructor(connection: PersonConnection, userId: string) {
    this.#connection = connection;
    this.#userId = userId;
  }

  /** Rejects where the browser allows no storage. */
  static async open(userId: string, ends: StoreEnds): Promise<PersonStore> {
    return new PersonStore(await PersonConnection.open(userId, ends), userId);
  }

  close(): void {
    this.#connection.close();
  }

  /** Forgets everything of this person. Emptied first, because a deletion waits for other tabs to let go. */
  async wipe(): Promise<void> {
    await this.#connection.run(async (db) => {
      const names = [...db.objectStoreNames];
      const tx = db.transaction(names, "readwrite");
      await Promise.all([...names.map((name) => tx.objectStore(name).clear()), tx.done]);
    });
    this.#connection.close();
    await deletePerson(this.#userId);
  }

  /** Forgets what the server has too, and keeps what it was never told: unsent messages and drafts. */
  async wipeCaches(): Promise<void> {
    await this.#connection.run(async (db) => {
      const names = [...db.objectStoreNames].filter((name) => name !== "outbox" && name !== "drafts");
      const tx = db.transaction(names, "readwrite");
      await Promise.all([...names.map((name) => tx.objectStore(name).clear()), tx.done]);
    });
    this.#connection.close();
  }

  loadInbox(): Promise<StoredInbox | undefined> {
    return this.#connection.run(async (db) => {
      const tx = db.transaction(["meta", "inbox", "hidden", "reminders"], "readonly");
      const [cursor, entries, hidden, reminders] = await Promise.all([
        tx.objectStore("meta").get("inbox"),
        tx.objectStore("inbox").getAll(),
        tx.objectStore("hidden").getAll(),
        tx.objectStore("reminders").getAll(),
      ]);
      return typeof cursor === "object" ? { ...cursor, entries, hidden, reminders } : undefined;
    });
  }

  saveInbox(
    cursor: InboxCursor,
    entries: readonly InboxEntry[],
    hidden: readonly HiddenMessage[],
    isReplacing: boolean,
    reminders: readonly Reminder[] = [],
  ): Promise<void> {
    return this.#connection.run(async (db) => {
      const tx = db.transaction(["meta", "inbox", "hidden", "reminders"], "readwrite");
      const [inbox, hiding, reminding] = [
        tx.objectStore("inbox"),
        tx.objectStore("hidden"),
        tx.objectStore("reminders"),
      ];
      if (isReplacing) {
        void inbox.clear();
        void hiding.clear();
        void reminding.clear();
      }
      for (const one of reminders) {
        if (one.is_removed) void reminding.delete([one.chat_id, one.seq]);
        else void reminding.put(one);
      }
      for (const one of hidden) void (one.is_hidden ? hiding.put(one) : hiding.delete([one.chat_id, one.seq]));
      for (const entry of entries) {
        if (entry.is_removed) {
          void inbox.delete(entry.chat_id);
          void hiding.delete(ofChat(entry.chat_id));
          void reminding.delete(ofChat(entry.chat_id));
        } else void inbox.put(entry);
      }
      void tx.objectStore("meta").put(cursor, "inbox");
      await tx.done;
    });
  }

  loadChat(chatId: string, messages: number): Promise<StoredChat | undefined> {
    return this.#connection.run(async (db) => {
      const tx = db.transaction([...CACHE], "readonly");
      const row = await tx.objectStore("chats").get(chatId);
      if (!row) return undefined;
      const { low, high, ...rest } = row;
      const from = Math.max(low, high - messages + 1);
      const [rows, members, receipts] = await Promise.all([
        high > 0 ? tx.objectStore("messages").getAll(IDBKeyRange.bound([chatId, from], [chatId, high])) : [],
        tx.objectStore("members").getAll(ofChat(chatId)),
        tx.objectStore("receipts").getAll(ofChat(chatId)),
      ]);
      return { ...rest, messages: rows, members: members.map(bare), receipts: receipts.map(bare) };
    });
  }

  applyNews(chatId: string, delta: ChatDelta, arrived: readonly number[]): Promise<boolean> {
    return this.#connection.run(async (db) => {
      const tx: CacheTransaction = db.transaction([...CACHE, "outbox"], "readwrite");
      const row = await tx.objectStore("chats").get(chatId);
      if (!row || row.epoch !== delta.epoch || row.rev < delta.base) {
        await tx.done;
        return false;
      }
      const { chat, messages = [], members = [], receipts = [] } = delta.rows;
      const stretch = await putMessages(tx, row, messages);
      await Promise.all([
        ...members.map(async (member) => {
          const known = await tx.objectStore("members").get([chatId, member.user_id]);
          if (!known || member.rev > known.rev) await tx.objectStore("members").put({ ...member, chat_id: chatId });
        }),
        putReceipts(tx, chatId, receipts),
      ]);
      const next: ChatRow = {
        ...row,
        rev: Math.max(row.rev, delta.rev),
        chat: chat && chat.rev > row.chat.rev ? chat : row.chat,
        ...stretch,
      };
      if (next.high - next.low >= KEPT_MESSAGES + KEPT_SLACK) {
        const low = next.high - KEPT_MESSAGES + 1;
        void tx.objectStore("messages").delete(IDBKeyRange.bound([chatId, next.low], [chatId, low - 1]));
        next.low = low;
      }
      void tx.objectStore("chats").put(next);
      for (const place of arrived) void tx.objectStore("outbox").delete(place);
      await tx.done;
      return true;
    });
  }

  replaceChat(stored: StoredChat, arrived: readonly number[]): Promise<void> {
    return this.#connection.run(async (db) => {
      const { messages, members, receipts, ...rest } = stored;
      const chatId = stored.chat_id;
      const kept = messages.slice(-KEPT_MESSAGES);
      const tx: CacheTransaction = db.transaction([...CACHE, "outbox"], "readwrite");
      clear(tx, chatId);
      void tx.objectStore("chats").put({ ...rest, low: kept[0]?.seq ?? 0, high: kept.at(-1)?.seq ?? 0 });
      for (const message of kept) void tx.objectStore("messages").put(message);
      for (const member of members) void tx.objectStore("members").put({ ...member, chat_id: chatId });
      for (const receipt of receipts) void tx.objectStore("receipts").put({ ...receipt, chat_id: chatId });
      for (const place of arrived) void tx.objectStore("outbox").delete(place);
      await tx.done;
    });
  }

  mergeMessages(chatId: string, epoch: string, rows: readonly Message[]): Promise<void> {
    return this.#connection.run(async (db) => {
      const tx: CacheTransaction = db.transaction([...CACHE, "outbox"], "readwrite");
      const row = await tx.objectStore("chats").get(chatId);
      if (row && row.epoch === epoch && row.high > 0) {
        let { low } = row;
        const store = tx.objectStore("messages");
        for (const message of [...rows].sort((a, b) => b.seq - a.seq)) {
          if (message.seq > row.high) continue;
          if (message.seq >= row.low) {
            const known = await store.get([chatId, message.seq]);
            if (!known || message.rev > known.rev) void store.put(message);
          } else if (message.seq === low - 1 && row.high - low + 1 < KEPT_MESSAGES) {
            void store.put(message);
            low = message.seq;
          }
        }
        if (low !== row.low) void tx.objectStore("chats").put({ ...row, low });
      }
      await tx.done;
    });
  }

  loadBefore(chatId: string, seq: number, limit: number): Promise<Message[]> {
    return this.#connection.run(async (db) => {
      const tx = db.transaction(["chats", "messages"], "readonly");
      const row = await tx.objectStore("chats").get(chatId);
      if (!row || row.high === 0 || seq - 1 > row.high || seq - 1 < row.low) return [];
      const range = IDBKeyRange.bound([chatId, Math.max(row.low, seq - limit)], [chatId, seq - 1]);
      return tx.objectStore("messages").getAll(range);
    });
  }

  purgeChat(chatId: string): Promise<void> {
    return this.#connection.run(async (db) => {
      const names = [
        ...CACHE,
        "inbox",
        "hidden",
        "reminders",
        "choices",
        "scheduled",
        "cursors",
        "thread_reads",
      ] as const;
      const tx = db.transaction(names, "readwrite");
      void tx.objectStore("chats").delete(chatId);
      for (const name of ["messages", "members", "receipts", "hidden", "reminders", "choices"] as const)
        void tx.objectStore(name).delete(ofChat(chatId));
      void tx.objectStore("inbox").delete(chatId);
      void tx.objectStore("cursors").delete(chatId);
      void tx.objectStore("thread_reads").delete(chatId);
      void tx.objectStore("scheduled").delete(chatId);
      await tx.done;
    });
  }

  clearChat(chatId: string, seq: number): Promise<void> {
    return this.#connection.run(async (db) => {
      const tx = db.transaction("messages", "readwrite");
      const rows = await tx.store.getAll(IDBKeyRange.bound([chatId, 0], [chatId, seq]));
      for (const row of rows) if (row.content !== null) void tx.store.put(expired(row));
      await tx.done;
    });
  }

  expire(now: string): Promise<Expired> {
    return this.#connection.run(async (db) => {
      const tx = db.transaction("messages", "readwrite");
      const index = tx.store.index("expires_at");
      const due = await index.getAll(IDBKeyRange.upperBound(now));
      // A tombstone leaves the index, the chat's own too.
      for (const { expires_at: _, ...rest } of due.filter((message) => message.content === null))
        void tx.store.put(rest);
      const over = due.filter((message) => message.content !== null);
      for (const message of over) void tx.store.put(expired(message));
      const [later] = await index.getAll(IDBKeyRange.lowerBound(now, true), 1);
      await tx.done;
      const gone = over.map(({ chat_id, seq }) => ({ chat_id, seq }));
      return { gone, ...(later?.expires_at === undefined ? {} : { next: later.expires_at }) };
    });
  }

  loadChoices(chatId: string): Promise<OwnChoice[]> {
    return this.#connection.run(async (db) => {
      return db.getAll("choices", ofChat(chatId));
    });
  }

  saveChoice(choice: OwnChoice): Promise<void> {
    return this.#connection.run(async (db) => {
      await db.put("choices", choice);
    });
  }

  loadScheduled(chatId: string): Promise<ScheduledMessage[]> {
    return this.#connection.run(async (db) => {
      return (await db.get("scheduled", chatId)) ?? [];
    });
  }

  saveScheduled(chatId: string, messages: readonly ScheduledMessage[]): Promise<void> {
    return this.#connection.run(async (db) => {
      await db.put("scheduled", [...messages], chatId);
    });
  }

  loadSkew(): Promise<number> {
    return this.#connection.run(async (db) => {
      const skew = await db.get("meta", "skew");
      return typeof skew === "number" ? skew : 0;
    });
  }

  saveSkew(ms: number): Promise<void> {
    return this.#connection.run(async (db) => {
      await db.put("meta", ms, "skew");
    });
  }

  loadCursors(): Promise<OwnCursors[]> {
    return this.#connection.run(async (db) => {
      return db.getAll("cursors");
    });
  }

  saveCursors(cursors: OwnCursors): Promise<void> {
    return this.#connection.run(async (db) => {
      await db.put("cursors", cursors);
    });
  }

  loadThreadReads(): Promise<OwnThreadReads[]> {
    return this.#connection.run(async (db) => {
      return db.getAll("thread_reads");
    });
  }

  saveThreadReads(reads: OwnThreadReads): Promise<void> {
    return this.#connection.run(async (db) => {
      if (reads.reads.length === 0) await db.delete("thread_reads", reads.chat_id);
      else await db.put("thread_reads", reads);
    });
  }

  loadOutbox(): Promise<OutboxRow[]> {
    return this.#connection.run(async (db) => {
      return db.getAll("outbox");
    });
  }

  /** Strict: what its writer sees as written survives even the power's end. */
  addOutbox(row: NewOutboxRow, spent?: SpentDraft): Promise<OutboxRow> {
    return this.#connection.run(async (db) => {
      const tx = db.transaction(["outbox", "drafts"], "readwrite", { durability: "strict" });
      // The key generator fills `place` in.
      const place = await tx.objectStore("outbox").add(row as OutboxRow);
      if (spent) keepDraft(tx.objectStore("drafts"), spent.name, spent.draft);
      await tx.done;
      return { ...row, place };
    });
  }

  /** A row that was removed meanwhile stays removed. */
  updateOutbox(row: OutboxRow): Promise<void> {
    return this.#connection.run(async (db) => {
      const tx = db.transaction("outbox", "readwrite");
      if ((await tx.store.getKey(row.place)) !== undefined) void tx.store.put(row);
      await tx.done;
    });
  }

  removeOutbox(place: number): Promise<void> {
    return this.#connection.run(async (db) => {
      await db.delete("outbox", place);
    });
  }

  loadDrafts(): Promise<Map<string, StoredDraft>> {
    return this.#connection.run(async (db) => {
      const tx = db.transaction("drafts", "readonly");
      const [chats, drafts] = await Promise.all([tx.store.getAllKeys(), tx.store.getAll()]);
      return new Map(
        drafts.map((draft, i) => [
          chats[i] ?? "",
          // As the first version of the store kept it: of no known time, and never told.
          typeof draft === "string" ? { text: draft, edited_at: 0, is_owed: true } : draft,
        ]),
      );
    });
  }

  saveDraft(chatId: string, draft: StoredDraft): Promise<void> {
    return this.#connection.run(async (db) => {
      const tx = db.transaction("drafts", "readwrite");
      const known = await tx.store.get(chatId);
      const isOld = known !== undefined && typeof known !== "string" && known.edited_at > draft.edited_at;
      if (!isOld) keepDraft(tx.objectStore("drafts"), chatId, draft);
      await tx.done;
    });
  }
}

function keepDraft(
  store: IDBPObjectStore<PersonSchema, ("outbox" | "drafts")[], "drafts", "readwrite">,
  name: string,
  draft: StoredDraft,
): void {
  void (isForgettable(draft) ? store.delete(name) : store.put(draft, name));
}
