import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { ViewCounter } from "../../web/app/timeline/views.ts";
import type { ParleyClient } from "../../web/sync/client.ts";

interface Asked {
  operation: string;
  seqs: string;
}

/** A server that answers every post with ten times its number, or not at all. */
function counter(): { views: ViewCounter; asked: Asked[]; fail: (isFailing: boolean) => void } {
  const asked: Asked[] = [];
  let isFailing = false;
  const ask = async (
    operation: string,
    { body, query }: { body?: { seqs: number[] }; query?: { seqs: string } },
  ): Promise<unknown> => {
    const seqs = body?.seqs ?? query?.seqs.split(",").map(Number) ?? [];
    asked.push({ operation, seqs: seqs.join() });
    if (isFailing) throw new Error("no network");
    return { views: seqs.map((seq) => ({ seq, count: seq * 10 })) };
  };
  const client: Pick<ParleyClient, "server"> = { server: { ask: ask as ParleyClient["server"]["ask"] } };
  return {
    views: new ViewCounter(client, "c"),
    asked,
    fail: (next) => {
      isFailing = next;
    },
  };
}

beforeEach(() => {
  vi.useFakeTimers({ now: 1_000_000 });
});
afterEach(() => {
  vi.useRealTimers();
});

describe("UI74 views of posts", () => {
  test("posts that come into sight together are told together; one's own are asked for and not counted", async () => {
    const { views, asked } = counter();
    let changes = 0;
    views.subscribe(() => {
      changes += 1;
    });
    views.see(1, false);
    views.see(2, true);
    views.see(3, false);
    await vi.advanceTimersByTimeAsync(700);
    expect(asked).toEqual([
      { operation: "countViews", seqs: "1,3" },
      { operation: "listViews", seqs: "2" },
    ]);
    expect([views.countOf(1), views.countOf(2), views.countOf(4)]).toEqual([10, 20, undefined]);
    expect(changes).toBe(2);
  });

  test("scrolling to and fro asks again only after a while", async () => {
    const { views, asked } = counter();
    for (let i = 0; i < 5; i += 1) {
      views.see(1, false);
      await vi.advanceTimersByTimeAsync(1_000);
    }
    expect(asked).toHaveLength(1);
    await vi.advanceTimersByTimeAsync(60_000);
    views.see(1, false);
    await vi.advanceTimersByTimeAsync(1_000);
    expect(asked).toHaveLength(2);
  });

  test("more than one question holds go out one after the other", async () => {
    const { views, asked } = counter();
    for (let seq = 1; seq <= 130; seq += 1) views.see(seq, false);
    await vi.advanceTimersByTimeAsync(2_000);
    expect(asked.map((one) => one.seqs.split(",").length)).toEqual([100, 30]);
  });

  test("what could not be told is told when it is next seen", async () => {
    const { views, asked, fail } = counter();
    fail(true);
    views.see(1, false);
    await vi.advanceTimersByTimeAsync(1_000);
    expect(views.countOf(1)).toBeUndefined();
    fail(false);
    views.see(1, false);
    await vi.advanceTimersByTimeAsync(1_000);
    expect(asked).toHaveLength(2);
    expect(views.countOf(1)).toBe(10);
  });
});
