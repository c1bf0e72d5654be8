import * as z from "zod/mini";
import { LoginBody, RefreshBody, RegisterBody, Tokens } from "./account.ts";
import { Chat, InboxEntry, Member, Receipt } from "./chat.ts";
import { ENTRY_ROUTES } from "./entry-routes.ts";
import { ChatId, CommandId, MessageId, Seq, SeqCursor, SessionId, Time, UserId } from "./ids.ts";
import { PEOPLE_PER_REQUEST } from "./limits.ts";
import { Emoji, Message } from "./message.ts";
import { MESSAGE_ROUTES } from "./message-routes.ts";
import { cursor, limit } from "./page.ts";
import { PEOPLE_ROUTES } from "./people-routes.ts";
import { Role } from "./role.ts";
import type { Access, Route } from "./route.ts";
import { SEARCH_ROUTES } from "./search-routes.ts";
import { line } from "./text.ts";
import { THREAD_ROUTES } from "./thread-routes.ts";
import { TIMER_ROUTES } from "./timer-routes.ts";
import { CustomStatus, Presence, PresenceStatus, Profile, Self, Session } from "./user.ts";
import { ChatView, CreateChatBody, History, HistoryQuery, SendBody, UpdateChatBody } from "./view.ts";

export type { Access, ChatView, History, Route, Tokens };

/** The two envelopes of every answer. */
export const Failure = z.object({
  success: z.literal(false),
  error: z.object({
    code: z.string(),
    message: z.string(),
    details: z.optional(z.unknown()),
    retry_after: z.optional(z.number()),
    request_id: z.string(),
  }),
});
export const successOf = <T extends z.ZodMiniType>(data: T) => z.object({ success: z.literal(true), data });
const empty = z.object({});

const chatParams = z.strictObject({ id: ChatId });
const messageParams = z.strictObject({ id: MessageId });
const participantParams = z.strictObject({ id: ChatId, userId: UserId });

/**
 * Every HTTP operation. The router, `/openapi.json`, `docs/api.md` and the authorisation test are all made from this
 * table, so that none of them can know a route that the others do not.
 */
export const ROUTES = {
  health: {
    method: "GET",
    path: "/health",
    summary: "Is the service up",
    access: "public",
    status: 200,
    data: z.object({ status: z.literal("ok"), time: Time, version: z.int() }),
    errors: ["unavailable"],
  },

  register: {
    method: "POST",
    path: "/auth/register",
    summary: "Make an account and sign this device in",
    access: "public",
    body: RegisterBody,
    status: 201,
    data: z.extend(Tokens, { username: z.string(), email: z.string() }),
    errors: ["username_taken", "email_taken", "weak_password", "rate_limited"],
  },
  login: {
    method: "POST",
    path: "/auth/login",
    summary: "Sign this device in",
    access: "public",
    body: LoginBody,
    status: 200,
    data: z.extend(Tokens, { username: z.string() }),
    errors: ["bad_credentials", "rate_limited"],
  },
  refresh: {
    method: "POST",
    path: "/auth/refresh",
    summary: "Exchange the refresh token for new tokens",
    access: "public",
    body: RefreshBody,
    status: 200,
    data: Tokens,
    errors: ["refresh_rejected", "rate_limited"],
  },
  logout: {
    method: "POST",
    path: "/auth/logout",
    summary: "Sign out this device, or all",
    access: "signed_in",
    body: z.strictObject({ all: z.optional(z.boolean()) }),
    status: 200,
    data: z.object({ ended: z.int() }),
    errors: [],
  },
  listSessions: {
    method: "GET",
    path: "/auth/sessions",
    summary: "The devices that are signed in",
    access: "signed_in",
    status: 200,
    data: z.object({ sessions: z.array(Session) }),
    errors: [],
  },
  revokeSession: {
    method: "DELETE",
    path: "/auth/sessions/:id",
    summary: "Sign one device out",
    access: "signed_in",
    params: z.strictObject({ id: SessionId }),
    status: 200,
    data: empty,
    errors: ["not_found"],
  },

  me: {
    method: "GET",
    path: "/users/me",
    summary: "Yourself",
    access: "signed_in",
    status: 200,
    data: Self,
    errors: [],
  },
  searchUsers: {
    method: "GET",
    path: "/users/search",
    summary:
      "Find people who let themselves be found, by the beginning of a name or username, or by their whole email address",
    access: "signed_in",
    query: z.strictObject({ q: z.string().check(z.trim(), z.minLength(1), z.maxLength(80)), limit, cursor }),
    status: 200,
    data: z.object({ users: z.array(Profile), next_cursor: z.optional(z.string()) }),
    errors: ["rate_limited"],
  },
  profile: {
    method: "GET",
    path: "/users/:id/profile",
    summary: "One person",
    access: "signed_in",
    params: z.strictObject({ id: UserId }),
    status: 200,
    data: Profile,
    errors: ["not_found"],
  },
  setStatus: {
    method: "PUT",
    path: "/users/status",
    summary: "Say what you are doing",
    access: "signed_in",
    body: z.strictObject({
      status: z.optional(z.enum(["online", "away", "busy", "do_not_disturb"])),
      /** When `away`, `busy` or `do_not_disturb` ends by itself. */
      status_expires_at: z.optional(z.nullable(Time)),
      status_message: z.optional(line(140)),
      /** Null takes it away. */
      custom_status: z.optional(
        z.nullable(z.strictObject({ text: line(100), emoji: z.optional(Emoji), expires_at: z.optional(Time) })),
      ),
    }),
    status: 200,
    data: z.object({
      status: PresenceStatus,
      status_message: z.string(),
      custom_status: z.optional(CustomStatus),
    }),
    errors: [],
  },
  presence: {
    method: "GET",
    path: "/chats/:id/participants/:userId/presence",
    summary: "Is a fellow member there",
    access: "member",
    params: participantParams,
    status: 200,
    data: Presence,
    errors: ["not_found"],
  },

  listChats: {
    method: "GET",
    path: "/chats",
    summary: "Your chats: pinned first, then latest first; archived and deleted ones apart",
    access: "signed_in",
    query: z.strictObject({
      limit,
      cursor,
      filter: z.optional(z.enum(["all", "unread", "direct", "group", "mentions", "archived", "unlisted"])),
    }),
    status: 200,
    data: z.object({ chats: z.array(InboxEntry), has_more: z.boolean(), next_cursor: z.optional(z.string()) }),
    errors: [],
  },
  createChat: {
    method: "POST",
    path: "/chats",
    summary: "Open a direct chat, or make a group, a channel or a broadcast list",
    access: "signed_in",
    body: CreateChatBody,
    status: 201,
    data: ChatView,
    errors: ["not_found", "not_allowed", "chat_full", "rate_limited"],
  },
  getChat: {
    method: "GET",
    path: "/chats/:id",
    summary: "One chat",
    access: "member",
    params: chatParams,
    status: 200,
    data: ChatView,
    errors: ["not_found"],
  },
  updateChat: {
    method: "PUT",
    path: "/chats/:id",
    summary: "Change name, description or settings",
    access: "member",
    params: chatParams,
    body: UpdateChatBody,
    status: 200,
    data: Chat,
    errors: ["not_found", "forbidden"],
  },
  deleteChat: {
    method: "DELETE",
    path: "/chats/:id",
    summary: "Leave the chat, or as owner end it for all",
    access: "member",
    params: chatParams,
    query: z.strictObject({ mode: z._default(z.enum(["leave", "delete"]), "leave") }),
    status: 200,
    data: empty,
    errors: ["not_found", "forbidden"],
  },
  history: {
    method: "GET",
    path: "/chats/:id/messages",
    summary: "Messages before, after or around a place",
    access: "member",
    params: chatParams,
    query: HistoryQuery,
    status: 200,
    data: History,
    errors: ["not_found"],
  },
  sendMessage: {
    method: "POST",
    path: "/chats/:id/messages",
    summary: "Send a message",
    access: "member",
    params: chatParams,
    body: SendBody,
    status: 201,
    data: z.extend(Message, { delivery_status: z.literal("sent") }),
    errors: ["not_found", "forbidden", "blocked", "id_reused", "seq_ahead", "rate_limited"],
  },
  ...MESSAGE_ROUTES,
  ...THREAD_ROUTES,
  ...TIMER_ROUTES,
  ...ENTRY_ROUTES,
  ...PEOPLE_ROUTES,
  ...SEARCH_ROUTES,
  setChatState: {
    method: "PUT",
    path: "/chats/:id/state",
    summary: "Mute, pin, archive, clear or delete a chat or mark it unread, for yourself alone",
    access: "member",
    params: chatParams,
    body: z
      .strictObject({
        muted_until: z.optional(z.nullable(Time)),
        is_pinned: z.optional(z.boolean()),
        is_archived: z.optional(z.boolean()),
        is_marked_unread: z.optional(z.boolean()),
        cleared_seq: z.optional(SeqCursor),
        is_unlisted: z.optional(z.boolean()),
        command_id: z.optional(CommandId),
      })
      .check(z.refine((b) => Object.keys(b).some((key) => key !== "command_id"), "nothing to change")),
    status: 200,
    data: InboxEntry,
    errors: ["not_found", "seq_ahead", "rate_limited"],
  },
  deleteMessage: {
    method: "DELETE",
    path: "/messages/:id",
    summary: "Delete a message for everyone, or for yourself alone",
    access: "member",
    params: messageParams,
    query: z.strictObject({ for: z._default(z.enum(["all", "self"]), "all") }),
    status: 200,
    data: Message,
    errors: ["not_found", "forbidden"],
  },
  markRead: {
    method: "POST",
    path: "/chats/:id/read",
    summary: "Everything up to a message was read",
    access: "member",
    params: chatParams,
    body: z.strictObject({ seq: Seq }),
    status: 200,
    data: Receipt,
    errors: ["not_found", "seq_ahead"],
  },
  listParticipants: {
    method: "GET",
    path: "/chats/:id/participants",
    summary: "Members, a page at a time",
    access: "member",
    params: chatParams,
    query: z.strictObject({ limit, cursor }),
    status: 200,
    data: z.object({ members: z.array(Member), next_cursor: z.optional(z.string()) }),
    errors: ["not_found"],
  },
  addParticipants: {
    method: "POST",
    path: "/chats/:id/participants",
    summary: "Add people",
    access: "member",
    params: chatParams,
    body: z.strictObject({ user_ids: z.array(UserId).check(z.minLength(1), z.maxLength(PEOPLE_PER_REQUEST)) }),
    status: 201,
    /** Who lets themselves be invited only is named in `invite_only`. */
    data: z.object({ members: z.array(Member), invite_only: z.optional(z.array(UserId)) }),
    errors: ["not_found", "forbidden", "banned", "chat_full"],
  },
  removeParticipant: {
    method: "DELETE",
    path: "/chats/:id/participants/:userId",
    summary: "Remove a person, or leave",
    access: "member",
    params: participantParams,
    status: 200,
    data: empty,
    errors: ["not_found", "forbidden"],
  },
  setRole: {
    method: "PUT",
    path: "/chats/:id/participants/:userId/role",
    summary: "Give a role; giving `owner` hands the chat over",
    access: "member",
    params: participantParams,
    body: z.strictObject({ role: Role }),
    status: 200,
    data: Member,
    errors: ["not_found", "forbidden"],
  },
} as const satisfies Record<string, Route>;

export type Operation = keyof typeof ROUTES;

type Shape<O extends Operation, K extends "params" | "query" | "body"> = (typeof ROUTES)[O] extends {
  [P in K]: infer S extends z.ZodMiniType;
}
  ? S
  : never;
/** What a handler gets after parsing, and what a client of the route is given back as `data`. */
export type ParamsOf<O extends Operation> = z.output<Shape<O, "params">>;
export type QueryOf<O extends Operation> = z.output<Shape<O, "query">>;
export type BodyOf<O extends Operation> = z.output<Shape<O, "body">>;
export type BodyInputOf<O extends Operation> = z.input<Shape<O, "body">>;
export type DataOf<O extends Operation> = z.output<(typeof ROUTES)[O]["data"]>;
