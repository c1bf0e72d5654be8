import { logError } from "../../src/ops/metrics.ts";
import type { Database } from "../shared/database.ts";
import { BATCH_COMMANDS, GATHER_MS_MAX, GATHER_MS_PER_SOCKET } from "../shared/limits.ts";
import type { Linked } from "./previews.ts";
import type { MemberRow } from "./rows.ts";

/** What a command did, told before anybody else knows: SQL is written, memory is not changed yet. */
export interface Effect<T> {
  value: T;
  /** Brings memory in line with what was written. Runs only if the command's writes stand. Must not throw. */
  apply?: () => void;
  /** News for everybody who is there, encoded, and what follows from it. */
  news?: News;
}

/** What is said, to whom; and who else must hear of it. */
export interface News {
  /** Encoded frames, in order. */
  pieces: string[];
  /** The first piece tells of a message that not everybody may see. */
  veiled?: Veiled;
  /** What some are told instead of the first piece; undefined for those who are told the same as everybody. */
  own?: (userId: string) => string | undefined;
  /** People who hear these last frames and are then put out of the chat; all of them, when it ends. */
  farewells?: "everybody" | readonly string[];
  /** Whose hubs show something that has changed. */
  bumps: "everybody" | readonly string[];
  /** Whose own business it is: their hubs hear of it even if they are asleep. */
  personal?: "everybody" | readonly string[];
  /** A page is to be read that a message leads to. */
  linked?: Linked | undefined;
  /** A sticker that was sent. */
  sticker?: string | undefined;
  /** Membership has changed: rows wait for D1. */
  isProjected?: true;
}

/** A message that members who came later may not see, and what they are told instead of the first piece. */
export interface Veiled {
  seq: number;
  piece: (viewer: MemberRow) => string;
}

interface Command {
  run: () => Effect<unknown>;
  /** A single statement undoes itself if it fails: it needs no savepoint. */
  isSingle: boolean;
  done: (value: unknown) => void;
  failed: (error: unknown) => void;
}

/**
 * Gather while committing (SPEC COM). An idle chat commits and sends at once; commands that arrive while a commit is in
 * flight, or in a moment after it that grows with the number of sockets, go out as one transaction and one WebSocket
 * message per socket.
 */
export class Commits {
  readonly #db: Database;
  readonly #sockets: () => number;
  readonly #publish: (news: readonly News[]) => void;
  readonly #lost: () => void;
  #queue: Command[] = [];
  #isBusy = false;
  #isCommitting = false;

  /**
   * @param sockets how many sockets are live
   * @param publish called once per batch (without news too), in the turn of its commit: the output gate holds what it sends until the batch is durable
   * @param lost called when a whole transaction failed: memory must be read again
   */
  constructor(db: Database, sockets: () => number, publish: (news: readonly News[]) => void, lost: () => void) {
    this.#db = db;
    this.#sockets = sockets;
    this.#publish = publish;
    this.#lost = lost;
  }

  /**
   * Queues a command. `done` runs in the turn of its commit, before the batch is published; `failed` gets what it threw.
   * A command that fails never takes its neighbours with it.
   */
  submit<T>(run: () => Effect<T>, done: (value: T) => void, failed: (error: unknown) => void, isSingle = false): void {
    // `done` is called with what this very `run` returned.
    this.#queue.push({ run, isSingle, done: done as (value: unknown) => void, failed });
    if (!this.#isBusy) void this.#work();
  }

  /** The same as a promise, for callers over RPC. */
  ask<T>(run: () => Effect<T>): Promise<T> {
    return new Promise<T>((resolve, reject) => this.submit(run, resolve, reject));
  }

  /** True within a transaction, and while what it has to say goes out. */
  get isCommitting(): boolean {
    return this.#isCommitting;
  }

  /**
   * Commits these at once, in one transaction, ahead of what has gathered: what the clock has made due happens before
   * anybody looks (SPEC ALM). Not from within a commit. `failed` gets what a single one threw, or the whole.
   */
  atOnce(runs: readonly (() => Effect<unknown>)[], failed: (error: unknown) => void): void {
    this.#commit(runs.map((run) => ({ run, isSingle: false, done: () => undefined, failed })));
  }

  async #work(): Promise<void> {
    this.#isBusy = true;
    try {
      while (this.#queue.length > 0) {
        this.#commit(this.#queue.splice(0, BATCH_COMMANDS));
        await this.#db.durable();
        const pause = Math.min(GATHER_MS_MAX, this.#sockets() * GATHER_MS_PER_SOCKET);
        if (pause >= 1) await new Promise((resolve) => setTimeout(resolve, pause));
      }
    } finally {
      this.#isBusy = false;
    }
  }

  #commit(batch: readonly Command[]): void {
    this.#isCommitting = true;
    try {
      this.#commitAll(batch);
    } finally {
      this.#isCommitting = false;
    }
  }

  #commitAll(batch: readonly Command[]): void {
    const news: News[] = [];
    const answers: (() => void)[] = [];
    try {
      if (batch.length === 1 && batch[0]?.isSingle) this.#run(batch[0], news, answers);
      else {
        this.#db.transaction(() => {
          for (const command of batch) this.#run(command, news, answers);
        });
      }
    } catch (error) {
      this.#lost();
      for (const command of batch) command.failed(error);
      return;
    }
    // It is stored: whatever goes wrong from here on must not keep the rest from being said.
    for (const answer of answers) attempt(answer);
    attempt(() => this.#publish(news));
  }

  #run(command: Command, news: News[], answers: (() => void)[]): void {
    let effect: Effect<unknown>;
    try {
      effect = command.isSingle ? command.run() : this.#db.transaction(command.run);
    } catch (error) {
      answers.push(() => command.failed(error));
      return;
    }
    effect.apply?.();
    if (effect.news) news.push(effect.news);
    answers.push(() => command.done(effect.value));
  }
}

function attempt(work: () => void): void {
  try {
    work();
  } catch (error) {
    logError({ where: "chat, telling what was stored", error });
  }
}
