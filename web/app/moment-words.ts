import type { TFunction } from "i18next";
import type { Formats } from "../i18n/format.ts";

/** A moment to come, inside a sentence: "in 20 minutes", "tomorrow at 09:00", "Monday at 09:00", then date and time. */
export function momentWords(t: TFunction, formats: Formats, at: number, now: number = Date.now()): string {
  const soon = formats.soon(at, now);
  if (soon !== undefined) return soon;
  const day = formats.dayAhead(at, now);
  return day === undefined ? formats.full(at) : t("later.day_time", { day, time: formats.time(at) });
}
