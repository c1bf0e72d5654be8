import type { Inbox } from "../client.ts";
import {
  type Desk,
  type DeskScreen,
  type DeskSink,
  isThreadScreen,
  type PresenceSubject,
  placeOf,
  type ViewPlace,
  type ViewRequest,
} from "../desk.ts";
import type { OutboxRow } from "../engine/outbox-row.ts";
import type { Clock } from "../engine/ports.ts";
import type { InboxPatch, ScreenPatch, TabChannel, TabMessage } from "./channel.ts";
import { patched } from "./list-patch.ts";

/** A leader that does not answer for this long is asleep or stuck. */
export const LEADER_MS = 3_000;

/** A desk in another tab: everything is asked of the tab that leads, and told by it. */
export class RemoteDesk implements Desk {
  readonly #tab: string;
  readonly #channel: TabChannel;
  readonly #clock: Clock;
  readonly #sink: DeskSink;
  readonly #silent: () => void;
  readonly #views = new Map<string, RemoteView>();
  readonly #asks = new Map<number, OpenAsk>();
  readonly #forget: () => void;
  #inbox: Inbox = { status: "loading", lines: [], unread: 0 };
  #subjects: readonly PresenceSubject[] = [];
  #isActive = true;
  #askIds = 0;
  #cancelSilence: (() => void) | undefined;

  /** `silent`: the leader does not answer; this tab should take the lead. */
  constructor(ports: { tab: string; channel: TabChannel; clock: Clock; silent(): void }, sink: DeskSink) {
    this.#tab = ports.tab;
    this.#channel = ports.channel;
    this.#clock = ports.clock;
    this.#silent = () => ports.silent();
    this.#sink = sink;
    this.#forget = ports.channel.listen((message) => this.#heard(message));
    this.#greet();
  }

  /** Ends, and hands over what nobody has answered: it may be asked again of whoever leads now. */
  stop(): OpenAsk[] {
    this.#forget();
    this.#cancelSilence?.();
    const open = [...this.#asks.values()];
    this.#asks.clear();
    return open;
  }

  openView(viewId: string, chatId: string, place: ViewPlace, threadRootSeq?: number, lineSeq?: number): void {
    const view: RemoteView = {
      chat_id: chatId,
      place,
      thread_root_seq: threadRootSeq,
      line_seq: lineSeq,
      screen: undefined,
    };
    this.#views.set(viewId, view);
    this.#open(viewId, view);
    this.#listenForLife();
  }

  closeView(viewId: string): void {
    this.#views.delete(viewId);
    this.#channel.post({ kind: "close", from: this.#tab, view_id: viewId });
  }

  ask(viewId: string, request: ViewRequest): Promise<string | undefined> {
    const askId = ++this.#askIds;
    return new Promise((answer) => {
      const ask = { view_id: viewId, request, answer };
      this.#asks.set(askId, ask);
      this.#post(askId, ask);
      this.#listenForLife();
    });
  }

  #post(askId: number, { view_id, request }: OpenAsk): void {
    this.#channel.post({ kind: "ask", from: this.#tab, ask_id: askId, view_id, request });
  }

  written(row: OutboxRow): void {
    this.#channel.post({ kind: "written", from: this.#tab, row });
    this.#listenForLife();
  }

  drafted(chatId: string, text: string, editedAt: number): void {
    this.#channel.post({ kind: "drafted", from: this.#tab, chat_id: chatId, text, edited_at: editedAt });
  }

  watchPresence(subjects: readonly PresenceSubject[]): void {
    this.#subjects = subjects;
    this.#channel.post({ kind: "watch", from: this.#tab, subjects: [...subjects] });
  }

  setActive(isActive: boolean): void {
    this.#isActive = isActive;
    this.#channel.post({ kind: "active", from: this.#tab, is_active: isActive });
    // Somebody looks at this tab: a leader that a browser has put to sleep must not keep them waiting.
    if (isActive) this.#listenForLife();
  }

  reconnect(): void {
    this.#channel.post({ kind: "reconnect", from: this.#tab });
    this.#listenForLife();
  }

  /** The tab that leads knows who ended. */
  reread(): void {}

  /** The tab that leads hears the same from the same device. */
  setNetwork(): void {}

  #greet(): void {
    this.#channel.post({ kind: "hello", from: this.#tab });
    this.#channel.post({ kind: "active", from: this.#tab, is_active: this.#isActive });
    this.#channel.post({ kind: "watch", from: this.#tab, subjects: [...this.#subjects] });
    for (const [viewId, view] of this.#views) {
      // Where the reader is by now, not where they began.
      if (view.screen && !isThreadScreen(view.screen)) view.place = placeOf(view.screen);
      view.line_seq = view.screen?.first_unread_seq ?? view.line_seq;
      view.screen = undefined;
      this.#open(viewId, view);
    }
    this.#listenForLife();
  }

  #open(viewId: string, { chat_id, place, thread_root_seq, line_seq }: RemoteView): void {
    const thread = thread_root_seq === undefined ? {} : { thread_root_seq };
    const line = line_seq === undefined ? {} : { line_seq };
    this.#channel.post({ kind: "open", from: this.#tab, view_id: viewId, chat_id, place, ...thread, ...line });
  }

  #listenForLife(): void {
    this.#cancelSilence ??= this.#clock.after(LEADER_MS, () => {
      this.#cancelSilence = undefined;
      this.#silent();
    });
  }

  #heard(message: TabMessage): void {
    if ("to" in message && message.to !== this.#tab) return;
    if (isFromLeader(message)) {
      this.#cancelSilence?.();
      this.#cancelSilence = undefined;
    }
    switch (message.kind) {
      case "leading":
        this.#greet();
        // Whoever was asked is gone.
        for (const [askId, ask] of this.#asks) this.#post(askId, ask);
        break;
      case "answer":
        this.#asks.get(message.ask_id)?.answer(message.text);
        this.#asks.delete(message.ask_id);
        break;
      case "screen":
        this.#screen(message.view_id, message.patch);
        break;
      case "inbox":
        this.#inboxPatched(message.patch);
        break;
      case "reminders":
        this.#sink.reminders(message.reminders);
        break;
      case "connection":
        this.#sink.connection(message.state);
        break;
      case "presence":
        this.#sink.presence(message.presence);
        break;
      case "people":
        this.#sink.people(message.reason);
        break;
      case "arrival":
        this.#sink.arrival(message.message, message.chat_id);
        break;
      case "refused":
        this.#sink.refused(message.refusal);
        break;
      default:
        break;
    }
  }

  #screen(viewId: string, patch: ScreenPatch): void {
    const view = this.#views.get(viewId);
    if (!view) return;
    const before = view.screen;
    const messages = patch.messages ? patched(before?.messages ?? [], patch.messages, (m) => m.key) : before?.messages;
    // Built on something this tab never got: ask for the whole.
    if (!messages) {
      this.#greet();
      return;
    }
    const fields: Record<string, unknown> = { ...before, ...patch.fields, messages };
    for (const name of patch.gone) delete fields[name];
    view.screen = fields as unknown as DeskScreen;
    this.#sink.screen(viewId, view.screen);
  }

  #inboxPatched(patch: InboxPatch): void {
    const lines = patched(this.#inbox.lines, patch.lines, (line) => line.chat_id);
    if (!lines) {
      this.#greet();
      return;
    }
    this.#inbox = { status: patch.status, unread: patch.unread, lines };
    this.#sink.inbox(this.#inbox);
  }
}

/** What was asked of the leader and not answered yet. */
export interface OpenAsk {
  view_id: string;
  request: ViewRequest;
  answer(text: string | undefined): void;
}

interface RemoteView {
  chat_id: string;
  place: ViewPlace;
  thread_root_seq: number | undefined;
  line_seq: number | undefined;
  screen: DeskScreen | undefined;
}

const isFromLeader = (message: TabMessage): boolean => LEADERS.has(message.kind);

const LEADERS: ReadonlySet<TabMessage["kind"]> = new Set([
  "leading",
  "alive",
  "answer",
  "screen",
  "inbox",
  "reminders",
  "connection",
  "presence",
  "people",
  "arrival",
  "refused",
]);
