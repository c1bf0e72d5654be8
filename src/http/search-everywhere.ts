import { asFault, Fault } from "../domain/fault.ts";
import type { DataOf } from "../protocol/rest.ts";
import type { SearchAsk, SearchableChat, SearchPage } from "../protocol/search-rpc.ts";
import type { Env } from "./env.ts";
import { askChat, askHub } from "./object-call.ts";

/** Chats that are asked at a time, in one request, and for how long; what is left has its turn with the next page. */
const CHATS_AT_ONCE = 24;
const CHATS_PER_REQUEST = 400;
const BUDGET_MS = 2_500;
/** Hits that each chat is asked for at first: most pages are made of many chats, a few hits each. */
const FIRST_HITS = 5;
/** A hub may learn so late that a chat has spoken. */
const SLACK_MS = 5_000;
/** Among so many of each chat the best of all are chosen. */
const RANKED = 100;
/** Stands for "just now" in a cursor. */
const NOW_MS = 9_999_999_999_999;

type Found = DataOf<"search">;
type Hit = Found["hits"][number] & { score?: number };

/** Where a chat stands in the order in which chats are asked: the latest first. */
interface Turn {
  at: number;
  chat_id: string;
}

/** Where a page ended: chats after `start` and up to `end` are being shown, messages behind `key`. */
interface Place {
  start?: Turn | undefined;
  end?: Turn | undefined;
  key?: { at: number; chat_id: string; seq: number } | undefined;
}

interface Answers {
  hits: Hit[];
  /** Somebody has more than they said, or was not asked because enough had been said. */
  hasMore: boolean;
  isPartial: boolean;
  /** Chats that had their turn. */
  asked: number;
}

/**
 * Finds messages in all chats of a person, newest or best first over all of them. The hub knows the chats, each chat
 * answers for itself with its own rights; one that fails or is late makes the answer partial, not wrong.
 */
export async function searchEverywhere(
  env: Pick<Env, "CHATS" | "USERS">,
  userId: string,
  ask: SearchAsk,
  cursor: string | undefined,
): Promise<Found> {
  const isBest = ask.order === "best";
  const offset = isBest ? readOffset(cursor) : 0;
  const place = isBest ? {} : readPlace(cursor);
  const all = await askHub(env, userId, (hub) => hub.searchable());
  const rest = all.filter((chat) => hasTurn(turnOf(chat), place));
  const chats = rest.slice(0, CHATS_PER_REQUEST);
  const answers = await askChats(env, userId, chats, isBest ? { ...ask, limit: RANKED } : ask, place);
  if (isBest) return bestPage(answers, rest.length > answers.asked, offset, ask.limit);

  const hits = answers.hits.slice(0, ask.limit);
  const last = hits.at(-1);
  const isLeft = answers.asked < rest.length;
  const lastAsked = chats[answers.asked - 1];
  // Where the turn of some has not come, this page and the next ones are those of who had it.
  const end = isLeft && lastAsked ? turnOf(lastAsked) : place.end;
  const { hasMore } = answers;
  const next: Place | undefined =
    hasMore && last
      ? { ...place, end, key: keyOf(last) }
      : end && all.some((chat) => isAfter(turnOf(chat), end))
        ? { start: end }
        : undefined;
  return {
    hits: hits.map(({ score: _, ...hit }) => hit),
    ...(next ? { next_cursor: writePlace(next) } : {}),
    ...(answers.isPartial || isLeft ? { is_partial: true } : {}),
  };
}

/**
 * Asks chat after chat, several at a time, until all have answered, enough was found, or time is up. Each says a little;
 * of those that the page turns out to be made of, the rest is asked.
 */
async function askChats(
  env: Pick<Env, "CHATS">,
  userId: string,
  chats: readonly SearchableChat[],
  ask: SearchAsk,
  place: Place,
): Promise<Answers> {
  const until = Date.now() + BUDGET_MS;
  const answers: Answers = { hits: [], hasMore: false, isPartial: false, asked: 0 };
  // One more than is shown: it says that there is more.
  const kept = ask.limit + 1;
  const isBest = ask.order === "best";
  const begun: { chat: SearchableChat; below_seq: number; last: Hit }[] = [];
  let isEnough = false;
  const take = async (chat: SearchableChat, one: SearchAsk): Promise<void> => {
    // When the page is full, only what is newer than its last hit can still come into it.
    const beyond = isBest ? undefined : answers.hits[ask.limit];
    const after_ms = beyond ? Math.max(one.after_ms ?? 0, timeOf(beyond)) : one.after_ms;
    const page = await searchOne(env, userId, chat, { ...one, after_ms }, until - Date.now());
    if (page === "failed") answers.isPartial = true;
    if (!page || page === "failed") return;
    const hits: Hit[] = page.hits.map((hit) => ({ ...hit, chat_name: page.chat_name }));
    answers.hits.push(...hits);
    answers.hits.sort(isBest ? byScore : byTime);
    answers.hasMore ||= page.next !== undefined || answers.hits.length > ask.limit;
    answers.hits.splice(kept);
    answers.isPartial ||= page.is_partial === true;
    const last = hits.at(-1);
    if (page.next && last) begun.push({ chat, below_seq: page.next.below_seq, last });
  };
  const first = isBest ? ask : { ...ask, limit: Math.min(ask.limit, FIRST_HITS) };
  const work = async (): Promise<void> => {
    while (answers.asked < chats.length && !isEnough && Date.now() < until) {
      const chat = chats[answers.asked];
      if (!chat) return;
      // Chats come latest first: when the page is full of what is newer than this one's last word, the others can wait.
      isEnough = !isBest && isFull(answers.hits, ask.limit, chat);
      if (isEnough) return;
      answers.asked++;
      await take(chat, behind(first, chat, place));
    }
  };
  await Promise.all(Array.from({ length: CHATS_AT_ONCE }, work));
  if (!isBest && first.limit < ask.limit) {
    // What such a chat has not said yet may belong on this page.
    const rest = begun.splice(0).filter(({ last }) => answers.hits.length < kept || answers.hits.includes(last));
    await eachOf(rest, ({ chat, below_seq }) => take(chat, { ...behind(ask, chat, place), below_seq }));
  }
  return isEnough ? { ...answers, hasMore: true, asked: chats.length } : answers;
}

async function eachOf<T>(items: readonly T[], work: (item: T) => Promise<void>): Promise<void> {
  const left = [...items];
  const worker = async (): Promise<void> => {
    for (let item = left.shift(); item !== undefined; item = left.shift()) await work(item);
  };
  await Promise.all(Array.from({ length: Math.min(CHATS_AT_ONCE, items.length) }, worker));
}

/** Undefined where the person is no longer a member. */
async function searchOne(
  env: Pick<Env, "CHATS">,
  userId: string,
  { chat_id, hidden, cleared_seq }: SearchableChat,
  ask: SearchAsk,
  withinMs: number,
): Promise<SearchPage | "failed" | undefined> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<"failed">((resolve) => {
    timer = setTimeout(() => resolve("failed"), Math.max(1, withinMs));
  });
  try {
    return await Promise.race([
      askChat(env, chat_id, (chat) => chat.search(userId, { ...ask, hidden, cleared_seq })),
      late,
    ]);
  } catch (error) {
    const code = asFault(error)?.code;
    return code === "removed" || code === "not_found" ? undefined : "failed";
  } finally {
    clearTimeout(timer);
  }
}

/** Is a page full of what is newer than the last word of this chat? */
function isFull(hits: readonly Hit[], limit: number, chat: SearchableChat): boolean {
  const beyond = hits[limit];
  return beyond !== undefined && chat.last_ms !== null && timeOf(beyond) > chat.last_ms + SLACK_MS;
}

/** What one chat is asked, so that it answers only what comes behind the last page. */
function behind(ask: SearchAsk, { chat_id }: SearchableChat, { key }: Place): SearchAsk {
  if (!key) return ask;
  // Of the same millisecond, chats are shown in the order of their ids.
  const before = chat_id < key.chat_id ? key.at : key.at + 1;
  return {
    ...ask,
    before_ms: Math.min(ask.before_ms ?? Number.MAX_SAFE_INTEGER, before),
    ...(chat_id === key.chat_id ? { below_seq: key.seq } : {}),
  };
}

function bestPage({ hits, isPartial }: Answers, isLeft: boolean, offset: number, limit: number): Found {
  const ranked = hits.slice(0, RANKED);
  const page = ranked.slice(offset, offset + limit);
  const next = offset + page.length;
  return {
    hits: page.map(({ score: _, ...hit }) => hit),
    ...(page.length > 0 && next < ranked.length ? { next_cursor: `best.${next}` } : {}),
    ...(isPartial || isLeft ? { is_partial: true } : {}),
  };
}

const timeOf = (hit: Hit): number => Date.parse(hit.message.created_at);
const byTime = (a: Hit, b: Hit): number =>
  timeOf(b) - timeOf(a) || compare(a.message.chat_id, b.message.chat_id) || b.message.seq - a.message.seq;
const byScore = (a: Hit, b: Hit): number => (b.score ?? 0) - (a.score ?? 0) || byTime(a, b);
const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
const keyOf = (hit: Hit) => ({ at: timeOf(hit), chat_id: hit.message.chat_id, seq: hit.message.seq });

const turnOf = ({ chat_id, last_ms }: SearchableChat): Turn => ({ at: last_ms ?? NOW_MS, chat_id });
const isAfter = (turn: Turn, other: Turn): boolean =>
  turn.at < other.at || (turn.at === other.at && turn.chat_id > other.chat_id);
const hasTurn = (turn: Turn, { start, end }: Place): boolean =>
  (!start || isAfter(turn, start)) && (!end || !isAfter(turn, end));

function writePlace({ start, end, key }: Place): string {
  const turn = (of: Turn | undefined) => (of ? `${of.at}${of.chat_id}` : "");
  return [turn(start), turn(end), key ? `${key.at}${key.chat_id}.${key.seq}` : ""].join("~");
}

const TURN = "(?:([0-9]{1,13})([dgcb][0-9a-z]{25}))?";
const PLACE = new RegExp(`^${TURN}~${TURN}~(?:([0-9]{1,13})([dgcb][0-9a-z]{25})\\.([1-9][0-9]{0,14}))?$`);

function readPlace(cursor: string | undefined): Place {
  if (cursor === undefined) return {};
  const [whole, startAt, start, endAt, end, keyAt, key, seq] = PLACE.exec(cursor) ?? [];
  if (whole === undefined) throw unknownCursor();
  return {
    ...(start === undefined ? {} : { start: { at: Number(startAt), chat_id: start } }),
    ...(end === undefined ? {} : { end: { at: Number(endAt), chat_id: end } }),
    ...(key === undefined ? {} : { key: { at: Number(keyAt), chat_id: key, seq: Number(seq) } }),
  };
}

function readOffset(cursor: string | undefined): number {
  if (cursor === undefined) return 0;
  const [, offset] = /^best\.([0-9]{1,4})$/.exec(cursor) ?? [];
  if (offset === undefined) throw unknownCursor();
  return Number(offset);
}

const unknownCursor = (): Fault =>
  new Fault("invalid", {
    message: "The query is not valid.",
    details: [{ path: "cursor", message: "not a cursor of this list" }],
  });
