import type { Clock } from "./engine/ports.ts";

/** Repaints of one after the other are at least this far apart: one frame of a screen. */
const FRAME_MS = 16;

export const browserClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  after(ms, run) {
    const timer = setTimeout(run, ms);
    return () => clearTimeout(timer);
  },
};

/**
 * Runs a repaint in this turn's microtask when it is quiet, so that a message is on screen at once, and once a frame
 * in a flood. Not by animation frames: they stand still in a tab that is hidden but leads the others. And never by a
 * timer there: browsers make those of hidden tabs wait for a second, and whoever looks at another tab would, too.
 */
export function frameSchedule(
  now: () => number = () => performance.now(),
  isHidden: () => boolean = () => document.visibilityState === "hidden",
): (run: () => void) => void {
  let last = Number.NEGATIVE_INFINITY;
  return (run) => {
    const paint = () => {
      last = now();
      run();
    };
    const wait = last + FRAME_MS - now();
    if (wait <= 0 || isHidden()) queueMicrotask(paint);
    else setTimeout(paint, wait);
  };
}
