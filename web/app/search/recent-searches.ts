import { useSyncExternalStore } from "react";

/** What was searched for lately on this device. It never leaves the device, and goes when the person signs out. */
const KEY = "parley.recent_searches";
const MOST = 8;
const MOST_CHARS = 200;

function load(): readonly string[] {
  try {
    const stored: unknown = JSON.parse(localStorage.getItem(KEY) ?? "[]");
    return Array.isArray(stored) ? stored.filter((one): one is string => typeof one === "string").slice(0, MOST) : [];
  } catch {
    return [];
  }
}

let recent = load();
const listeners = new Set<() => void>();

function set(next: readonly string[]): void {
  recent = next;
  try {
    if (next.length === 0) localStorage.removeItem(KEY);
    else localStorage.setItem(KEY, JSON.stringify(next));
  } catch {
    // Without storage they last as long as the page.
  }
  for (const listener of listeners) listener();
}

export function rememberSearch(words: string): void {
  const wanted = words.trim().slice(0, MOST_CHARS);
  if (wanted !== "") set([wanted, ...recent.filter((one) => one !== wanted)].slice(0, MOST));
}

export const forgetSearches = (): void => {
  if (recent.length > 0) set([]);
};

export const useRecentSearches = (): readonly string[] =>
  useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => recent,
  );
