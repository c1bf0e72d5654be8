import type { InboxEntry, SavedDraft } from "../../src/protocol/chat.ts";
import { DRAFT_EXCERPT_CHARS } from "./limits.ts";
import type { Entry, InboxRow, UserStore } from "./store.ts";

/** Lines of the inbox as the wire shows them: what the chat says of itself, as the person has set it (PER1). */

const iso = (at: number): string => new Date(at).toISOString();

/** Written by `putEntry` alone, from an Entry. */
export const readEntry = (row: InboxRow): Entry => JSON.parse(row.entry) as Entry;

/** The line at `now`: a mute that has ended is none, and what the person has hidden is not shown. */
export function toInboxEntry(store: UserStore, row: InboxRow, now: number): InboxEntry {
  const entry = faded(readEntry(row), now);
  if (row.is_removed === 1) return { ...entry, rev: row.rev };
  return { ...veiled(store, row, entry), rev: row.rev, ...stateOf(row, now), ...draftOf(row) };
}

/** A preview whose message has disappeared by `now` says nothing, although the chat may not have said so yet. */
export function faded(entry: Entry, now: number): Entry {
  const { preview } = entry;
  if (preview?.expires_at === undefined || Date.parse(preview.expires_at) > now) return entry;
  const { expires_at: _, ...rest } = preview;
  return { ...entry, preview: { ...rest, text: "", is_deleted: true } };
}

/** The chat has not been told yet what was hidden a moment ago (HID3). */
function veiled(store: UserStore, row: InboxRow, entry: Entry): Entry {
  if (row.personal_rev === null) return entry;
  const { preview, mention_seq, ...rest } = entry;
  const cleared = row.cleared_seq ?? 0;
  const isShown = (seq: number | undefined): boolean =>
    seq !== undefined && seq > cleared && !store.personal.isHidden(row.chat_id, seq);
  const { unread_threads: _, ...bare } = rest;
  return {
    // Of what was cleared nothing waits any more.
    ...(cleared > 0 && cleared >= entry.head_seq ? { ...bare, unread: 0 } : rest),
    ...(preview && isShown(preview.seq) ? { preview } : {}),
    ...(mention_seq !== undefined && isShown(mention_seq) ? { mention_seq } : {}),
  };
}

function stateOf(row: InboxRow, now: number): Partial<InboxEntry> {
  const isMuted = row.muted_until !== null && row.muted_until > now;
  return {
    ...(isMuted && row.muted_until !== null ? { muted_until: iso(row.muted_until) } : {}),
    ...(row.is_pinned === 1 ? { is_pinned: true } : {}),
    ...(row.is_archived === 1 ? { is_archived: true } : {}),
    ...(row.is_marked_unread === 1 ? { is_marked_unread: true } : {}),
    ...(row.cleared_seq ? { cleared_seq: row.cleared_seq } : {}),
    ...(row.is_unlisted === 1 && row.head_seq <= (row.cleared_seq ?? 0) ? { is_unlisted: true } : {}),
  };
}

function draftOf(row: InboxRow): Pick<InboxEntry, "draft"> {
  if (row.draft_edited_at === null || !row.draft_excerpt) return {};
  const draft = { text: row.draft_excerpt, edited_at: iso(row.draft_edited_at) };
  return { draft: isLong(row) ? { ...draft, is_excerpt: true } : draft };
}

const isLong = (row: InboxRow): boolean => (row.draft_chars ?? 0) > DRAFT_EXCERPT_CHARS;

/** The whole of a draft whose line has only the beginning. */
export function longDraft(store: UserStore, row: InboxRow): SavedDraft | undefined {
  if (row.is_removed === 1 || !isLong(row)) return undefined;
  const draft = store.personal.draft(row.chat_id);
  return draft && { chat_id: row.chat_id, text: draft.text, edited_at: iso(draft.edited_at) };
}
