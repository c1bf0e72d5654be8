import { BLOCKS, Blocks } from "../../db/blocks.ts";
import { Circles } from "../../db/circles.ts";
import { CONTACTS, Contacts } from "../../db/contacts.ts";
import { openDatabase } from "../../db/database.ts";
import { FriendRequests, REQUESTS_WAITING } from "../../db/friend-requests.ts";
import { Users } from "../../db/users.ts";
import { Fault } from "../../domain/fault.ts";
import { directChatId, UserId } from "../../protocol/ids.ts";
import type { Privacy } from "../../protocol/user.ts";
import { firmly, tellHub, tellPeople } from "../circle.ts";
import { FloodBrake } from "../flood-brake.ts";
import type { Handlers, SignedVisit } from "../handler.ts";
import { askChat, askHub } from "../object-call.ts";
import { selfOf } from "./users.ts";

/** Changes of how a person stands to others: each tells their hub, and some a chat. */
const changes = new FloodBrake(60, 1);
/** Requests reach other people. */
const requests = new FloodBrake(20, 0.05);

const databaseOf = ({ env }: SignedVisit) => openDatabase(env.DB);

/** Somebody else, who exists. @throws Fault `not_found`; `invalid` for oneself */
async function otherPerson(visit: SignedVisit, userId: string) {
  if (userId === visit.caller.user_id)
    throw new Fault("invalid", { message: "That is yourself.", details: [{ path: "user_id", message: "yourself" }] });
  const [person] = await new Users(databaseOf(visit)).people([userId]);
  if (!person) throw new Fault("not_found");
  return person;
}

/** How people stand to each other, and what they let be known. */
export const PEOPLE: Handlers<
  | "updateMe"
  | "ownPresence"
  | "privacy"
  | "setPrivacy"
  | "listContacts"
  | "putContact"
  | "removeContact"
  | "listFriendRequests"
  | "requestFriend"
  | "answerFriend"
  | "withdrawFriend"
  | "block"
  | "listBlocked"
> = {
  async updateMe(visit, { body }) {
    changes.take(visit.caller.user_id);
    const row = await new Users(databaseOf(visit)).rename(visit.caller.user_id, given(body));
    if (!row) throw new Fault("not_found");
    // Their hub tells the chats what they are called now.
    await tellHub(visit.env, row.id);
    return selfOf(visit.env, row);
  },

  async ownPresence({ env, caller }) {
    return askHub(env, caller.user_id, (hub) => hub.setStatus({}));
  },

  async privacy(visit) {
    const privacy = await new Circles(databaseOf(visit)).privacy(visit.caller.user_id);
    if (!privacy) throw new Fault("not_found");
    return privacy;
  },

  async setPrivacy(visit, { body }) {
    const { user_id } = visit.caller;
    changes.take(user_id);
    const change: Partial<Privacy> = given(body);
    const privacy = await new Circles(databaseOf(visit)).setPrivacy(user_id, change);
    if (!privacy) throw new Fault("not_found");
    await tellHub(visit.env, user_id);
    tellPeople(visit, "privacy", user_id);
    return privacy;
  },

  async listContacts(visit, { query }) {
    if (query.cursor !== undefined && !UserId.safeParse(query.cursor).success)
      throw new Fault("invalid", {
        message: "The query is not valid.",
        details: [{ path: "cursor", message: "not a cursor of this list" }],
      });
    const ask = { limit: query.limit, after: query.cursor };
    const { contacts, next } = await new Contacts(databaseOf(visit)).list(visit.caller.user_id, ask);
    return { contacts, ...(next === undefined ? {} : { next_cursor: next }) };
  },

  async putContact(visit, { body }) {
    const { user_id } = visit.caller;
    changes.take(user_id);
    const person = await otherPerson(visit, body.user_id);
    const contacts = new Contacts(databaseOf(visit));
    const isKnown = (await contacts.find(user_id, person.user_id)) !== undefined;
    if (!isKnown && (await contacts.count(user_id)) >= CONTACTS) throw new Fault("too_many");
    // An empty name is none: what they call themselves is shown.
    const name = body.contact_name === "" ? null : body.contact_name;
    await contacts.put(user_id, person.user_id, name, Date.now());
    await tellHub(visit.env, user_id);
    tellPeople(visit, "contact", user_id);
    const contact = await contacts.find(user_id, person.user_id);
    if (!contact) throw new Fault("not_found");
    return contact;
  },

  async removeContact(visit, { params }) {
    const { user_id } = visit.caller;
    changes.take(user_id);
    const isGone = await new Contacts(databaseOf(visit)).remove(user_id, params.userId);
    // Also if there was none: the first try may have stopped before the hub was told.
    await tellHub(visit.env, user_id);
    tellPeople(visit, "contact", user_id);
    if (!isGone) throw new Fault("not_found");
    return {};
  },

  async listFriendRequests(visit) {
    return { requests: await new FriendRequests(databaseOf(visit)).list(visit.caller.user_id) };
  },

  async requestFriend(visit, { body }) {
    const { user_id } = visit.caller;
    requests.take(user_id);
    const person = await otherPerson(visit, body.user_id);
    const db = databaseOf(visit);
    const friends = new FriendRequests(db);
    if (await friends.areFriends(user_id, person.user_id)) {
      await tellBoth(visit, user_id, person.user_id);
      return { status: "accepted" };
    }
    const blocks = await new Blocks(db).between(user_id, person.user_id);
    const hasBlocked = (by: string) => blocks.some((block) => block.by === by && block.is_blocked);
    if (hasBlocked(user_id)) throw new Fault("blocked");
    const isUnwanted = hasBlocked(person.user_id);
    const theirs = isUnwanted ? undefined : await friends.find(person.user_id, user_id);
    // Who was asked and asks says yes, also after having said no.
    if (theirs && theirs.withdrawn_at === null && (await befriend(visit, person.user_id, user_id)))
      return { status: "accepted" };
    const own = await friends.find(user_id, person.user_id);
    const isWaiting = own !== undefined && own.withdrawn_at === null;
    if (!isWaiting && (await friends.waiting(user_id)) >= REQUESTS_WAITING) throw new Fault("too_many");
    await friends.ask(user_id, person.user_id, body.message, Date.now());
    // What was declined once, or comes from somebody blocked, the other side does not hear of.
    const isHeard = !isUnwanted && !isWaiting && own?.declined_at == null;
    tellPeople(visit, "friend_request", user_id, ...(isHeard ? [person.user_id] : []));
    return { status: "requested" };
  },

  async answerFriend(visit, { params, body }) {
    const { user_id } = visit.caller;
    changes.take(user_id);
    const friends = new FriendRequests(databaseOf(visit));
    const asked = await friends.find(params.userId, user_id);
    const isAnswered = asked?.declined_at != null;
    if (body.is_accepted) {
      // A repeat, whose first try may have stopped before the hubs were told.
      if (!asked && (await friends.areFriends(user_id, params.userId))) {
        await tellBoth(visit, user_id, params.userId);
        return {};
      }
      if (!asked || isAnswered || !(await befriend(visit, params.userId, user_id))) throw new Fault("not_found");
      return {};
    }
    if (!asked) throw new Fault("not_found");
    await friends.decline(params.userId, user_id, Date.now());
    tellPeople(visit, "friend_request", user_id);
    return {};
  },

  async withdrawFriend(visit, { params }) {
    const { user_id } = visit.caller;
    changes.take(user_id);
    const friends = new FriendRequests(databaseOf(visit));
    const asked = await friends.find(user_id, params.userId);
    if (!(await friends.withdraw(user_id, params.userId, Date.now()))) throw new Fault("not_found");
    tellPeople(visit, "friend_request", user_id, ...(asked?.declined_at === null ? [params.userId] : []));
    return {};
  },

  async block(visit, { body }) {
    const { env, caller } = visit;
    changes.take(caller.user_id);
    const person = await otherPerson(visit, body.user_id);
    const db = databaseOf(visit);
    const blocks = new Blocks(db);
    if (body.blocked && (await blocks.count(caller.user_id)) >= BLOCKS) {
      const known = await blocks.between(caller.user_id, person.user_id);
      if (!known.some(({ by, is_blocked }) => by === caller.user_id && is_blocked)) throw new Fault("too_many");
    }
    await blocks.set(caller.user_id, person.user_id, body.blocked, Date.now());
    await tellHub(env, caller.user_id);
    tellPeople(visit, "block", caller.user_id);
    const states = await blocks.between(caller.user_id, person.user_id);
    const own = states.find(({ by }) => by === caller.user_id);
    const chatId = await directChatId(caller.user_id, person.user_id);
    if (own) await firmly("chat, a block", () => askChat(env, chatId, (chat) => chat.setBlock(own)));
    return { blocked: body.blocked };
  },

  async listBlocked(visit) {
    return { people: await new Blocks(databaseOf(visit)).list(visit.caller.user_id) };
  },
};

/**
 * Who asked and who was asked become contacts of each other. False if the request does not stand any more.
 * @throws Fault `too_many` if one of them has no place left
 */
async function befriend(visit: SignedVisit, from: string, to: string): Promise<boolean> {
  const db = databaseOf(visit);
  const contacts = new Contacts(db);
  for (const id of [from, to]) if ((await contacts.count(id)) >= CONTACTS) throw new Fault("too_many");
  if (!(await new FriendRequests(db).befriend(from, to, Date.now()))) return false;
  await tellBoth(visit, from, to);
  return true;
}

async function tellBoth(visit: SignedVisit, one: string, other: string): Promise<void> {
  await Promise.all([tellHub(visit.env, one), tellHub(visit.env, other)]);
  tellPeople(visit, "contact", one, other);
}

/** What was given, without what is absent. */
function given<T extends object>(change: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(change).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]?: Exclude<T[K], undefined>;
  };
}
