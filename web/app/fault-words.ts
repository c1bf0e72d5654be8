import type { TFunction } from "i18next";
import { asFault } from "../../src/domain/fault.ts";

/** What a failure says to the person, in their language: never a code, never a stack. */
export function faultWords(t: TFunction, thrown: unknown): string {
  const fault = asFault(thrown);
  if (fault === undefined) return t("errors.unexpected");
  if (fault.code === "rate_limited" && fault.retry_after !== undefined)
    return t("errors.rate_limited_after", { count: Math.ceil(fault.retry_after) });
  return t(`errors.${fault.code}`);
}
