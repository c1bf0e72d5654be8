import * as z from "zod/mini";
import { Chat, ChatName, ChatSettings, ChatType, Description, Member, Receipt } from "./chat.ts";
import { MessageText, SendableContent } from "./content.ts";
import { ClientMsgId, MessageId, UserId } from "./ids.ts";
import { PEOPLE_PER_REQUEST } from "./limits.ts";
import { Draft, Message } from "./message.ts";
import { limit } from "./page.ts";

/** A place in the log: a message id, or its `seq`. */
const place = z.optional(z.union([MessageId, z.coerce.number().check(z.int(), z.gte(0))]));

/**
 * `participants` are user ids, for a broadcast list its recipients; `chat_name` is needed for all but a direct chat, and
 * `name` is its alias. What is made with a `client_chat_id` is made once: the same person sending the same id again gets
 * the chat that it made.
 */
export const CreateChatBody = z.strictObject({
  chat_type: ChatType,
  chat_name: z.optional(ChatName),
  name: z.optional(ChatName),
  description: z.optional(Description),
  participants: z.array(UserId).check(z.maxLength(PEOPLE_PER_REQUEST)),
  settings: z.optional(z.partial(ChatSettings)),
  client_chat_id: z.optional(ClientMsgId),
});
export const UpdateChatBody = z
  .strictObject({
    name: z.optional(ChatName),
    description: z.optional(Description),
    settings: z.optional(z.partial(ChatSettings)),
  })
  .check(z.refine((b) => Object.keys(b).length > 0, "nothing to change"));

/** A message sent over HTTP. `client_msg_id` is minted by the server if absent, but then a repeat is a second message. */
export const SendBody = z.strictObject({
  ...Draft.shape,
  client_msg_id: z.optional(Draft.shape.client_msg_id),
  /** A bare string is a text. */
  content: z.union([SendableContent, MessageText]),
});

/** A chat with what its reader needs: their own member row, and everybody's if the chat is small. */
export const ChatView = z.object({
  chat: Chat,
  members: z.array(Member),
  receipts: z.array(Receipt),
  me: Member,
  is_complete: z.boolean(),
});
export type ChatView = z.infer<typeof ChatView>;

/** A page of messages, oldest first. `next_before_id` is the cursor to older ones while `has_more`; `next_after_id` to newer ones while `has_newer`. */
export const History = z.object({
  messages: z.array(
    z.extend(Message, {
      sender: z.optional(z.object({ user_id: UserId, username: z.string(), display_name: z.string() })),
    }),
  ),
  has_more: z.boolean(),
  next_before_id: z.optional(MessageId),
  has_newer: z.boolean(),
  next_after_id: z.optional(MessageId),
  head_seq: z.int(),
  rev: z.int(),
});
export type History = z.infer<typeof History>;

/** `search` answers only the messages that hold its words, from the newest back: with it goes `before_id` alone. */
export const HistoryQuery = z
  .strictObject({
    limit,
    before_id: place,
    after_id: place,
    around_id: place,
    search: z.optional(z.string().check(z.trim(), z.minLength(1), z.maxLength(200))),
  })
  .check(
    z.refine(
      (q) => [q.before_id, q.after_id, q.around_id].filter((v) => v !== undefined).length <= 1,
      "one of before_id, after_id, around_id",
    ),
  );
