import { LISTENERS, LISTENING_MS } from "../shared/limits.ts";
import { type Heard, readListeners, saveListeners } from "./listener-store.ts";
import type { Room } from "./room.ts";
import type { Timing } from "./timing.ts";

/** A channel that tells of its posts only hubs that listen, and whose hubs ask for its head. */
export const isLargeChannel = ({ chat }: Room, timing: Pick<Timing, "large_chat">): boolean =>
  chat.chat_type === "channel" && chat.member_count > timing.large_chat;

/**
 * Hubs that want to hear of every post of a large channel (SPEC BMP7): those that have read its head, or answered "awake",
 * and not "asleep" since. A large channel knows them again after it slept (BMP9): written a moment later, all in one row, when
 * somebody came or went, or was heard of so long ago that they would be taken for gone. Losing that moment costs their owners
 * what it did before: their hubs ask by themselves.
 */
export class Listeners {
  readonly #room: () => Room | undefined;
  readonly #now: () => number;
  readonly #timing: Pick<Timing, "large_chat">;
  readonly #changed: () => void;
  #heard: Map<string, number> | undefined;
  #saved: Heard = new Map();
  #isUnsaved = false;

  /** `changed`: something is to be saved by and by. */
  constructor(
    room: () => Room | undefined,
    now: () => number,
    timing: Pick<Timing, "large_chat">,
    changed: () => void,
  ) {
    this.#room = room;
    this.#now = now;
    this.#timing = timing;
    this.#changed = changed;
  }

  get #isKept(): boolean {
    const room = this.#room();
    return room !== undefined && isLargeChannel(room, this.#timing);
  }

  /** In seconds. */
  get #time(): number {
    return Math.floor(this.#now() / 1_000);
  }

  /** As known; after a wake, as it was saved, but for those of whom nothing was heard since. */
  #all(): Map<string, number> {
    if (this.#heard) return this.#heard;
    const room = this.#room();
    if (!room || !this.#isKept) return new Map();
    this.#saved = readListeners(room.store.db);
    const isLate = (at: number): boolean => Math.abs(this.#time - at) * 1_000 > LISTENING_MS;
    this.#heard = new Map([...this.#saved].filter(([, at]) => !isLate(at)));
    return this.#heard;
  }

  get ids(): Iterable<string> {
    return this.#all().keys();
  }

  /** The latest last; very many make place. */
  hears(userId: string): void {
    const heard = this.#all();
    heard.delete(userId);
    heard.set(userId, this.#time);
    this.#heard = heard;
    if (heard.size > LISTENERS) heard.delete(heard.keys().next().value ?? "");
    const saved = this.#saved.get(userId);
    if (saved === undefined || Math.abs(this.#time - saved) * 2_000 > LISTENING_MS) this.#toSave();
  }

  sleeps(userId: string): void {
    this.#all().delete(userId);
    if (this.#saved.has(userId)) this.#toSave();
  }

  #toSave(): void {
    if (this.#isUnsaved || !this.#isKept) return;
    this.#isUnsaved = true;
    this.#changed();
  }

  /** One row, if anything is to be saved. */
  save(): void {
    const room = this.#room();
    if (!this.#isUnsaved || !room || !this.#heard) return;
    this.#isUnsaved = false;
    this.#saved = new Map(this.#heard);
    saveListeners(room.store.db, this.#saved);
  }
}
