import { asFault, Fault } from "../../src/domain/fault.ts";
import type { Bump } from "../../src/protocol/rpc.ts";
import { LARGE_CHAT, RETRY_MS } from "../shared/limits.ts";
import type { Hub } from "./hub.ts";
import { takeHead } from "./inbox.ts";
import { CHATS_AT_ONCE, HEAD_ROUNDS, HIDDEN_NAMED, LARGE_ASKED_EVERY_MS } from "./limits.ts";
import { eachOf } from "./peers.ts";

/**
 * Reads the heads of chats whose news came while the owner was away (INB6). A chat that cannot be asked keeps its mark
 * and is asked again by the alarm, as long as a device is here to be told.
 */
export class Heads {
  readonly #hub: Hub;
  /** Chats being asked now; true if one was told "asleep" meanwhile. */
  readonly #asked = new Map<string, boolean>();
  /** When each large channel was asked last: it does not tell that it has news (INB12). */
  readonly #largeAskedAt = new Map<string, number>();
  /** Members above which a channel is large. Public for tests in the same isolate. */
  largeChat = LARGE_CHAT;

  constructor(hub: Hub) {
    this.#hub = hub;
  }

  /** A chat was told "asleep": a head that is under way may be older than what the mark stands for. */
  remark(chatId: string): void {
    if (this.#asked.has(chatId)) this.#asked.set(chatId, true);
  }

  /** What is known of a chat no longer holds: its mark is set, and its head asked for. */
  again(chatId: string): void {
    if (this.#hub.store.entry(chatId)?.is_dirty === 0) this.#hub.store.setDirty(chatId, true);
    this.remark(chatId);
    this.#hub.host.inBackground(this.refresh());
  }

  /** Asks one chat, whether marked or not. @throws Fault `unavailable` if it does not answer */
  async ask(chatId: string): Promise<void> {
    try {
      const head = await this.#head(chatId);
      takeHead(this.#hub, chatId, head, this.#hub.store.entry(chatId)?.is_dirty === 1);
    } catch (error) {
      throw asFault(error) ?? new Fault("unavailable", { retry_after: 1 });
    }
  }

  #head(chatId: string): Promise<Bump | undefined> {
    const { personal } = this.#hub.store;
    const hidden = personal.hiddenSeqs(chatId, HIDDEN_NAMED);
    const cleared = personal.of(chatId)?.cleared_seq ?? 0;
    return this.#hub.peers.chat(chatId, (chat) => chat.readHead(this.#hub.userId, hidden, cleared));
  }

  /** Reads a head until nothing came meanwhile. True if its mark had to stay. */
  async #read(chatId: string): Promise<boolean> {
    for (let round = 1; ; round++) {
      // What was told "asleep" before this call is covered by its answer.
      this.#asked.set(chatId, false);
      const head = await this.#head(chatId);
      const isRemarked = this.#asked.get(chatId) === true;
      takeHead(this.#hub, chatId, head, isRemarked);
      if (!isRemarked || !this.#hub.isAwake || round === HEAD_ROUNDS) return isRemarked;
    }
  }

  /** Large channels that were not asked lately. */
  #silent(): string[] {
    const now = Date.now();
    const isLate = (at: number): boolean => at > now || now - at >= LARGE_ASKED_EVERY_MS;
    const chats = this.#hub.store.largeChannels(this.largeChat).filter((chatId) => {
      const at = this.#largeAskedAt.get(chatId);
      return at === undefined || isLate(at);
    });
    for (const chatId of chats) this.#largeAskedAt.set(chatId, now);
    return chats;
  }

  /** A device has come: what was asked of large channels before says nothing about what it missed. */
  forgetAsked(): void {
    this.#largeAskedAt.clear();
  }

  /** Asks every marked chat, and large channels, that are not being asked already. */
  async refresh(): Promise<void> {
    const due = new Set([...this.#hub.store.dirty(), ...this.#silent()]);
    const chats = [...due].filter((chatId) => !this.#asked.has(chatId));
    for (const chatId of chats) this.#asked.set(chatId, false);
    let isOwing = false;
    await eachOf(chats, CHATS_AT_ONCE, async (chatId) => {
      try {
        isOwing = (await this.#read(chatId)) || isOwing;
      } catch {
        // It keeps its mark.
        this.#largeAskedAt.delete(chatId);
        isOwing = true;
      } finally {
        this.#asked.delete(chatId);
      }
    });
    if (isOwing && this.#hub.isAwake) this.#hub.host.wakeAt(Date.now() + RETRY_MS);
  }
}
