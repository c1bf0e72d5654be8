import * as z from "zod/mini";
import { Chat, ChatType, Person } from "./chat.ts";
import { ChatId, ClientMsgId, InviteCode, Seq, Time, UserId } from "./ids.ts";
import { cursor, limit } from "./page.ts";
import type { Route } from "./route.ts";
import { line } from "./text.ts";

const chatParams = z.strictObject({ id: ChatId });
const personParams = z.strictObject({ id: ChatId, userId: UserId });

/** What somebody who is not a member sees of a chat that they may join. */
export const ChatCard = z.object({
  chat_id: ChatId,
  chat_type: ChatType,
  name: z.string(),
  description: z.string(),
  member_count: z.int(),
  needs_approval: z.boolean(),
  /** How the reader stands to it. */
  standing: z.enum(["stranger", "requested", "member", "banned"]),
});
export type ChatCard = z.infer<typeof ChatCard>;

/** A link that lets people in, until it ends, was used often enough, or was revoked. */
export const Invite = z.object({
  code: InviteCode,
  /** The address to give to people. */
  url: z.string(),
  created_by: UserId,
  created_at: Time,
  expires_at: z.optional(Time),
  max_uses: z.optional(z.int()),
  uses: z.int(),
  needs_approval: z.boolean(),
  /** People come in with this role. */
  role: z.enum(["member", "guest"]),
  revoked_at: z.optional(Time),
});
export type Invite = z.infer<typeof Invite>;

export const Ban = z.object({
  person: Person,
  banned_by: UserId,
  banned_at: Time,
  reason: z.string(),
  /** Absent: for ever. */
  ends_at: z.optional(Time),
});
export type Ban = z.infer<typeof Ban>;

export const JoinRequest = z.object({ person: Person, requested_at: Time, message: z.string() });
export type JoinRequest = z.infer<typeof JoinRequest>;

/** What asking to join has come to. */
const Joined = z.object({ status: z.enum(["joined", "requested"]), chat: z.optional(Chat) });

/** Routes about coming into a chat, and being kept out of it. */
export const ENTRY_ROUTES = {
  directory: {
    method: "GET",
    path: "/directory",
    summary: "Public groups and channels, the largest first; `q` finds by the beginning of a word of their names",
    access: "signed_in",
    query: z.strictObject({
      q: z.optional(z.string().check(z.trim(), z.maxLength(80))),
      chat_type: z.optional(z.enum(["group", "channel"])),
      limit,
      cursor,
    }),
    status: 200,
    data: z.object({ chats: z.array(ChatCard), next_cursor: z.optional(z.string()) }),
    errors: ["rate_limited"],
  },
  joinChat: {
    method: "POST",
    path: "/chats/:id/join",
    summary: "Join a public group or channel, or ask to",
    access: "signed_in",
    params: chatParams,
    body: z.strictObject({ message: z.optional(line(200)) }),
    status: 200,
    data: Joined,
    errors: ["not_found", "banned", "chat_full", "too_many", "rate_limited"],
  },
  inviteLink: {
    method: "GET",
    path: "/chats/:id/invite-link",
    summary: "The chat's lasting link, made when it is first asked for",
    access: "member",
    params: chatParams,
    status: 200,
    data: Invite,
    errors: ["not_found", "forbidden", "too_many"],
  },
  listInvites: {
    method: "GET",
    path: "/chats/:id/invites",
    summary: "Links that lead in, the latest first",
    access: "member",
    params: chatParams,
    status: 200,
    data: z.object({ invites: z.array(Invite) }),
    errors: ["not_found", "forbidden"],
  },
  createInvite: {
    method: "POST",
    path: "/chats/:id/invites",
    summary: "Make a link that lets people in; the same `client_invite_id` again gets the link that it made",
    access: "member",
    params: chatParams,
    body: z.strictObject({
      expires_in_s: z.optional(z.int().check(z.gte(60), z.lte(31_536_000))),
      max_uses: z.optional(z.int().check(z.gte(1), z.lte(100_000))),
      needs_approval: z.optional(z.boolean()),
      role: z._default(z.enum(["member", "guest"]), "member"),
      /** Minted by the device. Without it a repeat makes a second link; with it and other wishes it is `id_reused`. */
      client_invite_id: z.optional(ClientMsgId),
    }),
    status: 201,
    data: Invite,
    errors: ["not_found", "forbidden", "id_reused", "too_many", "rate_limited"],
  },
  revokeInvite: {
    method: "DELETE",
    path: "/chats/:id/invites/:code",
    summary: "End a link at once",
    access: "member",
    params: z.strictObject({ id: ChatId, code: InviteCode }),
    status: 200,
    data: z.object({}),
    errors: ["not_found", "forbidden"],
  },
  readInvite: {
    method: "GET",
    path: "/invites/:code",
    summary: "Where a link leads",
    access: "signed_in",
    params: z.strictObject({ code: InviteCode }),
    status: 200,
    data: ChatCard,
    errors: ["not_found", "rate_limited"],
  },
  acceptInvite: {
    method: "POST",
    path: "/invites/:code/join",
    summary: "Come in by a link, or ask to",
    access: "signed_in",
    params: z.strictObject({ code: InviteCode }),
    body: z.strictObject({ message: z.optional(line(200)) }),
    status: 200,
    data: Joined,
    errors: ["not_found", "banned", "chat_full", "too_many", "rate_limited"],
  },
  listJoinRequests: {
    method: "GET",
    path: "/chats/:id/join-requests",
    summary: "People who wait to be let in, the first first",
    access: "member",
    params: chatParams,
    status: 200,
    data: z.object({ requests: z.array(JoinRequest) }),
    errors: ["not_found", "forbidden"],
  },
  answerJoinRequest: {
    method: "PUT",
    path: "/chats/:id/join-requests/:userId",
    summary: "Let somebody in, or not",
    access: "member",
    params: personParams,
    body: z.strictObject({ is_approved: z.boolean() }),
    status: 200,
    data: z.object({}),
    errors: ["not_found", "forbidden", "chat_full"],
  },
  listBans: {
    method: "GET",
    path: "/chats/:id/bans",
    summary: "Who is kept out, and why",
    access: "member",
    params: chatParams,
    status: 200,
    data: z.object({ bans: z.array(Ban) }),
    errors: ["not_found", "forbidden"],
  },
  ban: {
    method: "POST",
    path: "/chats/:id/bans",
    summary: "Remove a person and keep them out, for a time or for ever",
    access: "member",
    params: chatParams,
    body: z.strictObject({
      user_id: UserId,
      reason: z._default(line(300), ""),
      ends_in_s: z.optional(z.int().check(z.gte(60), z.lte(315_360_000))),
    }),
    status: 200,
    data: Ban,
    errors: ["not_found", "forbidden", "too_many"],
  },
  unban: {
    method: "DELETE",
    path: "/chats/:id/bans/:userId",
    summary: "Let somebody come back",
    access: "member",
    params: personParams,
    status: 200,
    data: z.object({}),
    errors: ["not_found", "forbidden"],
  },
  countViews: {
    method: "POST",
    path: "/chats/:id/views",
    summary: "Posts of a channel that were on your screen: each is counted once a person",
    access: "member",
    params: chatParams,
    body: z.strictObject({ seqs: z.array(Seq).check(z.minLength(1), z.maxLength(100)) }),
    status: 200,
    data: z.object({ views: z.array(z.object({ seq: Seq, count: z.int() })) }),
    errors: ["not_found", "forbidden", "rate_limited"],
  },
  listViews: {
    method: "GET",
    path: "/chats/:id/views",
    summary: "How often posts of a channel were seen",
    access: "member",
    params: chatParams,
    query: z.strictObject({
      seqs: z.string().check(z.regex(/^\d{1,15}(,\d{1,15}){0,99}$/, "numbers with commas between")),
    }),
    status: 200,
    data: z.object({ views: z.array(z.object({ seq: Seq, count: z.int() })) }),
    errors: ["not_found", "forbidden"],
  },
  listStickers: {
    method: "GET",
    path: "/stickers",
    summary: "The stickers, the most used first",
    access: "signed_in",
    status: 200,
    data: z.object({ stickers: z.array(z.object({ sticker_id: z.string(), label: z.string(), count: z.int() })) }),
    errors: [],
  },
} as const satisfies Record<string, Route>;
