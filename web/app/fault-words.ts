import type { TFunction } from "i18next";
import { asFault } from "../../src/domain/fault.ts";
import { isErrorCode } from "../../src/protocol/error.ts";

/** What a failure says to the person, in their language: never a code, never a stack. */
export function faultWords(t: TFunction, thrown: unknown): string {
  const fault = asFault(thrown);
  if (fault === undefined) return t("errors.unexpected");
  if (fault.code === "rate_limited" && fault.retry_after !== undefined)
    return t("errors.rate_limited_after", { count: Math.ceil(fault.retry_after) });
  return t(`errors.${fault.code}`);
}

/** The same of a code that came as a word of its own: `errors.too_late`, or `too_late`. */
export function errorWords(t: TFunction, error: string): string {
  const code = error.replace(/^errors\./, "");
  return t(isErrorCode(code) ? `errors.${code}` : "errors.unexpected");
}
