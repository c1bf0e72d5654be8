import i18next, { type i18n } from "i18next";
import { initReactI18next } from "react-i18next";
import type en from "../locales/en.json";
import type enPeople from "../locales/en-people.json";
import type { Language } from "./language.ts";

declare module "i18next" {
  interface CustomTypeOptions {
    defaultNS: "words";
    resources: { words: typeof en & typeof enPeople };
  }
}

/** One chunk per language: a device downloads the words it shows and no others. */
const LOADERS: Record<Language, () => Promise<{ default: object }[]>> = {
  en: () => Promise.all([import("../locales/en.json"), import("../locales/en-people.json")]),
  de: () => Promise.all([import("../locales/de.json"), import("../locales/de-people.json")]),
  ar: () => Promise.all([import("../locales/ar.json"), import("../locales/ar-people.json")]),
};

const wordsOf = async (language: Language): Promise<object> =>
  Object.assign({}, ...(await LOADERS[language]()).map((part) => part.default));

/** Makes the words of one language available; the promise is what the first screen waits for. */
export async function startTranslation(language: Language): Promise<i18n> {
  const words = await wordsOf(language);
  await i18next.use(initReactI18next).init({
    lng: language,
    defaultNS: "words",
    ns: ["words"],
    resources: { [language]: { words } },
    // React escapes what it renders.
    interpolation: { escapeValue: false },
  });
  return i18next;
}

export async function changeLanguage(language: Language): Promise<void> {
  if (!i18next.hasResourceBundle(language, "words")) {
    const words = await wordsOf(language);
    i18next.addResourceBundle(language, "words", words);
  }
  await i18next.changeLanguage(language);
}
