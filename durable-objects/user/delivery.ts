import { CATCH_UP_ROWS } from "../../src/protocol/limits.ts";
import type { Hub } from "./hub.ts";
import { CHATS_AT_ONCE, DELIVERED_MS } from "./limits.ts";
import { eachOf } from "./peers.ts";
import type { PresenceKeeper } from "./presence.ts";

/**
 * Tells the chats what the owner's devices have received with the inbox (DLV1 to DLV3). Nothing is stored for it:
 * clients restate their cursors at attach, and reporting twice changes nothing.
 */
export class Delivery {
  readonly #hub: Hub;
  readonly #presence: PresenceKeeper;
  #acknowledged = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #delivered: number | undefined;

  constructor(hub: Hub, presence: PresenceKeeper) {
    this.#hub = hub;
    this.#presence = presence;
  }

  /** The chats know of everything up to here: remembered by sockets, so that no row is written for it. */
  get #known(): number {
    if (this.#delivered === undefined) {
      this.#delivered = this.#hub.row.delivered_rev;
      for (const [, state] of this.#hub.sockets.entries())
        this.#delivered = Math.max(this.#delivered, state.delivered_rev);
    }
    return this.#delivered;
  }

  /** A device has the inbox up to `rev`. */
  acknowledge(rev: number): void {
    this.#acknowledged = Math.max(this.#acknowledged, Math.min(rev, this.#hub.rev));
    if (this.#acknowledged <= this.#known) return;
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      this.#hub.host.inBackground(this.#report());
    }, DELIVERED_MS);
  }

  async #report(): Promise<void> {
    const upTo = this.#acknowledged;
    const rows = this.#hub.store.changed(this.#known, upTo, CATCH_UP_ROWS);
    let reported = rows.length < CATCH_UP_ROWS ? upTo : (rows.at(-1)?.rev ?? upTo);
    // What was read was delivered, and the chat knows it; what the person has set for it is none of its business.
    const owed = rows.filter(
      (row) => row.is_removed === 0 && row.head_seq > row.read_seq && row.entry_rev > this.#known,
    );
    await eachOf(owed, CHATS_AT_ONCE, async (row) => {
      try {
        await this.#hub.peers.chat(row.chat_id, (chat) => chat.markDelivered(this.#hub.userId, row.head_seq));
      } catch {
        // Told again with the next acknowledgement.
        reported = Math.min(reported, row.rev - 1);
      }
    });
    if (reported <= this.#known) return;
    this.#delivered = reported;
    this.#presence.delivered_rev = reported;
    for (const [socket, state] of [...this.#hub.sockets.entries()])
      this.#hub.sockets.update(socket, { ...state, delivered_rev: reported });
  }
}
