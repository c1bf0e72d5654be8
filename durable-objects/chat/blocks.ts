import type { BlockState } from "../../src/protocol/rpc.ts";
import type { Effect } from "./commits.ts";
import { encodeCatchUp } from "./history.ts";
import type { BlockRow, Stretch } from "./privacy-store.ts";
import { publishCursors, toldOf } from "./receipts.ts";
import type { Room } from "./room.ts";
import type { MemberRow } from "./rows.ts";

/** A message as far as it must be known to say whether a block hides it. */
interface Written {
  seq: number;
  sender_id: string;
  edited_at?: number | null;
}

/** Stretches kept of one side: who blocks and unblocks more often than this has forgotten what was first. */
const STRETCHES = 200;

/**
 * Who has blocked the other side of a direct chat (SPEC BLK). Read on wake there, at most two rows; other chats know no
 * blocks: in a group people stay members beside each other.
 */
export class Blocks {
  readonly #rows: Map<string, BlockRow>;

  constructor(rows: readonly BlockRow[]) {
    this.#rows = new Map(rows.map((row) => [row.blocker_id, row]));
  }

  /** As they will be once `row` stands. */
  after(row: BlockRow): Blocks {
    return new Blocks([...this.#rows.values(), row]);
  }

  get(userId: string): BlockRow | undefined {
    return this.#rows.get(userId);
  }

  put(row: BlockRow): void {
    this.#rows.set(row.blocker_id, row);
  }

  /** Somebody has blocked the other side, now or once: what is said may not be the same for both. */
  get isAny(): boolean {
    return this.#rows.size > 0;
  }

  /** One side has blocked the other now, whichever: no signs pass between them. */
  get isHolding(): boolean {
    return this.isAny && [...this.#rows.values()].some(({ is_blocked }) => is_blocked);
  }

  /** This person has blocked the other now. */
  has(userId: string): boolean {
    return this.#rows.get(userId)?.is_blocked === true;
  }

  /** What this person sees of the chat is not what the other does. */
  concerns(userId: string): boolean {
    return this.#rows.has(userId);
  }

  /** Was it written, or given its text, by the other side while this person had blocked them? */
  hides(userId: string, { seq, sender_id, edited_at }: Written): boolean {
    if (sender_id === userId) return false;
    return (this.#rows.get(userId)?.stretches ?? []).some(([fromSeq, toSeq, fromAt, toAt]) => {
      const isWritten = seq >= fromSeq && seq <= (toSeq ?? Number.POSITIVE_INFINITY);
      return isWritten || (edited_at != null && edited_at >= fromAt && edited_at <= (toAt ?? Number.POSITIVE_INFINITY));
    });
  }

  /** Numbers above `after` that lie in times when this person had blocked the other: none of them counts. */
  hiddenAbove(userId: string, after: number, head: number): number {
    return (this.#rows.get(userId)?.stretches ?? []).reduce((sum, [fromSeq, toSeq]) => {
      return sum + Math.max(0, Math.min(toSeq ?? head, head) - Math.max(fromSeq, after + 1) + 1);
    }, 0);
  }

  /** Where the time began in which this person had blocked the other and that `seq` lies in; undefined if in none. */
  beginOf(userId: string, seq: number): number | undefined {
    const around = (this.#rows.get(userId)?.stretches ?? []).find(
      ([fromSeq, toSeq]) => seq >= fromSeq && seq <= (toSeq ?? Number.POSITIVE_INFINITY),
    );
    return around?.[0];
  }

  /**
   * Numbers up to `upTo` that lie in times, now over, when this person had blocked the other (SPEC BLK8), as pairs, oldest
   * first: what a cursor passes without their ever seeing it.
   */
  skipped(userId: string, upTo: number): (readonly [fromSeq: number, toSeq: number])[] {
    return (this.#rows.get(userId)?.stretches ?? []).flatMap(([fromSeq, toSeq]) =>
      toSeq !== null && toSeq >= fromSeq && fromSeq <= upTo ? [[fromSeq, toSeq] as const] : [],
    );
  }

  /** Cursors of `userId` as the other side was last told them; undefined if nothing keeps them from being told. */
  shownOf(userId: string): readonly [delivered: number, read: number] | undefined {
    for (const { is_blocked, shown } of this.#rows.values()) if (is_blocked) return shown[userId];
    return undefined;
  }
}

/**
 * One side of a direct chat blocks the other, or no longer (SPEC BLK1, BLK9). No step of the clock: the other side is not told.
 * When it ends, cursors that moved meanwhile are told.
 */
export function setBlock(room: Room, { by, is_blocked, rev }: BlockState, now: number): Effect<void> {
  const none: Effect<void> = { value: undefined };
  const known = room.blocks.get(by);
  if (room.chat.chat_type !== "direct") return none;
  const members = room.members();
  if (members.length !== 2 || !members.some((m) => m.user_id === by) || rev <= (known?.rev ?? -1)) return none;
  if (!known && !is_blocked) return none;
  const isSame = known?.is_blocked === is_blocked;
  const row: BlockRow = {
    blocker_id: by,
    rev,
    is_blocked,
    stretches: isSame ? known.stretches : stretched(known?.stretches ?? [], is_blocked, room.headSeq, now),
    shown: !is_blocked ? {} : isSame ? known.shown : cursorsShown(room, members),
    since_rev: isSame ? known.since_rev : room.rev,
  };
  room.privacy.putBlock(row);
  const apply = () => {
    room.blocks.put(row);
    room.snapshotText = undefined;
  };
  if (isSame) return { value: undefined, apply };
  const isOver = !is_blocked && !members.some((m) => m.user_id !== by && room.blocks.has(m.user_id));
  const after = room.blocks.after(row);
  // Nothing is told where nothing has moved: not even that it is over.
  const moved = isOver ? members.filter((m) => hasMoved(m, known?.shown ?? {})) : [];
  const told = moved.length > 0 ? publishCursors(room, moved, (m) => toldOf(room, m, after)) : undefined;
  return {
    value: undefined,
    apply: () => {
      apply();
      told?.apply();
    },
    news: {
      ...(told?.news ?? { pieces: [] }),
      // Whose block it is sees other reactions now: their own devices are told the chat anew, and nobody else a thing.
      own: (userId) => {
        const viewer = userId === by ? room.member(userId) : undefined;
        return viewer ? encodeCatchUp(room, viewer, undefined) : told?.news.own?.(userId);
      },
      bumps: [by],
    },
  };
}

function stretched(stretches: readonly Stretch[], isBlocked: boolean, head: number, now: number): Stretch[] {
  if (isBlocked) return [...stretches, [head + 1, null, now, null] satisfies Stretch].slice(-STRETCHES);
  return stretches.map(([fromSeq, toSeq, fromAt, toAt]) => [fromSeq, toSeq ?? head, fromAt, toAt ?? now]);
}

/** What each was told last of the other's cursors: with two blocks at once, when the first began. */
const cursorsShown = (room: Room, members: readonly MemberRow[]): BlockRow["shown"] =>
  Object.fromEntries(
    members.map((m) => [m.user_id, room.blocks.shownOf(m.user_id) ?? [m.delivered_seq, m.read_seq]] as const),
  );

const hasMoved = ({ user_id, delivered_seq, read_seq }: MemberRow, shown: BlockRow["shown"]): boolean => {
  const [delivered = 0, read = 0] = shown[user_id] ?? [];
  return delivered_seq > delivered || read_seq > read;
};

/**
 * Does this member's list know of the chat? Somebody whom they had blocked before they said anything to each other may
 * have written: that makes no line.
 */
export function isListed(room: Room, member: MemberRow): boolean {
  if (!room.blocks.concerns(member.user_id) || room.chat.created_by === member.user_id) return true;
  return room.shownTo(member) !== undefined;
}
