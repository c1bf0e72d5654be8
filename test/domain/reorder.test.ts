import { describe, expect, it } from "vitest";
import { ReorderBuffer, type Stretch } from "../../src/domain/reorder.ts";

const frame = (base: number, rev = base + 1): Stretch => ({ base, rev });
const buffer = (limits = {}) => new ReorderBuffer<Stretch>((one) => one, limits);

/** Everything that can be applied now, in the order in which it is. */
function drain(held: ReorderBuffer<Stretch>, cursor: number, now = 0): number[] {
  const revs: number[] = [];
  for (let at = cursor; ; ) {
    const next = held.take(at, now);
    if (!next) return revs;
    revs.push(next.rev);
    at = next.rev;
  }
}

describe("news that came too early", () => {
  it("SYN2 comes out in the order of the clock once the gap is filled, and not before", () => {
    const held = buffer();
    for (const base of [7, 5, 6, 9]) expect(held.hold(frame(base), 0)).toBe(true);
    expect(drain(held, 4)).toEqual([]);
    expect(drain(held, 5)).toEqual([6, 7, 8]);
    expect(held.size).toBe(1);
    expect(drain(held, 9)).toEqual([10]);
    expect(held.deadline).toBeUndefined();
  });

  it("SYN2 drops what is known by then, and takes what only overlaps", () => {
    const held = buffer();
    held.hold(frame(4, 6), 0);
    held.hold(frame(5, 9), 0);
    expect(drain(held, 7)).toEqual([9]);
    expect(held.size).toBe(0);
  });

  it("SYN2 has room for a thousand frames, and time for five seconds", () => {
    const held = buffer();
    for (let base = 1; base <= 1_000; base++) expect(held.hold(frame(base), 50)).toBe(true);
    expect(held.hold(frame(2_000), 60)).toBe(false);
    expect(held.size).toBe(1_000);
    expect(held.deadline).toBe(5_050);
  });

  it("SYN2 gives the next gap its own time", () => {
    const held = buffer({ ms: 100 });
    held.hold(frame(5), 0);
    held.hold(frame(8), 10);
    expect(held.deadline).toBe(100);
    expect(drain(held, 5, 90)).toEqual([6]);
    expect(held.deadline).toBe(190);
    held.clear();
    expect([held.size, held.deadline]).toEqual([0, undefined]);
  });
});
