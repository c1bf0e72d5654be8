import { UNREAD_CAP } from "../../src/protocol/limits.ts";
import type { Bump } from "../../src/protocol/rpc.ts";
import { CountableStore } from "./countable-store.ts";
import type { Room } from "./room.ts";
import type { MemberRow, MessageRow } from "./rows.ts";
import { isMeant } from "./unread.ts";
import { toPreview } from "./wire.ts";

type Entry = Bump["entry"];

/** Messages looked through for a preview that is not hidden. */
const PREVIEW_ROWS = 200;

/**
 * A member's entry without what they have hidden from themselves (SPEC UNR1): neither counted, nor shown, nor what calls
 * them. Only their hub knows those, and names them with its question; nothing of it is kept here. At the cap of 999 the
 * count stays.
 */
export function withoutHidden(room: Room, member: MemberRow, entry: Entry, hidden: readonly number[]): Entry {
  if (hidden.length === 0 || entry.is_removed) return entry;
  const isHidden = new Set(hidden);
  const { preview, mention_seq, unread_threads, ...rest } = entry;
  const unreadThreads = unread_threads && room.threads.unreadThreads(member.user_id, member.first_seq, hidden);
  const shown = preview && isHidden.has(preview.seq) ? lastShown(room, member, isHidden, preview.seq) : undefined;
  const counted = whatCounts(room, member, entry, isHidden);
  return {
    ...rest,
    unread: counted.unread,
    ...(unreadThreads ? { unread_threads: unreadThreads } : {}),
    ...(counted.mention === undefined ? {} : { mention_seq: counted.mention }),
    ...(preview && !isHidden.has(preview.seq) ? { preview } : shown ? { preview: toPreview(room, shown) } : {}),
  };
}

function lastShown(room: Room, member: MemberRow, isHidden: ReadonlySet<number>, from: number): MessageRow | undefined {
  const oldest = Math.max(member.first_seq, from - PREVIEW_ROWS);
  for (const row of room.store.messagesDown(from - 1)) {
    if (row.seq < oldest) return undefined;
    if (!isHidden.has(row.seq) && row.thread_root === null && !room.isHiddenFrom(member, row)) return row;
  }
  return undefined;
}

function whatCounts(
  room: Room,
  member: MemberRow,
  { unread, mention_seq, read_seq }: Entry,
  isHidden: ReadonlySet<number>,
): { unread: number; mention: number | undefined } {
  const above = Math.max(read_seq, member.first_seq - 1);
  if (unread === 0 || ![...isHidden].some((seq) => seq > above)) return { unread, mention: mention_seq };
  const rows = new CountableStore(room.store.db).countable(above, UNREAD_CAP + 1);
  const others = rows.filter((row) => row.sender_id !== member.user_id && !room.blocks.hides(member.user_id, row));
  const left = others.filter((row) => !isHidden.has(row.seq));
  return {
    unread: unread >= UNREAD_CAP ? unread : unread - (others.length - left.length),
    mention: left.find((row) => isMeant(row, member.user_id))?.seq,
  };
}
