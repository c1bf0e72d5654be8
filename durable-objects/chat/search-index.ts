import type { Part } from "../../src/domain/search-query.ts";
import { fold, has, LAYOUT, searchableText, words } from "../../src/domain/search-text.ts";
import type { MessageContent } from "../../src/protocol/content.ts";
import type { Room } from "./room.ts";
import type { MessageRow } from "./rows.ts";
import { CHUNK_MESSAGES, chunkOf, SearchStore } from "./search-store.ts";
import { SearchTail } from "./search-tail.ts";
import { WordFilter } from "./word-filter.ts";

/** Messages without an index that are looked through as they are: a search brings it up to date beyond these … */
export const SEARCH_TAIL = 64;
/** … and the alarm beyond these: a conversation of an evening costs nothing at all. */
const IDLE_TAIL = 256;
/** Rows of the index that are added at a time, so that nobody waits for them. */
const CHUNKS_PER_SEARCH = 64;
const CHUNKS_PER_ALARM = 256;
/** … and characters that are read for it: the longest texts are five hundred times as long as most. */
const CHARS_AT_ONCE = 2_000_000;
/** Steps of the clock that a wake may have to look at again before it is written how far the index has come. */
const REVS_UNSAID = 256;

/** Words of one message that are kept, in characters: sixteen messages must fit a row. What has more is always looked at. */
const WORDS_CHARS = 100_000;
/** Parts of a query that the index is asked for; the messages themselves are asked for all. */
const PARTS_ASKED = 8;
/** Words of one part that the index is asked for. */
const WORDS_ASKED = 24;
/** Rows up to which a filter is kept: it is made anew from all of them when one is rewritten. */
const CHUNKS_FILTERED = 512;
const NO_FILTER = new ArrayBuffer(0);

/** Says that a row does not hold all the words of its messages. No word begins with an underscore. */
const OVERFULL = "_over";

/** What narrows a search beside words. */
export interface Marks {
  /** Place of the sender (`MemberRow.place`). */
  place?: number | undefined;
  message_type?: string | undefined;
  has?: "link" | "file" | "mention" | undefined;
}

/**
 * The chat's index of words. A row holds the words of sixteen messages, each with the digit of its message before it, so
 * that one question ("a word and another in the same message", "these words in this order") is answered exactly by rows
 * that are a sixteenth as many. It is kept in order by looking: what was added since, and what the log says has changed.
 */
export class SearchIndex {
  readonly store: SearchStore;
  readonly #room: Room;
  readonly #tail: SearchTail;
  /** Rows that there are; undefined before the first look. */
  #chunks: number | undefined;
  /** The step of the clock up to which changes were looked at, and the one that is written down. */
  #seenRev = 0;
  #writtenRev = 0;
  #isRestated = false;
  /** Rows that are not what the log says, and were too many to rewrite at once: they are always looked through. */
  #stale = new Set<number>();
  /** Beginnings of all words of the rows; null: there are too many; undefined: not made yet. */
  #filter: WordFilter | null | undefined;

  constructor(room: Room) {
    this.#room = room;
    this.store = new SearchStore(room.store.db);
    this.#tail = new SearchTail(this.store);
  }

  /** Everything up to here is in the index, but for what will disappear. */
  get upTo(): number {
    return this.#count() * CHUNK_MESSAGES;
  }

  #count(): number {
    if (this.#chunks !== undefined) return this.#chunks;
    const state = this.store.state();
    // Changes that were forgotten before the index saw them: nobody knows any more what is wrong with it.
    const isKept = state?.layout === LAYOUT && state.rev >= this.#room.chat.changes_after;
    this.#chunks = isKept ? (state.chunks ?? this.store.lastChunk()) : 0;
    // Without the number of rows, an older program may have written some that the filter has not heard of.
    this.#filter = isKept && state.chunks !== null ? filterOf(state.filter) : undefined;
    this.#seenRev = this.#writtenRev = isKept ? state.rev : 0;
    this.#stale.clear();
    return this.#chunks;
  }

  /** A message no longer says what it said, or has more to say. */
  restated({ seq, edited_at, deleted_at }: MessageRow): void {
    if (edited_at === null && deleted_at === null) return;
    if (seq <= this.upTo) this.#isRestated = true;
    else this.#tail.forget();
  }

  /** May the parts stand in one of the newest messages, which are not in the index? No is certain. */
  isInTail(parts: readonly Part[]): boolean {
    return this.#tail.mayHold(parts, this.upTo, this.#room.headSeq);
  }

  /** Is there something that the index must forget? Asked once for each time. */
  takeRestated(): boolean {
    const isRestated = this.#isRestated;
    this.#isRestated = false;
    return isRestated;
  }

  /** Brings the index up to date before a search; what is left over is looked through. True if much is left. */
  beforeSearch(): boolean {
    return this.#keepUp(SEARCH_TAIL, CHUNKS_PER_SEARCH);
  }

  /** The alarm's share. True if more is to be done soon. */
  whenIdle(): boolean {
    return this.#keepUp(IDLE_TAIL, CHUNKS_PER_ALARM);
  }

  #keepUp(tail: number, atMost: number): boolean {
    const { db } = this.#room.store;
    const chunks = this.#count();
    if (chunks > 0) this.#follow();
    const isLong = this.#room.headSeq - this.upTo >= tail;
    const isKnown = chunks === 0 || (this.#filter !== undefined && this.#seenRev <= this.#writtenRev + REVS_UNSAID);
    // Most often: a transaction alone would cost more than all of the search.
    if (!isLong && isKnown && this.#stale.size === 0) return false;
    try {
      return db.transaction(() => {
        const budget = { chars: CHARS_AT_ONCE };
        const rewritten = this.#rewrite(budget);
        const added = isLong ? this.#add(atMost, budget) : 0;
        const isFilterNew = this.#count() > 0 && this.#keepFilter(rewritten, added);
        if (rewritten > 0 || added > 0 || isFilterNew || this.#seenRev > this.#writtenRev + REVS_UNSAID) this.#say();
        return this.#stale.size > 0 || this.#room.headSeq - this.upTo >= Math.max(tail, IDLE_TAIL);
      });
    } catch (error) {
      // Nothing was written: nothing is known.
      this.#chunks = undefined;
      throw error;
    }
  }

  #say(): void {
    const chunks = this.#count();
    if (chunks === 0) return;
    // A later life knows of stale rows by the changes alone: they must not be behind it.
    const isBehind = this.#stale.size > 0 && this.#writtenRev > 0;
    if (!isBehind) this.#writtenRev = this.#seenRev;
    const filter = this.#filter === undefined ? null : (this.#filter?.stored ?? NO_FILTER);
    this.store.putState({ layout: LAYOUT, rev: this.#writtenRev, chunks, filter });
  }

  /**
   * Makes the filter if there is none, and anew after rows were rewritten: nothing of a word that was taken out may stay
   * in it. Returns whether it is another one.
   */
  #keepFilter(rewritten: number, added: number): boolean {
    if (this.#filter === null) return false;
    if (this.#filter !== undefined && rewritten === 0) {
      if (added === 0 || !this.#filter.isFull) return false;
      this.#filter = null;
      return true;
    }
    const filter = this.#count() <= CHUNKS_FILTERED ? new WordFilter() : null;
    if (filter) for (const body of this.store.bodies()) addBody(filter, body);
    this.#filter = filter?.isFull ? null : filter;
    return true;
  }

  /** Notes the rows of messages that have changed since. */
  #follow(): void {
    const { rev } = this.#room;
    if (this.#seenRev >= rev) return;
    for (const { messages } of this.store.changes(this.#seenRev, Number.MAX_SAFE_INTEGER)) {
      for (const seq of messages) if (seq <= this.upTo) this.#stale.add(chunkOf(seq));
    }
    this.#seenRev = rev;
  }

  /** Rewrites rows that are not what the log says. Returns how many. */
  #rewrite(budget: { chars: number }): number {
    let rewritten = 0;
    for (const chunk of this.#stale) {
      if (budget.chars <= 0) break;
      const body = this.#bodyOf(chunk, budget);
      this.#stale.delete(chunk);
      if (this.#filter) addBody(this.#filter, body);
      // Most changes are reactions: what the row says stays true.
      if (this.store.body(chunk) === body) continue;
      this.store.rewrite(chunk, body);
      rewritten++;
    }
    return rewritten;
  }

  #add(atMost: number, budget: { chars: number }): number {
    const { headSeq, rev } = this.#room;
    const first = this.#count() + 1;
    if (first === 1) {
      this.store.make();
      this.#filter = new WordFilter();
    }
    const last = Math.min(Math.floor(headSeq / CHUNK_MESSAGES), first + atMost - 1);
    let chunk = first;
    for (; chunk <= last && (budget.chars > 0 || chunk === first); chunk++) {
      const body = this.#bodyOf(chunk, budget);
      this.store.insert(chunk, body);
      if (this.#filter) addBody(this.#filter, body);
    }
    if (chunk - 1 > CHUNKS_FILTERED) this.#filter = null;
    // The first rows are written from the log as it is now.
    if (first === 1) this.#seenRev = rev;
    this.#chunks = chunk - 1;
    return chunk - first;
  }

  /** The words of a row, as the log is now. */
  #bodyOf(chunk: number, budget: { chars: number }): string {
    const upTo = chunk * CHUNK_MESSAGES;
    const bodies: string[] = [];
    let isOverfull = false;
    for (const row of this.store.messagesDown(upTo - CHUNK_MESSAGES, upTo)) {
      budget.chars -= row.content?.length ?? 0;
      const slot = slotOf(row.seq);
      const { marks, found } = wordsOf(this.#room, row);
      const kept: string[] = [];
      let chars = 0;
      for (const word of found) {
        // A letter takes up to three bytes, and the digit and the space one each.
        chars += 3 * word.length + 2;
        if (chars > WORDS_CHARS) break;
        kept.push(word);
      }
      isOverfull ||= kept.length < found.length;
      bodies.push([...marks, ...kept].map((word) => slot + word).join(" "));
    }
    return [...(isOverfull ? [OVERFULL] : []), ...bodies.filter((body) => body !== "")].join(" ");
  }

  /**
   * Rows in which the parts and marks may be found, newest first; undefined if the index cannot say, because nothing is
   * asked of it. Also those that hold what is not in the index.
   */
  *candidates(parts: readonly Part[], marks: Marks, from: number, to: number): Generator<number> {
    const expression = expressionOf(parts, marks);
    // Where nothing will ever disappear, there is nothing to ask for.
    const fleeting = this.#room.timers.expiryAt === undefined ? [] : this.store.disappearing(from, to);
    const besides = new Set([...fleeting, ...this.#stale].filter((c) => c >= from && c <= to));
    const unsure = [...besides].sort((a, b) => b - a);
    if (expression === undefined) {
      for (let chunk = to; chunk >= from; chunk--) yield chunk;
      return;
    }
    if (this.#filter?.mayHold(parts) === false) {
      yield* unsure;
      return;
    }
    let next = unsure.shift();
    for (const chunk of this.store.matches(expression, from, to)) {
      while (next !== undefined && next >= chunk) {
        if (next > chunk) yield next;
        next = unsure.shift();
      }
      yield chunk;
    }
    while (next !== undefined) {
      yield next;
      next = unsure.shift();
    }
  }
}

function filterOf(stored: ArrayBuffer | null): WordFilter | null | undefined {
  if (stored === null) return undefined;
  return stored.byteLength === 0 ? null : WordFilter.of(stored);
}

/** The words of a row, without the digits of their messages and without marks. */
function addBody(filter: WordFilter, body: string): void {
  for (const token of body === "" ? [] : body.split(" ")) {
    if (token === OVERFULL) filter.lacks();
    else if (token[1] !== "_") filter.add(token.slice(1));
  }
}

const slotOf = (seq: number): string => ((seq - 1) % CHUNK_MESSAGES).toString(16);

/** The words and marks of a message; none of what is gone, will disappear, or is a notice. */
function wordsOf(room: Room, row: MessageRow): { marks: string[]; found: string[] } {
  if (row.content === null || row.message_type === "system" || row.expires_at !== null) return { marks: [], found: [] };
  const content = JSON.parse(row.content) as MessageContent;
  const place = room.member(row.sender_id)?.place;
  const marks = [
    ...(place === undefined ? [] : [senderMark(place)]),
    ...(row.message_type === "text" ? [] : [typeMark(row.message_type)]),
    ...(["link", "mention"] as const).filter((what) => has(content, what)).map(hasMark),
  ];
  return { marks, found: words(fold(searchableText(content))).map((word) => word.text) };
}

const senderMark = (place: number): string => `_u${place}`;
const typeMark = (type: string): string => `_t${type}`;
const hasMark = (what: string): string => `_h${what}`;

/**
 * What FTS5 is asked: for each of the sixteen messages of a row, all parts and marks at once. It is made of words alone,
 * each in quotation marks, so that nothing that was typed has a meaning for FTS5.
 */
function expressionOf(parts: readonly Part[], marks: Marks): string | undefined {
  const clauses = parts.slice(0, PARTS_ASKED).map((part) => {
    const asked = part.words.slice(0, WORDS_ASKED);
    return { asked, isBegun: part.isBegun && asked.length === part.words.length };
  });
  const marked = [
    ...(marks.place === undefined ? [] : [senderMark(marks.place)]),
    ...(marks.message_type === undefined || marks.message_type === "text" ? [] : [typeMark(marks.message_type)]),
    ...(marks.has === undefined ? [] : [hasMark(marks.has)]),
  ];
  if (clauses.length + marked.length === 0) return undefined;
  const slots = Array.from({ length: CHUNK_MESSAGES }, (_, i) => i.toString(16));
  const perMessage = slots.map((slot) =>
    [
      ...marked.map((mark) => `"${slot}${mark}"`),
      ...clauses.map(({ asked, isBegun }) => `"${asked.map((word) => slot + word).join(" ")}"${isBegun ? "*" : ""}`),
    ].join(" AND "),
  );
  return `${perMessage.map((all) => `(${all})`).join(" OR ")} OR "${OVERFULL}"`;
}
