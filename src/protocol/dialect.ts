import type { DownFrame } from "./down.ts";

/**
 * The second dialect (K5): snake-case frames, chosen by a first frame `auth`. Everything inside Parley speaks the
 * canonical one; this table is the only place that knows the other. Extra fields that its clients send are dropped.
 */
type Fields = Record<string, unknown>;

/** snake-case type → canonical frame. `temp_id` is `client_msg_id`, and a bare string is a text. */
const UPWARD: Record<string, (from: Fields) => Fields> = {
  auth: (from) => pick({ type: "CONNECT" }, from, { token: "token", device_id: "device_id" }),
  join_chat: (from) => pick({ type: "CATCH_UP" }, from, { chat_id: "chat_id" }),
  send_message: (from) => ({
    ...pick({ type: "SEND_MESSAGE" }, from, {
      chat_id: "chat_id",
      message_type: "message_type",
      reply_to_message_id: "reply_to_message_id",
      temp_id: "client_msg_id",
      client_msg_id: "client_msg_id",
    }),
    content: textOf(from.content),
  }),
  message_read: (from) =>
    pick({ type: "MESSAGE_READ" }, from, { chat_id: "chat_id", message_id: "message_id", seq: "seq" }),
  typing_start: (from) => pick({ type: "TYPING_START" }, from, { chat_id: "chat_id" }),
  typing_stop: (from) => pick({ type: "TYPING_STOP" }, from, { chat_id: "chat_id" }),
  presence_update: (from) => pick({ type: "PRESENCE_UPDATE" }, from, { status: "status", activity: "activity" }),
  ping: (from) => pick({ type: "PING" }, from, { timestamp: "timestamp" }),
};

/** Extra fields that clients of the canonical list send by, and where each belongs. */
const CANONICAL_ALIASES: Record<string, (from: Fields) => Fields> = {
  SEND_MESSAGE: (from) => {
    const { temp_id: tempId, content, ...rest } = from;
    return {
      ...rest,
      ...(tempId === undefined || "client_msg_id" in rest ? {} : { client_msg_id: tempId }),
      content: textOf(content),
    };
  },
};

const textOf = (content: unknown): unknown => (typeof content === "string" ? { text: content } : content);

function pick(into: Fields, from: Fields, names: Record<string, string>): Fields {
  const out = { ...into };
  for (const [theirs, ours] of Object.entries(names)) if (from[theirs] !== undefined) out[ours] = from[theirs];
  return out;
}

const isFields = (json: unknown): json is Fields => typeof json === "object" && json !== null && !Array.isArray(json);

/** True if a first frame chooses the second dialect. */
export const isSecondDialect = (json: unknown): boolean => isFields(json) && json.type === "auth";

/** Rewrites a frame of the second dialect; one that it does not know is returned as it is, and refused later by its type. */
export function fromSecondDialect(json: unknown): unknown {
  if (!isFields(json) || typeof json.type !== "string") return json;
  const alias = Object.hasOwn(UPWARD, json.type) ? UPWARD[json.type] : undefined;
  return alias ? alias(json) : json;
}

/** Rewrites the aliases that the canonical dialect allows: `temp_id`, and a bare string as text. */
export function fromAliases(json: unknown): unknown {
  if (!isFields(json) || typeof json.type !== "string") return json;
  if (json.type === "RETRY")
    return {
      ...json,
      original_message: fromAliases({
        type: "SEND_MESSAGE",
        ...(isFields(json.original_message) ? json.original_message : {}),
      }),
    };
  const alias = Object.hasOwn(CANONICAL_ALIASES, json.type) ? CANONICAL_ALIASES[json.type] : undefined;
  return alias ? alias(json) : json;
}

/** What a client of the second dialect is told for a canonical frame: nothing, one frame or several. */
export function toSecondDialect(frame: DownFrame): Fields[] {
  switch (frame.type) {
    case "CONNECTED":
      return [
        { type: "auth_success", user_id: frame.user_id, session_id: frame.session_id, server_time: frame.server_time },
      ];
    case "MESSAGE_ACK":
      return [
        {
          type: "message_sent",
          chat_id: frame.chat_id,
          temp_id: frame.client_msg_id,
          message_id: frame.server_msg_id,
          seq: frame.seq,
          timestamp: frame.timestamp,
        },
      ];
    case "MESSAGE_RECEIVED":
      return [{ type: "new_message", chat_id: frame.chat_id, message: frame.message }];
    case "CAUGHT_UP":
    case "SNAPSHOT":
      return (frame.messages ?? []).map((message) => ({ type: "new_message", chat_id: frame.chat_id, message }));
    case "RECEIPTS_CHANGED":
      return (frame.receipts ?? []).map((receipt) => ({
        type: "message_delivered",
        chat_id: frame.chat_id,
        ...receipt,
      }));
    case "TYPING":
      return [{ type: "user_typing", chat_id: frame.chat_id, user_id: frame.user_id, is_typing: frame.is_typing }];
    case "PRESENCE_BROADCAST":
      return [{ ...frame, type: "presence_update" }];
    case "PONG":
      return [{ ...frame, type: "pong" }];
    case "ERROR":
      return [
        { ...frame, type: "error", ...(frame.client_msg_id === undefined ? {} : { temp_id: frame.client_msg_id }) },
      ];
    default:
      return [];
  }
}
