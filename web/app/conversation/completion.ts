import { fold } from "../chat-list/filter.ts";
import type { Nameable } from "./mentions.ts";

/** What is being typed that could be completed: from `start` up to the caret. */
export interface Token {
  kind: "name" | "emoji";
  start: number;
  /** Without its sign. */
  query: string;
}

const NAME = /(?:^|[\s(])@([\p{L}\p{M}\p{N}._-]{0,40}(?: [\p{L}\p{M}\p{N}._-]{0,40})?)$/u;
const EMOJI = /(?:^|[\s(])(:)([\p{L}\p{N}_+-]{2,30})$/u;
/** Further back than this no token begins. */
const LOOK_BACK = 90;

export function tokenAt(text: string, caret: number): Token | undefined {
  const from = Math.max(0, caret - LOOK_BACK);
  const before = text.slice(from, caret);
  const name = NAME.exec(before);
  if (name !== null) {
    const query = name[1] ?? "";
    return { kind: "name", query, start: caret - query.length - 1 };
  }
  const emoji = EMOJI.exec(before);
  if (emoji === null) return undefined;
  const query = emoji[2] ?? "";
  return { kind: "emoji", query, start: caret - query.length - 1 };
}

export interface Suggestion {
  id: string;
  label: string;
  detail?: string;
  /** Takes the place of the token. */
  text: string;
  user_id?: string;
  emoji?: string;
}

const MOST = 7;

/**
 * Members whose name, a word of it, or username begins so; the best first. `names` are those that the reader gave, by user
 * id: found and shown with the name that everybody knows, which alone is written, as what is sent is read by others.
 */
export function suggestPeople(
  people: readonly Nameable[],
  query: string,
  names: ReadonlyMap<string, string> = new Map(),
): Suggestion[] {
  const wanted = fold(query);
  const rankOf = (one: Nameable): number => {
    const known = [names.get(one.user_id), one.display_name].flatMap((name) =>
      name === undefined ? [] : [fold(name)],
    );
    if (known.some((name) => name.startsWith(wanted))) return 0;
    if (fold(one.username).startsWith(wanted)) return 1;
    return known.some((name) => name.includes(` ${wanted}`)) ? 2 : 3;
  };
  return people
    .map((one) => ({ one, rank: rankOf(one) }))
    .filter(({ rank }) => rank < 3)
    .sort((a, b) => a.rank - b.rank || a.one.display_name.localeCompare(b.one.display_name))
    .slice(0, MOST)
    .map(({ one }) => ({
      id: one.user_id,
      label: names.get(one.user_id) ?? one.display_name,
      detail: names.has(one.user_id) ? `${one.display_name} · @${one.username}` : `@${one.username}`,
      text: `@${one.display_name} `,
      user_id: one.user_id,
    }));
}

interface EmojiEntry {
  emoji: string;
  label: string;
  tags?: readonly string[];
}

const loaded = new Map<string, Promise<readonly EmojiEntry[]>>();

function entriesOf(language: string): Promise<readonly EmojiEntry[]> {
  const known = loaded.get(language);
  if (known !== undefined) return known;
  const loading = fetch(`/emoji/${language}/data.json`).then((answer) => answer.json() as Promise<EmojiEntry[]>);
  loaded.set(language, loading);
  loading.catch(() => loaded.delete(language));
  return loading;
}

/** As Unicode lists it for interchange: the data writes some with a selector that the list does not have. */
const listed = (emoji: string): string => (/^\p{RGI_Emoji}$/v.test(emoji) ? emoji : emoji.replaceAll("\u{fe0f}", ""));

/** Emoji by a word of their name, best first. From this origin; nothing where they cannot be had. */
export async function suggestEmoji(query: string, language: "en" | "de"): Promise<Suggestion[]> {
  const wanted = fold(query).replaceAll("_", " ");
  const rankOf = ({ label, tags = [] }: EmojiEntry): number => {
    const name = fold(label);
    if (name === wanted) return 0;
    if (tags.includes(wanted)) return 1;
    return name.startsWith(wanted) || name.includes(` ${wanted}`) || tags.some((tag) => tag.startsWith(wanted)) ? 2 : 3;
  };
  try {
    const entries = await entriesOf(language);
    return entries
      .map((entry) => ({ entry, rank: rankOf(entry) }))
      .filter(({ rank }) => rank < 3)
      .sort((a, b) => a.rank - b.rank)
      .slice(0, MOST)
      .map(({ entry: { emoji, label } }) => ({
        id: emoji,
        label,
        text: `${listed(emoji)} `,
        emoji: listed(emoji),
      }));
  } catch {
    return [];
  }
}
