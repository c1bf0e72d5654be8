import { logError } from "../../src/ops/metrics.ts";
import type { ObjectEnv } from "../shared/env.ts";
import { CHANGES_KEPT, UNCONFIRMED_MS } from "../shared/limits.ts";
import type { Bumps } from "./bumps.ts";
import type { News } from "./commits.ts";
import { isLargeChannel } from "./listeners.ts";
import { type Linked, requestPreview } from "./previews.ts";
import { project } from "./projection.ts";
import type { Room } from "./room.ts";
import { idsAfter } from "./round-store.ts";
import { Rounds } from "./rounds.ts";
import { StickerCounts } from "./sticker-counts.ts";
import type { Timing } from "./timing.ts";

/** What errands need of the object they run for. */
export interface Host {
  room(): Room | undefined;
  now(): number;
  /** See `BaseObject.armAlarm`. */
  armAlarm(at: number, forDebt: boolean): void;
  /** Lets work go on after the answer. */
  inBackground(work: Promise<unknown>): void;
}

/**
 * What follows from news, off the message path: bumps to members' hubs, membership to D1, receipts of who has sent.
 * That something is owed is the object's alarm, armed in the turn of the commit.
 */
export class Errands {
  readonly #env: ObjectEnv;
  readonly #host: Host;
  readonly #bumps: Bumps;
  readonly #timing: Timing;
  readonly #stickers: StickerCounts;
  readonly #rounds: Rounds;
  /** The chat tells its posts to hubs that listen alone. */
  #isReticent = false;

  constructor(env: ObjectEnv, host: Host, bumps: Bumps, timing: Timing) {
    this.#env = env;
    this.#host = host;
    this.#bumps = bumps;
    this.#timing = timing;
    this.#stickers = new StickerCounts(env);
    const now = () => host.now();
    this.#rounds = new Rounds(bumps, now, timing, (at, forDebt) => host.armAlarm(at, forDebt));
  }

  #armForDebt(): void {
    this.#host.armAlarm(this.#host.now() + this.#timing.bump_alarm_ms, true);
  }

  /** The chat was read: as it stands now everybody knows it. */
  opened(room: Room): void {
    this.#isReticent = isLargeChannel(room, this.#timing);
  }

  /** Once a batch, in the turn of its commit: what makes good a crash after it is written with it. */
  follow(batch: readonly News[]): void {
    if (batch.some(({ bumps }) => bumps === "everybody")) this.#bumpAudience();
    this.#announceReticence();
    for (const { bumps, personal, farewells, isProjected, linked, sticker } of batch) {
      if (sticker !== undefined) this.#stickers.add(sticker);
      if (linked) this.#read(linked);
      if (bumps !== "everybody") this.#owe(bumps, false);
      if (personal === "everybody" || farewells === "everybody") this.#callEverybody();
      if (personal && personal !== "everybody") this.#owe(this.#present(personal), true);
      if (farewells && farewells !== "everybody") this.#owe(farewells, true);
      if (!isProjected) continue;
      this.#armForDebt();
      this.#host.inBackground(this.project());
    }
  }

  #read(linked: Linked): void {
    const room = this.#host.room();
    if (room) this.#host.inBackground(requestPreview(this.#env, room.chat.chat_id, linked));
  }

  /** Everybody's hub is owed a bump, however many they are. */
  bumpMembers(): void {
    const room = this.#host.room();
    if (room) this.#owe(membersOf(room), room.chat.chat_type === "direct");
  }

  /** It is everybody's own business, also if the chat has just ended (SPEC BMP10): of very many, who is there hears first. */
  #callEverybody(): void {
    const room = this.#host.room();
    if (!room) return;
    if (!this.#rounds.isNeeded(room)) {
      this.#owe(idsAfter(room.store.db, "", this.#timing.round_slice), true);
      return;
    }
    this.#owe([...this.#bumps.listeners.ids], true);
    this.#rounds.begin(room);
  }

  /** The chat has news: in a large channel only for hubs that listen, and whoever has just spoken (SPEC BMP7). */
  #bumpAudience(): void {
    const room = this.#host.room();
    if (!room || !isLargeChannel(room, this.#timing)) this.bumpMembers();
    else {
      const told = new Set([...this.#bumps.listeners.ids, ...room.feeds, ...(room.last ? [room.last.sender_id] : [])]);
      this.#owe(this.#present([...told]), false);
    }
  }

  /** From when a channel is large, hubs must ask: so everybody's hears how large it is (SPEC BMP8). */
  #announceReticence(): void {
    const room = this.#host.room();
    if (!room || isLargeChannel(room, this.#timing) === this.#isReticent) return;
    this.#isReticent = !this.#isReticent;
    if (this.#isReticent) this.bumpMembers();
  }

  #present(userIds: readonly string[]): string[] {
    const room = this.#host.room();
    return userIds.filter((userId) => room?.isPresent(room.member(userId)));
  }

  #owe(userIds: Iterable<string>, isPersonal: boolean): void {
    if (!this.#bumps.owe(userIds, isPersonal)) return;
    this.#armForDebt();
    this.#bumps.pump();
  }

  /** Puts membership on its way to D1, and makes sure that it is looked after until it has arrived. */
  async project(): Promise<void> {
    const room = this.#host.room();
    if (!room) return;
    let isOnItsWay = true;
    try {
      isOnItsWay = await project(this.#env, room, this.#host.now());
    } catch (error) {
      logError({ where: "chat, queueing the projection", error });
    }
    if (isOnItsWay) this.#host.armAlarm(this.#host.now() + UNCONFIRMED_MS, false);
  }

  /**
   * The alarm's share: what is still owed, and the trimming of the change log.
   * `hadDebt`: it was armed in a former life, which may have ended between an acknowledgement and its bumps. So
   * everybody is told, who was put out too; hubs that know already are not disturbed by hearing it again.
   */
  async alarm(room: Room, hadDebt: boolean): Promise<void> {
    if (hadDebt && !this.#rounds.isNeeded(room)) {
      const everybody = room.headSeq > 0 ? room.members().map((member) => member.user_id) : [room.chat.created_by];
      this.#bumps.owe(everybody, true);
    } else if (hadDebt && !this.#rounds.isLast(room)) this.#rounds.begin(room);
    else this.#rounds.goOn(room);
    this.#bumps.pump();
    if (this.#bumps.isOwing) this.#armForDebt();
    this.#bumps.listeners.save();
    trimChanges(room);
    await this.project();
  }
}

/** A direct chat is no news to the other side before its first message. */
const membersOf = (room: Room): Iterable<string> => (room.headSeq > 0 ? room.presentIds() : [room.chat.created_by]);

function trimChanges(room: Room): void {
  const upTo = room.rev - CHANGES_KEPT;
  const oldest = upTo > 0 ? room.store.oldestChange() : undefined;
  // Not at every step: the chat's row is written for it.
  if (oldest === undefined || oldest > upTo - CHANGES_KEPT) return;
  room.store.deleteChangesUpTo(upTo);
  room.chat = { ...room.chat, changes_after: upTo };
  room.store.putChat(room.chat);
}
