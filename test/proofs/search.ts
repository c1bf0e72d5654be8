import { mkdtemp, rm } from "node:fs/promises";
import { loadavg, tmpdir } from "node:os";
import { join } from "node:path";
import type { DataOf } from "../../src/protocol/rest.ts";
import { startServer, type TestServer } from "../harness/server.ts";
import { Api, ApiError, ask, bearer } from "./api.ts";
import { mintPeople, type SignedIn } from "./people.ts";
import { inventPlays, type Speech } from "./plays.ts";
import { SeededRandom } from "./seeded-random.ts";

/**
 * Searches a very long chat on a real server over HTTP, and holds what was found against a plain
 * look through all that was said. Messages are written straight into the objects' tables: what is measured is the search.
 */

/** What is asked of the long chat: a name for the table, and the query. `counts` says which texts it must find. */
interface Question {
  name: string;
  query: Record<string, string>;
  counts?: (text: string) => boolean;
}

export interface Measured {
  name: string;
  asked: string;
  found: number;
  min: number;
  p50: number;
  p95: number;
  isRight: boolean | undefined;
  /** Of the machine, over the last minute, when it was measured. */
  load: number;
}

const MEMBERS = 40;
const ROWS_AT_ONCE = 1_000;
const ROUNDS = 40;
const CHINESE = ["我们明天在北京见面", "今天的会议改到下午三点", "东京塔很高", "你吃饭了吗", "请把文件发给我"];

/** Lower-case words, as the naked eye sees them. */
const plainWords = (text: string): string[] =>
  text
    .normalize("NFD")
    .replace(/\p{Mn}/gu, "")
    .toLowerCase()
    .match(/[\p{L}\p{N}]+/gu) ?? [];
const begins = (start: string) => (text: string) => plainWords(text).some((word) => word.startsWith(start));
const both = (one: string, other: string) => (text: string) => begins(one)(text) && begins(other)(text);
const says = (phrase: string) => (text: string) => ` ${plainWords(text).join(" ")} `.includes(` ${phrase} `);

const questions = (from: string): Question[] => [
  { name: "a rare word", query: { q: "barnardo" }, counts: begins("barnardo") },
  { name: "a common word", query: { q: "the" } },
  { name: "a beginning of three letters", query: { q: "hel" } },
  { name: "a beginning of one letter", query: { q: "h" } },
  { name: "two words that are often said, seldom together", query: { q: "king sleep" }, counts: both("king", "sleep") },
  { name: "a phrase of common words", query: { q: '"to be or not to be"' }, counts: says("to be or not to be") },
  { name: "a Chinese word of two characters", query: { q: "北京" }, counts: (text) => text.includes("北京") },
  { name: "one Chinese character", query: { q: "塔" }, counts: (text) => text.includes("塔") },
  { name: "nothing that was said", query: { q: "zzyzx" }, counts: begins("zzyzx") },
  { name: "a word, from one person", query: { q: "love", from } },
  { name: "one person, without a word", query: { q: "", from } },
  { name: "a phrase, best first", query: { q: '"to be or not to be"', order: "best" } },
  { name: "a common word, best first", query: { q: "night", order: "best" } },
];

/** So many messages out of the speeches, in an order of their own, one in fifty Chinese. */
export function linesOf(speeches: readonly Speech[], count: number): string[] {
  const random = new SeededRandom(7);
  return Array.from({ length: count }, () =>
    random.isTrue(0.02) ? random.pick(CHINESE) : random.pick(speeches).text.trim() || "…",
  );
}

/** Writes messages behind those that a chat has, as if its members had said them in turn. */
export async function fill(
  server: TestServer,
  chatId: string,
  people: readonly SignedIn[],
  lines: readonly string[],
): Promise<void> {
  const [last] = await server.storage(
    "ChatObject",
    chatId,
    "SELECT seq, rev, created_at FROM message ORDER BY seq DESC LIMIT 1",
  );
  const base = [Number(last?.seq), Number(last?.rev), Number(last?.created_at)] as const;
  for (let i = 0; i < lines.length; i += ROWS_AT_ONCE) {
    const rows = lines
      .slice(i, i + ROWS_AT_ONCE)
      .map((text, k) => [i + k + 1, people[(i + k) % people.length]?.user_id ?? "", JSON.stringify({ text })]);
    await server.storage(
      "ChatObject",
      chatId,
      `INSERT INTO message (seq, born_rev, rev, sender_id, client_msg_id, seen_seq, message_type, content, created_at)
       SELECT ? + value->>0, ? + value->>0, ? + value->>0, value->>1, 'filled-' || (value->>0), 0, 'text', value->>2, ?
       FROM json_each(?)`,
      ...[base[0], base[1], base[1], base[2], JSON.stringify(rows)],
    );
  }
  await server.evict("ChatObject", chatId);
}

export async function search(
  server: TestServer,
  person: SignedIn,
  path: string,
  query: Record<string, string>,
): Promise<DataOf<"search">> {
  const given = Object.entries(query).filter(([, value]) => value !== "");
  const answer = await ask(
    `${server.url}/api/v1${path}?${new URLSearchParams(given)}`,
    "GET",
    undefined,
    bearer(person),
  );
  const body = answer.body as
    | { success: boolean; data: DataOf<"search">; error: { code: string; message: string } }
    | undefined;
  if (!body?.success)
    throw new ApiError(path, answer.status, body?.error ?? { code: "no envelope", message: answer.text });
  return body.data;
}

const quantile = (sorted: readonly number[], q: number): number =>
  sorted[Math.min(sorted.length - 1, Math.ceil(sorted.length * q) - 1)] ?? Number.NaN;

export const figuresOf = (times: readonly number[]) => ({
  min: times[0] ?? Number.NaN,
  p50: quantile(times, 0.5),
  p95: quantile(times, 0.95),
  load: loadavg()[0] ?? 0,
});

/** Times of the same request, by one person after the other, in milliseconds. */
export async function timesOf(rounds: number, request: (round: number) => Promise<unknown>): Promise<number[]> {
  const times: number[] = [];
  for (let round = 0; round < rounds; round++) {
    const start = performance.now();
    await request(round);
    times.push(performance.now() - start);
  }
  return times.sort((a, b) => a - b);
}

export interface SearchProof {
  messages: number;
  indexed_s: number;
  slowest_meanwhile_ms: number;
  index_bytes: { blocks: number; bodies: number; log: number };
  one: Measured[];
  load: number;
}

/** Fills a chat with `messages`, and asks. */
export async function proveSearch(speeches: readonly Speech[], messages: number): Promise<SearchProof> {
  const stateDir = await mkdtemp(join(tmpdir(), "parley-search-"));
  let server = await startServer({ stateDir, canInspect: true });
  try {
    const people = await mintPeople(
      server,
      Array.from({ length: MEMBERS }, (_, i) => `searcher-${i}`),
    );
    const [owner] = people;
    if (!owner) throw new Error("There is nobody.");
    const api = new Api(server.url, owner);
    const participants = people.map((person) => person.user_id);
    const long = (await api.createChat({ chat_type: "group", chat_name: "The long one", participants })).chat.chat_id;
    const lines = linesOf(speeches, messages);
    await fill(server, long, people, lines);
    await server.stop();
    server = await startServer({ stateDir });

    const start = performance.now();
    let slowest = 0;
    for (let round = 0; ; round++) {
      const asked = performance.now();
      const page = await search(server, people[round % MEMBERS] ?? owner, `/chats/${long}/search`, { q: "zzyzx" });
      slowest = Math.max(slowest, performance.now() - asked);
      if (!page.is_partial) break;
      await new Promise((resolve) => setTimeout(resolve, 250));
    }
    const indexed = (performance.now() - start) / 1_000;
    await new Promise((resolve) => setTimeout(resolve, 5_000));

    const one: Measured[] = [];
    for (const { name, query, counts } of questions(people[7]?.user_id ?? "")) {
      const path = `/chats/${long}/search`;
      const person = (round: number): SignedIn => people[(round + one.length) % MEMBERS] ?? owner;
      const times = await timesOf(ROUNDS, (round) => search(server, person(round), path, { ...query, limit: "20" }));
      const found = await countAll(server, people, path, query, 400);
      const isRight =
        counts &&
        found.texts.length === Math.min(found.limit, lines.filter(counts).length) &&
        found.texts.every(counts);
      one.push({
        name,
        asked: query.q ?? "",
        found: found.texts.length,
        ...figuresOf(times),
        isRight,
      });
    }

    const load = loadavg()[0] ?? 0;

    await server.stop();
    server = await startServer({ stateDir, canInspect: true });
    const size = async (sql: string): Promise<number> =>
      Number((await server.storage("ChatObject", long, sql))[0]?.bytes ?? 0);
    const index_bytes = {
      blocks: await size("SELECT sum(length(block)) AS bytes FROM search_data"),
      bodies: await size("SELECT sum(length(CAST(body AS BLOB))) AS bytes FROM search"),
      log: await size(
        "SELECT sum(length(CAST(content AS BLOB)) + length(sender_id) + length(client_msg_id) + 40) AS bytes FROM message",
      ),
    };
    return { messages, indexed_s: indexed, slowest_meanwhile_ms: slowest, index_bytes, one, load };
  } finally {
    await server.stop();
    await rm(stateDir, { recursive: true, force: true, maxRetries: 3 });
  }
}

/** Everything that a query finds, page by page, up to a limit. */
async function countAll(
  server: TestServer,
  people: readonly SignedIn[],
  path: string,
  query: Record<string, string>,
  limit: number,
): Promise<{ texts: string[]; limit: number }> {
  const texts: string[] = [];
  let cursor = "";
  for (let page = 0; texts.length < limit; page++) {
    const person = people[page % people.length];
    if (!person) break;
    const found = await search(server, person, path, { ...query, limit: "100", cursor });
    for (const { message } of found.hits)
      texts.push(message.content && "text" in message.content ? message.content.text : "");
    if (found.next_cursor === undefined) break;
    cursor = found.next_cursor;
  }
  return { texts: texts.slice(0, limit), limit };
}

export const table = (rows: readonly Measured[]): string =>
  [
    "| looked for | | found, of 400 at most | min | p50 | p95 | load |",
    "| --- | --- | ---: | ---: | ---: | ---: | ---: |",
    ...rows.map(
      ({ name, asked, found, min, p50, p95, load }) =>
        `| ${name} | ${asked && `\`${asked}\``} | ${found} | ${[min, p50, p95].map((ms) => `${ms.toFixed(1)} ms`).join(" | ")} | ${load.toFixed(1)} |`,
    ),
  ].join("\n");

const megabytes = (bytes: number): string => `${(bytes / 1_000_000).toFixed(1)} MB`;

/** The figures in words, for `docs/search.md`. */
export function describeSearch({
  messages,
  indexed_s,
  slowest_meanwhile_ms,
  index_bytes,
  one,
  load,
}: SearchProof): string {
  return [
    `${messages} messages in one chat:`,
    table(one),
    `No query was partial any more ${indexed_s.toFixed(1)} s after the first one came to a log without any index; the slowest until then took ${slowest_meanwhile_ms.toFixed(0)} ms.`,
    `The index: ${megabytes(index_bytes.blocks)} of blocks and ${megabytes(index_bytes.bodies)} of words, beside a log of ${megabytes(index_bytes.log)}.`,
    `Load of the machine over the last minute, its four cores shared: ${load.toFixed(1)}.`,
  ].join("\n\n");
}

/** As much text of our own as a run without a file needs. */
export const inventedSpeeches = (): Speech[] => [
  ...inventPlays(3, 4, 29, 3_000),
  ...["To be, or not to be, that is the question", "Barnardo, help the king to sleep", "love the night"].map(
    (text) => ({
      ...{ chat: "room-0", speaker: "speaker-1" },
      text,
    }),
  ),
];
