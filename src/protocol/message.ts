import * as z from "zod/mini";
import { ChatId, ClientMsgId, MessageId, Rev, Seq, SeqCursor, Time, UserId } from "./ids.ts";
import { TEXT_BYTES } from "./limits.ts";
import { Role } from "./role.ts";
import { isVisible } from "./text.ts";

const encoder = new TextEncoder();

/** 1 to 65,536 bytes of UTF-8, at least one character that can be seen, no lone surrogate. */
export const MessageText = z.string().check(
  z.refine(isVisible, "a message needs something to see"),
  z.refine((text) => encoder.encode(text).byteLength <= TEXT_BYTES, `at most ${TEXT_BYTES} bytes of UTF-8`),
  z.refine((text) => text.isWellFormed(), "not well-formed Unicode"),
);

/** What people may send (K10); further types join with the capability that brings them. */
export const SendableType = z.enum(["text"]);
/** What a chat may hold: `system` notices are written by the chat itself. */
export const MessageType = z.enum(["text", "system"]);
export type MessageType = z.infer<typeof MessageType>;

/** Content of a message of type `text`. */
export const TextContent = z.strictObject({ text: MessageText });

/**
 * Content of a message of type `system`: what happened, to be worded by the client in its language.
 * `actor_id` did it, `user_ids` it was done to.
 */
export const NoticeContent = z.object({
  event: z.enum([
    "chat_created",
    "members_added",
    "member_removed",
    "member_left",
    "role_changed",
    "chat_renamed",
    "chat_described",
  ]),
  actor_id: UserId,
  user_ids: z.optional(z.array(UserId)),
  name: z.optional(z.string()),
  role: z.optional(Role),
});
export type NoticeContent = z.infer<typeof NoticeContent>;

/** Content as the server serves it: a text, or a notice. */
export const MessageContent = z.union([NoticeContent, z.object({ text: z.string() })]);
export type MessageContent = z.infer<typeof MessageContent>;

/**
 * One row of a chat's log. `content` is null in a stub: a message that was deleted (`deleted_at`) or that this member
 * may not see (`is_hidden`); the number stays, so that no one's log has a hole. Rows merge by `rev`, the higher wins.
 */
export const Message = z.object({
  message_id: MessageId,
  chat_id: ChatId,
  seq: Seq,
  /** The chat's clock when this row last changed. */
  rev: Rev,
  sender_id: UserId,
  /** Absent in notices and hidden stubs. */
  client_msg_id: z.optional(ClientMsgId),
  /** The head that the sender's device knew when composing: everything up to it may have been a cause. */
  seen_seq: z.optional(SeqCursor),
  message_type: MessageType,
  content: z.nullable(MessageContent),
  reply_to_message_id: z.optional(MessageId),
  created_at: Time,
  deleted_at: z.optional(Time),
  is_hidden: z.optional(z.literal(true)),
});
export type Message = z.infer<typeof Message>;

/** Everything that a sender fixes when composing and repeats unchanged with every resend. */
export const Draft = z.strictObject({
  client_msg_id: ClientMsgId,
  seen_seq: z.optional(SeqCursor),
  message_type: z._default(SendableType, "text"),
  content: TextContent,
  reply_to_message_id: z.optional(MessageId),
});
export type Draft = z.infer<typeof Draft>;
