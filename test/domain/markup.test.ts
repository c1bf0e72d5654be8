import { describe, expect, test } from "vitest";
import { type Block, type Inline, parseMarkup, plainWords } from "../../src/domain/markup.ts";

/** A parsed text in one line, as tests read it best. */
const drawPiece = (one: Inline): string => {
  switch (one.type) {
    case "text":
      return one.text;
    case "code":
      return `<code ${one.text}>`;
    case "link":
      return `<link ${one.address}>`;
    case "mention":
      return `<name ${one.text} ${one.user_id ?? one.everyone}>`;
    default:
      return `<${one.type} ${inline(one.inside)}>`;
  }
};
const inline = (pieces: readonly Inline[]): string => pieces.map(drawPiece).join("");
const drawBlock = (block: Block): string => {
  switch (block.type) {
    case "words":
      return inline(block.inside);
    case "quote":
      return `[quote ${block.inside.map((one) => (one.type === "words" ? inline(one.inside) : one.type)).join("")}]`;
    case "code":
      return `[code ${block.language}|${block.text}]`;
    case "list":
      return `[list ${block.items.map((item) => `${item.mark} ${inline(item.inside)}`).join("|")}]`;
  }
};
const draw = (text: string, mentions?: Parameters<typeof parseMarkup>[1]): string =>
  parseMarkup(text, mentions).map(drawBlock).join("¶");

describe("UI60 light markup", () => {
  test.each([
    ["*bold* _it_ ~gone~ `code`", "<strong bold> <emphasis it> <strike gone> <code code>"],
    ["**bold** __it__ ~~gone~~", "<strong bold> <emphasis it> <strike gone>"],
    ["*a _b ~c~_*", "<strong a <emphasis b <strike c>>>"],
    ["(*a*), *b*!", "(<strong a>), <strong b>!"],
    ["2 * 3 * 4 and 2*3*4 and snake_case_name", "2 * 3 * 4 and 2*3*4 and snake_case_name"],
    ["so * not bold * and *not closed", "so * not bold * and *not closed"],
    ["** and *** and ``", "** and *** and ``"],
    ["`*raw* _raw_`", "<code *raw* _raw_>"],
    ["*one*\n*two*", "<strong one>\n<strong two>"],
    ["*over\nlines*", "*over\nlines*"],
    ["https://a.b/c_d_e?x=*y*z.", "<link https://a.b/c_d_e?x=*y*z>."],
    ["(https://a.b/(c)) *https://d.e*", "(<link https://a.b/(c)>) <strong <link https://d.e>>"],
    ["javascript:alert(1) xhttps://a.b", "javascript:alert(1) xhttps://a.b"],
  ])("%s", (text, wanted) => {
    expect(draw(text)).toBe(wanted);
  });

  test.each([
    ["> one\n> *two*\nrest", "[quote one\n<strong two>]¶rest"],
    ["- a\n- b\ntext\n1. c\n2) d", "[list - a|- b]¶text¶[list 1. c|2) d]"],
    ["```ts\nconst a = `b`;\n```\nafter", "[code ts|const a = `b`;]¶after"],
    ["```\nnever closed", "```\nnever closed"],
    ["> > deep", "[quote > deep]"],
    ["one\n\ntwo", "one\n\ntwo"],
    ["-5 degrees", "-5 degrees"],
  ])("blocks of %j", (text, wanted) => {
    expect(draw(text)).toBe(wanted);
  });

  test("a mention is found by its place, also inside marks and quotes, and nothing in it is markup", () => {
    const text = "> *hi @An_na_ B.* ok";
    const at = text.indexOf("@");
    expect(draw(text, [{ offset: at, length: 10, user_id: "u1" }])).toBe("[quote <strong hi <name @An_na_ B. u1>> ok]");
  });

  test("says a text in plain words", () => {
    expect(plainWords("*Hello* _you_\n> quote\n```ts\nx\n```")).toBe("Hello you quote x");
    expect(plainWords("High water:\n- Friday\n- *Saturday*")).toBe("High water: Friday · Saturday");
    expect(plainWords("1. bread\n2. cheese")).toBe("1. bread 2. cheese");
  });

  test("the longest text that anybody can make difficult is read in one go", () => {
    // Each of these is quadratic where a scan begins again at every mark.
    for (const piece of ["*a ", "**", "`", "_ *", "```\n", "> - *", "http://", "~*_", "*a*b", "\n", "1. "]) {
      const blocks = parseMarkup(piece.repeat(Math.ceil(65_536 / piece.length)));
      expect(blocks.length).toBeGreaterThan(0);
    }
    // Longer than a message can be, so that what grows faster than the text would not be done in time.
    for (const text of [`https://a${".".repeat(1_000_000)}a`, "https://[".repeat(40_000)])
      expect(parseMarkup(text)).toHaveLength(1);
  });

  test("an address that is longer than any page's is text", () => {
    const long = `https://example.com/${"a".repeat(2_100)}`;
    expect(draw(`${long} https://example.com/a`)).toBe(`${long} <link https://example.com/a>`);
  });
});
