import { expired, isOver } from "../../../src/domain/expiry.ts";
import { asFault } from "../../../src/domain/fault.ts";
import type { Message } from "../../../src/protocol/message.ts";
import type { Ports } from "./ports.ts";

/** The smallest page around a number. */
const QUOTE_PAGE = 3;

/**
 * Messages that are answered on screen and stand outside of it: a quote is a reference, so they are looked up, in the
 * store or over HTTP, once, and follow the news from then on.
 */
export class Quotes {
  readonly #chatId: string;
  readonly #ports: Pick<Ports, "store" | "remote" | "report">;
  readonly #changed: () => void;
  readonly #rows = new Map<number, Message>();
  readonly #asked = new Set<number>();

  constructor(chatId: string, ports: Pick<Ports, "store" | "remote" | "report">, changed: () => void) {
    this.#chatId = chatId;
    this.#ports = ports;
    this.#changed = changed;
  }

  /** Undefined while it is not known; then it is on its way. */
  of(seq: number): Message | undefined {
    if (!this.#asked.has(seq)) {
      this.#asked.add(seq);
      void this.#fetch(seq);
    }
    return this.#rows.get(seq);
  }

  news(messages: readonly Message[]): void {
    for (const message of messages) {
      const known = this.#rows.get(message.seq);
      // Also of one that is on its way: the page cannot bring back what the news undid.
      if (known ? message.rev > known.rev : this.#asked.has(message.seq)) this.#rows.set(message.seq, message);
    }
  }

  /** `now`: epoch milliseconds by the server's clock. */
  expire(now: number): void {
    for (const [seq, message] of this.#rows) if (isOver(message, now)) this.#rows.set(seq, expired(message));
  }

  /** What was not found may be found now. */
  attached(): void {
    for (const seq of [...this.#asked]) if (!this.#rows.has(seq)) this.#asked.delete(seq);
  }

  /** Everything that was known of the chat is void. */
  replaced(): void {
    this.#rows.clear();
    this.#asked.clear();
  }

  async #fetch(seq: number): Promise<void> {
    try {
      const [cached] = await this.#ports.store.loadBefore(this.#chatId, seq + 1, 1);
      const found = cached ?? (await this.#page(seq));
      if (!found || !this.#asked.has(seq)) return;
      const known = this.#rows.get(seq);
      if (!known || found.rev > known.rev) this.#rows.set(seq, found);
      this.#changed();
    } catch (error) {
      // Refused or unreachable: asked again with the next attach. Anything else is a mistake of ours.
      if (!asFault(error)) this.#ports.report(error);
    }
  }

  async #page(seq: number): Promise<Message | undefined> {
    const page = await this.#ports.remote.history(this.#chatId, { around_seq: seq }, QUOTE_PAGE);
    const found = page.messages.find((message) => message.seq === seq);
    if (!found) return undefined;
    const { sender: _, ...message } = found;
    return message;
  }
}
