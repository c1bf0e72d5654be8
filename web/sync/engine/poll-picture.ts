import type { PollContent, PollState } from "../../../src/protocol/content.ts";
import { PEOPLE_PER_OPTION } from "../../../src/protocol/limits.ts";
import type { Message } from "../../../src/protocol/message.ts";
import type { PollPicture } from "../client.ts";

const NOTHING: readonly number[] = [];

/** The poll that a message is, if it is one that may be seen. */
export function pollOf(message: Message): PollContent | undefined {
  const { content } = message;
  return content !== null && "question" in content ? content : undefined;
}

/** How a poll stands; nobody has voted in one that is not acknowledged. */
export const stateOf = (message: Message, poll: PollContent): PollState =>
  message.poll ?? {
    voter_count: 0,
    options: poll.options.map((_, i) => ({ option_id: i, count: 0, ...(poll.is_anonymous ? {} : { user_ids: [] }) })),
  };

/**
 * What this person chose, by the log's own word where it names everybody, else as this device remembers it; undefined
 * where only the server can tell.
 */
export function choiceOf(
  message: Message,
  me: string,
  remembered: readonly number[] | undefined,
): readonly number[] | undefined {
  const poll = pollOf(message);
  if (!poll) return NOTHING;
  const { options, voter_count } = stateOf(message, poll);
  if (voter_count === 0) return NOTHING;
  const named = options.filter((option) => option.user_ids?.includes(me)).map((option) => option.option_id);
  const isWhole = options.every((option) => (option.user_ids?.length ?? 0) === option.count);
  if (!poll.is_anonymous && (isWhole || (named.length > 0 && !poll.is_multiple))) return named;
  return remembered ?? (named.length > 0 ? named : undefined);
}

/** The poll after this person changed their choice. Painting one that was counted already changes nothing. */
export function voted(state: PollState, from: readonly number[], to: readonly number[], me: string): PollState {
  const options = state.options.map((option) => {
    const [was, is] = [from.includes(option.option_id), to.includes(option.option_id)];
    if (was === is) return option;
    const { user_ids: people } = option;
    const named = is ? [...(people ?? []), me].slice(0, PEOPLE_PER_OPTION) : people?.filter((id) => id !== me);
    return {
      ...option,
      count: Math.max(0, option.count + (is ? 1 : -1)),
      ...(people ? { user_ids: named ?? [] } : {}),
    };
  });
  const voters = state.voter_count + Number(to.length > 0) - Number(from.length > 0);
  return { ...state, voter_count: Math.max(0, voters), options };
}

/** `now`: epoch milliseconds by the server's clock. */
export function drawPoll(message: Message, poll: PollContent, own: readonly number[], now: number): PollPicture {
  const { options, voter_count, closed_at } = stateOf(message, poll);
  const closesAt = poll.closes_at === undefined ? undefined : Date.parse(poll.closes_at);
  // Whoever ends it, or its time, whichever was first.
  const closedAt = Math.min(
    closed_at === undefined ? Number.POSITIVE_INFINITY : Date.parse(closed_at),
    closesAt !== undefined && closesAt <= now ? closesAt : Number.POSITIVE_INFINITY,
  );
  return {
    question: poll.question,
    options: poll.options.map((text, option_id) => {
      const told = options.find((option) => option.option_id === option_id);
      const isOwn = own.includes(option_id);
      return { option_id, text, count: told?.count ?? 0, is_own: isOwn, user_ids: told?.user_ids ?? [] };
    }),
    voter_count,
    is_multiple: poll.is_multiple ?? false,
    is_anonymous: poll.is_anonymous ?? false,
    ...(closesAt === undefined ? {} : { closes_at: closesAt }),
    is_closed: Number.isFinite(closedAt),
    ...(Number.isFinite(closedAt) ? { closed_at: closedAt } : {}),
  };
}
