import { Fault } from "../../src/domain/fault.ts";
import type { InboxEntry } from "../../src/protocol/chat.ts";
import type { DownOf } from "../../src/protocol/down.ts";
import { CATCH_UP_BYTES, CATCH_UP_ROWS } from "../../src/protocol/limits.ts";
import type { Bump } from "../../src/protocol/rpc.ts";
import type { Hub } from "./hub.ts";
import { SNAPSHOT_ENTRIES } from "./limits.ts";
import type { Entry, InboxFilter, InboxRow, PlaceInInbox } from "./store.ts";

/** What became of a bump. */
export interface Taken {
  is_awake: boolean;
  /** The person has just come into this chat. */
  has_appeared: boolean;
}

/** The hub has heard this already, or something newer. Of the same clock, the one that has read further is newer. */
function isOlder(row: InboxRow, bump: Bump): boolean {
  if (row.chat_epoch !== bump.epoch) return false;
  if (bump.chat_rev !== row.chat_rev) return bump.chat_rev < row.chat_rev;
  return bump.entry.read_seq < row.read_seq;
}

/**
 * Takes a bump (INB1 to INB5). To answer "asleep" is a promise that the mark is kept: the chat will not call again
 * before its head was read.
 */
export function takeBump(hub: Hub, bump: Bump): Taken {
  const { entry } = bump;
  hub.make();
  const row = hub.store.entry(bump.chat_id);
  const isRemoved = entry.is_removed === true;
  const isOther = row === undefined || (row.is_removed === 1) !== isRemoved;
  const isNew = row === undefined || !isOlder(row, bump);
  const has_appeared = isNew && isOther && !isRemoved;
  if (hub.isAwake) {
    if (isNew) storeEntry(hub, row, bump, entry, false);
    return { is_awake: true, has_appeared };
  }
  if (isNew && (isOther || bump.is_personal)) storeEntry(hub, row, bump, entry, true);
  else if (row?.is_dirty === 0) hub.store.setDirty(bump.chat_id, true);
  return { is_awake: false, has_appeared };
}

/** Stores an entry and tells the devices, if anything about it is news. */
export function storeEntry(hub: Hub, row: InboxRow | undefined, bump: Bump, entry: Entry, isDirty: boolean): void {
  if (row && row.chat_epoch === bump.epoch && row.entry === JSON.stringify(entry)) {
    if ((row.is_dirty === 1) !== isDirty) hub.store.setDirty(bump.chat_id, isDirty);
    return;
  }
  const base = hub.rev;
  const rev = hub.nextRev();
  hub.store.putEntry(entry, { chat_epoch: bump.epoch, chat_rev: bump.chat_rev, rev, is_dirty: isDirty });
  if (!hub.isAwake) return;
  hub.broadcast({ type: "INBOX_CHANGED", epoch: hub.row.epoch, base, rev, entries: [{ ...entry, rev }] });
  hub.closeSlow();
}

/**
 * The head of a chat, as the hub asked for it (INB6). `isRemarked`: while the answer was under way, the chat was told
 * "asleep" again, so that the mark must stay.
 */
export function takeHead(hub: Hub, chatId: string, head: Bump | undefined, isRemarked: boolean): void {
  const row = hub.store.entry(chatId);
  if (head && (!row || !isOlder(row, head))) {
    storeEntry(hub, row, head, head.entry, isRemarked);
    return;
  }
  if (!head && row?.is_removed === 0) {
    // The chat says that the person was never in it: it was restored to a time before.
    const gone: Bump = {
      chat_id: chatId,
      epoch: row.chat_epoch,
      chat_rev: row.chat_rev,
      entry: { ...readEntry(row), unread: 0, is_removed: true },
      is_personal: false,
    };
    storeEntry(hub, row, gone, gone.entry, isRemarked);
    return;
  }
  if (row?.is_dirty === 1 && !isRemarked) hub.store.setDirty(chatId, false);
}

/** Written by `putEntry` alone, from an Entry. */
const readEntry = (row: InboxRow): Entry => JSON.parse(row.entry) as Entry;

export const toInboxEntry = (row: InboxRow): InboxEntry => ({ ...readEntry(row), rev: row.rev });

/** Everything after a cursor, or the whole inbox for a cursor that is absent, of another life, ahead, or too far behind (INB7). */
export function inboxSince(
  hub: Hub,
  cursor: { epoch?: string | undefined; rev?: number | undefined },
): DownOf<"INBOX_CHANGED"> | DownOf<"INBOX_SNAPSHOT"> {
  const { epoch } = hub.row;
  const { rev } = hub;
  if (cursor.epoch === epoch && cursor.rev !== undefined && cursor.rev <= rev) {
    const rows = cursor.rev === rev ? [] : hub.store.changed(cursor.rev, rev, CATCH_UP_ROWS + 1);
    const size = rows.reduce((sum, row) => sum + row.entry.length, 0);
    if (rows.length <= CATCH_UP_ROWS && size <= CATCH_UP_BYTES)
      return { type: "INBOX_CHANGED", epoch, base: cursor.rev, rev, entries: rows.map(toInboxEntry) };
  }
  const rows = hub.store.page("all", undefined, SNAPSHOT_ENTRIES + 1);
  const entries = rows.slice(0, SNAPSHOT_ENTRIES).map(toInboxEntry);
  return { type: "INBOX_SNAPSHOT", epoch, rev, entries, is_complete: rows.length <= SNAPSHOT_ENTRIES };
}

/** A page of the inbox, latest first (INB8). */
export function inboxPage(
  hub: Hub,
  ask: { limit: number; cursor?: string; filter?: InboxFilter },
): { chats: InboxEntry[]; next_cursor?: string } {
  const after = ask.cursor === undefined ? undefined : readCursor(ask.cursor);
  const rows = hub.store.page(ask.filter ?? "all", after, ask.limit + 1).map(toInboxEntry);
  if (!hub.isAwake) hub.shown(Math.max(0, ...rows.map((row) => row.rev)));
  const chats = rows.slice(0, ask.limit);
  const last = chats.at(-1);
  return { chats, ...(rows.length > ask.limit && last ? { next_cursor: writeCursor(last) } : {}) };
}

const writeCursor = (place: PlaceInInbox): string => btoa(`${place.last_at} ${place.chat_id}`).replaceAll("=", "");

function readCursor(cursor: string): PlaceInInbox {
  let text = "";
  try {
    text = atob(cursor);
  } catch {
    // Not one of ours: said below.
  }
  const [last_at, chat_id, ...rest] = text.split(" ");
  if (!last_at || !chat_id || rest.length > 0) throw new Fault("invalid", { message: "This cursor is not known." });
  return { last_at, chat_id };
}
