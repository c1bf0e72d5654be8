import { scrypt, timingSafeEqual } from "node:crypto";
import { HashGate } from "./hash-gate.ts";

/** Cost of scrypt (RFC 7914): N = 2^ln. */
export interface HashCost {
  ln: number;
  r: number;
  p: number;
}

/** 32 MiB and about a quarter of a second. Raise it here: a sign-in then rewrites the hash that was made with less. */
export const HASH_COST: HashCost = { ln: 15, r: 8, p: 3 };

const SALT_BYTES = 16;
const HASH_BYTES = 32;
/** `$scrypt$ln=15,r=8,p=3$<salt>$<hash>`, base64 without padding: the PHC string format. */
const PHC = /^\$scrypt\$ln=(\d{1,2}),r=(\d{1,2}),p=(\d{1,2})\$([A-Za-z0-9+/]{16,64})\$([A-Za-z0-9+/]{43,86})$/;

/**
 * What an unknown account is compared with, so that it takes as long as a wrong password. No password fits: its hash
 * was not made by scrypt.
 */
const NOBODY = `$scrypt$ln=${HASH_COST.ln},r=${HASH_COST.r},p=${HASH_COST.p}$${"A".repeat(22)}$${"A".repeat(43)}`;

const gate = new HashGate();

/** Hashes a password under a fresh salt, as a PHC string. NFKC first: one keyboard's `é` is another's `e` and accent. */
export async function hashPassword(password: string, cost: HashCost = HASH_COST): Promise<string> {
  const salt = crypto.getRandomValues(new Uint8Array(SALT_BYTES));
  const hash = await derive(password, salt, cost, HASH_BYTES);
  return `$scrypt$ln=${cost.ln},r=${cost.r},p=${cost.p}$${base64(salt)}$${base64(hash)}`;
}

/**
 * Does the password fit? Without a PHC string (no such account) the answer is no and takes as long.
 * `is_outdated`: it fits, and the string was made with another cost than today's.
 */
export async function verifyPassword(
  password: string,
  phc: string | undefined,
): Promise<{ is_right: boolean; is_outdated: boolean }> {
  const [, ln, r, p, salt = "", hash = ""] = PHC.exec(phc ?? NOBODY) ?? PHC.exec(NOBODY) ?? [];
  const cost: HashCost = { ln: Number(ln), r: Number(r), p: Number(p) };
  const right = Buffer.from(hash, "base64");
  const given = await derive(password, Buffer.from(salt, "base64"), cost, right.length);
  const isRight = timingSafeEqual(right, given) && phc !== undefined;
  const isOutdated = cost.ln !== HASH_COST.ln || cost.r !== HASH_COST.r || cost.p !== HASH_COST.p;
  return { is_right: isRight, is_outdated: isRight && isOutdated };
}

function derive(password: string, salt: Uint8Array, { ln, r, p }: HashCost, length: number): Promise<Buffer> {
  const N = 2 ** ln;
  // Twice what scrypt needs: its own check counts a little more than the table.
  const options = { N, r, p, maxmem: 2 * 128 * r * (N + p) };
  return gate.run(
    () =>
      new Promise((resolve, reject) => {
        scrypt(password.normalize("NFKC"), salt, length, options, (error, key) =>
          error ? reject(error) : resolve(key),
        );
      }),
  );
}

const base64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString("base64").replaceAll("=", "");
