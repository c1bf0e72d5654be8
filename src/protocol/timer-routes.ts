import * as z from "zod/mini";
import { Reminder } from "./chat.ts";
import { MessageText, SendableContent, SendableType, TextContent } from "./content.ts";
import { ChatId, ClientMsgId, CommandId, MessageId, Time } from "./ids.ts";
import { Draft } from "./message.ts";
import type { Route } from "./route.ts";

const chatParams = z.strictObject({ id: ChatId });
const scheduledParams = z.strictObject({ id: ChatId, clientMsgId: ClientMsgId });

/** A message that waits for its time. `error` says why the chat could not send it when the time came. */
export const ScheduledMessage = z.object({
  chat_id: ChatId,
  client_msg_id: ClientMsgId,
  send_at: Time,
  message_type: SendableType,
  content: SendableContent,
  reply_to_message_id: z.optional(MessageId),
  thread_root_message_id: z.optional(MessageId),
  expires_in_s: z.optional(z.int()),
  error: z.optional(z.string()),
});
export type ScheduledMessage = z.infer<typeof ScheduledMessage>;

/** Routes about what happens later: messages that wait for their time, and reminders. */
export const TIMER_ROUTES = {
  listScheduled: {
    method: "GET",
    path: "/chats/:id/scheduled",
    summary: "Your messages that wait for their time, the next first",
    access: "member",
    params: chatParams,
    status: 200,
    data: z.object({ messages: z.array(ScheduledMessage) }),
    errors: ["not_found"],
  },
  scheduleMessage: {
    method: "POST",
    path: "/chats/:id/scheduled",
    summary: "Send a message later; the same client_msg_id again changes what waits",
    access: "member",
    params: chatParams,
    body: z.strictObject({
      message_type: z._default(SendableType, "text"),
      content: z.union([SendableContent, MessageText]),
      client_msg_id: z.optional(ClientMsgId),
      reply_to_message_id: z.optional(MessageId),
      thread_root_message_id: z.optional(MessageId),
      expires_in_s: Draft.shape.expires_in_s,
      send_at: Time,
      command_id: z.optional(CommandId),
    }),
    status: 201,
    data: ScheduledMessage,
    errors: ["not_found", "forbidden", "too_many", "too_late", "id_reused", "rate_limited"],
  },
  changeScheduled: {
    method: "PUT",
    path: "/chats/:id/scheduled/:clientMsgId",
    summary: "Change the time or the text of a message that waits",
    access: "member",
    params: scheduledParams,
    body: z
      .strictObject({
        send_at: z.optional(Time),
        content: z.optional(z.union([TextContent, MessageText])),
        command_id: z.optional(CommandId),
      })
      .check(z.refine((b) => b.send_at !== undefined || b.content !== undefined, "nothing to change")),
    status: 200,
    data: ScheduledMessage,
    errors: ["not_found", "too_late", "rate_limited"],
  },
  cancelScheduled: {
    method: "DELETE",
    path: "/chats/:id/scheduled/:clientMsgId",
    summary: "Take back a message that waits",
    access: "member",
    params: scheduledParams,
    status: 200,
    data: z.object({}),
    errors: ["not_found", "too_late"],
  },
  listReminders: {
    method: "GET",
    path: "/reminders",
    summary: "Your reminders: due ones first, then the next",
    access: "signed_in",
    status: 200,
    data: z.object({ reminders: z.array(Reminder) }),
    errors: [],
  },
  setReminder: {
    method: "PUT",
    path: "/messages/:id/reminder",
    summary: "Be reminded of a message, or no longer",
    access: "member",
    params: z.strictObject({ id: MessageId }),
    body: z.strictObject({ remind_at: z.nullable(Time), command_id: z.optional(CommandId) }),
    status: 200,
    data: Reminder,
    errors: ["not_found", "too_many", "too_late", "rate_limited"],
  },
} as const satisfies Record<string, Route>;
