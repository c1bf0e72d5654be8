import { asFault } from "../../../src/domain/fault.ts";
import type { CommandAck, ErrorFrame, MessageAck } from "../../../src/protocol/down.ts";
import { ERRORS, type ErrorCode, isErrorCode } from "../../../src/protocol/error.ts";
import { messageId } from "../../../src/protocol/ids.ts";
import type { Message } from "../../../src/protocol/message.ts";
import type { UpFrame } from "../../../src/protocol/up.ts";
import { backoff } from "./backoff.ts";
import { isSettled, isUntold, LaneRows } from "./lane-rows.ts";
import { frameOf, isSameState } from "./outbox-frame.ts";
import { isOwing, unresolved, waitsFor } from "./outbox-refs.ts";
import type { OutboxRow } from "./outbox-row.ts";
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
  /** A deletion was answered with the message as it is now. False: the log does not have that message yet. */
  deleted(message: Message): boolean;
  /**
   * The `rev` of a message: of one that is about to come with the news `pending`; undefined of one that is older than what
   * this device has in memory, which is then looked up, and told by {@link OutboxLane.named}.
   */
  messageRev(seq: number): number | "pending" | undefined;
  /** The number of an own message by its `client_msg_id`; undefined while it is not in the log. */
  seqOf(clientMsgId: string): number | undefined;
  /** A command took effect, and the log shows it. */
  obeyed(row: OutboxRow): void;
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
  readonly #rows: LaneRows;
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
    this.#rows = new LaneRows(ports, () => events.changed());
  }

  /** In composing order; the same array until something changes. */
  get rows(): readonly OutboxRow[] {
    return this.#rows.list;
  }

  /** Something is still to be sent by itself. */
  get isOwing(): boolean {
    return isOwing(this.#rows.list);
  }

  /** A message that is added now would leave at once: its row may be written as transmitted, which saves a write before the send. */
  get isClear(): boolean {
    return this.#isAttached && !this.#isMarking && !this.#rows.list.some((row) => isFrame(row) && !isSettled(row));
  }

  /**
   * Takes in rows that are durable on this device; those that are known already are left as they are. A fresh row that
   * was written as transmitted, and cannot leave after all, is taken back.
   */
  add(rows: readonly OutboxRow[], isFresh = false): void {
    const known = new Set(this.#rows.list.map((row) => row.place));
    const added = rows.filter((row) => !known.has(row.place));
    if (added.length === 0) return;
    const early = isFresh && !this.isClear ? added.filter((row) => row.is_transmitted) : [];
    const honest = added.map((row) => (early.includes(row) ? { ...row, is_transmitted: false } : row));
    const replaced = this.#rows.list.filter((row) => isUntold(row) && honest.some((next) => isSameState(row, next)));
    this.#rows.set(
      [...this.#rows.list.filter((row) => !replaced.includes(row)), ...honest].sort((a, b) => a.place - b.place),
    );
    for (const row of replaced) this.#ports.store.removeOutbox(row.place).catch(this.#ports.report);
    // Also of one that came along: whoever wrote both may have ended before the first was taken out.
    for (const row of honest) this.#takeBack(row);
    for (const row of this.#rows.list) if (early.some((one) => one.place === row.place)) this.#rows.store(row);
    for (const row of this.#rows.list) if (row.ack) this.#rows.number(row.client_msg_id, row.ack.seq);
    this.#events.changed();
    this.#pump();
  }

  /** The chat is attached and caught up: what came back in the log is gone from here, the rest is sent. */
  attached(): void {
    this.#isAttached = true;
    this.#pump();
  }

  /** What was looked up may be known by now. */
  named(): void {
    this.#events.changed();
    this.#pump();
  }

  detached(): void {
    this.#isAttached = false;
    this.#generation++;
    this.#cancelTimer();
    this.#isMarking = false;
    for (const row of this.#rows.list) if (isFrame(row)) this.#rows.step(row, { type: "cut" });
  }

  /** `headSeq`: the end of the log as this device has it. A message within it needs its row no more. */
  acknowledged(ack: Omit<MessageAck, "type">, headSeq: number): void {
    const row = this.#rows.find(ack.client_msg_id);
    if (!row) return;
    if (row.phase === "in_flight" || row.phase === "held") this.#cancelTimer();
    this.#rows.number(row.client_msg_id, ack.seq);
    if (ack.seq <= headSeq) this.#rows.forget(row);
    else this.#rows.step(row, { type: "acknowledged", ack });
    this.#pump();
  }

  /** `rev`: how far the log is. A command within it needs its row no more. */
  done(ack: Omit<CommandAck, "type">, rev: number): void {
    const row = this.#rows.find(ack.command_id);
    if (!row) return;
    if (row.phase === "in_flight" || row.phase === "held") this.#cancelTimer();
    // Whoever edits again before this was answered has seen what it made of the message.
    for (const next of this.#rows.list) {
      if (!isUntold(next) || next === row || !isSameState(row, next) || next.command?.type !== "EDIT_MESSAGE") continue;
      const message_rev = Math.max(next.command.message_rev, ack.rev);
      const raised: OutboxRow = { ...next, command: { type: "EDIT_MESSAGE", message_rev } };
      this.#rows.set(this.#rows.list.map((other) => (other.place === next.place ? raised : other)));
      this.#rows.store(raised);
    }
    if (ack.rev <= rev) this.#obeyed(row);
    else this.#rows.step(row, { type: "done", rev: ack.rev });
    this.#pump();
  }

  /** The log is at `rev`: what was done by then is seen in it. */
  reached(rev: number): void {
    for (const row of this.#rows.list) if (row.done_rev !== undefined && row.done_rev <= rev) this.#obeyed(row);
  }

  refused(error: ErrorFrame): void {
    const id = error.client_msg_id ?? error.command_id;
    const row = id === undefined ? undefined : this.#rows.find(id);
    if (row) this.#refuse(row, error.code, error.retry_after);
  }

  /**
   * Messages arrived with news: own ones among them retire their rows. Returns the retired rows' places, for the
   * store to forget them in the transaction that stores the messages.
   */
  arrived(messages: readonly Message[] | undefined): number[] {
    if (!messages || this.#rows.list.length === 0) return [];
    const own = new Set<string>();
    for (const message of messages) {
      if (message.sender_id !== this.#me || message.client_msg_id === undefined) continue;
      own.add(message.client_msg_id);
      this.#rows.number(message.client_msg_id, message.seq);
    }
    const gone = this.#rows.list.filter((row) => row.kind === "message" && own.has(row.client_msg_id));
    if (gone.length === 0) return [];
    if (gone.some((row) => row.phase === "in_flight" || row.phase === "held")) this.#cancelTimer();
    this.#rows.set(this.#rows.list.filter((row) => !gone.includes(row)));
    this.#events.changed();
    this.#pump();
    return gone.map((row) => row.place);
  }

  /** A snapshot replaced the log: rows acknowledged beyond its end were lost with a restored database, and go again. */
  replaced(headSeq: number): number[] {
    const within: number[] = [];
    for (const row of this.#rows.list) {
      if (row.phase !== "acknowledged") continue;
      if (row.done_rev !== undefined) this.#events.obeyed(row);
      if (row.ack && row.ack.seq > headSeq) {
        this.#rows.step(row, { type: "forgotten" });
        this.#rows.rename((other) => unresolved(other, row.client_msg_id));
      } else within.push(row.place);
    }
    if (within.length > 0) {
      this.#rows.set(this.#rows.list.filter((row) => !within.includes(row.place)));
      this.#events.changed();
    }
    return within;
  }

  retry(clientMsgId: string): void {
    const row = this.#rows.find(clientMsgId);
    if (!row) return;
    this.#rows.step(row, { type: "retried" });
    this.#pump();
  }

  /** Takes an unsent row out. Undefined if it may already be in the log. */
  discard(clientMsgId: string): OutboxRow | undefined {
    const row = this.#rows.find(clientMsgId);
    if (!row || row.is_transmitted || row.phase === "acknowledged") return undefined;
    this.#rows.throwAway(row);
    this.#pump();
    return row;
  }

  /** Nothing can be sent any more: everything waits for its writer. */
  giveUp(code: ErrorCode): void {
    for (const row of this.#rows.list) {
      if (row.kind === "command") {
        // The text that was to be sent later is its writer's.
        const isText = row.command?.type === "SCHEDULE_MESSAGE" && row.phase !== "acknowledged";
        if (isText) this.#undo({ ...row, error: code });
        else this.#rows.forget(row);
      } else this.#rows.step(row, { type: "given_up", code });
    }
  }

  #pump(): void {
    if (this.#isAttached) this.#rows.seekRefs((id) => this.#events.seqOf(id));
    const next = this.#rows.list.find(
      (row) => isFrame(row) && !isSettled(row) && waitsFor(row) === undefined && !this.#isLookedUp(row),
    );
    // An earlier one that is tried again waits for the answer to a later one: two under way would share one timer.
    const isBusy = this.#isMarking || this.#rows.list.some((row) => isFrame(row) && isUnderWay(row));
    if (this.#isAttached && !isBusy && next?.phase === "queued") {
      const known = this.#resolved(next);
      if (known) this.#transmitInTime(known);
    }
    const deletion = this.#rows.list.find(
      (row) => row.kind === "deletion" && !isSettled(row) && waitsFor(row) === undefined,
    );
    if (this.#isAttached && deletion?.phase === "queued") void this.#delete(deletion);
  }

  /** A message that is deleted before anybody heard of it was never written. */
  #takeBack(deletion: OutboxRow): void {
    if (deletion.kind !== "deletion" || deletion.target_id === undefined) return;
    const row = this.#rows.find(deletion.target_id);
    if (!row || row.is_transmitted || row.phase === "acknowledged" || this.#isMarking) return;
    // The deletion itself is the last of what goes with it.
    this.#rows.throwAway(row);
  }

  #obeyed(row: OutboxRow): void {
    this.#events.obeyed(row);
    this.#rows.forget(row);
  }

  /** An edit of a message that was acknowledged and had not come back yet: it waits for the row, and names it as it came. */
  #resolved(row: OutboxRow): OutboxRow | undefined {
    if (row.command?.type !== "EDIT_MESSAGE" || row.command.message_rev > 0) return row;
    const message_rev = this.#events.messageRev(row.target_seq ?? 0);
    if (typeof message_rev !== "number") return undefined;
    const resolved: OutboxRow = { ...row, command: { type: "EDIT_MESSAGE", message_rev } };
    this.#rows.set(this.#rows.list.map((other) => (other.place === row.place ? resolved : other)));
    return resolved;
  }

  /** An edit of a message that this device has to look up first lets the others pass: nobody knows when that is answered. */
  #isLookedUp({ command, target_seq }: OutboxRow): boolean {
    if (!this.#isAttached || command?.type !== "EDIT_MESSAGE" || command.message_rev > 0) return false;
    return this.#events.messageRev(target_seq ?? 0) === undefined;
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
        const now = this.#rows.find(row.client_msg_id);
        if (now?.phase === "queued") this.#send(now);
        else this.#pump();
      },
      (error: unknown) => {
        this.#ports.report(error);
        if (generation !== this.#generation) return;
        this.#isMarking = false;
        // A device without room may have some again; what cannot be marked must not leave.
        this.#cancelTimer();
        this.#cancelTimer = this.#ports.clock.after(ACK_MS, () => this.#pump());
      },
    );
  }

  #send(row: OutboxRow): void {
    if (!this.#events.send(frameOf(row))) return;
    this.#rows.step(row, { type: "transmitted" }, row.is_transmitted);
    this.#cancelTimer();
    this.#cancelTimer = this.#ports.clock.after(ACK_MS, () => {
      const now = this.#rows.find(row.client_msg_id);
      if (now?.phase !== "in_flight") return;
      this.#events.probe();
      this.#hold(this.#rows.step(now, { type: "timed_out" }));
    });
  }

  #refuse(row: OutboxRow, code: string, retryAfter: number | undefined): void {
    if (row.phase !== "in_flight") return;
    if (isFrame(row)) this.#cancelTimer();
    if (isErrorCode(code) && ERRORS[code].retry === "catch_up") this.#events.catchUp();
    this.#hold(this.#rows.step(row, { type: "refused", code }), retryAfter);
  }

  /** Waits out what the refusal asks for, or the backoff, and sends again; what failed for good lets the others pass. */
  #hold(row: OutboxRow, retryAfter?: number): void {
    if (row.phase === "held") {
      const asked = (retryAfter ?? 0) * 1_000;
      const wait = Math.max(asked, backoff(row.attempts - 1, this.#ports.random()));
      if (isFrame(row)) this.#notBefore = this.#ports.clock.now() + asked;
      const cancel = this.#ports.clock.after(wait, () => {
        const now = this.#rows.find(row.client_msg_id);
        if (!now) return;
        this.#rows.step(now, { type: "released" });
        this.#pump();
      });
      if (isFrame(row)) this.#cancelTimer = cancel;
    } else {
      if (row.phase === "failed" && row.kind !== "message") {
        // Nothing waits under that name: that is what was wanted.
        if (row.command?.type === "CANCEL_SCHEDULED" && row.error === "not_found") this.#obeyed(row);
        else this.#undo(row);
      }
      this.#pump();
    }
  }

  /** The server has the last word on a command: what was painted is taken back. */
  #undo(row: OutboxRow): void {
    this.#rows.forget(row);
    this.#events.undone(row, row.error ?? "internal");
  }

  /** A deletion is a question with one answer, so it goes over HTTP, where an answer belongs to its question. */
  async #delete(row: OutboxRow): Promise<void> {
    const sent = this.#rows.step(row, { type: "transmitted" });
    try {
      const message = await this.#ports.remote.deleteMessage(messageId(row.chat_id, row.target_seq ?? 0));
      // Before the row goes: otherwise the text would be there again until the news comes.
      if (this.#events.deleted(message)) this.#rows.forget(sent);
      else this.#rows.step(sent, { type: "done", rev: message.rev });
      this.#pump();
    } catch (error) {
      const fault = asFault(error);
      if (!fault) this.#ports.report(error);
      const code: ErrorCode = fault?.code ?? "internal";
      const now = this.#rows.find(row.client_msg_id);
      if (!now) return;
      // Nobody answered: as with a cut socket, no refusal and no failure.
      if (code === "unavailable") {
        this.#rows.step(now, { type: "cut" });
        this.#ports.clock.after(backoff(UNANSWERED_STEP, this.#ports.random()), () => this.#pump());
        return;
      }
      const answered = this.#rows.step(now, { type: "refused", code });
      this.#hold(answered, fault?.retry_after);
    }
  }
}

const isUnderWay = ({ phase }: OutboxRow): boolean => phase === "in_flight" || phase === "held";

/** Goes over the lane's socket, in its turn. */
const isFrame = (row: OutboxRow): boolean => row.kind !== "deletion";
