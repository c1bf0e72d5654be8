import first from "../../migrations/user/0001_hub.sql";
import second from "../../migrations/user/0002_head.sql";
import third from "../../migrations/user/0003_personal.sql";
import fourth from "../../migrations/user/0004_reminders.sql";
import fifth from "../../migrations/user/0005_circle.sql";
import sixth from "../../migrations/user/0006_cleared.sql";
import { Fault } from "../../src/domain/fault.ts";
import { logError } from "../../src/ops/metrics.ts";
import type { InboxEntry, Reminder } from "../../src/protocol/chat.ts";
import type { PeopleReason } from "../../src/protocol/down.ts";
import { CLOSE } from "../../src/protocol/error.ts";
import { newRequestId } from "../../src/protocol/ids.ts";
import {
  type BlockState,
  type Bump,
  CALLER_HEADERS,
  type Caller,
  type ChatStateChange,
  type CircleState,
  type OwnPresence,
  type StatusChange,
  type UserCalls,
} from "../../src/protocol/rpc.ts";
import type { SearchableChat } from "../../src/protocol/search-rpc.ts";
import { HubQuery, type UpFrame } from "../../src/protocol/up.ts";
import type { Presence } from "../../src/protocol/user.ts";
import { BaseObject } from "../shared/base-object.ts";
import { within } from "../shared/deadline.ts";
import type { ObjectEnv } from "../shared/env.ts";
import { RETRY_MS, SOCKETS_PER_PERSON } from "../shared/limits.ts";
import { callerOf, choosesBatches } from "../shared/sockets.ts";
import { Circle } from "./circle.ts";
import { Delivery } from "./delivery.ts";
import { fade } from "./fading.ts";
import { Feed } from "./feed.ts";
import { connected, refusal } from "./greeting.ts";
import { Heads } from "./heads.ts";
import { Hub } from "./hub.ts";
import type { HubSocket } from "./hub-socket.ts";
import { inboxPage, inboxSince, takeBump } from "./inbox.ts";
import { HEADS_WAIT_MS, REVOKE_AGAIN_MS, SWEEP_HUB_MS, TOLD_WAIT_MS } from "./limits.ts";
import { toInboxEntry } from "./line.ts";
import { Personal } from "./personal.ts";
import { PersonalDesk } from "./personal-desk.ts";
import { PresenceKeeper } from "./presence.ts";
import { projected } from "./presence-view.ts";
import { Reminders } from "./reminders.ts";
import { searchableChats } from "./searchable.ts";
import { closeEverywhere, registerSocket, revokeSession } from "./sessions.ts";
import { type InboxFilter, UserStore } from "./store.ts";
import { Uplink } from "./uplink.ts";
import { Watching } from "./watching.ts";

/** One person's hub; see SPEC.md. Lifecycle only: what happens is in the modules beside it. */
export class UserObject extends BaseObject implements UserCalls {
  protected override readonly migrations = [first, second, third, fourth, fifth, sixth];
  // These are public for tests in the same isolate: RPC reaches methods alone.
  readonly hub: Hub;
  readonly heads: Heads;
  readonly #circle: Circle;
  readonly #presence: PresenceKeeper;
  readonly #watching: Watching;
  readonly #delivery: Delivery;
  readonly #feed: Feed;
  readonly #uplink: Uplink;
  readonly #personal: Personal;
  readonly #reminders: Reminders;
  readonly #desk: PersonalDesk;

  constructor(ctx: DurableObjectState, env: ObjectEnv) {
    super(ctx, env);
    const host = {
      make: () => this.makeDatabase(),
      wakeAt: (at: number) => this.armAlarm(at),
      inBackground: (work: Promise<unknown>) => this.#inBackground(work),
    };
    this.hub = new Hub(ctx, env, new UserStore(this.db), host, this.openDatabase());
    this.heads = new Heads(this.hub);
    this.#circle = new Circle(this.hub);
    this.#presence = new PresenceKeeper(this.hub, this.#circle);
    this.#watching = new Watching(this.hub, this.#presence, this.#circle);
    this.#delivery = new Delivery(this.hub, this.#presence);
    this.#feed = new Feed(this.hub);
    this.#uplink = new Uplink(this.hub);
    this.#personal = new Personal(this.hub, this.heads);
    this.#reminders = new Reminders(this.hub);
    this.#desk = new PersonalDesk(this.hub, this.#personal, this.#reminders, this.heads, this.#uplink);
  }

  #inBackground(work: Promise<unknown>): void {
    this.ctx.waitUntil(work.catch((error: unknown) => logError({ where: "hub, in the background", error })));
  }

  /** An upgrade that the Worker has verified. */
  override async fetch(request: Request): Promise<Response> {
    const caller = callerOf(request);
    const query = HubQuery.safeParse(Object.fromEntries(new URL(request.url).searchParams));
    if (!caller || request.headers.get("upgrade")?.toLowerCase() !== "websocket")
      return refusal(request, new Fault("upgrade_required"));
    if (!query.success) return refusal(request, new Fault("invalid"));
    const now = Date.now();
    this.hub.make();
    if (caller.user_id !== this.hub.userId) return refusal(request, new Fault("unauthenticated"));
    if (this.hub.store.isRevoked(caller.session_id)) return refusal(request, new Fault("session_revoked"));
    this.#makePlace();
    return this.#attach(request, caller, query.data, now);
  }

  /** Everything that needs no other object happens in one turn; the rest follows and never holds it up. */
  #attach(request: Request, caller: Caller, query: HubQuery, now: number): Response {
    const state: HubSocket = {
      ...caller,
      is_batching: choosesBatches(request),
      connected_at: now,
      socket_id: newRequestId(),
      feed: query.feed ?? "all",
      dialect: request.headers.get(CALLER_HEADERS.dialect) === "2" ? 2 : 1,
      status: "online",
      used_at: this.#presence.usedAt(caller.device_id, now),
      shown: this.#presence.shown,
      delivered_rev: 0,
      inbox_rev: this.hub.rev,
      is_subscribed: false,
    };
    // What became due or over while nobody was here is in what the device is told first.
    this.#reminders.ring(now);
    fade(this.hub, now);
    const { socket, response } = this.hub.sockets.accept({ ...state, inbox_rev: this.hub.rev });
    this.hub.send(socket, state, connected(state, now), inboxSince(this.hub, query));
    this.#presence.settle(now);
    if (query.epoch === this.hub.row.epoch && query.rev !== undefined) this.#delivery.acknowledge(query.rev);
    this.hub.host.wakeAt(now + SWEEP_HUB_MS);
    this.heads.forgetAsked();
    this.#inBackground(this.heads.refresh());
    this.#inBackground(this.#feed.subscribe(now));
    this.#inBackground(this.#watching.followPeers(now));
    return response;
  }

  override async webSocketMessage(socket: WebSocket, data: string | ArrayBuffer): Promise<void> {
    const state = this.hub.sockets.stateOf(socket);
    if (!state) return;
    const now = Date.now();
    try {
      this.hub.sockets.heard(socket, now);
      for (const frame of this.#uplink.accept(socket, state, data, now)) this.#handle(socket, frame, now);
    } catch (error) {
      this.#uplink.fail(socket, error);
    }
  }

  #handle(socket: WebSocket, frame: UpFrame, now: number): void {
    const state = this.hub.sockets.stateOf(socket);
    if (!state) return;
    switch (frame.type) {
      case "CONNECT":
        // The upgrade has said who this is; the frame is a greeting then.
        if (frame.user_id !== undefined && frame.user_id !== state.user_id)
          this.#uplink.fail(socket, new Fault("unauthenticated"));
        else this.hub.send(socket, state, connected(state, now));
        return;
      case "PING":
        this.hub.send(socket, state, {
          type: "PONG",
          ...(frame.timestamp === undefined ? {} : { timestamp: frame.timestamp }),
          server_time: new Date(now).toISOString(),
        });
        return;
      case "CATCH_UP_INBOX":
        this.#reminders.ring(now);
        this.hub.send(socket, state, inboxSince(this.hub, frame));
        return;
      case "ACKNOWLEDGE_INBOX":
        if (frame.rev > this.hub.rev) this.#uplink.fail(socket, new Fault("seq_ahead"), frame);
        else {
          this.hub.applied(socket, frame.rev);
          this.#delivery.acknowledge(frame.rev);
        }
        return;
      case "SET_CHAT_STATE":
      case "SAVE_DRAFT":
      case "HIDE_MESSAGES":
      case "SET_REMINDER":
        this.#desk.serve(socket, frame, now);
        return;
      case "PRESENCE_UPDATE":
        this.#answerPresence(socket, () => this.#presence.updated(socket, frame.status, frame.activity, now));
        return;
      case "SUBSCRIBE_PRESENCE":
        this.#inBackground(
          this.#watching
            .subscribe(socket, frame, now)
            .catch((error: unknown) => this.#uplink.fail(socket, error, frame)),
        );
        return;
      default:
        this.#presence.heard(socket, frame.type, now);
        this.#uplink.relay(socket, state, frame);
    }
  }

  /** A change is told to every device; one that changed nothing is answered too. */
  #answerPresence(socket: WebSocket, update: () => void): void {
    const before = this.#presence.shown;
    update();
    const state = this.hub.sockets.stateOf(socket);
    if (state && before === this.#presence.shown)
      this.hub.send(socket, state, { type: "PRESENCE_BROADCAST", ...this.#presence.presence });
  }

  override async webSocketClose(socket: WebSocket): Promise<void> {
    this.#gone(socket);
  }

  override async webSocketError(socket: WebSocket): Promise<void> {
    this.#gone(socket);
  }

  #gone(socket: WebSocket): void {
    // Of a socket that closes while the object sleeps nothing is left but its attachment.
    const state = this.hub.sockets.stateOf(socket) ?? (socket.deserializeAttachment() as HubSocket | null);
    this.hub.sockets.forget(socket);
    if (this.hub.isMade) this.#presence.left(state);
    this.#presence.settle(Date.now());
  }

  /** The oldest socket of a person who has very many makes place. */
  #makePlace(): void {
    if (this.hub.sockets.size < SOCKETS_PER_PERSON) return;
    const [oldest] = [...this.hub.sockets.entries()].sort(([, a], [, b]) => a.connected_at - b.connected_at);
    if (oldest) this.hub.sockets.close(oldest[0], CLOSE.dead, "too many sockets");
  }

  #closeDead(now: number): void {
    for (const socket of this.hub.sockets.dead(now)) this.hub.sockets.close(socket, CLOSE.dead, "no heartbeat");
  }

  override async alarm(): Promise<void> {
    this.alarmFired();
    if (!this.hub.isMade) return;
    const now = Date.now();
    this.#closeDead(now);
    this.#reminders.ring(now);
    this.#reminders.arm();
    fade(this.hub, now);
    this.#presence.settle(now);
    if (this.hub.isAwake) {
      this.hub.host.wakeAt(now + SWEEP_HUB_MS);
      this.#inBackground(this.heads.refresh());
      this.#inBackground(this.#feed.subscribe(now));
      this.#inBackground(this.#watching.followPeers(now));
    }
    await this.#circle.tellChats();
    if (this.#circle.isOwing) this.hub.host.wakeAt(now + RETRY_MS);
    // Not by throwing: the platform gives an alarm up that has failed six times, and a socket would outlive its session.
    if (!(await closeEverywhere(this.hub))) this.hub.host.wakeAt(Date.now() + REVOKE_AGAIN_MS);
  }

  async bump(bump: Bump): Promise<{ is_awake: boolean }> {
    const isBack = this.hub.isMade && this.hub.store.entry(bump.chat_id) !== undefined;
    const { is_awake, has_appeared, is_veiled } = takeBump(this.hub, bump);
    if (has_appeared) this.#circle.appeared(bump.chat_id, isBack, Date.now());
    this.#circle.tellBlock(bump.entry);
    if (!is_awake) this.heads.remark(bump.chat_id);
    else if (is_veiled) this.heads.again(bump.chat_id);
    else if (has_appeared) {
      this.#inBackground(this.#feed.open(bump.chat_id));
      this.#inBackground(this.#watching.followPeers(Date.now()));
    }
    return { is_awake };
  }

  async deliver(chatId: string, frames: string[]): Promise<boolean> {
    return this.#feed.deliver(chatId, frames);
  }

  async registerSocket(sessionId: string, chatId: string): Promise<boolean> {
    return registerSocket(this.hub, sessionId, chatId);
  }

  async revokeSession(sessionId: string): Promise<void> {
    const ended = revokeSession(this.hub, sessionId, Date.now());
    this.#presence.settle(Date.now());
    await ended;
  }

  async inbox(ask: {
    limit: number;
    cursor?: string;
    filter?: InboxFilter;
  }): Promise<{ chats: InboxEntry[]; next_cursor?: string }> {
    if (!this.hub.isMade) return { chats: [] };
    // Waits a moment for fresher heads; a chat that is slow shows what is stored.
    await within(this.heads.refresh(), HEADS_WAIT_MS).catch(() => undefined);
    return inboxPage(this.hub, ask);
  }

  async searchable(chatId?: string): Promise<SearchableChat[]> {
    return this.hub.isMade ? searchableChats(this.hub, chatId) : [];
  }

  async setChatState(chatId: string, commandId: string, change: ChatStateChange): Promise<InboxEntry> {
    this.hub.make();
    // Over HTTP nothing hurries: whether the person is still in it is the chat's word, if it can be had.
    await this.heads.ask(chatId).catch((error: unknown) => {
      if (!this.#personal.isKnown(chatId)) throw error;
    });
    const now = Date.now();
    this.#personal.setState(chatId, commandId, change, now);
    const row = this.hub.store.entry(chatId);
    if (!row) throw new Fault("not_found");
    if (!this.hub.isAwake) this.hub.shown(this.hub.rev);
    return toInboxEntry(this.hub.store, row, now);
  }

  async hideMessages(chatId: string, commandId: string, seqs: readonly number[], isHidden: boolean): Promise<number> {
    this.hub.make();
    if (!this.#personal.isKnown(chatId, Math.max(...seqs))) await this.heads.ask(chatId);
    const rev = this.#personal.hide(chatId, commandId, seqs, isHidden, Date.now());
    if (!this.hub.isAwake) this.hub.shown(rev);
    return rev;
  }

  async setReminder(chatId: string, commandId: string, seq: number, remindAt: string | null): Promise<Reminder> {
    this.hub.make();
    if (!this.#personal.isKnown(chatId, seq)) await this.heads.ask(chatId);
    const now = Date.now();
    this.#reminders.set(chatId, commandId, seq, remindAt, now);
    return this.#reminders.of(chatId, seq, now);
  }

  async reminders(): Promise<Reminder[]> {
    this.#reminders.ring(Date.now());
    return this.hub.isMade ? this.#reminders.all() : [];
  }

  async presence(askedBy: string, chatId: string): Promise<Presence | undefined> {
    if (!(await this.#presence.maySee(askedBy, chatId))) return undefined;
    const isMember = chatId.startsWith("d") || (await this.hub.peers.chat(chatId, (chat) => chat.isMember(askedBy)));
    if (!isMember) return undefined;
    this.#presence.settle(Date.now());
    return this.#presence.presenceFor(askedBy);
  }

  async watch(watcherId: string, chatId: string): Promise<Presence | undefined> {
    return this.#presence.watch(watcherId, chatId, Date.now());
  }

  async presenceChanged(presence: Presence): Promise<boolean> {
    return this.#watching.changed(presence, Date.now());
  }

  async setStatus(change: StatusChange): Promise<OwnPresence> {
    return this.#presence.say(change, Date.now());
  }

  async setCircle(circle: CircleState): Promise<void> {
    const now = Date.now();
    this.hub.make();
    if (this.#circle.take(circle, now)) {
      this.#presence.circleChanged();
      this.#inBackground(this.#watching.askAnew(now));
    }
    // Also for a repeat: the first may have stopped before the chats were told.
    const told = this.#circle.tellChats();
    this.#inBackground(told);
    await within(told, TOLD_WAIT_MS).catch(() => undefined);
  }

  async peopleChanged(reason: PeopleReason): Promise<void> {
    if (this.hub.isMade) this.hub.broadcast({ type: "PEOPLE_CHANGED", reason });
  }

  async blockOf(userId: string): Promise<BlockState> {
    this.hub.make();
    return this.#circle.blockOf(userId);
  }

  async asSeen(presence: Presence): Promise<Presence> {
    return projected(presence, this.#circle.sightOf(presence.user_id));
  }
}
