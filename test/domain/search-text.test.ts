import { describe, expect, it } from "vitest";
import { fold, has, searchableText, unfolded, words } from "../../src/domain/search-text.ts";

const wordsOf = (text: string): string[] => words(fold(text)).map((word) => word.text);

describe("words of a text", () => {
  it.each([
    ["case and accents", "Çà VA, Zoë? Ångström", ["ca", "va", "zoe", "angstrom"]],
    [
      "letters with a stroke, a tie or a hook",
      "Łódź Đà smørrebrød Œuvre Þór straße",
      ["lodz", "da", "smorrebrod", "oeuvre", "thor", "strasse"],
    ],
    ["Turkish, with a dot and without", "İSTANBUL Isparta ısparta", ["istanbul", "isparta", "isparta"]],
    ["Vietnamese", "Phở được ướp", ["pho", "duoc", "uop"]],
    ["Greek, with the sigma at the end", "ΟΔΥΣΣΕΎΣ Ὀδυσσεύς", ["οδυσσευσ", "οδυσσευσ"]],
    ["Russian", "Ёлка Йод", ["елка", "иод"]],
    [
      "Arabic without its marks, its alefs one",
      "كِتَابٌ أحمد إلى آخر ٱلله مـــد",
      ["كتاب", "احمد", "الي", "اخر", "الله", "مد"],
    ],
    ["Persian written with its own letters", "کتاب‌ی", ["كتابي"]],
    ["Hebrew without its points", "שָׁלוֹם", ["שלום"]],
    ["Hindi keeps its vowels", "की का", ["की", "का"]],
    ["Chinese as pairs", "北京大学", ["北京", "京大", "大学", "学"]],
    ["Japanese as pairs, wide and narrow", "東京タワーｶﾞ", ["東京", "京タ", "タワ", "ワー", "ーガ", "ガ"]],
    ["Korean as pairs", "한국어를", ["한국", "국어", "어를", "를"]],
    ["scripts beside each other", "iPhone手机16", ["iphone", "手机", "机", "16"]],
    ["forms of width and tie", "ＡＢＣ ﬁn ①", ["abc", "fin", "1"]],
    ["emoji, whatever their tone", "👍🏽👍 ❤️ 👩‍🚀 🇩🇪", ["👍", "👍", "❤", "👩‍🚀", "🇩🇪"]],
    ["nothing of signs", "… — !? _ * \" ( ) \0 '", []],
  ])("%s", (_, text, expected) => {
    expect(wordsOf(text)).toEqual(expected);
  });

  it("gives words that SQLite takes as they are: letters and digits alone, well-formed, of bounded length", () => {
    const wild = `\0 "'*^:()-+_{}[] \ud800 ${"x".repeat(500)} ${"😀".repeat(99)} ${"\u0301".repeat(99)} ${"𝒳".repeat(99)} ${"\u0e33".repeat(9)}`;
    for (const word of wordsOf(wild)) {
      expect(word).toMatch(/^[\p{L}\p{N}\p{M}\p{Extended_Pictographic}\p{RI}\u200d]+$/u);
      expect(word.length).toBeLessThanOrEqual(200);
      expect(word.isWellFormed()).toBe(true);
      expect(word).toBe(word.toLowerCase());
    }
  });

  it("folds what it has folded to itself", () => {
    for (const text of ["Straße", "كِتَابٌ", "ｶﾞ", "Ὀδυσσεύς", "İSTANBUL", "Phở được", "한국어", "👍🏽"]) {
      const once = fold(text).text;
      expect(fold(once).text).toBe(once);
    }
  });

  it("knows where each word stands in the text as it was written", () => {
    const text = "Die STRAẞE, e\u0301te\u0301 北京 İl 👍🏽!";
    const folded = fold(text);
    const places = words(folded).map(({ start, end }) => unfolded(folded, start, end));
    expect(places.map(([offset, length]) => text.slice(offset, offset + length))).toEqual([
      "Die",
      "STRAẞE",
      "e\u0301te\u0301",
      "北京",
      "京",
      "İl",
      "👍🏽",
    ]);
    // The first half of what "ß" has become is all of it.
    expect(unfolded(fold("aß"), 1, 2)).toEqual([1, 1]);
  });
});

describe("what can be found of a message", () => {
  it("its text, a poll's question and options, a card's name, a place's label", () => {
    expect(searchableText({ text: "hello" })).toBe("hello");
    expect(searchableText({ question: "Where?", options: ["Here", "There"] })).toBe("Where?\nHere\nThere");
    expect(searchableText({ name: "Ada", phone: "+491" })).toBe("Ada");
    expect(searchableText({ latitude: 1, longitude: 2, label: "Harbour" })).toBe("Harbour");
    expect(searchableText({ latitude: 1, longitude: 2 })).toBe("");
    expect(searchableText({ sticker_id: "wave" })).toBe("");
    expect(searchableText({ event: "chat_renamed", actor_id: "u0000000000000000", name: "No" })).toBe("");
  });

  it("links and mentions, and no file yet", () => {
    expect(has({ text: "see https://example.org" }, "link")).toBe(true);
    expect(has({ text: "see www.example.org" }, "link")).toBe(true);
    expect(has({ text: "see http:// or xhttps" }, "link")).toBe(false);
    expect(has({ text: "@all", mentions: [{ offset: 0, length: 4, everyone: "channel" }] }, "mention")).toBe(true);
    expect(has({ text: "@all" }, "mention")).toBe(false);
    expect(has({ text: "x" }, "file")).toBe(false);
    expect(has({ sticker_id: "wave" }, "link")).toBe(false);
  });
});
