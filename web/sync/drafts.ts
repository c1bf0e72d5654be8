import { normaliseText } from "../../src/domain/text.ts";
import { Cell } from "./cell.ts";
import type { Store } from "./engine/ports.ts";
import type { SpentDraft, StoredDraft } from "./engine/stored.ts";
import { isThreadDraft } from "./thread-draft.ts";

/** What is written and not sent, by chat: on screen at once, in the store as fast as it takes writes. */
export class Drafts {
  readonly #store: Pick<Store, "loadDrafts" | "saveDraft">;
  readonly #saved: (chatId: string, draft: StoredDraft) => void;
  readonly #now: () => number;
  readonly #report: (error: unknown) => void;
  readonly #cells = new Map<string, Cell<string>>();
  /** Newer than what the store is writing now. */
  readonly #waiting = new Map<string, StoredDraft>();
  readonly #writing = new Set<string>();
  /** When what is on screen was written, in epoch milliseconds by this device's clock. */
  readonly #written = new Map<string, number>();

  constructor(
    store: Pick<Store, "loadDrafts" | "saveDraft">,
    events: { saved(chatId: string, draft: StoredDraft): void; now(): number; report(error: unknown): void },
  ) {
    this.#now = () => events.now();
    this.#store = store;
    this.#saved = (chatId, draft) => events.saved(chatId, draft);
    this.#report = (error) => events.report(error);
  }

  /** Takes over what is in the store and later than what is known: also of a tab that ended before it could tell. */
  async load(): Promise<void> {
    for (const [chatId, { text, edited_at }] of await this.#store.loadDrafts()) this.heard(chatId, text, edited_at);
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
    const cell = this.of(chatId);
    // What says what it said is no news: a field that is emptied when it is empty must not undo another device's draft.
    if (cell.get() === text) return;
    const draft = this.#next(chatId, text);
    this.#written.set(chatId, draft.edited_at);
    cell.set(text);
    this.#waiting.set(chatId, draft);
    if (!this.#writing.has(chatId)) void this.#write(chatId);
  }

  /** The draft as it is once this text was sent; undefined if it is another text. */
  spent(chatId: string, text: string): SpentDraft | undefined {
    if (normaliseText(this.of(chatId).get()) !== text) return undefined;
    return { name: chatId, draft: this.#next(chatId, "") };
  }

  /** Later than what it follows, also where the device's clock was set back meanwhile. */
  #next(chatId: string, text: string): StoredDraft {
    const edited_at = Math.max(this.#now(), (this.#written.get(chatId) ?? 0) + 1);
    return { text, edited_at, is_owed: !isThreadDraft(chatId) };
  }

  /** Another tab or device wrote. What was typed here later wins here. */
  heard(chatId: string, text: string, editedAt: number): void {
    if (this.#waiting.has(chatId) || (this.#written.get(chatId) ?? 0) > editedAt) return;
    this.#written.set(chatId, editedAt);
    this.of(chatId).set(text);
  }

  async #write(chatId: string): Promise<void> {
    this.#writing.add(chatId);
    for (let draft = this.#waiting.get(chatId); draft; draft = this.#waiting.get(chatId)) {
      this.#waiting.delete(chatId);
      // Where this device has no room for it, the hub has: it is told all the same.
      await this.#store.saveDraft(chatId, draft).catch(this.#report);
      this.#saved(chatId, draft);
    }
    this.#writing.delete(chatId);
  }
}
