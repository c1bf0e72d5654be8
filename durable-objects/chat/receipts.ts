import { Fault } from "../../src/domain/fault.ts";
import type { Effect } from "./commits.ts";
import { encodeNews } from "./news.ts";
import type { Room } from "./room.ts";
import type { MemberRow } from "./store.ts";
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

/** What a flush of receipts stored: the members whose read cursor moved, so that their other devices hear of it. */
export interface Flushed {
  readers: string[];
}

/** Stores and publishes every cursor that moved: one row a member, one step of the clock for all. */
export function flushReceipts(room: Room): Effect<Flushed> {
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
  if (rows.length === 0) return { value: { readers }, apply: () => room.moved.clear() };
  for (const row of rows) room.store.putMember(row);
  room.store.insertChange(rev, { receipts: true });
  return {
    value: { readers },
    apply: () => {
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
    },
  };
}
