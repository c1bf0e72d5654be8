import { createContext, useContext, useEffect, useState } from "react";
import { Formats } from "../i18n/format.ts";

export const FormatsContext = createContext(new Formats("en"));

/** Dates, numbers and lists in the person's locale. */
export const useFormats = (): Formats => useContext(FormatsContext);

/** The time, renewed every so often while somebody looks: for "5 minutes ago" and date chips that age. */
export function useNow(every_ms: number): number {
  const [now, setNow] = useState(() => Date.now());
  useEffect(() => {
    const timer = setInterval(() => {
      if (document.visibilityState === "visible") setNow(Date.now());
    }, every_ms);
    return () => clearInterval(timer);
  }, [every_ms]);
  return now;
}
