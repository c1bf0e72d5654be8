import * as z from "zod/mini";
import { Chat, Delta, HiddenMessage, InboxEntry, Member, Receipt, Reminder, SavedDraft } from "./chat.ts";
import {
  ChatId,
  ClientMsgId,
  CommandId,
  DeviceId,
  Epoch,
  MessageId,
  Rev,
  Seq,
  SessionId,
  Time,
  UserId,
} from "./ids.ts";
import { Message } from "./message.ts";
import { Presence } from "./user.ts";

/**
 * Every frame a server may send: a noun or a past participle each. Tolerant: a client drops fields it does not know
 * and ignores frames it does not know, but for their `rev`, which still moves its cursor.
 *
 * A frame with `base` and `rev` is *news*: it covers (`base`, `rev`] of the chat's clock (see `docs/protocol.md`).
 */
const news = { chat_id: ChatId, base: Rev, rev: Rev };

export const Connected = z.object({
  type: z.literal("CONNECTED"),
  session_id: SessionId,
  user_id: UserId,
  device_id: DeviceId,
  server_time: Time,
  protocol_version: z.int(),
  heartbeat_ms: z.int(),
  /** On a chat socket: the chat. */
  chat_id: z.optional(ChatId),
});

/** To the sending socket alone, once the message is durable. Moves no cursor. */
export const MessageAck = z.object({
  type: z.literal("MESSAGE_ACK"),
  chat_id: ChatId,
  client_msg_id: ClientMsgId,
  server_msg_id: MessageId,
  seq: Seq,
  timestamp: Time,
});
export type MessageAck = z.infer<typeof MessageAck>;

/**
 * To the sending socket alone, once what a command changed is durable; for a repeat too. `rev` is the clock after it:
 * of the chat, or of the inbox for a command about personal state. Moves no cursor.
 */
export const CommandAck = z.object({
  type: z.literal("COMMAND_ACK"),
  chat_id: ChatId,
  command_id: CommandId,
  rev: Rev,
});
export type CommandAck = z.infer<typeof CommandAck>;

/** One new message, to every socket of the chat, the sender's too; with the first message of its thread, which it changed. */
export const MessageReceived = z.object({
  type: z.literal("MESSAGE_RECEIVED"),
  ...news,
  message: Message,
  root: z.optional(Message),
});

/**
 * Messages that changed after they were sent: edited, deleted, reacted to, pinned, voted in; with the notice that says so, if
 * any. `own_vote` goes to the voter's own devices alone, where the poll itself does not name them: what they chose in it now.
 */
export const MessagesChanged = z.object({
  type: z.literal("MESSAGES_CHANGED"),
  ...news,
  ...Delta.shape,
  own_vote: z.optional(z.object({ seq: Seq, option_ids: z.array(z.int()) })),
});
/** People who joined, left, were removed or changed their role; with the notice that says so. */
export const MembersChanged = z.object({ type: z.literal("MEMBERS_CHANGED"), ...news, ...Delta.shape });
/** Name, description or settings; with the notice that says so. */
export const ChatChanged = z.object({ type: z.literal("CHAT_CHANGED"), ...news, ...Delta.shape });
/** Receipts gathered over a moment. */
export const ReceiptsChanged = z.object({ type: z.literal("RECEIPTS_CHANGED"), ...news, ...Delta.shape });
/** Everything between the client's cursor and the head, in one frame. */
export const CaughtUp = z.object({ type: z.literal("CAUGHT_UP"), epoch: Epoch, ...news, ...Delta.shape });

/**
 * The chat as it is now. Replaces everything cached of it but outbox and drafts.
 * `is_complete` is false where the chat has more members than a snapshot carries; the rest is paged over HTTP.
 */
export const Snapshot = z.object({
  type: z.literal("SNAPSHOT"),
  chat_id: ChatId,
  epoch: Epoch,
  rev: Rev,
  head_seq: z.int(),
  chat: Chat,
  members: z.array(Member),
  receipts: z.array(Receipt),
  messages: z.array(Message),
  /** Pinned messages, latest pin first, wherever in the log they stand; absent if there are none. */
  pins: z.optional(z.array(Message)),
  is_complete: z.boolean(),
});
export type Snapshot = z.infer<typeof Snapshot>;

/** Somebody is writing, until `expires_at` at the latest. Never stored, covers no `rev`. */
export const Typing = z.object({
  type: z.literal("TYPING"),
  chat_id: ChatId,
  user_id: UserId,
  is_typing: z.boolean(),
  expires_at: z.optional(Time),
});

export const PresenceBroadcast = z.object({ type: z.literal("PRESENCE_BROADCAST"), ...Presence.shape });

/** Inbox entries that changed; covers (`base`, `rev`] of the inbox's own clock. */
export const InboxChanged = z.object({
  type: z.literal("INBOX_CHANGED"),
  epoch: Epoch,
  base: Rev,
  rev: Rev,
  entries: z.array(InboxEntry),
  hidden: z.optional(z.array(HiddenMessage)),
  /** Long drafts that changed; the entries have their beginnings. */
  drafts: z.optional(z.array(SavedDraft)),
  /** Reminders that were set, changed, taken back or whose time has come. */
  reminders: z.optional(z.array(Reminder)),
});
/**
 * The inbox, latest first; replaces what is cached of it. `is_complete` is false where a person is in more chats than a
 * snapshot carries; the rest is paged over HTTP.
 */
export const InboxSnapshot = z.object({
  type: z.literal("INBOX_SNAPSHOT"),
  epoch: Epoch,
  rev: Rev,
  entries: z.array(InboxEntry),
  is_complete: z.optional(z.boolean()),
  /** Everything the person has hidden from themselves. */
  hidden: z.optional(z.array(HiddenMessage)),
  /** All long drafts. */
  drafts: z.optional(z.array(SavedDraft)),
  /** All reminders that wait or are due. */
  reminders: z.optional(z.array(Reminder)),
});

/** What of the people around somebody has changed. */
export const PeopleReason = z.enum(["friend_request", "contact", "block", "privacy"]);
export type PeopleReason = z.infer<typeof PeopleReason>;

/**
 * To the devices of a person whose contacts, requests, blocks or privacy changed, on whatever device, or who was asked or
 * accepted: whoever shows them asks again. No news: it moves no cursor, and one that is lost is not repeated.
 */
export const PeopleChanged = z.object({ type: z.literal("PEOPLE_CHANGED"), reason: PeopleReason });

/** `timestamp` is the PING's; both are absent in the heartbeat's answer. */
export const Pong = z.object({
  type: z.literal("PONG"),
  timestamp: z.optional(z.union([z.string(), z.number()])),
  server_time: z.optional(Time),
});

/** `code` is one of the table in `error.ts`; `client_msg_id` names the send it refuses; `retry_after` is in seconds. */
export const ErrorFrame = z.object({
  type: z.literal("ERROR"),
  code: z.string(),
  message: z.string(),
  details: z.optional(z.unknown()),
  chat_id: z.optional(ChatId),
  client_msg_id: z.optional(ClientMsgId),
  command_id: z.optional(CommandId),
  retry_after: z.optional(z.number()),
});
export type ErrorFrame = z.infer<typeof ErrorFrame>;

export const DownFrame = z.discriminatedUnion("type", [
  Connected,
  MessageAck,
  CommandAck,
  MessageReceived,
  MessagesChanged,
  MembersChanged,
  ChatChanged,
  ReceiptsChanged,
  CaughtUp,
  Snapshot,
  Typing,
  PresenceBroadcast,
  InboxChanged,
  InboxSnapshot,
  PeopleChanged,
  Pong,
  ErrorFrame,
]);
export type DownFrame = z.infer<typeof DownFrame>;
export type DownType = DownFrame["type"];
export type DownOf<T extends DownType> = Extract<DownFrame, { type: T }>;

/** Frames that cover a stretch of a chat's clock. */
export type NewsFrame = Extract<DownFrame, { base: number; chat_id: string }>;

/** What is left of a news frame whose type a client does not know: it still moves the cursor. */
export const UnknownNews = z.object({ type: z.string(), ...news });
