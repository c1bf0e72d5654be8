import type { InboxEntry } from "../../../src/protocol/chat.ts";
import type { Message } from "../../../src/protocol/message.ts";
import type { UpFrame } from "../../../src/protocol/up.ts";
import type { TimelineMessage } from "../client.ts";
import type { DeskScreen, ViewPlace, ViewRequest } from "../desk.ts";
import type { ChatLog } from "./chat-log.ts";
import { type ChatPicture, ChatView } from "./chat-view.ts";
import { HistoryPages, type PageEvents } from "./history-pages.ts";
import { WINDOW_MESSAGES } from "./history-window.ts";
import type { OutboxRow } from "./outbox-row.ts";
import type { Clock, Ports } from "./ports.ts";
import { ThreadScreens } from "./thread-screens.ts";
import { drawMessage, isReadable } from "./timeline-message.ts";

/** A reader whose cursor is this close to the end of the window is taken to be at the bottom. */
const NEAR_END = 50;
/** A screen is brought to where reading goes on this long after it was opened; later its reader is somewhere already. */
const OPENING_MS = 10_000;
/** A page for that is awaited no longer than this: the end is here already. */
const PAGE_MS = 4_000;
/** Pages on from there, while there is nothing in them that was unread. */
const MOST_PAGES = 4;

export interface ScreenEvents extends PageEvents {
  send(frame: UpFrame): boolean;
  /** The chat in the person's list; undefined if the hub has not said so yet. */
  entry(): InboxEntry | undefined;
  /** Nothing of the chat is known to be missing. */
  isCaughtUp(): boolean;
  /** Up to there the person has cleared the chat. */
  cleared(): number;
  /** The person has read up to there. */
  read(seq: number): void;
}

/** The screens that show one chat or a thread of it, each with a window of its own, and how news reaches them. */
export class ChatScreens {
  readonly #me: string;
  readonly #log: ChatLog;
  readonly #pages: HistoryPages;
  readonly #clock: Clock;
  readonly #events: ScreenEvents;
  readonly #views = new Map<string, ChatView>();
  readonly #threads: ThreadScreens;

  constructor(chatId: string, me: string, ports: Ports, log: ChatLog, events: ScreenEvents) {
    this.#me = me;
    this.#log = log;
    this.#clock = ports.clock;
    this.#events = events;
    this.#pages = new HistoryPages(chatId, ports, log, events);
    this.#threads = new ThreadScreens(chatId, ports, log, events);
  }

  get isOwing(): boolean {
    return this.#threads.isOwing;
  }

  get size(): number {
    return this.#views.size + this.#threads.size;
  }

  /** Views, and of threads their first message. */
  get ids(): readonly (readonly [viewId: string, threadRootSeq: number | undefined])[] {
    return [...[...this.#views.keys()].map((id) => [id, undefined] as const), ...this.#threads.roots];
  }

  /** How far the person has read on this device, for the "New" line; or before which message it stood on the screen already. */
  open(
    viewId: string,
    place: ViewPlace,
    { read_seq, line_seq }: { read_seq: number; line_seq: number | undefined },
    threadRootSeq: number | undefined,
  ): void {
    if (threadRootSeq !== undefined) {
      this.#threads.open(viewId, threadRootSeq, line_seq);
      return;
    }
    const view = new ChatView(viewId, place === "latest" ? this.#clock.monotonic() : undefined);
    this.#views.set(viewId, view);
    // Of what was cleared nothing is unread.
    view.opened(Math.max(read_seq, this.#events.entry()?.read_seq ?? 0, this.#events.cleared()), line_seq);
    if (place !== "latest") view.wanted = place;
    if (this.#events.isCaughtUp()) this.#settle(view);
    else if (this.#log.state) this.#begin(view);
  }

  close(viewId: string): void {
    const view = this.#views.get(viewId);
    if (view) view.is_over = true;
    this.#views.delete(viewId);
    this.#threads.close(viewId);
  }

  /** The chat is no longer followed: no page that is still on its way may be kept. */
  stop(): void {
    for (const view of this.#views.values()) view.is_over = true;
  }

  isThread(viewId: string): boolean {
    return this.#threads.has(viewId);
  }

  askThread(viewId: string, request: ViewRequest): Promise<void> {
    return this.#threads.ask(viewId, request);
  }

  /** Pages are asked for one screen; a screen that was closed meanwhile needs none. */
  async ask(
    viewId: string,
    request: ViewRequest & { verb: "load_older" | "load_newer" | "jump_to" | "mark_read" },
  ): Promise<void> {
    const view = this.#views.get(viewId);
    if (!view) return;
    if (request.verb === "mark_read") {
      if (request.is_whole) this.#events.read(request.seq);
      else this.#sees(view, request.seq);
      return;
    }
    if (request.verb === "load_older") await this.#pages.loadOlder(view);
    else if (request.verb === "load_newer") {
      // Behind a window of which everything was cleared, also elsewhere, the log goes on with a hole.
      if (this.#events.cleared() > view.window.high) await this.#pages.jumpTo(view, "latest");
      else await this.#pages.loadNewer(view);
    } else {
      // Whoever has jumped wants to be there, and nowhere else.
      view.opened_at = undefined;
      view.jumps++;
      if (view.is_seeking) view.window.abandon();
      await this.#pages.jumpTo(view, request.place);
      if (!view.is_ready && this.#log.state) this.#showTail(view);
    }
    if (this.#events.isCaughtUp() && !view.is_seeking) this.#fixLine(view);
  }

  /**
   * What is in sight counts as read, but not while the screen shows the end of the log for want of what comes before it:
   * it is about to be brought to the first unread message, unless time runs out.
   */
  #sees(view: ChatView, seq: number): void {
    if (!view.is_seeking && this.#missed(view) === undefined) {
      this.#events.read(seq);
      return;
    }
    const isFirst = view.held_read === 0;
    view.held_read = Math.max(view.held_read, seq);
    if (isFirst) this.#clock.after(OPENING_MS, () => this.#release(view));
  }

  /** The screen stays where it is: what was seen there counts. */
  #release(view: ChatView): void {
    const seq = view.held_read;
    view.held_read = 0;
    if (seq > 0 && !view.is_over) this.#sees(view, seq);
  }

  /** The log came from the device's store: everybody is shown its end. */
  restored(): void {
    for (const view of this.#views.values()) this.#begin(view);
    this.#threads.restored();
  }

  /** The chat is caught up: whoever still waits is shown its end, and the "New" lines are fixed. */
  caughtUp(): void {
    for (const view of this.#views.values()) this.#settle(view);
    this.#threads.attached();
  }

  detached(): void {
    this.#threads.detached();
  }

  /** A command took effect. */
  obeyed(row: OutboxRow): void {
    this.#threads.obeyed(row);
  }

  /** `now`: epoch milliseconds by the server's clock. */
  expire(now: number): void {
    for (const view of this.#views.values()) view.window.expire(now);
    this.#threads.expire(now);
  }

  news(messages: readonly Message[], readSeq: number): void {
    for (const view of this.#views.values()) {
      view.window.apply(messages, readSeq >= view.window.high - NEAR_END);
      // Opened while something was missing.
      if (!view.is_settled && this.#events.isCaughtUp()) this.#settle(view);
    }
    this.#threads.news(messages);
  }

  /** A snapshot made everything else void. A reader of the past stays where they are, with rows that are true again. */
  replaced(): void {
    for (const view of this.#views.values()) {
      const { window } = view;
      if (view.is_seeking) {
        window.abandon();
        view.is_page_void = true;
        continue;
      }
      if (window.isAtHead || window.rows.length === 0) {
        if (this.#missed(view) === undefined) {
          this.#showTail(view);
          continue;
        }
        // What is shown stays until there is the place where reading goes on.
        window.leaveHead();
        if (this.#events.isCaughtUp()) this.#settle(view);
        continue;
      }
      const middle = Math.min(window.rows[Math.floor(window.rows.length / 2)]?.seq ?? 1, this.#log.headSeq);
      const finding = this.#pages.refetch(view, middle);
      const { generation } = window;
      void finding.then((isThere) => {
        if (!isThere && generation === window.generation && this.#views.has(view.id)) this.#showTail(view);
      });
    }
    this.#threads.replaced();
  }

  /** For the live region: others' messages beyond `headBefore`, on a chat that somebody looks at. */
  arrivals(
    messages: readonly Message[],
    headBefore: number,
    now: number,
    nameOf: (userId: string) => string,
  ): TimelineMessage[] {
    if (this.#views.size === 0) return [];
    return messages
      .filter((message) => message.seq > headBefore && isReadable(message, this.#me))
      .map((message) =>
        drawMessage(message, {
          me: this.#me,
          sender_name: nameOf(message.sender_id),
          state: "sent",
          is_deleted_here: false,
          now,
        }),
      );
  }

  draw(picture: ChatPicture, show: (viewId: string, screen: DeskScreen) => void): void {
    for (const view of this.#views.values()) show(view.id, view.screen(picture));
    this.#threads.draw(picture, show);
  }

  /** The chat is caught up: the screen shows where reading goes on, and its "New" line is fixed. */
  #settle(view: ChatView): void {
    view.is_settled = true;
    const missed = this.#missed(view);
    if (missed !== undefined) {
      void this.#seek(view, () => this.#within(PAGE_MS, this.#findUnread(view, missed)));
      return;
    }
    if (!view.is_ready) this.#begin(view);
    if (view.is_seeking) return;
    this.#fixLine(view);
    void this.#pages.fill(view);
  }

  /** The first message that was unread on opening, if it stands before all that the log holds: only a page can show it. */
  #missed(view: ChatView): number | undefined {
    if (view.opened_at === undefined || this.#clock.monotonic() - view.opened_at >= OPENING_MS) return undefined;
    const after = view.unreadAfter(this.#readSeq);
    const tail = this.#tail().slice(-WINDOW_MESSAGES);
    const low = tail[0]?.seq;
    if (after === undefined || low === undefined || after + 1 >= low) return undefined;
    // What lies between may be one's own, or answers in threads: then the hub has counted no more than is here.
    const { head_seq, unread } = this.#events.entry() ?? { head_seq: 0, unread: 0 };
    const here = tail.filter(({ seq }) => seq > after && seq <= head_seq).filter((one) => isReadable(one, this.#me));
    return head_seq + 1 < low || unread > here.length ? after + 1 : undefined;
  }

  /** A page around the first unread message, and on until one is in it. */
  async #findUnread(view: ChatView, seq: number): Promise<boolean> {
    const finding = this.#pages.refetch(view, seq);
    const { generation } = view.window;
    if (!(await finding)) return false;
    for (let pages = 0; pages < MOST_PAGES && generation + 1 === view.window.generation; pages++) {
      this.#fixLine(view);
      if (view.unreadAfter(0) === undefined || view.window.isAtHead) break;
      await this.#pages.goOn(view);
    }
    return true;
  }

  async #within(ms: number, finding: Promise<boolean>): Promise<boolean> {
    let stop: (() => void) | undefined;
    const patience = new Promise<boolean>((resolve) => {
      stop = this.#clock.after(ms, () => resolve(false));
    });
    return Promise.race([finding, patience]).finally(() => stop?.());
  }

  get #readSeq(): number {
    return this.#log.state?.receipts.get(this.#me)?.read_seq ?? 0;
  }

  #fixLine(view: ChatView): void {
    view.fixLine(this.#tail(), this.#readSeq, this.#me);
  }

  /** Brings a screen to its place, or to the end where that is not to be had. */
  async #seek(view: ChatView, find: () => Promise<boolean>): Promise<void> {
    if (view.is_seeking) return;
    view.is_seeking = true;
    const finding = find();
    const { generation } = view.window;
    const { jumps } = view;
    const isThere = await finding;
    view.is_seeking = false;
    if (view.is_page_void && view.jumps === jumps && !view.is_over) {
      view.is_page_void = false;
      return this.#seek(view, find);
    }
    view.is_page_void = false;
    view.wanted = undefined;
    view.opened_at = undefined;
    if (view.is_over) return;
    const { window } = view;
    // Who has jumped meanwhile is seen to by their jump. Time may have run out over pages behind the one that was sought.
    const isElsewhere = isThere || (window.generation !== generation && window.rows.length > 0);
    if (view.jumps === jumps && isElsewhere) view.is_ready = true;
    else if (view.jumps === jumps) this.#showTail(view);
    if (this.#events.isCaughtUp()) this.#fixLine(view);
    // What was seen at the end counts for who stays there.
    if (view.jumps === jumps && !isElsewhere) this.#release(view);
    else view.held_read = 0;
    this.#events.changed();
    void this.#pages.fill(view);
  }

  /** Shows the place it was opened at, else the end. */
  #begin(view: ChatView): void {
    const place = view.wanted;
    if (place === undefined) this.#showTail(view);
    else void this.#seek(view, () => this.#pages.jumpTo(view, place));
  }

  #showTail(view: ChatView): void {
    view.is_ready = true;
    view.window.replace(this.#tail(), true);
  }

  #tail(): Message[] {
    return [...(this.#log.state?.messages.values() ?? [])].sort((a, b) => a.seq - b.seq);
  }
}
