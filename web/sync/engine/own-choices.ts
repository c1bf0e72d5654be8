import { asFault } from "../../../src/domain/fault.ts";
import { messageId } from "../../../src/protocol/ids.ts";
import type { Message } from "../../../src/protocol/message.ts";
import type { OutboxRow } from "./outbox-row.ts";
import { choiceOf } from "./poll-picture.ts";
import type { Ports } from "./ports.ts";

/**
 * What this person chose in polls that name nobody, or not everybody: remembered on the device from their own votes,
 * and asked of the server once where it is not known.
 */
export class OwnChoices {
  readonly #chatId: string;
  readonly #me: string;
  readonly #ports: Pick<Ports, "store" | "remote" | "report">;
  readonly #changed: () => void;
  readonly #known = new Map<number, readonly number[]>();
  readonly #asked = new Set<number>();
  #isLoaded = false;

  constructor(chatId: string, me: string, ports: Pick<Ports, "store" | "remote" | "report">, changed: () => void) {
    this.#chatId = chatId;
    this.#me = me;
    this.#ports = ports;
    this.#changed = changed;
  }

  async load(): Promise<void> {
    const choices = await this.#ports.store.loadChoices(this.#chatId);
    for (const { seq, option_ids } of choices) if (!this.#known.has(seq)) this.#known.set(seq, option_ids);
    this.#isLoaded = true;
    this.#changed();
  }

  of(message: Message): readonly number[] | undefined {
    const known = this.#known.get(message.seq);
    if (known || message.seq === 0 || !this.#isLoaded || this.#asked.has(message.seq)) return known;
    // Only where nobody but the server can tell.
    if (choiceOf(message, this.#me, undefined) !== undefined) return undefined;
    this.#asked.add(message.seq);
    void this.#ask(message.seq);
    return undefined;
  }

  /** A vote was counted. */
  obeyed({ command, target_seq: seq }: OutboxRow): void {
    if (command?.type === "SET_VOTE" && seq !== undefined) this.#remember(seq, command.option_ids);
  }

  /** What nobody answered may be answered now. */
  attached(): void {
    for (const seq of [...this.#asked]) if (!this.#known.has(seq)) this.#asked.delete(seq);
  }

  async #ask(seq: number): Promise<void> {
    try {
      const chosen = await this.#ports.remote.ownVotes(messageId(this.#chatId, seq));
      if (!this.#known.has(seq)) this.#remember(seq, chosen);
      this.#changed();
    } catch (error) {
      if (!asFault(error)) this.#ports.report(error);
    }
  }

  #remember(seq: number, option_ids: readonly number[]): void {
    this.#known.set(seq, option_ids);
    this.#ports.store.saveChoice({ chat_id: this.#chatId, seq, option_ids }).catch(this.#ports.report);
  }
}
