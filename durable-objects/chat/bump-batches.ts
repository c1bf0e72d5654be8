import { logError } from "../../src/ops/metrics.ts";
import type { BumpReport } from "../../src/protocol/job.ts";
import type { ObjectEnv } from "../shared/env.ts";
import { BATCHED_BUMPS_EVERY_MS, BATCHES_AT_ONCE, BUMP_CONFIRM_MS } from "../shared/limits.ts";

/** Hubs that one message of the queue names. */
interface Batch {
  userIds: readonly string[];
  isPersonal: boolean;
  at: number;
  /** How often each had read the head when its bump was made. */
  reads?: ReadonlyMap<string, number>;
}

/** What is known of single hubs; see `Bumps`. */
export interface HubNotes {
  isAsleep(userId: string): boolean;
  reads(userId: string): number;
  /** It has answered a bump that was made when it had read the head `reads` times. */
  answered(userId: string, isAwake: boolean, reads: number): void;
}

/**
 * Bumps to very many hubs (SPEC BMP6): their names go out in batches through a queue, whose consumer asks for the bumps
 * when it delivers them, and says what the hubs answered. Until then they are owed. In memory, like all that is owed.
 */
export class BumpBatches {
  readonly #env: ObjectEnv;
  readonly #chatId: () => string | undefined;
  readonly #now: () => number;
  readonly #hubs: HubNotes;
  readonly #size: () => number;
  readonly #owed = new Map<string, boolean>();
  readonly #sent = new Map<number, Batch>();
  #count = 0;
  #sentAt = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;

  /** `size`: hubs in a batch. */
  constructor(env: ObjectEnv, chatId: () => string | undefined, now: () => number, hubs: HubNotes, size: () => number) {
    this.#env = env;
    this.#chatId = chatId;
    this.#now = now;
    this.#hubs = hubs;
    this.#size = size;
  }

  /** True while some hub has not answered. */
  get isOwing(): boolean {
    return this.#owed.size > 0 || this.#sent.size > 0;
  }

  owesAny(userIds: ReadonlySet<string>): boolean {
    for (const userId of this.#owed.keys()) if (userIds.has(userId)) return true;
    return [...this.#sent.values()].some((batch) => batch.userIds.some((userId) => userIds.has(userId)));
  }

  owe(userId: string, isPersonal: boolean): void {
    this.#owed.set(userId, isPersonal || (this.#owed.get(userId) ?? false));
  }

  /** Puts what is owed into the queue, at once and then no more often than `BATCHED_BUMPS_EVERY_MS`. */
  pump(): void {
    const now = this.#now();
    this.#oweUnconfirmed(now);
    if (this.#owed.size === 0 || this.#timer) return;
    const pause = Math.min(BATCHED_BUMPS_EVERY_MS, this.#sentAt + BATCHED_BUMPS_EVERY_MS - now);
    this.#timer = setTimeout(
      () => {
        this.#timer = undefined;
        void this.#send();
      },
      Math.max(1, pause),
    );
  }

  /** What the consumer has not answered is owed again: a bump is absolute, and twice is no harm. */
  #oweUnconfirmed(now: number): void {
    for (const [id, { at, userIds, isPersonal }] of this.#sent) {
      if (at <= now && now - at < BUMP_CONFIRM_MS) continue;
      this.#sent.delete(id);
      for (const userId of userIds) this.owe(userId, isPersonal);
    }
  }

  async #send(): Promise<void> {
    const chatId = this.#chatId();
    const batches = this.#takeBatches();
    if (chatId === undefined || batches.length === 0) return;
    this.#sentAt = this.#now();
    for (let from = 0; from < batches.length; from += BATCHES_AT_ONCE) {
      const some = batches.slice(from, from + BATCHES_AT_ONCE);
      const jobs = some.map(([batchId, { userIds }]) => {
        return { body: { kind: "bumps" as const, chat_id: chatId, batch_id: batchId, user_ids: [...userIds] } };
      });
      try {
        await this.#env.BUMPS.sendBatch(jobs);
      } catch (error) {
        // Still owed: the alarm comes back to it.
        logError({ where: "chat, queueing bumps", error, level: "warning" });
      }
    }
  }

  #takeBatches(): [number, Batch][] {
    const names: Record<"personal" | "usual", string[]> = { personal: [], usual: [] };
    for (const [userId, isPersonal] of this.#owed)
      if (isPersonal || !this.#hubs.isAsleep(userId)) names[isPersonal ? "personal" : "usual"].push(userId);
    this.#owed.clear();
    const taken: [number, Batch][] = [];
    for (const [kind, userIds] of Object.entries(names)) {
      while (userIds.length > 0) {
        const batch = { userIds: userIds.splice(0, this.#size()), isPersonal: kind === "personal", at: this.#now() };
        taken.push([++this.#count, batch]);
      }
    }
    for (const [id, batch] of taken) this.#sent.set(id, batch);
    return taken;
  }

  /**
   * The names are on their way now: is it their owners' own business? True for a batch of a former life, of which nothing
   * is known any more.
   */
  begin(batchId: number, userIds: readonly string[]): boolean {
    const batch = this.#sent.get(batchId);
    if (batch) batch.reads = new Map(userIds.map((userId) => [userId, this.#hubs.reads(userId)]));
    return batch?.isPersonal ?? true;
  }

  /** What the hubs of a batch have answered. Who could not be reached is owed still. */
  settle(batchId: number, { awake, asleep, failed }: BumpReport): void {
    const batch = this.#sent.get(batchId);
    if (!batch) return;
    this.#sent.delete(batchId);
    for (const [userIds, isAwake] of [
      [awake, true],
      [asleep, false],
    ] as const)
      for (const userId of userIds) this.#hubs.answered(userId, isAwake, batch.reads?.get(userId) ?? -1);
    for (const userId of failed) this.owe(userId, batch.isPersonal);
  }
}
