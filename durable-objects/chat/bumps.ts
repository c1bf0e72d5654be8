import { Fault } from "../../src/domain/fault.ts";
import { objectName } from "../../src/protocol/ids.ts";
import type { Bump } from "../../src/protocol/rpc.ts";
import type { ObjectEnv } from "../shared/env.ts";
import { ASLEEP_MS, BUMP_EVERY_MS, BUMPS_AT_ONCE } from "../shared/limits.ts";
import type { Room } from "./room.ts";
import type { MemberRow } from "./store.ts";
import { toEntry } from "./wire.ts";

interface HubState {
  isCalling: boolean;
  calledAt: number;
  /** The hub answered "asleep": it keeps a mark, and needs no second call until then. */
  asleepUntil: number;
  failures: number;
}

/** A member's inbox line as a bump: absolute. */
export const toBump = (room: Room, member: MemberRow): Bump => ({
  chat_id: room.chat.chat_id,
  epoch: room.chat.epoch,
  chat_rev: room.rev,
  entry: toEntry(room, member),
  is_personal: room.chat.chat_type === "direct",
});

/**
 * Tells members' hubs that the chat has news (SPEC BMP): off the message path, absolute, at once and then at most once
 * a second each. Who is owed is in memory; that somebody may be is the alarm, armed with the first bump of a burst:
 * after a crash everybody is told.
 */
export class Bumps {
  readonly #env: ObjectEnv;
  readonly #room: () => Room | undefined;
  readonly #now: () => number;
  readonly #hubs = new Map<string, HubState>();
  /** Hubs that have not answered for something that happened. */
  readonly #owed = new Set<string>();
  #isPumping = false;
  #calling = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #idle: (() => void)[] = [];

  constructor(env: ObjectEnv, room: () => Room | undefined, now: () => number) {
    this.#env = env;
    this.#room = room;
    this.#now = now;
  }

  #hub(userId: string): HubState {
    let hub = this.#hubs.get(userId);
    if (!hub) {
      hub = { isCalling: false, calledAt: 0, asleepUntil: 0, failures: 0 };
      this.#hubs.set(userId, hub);
    }
    return hub;
  }

  /** True while some hub has not answered. */
  get isOwing(): boolean {
    return this.#owed.size > 0 || this.#calling > 0;
  }

  /**
   * Owes these members a bump. A sleeping hub that has its mark is skipped unless the news is its owner's own business
   * (`isPersonal`). Returns true if anybody is owed now.
   */
  owe(userIds: Iterable<string>, isPersonal: boolean): boolean {
    const now = this.#now();
    let isOwing = false;
    for (const userId of userIds) {
      const hub = this.#hub(userId);
      if (hub.asleepUntil > now && !isPersonal) continue;
      this.#owed.add(userId);
      isOwing = true;
    }
    return isOwing;
  }

  /** The hub has read the head, or has woken: it wants to hear again. */
  rearm(userId: string): void {
    const hub = this.#hubs.get(userId);
    if (hub) hub.asleepUntil = 0;
  }

  /** Calls whom it may call, after this turn: what goes to the sockets comes first. */
  pump(): void {
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
    for (const userId of this.#owed) {
      if (this.#calling >= BUMPS_AT_ONCE) break;
      const hub = this.#hub(userId);
      if (hub.isCalling) continue;
      const due = hub.calledAt + BUMP_EVERY_MS * Math.min(60, 2 ** hub.failures);
      if (due > now) next = Math.min(next, due);
      else void this.#call(userId, hub);
    }
    if (this.#timer === undefined && next < Number.POSITIVE_INFINITY) {
      this.#timer = setTimeout(
        () => {
          this.#timer = undefined;
          this.pump();
        },
        Math.max(1, next - now),
      );
    }
    if (!this.isOwing) for (const done of this.#idle.splice(0)) done();
  }

  /** True if the hub has answered. */
  async #call(userId: string, hub: HubState): Promise<boolean> {
    const room = this.#room();
    const member = room?.member(userId);
    this.#owed.delete(userId);
    if (!room || !member) return true;
    hub.isCalling = true;
    hub.calledAt = this.#now();
    this.#calling++;
    try {
      const { is_awake: isAwake } = await this.#env.USERS.get(
        this.#env.USERS.idFromName(objectName("user", userId)),
      ).bump(toBump(room, member));
      hub.failures = 0;
      hub.asleepUntil = isAwake ? 0 : this.#now() + ASLEEP_MS;
      return true;
    } catch (error) {
      // Unreachable for now: still owed, tried again after a pause, and by the alarm if this object dies before.
      console.warn("a hub did not take its bump", error);
      this.#owed.add(userId);
      hub.failures++;
      return false;
    } finally {
      hub.isCalling = false;
      this.#calling--;
      this.pump();
    }
  }

  /** Tells one hub now and waits for its answer. @throws Fault `unavailable` if it does not come */
  async callNow(userId: string): Promise<void> {
    const hub = this.#hub(userId);
    if (hub.isCalling) await this.settled();
    if (!(await this.#call(userId, hub))) throw new Fault("unavailable", { retry_after: 1 });
  }

  /** Resolves when every hub has answered. */
  settled(): Promise<void> {
    if (!this.isOwing) return Promise.resolve();
    return new Promise((resolve) => {
      this.#idle.push(resolve);
      this.pump();
    });
  }
}
