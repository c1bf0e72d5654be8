import { type RefObject, useCallback, useEffect, useLayoutEffect, useRef, useState } from "react";
import type { VirtualizerHandle } from "virtua";
import { startOfDay } from "../../i18n/format.ts";
import type { ChatHandle, ChatScreen } from "../../sync/client.ts";
import { type Align, useHeldPlace } from "./held-place.ts";
import type { Row } from "./rows.ts";

/** Nearer to the end than this counts as being there, in CSS pixels. */
const AT_END = 48;
/** Nearer than this is the very end: what a browser rounds. */
const THERE = 2;
/** Further from the end than this shows the button back. */
const AWAY = 320;
/** Older or newer messages are fetched when this little is left to scroll. */
const AHEAD = 1_200;
/** The floating date goes away after this long without scrolling. */
const STICKY_MS = 1_400;
/** Scrolling this long after a wheel, a finger or a key is the reader's; the rest is ours and shows no date. */
const HAND_MS = 1_000;
/** After a page could not be fetched, the next try waits. */
const RETRY_MS = 3_000;
/** What was new on opening may be known a little after the first rows are here. */
const OPENING_MS = 5_000;
/** The rows of a jump are drawn this long after they are there. */
const TARGET_MS = 1_000;
/** Height of a date chip with its air: where the floating one hands over. */
const CHIP = 44;

export interface Scroll {
  onScroll: (offset: number) => void;
  onScrollEnd: () => void;
  onResize: () => void;
  toLatest: () => void;
  /** Brings a message into sight, fetching its part of the log if need be; `onThere` is told its row's key. */
  toMessage: (seq: number, onThere: (key: string) => void) => Promise<void>;
  toRow: (key: string, align: Align) => void;
  is_away: boolean;
  sticky_day: number | undefined;
}

export interface ScrollOptions {
  handle: Pick<ChatHandle, "loadOlder" | "loadNewer" | "jumpTo" | "markRead">;
  screen: ChatScreen;
  rows: readonly Row[];
  generation: number;
  list: RefObject<VirtualizerHandle | null>;
  scroller: RefObject<HTMLElement | null>;
}

const seqOf = (row: Row | undefined): number | undefined =>
  row?.type === "message" || row?.type === "notice" ? row.message.seq : undefined;

const isReaderThere = (): boolean => document.visibilityState === "visible" && document.hasFocus();

/**
 * Where the reader is, and what follows from it: staying at the end while messages come, fetching more, telling what
 * has been read. It never moves a reader who has scrolled away.
 */
export function useScroll({ handle, screen, rows, generation, list, scroller }: ScrollOptions): Scroll {
  const isAtEnd = useRef(true);
  /** The hand has moved up since the very end, be it by a few pixels: no measuring brings the reader back there. */
  const hasLeft = useRef(false);
  /** The button to the latest was pressed (`performance.now()`), and the end is not reached yet. */
  const boundAt = useRef<number | undefined>(undefined);
  const known = useRef({ offset: 0, height: 0 });
  const [isAway, setAway] = useState(false);
  const [stickyDay, setStickyDay] = useState<number | undefined>(undefined);
  const stickyTimer = useRef<ReturnType<typeof setTimeout> | undefined>(undefined);
  const waitUntil = useRef(0);
  // What is in sight counts as seen only when it has been measured.
  const tell = useRef<() => void>(() => undefined);
  const held = useHeldPlace(rows, list, scroller, () => tell.current());
  const { toEnd, toRow, letGo, measured, isSettled, handAt } = held;
  const isMoving = useCallback(() => performance.now() - handAt.current < HAND_MS, [handAt]);
  const isBound = useCallback(() => boundAt.current !== undefined && boundAt.current > handAt.current, [handAt]);
  const placed = useRef(-1);
  /** A "New" line that comes late is gone to until then (`performance.now()`), if it stands before what was there at first. */
  const lineSought = useRef({ until: Number.NEGATIVE_INFINITY, last_seq: 0 });
  const latest = useRef({ rows, screen });
  latest.current = { rows, screen };

  const tellRead = useCallback(() => {
    const [view, element] = [list.current, scroller.current];
    if (view === null || element === null || !isReaderThere() || !isSettled()) return;
    const { rows } = latest.current;
    // Where the page is: the list hears of it a frame later, and rows that were measured above may have moved it.
    let index = view.findItemIndex(element.scrollTop + element.clientHeight - 16);
    while (index >= 0 && seqOf(rows[index]) === undefined) index -= 1;
    const seq = seqOf(rows[index]);
    if (seq !== undefined) handle.markRead(seq);
  }, [handle, list, scroller, isSettled]);

  const fetchMore = useCallback(() => {
    const view = list.current;
    const { screen } = latest.current;
    if (view === null || screen.status !== "ready" || Date.now() < waitUntil.current) return;
    const failed = (): void => {
      waitUntil.current = Date.now() + RETRY_MS;
    };
    const left = view.scrollSize - view.scrollOffset - view.viewportSize;
    if (screen.has_older && !screen.is_loading_older && view.scrollOffset < AHEAD) handle.loadOlder().catch(failed);
    else if (screen.has_newer && !screen.is_loading_newer && left < AHEAD) handle.loadNewer().catch(failed);
  }, [handle, list]);

  const floatDay = useCallback(
    (offset: number) => {
      const view = list.current;
      const { rows } = latest.current;
      if (view === null || !isMoving()) return;
      // What a finger has thrown goes on by itself for a while.
      handAt.current = performance.now();
      const top = view.findItemIndex(offset + 4);
      const day = rows.findLastIndex((row, i) => i <= top && row.type === "day");
      const next = rows[top + 1]?.type === "day" ? view.getItemOffset(top + 1) - offset : Number.POSITIVE_INFINITY;
      const row = rows[day];
      const isOwnChipInSight = day === top && view.getItemOffset(day) >= offset - CHIP / 2;
      const shown = row?.type === "day" && !isOwnChipInSight && next > CHIP ? startOfDay(row.at) : undefined;
      setStickyDay(shown);
      clearTimeout(stickyTimer.current);
      stickyTimer.current = setTimeout(() => setStickyDay(undefined), STICKY_MS);
    },
    [list, isMoving, handAt],
  );

  /** How far the list goes on below, by the page itself: what the list knows of its frame may be older than this scroll. */
  const lookDown = useCallback((): number => {
    const element = scroller.current;
    const left = element === null ? 0 : element.scrollHeight - element.scrollTop - element.clientHeight;
    setAway(left > AWAY || latest.current.screen.has_newer);
    return left;
  }, [scroller]);

  const onScroll = useCallback(
    (offset: number) => {
      const left = lookDown();
      if (left < THERE) boundAt.current = undefined;
      if (left < THERE) hasLeft.current = false;
      else if (isMoving() && offset !== known.current.offset) hasLeft.current = offset < known.current.offset;
      known.current.offset = offset;
      // Before the rows have been measured the end seems nearer than it is.
      isAtEnd.current = isSettled() && left < AT_END;
      floatDay(offset);
      fetchMore();
      tellRead();
    },
    [lookDown, isMoving, isSettled, floatDay, fetchMore, tellRead],
  );
  tell.current = () => {
    isAtEnd.current = lookDown() < AT_END;
    tellRead();
  };

  const onResize = useCallback(() => {
    const height = scroller.current?.clientHeight ?? 0;
    // A keyboard has opened, or the composer has grown: the end stays in sight of whoever is near it.
    const isFrame = height !== known.current.height;
    known.current.height = height;
    if (isAtEnd.current && !latest.current.screen.has_newer && (isFrame || !hasLeft.current)) toEnd();
    else measured();
    // What fits its frame, or opens at its very top, never scrolls: being measured is all that happens to it.
    lookDown();
    fetchMore();
    tellRead();
  }, [scroller, toEnd, measured, lookDown, fetchMore, tellRead]);

  /** What came while the list was running to its end lies behind the place it ran to. */
  const onScrollEnd = useCallback(() => {
    if (isBound() && !latest.current.screen.has_newer && lookDown() >= THERE) toEnd();
  }, [isBound, lookDown, toEnd]);

  /** Where a jump is going, until its row is there. */
  const target = useRef<{ seq: number; onThere: (key: string) => void } | undefined>(undefined);
  const goToTarget = useCallback((): boolean => {
    const wanted = target.current;
    if (wanted === undefined) return false;
    const { rows } = latest.current;
    const row = rows.find((one) => seqOf(one) === wanted.seq);
    if (row === undefined) return false;
    target.current = undefined;
    isAtEnd.current = false;
    handAt.current = performance.now();
    toRow(row.key, "center");
    wanted.onThere(row.key);
    return true;
  }, [toRow, handAt]);
  const toMessage = useCallback(
    async (seq: number, onThere: (key: string) => void): Promise<void> => {
      const wanted = { seq, onThere };
      target.current = wanted;
      boundAt.current = undefined;
      if (goToTarget()) return;
      try {
        await handle.jumpTo(seq);
      } catch (thrown) {
        if (target.current === wanted) target.current = undefined;
        throw thrown;
      }
      // The rows may have come before this answer, or come with the next render. Later the reader is somewhere else.
      requestAnimationFrame(() => goToTarget());
      setTimeout(() => {
        if (target.current === wanted) target.current = undefined;
      }, TARGET_MS);
    },
    [handle, goToTarget],
  );

  /** Goes to where reading goes on, if there is such a place. */
  const toLine = useCallback(
    (rows: readonly Row[]): boolean => {
      const line = rows.find((row) => row.type === "unread");
      if (line === undefined) return false;
      isAtEnd.current = false;
      toRow(line.key, "start", -72);
      return true;
    },
    [toRow],
  );

  // A list that starts anew: at the first unread message, else at the end.
  useLayoutEffect(() => {
    if (placed.current === generation || rows.length === 0) return;
    placed.current = generation;
    if (goToTarget()) return;
    if (isBound()) {
      isAtEnd.current = true;
      toEnd();
    } else if (!toLine(rows)) {
      const last_seq = seqOf(rows.findLast((row) => seqOf(row) !== undefined)) ?? 0;
      lineSought.current = { until: performance.now() + OPENING_MS, last_seq };
      toEnd();
    }
  }, [rows, generation, isBound, toEnd, toLine, goToTarget]);
  // The line may come after the first rows: whoever has not moved since is brought to it.
  useLayoutEffect(() => {
    const { until, last_seq } = lineSought.current;
    const first = latest.current.screen.first_unread_seq;
    if (first === undefined || performance.now() > until) return;
    const hasMoved = handAt.current > until - OPENING_MS;
    // What came after opening is followed like everything that comes.
    if (hasMoved || first > last_seq || toLine(rows)) lineSought.current.until = Number.NEGATIVE_INFINITY;
  }, [rows, toLine, handAt]);
  useLayoutEffect(() => {
    if (rows.length > 0) goToTarget();
  }, [rows, goToTarget]);

  // New rows at the end: follow them if the reader was there, or if they are the reader's own.
  const lastKey = rows.at(-1)?.key;
  const lastRow = rows.at(-1);
  const isOwnNew = lastRow?.type === "message" && lastRow.message.is_own && lastRow.message.seq === undefined;
  const knownLast = useRef(lastKey);
  useLayoutEffect(() => {
    if (knownLast.current === lastKey) return;
    knownLast.current = lastKey;
    if (screen.has_newer) return;
    // Who is about to leave is not brought back.
    const isFollowing = isAtEnd.current && !(hasLeft.current && isMoving());
    if (isFollowing || isOwnNew || isBound()) {
      isAtEnd.current = true;
      toEnd();
    }
  }, [lastKey, isOwnNew, screen.has_newer, isMoving, isBound, toEnd]);

  useEffect(() => {
    fetchMore();
    tellRead();
    if (rows.length === 0) setAway(false);
  }, [rows, fetchMore, tellRead]);

  // Coming back to the page reads what is in sight.
  useEffect(() => {
    addEventListener("focus", tellRead);
    document.addEventListener("visibilitychange", tellRead);
    return () => {
      removeEventListener("focus", tellRead);
      document.removeEventListener("visibilitychange", tellRead);
      clearTimeout(stickyTimer.current);
    };
  }, [tellRead]);

  const toLatest = useCallback(() => {
    isAtEnd.current = true;
    hasLeft.current = false;
    letGo();
    boundAt.current = performance.now();
    // From here on the list runs by itself, however shortly ago it was moved by hand.
    handAt.current = Number.NEGATIVE_INFINITY;
    target.current = undefined;
    lineSought.current.until = Number.NEGATIVE_INFINITY;
    if (latest.current.screen.has_newer) void handle.jumpTo("latest").then(toEnd, () => undefined);
    else {
      const element = scroller.current;
      const isFar = element !== null && element.scrollHeight - element.scrollTop > 4 * element.clientHeight;
      // Instantly by what the reader's hand can stop: the virtual list would go on for a while.
      if (isFar) toEnd();
      else list.current?.scrollToIndex(latest.current.rows.length - 1, { align: "end", smooth: true });
    }
  }, [handle, list, scroller, handAt, letGo, toEnd]);

  return { onScroll, onScrollEnd, onResize, toLatest, toMessage, toRow, is_away: isAway, sticky_day: stickyDay };
}
