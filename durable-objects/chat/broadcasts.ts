import { Fault } from "../../src/domain/fault.ts";
import type { Member, Person } from "../../src/protocol/chat.ts";
import {
  countDispatches,
  putDispatch,
  putRecipient,
  type RecipientRow,
  recipient,
  recipients,
} from "./broadcast-store.ts";
import type { Effect } from "./commits.ts";
import type { Room } from "./room.ts";
import type { MemberRow, MessageRow } from "./rows.ts";
import { step } from "./steps.ts";
import { toMember } from "./wire.ts";

/** Messages of a list that may wait for their copies; each is up to 256 messages of other chats. */
const DISPATCHES_WAITING = 50;

/**
 * A recipient as the list's owner is shown them: like a member. They are none: no command, socket or hub finds them among
 * the members (SPEC BRD1).
 */
const asMember = (row: RecipientRow): MemberRow => ({
  user_id: row.user_id,
  username: row.username,
  display_name: row.display_name,
  role: "member",
  joined_at: row.added_at,
  removed_at: row.removed_at,
  rev: row.rev,
  joined_rev: row.rev,
  first_seq: 1,
  place: -1,
  delivered_seq: 0,
  read_seq: 0,
  receipt_rev: 0,
});

/** Recipients of a list, those who were taken off it too; of other chats nobody. */
export const shownRecipients = (room: Room): MemberRow[] =>
  room.chat.chat_type === "broadcast" ? recipients(room.store.db).map(asMember) : [];

export function shownRecipient(room: Room, userId: string): MemberRow | undefined {
  const row = room.chat.chat_type === "broadcast" ? recipient(room.store.db, userId) : undefined;
  return row && asMember(row);
}

/** Adds people whom the list writes to from now on. Nobody but its owner hears of it. */
export function addRecipients(room: Room, by: string, people: readonly Person[], now: number): Effect<Member[]> {
  const others = people.filter((p) => p.user_id !== by);
  const known = others.flatMap((p) => recipient(room.store.db, p.user_id) ?? []).filter((r) => r.removed_at === null);
  const fresh = others.filter((p) => !known.some((r) => r.user_id === p.user_id));
  const value = known.map(asMember).map(toMember);
  if (fresh.length === 0) return { value };
  const count = room.chat.member_count + fresh.length;
  if (count > room.chat.max_members) throw new Fault("chat_full", { details: { max_members: room.chat.max_members } });
  const rev = room.rev + 1;
  const rows = fresh.map((p) => ({ ...p, added_at: now, removed_at: null, rev }));
  for (const row of rows) putRecipient(room.store.db, row);
  const shown = rows.map(asMember);
  const chat = { ...room.chat, member_count: count, rev };
  return step(room, "MEMBERS_CHANGED", { shown, chat }, now, [...value, ...shown.map(toMember)]);
}

/** Takes somebody off the list. What was sent before still reaches them. Repeated, it has no second effect. */
export function removeRecipient(room: Room, userId: string, now: number): Effect<void> {
  const row = recipient(room.store.db, userId);
  if (!row) throw new Fault("not_found");
  if (row.removed_at !== null) return { value: undefined };
  const rev = room.rev + 1;
  const gone = { ...row, removed_at: now, rev };
  putRecipient(room.store.db, gone);
  const chat = { ...room.chat, member_count: room.chat.member_count - 1, rev };
  return step(room, "MEMBERS_CHANGED", { shown: [asMember(gone)], chat }, now, undefined);
}

/**
 * Notes, in the turn of a new message of a list, that its copies are owed (SPEC BRD2). Written before the message itself:
 * if that fails, the note is of a number that no message has, and the next message's replaces it.
 * @throws Fault `rate_limited` while very many wait
 */
export function oweCopies(room: Room, { seq }: MessageRow): void {
  if (room.chat.chat_type !== "broadcast") return;
  if (countDispatches(room.store.db) >= DISPATCHES_WAITING) throw new Fault("rate_limited", { retry_after: 5 });
  const present = recipients(room.store.db).filter((row) => row.removed_at === null);
  putDispatch(
    room.store.db,
    seq,
    present.map((row) => row.user_id),
  );
}
