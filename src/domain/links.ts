/** A web address in a text, up to what cannot stand in one. */
const LINK = /https?:\/\/[^\s<>"']+/gu;
/** Punctuation that ends the sentence rather than the address. */
const TRAILING: ReadonlySet<string> = new Set(".,;:!?)]}»”’*_~`");

/** An address without it. By hand: an expression would try each place of a very long row of dots as its beginning. */
export function withoutTail(raw: string): string {
  let end = raw.length;
  while (TRAILING.has(raw.charAt(end - 1))) end--;
  return raw.charAt(end) === ")" && raw.includes("(") ? raw.slice(0, end + 1) : raw.slice(0, end);
}

/** A web address in a text and where it stands, in UTF-16 units. */
export interface Link {
  url: string;
  offset: number;
}

/** Web addresses of a text, in their order. A closing bracket belongs to an address that has an opening one. */
export function* linksOf(text: string): Generator<Link> {
  for (const match of text.matchAll(LINK)) {
    const url = withoutTail(match[0]);
    if (URL.canParse(url)) yield { url, offset: match.index };
  }
}

/** The first web address of a text: the one whose page is shown beneath it. */
export const firstLink = (text: string): string | undefined => linksOf(text).next().value?.url;
