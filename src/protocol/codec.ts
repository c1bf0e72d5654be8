import type * as z from "zod/mini";
import { fromAliases } from "./dialect.ts";
import { DownFrame, UnknownNews } from "./down.ts";
import type { ErrorCode } from "./error.ts";
import { ClientMsgId, CommandId } from "./ids.ts";
import { FRAME_CHARS, FRAMES_PER_ARRAY } from "./limits.ts";
import { UP, type UpFrame } from "./up.ts";

/** The sub-protocol whose clients take and may send arrays of frames. */
export const SUBPROTOCOL = "parley.1";
/** A sub-protocol entry with this prefix carries the access token of an upgrade; it is never selected. */
export const TOKEN_PREFIX = "parley.token.";

/** The heartbeat, to the letter: the platform answers it without waking the object. */
export const HEARTBEAT = '{"type":"PING"}';
export const HEARTBEAT_ANSWER = '{"type":"PONG"}';

/** Why a frame was refused, in the terms of the ERROR frame; `client_msg_id` and `command_id` if the frame had sound ones. */
export interface Refusal {
  code: ErrorCode;
  message: string;
  details?: unknown;
  client_msg_id?: string;
  command_id?: string;
}

export type Decoded = { ok: true; frame: UpFrame } | { ok: false; refusal: Refusal };

/**
 * Reads what a client sent: one frame, or an array of up to 32 from a client that may (`isBatching`).
 * Each frame stands for itself: a bad one is refused and its neighbours are served.
 */
export function decodeUp(data: string | ArrayBuffer, isBatching = false): Decoded[] {
  if (typeof data !== "string") return [refuse("invalid", "Frames are text, not binary.")];
  if (data.length > FRAME_CHARS) return [refuse("too_large", `A frame has at most ${FRAME_CHARS} characters.`)];
  let json: unknown;
  try {
    json = JSON.parse(data);
  } catch {
    return [refuse("invalid", "The frame is not JSON.")];
  }
  if (!Array.isArray(json)) return [readUp(fromAliases(json))];
  if (!isBatching) return [refuse("invalid", `Arrays of frames are for clients of ${SUBPROTOCOL}.`)];
  if (json.length === 0 || json.length > FRAMES_PER_ARRAY)
    return [refuse("invalid", `An array holds 1 to ${FRAMES_PER_ARRAY} frames.`)];
  return json.map((item: unknown) => readUp(fromAliases(item)));
}

/** Checks one parsed frame against the schema of its type. */
export function readUp(json: unknown): Decoded {
  if (typeof json !== "object" || json === null || Array.isArray(json))
    return refuse("invalid", "A frame is a JSON object.");
  const type = "type" in json ? json.type : undefined;
  if (typeof type !== "string" || !Object.hasOwn(UP, type))
    return refuse("unknown_frame", "This type of frame is not known.", json);
  const parsed = UP[type as keyof typeof UP].schema.safeParse(json);
  if (parsed.success) return { ok: true, frame: parsed.data };
  return refuse("invalid", "The frame is not valid.", json, issues(parsed.error));
}

/** What was wrong, where, without repeating what was sent. */
export function issues(error: z.core.$ZodError): { path: string; message: string }[] {
  return error.issues.slice(0, 8).map((issue) => ({ path: issue.path.join("."), message: issue.message }));
}

function refuse(code: ErrorCode, message: string, json?: object, details?: unknown): { ok: false; refusal: Refusal } {
  const original = json && "original_message" in json ? json.original_message : json;
  const named: object = typeof original === "object" && original !== null ? original : {};
  const clientMsgId = ClientMsgId.safeParse("client_msg_id" in named ? named.client_msg_id : undefined);
  const commandId = CommandId.safeParse("command_id" in named ? named.command_id : undefined);
  return {
    ok: false,
    refusal: {
      code,
      message,
      ...(details === undefined ? {} : { details }),
      ...(clientMsgId.success ? { client_msg_id: clientMsgId.data } : {}),
      ...(commandId.success ? { command_id: commandId.data } : {}),
    },
  };
}

/** A frame of a type this client does not know. If it was news, `rev` still moves the cursor. */
export interface UnknownFrame {
  type: "UNKNOWN";
  news?: { chat_id: string; base: number; rev: number };
}

/** Reads what a server sent, tolerantly: unknown fields are dropped, unknown frames kept only for their stretch of the clock. */
export function decodeDown(data: string): (DownFrame | UnknownFrame)[] {
  const json: unknown = JSON.parse(data);
  return (Array.isArray(json) ? json : [json]).map((item: unknown) => {
    const known = DownFrame.safeParse(item);
    if (known.success) return known.data;
    const stretch = UnknownNews.safeParse(item);
    return stretch.success
      ? { type: "UNKNOWN", news: { chat_id: stretch.data.chat_id, base: stretch.data.base, rev: stretch.data.rev } }
      : { type: "UNKNOWN" };
  });
}

export const encodeDown = (frame: DownFrame): string => JSON.stringify(frame);

/** One WebSocket message for a client that takes arrays; a lone frame goes without its brackets. */
export const joinFrames = (pieces: readonly string[]): string =>
  pieces.length === 1 ? (pieces[0] ?? "[]") : `[${pieces.join(",")}]`;
