import { useEffect } from "react";
import type { ParleyClient } from "../sync/client.ts";

/** After this long without a touch or a key the person counts as away. */
const IDLE_MS = 5 * 60_000;

/** Tells the engine whether somebody is there: the page is visible and was used lately. */
export function useActivity(client: ParleyClient): void {
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    let isActive: boolean | undefined;
    const tell = (next: boolean): void => {
      if (next === isActive) return;
      isActive = next;
      client.setActive(next);
    };
    const used = (): void => {
      clearTimeout(timer);
      if (document.visibilityState !== "visible") {
        tell(false);
        return;
      }
      tell(true);
      timer = setTimeout(() => tell(false), IDLE_MS);
    };
    used();
    const events = ["pointerdown", "keydown", "focus"] as const;
    for (const name of events) addEventListener(name, used, { passive: true, capture: true });
    document.addEventListener("visibilitychange", used);
    return () => {
      clearTimeout(timer);
      for (const name of events) removeEventListener(name, used, { capture: true });
      document.removeEventListener("visibilitychange", used);
    };
  }, [client]);
}

/** Keeps the layout above an on-screen keyboard where the browser lays it over the page (iOS). */
export function useViewportHeight(): void {
  useEffect(() => {
    const viewport = window.visualViewport;
    if (viewport === null) return;
    const fit = (): void => {
      // A pinch zoom also changes the visual viewport; the layout must not follow that.
      if (viewport.scale > 1.01) return;
      const isCovered = window.innerHeight - viewport.height > 80;
      const root = document.documentElement;
      if (isCovered) root.style.setProperty("--viewport-height", `${viewport.height}px`);
      else root.style.removeProperty("--viewport-height");
      if (isCovered) window.scrollTo(0, 0);
    };
    viewport.addEventListener("resize", fit);
    return () => viewport.removeEventListener("resize", fit);
  }, []);
}
