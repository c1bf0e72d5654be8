import { Fault } from "../../src/domain/fault.ts";
import type { Person } from "../../src/protocol/chat.ts";
import type { ChatCard } from "../../src/protocol/entry-routes.ts";
import type { Joined } from "../../src/protocol/rpc.ts";
import { banOf } from "./bans.ts";
import type { Effect } from "./commits.ts";
import type { InviteRow } from "./entry-store.ts";
import { needsApproval, openInvite, tokenOf } from "./invites.ts";
import { request } from "./join-requests.ts";
import { enter } from "./membership.ts";
import type { Room } from "./room.ts";
import { toChat } from "./wire.ts";

/** A chat that others may be let into: an ended one, and one that is no group or channel, has no door. */
const hasDoor = (room: Room): boolean =>
  room.chat.is_active && (room.chat.chat_type === "group" || room.chat.chat_type === "channel");

/** Who is in is in, by whatever way they come again (SPEC ENT1). */
const alreadyIn = (room: Room, userId: string): Effect<Joined> | undefined =>
  room.isPresent(room.member(userId)) ? { value: { status: "joined", chat: toChat(room.chat) } } : undefined;

/** Comes into a public chat, or asks to (SPEC ENT2). Of any other a stranger is told nothing. */
export function join(room: Room, person: Person, message: string, now: number): Effect<Joined> {
  const repeat = alreadyIn(room, person.user_id);
  if (repeat) return repeat;
  if (!hasDoor(room) || !room.chat.settings.is_public) throw new Fault("not_found");
  return comeIn(room, person, message, undefined, now);
}

/** Comes in by an invitation, or asks to (SPEC INV2). */
export function acceptInvite(room: Room, person: Person, code: string, message: string, now: number): Effect<Joined> {
  const known = room.entry.invite(tokenOf(code));
  if (!hasDoor(room) || !known) throw new Fault("not_found");
  const repeat = alreadyIn(room, person.user_id);
  if (repeat) return repeat;
  // Who asked by it waits, though it was meant for no more than them.
  if (room.entry.request(person.user_id)?.token === known.token) return { value: { status: "requested" } };
  const invite = openInvite(room, code, now);
  if (!invite) throw new Fault("not_found");
  return comeIn(room, person, message, invite, now);
}

function comeIn(
  room: Room,
  person: Person,
  message: string,
  invite: InviteRow | undefined,
  now: number,
): Effect<Joined> {
  if (banOf(room, person.user_id, now)) throw new Fault("banned");
  const { settings } = room.chat;
  const role = invite?.role ?? "member";
  const token = invite?.token ?? null;
  if (invite ? needsApproval(room, invite) : settings.needs_approval)
    return request(room, person, { message, role, token }, now);
  const how = { actor: person.user_id, event: "member_joined" as const, role, token };
  const { apply, news } = enter(room, [person], how, now);
  // In this very transaction: a link for one lets in one.
  if (token !== null) room.entry.addUses(token, 1);
  const value: Joined = { status: "joined" };
  return {
    value,
    apply: () => {
      apply?.();
      value.chat = toChat(room.chat);
    },
    ...(news ? { news } : {}),
  };
}

/** How somebody stands to a public chat (SPEC ENT7). Of any other a stranger is told nothing. */
export function standingTo(room: Room, userId: string, now: number): ChatCard["standing"] {
  const standing = standingOf(room, userId, now);
  if (standing !== "member" && !(hasDoor(room) && room.chat.settings.is_public)) throw new Fault("not_found");
  return standing;
}

function standingOf(room: Room, userId: string, now: number): ChatCard["standing"] {
  if (room.isPresent(room.member(userId))) return "member";
  if (banOf(room, userId, now)) return "banned";
  return room.entry.request(userId) ? "requested" : "stranger";
}

/** What an invitation leads to, for who has it (SPEC INV5). */
export function inviteCard(room: Room, by: string, code: string, now: number): ChatCard {
  const isIn = room.isPresent(room.member(by));
  const known = room.entry.invite(tokenOf(code));
  const isWaiting = known !== undefined && room.entry.request(by)?.token === known.token;
  const row = isIn || isWaiting ? known : openInvite(room, code, now);
  if (!hasDoor(room) || !row) throw new Fault("not_found");
  const { chat_id, chat_type, name, description, member_count } = room.chat;
  return {
    ...{ chat_id, chat_type, name, description, member_count },
    needs_approval: needsApproval(room, row),
    standing: standingOf(room, by, now),
  };
}
