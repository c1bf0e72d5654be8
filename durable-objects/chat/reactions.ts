import { Fault } from "../../src/domain/fault.ts";
import type { Person } from "../../src/protocol/chat.ts";
import { EMOJI_PER_MESSAGE } from "../../src/protocol/limits.ts";
import type { ReactionAsk } from "../../src/protocol/rpc.ts";
import type { RateLimit } from "../shared/rate.ts";
import { changed, findMessage, markOf, recall, type Settled, unchanged, withCommand } from "./changes.ts";
import type { Effect } from "./commits.ts";
import type { Room } from "./room.ts";
import type { MemberRow, MessageRow, Reactions } from "./rows.ts";

/** Reactions that one message holds: they lie in its row, and a row has an end. Every member of a group may set several. */
const REACTIONS_PER_MESSAGE = 20_000;

const reactionsOf = (row: MessageRow): Reactions =>
  row.reactions === null ? [] : (JSON.parse(row.reactions) as Reactions);

/** Sets an emoji of `by` on a message, or takes it back (SPEC RCT). Two rows: the message and the change. */
export function setReaction(room: Room, by: string, ask: ReactionAsk, now: number, limit: RateLimit): Effect<Settled> {
  const row = findMessage(room, by, ask.seq);
  const mark = markOf("reaction", ask.command_id, ask.emoji, ask.is_set);
  const knownRev = recall(row, by, mark);
  if (knownRev !== undefined) return { value: { row, rev: knownRev } };

  const member = room.requireRight(by, "react");
  if (room.isHiddenFrom(member, row)) throw new Fault("not_found");
  if (row.message_type === "system") throw new Fault("forbidden");
  if (row.deleted_at !== null) throw new Fault("not_found");
  const before = reactionsOf(row);
  const isSet = before.some(([emoji, people]) => emoji === ask.emoji && people.includes(by));
  if (isSet === ask.is_set) {
    limit.spend(by, now);
    return unchanged(room, row, by, mark);
  }
  const after = ask.is_set ? withReaction(before, ask.emoji, by) : withoutReaction(before, ask.emoji, by);
  limit.spend(by, now);

  const rev = room.rev + 1;
  const next: MessageRow = {
    ...row,
    rev,
    reactions: after.length === 0 ? null : JSON.stringify(after),
    commands: withCommand(row, by, mark, rev),
  };
  room.store.putReactions(next);
  return changed(room, next, { isCountKept: true, apply: () => room.annotated(next), bumps: [] });
}

function withReaction(before: Reactions, emoji: string, by: string): Reactions {
  const count = before.reduce((sum, [, people]) => sum + people.length, 0);
  const isKnown = before.some(([known]) => known === emoji);
  if (count >= REACTIONS_PER_MESSAGE || (!isKnown && before.length >= EMOJI_PER_MESSAGE))
    throw new Fault("too_many", { details: { emoji_per_message: EMOJI_PER_MESSAGE } });
  if (!isKnown) return [...before, [emoji, [by]]];
  return before.map(([known, people]) => [known, known === emoji ? [...people, by] : people]);
}

const withoutReaction = (before: Reactions, emoji: string, by: string): Reactions =>
  before.flatMap(([known, people]): Reactions => {
    const left = known === emoji ? people.filter((id) => id !== by) : people;
    return left.length === 0 ? [] : [[known, left]];
  });

/**
 * Everybody who reacted, in the order of setting (SPEC RCT2). To who has blocked the other side of a direct chat, their own
 * alone are shown (BLK5).
 */
export const allReactions = (room: Room, row: MessageRow, viewer: MemberRow): { emoji: string; people: Person[] }[] => {
  const isShown = (userId: string): boolean => userId === viewer.user_id || !room.blocks.has(viewer.user_id);
  return reactionsOf(row).flatMap(([emoji, userIds]) => {
    const people = userIds.filter(isShown).flatMap((userId) => {
      const member = room.member(userId);
      return member ? [{ user_id: member.user_id, username: member.username, display_name: member.display_name }] : [];
    });
    return people.length > 0 ? [{ emoji, people }] : [];
  });
};
