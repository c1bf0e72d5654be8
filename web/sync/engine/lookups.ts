import type { Message } from "../../../src/protocol/message.ts";
import type { ScheduledLine } from "../client.ts";
import type { ChatLog } from "./chat-log.ts";
import type { OutboxRow } from "./outbox-row.ts";
import { OwnChoices } from "./own-choices.ts";
import type { AnyDown, Ports } from "./ports.ts";
import { Quotes } from "./quotes.ts";
import { ScheduledMessages } from "./scheduled-messages.ts";

/** What a chat shows beside its log, and has to look up: quotes from far off, own votes, what waits for its time. */
export class Lookups {
  readonly #quotes: Quotes;
  readonly #choices: OwnChoices;
  readonly #scheduled: ScheduledMessages;

  constructor(chatId: string, me: string, ports: Pick<Ports, "store" | "remote" | "report">, changed: () => void) {
    this.#quotes = new Quotes(chatId, ports, changed);
    this.#choices = new OwnChoices(chatId, me, ports, changed);
    this.#scheduled = new ScheduledMessages(chatId, me, ports, changed);
  }

  readonly quote = (seq: number): Message | undefined => this.#quotes.of(seq);

  /** The `rev` of a message: `pending` before it has come, undefined while it is looked up. */
  revOf(seq: number, log: Pick<ChatLog, "state" | "headSeq">): number | "pending" | undefined {
    const known = log.state?.messages.get(seq);
    if (known) return known.rev;
    return seq > log.headSeq ? "pending" : this.#quotes.of(seq)?.rev;
  }

  readonly choice = (message: Message): readonly number[] | undefined => this.#choices.of(message);
  scheduled(outbox: readonly OutboxRow[]): readonly ScheduledLine[] | undefined {
    return this.#scheduled.lines(outbox);
  }

  load(): Promise<void> {
    return this.#choices.load();
  }

  watchScheduled(): Promise<void> {
    return this.#scheduled.watch();
  }

  scheduledCount(count: number): void {
    this.#scheduled.inboxSays(count);
  }

  /** A command took effect. */
  obeyed(row: OutboxRow): void {
    this.#choices.obeyed(row);
    this.#scheduled.obeyed(row);
  }

  /** A frame of the chat, which may say what this person has just chosen elsewhere. */
  heard<F extends AnyDown>(frame: F): F {
    if (frame.type === "MESSAGES_CHANGED" && frame.own_vote)
      this.#choices.chosen(frame.own_vote.seq, frame.own_vote.option_ids);
    else if (frame.type === "CAUGHT_UP") this.#choices.caughtUp();
    return frame;
  }

  news(messages: readonly Message[]): void {
    this.#quotes.news(messages);
    this.#scheduled.news(messages);
  }

  /** A snapshot with these messages made everything else void. */
  replaced(messages: readonly Message[]): void {
    this.#quotes.replaced();
    this.#scheduled.news(messages);
  }

  attached(): void {
    this.#quotes.attached();
    this.#choices.attached();
    this.#scheduled.attached();
  }

  /** `now`: epoch milliseconds by the server's clock. */
  expire(now: number): void {
    this.#quotes.expire(now);
  }
}
