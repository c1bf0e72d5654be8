import type { Reminder } from "../../src/protocol/chat.ts";
import type { PeopleReason } from "../../src/protocol/down.ts";
import { newClientMsgId, newDeviceId } from "../../src/protocol/ids.ts";
import type { Presence } from "../../src/protocol/user.ts";
import type { Cell } from "./cell.ts";
import { type ChatQuestions, OpenChat } from "./chat-handle.ts";
import type { ChatHandle, ConnectionState, Inbox, Readable, Refusal, ThreadHandle, TimelineMessage } from "./client.ts";
import { type Desk, type DeskSink, isThreadScreen } from "./desk.ts";
import { Drafts } from "./drafts.ts";
import { Engine } from "./engine/engine.ts";
import { type ChatStateChange, newCommand } from "./engine/outbox-row.ts";
import type { Clock, Ports, Store } from "./engine/ports.ts";
import { PresenceWatch } from "./presence-watch.ts";
import type { TabChannel } from "./tabs/channel.ts";
import { DeskServer } from "./tabs/desk-server.ts";
import { Leadership, TabLife, type TabLocks } from "./tabs/leadership.ts";
import { type OpenAsk, RemoteDesk } from "./tabs/remote-desk.ts";
import { isThreadDraft, threadDraft } from "./thread-draft.ts";
import { OpenThread } from "./thread-handle.ts";

export interface SeatPorts {
  me: string;
  ports: Ports;
  locks: TabLocks | undefined;
  /** Undefined where tabs cannot talk: then each is for itself. */
  channel: TabChannel | undefined;
  /** Somebody looks at this tab. */
  isVisible(): boolean;
  revoked(): void;
  questions: ChatQuestions;
}

/** The values of one tab, that outlive who is signed in. */
export interface SeatCells {
  connection: Cell<ConnectionState>;
  inbox: Cell<Inbox>;
  reminders: Cell<readonly Reminder[]>;
  arrived(message: TimelineMessage, chatId: string): void;
  refused(refusal: Refusal): void;
  people(reason: PeopleReason): void;
}

/**
 * One signed-in person in one tab: their store, their open chats, and the desk behind them, which is this tab's own
 * engine while it leads and another tab's while it does not. Screens notice nothing when that changes.
 */
export class Seat {
  readonly #tab = newDeviceId();
  readonly #ports: SeatPorts;
  readonly #cells: SeatCells;
  readonly #drafts: Drafts;
  readonly #presence: PresenceWatch;
  readonly #leadership: Leadership;
  readonly #life: TabLife;
  readonly #handles = new Map<string, OpenChat>();
  readonly #threads = new Map<string, OpenThread>();
  readonly #forget: (() => void)[] = [];
  #desk: Desk | undefined;
  #engine: Engine | undefined;
  #server: DeskServer | undefined;
  #remote: RemoteDesk | undefined;
  #views = 0;
  #isActive = true;
  #isOnline = true;
  #isClosed = false;

  constructor(ports: SeatPorts, cells: SeatCells) {
    this.#ports = ports;
    this.#cells = cells;
    const { channel, locks, me } = ports;
    this.#drafts = new Drafts(this.#store, {
      saved: (chatId, { text, edited_at }) => {
        // What is written in a thread stays on this device.
        const isHere = isThreadDraft(chatId);
        if (!isHere) this.#desk?.drafted(chatId, text, edited_at);
        if (this.#engine || isHere)
          channel?.post({ kind: "drafted", from: this.#tab, chat_id: chatId, text, edited_at });
      },
      now: () => this.#clock.now(),
      report: ports.ports.report,
    });
    this.#presence = new PresenceWatch((subjects) => (this.#server ?? this.#desk)?.watchPresence(subjects));
    const isShared = channel !== undefined && locks !== undefined;
    this.#life = new TabLife(locks, `parley-tab-${me}-`);
    this.#leadership = new Leadership(isShared ? locks : undefined, `parley-lead-${me}`, {
      elected: () => this.#lead(),
      following: () => this.#follow(),
    });
    if (isShared) this.#forget.push(this.#life.live(this.#tab));
    const deafen = channel?.listen((message) => {
      if (message.kind === "drafted") this.#drafts.heard(message.chat_id, message.text, message.edited_at);
      // Who led before may have ended with something on its lips.
      if (message.kind === "leading") this.#drafts.load().catch(ports.ports.report);
    });
    if (deafen) this.#forget.push(deafen);
  }

  /** `isOnline`: as the device says; without a network nothing is dialled until it says otherwise. */
  start(isOnline: boolean): void {
    this.#isOnline = isOnline;
    this.#leadership.start().catch(this.#ports.ports.report);
    this.#drafts.load().catch(this.#ports.ports.report);
  }

  /** Closes everything but the store. */
  close(): void {
    this.#isClosed = true;
    this.#leadership.stop();
    for (const { answer } of this.#leave()) answer(undefined);
    for (const forget of this.#forget) forget();
    this.#ports.channel?.close();
  }

  openChat(chatId: string): ChatHandle {
    const viewId = `${this.#tab}/${++this.#views}`;
    const line = this.#cells.inbox.get().lines.find((one) => one.chat_id === chatId);
    const handle = new OpenChat(viewId, chatId, line?.title ?? "", {
      desk: () => this.#desk,
      store: this.#store,
      isClear: (id) => this.#engine?.isClear(id) ?? false,
      now: () => this.#clock.now(),
      me: this.#ports.me,
      questions: this.#ports.questions,
      openThread: (rootSeq, headSeq) => this.#openThread(chatId, rootSeq, headSeq),
      draft: this.#drafts.of(chatId),
      setDraft: (text) => this.#drafts.set(chatId, text),
      spent: (text) => this.#drafts.spent(chatId, text),
      closed: () => this.#handles.delete(viewId),
    });
    this.#handles.set(viewId, handle);
    this.#desk?.openView(viewId, chatId, "latest");
    // Where nothing new is to be read, no reading takes the mark back.
    if (line?.is_marked_unread) this.setChatState(chatId, { is_marked_unread: false }).catch(this.#ports.ports.report);
    return handle;
  }

  #openThread(chatId: string, rootSeq: number, headSeq: () => number): ThreadHandle {
    const viewId = `${this.#tab}/${++this.#views}`;
    const draft = threadDraft(chatId, rootSeq);
    const handle = new OpenThread(viewId, chatId, rootSeq, {
      desk: () => this.#desk,
      store: this.#store,
      isClear: (id) => this.#engine?.isClear(id) ?? false,
      now: () => this.#clock.now(),
      headSeq,
      draft: this.#drafts.of(draft),
      setDraft: (text) => this.#drafts.set(draft, text),
      spent: (text) => this.#drafts.spent(draft, text),
      closed: () => this.#threads.delete(viewId),
    });
    this.#threads.set(viewId, handle);
    this.#desk?.openView(viewId, chatId, "latest", rootSeq);
    return handle;
  }

  /** Durable on the device first, and painted; the hub hears of it when it can. */
  async setChatState(chatId: string, change: ChatStateChange): Promise<void> {
    const now = this.#clock.now();
    const command = { type: "SET_CHAT_STATE", ...change } as const;
    const row = await this.#store.addOutbox(newCommand("personal", chatId, command, { id: newClientMsgId(now), now }));
    this.#desk?.written(row);
  }

  presence(userId: string, chatId: string): Readable<Presence | undefined> {
    return this.#presence.of(userId, chatId);
  }

  ownPresence(): Readable<Presence | undefined> {
    return this.#presence.told(this.#ports.me);
  }

  setActive(isActive: boolean): void {
    this.#isActive = isActive;
    (this.#server ?? this.#desk)?.setActive(isActive);
  }

  setNetwork(isThere: boolean): void {
    this.#isOnline = isThere;
    this.#desk?.setNetwork(isThere);
  }

  reconnect(): void {
    this.#desk?.reconnect();
  }

  get #store(): Store {
    return this.#ports.ports.store;
  }

  get #clock(): Clock {
    return this.#ports.ports.clock;
  }

  #lead(): void {
    const asked = this.#leave();
    const { me, ports, channel } = this.#ports;
    const own: DeskSink = this.#sink();
    const server = channel
      ? new DeskServer({ tab: this.#tab, channel, onDeath: (tab, run) => this.#life.onDeath(tab, run) }, own)
      : undefined;
    const engine = new Engine(me, ports, server ?? own);
    this.#engine = engine;
    this.#server = server;
    this.#desk = engine;
    server?.serve(engine);
    this.#reopen();
    engine.start().catch(ports.report);
    this.#askAgain(asked);
    this.#drafts.load().catch(ports.report);
  }

  #follow(): void {
    const asked = this.#leave();
    const { channel } = this.#ports;
    if (!channel || this.#isClosed) {
      for (const { answer } of asked) answer(undefined);
      return;
    }
    this.#remote = new RemoteDesk(
      { tab: this.#tab, channel, clock: this.#clock, silent: () => this.#leaderSilent() },
      this.#sink(),
    );
    this.#desk = this.#remote;
    this.#reopen();
    this.#askAgain(asked);
  }

  /** What the tab that led was asked, and could not answer any more. */
  #askAgain(asked: readonly OpenAsk[]): void {
    for (const { view_id, request, answer } of asked)
      void this.#desk?.ask(view_id, request).then(answer, this.#ports.ports.report);
  }

  /** What is on screen goes on being shown by the new desk, from where it stands. */
  #reopen(): void {
    for (const handle of this.#handles.values()) {
      this.#desk?.openView(handle.view_id, handle.chat_id, handle.place, undefined, lineOf(handle));
      if (handle.scheduled.isWatched) handle.loadScheduled();
    }
    for (const thread of this.#threads.values())
      this.#desk?.openView(thread.view_id, thread.chat_id, "latest", thread.root_seq, lineOf(thread));
    const desk = this.#server ?? this.#desk;
    desk?.watchPresence(this.#presence.subjects);
    desk?.setActive(this.#isActive);
    if (!this.#isOnline) this.#desk?.setNetwork(false);
  }

  #leaderSilent(): void {
    if (this.#isClosed) return;
    // A tab that nobody sees can wait; one that somebody looks at cannot.
    if (this.#ports.isVisible()) this.#leadership.steal();
  }

  /** Ends the desk as it is; what it was asked and has not answered is to be asked again. */
  #leave(): OpenAsk[] {
    this.#server?.stop();
    this.#engine?.stop();
    const asked = this.#remote?.stop() ?? [];
    this.#server = undefined;
    this.#engine = undefined;
    this.#remote = undefined;
    this.#desk = undefined;
    return asked;
  }

  #sink(): DeskSink {
    return {
      connection: (state) => this.#cells.connection.set(state),
      inbox: (inbox) => this.#cells.inbox.set(inbox),
      screen: (viewId, screen) => {
        if (isThreadScreen(screen)) this.#threads.get(viewId)?.show(screen);
        else this.#handles.get(viewId)?.show(screen);
      },
      reminders: (reminders) => this.#cells.reminders.set(reminders),
      presence: (presence) => this.#presence.heard(presence),
      people: (reason) => this.#cells.people(reason),
      arrival: (message, chatId) => {
        const isOpen = [...this.#handles.values()].some((handle) => handle.chat_id === chatId);
        if (isOpen) this.#cells.arrived(message, chatId);
      },
      drafted: (chatId, text, editedAt) => this.#drafts.heard(chatId, text, editedAt),
      refused: (refusal) => this.#cells.refused(refusal),
      revoked: () => this.#ports.revoked(),
    };
  }
}

/** Where the "New" line of a screen stands by now. */
const lineOf = ({ screen }: OpenChat | OpenThread): number | undefined => screen.get().first_unread_seq;
