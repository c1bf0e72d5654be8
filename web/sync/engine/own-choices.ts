import { asFault } from "../../../src/domain/fault.ts";
import { messageId } from "../../../src/protocol/ids.ts";
import type { Message } from "../../../src/protocol/message.ts";
import type { OutboxRow } from "./outbox-row.ts";
import { choiceOf } from "./poll-picture.ts";
import type { Ports } from "./ports.ts";

/**
 * What this person chose in polls that name nobody, or not everybody: remembered on the device from their own votes,
 * told by the chat when they vote on another, and asked of the server once after each attach or catch-up, for what was missed.
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
    if (message.seq === 0 || !this.#isLoaded) return known;
    // Only where nobody but the server can tell.
    if (choiceOf(message, this.#me, undefined) !== undefined) return known;
    if (this.#asked.has(message.seq)) return known;
    this.#asked.add(message.seq);
    void this.#ask(message.seq);
    return known;
  }

  /** A vote was counted. */
  obeyed({ command, target_seq: seq }: OutboxRow): void {
    if (command?.type === "SET_VOTE" && seq !== undefined) this.#remember(seq, command.option_ids);
  }

  /** What this person has chosen now, as the chat tells their devices alone. */
  chosen(seq: number, option_ids: readonly number[]): void {
    this.#remember(seq, option_ids);
    this.#asked.add(seq);
    this.#changed();
  }

  /** What nobody answered may be answered now, and what was known may have changed. */
  attached(): void {
    this.caughtUp();
    this.#changed();
  }

  /** Votes may have been missed: they are asked for when they are drawn next. */
  caughtUp(): void {
    this.#asked.clear();
  }

  async #ask(seq: number): Promise<void> {
    const before = this.#known.get(seq);
    try {
      const chosen = await this.#ports.remote.ownVotes(messageId(this.#chatId, seq));
      // A vote of this device that was counted meanwhile is later.
      if (this.#known.get(seq) === before && chosen.join() !== before?.join()) this.#remember(seq, chosen);
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
