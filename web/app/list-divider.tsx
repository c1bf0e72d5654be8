import { type KeyboardEvent, type PointerEvent, useRef } from "react";
import { useTranslation } from "react-i18next";
import "./list-divider.css";
import { LIST_WIDTH, preferences, usePreferences } from "./preferences.ts";

const STEP = 16;
const clamp = (width: number): number => Math.min(LIST_WIDTH.max, Math.max(LIST_WIDTH.min, Math.round(width)));

/** Between list and conversation: dragged, or moved with the arrow keys; a double click takes it back. */
export function ListDivider() {
  const { t } = useTranslation();
  const { list_width } = usePreferences();
  const drag = useRef<{ x: number; width: number } | undefined>(undefined);
  const isMirrored = (): boolean => document.documentElement.dir === "rtl";
  const set = (width: number): void => preferences.set({ list_width: clamp(width) });

  function onPointerMove(event: PointerEvent<HTMLHRElement>): void {
    if (drag.current === undefined) return;
    const moved = (event.clientX - drag.current.x) * (isMirrored() ? -1 : 1);
    set(drag.current.width + moved);
  }

  function onKeyDown(event: KeyboardEvent<HTMLHRElement>): void {
    const forward = isMirrored() ? "ArrowLeft" : "ArrowRight";
    const backward = isMirrored() ? "ArrowRight" : "ArrowLeft";
    const next =
      event.key === forward
        ? list_width + STEP
        : event.key === backward
          ? list_width - STEP
          : event.key === "Home"
            ? LIST_WIDTH.min
            : event.key === "End"
              ? LIST_WIDTH.max
              : undefined;
    if (next === undefined) return;
    event.preventDefault();
    set(next);
  }

  return (
    <hr
      className="list-divider"
      aria-orientation="vertical"
      aria-label={t("chats.resize")}
      aria-valuenow={list_width}
      aria-valuemin={LIST_WIDTH.min}
      aria-valuemax={LIST_WIDTH.max}
      tabIndex={0}
      onPointerDown={(event) => {
        event.currentTarget.setPointerCapture(event.pointerId);
        drag.current = { x: event.clientX, width: list_width };
      }}
      onPointerMove={onPointerMove}
      onPointerUp={() => {
        drag.current = undefined;
      }}
      onDoubleClick={() => set(LIST_WIDTH.normal)}
      onKeyDown={onKeyDown}
    />
  );
}
