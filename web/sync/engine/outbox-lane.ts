import { asFault } from "../../../src/domain/fault.ts";
import type { CommandAck, ErrorFrame, MessageAck } from "../../../src/protocol/down.ts";
import { ERRORS, type ErrorCode, isErrorCode } from "../../../src/protocol/error.ts";
import { messageId } from "../../../src/protocol/ids.ts";
import type { Message } from "../../../src/protocol/message.ts";
import type { UpFrame } from "../../../src/protocol/up.ts";
import { backoff } from "./backoff.ts";
import { frameOf, isSameState } from "./outbox-frame.ts";
import { type OutboxEvent, type OutboxRow, step } from "./outbox-row.ts";
import type { Ports } from "./ports.ts";

/** How long a send may go unanswered on a socket that is open. */
export const ACK_MS = 10_000;
/** Step of the backoff between attempts that nobody answered: up to 8 s. */
const UNANSWERED_STEP = 3;

/** What a lane asks of the chat it belongs to. */
export interface LaneEvents {
  /** False: no socket. */
  send(frame: UpFrame): boolean;
  /** An answer is overdue: see whether the socket lives. */
  probe(): void;
  /** The refusal says that this device's picture is old. */
  catchUp(): void;
  /** A deletion was answered with the message as it is now. */
  deleted(message: Message): void;
  /** The `rev` of a message in the log; undefined while it is not there. */
  messageRev(seq: number): number | undefined;
  /** A command was refused for good, and is undone. */
  undone(row: OutboxRow, code: ErrorCode): void;
  changed(): void;
}

/**
 * The unsent messages of one chat and the commands that change messages of it, in composing order, one under way at a
 * time: so a message that is held holds those behind it, and the log has the writer's order whatever is refused or lost.
 * The same lane, on the hub's socket, takes what a person sets for themselves.
 */
export class OutboxLane {
  readonly #ports: Pick<Ports, "clock" | "random" | "store" | "remote" | "report">;
  readonly #me: string;
  readonly #events: LaneEvents;
  #rows: readonly OutboxRow[] = [];
  #isAttached = false;
  #cancelTimer: () => void = () => undefined;
  /** Rows being marked as transmitted in the store before they are. */
  #isMarking = false;
  #generation = 0;
  #notBefore = 0;

  constructor(ports: Pick<Ports, "clock" | "random" | "store" | "remote" | "report">, me: string, events: LaneEvents) {
    this.#ports = ports;
    this.#me = me;
    this.#events = events;
  }

  /** In composing order; the same array until something changes. */
  get rows(): readonly OutboxRow[] {
    return this.#rows;
  }

  /** Something is still to be sent by itself. */
  get isOwing(): boolean {
    return this.#rows.some((row) => row.phase !== "failed");
  }

  /** A message that is added now would leave at once: its row may be written as transmitted, which saves a write before the send. */
  get isClear(): boolean {
    return this.#isAttached && !this.#isMarking && !this.#rows.some((row) => isFrame(row) && !isSettled(row));
  }

  /**
   * Takes in rows that are durable on this device; those that are known already are left as they are. A fresh row that
   * was written as transmitted, and cannot leave after all, is taken back.
   */
  add(rows: readonly OutboxRow[], isFresh = false): void {
    const known = new Set(this.#rows.map((row) => row.place));
    const added = rows.filter((row) => !known.has(row.place));
    if (added.length === 0) return;
    const early = isFresh && !this.isClear ? added.filter((row) => row.is_transmitted) : [];
    const honest = added.map((row) => (early.includes(row) ? { ...row, is_transmitted: false } : row));
    const replaced = this.#rows.filter((row) => isUntold(row) && honest.some((next) => isSameState(row, next)));
    this.#rows = [...this.#rows.filter((row) => !replaced.includes(row)), ...honest].sort((a, b) => a.place - b.place);
    for (const row of replaced) this.#ports.store.removeOutbox(row.place).catch(this.#ports.report);
    for (const row of honest) if (early.some((one) => one.place === row.place)) this.#store(row);
    this.#events.changed();
    this.#pump();
  }

  /** The chat is attached and caught up: what came back in the log is gone from here, the rest is sent. */
  attached(): void {
    this.#isAttached = true;
    this.#pump();
  }

  detached(): void {
    this.#isAttached = false;
    this.#generation++;
    this.#cancelTimer();
    this.#isMarking = false;
    for (const row of this.#rows) if (isFrame(row)) this.#step(row, { type: "cut" });
  }

  /** `headSeq`: the end of the log as this device has it. A message within it needs its row no more. */
  acknowledged(ack: Omit<MessageAck, "type">, headSeq: number): void {
    const row = this.#find(ack.client_msg_id);
    if (!row) return;
    if (row.phase === "in_flight" || row.phase === "held") this.#cancelTimer();
    if (ack.seq <= headSeq) this.#forget(row);
    else this.#step(row, { type: "acknowledged", ack });
    this.#pump();
  }

  /** `rev`: how far the log is. A command within it needs its row no more. */
  done(ack: Omit<CommandAck, "type">, rev: number): void {
    const row = this.#find(ack.command_id);
    if (!row) return;
    if (row.phase === "in_flight" || row.phase === "held") this.#cancelTimer();
    // Whoever edits again before this was answered has seen what it made of the message.
    for (const next of this.#rows) {
      if (!isUntold(next) || next === row || !isSameState(row, next) || next.command?.type !== "EDIT_MESSAGE") continue;
      const message_rev = Math.max(next.command.message_rev, ack.rev);
      const raised: OutboxRow = { ...next, command: { type: "EDIT_MESSAGE", message_rev } };
      this.#rows = this.#rows.map((other) => (other.place === next.place ? raised : other));
      this.#store(raised);
    }
    if (ack.rev <= rev) this.#forget(row);
    else this.#step(row, { type: "done", rev: ack.rev });
    this.#pump();
  }

  /** The log is at `rev`: what was done by then is seen in it. */
  reached(rev: number): void {
    for (const row of this.#rows) if (row.done_rev !== undefined && row.done_rev <= rev) this.#forget(row);
  }

  refused(error: ErrorFrame): void {
    const id = error.client_msg_id ?? error.command_id;
    const row = id === undefined ? undefined : this.#find(id);
    if (row) this.#refuse(row, error.code, error.retry_after);
  }

  /**
   * Messages arrived with news: own ones among them retire their rows. Returns the retired rows' places, for the
   * store to forget them in the transaction that stores the messages.
   */
  arrived(messages: readonly Message[] | undefined): number[] {
    if (!messages || this.#rows.length === 0) return [];
    const own = new Set<string>();
    for (const message of messages) {
      if (message.sender_id === this.#me && message.client_msg_id !== undefined) own.add(message.client_msg_id);
    }
    const gone = this.#rows.filter((row) => row.kind === "message" && own.has(row.client_msg_id));
    if (gone.length === 0) return [];
    if (gone.some((row) => row.phase === "in_flight" || row.phase === "held")) this.#cancelTimer();
    this.#rows = this.#rows.filter((row) => !gone.includes(row));
    this.#events.changed();
    this.#pump();
    return gone.map((row) => row.place);
  }

  /** A snapshot replaced the log: rows acknowledged beyond its end were lost with a restored database, and go again. */
  replaced(headSeq: number): number[] {
    const within: number[] = [];
    for (const row of this.#rows) {
      if (row.phase !== "acknowledged") continue;
      if (row.ack && row.ack.seq > headSeq) this.#step(row, { type: "forgotten" });
      else within.push(row.place);
    }
    if (within.length > 0) {
      this.#rows = this.#rows.filter((row) => !within.includes(row.place));
      this.#events.changed();
    }
    return within;
  }

  retry(clientMsgId: string): void {
    const row = this.#find(clientMsgId);
    if (!row) return;
    this.#step(row, { type: "retried" });
    this.#pump();
  }

  /** Takes an unsent row out. Undefined if it may already be in the log. */
  discard(clientMsgId: string): OutboxRow | undefined {
    const row = this.#find(clientMsgId);
    if (!row || row.is_transmitted || row.phase === "acknowledged") return undefined;
    this.#forget(row);
    this.#pump();
    return row;
  }

  /** Nothing can be sent any more: everything waits for its writer. */
  giveUp(code: ErrorCode): void {
    for (const row of this.#rows) {
      if (row.kind === "command") this.#forget(row);
      else this.#step(row, { type: "given_up", code });
    }
  }

  #pump(): void {
    const next = this.#rows.find((row) => isFrame(row) && !isSettled(row));
    if (this.#isAttached && !this.#isMarking && next?.phase === "queued") {
      const known = this.#resolved(next);
      if (known) this.#transmitInTime(known);
    }
    const deletion = this.#rows.find((row) => row.kind === "deletion" && row.phase !== "failed");
    if (this.#isAttached && deletion?.phase === "queued") void this.#delete(deletion);
  }

  /** An edit of a message that was acknowledged and had not come back yet: it waits for the row, and names it as it came. */
  #resolved(row: OutboxRow): OutboxRow | undefined {
    if (row.command?.type !== "EDIT_MESSAGE" || row.command.message_rev > 0) return row;
    const message_rev = this.#events.messageRev(row.target_seq ?? 0);
    if (message_rev === undefined) return undefined;
    const resolved: OutboxRow = { ...row, command: { type: "EDIT_MESSAGE", message_rev } };
    this.#rows = this.#rows.map((other) => (other.place === row.place ? resolved : other));
    return resolved;
  }

  /** A time that the chat asked for is kept across reconnects too. */
  #transmitInTime(row: OutboxRow): void {
    const wait = this.#notBefore - this.#ports.clock.now();
    if (wait <= 0) {
      this.#transmit(row);
      return;
    }
    this.#cancelTimer();
    this.#cancelTimer = this.#ports.clock.after(wait, () => this.#pump());
  }

  /** A row is marked before it leaves, so that no restart can take for unsent what may have arrived. */
  #transmit(row: OutboxRow): void {
    if (row.is_transmitted) {
      this.#send(row);
      return;
    }
    this.#isMarking = true;
    const generation = this.#generation;
    const marked: OutboxRow = { ...row, is_transmitted: true };
    this.#ports.store.updateOutbox(marked).then(
      () => {
        if (generation !== this.#generation) return;
        this.#isMarking = false;
        const now = this.#find(row.client_msg_id);
        if (now?.phase === "queued") this.#send(now);
        else this.#pump();
      },
      (error: unknown) => {
        this.#isMarking = false;
        this.#ports.report(error);
      },
    );
  }

  #send(row: OutboxRow): void {
    if (!this.#events.send(frameOf(row))) return;
    this.#step(row, { type: "transmitted" }, row.is_transmitted);
    this.#cancelTimer();
    this.#cancelTimer = this.#ports.clock.after(ACK_MS, () => {
      const now = this.#find(row.client_msg_id);
      if (now?.phase !== "in_flight") return;
      this.#events.probe();
      this.#hold(this.#step(now, { type: "timed_out" }));
    });
  }

  #refuse(row: OutboxRow, code: string, retryAfter: number | undefined): void {
    if (row.phase !== "in_flight") return;
    if (isFrame(row)) this.#cancelTimer();
    if (isErrorCode(code) && ERRORS[code].retry === "catch_up") this.#events.catchUp();
    this.#hold(this.#step(row, { type: "refused", code }), retryAfter);
  }

  /** Waits out what the refusal asks for, or the backoff, and sends again; what failed for good lets the others pass. */
  #hold(row: OutboxRow, retryAfter?: number): void {
    if (row.phase === "held") {
      const asked = (retryAfter ?? 0) * 1_000;
      const wait = Math.max(asked, backoff(row.attempts - 1, this.#ports.random()));
      if (isFrame(row)) this.#notBefore = this.#ports.clock.now() + asked;
      const cancel = this.#ports.clock.after(wait, () => {
        const now = this.#find(row.client_msg_id);
        if (!now) return;
        this.#step(now, { type: "released" });
        this.#pump();
      });
      if (isFrame(row)) this.#cancelTimer = cancel;
    } else {
      if (row.phase === "failed" && row.kind !== "message") this.#undo(row);
      this.#pump();
    }
  }

  /** The server has the last word on a command: what was painted is taken back. */
  #undo(row: OutboxRow): void {
    this.#forget(row);
    this.#events.undone(row, row.error ?? "internal");
  }

  /** A deletion is a question with one answer, so it goes over HTTP, where an answer belongs to its question. */
  async #delete(row: OutboxRow): Promise<void> {
    const sent = this.#step(row, { type: "transmitted" });
    try {
      const message = await this.#ports.remote.deleteMessage(messageId(row.chat_id, row.target_seq ?? 0));
      // Before the row goes: otherwise the text would be there again until the news comes.
      this.#events.deleted(message);
      this.#forget(sent);
      this.#pump();
    } catch (error) {
      const fault = asFault(error);
      if (!fault) this.#ports.report(error);
      const code: ErrorCode = fault?.code ?? "internal";
      const now = this.#find(row.client_msg_id);
      if (!now) return;
      // Nobody answered: as with a cut socket, no refusal and no failure.
      if (code === "unavailable") {
        this.#step(now, { type: "cut" });
        this.#ports.clock.after(backoff(UNANSWERED_STEP, this.#ports.random()), () => this.#pump());
        return;
      }
      const answered = this.#step(now, { type: "refused", code });
      this.#hold(answered, fault?.retry_after);
    }
  }

  #find(clientMsgId: string): OutboxRow | undefined {
    return this.#rows.find((row) => row.client_msg_id === clientMsgId);
  }

  #step(row: OutboxRow, event: OutboxEvent, isStored = false): OutboxRow {
    const next = step(row, event);
    if (next === row) return row;
    this.#rows = this.#rows.map((other) => (other.place === row.place ? next : other));
    // Phases of a socket's life need no trace on disk: after a restart all of them mean "queued".
    if (!isStored && isDurable(row, next)) this.#store(next);
    this.#events.changed();
    return next;
  }

  #store(row: OutboxRow): void {
    this.#ports.store.updateOutbox(row).catch(this.#ports.report);
  }

  #forget(row: OutboxRow): void {
    this.#rows = this.#rows.filter((other) => other.place !== row.place);
    this.#ports.store.removeOutbox(row.place).catch(this.#ports.report);
    this.#events.changed();
  }
}

/** Goes over the lane's socket, in its turn. */
const isFrame = (row: OutboxRow): boolean => row.kind !== "deletion";
/** Nobody but this device has ever heard of it. */
const isUntold = (row: OutboxRow): boolean => row.phase === "queued" && !row.is_transmitted;

const isSettled = (row: OutboxRow): boolean => row.phase === "failed" || row.phase === "acknowledged";
const isDurable = (before: OutboxRow, after: OutboxRow): boolean =>
  isSettled(before) || isSettled(after) || before.is_transmitted !== after.is_transmitted;
