/** One bit a member, as base64 so that it can lie in JSON: 100,000 members are 17 KB. */

export function bitsOf(text: string | undefined): Uint8Array {
  return text === undefined ? new Uint8Array() : Uint8Array.from(atob(text), (sign) => sign.charCodeAt(0));
}

export const hasBit = (bits: Uint8Array, place: number): boolean =>
  ((bits[place >> 3] ?? 0) & (1 << (place & 7))) !== 0;

/** The same with one more bit. */
export function withBit(bits: Uint8Array, place: number): string {
  const next = new Uint8Array(Math.max(bits.byteLength, (place >> 3) + 1));
  next.set(bits);
  next[place >> 3] = (next[place >> 3] ?? 0) | (1 << (place & 7));
  let text = "";
  for (const byte of next) text += String.fromCharCode(byte);
  return btoa(text);
}
