import { Blocks } from "../db/blocks.ts";
import { Circles } from "../db/circles.ts";
import { openDatabase } from "../db/database.ts";
import { asFault, Fault } from "../domain/fault.ts";
import { takesIn } from "../domain/privacy.ts";
import type { ChatView } from "../protocol/rest.ts";
import type { BlockState, NewChat } from "../protocol/rpc.ts";
import type { Env } from "./env.ts";
import { askChat } from "./object-call.ts";

/**
 * Of these people, whom `by` may put into a chat, and who lets themselves be invited only. Who has blocked `by` is among
 * the latter: it cannot be told from a setting. `isList`: the chat is a broadcast list, whose messages reach them directly.
 */
export async function sortAddable(
  env: Pick<Env, "DB">,
  by: string,
  userIds: readonly string[],
  isList = false,
): Promise<{ addable: string[]; invite_only: string[] }> {
  const standings = await new Circles(openDatabase(env.DB)).towards(by, userIds);
  const isAddable = (id: string): boolean => {
    const standing = standings.get(id);
    // Unknown ids are refused by who reads the people.
    if (id === by || !standing) return true;
    const { privacy, is_contact: isContact, has_blocked: hasBlocked } = standing;
    const isReached = !isList || takesIn(privacy.reachable, isContact);
    return takesIn(privacy.addable, isContact) && isReached && !hasBlocked;
  };
  return { addable: userIds.filter(isAddable), invite_only: userIds.filter((id) => !isAddable(id)) };
}

/** Who of the two has blocked the other, for the direct chat of them. */
export const blocksOf = (env: Pick<Env, "DB">, one: string, other: string): Promise<BlockState[]> =>
  one === other ? Promise.resolve([]) : new Blocks(openDatabase(env.DB)).between(one, other);

/**
 * Opens a direct chat. One that exists is answered to both sides, whatever the other lets be done; a new one needs that
 * they let themselves be reached. Who is blocked gets theirs like anybody, and nobody hears of it.
 * @throws Fault `not_allowed`
 */
export async function openDirect(env: Env, chat: NewChat): Promise<ChatView> {
  const by = chat.created_by;
  const peer = chat.people.find(({ user_id }) => user_id !== by)?.user_id ?? by;
  const create = async () => {
    const blocks = await blocksOf(env, by, peer);
    return askChat(env, chat.chat_id, (object) => object.create({ ...chat, blocks }));
  };
  if (peer === by) return create();
  const standing = (await new Circles(openDatabase(env.DB)).towards(by, [peer])).get(peer);
  if (!standing || takesIn(standing.privacy.reachable, standing.is_contact)) return create();
  try {
    await askChat(env, chat.chat_id, (object) => object.view(by));
  } catch (error) {
    throw asFault(error)?.code === "not_found" ? new Fault("not_allowed") : error;
  }
  return create();
}
