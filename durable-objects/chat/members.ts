import { Fault } from "../../src/domain/fault.ts";
import { canAssign, outranks, rank } from "../../src/domain/rights.ts";
import type { Chat, ChatSettings, Member, Person } from "../../src/protocol/chat.ts";
import type { NoticeContent } from "../../src/protocol/content.ts";
import { GROUP_MEMBERS } from "../../src/protocol/limits.ts";
import type { Role } from "../../src/protocol/role.ts";
import type { NewChat } from "../../src/protocol/rpc.ts";
import type { Effect } from "./commits.ts";
import { insertNotice } from "./messages.ts";
import { encodeNews } from "./news.ts";
import { ReceiptPages } from "./receipt-pages.ts";
import type { Room } from "./room.ts";
import { BARE, type ChatRow, type MemberRow, type MessageRow } from "./rows.ts";
import { type ChatStore, USUAL_SETTINGS } from "./store.ts";
import { Unread } from "./unread.ts";
import { toChat, toMember, toMessage, toReceipt } from "./wire.ts";

/** Members of channels and broadcast lists (K1). */
const WIDE_MEMBERS = 100_000;

/** Outbox rows that one step of the clock can cause: ids are made of its rev, so that none is given twice. */
const OUTBOX_PER_REV = 131_072;

function insertOutbox(store: ChatStore, rev: number, userIds: readonly string[]): void {
  for (const [i, userId] of userIds.entries()) store.insertOutbox(rev * OUTBOX_PER_REV + i, userId);
}

/** Writes a new chat: its row, its people, and the notice that opens a group (SPEC MEM1). The one command before there is a room. */
export function insertChat(store: ChatStore, chat: NewChat, epoch: string, now: number): void {
  const isDirect = chat.chat_type === "direct";
  const maxMembers = isDirect ? 2 : chat.chat_type === "group" ? GROUP_MEMBERS : WIDE_MEMBERS;
  if (chat.people.length > maxMembers) throw new Fault("chat_full");
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
    people_count: chat.people.length,
    max_members: maxMembers,
    settings: { ...USUAL_SETTINGS, ...chat.settings },
    is_active: true,
    changes_after: 0,
  };
  store.putChat(row);
  const members = chat.people.map((person, place) => {
    const role: Role = isDirect ? "member" : person.user_id === chat.created_by ? "owner" : "member";
    return newMember(person, role, now, 1, isDirect ? 0 : 1, 1, place);
  });
  for (const member of members) store.putPerson(member);
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

/** `head`: the newest message when they joined; it and what came before count as read. `firstSeq`: the first they may see. */
function newMember(
  person: Person,
  role: Role,
  now: number,
  rev: number,
  head: number,
  firstSeq: number,
  place: number,
): MemberRow {
  return {
    user_id: person.user_id,
    username: person.username,
    display_name: person.display_name,
    role,
    joined_at: now,
    removed_at: null,
    rev,
    joined_rev: rev,
    first_seq: firstSeq,
    place,
    delivered_seq: head,
    read_seq: head,
    receipt_rev: rev,
  };
}

interface Change {
  chat?: ChatRow;
  members?: MemberRow[];
  notices?: NoticeContent[];
  farewells?: string[];
  /** People whose membership D1 must hear of. */
  projected?: string[];
  /** Receipts of these members are news too: they are new. */
  withReceipts?: boolean;
}

/** Writes one step of the clock that changes people or the chat itself, and says it. */
function step<T>(
  room: Room,
  type: "MEMBERS_CHANGED" | "CHAT_CHANGED",
  change: Change,
  now: number,
  value: T,
): Effect<T> {
  const rev = room.rev + 1;
  const members = change.members ?? [];
  for (const member of members) room.store.putPerson(member);
  const keepPages = change.withReceipts ? room.receipts.write(members, rev) : undefined;
  if (change.chat) room.store.putChat(change.chat);
  insertOutbox(room.store, rev, change.projected ?? []);
  for (const userId of change.farewells ?? []) room.store.deleteFeed(userId);
  const notice: MessageRow | undefined = change.notices?.[0] && insertNotice(room, rev, change.notices[0], now);
  room.store.insertChange(rev, {
    ...(members.length > 0 ? { members: members.map((m) => m.user_id) } : {}),
    ...(change.chat ? { chat: true } : {}),
  });
  const chatId = room.chat.chat_id;
  return {
    value,
    apply: () => {
      keepPages?.();
      for (const member of members) {
        room.setMember(member);
        if (member.removed_at !== null) room.moved.delete(member.user_id);
      }
      if (change.chat) room.chat = change.chat;
      room.peopleChanged();
      if (notice) room.appended(notice);
      room.rev = rev;
    },
    news: {
      pieces: [
        encodeNews({
          type,
          chat_id: chatId,
          base: rev - 1,
          rev,
          ...(change.chat ? { chat: toChat(change.chat) } : {}),
          ...(members.length > 0 ? { members: members.map(toMember) } : {}),
          ...(change.withReceipts ? { receipts: members.map(toReceipt) } : {}),
          ...(notice ? { messages: [toMessage(chatId, notice)] } : {}),
        }),
      ],
      ...(change.farewells ? { farewells: change.farewells } : {}),
      bumps: "everybody",
      isProjected: true,
    },
  };
}

/** Adds people (SPEC MEM2). Those who are members already are left as they are; if all are, nothing happens. */
export function addMembers(room: Room, by: string, people: readonly Person[], now: number): Effect<Member[]> {
  room.requireRight(by, "add_members");
  const unique = [...new Map(people.map((p) => [p.user_id, p])).values()];
  const fresh = unique.filter((p) => !room.isPresent(room.member(p.user_id)));
  const known = unique.filter((p) => !fresh.includes(p)).map((p) => toMember(room.requireMember(p.user_id)));
  if (fresh.length === 0) return { value: known };
  const count = room.chat.member_count + fresh.length;
  if (count > room.chat.max_members) throw new Fault("chat_full", { details: { max_members: room.chat.max_members } });
  const rev = room.rev + 1;
  const firstSeq = room.chat.settings.has_history_from_join ? room.headSeq + 1 : 1;
  // Who was here before keeps their place.
  let peopleCount = room.chat.people_count;
  const rows = fresh.map((p) => {
    const place = room.member(p.user_id)?.place ?? peopleCount++;
    return newMember(p, "member", now, rev, room.headSeq + 1, firstSeq, place);
  });
  return step(
    room,
    "MEMBERS_CHANGED",
    {
      members: rows,
      chat: { ...room.chat, member_count: count, people_count: peopleCount, rev },
      notices: [{ event: "members_added", actor_id: by, user_ids: fresh.map((p) => p.user_id) }],
      projected: fresh.map((p) => p.user_id),
      withReceipts: true,
    },
    now,
    [...known, ...rows.map(toMember)],
  );
}

/** Removes a person, or leaves (SPEC MEM3, MEM4). Repeated, it has no second effect. */
export function removeMember(room: Room, by: string, userId: string, now: number): Effect<void> {
  const isLeaving = by === userId;
  const target = room.member(userId);
  if (isLeaving && target && target.removed_at !== null) return { value: undefined };
  const actor = room.requireRight(by, isLeaving ? "leave" : "remove_members");
  if (!target) throw new Fault("not_found");
  if (target.removed_at !== null) return { value: undefined };
  if (!isLeaving && !outranks(actor.role, target.role)) throw new Fault("forbidden");

  const rev = room.rev + 1;
  const gone: MemberRow = { ...target, role: "member", removed_at: now, rev };
  const heir = target.role === "owner" ? nextInLine(room, userId) : undefined;
  const count = room.chat.member_count - 1;
  return step(
    room,
    "MEMBERS_CHANGED",
    {
      members: [gone, ...(heir ? [{ ...heir, role: "owner" as const, rev }] : [])],
      chat: { ...room.chat, member_count: count, is_active: count > 0, rev },
      notices: [{ event: isLeaving ? "member_left" : "member_removed", actor_id: by, user_ids: [userId] }],
      farewells: [userId],
      projected: [userId, ...(heir ? [heir.user_id] : [])],
    },
    now,
    undefined,
  );
}

/** Who owns the chat when its owner leaves: the highest in rank, then the longest in the chat. */
function nextInLine(room: Room, ownerId: string): MemberRow | undefined {
  return room
    .members()
    .filter((m) => m.removed_at === null && m.user_id !== ownerId)
    .sort((a, b) => rank(a.role) - rank(b.role) || a.joined_at - b.joined_at || (a.user_id < b.user_id ? -1 : 1))[0];
}

/** Gives a role (SPEC MEM5). Giving `owner` makes the giver an admin: there is always exactly one owner. */
export function setRole(room: Room, by: string, userId: string, role: Role, now: number): Effect<Member> {
  const actor = room.requireRight(by, "set_roles");
  const target = room.member(userId);
  if (!room.isPresent(target)) throw new Fault("not_found");
  if (target.role === role) return { value: toMember(target) };
  if (!canAssign(room.chat.chat_type, actor.role, target.role, role)) throw new Fault("forbidden");
  const rev = room.rev + 1;
  const changed: MemberRow = { ...target, role, rev };
  const former = role === "owner" ? [{ ...actor, role: "admin" as const, rev }] : [];
  return step(
    room,
    "MEMBERS_CHANGED",
    {
      members: [changed, ...former],
      notices: [{ event: "role_changed", actor_id: by, user_ids: [userId], role }],
      projected: [userId, ...former.map((m) => m.user_id)],
    },
    now,
    toMember(changed),
  );
}

/** Changes name, description or settings (SPEC MEM6). A patch that changes nothing is no step of the clock. */
export function updateChat(
  room: Room,
  by: string,
  patch: { name?: string; description?: string; settings?: Partial<ChatSettings> },
  now: number,
): Effect<Chat> {
  room.requireRight(by, "change_info");
  const name = patch.name ?? room.chat.name;
  const description = patch.description ?? room.chat.description;
  const settings = { ...room.chat.settings, ...patch.settings };
  const isRenamed = name !== room.chat.name;
  const isDescribed = description !== room.chat.description;
  const isSet =
    settings.has_history_from_join !== room.chat.settings.has_history_from_join ||
    settings.edit_window_s !== room.chat.settings.edit_window_s;
  if (!isRenamed && !isDescribed && !isSet) {
    return { value: toChat(room.chat) };
  }
  const rev = room.rev + 1;
  const chat: ChatRow = { ...room.chat, name, description, settings, rev };
  return step(
    room,
    "CHAT_CHANGED",
    {
      chat,
      ...(isRenamed
        ? { notices: [{ event: "chat_renamed", actor_id: by, name }] }
        : isDescribed
          ? { notices: [{ event: "chat_described", actor_id: by }] }
          : {}),
      ...(isRenamed ? { projected: [by] } : {}),
    },
    now,
    toChat(chat),
  );
}

/** Ends the chat for all (SPEC MEM7): everybody is told and put out; the log stays where it is, unread by anybody. */
export function endChat(room: Room, by: string, now: number): Effect<void> {
  room.requireRight(by, "end_chat");
  const rev = room.rev + 1;
  const everybody = room
    .members()
    .filter((m) => m.removed_at === null)
    .map((m) => m.user_id);
  return step(
    room,
    "CHAT_CHANGED",
    { chat: { ...room.chat, is_active: false, rev }, farewells: everybody, projected: [by] },
    now,
    undefined,
  );
}
