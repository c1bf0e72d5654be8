import { messageId } from "../../src/protocol/ids.ts";
import { VECTOR_CLOCK_MEMBERS } from "../../src/protocol/limits.ts";
import type { CausalPlace } from "../../src/protocol/thread-calls.ts";
import type { Room } from "./room.ts";
import type { MemberRow, MessageRow } from "./rows.ts";

/** Messages between what a sender had seen and what they wrote that are looked through: the latest. */
const BETWEEN_ROWS = 20_000;
/** Earlier messages named as concurrent: the latest. */
const CONCURRENT_NAMED = 100;
/** Rows read to bring counts of senders to another place; above it there is no vector clock. */
const COUNTED_ROWS = 50_000;

/** How many messages each sender has in the log up to a number. It never changes: neither senders nor numbers do. */
interface Counts {
  upTo: number;
  by: Map<string, number>;
}

/** The counts that were asked for last, of a whole log. */
const remembered = new WeakMap<Room, Counts>();

/**
 * Where a message stands in the order of causes (SPEC ORD, R-104 to R-106), from what senders had seen: everything up to
 * `seen_seq` may have been a cause, and their own earlier messages, with the causes of those. Nothing of it is stored.
 * Numbers are counted from the viewer's first message on.
 */
export function causalPlace(room: Room, viewer: MemberRow, row: MessageRow): CausalPlace {
  const lowest = Math.max(viewer.first_seq, row.seq - BETWEEN_ROWS);
  const seen = seenBy(row);
  let causes = seen;
  const own: number[] = [];
  const others: number[] = [];
  for (const one of between(room, Math.max(seen, lowest - 1), row.seq)) {
    if (one.sender_id === row.sender_id) {
      own.push(one.seq);
      causes = Math.max(causes, seenBy(one));
    } else if (one.message_type !== "system") others.push(one.seq);
  }
  const clock =
    room.chat.member_count <= VECTOR_CLOCK_MEMBERS
      ? clockOf(room, viewer, row, Math.min(causes, row.seq - 1))
      : undefined;
  return {
    message_id: messageId(room.chat.chat_id, row.seq),
    seq: row.seq,
    seen_seq: seen,
    // No message's time is above its number, so the last cause's number may stand for its time; one's own come one by one.
    lamport: causes + 1 + own.filter((seq) => seq > causes).length,
    ...(clock ? { vector_clock: clock } : {}),
    concurrent_seqs: others.filter((seq) => seq > causes).slice(-CONCURRENT_NAMED),
  };
}

/** Who did not say what they had seen stands behind everything before them: so do the chat's own notices. */
const seenBy = ({ seq, seen_seq }: Pick<MessageRow, "seq" | "seen_seq">): number => seen_seq ?? seq - 1;

type Sent = Pick<MessageRow, "seq" | "sender_id" | "seen_seq" | "message_type">;

const between = (room: Room, after: number, before: number): Iterable<Sent> =>
  room.store.db.each<Sent>(
    "SELECT seq, sender_id, seen_seq, message_type FROM message WHERE seq > ? AND seq < ? ORDER BY seq",
    after,
    before,
  );

/** Messages of each sender that were causes: all up to `causes`, and the sender's own up to this one. */
function clockOf(room: Room, viewer: MemberRow, row: MessageRow, causes: number): Record<string, number> | undefined {
  if (row.seq - causes > COUNTED_ROWS) return undefined;
  const counts = viewer.first_seq <= 1 ? countsUpTo(room, causes) : countsFrom(room, viewer.first_seq, causes);
  if (!counts) return undefined;
  const clock = new Map(counts);
  for (const one of between(room, Math.max(causes, viewer.first_seq - 1), row.seq + 1)) {
    if (one.sender_id === row.sender_id && one.message_type !== "system")
      clock.set(row.sender_id, (clock.get(row.sender_id) ?? 0) + 1);
  }
  return Object.fromEntries(clock);
}

/** Moves what was counted last to another place, so that asking along a log reads each row once. */
function countsUpTo(room: Room, upTo: number): ReadonlyMap<string, number> | undefined {
  const known = remembered.get(room) ?? { upTo: 0, by: new Map() };
  const start: Counts = Math.abs(upTo - known.upTo) <= upTo ? known : { upTo: 0, by: new Map() };
  const [low, high, sign] = upTo >= start.upTo ? [start.upTo, upTo, 1] : [upTo, start.upTo, -1];
  if (high - low > COUNTED_ROWS) return undefined;
  const by = new Map(start.by);
  for (const [sender, count] of sendersIn(room, low, high)) {
    const next = (by.get(sender) ?? 0) + sign * count;
    if (next === 0) by.delete(sender);
    else by.set(sender, next);
  }
  remembered.set(room, { upTo, by });
  return by;
}

const countsFrom = (room: Room, first: number, upTo: number): ReadonlyMap<string, number> | undefined =>
  upTo - first > COUNTED_ROWS ? undefined : new Map(sendersIn(room, first - 1, upTo));

/** Messages by each sender in (after, upTo], notices left out. */
const sendersIn = (room: Room, after: number, upTo: number): [string, number][] =>
  room.store.db
    .all<{ sender_id: string; count: number }>(
      `SELECT sender_id, count(*) AS count FROM message WHERE seq > ? AND seq <= ? AND message_type <> 'system'
       GROUP BY sender_id`,
      after,
      upTo,
    )
    .map((row) => [row.sender_id, row.count]);
