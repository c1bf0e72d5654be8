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

export interface ScreenEvents extends PageEvents {
  send(frame: UpFrame): boolean;
  /** The chat in the person's list; undefined if the hub has not said so yet. */
  entry(): InboxEntry | undefined;
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
  #isCaughtUp = false;

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
    isCaughtUp: boolean,
    threadRootSeq: number | undefined,
  ): void {
    if (threadRootSeq !== undefined) {
      this.#threads.open(viewId, threadRootSeq, line_seq);
      return;
    }
    const view = new ChatView(viewId, place === "latest" ? this.#clock.monotonic() : undefined);
    this.#views.set(viewId, view);
    const entry = this.#events.entry();
    // Of what was cleared nothing is unread.
    view.opened(Math.max(read_seq, entry?.read_seq ?? 0, entry?.cleared_seq ?? 0), line_seq);
    if (place !== "latest") view.wanted = place;
    this.#isCaughtUp = isCaughtUp;
    if (isCaughtUp) this.#settle(view);
    else if (this.#log.state) this.#begin(view);
  }

  /**
   * Does what is in sight there count as read? Not while a screen shows the end of the log for want of what comes before
   * it: it is about to be brought to the first unread message.
   */
  counts(viewId: string): boolean {
    const view = this.#views.get(viewId);
    return view !== undefined && this.#missed(view) === undefined;
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
  async ask(viewId: string, request: ViewRequest & { verb: "load_older" | "load_newer" | "jump_to" }): Promise<void> {
    const view = this.#views.get(viewId);
    if (!view) return;
    if (request.verb === "load_older") await this.#pages.loadOlder(view);
    else if (request.verb === "load_newer") await this.#pages.loadNewer(view);
    else await this.#pages.jumpTo(view, request.place);
  }

  /** The log came from the device's store: everybody is shown its end. */
  restored(): void {
    for (const view of this.#views.values()) this.#begin(view);
    this.#threads.restored();
  }

  /** The chat is caught up: whoever still waits is shown its end, and the "New" lines are fixed. */
  caughtUp(): void {
    this.#isCaughtUp = true;
    for (const view of this.#views.values()) this.#settle(view);
    this.#threads.attached();
  }

  detached(): void {
    this.#isCaughtUp = false;
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
    for (const view of this.#views.values()) view.window.apply(messages, readSeq >= view.window.high - NEAR_END);
    this.#threads.news(messages);
  }

  /** A snapshot made everything else void. A reader of the past stays where they are, with rows that are true again. */
  replaced(): void {
    for (const view of this.#views.values()) {
      const { window } = view;
      if (window.isAtHead || window.rows.length === 0) {
        // What is shown stays until there is the place where reading goes on.
        if (this.#missed(view) === undefined) this.#showTail(view);
        continue;
      }
      const middle = Math.min(window.rows[Math.floor(window.rows.length / 2)]?.seq ?? 1, this.#log.headSeq);
      void this.#pages.refetch(view, middle).then((isThere) => {
        if (!isThere && this.#views.has(view.id)) this.#showTail(view);
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
    const missed = this.#missed(view);
    if (missed !== undefined) {
      void this.#seek(view, () => this.#pages.refetch(view, missed));
      return;
    }
    if (!view.is_ready) this.#begin(view);
    if (view.is_seeking) return;
    this.#fixLine(view);
    void this.#pages.fill(view);
  }

  /** The first message that was unread on opening, if it stands before all that the log holds: only a page can show it. */
  #missed(view: ChatView): number | undefined {
    if (view.opened_at === undefined || this.#clock.monotonic() - view.opened_at > OPENING_MS) return undefined;
    const after = view.unreadAfter(this.#readSeq);
    const tail = this.#tail().slice(-WINDOW_MESSAGES);
    const low = tail[0]?.seq;
    if (after === undefined || low === undefined || after + 1 >= low) return undefined;
    // What lies between may be one's own, or answers in threads.
    const here = tail.filter((message) => message.seq > after && isReadable(message, this.#me)).length;
    return (this.#events.entry()?.unread ?? Number.POSITIVE_INFINITY) > here ? after + 1 : undefined;
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
    const isThere = await find();
    view.is_seeking = false;
    view.wanted = undefined;
    if (view.is_over) return;
    if (isThere) view.is_ready = true;
    else this.#showTail(view);
    if (this.#isCaughtUp) this.#fixLine(view);
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
