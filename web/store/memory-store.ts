import { applyNews as applied, mergeRows } from "../../src/domain/delta.ts";
import { expired, isOver } from "../../src/domain/expiry.ts";
import type { HiddenMessage, InboxEntry, Reminder } from "../../src/protocol/chat.ts";
import type { Message } from "../../src/protocol/message.ts";
import type { ScheduledMessage } from "../../src/protocol/timer-routes.ts";
import type { NewOutboxRow, OutboxRow } from "../sync/engine/outbox-row.ts";
import type { Store } from "../sync/engine/ports.ts";
import {
  type ChatDelta,
  type Expired,
  fromStored,
  type InboxCursor,
  isForgettable,
  type OwnChoice,
  type OwnCursors,
  type OwnThreadReads,
  type SpentDraft,
  type StoredChat,
  type StoredDraft,
  type StoredInbox,
  toStored,
} from "../sync/engine/stored.ts";

/**
 * A {@link Store} that lives as long as its tab: for a browser that allows no storage, where the product works and
 * forgets. It obeys the same contract as the one that lasts, and the same tests.
 */
export class MemoryStore implements Store {
  #inbox: StoredInbox | undefined;
  readonly #chats = new Map<string, StoredChat>();
  readonly #cursors = new Map<string, OwnCursors>();
  readonly #threadReads = new Map<string, OwnThreadReads>();
  readonly #outbox = new Map<number, OutboxRow>();
  readonly #drafts = new Map<string, StoredDraft>();
  readonly #choices = new Map<string, OwnChoice>();
  readonly #scheduled = new Map<string, readonly ScheduledMessage[]>();
  #skew = 0;
  #places = 0;

  async loadInbox(): Promise<StoredInbox | undefined> {
    return this.#inbox;
  }

  async saveInbox(
    cursor: InboxCursor,
    entries: readonly InboxEntry[],
    hidden: readonly HiddenMessage[],
    isReplacing: boolean,
    reminders: readonly Reminder[] = [],
  ): Promise<void> {
    const before = isReplacing ? undefined : this.#inbox;
    const known = new Map(before?.entries.map((entry) => [entry.chat_id, entry]));
    const kept = new Map(before?.hidden.map((one) => [`${one.chat_id}.${one.seq}`, one]));
    for (const one of hidden) {
      if (one.is_hidden) kept.set(`${one.chat_id}.${one.seq}`, one);
      else kept.delete(`${one.chat_id}.${one.seq}`);
    }
    const reminded = new Map(before?.reminders.map((one) => [`${one.chat_id}.${one.seq}`, one]));
    for (const one of reminders) {
      if (one.is_removed) reminded.delete(`${one.chat_id}.${one.seq}`);
      else reminded.set(`${one.chat_id}.${one.seq}`, one);
    }
    const removed = new Set<string>();
    for (const entry of entries) {
      if (entry.is_removed) {
        known.delete(entry.chat_id);
        removed.add(entry.chat_id);
      } else known.set(entry.chat_id, entry);
    }
    this.#inbox = {
      ...cursor,
      entries: [...known.values()],
      hidden: [...kept.values()].filter((one) => !removed.has(one.chat_id)),
      reminders: [...reminded.values()].filter((one) => !removed.has(one.chat_id)),
    };
  }

  async loadChat(chatId: string, messages: number): Promise<StoredChat | undefined> {
    const chat = this.#chats.get(chatId);
    return chat && { ...chat, messages: chat.messages.slice(-messages) };
  }

  async applyNews(chatId: string, delta: ChatDelta, arrived: readonly number[]): Promise<boolean> {
    const stored = this.#chats.get(chatId);
    if (!stored || stored.epoch !== delta.epoch || stored.rev < delta.base) return false;
    const low = stored.messages[0]?.seq ?? 1;
    let high = stored.messages.at(-1)?.seq ?? 0;
    const messages = [...(delta.rows.messages ?? [])]
      .sort((a, b) => a.seq - b.seq || a.rev - b.rev)
      .filter((message) => {
        if (high === 0 || message.seq === high + 1) high = message.seq;
        return message.seq >= low && message.seq <= high;
      });
    const next = applied(fromStored(stored), {
      type: "MESSAGES_CHANGED",
      chat_id: chatId,
      base: delta.base,
      rev: Math.max(delta.rev, stored.rev),
      ...delta.rows,
      messages,
    });
    this.#chats.set(chatId, toStored(next));
    for (const place of arrived) this.#outbox.delete(place);
    return true;
  }

  async replaceChat(chat: StoredChat, arrived: readonly number[]): Promise<void> {
    this.#chats.set(chat.chat_id, chat);
    for (const place of arrived) this.#outbox.delete(place);
  }

  async mergeMessages(chatId: string, epoch: string, rows: readonly Message[]): Promise<void> {
    const stored = this.#chats.get(chatId);
    const high = stored?.messages.at(-1)?.seq;
    if (!stored || stored.epoch !== epoch || high === undefined) return;
    let low = stored.messages[0]?.seq ?? 1;
    const messages = [...rows]
      .sort((a, b) => b.seq - a.seq)
      .filter((message) => {
        if (message.seq === low - 1) low = message.seq;
        return message.seq >= low && message.seq <= high;
      });
    this.#chats.set(chatId, toStored(mergeRows(fromStored(stored), { messages })));
  }

  async loadBefore(chatId: string, seq: number, limit: number): Promise<Message[]> {
    const messages = this.#chats.get(chatId)?.messages ?? [];
    if (!messages.some((message) => message.seq === seq - 1)) return [];
    return messages.filter((message) => message.seq < seq && message.seq >= seq - limit);
  }

  async purgeChat(chatId: string): Promise<void> {
    this.#chats.delete(chatId);
    this.#cursors.delete(chatId);
    this.#threadReads.delete(chatId);
    this.#scheduled.delete(chatId);
    for (const [key, choice] of this.#choices) if (choice.chat_id === chatId) this.#choices.delete(key);
    if (this.#inbox) {
      const isOther = (one: { chat_id: string }) => one.chat_id !== chatId;
      const { entries, hidden, reminders } = this.#inbox;
      this.#inbox = {
        ...this.#inbox,
        entries: entries.filter(isOther),
        hidden: hidden.filter(isOther),
        reminders: reminders.filter(isOther),
      };
    }
  }

  async clearChat(chatId: string, seq: number): Promise<void> {
    const chat = this.#chats.get(chatId);
    if (!chat) return;
    const messages = chat.messages.map((one) => (one.seq <= seq && one.content !== null ? expired(one) : one));
    this.#chats.set(chatId, { ...chat, messages });
  }

  async expire(now: string): Promise<Expired> {
    const gone: Expired["gone"] = [];
    let next: string | undefined;
    for (const [chatId, chat] of this.#chats) {
      const messages = chat.messages.map((message) => {
        if (message.expires_at === undefined || message.content === null) return message;
        if (isOver(message, Date.parse(now))) {
          gone.push({ chat_id: chatId, seq: message.seq });
          return expired(message);
        }
        if (next === undefined || message.expires_at < next) next = message.expires_at;
        return message;
      });
      this.#chats.set(chatId, { ...chat, messages });
    }
    return { gone, ...(next === undefined ? {} : { next }) };
  }

  async loadChoices(chatId: string): Promise<OwnChoice[]> {
    return [...this.#choices.values()].filter((choice) => choice.chat_id === chatId);
  }

  async saveChoice(choice: OwnChoice): Promise<void> {
    this.#choices.set(`${choice.chat_id}.${choice.seq}`, choice);
  }

  async loadScheduled(chatId: string): Promise<ScheduledMessage[]> {
    return [...(this.#scheduled.get(chatId) ?? [])];
  }

  async saveScheduled(chatId: string, messages: readonly ScheduledMessage[]): Promise<void> {
    this.#scheduled.set(chatId, messages);
  }

  async loadSkew(): Promise<number> {
    return this.#skew;
  }

  async saveSkew(ms: number): Promise<void> {
    this.#skew = ms;
  }

  async loadCursors(): Promise<OwnCursors[]> {
    return [...this.#cursors.values()];
  }

  async saveCursors(cursors: OwnCursors): Promise<void> {
    this.#cursors.set(cursors.chat_id, cursors);
  }

  async loadThreadReads(): Promise<OwnThreadReads[]> {
    return [...this.#threadReads.values()];
  }

  async saveThreadReads(reads: OwnThreadReads): Promise<void> {
    if (reads.reads.length === 0) this.#threadReads.delete(reads.chat_id);
    else this.#threadReads.set(reads.chat_id, reads);
  }

  async loadOutbox(): Promise<OutboxRow[]> {
    return [...this.#outbox.values()].sort((a, b) => a.place - b.place);
  }

  async addOutbox(row: NewOutboxRow, spent?: SpentDraft): Promise<OutboxRow> {
    if (spent) void this.saveDraft(spent.name, spent.draft);
    const placed = { ...row, place: ++this.#places };
    this.#outbox.set(placed.place, placed);
    return placed;
  }

  async updateOutbox(row: OutboxRow): Promise<void> {
    if (this.#outbox.has(row.place)) this.#outbox.set(row.place, row);
  }

  async removeOutbox(place: number): Promise<void> {
    this.#outbox.delete(place);
  }

  async loadDrafts(): Promise<Map<string, StoredDraft>> {
    return new Map(this.#drafts);
  }

  async saveDraft(chatId: string, draft: StoredDraft): Promise<void> {
    if ((this.#drafts.get(chatId)?.edited_at ?? 0) > draft.edited_at) return;
    if (isForgettable(draft)) this.#drafts.delete(chatId);
    else this.#drafts.set(chatId, draft);
  }
}
