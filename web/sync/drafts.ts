import { Cell } from "./cell.ts";
import type { Store } from "./engine/ports.ts";

/** What is written and not sent, by chat: on screen at once, in the store as fast as it takes writes. */
export class Drafts {
  readonly #store: Pick<Store, "loadDrafts" | "saveDraft">;
  readonly #saved: (chatId: string, text: string) => void;
  readonly #report: (error: unknown) => void;
  readonly #cells = new Map<string, Cell<string>>();
  /** Newer than what the store is writing now. */
  readonly #waiting = new Map<string, string>();
  readonly #writing = new Set<string>();
  readonly #touched = new Set<string>();

  constructor(
    store: Pick<Store, "loadDrafts" | "saveDraft">,
    events: { saved(chatId: string, text: string): void; report(error: unknown): void },
  ) {
    this.#store = store;
    this.#saved = (chatId, text) => events.saved(chatId, text);
    this.#report = (error) => events.report(error);
  }

  async load(): Promise<void> {
    for (const [chatId, text] of await this.#store.loadDrafts()) {
      if (!this.#touched.has(chatId)) this.of(chatId).set(text);
    }
  }

  of(chatId: string): Cell<string> {
    let cell = this.#cells.get(chatId);
    if (!cell) {
      cell = new Cell("");
      this.#cells.set(chatId, cell);
    }
    return cell;
  }

  set(chatId: string, text: string): void {
    this.#touched.add(chatId);
    this.of(chatId).set(text);
    this.#waiting.set(chatId, text);
    if (!this.#writing.has(chatId)) void this.#write(chatId);
  }

  /** Another tab wrote. Somebody who types here at the same time wins here. */
  heard(chatId: string, text: string): void {
    if (!this.#waiting.has(chatId)) this.of(chatId).set(text);
  }

  async #write(chatId: string): Promise<void> {
    this.#writing.add(chatId);
    try {
      for (let text = this.#waiting.get(chatId); text !== undefined; text = this.#waiting.get(chatId)) {
        this.#waiting.delete(chatId);
        await this.#store.saveDraft(chatId, text);
        this.#saved(chatId, text);
      }
    } catch (error) {
      this.#report(error);
    } finally {
      this.#writing.delete(chatId);
    }
  }
}
