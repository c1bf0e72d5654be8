import { createInstance } from "i18next";
import { describe, expect, test } from "vitest";
import { momentWords } from "../../web/app/moment-words.ts";
import { Formats } from "../../web/i18n/format.ts";
import ar from "../../web/locales/ar.json" with { type: "json" };
import de from "../../web/locales/de.json" with { type: "json" };
import en from "../../web/locales/en.json" with { type: "json" };

// A Sunday, by the clock of whoever runs the test.
const NOW = new Date(2026, 0, 4, 14, 0).getTime();
const at = (day: number, hour: number, minute = 0): number => new Date(2026, 0, day, hour, minute).getTime();

async function wordsIn(locale: string, translation: object): Promise<(moment: number) => string> {
  const words = createInstance();
  await words.init({ lng: locale, resources: { [locale]: { translation } }, interpolation: { escapeValue: false } });
  const formats = new Formats(locale);
  return (moment) => momentWords(words.t, formats, moment, NOW);
}

describe("UI65 UI67 a moment to come is said as people say it", () => {
  test.each([
    [at(4, 14) + 1_000, "in 1 minute"],
    [at(4, 14, 20), "in 20 minutes"],
    // A breath after "in an hour" was chosen.
    [at(4, 15) - 400, "in 1 hour"],
    [at(4, 16), "in 2 hours"],
    [at(4, 20), "today at 20:00"],
    [at(5, 9), "tomorrow at 09:00"],
    [at(7, 9), "Wednesday at 09:00"],
    [at(10, 9), "Saturday at 09:00"],
    [at(11, 9), "11 Jan 2026, 09:00"],
  ])("in English: %i", async (moment, said) => {
    expect((await wordsIn("en-GB", en))(moment)).toBe(said);
  });

  test("in German and Arabic", async () => {
    const german = await wordsIn("de", de);
    expect([at(4, 16), at(5, 9), at(7, 9)].map(german)).toEqual([
      "in 2 Stunden",
      "morgen um 09:00",
      "Mittwoch um 09:00",
    ]);
    expect((await wordsIn("ar", ar))(at(5, 9))).toContain("غدًا الساعة");
  });
});
