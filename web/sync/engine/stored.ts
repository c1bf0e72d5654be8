import type { ChatState } from "../../../src/domain/delta.ts";
import type { Chat, Delta, HiddenMessage, InboxEntry, Member, Receipt, Reminder } from "../../../src/protocol/chat.ts";
import type { Message } from "../../../src/protocol/message.ts";
import type { Cursor } from "../../../src/protocol/up.ts";

/** Shapes that a device keeps between two runs. */

/** `is_partial`: the snapshot it stands on did not carry all chats, and the rest was not fetched yet. */
export type InboxCursor = Cursor & { is_partial?: true };

export interface StoredInbox extends InboxCursor {
  entries: InboxEntry[];
  /** What the person deleted for themselves. */
  hidden: HiddenMessage[];
  reminders: Reminder[];
}

/** What this person chose in a poll. */
export interface OwnChoice {
  chat_id: string;
  seq: number;
  option_ids: readonly number[];
}

/** Messages that were emptied because their time was over, and when the next one's is: ISO 8601. */
export interface Expired {
  gone: { chat_id: string; seq: number }[];
  next?: string;
}

/** A cached chat: its messages are contiguous and reach the head as it was at `rev`. */
export interface StoredChat {
  chat_id: string;
  epoch: string;
  rev: number;
  chat: Chat;
  members: Member[];
  receipts: Receipt[];
  messages: Message[];
  is_complete: boolean;
}

/** One stretch of news, (`base`, `rev`], of the database life `epoch`. */
export interface ChatDelta {
  epoch: string;
  base: number;
  rev: number;
  rows: Delta;
}

/** How far this device has received, and its person read. `is_owed`: the chat was not told yet. */
export interface OwnCursors {
  chat_id: string;
  delivered_seq: number;
  read_seq: number;
  is_owed: boolean;
}

/** How far the person has read in threads of a chat, where the chat may not know it yet. */
export interface OwnThreadReads {
  chat_id: string;
  reads: (readonly [rootSeq: number, seq: number])[];
}

/** What is being written in a chat. */
export interface StoredDraft {
  /** Empty: thrown away, and the hub was not told yet. */
  text: string;
  /** Epoch milliseconds by this device's clock. */
  edited_at: number;
  /** The hub was not told yet. */
  is_owed: boolean;
}

/** A draft whose text is written as a message now, and how it stands from then on. `name`: as the store has it. */
export interface SpentDraft {
  name: string;
  draft: StoredDraft;
}

/** A draft that nobody has to remember. */
export const isForgettable = (draft: StoredDraft): boolean => draft.text === "" && !draft.is_owed;

export const toStored = (state: ChatState): StoredChat => ({
  chat_id: state.chat_id,
  epoch: state.epoch,
  rev: state.rev,
  chat: state.chat,
  members: [...state.members.values()],
  receipts: [...state.receipts.values()],
  messages: [...state.messages.values()].sort((a, b) => a.seq - b.seq),
  is_complete: state.is_complete,
});

export const fromStored = (stored: StoredChat): ChatState => ({
  chat_id: stored.chat_id,
  epoch: stored.epoch,
  rev: stored.rev,
  chat: stored.chat,
  messages: new Map(stored.messages.map((m) => [m.seq, m])),
  members: new Map(stored.members.map((m) => [m.user_id, m])),
  receipts: new Map(stored.receipts.map((r) => [r.user_id, r])),
  is_complete: stored.is_complete,
});
