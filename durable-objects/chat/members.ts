import { Fault } from "../../src/domain/fault.ts";
import { canAssign, isPlain, outranks } from "../../src/domain/rights.ts";
import type { ChatType, Member, Person } from "../../src/protocol/chat.ts";
import type { NoticeContent } from "../../src/protocol/content.ts";
import { BROADCAST_RECIPIENTS, CHANNEL_MEMBERS, GROUP_MEMBERS } from "../../src/protocol/limits.ts";
import type { Role } from "../../src/protocol/role.ts";
import type { NewChat } from "../../src/protocol/rpc.ts";
import { requireUnbanned } from "./bans.ts";
import { putRecipient } from "./broadcast-store.ts";
import { addRecipients, removeRecipient } from "./broadcasts.ts";
import type { Effect } from "./commits.ts";
import { aboutPeople, enter, putOut } from "./membership.ts";
import { ReceiptPages } from "./receipt-pages.ts";
import type { Room } from "./room.ts";
import { BARE, type ChatRow, type MemberRow } from "./rows.ts";
import { withSettings } from "./settings.ts";
import { insertOutbox, newMember, step } from "./steps.ts";
import { type ChatStore, USUAL_SETTINGS } from "./store.ts";
import { Unread } from "./unread.ts";
import { toMember } from "./wire.ts";

/** How many a chat holds, by its type (K1). The owner of a broadcast list counts, too. */
const MAX_MEMBERS: Record<ChatType, number> = {
  direct: 2,
  group: GROUP_MEMBERS,
  channel: CHANNEL_MEMBERS,
  broadcast: BROADCAST_RECIPIENTS + 1,
};

/** Writes a new chat: its row, its people, and the notice that opens a group (SPEC MEM1). The one command before there is a room. */
export function insertChat(store: ChatStore, chat: NewChat, epoch: string, now: number): void {
  const isDirect = chat.chat_type === "direct";
  const maxMembers = MAX_MEMBERS[chat.chat_type];
  if (chat.people.length > maxMembers) throw new Fault("chat_full", { details: { max_members: maxMembers } });
  const isList = chat.chat_type === "broadcast";
  const inside = isList ? chat.people.filter((p) => p.user_id === chat.created_by) : chat.people;
  const row: ChatRow = {
    chat_id: chat.chat_id,
    epoch,
    chat_type: chat.chat_type,
    name: isDirect ? "" : chat.name,
    description: chat.description,
    created_by: chat.created_by,
    created_at: now,
    rev: 1,
    member_count: chat.people.length,
    people_count: inside.length,
    max_members: maxMembers,
    settings: withSettings(chat.chat_type, USUAL_SETTINGS, chat.settings ?? {}),
    is_active: true,
    changes_after: 0,
  };
  store.putChat(row);
  const members = inside.map((person, place) => {
    const role: Role = isDirect ? "member" : person.user_id === chat.created_by ? "owner" : "member";
    return newMember(person, role, now, 1, isDirect ? 0 : 1, 1, place);
  });
  for (const member of members) store.putPerson(member);
  if (isList)
    for (const person of chat.people)
      if (person.user_id !== chat.created_by)
        putRecipient(store.db, { ...person, added_at: now, removed_at: null, rev: 1 });
  new ReceiptPages(store, new Unread(store, 1, 1)).write(members, 1);
  const ids = members.map((member) => member.user_id);
  insertOutbox(store, 1, ids);
  store.insertChange(1, { chat: true, members: ids });
  if (isDirect) return;
  store.insertMessage({
    seq: 1,
    born_rev: 1,
    rev: 1,
    sender_id: chat.created_by,
    client_msg_id: null,
    seen_seq: null,
    message_type: "system",
    content: JSON.stringify({
      event: "chat_created",
      actor_id: chat.created_by,
      name: chat.name,
    } satisfies NoticeContent),
    reply_to: null,
    created_at: now,
    ...BARE,
  });
}

/**
 * Adds people (SPEC MEM2), or to a broadcast list whom it writes to (BRD1). Those who are members already are left as they
 * are; if all are, nothing happens.
 */
export function addMembers(room: Room, by: string, people: readonly Person[], now: number): Effect<Member[]> {
  room.requireRight(by, "add_members");
  const unique = [...new Map(people.map((p) => [p.user_id, p])).values()];
  if (room.chat.chat_type === "broadcast") return addRecipients(room, by, unique, now);
  const fresh = unique.filter((p) => !room.isPresent(room.member(p.user_id)));
  const known = unique.filter((p) => !fresh.includes(p)).map((p) => toMember(room.requireMember(p.user_id)));
  if (fresh.length === 0) return { value: known };
  requireUnbanned(room, fresh, now);
  const { value, ...rest } = enter(room, fresh, { actor: by, event: "members_added", role: "member" }, now);
  return { ...rest, value: [...known, ...value] };
}

/** Removes a person, or leaves (SPEC MEM3, MEM4). Repeated, it has no second effect. */
export function removeMember(room: Room, by: string, userId: string, now: number): Effect<void> {
  const isLeaving = by === userId;
  const target = room.member(userId);
  if (isLeaving && target && target.removed_at !== null) return { value: undefined };
  const actor = room.requireRight(by, isLeaving ? "leave" : "remove_members");
  if (room.chat.chat_type === "broadcast") return removeRecipient(room, userId, now);
  if (!target) throw new Fault("not_found");
  if (target.removed_at !== null) return { value: undefined };
  if (!isLeaving && !outranks(actor.role, target.role)) throw new Fault("forbidden");
  const event = isLeaving ? "member_left" : "member_removed";
  return putOut(room, target, { event, actor_id: by, user_ids: [userId] }, now);
}

/**
 * Gives a role (SPEC MEM5, PRM4): staff may restrict people, admins make moderators, the owner admins. Giving `owner` makes
 * the giver an admin: there is always exactly one owner.
 */
export function setRole(room: Room, by: string, userId: string, role: Role, now: number): Effect<Member> {
  const actor = room.requireRight(by, "restrict_members");
  const target = room.member(userId);
  if (!room.isPresent(target)) throw new Fault("not_found");
  if (target.role === role) return { value: toMember(target) };
  if (!canAssign(room.chat.chat_type, actor.role, target.role, role)) throw new Fault("forbidden");
  const rev = room.rev + 1;
  const changed: MemberRow = { ...target, role, rev };
  // Of a channel's readers nobody is told but themselves.
  if (room.chat.chat_type === "channel" && isPlain(target.role) && isPlain(role)) {
    const unnamed = { members: [changed], chat: { ...room.chat, rev }, isUnnamed: true, bumps: [] };
    return step(room, "CHAT_CHANGED", { ...unnamed, projected: [userId], personal: [userId] }, now, toMember(changed));
  }
  const former = role === "owner" ? [{ ...actor, role: "admin" as const, rev }] : [];
  return step(
    room,
    "MEMBERS_CHANGED",
    {
      members: [changed, ...former],
      notices: aboutPeople(room, { event: "role_changed", actor_id: by, user_ids: [userId], role }),
      projected: [userId, ...former.map((m) => m.user_id)],
    },
    now,
    toMember(changed),
  );
}

/**
 * Ends the chat for all (SPEC MEM7): everybody is told and put out; the log stays where it is, unread by anybody. Nothing is
 * written for each of them, however many they are: who is in a chat that has ended is in nothing.
 */
export function endChat(room: Room, by: string, now: number): Effect<void> {
  room.requireRight(by, "end_chat");
  const chat = { ...room.chat, is_active: false, rev: room.rev + 1 };
  return step(room, "CHAT_CHANGED", { chat, farewells: "everybody", projected: [by], bumps: [] }, now, undefined);
}
