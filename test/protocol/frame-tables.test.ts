import { readFile } from "node:fs/promises";
import { expect, it } from "vitest";
import { PROTOCOL_PAGE, withTables } from "../../scripts/frame-tables.ts";

it("docs/protocol.md shows the frames as they are; `npx node scripts/frame-tables.ts` brings it up to date", async () => {
  const page = await readFile(PROTOCOL_PAGE, "utf8");
  expect(page).toContain("| `SEND_MESSAGE` |");
  expect(withTables(page)).toBe(page);
});

it("the worked example of docs/protocol.md names only frames that exist", async () => {
  const page = await readFile(PROTOCOL_PAGE, "utf8");
  const known = new Set([...page.matchAll(/^\| `([A-Z_]+)` \|/gm)].map((match) => match[1]));
  const named = [...page.matchAll(/"type":"([A-Z_]+)"/g)].map((match) => match[1]);
  expect(named.length).toBeGreaterThan(10);
  expect(named.filter((type) => !known.has(type))).toEqual([]);
});
