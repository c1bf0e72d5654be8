import { Fault } from "../../src/domain/fault.ts";
import { logError } from "../../src/ops/metrics.ts";
import { objectName } from "../../src/protocol/ids.ts";
import type { BumpReport } from "../../src/protocol/job.ts";
import type { Bump } from "../../src/protocol/rpc.ts";
import { within } from "../shared/deadline.ts";
import type { ObjectEnv } from "../shared/env.ts";
import { ASLEEP_MS, BUMPS_AT_ONCE, HUB_CALL_MS } from "../shared/limits.ts";
import { isListed } from "./blocks.ts";
import { BumpBatches } from "./bump-batches.ts";
import { Listeners } from "./listeners.ts";
import type { Room } from "./room.ts";
import type { MemberRow } from "./rows.ts";
import type { Timing } from "./timing.ts";
import { toEntry } from "./wire.ts";

interface HubState {
  /** The call that is under way; true if the hub has answered it. */
  call: Promise<boolean> | undefined;
  calledAt: number;
  /** The hub answered "asleep": it keeps a mark, and needs no second call until then. */
  asleepUntil: number;
  /** How often the hub has read the head: an answer to an older call says nothing about it any more. */
  reads: number;
  failures: number;
  /** The line it was told last, of who has blocked the other side: what that writes is no news to them. */
  told: string | undefined;
}

/** A member's inbox line as a bump: absolute. */
export const toBump = (room: Room, member: MemberRow, isPersonal: boolean): Bump => ({
  chat_id: room.chat.chat_id,
  epoch: room.chat.epoch,
  chat_rev: room.rev,
  entry: toEntry(room, member),
  is_personal: isPersonal || room.chat.chat_type === "direct",
});

/** Is `at` still to come, and no further away than `ms`? After a clock was set back, it may be: then it means nothing. */
const isWithin = (ms: number, now: number, at: number): boolean => at > now && at <= now + ms;

/**
 * Tells members' hubs that the chat has news (SPEC BMP): off the message path, absolute, at once and then at most once
 * a second each. Who is owed is in memory; that somebody may be is the alarm, armed with the first bump of a burst:
 * after a crash everybody is told. What more hubs are owed than a large chat has members goes out in batches.
 */
export class Bumps {
  readonly #env: ObjectEnv;
  readonly #room: () => Room | undefined;
  readonly #now: () => number;
  readonly #timing: Timing;
  readonly #batches: BumpBatches;
  /** Hubs that want to hear of every post of a large channel. */
  readonly listeners: Listeners;
  readonly #hubs = new Map<string, HubState>();
  /** Hubs that have not answered for something that happened; true where it is their owner's own business. */
  readonly #owed = new Map<string, boolean>();
  #isPumping = false;
  #calling = 0;
  #timer: { id: ReturnType<typeof setTimeout>; at: number } | undefined;

  /** `listenersChanged`: `listeners.save` is to be called by and by. */
  constructor(
    env: ObjectEnv,
    room: () => Room | undefined,
    now: () => number,
    timing: Timing,
    listenersChanged: () => void,
  ) {
    this.listeners = new Listeners(room, now, timing, listenersChanged);
    this.#env = env;
    this.#room = room;
    this.#now = now;
    this.#timing = timing;
    const notes = {
      isAsleep: (userId: string) => isWithin(ASLEEP_MS, now(), this.#hubs.get(userId)?.asleepUntil ?? 0),
      reads: (userId: string) => this.#hub(userId).reads,
      answered: (userId: string, isAwake: boolean, reads: number) =>
        this.#answered(userId, this.#hub(userId), isAwake, reads),
    };
    const chatId = () => room()?.chat.chat_id;
    this.#batches = new BumpBatches(env, chatId, now, notes, () => timing.bump_batch);
  }

  #hub(userId: string): HubState {
    let hub = this.#hubs.get(userId);
    if (!hub) {
      hub = { call: undefined, calledAt: 0, asleepUntil: 0, reads: 0, failures: 0, told: undefined };
      this.#hubs.set(userId, hub);
    }
    return hub;
  }

  /** True while some hub has not answered. */
  get isOwing(): boolean {
    return this.#owed.size > 0 || this.#calling > 0 || this.#batches.isOwing;
  }

  /** Has one of these not answered yet? */
  owesAny(userIds: ReadonlySet<string>): boolean {
    for (const userId of userIds) if (this.#owed.has(userId) || this.#hubs.get(userId)?.call) return true;
    return this.#batches.owesAny(userIds);
  }

  /**
   * Owes these members a bump. A sleeping hub that has its mark is skipped unless the news is its owner's own business
   * (`isPersonal`). Returns true if anybody is owed now.
   */
  owe(userIds: Iterable<string>, isPersonal: boolean): boolean {
    const all = [...userIds];
    const isBatched = all.length > this.#timing.large_chat;
    const now = this.#now();
    let isOwing = false;
    for (const userId of all) {
      const hub = this.#hub(userId);
      if (!isPersonal && isWithin(ASLEEP_MS, now, hub.asleepUntil)) continue;
      if (isBatched) this.#batches.owe(userId, isPersonal);
      else this.#owed.set(userId, isPersonal || (this.#owed.get(userId) ?? false));
      isOwing = true;
    }
    return isOwing;
  }

  /** The hub has read the head: it wants to hear again. */
  rearm(userId: string): void {
    const hub = this.#hub(userId);
    hub.asleepUntil = 0;
    hub.reads++;
    this.listeners.hears(userId);
  }

  /** A hub that has read the head since is told of the next news, whatever it was when this bump was made. */
  #answered(userId: string, hub: HubState, isAwake: boolean, reads: number): void {
    const isHere = isAwake || hub.reads !== reads;
    hub.asleepUntil = isHere ? 0 : this.#now() + ASLEEP_MS;
    if (isHere) this.listeners.hears(userId);
    else this.listeners.sleeps(userId);
  }

  /** Bumps for a batch as things stand now, by user id. */
  batch(batchId: number, userIds: readonly string[]): Record<string, Bump> {
    const room = this.#room();
    if (!room) return {};
    const isPersonal = this.#batches.begin(batchId, userIds);
    return Object.fromEntries(
      userIds.flatMap((userId) => {
        const member = room.member(userId);
        return member ? [[userId, toBump(room, member, isPersonal)]] : [];
      }),
    );
  }

  /** What the hubs of a batch have answered. */
  settle(batchId: number, report: BumpReport): void {
    this.#batches.settle(batchId, report);
  }

  /** Calls whom it may call, after this turn: what goes to the sockets comes first. */
  pump(): void {
    this.#batches.pump();
    if (this.#isPumping) return;
    this.#isPumping = true;
    queueMicrotask(() => {
      this.#isPumping = false;
      this.#callDue();
    });
  }

  #callDue(): void {
    const now = this.#now();
    let next = Number.POSITIVE_INFINITY;
    for (const [userId, isPersonal] of this.#owed) {
      if (this.#calling >= BUMPS_AT_ONCE) break;
      const hub = this.#hub(userId);
      if (hub.call) continue;
      if (!isPersonal && isWithin(ASLEEP_MS, now, hub.asleepUntil)) {
        // It answered "asleep" after this was owed: its mark stands for this, too.
        this.#owed.delete(userId);
        continue;
      }
      hub.calledAt = Math.min(hub.calledAt, now);
      const due = hub.calledAt + this.#timing.bump_every_ms * Math.min(60, 2 ** hub.failures);
      if (due > now) next = Math.min(next, due);
      else void this.#call(userId, hub);
    }
    if (next < Number.POSITIVE_INFINITY) this.#pumpAt(next, now);
  }

  #pumpAt(at: number, now: number): void {
    if (this.#timer) {
      if (this.#timer.at <= at) return;
      clearTimeout(this.#timer.id);
    }
    const id = setTimeout(
      () => {
        this.#timer = undefined;
        this.pump();
      },
      Math.max(1, at - now),
    );
    this.#timer = { id, at };
  }

  #call(userId: string, hub: HubState): Promise<boolean> {
    hub.call = this.#tell(userId, hub).finally(() => {
      hub.call = undefined;
      this.#calling--;
      this.pump();
    });
    this.#calling++;
    return hub.call;
  }

  /** True if the hub has answered. */
  async #tell(userId: string, hub: HubState): Promise<boolean> {
    const room = this.#room();
    const member = room?.member(userId);
    const isPersonal = this.#owed.get(userId) ?? false;
    this.#owed.delete(userId);
    if (!room || !member) return true;
    const bump = toBump(room, member, isPersonal);
    const line = room.blocks.concerns(userId) ? JSON.stringify(bump.entry) : undefined;
    if (line !== undefined && (line === hub.told || !isListed(room, member))) return true;
    hub.calledAt = this.#now();
    const { reads } = hub;
    try {
      const stub = this.#env.USERS.get(this.#env.USERS.idFromName(objectName("user", userId)));
      const { is_awake: isAwake } = await within(stub.bump(bump), HUB_CALL_MS);
      hub.told = line;
      hub.failures = 0;
      this.#answered(userId, hub, isAwake, reads);
      return true;
    } catch (error) {
      // Unreachable for now: still owed, tried again after a pause, and by the alarm if this object dies before.
      logError({ where: "chat, a bump", error, level: "warning" });
      this.#owed.set(userId, isPersonal || (this.#owed.get(userId) ?? false));
      hub.failures++;
      return false;
    }
  }

  /** Tells one hub now and waits for its answer. @throws Fault `unavailable` if it does not come */
  async callNow(userId: string): Promise<void> {
    const hub = this.#hub(userId);
    await hub.call;
    if (!(await this.#call(userId, hub))) throw new Fault("unavailable", { retry_after: 1 });
  }
}
