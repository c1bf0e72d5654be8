import { type RefObject, useEffect, useMemo, useRef } from "react";
import type { VirtualizerHandle } from "virtua";
import type { Row } from "./rows.ts";

/** A row is brought to its place again while sizes keep changing, until nothing was measured for this long. */
const HOLD_MS = 200;

/** What a reader does to move the list by hand. */
const HANDS = ["wheel", "touchmove", "pointerdown", "keydown"] as const;

export type Align = "start" | "center" | "nearest";

interface Held {
  key: string;
  align: Exclude<Align, "nearest"> | "end";
  offset: number;
  /** By `performance.now()`. */
  until: number;
}

export interface HeldPlace {
  toEnd: () => void;
  /** Brings a row into sight, and keeps it there while the rows around it are measured. */
  toRow: (key: string, align: Align, offset?: number) => void;
  /** To be called whenever something was measured. */
  measured: () => void;
  /** When the reader's hand last moved the list, by `performance.now()`. */
  handAt: RefObject<number>;
}

/**
 * Places in a list whose rows are measured only when they come into being: going there once is not enough, the place is
 * taken again after each measurement. The virtual list can do that too, but goes on for 150 ms after the last one
 * whatever the reader does, and a hand that scrolls makes new rows to measure: here the first touch lets go.
 */
export function useHeldPlace(
  rows: readonly Row[],
  list: RefObject<VirtualizerHandle | null>,
  scroller: RefObject<HTMLElement | null>,
): HeldPlace {
  const latest = useRef(rows);
  latest.current = rows;
  const held = useRef<Held | undefined>(undefined);
  const handAt = useRef(Number.NEGATIVE_INFINITY);

  useEffect(() => {
    const element = scroller.current;
    if (element === null) return;
    const touched = (): void => {
      handAt.current = performance.now();
      held.current = undefined;
    };
    for (const name of HANDS) element.addEventListener(name, touched, { passive: true });
    return () => {
      for (const name of HANDS) element.removeEventListener(name, touched);
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

    return {
      handAt,
      toEnd: () => {
        held.current = undefined;
        put(scroller.current?.scrollHeight ?? 0);
      },
      toRow: (key, wanted, offset = 0) => {
        const align = wanted === "nearest" ? nearest(key) : wanted;
        held.current = align === undefined ? undefined : { key, align, offset, until: performance.now() + HOLD_MS };
        if (held.current !== undefined) take(held.current);
      },
      measured: () => {
        if (held.current === undefined) return;
        if (performance.now() > held.current.until) held.current = undefined;
        else {
          held.current.until = performance.now() + HOLD_MS;
          take(held.current);
        }
      },
    };
  }, [list, scroller]);
}
