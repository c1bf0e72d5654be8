import type { OutboxRow } from "./outbox-row.ts";

/**
 * Rows that name a message of this device that had no number when they were written: what they wait for, and how they
 * learn the number. Nothing of this is ever on the wire; a row leaves only when it names numbers.
 */

/** The `client_msg_id` that must get its number before this row can leave. */
export function waitsFor(row: OutboxRow): string | undefined {
  if (row.target_seq === undefined && row.target_id !== undefined) return row.target_id;
  return row.reply_to_seq === undefined ? row.reply_to_id : undefined;
}

/** What it names has failed, or waits for one that has: nothing is sent of it until its writer tries that again. */
export function isStuck(row: OutboxRow, rows: readonly OutboxRow[]): boolean {
  const id = waitsFor(row);
  const target = id === undefined ? undefined : rows.find((other) => other.client_msg_id === id);
  return target !== undefined && (target.phase === "failed" || isStuck(target, rows));
}

/** Something of these is still to be sent by itself. */
export const isOwing = (rows: readonly OutboxRow[]): boolean =>
  rows.some((row) => row.phase !== "failed" && !isStuck(row, rows));

/** The row once that message has this number; the same row if it does not wait for it. */
export function resolved(row: OutboxRow, clientMsgId: string, seq: number): OutboxRow {
  if (waitsFor(row) !== clientMsgId) return row;
  return row.target_id === clientMsgId && row.target_seq === undefined
    ? { ...row, target_seq: seq }
    : { ...row, reply_to_seq: seq };
}

/** The number was of a life of the chat that is no more: the row waits again, if nobody has heard of it. */
export function unresolved(row: OutboxRow, clientMsgId: string): OutboxRow {
  if (row.is_transmitted) return row;
  if (row.target_id === clientMsgId && row.target_seq !== undefined) {
    const { target_seq: _, ...rest } = row;
    return rest;
  }
  if (row.reply_to_id === clientMsgId && row.reply_to_seq !== undefined) {
    const { reply_to_seq: _, ...rest } = row;
    return rest;
  }
  return row;
}

/** The message will never be: an answer to it becomes a message of its own; a command has nothing left to change. */
export function withoutRef(row: OutboxRow): OutboxRow | undefined {
  if (row.kind !== "message" && row.command?.type !== "SCHEDULE_MESSAGE") return undefined;
  const { reply_to_id: _, ...rest } = row;
  return rest;
}
