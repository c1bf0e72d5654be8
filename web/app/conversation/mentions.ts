import type { Mention } from "../../../src/protocol/content.ts";
import { MENTIONS_PER_MESSAGE } from "../../../src/protocol/limits.ts";

/** Somebody who can be named in a chat. */
export interface Nameable {
  user_id: string;
  display_name: string;
  username: string;
}

/** A name that was chosen from the list: two people of one name are told apart by it. */
export interface Picked {
  name: string;
  user_id: string;
}

const EVERYONE = { "@here": "here", "@channel": "channel" } as const;
const isPartOfWord = (char: string | undefined): boolean => char !== undefined && /[\p{L}\p{N}_]/u.test(char);

interface Names {
  people: readonly Nameable[];
  picked: readonly Picked[];
  can_name_all: boolean;
}

/**
 * Who a text names, with the places: `@` and a whole name of a member, or their username, the longest that fits. Found
 * when it is sent and not while it is typed, so that a draft needs to keep nothing but its words.
 */
export function mentionsIn(text: string, { people, picked, can_name_all }: Names): Mention[] {
  const found: Mention[] = [];
  for (let at = text.indexOf("@"); at >= 0 && found.length < MENTIONS_PER_MESSAGE; at = text.indexOf("@", at + 1)) {
    if (isPartOfWord(text[at - 1])) continue;
    const rest = text.slice(at, at + 301);
    const fits = (name: string): boolean => rest.startsWith(name) && !isPartOfWord(rest[name.length]);
    const word = can_name_all ? Object.keys(EVERYONE).find(fits) : undefined;
    if (word === "@here" || word === "@channel") {
      found.push({ offset: at, length: word.length, everyone: EVERYONE[word] });
      continue;
    }
    let best: { length: number; user_id: string } | undefined;
    const consider = (name: string, user_id: string, isFitting: boolean): void => {
      if (isFitting && name.length > 1 && name.length > (best?.length ?? 0)) best = { length: name.length, user_id };
    };
    for (const one of picked) consider(`@${one.name}`, one.user_id, fits(`@${one.name}`));
    const lower = rest.toLowerCase();
    for (const one of people) consider(`@${one.display_name}`, one.user_id, fits(`@${one.display_name}`));
    // A name as it is shown goes before a username of the same length.
    for (const one of people) {
      const username = `@${one.username.toLowerCase()}`;
      consider(username, one.user_id, lower.startsWith(username) && !isPartOfWord(lower[username.length]));
    }
    if (best !== undefined) found.push({ offset: at, ...best });
  }
  return found;
}
