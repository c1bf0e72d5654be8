import type { InboxEntry, Reminder } from "../../../src/protocol/chat.ts";
import { mergeReminders } from "./inbox-log.ts";
import type { ChatStateChange, OutboxRow } from "./outbox-row.ts";

/** A chat's entry as it will be once the hub has obeyed what its person set: shown before the hub was told. */
export function paintEntry(entry: InboxEntry, rows: readonly OutboxRow[]): InboxEntry {
  let painted = entry;
  for (const { command, chat_id } of rows) {
    if (chat_id !== entry.chat_id || command?.type !== "SET_CHAT_STATE") continue;
    const { is_archived, is_marked_unread, is_pinned, muted_until, ...rest } = paintCleared(painted, command);
    const muted = command.muted_until === undefined ? muted_until : (command.muted_until ?? undefined);
    painted = {
      ...rest,
      ...(muted === undefined ? {} : { muted_until: muted }),
      ...((command.is_pinned ?? is_pinned) ? { is_pinned: true } : {}),
      ...((command.is_archived ?? is_archived) ? { is_archived: true } : {}),
      ...((command.is_marked_unread ?? is_marked_unread) ? { is_marked_unread: true } : {}),
    };
  }
  return painted;
}

/** As the hub will have it: the higher number wins, and whether the chat left the list is said with it. */
function paintCleared(entry: InboxEntry, command: ChatStateChange): InboxEntry {
  const { cleared_seq: before = 0, is_unlisted, is_marked_unread, ...rest } = entry;
  const cleared = command.cleared_seq ?? before;
  if (cleared < before) return entry;
  const isMarked = is_marked_unread === true && cleared === before;
  const isUnlisted = command.is_unlisted ?? (cleared === before && is_unlisted === true);
  return {
    ...rest,
    ...(isMarked ? { is_marked_unread: true } : {}),
    ...(cleared > 0 ? { cleared_seq: cleared } : {}),
    ...(isUnlisted && entry.head_seq <= cleared ? { is_unlisted: true } : {}),
  };
}

/** What a person has deleted for themselves in a chat, with what the hub was not told yet. */
export function paintHidden(
  hidden: ReadonlySet<number>,
  chatId: string,
  rows: readonly OutboxRow[],
): ReadonlySet<number> {
  let painted: Set<number> | undefined;
  for (const { command, chat_id } of rows) {
    if (chat_id !== chatId || command?.type !== "HIDE_MESSAGES") continue;
    painted ??= new Set(hidden);
    for (const seq of command.seqs) {
      if (command.is_hidden) painted.add(seq);
      else painted.delete(seq);
    }
  }
  return painted ?? hidden;
}

/** Reminders as they will be once the hub has obeyed what its person set. */
export function paintReminders(reminders: readonly Reminder[], rows: readonly OutboxRow[]): readonly Reminder[] {
  const changes: Reminder[] = [];
  for (const { command, chat_id, target_seq: seq } of rows) {
    if (command?.type !== "SET_REMINDER" || seq === undefined) continue;
    const { remind_at } = command;
    changes.push(
      remind_at === null
        ? { chat_id, seq, remind_at: new Date(0).toISOString(), is_removed: true }
        : { chat_id, seq, remind_at },
    );
  }
  return changes.length === 0 ? reminders : mergeReminders(reminders, changes);
}

/** How far a person has cleared a chat, with what the hub was not told yet. */
export function paintedClearing(entry: InboxEntry | undefined, chatId: string, rows: readonly OutboxRow[]): number {
  let cleared = entry?.cleared_seq ?? 0;
  for (const { command, chat_id } of rows)
    if (chat_id === chatId && command?.type === "SET_CHAT_STATE") cleared = Math.max(cleared, command.cleared_seq ?? 0);
  return cleared;
}
