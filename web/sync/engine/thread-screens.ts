import { asFault } from "../../../src/domain/fault.ts";
import { messageId } from "../../../src/protocol/ids.ts";
import type { Message } from "../../../src/protocol/message.ts";
import type { UpFrame } from "../../../src/protocol/up.ts";
import type { ThreadScreen } from "../client.ts";
import type { ViewRequest } from "../desk.ts";
import type { ChatLog } from "./chat-log.ts";
import type { ChatPicture } from "./chat-view.ts";
import { PAGE_MESSAGES, type PageEvents } from "./history-pages.ts";
import type { OutboxRow } from "./outbox-row.ts";
import type { Ports } from "./ports.ts";
import { ThreadReads } from "./thread-reads.ts";
import { ThreadView } from "./thread-view.ts";

/** Rows of a chat's cache that are searched for answers of a thread. */
const CACHED_ROWS = 1_000;
/** So many pages are read by themselves for the place where reading goes on; beyond, the reader scrolls. */
const LINE_PAGES = 5;

/**
 * The screens that show threads of one chat: painted from what the device has, then from the server's pages, then by
 * news. Offline they stay as they are, and ask again at the next attach.
 */
export class ThreadScreens {
  readonly #chatId: string;
  readonly #ports: Pick<Ports, "clock" | "store" | "remote" | "report">;
  readonly #log: ChatLog;
  readonly #events: PageEvents;
  readonly #reads: ThreadReads;
  readonly #views = new Map<string, ThreadView>();
  #isAttached = false;

  constructor(
    chatId: string,
    ports: Pick<Ports, "clock" | "store" | "remote" | "report">,
    log: ChatLog,
    events: PageEvents & { send(frame: UpFrame): boolean },
  ) {
    this.#chatId = chatId;
    this.#ports = ports;
    this.#log = log;
    this.#events = events;
    this.#reads = new ThreadReads(chatId, ports, events);
  }

  /** The chat must hear how far was read in a thread. */
  get isOwing(): boolean {
    return this.#reads.isOwing;
  }

  get size(): number {
    return this.#views.size;
  }

  get roots(): readonly (readonly [viewId: string, rootSeq: number])[] {
    return [...this.#views.values()].map((view) => [view.id, view.root_seq] as const);
  }

  has(viewId: string): boolean {
    return this.#views.has(viewId);
  }

  /** `lineSeq`: before which answer the "New" line stood on the screen already. */
  open(viewId: string, rootSeq: number, lineSeq: number | undefined): void {
    const view = new ThreadView(viewId, rootSeq, lineSeq);
    this.#views.set(viewId, view);
    this.#paint(view);
    void this.#load(view);
  }

  close(viewId: string): void {
    this.#views.delete(viewId);
  }

  async ask(viewId: string, request: ViewRequest): Promise<void> {
    const view = this.#views.get(viewId);
    if (!view) return;
    if (request.verb === "load_older") await this.#older(view);
    else if (request.verb === "mark_read") {
      if (view.is_awaited) view.held_read = Math.max(view.held_read, request.seq);
      else this.#read(view, request.seq);
    }
  }

  #read(view: ThreadView, seq: number): void {
    const last = Math.max(view.root_seq, view.rows.at(-1)?.seq ?? 0);
    if (this.#reads.read(view.root_seq, Math.min(seq, last))) this.#events.changed();
  }

  /** What was read while the first page was awaited. */
  #releaseRead(view: ThreadView): void {
    const seq = view.held_read;
    if (view.is_awaited || seq === 0) return;
    view.held_read = 0;
    // Where reading goes on further up, the screen goes there, and tells what is seen then.
    if (!view.hasLine) this.#read(view, seq);
  }

  /** The log came from the device's store. */
  restored(): void {
    for (const view of this.#views.values()) this.#paint(view);
  }

  attached(): void {
    this.#isAttached = true;
    for (const view of this.#views.values()) {
      this.#paint(view);
      if (!view.is_told) void this.#first(view);
    }
    this.#reads.attached();
  }

  detached(): void {
    this.#isAttached = false;
    this.#reads.detached();
  }

  news(messages: readonly Message[]): void {
    for (const view of this.#views.values()) view.merge(messages);
  }

  /** A snapshot made everything else void. */
  replaced(): void {
    for (const view of this.#views.values()) {
      view.replaced();
      this.#paint(view);
      if (this.#isAttached) void this.#first(view);
    }
  }

  obeyed(row: OutboxRow): void {
    if (row.command?.type !== "FOLLOW_THREAD") return;
    for (const view of this.#views.values())
      if (view.root_seq === row.target_seq) view.followed(row.command.is_following);
  }

  expire(now: number): void {
    for (const view of this.#views.values()) view.expire(now);
  }

  draw(picture: ChatPicture, show: (viewId: string, screen: ThreadScreen) => void): void {
    for (const view of this.#views.values()) {
      show(view.id, view.screen(picture, this.#reads.of(view.root_seq)));
      this.#releaseRead(view);
    }
  }

  #paint(view: ThreadView): void {
    const known = this.#log.state?.messages;
    if (known) view.cached(known.values());
  }

  async #load(view: ThreadView): Promise<void> {
    const { life } = view;
    await this.#events.written();
    const head = this.#log.headSeq;
    const rows = await this.#ports.store.loadBefore(this.#chatId, head + 1, CACHED_ROWS);
    if (life === view.life && head > 0 && rows.length > 0) {
      view.cached(rows);
      this.#events.changed();
    }
    if (!view.is_told) await this.#first(view);
  }

  /** The latest page, and those before it up to where reading goes on. */
  async #first(view: ThreadView): Promise<void> {
    if (view.is_loading) return;
    const { life } = view;
    await this.#page(view, undefined);
    for (let pages = 1; pages < LINE_PAGES && view.is_told && view.isLineBeyond && life === view.life; pages++) {
      const { low } = view;
      await this.#older(view);
      if (view.low === low) break;
    }
    // Void meanwhile: another first page is on its way, or will be asked for with the next attach.
    if (life !== view.life) return;
    view.is_awaited = false;
    this.#events.changed();
  }

  async #older(view: ThreadView): Promise<void> {
    if (view.hasOlder) await this.#page(view, view.low);
  }

  async #page(view: ThreadView, before: number | undefined): Promise<void> {
    if (view.is_loading) return;
    view.is_loading = true;
    const { life } = view;
    this.#events.changed();
    try {
      const root = messageId(this.#chatId, view.root_seq);
      const page = await this.#ports.remote.thread(root, before, PAGE_MESSAGES);
      for (const { sender } of page.messages) if (sender) this.#events.named(sender.user_id, sender.display_name);
      if (life !== view.life) return;
      const rows = page.messages.map(({ sender: _, ...message }) => message);
      view.is_loading = false;
      view.page(rows, page.has_more, page.thread, before === undefined);
      // Of who does not follow nobody keeps a cursor.
      if (page.thread.is_following) this.#reads.confirmed(view.root_seq, page.thread.read_seq);
    } catch (error) {
      if (life !== view.life) return;
      const fault = asFault(error);
      // Unreachable: asked again with the next attach. Anything else is a mistake of ours.
      if (!fault) this.#ports.report(error);
      else if (fault.code === "not_found") view.is_gone = true;
    }
    view.is_loading = false;
    this.#events.changed();
  }
}
