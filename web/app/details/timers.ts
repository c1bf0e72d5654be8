import { useTranslation } from "react-i18next";
import { useFormats } from "../formats-context.tsx";

const DAY = 86_400;

/** Seconds of the quick choices. */
export const DISAPPEAR_CHOICES = [DAY, 7 * DAY, 30 * DAY, 90 * DAY] as const;
export const SLOW_CHOICES = [10, 30, 60, 300, 900, 3_600, 21_600] as const;
export const EDIT_CHOICES = [300, 3_600, DAY, 7 * DAY] as const;

/** A length of time as it is chosen: "1 day", or "Off". */
export function useTimerWords(): (seconds: number | null) => string {
  const { t } = useTranslation();
  const formats = useFormats();
  return (seconds) => (seconds === null || seconds === 0 ? t("chat_settings.off") : formats.duration(seconds));
}

/** The choices with the present value among them, shortest first. */
export const withPresent = (choices: readonly number[], present: number | null): readonly number[] =>
  present === null || present === 0 || choices.includes(present)
    ? choices
    : [...choices, present].sort((a, b) => a - b);
