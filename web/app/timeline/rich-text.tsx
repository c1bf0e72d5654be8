import type { ReactNode } from "react";

const LINK = /https?:\/\/[^\s<>"']+/gu;
/** Punctuation that ends the sentence rather than the address. */
const TRAILING = /[.,;:!?)\]}»”’]+$/u;

/** Text with its web addresses as links; nothing else is interpreted. */
export function linkify(text: string): ReactNode[] {
  const parts: ReactNode[] = [];
  let end = 0;
  for (const match of text.matchAll(LINK)) {
    const raw = match[0];
    const address = raw.replace(TRAILING, (tail) => (tail.startsWith(")") && raw.includes("(") ? ")" : ""));
    if (!URL.canParse(address)) continue;
    parts.push(text.slice(end, match.index));
    parts.push(
      <a key={match.index} href={address} target="_blank" rel="noopener noreferrer">
        {address}
      </a>,
    );
    end = match.index + address.length;
  }
  parts.push(text.slice(end));
  return parts;
}

const EMOJI_ONLY = /^(?:\p{RGI_Emoji}\s?){1,3}$/v;

/** One to three emoji and nothing else are shown large. */
export const isJumbo = (text: string): boolean => text.length <= 48 && EMOJI_ONLY.test(text.trim());
