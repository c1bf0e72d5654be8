import { Fault } from "../../src/domain/fault.ts";
import type { Member } from "../../src/protocol/chat.ts";
import type { DownOf, Snapshot } from "../../src/protocol/down.ts";
import { messageId } from "../../src/protocol/ids.ts";
import {
  CATCH_UP_BYTES,
  CATCH_UP_ROWS,
  PINS_PER_CHAT,
  SNAPSHOT_MEMBERS,
  SNAPSHOT_MESSAGES,
} from "../../src/protocol/limits.ts";
import type { Message } from "../../src/protocol/message.ts";
import type { ChatView, History } from "../../src/protocol/rest.ts";
import type { HistoryAsk } from "../../src/protocol/rpc.ts";
import type { Cursor } from "../../src/protocol/up.ts";
import { shownRecipient, shownRecipients } from "./broadcasts.ts";
import { staffOf } from "./entry-store.ts";
import { hasOwnView, receiptFor } from "./privacy.ts";
import type { Room } from "./room.ts";
import type { MemberRow, MessageRow, PersonRow } from "./rows.ts";
import { toChat, toMember, toMessageFor } from "./wire.ts";

/** What a message is on the wire beside its text, roughly: ids, numbers, times. */
const ROW_BYTES = 400;
const encoder = new TextEncoder();

const bytesOf = ({ content }: MessageRow): number =>
  ROW_BYTES + (content === null ? 0 : encoder.encode(content).byteLength);

/** The chat as one member may see it now (SPEC SNP). */
export function snapshot(room: Room, viewer: MemberRow): Snapshot {
  const messages = takeDown(room, room.headSeq, SNAPSHOT_MESSAGES);
  const { members, isComplete } = peopleOf(room, viewer, messages);
  const pins = pinned(room, viewer);
  return {
    type: "SNAPSHOT",
    chat_id: room.chat.chat_id,
    epoch: room.chat.epoch,
    rev: room.rev,
    head_seq: room.headSeq,
    chat: toChat(room.chat),
    members: members.map(toMember),
    receipts: receiptsOf(room, viewer, members).map((m) => receiptFor(room, viewer.user_id, m)),
    messages: messages.map((row) => toMessageFor(room, viewer, row)),
    ...(pins.length > 0 ? { pins } : {}),
    is_complete: isComplete,
  };
}

/** What is pinned, latest pin first, as far as this member may see it (SPEC PIN2). */
export const pinned = (room: Room, viewer: MemberRow): Message[] =>
  room.store
    .pinned(PINS_PER_CHAT)
    .filter((row) => !room.isHiddenFrom(viewer, row))
    .map((row) => toMessageFor(room, viewer, row));

/** Newest `count` messages up to `from`, oldest first. */
const takeDown = (room: Room, from: number, count: number): MessageRow[] =>
  count > 0 ? room.store.messagesUpTo(from, count).reverse() : [];

/** Everybody, or in a large chat the reader and those whose messages they are about to see. */
function peopleOf(
  room: Room,
  viewer: MemberRow,
  messages: readonly MessageRow[],
): { members: MemberRow[]; isComplete: boolean } {
  if (room.chat.chat_type === "broadcast")
    return {
      members: [...room.members(), ...shownRecipients(room)].sort((a, b) => (a.user_id < b.user_id ? -1 : 1)),
      isComplete: true,
    };
  // Of a channel's readers nobody is told.
  if (room.chat.chat_type !== "channel" && room.chat.member_count <= SNAPSHOT_MEMBERS) {
    const all = room.members();
    if (all.length <= SNAPSHOT_MEMBERS * 2) return { members: all, isComplete: true };
  }
  const ids = new Set([viewer.user_id, ...messages.map((m) => m.sender_id)]);
  const members = [...ids].map((id) => room.member(id)).filter((m) => m !== undefined);
  return { members, isComplete: false };
}

/** Whose receipts of these the viewer is told: who is in, is no mere recipient of a list, and in a channel only their own. */
const receiptsOf = (room: Room, viewer: MemberRow, members: readonly MemberRow[]): MemberRow[] =>
  members.filter(
    (m) =>
      m.removed_at === null &&
      (room.chat.chat_type !== "broadcast" || m.role === "owner") &&
      (room.chat.chat_type !== "channel" || m.user_id === viewer.user_id),
  );

/**
 * Everything after a cursor (SPEC CUP): one answer of at most 1,000 rows or 1 MiB. Beyond it, and for a cursor that is
 * ahead of the head or of another epoch, the answer is a snapshot.
 */
export const catchUp = (room: Room, viewer: MemberRow, cursor: Cursor | undefined): Snapshot | DownOf<"CAUGHT_UP"> =>
  newsSince(room, viewer, cursor) ?? snapshot(room, viewer);

/**
 * The same, encoded. The snapshot of a whole chat is the same text for everybody who sees all of it: a room of a
 * thousand that comes back after a deploy is written out once, not a thousand times.
 */
export function encodeCatchUp(room: Room, viewer: MemberRow, cursor: Cursor | undefined): string {
  const news = newsSince(room, viewer, cursor);
  if (news) return JSON.stringify(news);
  const isShared = viewer.first_seq <= 1 && !hasOwnView(room, viewer.user_id);
  if (isShared && room.snapshotText?.rev === room.rev) return room.snapshotText.text;
  const whole = snapshot(room, viewer);
  const text = JSON.stringify(whole);
  if (isShared && whole.is_complete) room.snapshotText = { rev: room.rev, text };
  return text;
}

/** What is new since the cursor, or undefined if that takes a snapshot. */
function newsSince(room: Room, viewer: MemberRow, cursor: Cursor | undefined): DownOf<"CAUGHT_UP"> | undefined {
  if (!cursor || cursor.epoch !== room.chat.epoch || cursor.rev > room.rev || cursor.rev < room.chat.changes_after)
    return undefined;
  // Who came back after the cursor may see other rows than they were sent then: more, or fewer.
  if (cursor.rev < viewer.joined_rev) return undefined;
  // … and who has hidden what they read, or shows it again, others' cursors.
  const hiding = room.signs.get(viewer.user_id);
  if (hiding && cursor.rev < hiding.since_rev) return undefined;
  // … and who has blocked the other side, or no longer does, what that put on messages: no step of the clock says so.
  const block = room.blocks.get(viewer.user_id);
  if (block && cursor.rev <= block.since_rev) return undefined;

  const seqs = new Map<number, MessageRow>();
  let bytes = 0;
  for (const row of room.store.messagesDown(room.headSeq)) {
    if (row.born_rev <= cursor.rev) break;
    bytes += bytesOf(row);
    if (seqs.size >= CATCH_UP_ROWS || bytes > CATCH_UP_BYTES) return undefined;
    seqs.set(row.seq, row);
  }
  const changes = room.store.changesAfter(cursor.rev, CATCH_UP_ROWS + 1);
  if (changes.length > CATCH_UP_ROWS) return undefined;

  const members = new Map<string, MemberRow>();
  for (const touched of changes) {
    for (const seq of touched.messages ?? []) {
      const row = seqs.has(seq) ? undefined : room.store.message(seq);
      if (!row) continue;
      bytes += bytesOf(row);
      if (seqs.size >= CATCH_UP_ROWS || bytes > CATCH_UP_BYTES) return undefined;
      seqs.set(seq, row);
    }
    for (const id of touched.members ?? []) {
      const row = members.has(id) ? undefined : (room.member(id) ?? shownRecipient(room, id));
      if (row) members.set(id, row);
    }
  }
  // A reader of a channel is told of themselves alone.
  if (room.chat.chat_type === "channel" && viewer.rev > cursor.rev) members.set(viewer.user_id, viewer);
  const receipts = room.receipts
    .movedAfter(cursor.rev)
    .map((id) => room.member(id))
    .filter((member) => room.isPresent(member))
    .filter((member) => room.chat.chat_type !== "channel" || member.user_id === viewer.user_id);
  if (seqs.size + members.size + receipts.length > CATCH_UP_ROWS) return undefined;

  return {
    type: "CAUGHT_UP",
    chat_id: room.chat.chat_id,
    epoch: room.chat.epoch,
    base: cursor.rev,
    rev: room.rev,
    ...(changes.some((touched) => touched.chat) ? { chat: toChat(room.chat) } : {}),
    ...(seqs.size > 0
      ? { messages: [...seqs.values()].sort((a, b) => a.seq - b.seq).map((row) => toMessageFor(room, viewer, row)) }
      : {}),
    ...(members.size > 0 ? { members: [...members.values()].map(toMember) } : {}),
    ...(receipts.length > 0 ? { receipts: receipts.map((m) => receiptFor(room, viewer.user_id, m)) } : {}),
  };
}

/**
 * A page of messages before, after or around a place, or the newest (SPEC HIS). Oldest first. For who has cleared the chat
 * the log begins behind what they cleared.
 */
export function history(room: Room, viewer: MemberRow, ask: HistoryAsk): History {
  const { cleared_seq: cleared = 0 } = ask;
  const rows = pageOf(room, ask, cleared);
  const first = rows[0]?.seq;
  const last = rows.at(-1)?.seq;
  const hasMore = first !== undefined ? first > cleared + 1 : (ask.after_seq ?? 0) > cleared && room.headSeq > cleared;
  const hasNewer =
    last !== undefined
      ? last < room.headSeq
      : Math.max(ask.before_seq ?? Number.POSITIVE_INFINITY, cleared + 1) <= room.headSeq;
  return {
    messages: withSenders(room, viewer, rows),
    has_more: hasMore,
    ...(hasMore && first !== undefined ? { next_before_id: messageId(room.chat.chat_id, first) } : {}),
    has_newer: hasNewer,
    ...(hasNewer && last !== undefined ? { next_after_id: messageId(room.chat.chat_id, last) } : {}),
    head_seq: room.headSeq,
    rev: room.rev,
  };
}

/** Rows as one member may see them, each with who wrote it. */
export const withSenders = (room: Room, viewer: MemberRow, rows: readonly MessageRow[]): History["messages"] =>
  rows.map((row) => {
    const message = toMessageFor(room, viewer, row);
    const sender = message.is_hidden ? undefined : room.member(row.sender_id);
    if (!sender) return message;
    const { user_id, username, display_name } = sender;
    return { ...message, sender: { user_id, username, display_name } };
  });

function pageOf(room: Room, ask: HistoryAsk, cleared: number): MessageRow[] {
  const up = (after: number, count: number) =>
    room.store.messagesBetween(Math.max(after, cleared), room.headSeq, count);
  // A place above the head counts for the head: what is left is counted from there, or it would reach into what was cleared.
  const down = (from: number, count: number) => {
    const top = Math.min(from, room.headSeq);
    return takeDown(room, top, Math.min(count, Math.max(0, top - cleared)));
  };
  if (ask.after_seq !== undefined) return up(ask.after_seq, ask.limit);
  if (ask.around_seq !== undefined) {
    const older = down(ask.around_seq, Math.ceil(ask.limit / 2));
    return [...older, ...up(ask.around_seq, ask.limit - older.length)];
  }
  return down((ask.before_seq ?? Number.MAX_SAFE_INTEGER) - 1, ask.limit);
}

/** The chat with its people, for one of them. */
export function view(room: Room, viewer: MemberRow): ChatView {
  const { members, isComplete } = peopleOf(room, viewer, []);
  const present = members.filter((m) => m.removed_at === null);
  return {
    chat: toChat(room.chat),
    members: present.map(toMember),
    receipts: receiptsOf(room, viewer, present).map((m) => receiptFor(room, viewer.user_id, m)),
    me: toMember(viewer),
    is_complete: isComplete,
  };
}

/** A page of present members, ordered by id; of a list's recipients, for its owner. In a channel readers see its staff alone. */
export function memberPage(
  room: Room,
  viewer: MemberRow,
  limit: number,
  after: string | undefined,
): { members: Member[]; next?: string } {
  const found: PersonRow[] = [];
  let from = after ?? "";
  if (room.chat.chat_type === "broadcast")
    return toPage(
      peopleOf(room, viewer, []).members.filter((m) => m.removed_at === null && m.user_id > from),
      limit,
    );
  if (room.chat.chat_type === "channel" && !room.may(viewer, "admit_members"))
    return toPage(staffOf(room.store.db, limit + 1, from), limit);
  while (found.length <= limit) {
    const rows = room.store.people(limit + 1, from);
    found.push(...rows.filter((m) => m.removed_at === null));
    const last = rows.at(-1);
    if (!last || rows.length <= limit) break;
    from = last.user_id;
  }
  return toPage(found, limit);
}

function toPage(found: readonly PersonRow[], limit: number): { members: Member[]; next?: string } {
  const page = found.slice(0, limit);
  const last = page.at(-1);
  return { members: page.map(toMember), ...(found.length > limit && last ? { next: last.user_id } : {}) };
}

/** @throws Fault `not_found` for a place that this chat does not have */
export function seqInChat(room: Room, seq: number): number {
  if (seq < 1 || seq > room.headSeq) throw new Fault("not_found");
  return seq;
}
