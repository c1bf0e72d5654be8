import { Fault } from "../../src/domain/fault.ts";
import type { Reminder } from "../../src/protocol/chat.ts";
import type { Message } from "../../src/protocol/message.ts";
import type { ScheduledMessage } from "../../src/protocol/timer-routes.ts";
import type { Presence } from "../../src/protocol/user.ts";
import { MemoryStore } from "../../web/store/memory-store.ts";
import type { ConnectionState, Inbox, Refusal, ThreadScreen, TimelineMessage } from "../../web/sync/client.ts";
import {
  type DeskScreen,
  type DeskSink,
  isThreadScreen,
  type ServedScreen,
  type ViewPlace,
} from "../../web/sync/desk.ts";
import { Engine } from "../../web/sync/engine/engine.ts";
import type { NewOutboxRow, OutboxRow } from "../../web/sync/engine/outbox-row.ts";
import type {
  ChatsPage,
  HistoryPage,
  HistoryPlace,
  Ports,
  Remote,
  Store,
  ThreadPage,
} from "../../web/sync/engine/ports.ts";
import { ManualClock, settle } from "./manual-clock.ts";
import { CHAT, connected, entry, inboxSnapshot, ME, messages, snapshot } from "./sample-chat.ts";
import { ScriptedNetwork, type ScriptedSocket } from "./scripted-network.ts";

/** HTTP whose other end is the test; without an answer it is offline. */
export class ScriptedRemote implements Remote {
  readonly asked: { chat_id: string; place: HistoryPlace }[] = [];
  readonly deleted: string[] = [];
  onHistory: (place: HistoryPlace, limit: number) => Promise<HistoryPage> | HistoryPage = () => {
    throw new Fault("unavailable");
  };
  onDelete: (messageId: string) => Promise<Message> | Message = () => {
    throw new Fault("unavailable");
  };

  onThread: (rootId: string, before: number | undefined) => Promise<ThreadPage> | ThreadPage = () => {
    throw new Fault("unavailable");
  };
  onVotes: (messageId: string) => Promise<number[]> | number[] = () => {
    throw new Fault("unavailable");
  };
  onScheduled: () => Promise<ScheduledMessage[]> | ScheduledMessage[] = () => {
    throw new Fault("unavailable");
  };
  onChats: (filter: "all" | "archived" | "unlisted", cursor: string | undefined) => Promise<ChatsPage> | ChatsPage =
    () => {
      throw new Fault("unavailable");
    };

  async thread(rootId: string, before: number | undefined): Promise<ThreadPage> {
    return this.onThread(rootId, before);
  }

  async ownVotes(messageId: string): Promise<number[]> {
    return this.onVotes(messageId);
  }

  async scheduled(): Promise<ScheduledMessage[]> {
    return this.onScheduled();
  }

  async chats(filter: "all" | "archived" | "unlisted", cursor: string | undefined): Promise<ChatsPage> {
    return this.onChats(filter, cursor);
  }

  async history(chatId: string, place: HistoryPlace, limit: number): Promise<HistoryPage> {
    this.asked.push({ chat_id: chatId, place });
    return this.onHistory(place, limit);
  }

  async deleteMessage(messageId: string): Promise<Message> {
    this.deleted.push(messageId);
    return this.onDelete(messageId);
  }
}

/** A page of history as the server would answer it from these rows. */
export function pageOf(rows: readonly Message[], place: HistoryPlace, limit: number): HistoryPage {
  const head = rows.at(-1)?.seq ?? 0;
  const page =
    "before_seq" in place
      ? rows.filter((m) => m.seq < place.before_seq).slice(-limit)
      : "after_seq" in place
        ? rows.filter((m) => m.seq > place.after_seq).slice(0, limit)
        : rows.filter((m) => m.seq > place.around_seq - limit / 2 && m.seq <= place.around_seq + limit / 2);
  return {
    messages: [...page],
    has_more: (page[0]?.seq ?? 1) > 1,
    has_newer: (page.at(-1)?.seq ?? 0) < head,
    head_seq: head,
    rev: Math.max(...rows.map((m) => m.rev)),
  };
}

/** One device of one person: the engine, a clock and a network in the test's hand, and what the screens were told. */
export class Device implements DeskSink {
  readonly clock: ManualClock;
  readonly network = new ScriptedNetwork();
  readonly remote = new ScriptedRemote();
  readonly store: Store;
  readonly engine: Engine;
  readonly screens = new Map<string, ServedScreen>();
  readonly threads = new Map<string, ThreadScreen>();
  reminded: readonly Reminder[] = [];
  readonly arrivals: TimelineMessage[] = [];
  readonly presences: Presence[] = [];
  readonly refusals: Refusal[] = [];
  readonly drafts: [chatId: string, text: string][] = [];
  readonly errors: unknown[] = [];
  isRevoked = false;
  line: ConnectionState = { status: "connecting", unsent: 0, failed: 0 };
  list: Inbox = { status: "loading", lines: [], unread: 0 };
  #ids = 0;

  constructor(given: { clock?: ManualClock; store?: Store; random?: () => number; me?: string } = {}) {
    this.clock = given.clock ?? new ManualClock();
    this.store = given.store ?? new MemoryStore();
    const ports: Ports = {
      clock: this.clock,
      random: given.random ?? (() => 0.5),
      transport: this.network,
      remote: this.remote,
      store: this.store,
      schedule: (run) => queueMicrotask(run),
      report: (error) => this.errors.push(error),
    };
    this.engine = new Engine(given.me ?? ME, ports, this);
  }

  /** Starts, with a hub that greets with this inbox. */
  async start(entries = [entry(CHAT, 1)]): Promise<void> {
    this.network.greet = (socket) => {
      if (socket.target.kind !== "hub") return;
      socket.open();
      const server_time = new Date(this.clock.now()).toISOString();
      socket.say({ ...connected(), server_time }, inboxSnapshot(entries, 1));
    };
    await this.engine.start();
    await settle();
  }

  /** Opens the sample chat, whose log has these rows, and attaches it. */
  async open(rows: Message[] = messages(1, 3), rev = rows.at(-1)?.rev ?? 1, viewId = "view"): Promise<ScriptedSocket> {
    this.engine.openView(viewId, CHAT, "latest");
    await settle();
    const socket = this.network.last(CHAT);
    socket.open();
    socket.say(connected(CHAT), snapshot(rows, rev));
    await settle();
    return socket;
  }

  /** Composes as a tab would: the row is in the store first. */
  async compose(text: string, patch: Partial<NewOutboxRow> = {}): Promise<OutboxRow> {
    const row = await this.store.addOutbox({
      kind: "message",
      chat_id: CHAT,
      client_msg_id: `own-${++this.#ids}`,
      created_at: this.clock.now(),
      seen_seq: this.screens.get("view")?.head_seq ?? 0,
      text,
      phase: "queued",
      is_transmitted: this.engine.isClear(CHAT),
      attempts: 0,
      ...patch,
    });
    this.engine.written(row);
    await settle();
    return row;
  }

  thread(viewId: string): ThreadScreen {
    const screen = this.threads.get(viewId);
    if (!screen) throw new Error(`no thread was shown on ${viewId}`);
    return screen;
  }

  view(viewId = "view"): ServedScreen {
    const screen = this.screens.get(viewId);
    if (!screen) throw new Error(`nothing was shown on ${viewId}`);
    return screen;
  }

  jump(place: ViewPlace, viewId = "view"): Promise<string | undefined> {
    return this.engine.ask(viewId, { verb: "jump_to", place });
  }

  texts(viewId = "view"): (string | undefined)[] {
    return this.view(viewId).messages.map((message) => message.text);
  }

  connection(state: ConnectionState): void {
    this.line = state;
  }

  inbox(inbox: Inbox): void {
    this.list = inbox;
  }

  screen(viewId: string, screen: DeskScreen): void {
    if (isThreadScreen(screen)) this.threads.set(viewId, screen);
    else this.screens.set(viewId, screen);
  }

  reminders(reminders: readonly Reminder[]): void {
    this.reminded = reminders;
  }

  people(): void {}

  presence(presence: Presence): void {
    this.presences.push(presence);
  }

  arrival(message: TimelineMessage): void {
    this.arrivals.push(message);
  }

  drafted(chatId: string, text: string): void {
    this.drafts.push([chatId, text]);
  }

  refused(refusal: Refusal): void {
    this.refusals.push(refusal);
  }

  revoked(): void {
    this.isRevoked = true;
  }
}
