import type { Message, Reaction } from "../../../src/protocol/message.ts";
import type { OutboxRow } from "./outbox-row.ts";

/** The commands of an outbox by the number of the message they change, in the order of their making. */
export function commandsBySeq(outbox: readonly OutboxRow[]): ReadonlyMap<number, readonly OutboxRow[]> {
  const found = new Map<number, OutboxRow[]>();
  for (const row of outbox) {
    if (row.kind !== "command" || row.target_seq === undefined) continue;
    found.set(row.target_seq, [...(found.get(row.target_seq) ?? []), row]);
  }
  return found;
}

/**
 * A message as it will be once the chat has obeyed these commands: what the screen shows before the chat was told. All
 * of them set a state, so painting one that was obeyed already changes nothing.
 */
export function paintCommands(message: Message, commands: readonly OutboxRow[], me: string): Message {
  let painted = message;
  for (const { command, created_at, text } of commands) {
    const at = new Date(created_at).toISOString();
    if (command?.type === "EDIT_MESSAGE") {
      if (painted.deleted_at !== undefined) continue;
      painted = { ...painted, content: { text }, edited_at: at };
    } else if (command?.type === "SET_REACTION") {
      painted = { ...painted, reactions: reacted(painted.reactions ?? [], command.emoji, command.is_set, me) };
    } else if (command?.type === "SET_PIN") {
      const { pinned_at: before, ...rest } = painted;
      painted = command.is_pinned ? { ...rest, pinned_at: before ?? at } : rest;
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
