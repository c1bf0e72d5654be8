import { type Folded, fold, foldApart, isUnspaced, unfolded, type Word, words } from "./search-text.ts";

/** A piece of what is looked for: words that follow each other, the last one perhaps only begun. */
export interface Part {
  words: readonly string[];
  /** The last word may go on. */
  isBegun: boolean;
}

/** Where a part was found: [`start`, `end`) of the folded text, and whether its last word ends there. */
interface Place {
  start: number;
  end: number;
  isWhole: boolean;
}

/** What was found of all parts: where, in the order of the text, and how much of it are whole words (0 to 1). */
export interface Found {
  ranges: [offset: number, length: number][];
  exactness: number;
}

const QUOTES = /[“”„‟«»＂]/g;
const PARTS = /"([^"]*)"|[^\s"]+/g;
/** Ranges that are told of one message. */
const RANGES = 50;

/**
 * Takes apart what somebody typed: words are found by their beginning, what stands in quotation marks exactly as it
 * stands, and all parts must be there. Nothing has another meaning; a quotation mark without its fellow is none.
 */
export function parseQuery(q: string): readonly Part[] {
  // The same question comes to chat after chat.
  if (latest.q !== q) latest = { q, parts: partsOf(q) };
  return latest.parts;
}

let latest: { q: string; parts: readonly Part[] } = { q: "", parts: [] };

function partsOf(q: string): Part[] {
  const parts: Part[] = [];
  for (const { 0: typed, 1: quoted } of q.normalize("NFC").replace(QUOTES, '"').matchAll(PARTS)) {
    const found = words(fold(quoted ?? typed)).map((word) => word.text);
    const last = found.at(-1);
    if (last === undefined) continue;
    // The last letter of a run stands for "the run ends here": whoever looks for two letters does not say so.
    const isRunEnd = found.length > 1 && isUnspaced(last) && [...last].length === 1 && endsOn(found.at(-2), last);
    parts.push({
      words: isRunEnd ? found.slice(0, -1) : found,
      isBegun: quoted === undefined || (isUnspaced(last) && !isRunEnd),
    });
  }
  return parts;
}

const endsOn = (pair: string | undefined, letter: string): boolean =>
  pair !== undefined && isUnspaced(pair) && pair.length > letter.length && pair.endsWith(letter);

/** Where the parts stand in a text; undefined unless all of them do. No parts are found everywhere, nowhere in particular. */
export function findParts(parts: readonly Part[], text: string): Found | undefined {
  if (parts.length === 0) return { ranges: [], exactness: 1 };
  const folded = fold(text);
  // Every word is a piece of the folded text: most texts are done with here.
  if (!parts.every((part) => part.words.every((word) => folded.text.includes(word)))) return undefined;
  const all = words(folded);
  const places: Place[] = [];
  let whole = 0;
  for (const part of parts) {
    const found = placesOf(part, all);
    if (found.length === 0) return undefined;
    if (found.some((place) => place.isWhole)) whole++;
    places.push(...found);
  }
  return { ranges: rangesOf(folded, places), exactness: whole / parts.length };
}

/**
 * Can the parts stand in a message of this content (JSON)? No is certain, and quick: what JSON writes otherwise than it is,
 * is no part of a word. Yes says nothing.
 */
export const mayHold = (json: string, parts: readonly Part[]): boolean =>
  parts.length === 0 || mayHoldApart(foldApart(json), parts);

/** The same of texts that `foldApart` has been through. */
export const mayHoldApart = (apart: string, parts: readonly Part[]): boolean =>
  parts.every((part) => part.words.every((word) => apart.includes(word) || isInPieces(word)));

/** Is a letter of this written in several pieces, or has something on it? */
const isInPieces = (word: string): boolean => /\p{M}/u.test(word.normalize("NFD")) || word.normalize("NFD") !== word;

function placesOf(part: Part, all: readonly Word[]): Place[] {
  const [first] = part.words;
  const last = part.words.length - 1;
  const found: Place[] = [];
  for (let i = 0; i + last < all.length && found.length < RANGES; i++) {
    const start = all[i];
    if (!start || !first || !start.text.startsWith(first)) continue;
    if (!part.words.every((word, k) => fits(word, all[i + k]?.text ?? "", part.isBegun && k === last))) continue;
    const end = all[i + last];
    const word = part.words[last];
    if (!end || word === undefined) continue;
    const isWhole = end.text === word;
    found.push({ start: start.start, end: isWhole ? end.end : end.start + word.length, isWhole });
  }
  return found;
}

const fits = (word: string, there: string, isBegun: boolean): boolean =>
  isBegun ? there.startsWith(word) : there === word;

/** In the units of the text as it was written, in order, without overlap. */
function rangesOf(folded: Folded, places: Place[]): [number, number][] {
  const ranges: [number, number][] = [];
  for (const { start, end } of places.sort((a, b) => a.start - b.start)) {
    const [offset, length] = unfolded(folded, start, end);
    const before = ranges.at(-1);
    if (before && offset < before[0] + before[1]) before[1] = Math.max(before[1], offset + length - before[0]);
    else if (ranges.length < RANGES) ranges.push([offset, length]);
  }
  return ranges;
}

/** Characters of a snippet, and how many of them stand before the first hit. */
export const SNIPPET_CHARS = 160;
const BEFORE_CHARS = 48;
/** A snippet begins with a word if one begins so near. */
const WORD_LOOKED_FOR = 24;

/** A piece of a text around its first hit, on one line, and the hits in it. */
export function snippetOf(
  text: string,
  ranges: readonly (readonly [number, number])[],
): { snippet: string; ranges: [number, number][] } {
  const hit = ranges[0]?.[0] ?? 0;
  const isWhole = text.length <= SNIPPET_CHARS;
  const from = isWhole || hit <= BEFORE_CHARS ? 0 : startNear(text, hit - BEFORE_CHARS, hit);
  const lead = from > 0 ? "…" : "";
  let to = text.length;
  const room = SNIPPET_CHARS - lead.length - 1;
  if (to - from > SNIPPET_CHARS - lead.length) to = cutNear(text, from + room);
  const snippet = lead + text.slice(from, to).replace(/\s/gu, " ") + (to < text.length ? "…" : "");
  const inside = ranges.flatMap(([offset, length]): [number, number][] => {
    const end = Math.min(offset + length, to);
    return offset >= from && end > offset ? [[offset - from + lead.length, end - offset]] : [];
  });
  return { snippet, ranges: inside };
}

/** The beginning of a word at or after `at`, or else of a letter. */
function startNear(text: string, at: number, before: number): number {
  const space = text.slice(at, Math.min(before, at + WORD_LOOKED_FOR)).search(/\s/u);
  if (space !== -1) return at + space + 1;
  let start = at;
  while (start < before && isInsideLetter(text, start)) start++;
  return start;
}

function cutNear(text: string, at: number): number {
  let end = at;
  while (end > at - 32 && isInsideLetter(text, end)) end--;
  return end;
}

/** Would a cut here split a letter from its marks, or an emoji? */
const isInsideLetter = (text: string, at: number): boolean =>
  /^(?:\u200d|[\p{M}\p{EMod}])/u.test(text.slice(at, at + 2)) ||
  text[at - 1] === "\u200d" ||
  /^[\udc00-\udfff]/.test(text.charAt(at));
