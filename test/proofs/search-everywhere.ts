import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startServer } from "../harness/server.ts";
import { Api } from "./api.ts";
import { mintPeople } from "./people.ts";
import type { Speech } from "./plays.ts";
import { figuresOf, fill, linesOf, type Measured, search, table, timesOf } from "./search.ts";

/**
 * Searches very many chats at once, on a real server over HTTP: awake, and right after a restart, when all of them
 * sleep. All of them spoke within the same seconds, so that none can be left out for being older than a full page.
 */

const ROUNDS = 40;
/** Restarts of the server, after each of which sleeping chats are asked once. */
const RESTARTS = 8;
/** Searches over all chats are limited for each person. */
const PAUSE_MS = 200;
/** One chat of so many holds the rare word. */
const RARE = 20;

const QUESTIONS = [
  ["a word in one chat of twenty", "quokka"],
  ["a common word", "the"],
  ["nothing that was said", "zzyzx"],
] as const;

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** Fills `chats` chats with a thousand messages each, and asks for what is in all of them, in some and in none. */
export async function proveSearchEverywhere(speeches: readonly Speech[], chats: number): Promise<Measured[]> {
  const stateDir = await mkdtemp(join(tmpdir(), "parley-search-"));
  let server = await startServer({ stateDir, canInspect: true });
  try {
    const people = await mintPeople(server, ["searcher-0", "searcher-1", "searcher-2"]);
    const [owner] = people;
    if (!owner) throw new Error("There is nobody.");
    const participants = people.map((person) => person.user_id);
    const ids: string[] = [];
    const api = new Api(server.url, owner);
    for (let i = 0; i < chats; i++) {
      const { chat } = await api.createChat({ chat_type: "group", chat_name: `Chat ${i}`, participants });
      const rare = i % RARE === 0 ? ["a quokka was seen"] : [];
      await fill(server, chat.chat_id, people, [...linesOf(speeches, 1_000), ...rare]);
      ids.push(chat.chat_id);
    }
    await server.stop();
    server = await startServer({ stateDir });
    // One real message each, so that hubs know how late it is there.
    const again = new Api(server.url, owner);
    for (const chatId of ids) await again.send(chatId, { content: "and now good night" });

    const measure = async (name: string, q: string, rounds: number, before: () => Promise<void>): Promise<Measured> => {
      let found = 0;
      const times: number[] = [];
      for (let round = 0; round < rounds; round++) {
        await before();
        const [ms = Number.NaN] = await timesOf(1, async () => {
          const page = await search(server, people[round % people.length] ?? owner, "/search", { q, limit: "20" });
          if (page.is_partial) throw new Error(`"${q}" came to no end in time.`);
          found = page.hits.length;
        });
        times.push(ms);
      }
      times.sort((a, b) => a - b);
      const isRight =
        q === "quokka" ? found === Math.min(20, Math.ceil(chats / RARE)) : found === (q === "the" ? 20 : 0);
      return { name, asked: q, found, ...figuresOf(times), isRight };
    };
    const restart = () => server.restart();
    const measured = [await measure("a word in one chat of twenty, asleep and without an index", "quokka", 1, restart)];
    // What is left of the indexes is seen to.
    await pause(6_000);
    for (const [name, q] of QUESTIONS) measured.push(await measure(`${name}, asleep`, q, RESTARTS, restart));
    await pause(2_000);
    for (const [name, q] of QUESTIONS) measured.push(await measure(name, q, ROUNDS, () => pause(PAUSE_MS)));
    return measured;
  } finally {
    await server.stop();
    await rm(stateDir, { recursive: true, force: true, maxRetries: 3 });
  }
}

/** The figures in words, for `docs/search.md`. */
export const describeSearchEverywhere = (chats: number, measured: readonly Measured[]): string =>
  [`${chats} chats of 1,000 messages each:`, table(measured)].join("\n\n");
