import type { TimelineMessage } from "../../sync/client.ts";

/**
 * What was pinned in a chat when it was last asked for, so that the bar stands there before the answer comes and moves
 * nothing. The words are kept as long as the page; the device keeps only which chats have pins, so that what is deleted,
 * disappears or is left behind needs no second place to be emptied.
 */
const KEY = "parley.pinned_chats";
const MOST_CHATS = 200;

function load(): readonly string[] {
  try {
    const stored: unknown = JSON.parse(localStorage.getItem(KEY) ?? "[]");
    return Array.isArray(stored) ? stored.filter((one): one is string => typeof one === "string") : [];
  } catch {
    return [];
  }
}

let chats: readonly string[] | undefined;
const words = new Map<string, readonly TimelineMessage[]>();

function setChats(next: readonly string[]): void {
  chats = next;
  try {
    if (next.length === 0) localStorage.removeItem(KEY);
    else localStorage.setItem(KEY, JSON.stringify(next));
  } catch {
    // Without storage they last as long as the page.
  }
}

/** What was pinned there and is not over at `now` (epoch milliseconds). */
export const knownPins = (chatId: string, now: number): readonly TimelineMessage[] =>
  words.get(chatId)?.filter((pin) => pin.expires_at === undefined || pin.expires_at > now) ?? [];

/** Something was pinned there, whatever it was. */
export function hadPins(chatId: string): boolean {
  chats ??= load();
  return chats.includes(chatId);
}

export function rememberPins(chatId: string, pins: readonly TimelineMessage[]): void {
  words.set(chatId, pins);
  chats ??= load();
  const isKnown = chats.includes(chatId);
  if (pins.length === 0 && isKnown) setChats(chats.filter((one) => one !== chatId));
  // The latest first: those that were looked at long ago go when there are too many.
  else if (pins.length > 0 && chats[0] !== chatId)
    setChats([chatId, ...chats.filter((one) => one !== chatId)].slice(0, MOST_CHATS));
}

/** Another person on this device has other chats. */
export function forgetPins(): void {
  words.clear();
  setChats([]);
}
