import type { Message } from "../../../src/protocol/message.ts";
import type { ChatScreen, TimelineMessage } from "../client.ts";
import type { ViewPlace, ViewRequest } from "../desk.ts";
import type { ChatLog } from "./chat-log.ts";
import { type ChatPicture, ChatView } from "./chat-view.ts";
import type { HistoryPages } from "./history-pages.ts";
import { drawMessage, isReadable } from "./timeline-message.ts";

/** A reader whose cursor is this close to the end of the window is taken to be at the bottom. */
const NEAR_END = 50;

/** The screens that show one chat, each with a window of its own, and how news reaches them. */
export class ChatScreens {
  readonly #me: string;
  readonly #log: ChatLog;
  readonly #pages: HistoryPages;
  readonly #views = new Map<string, ChatView>();

  constructor(me: string, log: ChatLog, pages: HistoryPages) {
    this.#me = me;
    this.#log = log;
    this.#pages = pages;
  }

  get size(): number {
    return this.#views.size;
  }

  get ids(): readonly string[] {
    return [...this.#views.keys()];
  }

  /** `readSeq`: how far the person has read, for the "New" line. */
  open(viewId: string, place: ViewPlace, readSeq: number, isCaughtUp: boolean): void {
    const view = new ChatView(viewId);
    this.#views.set(viewId, view);
    view.opened(readSeq);
    if (this.#log.state) this.#showTail(view);
    if (isCaughtUp) this.#fixLine(view);
    if (place !== "latest") void this.#pages.jumpTo(view, place);
  }

  close(viewId: string): void {
    this.#views.delete(viewId);
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
    for (const view of this.#views.values()) this.#showTail(view);
  }

  /** The chat is caught up: whoever still waits is shown its end, and the "New" lines are fixed. */
  caughtUp(): void {
    for (const view of this.#views.values()) {
      if (!view.is_ready) this.#showTail(view);
      this.#fixLine(view);
    }
  }

  news(messages: readonly Message[], readSeq: number): void {
    for (const view of this.#views.values()) view.window.apply(messages, readSeq >= view.window.high - NEAR_END);
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
  }

  /** For the live region: others' messages beyond `headBefore`, on a chat that somebody looks at. */
  arrivals(messages: readonly Message[], headBefore: number, nameOf: (userId: string) => string): TimelineMessage[] {
    if (this.#views.size === 0) return [];
    return messages
      .filter((message) => message.seq > headBefore && isReadable(message, this.#me))
      .map((message) =>
        drawMessage(message, {
          me: this.#me,
          sender_name: nameOf(message.sender_id),
          state: "sent",
          is_deleted_here: false,
        }),
      );
  }

  draw(picture: ChatPicture, show: (viewId: string, screen: ChatScreen) => void): void {
    for (const view of this.#views.values()) show(view.id, view.screen(picture));
  }

  #fixLine(view: ChatView): void {
    view.fixLine(this.#tail(), this.#log.state?.receipts.get(this.#me)?.read_seq ?? 0, this.#me);
  }

  #showTail(view: ChatView): void {
    view.is_ready = true;
    view.window.replace(this.#tail(), true);
  }

  #tail(): Message[] {
    return [...(this.#log.state?.messages.values() ?? [])].sort((a, b) => a.seq - b.seq);
  }
}
