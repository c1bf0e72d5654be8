import { deleteDB, type IDBPTransaction } from "idb";
import { expired } from "../../src/domain/expiry.ts";
import type { HiddenMessage, InboxEntry, Receipt, Reminder } from "../../src/protocol/chat.ts";
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
  type StoredChat,
  type StoredDraft,
  type StoredInbox,
} from "../sync/engine/stored.ts";
import { type ChatRow, databaseName, openPerson, type PersonDatabase, type PersonSchema } from "./schema.ts";

/** Messages kept of one chat, counted back from the head; some more before it is trimmed again. */
export const KEPT_MESSAGES = 1_000;
const KEPT_SLACK = 200;

type CacheName = "chats" | "messages" | "members" | "receipts";
const CACHE: readonly CacheName[] = ["chats", "messages", "members", "receipts"];
type CacheTransaction = IDBPTransaction<PersonSchema, (CacheName | "outbox")[], "readwrite">;

/** The {@link Store} of a browser: IndexedDB. News, cursor and the outbox rows they retire are one transaction. */
export class PersonStore implements Store {
  readonly #db: PersonDatabase;
  readonly #userId: string;

  private constructor(db: PersonDatabase, userId: string) {
    this.#db = db;
    this.#userId = userId;
  }

  /** `onVoid`: the data was taken away under this tab. Rejects where the browser allows no storage. */
  static async open(userId: string, onVoid: () => void): Promise<PersonStore> {
    return new PersonStore(await openPerson(userId, onVoid), userId);
  }

  close(): void {
    this.#db.close();
  }

  /** Forgets everything of this person. Emptied first, because a deletion waits for other tabs to let go. */
  async wipe(): Promise<void> {
    const names = [...this.#db.objectStoreNames];
    const tx = this.#db.transaction(names, "readwrite");
    await Promise.all([...names.map((name) => tx.objectStore(name).clear()), tx.done]);
    this.#db.close();
    await deleteDB(databaseName(this.#userId));
  }

  /** Forgets what the server has too, and keeps what it was never told: unsent messages and drafts. */
  async wipeCaches(): Promise<void> {
    const names = [...this.#db.objectStoreNames].filter((name) => name !== "outbox" && name !== "drafts");
    const tx = this.#db.transaction(names, "readwrite");
    await Promise.all([...names.map((name) => tx.objectStore(name).clear()), tx.done]);
    this.#db.close();
  }

  async loadInbox(): Promise<StoredInbox | undefined> {
    const tx = this.#db.transaction(["meta", "inbox", "hidden", "reminders"], "readonly");
    const [cursor, entries, hidden, reminders] = await Promise.all([
      tx.objectStore("meta").get("inbox"),
      tx.objectStore("inbox").getAll(),
      tx.objectStore("hidden").getAll(),
      tx.objectStore("reminders").getAll(),
    ]);
    return typeof cursor === "object" ? { ...cursor, entries, hidden, reminders } : undefined;
  }

  async saveInbox(
    cursor: InboxCursor,
    entries: readonly InboxEntry[],
    hidden: readonly HiddenMessage[],
    isReplacing: boolean,
    reminders: readonly Reminder[] = [],
  ): Promise<void> {
    const tx = this.#db.transaction(["meta", "inbox", "hidden", "reminders"], "readwrite");
    const [inbox, hiding, reminding] = [tx.objectStore("inbox"), tx.objectStore("hidden"), tx.objectStore("reminders")];
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
  }

  async loadChat(chatId: string, messages: number): Promise<StoredChat | undefined> {
    const tx = this.#db.transaction([...CACHE], "readonly");
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
  }

  async applyNews(chatId: string, delta: ChatDelta, arrived: readonly number[]): Promise<boolean> {
    const tx: CacheTransaction = this.#db.transaction([...CACHE, "outbox"], "readwrite");
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
  }

  async replaceChat(stored: StoredChat, arrived: readonly number[]): Promise<void> {
    const { messages, members, receipts, ...rest } = stored;
    const chatId = stored.chat_id;
    const kept = messages.slice(-KEPT_MESSAGES);
    const tx: CacheTransaction = this.#db.transaction([...CACHE, "outbox"], "readwrite");
    clear(tx, chatId);
    void tx.objectStore("chats").put({ ...rest, low: kept[0]?.seq ?? 0, high: kept.at(-1)?.seq ?? 0 });
    for (const message of kept) void tx.objectStore("messages").put(message);
    for (const member of members) void tx.objectStore("members").put({ ...member, chat_id: chatId });
    for (const receipt of receipts) void tx.objectStore("receipts").put({ ...receipt, chat_id: chatId });
    for (const place of arrived) void tx.objectStore("outbox").delete(place);
    await tx.done;
  }

  async mergeMessages(chatId: string, epoch: string, rows: readonly Message[]): Promise<void> {
    const tx: CacheTransaction = this.#db.transaction([...CACHE, "outbox"], "readwrite");
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
  }

  async loadBefore(chatId: string, seq: number, limit: number): Promise<Message[]> {
    const tx = this.#db.transaction(["chats", "messages"], "readonly");
    const row = await tx.objectStore("chats").get(chatId);
    if (!row || row.high === 0 || seq - 1 > row.high || seq - 1 < row.low) return [];
    const range = IDBKeyRange.bound([chatId, Math.max(row.low, seq - limit)], [chatId, seq - 1]);
    return tx.objectStore("messages").getAll(range);
  }

  async purgeChat(chatId: string): Promise<void> {
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
    const tx = this.#db.transaction(names, "readwrite");
    void tx.objectStore("chats").delete(chatId);
    for (const name of ["messages", "members", "receipts", "hidden", "reminders", "choices"] as const)
      void tx.objectStore(name).delete(ofChat(chatId));
    void tx.objectStore("inbox").delete(chatId);
    void tx.objectStore("cursors").delete(chatId);
    void tx.objectStore("thread_reads").delete(chatId);
    void tx.objectStore("scheduled").delete(chatId);
    await tx.done;
  }

  async expire(now: string): Promise<Expired> {
    const tx = this.#db.transaction("messages", "readwrite");
    const index = tx.store.index("expires_at");
    const due = await index.getAll(IDBKeyRange.upperBound(now));
    // A tombstone leaves the index, the chat's own too.
    for (const { expires_at: _, ...rest } of due.filter((message) => message.content === null)) void tx.store.put(rest);
    const over = due.filter((message) => message.content !== null);
    for (const message of over) void tx.store.put(expired(message));
    const [later] = await index.getAll(IDBKeyRange.lowerBound(now, true), 1);
    await tx.done;
    const gone = over.map(({ chat_id, seq }) => ({ chat_id, seq }));
    return { gone, ...(later?.expires_at === undefined ? {} : { next: later.expires_at }) };
  }

  loadChoices(chatId: string): Promise<OwnChoice[]> {
    return this.#db.getAll("choices", ofChat(chatId));
  }

  async saveChoice(choice: OwnChoice): Promise<void> {
    await this.#db.put("choices", choice);
  }

  async loadScheduled(chatId: string): Promise<ScheduledMessage[]> {
    return (await this.#db.get("scheduled", chatId)) ?? [];
  }

  async saveScheduled(chatId: string, messages: readonly ScheduledMessage[]): Promise<void> {
    await this.#db.put("scheduled", [...messages], chatId);
  }

  async loadSkew(): Promise<number> {
    const skew = await this.#db.get("meta", "skew");
    return typeof skew === "number" ? skew : 0;
  }

  async saveSkew(ms: number): Promise<void> {
    await this.#db.put("meta", ms, "skew");
  }

  loadCursors(): Promise<OwnCursors[]> {
    return this.#db.getAll("cursors");
  }

  async saveCursors(cursors: OwnCursors): Promise<void> {
    await this.#db.put("cursors", cursors);
  }

  loadThreadReads(): Promise<OwnThreadReads[]> {
    return this.#db.getAll("thread_reads");
  }

  async saveThreadReads(reads: OwnThreadReads): Promise<void> {
    if (reads.reads.length === 0) await this.#db.delete("thread_reads", reads.chat_id);
    else await this.#db.put("thread_reads", reads);
  }

  loadOutbox(): Promise<OutboxRow[]> {
    return this.#db.getAll("outbox");
  }

  /** Strict: what its writer sees as written survives even the power's end. */
  async addOutbox(row: NewOutboxRow): Promise<OutboxRow> {
    const tx = this.#db.transaction("outbox", "readwrite", { durability: "strict" });
    // The key generator fills `place` in.
    const place = await tx.store.add(row as OutboxRow);
    await tx.done;
    return { ...row, place };
  }

  /** A row that was removed meanwhile stays removed. */
  async updateOutbox(row: OutboxRow): Promise<void> {
    const tx = this.#db.transaction("outbox", "readwrite");
    if ((await tx.store.getKey(row.place)) !== undefined) void tx.store.put(row);
    await tx.done;
  }

  async removeOutbox(place: number): Promise<void> {
    await this.#db.delete("outbox", place);
  }

  async loadDrafts(): Promise<Map<string, StoredDraft>> {
    const tx = this.#db.transaction("drafts", "readonly");
    const [chats, drafts] = await Promise.all([tx.store.getAllKeys(), tx.store.getAll()]);
    return new Map(
      drafts.map((draft, i) => [
        chats[i] ?? "",
        // As the first version of the store kept it: of no known time, and never told.
        typeof draft === "string" ? { text: draft, edited_at: 0, is_owed: true } : draft,
      ]),
    );
  }

  async saveDraft(chatId: string, draft: StoredDraft): Promise<void> {
    const tx = this.#db.transaction("drafts", "readwrite");
    const known = await tx.store.get(chatId);
    const isOld = known !== undefined && typeof known !== "string" && known.edited_at > draft.edited_at;
    if (!isOld) void (isForgettable(draft) ? tx.store.delete(chatId) : tx.store.put(draft, chatId));
    await tx.done;
  }
}

/** All keys of one chat in a store whose keys begin with it. */
const ofChat = (chatId: string): IDBKeyRange => IDBKeyRange.bound([chatId], [chatId, []]);

function bare<T extends { chat_id: string }>(row: T): Omit<T, "chat_id"> {
  const { chat_id: _, ...rest } = row;
  return rest;
}

function clear(tx: CacheTransaction, chatId: string): void {
  for (const name of ["messages", "members", "receipts"] as const) void tx.objectStore(name).delete(ofChat(chatId));
}

/** New messages join at the end; changed ones take their place; those from before the cached stretch are not kept. */
async function putMessages(
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

async function putReceipts(tx: CacheTransaction, chatId: string, receipts: readonly Receipt[]): Promise<void> {
  const store = tx.objectStore("receipts");
  for (const receipt of receipts) {
    const known = await store.get([chatId, receipt.user_id]);
    void store.put({
      chat_id: chatId,
      user_id: receipt.user_id,
      delivered_seq: Math.max(receipt.delivered_seq, known?.delivered_seq ?? 0),
      read_seq: Math.max(receipt.read_seq, known?.read_seq ?? 0),
    });
  }
}
