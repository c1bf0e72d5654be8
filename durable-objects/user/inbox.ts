import { Fault } from "../../src/domain/fault.ts";
import type { HiddenMessage, InboxEntry, Reminder, SavedDraft } from "../../src/protocol/chat.ts";
import type { DownOf } from "../../src/protocol/down.ts";
import { CATCH_UP_BYTES, CATCH_UP_ROWS } from "../../src/protocol/limits.ts";
import type { Bump } from "../../src/protocol/rpc.ts";
import type { Hub } from "./hub.ts";
import { SNAPSHOT_ENTRIES } from "./limits.ts";
import { faded, longDraft, readEntry, toInboxEntry } from "./line.ts";
import { baselined, followed } from "./personal-rules.ts";
import { toReminder } from "./reminder-store.ts";
import type { Entry, InboxFilter, InboxRow, PlaceInInbox } from "./store.ts";

/** What became of a bump. */
export interface Taken {
  is_awake: boolean;
  /** The person has just come into this chat. */
  has_appeared: boolean;
  /** It shows what the person has hidden: it was only marked, and the head must be asked for. */
  is_veiled: boolean;
}

/**
 * The hub has heard this already, or something newer. Of the same clock, the one that has read further is newer. But who
 * leaves a channel may do so without a step of its clock, with cursors that were never stored; coming back is a step.
 */
function isOlder(row: InboxRow, bump: Bump): boolean {
  if (row.chat_epoch !== bump.epoch) return false;
  if (bump.chat_rev !== row.chat_rev) return bump.chat_rev < row.chat_rev;
  const isRemoved = bump.entry.is_removed === true;
  if (isRemoved !== (row.is_removed === 1)) return !isRemoved;
  return bump.entry.read_seq < row.read_seq;
}

/**
 * Takes a bump (INB1 to INB5, PER5, HID3). To answer "asleep" is a promise that the mark is kept: the chat will not call
 * again before its head was read.
 */
export function takeBump(hub: Hub, bump: Bump): Taken {
  const { entry } = bump;
  hub.make();
  const row = hub.store.entry(bump.chat_id);
  const isRemoved = entry.is_removed === true;
  const isOther = row === undefined || (row.is_removed === 1) !== isRemoved;
  const isNew = row === undefined || !isOlder(row, bump);
  const has_appeared = isNew && isOther && !isRemoved;
  const is_veiled = isNew && !isOther && isVeiled(hub, row, bump);
  const { isAwake } = hub;
  const isStored = isNew && !is_veiled && (isAwake || isOther || bump.is_personal);
  if (isStored) storeEntry(hub, row, bump, entry, !isAwake || isAsked(row));
  else if (row?.is_dirty === 0 && (!isAwake || is_veiled)) hub.store.setDirty(bump.chat_id, true);
  return { is_awake: isAwake, has_appeared, is_veiled };
}

/** The head is owed for more than news: how far the person had read when they marked it unread (PER4). */
const isAsked = (row: InboxRow | undefined): boolean => row?.is_marked_unread === 1 && row.marked_seq === null;

/** A chat does not know what the person has hidden: it counts and shows it all the same, unless it is told. */
function isVeiled(hub: Hub, row: InboxRow, { epoch, entry }: Bump): boolean {
  if (row.personal_rev === null || row.chat_epoch !== epoch || entry.is_removed) return false;
  if (isCleared(row.cleared_seq ?? 0, entry)) return true;
  // A thread may be unread wherever its answers stand.
  if (entry.unread_threads) return hub.store.personal.hidesAny(row.chat_id, 0, entry.head_seq);
  return hub.store.personal.hidesAny(row.chat_id, entry.read_seq, entry.preview?.seq ?? 0);
}

/** Does an entry count or show what the person has cleared? */
const isCleared = (cleared: number, { unread, read_seq, preview, mention_seq, unread_threads }: Entry): boolean =>
  cleared > 0 &&
  ((unread > 0 && read_seq < cleared) ||
    (preview !== undefined && preview.seq <= cleared) ||
    (mention_seq !== undefined && mention_seq <= cleared) ||
    Boolean(unread_threads));

/** Stores an entry, with what follows from it for what is personal, and tells the devices if anything is news. */
function storeEntry(hub: Hub, row: InboxRow | undefined, bump: Bump, sent: Entry, isDirty: boolean): void {
  // It may have been on its way while the message that it shows disappeared.
  const entry = faded(sent, Date.now());
  const { chat_id } = entry;
  const { epoch: chat_epoch, chat_rev } = bump;
  const isOtherLife = row !== undefined && row.chat_epoch !== chat_epoch;
  const isSame = row !== undefined && !isOtherLife && row.entry === JSON.stringify(entry);
  if (isSame) {
    if ((row.is_dirty === 1) !== isDirty) hub.store.setDirty(chat_id, isDirty);
    return;
  }
  const personal = row && followed(hub, row, chat_epoch, entry, Date.now());
  const base = hub.rev;
  const rev = hub.nextRev();
  hub.store.putEntry(entry, { chat_epoch, chat_rev, rev, is_dirty: isDirty });
  const end = entry.preview?.expires_at;
  if (end !== undefined) hub.host.wakeAt(Date.parse(end));
  if (personal) hub.store.personal.put({ ...personal, rev });
  // Who comes back before a device does leaves it no tombstone: it would keep what was hidden, so it gets a snapshot.
  const isLeft = entry.is_removed === true && row?.is_removed === 0;
  const gone = isLeft ? hub.store.reminders.drop(chat_id) : [];
  const isForgotten = isLeft && hub.store.personal.drop(chat_id);
  if (isForgotten || gone.length > 0) hub.update({ forgotten_rev: rev });
  // The numbers of another life name other messages: better all are seen than one is hidden that nobody has hidden.
  if (isOtherLife) hub.store.personal.showAll(chat_id, rev);
  announce(hub, base, chat_id, {
    ...(isOtherLife ? { hidden: hub.store.personal.hiddenSince(chat_id, base) } : {}),
    reminders: gone.map((reminder) => toReminder({ ...reminder, is_removed: 1 })),
  });
}

/** What may come with a line of the inbox. */
interface Beside {
  hidden?: readonly HiddenMessage[];
  drafts?: readonly SavedDraft[];
  reminders?: readonly Reminder[];
}

/** Tells every device of a line of the inbox that has changed after `base`, by the head of the clock. */
export function announce(hub: Hub, base: number, chatId: string, beside: Beside = {}): void {
  if (!hub.isAwake) return;
  hub.broadcast(changeOf(hub, base, chatId, beside));
  hub.closeSlow();
}

/** Tells every device of reminders that changed after `base`, by the head of the clock, with no line of the inbox. */
export function broadcastReminders(hub: Hub, base: number, reminders: readonly Reminder[]): void {
  if (!hub.isAwake) return;
  hub.broadcast({
    ...{ type: "INBOX_CHANGED", epoch: hub.row.epoch, base, rev: hub.rev, entries: [] },
    ...given({ reminders }),
  });
  hub.closeSlow();
}

/** The line of a chat as news that covers (`base`, head]. */
export function changeOf(hub: Hub, base: number, chatId: string, beside: Beside = {}): DownOf<"INBOX_CHANGED"> {
  const row = hub.store.entry(chatId);
  return {
    ...{ type: "INBOX_CHANGED", epoch: hub.row.epoch, base, rev: hub.rev },
    entries: row ? [toInboxEntry(hub.store, row, Date.now())] : [],
    ...given(beside),
  };
}

/** Lists that are not empty. */
const given = ({ hidden = [], drafts = [], reminders = [] }: Beside): Given => ({
  ...(hidden.length > 0 ? { hidden: [...hidden] } : {}),
  ...(drafts.length > 0 ? { drafts: [...drafts] } : {}),
  ...(reminders.length > 0 ? { reminders: [...reminders] } : {}),
});

type Given = { hidden?: HiddenMessage[]; drafts?: SavedDraft[]; reminders?: Reminder[] };

/**
 * The head of a chat, as the hub asked for it (INB6). `isRemarked`: while the answer was under way, the chat was told
 * "asleep" again, so that the mark must stay.
 */
export function takeHead(hub: Hub, chatId: string, head: Bump | undefined, isRemarked: boolean): void {
  const row = hub.store.entry(chatId);
  const known = head && !isRemarked ? baselined(hub, chatId, head.entry) : undefined;
  if (known) hub.store.personal.put(known);
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

/**
 * Everything after a cursor, or the whole inbox for a cursor that is absent, of another life, ahead, too far behind, or
 * from before something that was forgotten (INB7).
 */
export function inboxSince(
  hub: Hub,
  cursor: { epoch?: string | undefined; rev?: number | undefined },
): DownOf<"INBOX_CHANGED"> | DownOf<"INBOX_SNAPSHOT"> {
  const { epoch, forgotten_rev } = hub.row;
  const { rev } = cursor;
  if (cursor.epoch === epoch && rev !== undefined && rev >= forgotten_rev && rev <= hub.rev) {
    const changes = changesAfter(hub, rev);
    if (changes) return changes;
  }
  const rows = hub.store.present(SNAPSHOT_ENTRIES + 1);
  const shown = rows.slice(0, SNAPSHOT_ENTRIES);
  return {
    ...{ type: "INBOX_SNAPSHOT", epoch, rev: hub.rev },
    entries: toEntries(hub, shown),
    is_complete: rows.length <= SNAPSHOT_ENTRIES,
    ...given({
      hidden: hub.store.personal.allHidden(),
      drafts: longDrafts(hub, shown),
      reminders: hub.store.reminders.all(),
    }),
  };
}

/** Undefined if it is too much for one answer. */
function changesAfter(hub: Hub, base: number): DownOf<"INBOX_CHANGED"> | undefined {
  const { store, rev } = hub;
  const rows = base === rev ? [] : store.changed(base, rev, CATCH_UP_ROWS + 1);
  // What is hidden moves the personal part of its chat too, so nothing else has to be looked through.
  const hidden = rows
    .filter((row) => (row.personal_rev ?? 0) > base)
    .flatMap((row) => store.personal.hiddenSince(row.chat_id, base));
  const drafts = longDrafts(
    hub,
    rows.filter((row) => (row.draft_rev ?? 0) > base),
  );
  const texts = [...rows.map((row) => row.entry + (row.draft_excerpt ?? "")), ...drafts.map((draft) => draft.text)];
  const size = texts.reduce((sum, text) => sum + text.length, 0);
  const reminders = base === rev ? [] : store.reminders.since(base);
  if (rows.length + hidden.length + reminders.length > CATCH_UP_ROWS || size > CATCH_UP_BYTES) return undefined;
  return {
    ...{ type: "INBOX_CHANGED", epoch: hub.row.epoch, base, rev },
    entries: toEntries(hub, rows),
    ...given({ hidden, drafts, reminders }),
  };
}

const toEntries = (hub: Hub, rows: readonly InboxRow[]): InboxEntry[] => {
  const now = Date.now();
  return rows.map((row) => toInboxEntry(hub.store, row, now));
};

const longDrafts = (hub: Hub, rows: readonly InboxRow[]): SavedDraft[] =>
  rows.flatMap((row) => longDraft(hub.store, row) ?? []);

/** A page of the inbox: pinned first, then latest first (INB8). */
export function inboxPage(
  hub: Hub,
  ask: { limit: number; cursor?: string; filter?: InboxFilter },
): { chats: InboxEntry[]; next_cursor?: string } {
  const after = ask.cursor === undefined ? undefined : readCursor(ask.cursor);
  const rows = hub.store.page(ask.filter ?? "all", after, ask.limit + 1);
  if (!hub.isAwake) hub.shown(Math.max(0, ...rows.map((row) => row.rev)));
  const chats = toEntries(hub, rows.slice(0, ask.limit));
  const last = chats.at(-1);
  return { chats, ...(rows.length > ask.limit && last ? { next_cursor: writeCursor(last) } : {}) };
}

const writeCursor = ({ is_pinned, last_at, chat_id }: InboxEntry): string =>
  btoa(`${is_pinned ? 1 : 0} ${last_at} ${chat_id}`).replaceAll("=", "");

function readCursor(cursor: string): PlaceInInbox {
  let text = "";
  try {
    text = atob(cursor);
  } catch {
    // Not one of ours: said below.
  }
  const [pinned, last_at, chat_id, ...rest] = text.split(" ");
  if (!/^[01]$/.test(pinned ?? "") || !last_at || !chat_id || rest.length > 0)
    throw new Fault("invalid", { message: "This cursor is not known." });
  return { is_pinned: pinned === "1", last_at, chat_id };
}
