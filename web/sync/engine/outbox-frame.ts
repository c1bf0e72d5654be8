import { messageId } from "../../../src/protocol/ids.ts";
import type { UpFrame } from "../../../src/protocol/up.ts";
import { contentOf, type OutboxRow, textOf } from "./outbox-row.ts";

/** Two commands that set the same state: the later one says all there is to say. */
export function isSameState(a: OutboxRow, b: OutboxRow): boolean {
  const [one, other] = [a.command, b.command];
  if (!one || !other || a.chat_id !== b.chat_id) return false;
  // A message that is taken back before anybody was told to keep it.
  if (one.type === "SCHEDULE_MESSAGE" && other.type === "CANCEL_SCHEDULED")
    return one.scheduled_id === other.scheduled_id;
  if (one.type !== other.type || !isSameTarget(a, b)) return false;
  switch (one.type) {
    case "EDIT_MESSAGE":
    case "SET_PIN":
    case "SET_VOTE":
    case "CLOSE_POLL":
    case "FOLLOW_THREAD":
    case "SET_REMINDER":
      return true;
    case "SCHEDULE_MESSAGE":
    case "CANCEL_SCHEDULED":
      return other.type === one.type && one.scheduled_id === other.scheduled_id;
    case "SET_REACTION":
      return other.type === "SET_REACTION" && one.emoji === other.emoji;
    case "SET_CHAT_STATE":
      // What the earlier one sets and the later one leaves must still be said.
      return Object.keys(one).every((name) => name in other);
    case "HIDE_MESSAGES":
      return other.type === "HIDE_MESSAGES" && one.seqs.every((seq) => other.seqs.includes(seq));
  }
}

/** A message may be named by its number in one row and by its id in the other. */
const isSameTarget = (a: OutboxRow, b: OutboxRow): boolean =>
  (a.target_seq === b.target_seq && (a.target_seq !== undefined || a.target_id === b.target_id)) ||
  (a.target_id !== undefined && a.target_id === b.target_id);

/** The row as it is sent, the very same every time. */
export function frameOf(row: OutboxRow): UpFrame {
  const { command, chat_id, client_msg_id: command_id } = row;
  const message_id = messageId(chat_id, row.target_seq ?? 0);
  switch (command?.type) {
    case undefined:
      return {
        type: "SEND_MESSAGE",
        client_msg_id: row.client_msg_id,
        seen_seq: row.seen_seq,
        ...contentOf(row),
        ...placesOf(row),
      };
    case "EDIT_MESSAGE":
      return { ...command, message_id, command_id, content: textOf(row) };
    case "SET_REACTION":
    case "SET_PIN":
    case "CLOSE_POLL":
    case "FOLLOW_THREAD":
      return { ...command, message_id, command_id };
    case "SET_VOTE":
      return { type: "SET_VOTE", message_id, command_id, option_ids: [...command.option_ids] };
    case "SCHEDULE_MESSAGE":
      return {
        type: "SCHEDULE_MESSAGE",
        command_id,
        client_msg_id: command.scheduled_id,
        send_at: command.send_at,
        seen_seq: row.seen_seq,
        ...contentOf(row),
        ...placesOf(row),
      };
    case "CANCEL_SCHEDULED":
      return { type: "CANCEL_SCHEDULED", command_id, client_msg_id: command.scheduled_id };
    case "SET_REMINDER":
      return { ...command, chat_id, message_id, command_id };
    case "SET_CHAT_STATE":
      return { ...command, chat_id, command_id };
    case "HIDE_MESSAGES": {
      const message_ids = command.seqs.map((seq) => messageId(chat_id, seq));
      return { type: "HIDE_MESSAGES", chat_id, command_id, message_ids, is_hidden: command.is_hidden };
    }
  }
}

const placesOf = ({ chat_id, reply_to_seq, thread_root_seq, expires_in_s }: OutboxRow) => ({
  ...(reply_to_seq === undefined ? {} : { reply_to_message_id: messageId(chat_id, reply_to_seq) }),
  ...(thread_root_seq === undefined ? {} : { thread_root_message_id: messageId(chat_id, thread_root_seq) }),
  ...(expires_in_s === undefined ? {} : { expires_in_s }),
});
