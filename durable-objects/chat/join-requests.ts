import { Fault } from "../../src/domain/fault.ts";
import type { Person } from "../../src/protocol/chat.ts";
import type { JoinRequest } from "../../src/protocol/entry-routes.ts";
import { JOIN_REQUESTS } from "../../src/protocol/limits.ts";
import type { Role } from "../../src/protocol/role.ts";
import type { Joined } from "../../src/protocol/rpc.ts";
import type { Effect } from "./commits.ts";
import type { JoinRequestRow } from "./entry-store.ts";
import { enter } from "./membership.ts";
import type { Room } from "./room.ts";
import { iso } from "./wire.ts";

/** What those who may decide see of it: the number in their list. */
const toldTo = (room: Room): string[] =>
  room.entry.staff().filter((userId) => {
    const member = room.member(userId);
    return room.isPresent(member) && room.may(member, "admit_members");
  });

/** Asks to be let in (SPEC JRQ1). Asked again, it is the same request: the first words stand. */
export function request(
  room: Room,
  person: Person,
  how: { message: string; role: Role; token: string | null },
  now: number,
): Effect<Joined> {
  const value: Joined = { status: "requested" };
  if (room.entry.request(person.user_id)) return { value };
  if (room.requestCount >= JOIN_REQUESTS) throw new Fault("too_many", { details: { join_requests: JOIN_REQUESTS } });
  const { user_id, username, display_name } = person;
  room.entry.putRequest({ ...{ user_id, username, display_name }, requested_at: now, ...how });
  if (how.token !== null) room.entry.addUses(how.token, 1);
  return { value, apply: () => room.requestsChanged(), news: { pieces: [], bumps: toldTo(room) } };
}

/** Who waits, the first first. */
export function requests(room: Room, by: string): JoinRequest[] {
  room.requireRight(by, "admit_members");
  return room.entry.requests(JOIN_REQUESTS).map((row) => ({
    person: { user_id: row.user_id, username: row.username, display_name: row.display_name },
    requested_at: iso(row.requested_at),
    message: row.message,
  }));
}

/**
 * Lets somebody in who asked, or not (SPEC JRQ2). Repeated, it has no second effect; who was declined hears nothing and may
 * ask again.
 */
export function answerRequest(room: Room, by: string, userId: string, isApproved: boolean, now: number): Effect<void> {
  room.requireRight(by, "admit_members");
  const asked = room.entry.request(userId);
  if (!asked) {
    if (isApproved && !room.isPresent(room.member(userId))) throw new Fault("not_found");
    return { value: undefined };
  }
  return isApproved ? admit(room, asked, now) : decline(room, asked);
}

function admit(
  room: Room,
  { user_id, username, display_name, role, token }: JoinRequestRow,
  now: number,
): Effect<void> {
  const person = { user_id, username, display_name };
  const how = { actor: user_id, event: "member_joined" as const, role, token };
  const { apply, news } = enter(room, [person], how, now);
  return {
    value: undefined,
    ...(apply ? { apply } : {}),
    // In a channel nobody else is told of it; the number in the lists of those who decide has changed all the same.
    ...(news ? { news: news.bumps === "everybody" ? news : { ...news, bumps: toldTo(room) } } : {}),
  };
}

function decline(room: Room, { user_id, token }: JoinRequestRow): Effect<void> {
  room.entry.deleteRequest(user_id);
  if (token !== null) room.entry.addUses(token, -1);
  return {
    value: undefined,
    apply: () => room.requestsChanged(),
    news: { pieces: [], bumps: toldTo(room) },
  };
}
