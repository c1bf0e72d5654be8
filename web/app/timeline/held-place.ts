import { type RefObject, useEffect, useMemo, useRef } from "react";
import type { VirtualizerHandle } from "virtua";
import type { Row } from "./rows.ts";

/** A row is brought to its place again while sizes keep changing, until nothing was measured for this long… */
const HOLD_MS = 200;
/** …and for so many drawn frames: on a slow machine one of them takes longer than that, and only then rows are measured. */
const HOLD_FRAMES = 4;

/** What a reader does to move the list by hand. */
const HANDS = ["wheel", "touchmove", "pointerdown", "keydown"] as const;

export type Align = "start" | "center" | "nearest";

interface Held {
  key: string;
  align: Exclude<Align, "nearest"> | "end";
  offset: number;
  /** By `performance.now()`. */
  until: number;
  frames: number;
  /** The reader has taken over: the row is not brought back any more. */
  is_let_go: boolean;
}

export interface HeldPlace {
  toEnd: () => void;
  /** Brings a row into sight, and keeps it there while the rows around it are measured. */
  toRow: (key: string, align: Align, offset?: number) => void;
  /** Whatever place is held is held no longer. */
  letGo: () => void;
  /** To be called whenever something was measured. */
  measured: () => void;
  /** False while what stands around a place that was just taken may not have been measured. */
  isSettled: () => boolean;
  /** When the reader's hand last moved the list, by `performance.now()`. */
  handAt: RefObject<number>;
}

/**
 * Places in a list whose rows are measured only when they come into being: going there once is not enough, the place is
 * taken again after each measurement. The virtual list can do that too, but goes on for 150 ms after the last one
 * whatever the reader does, and a hand that scrolls makes new rows to measure: here the first touch lets go.
 *
 * @param onSettled a place was taken and everything around it has been measured
 */
export function useHeldPlace(
  rows: readonly Row[],
  list: RefObject<VirtualizerHandle | null>,
  scroller: RefObject<HTMLElement | null>,
  onSettled: () => void,
): HeldPlace {
  const latest = useRef(rows);
  latest.current = rows;
  const settled = useRef(onSettled);
  settled.current = onSettled;
  const held = useRef<Held | undefined>(undefined);
  const handAt = useRef(Number.NEGATIVE_INFINITY);

  useEffect(() => {
    const element = scroller.current;
    if (element === null) return;
    const touched = (): void => {
      handAt.current = performance.now();
      if (held.current !== undefined) held.current.is_let_go = true;
    };
    for (const name of HANDS) element.addEventListener(name, touched, { passive: true });
    return () => {
      for (const name of HANDS) element.removeEventListener(name, touched);
      held.current = undefined;
    };
  }, [scroller]);

  return useMemo(() => {
    const put = (top: number): void => scroller.current?.scrollTo({ top, behavior: "instant" });

    const take = ({ key, align, offset }: Held): void => {
      const [view, element] = [list.current, scroller.current];
      const index = latest.current.findIndex((row) => row.key === key);
      if (view === null || element === null || index < 0) return;
      const room = element.clientHeight - view.getItemSize(index);
      const above = align === "start" ? 0 : align === "center" ? room / 2 : room;
      put(view.getItemOffset(index) - above + offset);
    };

    /** Where a row has to go to be whole in sight, or nowhere. */
    const nearest = (key: string): "start" | "end" | undefined => {
      const [view, element] = [list.current, scroller.current];
      const index = latest.current.findIndex((row) => row.key === key);
      if (view === null || element === null || index < 0) return undefined;
      const top = view.getItemOffset(index);
      if (top < element.scrollTop) return "start";
      return top + view.getItemSize(index) > element.scrollTop + element.clientHeight ? "end" : undefined;
    };

    /** Lets go of this place when nothing around it has changed its size for a while. */
    const watch = (one: Held): void => {
      requestAnimationFrame(() => {
        if (held.current !== one) return;
        one.frames += 1;
        if (one.frames < HOLD_FRAMES || performance.now() <= one.until) return watch(one);
        held.current = undefined;
        settled.current();
      });
    };

    return {
      handAt,
      isSettled: () => held.current === undefined,
      toEnd: () => {
        held.current = undefined;
        put(scroller.current?.scrollHeight ?? 0);
      },
      toRow: (key, wanted, offset = 0) => {
        const align = wanted === "nearest" ? nearest(key) : wanted;
        held.current = undefined;
        if (align === undefined) return;
        const until = performance.now() + HOLD_MS;
        held.current = { key, align, offset, until, frames: 0, is_let_go: false };
        take(held.current);
        watch(held.current);
      },
      letGo: () => {
        held.current = undefined;
      },
      measured: () => {
        if (held.current === undefined || held.current.is_let_go) return;
        held.current.until = performance.now() + HOLD_MS;
        held.current.frames = 0;
        take(held.current);
      },
    };
  }, [list, scroller]);
}
