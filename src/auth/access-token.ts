import { decodeProtectedHeader, jwtVerify, SignJWT } from "jose";
import { Fault } from "../domain/fault.ts";
import { SessionId, UserId } from "../protocol/ids.ts";
import { ACCESS_TOKEN_S } from "../protocol/limits.ts";
import type { Keyring, Signer } from "./keyring.ts";

const ISSUER = "parley";
/** RFC 9068: an access token is never mistaken for a token of another kind. */
const TYPE = "at+jwt";
/** Clocks of a signer and a verifier may differ by this. */
const TOLERANCE_S = 5;

/** What an access token says. */
export interface AccessClaims {
  user_id: string;
  session_id: string;
}

/** Signs an access token (JWT, EdDSA over Ed25519) that lives {@link ACCESS_TOKEN_S} seconds. `now` in epoch milliseconds. */
export function signAccess(signer: Signer, claims: AccessClaims, now: number = Date.now()): Promise<string> {
  const issuedAt = Math.floor(now / 1_000);
  return new SignJWT({ sid: claims.session_id })
    .setProtectedHeader({ alg: "EdDSA", kid: signer.kid, typ: TYPE })
    .setSubject(claims.user_id)
    .setIssuer(ISSUER)
    .setIssuedAt(issuedAt)
    .setExpirationTime(issuedAt + ACCESS_TOKEN_S)
    .sign(signer.key);
}

/**
 * Reads an access token: signature, issuer, kind and life. Says nothing of its session.
 * @throws Fault `unauthenticated` for every token that is not good, whatever the reason
 */
export async function readAccess(
  keyring: Pick<Keyring, "verifier">,
  token: string,
  now: number = Date.now(),
): Promise<AccessClaims> {
  const kid = keyIdOf(token);
  const key = kid === undefined ? undefined : await keyring.verifier(kid);
  if (!key) throw new Fault("unauthenticated");
  const payload = await jwtVerify(token, key, {
    algorithms: ["EdDSA"],
    issuer: ISSUER,
    typ: TYPE,
    requiredClaims: ["sub", "sid", "iat", "exp"],
    clockTolerance: TOLERANCE_S,
    currentDate: new Date(now),
  }).then(
    (verified) => verified.payload,
    () => undefined,
  );
  const user = UserId.safeParse(payload?.sub);
  const session = SessionId.safeParse(payload?.sid);
  if (!user.success || !session.success) throw new Fault("unauthenticated");
  return { user_id: user.data, session_id: session.data };
}

function keyIdOf(token: string): string | undefined {
  try {
    const { kid, alg } = decodeProtectedHeader(token);
    return alg === "EdDSA" && typeof kid === "string" && kid.length <= 64 ? kid : undefined;
  } catch {
    // Not a JWT at all.
    return undefined;
  }
}
