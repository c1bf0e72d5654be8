import { asFault, Fault } from "../../src/domain/fault.ts";
import { newSessionId, parseMessageId } from "../../src/protocol/ids.ts";
import type { HistoryAsk, Votes } from "../../src/protocol/rpc.ts";
import type { ScheduledMessage } from "../../src/protocol/timer-routes.ts";
import { MemoryStore } from "../../web/store/memory-store.ts";
import type { ChatScreen, ThreadScreen } from "../../web/sync/client.ts";
import { isThreadScreen } from "../../web/sync/desk.ts";
import type { ChatSession } from "../../web/sync/engine/chat-session.ts";
import { Engine } from "../../web/sync/engine/engine.ts";
import { type Command, newCommand } from "../../web/sync/engine/outbox-row.ts";
import type { HistoryPage, Remote, ThreadPage } from "../../web/sync/engine/ports.ts";
import { chatStub } from "../chat/room.ts";
import type { SeededRandom } from "../proofs/seeded-random.ts";
import { ManualClock } from "../web/manual-clock.ts";
import { LossyNetwork } from "./lossy-network.ts";

const VIEW = "view";

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

  constructor(name: string, userId: string, chatId: string, random: SeededRandom) {
    this.name = name;
    this.user_id = userId;
    this.session_id = sessionOf(name);
    this.chat_id = chatId;
    this.#random = random;
    this.clock = new ManualClock(Date.UTC(2026, 0, 1), microtasks);
    this.network = new LossyNetwork(userId);
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

  async compose(text: string): Promise<void> {
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
      is_transmitted: this.engine.isClear(this.chat_id),
      attempts: 0,
    });
    this.engine.written(row);
    await microtasks();
  }

  async deleteOwn(seq: number): Promise<void> {
    const row = await this.store.addOutbox({
      kind: "deletion",
      chat_id: this.chat_id,
      client_msg_id: `${this.name}-d${seq}-${this.clock.now()}`,
      created_at: this.clock.now(),
      seen_seq: 0,
      text: "",
      target_seq: seq,
      phase: "queued",
      is_transmitted: false,
      attempts: 0,
    });
    this.engine.written(row);
    await this.settle();
  }

  /** Edits, reacts or pins as a screen would: the row is in the store first. */
  async command(command: Command, seq: number, text = ""): Promise<void> {
    const now = this.clock.now();
    const id = `${this.name}-k${++this.#commands}-${this.chat_id.slice(-8)}`;
    const row = newCommand("command", this.chat_id, command, { id, now, target: seq, text });
    this.engine.written(await this.store.addOutbox(row));
    await microtasks();
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
    for (const row of this.session?.lane.rows ?? []) if (row.phase === "failed") this.everFailed.add(row.client_msg_id);
    const rows = this.screen?.messages ?? [];
    const inLog = rows.filter((row) => row.message_id !== undefined && row.seq !== undefined);
    const ofOutbox = rows.length - inLog.length;
    for (const [i, row] of inLog.entries()) {
      const next = inLog[i + 1];
      // An acknowledged row of the outbox stands at the end with its number; the log is contiguous before it.
      if (next && next.seq !== (row.seq ?? 0) + 1 && !isOutboxRow(this, next.key)) {
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
        arrival: () => undefined,
        refused: () => undefined,
        drafted: () => undefined,
        revoked: () => this.errors.push(new Error("revoked")),
      },
    );
    void engine.start();
    engine.openView(VIEW, this.chat_id, "latest");
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
