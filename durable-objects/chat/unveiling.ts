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
export function withoutHidden(
  room: Room,
  member: MemberRow,
  entry: Entry,
  hidden: readonly number[],
  cleared = 0,
): Entry {
  if ((hidden.length === 0 && cleared === 0) || entry.is_removed) return entry;
  const seqs = new Set(hidden);
  const veil: Veil = {
    cleared,
    hides: (seq) => seq <= cleared || seqs.has(seq),
    highest: Math.max(cleared, ...hidden),
  };
  const { preview, mention_seq, unread_threads, ...rest } = entry;
  const unreadThreads = unread_threads && room.threads.unreadThreads(member.user_id, member.first_seq, hidden, cleared);
  const shown = preview && veil.hides(preview.seq) ? lastShown(room, member, veil, preview.seq) : undefined;
  const counted = whatCounts(room, member, entry, veil);
  return {
    ...rest,
    unread: counted.unread,
    ...(unreadThreads ? { unread_threads: unreadThreads } : {}),
    ...(counted.mention === undefined ? {} : { mention_seq: counted.mention }),
    ...(preview && !veil.hides(preview.seq) ? { preview } : shown ? { preview: toPreview(room, shown) } : {}),
  };
}

/** What a member has hidden from themselves: everything up to `cleared`, and single messages. */
interface Veil {
  cleared: number;
  highest: number;
  hides(seq: number): boolean;
}

function lastShown(room: Room, member: MemberRow, veil: Veil, from: number): MessageRow | undefined {
  const oldest = Math.max(member.first_seq, from - PREVIEW_ROWS, veil.cleared + 1);
  for (const row of room.store.messagesDown(from - 1)) {
    if (row.seq < oldest) return undefined;
    if (!veil.hides(row.seq) && row.thread_root === null && !room.isHiddenFrom(member, row)) return row;
  }
  return undefined;
}

function whatCounts(
  room: Room,
  member: MemberRow,
  { unread, mention_seq, read_seq }: Entry,
  veil: Veil,
): { unread: number; mention: number | undefined } {
  const above = Math.max(read_seq, member.first_seq - 1);
  if (unread === 0 || veil.highest <= above) return { unread, mention: mention_seq };
  if (veil.cleared > above) return countedFrom(room, member, veil);
  const rows = new CountableStore(room.store.db).countable(above, UNREAD_CAP + 1);
  const others = rows.filter((row) => row.sender_id !== member.user_id && !room.blocks.hides(member.user_id, row));
  const left = others.filter((row) => !veil.hides(row.seq));
  return {
    unread: unread >= UNREAD_CAP ? unread : unread - (others.length - left.length),
    mention: left.find((row) => isMeant(row, member.user_id))?.seq,
  };
}

/** What counts above the place up to which everything was cleared: the cursor behind it says nothing any more. */
function countedFrom(room: Room, member: MemberRow, veil: Veil): { unread: number; mention: number | undefined } {
  const rows = new CountableStore(room.store.db).countable(veil.cleared, UNREAD_CAP + 1);
  const left = rows.filter(
    (row) => row.sender_id !== member.user_id && !room.blocks.hides(member.user_id, row) && !veil.hides(row.seq),
  );
  return {
    unread: Math.min(left.length, UNREAD_CAP),
    mention: left.find((row) => isMeant(row, member.user_id))?.seq,
  };
}
