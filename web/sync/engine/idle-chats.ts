import type { ChatSession } from "./chat-session.ts";
import { isOwing } from "./outbox-refs.ts";
import { type OutboxRow, step } from "./outbox-row.ts";
import type { Ports } from "./ports.ts";
import type { OwnCursors } from "./stored.ts";

/** What a device keeps of chats that it does not follow at the moment: unsent rows, and how far was read, in threads too. */
export class IdleChats {
  readonly #ports: Pick<Ports, "store" | "report">;
  readonly #outbox = new Map<string, readonly OutboxRow[]>();
  readonly #cursors = new Map<string, OwnCursors>();
  /** Chats that may not know how far was read in their threads. */
  readonly #threads = new Set<string>();

  constructor(ports: Pick<Ports, "store" | "report">) {
    this.#ports = ports;
  }

  async restore(rows: readonly OutboxRow[], cursors: readonly OwnCursors[]): Promise<void> {
    const { store, report } = this.#ports;
    const reads = await store.loadThreadReads().catch((error: unknown) => {
      report(error);
      return [];
    });
    for (const { chat_id } of reads) this.#threads.add(chat_id);
    for (const row of rows) this.#outbox.set(row.chat_id, [...this.rows(row.chat_id), row]);
    for (const cursor of cursors) this.#cursors.set(cursor.chat_id, cursor);
  }

  rows(chatId: string): readonly OutboxRow[] {
    return this.#outbox.get(chatId) ?? [];
  }

  cursors(chatId: string): OwnCursors | undefined {
    return this.#cursors.get(chatId);
  }

  *all(): Generator<readonly [chatId: string, rows: readonly OutboxRow[]]> {
    yield* this.#outbox;
  }

  /** A row was written for a chat without a session; it has not left from there. */
  add(row: OutboxRow): void {
    const rows = this.rows(row.chat_id);
    if (rows.some((known) => known.place === row.place)) return;
    this.#outbox.set(row.chat_id, [...rows, { ...row, is_transmitted: false }]);
  }

  /** Chats that must hear something from this device. */
  *owed(): Generator<string> {
    for (const [chatId, rows] of this.#outbox) if (isOwing(rows)) yield chatId;
    for (const [chatId, cursors] of this.#cursors) if (cursors.is_owed) yield chatId;
    yield* this.#threads;
  }

  /** The rows are a session's from now on. */
  taken(chatId: string): void {
    this.#outbox.delete(chatId);
  }

  /** A session ends; what it was not able to send stays. */
  keep(session: ChatSession): void {
    const { chat_id } = session;
    if (session.lane.rows.length > 0) this.#outbox.set(chat_id, session.lane.rows);
    if (session.isGone) return;
    if (session.screens.isOwing) this.#threads.add(chat_id);
    else this.#threads.delete(chat_id);
    this.#cursors.set(chat_id, {
      chat_id,
      delivered_seq: session.receipts.deliveredSeq,
      read_seq: session.receipts.readSeq,
      is_owed: session.receipts.isOwing,
    });
  }

  /**
   * The chat is no longer this person's. What they wrote and could not send stays with them, out of sight until they are
   * back. Returns what was to be sent later: its text is to be given back.
   */
  purge(chatId: string): OutboxRow[] {
    const { store, report } = this.#ports;
    const rows: OutboxRow[] = [];
    const texts: OutboxRow[] = [];
    for (const row of this.rows(chatId)) {
      if (row.kind === "command") {
        store.removeOutbox(row.place).catch(report);
        if (row.command?.type === "SCHEDULE_MESSAGE" && row.phase !== "acknowledged") texts.push(row);
      } else rows.push(step(row, { type: "given_up", code: "removed" }));
    }
    for (const row of rows) store.updateOutbox(row).catch(report);
    if (this.#outbox.has(chatId)) this.#outbox.set(chatId, rows);
    this.#cursors.delete(chatId);
    this.#threads.delete(chatId);
    store.purgeChat(chatId).catch(report);
    return texts;
  }
}
