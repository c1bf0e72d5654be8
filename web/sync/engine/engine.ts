import type { InboxEntry } from "../../../src/protocol/chat.ts";
import type { ErrorCode } from "../../../src/protocol/error.ts";
import type { ConnectionState, TimelineMessage } from "../client.ts";
import type { Desk, DeskSink, PresenceSubject, ViewPlace, ViewRequest } from "../desk.ts";
import { isThreadDraft } from "../thread-draft.ts";
import { ChatDoubts } from "./chat-doubts.ts";
import { ChatSession } from "./chat-session.ts";
import { connectionOf, isSameConnection } from "./connection.ts";
import { firstLoad } from "./first-load.ts";
import { HubSession } from "./hub-session.ts";
import { IdleChats } from "./idle-chats.ts";
import { InboxLines, type LineSources } from "./inbox-lines.ts";
import type { InboxChange } from "./inbox-log.ts";
import type { LineEnd } from "./line.ts";
import { Moments } from "./moments.ts";
import { afterRestart, type OutboxRow } from "./outbox-row.ts";
import type { Ports } from "./ports.ts";
import { refusalOf } from "./refusal.ts";
import { RowIntake } from "./row-intake.ts";
import { ServerTime } from "./server-time.ts";

/** Chats that nobody looks at any more, but whose socket is kept: going back to one costs nothing. */
export const WARM_CHATS = 4;
/** Chats that are connected only to be told something, at a time. */
export const OWED_CHATS = 4;

/** A clock that drifts by less than this is not worth a write. */
const SKEW_MS = 500;

/**
 * Everything of one person on one device: the hub's inbox, the chats on screen, the ones kept warm, and those that are
 * owed a message. Runs in one tab at a time; the others look through it.
 */
export class Engine implements Desk {
  readonly #me: string;
  readonly #ports: Ports;
  readonly #sink: DeskSink;
  readonly #hub: HubSession;
  readonly #sessions = new Map<string, ChatSession>();
  readonly #views = new Map<string, string>();
  readonly #lines = new InboxLines();
  readonly #idle: IdleChats;
  readonly #intake: RowIntake;
  readonly #moments: Moments;
  readonly #time: ServerTime;
  /** Without a view, the one left last at the end. */
  #warm: string[] = [];
  #isLoaded = false;
  #isStopped = false;
  #loading: Promise<void> | undefined;
  #isNetworkThere = true;
  readonly #doubts: ChatDoubts;
  #connection: ConnectionState | undefined;
  #touched = new Set<string>();
  #isScheduled = false;

  constructor(me: string, ports: Ports, sink: DeskSink) {
    this.#me = me;
    this.#ports = ports;
    this.#sink = sink;
    this.#idle = new IdleChats(ports);
    this.#intake = new RowIntake(ports, (row, isFresh) => this.#taken(row, isFresh));
    this.#doubts = new ChatDoubts(ports.clock, () => this.#hub.resolve());
    this.#time = new ServerTime(ports.clock);
    this.#moments = new Moments(ports.clock, this.#time, () => {
      // Whoever finds that time has leapt asks the server whether it has.
      if (this.#time.leapt()) this.#everyLine((line) => line.redial());
      void this.#expire().catch(ports.report);
    });
    this.#hub = new HubSession(ports, me, {
      changed: () => this.#changed(),
      attached: () => {
        if (!this.#isNetworkThere) this.setNetwork(true);
      },
      inbox: (change) => this.#inboxChanged(change),
      personal: (chatIds) => {
        for (const chatId of chatIds) this.#changed(chatId);
      },
      drafted: (chatId, { text, edited_at }) => sink.drafted(chatId, text, edited_at),
      undone: (row, code) => this.#undone(row, code),
      presence: (presence) => sink.presence(presence),
      people: (reason) => sink.people(reason),
      skew: (ms) => this.#corrected(ms),
      // A hub cannot be gone; whoever is told so has no session there any more.
      ended: (why) => (why === "revoked" || why === "gone") && this.#revoked(),
    });
  }

  /** Paints from the store, then connects. Resolves when the store was read. */
  start(): Promise<void> {
    this.#loading ??= this.#load();
    return this.#loading;
  }

  /** Closes every socket. What is on the device stays. */
  stop(): void {
    this.#isStopped = true;
    this.#hub.stop();
    this.#moments.stop();
    for (const session of this.#sessions.values()) session.stop();
  }

  /** For tests, and for the tab that leads: the session of a chat that is open or warm. */
  session(chatId: string): ChatSession | undefined {
    return this.#sessions.get(chatId);
  }

  get hub(): HubSession {
    return this.#hub;
  }

  openView(viewId: string, chatId: string, place: ViewPlace, threadRootSeq?: number, lineSeq?: number): void {
    this.#views.set(viewId, chatId);
    this.#whenLoaded(() => {
      if (!this.#views.has(viewId)) return;
      this.#warm = this.#warm.filter((other) => other !== chatId);
      this.#tend();
      this.#sessions.get(chatId)?.openView(viewId, place, threadRootSeq, lineSeq);
      this.#changed(chatId);
    });
  }

  closeView(viewId: string): void {
    const chatId = this.#views.get(viewId);
    if (chatId === undefined) return;
    this.#views.delete(viewId);
    const session = this.#sessions.get(chatId);
    session?.closeView(viewId);
    if (session && !session.hasViews)
      this.#warm = [...this.#warm.filter((other) => other !== chatId), chatId].slice(-WARM_CHATS);
    this.#tend();
  }

  async ask(viewId: string, request: ViewRequest): Promise<string | undefined> {
    await this.start();
    const session = this.#sessions.get(this.#views.get(viewId) ?? "");
    return session?.ask(viewId, request);
  }

  written(row: OutboxRow): void {
    this.#whenLoaded(() => this.#intake.written(row));
  }

  reread(): void {
    this.#whenLoaded(() => void Promise.all([this.#intake.reread(), this.#hub.drafts.reread()]));
  }

  #taken(row: OutboxRow, isFresh: boolean): void {
    if (this.#isStopped) return;
    const session = this.#sessions.get(row.chat_id);
    if (row.kind === "personal") this.#hub.lane.add([row], isFresh);
    else if (session) session.lane.add([row], isFresh);
    else this.#idle.add(row);
    this.#tend();
    if (row.kind === "message") session?.stoppedTyping();
    this.#changed(row.chat_id);
  }

  /** A message written now would leave in this moment. */
  isClear(chatId: string): boolean {
    return this.#sessions.get(chatId)?.lane.isClear ?? false;
  }

  drafted(chatId: string, text: string, editedAt: number): void {
    if (!isThreadDraft(chatId)) this.#hub.drafts.drafted(chatId, text, editedAt);
  }

  watchPresence(subjects: readonly PresenceSubject[]): void {
    this.#hub.watch(subjects);
  }

  setActive(isActive: boolean): void {
    // Whoever comes back wants the truth: sockets may have died while the page slept.
    if (this.#hub.setActive(isActive) && isActive) this.reconnect();
  }

  reconnect(): void {
    this.#moments.corrected();
    this.reread();
    this.#everyLine((line) => line.resume());
  }

  setNetwork(isThere: boolean): void {
    this.#isNetworkThere = isThere;
    this.#everyLine((line) => (isThere ? line.resume() : line.networkLost()));
  }

  async #load(): Promise<void> {
    const { inbox, outbox, cursors, drafts, skew } = await firstLoad(this.#ports);
    if (inbox) this.#hub.restore(inbox);
    const seenAt = [...this.#hub.log.entries.values()].map((entry) => Date.parse(entry.last_at));
    this.#time.restore(skew, Math.max(Number.NEGATIVE_INFINITY, ...seenAt));
    const rows = outbox.map(afterRestart);
    this.#intake.loaded(rows);
    this.#hub.lane.add(rows.filter((row) => row.kind === "personal"));
    await this.#idle.restore(
      rows.filter((row) => row.kind !== "personal"),
      cursors,
    );
    this.#hub.drafts.restore(new Map([...drafts].filter(([name]) => !isThreadDraft(name))));
    // Before anything is painted: what is over stays over.
    await this.#expire().catch(this.#ports.report);
    this.#isLoaded = true;
    this.#repaint();
    if (this.#isStopped) return;
    this.#hub.line.start();
    this.#tend();
  }

  #whenLoaded(run: () => void): void {
    if (this.#isLoaded) run();
    else void this.start().then(run, this.#ports.report);
  }

  /** Connects the chats that should be connected, and lets go of the others. */
  #tend(): void {
    if (!this.#isLoaded || this.#isStopped) return;
    const wanted = new Set([...this.#views.values(), ...this.#warm]);
    let spare = OWED_CHATS;
    for (const chatId of this.#owedChats()) {
      if (wanted.has(chatId)) continue;
      if (spare-- <= 0) break;
      wanted.add(chatId);
    }
    for (const [chatId, session] of this.#sessions) {
      if (wanted.has(chatId)) continue;
      session.stop();
      this.#idle.keep(session);
      this.#sessions.delete(chatId);
    }
    for (const chatId of wanted) if (!this.#sessions.has(chatId)) this.#begin(chatId);
  }

  #owedChats(): Set<string> {
    const owed = new Set<string>();
    for (const [chatId, session] of this.#sessions) if (session.isOwing) owed.add(chatId);
    for (const chatId of this.#idle.owed()) if (!this.#sessions.has(chatId)) owed.add(chatId);
    return owed;
  }

  #begin(chatId: string): void {
    const session = new ChatSession(
      chatId,
      this.#me,
      this.#ports,
      {
        entry: () => this.#hub.log.entries.get(chatId),
        changed: () => this.#changed(chatId),
        screen: (viewId, screen) => this.#sink.screen(viewId, screen),
        arrival: (message: TimelineMessage) => this.#sink.arrival(message, chatId),
        ended: (why) => this.#chatEnded(chatId, why),
        hidden: () => this.#hub.hidden(chatId),
        undone: (row, code) => this.#undone(row, code),
        skew: (ms) => this.#corrected(ms),
        now: () => this.#moments.now,
        until: (at) => this.#moments.until(at),
      },
      { cursors: this.#idle.cursors(chatId), outbox: this.#idle.rows(chatId) },
    );
    this.#idle.taken(chatId);
    this.#sessions.set(chatId, session);
    if (!this.#isNetworkThere) session.line.networkLost();
    session.start();
  }

  /** Empties what is over by now, in the store, in memory, on screens and in the chat list. */
  async #expire(): Promise<void> {
    const { gone, next } = await this.#ports.store.expire(new Date(this.#moments.now).toISOString());
    this.#hub.log.expire(this.#moments.now, gone);
    for (const session of this.#sessions.values()) session.expire();
    if (next !== undefined) this.#moments.until(Date.parse(next));
    // Not messages alone: a mute may be over.
    this.#changed();
  }

  #corrected(skew: number): void {
    if (Math.abs(skew - this.#time.skew) >= SKEW_MS) this.#ports.store.saveSkew(skew).catch(this.#ports.report);
    this.#time.measured(skew);
    this.#moments.corrected();
  }

  #inboxChanged(change: InboxChange): void {
    this.#ports.store
      .saveInbox(change.cursor, change.entries, change.hidden, change.isReplaced, change.reminders)
      .catch(this.#ports.report);
    for (const entry of change.entries) {
      this.#touched.add(entry.chat_id);
      if (!entry.is_removed) this.#heardOf(entry);
    }
    for (const { chat_id } of change.hidden) this.#touched.add(chat_id);
    for (const chatId of change.removed) {
      const session = this.#sessions.get(chatId);
      if (session) session.end("gone");
      else for (const row of this.#idle.purge(chatId)) this.#undone(row, "removed");
    }
    this.#changed();
  }

  #undone(row: OutboxRow, code: ErrorCode): void {
    this.#sink.refused(refusalOf(row, code));
    this.#changed(row.chat_id);
  }

  #heardOf(entry: InboxEntry): void {
    const session = this.#sessions.get(entry.chat_id);
    if (!session?.isGone) {
      session?.inboxSays(entry);
      return;
    }
    // Back in a chat that was over: begun anew, for the screens that still show its end.
    this.#idle.keep(session);
    this.#begin(entry.chat_id);
    for (const [viewId, rootSeq] of session.screens.ids)
      this.#sessions.get(entry.chat_id)?.openView(viewId, "latest", rootSeq);
  }

  #chatEnded(chatId: string, why: LineEnd): void {
    if (why === "revoked") {
      this.#revoked();
      return;
    }
    this.#hub.log.drop(chatId);
    this.#idle.purge(chatId);
    const { cursor } = this.#hub.log;
    if (cursor) this.#ports.store.saveInbox(cursor, [], [], false).catch(this.#ports.report);
    this.#doubts.raise(chatId);
    this.#warm = this.#warm.filter((other) => other !== chatId);
    this.#changed(chatId);
  }

  #revoked(): void {
    if (this.#isStopped) return;
    this.stop();
    this.#sink.revoked();
  }

  #everyLine(run: (line: HubSession["line"]) => void): void {
    run(this.#hub.line);
    for (const session of this.#sessions.values()) run(session.line);
  }

  #changed(chatId?: string): void {
    if (chatId !== undefined) this.#touched.add(chatId);
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    this.#ports.schedule(() => {
      this.#isScheduled = false;
      this.#repaint();
      this.#tend();
    });
  }

  #repaint(): void {
    if (!this.#isLoaded) return;
    const touched = this.#touched;
    this.#touched = new Set();
    const entries = this.#hub.log.entries;
    for (const [chatId, session] of this.#sessions) {
      if (session.isAttached) this.#doubts.settle(chatId);
      if (touched.has(chatId)) session.repaint();
    }
    const isTouched = (chatId: string) => touched.has(chatId);
    this.#sink.inbox(this.#lines.draw(entries, this.#hub.log.cursor !== undefined, isTouched, this.#sources()));
    this.#sink.reminders(this.#hub.reminders);
    const connection = connectionOf(this.#hub, this.#sessions.values(), this.#unsentRows());
    if (!this.#connection || !isSameConnection(this.#connection, connection)) this.#connection = connection;
    this.#sink.connection(this.#connection);
  }

  /** Those of chats that this person can see: what waits elsewhere cannot be acted on. */
  *#unsentRows(): Generator<OutboxRow> {
    for (const [chatId, session] of this.#sessions) if (this.#isVisible(chatId)) yield* session.lane.rows;
    for (const [chatId, rows] of this.#idle.all()) if (this.#isVisible(chatId)) yield* rows;
  }

  #isVisible(chatId: string): boolean {
    return this.#hub.log.entries.has(chatId) || [...this.#views.values()].includes(chatId);
  }

  #sources(): LineSources {
    return {
      me: this.#me,
      summary: (chatId) => this.#sessions.get(chatId)?.summary(),
      nameOf: (chatId, userId) => this.#sessions.get(chatId)?.nameOf(userId) ?? "",
      personal: this.#hub.lane.rows,
      hidden: (chatId) => this.#hub.hidden(chatId),
      now: this.#moments.now,
      until: (at) => this.#moments.until(at),
      read: (chatId) => this.#sessions.get(chatId)?.receipts.readSeq ?? this.#idle.cursors(chatId)?.read_seq ?? 0,
      draft: (chatId) => this.#hub.drafts.of(chatId),
      unsent: (chatId) => {
        const rows = this.#sessions.get(chatId)?.lane.rows ?? this.#idle.rows(chatId);
        return rows.findLast((row) => row.kind === "message" && row.phase !== "acknowledged");
      },
    };
  }
}
