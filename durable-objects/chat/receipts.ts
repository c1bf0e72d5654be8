import { Fault } from "../../src/domain/fault.ts";
import type { Effect } from "./commits.ts";
import { encodeNews } from "./news.ts";
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
 * Stores and publishes every cursor that moved: one row for up to 64 members, one step of the clock for all. Whose read
 * cursor moved has other devices that must hear of it.
 */
export function flushReceipts(room: Room): Effect<void> {
  const rev = room.rev + 1;
  const rows: MemberRow[] = [];
  const readers: string[] = [];
  for (const [userId, moved] of room.moved) {
    const member = room.member(userId);
    if (!room.isPresent(member)) continue;
    const next: MemberRow = {
      ...member,
      delivered_seq: Math.max(member.delivered_seq, moved.delivered_seq),
      read_seq: Math.max(member.read_seq, moved.read_seq),
      receipt_rev: rev,
    };
    if (next.delivered_seq === member.delivered_seq && next.read_seq === member.read_seq) continue;
    if (next.read_seq !== member.read_seq) readers.push(userId);
    rows.push(next);
  }
  if (rows.length === 0) return { value: undefined, apply: () => room.moved.clear() };
  const keepPages = room.receipts.write(rows, rev);
  return {
    value: undefined,
    apply: () => {
      keepPages();
      for (const row of rows) room.setMember(row);
      room.moved.clear();
      room.rev = rev;
    },
    news: {
      pieces: [
        encodeNews({
          type: "RECEIPTS_CHANGED",
          chat_id: room.chat.chat_id,
          base: rev - 1,
          rev,
          receipts: rows.map(toReceipt),
        }),
      ],
      bumps: readers,
    },
  };
}
