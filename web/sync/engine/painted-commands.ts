import type { Message, Reaction } from "../../../src/protocol/message.ts";
import { type OutboxRow, textOf } from "./outbox-row.ts";
import { pollOf, stateOf, voted } from "./poll-picture.ts";

/** What an outbox does to messages, found by the message. */
export class PaintedCommands {
  readonly #bySeq = new Map<number, OutboxRow[]>();
  readonly #byId = new Map<string, OutboxRow[]>();

  constructor(outbox: readonly OutboxRow[]) {
    for (const row of outbox) {
      if (row.kind !== "command" && row.kind !== "deletion") continue;
      if (row.target_seq !== undefined) add(this.#bySeq, row.target_seq, row);
      else if (row.target_id !== undefined) add(this.#byId, row.target_id, row);
    }
  }

  /** In the order of their making. `seq` is undefined for a message that has none yet. */
  of(seq: number | undefined, clientMsgId: string | undefined): readonly OutboxRow[] {
    const named = seq === undefined ? undefined : this.#bySeq.get(seq);
    const waiting = clientMsgId === undefined ? undefined : this.#byId.get(clientMsgId);
    if (!named || !waiting) return named ?? waiting ?? NONE;
    return [...named, ...waiting].sort((a, b) => a.place - b.place);
  }
}

const NONE: readonly OutboxRow[] = [];

const add = <K>(map: Map<K, OutboxRow[]>, key: K, row: OutboxRow): void => {
  const rows = map.get(key);
  if (rows) rows.push(row);
  else map.set(key, [row]);
};

export const isDeletion = (rows: readonly OutboxRow[]): boolean => rows.some((row) => row.kind === "deletion");

/** What this person will have chosen in a poll once these commands are obeyed. */
export function paintedChoice(
  commands: readonly OutboxRow[],
  before: readonly number[] | undefined,
): readonly number[] | undefined {
  const last = commands.findLast((row) => row.command?.type === "SET_VOTE")?.command;
  return last?.type === "SET_VOTE" ? last.option_ids : before;
}

/**
 * A message as it will be once the chat has obeyed these commands: what the screen shows before the chat was told. All
 * of them set a state, so painting one that was obeyed already changes nothing. `choice`: what this person had chosen in
 * a poll.
 */
export function paintCommands(
  message: Message,
  commands: readonly OutboxRow[],
  me: string,
  choice?: readonly number[],
): Message {
  let painted = message;
  let chosen = choice ?? [];
  for (const row of commands) {
    const { command, created_at } = row;
    const at = new Date(created_at).toISOString();
    if (command?.type === "EDIT_MESSAGE") {
      if (painted.deleted_at !== undefined) continue;
      painted = { ...painted, content: textOf(row), edited_at: at };
    } else if (command?.type === "SET_REACTION") {
      painted = { ...painted, reactions: reacted(painted.reactions ?? [], command.emoji, command.is_set, me) };
    } else if (command?.type === "SET_PIN") {
      const { pinned_at: before, ...rest } = painted;
      painted = command.is_pinned ? { ...rest, pinned_at: before ?? at } : rest;
    } else if (command?.type === "SET_VOTE" || command?.type === "CLOSE_POLL") {
      const poll = pollOf(painted);
      if (!poll) continue;
      const state = stateOf(painted, poll);
      if (command.type === "CLOSE_POLL") painted = { ...painted, poll: { ...state, closed_at: state.closed_at ?? at } };
      else {
        painted = { ...painted, poll: voted(state, chosen, command.option_ids, me) };
        chosen = command.option_ids;
      }
    }
  }
  return painted;
}

function reacted(reactions: readonly Reaction[], emoji: string, isSet: boolean, me: string): Reaction[] {
  const known = reactions.find((one) => one.emoji === emoji);
  if ((known?.user_ids.includes(me) ?? false) === isSet) return [...reactions];
  if (!known) return [...reactions, { emoji, count: 1, user_ids: [me] }];
  if (isSet) {
    const next: Reaction = { emoji, count: known.count + 1, user_ids: [...known.user_ids, me] };
    return reactions.map((one) => (one === known ? next : one));
  }
  if (known.count <= 1) return reactions.filter((one) => one !== known);
  const next: Reaction = { emoji, count: known.count - 1, user_ids: known.user_ids.filter((id) => id !== me) };
  return reactions.map((one) => (one === known ? next : one));
}
