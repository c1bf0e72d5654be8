import type { Mention } from "../../../src/protocol/content.ts";
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
  /** What it answers. */
  quote?: Quote | undefined;
  /** How long the chat lets a sender change a text; null for ever. */
  edit_window_s?: number | null | undefined;
}

export type Quote = NonNullable<TimelineMessage["reply_to"]> & { sender_id?: string };

/** The last moment that a Date can name. */
const FOR_EVER = 8_640_000_000_000_000;

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
    rev: message.rev,
    ...(isOwn ? { state: drawing.state } : {}),
  };
  if (message.deleted_at !== undefined || drawing.is_deleted_here) return { ...base, kind: "deleted" };
  if (message.is_hidden || content === null) return { ...base, kind: "hidden" };
  if ("event" in content) return { ...base, kind: "notice", notice: content };
  if (!("text" in content)) return { ...base, text: "" };
  const { quote, me } = drawing;
  const editableUntil = isOwn ? editableTime(message, drawing.edit_window_s) : undefined;
  const reactions = message.reactions?.map((one) => ({ ...one, is_own: one.user_ids.includes(me) })) ?? [];
  const isMention = !isOwn && (quote?.sender_id === me || isMentioned(content.mentions ?? [], me));
  return {
    ...base,
    text: content.text,
    ...(quote ? { reply_to: bareQuote(quote) } : {}),
    ...(message.edited_at === undefined ? {} : { edited_at: Date.parse(message.edited_at) }),
    ...(reactions.length === 0 ? {} : { reactions }),
    ...(message.pinned_at === undefined ? {} : { is_pinned: true }),
    ...(message.forwarded ? { forwarded_from: message.forwarded.sender_name } : {}),
    ...(isMention ? { is_mention: true } : {}),
    ...(editableUntil === undefined ? {} : { editable_until: editableUntil }),
  };
}

/** What a message answers: as little of it as may be shown. `message` is undefined where this device does not know it. */
export function quoteOf(
  messageId: string,
  seq: number,
  message: Message | undefined,
  given: { name: string; is_hidden: boolean; is_deleted: boolean },
): Quote {
  const base: Quote = { message_id: messageId, seq, sender_name: given.name, kind: "text" };
  if (given.is_hidden || message?.is_hidden) return { ...base, sender_name: "", kind: "hidden" };
  if (given.is_deleted || message?.deleted_at !== undefined) return { ...base, kind: "deleted" };
  if (!message) return base;
  const quoted: Quote = { ...base, sender_id: message.sender_id };
  if (message.content === null) return { ...quoted, kind: "hidden" };
  if ("event" in message.content) return { ...quoted, kind: "notice" };
  return "text" in message.content ? { ...quoted, text: message.content.text } : quoted;
}

function bareQuote(quote: Quote): NonNullable<TimelineMessage["reply_to"]> {
  const { sender_id: _, ...rest } = quote;
  return rest;
}

/** A forwarded text is another's word, whoever passed it on. */
function editableTime(message: Message, windowS: number | null | undefined): number | undefined {
  if (message.forwarded || windowS === undefined || windowS === 0) return undefined;
  return windowS === null ? FOR_EVER : Date.parse(message.created_at) + windowS * 1_000;
}

const isMentioned = (mentions: readonly Mention[], me: string): boolean =>
  mentions.some((mention) => mention.user_id === me || mention.everyone !== undefined);

export function drawOutbox(
  row: OutboxRow,
  me: string,
  name: string,
  state: MessageState,
  quote?: Quote,
): TimelineMessage {
  return {
    key: row.client_msg_id,
    client_msg_id: row.client_msg_id,
    ...(row.ack ? { seq: row.ack.seq, message_id: row.ack.message_id } : {}),
    sender_id: me,
    sender_name: name,
    is_own: true,
    kind: "text",
    text: row.text,
    ...(quote ? { reply_to: bareQuote(quote) } : {}),
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
