const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** Units of a duration, largest first, in seconds. */
const UNITS = [
  ["week", 604_800],
  ["day", 86_400],
  ["hour", 3_600],
  ["minute", 60],
  ["second", 1],
] as const;

/** Midnight that began the day of `time`, in the device's zone. */
export function startOfDay(time: number): number {
  const date = new Date(time);
  date.setHours(0, 0, 0, 0);
  return date.getTime();
}

/** Whole days from the day of `then` to the day of `now`; rounding absorbs the hour that summer time adds or takes. */
const daysBetween = (then: number, now: number): number => Math.round((startOfDay(now) - startOfDay(then)) / DAY);

/** Dates, times, numbers and lists in one locale. Formatters are costly to make, so one set serves a locale. */
export class Formats {
  readonly locale: string;
  readonly #time: Intl.DateTimeFormat;
  readonly #weekday: Intl.DateTimeFormat;
  readonly #weekdayLong: Intl.DateTimeFormat;
  readonly #shortDate: Intl.DateTimeFormat;
  readonly #dayOfYear: Intl.DateTimeFormat;
  readonly #dayAndYear: Intl.DateTimeFormat;
  readonly #full: Intl.DateTimeFormat;
  readonly #relative: Intl.RelativeTimeFormat;
  readonly #number: Intl.NumberFormat;
  readonly #percent: Intl.NumberFormat;
  readonly #list: Intl.ListFormat;

  constructor(locale: string) {
    this.locale = locale;
    this.#time = new Intl.DateTimeFormat(locale, { timeStyle: "short" });
    this.#weekday = new Intl.DateTimeFormat(locale, { weekday: "short" });
    this.#weekdayLong = new Intl.DateTimeFormat(locale, { weekday: "long" });
    this.#shortDate = new Intl.DateTimeFormat(locale, { day: "numeric", month: "short" });
    this.#dayOfYear = new Intl.DateTimeFormat(locale, { weekday: "long", day: "numeric", month: "long" });
    this.#dayAndYear = new Intl.DateTimeFormat(locale, { day: "numeric", month: "long", year: "numeric" });
    this.#full = new Intl.DateTimeFormat(locale, { dateStyle: "medium", timeStyle: "short" });
    this.#relative = new Intl.RelativeTimeFormat(locale, { numeric: "auto" });
    this.#number = new Intl.NumberFormat(locale);
    this.#percent = new Intl.NumberFormat(locale, { style: "percent" });
    this.#list = new Intl.ListFormat(locale, { type: "conjunction" });
  }

  /** 14:05 */
  time(at: number): string {
    return this.#time.format(at);
  }

  /** In the chat list: the time today, the weekday this week, else the date. */
  listTime(at: number, now: number = Date.now()): string {
    const days = daysBetween(at, now);
    if (days <= 0) return this.#time.format(at);
    if (days < 7) return this.#weekday.format(at);
    return this.#shortDate.format(at);
  }

  /** On a date chip: today, yesterday, the day with its weekday, or with its year. */
  day(at: number, now: number = Date.now()): string {
    const days = daysBetween(at, now);
    if (days >= 0 && days < 2) return this.#capital(this.#relative.format(-days, "day"));
    const isThisYear = new Date(at).getFullYear() === new Date(now).getFullYear();
    return (isThisYear ? this.#dayOfYear : this.#dayAndYear).format(at);
  }

  /** Date and time, for details. */
  full(at: number): string {
    return this.#full.format(at);
  }

  date(at: number): string {
    return this.#dayAndYear.format(at);
  }

  /** "5 minutes ago", "yesterday", then the date. Undefined within the last minute: words for that are the caller's. */
  ago(at: number, now: number = Date.now()): string | undefined {
    const past = now - at;
    if (past < MINUTE) return undefined;
    if (past < HOUR) return this.#relative.format(-Math.floor(past / MINUTE), "minute");
    const days = daysBetween(at, now);
    if (days === 0) return this.#relative.format(-Math.floor(past / HOUR), "hour");
    if (days < 7) return this.#relative.format(-days, "day");
    return this.#dayAndYear.format(at);
  }

  /** "in 20 minutes", "in 2 hours": of a moment on the same day, or within the hour. Undefined where that says too little. */
  soon(at: number, now: number = Date.now()): string | undefined {
    // Rounded: what is chosen now is a little nearer by the time it is said.
    const minutes = Math.max(1, Math.round((at - now) / MINUTE));
    if (minutes < 60) return this.#relative.format(minutes, "minute");
    const hours = Math.round(minutes / 60);
    return hours <= 3 && daysBetween(now, at) === 0 ? this.#relative.format(hours, "hour") : undefined;
  }

  /** "today", "tomorrow", then the weekday, in the middle of a sentence. Undefined beyond six days. */
  dayAhead(at: number, now: number = Date.now()): string | undefined {
    const days = daysBetween(now, at);
    if (days < 0 || days > 6) return undefined;
    return days < 2 ? this.#relative.format(days, "day") : this.#weekdayLong.format(at);
  }

  number(value: number): string {
    return this.#number.format(value);
  }

  /** `cap` and above as "999+". */
  capped(value: number, cap: number): string {
    return value >= cap ? `${this.#number.format(cap)}+` : this.#number.format(value);
  }

  percent(ratio: number): string {
    return this.#percent.format(ratio);
  }

  list(names: readonly string[]): string {
    return this.#list.format(names);
  }

  /** A length of time in its largest whole unit: "30 seconds", "1 hour", "4 weeks". */
  duration(seconds: number): string {
    for (const [unit, size] of UNITS) {
      if (seconds < size || seconds % size !== 0) continue;
      const format = new Intl.NumberFormat(this.locale, { style: "unit", unit, unitDisplay: "long" });
      return format.format(seconds / size);
    }
    return this.#number.format(seconds);
  }

  /** What is left of a time, short: "42 min", "3 days". Rounded up, so that it ends at 1. */
  left(ms: number): string {
    const [unit, size] =
      ms >= 2 * DAY
        ? (["day", DAY] as const)
        : ms >= 2 * HOUR
          ? (["hour", HOUR] as const)
          : ms >= 2 * MINUTE
            ? (["minute", MINUTE] as const)
            : (["second", 1_000] as const);
    return this.#unit(unit, Math.ceil(ms / size), "short");
  }

  /** "12K" */
  compact(value: number): string {
    return new Intl.NumberFormat(this.locale, { notation: "compact", maximumFractionDigits: 1 }).format(value);
  }

  /** Metres, or kilometres where that reads better. */
  distance(metres: number): string {
    return metres < 1_000
      ? this.#unit("meter", Math.round(metres), "short")
      : this.#unit("kilometer", Math.round(metres / 100) / 10, "short");
  }

  /** A place in degrees, as maps write it everywhere: 54.32330° N, 10.13940° E. */
  place(latitude: number, longitude: number): string {
    const degrees = (value: number, [plus, minus]: readonly [string, string]): string =>
      `${Math.abs(value).toFixed(5)}° ${value < 0 ? minus : plus}`;
    return `${degrees(latitude, ["N", "S"])}, ${degrees(longitude, ["E", "W"])}`;
  }

  #unit(unit: string, value: number, unitDisplay: "short" | "long"): string {
    return new Intl.NumberFormat(this.locale, { style: "unit", unit, unitDisplay }).format(value);
  }

  #capital(text: string): string {
    const [first = ""] = text;
    return first.toLocaleUpperCase(this.locale) + text.slice(first.length);
  }
}
