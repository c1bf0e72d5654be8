import { type Presence, UNTOLD_TIME } from "../../src/protocol/user.ts";
import { Cell } from "./cell.ts";
import type { Readable } from "./client.ts";
import type { PresenceSubject } from "./desk.ts";

/** The people whose presence this tab shows: subscribed while somebody looks, all of them in one request. */
export class PresenceWatch {
  readonly #watch: (subjects: readonly PresenceSubject[]) => void;
  readonly #cells = new Map<string, Cell<Presence | undefined>>();
  readonly #readables = new Map<string, Readable<Presence | undefined>>();
  /** User id to the chats through which they are watched. */
  readonly #watched = new Map<string, Map<string, number>>();

  constructor(watch: (subjects: readonly PresenceSubject[]) => void) {
    this.#watch = watch;
  }

  /** The same object for the same pair, so that a screen which asks at each drawing does not subscribe anew. */
  of(userId: string, chatId: string): Readable<Presence | undefined> {
    const name = `${userId} ${chatId}`;
    const known = this.#readables.get(name);
    if (known) return known;
    const cell = this.#cell(userId);
    const fresh: Readable<Presence | undefined> = {
      get: cell.get,
      subscribe: (listener) => {
        const forget = cell.subscribe(listener);
        this.#count(userId, chatId, 1);
        return () => {
          forget();
          this.#count(userId, chatId, -1);
        };
      },
    };
    this.#readables.set(name, fresh);
    return fresh;
  }

  /** What was told of somebody, without watching them: of one's own person devices are always told. */
  told(userId: string): Readable<Presence | undefined> {
    return this.#cell(userId);
  }

  heard(presence: Presence): void {
    const cell = this.#cell(presence.user_id);
    const known = cell.get();
    // Two chats, or two answers, may tell of the same person; the later state is the true one.
    // One without a time says that less is shown from now on.
    if (known && presence.timestamp !== UNTOLD_TIME && known.timestamp > presence.timestamp) return;
    if (known && JSON.stringify(known) === JSON.stringify(presence)) return;
    cell.set(presence);
  }

  /** For a desk that has just begun. */
  get subjects(): PresenceSubject[] {
    return [...this.#watched].flatMap(([user_id, chats]) => {
      const [chat_id] = chats.keys();
      return chat_id === undefined ? [] : [{ user_id, chat_id }];
    });
  }

  #cell(userId: string): Cell<Presence | undefined> {
    let cell = this.#cells.get(userId);
    if (!cell) {
      cell = new Cell<Presence | undefined>(undefined);
      this.#cells.set(userId, cell);
    }
    return cell;
  }

  #count(userId: string, chatId: string, by: number): void {
    const chats = this.#watched.get(userId) ?? new Map<string, number>();
    const before = chats.get(chatId) ?? 0;
    if (before + by > 0) chats.set(chatId, before + by);
    else chats.delete(chatId);
    if (chats.size > 0) this.#watched.set(userId, chats);
    else this.#watched.delete(userId);
    if (before === 0 || before + by === 0) this.#watch(this.subjects);
  }
}
