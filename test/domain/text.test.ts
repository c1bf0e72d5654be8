import { expect, it } from "vitest";
import { excerpt, normaliseText } from "../../src/domain/text.ts";

it("TXT1 one word has one spelling, and lines end one way", () => {
  expect(normaliseText("Zu\u0308rich\r\nBern\rGenf")).toBe("Z\u00fcrich\nBern\nGenf");
});

it("TXT2 an excerpt is one line and splits no grapheme", () => {
  expect(excerpt("a\n\n b\tc ")).toBe("a b c");
  const family = "👨‍👩‍👧‍👦";
  const cut = excerpt(family.repeat(40), 100);
  expect(cut.length).toBeLessThanOrEqual(100);
  expect(cut.replace("…", "").length % family.length).toBe(0);
});

it("TXT3 a short text is left as it is, a long one is marked as cut", () => {
  expect(excerpt("short")).toBe("short");
  expect(excerpt("x".repeat(500))).toBe(`${"x".repeat(139)}…`);
});
