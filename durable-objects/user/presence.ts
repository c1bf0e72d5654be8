import { directChatId } from "../../src/protocol/ids.ts";
import type { Presence, PresenceStatus } from "../../src/protocol/user.ts";
import type { Hub } from "./hub.ts";
import type { HubSocket } from "./hub-socket.ts";
import { GRACE_MS, HUBS_AT_ONCE, TELL_EVERY_MS, WATCHER_KEPT_MS, WATCHER_NOTED_MS, WATCHERS } from "./limits.ts";
import { eachOf } from "./peers.ts";
import type { WatcherRow } from "./store.ts";

const iso = (at: number): string => new Date(at).toISOString();
/** A watching hub that cannot be reached is tried again after these waits (ms), then left to ask by itself. */
const TELL_RETRIES_MS: readonly number[] = [500, 2_000];

/** What others see of the owner, and who is told when it changes (PRS1 to PRS8). */
export class PresenceKeeper {
  readonly #hub: Hub;
  #shown: { status: PresenceStatus; since: number } | undefined;
  /** `asks` counts the calls of each, so that an answer that crossed a new call is not mistaken for its end. */
  #watchers: Map<string, WatcherRow & { asks: number }> | undefined;
  /** Changes of what others see, and how many of them the watching hubs were told, in this life of the object. */
  #changes = 0;
  #told = 0;
  #toldAt = 0;
  #isTelling = false;

  constructor(hub: Hub) {
    this.#hub = hub;
  }

  /** What others see now. */
  get presence(): Presence {
    const { status, since } = this.shown;
    const { left_at, user_id } = this.#hub.row;
    return {
      user_id,
      status,
      timestamp: iso(since),
      ...(status === "offline" && left_at !== null ? { last_seen_at: iso(left_at) } : {}),
    };
  }

  /** What was last told, as far as it can be known: after a wake it is read from the sockets, or from the row. */
  get shown(): { status: PresenceStatus; since: number } {
    this.#shown ??= this.#remembered();
    return this.#shown;
  }

  #remembered(): { status: PresenceStatus; since: number } {
    const { online_at, left_at, left_status, created_at } = this.#hub.row;
    if (online_at === null) return { status: "offline", since: left_at === null ? created_at : left_at + GRACE_MS };
    let newest: HubSocket["shown"] | undefined;
    for (const [, { shown }] of this.#hub.sockets.entries()) if (!newest || shown.since > newest.since) newest = shown;
    return newest ?? { status: left_status ?? "online", since: online_at };
  }

  /**
   * Brings what others see up to date with the sockets, the row and the clock, and tells those who watch.
   * To be called after every change of any of the three; also notices a loss that no close event told of.
   */
  settle(now: number): void {
    if (!this.#hub.isMade) return;
    const was = this.shown;
    const { row } = this.#hub;
    if (this.#hub.isAwake) {
      if (row.online_at === null) this.#hub.update({ online_at: now, left_at: null, left_status: null });
      else if (row.left_at !== null) this.#hub.update({ left_at: null, left_status: null });
      this.#show(this.#derive(), now);
      return;
    }
    if (row.online_at === null) return;
    if (row.left_at === null) {
      const delivered_rev = Math.max(row.delivered_rev, this.delivered_rev);
      this.#hub.update({ left_at: now, left_status: was.status, delivered_rev });
      this.#hub.host.wakeAt(now + GRACE_MS);
    } else if (row.left_at + GRACE_MS <= now) {
      this.#hub.update({ online_at: null });
      this.#show("offline", row.left_at + GRACE_MS);
    } else {
      this.#hub.host.wakeAt(row.left_at + GRACE_MS);
    }
  }

  /** Kept here until the next row is written anyway: how far the chats know that the devices have the inbox. */
  delivered_rev = 0;

  #derive(): PresenceStatus {
    const said = this.#hub.row.said_status;
    const devices = new Set<PresenceStatus>();
    for (const [, state] of this.#hub.sockets.entries()) devices.add(state.status);
    if (said === "busy" || devices.has("busy")) return "busy";
    return said === "away" || !devices.has("online") ? "away" : "online";
  }

  #show(status: PresenceStatus, since: number): void {
    if (status === this.shown.status) return;
    this.#shown = { status, since };
    for (const [socket, state] of [...this.#hub.sockets.entries()])
      this.#hub.sockets.update(socket, { ...state, shown: this.#shown });
    this.#hub.broadcast({ type: "PRESENCE_BROADCAST", ...this.presence });
    this.#changes++;
    if (!this.#isTelling && this.#watching().size > 0) this.#hub.host.inBackground(this.#tellChanges());
  }

  /** What the person said of themselves, over all devices; `online` takes it back. */
  say(status: "online" | "away" | "busy", now: number): PresenceStatus {
    this.#hub.make();
    const said_status = status === "online" ? null : status;
    if (this.#hub.row.said_status !== said_status) this.#hub.update({ said_status });
    this.settle(now);
    return this.shown.status;
  }

  /** May `userId`, whom the caller vouches to be a member of `chatId`, see the owner? Only if the owner is in it too. */
  async maySee(userId: string, chatId: string): Promise<boolean> {
    if (!this.#hub.isMade || !this.#sharesChat(chatId)) return false;
    return !chatId.startsWith("d") || chatId === (await directChatId(this.#hub.userId, userId));
  }

  #sharesChat(chatId: string): boolean {
    return this.#hub.store.entry(chatId)?.is_removed === 0;
  }

  /** Another hub's devices watch the owner from now on, until it says that they no longer do. */
  async watch(watcherId: string, chatId: string, now: number): Promise<Presence | undefined> {
    if (!(await this.maySee(watcherId, chatId))) return undefined;
    this.settle(now);
    const watchers = this.#watching();
    const known = watchers.get(watcherId);
    if (!known && watchers.size >= WATCHERS) return this.presence;
    // Renewals come every minute; a row once an hour is enough to be remembered through sleep.
    if (known?.chat_id === chatId && now - known.noted_at <= WATCHER_NOTED_MS) known.asks++;
    else {
      const row = { user_id: watcherId, chat_id: chatId, noted_at: now };
      this.#hub.store.putWatcher(row);
      watchers.set(watcherId, { ...row, asks: (known?.asks ?? 0) + 1 });
    }
    return this.presence;
  }

  #watching(): Map<string, WatcherRow & { asks: number }> {
    this.#watchers ??= new Map(this.#hub.store.watchers().map((row) => [row.user_id, { ...row, asks: 0 }]));
    return this.#watchers;
  }

  #forget(userId: string): void {
    this.#watching().delete(userId);
    this.#hub.store.forgetWatcher(userId);
  }

  /**
   * The first change goes out at once, those that follow it within {@link TELL_EVERY_MS} together: one device that
   * changes its mind a hundred times a second must not call a thousand hubs each time.
   */
  async #tellChanges(): Promise<void> {
    this.#isTelling = true;
    while (this.#told !== this.#changes) {
      const wait = Math.min(TELL_EVERY_MS, this.#toldAt + TELL_EVERY_MS - Date.now());
      if (wait > 0) await new Promise((resolve) => setTimeout(resolve, wait));
      this.#told = this.#changes;
      this.#toldAt = Date.now();
      this.#hub.host.inBackground(this.#tell());
    }
    this.#isTelling = false;
  }

  /** One call per watching hub. */
  async #tell(): Promise<void> {
    await eachOf([...this.#watching().values()], HUBS_AT_ONCE, async (row) => {
      // The right may have gone since, and a hub that has not asked for a day has no device that cares.
      if (Date.now() - row.noted_at > WATCHER_KEPT_MS || !this.#sharesChat(row.chat_id))
        return this.#forget(row.user_id);
      const { asks } = row;
      for (const wait of [...TELL_RETRIES_MS, 0]) {
        try {
          // What is true by now: a hub that is tried again must not hear what is over after what is new.
          const isWatching = await this.#hub.peers.user(row.user_id, (hub) => hub.presenceChanged(this.presence));
          if (!isWatching && this.#watching().get(row.user_id)?.asks === asks) this.#forget(row.user_id);
          return;
        } catch {
          if (wait > 0) await new Promise((resolve) => setTimeout(resolve, wait));
        }
      }
    });
  }
}
