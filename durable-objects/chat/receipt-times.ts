/** Moves of a cursor whose time is kept. */
export const MOVES_KEPT = 8;

/** A cursor moved to `seq` at a time in epoch milliseconds; null where nobody may be told when. */
type Move = readonly [seq: number, at: number | null];

/** The last moves of one cursor, oldest first, and where it stood before them. */
export interface Times {
  readonly floor: number;
  readonly moves: readonly Move[];
}

/** Of both cursors of a member. */
export interface CursorTimes {
  delivered: Times | undefined;
  read: Times | undefined;
}

/** As they are stored: the floor, then of each move how far and how much later than the one before. */
export type Packed = (number | null)[];

/**
 * A cursor moves from `from` to `to` (SPEC DLV2). Time does not run backwards in what is kept, whatever the clock does; moves
 * without a time that follow each other are one.
 */
export function withMove(times: Times | undefined, from: number, to: number, at: number | null): Times | undefined {
  if (to <= from) return times;
  if (!times) return at === null ? undefined : { floor: from, moves: [[to, at]] };
  const last = times.moves.at(-1);
  if (at === null && last && last[1] === null) return { ...times, moves: [...times.moves.slice(0, -1), [to, null]] };
  const latest = times.moves.reduce((max, [, each]) => Math.max(max, each ?? 0), 0);
  const moves: Move[] = [...times.moves, [to, at === null ? null : Math.max(at, latest)]];
  const dropped = moves.length > MOVES_KEPT ? moves.shift() : undefined;
  return { floor: dropped?.[0] ?? times.floor, moves };
}

/** When the cursor came to a message or beyond it: undefined if that is not known any more, or not told. */
export function timeOf(times: Times | undefined, seq: number): number | undefined {
  if (!times || seq <= times.floor) return undefined;
  return times.moves.find(([to]) => to >= seq)?.[1] ?? undefined;
}

export function packTimes(times: Times | undefined): Packed | 0 {
  if (!times) return 0;
  let [seq, at] = [times.floor, 0];
  const packed: Packed = [times.floor];
  for (const [nextSeq, nextAt] of times.moves) {
    packed.push(nextSeq - seq, nextAt === null ? null : nextAt - at);
    seq = nextSeq;
    at = nextAt ?? at;
  }
  return packed;
}

export function unpackTimes(packed: Packed | 0): Times | undefined {
  if (packed === 0) return undefined;
  let [seq, at] = [packed[0] ?? 0, 0];
  const floor = seq;
  const moves: Move[] = [];
  for (let i = 1; i < packed.length; i += 2) {
    const later = packed[i + 1] ?? null;
    seq += packed[i] ?? 0;
    at += later ?? 0;
    moves.push([seq, later === null ? null : at]);
  }
  return { floor, moves };
}
