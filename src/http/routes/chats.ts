import { openDatabase } from "../../db/database.ts";
import { Users } from "../../db/users.ts";
import { Fault } from "../../domain/fault.ts";
import type { ChatSettings, Person } from "../../protocol/chat.ts";
import { chatIdOf, directChatId, newChatId } from "../../protocol/ids.ts";
import type { BodyOf } from "../../protocol/rest.ts";
import type { NewChat } from "../../protocol/rpc.ts";
import type { Env } from "../env.ts";
import { FloodBrake } from "../flood-brake.ts";
import type { Handlers } from "../handler.ts";
import { askChat, askHub } from "../object-call.ts";
import { countWork } from "../quota.ts";
import { openDirect, sortAddable } from "../standing.ts";

const creations = new FloodBrake(300, 1);

/** Chats, as their objects and the caller's hub know them. */
export const CHATS: Handlers<"listChats" | "createChat" | "getChat" | "updateChat" | "deleteChat"> = {
  async listChats({ env, caller }, { query }) {
    const { limit, cursor, filter } = query;
    const ask = { limit, ...(cursor === undefined ? {} : { cursor }), ...(filter === undefined ? {} : { filter }) };
    const page = await askHub(env, caller.user_id, (hub) => hub.inbox(ask));
    return { ...page, has_more: page.next_cursor !== undefined };
  },

  async createChat(visit, { body }) {
    const { env, caller } = visit;
    creations.take(caller.user_id);
    const chat = await newChat(env, caller.user_id, body);
    const create = () => askChat(env, chat.chat_id, (object) => object.create(chat));
    // A direct chat is no news to the other side before its first message.
    if (chat.chat_type === "direct") return openDirect(env, chat);
    return countWork(visit, chat.chat_id, { groups: 1, people: chat.people.length - 1 }, create);
  },

  async getChat({ env, caller }, { params }) {
    return askChat(env, params.id, (chat) => chat.view(caller.user_id));
  },

  async updateChat({ env, caller }, { params, body }) {
    const { name, description, settings } = body;
    const patch = {
      ...(name === undefined ? {} : { name }),
      ...(description === undefined ? {} : { description }),
      ...(settings === undefined ? {} : { settings: given(settings) }),
    };
    return askChat(env, params.id, (chat) => chat.update(caller.user_id, patch));
  },

  async deleteChat({ env, caller }, { params, query }) {
    const { user_id } = caller;
    await askChat(env, params.id, (chat) =>
      query.mode === "delete" ? chat.end(user_id) : chat.removeMember(user_id, user_id),
    );
    return {};
  },
};

/**
 * The people of these ids, as D1 knows them.
 * @throws Fault `not_found` that names the ids which nobody has
 */
export async function peopleOf(env: Pick<Env, "DB">, ids: readonly string[]): Promise<Person[]> {
  const people = await new Users(openDatabase(env.DB)).people(ids);
  const unknown = ids.filter((id) => !people.some((person) => person.user_id === id));
  if (unknown.length > 0)
    throw new Fault("not_found", { message: "Some of these people do not exist.", details: { user_ids: unknown } });
  return people;
}

async function newChat(env: Env, creator: string, body: BodyOf<"createChat">): Promise<NewChat> {
  const { chat_type, description = "" } = body;
  const others = [...new Set(body.participants)].filter((id) => id !== creator);
  const settings = body.settings === undefined ? {} : { settings: given(body.settings) };
  const base = { chat_type, description, created_by: creator, ...settings };
  if (chat_type === "direct") {
    const peer = others[0] ?? (body.participants.length > 0 ? creator : undefined);
    if (peer === undefined || others.length > 1) throw invalid("participants", "a direct chat has one other person");
    const chat_id = await directChatId(creator, peer);
    return { ...base, chat_id, name: "", description: "", people: await peopleOf(env, [...new Set([creator, peer])]) };
  }
  if (body.chat_name !== undefined && body.name !== undefined)
    throw invalid("name", "is an alias of chat_name: give one");
  const name = body.chat_name ?? body.name;
  if (name === undefined) throw invalid("chat_name", `a ${chat_type} needs a name`);
  const { client_chat_id: key } = body;
  const chat_id = key === undefined ? newChatId(chat_type) : await chatIdOf(chat_type, creator, key);
  // Who lets themselves be invited only is not in it: the answer shows who is.
  const people = await peopleOf(env, [creator, ...others]);
  const { addable } = await sortAddable(env, creator, [creator, ...others], chat_type === "broadcast");
  return { ...base, chat_id, name, people: people.filter(({ user_id }) => addable.includes(user_id)) };
}

function invalid(path: string, message: string): Fault {
  return new Fault("invalid", { message: "The body is not valid.", details: [{ path, message }] });
}

/** Settings without those that were not given. */
function given(settings: { [K in keyof ChatSettings]?: ChatSettings[K] | undefined }): Partial<ChatSettings> {
  return Object.fromEntries(Object.entries(settings).filter(([, value]) => value !== undefined));
}
