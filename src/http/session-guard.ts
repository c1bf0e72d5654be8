import { readAccess } from "../auth/access-token.ts";
import { Keyring } from "../auth/keyring.ts";
import { SessionCache } from "../auth/session-cache.ts";
import { openDatabase } from "../db/database.ts";
import { Sessions } from "../db/sessions.ts";
import { SigningKeys } from "../db/signing-keys.ts";
import { Fault } from "../domain/fault.ts";
import { TOKEN_PREFIX } from "../protocol/codec.ts";
import type { Caller } from "../protocol/rpc.ts";
import type { Env } from "./env.ts";

type AuthEnv = Pick<Env, "DB" | "MASTER_KEY" | "MODE">;

/** What this isolate has learnt, by the secret it was learnt under. */
const rings = new Map<string, { keyring: Keyring; sessions: SessionCache }>();

function ringOf(env: AuthEnv): { keyring: Keyring; sessions: SessionCache } {
  const known = rings.get(env.MASTER_KEY);
  if (known) return known;
  const made = {
    keyring: new Keyring(new SigningKeys(openDatabase(env.DB)), env.MASTER_KEY),
    sessions: new SessionCache(),
  };
  rings.set(env.MASTER_KEY, made);
  return made;
}

export const keyringOf = (env: AuthEnv): Keyring => ringOf(env).keyring;

/** This isolate has ended sessions: it need not find out by itself. */
export function forgetSessions(env: AuthEnv, ids: readonly string[]): void {
  for (const id of ids) ringOf(env).sessions.forget(id);
}

/**
 * Who a token speaks for: signature, life, and that its session is alive (known for at most 5 s).
 * The one check behind HTTP routes, upgrades and first-frame authentication.
 * @throws Fault `unauthenticated` (get a new token) or `session_revoked` (sign in again)
 */
export async function verifyAccess(env: AuthEnv, token: string): Promise<Caller> {
  const { keyring, sessions } = ringOf(env);
  const claims = await readAccess(keyring, token);
  return sessions.caller(claims, async (id) => {
    const row = await new Sessions(openDatabase(env.DB)).live(id, Date.now());
    return row && isAllowedHere(env, row) ? row : undefined;
  });
}

/** Demo accounts have printed passwords: they exist in local mode only, even if their rows were copied elsewhere. */
export const isAllowedHere = (env: Pick<Env, "MODE">, row: { is_demo: boolean }): boolean =>
  env.MODE === "local" || !row.is_demo;

/** The caller of a request with a bearer token in its Authorization header. */
export async function authenticate(env: AuthEnv, request: Request): Promise<Caller> {
  const token = bearerOf(request);
  if (token === undefined) throw new Fault("unauthenticated");
  return verifyAccess(env, token);
}

/**
 * The token of an upgrade: in the Authorization header, or in a sub-protocol entry for browsers, which can set no
 * header. Undefined if there is none.
 */
export function upgradeTokenOf(request: Request): string | undefined {
  const offered = request.headers.get("sec-websocket-protocol") ?? "";
  const entry = offered
    .split(",")
    .map((item) => item.trim())
    .find((item) => item.startsWith(TOKEN_PREFIX));
  return bearerOf(request) ?? entry?.slice(TOKEN_PREFIX.length);
}

function bearerOf(request: Request): string | undefined {
  return /^Bearer +([A-Za-z0-9._~+/=-]{1,4096})$/i.exec(request.headers.get("authorization") ?? "")?.[1];
}
