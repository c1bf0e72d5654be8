/** Words kept of one person, and characters of one word. */
const MOST_WORDS = 16;
const LONGEST = 50;

const cut = (word: string): string => Array.from(word).slice(0, LONGEST).join("");

/** Lower case, without accents and width variants: `Éva` is found by `eva`, `ＡＢＣ` by `abc`. */
const foldWord = (text: string): string =>
  text
    .normalize("NFKD")
    .replace(/\p{M}+/gu, "")
    .toLowerCase()
    .normalize("NFKC");

/**
 * The words by which a person is found: the username, each word of the names, and the parts of both between
 * punctuation (`o'brien` is also found by `brien`).
 */
export const wordsOf = (person: {
  username: string;
  display_name: string;
  first_name: string;
  last_name: string;
}): string[] => wordsIn([person.username, person.display_name, person.first_name, person.last_name]);

/** The words in names, each once. */
export function wordsIn(names: readonly string[]): string[] {
  const words = names
    .flatMap((name) => foldWord(name).split(/\s+/))
    .flatMap((word) => [word, ...word.split(/[^\p{L}\p{N}]+/u)])
    .filter((word) => word.length > 0)
    .map(cut);
  return [...new Set(words)].slice(0, MOST_WORDS);
}

/** What somebody types to find a person: up to four beginnings of words. */
export function prefixesOf(query: string): string[] {
  return foldWord(query)
    .replace(/^@/, "")
    .split(/\s+/)
    .filter((word) => word.length > 0)
    .map(cut)
    .slice(0, 4);
}
