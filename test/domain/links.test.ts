import { expect, it } from "vitest";
import { firstLink, linksOf } from "../../src/domain/links.ts";

it("LNK1 finds web addresses without the punctuation around them", () => {
  const text = "See https://example.com/a_(b), then (http://example.org/?q=1). Not ftp://x, not https:// alone.";
  expect([...linksOf(text)]).toEqual([
    { url: "https://example.com/a_(b)", offset: 4 },
    { url: "http://example.org/?q=1", offset: text.indexOf("http://example.org") },
  ]);
  expect(firstLink("nothing here")).toBeUndefined();
});

it("LNK1 looks through a very long text in time that grows with it", () => {
  expect(firstLink("https://".repeat(8_000))).toBeDefined();
  expect([...linksOf("(".repeat(60_000))]).toEqual([]);
  // Each dot might be the first of those that end it: minutes, if each is tried.
  const dots = `https://a${".".repeat(1_000_000)}a`;
  expect(firstLink(`${dots} ${dots}`)).toBe(dots);
});
