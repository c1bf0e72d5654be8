import { ChatDirectory, type DirectoryPlace } from "../../db/chat-directory.ts";
import { openDatabase } from "../../db/database.ts";
import { Fault } from "../../domain/fault.ts";
import type { Invite } from "../../protocol/entry-routes.ts";
import { ChatId, chatOfInvite, newInviteCode } from "../../protocol/ids.ts";
import type { InviteRecord } from "../../protocol/rpc.ts";
import { FloodBrake } from "../flood-brake.ts";
import type { Handlers, SignedVisit } from "../handler.ts";
import { askChat } from "../object-call.ts";
import { withStandings } from "../standings.ts";
import { peopleOf } from "./chats.ts";

/** Typing a name asks once a letter; reading the directory out asks for ever. */
const searches = new FloodBrake(60, 5);
/** Coming in is a row in two objects and, in a group, news for everybody there. */
const joins = new FloodBrake(30, 0.2);
/** A code has 80 random bits: nobody guesses one. Looking costs an object all the same. */
const looks = new FloodBrake(60, 1);
const makings = new FloodBrake(30, 0.2);

/** Who asks, as a chat keeps them. */
async function self({ env, caller }: SignedVisit) {
  const [person] = await peopleOf(env, [caller.user_id]);
  if (!person) throw new Fault("not_found");
  return person;
}

/** The address of an invitation is that of the page which was asked: only the Worker knows it. */
const withUrl = ({ request }: SignedVisit, invite: InviteRecord): Invite => ({
  ...invite,
  url: `${new URL(request.url).origin}/join/${invite.code}`,
});

function chatOf(code: string): string {
  const chatId = chatOfInvite(code);
  if (chatId === undefined) throw new Fault("not_found");
  return chatId;
}

/** `member_count.chat_id`, where a page of the directory ends. */
function placeOf(cursor: string | undefined): DirectoryPlace | undefined {
  if (cursor === undefined) return undefined;
  const [, count = "", chatId = ""] = /^(\d{1,15})\.(\w+)$/.exec(cursor) ?? [];
  if (count === "" || !ChatId.safeParse(chatId).success)
    throw new Fault("invalid", {
      message: "The query is not valid.",
      details: [{ path: "cursor", message: "not a cursor of this list" }],
    });
  return { member_count: Number(count), chat_id: chatId };
}

/** Coming into chats, and being kept out of them: what is true of it is in the chat itself. */
export const ENTRY: Handlers<
  | "directory"
  | "joinChat"
  | "inviteLink"
  | "listInvites"
  | "createInvite"
  | "revokeInvite"
  | "readInvite"
  | "acceptInvite"
  | "listJoinRequests"
  | "answerJoinRequest"
  | "listBans"
  | "ban"
  | "unban"
> = {
  async directory({ env, caller }, { query }) {
    searches.take(caller.user_id);
    const { q = "", chat_type, limit, cursor } = query;
    const directory = new ChatDirectory(openDatabase(env.DB));
    const after = placeOf(cursor);
    const page = await directory.page(caller.user_id, { query: q, type: chat_type, limit, after });
    const { next } = page;
    const chats = await withStandings(env, caller.user_id, page.chats, page.unsure);
    return { chats, ...(next ? { next_cursor: `${next.member_count}.${next.chat_id}` } : {}) };
  },

  async joinChat(visit, { params, body }) {
    joins.take(visit.caller.user_id);
    const person = await self(visit);
    return askChat(visit.env, params.id, (chat) => chat.join(person, body.message));
  },

  async inviteLink(visit, { params }) {
    return withUrl(visit, await askChat(visit.env, params.id, (chat) => chat.inviteLink(visit.caller.user_id)));
  },

  async listInvites(visit, { params }) {
    const invites = await askChat(visit.env, params.id, (chat) => chat.invites(visit.caller.user_id));
    return { invites: invites.map((invite) => withUrl(visit, invite)) };
  },

  async createInvite(visit, { params, body }) {
    makings.take(visit.caller.user_id);
    const ask = { ...body, code: newInviteCode(params.id) };
    return withUrl(visit, await askChat(visit.env, params.id, (chat) => chat.createInvite(visit.caller.user_id, ask)));
  },

  async revokeInvite({ env, caller }, { params }) {
    if (chatOfInvite(params.code) !== params.id) throw new Fault("not_found");
    await askChat(env, params.id, (chat) => chat.revokeInvite(caller.user_id, params.code));
    return {};
  },

  async readInvite({ env, caller }, { params }) {
    looks.take(caller.user_id);
    return askChat(env, chatOf(params.code), (chat) => chat.inviteCard(caller.user_id, params.code));
  },

  async acceptInvite(visit, { params, body }) {
    joins.take(visit.caller.user_id);
    const person = await self(visit);
    return askChat(visit.env, chatOf(params.code), (chat) => chat.acceptInvite(person, params.code, body.message));
  },

  async listJoinRequests({ env, caller }, { params }) {
    return { requests: await askChat(env, params.id, (chat) => chat.joinRequests(caller.user_id)) };
  },

  async answerJoinRequest({ env, caller }, { params, body }) {
    await askChat(env, params.id, (chat) => chat.answerJoinRequest(caller.user_id, params.userId, body.is_approved));
    return {};
  },

  async listBans({ env, caller }, { params }) {
    return { bans: await askChat(env, params.id, (chat) => chat.bans(caller.user_id)) };
  },

  async ban({ env, caller }, { params, body }) {
    const { user_id, reason, ends_in_s } = body;
    const [person] = await peopleOf(env, [user_id]);
    if (!person) throw new Fault("not_found");
    const ask = { person, reason, ...(ends_in_s === undefined ? {} : { ends_in_s }) };
    return askChat(env, params.id, (chat) => chat.ban(caller.user_id, ask));
  },

  async unban({ env, caller }, { params }) {
    await askChat(env, params.id, (chat) => chat.unban(caller.user_id, params.userId));
    return {};
  },
};
