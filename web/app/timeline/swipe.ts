import { type RefObject, useEffect, useRef } from "react";

/** A finger that has gone this far sideways swipes; before, it may still scroll. In CSS pixels. */
const BEGINS = 12;
/** From here on letting go answers. */
const ENOUGH = 56;
const MOST = 84;

interface Swipe {
  row: HTMLElement;
  id: number;
  x: number;
  y: number;
  is_on: boolean;
  is_ready: boolean;
}

/**
 * Swiping a message towards the start of the line answers it: leftward where reading goes rightward, and mirrored. Only
 * fingers swipe. The row follows; a short buzz says when letting go will do.
 */
export function useSwipe(
  scroller: RefObject<HTMLElement | null>,
  isAllowed: (row: HTMLElement) => boolean,
  onSwipe: (row: HTMLElement) => void,
): void {
  const latest = useRef({ isAllowed, onSwipe });
  latest.current = { isAllowed, onSwipe };
  useEffect(() => {
    const element = scroller.current;
    if (element === null) return;
    let swipe: Swipe | undefined;
    const forward = (): 1 | -1 => (document.documentElement.dir === "rtl" ? 1 : -1);

    const down = (event: PointerEvent): void => {
      if (event.pointerType !== "touch" || !event.isPrimary || !(event.target instanceof Element)) return;
      const row = event.target.closest<HTMLElement>(".message");
      // What scrolls sideways by itself keeps its finger.
      if (row === null || event.target.closest("pre, input") !== null || !latest.current.isAllowed(row)) return;
      swipe = { row, id: event.pointerId, x: event.clientX, y: event.clientY, is_on: false, is_ready: false };
    };
    const move = (event: PointerEvent): void => {
      if (swipe?.id !== event.pointerId) return;
      const pulled = (event.clientX - swipe.x) * forward();
      if (!swipe.is_on) {
        if (Math.abs(event.clientY - swipe.y) > BEGINS || pulled < -BEGINS) swipe = undefined;
        else if (pulled > BEGINS) {
          swipe.is_on = true;
          swipe.row.setPointerCapture(event.pointerId);
        }
        if (swipe?.is_on !== true) return;
      }
      const far = Math.min(MOST, Math.max(0, pulled - BEGINS));
      const isReady = far >= ENOUGH;
      if (isReady && !swipe.is_ready && "vibrate" in navigator) navigator.vibrate(8);
      swipe.is_ready = isReady;
      swipe.row.dataset.swiping = isReady ? "ready" : "on";
      swipe.row.style.setProperty("--swipe", `${far * forward()}px`);
      swipe.row.style.setProperty("--pull", String(Math.min(1, far / ENOUGH)));
    };
    const end = (event: PointerEvent): void => {
      if (swipe?.id !== event.pointerId) return;
      const { row, is_on, is_ready } = swipe;
      swipe = undefined;
      if (!is_on) return;
      row.dataset.swiping = "back";
      row.style.setProperty("--swipe", "0px");
      row.style.setProperty("--pull", "0");
      setTimeout(() => {
        delete row.dataset.swiping;
      }, 220);
      if (is_ready && event.type === "pointerup") latest.current.onSwipe(row);
    };
    element.addEventListener("pointerdown", down);
    element.addEventListener("pointermove", move);
    element.addEventListener("pointerup", end);
    element.addEventListener("pointercancel", end);
    return () => {
      element.removeEventListener("pointerdown", down);
      element.removeEventListener("pointermove", move);
      element.removeEventListener("pointerup", end);
      element.removeEventListener("pointercancel", end);
    };
  }, [scroller]);
}
