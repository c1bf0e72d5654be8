import { type KeyboardEvent, useEffect, useId, useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { usePreferences } from "../preferences.ts";
import { type Suggestion, suggestEmoji, suggestPeople, type Token, tokenAt } from "./completion.ts";
import type { Nameable } from "./mentions.ts";
import { optionId } from "./suggestion-list.tsx";

export interface Completion {
  list_id: string;
  suggestions: readonly Suggestion[];
  active: number;
  setActive: (index: number) => void;
  pick: (suggestion: Suggestion) => void;
  /** Takes the keys that are its own while there is something to choose. */
  onKeyDown: (event: KeyboardEvent) => boolean;
  /** For the text field: what is chosen in the list. */
  aria: { "aria-autocomplete"?: "list"; "aria-controls"?: string; "aria-activedescendant"?: string };
}

export interface CompletionOptions {
  text: string;
  caret: number;
  people: readonly Nameable[];
  /** What the reader calls them, by user id. */
  names: ReadonlyMap<string, string>;
  can_name_all: boolean;
  /** Puts the text in the place of the token. */
  onPick: (token: Token, suggestion: Suggestion) => void;
}

const NONE: readonly Suggestion[] = [];

/** Completes `@names` and `:emoji` while they are typed. */
export function useCompletion({ text, caret, people, names, can_name_all, onPick }: CompletionOptions): Completion {
  const { t } = useTranslation();
  const { language } = usePreferences();
  const listId = useId();
  const [active, setActive] = useState<{ of: string | undefined; at: number }>({ of: undefined, at: 0 });
  const [dismissed, setDismissed] = useState<string | undefined>(undefined);
  const [emoji, setEmoji] = useState<{ query: string; found: readonly Suggestion[] }>({ query: "", found: NONE });
  const token = useMemo(() => tokenAt(text, caret), [text, caret]);
  const tokenKey = token === undefined ? undefined : `${token.kind} ${token.start}`;
  const emojiQuery = token?.kind === "emoji" ? token.query : undefined;

  useEffect(() => {
    if (emojiQuery === undefined) return;
    let isGone = false;
    void suggestEmoji(emojiQuery, language === "de" ? "de" : "en").then((found) => {
      if (!isGone) setEmoji({ query: emojiQuery, found });
    });
    return () => {
      isGone = true;
    };
  }, [emojiQuery, language]);

  const suggestions = useMemo(() => {
    if (token === undefined || tokenKey === dismissed) return NONE;
    if (token.kind === "emoji") return emoji.query === token.query ? emoji.found : NONE;
    const everybody: Suggestion[] = can_name_all
      ? (["channel", "here"] as const)
          .filter((word) => word.startsWith(token.query.toLowerCase()))
          .map((word) => ({ id: word, label: `@${word}`, detail: t(`suggest.${word}`), text: `@${word} ` }))
      : [];
    return [...suggestPeople(people, token.query, names), ...everybody].slice(0, 8);
  }, [token, tokenKey, dismissed, emoji, people, names, can_name_all, t]);

  // Another query begins at the top again.
  const at = active.of === token?.query ? Math.min(active.at, suggestions.length - 1) : 0;
  const move = (to: number): void => setActive({ of: token?.query, at: to });
  const pick = (suggestion: Suggestion): void => {
    if (token !== undefined) onPick(token, suggestion);
  };

  function onKeyDown(event: KeyboardEvent): boolean {
    if (suggestions.length === 0) return false;
    const chosen = suggestions[at];
    switch (event.key) {
      case "ArrowDown":
        move((at + 1) % suggestions.length);
        break;
      case "ArrowUp":
        move((at - 1 + suggestions.length) % suggestions.length);
        break;
      case "Enter":
      case "Tab":
        if (event.shiftKey || chosen === undefined) return false;
        pick(chosen);
        break;
      case "Escape":
        setDismissed(tokenKey);
        break;
      default:
        return false;
    }
    event.preventDefault();
    event.stopPropagation();
    return true;
  }

  return {
    list_id: listId,
    suggestions,
    active: at,
    setActive: move,
    pick,
    onKeyDown,
    aria:
      suggestions.length === 0
        ? { "aria-autocomplete": "list" }
        : { "aria-autocomplete": "list", "aria-controls": listId, "aria-activedescendant": optionId(listId, at) },
  };
}
