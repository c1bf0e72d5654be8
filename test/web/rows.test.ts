import { describe, expect, test } from "vitest";
import { buildRows, compareRows, GROUP_MS, type Row } from "../../web/app/timeline/rows.ts";
import type { TimelineMessage } from "../../web/sync/client.ts";

const NOON = new Date(2026, 3, 10, 12).getTime();

function message(seq: number, change: Partial<TimelineMessage> = {}): TimelineMessage {
  return {
    key: `m${seq}`,
    seq,
    sender_id: "u1",
    sender_name: "Ada",
    is_own: false,
    kind: "text",
    text: `text ${seq}`,
    created_at: NOON + seq * 1_000,
    ...change,
  };
}

const rowsOf = (messages: TimelineMessage[], change: Partial<Parameters<typeof buildRows>[0]> = {}): Row[] =>
  buildRows({ messages, has_older: false, has_newer: false, has_names: true, ...change });
const keys = (rows: readonly Row[]): string[] => rows.map((row) => row.key);

describe("UI32 rows of the timeline", () => {
  test("one person's messages within five minutes share a name, a time and a tail", () => {
    const rows = rowsOf([message(1), message(2), message(3, { created_at: NOON + 2_000 + GROUP_MS + 1 })]);
    expect(keys(rows).slice(1)).toEqual(["name-m1", "m1", "m2", "name-m3", "m3"]);
    const groups = rows.filter((row) => row.type === "message").map(({ is_first, is_last }) => [is_first, is_last]);
    expect(groups).toEqual([
      [true, false],
      [false, true],
      [true, true],
    ]);
  });

  test("another person, a notice, another day and the unread line end a group", () => {
    const rows = rowsOf(
      [
        message(1),
        message(2, { sender_id: "u2" }),
        message(3, { sender_id: "u2" }),
        message(4, { kind: "notice" }),
        message(5, { created_at: NOON + 86_400_000 }),
      ],
      { first_unread_seq: 3 },
    );
    expect(rows.filter((row) => row.type === "message").every((row) => row.is_first && row.is_last)).toBe(true);
    expect(keys(rows).filter((key) => key.startsWith("day-"))).toHaveLength(2);
    expect(keys(rows).indexOf("unread")).toBe(keys(rows).indexOf("name-m3") - 1);
  });

  test("what comes before a row never changes the row itself", () => {
    const all = Array.from({ length: 40 }, (_, i) => message(i + 1, { sender_id: i % 7 < 4 ? "u1" : "u2" }));
    const late = rowsOf(all.slice(20), { has_older: true });
    const whole = rowsOf(all);
    const heights = (rows: Row[]) =>
      rows.flatMap((row) => (row.type === "message" ? [[row.key, row.is_last, row.message.text]] : []));
    expect(heights(whole).slice(-20)).toEqual(heights(late));
  });

  test("a run of hidden messages is one note", () => {
    const rows = rowsOf([1, 2, 3].map((seq) => message(seq, { kind: "hidden" })).concat(message(4)));
    expect(rows.filter((row) => row.type === "notice")).toHaveLength(1);
  });
});

describe("UI32 from the shown rows to the wanted ones", () => {
  const range = (from: number, to: number): Row[] =>
    rowsOf(
      Array.from({ length: to - from + 1 }, (_, i) => message(from + i)),
      { has_names: false },
    );

  test("older ones before: the start changed", () => {
    expect(compareRows(range(10, 20), range(5, 20)).kind).toBe("start");
  });

  test("newer ones after: the end changed", () => {
    expect(compareRows(range(10, 20), range(10, 25)).kind).toBe("end");
  });

  test("a window that moves takes a step between: new start, old end", () => {
    const change = compareRows(range(10, 20), range(5, 15));
    expect(change.kind).toBe("both");
    if (change.kind === "both") expect(keys(change.first)).toEqual(keys(range(5, 20)));
  });

  test("nothing in common: the list starts anew", () => {
    expect(compareRows(range(10, 20), range(50, 60)).kind).toBe("replaced");
  });
});
