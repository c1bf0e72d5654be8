import { unlessOver } from "../../../src/domain/expiry.ts";
import { asFault } from "../../../src/domain/fault.ts";
import type { Message } from "../../../src/protocol/message.ts";
import type { ViewPlace } from "../desk.ts";
import type { ChatLog } from "./chat-log.ts";
import { type ChatView, isInTimeline } from "./chat-view.ts";
import type { HistoryPlace, Ports } from "./ports.ts";

/** Messages in one page. */
export const PAGE_MESSAGES = 50;

/** Pages that are fetched in one go while they have next to nothing to show, and how much that is. */
const MOST_PAGES = 8;
const FEW = 10;

export interface PageEvents {
  changed(): void;
  named(userId: string, name: string): void;
  /** Epoch milliseconds of the server's clock. */
  now(): number;
  /** Resolves when the store has everything that the log has: what it caches was true until now. */
  written(): Promise<void>;
}

/** How many rows of a window stand in the timeline, among those with such numbers. */
const shown = ({ window }: ChatView, isOne: (seq: number) => boolean): number =>
  window.rows.filter((row) => isOne(row.seq) && isInTimeline(row)).length;

/**
 * Brings older, newer and far-off messages into a screen's window: from the store where they are cached, else over
 * HTTP. Being offline is no error: the window stays as it is, and the screen may ask again.
 */
export class HistoryPages {
  readonly #chatId: string;
  readonly #ports: Pick<Ports, "store" | "remote" | "report">;
  readonly #log: ChatLog;
  readonly #events: PageEvents;

  constructor(chatId: string, ports: Pick<Ports, "store" | "remote" | "report">, log: ChatLog, events: PageEvents) {
    this.#chatId = chatId;
    this.#ports = ports;
    this.#log = log;
    this.#events = events;
  }

  async loadOlder(view: ChatView): Promise<void> {
    if (view.is_loading_older || !view.window.hasOlder || !view.is_ready) return;
    view.is_loading_older = true;
    this.#events.changed();
    // A page may hold nothing but answers in threads, of which a timeline shows none.
    for (let pages = 0; pages < MOST_PAGES && view.window.hasOlder; pages++) {
      const low = view.window.low;
      await this.#older(view);
      if (view.window.low === low || shown(view, (seq) => seq < low) >= FEW) break;
    }
    view.is_loading_older = false;
    this.#events.changed();
  }

  /** A chat whose end is nearly all answers in threads shall not look empty. */
  async fill(view: ChatView): Promise<void> {
    const count = shown(view, () => true);
    if (count < FEW && count < view.window.rows.length) await this.loadOlder(view);
  }

  async #older(view: ChatView): Promise<void> {
    const low = view.window.low;
    let isFromNetwork = false;
    const fetch = async () => {
      await this.#events.written();
      const cached = await this.#ports.store.loadBefore(this.#chatId, low, PAGE_MESSAGES);
      if (cached.length > 0) return cached;
      isFromNetwork = true;
      return this.#page({ before_seq: low });
    };
    const page = await this.#quietly(() => view.window.join(fetch, "older", (seq) => this.#isHead(seq)));
    // A screen that was closed meanwhile did not hear what has changed since the page was read.
    if (isFromNetwork && !view.is_over) this.#keep(page);
  }

  async loadNewer(view: ChatView): Promise<void> {
    if (view.is_loading_newer || view.window.isAtHead || !view.is_ready) return;
    view.is_loading_newer = true;
    this.#events.changed();
    const from = view.window.high;
    for (let pages = 0; pages < MOST_PAGES && !view.window.isAtHead; pages++) {
      const high = view.window.high;
      await this.goOn(view);
      if (view.window.high === high || shown(view, (seq) => seq > from) >= FEW) break;
    }
    view.is_loading_newer = false;
    this.#events.changed();
  }

  /** Joins the page that comes after the window. */
  async goOn({ window }: ChatView): Promise<void> {
    const { high } = window;
    await this.#quietly(() =>
      window.join(
        () => this.#newer(high),
        "newer",
        (seq) => this.#isHead(seq),
      ),
    );
  }

  /** True if the window now shows the place. */
  async jumpTo(view: ChatView, place: ViewPlace): Promise<boolean> {
    const { window } = view;
    // What is not sent yet has no place.
    if (place !== "latest" && place < 1) return false;
    if (place === "latest" || place > this.#log.headSeq) {
      if (!window.isAtHead && this.#log.state) {
        window.replace(
          [...this.#log.state.messages.values()].sort((a, b) => a.seq - b.seq),
          true,
        );
        this.#events.changed();
      }
      return true;
    }
    if (window.holds(place)) return true;
    const fetch = async () => {
      await this.#events.written();
      const cached = await this.#ports.store.loadBefore(
        this.#chatId,
        Math.min(place + PAGE_MESSAGES / 2, this.#log.headSeq + 1),
        PAGE_MESSAGES,
      );
      if (cached.some((message) => message.seq === place)) return cached;
      return this.#page({ around_seq: place });
    };
    await this.#quietly(() => window.jump(fetch, (seq) => this.#isHead(seq)));
    if (window.rows.length > 0) view.is_ready = true;
    this.#events.changed();
    return window.holds(place);
  }

  /** The same place again, by the chat's own word: what the device had of it is void. */
  async refetch(view: ChatView, place: number): Promise<boolean> {
    await this.#quietly(() =>
      view.window.jump(
        () => this.#page({ around_seq: place }),
        (seq) => this.#isHead(seq),
        true,
      ),
    );
    this.#events.changed();
    return view.window.holds(place);
  }

  /** What memory has needs no network. */
  async #newer(high: number): Promise<readonly Message[]> {
    const known = this.#log.state?.messages;
    if (!known?.has(high + 1)) return this.#page({ after_seq: high });
    const rows: Message[] = [];
    for (let seq = high + 1; rows.length < PAGE_MESSAGES; seq++) {
      const message = known.get(seq);
      if (!message) break;
      rows.push(message);
    }
    return rows;
  }

  async #page(place: HistoryPlace): Promise<readonly Message[]> {
    const page = await this.#ports.remote.history(this.#chatId, place, PAGE_MESSAGES);
    for (const { sender } of page.messages) if (sender) this.#events.named(sender.user_id, sender.display_name);
    const now = this.#events.now();
    return page.messages.map(({ sender: _, ...message }) => unlessOver(message, now));
  }

  #keep(page: readonly Message[] | undefined): void {
    const epoch = this.#log.state?.epoch;
    if (!page || page.length === 0 || epoch === undefined) return;
    this.#ports.store.mergeMessages(this.#chatId, epoch, page).catch(this.#ports.report);
  }

  #isHead(seq: number): boolean {
    return seq >= this.#log.headSeq;
  }

  async #quietly<T>(run: () => Promise<T>): Promise<T | undefined> {
    try {
      return await run();
    } catch (error) {
      // Refused or unreachable: the window is as it was. Anything else is a mistake of ours.
      if (!asFault(error)) this.#ports.report(error);
      return undefined;
    }
  }
}
