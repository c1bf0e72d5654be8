import type { Chat, Delta, Member, Receipt } from "../protocol/chat.ts";
import type { NewsFrame, Snapshot } from "../protocol/down.ts";
import type { Message } from "../protocol/message.ts";

/**
 * A chat as one device knows it, and how news changes it: pure, the same in the browser, in tests and in a bot.
 * The rules are those of the log: rows merge by their own `rev`, the higher wins; receipts merge by maximum.
 */
export interface ChatState {
  readonly chat_id: string;
  readonly epoch: string;
  /** The device has applied everything up to here. */
  readonly rev: number;
  readonly chat: Chat;
  readonly messages: ReadonlyMap<number, Message>;
  readonly members: ReadonlyMap<string, Member>;
  readonly receipts: ReadonlyMap<string, Receipt>;
  /** False where the members are more than a snapshot carries. */
  readonly is_complete: boolean;
}

/** What a device has to do about a news frame. */
export type Verdict = "ignore" | "apply" | "catch_up";

/** `rev` ≤ cursor: known. `base` ≤ cursor: apply. Else something is missing in between. */
export function judge(cursor: number, frame: { base: number; rev: number }): Verdict {
  if (frame.rev <= cursor) return "ignore";
  return frame.base <= cursor ? "apply" : "catch_up";
}

/** A snapshot replaces everything that was cached of its chat. */
export function fromSnapshot(snapshot: Snapshot): ChatState {
  return {
    chat_id: snapshot.chat_id,
    epoch: snapshot.epoch,
    rev: snapshot.rev,
    chat: snapshot.chat,
    messages: new Map(snapshot.messages.map((m) => [m.seq, m])),
    members: new Map(snapshot.members.map((m) => [m.user_id, m])),
    receipts: new Map(snapshot.receipts.map((r) => [r.user_id, r])),
    is_complete: snapshot.is_complete,
  };
}

/** Merges rows that came with a frame or with a page of history, without moving the cursor. */
export function mergeRows(state: ChatState, delta: Delta): ChatState {
  const members = mergeByRev(state.members, delta.members, (m) => m.user_id);
  return {
    ...state,
    chat: delta.chat && delta.chat.rev > state.chat.rev ? delta.chat : state.chat,
    messages: mergeByRev(state.messages, delta.messages, (m) => m.seq),
    members,
    receipts: ofPresent(mergeReceipts(state.receipts, delta.receipts), members, delta.members),
  };
}

/** Only who is there has a receipt: a member who left takes it along, and starts anew if they come back. */
function ofPresent(
  receipts: ReadonlyMap<string, Receipt>,
  members: ReadonlyMap<string, Member>,
  changed: readonly Member[] = [],
): ReadonlyMap<string, Receipt> {
  const left = changed.filter((m) => receipts.has(m.user_id) && members.get(m.user_id)?.removed_at !== undefined);
  if (left.length === 0) return receipts;
  const next = new Map(receipts);
  for (const { user_id } of left) next.delete(user_id);
  return next;
}

/** Applies a news frame that {@link judge} said to apply, and moves the cursor. */
export function applyNews(state: ChatState, frame: NewsFrame): ChatState {
  return { ...mergeRows(state, rowsOf(frame)), rev: frame.rev };
}

/** The rows that a news frame carries: of a new message in a thread its first message, too. */
function rowsOf(frame: NewsFrame): Delta {
  if (frame.type !== "MESSAGE_RECEIVED") return frame;
  return { messages: frame.root ? [frame.root, frame.message] : [frame.message] };
}

function mergeByRev<K, R extends { rev: number }>(
  old: ReadonlyMap<K, R>,
  rows: readonly R[] | undefined,
  key: (row: R) => K,
): ReadonlyMap<K, R> {
  if (!rows || rows.length === 0) return old;
  const next = new Map(old);
  for (const row of rows) {
    const known = next.get(key(row));
    if (!known || row.rev > known.rev) next.set(key(row), row);
  }
  return next;
}

function mergeReceipts(
  old: ReadonlyMap<string, Receipt>,
  rows: readonly Receipt[] | undefined,
): ReadonlyMap<string, Receipt> {
  if (!rows || rows.length === 0) return old;
  const next = new Map(old);
  for (const row of rows) {
    next.set(row.user_id, mergeReceipt(next.get(row.user_id), row));
  }
  return next;
}

/** By maximum; what was skipped is told whole by whichever of the two has come further. */
export function mergeReceipt(known: Receipt | undefined, row: Receipt): Receipt {
  const later = known && known.delivered_seq > row.delivered_seq ? known : row;
  return {
    user_id: row.user_id,
    delivered_seq: Math.max(row.delivered_seq, known?.delivered_seq ?? 0),
    read_seq: Math.max(row.read_seq, known?.read_seq ?? 0),
    ...(later.skipped ? { skipped: later.skipped } : {}),
  };
}

/** Has a cursor passed this number without its owner ever being shown the message? */
export const isSkipped = ({ skipped }: Pick<Receipt, "skipped">, seq: number): boolean =>
  skipped?.some(({ from_seq, to_seq }) => seq >= from_seq && seq <= to_seq) ?? false;

/** The number of the newest message a device knows: what it puts in `seen_seq`. */
export function headSeq(state: Pick<ChatState, "messages">): number {
  let head = 0;
  for (const seq of state.messages.keys()) if (seq > head) head = seq;
  return head;
}
