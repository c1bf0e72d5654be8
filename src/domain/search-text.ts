import type { MessageContent } from "../protocol/content.ts";

/**
 * What of a message can be found, and how words are made of it. Index and query share it, so that both always agree;
 * SQLite's own tokenisers find no Chinese word (`unicode61`) or none of two characters (`trigram`).
 */

/**
 * Changes whenever the same text would give other words: an index of another layout is made anew.
 * Digits of Unicode's tables come with the runtime; what differs there is found again when its message changes.
 */
export const LAYOUT = 1;

/** Longest word that is told from another, in UTF-16 units: what is longer is known by its beginning. */
const WORD_CHARS = 64;

/** A text with case, accents and forms taken away, and where each of its units comes from. */
export interface Folded {
  text: string;
  /** Offset in the original of each unit of `text`, and its end; absent where both are the same. */
  at?: readonly number[];
}

/** A word of a folded text: [`start`, `end`) in its units. Words of scripts without spaces are overlapping pairs. */
export interface Word {
  text: string;
  start: number;
  end: number;
}

/** Marks that do not tell words apart: accents, niqqud, tashkeel and tatweel, variation and tone of emoji, joiners. */
const STRIPPED = new RegExp(
  `[${[
    ...["\\u00ad", "\\u0300-\\u036f", "\\u0483-\\u0487", "\\u0591-\\u05bd\\u05bf\\u05c1\\u05c2\\u05c4\\u05c5\\u05c7"],
    ...["\\u0610-\\u061a", "\\u0640", "\\u064b-\\u065f\\u0670", "\\u06d6-\\u06dc\\u06df-\\u06e8\\u06ea-\\u06ed"],
    ...["\\u1ab0-\\u1aff", "\\u1dc0-\\u1dff", "\\u200c\\u2060", "\\u20d0-\\u20ff", "\\ufe00-\\ufe0f"],
    "\\u{1f3fb}-\\u{1f3ff}",
  ].join("")}]`,
  "gu",
);

/** Letters that Unicode does not take apart, and that people type without their stroke, tie or hook. */
const PLAIN: Readonly<Record<string, string>> = {
  ...{ ß: "ss", æ: "ae", œ: "oe", ø: "o", đ: "d", ð: "d", ł: "l", þ: "th", ħ: "h", ŋ: "n", ı: "i", ŧ: "t", ς: "σ" },
  // Alef with wasla; alef maqsura and the Persian ye; te marbuta; the Persian kaf.
  ...{ "\u0671": "\u0627", "\u0649": "\u064a", "\u06cc": "\u064a", "\u0629": "\u0647", "\u06a9": "\u0643" },
};
const PLAINABLE = new RegExp(`[${Object.keys(PLAIN).join("")}]`, "gu");

/** A letter with what is written on it. The half-wide sound marks of Japanese are letters to Unicode. */
const CLUSTER = /[^\p{M}\uff9e\uff9f][\p{M}\uff9e\uff9f]*|[\p{M}\uff9e\uff9f]+/gsu;
/** What is not ASCII, with the letter before it, on which it may be written. */
const FOREIGN = /[\0-\x7f]?[^\0-\x7f]+/g;
const isAscii = (text: string): boolean => !/[^\0-\x7f]/.test(text);

const CLUSTERS_KEPT = 20_000;
const folds = new Map<string, string>();

function foldCluster(cluster: string): string {
  const known = folds.get(cluster);
  if (known !== undefined) return known;
  const folded = cluster
    .normalize("NFKD")
    .toLowerCase()
    .replace(STRIPPED, "")
    .replace(PLAINABLE, (letter) => PLAIN[letter] ?? letter)
    .normalize("NFC");
  if (folds.size >= CLUSTERS_KEPT) folds.clear();
  folds.set(cluster, folded);
  return folded;
}

/** Takes case, accents and forms away: "Straße" and "STRASSE" become one, "Ａ" is "a", "أحمد" is "احمد". */
export function fold(text: string): Folded {
  if (isAscii(text)) return { text: text.toLowerCase() };
  let folded = "";
  const at: number[] = [];
  const add = (piece: string, index: number, step: 0 | 1): void => {
    for (let unit = 0; unit < piece.length; unit++) at.push(index + unit * step);
    folded += piece;
  };
  // Most texts with a dash or a curly quotation mark in them are ASCII for the rest: letter by letter would take ten times as long.
  let done = 0;
  for (const { 0: foreign, index: start } of text.matchAll(FOREIGN)) {
    add(text.slice(done, start).toLowerCase(), done, 1);
    for (const { 0: cluster, index } of foreign.matchAll(CLUSTER)) add(foldCluster(cluster), start + index, 0);
    done = start + foreign.length;
  }
  add(text.slice(done).toLowerCase(), done, 1);
  at.push(text.length);
  return { text: folded, at };
}

/**
 * A text as `fold` leaves it but for letters that are written in several pieces, which stay in pieces: at a fifth of the
 * price, for saying quickly what cannot be there.
 */
export function foldApart(text: string): string {
  if (isAscii(text)) return text.toLowerCase();
  const apart = text.normalize("NFKD").toLowerCase().replace(STRIPPED, "");
  return apart.replace(PLAINABLE, (letter) => PLAIN[letter] ?? letter);
}

/** Where [`start`, `end`) of a folded text stands in the original: [offset, length]. */
export function unfolded({ text, at }: Folded, start: number, end: number): [offset: number, length: number] {
  if (!at) return [start, end - start];
  let after = end;
  // "ß" gives two units: who asks for the first is shown the whole letter.
  while (after < text.length && at[after] === at[after - 1]) after++;
  const offset = at[start] ?? 0;
  return [offset, (at[after] ?? offset) - offset];
}

/** Letters of scripts that put no spaces between words, and Hangul, whose words carry their particles. */
const UNSPACED =
  "[[\\p{scx=Han}\\p{scx=Hira}\\p{scx=Kana}\\p{scx=Bopo}\\p{scx=Hang}\\p{scx=Thai}\\p{scx=Laoo}\\p{scx=Khmr}\\p{scx=Mymr}]&&[\\p{L}\\p{M}\\p{N}]]";
const EMOJI = "\\p{Extended_Pictographic}(?:\\u200d\\p{Extended_Pictographic})*|\\p{RI}{2}";
const WORDS = new RegExp(`(${UNSPACED}+)|[[\\p{L}\\p{M}\\p{N}]--${UNSPACED}]+|${EMOJI}`, "gv");
const ASCII_WORDS = /[a-z0-9]+/g;

/** The words of a folded text, in order. */
export function words({ text, at }: Folded): Word[] {
  const found: Word[] = [];
  if (!at) {
    for (const { 0: word, index } of text.matchAll(ASCII_WORDS))
      found.push({ text: word.slice(0, WORD_CHARS), start: index, end: index + word.length });
    return found;
  }
  for (const { 0: word, 1: run, index } of text.matchAll(WORDS)) {
    if (run === undefined) found.push({ text: beginning(word), start: index, end: index + word.length });
    else addPairs(found, run, index);
  }
  return found;
}

const beginning = (word: string): string => {
  if (word.length <= WORD_CHARS) return word;
  const cut = word.slice(0, WORD_CHARS);
  return cut.isWellFormed() ? cut : cut.slice(0, -1);
};

/** Every two neighbours, and the last letter alone: so that one letter is found too, as the beginning of a pair. */
function addPairs(found: Word[], run: string, start: number): void {
  const letters = [...run];
  let at = start;
  for (const [i, letter] of letters.entries()) {
    const next = letters[i + 1] ?? "";
    found.push({ text: letter + next, start: at, end: at + letter.length + next.length });
    at += letter.length;
  }
}

/** Is a word a pair of a script without spaces, or its last letter? */
export const isUnspaced = (word: string): boolean => UNSPACED_START.test(word);
const UNSPACED_START = new RegExp(`^${UNSPACED}`, "v");

/** What of a message's content can be found; empty where nothing can. Options of a poll are lines. */
export function searchableText(content: MessageContent): string {
  if ("event" in content) return "";
  if ("text" in content) return content.text;
  if ("question" in content) return [content.question, ...content.options].join("\n");
  if ("name" in content) return content.name;
  if ("label" in content) return content.label ?? "";
  return "";
}

/** What a message can be asked to have. */
export type Having = "link" | "file" | "mention";

const LINK = /\bhttps?:\/\/[^\s]|\bwww\.[^\s.]/i;

export function has(content: MessageContent, what: Having): boolean {
  if (!("text" in content)) return false;
  if (what === "mention") return (content.mentions?.length ?? 0) > 0;
  return what === "link" && LINK.test(content.text);
}
