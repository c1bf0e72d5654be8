import { describe, expect, test } from "vitest";
import { filterLines, isMentioned, matchTitle } from "../../web/app/chat-list/filter.ts";
import { isNarrowed, NO_FILTERS, queryOf } from "../../web/app/search/message-search.ts";
import { withoutMarks } from "../../web/app/search/snippet.ts";
import type { InboxLine } from "../../web/sync/client.ts";

const line = (chat_id: string, change: Partial<InboxLine> = {}): InboxLine => ({
  chat_id,
  chat_type: "group",
  name: chat_id,
  role: "member",
  member_count: 2,
  head_seq: 10,
  read_seq: 5,
  unread: 0,
  last_at: "2026-11-21T10:00:00.000Z",
  rev: 1,
  title: chat_id,
  typing: [],
  ...change,
});

describe("what a search asks of the server", () => {
  test("days are days of the device, and the last one is whole", () => {
    const { after, before } = queryOf("tea", { ...NO_FILTERS, after: "2026-03-28", before: "2026-03-29" });
    expect(after).toBe(new Date(2026, 2, 28).toISOString());
    // The day after, whatever the clocks did in between.
    expect(before).toBe(new Date(2026, 2, 30).toISOString());
  });

  test("what is no day is left out rather than asked", () => {
    const query = queryOf("tea", { ...NO_FILTERS, after: "soon", has: "link" });
    expect(query).toEqual({ q: "tea", order: "newest", has: "link" });
    expect(isNarrowed(NO_FILTERS)).toBe(false);
    expect(isNarrowed({ order: "best", message_type: "poll" })).toBe(true);
  });
});

describe("a piece of a message that was found", () => {
  const drawn = (snippet: string, ranges: [number, number][]): string => {
    const plain = withoutMarks(snippet, ranges);
    return plain.ranges.reduceRight(
      (text, [at, length]) => `${text.slice(0, at)}[${text.slice(at, at + length)}]${text.slice(at + length)}`,
      plain.text,
    );
  };
  test.each<[string, [number, number][], string]>([
    ["*Train at 08:52* to the sea", [[1, 5]], "[Train] at 08:52 to the sea"],
    [
      "a **late** _train_, `train`",
      [
        [12, 5],
        [21, 5],
      ],
      "a late [train], [train]",
    ],
    ["2 * 3 * 4 and snake_case_name", [[18, 4]], "2 * 3 * 4 and snak[e_ca]se_name"],
    ["…cut here* and *there", [[1, 3]], "…[cut] here* and *there"],
    ["~~gone~~", [[0, 8]], "[gone]"],
  ])("%j without its marks", (snippet, ranges, wanted) => {
    expect(drawn(snippet, ranges)).toBe(wanted);
  });
});

describe("the list of chats", () => {
  const mentioned = line("a", { mention_seq: 7 });
  const answered = line("b", { mention_seq: 5 });
  const channel = line("c", { chat_type: "channel" });
  const list = line("d", { chat_type: "broadcast" });
  const all = [mentioned, answered, channel, list];

  test("shows mentions that are not read yet, and channels with lists", () => {
    expect(isMentioned(answered)).toBe(false);
    expect(filterLines(all, "mentions", undefined)).toEqual([mentioned]);
    // The open chat stays although it has just been read.
    expect(filterLines(all, "mentions", "b")).toEqual([mentioned, answered]);
    const threaded = line("e", { unread_threads: 1 });
    expect(filterLines([...all, threaded], "unread", undefined)).toEqual([threaded]);
    expect(filterLines(all, "channels", undefined)).toEqual([channel, list]);
    expect(filterLines(all, "groups", undefined)).toEqual([mentioned, answered]);
  });

  test("finds a person by the name that the reader gave them, and by their own", () => {
    const person = line("e", { title: "Zoë Larsen", chat_type: "direct" });
    const titleOf = (one: InboxLine): string => (one.chat_id === "e" ? "The plumber" : one.title);
    expect(matchTitle([person], "plumb", titleOf)).toEqual([person]);
    expect(matchTitle([person], "zoe", titleOf)).toEqual([person]);
    expect(matchTitle([person], "baker", titleOf)).toEqual([]);
  });
});
