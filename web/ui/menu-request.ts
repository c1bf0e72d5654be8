import { type KeyboardEvent, type MouseEvent, type PointerEvent, useCallback, useEffect, useRef } from "react";
import type { MenuPlace } from "./action-menu.tsx";

const LONG_PRESS_MS = 500;
const MOVED_PX = 10;
/** A `contextmenu` this soon after a long press that was counted here is the browser's word of the same press. */
const SAME_PRESS_MS = 1_000;

export interface MenuRequestProps {
  onContextMenu: (event: MouseEvent<HTMLElement>) => void;
  onKeyDown: (event: KeyboardEvent<HTMLElement>) => void;
  onPointerDownCapture: (event: PointerEvent<HTMLElement>) => void;
  onPointerMoveCapture: (event: PointerEvent<HTMLElement>) => void;
  onPointerUpCapture: () => void;
  onPointerCancelCapture: () => void;
}

/**
 * Hears every way of asking for the menu of a row: right click, long press, the menu key, Shift+F10. The handlers go on
 * the list; `selector` finds the row, `onRequest` says whether it has a menu. Links keep the browser's own.
 *
 * Some browsers tell of a long press by `contextmenu`, some when the finger goes up, some never: it is counted here, and
 * whichever comes first opens the menu. Fingers are heard before the rows hear them, which may keep them for themselves.
 */
export function useMenuRequest(
  selector: string,
  onRequest: (row: HTMLElement, place: MenuPlace) => void,
): MenuRequestProps {
  const press = useRef<{ timer: ReturnType<typeof setTimeout>; x: number; y: number } | undefined>(undefined);
  const cancel = useCallback((): void => {
    clearTimeout(press.current?.timer);
    press.current = undefined;
  }, []);
  useEffect(() => cancel, [cancel]);

  const openedAt = useRef(Number.NEGATIVE_INFINITY);
  const isLink = (target: EventTarget): boolean =>
    target instanceof Element && target.closest("a, input, textarea") !== null;
  const rowOf = (target: EventTarget): HTMLElement | null =>
    target instanceof Element ? target.closest<HTMLElement>(selector) : null;

  const askAt = (row: HTMLElement, x: number, y: number): void => onRequest(row, { x, y, origin: row });

  const askBelow = (row: HTMLElement): void => {
    const rect = row.getBoundingClientRect();
    askAt(row, rect.x + rect.width / 2, rect.y + Math.min(rect.height / 2, 48));
  };

  return {
    onContextMenu: (event) => {
      const row = rowOf(event.target);
      if (row === null || isLink(event.target)) return;
      event.preventDefault();
      cancel();
      if (performance.now() - openedAt.current < SAME_PRESS_MS) return;
      // Asked for by a key, some browsers give the place of the focus, some none.
      if (event.clientX === 0 && event.clientY === 0) askBelow(row);
      else askAt(row, event.clientX, event.clientY);
    },
    onKeyDown: (event) => {
      if (event.key !== "ContextMenu" && !(event.key === "F10" && event.shiftKey)) return;
      const row = rowOf(event.target);
      if (row === null) return;
      event.preventDefault();
      askBelow(row);
    },
    onPointerDownCapture: (event) => {
      cancel();
      if (event.pointerType !== "touch" || !event.isPrimary || isLink(event.target)) return;
      const row = rowOf(event.target);
      if (row === null) return;
      const { clientX: x, clientY: y, pointerId } = event;
      const { target } = event;
      const timer = setTimeout(() => {
        openedAt.current = performance.now();
        // The press is spent: lifting the finger must not choose the row as well.
        target.dispatchEvent(
          new window.PointerEvent("pointercancel", { pointerId, pointerType: "touch", bubbles: true }),
        );
        askAt(row, x, y);
      }, LONG_PRESS_MS);
      press.current = { x, y, timer };
    },
    onPointerMoveCapture: (event) => {
      if (press.current === undefined) return;
      if (Math.hypot(event.clientX - press.current.x, event.clientY - press.current.y) > MOVED_PX) cancel();
    },
    onPointerUpCapture: cancel,
    onPointerCancelCapture: cancel,
  };
}
