import { expect, it } from "vitest";
import { readPlays } from "../proofs/plays.ts";
import { describeSearch, inventedSpeeches, proveSearch } from "../proofs/search.ts";

/** The file that PLAYS_FILE names, or text of our own. */
const speeches = process.env.PLAYS_FILE ? readPlays(process.env.PLAYS_FILE) : inventedSpeeches();
const messages = Number(process.env.SEARCH_MESSAGES ?? 100_000);

it("SRC1: a very long chat is searched, and all is found", async () => {
  const result = await proveSearch(speeches, messages);
  console.log(`\n${describeSearch(result)}\n`);
  for (const { name, isRight } of result.one) expect([name, isRight]).not.toEqual([name, false]);
});
