import { Fault } from "../../src/domain/fault.ts";
import { type Found, findParts, mayHold, type Part, parseQuery, snippetOf } from "../../src/domain/search-query.ts";
import { has, searchableText } from "../../src/domain/search-text.ts";
import type { MessageContent } from "../../src/protocol/content.ts";
import { messageId } from "../../src/protocol/ids.ts";
import type { History } from "../../src/protocol/rest.ts";
import type { HistoryAsk } from "../../src/protocol/rpc.ts";
import type { SearchAsk, SearchPage } from "../../src/protocol/search-rpc.ts";
import { withSenders } from "./history.ts";
import type { Room } from "./room.ts";
import type { MemberRow, MessageRow } from "./rows.ts";
import type { SearchIndex } from "./search-index.ts";
import { CHUNK_MESSAGES, chunkOf, type Spoken } from "./search-store.ts";
import { nameFor, toMessageFor } from "./wire.ts";

/** Messages that one search looks at, at most: what is left waits for the next page. */
const MESSAGES_READ = 20_000;
/** … and characters of them. */
const CHARS_READ = 4_000_000;
/** The newest matches among which the best are chosen. */
const MATCHES_RANKED = 200;
const DAY_MS = 86_400_000;
/** Half of what being new is worth is lost after so long. */
const HALF_LIFE_DAYS = 30;

interface Match {
  spoken: Spoken;
  text: string;
  found: Found;
}

/** How much was looked at, and the last of it. */
interface Reading {
  read: number;
  chars: number;
  at: number;
}
const isTired = ({ read, chars }: Reading): boolean => read >= MESSAGES_READ || chars >= CHARS_READ;

/** What a search looks for, and where: numbers of messages, both ends included. */
interface Quest {
  parts: readonly Part[];
  ask: SearchAsk;
  place: number | undefined;
  from: number;
  to: number;
  hidden: ReadonlySet<number>;
}

/** Finds messages as one member may see them (SPEC SRC). Every match is read from the log: the index only says where to look. */
export function search(room: Room, index: SearchIndex, viewer: MemberRow, ask: SearchAsk, now: number): SearchPage {
  const quest = questOf(room, index, viewer, ask);
  if (!quest) return pageOf(room, viewer, []);
  const limit = ask.order === "best" ? MATCHES_RANKED : ask.limit + 1;
  const matches: Match[] = [];
  const reading: Reading = { read: 0, chars: 0, at: quest.to + 1 };
  for (const match of matchesOf(room, index, viewer, quest, reading)) {
    matches.push(match);
    if (matches.length === limit) break;
  }
  const isCut = matches.length < limit && reading.at > quest.from && isTired(reading);
  if (ask.order === "best") return bestOf(room, viewer, matches, quest, isCut, now);
  const shown = matches.slice(0, ask.limit);
  const last = shown.at(-1);
  // What was found beyond the page says that there is more; the next page begins behind what was shown.
  const below = matches.length > ask.limit ? last?.spoken.seq : isCut ? reading.at : undefined;
  return {
    ...pageOf(room, viewer, shown),
    ...(below === undefined ? {} : { next: { below_seq: below } }),
    ...(isCut ? { is_partial: true } : {}),
  };
}

/** A page of the history that holds what was looked for, oldest first. */
export function searchHistory(
  room: Room,
  index: SearchIndex,
  viewer: MemberRow,
  ask: HistoryAsk & { search: string },
): History {
  if (ask.after_seq !== undefined || ask.around_seq !== undefined)
    throw new Fault("invalid", { message: "A search goes from the newest back: before_id alone says from where." });
  const { search: q, limit, cleared_seq } = ask;
  const before = ask.before_seq === undefined ? {} : { below_seq: ask.before_seq };
  const quest = questOf(room, index, viewer, { q, limit, order: "newest", cleared_seq, ...before });
  const rows: MessageRow[] = [];
  const reading: Reading = { read: 0, chars: 0, at: (quest?.to ?? 0) + 1 };
  for (const { spoken } of quest ? matchesOf(room, index, viewer, quest, reading) : []) {
    const row = room.store.message(spoken.seq);
    if (row) rows.push(row);
    if (rows.length > limit) break;
  }
  const isCut = quest !== undefined && rows.length <= limit && isTired(reading) && reading.at > quest.from;
  const shown = rows.slice(0, limit).reverse();
  const next = rows.length > limit ? shown[0]?.seq : isCut ? reading.at : undefined;
  const last = shown.at(-1)?.seq;
  return {
    messages: withSenders(room, viewer, shown),
    has_more: next !== undefined,
    ...(next === undefined ? {} : { next_before_id: messageId(room.chat.chat_id, next) }),
    has_newer: last !== undefined && last < room.headSeq && ask.before_seq !== undefined,
    head_seq: room.headSeq,
    rev: room.rev,
  };
}

/** Undefined where nothing can be found: nothing is asked for, or by somebody who never was here. */
function questOf(room: Room, index: SearchIndex, viewer: MemberRow, ask: SearchAsk): Quest | undefined {
  // Who goes through very many chats soon knows how new a message has to be: most chats are done with here.
  if (ask.after_ms !== undefined && (room.last?.created_at ?? 0) < ask.after_ms) return undefined;
  const parts = parseQuery(ask.q);
  const isFiltered = [ask.from, ask.has, ask.message_type, ask.after_ms, ask.before_ms].some((f) => f !== undefined);
  if (ask.q === "" ? !isFiltered : parts.length === 0) return undefined;
  const sender = ask.from === undefined ? undefined : room.member(ask.from);
  if (ask.from !== undefined && !sender) return undefined;
  let from = Math.max(1, viewer.first_seq, (ask.cleared_seq ?? 0) + 1);
  let to = Math.min(room.headSeq, (ask.below_seq ?? Number.MAX_SAFE_INTEGER) - 1);
  if (ask.after_ms !== undefined) from = index.store.firstSince(ask.after_ms, from, to);
  if (ask.before_ms !== undefined) to = index.store.firstSince(ask.before_ms, from, to) - 1;
  return { parts, ask, place: sender?.place, from, to, hidden: new Set(ask.hidden) };
}

/** Matches, newest first; `reading` says how many messages were looked at, and the last of them. */
function* matchesOf(
  room: Room,
  index: SearchIndex,
  viewer: MemberRow,
  quest: Quest,
  reading: Reading,
): Generator<Match> {
  const { parts, ask, place, from, to } = quest;
  const { upTo } = index;
  function* among(after: number, last: number): Generator<Match> {
    for (const row of index.store.spokenDown(after, last)) {
      if (isTired(reading)) return;
      reading.read++;
      reading.chars += row.content.length;
      reading.at = row.seq;
      const match = matchOf(room, viewer, row, quest);
      if (match) yield match;
    }
  }
  if (to > upTo && index.isInTail(parts)) yield* among(Math.max(upTo, from - 1), to);
  const indexed = Math.min(upTo, to);
  if (indexed < from) return;
  const marks = { place, message_type: ask.message_type, has: ask.has };
  for (const chunk of index.candidates(parts, marks, chunkOf(from), chunkOf(indexed))) {
    if (isTired(reading)) return;
    yield* among(Math.max(from - 1, (chunk - 1) * CHUNK_MESSAGES), Math.min(indexed, chunk * CHUNK_MESSAGES));
  }
  if (!isTired(reading)) reading.at = from;
}

function matchOf(room: Room, viewer: MemberRow, spoken: Spoken, { parts, ask, hidden }: Quest): Match | undefined {
  if (hidden.has(spoken.seq)) return undefined;
  if (ask.from !== undefined && spoken.sender_id !== ask.from) return undefined;
  if (ask.message_type !== undefined && spoken.message_type !== ask.message_type) return undefined;
  if (!mayHold(spoken.content, parts)) return undefined;
  const content = JSON.parse(spoken.content) as MessageContent;
  if (ask.has !== undefined && !has(content, ask.has)) return undefined;
  const text = searchableText(content);
  const found = findParts(parts, text);
  if (!found || room.isHiddenFrom(viewer, spoken)) return undefined;
  return { spoken, text, found };
}

/**
 * Whole words before begun ones, then what says it more often and in fewer words, then what is newer: by days, so that
 * chats that are asked one after the other, and the next page, judge alike.
 */
function scoreOf({ spoken, text, found }: Match, now: number): number {
  const age = Math.max(0, Math.floor(now / DAY_MS) - Math.floor(spoken.created_at / DAY_MS));
  const density = Math.min(1, (found.ranges.length * 12) / (text.length + 12));
  return 2 * found.exactness + density + 0.5 ** (age / HALF_LIFE_DAYS);
}

function bestOf(
  room: Room,
  viewer: MemberRow,
  matches: readonly Match[],
  { ask, to }: Quest,
  isCut: boolean,
  now: number,
): SearchPage {
  const scored = matches.map((match) => ({ match, score: scoreOf(match, now) }));
  scored.sort((a, b) => b.score - a.score || b.match.spoken.seq - a.match.spoken.seq);
  const first = ask.offset ?? 0;
  const page = scored.slice(first, first + ask.limit);
  const next = first + page.length;
  const { hits, ...rest } = pageOf(
    room,
    viewer,
    page.map(({ match }) => match),
  );
  return {
    ...rest,
    hits: hits.map((hit, i) => ({ ...hit, score: page[i]?.score ?? 0 })),
    // The same messages are ranked for every page, whatever was said since.
    ...(next < scored.length ? { next: { below_seq: to + 1, offset: next } } : {}),
    ...(isCut ? { is_partial: true } : {}),
  };
}

const pageOf = (room: Room, viewer: MemberRow, matches: readonly Match[]): SearchPage => ({
  chat_name: matches.length === 0 ? "" : nameFor(room, viewer),
  hits: matches.flatMap(({ spoken, text, found }) => {
    const row = room.store.message(spoken.seq);
    if (!row) return [];
    const sender_name = room.member(row.sender_id)?.display_name ?? "";
    return [{ message: toMessageFor(room, viewer, row), sender_name, ...snippetOf(text, found.ranges) }];
  }),
});
