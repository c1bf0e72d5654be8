import type { ChatState } from "../../../src/domain/delta.ts";
import type { InboxEntry, Member } from "../../../src/protocol/chat.ts";
import { UNREAD_CAP } from "../../../src/protocol/limits.ts";
import type { Message } from "../../../src/protocol/message.ts";
import type { ChatScreen, ScheduledLine, TimelineMessage } from "../client.ts";
import type { ServedScreen, ViewPlace } from "../desk.ts";
import { HistoryWindow } from "./history-window.ts";
import type { OutboxRow } from "./outbox-row.ts";
import { nameOf, RowPainter } from "./row-painter.ts";
import type { TickLine } from "./ticks.ts";
import { isReadable } from "./timeline-message.ts";
import type { Veil } from "./veil.ts";

/** What a screen shows of its chat, beside the window that is its own. */
export interface ChatPicture {
  chat_id: string;
  me: string;
  state: ChatState | undefined;
  entry: InboxEntry | undefined;
  /** Names of people that are not, or no longer, among the members. */
  names: ReadonlyMap<string, string>;
  outbox: readonly OutboxRow[];
  is_attached: boolean;
  is_gone: boolean;
  ticks: TickLine;
  typing: readonly string[];
  read_seq: number;
  head_seq: number;
  members: readonly Member[];
  /** Differs when other messages of the log's end are pinned. */
  pins_mark: string;
  /** What the person deleted for themselves. */
  hidden: Veil;
  /** A message outside the screen that is answered on it. */
  quote(seq: number): Message | undefined;
  /** What this person chose in a poll, where the log does not say it. */
  choice(message: Message): readonly number[] | undefined;
  /** What waits for its time; undefined until somebody asked. */
  scheduled: readonly ScheduledLine[] | undefined;
  /** Epoch milliseconds by the server's clock. */
  now: number;
  /** Something on the screen looks different from that moment on. */
  until(at: number): void;
}

/** One open chat on one screen: its window of the log, and how it is drawn. */
export class ChatView {
  readonly id: string;
  readonly window = new HistoryWindow();
  is_loading_older = false;
  is_loading_newer = false;
  /** Closed, or its chat is no longer followed here: it hears no news. */
  is_over = false;
  /** Something may be painted: from the store, or from the network. */
  is_ready = false;
  /** The place it was opened at, until there is a log in which to find it. */
  wanted: ViewPlace | undefined;
  is_seeking = false;
  /** It was seen to once since the chat was caught up. */
  is_settled = false;
  /** What it seeks has to be asked for again: a snapshot came meanwhile. */
  is_page_void = false;
  /**
   * When it was opened, by a clock that only goes forward, in milliseconds: while it may still be brought to the first
   * unread message. Not if it was opened at some message, once somebody has jumped, or once that was tried.
   */
  opened_at: number | undefined;
  /** How often somebody has jumped on it. */
  jumps = 0;
  /** How far was read while it was about to be brought there. */
  held_read = 0;
  /** Where the "New" line belongs: after this number, once it is known what was unread on opening. */
  #readAtOpening: number | undefined;
  #firstUnread: number | undefined;
  #isLineFixed = false;
  readonly #painter = new RowPainter((seq) => this.window.at(seq));
  #messages: readonly TimelineMessage[] = [];
  #last: ServedScreen | undefined;

  constructor(id: string, openedAt: number | undefined) {
    this.id = id;
    this.opened_at = openedAt;
  }

  /**
   * The "New" line stands before the first unread message as of opening, and stays there: `lineSeq`, if it stood on the
   * screen already.
   */
  opened(readSeq: number, lineSeq?: number): void {
    this.#readAtOpening ??= readSeq;
    if (lineSeq === undefined) return;
    this.#firstUnread = lineSeq;
    this.#isLineFixed = true;
  }

  /**
   * After which message all was unread on opening, until the line is fixed. `readSeq`: by the chat's own word, where this
   * device did not know it yet.
   */
  unreadAfter(readSeq: number): number | undefined {
    if (this.#isLineFixed || this.#readAtOpening === undefined) return undefined;
    return Math.max(this.#readAtOpening, readSeq);
  }

  /**
   * The chat is caught up for the first time since opening: what is unread now was unread then. The line is fixed by the
   * rows that go on from there, of the screen or of the log's `tail`. Where neither do, it has no place yet, but on a
   * screen that shows the tail for want of anything before it.
   */
  fixLine(tail: readonly Message[], readSeq: number, me: string): void {
    const after = this.unreadAfter(readSeq);
    if (after === undefined) return;
    this.#readAtOpening = after;
    const { rows, isAtHead } = this.window;
    if (goesOnFrom(tail, after) || (isAtHead && !goesOnFrom(rows, after))) {
      this.#firstUnread = firstUnread(tail, after, me);
      this.#isLineFixed = true;
    } else if (goesOnFrom(rows, after)) {
      this.#firstUnread = firstUnread(rows, after, me);
      this.#isLineFixed = isAtHead || this.#firstUnread !== undefined;
      // Nothing up to here was: the line stands further on.
      if (!this.#isLineFixed) this.#readAtOpening = Math.max(after, this.window.high);
    }
  }

  /** The screen as it is now: the same object as before, if nothing on it changed. */
  screen(picture: ChatPicture): ServedScreen {
    const next = this.#drawScreen(picture);
    if (!this.#last || !isSameScreen(this.#last, next)) this.#last = next;
    return this.#last;
  }

  #drawScreen(picture: ChatPicture): ServedScreen {
    const { state, me } = picture;
    const peerId = peerOf(picture);
    const self = state?.members.get(me);
    const after = this.unreadAfter(0);
    if (after !== undefined && goesOnFrom(this.window.rows, after)) {
      this.#firstUnread = firstUnread(this.window.rows, after, me);
    }
    const messages = this.#draw(picture);
    const first = this.#firstUnread;
    // Deleted by its reader for themselves: the line stands before the next one.
    const isLost = first !== undefined && picture.hidden.has(first);
    const firstSeq = isLost ? messages.find((one) => one.seq !== undefined && one.seq > first)?.seq : first;
    return {
      status: picture.is_gone ? "gone" : this.is_ready ? "ready" : "loading",
      chat_id: picture.chat_id,
      title: titleOf(picture),
      ...(state ? { chat: state.chat } : {}),
      ...(peerId === undefined ? {} : { peer_id: peerId }),
      ...(self ? { me: self } : {}),
      members: picture.members,
      receipts: state?.receipts ?? NO_RECEIPTS,
      messages,
      // Of what was cleared there is nothing to go back to.
      has_older: this.window.hasOlder && this.window.low > picture.hidden.cleared + 1,
      has_newer: !this.window.isAtHead,
      is_loading_older: this.is_loading_older,
      is_loading_newer: this.is_loading_newer,
      ...(firstSeq === undefined ? {} : { first_unread_seq: firstSeq }),
      unread: unreadOf(picture),
      head_seq: picture.head_seq,
      ...(picture.hidden.cleared > 0 ? { cleared_seq: picture.hidden.cleared } : {}),
      pins_mark: picture.pins_mark,
      typing: picture.typing.map((userId) => ({ user_id: userId, display_name: nameOf(picture, userId) })),
      ...(picture.scheduled ? { scheduled: picture.scheduled } : {}),
    };
  }

  #draw(picture: ChatPicture): readonly TimelineMessage[] {
    const brush = this.#painter.brush(picture);
    const drawn: TimelineMessage[] = [];
    for (const message of this.window.rows)
      if (isInTimeline(message) && !picture.hidden.has(message.seq)) drawn.push(brush.row(message));
    if (this.window.isAtHead) {
      for (const row of picture.outbox)
        if (row.kind === "message" && row.thread_root_seq === undefined) drawn.push(brush.unsent(row));
    }
    const isSame = drawn.length === this.#messages.length && drawn.every((message, i) => message === this.#messages[i]);
    if (!isSame) this.#messages = drawn;
    return this.#messages;
  }
}

/** Answers in a thread are shown there alone. */
export const isInTimeline = (message: Message): boolean => message.thread_root_message_id === undefined;

function isSameScreen(a: ChatScreen, b: ChatScreen): boolean {
  const [before, after] = [new Map<string, unknown>(Object.entries(a)), Object.entries(b)];
  if (before.size !== after.length) return false;
  return after.every(([name, value]) =>
    name === "typing" ? isSameTyping(a.typing, b.typing) : before.has(name) && Object.is(before.get(name), value),
  );
}

const isSameTyping = (a: ChatScreen["typing"], b: ChatScreen["typing"]): boolean =>
  a.length === b.length && a.every((one, i) => one.user_id === b[i]?.user_id && one.display_name === b[i].display_name);

const NO_RECEIPTS: ChatState["receipts"] = new Map();

/** Is there no hole between this message and these rows? */
function goesOnFrom(rows: readonly Message[], after: number): boolean {
  const [low, high] = [rows[0]?.seq, rows.at(-1)?.seq];
  return low !== undefined && high !== undefined && low <= after + 1 && after <= high;
}

function firstUnread(rows: readonly Message[], readSeq: number, me: string): number | undefined {
  return rows.find((message) => message.seq > readSeq && isReadable(message, me))?.seq;
}

function peerOf(picture: ChatPicture): string | undefined {
  if (picture.entry?.peer) return picture.entry.peer.user_id;
  if (picture.state?.chat.chat_type !== "direct") return undefined;
  for (const userId of picture.state.members.keys()) if (userId !== picture.me) return userId;
  // A chat with oneself.
  return picture.me;
}

/** A group's name, or the other side's. */
export function titleOf(picture: ChatPicture): string {
  const chat = picture.state?.chat;
  if (chat && chat.chat_type !== "direct") return chat.name;
  const peer = peerOf(picture);
  const name = peer === undefined ? "" : nameOf(picture, peer);
  return name || picture.entry?.peer?.display_name || picture.entry?.name || "";
}

/** By the rows this device has, once they reach back to the read cursor; else by the chat's own count. */
export function unreadOf(picture: Pick<ChatPicture, "state" | "entry" | "me" | "read_seq" | "hidden">): number {
  const { state, entry, me } = picture;
  const readSeq = Math.max(picture.read_seq, picture.hidden.cleared);
  if (!state) return entry === undefined || readSeq >= entry.head_seq ? 0 : entry.unread;
  let unread = 0;
  let head = 0;
  for (const seq of state.messages.keys()) if (seq > head) head = seq;
  for (let seq = head; seq > readSeq && unread < UNREAD_CAP; seq--) {
    const message = state.messages.get(seq);
    // The window ends above the cursor: only the chat can count what lies between, and may not know yet of what was just read.
    if (!message) return Math.max(unread, Math.min(entry?.unread ?? 0, head - readSeq));
    if (isReadable(message, me) && !picture.hidden.has(seq)) unread++;
  }
  return unread;
}
