import type { Message } from "../protocol/message.ts";

/** Is a message's time over at this moment, in epoch milliseconds of the server's clock? */
export const isOver = (message: Pick<Message, "expires_at" | "content">, now: number): boolean =>
  message.expires_at !== undefined && message.content !== null && Date.parse(message.expires_at) <= now;

/** The message, or what is left of it at this moment. */
export const unlessOver = (message: Message, now: number): Message =>
  isOver(message, now) ? expired(message) : message;

/**
 * A message as it is once its time is over: the tombstone that the chat will tell of, made by the device itself. It has
 * the same `rev`, so that the chat's own word takes its place.
 */
export function expired(message: Message): Message {
  const { message_id, chat_id, seq, rev, sender_id, client_msg_id, seen_seq, message_type, created_at } = message;
  const { thread_root_message_id, thread, expires_at = created_at } = message;
  return {
    message_id,
    chat_id,
    seq,
    rev,
    sender_id,
    ...(client_msg_id === undefined ? {} : { client_msg_id }),
    ...(seen_seq === undefined ? {} : { seen_seq }),
    message_type,
    content: null,
    ...(thread_root_message_id === undefined ? {} : { thread_root_message_id }),
    ...(thread === undefined ? {} : { thread }),
    created_at,
    deleted_at: expires_at,
    is_expired: true,
  };
}
