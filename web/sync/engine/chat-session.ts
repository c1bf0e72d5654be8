import type { InboxEntry } from "../../../src/protocol/chat.ts";
import { ERRORS, isErrorCode } from "../../../src/protocol/error.ts";
import type { Message } from "../../../src/protocol/message.ts";
import type { ViewPlace, ViewRequest } from "../desk.ts";
import { AnswerWatch } from "./answer-watch.ts";
import { CACHED_ON_OPEN, ChatLog, isNews, type LogChange } from "./chat-log.ts";
import { type ChatMoment, ChatPainter } from "./chat-picture.ts";
import { ChatScreens } from "./chat-screens.ts";
import { ChatWriter } from "./chat-writer.ts";
import type { ChatSummary } from "./inbox-lines.ts";
import { Line, type LineEnd } from "./line.ts";
import { Lookups } from "./lookups.ts";
import { OutboxLane } from "./outbox-lane.ts";
import type { OutboxRow } from "./outbox-row.ts";
import { OwnReceipts } from "./own-receipts.ts";
import type { AnyDown, Ports } from "./ports.ts";
import type { SessionEvents } from "./session-events.ts";
import { fromStored, type OwnCursors } from "./stored.ts";
import { Typing } from "./typing.ts";

/** One chat on this device: its socket, log, outbox, receipts, and the screens that show it. */
export class ChatSession {
  readonly chat_id: string;
  readonly log: ChatLog;
  readonly lane: OutboxLane;
  readonly receipts: OwnReceipts;
  readonly line: Line;
  readonly screens: ChatScreens;
  readonly #ports: Ports;
  readonly #me: string;
  readonly #events: SessionEvents;
  readonly #typing: Typing;
  readonly #writer: ChatWriter;
  readonly #painter: ChatPainter;
  readonly #lookups: Lookups;
  readonly #answers: AnswerWatch;
  #loading: Promise<void> | undefined;
  #isAttached = false;
  #isGone = false;
  #isStopped = false;
  /** The head before the change that is dealt with. */
  #head = 0;

  constructor(
    chatId: string,
    me: string,
    ports: Ports,
    events: SessionEvents,
    stored: { cursors: OwnCursors | undefined; outbox: readonly OutboxRow[] },
  ) {
    this.chat_id = chatId;
    this.#me = me;
    this.#ports = ports;
    this.#events = events;
    this.#painter = new ChatPainter(chatId, me);
    this.log = new ChatLog(ports.clock, {
      ask: (cursor) => {
        this.line.send({ type: "CATCH_UP", ...cursor });
        this.#answers.asked();
      },
      changed: (change) => this.#logChanged(change),
      held: () => events.changed(),
    });
    this.#answers = new AnswerWatch(ports.clock, {
      isAsked: () => this.log.isAsked,
      isAttached: () => this.#isAttached,
      redial: () => this.line.redial(),
      catchUp: () => this.log.catchUp(),
      acknowledge: () => this.line.send({ type: "ACKNOWLEDGE", rev: this.#rev }),
    });
    const changed = () => events.changed();
    this.line = new Line(ports, {
      target: () => {
        const cursor = this.log.cursor;
        return { kind: "chat", chat_id: chatId, ...(cursor ? { cursor } : {}), ...this.receipts.restate() };
      },
      opened: () => {
        this.log.attaching();
        this.#answers.asked();
      },
      received: (frame) => this.#received(frame),
      settled: () => this.#settled(),
      lost: () => this.#detached(),
      ended: (why) => this.end(why),
      changed,
    });
    const send = (frame: Parameters<Line["send"]>[0]) => this.line.send(frame);
    this.lane = new OutboxLane(ports, me, {
      send,
      probe: () => this.line.probe(),
      catchUp: () => this.log.catchUp(),
      deleted: (message) => this.#merge(message),
      undone: (row, code) => events.undone(row, code),
      messageRev: (seq) => this.#lookups.revOf(seq, this.log),
      seqOf: (clientMsgId) => this.log.seqOf(clientMsgId, me),
      obeyed: (row) => {
        this.#lookups.obeyed(row);
        this.screens.obeyed(row);
      },
      changed,
    });
    this.receipts = new OwnReceipts(
      chatId,
      ports.clock,
      {
        send: (frame) => this.#isAttached && send(frame),
        save: (cursors) => void ports.store.saveCursors(cursors).catch(ports.report),
      },
      stored.cursors,
    );
    this.#typing = new Typing(ports.clock, { send: (frame) => this.#isAttached && send(frame), changed });
    this.#writer = new ChatWriter(chatId, ports, () => this.log.state, events.now);
    this.#lookups = new Lookups(chatId, me, ports, () => this.lane.named());
    this.screens = new ChatScreens(chatId, me, ports, this.log, {
      changed,
      named: (userId, name) => this.#painter.names.set(userId, name),
      written: () => this.#writer.written(),
      now: events.now,
      entry: () => events.entry(),
      isCaughtUp: () => this.isCaughtUp,
      cleared: () => events.hidden().cleared,
      read: (seq) => this.receipts.read(seq, this.headSeq) && changed(),
      send: (frame) => this.#isAttached && send(frame),
    });
    this.lane.add(stored.outbox);
  }

  get isAttached(): boolean {
    return this.#isAttached;
  }

  /** Attached, and nothing is known to be missing. */
  get isCaughtUp(): boolean {
    return this.#isAttached && !this.log.isAsked && !this.log.isHolding;
  }

  get isGone(): boolean {
    return this.#isGone;
  }

  get hasViews(): boolean {
    return this.screens.size > 0;
  }

  /** The chat must hear something from this device. */
  get isOwing(): boolean {
    return !this.#isGone && (this.lane.isOwing || this.receipts.isOwing || this.screens.isOwing);
  }

  /** Paints from the store, then connects. */
  start(): void {
    this.#loading ??= this.#ports.store
      .loadChat(this.chat_id, CACHED_ON_OPEN)
      .catch((error: unknown) => this.#ports.report(error))
      .then((stored) => {
        if (!stored || this.#isGone || this.log.state) return;
        this.log.restore(fromStored(stored));
        this.log.expire(this.#events.now());
        this.#head = this.log.headSeq;
        this.screens.restored();
        this.#events.changed();
      });
    this.#lookups.load().catch(this.#ports.report);
    void this.#loading.then(() => {
      if (!this.#isGone && !this.#isStopped) this.line.start();
    });
    this.#isStopped = false;
  }

  /** Closes the socket; what is known stays. */
  stop(): void {
    this.#isStopped = true;
    this.line.stop();
    this.screens.stop();
    this.#detached();
    this.#writer.flush();
  }

  openView(viewId: string, place: ViewPlace, threadRootSeq?: number, lineSeq?: number): void {
    const known = { read_seq: this.receipts.readSeq, line_seq: lineSeq };
    this.screens.open(viewId, place, known, threadRootSeq);
    this.#events.changed();
  }

  closeView(viewId: string): void {
    this.screens.close(viewId);
    if (!this.hasViews) this.#typing.stopped();
  }

  /** What a screen asks; the text of a message that was thrown away, else nothing. */
  async ask(viewId: string, request: ViewRequest): Promise<string | undefined> {
    if (this.screens.isThread(viewId)) {
      await this.screens.askThread(viewId, request);
      return;
    }
    switch (request.verb) {
      case "load_older":
      case "load_newer":
      case "jump_to":
      case "mark_read":
        await this.screens.ask(viewId, request);
        return;
      case "load_scheduled":
        await this.#lookups.watchScheduled();
        return;
      case "typing":
        this.#typing.pressed();
        return;
      case "stop_typing":
        this.#typing.stopped();
        return;
      case "retry":
        this.lane.retry(request.client_msg_id);
        return;
      case "discard":
        return this.lane.discard(request.client_msg_id)?.text;
    }
  }

  stoppedTyping(): void {
    this.#typing.stopped();
  }

  get headSeq(): number {
    return this.log.state ? this.log.headSeq : (this.#events.entry()?.head_seq ?? 0);
  }

  get #rev(): number {
    return this.log.state?.rev ?? 0;
  }

  /** Sends every screen its picture. */
  repaint(): void {
    if (this.screens.size === 0) return;
    this.screens.draw(this.#painter.picture(this.#moment()), (viewId, screen) => this.#events.screen(viewId, screen));
  }

  /** For the inbox. */
  summary(): ChatSummary {
    return this.#painter.summary(this.#moment());
  }

  nameOf(userId: string): string {
    return this.#painter.nameOf(this.log.state, userId);
  }

  /** The hub knows a read cursor that this device does not: another device of this person read on. */
  inboxSays(entry: InboxEntry): void {
    this.#lookups.scheduledCount(entry.scheduled_count ?? 0);
    const read_seq = this.log.state ? Math.min(entry.read_seq, this.headSeq) : entry.read_seq;
    this.receipts.confirmed({ delivered_seq: 0, read_seq });
  }

  /** The chat is no longer this person's, or the session is over. */
  end(why: LineEnd): void {
    if (this.#isGone) return;
    this.#isGone = why === "gone";
    this.stop();
    if (this.#isGone) {
      this.#writer.close();
      this.lane.giveUp("removed");
    }
    this.#events.ended(why);
    this.repaint();
  }

  #received(frame: AnyDown): void {
    switch (frame.type) {
      case "CONNECTED":
        this.#events.skew(Date.parse(frame.server_time) - this.#ports.clock.now());
        break;
      case "SNAPSHOT":
        this.log.snapshot(frame);
        break;
      case "MESSAGE_ACK":
        this.lane.acknowledged(frame, this.log.headSeq);
        this.#answers.expect(() => frame.seq <= this.log.headSeq);
        break;
      case "COMMAND_ACK":
        this.lane.done(frame, this.#rev);
        this.#answers.expect(() => frame.rev <= this.#rev);
        break;
      case "TYPING":
        if (frame.user_id !== this.#me) {
          const forMs = frame.expires_at === undefined ? undefined : Date.parse(frame.expires_at) - this.#events.now();
          this.#typing.heard(frame.user_id, frame.is_typing, forMs);
        }
        break;
      case "ERROR":
        if ((frame.client_msg_id ?? frame.command_id) !== undefined) this.lane.refused(frame);
        else if (isErrorCode(frame.code) && ERRORS[frame.code].retry === "catch_up") this.log.catchUp();
        break;
      default:
        if (isNews(frame)) this.log.news(this.#lookups.heard(frame));
        if (frame.type === "CAUGHT_UP") this.log.heal(this.#events.now());
    }
    if (this.line.phase === "open" && !this.#isAttached && !this.log.isAsked) this.#attach();
  }

  /** Empties what is over by now, in memory and on screens; the store has done so. */
  expire(): void {
    const now = this.#events.now();
    this.log.expire(now);
    this.screens.expire(now);
    this.#lookups.expire(now);
    this.#events.changed();
  }

  /** A message as it is now, told outside the news. One that the log does not have yet has to wait for its news. */
  #merge(message: Message): boolean {
    if (message.seq > this.log.headSeq) return false;
    const epoch = this.log.state?.epoch;
    this.log.merge(message);
    this.screens.news([message], this.receipts.readSeq);
    if (epoch !== undefined) this.#ports.store.mergeMessages(this.chat_id, epoch, [message]).catch(this.#ports.report);
    return true;
  }

  #logChanged(change: LogChange): void {
    if (!this.log.isAsked) this.#answers.answered();
    const messages = (change.kind === "news" ? change.rows.messages : [...change.state.messages.values()]) ?? [];
    for (const { expires_at } of messages) if (expires_at !== undefined) this.#events.until(Date.parse(expires_at));
    const arrived = this.lane.arrived(messages);
    const headBefore = this.#head;
    this.#head = this.log.headSeq;
    if (change.kind === "replaced") {
      arrived.push(...this.lane.replaced(this.#head));
      this.receipts.clamp(this.#head);
      this.#lookups.replaced(messages);
      this.screens.replaced();
    } else {
      this.lane.reached(change.rev);
      this.#lookups.news(messages);
      this.screens.news(messages, this.receipts.readSeq);
      for (const message of messages) this.#typing.heard(message.sender_id, false);
      if (this.#isAttached) {
        const arrivals = this.screens.arrivals(messages, headBefore, this.#events.now(), (userId) =>
          this.nameOf(userId),
        );
        for (const message of arrivals) this.#events.arrival(message);
      }
    }
    this.#writer.add(change, arrived);
    const mine = this.log.state?.receipts.get(this.#me);
    if (mine) this.receipts.confirmed(mine);
    this.receipts.received(this.log.headSeq);
    if (change.kind === "news") this.#answers.heard();
    this.#events.changed();
  }

  #settled(): void {
    this.#writer.flush();
    if (this.log.state?.members.get(this.#me)?.removed_at !== undefined) this.end("gone");
  }

  #attach(): void {
    this.#isAttached = true;
    this.#answers.attached();
    this.screens.caughtUp();
    this.receipts.attached();
    this.receipts.received(this.log.headSeq);
    this.#lookups.attached();
    this.lane.reached(this.#rev);
    this.lane.attached();
    this.#events.changed();
  }

  #detached(): void {
    this.#answers.answered();
    this.#isAttached = false;
    this.screens.detached();
    this.log.detached();
    this.lane.detached();
    this.receipts.detached();
    this.#typing.clear();
    this.#writer.flush();
    this.#events.changed();
  }

  #moment(): ChatMoment {
    const entry = this.#events.entry();
    return {
      state: this.log.state,
      entry,
      outbox: this.lane.rows,
      typing: this.#typing.writers,
      read_seq: Math.max(this.receipts.readSeq, entry?.read_seq ?? 0),
      head_seq: this.headSeq,
      is_attached: this.#isAttached,
      is_gone: this.#isGone,
      hidden: this.#events.hidden(),
      quote: this.#lookups.quote,
      choice: this.#lookups.choice,
      scheduled: this.#lookups.scheduled(this.lane.rows),
      now: this.#events.now(),
      until: (at) => this.#events.until(at),
    };
  }
}
