/** A web address in a text, up to what cannot stand in one. */
const LINK = /https?:\/\/[^\s<>"']+/gu;
/** Punctuation that ends the sentence rather than the address. */
const TRAILING = /[.,;:!?)\]}»”’*_~`]+$/u;

/** A web address in a text and where it stands, in UTF-16 units. */
export interface Link {
  url: string;
  offset: number;
}

/** Web addresses of a text, in their order. A closing bracket belongs to an address that has an opening one. */
export function* linksOf(text: string): Generator<Link> {
  for (const match of text.matchAll(LINK)) {
    const raw = match[0];
    const url = raw.replace(TRAILING, (tail) => (tail.startsWith(")") && raw.includes("(") ? ")" : ""));
    if (URL.canParse(url)) yield { url, offset: match.index };
  }
}

/** The first web address of a text: the one whose page is shown beneath it. */
export const firstLink = (text: string): string | undefined => linksOf(text).next().value?.url;
