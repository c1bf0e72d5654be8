import * as z from "zod/mini";
import { isOfItsType, OptionId, TextContent } from "./content.ts";
import {
  ChatId,
  ClientMsgId,
  CommandId,
  DeviceId,
  Epoch,
  MessageId,
  Rev,
  Seq,
  SeqCursor,
  Time,
  UserId,
} from "./ids.ts";
import { MESSAGES_PER_COMMAND, POLL_OPTIONS, PRESENCE_SUBJECTS, TEXT_BYTES } from "./limits.ts";
import { Draft, Emoji } from "./message.ts";

/**
 * Every frame a client may send: an imperative each. Strict: an unknown field is an error.
 *
 * `chat_id` may be left out on a chat socket, where it can only be that chat; on the hub's socket it is required.
 */
const chat = { chat_id: z.optional(ChatId) };

/** First frame on `/api/v1/ws` when the upgrade carried no token (K6). The token decides; `user_id` must agree with it. */
export const Connect = z.strictObject({
  type: z.literal("CONNECT"),
  token: z.string().check(z.minLength(1), z.maxLength(4_096)),
  user_id: z.optional(UserId),
  device_id: z.optional(DeviceId),
});

/** Answered by MESSAGE_ACK, for a repeat by the first answer. */
export const SendMessage = z
  .strictObject({ type: z.literal("SEND_MESSAGE"), ...chat, ...Draft.shape })
  .check(z.refine(isOfItsType, "content is not of this message_type"));

/** The same SEND_MESSAGE again, unchanged. */
export const RetryFrame = z.strictObject({ type: z.literal("RETRY"), original_message: SendMessage });

/** Deletes a message for everyone; a tombstone stays. May be repeated without a second effect. */
export const DeleteMessage = z.strictObject({ type: z.literal("DELETE_MESSAGE"), ...chat, message_id: MessageId });

/**
 * Replaces the text of an own message. `message_rev` is the `rev` of the message that was edited: if it has
 * changed since, the answer is `stale`. Answered by COMMAND_ACK, for a repeat too.
 */
export const EditMessage = z.strictObject({
  type: z.literal("EDIT_MESSAGE"),
  ...chat,
  message_id: MessageId,
  command_id: CommandId,
  message_rev: Rev,
  content: TextContent,
});

/** Sets or takes back an own reaction: a state, not a toggle. */
export const SetReaction = z.strictObject({
  type: z.literal("SET_REACTION"),
  ...chat,
  message_id: MessageId,
  command_id: CommandId,
  emoji: Emoji,
  is_set: z.boolean(),
});

/** Pins or unpins a message for everybody. */
export const SetPin = z.strictObject({
  type: z.literal("SET_PIN"),
  ...chat,
  message_id: MessageId,
  command_id: CommandId,
  is_pinned: z.boolean(),
});

/**
 * Sends a copy of a message of another chat, or of this one. The server reads the source with the sender's
 * rights; attribution is never the client's word. Answered like SEND_MESSAGE.
 */
export const ForwardMessage = z.strictObject({
  type: z.literal("FORWARD_MESSAGE"),
  ...chat,
  client_msg_id: ClientMsgId,
  seen_seq: z.optional(SeqCursor),
  source_message_id: MessageId,
});

/** Sets the options that this person chooses in a poll; an empty list takes the vote back. A state, not a toggle. */
export const SetVote = z.strictObject({
  type: z.literal("SET_VOTE"),
  ...chat,
  message_id: MessageId,
  command_id: CommandId,
  option_ids: z.array(OptionId).check(z.maxLength(POLL_OPTIONS)),
});

/** Ends a poll: its sender may, and staff. */
export const ClosePoll = z.strictObject({
  type: z.literal("CLOSE_POLL"),
  ...chat,
  message_id: MessageId,
  command_id: CommandId,
});

/** Follows the thread of a message, or stops to. Who starts it, answers in it or is mentioned follows by themselves. */
export const FollowThread = z.strictObject({
  type: z.literal("FOLLOW_THREAD"),
  ...chat,
  message_id: MessageId,
  command_id: CommandId,
  is_following: z.boolean(),
});

/** Everything up to `seq` was read in a thread. Its cursor only moves forward. */
export const ReadThread = z.strictObject({
  type: z.literal("READ_THREAD"),
  ...chat,
  message_id: MessageId,
  seq: Seq,
});

/**
 * Keeps a message until `send_at`, when the chat itself sends it, its sender online or not. Sent again with
 * another `command_id` it replaces what waits under its `client_msg_id`.
 */
export const ScheduleMessage = z
  .strictObject({
    type: z.literal("SCHEDULE_MESSAGE"),
    ...chat,
    command_id: CommandId,
    send_at: Time,
    ...Draft.shape,
  })
  .check(z.refine(isOfItsType, "content is not of this message_type"));

/** Takes back a message that waits for its time. */
export const CancelScheduled = z.strictObject({
  type: z.literal("CANCEL_SCHEDULED"),
  ...chat,
  command_id: CommandId,
  client_msg_id: ClientMsgId,
});

/** Reminds this person of a message, at a time; null takes the reminder back, or says that it was seen. */
export const SetReminder = z.strictObject({
  type: z.literal("SET_REMINDER"),
  chat_id: ChatId,
  message_id: MessageId,
  command_id: CommandId,
  remind_at: z.nullable(Time),
});

/** Sets what a chat is to this person alone; what is absent stays as it is, null takes back. */
export const SetChatState = z.strictObject({
  type: z.literal("SET_CHAT_STATE"),
  chat_id: ChatId,
  command_id: CommandId,
  muted_until: z.optional(z.nullable(Time)),
  is_pinned: z.optional(z.boolean()),
  is_archived: z.optional(z.boolean()),
  is_marked_unread: z.optional(z.boolean()),
  /** Everything up to it is gone for the person. It only grows: a lower number than the one that stands changes nothing. */
  cleared_seq: z.optional(SeqCursor),
  /** With it: the chat leaves the list until something newer comes. */
  is_unlisted: z.optional(z.boolean()),
});

/** Keeps a draft for the person's other devices. An older `edited_at` than the stored one changes nothing. */
export const SaveDraft = z.strictObject({
  type: z.literal("SAVE_DRAFT"),
  chat_id: ChatId,
  text: z.string().check(z.maxLength(TEXT_BYTES)),
  edited_at: Time,
});

/** Deletes messages for this person alone, or shows them again. */
export const HideMessages = z.strictObject({
  type: z.literal("HIDE_MESSAGES"),
  chat_id: ChatId,
  command_id: CommandId,
  message_ids: z.array(MessageId).check(z.minLength(1), z.maxLength(MESSAGES_PER_COMMAND)),
  is_hidden: z.boolean(),
});

/** Everything up to `seq` was received by this device, or was read by the person. Cursors only move forward. */
export const MessageDelivered = z.strictObject({ type: z.literal("MESSAGE_DELIVERED"), ...chat, seq: Seq });
export const MessageRead = z.strictObject({
  type: z.literal("MESSAGE_READ"),
  ...chat,
  seq: z.optional(Seq),
  message_id: z.optional(MessageId),
});

export const TypingStart = z.strictObject({ type: z.literal("TYPING_START"), ...chat });
export const TypingStop = z.strictObject({ type: z.literal("TYPING_STOP"), ...chat });

/**
 * Asks for everything after a cursor; without one, for a snapshot. Answered by CAUGHT_UP or SNAPSHOT.
 * On the hub's socket this is also how a client opens a chat.
 */
export const CatchUp = z.strictObject({
  type: z.literal("CATCH_UP"),
  ...chat,
  epoch: z.optional(Epoch),
  rev: z.optional(Rev),
});

/** The device has applied the chat's news up to `rev`; at least every 64 news frames, so that a slow reader is known. */
export const Acknowledge = z.strictObject({ type: z.literal("ACKNOWLEDGE"), ...chat, rev: Rev });

/** The same for the inbox: also says that the device has the previews up to there (they count as delivered). */
export const AcknowledgeInbox = z.strictObject({ type: z.literal("ACKNOWLEDGE_INBOX"), rev: Rev });

/** Asks for the inbox after a cursor; answered by INBOX_CHANGED or INBOX_SNAPSHOT. */
export const CatchUpInbox = z.strictObject({
  type: z.literal("CATCH_UP_INBOX"),
  epoch: z.optional(Epoch),
  rev: z.optional(Rev),
});

/**
 * Replaces the set of people whose presence this socket is told; each with a chat that both are members of.
 * Leased for 60 s: send it again before that. Answered by one PRESENCE_BROADCAST each.
 */
export const SubscribePresence = z.strictObject({
  type: z.literal("SUBSCRIBE_PRESENCE"),
  subjects: z.array(z.strictObject({ user_id: UserId, chat_id: ChatId })).check(z.maxLength(PRESENCE_SUBJECTS)),
});

/**
 * What the device's person is doing: `online` with every sign of use, from which the hub counts to idle, away and
 * offline (K16); `away` when the device knows better; `busy` and `do_not_disturb` are the person's own word.
 */
export const PresenceUpdate = z.strictObject({
  type: z.literal("PRESENCE_UPDATE"),
  status: z.enum(["online", "away", "busy", "do_not_disturb"]),
  activity: z.optional(z.string().check(z.maxLength(64))),
});

/** With a timestamp the answer tells the clocks' difference. Exactly `{"type":"PING"}` is the heartbeat, answered without waking anything. */
export const Ping = z.strictObject({
  type: z.literal("PING"),
  timestamp: z.optional(z.union([z.string().check(z.maxLength(40)), z.number()])),
});

/** Where a frame may be sent: a chat's socket, the hub's, or both. */
export type Place = "chat" | "hub" | "both";

/** The map of the way up: every frame, where it may be sent, and what answers it. */
export const UP = {
  CONNECT: { schema: Connect, place: "hub", answer: "CONNECTED" },
  SEND_MESSAGE: { schema: SendMessage, place: "both", answer: "MESSAGE_ACK" },
  RETRY: { schema: RetryFrame, place: "both", answer: "MESSAGE_ACK" },
  DELETE_MESSAGE: { schema: DeleteMessage, place: "both", answer: "MESSAGES_CHANGED" },
  EDIT_MESSAGE: { schema: EditMessage, place: "both", answer: "COMMAND_ACK" },
  SET_REACTION: { schema: SetReaction, place: "both", answer: "COMMAND_ACK" },
  SET_PIN: { schema: SetPin, place: "both", answer: "COMMAND_ACK" },
  FORWARD_MESSAGE: { schema: ForwardMessage, place: "both", answer: "MESSAGE_ACK" },
  SET_VOTE: { schema: SetVote, place: "both", answer: "COMMAND_ACK" },
  CLOSE_POLL: { schema: ClosePoll, place: "both", answer: "COMMAND_ACK" },
  FOLLOW_THREAD: { schema: FollowThread, place: "both", answer: "COMMAND_ACK" },
  READ_THREAD: { schema: ReadThread, place: "both", answer: "INBOX_CHANGED" },
  SCHEDULE_MESSAGE: { schema: ScheduleMessage, place: "both", answer: "COMMAND_ACK" },
  CANCEL_SCHEDULED: { schema: CancelScheduled, place: "both", answer: "COMMAND_ACK" },
  SET_REMINDER: { schema: SetReminder, place: "hub", answer: "COMMAND_ACK" },
  SET_CHAT_STATE: { schema: SetChatState, place: "hub", answer: "COMMAND_ACK" },
  SAVE_DRAFT: { schema: SaveDraft, place: "hub", answer: "INBOX_CHANGED" },
  HIDE_MESSAGES: { schema: HideMessages, place: "hub", answer: "COMMAND_ACK" },
  MESSAGE_DELIVERED: { schema: MessageDelivered, place: "both", answer: "RECEIPTS_CHANGED" },
  MESSAGE_READ: { schema: MessageRead, place: "both", answer: "RECEIPTS_CHANGED" },
  TYPING_START: { schema: TypingStart, place: "both", answer: "TYPING" },
  TYPING_STOP: { schema: TypingStop, place: "both", answer: "TYPING" },
  CATCH_UP: { schema: CatchUp, place: "both", answer: "CAUGHT_UP" },
  ACKNOWLEDGE: { schema: Acknowledge, place: "both", answer: null },
  ACKNOWLEDGE_INBOX: { schema: AcknowledgeInbox, place: "hub", answer: null },
  CATCH_UP_INBOX: { schema: CatchUpInbox, place: "hub", answer: "INBOX_CHANGED" },
  SUBSCRIBE_PRESENCE: { schema: SubscribePresence, place: "hub", answer: "PRESENCE_BROADCAST" },
  PRESENCE_UPDATE: { schema: PresenceUpdate, place: "hub", answer: "PRESENCE_BROADCAST" },
  PING: { schema: Ping, place: "both", answer: "PONG" },
} as const satisfies Record<string, { schema: z.ZodMiniType; place: Place; answer: string | null }>;

export const UpFrame = z.discriminatedUnion("type", [
  Connect,
  SendMessage,
  RetryFrame,
  DeleteMessage,
  EditMessage,
  SetReaction,
  SetPin,
  ForwardMessage,
  SetVote,
  ClosePoll,
  FollowThread,
  ReadThread,
  ScheduleMessage,
  CancelScheduled,
  SetReminder,
  SetChatState,
  SaveDraft,
  HideMessages,
  MessageDelivered,
  MessageRead,
  TypingStart,
  TypingStop,
  CatchUp,
  Acknowledge,
  AcknowledgeInbox,
  CatchUpInbox,
  SubscribePresence,
  PresenceUpdate,
  Ping,
]);
export type UpFrame = z.infer<typeof UpFrame>;
export type UpType = UpFrame["type"];
export type UpOf<T extends UpType> = Extract<UpFrame, { type: T }>;

/** A cursor over a chat or an inbox, as it stands in the query of an upgrade: `?epoch=…&rev=…`. */
export const Cursor = z.object({ epoch: Epoch, rev: Rev });
export type Cursor = z.infer<typeof Cursor>;

/** The query of a chat socket's upgrade: where the device stands, and its receipt cursors restated. */
export const ConnectQuery = z.object({
  epoch: z.optional(Epoch),
  rev: z.optional(z.coerce.number().check(z.int(), z.gte(0))),
  delivered_seq: z.optional(z.coerce.number().check(z.int(), z.gte(0))),
  read_seq: z.optional(z.coerce.number().check(z.int(), z.gte(0))),
});
export type ConnectQuery = z.infer<typeof ConnectQuery>;

/** The query of the hub socket's upgrade. `feed=inbox` is told the inbox alone, `feed=all` (the default) every chat's news too. */
export const HubQuery = z.object({
  feed: z.optional(z.enum(["all", "inbox"])),
  epoch: z.optional(Epoch),
  rev: z.optional(z.coerce.number().check(z.int(), z.gte(0))),
  device_id: z.optional(DeviceId),
});
export type HubQuery = z.infer<typeof HubQuery>;
