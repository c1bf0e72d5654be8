import { describe, expect, it } from "vitest";
import { findParts, mayHold, parseQuery, SNIPPET_CHARS, snippetOf } from "../../src/domain/search-query.ts";
import { fold, words } from "../../src/domain/search-text.ts";
import { SeededRandom } from "../proofs/seeded-random.ts";

/** What of a text a query finds, as it was written; undefined if it finds nothing. */
const found = (q: string, text: string): string[] | undefined =>
  findParts(parseQuery(q), text)?.ranges.map(([offset, length]) => text.slice(offset, offset + length));

describe("a query", () => {
  it.each([
    ["words by their beginning", "hel wor", "Hello, world", ["Hel", "wor"]],
    ["all words, in any order", "wor hel", "Hello, world", ["Hel", "wor"]],
    ["not some of them", "hel wur", "Hello, world", undefined],
    ["not the middle of a word", "ello", "Hello", undefined],
    ["a phrase as it stands", '"to be or"', "To be, or not", ["To be, or"]],
    ["not what only begins like a phrase", '"to be"', "to bear", undefined],
    ["typographic marks of a phrase", "“to be”", "to be", ["to be"]],
    ["a mark without its fellow is none", '"to be', "be to", ["be", "to"]],
    ["words with signs in them as they stand", "don't", "I don’t, don’t I", ["don’t", "don’t"]],
    ["addresses by their beginning", "ann@exam", "write to ann@example.org", ["ann@exam"]],
    ["two letters of a run", "世界", "你好世界人", ["世界"]],
    ["one letter of a run, also the last", "界", "世界", ["界"]],
    ["a run that is longer", "好世界", "你好世界人", ["好世界"]],
    ["not the letters of a run in another order", "界世", "世界", undefined],
    ["a phrase of runs", '"你好 世界"', "你好 世界", ["你好 世界"]],
    ["not a phrase across what is between", '"你好 世界"', "你好的 世界", undefined],
    ["a run behind a word", "iphone手", "iPhone手机", ["iPhone手"]],
    ["signs find nothing by themselves", "* AND (", "and then", ["and"]],
  ])("finds %s", (_, q, text, expected) => {
    expect(found(q, text)).toEqual(expected);
  });

  it("has no parts where nothing can be looked for", () => {
    for (const q of ["", "  ", '""', "!?", "\"'*-", "\0"]) expect(parseQuery(q)).toEqual([]);
  });

  it("says quickly of what it cannot be found in", () => {
    const mayBe = (q: string, text: string) => mayHold(JSON.stringify({ text }), parseQuery(q));
    expect(mayBe("hello", 'She said:\n"Hello"')).toBe(true);
    expect(mayBe("hello you", "Hello")).toBe(false);
    expect(mayBe("strasse", "Straße")).toBe(true);
    expect(mayBe("你", "plain")).toBe(false);
    expect(mayBe("", "anything")).toBe(true);
  });

  it("never says quickly that something is not there which is found", () => {
    const random = new SeededRandom(11);
    const letters = [
      ...'aB c1éÀßİΣςä日本ｶﾞﾟゟが\u3099한하\u1112\u1161\u11abกำ\u0301\u0308\u200d👩🏽🇩🇪\n"\\ﷺأَ２½ŉक़क\u093c\u094dि',
    ];
    let count = 0;
    for (let round = 0; round < 20_000; round++) {
      const text = Array.from({ length: random.whole(1, 10) }, () => random.pick(letters)).join("");
      const all = words(fold(text)).map((word) => word.text);
      const word = [...(all.length > 0 ? random.pick(all) : "")];
      for (const q of [word.slice(0, random.whole(1, 3)).join(""), text.slice(random.whole(0, 5))]) {
        const parts = parseQuery(q);
        if (!findParts(parts, text)) continue;
        count++;
        expect([text, q, mayHold(JSON.stringify({ text }), parts)]).toEqual([text, q, true]);
      }
    }
    expect(count).toBeGreaterThan(20_000);
  });

  it("tells whole words from begun ones", () => {
    expect(findParts(parseQuery("art"), "artful art")?.exactness).toBe(1);
    expect(findParts(parseQuery("art"), "artful")?.exactness).toBe(0);
    expect(findParts(parseQuery("art hou"), "art house")?.exactness).toBe(0.5);
  });

  it("names places in order and without overlap, however often something stands there", () => {
    const places = findParts(parseQuery("a aa 哈哈"), `${"aa ".repeat(500)}${"哈".repeat(100)}`)?.ranges ?? [];
    expect(places.length).toBeLessThanOrEqual(50);
    for (const [i, [offset]] of places.entries()) {
      const before = places[i - 1];
      if (before) expect(offset).toBeGreaterThanOrEqual(before[0] + before[1]);
    }
  });
});

describe("a snippet", () => {
  const show = (text: string, q: string) => {
    const { snippet, ranges } = snippetOf(text, findParts(parseQuery(q), text)?.ranges ?? []);
    return { snippet, shown: ranges.map(([offset, length]) => snippet.slice(offset, offset + length)) };
  };

  it("is the whole of a short text, on one line", () => {
    expect(show("one\ntwo\tthree", "two")).toEqual({ snippet: "one two three", shown: ["two"] });
  });

  it("is a piece around the first hit of a long one, and names the hits in it", () => {
    const { snippet, shown } = show(`${"before ".repeat(60)}needle and needle ${"after ".repeat(60)}needle`, "needle");
    expect(snippet.length).toBeLessThanOrEqual(SNIPPET_CHARS);
    expect(snippet).toMatch(/^….*needle and needle.*…$/);
    expect(shown).toEqual(["needle", "needle"]);
  });

  it("splits no letter from its marks, no pair of units, no emoji", () => {
    for (const piece of ["e\u0301", "😀", "👍🏽", "👩‍🚀", "字"])
      for (let lead = 0; lead < 12; lead++) {
        const { snippet } = show(`${"x".repeat(lead)}${piece.repeat(200)} needle ${piece.repeat(200)}`, "needle");
        expect(snippet.length).toBeLessThanOrEqual(SNIPPET_CHARS);
        expect(snippet.isWellFormed()).toBe(true);
        const bare = snippet.replaceAll("…", "").replace(/^x+/, "").replace(" needle ", "");
        expect(bare.replaceAll(piece, "")).toBe("");
      }
  });

  it("is the beginning where nothing in particular was found", () => {
    expect(snippetOf(`start ${"word ".repeat(100)}`, []).snippet).toMatch(/^start word.*…$/);
  });
});
