import { signAccess } from "../auth/access-token.ts";
import {
  type RefreshToken,
  RefreshTokens,
  SAME_ANSWER_MS,
  SESSION_IDLE_MS,
  sealSuccessor,
  unsealSuccessor,
} from "../auth/refresh-token.ts";
import { openDatabase } from "../db/database.ts";
import { type EndReason, type NewSession, type SessionRow, Sessions } from "../db/sessions.ts";
import { Fault } from "../domain/fault.ts";
import { logError } from "../ops/log.ts";
import { newDeviceId, newSessionId } from "../protocol/ids.ts";
import { ACCESS_TOKEN_S } from "../protocol/limits.ts";
import type { Tokens } from "../protocol/rest.ts";
import { deviceNameOf } from "./device-name.ts";
import type { Visit } from "./handler.ts";
import { askHub } from "./object-call.ts";
import { setCookie, wantsCookie } from "./refresh-cookie.ts";
import { forgetSessions, isAllowedHere, keyringOf } from "./session-guard.ts";

/** What a device says of itself when it signs in. */
export interface Device {
  device_id?: string | undefined;
  device_name?: string | undefined;
  device_type?: NewSession["device_type"] | undefined;
}

export const sessionsOf = (visit: Visit): Sessions => new Sessions(openDatabase(visit.env.DB));

/** A session that is not stored yet, and the refresh token that belongs to it. */
export async function newSession(
  visit: Visit,
  userId: string,
  device: Device,
  now: number,
): Promise<{ row: NewSession; refresh: RefreshToken }> {
  const id = newSessionId();
  const refresh = await new RefreshTokens(visit.env.MASTER_KEY).mint(id);
  const row: NewSession = {
    ...{ id, user_id: userId, created_at: now, rotated_at: now, last_active_at: now },
    device_id: device.device_id ?? newDeviceId(),
    device_name: device.device_name || deviceNameOf(visit.request.headers.get("user-agent") ?? ""),
    device_type: device.device_type ?? (wantsCookie(visit.request) ? "web" : "other"),
    refresh_hash: refresh.hash,
    expires_at: now + SESSION_IDLE_MS,
  };
  return { row, refresh };
}

/** The answer to a device that has signed in or refreshed: the tokens, the refresh token as a cookie if it asked so. */
export async function tokensOf(
  visit: Visit,
  session: Pick<NewSession, "id" | "user_id" | "device_id">,
  refreshToken: string,
): Promise<Tokens> {
  const isCookie = wantsCookie(visit.request);
  if (isCookie) setCookie(visit, refreshToken);
  const claims = { user_id: session.user_id, session_id: session.id };
  return {
    ...claims,
    device_id: session.device_id,
    access_token: await signAccess(await keyringOf(visit.env).signer(), claims),
    ...(isCookie ? {} : { refresh_token: refreshToken }),
    expires_in: ACCESS_TOKEN_S,
  };
}

/**
 * Exchanges a refresh token. The current one gets a successor; its immediate predecessor, whose successor was by then
 * never used, is a repeat; any other of ours ends the session. Each step is one conditional statement: whoever loses a
 * race reads again and finds itself to be the predecessor.
 * @throws Fault `refresh_rejected`
 */
export async function refreshSession(visit: Visit, token: string): Promise<Tokens> {
  const tokens = new RefreshTokens(visit.env.MASTER_KEY);
  const sessions = sessionsOf(visit);
  const given = await tokens.read(token);
  // Two races in a row would take two other winners in the same instant; a third is not waited for.
  for (let round = 0; given && round < 3; round++) {
    const now = Date.now();
    const row = await sessions.find(given.session_id);
    if (!row || row.ended_at !== null || row.expires_at <= now || !isAllowedHere(visit.env, row)) break;
    const isRepeat = given.hash === row.previous_hash;
    if (!isRepeat && given.hash !== row.refresh_hash) {
      await endSessions(visit, row.user_id, row.id, "reused");
      break;
    }
    const known = isRepeat ? await sameSuccessor(row, token, now) : undefined;
    if (known !== undefined) return tokensOf(visit, row, known);
    const successor = await tokens.mint(row.id);
    const next = {
      refresh_hash: successor.hash,
      previous_hash: given.hash,
      sealed_successor: await sealSuccessor(token, successor),
      expires_at: now + SESSION_IDLE_MS,
    };
    if (await sessions.rotate(row, next, now)) return tokensOf(visit, row, successor.text);
  }
  throw new Fault("refresh_rejected");
}

async function sameSuccessor(row: SessionRow, token: string, now: number): Promise<string | undefined> {
  if (row.sealed_successor === null || now - row.rotated_at > SAME_ANSWER_MS) return undefined;
  return unsealSuccessor(token, row.sealed_successor, row.refresh_hash);
}

/**
 * Ends one session of a person or all, at once here and within 5 s in every isolate, and has the hub close their sockets.
 * A hub that cannot be reached is owed: the cron asks it again. Returns how many this ended.
 */
export async function endSessions(
  visit: Visit,
  userId: string,
  only: string | undefined,
  reason: EndReason,
): Promise<number> {
  const ended = await sessionsOf(visit).end(userId, only, reason, Date.now());
  await closeSockets(visit, userId, ended);
  return ended.length;
}

/** Stores the session of a device that has signed in. */
export async function openSession(visit: Visit, row: NewSession): Promise<void> {
  const ended = await sessionsOf(visit).insert(row);
  if (ended.length > 0) visit.later(closeSockets(visit, row.user_id, ended));
}

/** Has the hub close the sockets of sessions that have ended in D1. */
async function closeSockets(visit: Visit, userId: string, ended: readonly string[]): Promise<void> {
  forgetSessions(visit.env, ended);
  const told = await Promise.allSettled(ended.map((id) => askHub(visit.env, userId, (hub) => hub.revokeSession(id))));
  const confirmed = ended.filter((_, i) => told[i]?.status === "fulfilled");
  if (confirmed.length > 0) await sessionsOf(visit).confirmHub(confirmed);
  for (const result of told)
    if (result.status === "rejected")
      logError({ request_id: visit.request_id, where: "closing a session's sockets", error: result.reason });
}
