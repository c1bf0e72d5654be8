import { takesIn, USUAL_PRIVACY } from "../../src/domain/privacy.ts";
import type { InboxEntry } from "../../src/protocol/chat.ts";
import type { BlockState, CircleState, HiddenSigns } from "../../src/protocol/rpc.ts";
import { RETRY_MS } from "../shared/limits.ts";
import { type CircleRow, CircleStore } from "./circle-store.ts";
import type { Hub } from "./hub.ts";
import { CHATS_AT_ONCE } from "./limits.ts";
import { eachOf } from "./peers.ts";
import type { Sight } from "./presence-view.ts";

const NOBODY: ReadonlySet<string> = new Set();
const USUAL: CircleRow = {
  ...{ rev: 0, privacy: USUAL_PRIVACY, person: undefined },
  ...{ contacts: NOBODY, blocked: NOBODY, owed: [] },
};

/**
 * What the owner lets be known, and to whom (CIR1 to CIR6): D1's word, kept here because it is asked for with every change
 * of presence. What chats must know of it they are told, again and again until they have heard it.
 */
export class Circle {
  readonly #hub: Hub;
  readonly #store: CircleStore;
  #row: CircleRow | undefined;
  #isTelling = false;

  constructor(hub: Hub) {
    this.#hub = hub;
    this.#store = new CircleStore(hub.store.db);
  }

  get #state(): CircleRow {
    this.#row ??= (this.#hub.isMade ? this.#store.circle() : undefined) ?? USUAL;
    return this.#row;
  }

  #put(row: CircleRow): void {
    this.#store.putCircle(row);
    this.#row = row;
  }

  /** How much of the owner somebody may see; and, because that is mutual, the owner of them. */
  sightOf(userId: string): Sight {
    const { privacy, contacts, blocked } = this.#state;
    const isContact = contacts.has(userId);
    const has_online = takesIn(privacy.online, isContact);
    return {
      has_any: !blocked.has(userId),
      has_online,
      has_last_seen: has_online && takesIn(privacy.last_seen, isContact),
    };
  }

  /** Has the owner blocked this person, and at which step? */
  blockOf(userId: string): BlockState {
    const { blocked, rev } = this.#state;
    return { by: this.#hub.userId, is_blocked: blocked.has(userId), rev };
  }

  /**
   * A direct chat that does not know of a block learns it (CIR7): it may have been made while the owner blocked the other
   * side, or could not be told then.
   */
  tellBlock({ chat_id, peer, is_blocked, is_removed }: Omit<InboxEntry, "rev">): void {
    if (!peer || is_blocked || is_removed || !this.#state.blocked.has(peer.user_id)) return;
    const block = this.blockOf(peer.user_id);
    this.#hub.host.inBackground(this.#hub.peers.chat(chat_id, (chat) => chat.setBlock(block)));
  }

  /** What the owner hides in every chat, and is called there. */
  get #signs(): HiddenSigns {
    const { privacy, person, rev } = this.#state;
    const signs = { hides_receipts: !privacy.has_read_receipts, hides_typing: !privacy.has_typing, rev };
    return person ? { ...signs, person } : signs;
  }

  /** Takes a state over. False if it is no newer than what is known; then nothing is written. */
  take({ rev, privacy, person = this.#state.person, contacts, blocked }: CircleState, now: number): boolean {
    const was = this.#state;
    if (rev <= was.rev) return false;
    // Names that are not known here may be other than the chats have: told once, they change nothing there if they are not.
    const isOther =
      privacy.has_read_receipts !== was.privacy.has_read_receipts ||
      privacy.has_typing !== was.privacy.has_typing ||
      JSON.stringify(person) !== JSON.stringify(was.person);
    const owed = isOther ? this.#hub.store.present().map(({ chat_id }) => chat_id) : was.owed;
    this.#put({ rev, privacy, person, contacts: new Set(contacts), blocked: new Set(blocked), owed });
    if (owed.length > 0) this.#hub.host.wakeAt(now + RETRY_MS);
    return true;
  }

  /**
   * The owner has come into a chat: it must know what they hide. Nothing is written for who hides nothing, unless they are
   * back (`isBack`): the chat may remember what they hid before they left.
   */
  appeared(chatId: string, isBack: boolean, now: number): void {
    const { hides_receipts, hides_typing } = this.#signs;
    const { owed, rev } = this.#state;
    const isTold = hides_receipts || hides_typing || (isBack && rev > 0);
    if (!isTold || owed.includes(chatId)) return;
    this.#put({ ...this.#state, owed: [...owed, chatId] });
    this.#hub.host.wakeAt(now + RETRY_MS);
    this.#hub.host.inBackground(this.tellChats());
  }

  get isOwing(): boolean {
    return this.#state.owed.length > 0;
  }

  /** Tells every chat that has not heard it what the owner hides. What fails is owed still; the alarm comes back to it. */
  async tellChats(): Promise<void> {
    if (this.#isTelling) return;
    this.#isTelling = true;
    try {
      const tried = new Map<string, number>();
      for (;;) {
        const { rev } = this.#signs;
        const due = this.#state.owed.filter((id) => tried.get(id) !== rev);
        if (due.length === 0) return;
        for (const id of due) tried.set(id, rev);
        await this.#tell(due);
      }
    } finally {
      this.#isTelling = false;
    }
  }

  async #tell(chatIds: readonly string[]): Promise<void> {
    const signs = this.#signs;
    const done = new Set<string>();
    await eachOf(chatIds, CHATS_AT_ONCE, async (chatId) => {
      try {
        await this.#hub.peers.chat(chatId, (chat) => chat.setSigns(this.#hub.userId, signs));
        done.add(chatId);
      } catch {
        // It could not be asked: owed still.
      }
    });
    // What has changed while they were being told is owed again.
    if (done.size > 0 && this.#signs.rev === signs.rev)
      this.#put({ ...this.#state, owed: this.#state.owed.filter((id) => !done.has(id)) });
  }
}
