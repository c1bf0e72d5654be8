import { Parser } from "htmlparser2";
import type { LinkPreview } from "../protocol/content.ts";

const TITLE_CHARS = 200;
const DESCRIPTION_CHARS = 300;
const SITE_CHARS = 80;

/** One line without controls, and without what turns the direction of the text beside it (Unicode TR36). */
function cleaned(text: string, most: number): string {
  const line = text
    .toWellFormed()
    .replace(/[\p{Cc}\p{Cf}\u2028\u2029]/gu, (sign) => (sign === "\u200d" || sign === "\u200c" ? sign : " "))
    .replace(/\s+/gu, " ")
    .trim();
  if (line.length <= most) return line;
  return `${line
    .slice(0, most - 1)
    .toWellFormed()
    .trimEnd()}…`;
}

/**
 * What a page says of itself: Open Graph first (ogp.me), then Twitter's names, then the plain ones of HTML. Undefined if it
 * says no title. Only text is taken; nothing the page names is fetched.
 */
export function wordsOfPage(html: string, url: string): LinkPreview | undefined {
  const named = new Map<string, string>();
  let title = "";
  let isInTitle = false;
  const parser = new Parser({
    onopentag(name, { property, name: called, content }) {
      if (name === "meta" && content !== undefined) {
        const key = (property ?? called ?? "").trim().toLowerCase();
        if (!named.has(key)) named.set(key, content);
      }
      isInTitle = name === "title" && title === "";
    },
    ontext(text) {
      if (isInTitle) title += text;
    },
    onclosetag(name) {
      if (name === "title") isInTitle = false;
    },
  });
  parser.end(html);
  const first = (most: number, ...candidates: (string | undefined)[]): string =>
    candidates.map((one) => cleaned(one ?? "", most)).find((one) => one !== "") ?? "";
  const shown = first(TITLE_CHARS, named.get("og:title"), named.get("twitter:title"), title);
  if (shown === "") return undefined;
  const description = first(
    DESCRIPTION_CHARS,
    named.get("og:description"),
    named.get("twitter:description"),
    named.get("description"),
  );
  const site = first(SITE_CHARS, named.get("og:site_name"), named.get("application-name"));
  return {
    url,
    title: shown,
    ...(description === "" ? {} : { description }),
    ...(site === "" ? {} : { site_name: site }),
  };
}
