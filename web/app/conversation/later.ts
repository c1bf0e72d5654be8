import type { TFunction } from "i18next";
import type { Formats } from "../../i18n/format.ts";

/** A moment that is offered, so that most people need no calendar. */
export interface Moment {
  id: string;
  label: string;
  at: number;
}

const HOUR = 3_600_000;

function onDay(now: number, days: number, hour: number): number {
  const date = new Date(now);
  date.setDate(date.getDate() + days);
  date.setHours(hour, 0, 0, 0);
  return date.getTime();
}

/** The usual moments: in an hour, this evening while it is still far, tomorrow morning, Monday morning. */
export function usualMoments(t: TFunction, formats: Formats, now: number): Moment[] {
  const moments: [id: "hour" | "evening" | "tomorrow" | "monday", at: number][] = [["hour", now + HOUR]];
  const evening = onDay(now, 0, 20);
  if (evening - now > 2 * HOUR) moments.push(["evening", evening]);
  moments.push(["tomorrow", onDay(now, 1, 9)]);
  const untilMonday = (8 - new Date(now).getDay()) % 7 || 7;
  if (untilMonday > 1) moments.push(["monday", onDay(now, untilMonday, 9)]);
  return moments.map(([id, at]) => ({ id, at, label: t(`later.${id}`, { time: formats.time(at) }) }));
}

/** Seconds after which a message may be set to disappear, as offered. */
export const EXPIRIES = [30, 300, 3_600, 86_400, 604_800] as const;
