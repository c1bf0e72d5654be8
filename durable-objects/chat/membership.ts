import { Fault } from "../../src/domain/fault.ts";
import { isPlain, rank } from "../../src/domain/rights.ts";
import type { Member, Person } from "../../src/protocol/chat.ts";
import type { NoticeContent } from "../../src/protocol/content.ts";
import type { Role } from "../../src/protocol/role.ts";
import type { Effect } from "./commits.ts";
import { clearUntold, isUntold } from "./entry-store.ts";
import type { Room } from "./room.ts";
import type { MemberRow } from "./rows.ts";
import { isQuiet, newMember, quietly, step } from "./steps.ts";
import { toMember } from "./wire.ts";

/** Coming in and going out, whatever the reason: by staff, by a link, from the directory, by a ban. */

/** What lets people in. */
export interface Entrance {
  /** Who does it: themselves, who come by a link or from the directory. */
  actor: string;
  event: "members_added" | "member_joined";
  role: Role;
  /** The invitation they come by, which counts them. */
  token?: string | null;
}

/**
 * Lets people in who are not members. In a channel it is no news but to them (SPEC ENT4).
 * @throws Fault `chat_full`
 */
export function enter(room: Room, people: readonly Person[], how: Entrance, now: number): Effect<Member[]> {
  const isChannel = room.chat.chat_type === "channel";
  const count = room.chat.member_count + people.length;
  if (count > room.chat.max_members) throw new Fault("chat_full", { details: { max_members: room.chat.max_members } });
  const isUnnoticed = isQuiet(
    room,
    people.map(({ user_id }) => ({ user_id, role: how.role })),
  );
  const rev = isUnnoticed ? room.rev : room.rev + 1;
  // The notice, where there is one, counts as read.
  const head = room.headSeq + (isChannel ? 0 : 1);
  const firstSeq = room.chat.settings.has_history_from_join ? room.headSeq + 1 : 1;
  // Who was here before keeps their place, and who was restricted stays so.
  let peopleCount = room.chat.people_count;
  const rows = people.map((p) => {
    const former = room.member(p.user_id);
    const role = former?.role === "restricted" ? "restricted" : how.role;
    return newMember(p, role, now, rev, head, firstSeq, former?.place ?? peopleCount++);
  });
  const ids = people.map((p) => p.user_id);
  const withdraw = withdrawRequests(room, ids, how.token ?? null);
  const change = {
    members: rows,
    chat: { ...room.chat, member_count: count, people_count: peopleCount },
    projected: ids,
    withReceipts: true,
    ...(withdraw ? { apply: withdraw } : {}),
  };
  const value = rows.map(toMember);
  if (isUnnoticed) return quietly(room, change, value);
  const notice: NoticeContent =
    how.event === "member_joined"
      ? { event: how.event, actor_id: how.actor }
      : { event: how.event, actor_id: how.actor, user_ids: ids };
  const chat = { ...change.chat, rev };
  if (room.chat.chat_type === "channel")
    return step(room, "CHAT_CHANGED", { ...change, chat, isUnnamed: true, bumps: [], personal: ids }, now, value);
  return step(room, "MEMBERS_CHANGED", { ...change, chat, notices: [notice], personal: ids }, now, value);
}

/** Who is in waits no more. A link by which they only asked gets its use back. */
function withdrawRequests(room: Room, userIds: readonly string[], token: string | null): (() => void) | undefined {
  if (room.requestCount === 0) return undefined;
  const waiting = userIds.flatMap((userId) => room.entry.request(userId) ?? []);
  if (waiting.length === 0) return undefined;
  for (const request of waiting) {
    room.entry.deleteRequest(request.user_id);
    if (request.token !== null && request.token !== token) room.entry.addUses(request.token, -1);
  }
  return () => room.requestsChanged();
}

/** Puts somebody out, for whatever reason. In a channel it is no news but to them (SPEC ENT4). */
export function putOut(room: Room, target: MemberRow, notice: NoticeContent, now: number): Effect<void> {
  const { user_id: userId } = target;
  const isUnnoticed = isQuiet(room, [target]);
  const rev = isUnnoticed ? room.rev : room.rev + 1;
  // Who was restricted stays so, also if they come back by a link.
  const role = target.role === "restricted" ? "restricted" : "member";
  const gone: MemberRow = { ...target, role, removed_at: now, rev };
  const heir = target.role === "owner" ? nextInLine(room, userId) : undefined;
  const count = room.chat.member_count - 1;
  const change = {
    chat: { ...room.chat, member_count: count, is_active: count > 0 },
    farewells: [userId],
    projected: [userId, ...(heir ? [heir.user_id] : [])],
  };
  if (isUnnoticed) return quietly(room, { ...change, members: [gone] }, undefined);
  if (room.chat.chat_type === "channel" && isPlain(target.role)) {
    const unnamed = { ...change, members: [gone], chat: { ...change.chat, rev }, isUnnamed: true, bumps: [] };
    return step(room, "CHAT_CHANGED", unnamed, now, undefined);
  }
  return step(
    room,
    "MEMBERS_CHANGED",
    {
      ...change,
      members: [gone, ...(heir ? [{ ...heir, role: "owner" as const, rev }] : [])],
      chat: { ...change.chat, rev },
      notices: aboutPeople(room, notice),
    },
    now,
    undefined,
  );
}

/** Of a channel's people its readers are told nothing. */
export const aboutPeople = (room: Room, notice: NoticeContent): NoticeContent[] =>
  room.chat.chat_type === "channel" ? [] : [notice];

/** Who owns the chat when its owner leaves: the highest in rank, then the longest in the chat. */
function nextInLine(room: Room, ownerId: string): MemberRow | undefined {
  const [first] = room.entry
    .staff()
    .flatMap((userId) => (userId === ownerId ? [] : (room.member(userId) ?? [])))
    .sort((a, b) => rank(a.role) - rank(b.role) || a.joined_at - b.joined_at || (a.user_id < b.user_id ? -1 : 1));
  if (first) return first;
  const heir = room.entry.heirAmongMembers(ownerId);
  return heir === undefined ? undefined : room.member(heir);
}

/** Tells everybody how many they are, after people have come or gone in a channel (SPEC ENT4): one step for all of them. */
export function tellCount(room: Room, now: number): Effect<void> {
  if (!isUntold(room.store.db)) return { value: undefined };
  clearUntold(room.store.db);
  const chat = { ...room.chat, rev: room.rev + 1 };
  // Jobs of who came between two steps tell D1 several numbers of one clock, in any order: the last has one of its own.
  const projected = room.chat.settings.is_public ? [room.chat.created_by] : [];
  return step(room, "CHAT_CHANGED", { chat, bumps: [], projected }, now, undefined);
}
