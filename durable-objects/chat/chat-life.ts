import log from "../../migrations/chat/0001-log.sql";
import annotations from "../../migrations/chat/0002-annotations.sql";
import threads from "../../migrations/chat/0003-threads.sql";
import timers from "../../migrations/chat/0004-timers.sql";
import entry from "../../migrations/chat/0005-entry.sql";
import privacy from "../../migrations/chat/0006-privacy.sql";
import search from "../../migrations/chat/0007-search.sql";
import previews from "../../migrations/chat/0008-previews.sql";
import wordFilter from "../../migrations/chat/0009-word-filter.sql";
import threadEra from "../../migrations/chat/0010-thread-era.sql";
import listeners from "../../migrations/chat/0011-listeners.sql";
import rounds from "../../migrations/chat/0012-rounds.sql";
import blockSince from "../../migrations/chat/0013-block-since.sql";
import inviteIds from "../../migrations/chat/0014-invite-ids.sql";
import { Fault } from "../../src/domain/fault.ts";
import { logError } from "../../src/ops/metrics.ts";
import type { ForwardAsk } from "../../src/protocol/rpc.ts";
import { BaseObject } from "../shared/base-object.ts";
import type { ObjectEnv } from "../shared/env.ts";
import {
  CATCH_UPS_BURST,
  CATCH_UPS_PER_S,
  LISTENERS_SAVED_MS,
  SEARCH_AGAIN_MS,
  SEARCH_REWRITE_MS,
  SEND_BURST,
  SEND_PER_S,
  SWEEP_MS,
  TYPING_BURST,
  TYPING_PER_S,
} from "../shared/limits.ts";
import { RateLimit } from "../shared/rate.ts";
import { callerOf, type SocketState, Sockets } from "../shared/sockets.ts";
import { Bumps } from "./bumps.ts";
import type { Desk } from "./commands.ts";
import { Commits, type Effect, type News } from "./commits.ts";
import { Clockwork } from "./due.ts";
import { Errands } from "./errands.ts";
import { Fanout } from "./fanout.ts";
import { type Reading, readSource } from "./forwards.ts";
import { HubFeeds } from "./hub-feeds.ts";
import { Lanes } from "./lanes.ts";
import { typingVeil } from "./privacy.ts";
import { flushReceipts } from "./receipts.ts";
import { Room } from "./room.ts";
import type { SearchIndex } from "./search-index.ts";
import { Sessions } from "./sessions.ts";
import { ChatStore } from "./store.ts";
import { type Timing, timingOf } from "./timing.ts";
import { TypingPeople } from "./typing.ts";

/**
 * The life of one chat: what it is made of, what follows from a change, its alarm and its sockets. What is asked of it
 * by the Worker and by hubs is in `chat-object.ts`.
 */
export abstract class ChatLife extends BaseObject {
  protected readonly migrations = [
    ...[log, annotations, threads, timers, entry, privacy, search, previews, wordFilter],
    ...[threadEra, listeners, rounds, blockSince, inviteIds],
  ];
  protected readonly store: ChatStore;
  readonly #sockets: Sockets<SocketState>;
  protected readonly commits: Commits;
  readonly #clockwork: Clockwork;
  protected readonly hubFeeds: HubFeeds;
  readonly #fanout: Fanout;
  // These are public for tests in the same isolate: RPC reaches methods alone.
  readonly timing: Timing;
  readonly bumps: Bumps;
  readonly errands: Errands;
  readonly desk: Desk;
  readonly #typing: TypingPeople;
  protected readonly sendLimit: RateLimit;
  protected readonly lanes = new Lanes();
  protected readonly sessions: Sessions;
  #room: Room | undefined;
  #receiptsTimer: ReturnType<typeof setTimeout> | undefined;

  constructor(ctx: DurableObjectState, env: ObjectEnv) {
    super(ctx, env);
    const room = () => this.openRoom();
    this.store = new ChatStore(this.db);
    this.#sockets = new Sockets(ctx);
    this.timing = timingOf(env);
    const now = () => this.now();
    this.hubFeeds = new HubFeeds(
      env,
      () => room()?.chat.chat_id,
      (userId) => this.unfeed(userId),
    );
    this.#fanout = new Fanout(this.#sockets, this.hubFeeds, room);
    this.bumps = new Bumps(env, room, now, this.timing, () => this.armAlarm(this.now() + LISTENERS_SAVED_MS, false));
    const host = {
      room,
      now,
      armAlarm: (at: number, forDebt: boolean) => this.armAlarm(at, forDebt),
      inBackground: (work: Promise<unknown>) => ctx.waitUntil(work),
    };
    this.errands = new Errands(env, host, this.bumps, this.timing);
    this.#typing = new TypingPeople(
      (piece, userId) => this.#fanout.broadcast([piece], typingVeil(this.openRoom(), userId)),
      this.timing.typing_ms,
    );
    const perSecond = Number(env.SEND_PER_S ?? SEND_PER_S);
    const burst = Number(env.SEND_BURST ?? SEND_BURST);
    this.sendLimit = new RateLimit(perSecond, burst);
    this.commits = new Commits(
      this.db,
      () => this.#sockets.size,
      (news) => this.#said(news),
      () => this.#reread(),
    );
    this.#clockwork = new Clockwork(this.commits, now, (at, forDebt) => this.armAlarm(at, forDebt));
    this.desk = this.#makeDesk();
    this.sessions = new Sessions(env, this.#sockets, this.#fanout, this.desk, room, { perSecond, burst });
  }

  /** The object's clock. */
  protected now(): number {
    return Date.now();
  }

  /**
   * The chat, read from the database after a wake; undefined if this object was never made one. Whatever has come due
   * until now has happened in it (SPEC ALM1).
   */
  protected openRoom(): Room | undefined {
    if (!this.#room) this.#room = this.#readRoom();
    if (this.#room) this.#clockwork.keep(this.#room);
    return this.#room;
  }

  #readRoom(): Room | undefined {
    const chat = this.openDatabase() ? this.store.chat() : undefined;
    const room = chat && new Room(this.store, chat);
    if (room) this.errands.opened(room);
    return room;
  }

  /** @throws Fault `not_found` if there is no chat here */
  protected requireRoom(): Room {
    const room = this.openRoom();
    if (!room) throw new Fault("not_found");
    return room;
  }

  #makeDesk(): Desk {
    const requireRoom = () => this.requireRoom();
    return {
      get room() {
        return requireRoom();
      },
      commits: this.commits,
      typing: this.#typing,
      sendLimit: this.sendLimit,
      lanes: this.lanes,
      readSource: (by, ask) => this.readSource(by, ask),
      catchUpLimit: new RateLimit(CATCH_UPS_PER_S, CATCH_UPS_BURST),
      typingLimit: new RateLimit(TYPING_PER_S, TYPING_BURST),
      now: () => this.now(),
      receiptsMoved: () => this.receiptsMoved(),
    };
  }

  // What follows from a change

  /** Once a batch, in the turn of its commit. */
  #said(news: readonly News[]): void {
    this.#fanout.publish(news);
    this.errands.follow(news);
    // In the turn of the commit: with what it is for.
    if (this.#room) this.#clockwork.arm(this.#room);
    // Who sent has read: that goes out with the next flush.
    if (this.#room && this.#room.moved.size > 0) this.receiptsMoved();
    if (this.#room?.search.takeRestated()) this.armAlarm(this.now() + SEARCH_REWRITE_MS, false);
    this.followed(news);
  }

  /** What else follows from news, in the turn of its commit. */
  protected followed(_news: readonly News[]): void {}

  /** A whole transaction failed: memory is read again. Cursors that wait for their flush were no part of it. */
  #reread(): void {
    const moved = this.#room?.moved;
    this.#room = undefined;
    const room = this.openRoom();
    for (const [userId, { delivered_seq: delivered, read_seq: read }] of moved ?? []) {
      const member = room?.member(userId);
      if (room && member) room.moveCursors(member, Math.min(delivered, room.headSeq), Math.min(read, room.headSeq));
    }
  }

  protected receiptsMoved(): void {
    this.#receiptsTimer ??= setTimeout(() => {
      this.#receiptsTimer = undefined;
      if (this.openRoom()?.moved.size)
        this.flushReceipts().catch((error) => logError({ where: "chat, receipts", error }));
    }, this.timing.receipts_ms);
  }

  protected flushReceipts(): Promise<void> {
    return this.commits.ask(() => flushReceipts(this.requireRoom(), this.now()));
  }

  protected unfeed(userId: string): void {
    this.openRoom()?.feeds.delete(userId);
    this.store.deleteFeed(userId);
  }

  protected async readSource(by: string, ask: ForwardAsk): Promise<Reading> {
    return readSource(this.env, this.requireRoom(), by, ask, this.now(), this.sendLimit);
  }

  /** Runs a command of the Worker's. */
  protected change<T>(run: (room: Room) => Effect<T>): Promise<T> {
    this.requireRoom();
    return this.commits.ask(() => run(this.requireRoom()));
  }

  override async alarm(): Promise<void> {
    this.alarmFired();
    const room = this.openRoom();
    if (!room) return;
    const { hadDebt } = this;
    this.hadDebt = false;
    this.sessions.closeDead();
    if (this.#sockets.size > 0) this.armAlarm(this.now() + SWEEP_MS, false);
    // Before the changes are trimmed that it has not seen.
    this.#keepIndex(room);
    await this.errands.alarm(room, hadDebt);
  }

  #keepIndex(room: Room): void {
    try {
      if (room.search.whenIdle()) this.armAlarm(this.now() + SEARCH_AGAIN_MS, false);
    } catch (error) {
      logError({ where: "chat, search index", error });
    }
  }

  /** The index as it can be for a search that comes now; what is left of it is seen to by the alarm. */
  protected searched(room: Room): SearchIndex {
    if (room.search.beforeSearch()) this.armAlarm(this.now() + SEARCH_AGAIN_MS, false);
    return room.search;
  }

  // Sockets

  override async fetch(request: Request): Promise<Response> {
    const response = this.sessions.attach(request);
    const room = this.openRoom();
    const caller = callerOf(request);
    if (response.webSocket && room && caller) {
      this.ctx.waitUntil(this.sessions.register(caller, room.chat.chat_id));
      this.armAlarm(this.now() + SWEEP_MS, false);
    }
    return response;
  }

  override webSocketMessage(socket: WebSocket, data: string | ArrayBuffer): void {
    this.sessions.receive(socket, data);
  }

  override webSocketClose(socket: WebSocket, code: number): void {
    this.sessions.left(socket, code);
  }

  override webSocketError(socket: WebSocket): void {
    this.sessions.left(socket, 1011);
  }
}
