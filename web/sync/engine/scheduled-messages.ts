import { asFault } from "../../../src/domain/fault.ts";
import { messageId, parseMessageId } from "../../../src/protocol/ids.ts";
import type { Message } from "../../../src/protocol/message.ts";
import type { ScheduledMessage } from "../../../src/protocol/timer-routes.ts";
import type { ScheduledLine } from "../client.ts";
import { contentOf, type OutboxRow } from "./outbox-row.ts";
import type { Ports } from "./ports.ts";

/**
 * What waits for its time in one chat: as the server last told it, with what this device has set and taken back and not
 * yet been told. Read when somebody first looks; offline what the device remembers.
 */
export class ScheduledMessages {
  readonly #chatId: string;
  readonly #me: string;
  readonly #ports: Pick<Ports, "store" | "remote" | "report">;
  readonly #changed: () => void;
  #told: readonly ScheduledMessage[] = [];
  #lines: readonly ScheduledLine[] = [];
  #looks = "";
  #isWatched = false;
  #isAsking = false;
  /** The list changed while it was being read: what is on its way may be from before. */
  #isStale = false;
  /** The count that the inbox named when the list was read. */
  #count: number | undefined;

  constructor(chatId: string, me: string, ports: Pick<Ports, "store" | "remote" | "report">, changed: () => void) {
    this.#chatId = chatId;
    this.#me = me;
    this.#ports = ports;
    this.#changed = changed;
  }

  /** Somebody looks. */
  async watch(): Promise<void> {
    if (!this.#isWatched) {
      this.#isWatched = true;
      this.#told = await this.#ports.store.loadScheduled(this.#chatId);
      this.#changed();
    }
    await this.#ask();
  }

  attached(): void {
    if (this.#isWatched) void this.#ask();
  }

  /** The inbox says how many wait: another device may have set one. */
  inboxSays(count: number): void {
    const isNews = this.#count !== undefined && count !== this.#count;
    this.#count = count;
    if (isNews) this.#isStale = true;
    if (isNews && this.#isWatched && count !== this.#told.length) void this.#ask();
  }

  obeyed(row: OutboxRow): void {
    const { command } = row;
    if (command?.type === "CANCEL_SCHEDULED" || command?.type === "SCHEDULE_MESSAGE") this.#isStale = true;
    if (command?.type === "CANCEL_SCHEDULED") this.#remove((one) => one.client_msg_id === command.scheduled_id);
    if (command?.type !== "SCHEDULE_MESSAGE") return;
    const kept = this.#told.filter((one) => one.client_msg_id !== command.scheduled_id);
    this.#keep([...kept, scheduledOf(row, command)]);
  }

  /** What was sent waits no more. */
  news(messages: readonly Message[]): void {
    if (this.#told.length === 0 && !this.#isAsking) return;
    const own = new Set(messages.filter((m) => m.sender_id === this.#me).map((m) => m.client_msg_id));
    if (own.size > 0) this.#isStale = true;
    this.#remove((one) => own.has(one.client_msg_id));
  }

  /** The next first; the same array until something on it changes. Undefined until somebody looked. */
  lines(outbox: readonly OutboxRow[]): readonly ScheduledLine[] | undefined {
    if (!this.#isWatched) return undefined;
    const found = new Map(this.#told.map((one) => [one.client_msg_id, lineOf(one, false)]));
    for (const row of outbox) {
      const { command } = row;
      if (command?.type === "CANCEL_SCHEDULED") found.delete(command.scheduled_id);
      else if (command?.type === "SCHEDULE_MESSAGE" && row.phase !== "failed")
        found.set(command.scheduled_id, lineOf(scheduledOf(row, command), row.done_rev === undefined));
    }
    const lines = [...found.values()].sort((a, b) => a.send_at - b.send_at);
    const looks = JSON.stringify(lines);
    if (looks !== this.#looks) {
      this.#looks = looks;
      this.#lines = lines;
    }
    return this.#lines;
  }

  async #ask(): Promise<void> {
    if (this.#isAsking) return;
    this.#isAsking = true;
    try {
      do {
        this.#isStale = false;
        const told = await this.#ports.remote.scheduled(this.#chatId);
        if (!this.#isStale) this.#keep(told);
      } while (this.#isStale);
    } catch (error) {
      if (!asFault(error)) this.#ports.report(error);
    } finally {
      this.#isAsking = false;
      this.#changed();
    }
  }

  #remove(isOut: (one: ScheduledMessage) => boolean): void {
    if (this.#told.some(isOut)) this.#keep(this.#told.filter((one) => !isOut(one)));
  }

  #keep(messages: readonly ScheduledMessage[]): void {
    this.#told = messages;
    this.#ports.store.saveScheduled(this.#chatId, messages).catch(this.#ports.report);
  }
}

function scheduledOf(row: OutboxRow, command: { scheduled_id: string; send_at: string }): ScheduledMessage {
  const { chat_id, reply_to_seq, thread_root_seq, expires_in_s } = row;
  return {
    chat_id,
    client_msg_id: command.scheduled_id,
    send_at: command.send_at,
    ...contentOf(row),
    ...(reply_to_seq === undefined ? {} : { reply_to_message_id: messageId(chat_id, reply_to_seq) }),
    ...(thread_root_seq === undefined ? {} : { thread_root_message_id: messageId(chat_id, thread_root_seq) }),
    ...(expires_in_s === undefined ? {} : { expires_in_s }),
  };
}

function lineOf(one: ScheduledMessage, isQueued: boolean): ScheduledLine {
  const replyTo = parseMessageId(one.reply_to_message_id ?? "")?.seq;
  const root = parseMessageId(one.thread_root_message_id ?? "")?.seq;
  return {
    client_msg_id: one.client_msg_id,
    send_at: Date.parse(one.send_at),
    message_type: one.message_type,
    content: one.content,
    ...(replyTo === undefined ? {} : { reply_to_seq: replyTo }),
    ...(root === undefined ? {} : { thread_root_seq: root }),
    ...(one.expires_in_s === undefined ? {} : { expires_in_s: one.expires_in_s }),
    is_queued: isQueued,
    ...(one.error === undefined ? {} : { error: `errors.${one.error}` }),
  };
}
