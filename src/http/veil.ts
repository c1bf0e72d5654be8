import { Fault } from "../domain/fault.ts";
import type { Env } from "./env.ts";
import { askHub } from "./object-call.ts";

/**
 * What a person does not want to see of a chat any more. Their hub knows, the chat does not: what is read asks both, what
 * is sent the chat alone.
 */
export interface Veil {
  /** Numbers of single messages. */
  hidden: readonly number[];
  /** Everything up to this number; 0: nothing. */
  cleared_seq: number;
}

export async function veilIn(env: Pick<Env, "USERS">, userId: string, chatId: string): Promise<Veil> {
  const [chat] = await askHub(env, userId, (hub) => hub.searchable(chatId));
  return { hidden: chat?.hidden ?? [], cleared_seq: chat?.cleared_seq ?? 0 };
}

/**
 * Up to which number somebody has cleared a chat for themselves; 0: nothing of it. By a call that hubs of earlier versions
 * know as well: while a deploy spreads, objects may run the version before.
 */
export const clearedIn = async (env: Pick<Env, "USERS">, userId: string, chatId: string): Promise<number> =>
  (await veilIn(env, userId, chatId)).cleared_seq;

/**
 * Answers what was read about one message, unless who asks has cleared it. The two are asked side by side; whichever
 * refuses first is heard. Without the hub's word nothing is shown.
 * @throws Fault `not_found`
 */
export async function unlessCleared<T>(
  env: Pick<Env, "USERS">,
  userId: string,
  { chat_id, seq }: { chat_id: string; seq: number },
  read: Promise<T>,
): Promise<T> {
  const [answer, cleared] = await Promise.all([read, clearedIn(env, userId, chat_id)]);
  if (seq <= cleared) throw new Fault("not_found");
  return answer;
}
