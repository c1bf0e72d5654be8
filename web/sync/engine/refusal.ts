import type { ErrorCode } from "../../../src/protocol/error.ts";
import type { Refusal } from "../client.ts";
import type { OutboxRow } from "./outbox-row.ts";

/** What the screens are told of a command that was refused; a row without one is a deletion. */
export function refusalOf(row: OutboxRow, code: ErrorCode): Refusal {
  const type = row.command?.type;
  return {
    chat_id: row.chat_id,
    error: `errors.${code}`,
    verb: type === undefined ? "delete" : VERBS[type],
    ...(row.target_seq === undefined ? {} : { seq: row.target_seq }),
    ...(type === "EDIT_MESSAGE" || (type === "SCHEDULE_MESSAGE" && !row.body) ? { text: row.text } : {}),
  };
}

const VERBS = {
  EDIT_MESSAGE: "edit",
  SET_REACTION: "reaction",
  SET_PIN: "pin",
  SET_VOTE: "vote",
  CLOSE_POLL: "vote",
  FOLLOW_THREAD: "thread",
  SCHEDULE_MESSAGE: "schedule",
  CANCEL_SCHEDULED: "schedule",
  SET_REMINDER: "reminder",
  HIDE_MESSAGES: "hide",
  SET_CHAT_STATE: "chat_state",
} as const;
