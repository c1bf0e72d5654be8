import { Fault } from "../../src/domain/fault.ts";
import { isPlain } from "../../src/domain/rights.ts";
import { directChatId } from "../../src/protocol/ids.ts";
import type { OwnPresence, StatusChange } from "../../src/protocol/rpc.ts";
import type { UpType } from "../../src/protocol/up.ts";
import { type CustomStatus, DeviceType, type Presence, type PresenceState } from "../../src/protocol/user.ts";
import type { Circle } from "./circle.ts";
import { readCustom, writeCustom } from "./custom-status.ts";
import type { Hub } from "./hub.ts";
import type { HubSocket, Shown } from "./hub-socket.ts";
import { GRACE_MS, USED_EVERY_MS } from "./limits.ts";
import { readEntry } from "./line.ts";
import { type DeviceUse, isOver, nextChange, type Said, STATUS_OF, stateOf, stateOfDevice } from "./presence-state.ts";
import { projected } from "./presence-view.ts";
import { Watchers } from "./watchers.ts";

/** Devices were here, but which kinds was lost with the memory: who comes back within the grace is no news. */
const UNKNOWN = "?";

const iso = (at: number): string => new Date(at).toISOString();

/** What was told, as far as it is known. */
const wholeOf = ({ status, since, state, was, kinds }: HubSocket["shown"]): Shown => ({
  ...{ status, since },
  state: state ?? (status === "online" ? "active" : status),
  kinds: kinds ?? UNKNOWN,
  ...(was ? { was } : {}),
});

/** Frames that a person causes, and not their device by itself: signs of use. */
const USES: ReadonlySet<UpType> = new Set<UpType>([
  "SEND_MESSAGE",
  "FORWARD_MESSAGE",
  "DELETE_MESSAGE",
  "EDIT_MESSAGE",
  "SET_REACTION",
  "SET_PIN",
  "SET_VOTE",
  "TYPING_START",
]);

/** What others see of the owner, and who is told when it changes (PRS1 to PRS8, PRS16 to PRS22). */
export class PresenceKeeper {
  readonly #hub: Hub;
  readonly #circle: Circle;
  readonly #watchers: Watchers;
  #shown: Shown | undefined;
  /** The last sign of use by any device of this life: its socket may be gone by now. */
  #usedAt = 0;

  constructor(hub: Hub, circle: Circle) {
    this.#hub = hub;
    this.#circle = circle;
    this.#watchers = new Watchers(hub, {
      mayWatch: (chatId) => this.#sharesChat(chatId),
      presenceFor: (userId) => this.presenceFor(userId),
    });
  }

  /** The owner's presence with everything, as their own devices are told it. */
  get presence(): Presence {
    const { status, state, since, was, kinds } = this.shown;
    const { user_id } = this.#hub.row;
    const lastSeen = status === "offline" ? this.#lastSeen() : undefined;
    const activity = status === "offline" ? undefined : this.#activity();
    const custom_status = this.#custom();
    const devices = kinds.split(" ").flatMap((kind) => DeviceType.safeParse(kind).data ?? []);
    return {
      user_id,
      status,
      timestamp: iso(since),
      ...(lastSeen === undefined ? {} : { last_seen_at: iso(lastSeen) }),
      ...(activity ? { activity } : {}),
      ...(status !== "offline" && devices.length > 0 ? { devices } : {}),
      ...(custom_status ? { custom_status } : {}),
      state,
      ...(was ? { previous_status: was } : {}),
    };
  }

  /** The same as somebody else may see it. */
  presenceFor(userId: string): Presence {
    return userId === this.#hub.userId ? this.presence : projected(this.presence, this.#circle.sightOf(userId));
  }

  /** What was last told, as far as it can be known: after a wake it is read from the sockets, or from the row. */
  get shown(): Shown {
    this.#shown ??= this.#remembered();
    return this.#shown;
  }

  #remembered(): Shown {
    const { online_at, left_at, left_status, created_at } = this.#hub.row;
    if (online_at === null) {
      const since = left_at === null ? created_at : left_at + GRACE_MS;
      return { status: "offline", state: "offline", since, kinds: "" };
    }
    let newest: HubSocket["shown"] | undefined;
    for (const [, { shown }] of this.#hub.sockets.entries()) if (!newest || shown.since > newest.since) newest = shown;
    return wholeOf(newest ?? { status: left_status ?? "online", since: online_at });
  }

  /** The devices that are here. Of one that connected before there was such a thing the first use is its coming. */
  #devices(): (DeviceUse & { kind: string; activity: string | undefined })[] {
    return [...this.#hub.sockets.entries()].map(([, { status, used_at, connected_at, device_type, activity }]) => ({
      said: status,
      used_at: used_at ?? connected_at,
      kind: device_type ?? "other",
      activity,
    }));
  }

  get #said(): Said {
    const { said_status, said_until } = this.#hub.row;
    return { status: said_status, until: said_until };
  }

  #custom(): CustomStatus | undefined {
    const custom = readCustom(this.#hub.row.custom_status);
    return custom?.status;
  }

  /** What the device that was used last says its person is doing. */
  #activity(): string | undefined {
    return this.#devices().sort((a, b) => b.used_at - a.used_at)[0]?.activity;
  }

  #lastSeen(): number | undefined {
    const used = this.#devices().map(({ used_at }) => used_at);
    if (used.length > 0) return Math.max(...used);
    const { left_at, left_status, used_at } = this.#hub.row;
    return (left_status === "offline" ? used_at : left_at) ?? left_at ?? undefined;
  }

  /** From when a socket that opens now was used: coming back within the grace is no use, or every flap would be one. */
  usedAt(deviceId: string, now: number): number {
    const same = [...this.#hub.sockets.entries()].find(([, state]) => state.device_id === deviceId)?.[1];
    if (same) return same.used_at ?? same.connected_at;
    const { left_at, used_at, online_at } = this.#hub.row;
    const isBack = online_at !== null && left_at !== null && now < left_at + GRACE_MS;
    return isBack && used_at !== null ? Math.min(now, used_at) : now;
  }

  /** A frame came over a device's socket: of some the person is the cause. */
  heard(socket: WebSocket, type: UpType, now: number): void {
    if (USES.has(type)) this.used(socket, now);
  }

  /** A device was used: to within {@link USED_EVERY_MS}, but at once where it changes what is seen. */
  used(socket: WebSocket, now: number): void {
    const state = this.#hub.sockets.stateOf(socket);
    if (!state) return;
    const before = { said: state.status, used_at: state.used_at ?? state.connected_at };
    if (now - before.used_at < USED_EVERY_MS && stateOfDevice(before, now) === "active") return;
    this.#hub.sockets.update(socket, { ...state, used_at: now });
    this.settle(now);
  }

  /** What a device says of its person: all but `away` is a sign of use. */
  updated(socket: WebSocket, said: DeviceUse["said"], activity: string | undefined, now: number): void {
    const state = this.#hub.sockets.stateOf(socket);
    if (!state) return;
    const { activity: _, ...rest } = state;
    this.#hub.sockets.update(socket, {
      ...rest,
      status: said,
      used_at: said === "away" ? (state.used_at ?? state.connected_at) : now,
      ...(activity ? { activity } : {}),
    });
    this.settle(now);
  }

  /** A socket has gone. If it woke the object, its attachment is all that is left of what was told. */
  left(state: HubSocket | null): void {
    if (state?.used_at !== undefined) this.#usedAt = Math.max(this.#usedAt, state.used_at);
    if (state && !this.#shown && !this.#hub.isAwake && this.#hub.row.left_at === null)
      this.#shown = wholeOf(state.shown);
  }

  /**
   * Brings what others see up to date with the sockets, the row and the clock, and tells those who watch.
   * To be called after every change of any of the three; also notices a loss that no close event told of.
   */
  settle(now: number): void {
    if (!this.#hub.isMade) return;
    const was = this.shown;
    const isCustomOver = this.#endCustom(now);
    const { row } = this.#hub;
    if (this.#hub.isAwake) {
      if (row.online_at === null || row.left_at !== null)
        this.#hub.update({ online_at: row.online_at ?? now, left_at: null, left_status: null });
      const devices = this.#devices();
      for (const { used_at } of devices) this.#usedAt = Math.max(this.#usedAt, used_at);
      const here = devices.filter((device) => stateOfDevice(device, now) !== "offline");
      const kinds = [...new Set(here.map(({ kind }) => kind))].sort().join(" ");
      this.#show(stateOf(devices, this.#said, now), kinds, now, isCustomOver);
      this.#wakeAt(nextChange(devices, this.#said, now));
      return;
    }
    if (row.online_at === null) {
      if (isCustomOver) this.#tell();
      return;
    }
    if (row.left_at === null) {
      const delivered_rev = Math.max(row.delivered_rev, this.delivered_rev);
      const used_at = this.#usedAt > 0 ? Math.min(this.#usedAt, now) : null;
      this.#hub.update({ left_at: now, left_status: was.status, delivered_rev, used_at });
      this.#wakeAt(now + GRACE_MS);
    } else if (row.left_at + GRACE_MS <= now) {
      this.#hub.update({ online_at: null });
      this.#show("offline", "", row.left_at + GRACE_MS, isCustomOver);
    } else {
      this.#wakeAt(row.left_at + GRACE_MS);
      if (isCustomOver) this.#tell();
    }
  }

  /** Kept here until the next row is written anyway: how far the chats know that the devices have the inbox. */
  delivered_rev = 0;

  #wakeAt(at: number | undefined): void {
    if (at !== undefined) this.#hub.host.wakeAt(at);
  }

  /** Takes a custom status away whose time is over: that it stands in the row says that nobody was told yet. */
  #endCustom(now: number): boolean {
    const custom = readCustom(this.#hub.row.custom_status);
    if (!custom || custom.until === null) return false;
    if (!isOver(custom.until, now)) {
      this.#wakeAt(custom.until);
      return false;
    }
    this.#hub.update({ custom_status: null });
    return true;
  }

  #show(state: PresenceState, kinds: string, since: number, isOtherwiseNews: boolean): void {
    if (this.shown.kinds === UNKNOWN) this.#shown = { ...this.shown, kinds };
    const was = this.shown;
    const status = STATUS_OF[state];
    const isSame = status === was.status && kinds === was.kinds;
    if (isSame && state === was.state && !isOtherwiseNews) return;
    const isOther = status !== was.status;
    const previous = isOther ? was.status : was.was;
    this.#shown = { status, state, kinds, since: isOther ? since : was.since, ...(previous ? { was: previous } : {}) };
    for (const [socket, socketState] of [...this.#hub.sockets.entries()])
      this.#hub.sockets.update(socket, { ...socketState, shown: this.#shown });
    this.#hub.broadcast({ type: "PRESENCE_BROADCAST", ...this.presence });
    // Idle or away is all one to others.
    if (!isSame || isOtherwiseNews) this.#watchers.changed();
  }

  #tell(): void {
    this.#hub.broadcast({ type: "PRESENCE_BROADCAST", ...this.presence });
    this.#watchers.changed();
  }

  /** Who may see what has changed: everybody is told anew what they may see, who sees less now too. */
  circleChanged(): void {
    this.#watchers.changed(true);
  }

  /** What the person says of themselves, over all devices; `online` takes it back. One row if it is another. */
  say(change: StatusChange, now: number): OwnPresence {
    const { status, status_expires_at, custom_status } = change;
    for (const time of [status_expires_at, custom_status?.expires_at])
      if (time != null && Number.isNaN(Date.parse(time)))
        throw new Fault("invalid", { message: "There is no such time." });
    const isEmpty = status === undefined && status_expires_at === undefined && custom_status === undefined;
    if (isEmpty && !this.#hub.isMade) return { status: "offline", state: "offline" };
    this.#hub.make();
    const { row } = this.#hub;
    const said_status = status === undefined ? row.said_status : status === "online" ? null : status;
    const until = status_expires_at == null ? null : Date.parse(status_expires_at);
    const isUntilKept = status === undefined && status_expires_at === undefined;
    const said_until = said_status === null ? null : isUntilKept ? row.said_until : until;
    const custom = custom_status === undefined ? row.custom_status : writeCustom(custom_status);
    const isOtherCustom = custom !== row.custom_status;
    if (said_status !== row.said_status || said_until !== row.said_until || isOtherCustom)
      this.#hub.update({ said_status, said_until, custom_status: custom });
    this.settle(now);
    // Told here unless it was over as it came.
    if (isOtherCustom && this.#hub.row.custom_status === custom) this.#tell();
    const shown = this.#custom();
    return { status: this.shown.status, state: this.shown.state, ...(shown ? { custom_status: shown } : {}) };
  }

  /** May `userId`, whom the caller vouches to be a member of `chatId`, see the owner? Only if the owner is in it too. */
  async maySee(userId: string, chatId: string): Promise<boolean> {
    if (!this.#hub.isMade || !this.#sharesChat(chatId)) return false;
    return !chatId.startsWith("d") || chatId === (await directChatId(this.#hub.userId, userId));
  }

  /** A channel names no reader: there only who has a say is seen. */
  #sharesChat(chatId: string): boolean {
    const row = this.#hub.store.entry(chatId);
    if (row?.is_removed !== 0) return false;
    const { chat_type, role } = readEntry(row);
    return chat_type !== "channel" || !isPlain(role);
  }

  /** Another hub's devices watch the owner from now on, until it says that they no longer do. */
  async watch(watcherId: string, chatId: string, now: number): Promise<Presence | undefined> {
    if (!(await this.maySee(watcherId, chatId))) return undefined;
    this.settle(now);
    return this.#watchers.watch(watcherId, chatId, now);
  }
}
