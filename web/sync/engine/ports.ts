import type { HiddenMessage, InboxEntry, Reminder } from "../../../src/protocol/chat.ts";
import type { UnknownFrame } from "../../../src/protocol/codec.ts";
import type { DownFrame } from "../../../src/protocol/down.ts";
import type { Message } from "../../../src/protocol/message.ts";
import type { DataOf } from "../../../src/protocol/rest.ts";
import type { ScheduledMessage } from "../../../src/protocol/timer-routes.ts";
import type { Cursor, UpFrame } from "../../../src/protocol/up.ts";
import type { NewOutboxRow, OutboxRow } from "./outbox-row.ts";
import type {
  ChatDelta,
  Expired,
  InboxCursor,
  OwnChoice,
  OwnCursors,
  OwnThreadReads,
  SpentDraft,
  StoredChat,
  StoredDraft,
  StoredInbox,
} from "./stored.ts";

/**
 * What the engine needs of the world. It has no timers, sockets or storage of its own, so that the browser, Node and
 * the convergence fuzz run the very same engine, and a test decides what time it is and what the network loses.
 */
export interface Clock {
  /** Epoch milliseconds. */
  now(): number;
  /** Milliseconds from some moment on that nobody sets; may stand still while the device sleeps. */
  monotonic(): number;
  /** Runs once after `ms`; the answer cancels it. */
  after(ms: number, run: () => void): () => void;
}

export type AnyDown = DownFrame | UnknownFrame;

/** Where a socket leads, and where the device stands: it is caught up in the turn in which it attaches. */
export type Target =
  | { kind: "hub"; cursor?: Cursor }
  | { kind: "chat"; chat_id: string; cursor?: Cursor; delivered_seq: number; read_seq: number };

/** One socket. After `closed` nothing more comes of it. */
export interface Link {
  send(frame: UpFrame): void;
  close(): void;
}

export interface LinkEvents {
  opened(): void;
  /** Everything that came in one socket message, in order. */
  received(frames: readonly AnyDown[]): void;
  /** A close code of `CLOSE`, or of RFC 6455; 1006 for a dial that failed. */
  closed(code: number): void;
}

export type Renewal = "renewed" | "rejected" | "unreachable";

export interface Transport {
  dial(target: Target, events: LinkEvents): Link;
  /** A new access token, after a socket was closed with 4401. */
  renew(): Promise<Renewal>;
}

export type HistoryPage = DataOf<"history">;
export type ThreadPage = DataOf<"thread">;
export type ChatsPage = DataOf<"listChats">;
export type HistoryPlace = { before_seq: number } | { after_seq: number } | { around_seq: number };

/** Questions that go over HTTP. They reject with a Fault, `unavailable` when nothing answers. */
export interface Remote {
  history(chatId: string, place: HistoryPlace, limit: number): Promise<HistoryPage>;
  deleteMessage(messageId: string): Promise<Message>;
  /** The latest answers of a thread, or those before a number. */
  thread(rootMessageId: string, beforeSeq: number | undefined, limit: number): Promise<ThreadPage>;
  /** What this person chose in a poll. */
  ownVotes(messageId: string): Promise<number[]>;
  scheduled(chatId: string): Promise<ScheduledMessage[]>;
  /** A page of the inbox. */
  chats(filter: "all" | "archived" | "unlisted", cursor: string | undefined): Promise<ChatsPage>;
}

/** What this device remembers of one person. Calls take effect in the order in which they are made. */
export interface Store {
  loadInbox(): Promise<StoredInbox | undefined>;
  /** Merges entries, hidden messages and reminders, and moves the cursor; `isReplacing` forgets all others first. */
  saveInbox(
    cursor: InboxCursor,
    entries: readonly InboxEntry[],
    hidden: readonly HiddenMessage[],
    isReplacing: boolean,
    reminders?: readonly Reminder[],
  ): Promise<void>;
  loadChat(chatId: string, messages: number): Promise<StoredChat | undefined>;
  /** Rows and cursor in one transaction, with the outbox rows that came back as messages. False: the cached chat does not reach `base`. */
  applyNews(chatId: string, delta: ChatDelta, arrived: readonly number[]): Promise<boolean>;
  /** A snapshot: replaces everything cached of the chat but outbox and draft. */
  replaceChat(chat: StoredChat, arrived: readonly number[]): Promise<void>;
  /** Merges rows without moving the cursor; older ones join only if they touch what is cached. */
  mergeMessages(chatId: string, epoch: string, rows: readonly Message[]): Promise<void>;
  /** Up to `limit` cached messages just below `seq`, oldest first, or none if `seq - 1` is not cached. */
  loadBefore(chatId: string, seq: number, limit: number): Promise<Message[]>;
  purgeChat(chatId: string): Promise<void>;
  /** Empties every cached message up to `seq`: their numbers stay, so that the log has no hole. */
  clearChat(chatId: string, seq: number): Promise<void>;
  /** Empties every cached message whose time is over at `now` (ISO 8601), and says when the next one's is. */
  expire(now: string): Promise<Expired>;

  /** What this person chose in polls of a chat that do not say so themselves. */
  loadChoices(chatId: string): Promise<OwnChoice[]>;
  saveChoice(choice: OwnChoice): Promise<void>;
  /** What waits for its time in a chat, as the server last told it. */
  loadScheduled(chatId: string): Promise<ScheduledMessage[]>;
  saveScheduled(chatId: string, messages: readonly ScheduledMessage[]): Promise<void>;
  /** The server's clock minus this device's, in milliseconds, as it was last known. */
  loadSkew(): Promise<number>;
  saveSkew(ms: number): Promise<void>;

  loadCursors(): Promise<OwnCursors[]>;
  saveCursors(cursors: OwnCursors): Promise<void>;
  loadThreadReads(): Promise<OwnThreadReads[]>;
  /** Replaces those of the chat; none is nothing to remember. */
  saveThreadReads(reads: OwnThreadReads): Promise<void>;

  /** Everything not yet seen in the log, in composing order. */
  loadOutbox(): Promise<OutboxRow[]>;
  /** `spent`: the draft that has become this row; it goes in the same transaction. */
  addOutbox(row: NewOutboxRow, spent?: SpentDraft): Promise<OutboxRow>;
  updateOutbox(row: OutboxRow): Promise<void>;
  removeOutbox(place: number): Promise<void>;

  loadDrafts(): Promise<Map<string, StoredDraft>>;
  /** Keeps the later one by its own time. */
  saveDraft(chatId: string, draft: StoredDraft): Promise<void>;
}

export interface Ports {
  clock: Clock;
  /** 0 ≤ x < 1. */
  random(): number;
  transport: Transport;
  remote: Remote;
  store: Store;
  /** Runs a repaint soon, and once for all that asked for the same: a microtask, or the next frame when there are many. */
  schedule(run: () => void): void;
  /** A store or a listener failed: nothing a person can act on, but never silent. */
  report(error: unknown): void;
}
