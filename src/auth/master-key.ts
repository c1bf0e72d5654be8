import { Fault } from "../domain/fault.ts";

/** What keys are derived for. A purpose is part of the derivation: never reuse or rename one. */
export type Purpose = "signing keys" | "refresh tokens";

const HELP =
  "MASTER_KEY is missing or is not 32 bytes in base64url. Make one with `openssl rand 32 | basenc --base64url | tr -d =` " +
  "and set it with `wrangler secret put MASTER_KEY`.";

/**
 * The bytes of MASTER_KEY.
 * @throws Fault `misconfigured`, after a log line that says what to set
 */
export function readMasterKey(text: string | undefined): Uint8Array<ArrayBuffer> {
  const bytes = fromBase64Url(text ?? "");
  if (bytes?.length === 32) return bytes;
  console.error(HELP);
  throw new Fault("misconfigured");
}

/** Derives 32 bytes for one purpose (HKDF-SHA-256, RFC 5869). */
export async function deriveBytes(master: Uint8Array<ArrayBuffer>, purpose: Purpose): Promise<Uint8Array<ArrayBuffer>> {
  const key = await crypto.subtle.importKey("raw", master, "HKDF", false, ["deriveBits"]);
  const info = new TextEncoder().encode(`parley ${purpose} v1`);
  return new Uint8Array(
    await crypto.subtle.deriveBits({ name: "HKDF", hash: "SHA-256", salt: new Uint8Array(0), info }, key, 256),
  );
}

export function toBase64Url(bytes: Uint8Array): string {
  return btoa(String.fromCharCode(...bytes))
    .replaceAll("+", "-")
    .replaceAll("/", "_")
    .replaceAll("=", "");
}

/** Undefined if the text is not base64url without padding. */
export function fromBase64Url(text: string): Uint8Array<ArrayBuffer> | undefined {
  if (!/^[A-Za-z0-9_-]*$/.test(text) || text.length % 4 === 1) return undefined;
  return Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (c) => c.charCodeAt(0));
}
