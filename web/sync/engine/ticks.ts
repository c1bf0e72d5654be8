import { type ChatState, isSkipped } from "../../../src/domain/delta.ts";
import type { Receipt } from "../../../src/protocol/chat.ts";
import type { MessageState } from "../client.ts";
import type { OutboxRow } from "./outbox-row.ts";

/** Everything up to here is with every other current member, and was read by every one. */
export interface TickLine {
  delivered: number;
  read: number;
  /** What of that somebody was never shown. */
  skipped?: Receipt["skipped"];
}

const NONE: TickLine = { delivered: 0, read: 0 };

/**
 * Ticks of own messages (R15, K13): two when every other member has it, coloured when every one has read it; the
 * sender is not counted. Where the members are more than a device knows there are no ticks to give, nor when nobody
 * else is there.
 */
export function tickLine(state: Pick<ChatState, "members" | "receipts" | "is_complete">, me: string): TickLine {
  if (!state.is_complete) return NONE;
  let delivered = Number.POSITIVE_INFINITY;
  let read = Number.POSITIVE_INFINITY;
  const skipped: NonNullable<Receipt["skipped"]> = [];
  for (const member of state.members.values()) {
    if (member.user_id === me || member.removed_at !== undefined) continue;
    const receipt = state.receipts.get(member.user_id);
    // Who has read a message has it, whichever device said so.
    delivered = Math.min(delivered, Math.max(receipt?.delivered_seq ?? 0, receipt?.read_seq ?? 0));
    read = Math.min(read, receipt?.read_seq ?? 0);
    skipped.push(...(receipt?.skipped ?? []));
  }
  if (!Number.isFinite(read)) return NONE;
  return { delivered, read, ...(skipped.length > 0 ? { skipped } : {}) };
}

export function stateInLog(seq: number, line: TickLine): MessageState {
  if (isSkipped(line, seq)) return "sent";
  if (seq <= line.read) return "read";
  return seq <= line.delivered ? "delivered" : "sent";
}

/** `isConnected`: the chat is attached, so that what waits is on its way. */
export function stateInOutbox(row: OutboxRow, isConnected: boolean): MessageState {
  switch (row.phase) {
    case "acknowledged":
      return "sent";
    case "failed":
      return "failed";
    case "held":
      return "retrying";
    case "in_flight":
      return row.attempts > 0 ? "retrying" : "sending";
    case "queued":
      if (!isConnected) return "waiting";
      return row.attempts > 0 ? "retrying" : "sending";
  }
}
