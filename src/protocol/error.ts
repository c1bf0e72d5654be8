/**
 * Every error that Parley tells anybody, in one table. HTTP answers with `http`; a socket sends an ERROR frame and,
 * where the row has `close`, closes with that code. `retry` is the whole of a client's policy:
 *
 * - `never`: the same request will fail again; tell the person.
 * - `later`: wait `retry_after` (or back off), then send the very same again.
 * - `refresh`: get a new access token, then send the very same again.
 * - `catch_up`: the device's picture is old; catch up, then decide.
 */
export type Retry = "never" | "later" | "refresh" | "catch_up";

export interface ErrorRow {
  readonly http: number;
  readonly close?: number;
  readonly retry: Retry;
  /** What the person is told when nothing more precise is known. */
  readonly says: string;
}

const row = (http: number, retry: Retry, says: string, close?: number): ErrorRow =>
  close === undefined ? { http, retry, says } : { http, close, retry, says };

export const ERRORS = {
  invalid: row(400, "never", "The request is not valid."),
  unknown_frame: row(400, "never", "This kind of frame is not known."),
  too_large: row(413, "never", "That is too large.", 1009),
  unauthenticated: row(401, "refresh", "Sign in to do that.", 4401),
  session_revoked: row(401, "never", "This device was signed out.", 4403),
  bad_credentials: row(401, "never", "The name or the password is not right."),
  refresh_rejected: row(401, "never", "Sign in again."),
  forbidden: row(403, "never", "You are not allowed to do that."),
  foreign_origin: row(403, "never", "This page may not talk to this server."),
  removed: row(403, "never", "You are no longer a member of this chat.", 4404),
  banned: row(403, "never", "You were banned from this chat."),
  blocked: row(403, "never", "You have blocked this person."),
  not_allowed: row(403, "never", "This person does not accept that from you."),
  not_found: row(404, "never", "That does not exist, or you cannot see it."),
  method_not_allowed: row(405, "never", "This address does not take that method."),
  username_taken: row(409, "never", "This username is taken."),
  email_taken: row(409, "never", "This email address is in use."),
  id_reused: row(409, "never", "This client_msg_id already names another message."),
  chat_full: row(409, "never", "The chat has as many members as it may have."),
  seq_ahead: row(409, "catch_up", "This number is above the head of the chat."),
  too_late: row(409, "never", "It is too late to change this message."),
  too_many: row(409, "never", "There are as many of these as there may be."),
  stale: row(409, "catch_up", "The message has changed meanwhile."),
  upgrade_required: row(426, "never", "This address speaks WebSocket only."),
  weak_password: row(422, "never", "Choose a longer or less common password."),
  rate_limited: row(429, "later", "Too fast. Try again in a moment."),
  slow_reader: row(429, "later", "This device reads too slowly; it will catch up.", 4408),
  internal: row(500, "later", "Something went wrong on our side."),
  misconfigured: row(500, "later", "The server is missing a setting."),
  unavailable: row(503, "later", "The service is not available right now."),
  auth_timeout: row(401, "refresh", "No sign-in arrived in time.", 4401),
} as const satisfies Record<string, ErrorRow>;

export type ErrorCode = keyof typeof ERRORS;

/** Close codes that a server uses beside those of RFC 6455; a client's reaction to each is in `docs/protocol.md`. */
export const CLOSE = {
  too_large: 1009,
  unauthenticated: 4401,
  session_revoked: 4403,
  removed: 4404,
  slow_reader: 4408,
  dead: 4410,
} as const;

export const isErrorCode = (value: unknown): value is ErrorCode =>
  typeof value === "string" && Object.hasOwn(ERRORS, value);
