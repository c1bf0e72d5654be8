import { Fault } from "../../src/domain/fault.ts";
import type { FollowAsk } from "../../src/protocol/thread-calls.ts";
import type { RateLimit } from "../shared/rate.ts";
import { findMessage, markOf, recallOwn, type Settled, withOwnCommand } from "./changes.ts";
import type { Effect } from "./commits.ts";
import type { Room } from "./room.ts";
import type { MessageRow, ThreadRow } from "./rows.ts";
import { threadRoot } from "./threads.ts";

const latestOf = (root: MessageRow): number =>
  root.thread === null ? root.seq : (JSON.parse(root.thread) as ThreadRow).seq;

/**
 * Follows a thread, from its latest answer on, or stops to (SPEC FLW). One row, two for who never did before. It is nobody
 * else's business and no step of the clock.
 */
export function followThread(room: Room, by: string, ask: FollowAsk, now: number, limit: RateLimit): Effect<Settled> {
  const row = findMessage(room, by, ask.seq);
  const own = room.threads.member(ask.seq, by);
  const mark = markOf("follow", ask.command_id, ask.is_following);
  const knownRev = recallOwn(own?.commands ?? null, mark);
  if (knownRev !== undefined) return { value: { row, rev: knownRev } };

  const root = threadRoot(room, room.requireMember(by), ask.seq);
  limit.spend(by, now);
  if ((own?.is_following === 1) === ask.is_following) {
    // Its repeat must have no effect either, when they have changed their mind since.
    if (own) room.threads.putMember({ ...own, commands: withOwnCommand(own.commands, mark, room.rev) });
    return { value: { row, rev: room.rev } };
  }
  room.threads.putMember({
    root: root.seq,
    user_id: by,
    is_following: ask.is_following ? 1 : 0,
    read_seq: Math.max(own?.read_seq ?? 0, ask.is_following ? latestOf(root) : 0),
    commands: withOwnCommand(own?.commands ?? null, mark, room.rev),
  });
  return {
    value: { row, rev: room.rev },
    apply: () => room.threadsChanged([by]),
    news: { pieces: [], bumps: [by] },
  };
}

/**
 * Moves a member's cursor in a thread they follow (SPEC FLW3): only forward, one row if it moves.
 * @throws Fault `seq_ahead` for a number above the head of the chat
 */
export function readThread(room: Room, by: string, rootSeq: number, upTo: number): Effect<void> {
  const root = threadRoot(room, room.requireMember(by), rootSeq);
  if (upTo > room.headSeq) throw new Fault("seq_ahead", { details: { head_seq: room.headSeq } });
  const own = room.threads.member(root.seq, by);
  // What stands behind the last answer is no more of the thread than that.
  const readSeq = Math.min(upTo, latestOf(root));
  if (own?.is_following !== 1 || readSeq <= own.read_seq) return { value: undefined };
  room.threads.putMember({ ...own, read_seq: readSeq });
  return {
    value: undefined,
    apply: () => room.threadsChanged([by]),
    news: { pieces: [], bumps: [by] },
  };
}
