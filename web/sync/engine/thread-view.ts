import { expired, isOver } from "../../../src/domain/expiry.ts";
import type { Message } from "../../../src/protocol/message.ts";
import type { ThreadEntry } from "../../../src/protocol/thread-routes.ts";
import type { ThreadScreen, TimelineMessage } from "../client.ts";
import type { ChatPicture } from "./chat-view.ts";
import { RowPainter } from "./row-painter.ts";
import { rootOf } from "./timeline-message.ts";

/** One open thread on one screen: its first message, and the answers from some place to the latest. */
export class ThreadView {
  readonly id: string;
  readonly root_seq: number;
  is_loading = false;
  is_gone = false;
  /** The server has said how the thread stands. */
  is_told = false;
  /** The first page is on its way: only then is known what was unread on opening. */
  is_awaited = true;
  /** How far was read meanwhile. */
  held_read = 0;
  /** Grows whenever everything that was known is void: what was read before then, too. */
  life = 0;
  #root: Message | undefined;
  #rows = new Map<number, Message>();
  #sorted: readonly Message[] | undefined;
  /** Rows that changed while a page was on its way: it cannot bring back what they undid. */
  #passing: Message[] = [];
  /** Answers before the first one here, as far as is known. */
  #hasOlder = false;
  #isFollowing = false;
  #toldUnread = 0;
  #readAtOpening: number | undefined;
  #firstUnread: number | undefined;
  #isLineFixed = false;
  readonly #painter = new RowPainter((seq) => (seq === this.root_seq ? this.#root : this.#rows.get(seq)));
  #messages: readonly TimelineMessage[] = [];
  #last: ThreadScreen | undefined;

  /** `lineSeq`: before which answer the "New" line stood on the screen already. */
  constructor(id: string, rootSeq: number, lineSeq?: number) {
    this.id = id;
    this.root_seq = rootSeq;
    this.#firstUnread = lineSeq;
    this.#isLineFixed = lineSeq !== undefined;
  }

  /** Oldest first. */
  get rows(): readonly Message[] {
    this.#sorted ??= [...this.#rows.values()].sort((a, b) => a.seq - b.seq);
    return this.#sorted;
  }

  get low(): number | undefined {
    return this.rows[0]?.seq;
  }

  get hasOlder(): boolean {
    return this.#hasOlder;
  }

  get root(): Message | undefined {
    return this.#root;
  }

  /** What this device has of the chat, whole from its first row to the head. True if that is all of the thread. */
  cached(messages: Iterable<Message>): void {
    let first = Number.POSITIVE_INFINITY;
    const rows: Message[] = [];
    for (const message of messages) {
      first = Math.min(first, message.seq);
      if (message.seq === this.root_seq || rootOf(message) === this.root_seq) rows.push(message);
    }
    if (!this.is_told) this.#hasOlder = first > this.root_seq + 1;
    // Whole to the head, so that they leave no hole, however far they reach back.
    for (const row of rows) if (row.seq !== this.root_seq) this.#put(row);
    this.merge(rows);
  }

  /** A page of answers, oldest first: the latest, or those before the ones that are here. */
  page(rows: readonly Message[], hasMore: boolean, thread: ThreadEntry, isLatest: boolean): void {
    this.is_told = true;
    const low = this.low;
    const first = rows[0]?.seq;
    for (const row of rows) this.#put(row);
    this.merge([thread.root, ...this.#passing]);
    this.#passing = [];
    // What was here reaches back beyond the page: whether there is more before it, the page cannot tell.
    if (!isLatest || low === undefined || first === undefined || first <= low) this.#hasOlder = hasMore;
    this.#isFollowing = thread.is_following;
    this.#toldUnread = thread.unread;
    // Of who does not follow nobody keeps a cursor: nothing that is here is news to them.
    this.#readAtOpening ??= thread.is_following ? thread.read_seq : (this.rows.at(-1)?.seq ?? 0);
  }

  merge(rows: readonly Message[]): void {
    for (const row of rows) {
      if (row.seq === this.root_seq) {
        if (!this.#root || row.rev > this.#root.rev) this.#root = row;
        continue;
      }
      if (rootOf(row) !== this.root_seq) continue;
      if (this.is_loading) this.#passing.push(row);
      // From before the first one here: the page that reaches back to it will bring it.
      if (this.#rows.has(row.seq) || !this.#hasOlder || row.seq > (this.low ?? 0)) this.#put(row);
    }
  }

  /** What was unread on opening begins before the first answer here. */
  get isLineBeyond(): boolean {
    const low = this.low;
    return this.#hasOlder && this.#toldUnread > 0 && low !== undefined && low > (this.#readAtOpening ?? low) + 1;
  }

  /** There is a "New" line: it stands where reading goes on. */
  get hasLine(): boolean {
    return this.#firstUnread !== undefined;
  }

  /** The "New" line stands before what was unread on opening, and stays there. */
  #fixLine(me: string, readSeq: number): void {
    if (this.#isLineFixed || this.#readAtOpening === undefined || this.isLineBeyond) return;
    this.#isLineFixed = true;
    const from = Math.max(this.#readAtOpening, readSeq);
    this.#firstUnread = this.rows.find((row) => isUnread(row, from, me))?.seq;
  }

  #put(row: Message): void {
    const known = this.#rows.get(row.seq);
    if (known && known.rev >= row.rev) return;
    this.#rows.set(row.seq, row);
    this.#sorted = undefined;
  }

  /** Everything that was known of the chat is void. */
  replaced(): void {
    this.#root = undefined;
    this.#rows = new Map();
    this.#passing = [];
    this.#sorted = undefined;
    this.#hasOlder = false;
    this.is_told = false;
    this.is_loading = false;
    this.life++;
  }

  expire(now: number): void {
    if (this.#root && isOver(this.#root, now)) this.#root = expired(this.#root);
    for (const row of this.#rows.values()) {
      if (!isOver(row, now)) continue;
      this.#rows.set(row.seq, expired(row));
      this.#sorted = undefined;
    }
  }

  /** `readSeq`: how far this person has read here; undefined while nobody has said. */
  screen(picture: ChatPicture, readSeq: number | undefined): ThreadScreen {
    const brush = this.#painter.brush(picture);
    const shown = this.rows.filter((row) => !picture.hidden.has(row.seq));
    const drawn = shown.map((row) => brush.row(row));
    let isFollowing = this.#isFollowing;
    for (const row of picture.outbox) {
      if (row.kind === "message" && row.thread_root_seq === this.root_seq) {
        drawn.push(brush.unsent(row));
        // Who answers follows.
        isFollowing = true;
      } else if (row.command?.type === "FOLLOW_THREAD" && row.target_seq === this.root_seq) {
        isFollowing = row.command.is_following;
      }
    }
    const isSame = drawn.length === this.#messages.length && drawn.every((message, i) => message === this.#messages[i]);
    if (!isSame) this.#messages = drawn;
    this.#fixLine(picture.me, readSeq ?? 0);
    const from = readSeq ?? this.#readAtOpening;
    const first = this.#firstUnread;
    // Deleted by its reader for themselves: the line stands before the next one.
    const firstSeq =
      first !== undefined && picture.hidden.has(first) ? shown.find((row) => row.seq > first)?.seq : first;
    const counted = from === undefined ? 0 : shown.filter((row) => isUnread(row, from, picture.me)).length;
    const isBeyond = this.#hasOlder && from !== undefined && from < (this.low ?? 0) && !this.#hasRead(readSeq);
    const next: ThreadScreen = {
      status: this.is_gone || picture.is_gone ? "gone" : this.#root || this.is_told ? "ready" : "loading",
      chat_id: picture.chat_id,
      ...(this.#root && !picture.hidden.has(this.root_seq) ? { root: brush.row(this.#root) } : {}),
      messages: this.#messages,
      has_older: this.#hasOlder && (this.low ?? 0) > picture.hidden.cleared,
      is_loading_older: this.is_loading,
      is_following: isFollowing,
      unread: isBeyond ? Math.max(this.#toldUnread, counted) : counted,
      ...(firstSeq === undefined ? {} : { first_unread_seq: firstSeq }),
    };
    if (!this.#last || !isSameThread(this.#last, next)) this.#last = next;
    return this.#last;
  }

  /** Somebody has read here since the server counted. */
  #hasRead(readSeq: number | undefined): boolean {
    return readSeq !== undefined && readSeq > (this.#readAtOpening ?? 0);
  }

  /** A command of this device took effect. */
  followed(isFollowing: boolean): void {
    this.#isFollowing = isFollowing;
  }
}

const isUnread = (row: Message, after: number, me: string): boolean =>
  row.seq > after && row.sender_id !== me && row.deleted_at === undefined && row.is_hidden === undefined;

function isSameThread(a: ThreadScreen, b: ThreadScreen): boolean {
  const before = new Map<string, unknown>(Object.entries(a));
  const after = Object.entries(b);
  return before.size === after.length && after.every(([name, value]) => Object.is(before.get(name), value));
}
