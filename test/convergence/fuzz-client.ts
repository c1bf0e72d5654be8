import { asFault, Fault } from "../../src/domain/fault.ts";
import { newSessionId, parseMessageId } from "../../src/protocol/ids.ts";
import type { HistoryAsk } from "../../src/protocol/rpc.ts";
import type { Votes } from "../../src/protocol/thread-calls.ts";
import type { ScheduledMessage } from "../../src/protocol/timer-routes.ts";
import { MemoryStore } from "../../web/store/memory-store.ts";
import type { ChatScreen, MessageRef, ThreadScreen } from "../../web/sync/client.ts";
import { isThreadScreen } from "../../web/sync/desk.ts";
import type { ChatSession } from "../../web/sync/engine/chat-session.ts";
import { Engine } from "../../web/sync/engine/engine.ts";
import { isStuck } from "../../web/sync/engine/outbox-refs.ts";
import { type Command, type NewOutboxRow, newCommand, targetOf } from "../../web/sync/engine/outbox-row.ts";
import type { HistoryPage, Remote, ThreadPage } from "../../web/sync/engine/ports.ts";
import { chatStub } from "../chat/room.ts";
import type { SeededRandom } from "../proofs/seeded-random.ts";
import { ManualClock } from "../web/manual-clock.ts";
import { LossyNetwork } from "./lossy-network.ts";

const VIEW = "view";
const THREAD = "thread";

/** Lets promises run that need nothing but other promises: all of an engine on a store in memory. */
export async function microtasks(): Promise<void> {
  for (let i = 0; i < 60; i++) await undefined;
}

/** One device: the engine that ships, on a clock, a store and a network of the fuzz. */
export class FuzzClient {
  readonly name: string;
  readonly user_id: string;
  readonly session_id: string;
  readonly chat_id: string;
  readonly clock: ManualClock;
  readonly network: LossyNetwork;
  readonly store = new MemoryStore();
  /** What it wrote, in order. */
  readonly composed: string[] = [];
  readonly everFailed = new Set<string>();
  /** Unsent messages that were taken back before anybody heard of them. */
  readonly thrownAway = new Set<string>();
  /** Messages that wait for their time, and those that were to. */
  readonly scheduled = new Map<string, "waits" | "cancelled">();
  /** The chat would not keep something for later, or its sender was out of it for a while: then it may never be sent. */
  isScheduleInDoubt = false;
  /** The thread that is on screen. */
  root: number | undefined;
  readonly errors: unknown[] = [];
  engine: Engine;
  screen: ChatScreen | undefined;
  thread: ThreadScreen | undefined;
  isMember = true;
  isLossy = true;
  readonly #random: SeededRandom;
  #commands = 0;
  readonly #pending = new Set<Promise<unknown>>();
  readonly #onTheirWay: (() => void)[] = [];

  constructor(name: string, userId: string, chatId: string, random: SeededRandom, serverNow: () => number) {
    this.name = name;
    this.user_id = userId;
    this.session_id = sessionOf(name);
    this.chat_id = chatId;
    this.#random = random;
    this.clock = new ManualClock(Date.UTC(2026, 0, 1), microtasks);
    this.network = new LossyNetwork(userId, serverNow);
    this.engine = this.#begin();
  }

  get session(): ChatSession | undefined {
    return this.engine.session(this.chat_id);
  }

  /** The device dies and comes back with what it had stored. */
  restart(): void {
    this.engine.stop();
    this.engine = this.#begin();
  }

  /** `more`: what makes it other than a text in the timeline. */
  async compose(text: string, more: Partial<NewOutboxRow> = {}): Promise<void> {
    const id = `${this.name}-${this.composed.length + 1}`;
    this.composed.push(id);
    const row = await this.store.addOutbox({
      kind: "message",
      chat_id: this.chat_id,
      client_msg_id: `${id}-${this.chat_id.slice(-8)}`,
      created_at: this.clock.now(),
      seen_seq: this.session?.headSeq ?? 0,
      text,
      phase: "queued",
      is_transmitted: more.reply_to_id === undefined && this.engine.isClear(this.chat_id),
      attempts: 0,
      ...more,
    });
    this.engine.written(row);
    await microtasks();
  }

  async deleteOwn(message: MessageRef): Promise<void> {
    const queued = this.session?.lane.rows.find((row) => row.client_msg_id === message);
    // Thrown away before anybody heard of it: it was never written.
    if (queued && !queued.is_transmitted && queued.phase !== "acknowledged") this.thrownAway.add(String(message));
    const row = await this.store.addOutbox({
      kind: "deletion",
      chat_id: this.chat_id,
      client_msg_id: `${this.name}-d${++this.#commands}`,
      created_at: this.clock.now(),
      seen_seq: 0,
      text: "",
      ...targetOf(message),
      phase: "queued",
      is_transmitted: false,
      attempts: 0,
    });
    this.engine.written(row);
    await this.settle();
  }

  /** Edits, reacts or pins as a screen would: the row is in the store first. */
  async command(command: Command, message?: MessageRef, text = "", more: Partial<NewOutboxRow> = {}): Promise<void> {
    const now = this.clock.now();
    const id = `${this.name}-k${++this.#commands}-${this.chat_id.slice(-8)}`;
    const row = newCommand("command", this.chat_id, command, { id, now, target: message, text });
    this.engine.written(await this.store.addOutbox({ ...row, ...more }));
    await microtasks();
  }

  async schedule(text: string, sendAt: string, again?: string): Promise<void> {
    const scheduled_id = again ?? `${this.name}-s${++this.#commands}-${this.chat_id.slice(-8)}`;
    const seen_seq = this.session?.headSeq ?? 0;
    if (!again) this.scheduled.set(scheduled_id, "waits");
    await this.command({ type: "SCHEDULE_MESSAGE", scheduled_id, send_at: sendAt }, undefined, text, { seen_seq });
  }

  async cancelScheduled(scheduled_id: string): Promise<void> {
    this.scheduled.set(scheduled_id, "cancelled");
    await this.command({ type: "CANCEL_SCHEDULED", scheduled_id });
  }

  /** Nothing is sent of it until its writer acts. */
  isStuck(clientMsgId: string | undefined): boolean {
    const outbox = this.session?.lane.rows ?? [];
    return outbox.some((row) => row.client_msg_id === clientMsgId && isStuck(row, outbox));
  }

  openThread(rootSeq: number): void {
    this.closeThread();
    this.root = rootSeq;
    this.engine.openView(THREAD, this.chat_id, "latest", rootSeq);
  }

  closeThread(): void {
    if (this.root !== undefined) this.engine.closeView(THREAD);
    this.root = undefined;
    this.thread = undefined;
  }

  readThread(): void {
    const last = this.thread?.messages.findLast((message) => message.seq !== undefined)?.seq;
    if (last === undefined) return;
    this.engine.ask(THREAD, { verb: "mark_read", seq: last }).catch((error: unknown) => this.errors.push(error));
  }

  ask(request: Parameters<Engine["ask"]>[1]): void {
    this.engine.ask(VIEW, request).catch((error: unknown) => this.errors.push(error));
  }

  reopen(): void {
    this.engine.closeView(VIEW);
    this.engine.openView(VIEW, this.chat_id, "latest");
  }

  /** A page was read and has not arrived. */
  get isAwaitingPage(): boolean {
    return this.#onTheirWay.length > 0;
  }

  /** Pages that were read long ago arrive. */
  async pagesArrive(): Promise<void> {
    for (const arrive of this.#onTheirWay.splice(0)) arrive();
    await this.settle();
  }

  /** Waits for questions that are on their way over HTTP, and for what their answers set off. */
  async settle(): Promise<void> {
    await microtasks();
    while (this.#pending.size > 0) {
      await Promise.all(this.#pending);
      await microtasks();
    }
  }

  /** Breaks no rule of a screen: contiguous, in order, no key twice. */
  check(): void {
    const outbox = this.session?.lane.rows ?? [];
    // Who waits for one that failed waits with it.
    for (const row of outbox)
      if (row.phase === "failed" || isStuck(row, outbox)) this.everFailed.add(row.client_msg_id);
    const rows = this.screen?.messages ?? [];
    const inLog = rows.filter((row) => row.message_id !== undefined && row.seq !== undefined);
    const ofOutbox = rows.length - inLog.length;
    for (const [i, row] of inLog.entries()) {
      const next = inLog[i + 1];
      // An acknowledged row of the outbox stands at the end with its number; the log is contiguous before it.
      if (next && this.#hasHole(row.seq ?? 0, next.seq ?? 0) && !isOutboxRow(this, next.key)) {
        throw new Error(`${this.name} shows a hole between ${row.seq} and ${next.seq} (${ofOutbox} unsent)`);
      }
    }
    const keys = rows.map((row) => row.key);
    if (new Set(keys).size !== keys.length) throw new Error(`${this.name} shows a row twice: ${keys.join(" ")}`);
    const tail = [...(this.session?.log.state?.messages.keys() ?? [])].sort((a, b) => a - b);
    const first = tail[0] ?? 0;
    if (tail.some((seq, i) => seq !== first + i))
      throw new Error(`${this.name} has a hole in memory: ${tail.join(" ")}`);
    if (this.errors.length > 0) throw this.errors[0];
  }

  /** Between two rows of a timeline stand answers in threads, and nothing else. */
  #hasHole(from: number, to: number): boolean {
    const known = this.session?.log.state?.messages;
    for (let seq = from + 1; seq < to; seq++) {
      const between = known?.get(seq);
      // What memory no longer has cannot be judged.
      if (between && between.thread_root_message_id === undefined) return true;
    }
    return to <= from;
  }

  #begin(): Engine {
    const engine = new Engine(
      this.user_id,
      {
        clock: this.clock,
        random: () => this.#random.next(),
        transport: this.network,
        remote: this.#remote(),
        store: this.store,
        schedule: (run) => queueMicrotask(run),
        report: (error) => this.errors.push(error),
      },
      {
        connection: () => undefined,
        inbox: () => undefined,
        screen: (_, screen) => {
          if (isThreadScreen(screen)) this.thread = screen;
          else this.screen = screen;
        },
        reminders: () => undefined,
        presence: () => undefined,
        people: () => undefined,
        arrival: () => undefined,
        refused: ({ verb }) => {
          if (verb === "schedule") this.isScheduleInDoubt = true;
        },
        drafted: () => undefined,
        revoked: () => this.errors.push(new Error("revoked")),
      },
    );
    void engine.start();
    engine.openView(VIEW, this.chat_id, "latest");
    if (this.root !== undefined) engine.openView(THREAD, this.chat_id, "latest", this.root);
    return engine;
  }

  /** HTTP: a question may be lost, or its answer. */
  #remote(): Remote {
    const stub = chatStub(this.chat_id);
    return {
      history: (_chatId, place, limit) =>
        this.#late(
          this.#lossy(
            () => stub.history(this.user_id, { limit, ...place } satisfies HistoryAsk) as Promise<HistoryPage>,
          ),
        ),
      deleteMessage: (messageId) => this.#track(this.#lossy(() => stub.deleteMessage(this.user_id, seqOf(messageId)))),
      thread: (rootId, before, limit) =>
        this.#track(
          this.#lossy(async () => {
            const ask: HistoryAsk = { limit, ...(before === undefined ? {} : { before_seq: before }) };
            return (await stub.thread(this.user_id, seqOf(rootId), ask)) as ThreadPage;
          }),
        ),
      ownVotes: (messageId) =>
        this.#track(
          this.#lossy(async () => ((await stub.votes(this.user_id, seqOf(messageId))) as Votes).own_option_ids),
        ),
      scheduled: () => this.#track(this.#lossy(() => stub.listScheduled(this.user_id) as Promise<ScheduledMessage[]>)),
      chats: async () => ({ chats: [], has_more: false }),
    };
  }

  /** A page is read now, and arrives when a step says so: news may overtake it. */
  async #late(page: Promise<HistoryPage>): Promise<HistoryPage> {
    const read = this.#track(page);
    if (!this.isLossy || this.#random.isTrue(0.5)) return read;
    const answer = await read;
    await new Promise<void>((resolve) => this.#onTheirWay.push(resolve));
    return answer;
  }

  async #lossy<T>(run: () => Promise<T>): Promise<T> {
    const fate = this.isLossy ? this.#random.next() : 1;
    if (fate < 0.1) throw new Fault("unavailable");
    let answer: T;
    try {
      answer = await run();
    } catch (error) {
      throw asFault(error) ?? error;
    }
    if (fate < 0.2) throw new Fault("unavailable");
    return answer;
  }

  #track<T>(promise: Promise<T>): Promise<T> {
    const held = promise.then(
      () => undefined,
      () => undefined,
    );
    this.#pending.add(held);
    void held.then(() => this.#pending.delete(held));
    return promise;
  }
}

const seqOf = (messageId: string): number => parseMessageId(messageId)?.seq ?? 0;

const sessions = new Map<string, string>();

/** The same for the same device of all worlds, so that the hubs' registers stay small. */
function sessionOf(name: string): string {
  const known = sessions.get(name) ?? newSessionId();
  sessions.set(name, known);
  return known;
}

const isOutboxRow = (client: FuzzClient, key: string): boolean =>
  client.session?.lane.rows.some((row) => row.client_msg_id === key) ?? false;
