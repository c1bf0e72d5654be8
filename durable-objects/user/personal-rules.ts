import type { Hub } from "./hub.ts";
import { COMMANDS_KEPT } from "./limits.ts";
import type { PersonalRow } from "./personal-store.ts";
import type { Entry, InboxRow } from "./store.ts";

/** How what is personal follows what happens in the chat (PER4, PER5), and how its commands are recognised (PER2). */

/** Nothing was ever set. */
export const unset = (chatId: string): PersonalRow => ({
  chat_id: chatId,
  rev: 0,
  muted_until: null,
  is_pinned: 0,
  is_archived: 0,
  archived_seq: 0,
  is_marked_unread: 0,
  marked_seq: null,
  commands: "[]",
});

/** Written by {@link withCommand} alone. */
const commandsOf = (row: PersonalRow): [id: string, rev: number][] => JSON.parse(row.commands) as [string, number][];

/** What a command of this id was answered; undefined if it is new. */
export const answerTo = (row: PersonalRow, commandId: string): number | undefined =>
  commandsOf(row).find(([id]) => id === commandId)?.[1];

/** The row with a command and its answer remembered. */
export const withCommand = (row: PersonalRow, commandId: string, answer: number): PersonalRow => ({
  ...row,
  commands: JSON.stringify([...commandsOf(row), [commandId, answer]].slice(-COMMANDS_KEPT)),
});

/**
 * A personal bump brings an archived chat back: if its newest message is unread, by somebody else, and came after the
 * archiving, unless the chat is muted. Undefined if nothing changes.
 */
export function unarchived(hub: Hub, entry: Entry, now: number): PersonalRow | undefined {
  const row = hub.store.personal.of(entry.chat_id);
  if (!row?.is_archived || (row.muted_until !== null && row.muted_until > now)) return undefined;
  const { preview } = entry;
  if (!preview || preview.seq <= row.archived_seq || preview.sender_id === hub.userId) return undefined;
  if (preview.seq <= entry.read_seq || hub.store.personal.isHidden(entry.chat_id, preview.seq)) return undefined;
  return { ...row, is_archived: 0 };
}

/**
 * What becomes of the personal part when `entry` is stored: reading takes "marked unread" away; in another life of the
 * chat numbers mean other messages. `row` is the line before; `changed` what has changed already.
 */
export function followed(
  hub: Hub,
  row: InboxRow,
  epoch: string,
  entry: Entry,
  changed: PersonalRow | undefined,
): PersonalRow | undefined {
  if (row.personal_rev === null || entry.is_removed) return undefined;
  let personal = changed ?? hub.store.personal.of(entry.chat_id);
  if (!personal) return undefined;
  let isNews = changed !== undefined;
  if (row.chat_epoch !== epoch) {
    personal = { ...personal, archived_seq: entry.head_seq, marked_seq: entry.read_seq };
    isNews = true;
  } else if (personal.is_marked_unread && personal.marked_seq !== null && entry.read_seq > personal.marked_seq) {
    personal = { ...personal, is_marked_unread: 0, marked_seq: null };
    isNews = true;
  }
  return isNews ? personal : undefined;
}

/**
 * A head that was asked for after the chat was marked unread says how far the person had read then: only what is read
 * beyond that takes the mark away, not reading that was still on its way. Undefined if nothing changes.
 */
export function baselined(hub: Hub, chatId: string, head: Entry): PersonalRow | undefined {
  const row = hub.store.personal.of(chatId);
  if (!row?.is_marked_unread || row.marked_seq !== null) return undefined;
  return { ...row, marked_seq: head.read_seq };
}
