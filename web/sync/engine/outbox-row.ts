import type { Mention, SendableContent, SendableType } from "../../../src/protocol/content.ts";
import type { MessageAck } from "../../../src/protocol/down.ts";
import { ERRORS, type ErrorCode, isErrorCode } from "../../../src/protocol/error.ts";
import type { MessageRef } from "../client.ts";

/** Refusals and timeouts, while connected, after which a message waits for its writer (K19). */
export const MAX_ATTEMPTS = 5;

/**
 * Where a message of this device stands until it is seen in the log.
 *
 * - `queued`: to be sent as soon as the chat is attached and nothing before it is under way.
 * - `in_flight`: handed to a socket; an answer is awaited.
 * - `held`: refused for now, or unanswered; sent again at a time the lane knows. Those behind it wait.
 * - `failed`: waits for its writer. Those behind it pass.
 * - `acknowledged`: durable in the chat; kept until its row arrives with the news.
 */
export type OutboxPhase = "queued" | "in_flight" | "held" | "failed" | "acknowledged";

/**
 * What a row of kind `command` or `personal` asks for, as its frame says it but for the ids. `message_rev`: the row that
 * the person saw; raised by the acknowledgement of an own edit before it, while never transmitted.
 */
export type Command =
  | { type: "EDIT_MESSAGE"; message_rev: number }
  | { type: "SET_REACTION"; emoji: string; is_set: boolean }
  | { type: "SET_PIN"; is_pinned: boolean }
  | { type: "SET_VOTE"; option_ids: readonly number[] }
  | { type: "CLOSE_POLL" }
  | { type: "FOLLOW_THREAD"; is_following: boolean }
  /** The message itself stands in the row, as that of a `message` does. `scheduled_id`: its `client_msg_id`. */
  | { type: "SCHEDULE_MESSAGE"; scheduled_id: string; send_at: string }
  | { type: "CANCEL_SCHEDULED"; scheduled_id: string }
  | { type: "SET_REMINDER"; remind_at: string | null }
  | ({ type: "SET_CHAT_STATE" } & ChatStateChange)
  | { type: "HIDE_MESSAGES"; seqs: readonly number[]; is_hidden: boolean };

/** What a person sets for a chat for themselves; what is absent stays. `muted_until` in ISO 8601, null takes it back. */
export interface ChatStateChange {
  muted_until?: string | null;
  is_pinned?: boolean;
  is_archived?: boolean;
  is_marked_unread?: boolean;
  /** Everything up to it is gone for the person; it only grows. */
  cleared_seq?: number;
  /** With it: out of the list until something newer comes. */
  is_unlisted?: boolean;
}

export interface NewOutboxRow {
  /**
   * A `message`, or a `command` that changes one, goes to the chat in one lane; a `deletion` goes over HTTP; `personal`
   * is for the hub.
   */
  kind: "message" | "command" | "deletion" | "personal";
  chat_id: string;
  /** Of a command: its `command_id`. Of a deletion: an id for this device alone. */
  client_msg_id: string;
  /** Epoch milliseconds by this device's clock. */
  created_at: number;
  /** The head this device knew when composing: fixed then. */
  seen_seq: number;
  /** Of a message of type `text`, or of an edit; else empty. */
  text: string;
  /** Places of the text that name people. */
  mentions?: readonly Mention[];
  /** Of a message that is no text. */
  body?: MessageBody;
  /** Of a message: seconds until it disappears; without it the chat's own timer. */
  expires_in_s?: number;
  /** Of a message: whose thread it belongs to. */
  thread_root_seq?: number;
  /** Of a message: which one it answers. */
  reply_to_seq?: number;
  /** The same, for one of this device's that had no number when it was answered: its `client_msg_id`. */
  reply_to_id?: string;
  /** Of a deletion or a command: which message. */
  target_seq?: number;
  /** The same, for one of this device's that had no number then. */
  target_id?: string;
  command?: Command;
  phase: OutboxPhase;
  /** It was handed to a socket at least once since it was last known not to be stored: it may arrive. Immutable from here on. */
  is_transmitted: boolean;
  /** Refusals and timeouts while connected. */
  attempts: number;
  error?: ErrorCode;
  ack?: { seq: number; message_id: string; timestamp: string };
  /** Of a command that was done: the clock after it. The row stays until the log is there. */
  done_rev?: number;
}

/** What a message says that is no text. */
export interface MessageBody {
  message_type: Exclude<SendableType, "text">;
  content: SendableContent;
}

/** What a message or an edit says, as its frame has it. */
export function contentOf(row: Pick<NewOutboxRow, "text" | "mentions" | "body">): {
  message_type: SendableType;
  content: SendableContent;
} {
  if (row.body) return row.body;
  return { message_type: "text", content: textOf(row) };
}

export const textOf = (row: Pick<NewOutboxRow, "text" | "mentions">): { text: string; mentions?: Mention[] } => ({
  text: row.text,
  ...(row.mentions && row.mentions.length > 0 ? { mentions: [...row.mentions] } : {}),
});

/** How a row names its message: by number, or by the id of one that has none yet. */
export const targetOf = (ref: MessageRef | undefined): Pick<NewOutboxRow, "target_seq" | "target_id"> =>
  ref === undefined ? {} : typeof ref === "number" ? { target_seq: ref } : { target_id: ref };

/** A command before the store gives it its place. */
export const newCommand = (
  kind: "command" | "personal",
  chatId: string,
  command: Command,
  given: {
    id: string;
    now: number;
    target?: MessageRef | undefined;
    text?: string;
    mentions?: readonly Mention[] | undefined;
  },
): NewOutboxRow => ({
  kind,
  chat_id: chatId,
  client_msg_id: given.id,
  created_at: given.now,
  seen_seq: 0,
  text: given.text ?? "",
  ...(given.mentions === undefined ? {} : { mentions: given.mentions }),
  ...targetOf(given.target),
  command,
  phase: "queued",
  is_transmitted: false,
  attempts: 0,
});

/** `place` is given by the store and grows: composing order, across tabs and restarts. */
export interface OutboxRow extends NewOutboxRow {
  place: number;
}

export type OutboxEvent =
  | { type: "transmitted" }
  | { type: "acknowledged"; ack: Pick<MessageAck, "seq" | "server_msg_id" | "timestamp"> }
  /** A command took effect; the news of it is at `rev`, or before. */
  | { type: "done"; rev: number }
  | { type: "refused"; code: string }
  | { type: "timed_out" }
  /** The socket is gone, the answer with it. Never a failure. */
  | { type: "cut" }
  /** The time of a held row has come. */
  | { type: "released" }
  /** "Tap to try again." */
  | { type: "retried" }
  /** The chat is closed to this person. */
  | { type: "given_up"; code: ErrorCode }
  /** A snapshot ends before the row's acknowledged place: that database was restored to an earlier day. */
  | { type: "forgotten" };

/**
 * The state machine of one message, pure: the next row, or the same one where the event means nothing to it.
 * The content, `client_msg_id` and `seen_seq` never change.
 */
export function step(row: OutboxRow, event: OutboxEvent): OutboxRow {
  const { phase } = row;
  switch (event.type) {
    case "transmitted":
      return phase === "queued" ? { ...row, phase: "in_flight", is_transmitted: true } : row;
    case "acknowledged": {
      // Also from `held` or `failed`: a late answer is still the answer.
      if (phase === "acknowledged") return row;
      const { error: _, ...rest } = row;
      const { seq, server_msg_id: message_id, timestamp } = event.ack;
      return { ...rest, phase: "acknowledged", is_transmitted: true, ack: { seq, message_id, timestamp } };
    }
    case "done":
      return phase === "acknowledged"
        ? row
        : { ...row, phase: "acknowledged", is_transmitted: true, done_rev: event.rev };
    case "refused":
      return phase === "in_flight" ? refused(row, event.code) : row;
    case "timed_out":
      if (phase !== "in_flight") return row;
      return row.attempts + 1 >= MAX_ATTEMPTS
        ? { ...row, phase: "failed", attempts: row.attempts + 1, error: "unavailable" }
        : { ...row, phase: "held", attempts: row.attempts + 1 };
    case "cut":
      return phase === "in_flight" || phase === "held" ? { ...row, phase: "queued" } : row;
    case "released":
      return phase === "held" ? { ...row, phase: "queued" } : row;
    case "retried": {
      if (phase !== "failed") return row;
      const { error: _, ...rest } = row;
      return { ...rest, phase: "queued", attempts: 0 };
    }
    case "given_up":
      return phase === "acknowledged" || phase === "failed" ? row : { ...row, phase: "failed", error: event.code };
    case "forgotten": {
      if (phase !== "acknowledged") return row;
      const { ack: _, ...rest } = row;
      return { ...rest, phase: "queued", is_transmitted: false, attempts: 0 };
    }
  }
}

/** A refusal is an answer: the chat looked for the id and does not have it, so the row may be thrown away again. */
function refused(row: OutboxRow, code: string): OutboxRow {
  const known: ErrorCode = isErrorCode(code) ? code : "internal";
  const { retry } = ERRORS[known];
  // A command that was made for another picture of the chat does not become right by being repeated.
  if (row.kind !== "message" && retry === "catch_up")
    return { ...row, phase: "failed", is_transmitted: false, error: known };
  if (retry === "refresh") return { ...row, phase: "queued" };
  const attempts = row.attempts + 1;
  const isFinal = retry === "never" || attempts >= MAX_ATTEMPTS;
  return isFinal
    ? { ...row, phase: "failed", is_transmitted: false, attempts, error: known }
    : { ...row, phase: "held", is_transmitted: false, attempts };
}

/** The row as it is after a restart: what was under way is sent again, unchanged. */
export const afterRestart = (row: OutboxRow): OutboxRow =>
  row.phase === "in_flight" || row.phase === "held" ? { ...row, phase: "queued" } : row;
