import { type KeyboardEvent, type MouseEvent, type PointerEvent, useCallback, useEffect, useRef } from "react";
import type { MenuPlace } from "./action-menu.tsx";

const LONG_PRESS_MS = 500;
const MOVED_PX = 10;

/** iOS fires no `contextmenu` on a long press. */
const needsLongPress =
  /iP(hone|ad|od)/.test(navigator.userAgent) || (navigator.maxTouchPoints > 1 && /Mac/.test(navigator.userAgent));

export interface MenuRequestProps {
  onContextMenu: (event: MouseEvent<HTMLElement>) => void;
  onKeyDown: (event: KeyboardEvent<HTMLElement>) => void;
  onPointerDown: (event: PointerEvent<HTMLElement>) => void;
  onPointerMove: (event: PointerEvent<HTMLElement>) => void;
  onPointerUp: () => void;
  onPointerCancel: () => void;
}

/**
 * Hears every way of asking for the menu of a row: right click, long press, the menu key, Shift+F10. The handlers go on
 * the list; `selector` finds the row, `onRequest` says whether it has a menu. Links keep the browser's own.
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
      if (row === null || (event.target instanceof Element && event.target.closest("a, input, textarea") !== null))
        return;
      event.preventDefault();
      cancel();
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
    onPointerDown: (event) => {
      if (!needsLongPress || event.pointerType !== "touch") return;
      const row = rowOf(event.target);
      if (row === null) return;
      const { clientX: x, clientY: y } = event;
      press.current = { x, y, timer: setTimeout(() => askAt(row, x, y), LONG_PRESS_MS) };
    },
    onPointerMove: (event) => {
      if (press.current === undefined) return;
      if (Math.hypot(event.clientX - press.current.x, event.clientY - press.current.y) > MOVED_PX) cancel();
    },
    onPointerUp: cancel,
    onPointerCancel: cancel,
  };
}
