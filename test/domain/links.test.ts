import { expect, it } from "vitest";
import { withoutTail } from "../../src/domain/links.ts";
import { firstLink, type Inline, parseMarkup } from "../../src/domain/markup.ts";

it("LNK1 finds a web address without the punctuation around it", () => {
  expect(firstLink("See https://example.com/a_(b), then (http://example.org/?q=1).")).toBe("https://example.com/a_(b)");
  expect(firstLink("Not ftp://x, not https:// alone, but (http://example.org/?q=1).")).toBe("http://example.org/?q=1");
  expect(firstLink("nothing here")).toBeUndefined();
  expect(withoutTail("https://a.example/?x=1!).")).toBe("https://a.example/?x=1");
});

it("LNK1 leaves alone what stands in code, as screens draw it", () => {
  for (const code of [
    "`https://a.example`",
    "```https://a.example```",
    "```sh\ncurl https://a.example\n```",
    "> ```\n> https://a.example\n> ```",
    "- `curl https://a.example`",
    "*say `https://a.example` twice*",
  ]) {
    expect(firstLink(code)).toBeUndefined();
    expect(firstLink(`${code}\nor https://b.example/b`)).toBe("https://b.example/b");
  }
  // Marks that close nothing make no code.
  expect(firstLink("`https://a.example")).toBe("https://a.example");
  expect(firstLink("```\nhttps://a.example")).toBe("https://a.example");
  expect(firstLink("*see https://a.example*")).toBe("https://a.example");
  expect(firstLink("> https://a.example")).toBe("https://a.example");
});

it("LNK1 names the first link that is drawn, whatever is around it", () => {
  const drawn = (pieces: readonly Inline[]): string[] =>
    pieces.flatMap((one) => ("inside" in one ? drawn(one.inside) : one.type === "link" ? [one.address] : []));
  for (const text of [
    "a https://a.example/x_y_z b",
    "_https://a.example_ https://b.example",
    "xhttps://a.example https://c.example",
  ]) {
    const [block] = parseMarkup(text);
    expect(firstLink(text)).toBe(block?.type === "words" ? drawn(block.inside)[0] : "no words");
  }
  // A name is a name, also if it looks like an address.
  const name = { offset: 0, length: 18, user_id: "u" };
  expect(firstLink("@https://a.example https://b.example", [name])).toBe("https://b.example");
});

it("LNK1 looks through a very long text in time that grows with it", () => {
  expect(firstLink("https://[".repeat(8_000))).toBeUndefined();
  expect(firstLink("(".repeat(60_000))).toBeUndefined();
  expect(firstLink(`${"*a ".repeat(20_000)} https://a.example`)).toBe("https://a.example");
});
