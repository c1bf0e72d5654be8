import { logError } from "../../src/ops/metrics.ts";
import type { Person } from "../../src/protocol/chat.ts";
import type { Ban, ChatCard, JoinRequest } from "../../src/protocol/entry-routes.ts";
import type { BanAsk, InviteAsk, InviteRecord, Joined } from "../../src/protocol/rpc.ts";
import type { ObjectEnv } from "../shared/env.ts";
import { ban, bans, unban } from "./bans.ts";
import { ChatLife } from "./chat-life.ts";
import type { News } from "./commits.ts";
import { Dispatch } from "./dispatch.ts";
import { acceptInvite, inviteCard, join, standingTo } from "./entry.ts";
import { isUntold } from "./entry-store.ts";
import { createInvite, inviteLink, invites, revokeInvite } from "./invites.ts";
import { answerRequest, requests } from "./join-requests.ts";
import { tellCount } from "./membership.ts";

/** What is asked of a chat about coming in and being kept out, and what follows from it by itself. */
export abstract class EntryCalls extends ChatLife {
  readonly #dispatch: Dispatch;
  #countTimer: ReturnType<typeof setTimeout> | undefined;

  constructor(ctx: DurableObjectState, env: ObjectEnv) {
    super(ctx, env);
    this.#dispatch = new Dispatch(env, {
      room: () => this.openRoom(),
      now: () => this.now(),
      armAlarm: (at, forDebt) => this.armAlarm(at, forDebt),
      inBackground: (work) => ctx.waitUntil(work),
    });
  }

  protected override followed(news: readonly News[]): void {
    const type = this.openRoom()?.chat.chat_type;
    if (type === "broadcast") this.#dispatch.pump();
    // People came or went, and nothing was said of it.
    else if (type === "channel" && news.some((one) => one.isProjected && one.pieces.length === 0)) this.#countSoon();
  }

  override async alarm(): Promise<void> {
    await super.alarm();
    const room = this.openRoom();
    if (!room) return;
    if (room.chat.chat_type === "broadcast") this.#dispatch.pump();
    if (room.chat.chat_type === "channel" && isUntold(room.store.db)) await this.#tellCount();
  }

  #countSoon(): void {
    this.#countTimer ??= setTimeout(() => {
      this.#countTimer = undefined;
      this.#tellCount().catch((error: unknown) => logError({ where: "chat, how many members", error }));
    }, this.timing.receipts_ms);
  }

  #tellCount(): Promise<void> {
    return this.change((room) => tellCount(room, this.now()));
  }

  async join(person: Person, message = ""): Promise<Joined> {
    return this.#shown(person.user_id, await this.change((room) => join(room, person, message, this.now())));
  }

  async acceptInvite(person: Person, code: string, message = ""): Promise<Joined> {
    const joined = await this.change((room) => acceptInvite(room, person, code, message, this.now()));
    return this.#shown(person.user_id, joined);
  }

  /** Whoever asks for their chats next must find this one there. */
  async #shown(userId: string, joined: Joined): Promise<Joined> {
    if (joined.status === "joined") await this.bumps.callNow(userId);
    return joined;
  }

  async standing(by: string): Promise<ChatCard["standing"]> {
    return standingTo(this.requireRoom(), by, this.now());
  }

  async inviteCard(by: string, code: string): Promise<ChatCard> {
    return inviteCard(this.requireRoom(), by, code, this.now());
  }

  async inviteLink(by: string): Promise<InviteRecord> {
    return this.change((room) => inviteLink(room, by, this.now()));
  }

  async invites(by: string): Promise<InviteRecord[]> {
    return invites(this.requireRoom(), by);
  }

  async createInvite(by: string, ask: InviteAsk): Promise<InviteRecord> {
    return this.change((room) => createInvite(room, by, ask, this.now()));
  }

  async revokeInvite(by: string, code: string): Promise<void> {
    await this.change((room) => revokeInvite(room, by, code, this.now()));
  }

  async joinRequests(by: string): Promise<JoinRequest[]> {
    return requests(this.requireRoom(), by);
  }

  async answerJoinRequest(by: string, userId: string, isApproved: boolean): Promise<void> {
    await this.change((room) => answerRequest(room, by, userId, isApproved, this.now()));
  }

  async bans(by: string): Promise<Ban[]> {
    return bans(this.requireRoom(), by, this.now());
  }

  async ban(by: string, ask: BanAsk): Promise<Ban> {
    return this.change((room) => ban(room, by, ask, this.now()));
  }

  async unban(by: string, userId: string): Promise<void> {
    await this.change((room) => unban(room, by, userId));
  }
}
