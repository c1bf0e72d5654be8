import { asFault } from "../domain/fault.ts";
import { logError } from "../ops/metrics.ts";
import type { ChatCard } from "../protocol/entry-routes.ts";
import type { Env } from "./env.ts";
import { askChat } from "./object-call.ts";

/** Chats asked at a time for one page; and how long a page waits for all of them. */
const CHATS_AT_ONCE = 12;
const WAIT_MS = 1_000;

/**
 * Cards of a page of the directory with what only the chats know: who waits to be let in, and who is kept out. Asked are
 * only chats of which D1 says that it may be so (`unsure`), within {@link WAIT_MS}; of one that is late, and of who is
 * kept out without ever having been in, D1's word stands, and they hear it at the door.
 */
export async function withStandings(
  env: Pick<Env, "CHATS">,
  by: string,
  cards: readonly ChatCard[],
  unsure: ReadonlySet<string>,
): Promise<ChatCard[]> {
  const known = new Map<string, ChatCard["standing"]>();
  const left = [...unsure];
  const work = async (): Promise<void> => {
    for (let id = left.shift(); id !== undefined; id = left.shift()) {
      const chatId = id;
      try {
        known.set(chatId, await askChat(env, chatId, (chat) => chat.standing(by)));
      } catch (error) {
        // Private or ended since: the directory has not heard yet.
        if (!asFault(error)) logError({ where: "directory, a standing", error, level: "warning" });
      }
    }
  };
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<void>((resolve) => {
    timer = setTimeout(() => {
      left.length = 0;
      resolve();
    }, WAIT_MS);
  });
  if (left.length > 0) await Promise.race([Promise.all(Array.from({ length: CHATS_AT_ONCE }, work)), late]);
  clearTimeout(timer);
  return cards.map((card) => ({ ...card, standing: known.get(card.chat_id) ?? card.standing }));
}
