import { useSyncExternalStore } from "react";
import { deviceLanguage, directionOf, isLanguage, type Language } from "../i18n/language.ts";
import type { Readable } from "../sync/client.ts";

export const THEMES = ["auto", "light", "dark"] as const;
export type Theme = (typeof THEMES)[number];

/** Steps of the text-size setting. */
export const TEXT_SCALES = [0.9, 1, 1.15, 1.3, 1.5, 1.75, 2] as const;

/** How this device likes to see Parley. Kept on the device, never sent. */
export interface Preferences {
  theme: Theme;
  has_more_contrast: boolean;
  language: Language;
  /** Own messages across from the others', or all on one side. */
  own_side: "end" | "start";
  text_scale: number;
  has_single_keys: boolean;
  /** Width of the chat list on a wide screen, in CSS pixels. */
  list_width: number;
  is_details_open: boolean;
  /** Notifications while Parley is open and nobody looks at it, as far as the browser allows them. */
  has_desktop_news: boolean;
  /** They say what was written, not only that something was. */
  has_news_words: boolean;
}

/** The name is also known to `web/public/first-paint.js`. */
const KEY = "parley.preferences";

export const LIST_WIDTH = { min: 280, normal: 340, max: 460 } as const;

function defaults(): Preferences {
  return {
    theme: "auto",
    has_more_contrast: false,
    language: deviceLanguage(navigator.languages),
    own_side: "end",
    text_scale: 1,
    has_single_keys: true,
    list_width: LIST_WIDTH.normal,
    is_details_open: false,
    has_desktop_news: false,
    has_news_words: true,
  };
}

const oneOf = <T>(allowed: readonly T[], value: unknown, fallback: T): T =>
  allowed.find((one) => one === value) ?? fallback;
const isRecord = (value: unknown): value is Record<string, unknown> => typeof value === "object" && value !== null;

/** Takes what it understands of a stored value, field by field: one bad field never costs the others. */
function readPreferences(stored: unknown): Preferences {
  const base = defaults();
  if (!isRecord(stored)) return base;
  const flag = (value: unknown, fallback: boolean): boolean => (typeof value === "boolean" ? value : fallback);
  const width = typeof stored.list_width === "number" ? stored.list_width : base.list_width;
  return {
    theme: oneOf(THEMES, stored.theme, base.theme),
    has_more_contrast: flag(stored.has_more_contrast, base.has_more_contrast),
    language: isLanguage(stored.language) ? stored.language : base.language,
    own_side: oneOf(["end", "start"] as const, stored.own_side, base.own_side),
    text_scale: oneOf(TEXT_SCALES as readonly number[], stored.text_scale, base.text_scale),
    has_single_keys: flag(stored.has_single_keys, base.has_single_keys),
    list_width: Math.min(LIST_WIDTH.max, Math.max(LIST_WIDTH.min, width)),
    is_details_open: flag(stored.is_details_open, base.is_details_open),
    has_desktop_news: flag(stored.has_desktop_news, base.has_desktop_news),
    has_news_words: flag(stored.has_news_words, base.has_news_words),
  };
}

function load(): Preferences {
  try {
    return readPreferences(JSON.parse(localStorage.getItem(KEY) ?? "null"));
  } catch {
    return defaults();
  }
}

function paint(preferences: Preferences): void {
  const root = document.documentElement;
  root.lang = preferences.language;
  root.dir = directionOf(preferences.language);
  if (preferences.theme === "auto") delete root.dataset.theme;
  else root.dataset.theme = preferences.theme;
  if (preferences.has_more_contrast) root.dataset.contrast = "more";
  else delete root.dataset.contrast;
  root.style.setProperty("--text-scale", String(preferences.text_scale));
}

class PreferenceStore implements Readable<Preferences> {
  #value = load();
  readonly #listeners = new Set<() => void>();

  constructor() {
    paint(this.#value);
    // Another tab of this device changed them.
    addEventListener("storage", (event) => {
      if (event.key === KEY) this.#take(load());
    });
  }

  get = (): Preferences => this.#value;

  subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  set(change: Partial<Preferences>): void {
    const next = { ...this.#value, ...change };
    try {
      localStorage.setItem(KEY, JSON.stringify(next));
    } catch {
      // A full or forbidden store: the choice holds until the page is closed.
    }
    this.#take(next);
  }

  #take(next: Preferences): void {
    this.#value = next;
    paint(next);
    for (const listener of this.#listeners) listener();
  }
}

export const preferences = new PreferenceStore();

export const usePreferences = (): Preferences => useSyncExternalStore(preferences.subscribe, preferences.get);
