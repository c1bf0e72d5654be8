import * as z from "zod/mini";
import { Person } from "./chat.ts";
import { MessageText, TextContent } from "./content.ts";
import { ChatId, ClientMsgId, CommandId, MessageId, Rev, SeqCursor, Time, UserId } from "./ids.ts";
import { Emoji, Message } from "./message.ts";
import type { Route } from "./route.ts";

const chatParams = z.strictObject({ id: ChatId });
const messageParams = z.strictObject({ id: MessageId });

/** Routes about one message: what it is, what is done to it, where else it is sent, and who has it. */
export const MESSAGE_ROUTES = {
  getMessage: {
    method: "GET",
    path: "/messages/:id",
    summary: "One message",
    access: "member",
    params: messageParams,
    status: 200,
    data: Message,
    errors: ["not_found"],
  },
  editMessage: {
    method: "PUT",
    path: "/messages/:id",
    summary: "Change the text of an own message",
    access: "member",
    params: messageParams,
    body: z.strictObject({
      content: z.union([TextContent, MessageText]),
      message_rev: z.optional(Rev),
      command_id: z.optional(CommandId),
    }),
    status: 200,
    data: Message,
    errors: ["not_found", "forbidden", "stale", "too_late", "rate_limited"],
  },
  listEdits: {
    method: "GET",
    path: "/messages/:id/edits",
    summary: "What a message said before it was edited, oldest first",
    access: "member",
    params: messageParams,
    status: 200,
    data: z.object({ edits: z.array(z.object({ content: TextContent, written_at: Time })) }),
    errors: ["not_found"],
  },
  setReaction: {
    method: "POST",
    path: "/messages/:id/reactions",
    summary: "Add or take back a reaction",
    access: "member",
    params: messageParams,
    body: z.strictObject({ emoji: Emoji, is_set: z._default(z.boolean(), true), command_id: z.optional(CommandId) }),
    status: 200,
    data: Message,
    errors: ["not_found", "forbidden", "too_many", "rate_limited"],
  },
  listReactions: {
    method: "GET",
    path: "/messages/:id/reactions",
    summary: "Who reacted with what",
    access: "member",
    params: messageParams,
    status: 200,
    data: z.object({ reactions: z.array(z.object({ emoji: z.string(), people: z.array(Person) })) }),
    errors: ["not_found"],
  },
  delivery: {
    method: "GET",
    path: "/messages/:id/delivery",
    summary: "Who got a message, and who read it",
    access: "member",
    params: messageParams,
    status: 200,
    data: z.object({
      message_id: MessageId,
      recipients: z.array(
        z.object({
          user_id: UserId,
          status: z.enum(["sent", "delivered", "read"]),
          /** When, as far as it is kept: the last eight times that the person received or read something here. */
          delivered_at: z.optional(Time),
          read_at: z.optional(Time),
        }),
      ),
    }),
    errors: ["not_found"],
  },
  forwardMessage: {
    method: "POST",
    path: "/messages/:id/forward",
    summary: "Send a copy to other chats; each target has its own answer",
    access: "member",
    params: messageParams,
    body: z.strictObject({
      targets: z
        .array(
          z.strictObject({ chat_id: ChatId, client_msg_id: z.optional(ClientMsgId), seen_seq: z.optional(SeqCursor) }),
        )
        .check(z.minLength(1), z.maxLength(20)),
    }),
    status: 200,
    data: z.object({
      results: z.array(
        z.object({
          chat_id: ChatId,
          message: z.optional(Message),
          error: z.optional(z.object({ code: z.string(), message: z.string() })),
        }),
      ),
    }),
    errors: ["not_found"],
  },
  pinMessage: {
    method: "POST",
    path: "/chats/:id/pin-message",
    summary: "Pin or unpin a message for everybody",
    access: "member",
    params: chatParams,
    body: z.strictObject({
      message_id: MessageId,
      is_pinned: z._default(z.boolean(), true),
      command_id: z.optional(CommandId),
    }),
    status: 200,
    data: Message,
    errors: ["not_found", "forbidden", "too_many", "rate_limited"],
  },
  listPins: {
    method: "GET",
    path: "/chats/:id/pins",
    summary: "Pinned messages, latest pin first",
    access: "member",
    params: chatParams,
    status: 200,
    data: z.object({ messages: z.array(Message) }),
    errors: ["not_found"],
  },
} as const satisfies Record<string, Route>;
