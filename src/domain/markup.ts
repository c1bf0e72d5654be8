import type { Mention } from "../protocol/content.ts";
import { withoutTail } from "./links.ts";

/**
 * The light markup of messages: `*bold*`, `_italic_`, `~strike~` (or each twice), `` `code` ``, fenced blocks, `>` quotes,
 * lists, web addresses. It is no CommonMark, which reads `*one*` as emphasis and eats line ends: people type as they do in
 * other chats. What does not fit the rules is text. Everything is found in one pass over each line. Screens draw by it, and
 * the server finds by it the link whose page is shown: what stands in code is neither's.
 */
export type Inline =
  | { type: "text"; text: string }
  | { type: "strong" | "emphasis" | "strike"; mark: string; inside: Inline[] }
  | { type: "code"; text: string }
  | { type: "link"; address: string }
  | { type: "mention"; text: string; user_id?: string; everyone?: "here" | "channel" };

export type Block =
  /** Words with their line ends. */
  | { type: "words"; inside: Inline[] }
  | { type: "quote"; inside: Block[] }
  | { type: "code"; language: string; text: string }
  | { type: "list"; items: { mark: string; inside: Inline[] }[] };

type Mentions = readonly Mention[];

const FENCE = /^```([\w+#.-]{0,24})\s*$/u;
const CLOSING_FENCE = /^```\s*$/u;
const QUOTE = /^>\s?/u;
const ITEM = /^\s{0,6}([-•]|\*(?=\s)|\d{1,4}[.)])\s+(?=\S)/u;

/** Splits a text into what is to be drawn. `mentions` are places of the whole text. */
export function parseMarkup(text: string, mentions: Mentions = []): Block[] {
  return blocksOf(text, 0, mentions, true);
}

interface Line {
  text: string;
  /** Where it begins in the whole text. */
  at: number;
}

function linesOf(text: string, at: number): Line[] {
  const lines: Line[] = [];
  let start = 0;
  for (const line of text.split("\n")) {
    lines.push({ text: line, at: at + start });
    start += line.length + 1;
  }
  return lines;
}

function blocksOf(text: string, at: number, mentions: Mentions, hasQuotes: boolean): Block[] {
  return blocksOfLines(linesOf(text, at), mentions, hasQuotes);
}

function blocksOfLines(lines: readonly Line[], mentions: Mentions, hasQuotes: boolean): Block[] {
  const blocks: Block[] = [];
  let words: Inline[] = [];
  /** From here on no line closes a block of code. */
  let unclosedFrom = Number.POSITIVE_INFINITY;
  const endWords = (): void => {
    if (words.length > 0) blocks.push({ type: "words", inside: joined(words) });
    words = [];
  };
  for (let i = 0; i < lines.length; i += 1) {
    const line = lines[i] ?? { text: "", at: 0 };
    const fence = i < unclosedFrom ? FENCE.exec(line.text) : null;
    if (fence !== null) {
      let end = i + 1;
      while (end < lines.length && !CLOSING_FENCE.test(lines[end]?.text ?? "")) end += 1;
      if (end < lines.length) {
        endWords();
        const code = lines.slice(i + 1, end).map((one) => one.text);
        blocks.push({ type: "code", language: (fence[1] ?? "").toLowerCase(), text: code.join("\n") });
        i = end;
        continue;
      }
      unclosedFrom = i;
    }
    if (hasQuotes && QUOTE.test(line.text)) {
      endWords();
      const quoted: Line[] = [];
      for (; i < lines.length && QUOTE.test(lines[i]?.text ?? ""); i += 1) {
        const { text, at } = lines[i] ?? { text: "", at: 0 };
        const cut = QUOTE.exec(text)?.[0].length ?? 0;
        quoted.push({ text: text.slice(cut), at: at + cut });
      }
      i -= 1;
      blocks.push({ type: "quote", inside: blocksOfLines(quoted, mentions, false) });
      continue;
    }
    if (ITEM.test(line.text)) {
      endWords();
      const items: { mark: string; inside: Inline[] }[] = [];
      for (; i < lines.length; i += 1) {
        const { text, at } = lines[i] ?? { text: "", at: 0 };
        const item = ITEM.exec(text);
        if (item === null) break;
        const cut = item[0].length;
        items.push({ mark: item[1] ?? "-", inside: inlineOf(text.slice(cut), at + cut, mentions) });
      }
      i -= 1;
      blocks.push({ type: "list", items });
      continue;
    }
    if (words.length > 0) words.push({ type: "text", text: "\n" });
    words.push(...inlineOf(line.text, line.at, mentions));
    // An empty line keeps its place although it has no words.
    if (line.text === "" && words.length === 0) words.push({ type: "text", text: "" });
  }
  endWords();
  return blocks;
}

/** Longer ones are drawn as text: at each place where one might begin, so much is looked at. */
const ADDRESS_CHARS = 2_048;
const LINK = /https?:\/\/[^\s<>"']{1,2048}/uy;
const KIND = { "*": "strong", _: "emphasis", "~": "strike" } as const;
type Mark = keyof typeof KIND;
const isMark = (char: string): char is Mark => char === "*" || char === "_" || char === "~";
const isWordChar = (char: string | undefined): boolean => char !== undefined && /[\p{L}\p{N}_]/u.test(char);
const isSpace = (char: string | undefined): boolean => char === undefined || /\s/u.test(char);

/** One line. `used`: marks that are open around it, which do not open again. */
function inlineOf(text: string, at: number, mentions: Mentions, used: string = ""): Inline[] {
  const found: Inline[] = [];
  const here = mentions.filter((one) => one.offset >= at && one.offset + one.length <= at + text.length);
  const mentionAt = new Map(here.map((one) => [one.offset - at, one]));
  /** Marks for which nothing closes any more in this line. */
  const hopeless = new Set<string>();
  let start = 0;
  const flush = (end: number): void => {
    if (end > start) found.push({ type: "text", text: text.slice(start, end) });
  };
  for (let i = 0; i < text.length; ) {
    const mention = mentionAt.get(i);
    if (mention !== undefined) {
      flush(i);
      const { length, user_id, everyone } = mention;
      found.push({
        type: "mention",
        text: text.slice(i, i + length),
        ...(user_id === undefined ? {} : { user_id }),
        ...(everyone === undefined ? {} : { everyone }),
      });
      i += length;
      start = i;
      continue;
    }
    const char = text[i] ?? "";
    if (char === "h" && !isWordChar(text[i - 1])) {
      LINK.lastIndex = i;
      const address = addressOf(LINK.exec(text)?.[0]);
      if (address !== undefined) {
        flush(i);
        found.push({ type: "link", address });
        i += address.length;
        start = i;
        continue;
      }
    }
    if (char === "`" && !hopeless.has(char)) {
      const ticks = text.startsWith("```", i) ? "```" : "`";
      const end = text.indexOf(ticks, i + ticks.length);
      if (end < 0) hopeless.add(char);
      else if (end > i + ticks.length) {
        flush(i);
        found.push({ type: "code", text: text.slice(i + ticks.length, end) });
        i = end + ticks.length;
        start = i;
        continue;
      }
    }
    if (isMark(char) && !used.includes(char) && !hopeless.has(char) && !isWordChar(text[i - 1])) {
      const mark = text[i + 1] === char ? char + char : char;
      const first = i + mark.length;
      if (!isSpace(text[first]) && text[first] !== char) {
        const end = closing(text, mark, first);
        if (end === undefined) hopeless.add(char);
        else {
          flush(i);
          const inside = inlineOf(text.slice(first, end), at + first, mentions, used + char);
          found.push({ type: KIND[char], mark, inside });
          i = end + mark.length;
          start = i;
          continue;
        }
      }
    }
    i += 1;
  }
  flush(text.length);
  return found;
}

/** Where a mark closes: behind something to see, before something that is no part of a word. */
function closing(text: string, mark: string, from: number): number | undefined {
  for (let end = text.indexOf(mark, from); end >= 0; end = text.indexOf(mark, end + 1)) {
    const after = text[end + mark.length];
    if (end > from && !isSpace(text[end - 1]) && !isWordChar(after) && after !== mark[0]) return end;
  }
  return undefined;
}

function addressOf(raw: string | undefined): string | undefined {
  if (raw === undefined || raw.length > ADDRESS_CHARS) return undefined;
  const address = withoutTail(raw);
  return URL.canParse(address) ? address : undefined;
}

/** Neighbouring pieces of text as one. */
function joined(pieces: readonly Inline[]): Inline[] {
  const out: Inline[] = [];
  for (const piece of pieces) {
    const last = out.at(-1);
    if (piece.type === "text" && last?.type === "text")
      out[out.length - 1] = { type: "text", text: last.text + piece.text };
    else out.push(piece);
  }
  return out;
}

/** What a line that is cut short shows of a text: its words without the marks. */
export function plainWords(text: string): string {
  const inline = (pieces: readonly Inline[]): string =>
    pieces.map((one) => ("inside" in one ? inline(one.inside) : one.type === "link" ? one.address : one.text)).join("");
  const block = (one: Block): string => {
    switch (one.type) {
      case "words":
        return inline(one.inside);
      case "quote":
        return one.inside.map(block).join(" ");
      case "code":
        return one.text;
      case "list":
        // Numbers say something, dashes only that a line begins.
        return one.items.every((item) => /\d/.test(item.mark))
          ? one.items.map((item) => `${item.mark} ${inline(item.inside)}`).join(" ")
          : one.items.map((item) => inline(item.inside)).join(" · ");
    }
  };
  return parseMarkup(text).map(block).join(" ");
}

/** The first web address that is drawn as a link: the one whose page is shown beneath the text (SPEC LNK1). */
export function firstLink(text: string, mentions: Mentions = []): string | undefined {
  const inline = (pieces: readonly Inline[]): string | undefined =>
    firstOf(pieces, (one) => (one.type === "link" ? one.address : "inside" in one ? inline(one.inside) : undefined));
  const block = (one: Block): string | undefined => {
    switch (one.type) {
      case "words":
        return inline(one.inside);
      case "quote":
        return firstOf(one.inside, block);
      case "code":
        return undefined;
      case "list":
        return firstOf(one.items, (item) => inline(item.inside));
    }
  };
  return firstOf(parseMarkup(text, mentions), block);
}

function firstOf<T>(all: readonly T[], found: (one: T) => string | undefined): string | undefined {
  for (const one of all) {
    const what = found(one);
    if (what !== undefined) return what;
  }
  return undefined;
}
