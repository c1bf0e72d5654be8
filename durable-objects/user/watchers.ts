import { type Presence, UNTOLD_TIME } from "../../src/protocol/user.ts";
import type { Hub } from "./hub.ts";
import { HUBS_AT_ONCE, TELL_EVERY_MS, WATCHER_KEPT_MS, WATCHER_NOTED_MS, WATCHERS } from "./limits.ts";
import { eachOf } from "./peers.ts";
import type { WatcherRow } from "./store.ts";

/** A watching hub that cannot be reached is tried again after these waits (ms), then left to ask by itself. */
const TELL_RETRIES_MS: readonly number[] = [500, 2_000];

/** What is asked of the owner's presence. */
interface Subject {
  /** Does the owner still share this chat, by which a watcher has the right? */
  mayWatch(chatId: string): boolean;
  /** The presence as this person may see it now. */
  presenceFor(userId: string): Presence;
}

interface Watcher extends WatcherRow {
  /** Counts their calls, so that an answer that crossed a new call is not mistaken for its end. */
  asks: number;
  /** What they were told last, in this life of the object. */
  told?: string;
}

/** A presence that says nothing: who sees this of somebody must not learn from a call when they come and go. */
const isConcealed = ({ status, timestamp, custom_status }: Presence): boolean =>
  status === "offline" && timestamp === UNTOLD_TIME && custom_status === undefined;

/** Hubs whose devices watch the owner, and what they are told (PRS7, PRS8). */
export class Watchers {
  readonly #hub: Hub;
  readonly #subject: Subject;
  #known: Map<string, Watcher> | undefined;
  /** Changes of what others see, and how many of them the watching hubs were told, in this life of the object. */
  #changes = 0;
  #told = 0;
  #toldAt = 0;
  #isTelling = false;
  /** Also those are told who may see nothing: they may have seen something before. */
  #isForAll = false;

  constructor(hub: Hub, subject: Subject) {
    this.#hub = hub;
    this.#subject = subject;
  }

  #all(): Map<string, Watcher> {
    this.#known ??= new Map(this.#hub.store.watchers().map((row) => [row.user_id, { ...row, asks: 0 }]));
    return this.#known;
  }

  /** Somebody watches from now on. Renewals come every minute; a row once an hour is enough to outlive sleep. */
  watch(userId: string, chatId: string, now: number): Presence {
    const presence = this.#subject.presenceFor(userId);
    const all = this.#all();
    const known = all.get(userId);
    if (!known && all.size >= WATCHERS) return presence;
    if (known?.chat_id === chatId && now - known.noted_at <= WATCHER_NOTED_MS) {
      known.asks++;
      known.told = JSON.stringify(presence);
    } else {
      const row = { user_id: userId, chat_id: chatId, noted_at: now };
      this.#hub.store.putWatcher(row);
      all.set(userId, { ...row, asks: (known?.asks ?? 0) + 1, told: JSON.stringify(presence) });
    }
    return presence;
  }

  #forget(userId: string): void {
    this.#all().delete(userId);
    this.#hub.store.forgetWatcher(userId);
  }

  /** What others see has changed. */
  changed(isForAll = false): void {
    this.#changes++;
    this.#isForAll ||= isForAll;
    if (!this.#isTelling && this.#all().size > 0) this.#hub.host.inBackground(this.#tellChanges());
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
      const isForAll = this.#isForAll;
      this.#isForAll = false;
      this.#hub.host.inBackground(this.#tell(isForAll));
    }
    this.#isTelling = false;
  }

  /** One call per watching hub. */
  async #tell(isForAll: boolean): Promise<void> {
    await eachOf([...this.#all().values()], HUBS_AT_ONCE, async (row) => {
      // The right may have gone since, and a hub that has not asked for a day has no device that cares.
      if (Date.now() - row.noted_at > WATCHER_KEPT_MS || !this.#subject.mayWatch(row.chat_id))
        return this.#forget(row.user_id);
      const { asks } = row;
      for (const wait of [...TELL_RETRIES_MS, 0]) {
        // What is true by now: a hub that is tried again must not hear what is over after what is new.
        const presence = this.#subject.presenceFor(row.user_id);
        const told = JSON.stringify(presence);
        if (told === row.told || (row.told === undefined && !isForAll && isConcealed(presence))) return;
        try {
          const isWatching = await this.#hub.peers.user(row.user_id, (hub) => hub.presenceChanged(presence));
          const now = this.#all().get(row.user_id);
          if (now?.asks === asks) {
            if (isWatching) now.told = told;
            else this.#forget(row.user_id);
          }
          return;
        } catch {
          if (wait > 0) await new Promise((resolve) => setTimeout(resolve, wait));
        }
      }
    });
  }
}
