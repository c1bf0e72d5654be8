import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { frameSchedule } from "../../web/sync/browser-ports.ts";

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

describe("repaints", () => {
  it("TAB1 come at once when it is quiet and once a frame in a flood; a hidden tab, which leads others, waits for no timer", async () => {
    let now = 0;
    let isHidden = false;
    const schedule = frameSchedule(
      () => now,
      () => isHidden,
    );
    const painted: string[] = [];
    schedule(() => painted.push("first"));
    await Promise.resolve();
    expect(painted).toEqual(["first"]);
    schedule(() => painted.push("second"));
    await Promise.resolve();
    expect(painted).toEqual(["first"]);
    now = 16;
    vi.advanceTimersByTime(16);
    expect(painted).toEqual(["first", "second"]);
    isHidden = true;
    schedule(() => painted.push("unseen here, seen elsewhere"));
    await Promise.resolve();
    expect(painted).toHaveLength(3);
  });
});
