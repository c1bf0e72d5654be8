import { SessionId } from "../protocol/ids.ts";
import { deriveBytes, fromBase64Url, readMasterKey, toBase64Url } from "./master-key.ts";
import { seal, unseal } from "./sealed-box.ts";

const SECRET_BYTES = 32;
const TAG_BYTES = 16;

/** A session that is not refreshed for this long ends. */
export const SESSION_IDLE_MS = 60 * 24 * 3_600_000;
/**
 * For this long after a rotation, whoever repeats the old token gets the very same successor: two tabs, or a request
 * whose answer was lost. Later a repeat gets a fresh successor in place of the unused one, so that a thief and the
 * owner cannot share a session unnoticed: the next one to come with the replaced token ends it.
 */
export const SAME_ANSWER_MS = 60_000;

/** A refresh token and the hash that is stored of it. */
export interface RefreshToken {
  text: string;
  hash: string;
}

/**
 * Makes and reads refresh tokens: `<session id>.<32 random bytes>.<tag>`. The tag (HMAC-SHA-256, cut to 16 bytes) shows
 * that the token is one of ours, so that an old token can be told from an invented one: only a real one ends a session.
 */
export class RefreshTokens {
  readonly #masterKey: string | undefined;

  constructor(masterKey: string | undefined) {
    this.#masterKey = masterKey;
  }

  async mint(sessionId: string): Promise<RefreshToken> {
    const secret = toBase64Url(crypto.getRandomValues(new Uint8Array(SECRET_BYTES)));
    const body = `${sessionId}.${secret}`;
    const tag = await crypto.subtle.sign("HMAC", await this.#key(), new TextEncoder().encode(body));
    const text = `${body}.${toBase64Url(new Uint8Array(tag).slice(0, TAG_BYTES))}`;
    return { text, hash: await hashOf(text) };
  }

  /** The session and hash of a token that this server made; undefined for anything else. Reads nothing. */
  async read(text: string): Promise<{ session_id: string; hash: string } | undefined> {
    const [sessionId = "", secret = "", tag = "", ...rest] = text.split(".");
    const given = fromBase64Url(tag);
    if (rest.length > 0 || given?.length !== TAG_BYTES || !SessionId.safeParse(sessionId).success) return undefined;
    const body = new TextEncoder().encode(`${sessionId}.${secret}`);
    const right = new Uint8Array(await crypto.subtle.sign("HMAC", await this.#key(), body)).slice(0, TAG_BYTES);
    // Compared by value of all bytes, so that the time tells nothing of how many were right.
    let difference = 0;
    for (let i = 0; i < TAG_BYTES; i++) difference |= (right[i] ?? 0) ^ (given[i] ?? 0);
    return difference === 0 ? { session_id: sessionId, hash: await hashOf(text) } : undefined;
  }

  async #key(): Promise<CryptoKey> {
    const bytes = await deriveBytes(readMasterKey(this.#masterKey), "refresh tokens");
    return crypto.subtle.importKey("raw", bytes, { name: "HMAC", hash: "SHA-256" }, false, ["sign"]);
  }
}

/** Puts a successor where only the holder of its predecessor can read it: the store alone gives nothing away. */
export async function sealSuccessor(predecessor: string, successor: RefreshToken): Promise<string> {
  return seal(await keyOf(predecessor), successor.text, successor.hash);
}

/** Reads what {@link sealSuccessor} wrote. */
export async function unsealSuccessor(
  predecessor: string,
  box: string,
  successorHash: string,
): Promise<string | undefined> {
  return unseal(await keyOf(predecessor), box, successorHash);
}

async function keyOf(token: string): Promise<Uint8Array<ArrayBuffer>> {
  return new Uint8Array(
    await crypto.subtle.digest("SHA-256", new TextEncoder().encode(`parley successor of ${token}`)),
  );
}

async function hashOf(text: string): Promise<string> {
  return toBase64Url(new Uint8Array(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text))));
}
