import * as z from "zod/mini";
import { isOfItsType, LinkPreview, MessageContent, PollState, SendableContent, SendableType } from "./content.ts";
import { ChatId, ClientMsgId, MessageId, Rev, Seq, SeqCursor, Time, UserId } from "./ids.ts";
import { EXPIRY_S } from "./limits.ts";

/** What a chat may hold: `system` notices are written by the chat itself. */
export const MessageType = z.enum([...SendableType.options, "system"]);
export type MessageType = z.infer<typeof MessageType>;

/** One emoji of Unicode's list for general interchange, with its skin tone if any (UTS #51). At most 50 characters. */
export const Emoji = z.string().check(
  z.maxLength(50),
  z.refine((text) => /^\p{RGI_Emoji}$/v.test(text), "not an emoji"),
);

/** An emoji on a message: how many set it, and who, the first 50 of them in the order of setting. */
export const Reaction = z.object({ emoji: z.string(), count: z.int(), user_ids: z.array(UserId) });
export type Reaction = z.infer<typeof Reaction>;

/** Who wrote what was forwarded: the server's word, read with the rights of who forwards. */
export const Forwarded = z.object({ sender_id: UserId, sender_name: z.string(), created_at: Time });
export type Forwarded = z.infer<typeof Forwarded>;

/** What the first message of a thread says of the others: how many answers, the latest time, and its latest three writers. */
export const ThreadSummary = z.object({
  reply_count: z.int(),
  last_reply_at: Time,
  last_reply_seq: Seq,
  user_ids: z.array(UserId),
});
export type ThreadSummary = z.infer<typeof ThreadSummary>;

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
  /** The message whose thread this one belongs to: it is shown there, and counted there as unread. */
  thread_root_message_id: z.optional(MessageId),
  /** Of a message that has a thread. */
  thread: z.optional(ThreadSummary),
  poll: z.optional(PollState),
  link_preview: z.optional(LinkPreview),
  created_at: Time,
  /** When it disappears for everybody; a device that is offline lets it go by its own clock. */
  expires_at: z.optional(Time),
  /** When its text was last changed; what it said before is at `/messages/:id/edits`. */
  edited_at: z.optional(Time),
  deleted_at: z.optional(Time),
  /** A tombstone because its time was over, not because somebody deleted it. */
  is_expired: z.optional(z.literal(true)),
  reactions: z.optional(z.array(Reaction)),
  pinned_at: z.optional(Time),
  forwarded: z.optional(Forwarded),
  is_hidden: z.optional(z.literal(true)),
});
export type Message = z.infer<typeof Message>;

const draft = {
  client_msg_id: ClientMsgId,
  seen_seq: z.optional(SeqCursor),
  message_type: z._default(SendableType, "text"),
  content: SendableContent,
  reply_to_message_id: z.optional(MessageId),
  thread_root_message_id: z.optional(MessageId),
  /** Seconds after which it disappears for everybody, 5 to a year; the chat's own timer if absent. */
  expires_in_s: z.optional(z.int().check(z.gte(EXPIRY_S.min), z.lte(EXPIRY_S.max))),
};

/** Everything that a sender fixes when composing and repeats unchanged with every resend. */
export const Draft = z.strictObject(draft).check(z.refine(isOfItsType, "content is not of this message_type"));
export type Draft = z.infer<typeof Draft>;
