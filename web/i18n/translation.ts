import i18next, { type i18n } from "i18next";
import { initReactI18next } from "react-i18next";
import type en from "../locales/en.json";
import type { Language } from "./language.ts";

declare module "i18next" {
  interface CustomTypeOptions {
    defaultNS: "words";
    resources: { words: typeof en };
  }
}

/** One chunk per language: a device downloads the words it shows and no others. */
const LOADERS: Record<Language, () => Promise<{ default: object }>> = {
  en: () => import("../locales/en.json"),
  de: () => import("../locales/de.json"),
  ar: () => import("../locales/ar.json"),
};

/** Makes the words of one language available; the promise is what the first screen waits for. */
export async function startTranslation(language: Language): Promise<i18n> {
  const words = await LOADERS[language]();
  await i18next.use(initReactI18next).init({
    lng: language,
    defaultNS: "words",
    ns: ["words"],
    resources: { [language]: { words: words.default } },
    // React escapes what it renders.
    interpolation: { escapeValue: false },
  });
  return i18next;
}

export async function changeLanguage(language: Language): Promise<void> {
  if (!i18next.hasResourceBundle(language, "words")) {
    const words = await LOADERS[language]();
    i18next.addResourceBundle(language, "words", words.default);
  }
  await i18next.changeLanguage(language);
}
