import { UNREAD_CAP } from "../../src/protocol/limits.ts";
import { CountableStore } from "./countable-store.ts";
import type { Room } from "./room.ts";
import type { MemberRow, MessageRow } from "./rows.ts";
import { isMeant } from "./unread.ts";

/** What is unread, and the newest of it that is meant for the person. */
export interface Counting {
  count: number;
  mention: number | undefined;
}

/** Rows read at most to find what is not hidden by a block. */
const ROWS = 5_000;
const PREVIEW_ROWS = 200;

/** What counts above `above` for somebody who has blocked the other side, now or once (SPEC BLK3). Not kept: it is rare. */
export function countedFor(room: Room, member: MemberRow, above: number): Counting {
  const limit = Math.min(ROWS, UNREAD_CAP + 1 + room.blocks.hiddenAbove(member.user_id, above, room.headSeq));
  const counted = new CountableStore(room.store.db)
    .countable(above, limit)
    .filter((row) => row.sender_id !== member.user_id && !room.blocks.hides(member.user_id, row));
  return {
    count: Math.min(UNREAD_CAP, counted.length),
    mention: counted.find((row) => isMeant(row, member.user_id))?.seq,
  };
}

/** The newest message down from `last` that somebody who has blocked the other side may see (SPEC BLK3). */
export function shownFrom(room: Room, member: MemberRow, last: MessageRow): MessageRow | undefined {
  let from = last.seq;
  while (from >= member.first_seq) {
    for (const row of room.store.messagesUpTo(from, PREVIEW_ROWS)) {
      if (row.seq < member.first_seq) return undefined;
      if (row.thread_root === null && !room.isHiddenFrom(member, row)) return row;
    }
    // Whole stretches of it: on, below the last that holds so many, or it would be read again with every line.
    const next = room.blocks.beginOf(member.user_id, from - PREVIEW_ROWS);
    from = next === undefined ? 0 : next - 1;
  }
  return undefined;
}
