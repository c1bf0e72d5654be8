import { applyNews, type ChatState, fromSnapshot, headSeq, judge, mergeRows } from "../../../src/domain/delta.ts";
import { expired, isOver } from "../../../src/domain/expiry.ts";
import { ReorderBuffer } from "../../../src/domain/reorder.ts";
import type { Delta } from "../../../src/protocol/chat.ts";
import type { UnknownFrame } from "../../../src/protocol/codec.ts";
import type { NewsFrame, Snapshot } from "../../../src/protocol/down.ts";
import type { Message } from "../../../src/protocol/message.ts";
import type { Cursor } from "../../../src/protocol/up.ts";
import type { AnyDown, Clock } from "./ports.ts";

/** Messages kept in memory below the head: what a screen shows when a chat is opened. Older ones are paged. */
export const TAIL_MESSAGES = 400;
const TAIL_SLACK = 100;
/** Messages painted from the store when a chat is opened: more than any screen shows at once. */
export const CACHED_ON_OPEN = 200;
/** Two clocks that were compared over a network agree this well. */
export const CLOCK_MS = 2_000;

/** What a frame did to the log. */
export type LogChange =
  | { kind: "news"; base: number; rev: number; epoch: string; rows: Delta }
  /** Everything that was known of the chat is void. */
  | { kind: "replaced"; state: ChatState };

export type ChatNews = NewsFrame | (UnknownFrame & { news: { chat_id: string; base: number; rev: number } });

export const isNews = (frame: AnyDown): frame is ChatNews =>
  frame.type === "UNKNOWN" ? frame.news !== undefined : "base" in frame && "chat_id" in frame;

/**
 * The log of one chat as a device follows it: which frames to apply, which to wait for, when to ask. Holds no socket;
 * {@link ask} is called with the cursor to catch up from, or with none for a snapshot.
 */
export class ChatLog {
  readonly #ask: (cursor: Cursor | undefined) => void;
  readonly #changed: (change: LogChange) => void;
  #state: ChatState | undefined;
  #head: { of: unknown; seq: number } = { of: undefined, seq: 0 };
  /** News is kept that builds on what is missing. */
  readonly #holding: () => void;
  readonly #clock: Clock;
  #isAsked = false;
  /** The snapshot that is asked for counts also where nothing has changed. */
  #isHealing = false;
  readonly #early = new ReorderBuffer<ChatNews>(stretchOf);
  #cancelGap: (() => void) | undefined;

  constructor(
    clock: Clock,
    events: { ask(cursor: Cursor | undefined): void; changed(change: LogChange): void; held(): void },
    state?: ChatState,
  ) {
    this.#clock = clock;
    this.#ask = events.ask;
    this.#changed = events.changed;
    this.#holding = () => events.held();
    this.#state = state;
  }

  get state(): ChatState | undefined {
    return this.#state;
  }

  get cursor(): Cursor | undefined {
    return this.#state && { epoch: this.#state.epoch, rev: this.#state.rev };
  }

  get headSeq(): number {
    if (this.#head.of !== this.#state?.messages) {
      this.#head = { of: this.#state?.messages, seq: this.#state ? headSeq(this.#state) : 0 };
    }
    return this.#head.seq;
  }

  /** The number of a message by its sender's id for it, if it is in memory. */
  seqOf(clientMsgId: string, senderId: string): number | undefined {
    for (const message of this.#state?.messages.values() ?? [])
      if (message.client_msg_id === clientMsgId && message.sender_id === senderId) return message.seq;
    return undefined;
  }

  /** A catch-up is under way: the log may be behind. */
  get isAsked(): boolean {
    return this.#isAsked;
  }

  /** News is kept that builds on what is missing: the log may be behind. */
  get isHolding(): boolean {
    return this.#early.size > 0;
  }

  /** Paints from the device's store, unless the network was faster. */
  restore(state: ChatState): void {
    this.#state ??= state;
  }

  /** The socket was dialled with the cursor in its address: the catch-up is under way without a frame. */
  attaching(): void {
    this.#isAsked = true;
    this.#dropEarly();
  }

  /** The socket is lost, and the question with it. */
  detached(): void {
    this.#isAsked = false;
    this.#isHealing = false;
    this.#dropEarly();
  }

  /** Asks for what is missing, unless that was asked already. */
  catchUp(): void {
    if (this.#isAsked) return;
    this.#isAsked = true;
    this.#ask(this.cursor);
  }

  news(frame: ChatNews): void {
    const isAnswer = frame.type === "CAUGHT_UP";
    if (frame.type === "CAUGHT_UP" && this.#state && frame.epoch !== this.#state.epoch) {
      // The rows are of another life of the database; only a snapshot can tell what is true now.
      this.#isAsked = true;
      this.#ask(undefined);
      return;
    }
    if (isAnswer) this.#isAsked = false;
    const before = this.#state?.rev;
    if (!this.#apply(frame)) {
      // Before there is a log at all, and where no room is left, nothing can be waited for.
      if (!this.#early.hold(frame, this.#clock.now()) || !this.#state) this.catchUp();
      this.#watchGap();
      this.#holding();
      return;
    }
    this.#release();
    // An answer that led nowhere shall not be asked for again and again on the word of the same early frames.
    if (isAnswer && this.#early.size > 0 && this.#state?.rev === before) this.#dropEarly();
  }

  /**
   * A tombstone from the future is one that this device made by a clock that was ahead: what it emptied too early comes
   * back with a snapshot. `now`: epoch milliseconds of the server's clock, just told.
   */
  heal(now: number): void {
    const isEarly = (one: Message): boolean =>
      one.is_expired === true && one.deleted_at !== undefined && Date.parse(one.deleted_at) > now + CLOCK_MS;
    if (this.#isAsked || ![...(this.#state?.messages.values() ?? [])].some(isEarly)) return;
    this.#isAsked = true;
    this.#isHealing = true;
    this.#ask(undefined);
  }

  snapshot(frame: Snapshot): void {
    const state = this.#state;
    const isOld = state !== undefined && frame.epoch === state.epoch && frame.rev < state.rev;
    // A repeat of an answer that was applied long ago. One that was asked for counts even if it goes back: the chat's word decides.
    if (isOld && !this.#isAsked) {
      this.#release();
      return;
    }
    // Of the same step: what a block shows of the chat changes without a step of its clock.
    const isSame = !this.#isHealing && state !== undefined && frame.epoch === state.epoch && frame.rev === state.rev;
    this.#isAsked = false;
    this.#isHealing = false;
    this.#state = fromSnapshot(frame);
    if (isSame) this.#state = { ...this.#state, messages: withNewer(this.#state.messages, state.messages) };
    this.#changed({ kind: "replaced", state: this.#state });
    this.#release();
  }

  /** Empties what is over by now, in epoch milliseconds of the server's clock. True if there was any. */
  expire(now: number): boolean {
    const state = this.#state;
    if (!state || ![...state.messages.values()].some((message) => isOver(message, now))) return false;
    const messages = new Map(state.messages);
    for (const [seq, message] of messages) if (isOver(message, now)) messages.set(seq, expired(message));
    this.#state = { ...state, messages };
    return true;
  }

  /** A row that came as the answer over HTTP: merged by its own `rev`, the cursor stays. */
  merge(message: Message): void {
    if (this.#state?.messages.has(message.seq)) this.#state = mergeRows(this.#state, { messages: [message] });
  }

  /** True if the frame is dealt with: applied, or known already. */
  #apply(frame: ChatNews): boolean {
    const state = this.#state;
    if (!state) return false;
    const stretch = frame.type === "UNKNOWN" ? frame.news : frame;
    const verdict = judge(state.rev, stretch);
    if (verdict === "catch_up") return false;
    if (verdict === "ignore") return true;
    const rows = rowsOf(frame);
    const next = frame.type === "UNKNOWN" ? { ...state, rev: frame.news.rev } : applyNews(state, frame);
    this.#state = { ...next, messages: tail(state.messages, next.messages) };
    this.#changed({ kind: "news", base: stretch.base, rev: stretch.rev, epoch: state.epoch, rows });
    return true;
  }

  /** Applies what had come too early, in the order of the clock. */
  #release(): void {
    for (let rev = this.#state?.rev; rev !== undefined; rev = this.#state?.rev) {
      const frame = this.#early.take(rev, this.#clock.now());
      if (!frame) break;
      this.#apply(frame);
    }
    this.#watchGap();
  }

  /** A gap that does not fill in time is repaired by a catch-up, unless one is under way. */
  #watchGap(): void {
    this.#cancelGap?.();
    this.#cancelGap = undefined;
    const { deadline } = this.#early;
    if (deadline === undefined) return;
    this.#cancelGap = this.#clock.after(Math.max(0, deadline - this.#clock.now()), () => {
      this.#cancelGap = undefined;
      if (this.isHolding) this.catchUp();
    });
  }

  #dropEarly(): void {
    this.#early.clear();
    this.#cancelGap?.();
    this.#cancelGap = undefined;
  }
}

function stretchOf(frame: ChatNews): { base: number; rev: number } {
  return frame.type === "UNKNOWN" ? frame.news : frame;
}

/** The rows that a frame carries. */
export function rowsOf(frame: ChatNews): Delta {
  if (frame.type === "UNKNOWN") return {};
  if (frame.type === "MESSAGE_RECEIVED")
    return { messages: frame.root ? [frame.root, frame.message] : [frame.message] };
  const { chat, messages, members, receipts } = frame;
  return {
    ...(chat ? { chat } : {}),
    ...(messages ? { messages } : {}),
    ...(members ? { members } : {}),
    ...(receipts ? { receipts } : {}),
  };
}

/** These messages, but where the device has a later one: the answer over HTTP may come before the news of its step. */
function withNewer(
  messages: ReadonlyMap<number, Message>,
  known: ReadonlyMap<number, Message>,
): ReadonlyMap<number, Message> {
  return new Map(
    [...messages].map(([seq, message]) => {
      const one = known.get(seq);
      return [seq, one && one.rev > message.rev ? one : message];
    }),
  );
}

/**
 * The messages that stay in memory: contiguous to the head. News may bring a changed row from long before the window;
 * it belongs to the store and to a screen that shows it, here it would leave a hole.
 */
function tail(before: ReadonlyMap<number, Message>, after: ReadonlyMap<number, Message>): ReadonlyMap<number, Message> {
  if (before === after) return after;
  let low = Number.POSITIVE_INFINITY;
  let head = 0;
  for (const seq of before.keys()) low = Math.min(low, seq);
  for (const seq of after.keys()) head = Math.max(head, seq);
  let first = head;
  while (first > 1 && after.has(first - 1)) first--;
  const isTooLong = after.size > TAIL_MESSAGES + TAIL_SLACK;
  const start = Math.max(first, isTooLong ? head - TAIL_MESSAGES + 1 : 1, before.size > 0 ? Math.min(low, head) : 1);
  if (after.size === head - start + 1 && after.has(start)) return after;
  const kept = new Map<number, Message>();
  for (let seq = start; seq <= head; seq++) {
    const message = after.get(seq);
    if (message) kept.set(seq, message);
  }
  return kept;
}
