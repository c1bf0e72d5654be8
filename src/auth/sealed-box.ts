import { fromBase64Url, toBase64Url } from "./master-key.ts";

const VERSION = "a1";
const NONCE_BYTES = 12;

const importKey = (key: Uint8Array<ArrayBuffer>) =>
  crypto.subtle.importKey("raw", key, "AES-GCM", false, ["encrypt", "decrypt"]);

/**
 * Encrypts a short text with AES-256-GCM under a random nonce. `context` is bound to it (additional data), so that a
 * box cannot be moved to another row. Form: `a1.<nonce>.<ciphertext and tag>`, base64url.
 */
export async function seal(key: Uint8Array<ArrayBuffer>, text: string, context: string): Promise<string> {
  const nonce = crypto.getRandomValues(new Uint8Array(NONCE_BYTES));
  const additionalData = new TextEncoder().encode(context);
  const bytes = await crypto.subtle.encrypt(
    { name: "AES-GCM", iv: nonce, additionalData },
    await importKey(key),
    new TextEncoder().encode(text),
  );
  return `${VERSION}.${toBase64Url(nonce)}.${toBase64Url(new Uint8Array(bytes))}`;
}

/** Opens a box; undefined if key, context or box are not the right ones. */
export async function unseal(key: Uint8Array<ArrayBuffer>, box: string, context: string): Promise<string | undefined> {
  const [version, nonceText = "", cipherText = ""] = box.split(".");
  const iv = fromBase64Url(nonceText);
  const cipher = fromBase64Url(cipherText);
  if (version !== VERSION || iv?.length !== NONCE_BYTES || cipher === undefined) return undefined;
  const additionalData = new TextEncoder().encode(context);
  try {
    const bytes = await crypto.subtle.decrypt({ name: "AES-GCM", iv, additionalData }, await importKey(key), cipher);
    return new TextDecoder().decode(bytes);
  } catch {
    // Another key, or not a box of ours: the same answer for both, there is nothing more to know.
    return undefined;
  }
}
