import { Fault } from "../../src/domain/fault.ts";
import { newInviteCode } from "../../src/protocol/ids.ts";
import { INVITES_PER_CHAT } from "../../src/protocol/limits.ts";
import type { InviteAsk, InviteRecord } from "../../src/protocol/rpc.ts";
import { markOf } from "./changes.ts";
import type { Effect } from "./commits.ts";
import type { InviteRow } from "./entry-store.ts";
import type { Room } from "./room.ts";
import { iso } from "./wire.ts";

/** Links that lead nowhere any more and are still listed. */
const ENDED_KEPT = 50;

/** The part of a code that this chat knows it by. */
export const tokenOf = (code: string): string => code.split("-")[1] ?? "";

/** Whoever comes by it waits to be let in. */
export const needsApproval = (room: Room, row: InviteRow): boolean =>
  row.needs_approval === null ? room.chat.settings.needs_approval : row.needs_approval === 1;

const toInvite = (room: Room, row: InviteRow): InviteRecord => ({
  code: `${room.chat.chat_id}-${row.token}`,
  created_by: row.created_by,
  created_at: iso(row.created_at),
  ...(row.expires_at === null ? {} : { expires_at: iso(row.expires_at) }),
  ...(row.max_uses === null ? {} : { max_uses: row.max_uses }),
  uses: row.uses,
  needs_approval: needsApproval(room, row),
  role: row.role === "guest" ? "guest" : "member",
  ...(row.revoked_at === null ? {} : { revoked_at: iso(row.revoked_at) }),
});

/** The invitation of a code, if it leads in now (SPEC INV2). */
export function openInvite(room: Room, code: string, now: number): InviteRow | undefined {
  const row = room.entry.invite(tokenOf(code));
  if (!row || row.revoked_at !== null) return undefined;
  if (row.expires_at !== null && row.expires_at <= now) return undefined;
  return row.max_uses !== null && row.uses >= row.max_uses ? undefined : row;
}

/** All that is asked for, so that the same id for another link is a mistake. */
const markOfAsk = ({ expires_in_s, max_uses, needs_approval, role }: InviteAsk): string =>
  markOf(...[expires_in_s, max_uses, needs_approval].map(String), role);

/**
 * Makes a link (SPEC INV1, INV8). Past what staff have set for the chat leads only a link of staff.
 * @throws Fault `too_many`; `id_reused` for an id under which its maker has asked for another one
 */
export function createInvite(room: Room, by: string, ask: InviteAsk, now: number): Effect<InviteRecord> {
  const member = requireInviting(room, by);
  const { client_invite_id: id } = ask;
  const mark = id === undefined ? null : markOfAsk(ask);
  const asked = id === undefined ? undefined : room.entry.inviteAskedAs(by, id);
  if (asked && asked.mark !== mark)
    throw new Fault("id_reused", { message: "This client_invite_id already names another link." });
  if (asked) return { value: toInvite(room, asked) };
  const known = ask.code === undefined ? undefined : room.entry.invite(tokenOf(ask.code));
  if (known && known.created_by !== by) throw new Fault("forbidden");
  if (known) return { value: toInvite(room, known) };
  const needs = ask.needs_approval;
  const mayWaive = room.may(member, "admit_members");
  if (needs === false && room.chat.settings.needs_approval && !mayWaive) throw new Fault("forbidden");
  const what = {
    expires_at: ask.expires_in_s === undefined ? null : now + ask.expires_in_s * 1_000,
    max_uses: ask.max_uses ?? null,
    needs_approval: needs === undefined || (needs === false && !mayWaive) ? null : Number(needs),
    role: ask.role,
  };
  return insert(room, by, now, { ...what, is_primary: 0, client_id: id ?? null, mark }, ask.code);
}

/** The lasting link: the same whoever asks, until it is revoked (SPEC INV4). */
export function inviteLink(room: Room, by: string, now: number): Effect<InviteRecord> {
  requireInviting(room, by);
  const known = room.entry.primaryInvite();
  if (known) return { value: toInvite(room, known) };
  const lasting = { expires_at: null, max_uses: null, needs_approval: null, role: "member" as const, is_primary: 1 };
  return insert(room, by, now, { ...lasting, client_id: null, mark: null });
}

/** A broadcast list has no door. */
function requireInviting(room: Room, by: string) {
  const member = room.requireRight(by, "add_members");
  if (room.chat.chat_type === "broadcast") throw new Fault("forbidden");
  return member;
}

function insert(
  room: Room,
  by: string,
  now: number,
  what: Omit<InviteRow, "token" | "created_by" | "created_at" | "uses" | "revoked_at">,
  code: string = newInviteCode(room.chat.chat_id),
): Effect<InviteRecord> {
  if (room.entry.countInvites(now) >= INVITES_PER_CHAT)
    throw new Fault("too_many", { details: { invites_per_chat: INVITES_PER_CHAT } });
  room.entry.trimInvites(now, ENDED_KEPT);
  const row: InviteRow = {
    ...what,
    token: tokenOf(code),
    created_by: by,
    created_at: now,
    uses: 0,
    revoked_at: null,
  };
  room.entry.putInvite(row);
  return { value: toInvite(room, row) };
}

/** Ends a link: its maker may, and staff (SPEC INV3). Done twice, it is done. */
export function revokeInvite(room: Room, by: string, code: string, now: number): Effect<void> {
  const member = room.requireMember(by);
  const row = room.entry.invite(tokenOf(code));
  const isMine = row !== undefined && row.created_by === by && row.is_primary === 0;
  if (!room.may(member, "admit_members") && !isMine) throw new Fault("forbidden");
  if (!row) throw new Fault("not_found");
  if (row.revoked_at === null) room.entry.putInvite({ ...row, revoked_at: now });
  return { value: undefined };
}

/** Links, the latest first: staff see all, others the lasting one and their own. */
export function invites(room: Room, by: string): InviteRecord[] {
  const member = requireInviting(room, by);
  const seesAll = room.may(member, "admit_members");
  return room.entry
    .invites(INVITES_PER_CHAT + ENDED_KEPT)
    .filter((row) => seesAll || row.created_by === by || (row.is_primary === 1 && row.revoked_at === null))
    .map((row) => toInvite(room, row));
}
