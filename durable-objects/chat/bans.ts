import { Fault } from "../../src/domain/fault.ts";
import { outranks } from "../../src/domain/rights.ts";
import type { Person } from "../../src/protocol/chat.ts";
import type { Ban } from "../../src/protocol/entry-routes.ts";
import type { BanAsk } from "../../src/protocol/rpc.ts";
import type { Effect } from "./commits.ts";
import type { BanRow } from "./entry-store.ts";
import { putOut } from "./membership.ts";
import type { Room } from "./room.ts";
import { iso } from "./wire.ts";

/** Bans of one chat; beyond it `too_many`. They are listed in one answer. */
export const BANS_PER_CHAT = 1_000;

const toBan = (row: BanRow): Ban => ({
  person: { user_id: row.user_id, username: row.username, display_name: row.display_name },
  banned_by: row.banned_by,
  banned_at: iso(row.banned_at),
  reason: row.reason,
  ...(row.ends_at === null ? {} : { ends_at: iso(row.ends_at) }),
});

const isOver = (row: BanRow, now: number): boolean => row.ends_at !== null && row.ends_at <= now;

/** The ban that keeps somebody out now (SPEC BAN2): it ends by itself, by the server's clock. */
export function banOf(room: Room, userId: string, now: number): BanRow | undefined {
  const row = room.entry.ban(userId);
  return row && !isOver(row, now) ? row : undefined;
}

/** @throws Fault `banned` that names who of them is kept out */
export function requireUnbanned(room: Room, people: readonly Person[], now: number): void {
  const banned = people.map((person) => person.user_id).filter((userId) => banOf(room, userId, now));
  if (banned.length > 0) throw new Fault("banned", { details: { user_ids: banned } });
}

/**
 * Keeps a person out, and puts them out if they are in (SPEC BAN1). Banned again, reason and end are those of the last time,
 * and nothing is said once more.
 */
export function ban(room: Room, by: string, { person, reason, ends_in_s }: BanAsk, now: number): Effect<Ban> {
  const actor = room.requireRight(by, "ban_members");
  const target = room.member(person.user_id);
  const isIn = room.isPresent(target);
  if (person.user_id === by || (isIn && !outranks(actor.role, target.role))) throw new Fault("forbidden");
  room.entry.deleteEndedBans(now);
  const known = room.entry.ban(person.user_id);
  if (!known && room.entry.countBans() >= BANS_PER_CHAT)
    throw new Fault("too_many", { details: { bans_per_chat: BANS_PER_CHAT } });
  const ends_at = ends_in_s === undefined ? null : now + ends_in_s * 1_000;
  const isSame = known?.banned_by === by && known.reason === reason && known.ends_at === ends_at;
  const { user_id, username, display_name } = person;
  const row: BanRow = isSame
    ? known
    : { ...{ user_id, username, display_name }, banned_by: by, banned_at: now, reason, ends_at };
  if (!isSame) room.entry.putBan(row);
  // A door that they made is theirs no more.
  room.entry.revokeInvitesOf(user_id, now);
  const request = room.entry.request(user_id);
  if (request) {
    room.entry.deleteRequest(user_id);
    if (request.token !== null) room.entry.addUses(request.token, -1);
  }
  const value = toBan(row);
  if (!isIn) return { value, ...(request ? { apply: () => room.requestsChanged() } : {}) };
  const { apply, news } = putOut(room, target, { event: "member_banned", actor_id: by, user_ids: [user_id] }, now);
  return {
    value,
    apply: () => {
      apply?.();
      room.requestsChanged();
    },
    ...(news ? { news } : {}),
  };
}

/** Lets somebody come back. Nobody is told; done twice, it is done. */
export function unban(room: Room, by: string, userId: string): Effect<void> {
  room.requireRight(by, "ban_members");
  room.entry.deleteBan(userId);
  return { value: undefined };
}

/** Who is kept out now, the latest first. */
export function bans(room: Room, by: string, now: number): Ban[] {
  room.requireRight(by, "ban_members");
  return room.entry
    .bans(BANS_PER_CHAT)
    .filter((row) => !isOver(row, now))
    .map(toBan);
}
