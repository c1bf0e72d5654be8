/** The languages the client speaks, each complete. First paint (`web/public/first-paint.js`) knows the same list. */
export const LANGUAGES = [
  { code: "en", name: "English", direction: "ltr" },
  { code: "de", name: "Deutsch", direction: "ltr" },
  { code: "ar", name: "العربية", direction: "rtl" },
] as const;

export type Language = (typeof LANGUAGES)[number]["code"];
export type Direction = (typeof LANGUAGES)[number]["direction"];

export const isLanguage = (value: unknown): value is Language => LANGUAGES.some(({ code }) => code === value);

export const directionOf = (language: Language): Direction =>
  LANGUAGES.find(({ code }) => code === language)?.direction ?? "ltr";

/** The first of the device's languages that the client speaks; English if none. */
export function deviceLanguage(wanted: readonly string[]): Language {
  for (const tag of wanted) {
    const code = tag.slice(0, 2).toLowerCase();
    if (isLanguage(code)) return code;
  }
  return "en";
}

/**
 * The locale that dates and numbers are written in: the device's own region where it agrees with the language
 * (English on a British phone keeps British dates), else the language alone.
 */
export function localeFor(language: Language, wanted: readonly string[]): string {
  return wanted.find((tag) => tag.toLowerCase().startsWith(`${language}-`)) ?? language;
}
