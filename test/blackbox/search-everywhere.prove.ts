import { expect, it } from "vitest";
import { readPlays } from "../proofs/plays.ts";
import { inventedSpeeches } from "../proofs/search.ts";
import { describeSearchEverywhere, proveSearchEverywhere } from "../proofs/search-everywhere.ts";

/** The file that PLAYS_FILE names, or text of our own. */
const speeches = process.env.PLAYS_FILE ? readPlays(process.env.PLAYS_FILE) : inventedSpeeches();
const chats = Number(process.env.SEARCH_CHATS ?? 200);

it("SRC11: very many chats are searched at once, awake and right after a restart", async () => {
  const measured = await proveSearchEverywhere(speeches, chats);
  console.log(`\n${describeSearchEverywhere(chats, measured)}\n`);
  for (const { name, isRight } of measured) expect([name, isRight]).toEqual([name, true]);
});
