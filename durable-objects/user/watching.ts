import { errorFrame, Fault } from "../../src/domain/fault.ts";
import { PRESENCE_LEASE_MS } from "../../src/protocol/limits.ts";
import type { UpOf } from "../../src/protocol/up.ts";
import type { Presence } from "../../src/protocol/user.ts";
import { RateLimit } from "../shared/rate.ts";
import type { Circle } from "./circle.ts";
import type { Hub } from "./hub.ts";
import { type HubSocket, isSubject, packSubjects, type Subject, unpackSubjects } from "./hub-socket.ts";
import {
  HUBS_AT_ONCE,
  PEERS_FOLLOWED,
  SUBJECTS_BURST,
  SUBJECTS_PER_S,
  WATCH_CONFIRM_MS,
  WATCH_SLACK_MS,
} from "./limits.ts";
import { readEntry } from "./line.ts";
import { eachOf } from "./peers.ts";
import type { PresenceKeeper } from "./presence.ts";
import { projected } from "./presence-view.ts";

/** End of a lease that the socket's own end ends. */
const FOR_LIFE = Number.MAX_SAFE_INTEGER;

/** Whose presence the owner's devices are told (PRS9 to PRS12). The set lies in the socket's attachment. */
export class Watching {
  readonly #hub: Hub;
  readonly #own: PresenceKeeper;
  readonly #circle: Circle;
  readonly #limit = new RateLimit(SUBJECTS_PER_S, SUBJECTS_BURST);
  /** What subjects said of themselves while they were being asked: an answer that is older is not passed on. */
  readonly #heard = new Map<string, string>();
  #asking = 0;

  constructor(hub: Hub, own: PresenceKeeper, circle: Circle) {
    this.#hub = hub;
    this.#own = own;
    this.#circle = circle;
  }

  /** SUBSCRIBE_PRESENCE: replaces the set of a socket, for 60 s. */
  async subscribe(socket: WebSocket, frame: UpOf<"SUBSCRIBE_PRESENCE">, now: number): Promise<void> {
    const until = now + PRESENCE_LEASE_MS + WATCH_SLACK_MS;
    const refused = await this.#replace(socket, frame.subjects, until, now);
    const still = this.#hub.sockets.stateOf(socket);
    if (still && refused.length > 0)
      this.#hub.send(socket, still, errorFrame(new Fault("not_found", { details: { user_ids: refused } })));
  }

  /**
   * Clients that know only the plain lists of frames have no way to subscribe: they are told of the other sides of
   * their latest direct chats, for as long as they are here or until they do subscribe.
   */
  async followPeers(now: number): Promise<void> {
    const plain = [...this.#hub.sockets.entries()].filter(([, state]) => isPlain(state));
    if (plain.length === 0) return;
    const subjects = this.#hub.store
      .present()
      .map(readEntry)
      .flatMap(({ chat_id, peer }) => (peer ? [{ user_id: peer.user_id, chat_id }] : []))
      .slice(0, PEERS_FOLLOWED);
    for (const [socket] of plain) await this.#replace(socket, subjects, FOR_LIFE, now);
  }

  /**
   * Only subjects that are new to the set are asked, or all of them once in a while: those that are known tell their
   * changes by themselves, so a renewal costs nothing. Returns those that may not be watched.
   */
  async #replace(socket: WebSocket, subjects: readonly Subject[], until: number, now: number): Promise<string[]> {
    // As it is by now: others were asked since the caller looked.
    const state = this.#hub.sockets.stateOf(socket);
    if (!state) return [];
    const { user_id: me } = state;
    const wanted = [...new Map(subjects.map((subject) => [subject.user_id, subject])).values()];
    const old = state.watch && state.watch.until > now ? state.watch : undefined;
    const isFresh = old !== undefined && now - old.confirmed_at < WATCH_CONFIRM_MS;
    const known = new Set(isFresh ? unpackSubjects(old.subjects).map(nameOf) : []);
    const asked = wanted.filter((subject) => !known.has(nameOf(subject)));
    for (const _ of asked) {
      const wait = this.#limit.take(me, now);
      if (wait > 0) throw new Fault("rate_limited", { retry_after: wait });
    }
    const confirmed_at = isFresh ? old.confirmed_at : now;
    this.#hub.sockets.update(socket, {
      ...state,
      watch: { until, confirmed_at, subjects: packSubjects(wanted) },
    });
    const refused: string[] = [];
    const unasked: string[] = [];
    this.#asking++;
    await eachOf(asked, HUBS_AT_ONCE, async (subject) => {
      try {
        const presence = await this.#ask(me, subject);
        if (presence) this.#answer(socket, presence);
        else refused.push(subject.user_id);
      } catch {
        // It could not be asked; the next renewal does it again.
        unasked.push(subject.user_id);
      }
    });
    if (--this.#asking === 0) this.#heard.clear();
    this.#drop(socket, new Set([...refused, ...unasked]));
    return refused;
  }

  async #ask(me: string, subject: Subject): Promise<Presence | undefined> {
    if (subject.user_id === me) return this.#own.presence;
    if (this.#hub.store.entry(subject.chat_id)?.is_removed !== 0) return undefined;
    return this.#hub.peers.user(subject.user_id, (user) => user.watch(me, subject.chat_id));
  }

  #answer(socket: WebSocket, presence: Presence): void {
    const state = this.#hub.sockets.stateOf(socket);
    const heard = this.#heard.get(presence.user_id);
    if (!state || (heard !== undefined && heard > presence.timestamp)) return;
    this.#hub.send(socket, state, { type: "PRESENCE_BROADCAST", ...this.#asSeen(presence) });
  }

  /** What the owner hides from somebody they do not see of them. */
  #asSeen(presence: Presence): Presence {
    if (presence.user_id === this.#hub.userId) return presence;
    return projected(presence, this.#circle.sightOf(presence.user_id));
  }

  /** What the owner may see of others has changed: every set that is watched is asked for again. */
  async askAnew(now: number): Promise<void> {
    for (const [socket, { watch }] of [...this.#hub.sockets.entries()]) {
      if (!watch || watch.until <= now) continue;
      const state = this.#hub.sockets.stateOf(socket);
      if (state) this.#hub.sockets.update(socket, { ...state, watch: { ...watch, confirmed_at: 0 } });
      await this.#replace(socket, unpackSubjects(watch.subjects), watch.until, now);
    }
  }

  /** Takes subjects out of a socket's set, as it is by now. */
  #drop(socket: WebSocket, userIds: ReadonlySet<string>): void {
    const state = this.#hub.sockets.stateOf(socket);
    if (!state?.watch || userIds.size === 0) return;
    const subjects = unpackSubjects(state.watch.subjects).filter((subject) => !userIds.has(subject.user_id));
    this.#hub.sockets.update(socket, { ...state, watch: { ...state.watch, subjects: packSubjects(subjects) } });
  }

  /** Somebody has changed. True if a device here watches them; if not, their hub forgets this one. */
  changed(presence: Presence, now: number): boolean {
    if (this.#asking > 0) this.#heard.set(presence.user_id, presence.timestamp);
    let isWatched = false;
    for (const [socket, state] of [...this.#hub.sockets.entries()]) {
      // A set whose lease has ended is asked anew when it is renewed: its subjects may forget this hub.
      if (!state.watch || state.watch.until <= now || !isSubject(state.watch.subjects, presence.user_id)) continue;
      if (!this.#mayWatch(state.watch.subjects, presence.user_id)) {
        this.#drop(socket, new Set([presence.user_id]));
        continue;
      }
      isWatched = true;
      // Who may not see them must not learn from an empty word that something was said.
      const { has_any, has_online } = this.#circle.sightOf(presence.user_id);
      if (has_any && (has_online || presence.custom_status !== undefined))
        this.#hub.send(socket, state, { type: "PRESENCE_BROADCAST", ...this.#asSeen(presence) });
    }
    return isWatched;
  }

  /** Is the owner still in the chat through which they watch this person? Asked with every change: people are put out. */
  #mayWatch(packed: string, userId: string): boolean {
    const subject = unpackSubjects(packed).find((known) => known.user_id === userId);
    if (subject?.user_id === this.#hub.userId) return true;
    return subject !== undefined && this.#hub.store.entry(subject.chat_id)?.is_removed === 0;
  }
}

/** A client of the plain lists: every chat over one socket, one frame a message. It has never subscribed by itself. */
const isPlain = (state: HubSocket): boolean =>
  state.feed === "all" && !state.is_batching && (state.watch === undefined || state.watch.until === FOR_LIFE);

const nameOf = (subject: Subject): string => `${subject.user_id} ${subject.chat_id}`;
