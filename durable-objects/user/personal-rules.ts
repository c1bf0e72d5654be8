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
  cleared_seq: 0,
  is_unlisted: 0,
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
 * What becomes of the personal part when `entry` is stored: reading takes "marked unread" away, what calls the person
 * takes the chat out of the archive, and in another life of the chat numbers mean other messages. `row` is the line
 * before. Undefined if nothing changes.
 */
export function followed(hub: Hub, row: InboxRow, epoch: string, entry: Entry, now: number): PersonalRow | undefined {
  if (row.personal_rev === null || entry.is_removed) return undefined;
  const old = hub.store.personal.of(entry.chat_id);
  if (!old) return undefined;
  if (row.chat_epoch !== epoch) {
    const { head_seq: archived_seq, read_seq: marked_seq } = entry;
    return { ...old, archived_seq, marked_seq, cleared_seq: 0, is_unlisted: 0 };
  }
  const isRead = old.is_marked_unread === 1 && old.marked_seq !== null && entry.read_seq > old.marked_seq;
  const isBack = old.is_archived === 1 && !isMuted(old, now) && callOf(hub, entry) > old.archived_seq;
  if (!isRead && !isBack) return undefined;
  return {
    ...old,
    ...(isRead ? { is_marked_unread: 0, marked_seq: null } : {}),
    ...(isBack ? { is_archived: 0 } : {}),
  };
}

const isMuted = ({ muted_until }: PersonalRow, now: number): boolean => muted_until !== null && muted_until > now;

/** The newest unread message that is meant for the person: a mention or answer, or what is said to them directly; 0 if none. */
function callOf(hub: Hub, { chat_type, preview, mention_seq = 0, read_seq }: Entry): number {
  if (chat_type !== "direct" || !preview || preview.sender_id === hub.userId) return mention_seq;
  return preview.seq > read_seq ? preview.seq : mention_seq;
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
