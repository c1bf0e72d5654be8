import { expired, isOver } from "../../../src/domain/expiry.ts";
import type { Mention } from "../../../src/protocol/content.ts";
import { messageId, parseMessageId } from "../../../src/protocol/ids.ts";
import type { Message } from "../../../src/protocol/message.ts";
import type { MessageState, ThreadPicture, TimelineMessage } from "../client.ts";
import { contentOf, type OutboxRow } from "./outbox-row.ts";
import { drawPoll, pollOf } from "./poll-picture.ts";

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
  /** Of a poll: what this person chose. */
  choice?: readonly number[] | undefined;
  /** Epoch milliseconds by the server's clock. */
  now: number;
}

export type Quote = NonNullable<TimelineMessage["reply_to"]>;

/** The last moment that a Date can name. */
const FOR_EVER = 8_640_000_000_000_000;

/** The row keeps its key from composing on: an own message is known by the id its writer's device gave it. */
export const keyOf = (message: Message, me: string): string =>
  message.sender_id === me && message.client_msg_id !== undefined ? message.client_msg_id : message.message_id;

export function drawMessage(given: Message, drawing: Drawing): TimelineMessage {
  const message = isOver(given, drawing.now) ? expired(given) : given;
  const isOwn = message.sender_id === drawing.me && message.message_type !== "system";
  const root = rootOf(message);
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
    ...(root === undefined ? {} : { thread_root_seq: root }),
    // A thread outlives its first message.
    ...(message.thread ? { thread: threadOf(message.thread) } : {}),
  };
  if (message.deleted_at !== undefined || drawing.is_deleted_here)
    return { ...base, kind: "deleted", ...(message.is_expired ? { is_expired: true } : {}) };
  if (message.is_hidden || message.content === null) return { ...base, kind: "hidden" };
  if ("event" in message.content) return { ...base, kind: "notice", notice: message.content };
  const { quote, me } = drawing;
  const mentions = mentionsOf(message);
  const said = saidOf(message, drawing);
  const editableUntil = isOwn && said.kind === "text" ? editableTime(message, drawing.edit_window_s) : undefined;
  const reactions = message.reactions?.map((one) => ({ ...one, is_own: one.user_ids.includes(me) })) ?? [];
  const isMention = !isOwn && (quote?.sender_id === me || isMentioned(mentions, me));
  return {
    ...base,
    ...said,
    ...(mentions.length === 0 ? {} : { mentions }),
    ...(quote ? { reply_to: quote } : {}),
    ...(message.link_preview ? { link_preview: message.link_preview } : {}),
    ...(message.expires_at === undefined ? {} : { expires_at: Date.parse(message.expires_at) }),
    ...(message.edited_at === undefined ? {} : { edited_at: Date.parse(message.edited_at) }),
    ...(reactions.length === 0 ? {} : { reactions }),
    ...(message.pinned_at === undefined ? {} : { is_pinned: true }),
    ...(message.forwarded ? { forwarded_from: message.forwarded.sender_name } : {}),
    ...(isMention ? { is_mention: true } : {}),
    ...(editableUntil === undefined ? {} : { editable_until: editableUntil }),
  };
}

/** What it says, by what it is; a type that this client does not know is an empty text. */
function saidOf(
  message: Message,
  { choice, now }: Pick<Drawing, "choice" | "now">,
): Pick<TimelineMessage, "kind" | "text" | "location" | "contact" | "sticker_id" | "poll"> {
  const { content } = message;
  const poll = pollOf(message);
  if (poll) return { kind: "poll", poll: drawPoll(message, poll, choice ?? [], now) };
  if (content === null) return { kind: "hidden" };
  if ("text" in content) return { kind: "text", text: content.text };
  if ("latitude" in content) return { kind: "location", location: content };
  if ("sticker_id" in content) return { kind: "sticker", sticker_id: content.sticker_id };
  if ("name" in content && message.message_type === "contact" && content.name !== undefined)
    return { kind: "contact", contact: { ...content, name: content.name } };
  return { kind: "text", text: "" };
}

/** The first message of the thread that it belongs to. */
export const rootOf = (message: Pick<Message, "thread_root_message_id">): number | undefined =>
  parseMessageId(message.thread_root_message_id ?? "")?.seq;

const threadOf = (thread: NonNullable<Message["thread"]>): ThreadPicture => ({
  ...thread,
  last_reply_at: Date.parse(thread.last_reply_at),
});

const mentionsOf = ({ content }: Message): readonly Mention[] =>
  content !== null && "mentions" in content ? (content.mentions ?? []) : [];

/** One line of what a message says, for a quote or a list; empty where there is nothing to say. */
export function lineOf({ content }: Pick<Message, "content">): string {
  if (content === null || "event" in content) return "";
  if ("text" in content) return content.text;
  if ("question" in content) return content.question;
  if ("latitude" in content) return content.label ?? "";
  return "name" in content ? (content.name ?? "") : "";
}

/** What a message answers: as little of it as may be shown. `message` is undefined where this device does not know it. */
export function quoteOf(
  messageId: string,
  seq: number,
  message: Message | undefined,
  given: { name: string; is_hidden: boolean; is_deleted: boolean; now: number },
): Quote {
  const base: Quote = { message_id: messageId, seq, sender_name: given.name, kind: "text" };
  if (given.is_hidden || message?.is_hidden) return { ...base, sender_name: "", kind: "hidden" };
  const isOut = message !== undefined && (message.deleted_at !== undefined || isOver(message, given.now));
  if (given.is_deleted || isOut) return { ...base, kind: "deleted" };
  if (!message) return base;
  const quoted: Quote = { ...base, sender_id: message.sender_id };
  if (message.content === null) return { ...quoted, kind: "hidden" };
  if ("event" in message.content) return { ...quoted, kind: "notice" };
  const { kind } = saidOf(message, { choice: undefined, now: given.now });
  return { ...quoted, kind, text: lineOf(message) };
}

/** A forwarded text is another's word, whoever passed it on. */
function editableTime(message: Message, windowS: number | null | undefined): number | undefined {
  if (message.forwarded || windowS === undefined || windowS === 0) return undefined;
  return windowS === null ? FOR_EVER : Date.parse(message.created_at) + windowS * 1_000;
}

const isMentioned = (mentions: readonly Mention[], me: string): boolean =>
  mentions.some((mention) => mention.user_id === me || mention.everyone !== undefined);

/** An unsent message as the log would have it: without a number it has 0. */
export function messageOf(row: OutboxRow, me: string): Message {
  const seq = row.ack?.seq ?? 0;
  const { chat_id, thread_root_seq, expires_in_s } = row;
  const at = row.ack ? Date.parse(row.ack.timestamp) : row.created_at;
  return {
    message_id: messageId(chat_id, seq),
    chat_id,
    seq,
    rev: 0,
    sender_id: me,
    client_msg_id: row.client_msg_id,
    ...contentOf(row),
    ...(thread_root_seq === undefined ? {} : { thread_root_message_id: messageId(chat_id, thread_root_seq) }),
    ...(row.ack && expires_in_s !== undefined ? { expires_at: timeOf(at + expires_in_s * 1_000) } : {}),
    created_at: timeOf(at),
  };
}

const timeOf = (ms: number): string => new Date(ms).toISOString();

/** An unsent message as it is drawn. `message`: what was made of it, see {@link messageOf}. */
export function drawOutbox(row: OutboxRow, message: Message, drawing: Drawing): TimelineMessage {
  const { seq: _, message_id: __, rev: ___, editable_until: ____, ...drawn } = drawMessage(message, drawing);
  return {
    ...drawn,
    key: row.client_msg_id,
    ...(row.ack ? { seq: row.ack.seq, message_id: row.ack.message_id } : {}),
    ...(row.error === undefined ? {} : { error: `errors.${row.error}` }),
  };
}

/** Counts as unread: written by another person, and still there to be read. */
export const isReadable = (message: Message, me: string): boolean =>
  message.sender_id !== me &&
  message.message_type !== "system" &&
  message.deleted_at === undefined &&
  message.is_hidden === undefined &&
  // Counted in its thread.
  message.thread_root_message_id === undefined;
