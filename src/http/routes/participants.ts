import type { Handlers } from "../handler.ts";
import { askChat } from "../object-call.ts";
import { countWork } from "../quota.ts";
import { sortAddable } from "../standing.ts";
import { peopleOf } from "./chats.ts";

/** Who is in a chat, and as what. */
export const PARTICIPANTS: Handlers<"listParticipants" | "addParticipants" | "removeParticipant" | "setRole"> = {
  async listParticipants({ env, caller }, { params, query }) {
    const { members, next } = await askChat(env, params.id, (chat) =>
      chat.members(caller.user_id, query.limit, query.cursor),
    );
    return { members, ...(next === undefined ? {} : { next_cursor: next }) };
  },

  async addParticipants(visit, { params, body }) {
    const { env, caller, request_id } = visit;
    const asked = await peopleOf(env, [...new Set(body.user_ids)]);
    const { addable, invite_only } = await sortAddable(
      env,
      caller.user_id,
      asked.map(({ user_id }) => user_id),
      params.id.startsWith("b"),
    );
    const people = asked.filter(({ user_id }) => addable.includes(user_id));
    // Also if nobody is left: whether the caller may add at all is the chat's word.
    const members = await countWork(visit, request_id, { people: people.length }, () =>
      askChat(env, params.id, (chat) => chat.addMembers(caller.user_id, people)),
    );
    return { members, ...(invite_only.length > 0 ? { invite_only } : {}) };
  },

  async removeParticipant({ env, caller }, { params }) {
    await askChat(env, params.id, (chat) => chat.removeMember(caller.user_id, params.userId));
    return {};
  },

  async setRole({ env, caller }, { params, body }) {
    return askChat(env, params.id, (chat) => chat.setRole(caller.user_id, params.userId, body.role));
  },
};
