import { Fault } from "../../src/domain/fault.ts";
import type { Person } from "../../src/protocol/chat.ts";
import type { PollContent } from "../../src/protocol/content.ts";
import { messageId } from "../../src/protocol/ids.ts";
import { PEOPLE_PER_OPTION } from "../../src/protocol/limits.ts";
import type { VoteAsk, Votes } from "../../src/protocol/thread-calls.ts";
import type { RateLimit } from "../shared/rate.ts";
import {
  changed,
  findMessage,
  markOf,
  recall,
  recallOwn,
  type Settled,
  visibleMessage,
  withCommand,
  withOwnCommand,
} from "./changes.ts";
import type { Effect } from "./commits.ts";
import { insertNotice } from "./messages.ts";
import type { Room } from "./room.ts";
import type { MemberRow, MessageRow, PollRow } from "./rows.ts";
import { iso, toPoll } from "./wire.ts";

/** People that a list of votes names for each option, and voters who are looked at for them: a channel may have very many. */
const PEOPLE_LISTED = 1_000;
const VOTERS_READ = 5_000;

const bit = (options: number, option: number): boolean => (options & (1 << option)) !== 0;

/** The poll that a message is. @throws Fault `not_found` if it is none, or was deleted */
function pollOf(row: MessageRow): PollContent {
  if (row.message_type !== "poll" || row.content === null) throw new Fault("not_found");
  return JSON.parse(row.content) as PollContent;
}

const stateOf = (row: MessageRow, poll: PollContent): PollRow =>
  row.poll === null ? { voters: 0, counts: poll.options.map(() => 0) } : (JSON.parse(row.poll) as PollRow);

/** When it ended, by somebody's command or by its own time (SPEC POL4); undefined while it is open. */
function closedAt(poll: PollContent, state: PollRow, now: number): number | undefined {
  const ends = poll.closes_at === undefined ? Number.POSITIVE_INFINITY : Date.parse(poll.closes_at);
  const at = Math.min(ends, state.closed_at ?? Number.POSITIVE_INFINITY);
  return at <= now || state.closed_at !== undefined ? at : undefined;
}

/** Sets what `by` chooses in a poll (SPEC POL). Three rows: the vote, the message, the change. */
export function setVote(room: Room, by: string, ask: VoteAsk, now: number, limit: RateLimit): Effect<Settled> {
  const row = findMessage(room, by, ask.seq);
  const own = room.polls.vote(ask.seq, by);
  const chosen = ask.option_ids.reduce((bits, option) => bits | (1 << option), 0);
  const mark = markOf("vote", ask.command_id, chosen);
  const knownRev = recallOwn(own?.commands ?? null, mark);
  if (knownRev !== undefined) return { value: { row, rev: knownRev } };

  const member = room.requireRight(by, "react");
  if (room.isHiddenFrom(member, row)) throw new Fault("not_found");
  const poll = pollOf(row);
  const before = stateOf(row, poll);
  if (closedAt(poll, before, now) !== undefined) throw new Fault("too_late", { message: "This poll has ended." });
  requireOptions(poll, ask.option_ids);
  const was = own?.options ?? 0;
  limit.spend(by, now);
  if (chosen === was) {
    // Its repeat must have no effect either, when they have voted anew since.
    const noted = withOwnCommand(own?.commands ?? null, mark, row.rev);
    room.polls.putVote({ seq: row.seq, user_id: by, options: was, rev: own?.rev ?? row.rev, commands: noted });
    return { value: { row, rev: row.rev } };
  }

  const rev = room.rev + 1;
  const commands = withOwnCommand(own?.commands ?? null, mark, rev);
  room.polls.putVote({ seq: row.seq, user_id: by, options: chosen, rev, commands });
  const state: PollRow = {
    ...before,
    voters: before.voters + (was === 0 ? 1 : chosen === 0 ? -1 : 0),
    counts: poll.options.map((_, i) => (before.counts[i] ?? 0) + Number(bit(chosen, i)) - Number(bit(was, i))),
  };
  // Who chose what is written down nowhere that is shown, where nobody shall learn it.
  if (!poll.is_anonymous) state.people = poll.options.map((_, i) => named(room, row.seq, by, i, before, state, chosen));
  const next: MessageRow = { ...row, rev, poll: JSON.stringify(state) };
  room.polls.putState(next);
  // Where the row does not tell, the voter's other devices are told what they show as chosen (SPEC POL9).
  const isNamed = state.people?.every((people, i) => people.includes(by) === bit(chosen, i)) ?? false;
  return changed(room, next, {
    ...{ isCountKept: true, apply: () => room.annotated(next), bumps: [] },
    ...(isNamed ? {} : { vote: { by, option_ids: ask.option_ids } }),
  });
}

/** @throws Fault `invalid` for an option that is not there, and for a second one where one may be chosen */
function requireOptions(poll: PollContent, optionIds: readonly number[]): void {
  const isThere = optionIds.every((option) => Number.isInteger(option) && option >= 0 && option < poll.options.length);
  if (!isThere || new Set(optionIds).size !== optionIds.length)
    throw new Fault("invalid", { message: "This poll has no such option." });
  if (!poll.is_multiple && optionIds.length > 1)
    throw new Fault("invalid", { message: "Only one option may be chosen in this poll." });
}

const votersOf = (votes: readonly { user_id: string; options: number }[], option: number): string[] =>
  votes.flatMap(({ user_id, options }) => (bit(options, option) ? [user_id] : []));

/** The first who chose an option, once `by` chose anew. */
function named(
  room: Room,
  seq: number,
  by: string,
  option: number,
  before: PollRow,
  after: PollRow,
  chosen: number,
): string[] {
  const people = before.people?.[option] ?? [];
  const count = after.counts[option] ?? 0;
  if (bit(chosen, option)) return people.includes(by) || people.length >= PEOPLE_PER_OPTION ? people : [...people, by];
  const left = people.filter((id) => id !== by);
  // Somebody who was not named moves up.
  if (left.length === people.length || left.length >= count) return left;
  return votersOf(room.polls.votes(seq, VOTERS_READ), option).slice(0, PEOPLE_PER_OPTION);
}

/**
 * Ends a poll (SPEC POL5): its sender may, and staff. The log says so, but not of a poll in a thread. Three rows with the
 * notice. One that has ended is left as it is.
 */
export function closePoll(
  room: Room,
  by: string,
  ask: { seq: number; command_id: string },
  now: number,
  limit: RateLimit,
): Effect<Settled> {
  const row = findMessage(room, by, ask.seq);
  const mark = markOf("close", ask.command_id);
  const knownRev = recall(row, by, mark);
  if (knownRev !== undefined) return { value: { row, rev: knownRev } };

  const member = room.requireMember(by);
  if (room.isHiddenFrom(member, row)) throw new Fault("not_found");
  const poll = pollOf(row);
  if (row.sender_id !== by && !room.may(member, "delete_others")) throw new Fault("forbidden");
  const state = stateOf(row, poll);
  if (closedAt(poll, state, now) !== undefined) return { value: { row, rev: row.rev } };
  limit.spend(by, now);

  const rev = room.rev + 1;
  const next: MessageRow = {
    ...row,
    rev,
    poll: JSON.stringify({ ...state, closed_at: now }),
    commands: withCommand(row, by, mark, rev),
  };
  room.polls.putState(next);
  const id = messageId(room.chat.chat_id, row.seq);
  const notice =
    row.thread_root === null
      ? insertNotice(room, rev, { event: "poll_closed", actor_id: by, message_id: id }, now)
      : undefined;
  return changed(room, next, {
    isCountKept: true,
    ...(notice ? { notice } : {}),
    apply: () => room.annotated(next),
    bumps: notice ? "everybody" : [],
  });
}

/** How a poll stands at `now`, what one member chose, and who chose what unless it is anonymous (SPEC POL6). */
export function votesOf(room: Room, viewer: MemberRow, seq: number, now: number): Votes {
  const row = visibleMessage(room, viewer, seq);
  const poll = pollOf(row);
  const at = closedAt(poll, stateOf(row, poll), now);
  const own = room.polls.vote(seq, viewer.user_id)?.options ?? 0;
  const options = poll.options.map((_, i) => i);
  const votes = poll.is_anonymous ? [] : room.polls.votes(seq, VOTERS_READ);
  const personOf = (userId: string): Person[] => {
    const member = room.member(userId);
    return member ? [{ user_id: member.user_id, username: member.username, display_name: member.display_name }] : [];
  };
  return {
    poll: { ...toPoll(row), ...(at === undefined ? {} : { closed_at: iso(at) }) },
    own_option_ids: options.filter((i) => bit(own, i)),
    ...(poll.is_anonymous
      ? {}
      : {
          voters: options.map((option_id) => ({
            option_id,
            people: votersOf(votes, option_id).slice(0, PEOPLE_LISTED).flatMap(personOf),
          })),
        }),
  };
}
