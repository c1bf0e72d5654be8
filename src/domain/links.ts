/** Punctuation that ends the sentence rather than the address. */
const TRAILING: ReadonlySet<string> = new Set(".,;:!?)]}»”’*_~`");

/**
 * A web address without what ends the sentence around it; a closing bracket belongs to one that has an opening one. By hand:
 * an expression would try each place of a very long row of dots as its beginning.
 */
export function withoutTail(raw: string): string {
  let end = raw.length;
  while (TRAILING.has(raw.charAt(end - 1))) end--;
  return raw.charAt(end) === ")" && raw.includes("(") ? raw.slice(0, end + 1) : raw.slice(0, end);
}
