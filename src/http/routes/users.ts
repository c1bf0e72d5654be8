import { Circles } from "../../db/circles.ts";
import { openDatabase } from "../../db/database.ts";
import { Directory } from "../../db/directory.ts";
import { type UserRow, Users } from "../../db/users.ts";
import { Fault } from "../../domain/fault.ts";
import { UserId } from "../../protocol/ids.ts";
import { Email, type Self } from "../../protocol/user.ts";
import { isAdministrator } from "../administrators.ts";
import type { Env } from "../env.ts";
import { FloodBrake } from "../flood-brake.ts";
import type { Handlers, Visit } from "../handler.ts";
import { askHub } from "../object-call.ts";

/** Typing a name asks once a letter; reading the directory out asks for ever. */
const searches = new FloodBrake(60, 5);

const usersOf = ({ env }: Visit): Users => new Users(openDatabase(env.DB));

/** People, and what they say of themselves. */
export const USERS: Handlers<"me" | "searchUsers" | "profile" | "setStatus" | "presence"> = {
  async me(visit) {
    const row = await usersOf(visit).find(visit.caller.user_id);
    if (!row) throw new Fault("not_found");
    return selfOf(visit.env, row);
  },

  async searchUsers({ env, caller }, { query }) {
    searches.take(caller.user_id);
    const directory = new Directory(openDatabase(env.DB));
    const isWithDemo = env.MODE === "local";
    if (Email.safeParse(query.q).success) {
      const found = await directory.byEmail(query.q, { by: caller.user_id, is_with_demo: isWithDemo });
      return { users: found ? [found] : [] };
    }
    if (query.cursor !== undefined && !UserId.safeParse(query.cursor).success)
      throw new Fault("invalid", {
        message: "The query is not valid.",
        details: [{ path: "cursor", message: "not a cursor of this list" }],
      });
    const page = await directory.search(query.q, {
      ...{ by: caller.user_id, limit: query.limit, after: query.cursor },
      is_with_demo: isWithDemo,
    });
    return { users: page.users, ...(page.next === undefined ? {} : { next_cursor: page.next }) };
  },

  async profile(visit, { params }) {
    const profile = await usersOf(visit).profile(params.id);
    if (!profile) throw new Fault("not_found");
    const { user_id } = visit.caller;
    const standing = (await new Circles(openDatabase(visit.env.DB)).towards(user_id, [params.id])).get(params.id);
    // Who is blocked is shown what every member of a common chat is shown, and not that it is less.
    return standing?.has_blocked ? { ...profile, first_name: "", last_name: "", status_message: "" } : profile;
  },

  /** Absent fields stay as they are. */
  async setStatus(visit, { body }) {
    const { user_id } = visit.caller;
    const users = usersOf(visit);
    const { status_message: text, ...change } = body;
    if (text !== undefined) await users.setStatusMessage(user_id, text);
    const { status, custom_status } = await askHub(visit.env, user_id, (hub) => hub.setStatus(change));
    const status_message = text ?? (await users.profile(user_id))?.status_message ?? "";
    return { status, status_message, ...(custom_status ? { custom_status } : {}) };
  },

  async presence({ env, caller }, { params }) {
    // The hub asks the chat itself whether the two share it.
    const presence = await askHub(env, params.userId, (hub) => hub.presence(caller.user_id, params.id));
    if (!presence) throw new Fault("not_found");
    // What the caller hides they do not see of others, and only their own hub knows it.
    return caller.user_id === params.userId ? presence : askHub(env, caller.user_id, (hub) => hub.asSeen(presence));
  },
};

/** What a person sees of themselves. */
export function selfOf(env: Pick<Env, "ADMINS">, row: UserRow): Self {
  const { id, username, display_name, first_name, last_name, status_message, email } = row;
  const names = { username, display_name, first_name, last_name, status_message, email };
  const created_at = new Date(row.created_at).toISOString();
  return { user_id: id, ...names, created_at, ...(isAdministrator(env, row.username_key) ? { is_admin: true } : {}) };
}
