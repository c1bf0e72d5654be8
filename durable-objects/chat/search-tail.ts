import { mayHoldApart, type Part } from "../../src/domain/search-query.ts";
import { foldApart } from "../../src/domain/search-text.ts";
import type { SearchStore } from "./search-store.ts";

/** A tail of more messages, or with one of more characters, is not kept: it is looked through, message by message. */
const MESSAGES_KEPT = 128;
const CHARS_KEPT = 2_000;

/**
 * What the newest messages say, which are in no index yet, as one folded text in memory: a chat that is asked again
 * for what nobody said there reads no message. It says "no" for certain; any change of what was said empties it.
 */
export class SearchTail {
  readonly #store: SearchStore;
  /** Messages of (after, upTo] are in `text`; undefined where they are too many or too long. */
  #after = 0;
  #upTo = 0;
  #text: string | undefined = "";

  constructor(store: SearchStore) {
    this.#store = store;
  }

  /** Can the parts stand in one of the messages of (after, upTo]? False is certain. */
  mayHold(parts: readonly Part[], after: number, upTo: number): boolean {
    if (parts.length === 0 || upTo - after > MESSAGES_KEPT) return true;
    if (this.#after !== after || this.#upTo > upTo) this.#restart(after);
    if (this.#upTo < upTo) this.#read(upTo);
    return this.#text === undefined || mayHoldApart(this.#text, parts);
  }

  /** Something that was said is no longer said, or said otherwise. */
  forget(): void {
    this.#restart(0);
  }

  #restart(after: number): void {
    this.#after = this.#upTo = after;
    this.#text = "";
  }

  #read(upTo: number): void {
    const { text, longest } = this.#store.joined(this.#upTo, upTo, CHARS_KEPT);
    this.#upTo = upTo;
    if (longest > CHARS_KEPT) this.#text = undefined;
    else if (this.#text !== undefined) this.#text += `${foldApart(text)}\n`;
  }
}
