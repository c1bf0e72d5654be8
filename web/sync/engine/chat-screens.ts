import type { Message } from "../../../src/protocol/message.ts";
import type { UpFrame } from "../../../src/protocol/up.ts";
import type { TimelineMessage } from "../client.ts";
import type { DeskScreen, ViewPlace, ViewRequest } from "../desk.ts";
import type { ChatLog } from "./chat-log.ts";
import { type ChatPicture, ChatView } from "./chat-view.ts";
import { HistoryPages, type PageEvents } from "./history-pages.ts";
import type { OutboxRow } from "./outbox-row.ts";
import type { Ports } from "./ports.ts";
import { ThreadScreens } from "./thread-screens.ts";
import { drawMessage, isReadable } from "./timeline-message.ts";

/** A reader whose cursor is this close to the end of the window is taken to be at the bottom. */
const NEAR_END = 50;

/** The screens that show one chat or a thread of it, each with a window of its own, and how news reaches them. */
export class ChatScreens {
  readonly #me: string;
  readonly #log: ChatLog;
  readonly #pages: HistoryPages;
  readonly #views = new Map<string, ChatView>();
  readonly #threads: ThreadScreens;

  constructor(
    chatId: string,
    me: string,
    ports: Ports,
    log: ChatLog,
    events: PageEvents & { send(frame: UpFrame): boolean },
  ) {
    this.#me = me;
    this.#log = log;
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

  /** How far the person has read, for the "New" line; or before which message it stood on the screen already. */
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
    const view = new ChatView(viewId);
    this.#views.set(viewId, view);
    view.opened(read_seq, line_seq);
    if (place !== "latest") view.wanted = place;
    if (this.#log.state) this.#begin(view);
    if (isCaughtUp) {
      this.#fixLine(view);
      void this.#pages.fill(view);
    }
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
    for (const view of this.#views.values()) {
      if (!view.is_ready) this.#begin(view);
      this.#fixLine(view);
      void this.#pages.fill(view);
    }
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
    for (const view of this.#views.values()) view.window.apply(messages, readSeq >= view.window.high - NEAR_END);
    this.#threads.news(messages);
  }

  /** A snapshot made everything else void. A reader of the past stays where they are, with rows that are true again. */
  replaced(): void {
    for (const view of this.#views.values()) {
      const { window } = view;
      if (window.isAtHead || window.rows.length === 0) {
        this.#showTail(view);
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

  #fixLine(view: ChatView): void {
    view.fixLine(this.#tail(), this.#log.state?.receipts.get(this.#me)?.read_seq ?? 0, this.#me);
  }

  /** Shows the place it was opened at, or the end where that is not to be had. */
  #begin(view: ChatView): void {
    if (view.wanted === undefined) {
      this.#showTail(view);
      return;
    }
    if (view.is_seeking) return;
    view.is_seeking = true;
    void this.#pages.jumpTo(view, view.wanted).then((isThere) => {
      view.is_seeking = false;
      view.wanted = undefined;
      if (!isThere && !view.is_over) this.#showTail(view);
    });
  }

  #showTail(view: ChatView): void {
    view.is_ready = true;
    view.window.replace(this.#tail(), true);
  }

  #tail(): Message[] {
    return [...(this.#log.state?.messages.values() ?? [])].sort((a, b) => a.seq - b.seq);
  }
}
