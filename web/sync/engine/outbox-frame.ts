import { messageId } from "../../../src/protocol/ids.ts";
import type { UpFrame } from "../../../src/protocol/up.ts";
import type { OutboxRow } from "./outbox-row.ts";

/** Two commands that set the same state: the later one says all there is to say. */
export function isSameState(a: OutboxRow, b: OutboxRow): boolean {
  const [one, other] = [a.command, b.command];
  if (!one || !other || one.type !== other.type || a.chat_id !== b.chat_id || a.target_seq !== b.target_seq)
    return false;
  switch (one.type) {
    case "EDIT_MESSAGE":
    case "SET_PIN":
      return true;
    case "SET_REACTION":
      return other.type === "SET_REACTION" && one.emoji === other.emoji;
    case "SET_CHAT_STATE":
      // What the earlier one sets and the later one leaves must still be said.
      return Object.keys(one).every((name) => name in other);
    case "HIDE_MESSAGES":
      return other.type === "HIDE_MESSAGES" && one.seqs.every((seq) => other.seqs.includes(seq));
  }
}

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
        message_type: "text",
        content: { text: row.text },
        ...(row.reply_to_seq === undefined ? {} : { reply_to_message_id: messageId(chat_id, row.reply_to_seq) }),
      };
    case "EDIT_MESSAGE":
      return { ...command, message_id, command_id, content: { text: row.text } };
    case "SET_REACTION":
    case "SET_PIN":
      return { ...command, message_id, command_id };
    case "SET_CHAT_STATE":
      return { ...command, chat_id, command_id };
    case "HIDE_MESSAGES": {
      const message_ids = command.seqs.map((seq) => messageId(chat_id, seq));
      return { type: "HIDE_MESSAGES", chat_id, command_id, message_ids, is_hidden: command.is_hidden };
    }
  }
}
