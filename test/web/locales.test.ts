import { describe, expect, test } from "vitest";
import { ERRORS } from "../../src/protocol/error.ts";
import type { LANGUAGES } from "../../web/i18n/language.ts";
import ar from "../../web/locales/ar.json" with { type: "json" };
import arPeople from "../../web/locales/ar-people.json" with { type: "json" };
import de from "../../web/locales/de.json" with { type: "json" };
import dePeople from "../../web/locales/de-people.json" with { type: "json" };
import en from "../../web/locales/en.json" with { type: "json" };
import enPeople from "../../web/locales/en-people.json" with { type: "json" };

type Words = Record<string, Record<string, string>>;
const ENGLISH: Words = { ...en, ...enPeople };
const LOCALES: Record<(typeof LANGUAGES)[number]["code"], Words> = {
  en: ENGLISH,
  de: { ...de, ...dePeople },
  ar: { ...ar, ...arPeople },
};

const PLURAL = /_(zero|one|two|few|many|other)$/;
const variablesOf = (text: string): string[] =>
  [...text.matchAll(/\{\{(\w+)\}\}/g)].map((match) => match[1] ?? "").sort();

/** `chats.unread` for `chats.unread_one`: what the code asks for. */
function keysOf(words: Words): Map<string, string[]> {
  const keys = new Map<string, string[]>();
  for (const [section, entries] of Object.entries(words))
    for (const key of Object.keys(entries)) {
      // A key is a plural if its section has the form that every language has.
      const stem = key.replace(PLURAL, "");
      const isPlural = PLURAL.test(key) && `${stem}_other` in entries;
      const name = `${section}.${isPlural ? stem : key}`;
      const form = isPlural ? (PLURAL.exec(key)?.[1] ?? "") : "";
      keys.set(name, [...(keys.get(name) ?? []), form]);
    }
  return keys;
}

test("no section of words stands in both files, where one would hide the other", () => {
  expect(Object.keys(en).filter((section) => section in enPeople)).toEqual([]);
});

describe.each(Object.entries(LOCALES))("the words of %s", (code, words) => {
  test("are the same as those of English, none missing and none left over", () => {
    expect([...keysOf(words).keys()].sort()).toEqual([...keysOf(ENGLISH).keys()].sort());
  });

  test("have every plural form that the language's rule asks for", () => {
    const wanted = [...new Intl.PluralRules(code).resolvedOptions().pluralCategories].sort();
    for (const [key, forms] of keysOf(words)) if (!forms.includes("")) expect(forms.sort(), key).toEqual(wanted);
  });

  test("take no variable that English does not give", () => {
    for (const [section, entries] of Object.entries(words))
      for (const [key, text] of Object.entries(entries)) {
        const english = ENGLISH[section] ?? {};
        const source = english[key] ?? english[`${key.replace(PLURAL, "")}_other`] ?? "";
        const given = new Set([...variablesOf(source), ...(PLURAL.test(key) ? ["count"] : [])]);
        expect(
          variablesOf(text).filter((name) => !given.has(name)),
          `${section}.${key}`,
        ).toEqual([]);
      }
  });

  test("say every error, without exclamation marks", () => {
    for (const error of Object.keys(ERRORS)) expect(words.errors?.[error], error).toBeTruthy();
    for (const entries of Object.values(words))
      for (const text of Object.values(entries)) expect(text).not.toMatch(/!|Oops/);
  });
});
