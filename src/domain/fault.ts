import type { ErrorFrame } from "../protocol/down.ts";
import { ERRORS, type ErrorCode, type ErrorRow, isErrorCode } from "../protocol/error.ts";

/** What a fault may say beside its code. `details` is shown to the caller: never put anything of the inside there. */
export interface FaultOptions {
  message?: string;
  details?: unknown;
  /** Seconds. */
  retry_after?: number;
}

/**
 * A failure with a row in `ERRORS`: the one error that is thrown on purpose, anywhere.
 * Recognise it with {@link asFault}, never by `instanceof`: over RPC its fields arrive and its prototype does not.
 */
export class Fault extends Error {
  override readonly name = "Fault";
  readonly code: ErrorCode;
  readonly details: unknown;
  readonly retry_after: number | undefined;

  constructor(code: ErrorCode, options: FaultOptions = {}) {
    super(options.message ?? ERRORS[code].says);
    this.code = code;
    this.details = options.details;
    this.retry_after = options.retry_after;
  }
}

/** The fault in a thrown value, also one that crossed RPC; undefined if it is any other error, which nobody outside may see. */
export function asFault(thrown: unknown): Fault | undefined {
  if (typeof thrown !== "object" || thrown === null || !("name" in thrown) || thrown.name !== "Fault") return undefined;
  const code = "code" in thrown ? thrown.code : undefined;
  if (!isErrorCode(code)) return undefined;
  if (thrown instanceof Fault) return thrown;
  const message = "message" in thrown && typeof thrown.message === "string" ? thrown.message : undefined;
  const after = "retry_after" in thrown && typeof thrown.retry_after === "number" ? thrown.retry_after : undefined;
  return new Fault(code, {
    ...(message === undefined ? {} : { message }),
    ...("details" in thrown && thrown.details !== undefined ? { details: thrown.details } : {}),
    ...(after === undefined ? {} : { retry_after: after }),
  });
}

export const rowOf = (fault: Fault): ErrorRow => ERRORS[fault.code];

/** What an ERROR frame is about: the command that it refuses, so that a client knows which of its own is meant. */
export interface FrameSubject {
  chat_id?: string;
  client_msg_id?: string;
  command_id?: string;
}

/** The ERROR frame that tells a socket of a fault. */
export function errorFrame(fault: Fault, about: FrameSubject = {}): ErrorFrame {
  return {
    type: "ERROR",
    code: fault.code,
    message: fault.message,
    ...(fault.details === undefined ? {} : { details: fault.details }),
    ...(about.chat_id === undefined ? {} : { chat_id: about.chat_id }),
    ...(about.client_msg_id === undefined ? {} : { client_msg_id: about.client_msg_id }),
    ...(about.command_id === undefined ? {} : { command_id: about.command_id }),
    ...(fault.retry_after === undefined ? {} : { retry_after: fault.retry_after }),
  };
}
