import { Fault } from "../../src/domain/fault.ts";
import type { Receipt } from "../../src/protocol/chat.ts";
import type { Effect, News } from "./commits.ts";
import { encodeNews } from "./news.ts";
import { withSkipped } from "./privacy.ts";
import type { Room } from "./room.ts";
import type { MemberRow } from "./rows.ts";
import { toReceipt } from "./wire.ts";

/**
 * Moves a member's cursors (SPEC RCP): merged by maximum, kept in memory until the next flush. Losing them with the
 * object loses nothing: devices restate their cursors when they attach.
 * @returns true if something moved
 * @throws Fault `seq_ahead` for a number above the head
 */
export function moveCursors(room: Room, member: MemberRow, deliveredSeq: number, readSeq: number): boolean {
  if (Math.max(deliveredSeq, readSeq) > room.headSeq)
    throw new Fault("seq_ahead", { details: { head_seq: room.headSeq } });
  return room.moveCursors(member, deliveredSeq, readSeq);
}

/**
 * Stores every cursor that moved, one row for up to 64 members, and publishes those that are not kept private, as one step
 * of the clock for all. What is private moves no clock: that somebody has read would be told by that alone (SPEC PRV2).
 * Whose read cursor moved has other devices that must hear of it.
 */
export function flushReceipts(room: Room, now: number): Effect<void> {
  const rev = room.rev + 1;
  const rows: MemberRow[] = [];
  const told: MemberRow[] = [];
  const readers: string[] = [];
  for (const [userId, moved] of room.moved) {
    const member = room.member(userId);
    if (!room.isPresent(member)) continue;
    const next: MemberRow = {
      ...member,
      delivered_seq: Math.max(member.delivered_seq, moved.delivered_seq),
      read_seq: Math.max(member.read_seq, moved.read_seq),
    };
    if (next.delivered_seq === member.delivered_seq && next.read_seq === member.read_seq) continue;
    if (next.read_seq !== member.read_seq) readers.push(userId);
    const isTold = isPublic(room, member, next);
    rows.push(isTold ? { ...next, receipt_rev: rev } : next);
    if (isTold) told.push(next);
  }
  if (rows.length === 0) return { value: undefined, apply: () => room.moved.clear() };
  const isNews = told.length > 0;
  const keepPages = room.receipts.write(rows, isNews ? rev : room.rev, (row) => movedAt(room, row, now));
  return {
    value: undefined,
    apply: () => {
      keepPages();
      for (const row of rows) room.setMember(row);
      room.moved.clear();
      if (isNews) room.rev = rev;
    },
    news: isNews
      ? {
          ...newsOf(
            room,
            rev,
            told.map((row) => toldOf(room, row)),
          ),
          bumps: readers,
        }
      : { pieces: [], bumps: readers },
  };
}

/** Does anybody else see that these cursors moved? */
function isPublic(room: Room, before: MemberRow, after: MemberRow): boolean {
  // A channel tells nobody who its readers are.
  if (room.blocks.isHolding || room.chat.chat_type === "channel") return false;
  return after.delivered_seq !== before.delivered_seq || !room.signs.hidesReceipts(after.user_id);
}

/** What is kept from others while it happens has no time afterwards either (SPEC DLV2). */
function movedAt(room: Room, row: MemberRow, now: number): { delivered: number | null; read: number | null } {
  const delivered = room.blocks.isHolding || room.chat.chat_type === "channel" ? null : now;
  return { delivered, read: room.signs.hidesReceipts(row.user_id) ? null : delivered };
}

/** A member's cursors as they are told to who hides nothing; `blocks`, where they are about to be others. */
export function toldOf(room: Room, row: MemberRow, blocks = room.blocks): Receipt {
  const hidden = room.signs.get(row.user_id);
  const receipt = withSkipped(room, toReceipt(row), blocks);
  return hidden?.hides_receipts === 1 ? { ...receipt, read_seq: hidden.shown_read } : receipt;
}

/** Who hides what they read is not told what others have: only their own. */
function newsOf(room: Room, rev: number, receipts: readonly Receipt[]): Pick<News, "pieces" | "own"> {
  const frame = { type: "RECEIPTS_CHANGED", chat_id: room.chat.chat_id, base: rev - 1, rev } as const;
  const own = (userId: string): string | undefined => {
    if (!room.signs.hidesReceipts(userId)) return undefined;
    const shown = receipts.map((receipt) => ownOf(room, userId, receipt));
    return encodeNews({ ...frame, receipts: shown });
  };
  return { pieces: [encodeNews({ ...frame, receipts: [...receipts] })], ...(room.signs.isAnyHidden ? { own } : {}) };
}

function ownOf(room: Room, userId: string, receipt: Receipt): Receipt {
  if (receipt.user_id !== userId) return { ...receipt, read_seq: 0 };
  const member = room.member(userId);
  return member ? withSkipped(room, toReceipt(member)) : receipt;
}

/** Tells cursors that were kept from others, as a step of the clock of its own. */
export function publishCursors(
  room: Room,
  members: readonly MemberRow[],
  toTold: (row: MemberRow) => Receipt = (row) => toldOf(room, row),
): { apply: () => void; news: News } {
  const rev = room.rev + 1;
  const rows = members.map((member) => ({ ...member, receipt_rev: rev }));
  const keepPages = room.receipts.write(rows, rev);
  return {
    apply: () => {
      keepPages();
      for (const row of rows) room.setMember(row);
      room.rev = rev;
    },
    news: { ...newsOf(room, rev, rows.map(toTold)), bumps: [] },
  };
}
