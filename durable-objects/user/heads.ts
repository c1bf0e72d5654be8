import { RETRY_MS } from "../shared/limits.ts";
import type { Hub } from "./hub.ts";
import { takeHead } from "./inbox.ts";
import { CHATS_AT_ONCE } from "./limits.ts";
import { eachOf } from "./peers.ts";

/**
 * Reads the heads of chats whose news came while the owner was away (INB6). A chat that cannot be asked keeps its mark
 * and is asked again by the alarm, as long as a device is here to be told.
 */
export class Heads {
  readonly #hub: Hub;
  /** Chats being asked now; true if one was told "asleep" meanwhile. */
  readonly #asked = new Map<string, boolean>();

  constructor(hub: Hub) {
    this.#hub = hub;
  }

  /** A chat was told "asleep": a head that is under way may be older than what the mark stands for. */
  remark(chatId: string): void {
    if (this.#asked.has(chatId)) this.#asked.set(chatId, true);
  }

  /** Asks every marked chat that is not being asked already. */
  async refresh(): Promise<void> {
    const chats = this.#hub.store.dirty().filter((chatId) => !this.#asked.has(chatId));
    for (const chatId of chats) this.#asked.set(chatId, false);
    let isOwing = false;
    await eachOf(chats, CHATS_AT_ONCE, async (chatId) => {
      try {
        // What was told "asleep" before this call is covered by its answer.
        this.#asked.set(chatId, false);
        const head = await this.#hub.peers.chat(chatId, (chat) => chat.readHead(this.#hub.userId));
        const isRemarked = this.#asked.get(chatId) === true;
        takeHead(this.#hub, chatId, head, isRemarked);
        isOwing ||= isRemarked;
      } catch {
        // It keeps its mark.
        isOwing = true;
      } finally {
        this.#asked.delete(chatId);
      }
    });
    if (isOwing && this.#hub.isAwake) this.#hub.host.wakeAt(Date.now() + RETRY_MS);
  }
}
