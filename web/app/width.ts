import { useSyncExternalStore } from "react";

/** One pane, two, or three. Where the lines are: below 768, up to 1024, above. */
export type Width = "phone" | "tablet" | "desktop";

const isPhone = matchMedia("(width < 768px)");
const isTablet = matchMedia("(768px <= width <= 1024px)");

const read = (): Width => (isPhone.matches ? "phone" : isTablet.matches ? "tablet" : "desktop");

const subscribe = (listener: () => void): (() => void) => {
  isPhone.addEventListener("change", listener);
  isTablet.addEventListener("change", listener);
  return () => {
    isPhone.removeEventListener("change", listener);
    isTablet.removeEventListener("change", listener);
  };
};

export const useWidth = (): Width => useSyncExternalStore(subscribe, read);
export const currentWidth = read;
