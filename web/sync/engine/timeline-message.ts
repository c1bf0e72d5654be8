import type { Message } from "../../../src/protocol/message.ts";
import type { MessageState, TimelineMessage } from "../client.ts";
import type { OutboxRow } from "./outbox-row.ts";

/** What a row of the log does not say by itself. */
export interface Drawing {
  me: string;
  sender_name: string;
  /** Of an own message. */
  state: MessageState;
  /** This person has just deleted it; the chat was not told yet. */
  is_deleted_here: boolean;
}

/** The row keeps its key from composing on: an own message is known by the id its writer's device gave it. */
export const keyOf = (message: Message, me: string): string =>
  message.sender_id === me && message.client_msg_id !== undefined ? message.client_msg_id : message.message_id;

export function drawMessage(message: Message, drawing: Drawing): TimelineMessage {
  const isOwn = message.sender_id === drawing.me && message.message_type !== "system";
  const { content } = message;
  const base: TimelineMessage = {
    key: keyOf(message, drawing.me),
    seq: message.seq,
    message_id: message.message_id,
    ...(message.client_msg_id === undefined ? {} : { client_msg_id: message.client_msg_id }),
    sender_id: message.sender_id,
    sender_name: drawing.sender_name,
    is_own: isOwn,
    kind: "text",
    created_at: Date.parse(message.created_at),
    ...(isOwn ? { state: drawing.state } : {}),
  };
  if (message.deleted_at !== undefined || drawing.is_deleted_here) return { ...base, kind: "deleted" };
  if (message.is_hidden || content === null) return { ...base, kind: "hidden" };
  return "event" in content ? { ...base, kind: "notice", notice: content } : { ...base, text: content.text };
}

export function drawOutbox(row: OutboxRow, me: string, name: string, state: MessageState): TimelineMessage {
  return {
    key: row.client_msg_id,
    client_msg_id: row.client_msg_id,
    ...(row.ack ? { seq: row.ack.seq, message_id: row.ack.message_id } : {}),
    sender_id: me,
    sender_name: name,
    is_own: true,
    kind: "text",
    text: row.text,
    created_at: row.ack ? Date.parse(row.ack.timestamp) : row.created_at,
    state,
    ...(row.error === undefined ? {} : { error: `errors.${row.error}` }),
  };
}

/** Counts as unread: written by another person, and still there to be read. */
export const isReadable = (message: Message, me: string): boolean =>
  message.sender_id !== me &&
  message.message_type !== "system" &&
  message.deleted_at === undefined &&
  message.is_hidden === undefined;
