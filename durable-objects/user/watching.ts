import { errorFrame, Fault } from "../../src/domain/fault.ts";
import { PRESENCE_LEASE_MS } from "../../src/protocol/limits.ts";
import type { UpOf } from "../../src/protocol/up.ts";
import type { Presence } from "../../src/protocol/user.ts";
import { RateLimit } from "../shared/rate.ts";
import type { Hub } from "./hub.ts";
import { type HubSocket, isSubject, packSubjects, type Subject, unpackSubjects } from "./hub-socket.ts";
import { HUBS_AT_ONCE, SUBJECTS_BURST, SUBJECTS_PER_S, WATCH_CONFIRM_MS, WATCH_SLACK_MS } from "./limits.ts";
import { eachOf } from "./peers.ts";
import type { PresenceKeeper } from "./presence.ts";

/** Whose presence the owner's devices are told (PRS9 to PRS12). The set lies in the socket's attachment. */
export class Watching {
  readonly #hub: Hub;
  readonly #own: PresenceKeeper;
  readonly #limit = new RateLimit(SUBJECTS_PER_S, SUBJECTS_BURST);
  /** What subjects said of themselves while they were being asked: an answer that is older is not passed on. */
  readonly #heard = new Map<string, string>();
  #asking = 0;

  constructor(hub: Hub, own: PresenceKeeper) {
    this.#hub = hub;
    this.#own = own;
  }

  /**
   * Replaces the set of a socket. Only subjects that are new to it are asked, or all of them once in a while: those
   * that are known tell their changes by themselves, so a renewal costs nothing.
   */
  async subscribe(socket: WebSocket, state: HubSocket, frame: UpOf<"SUBSCRIBE_PRESENCE">, now: number): Promise<void> {
    const { user_id: me } = state;
    const wanted = [...new Map(frame.subjects.map((subject) => [subject.user_id, subject])).values()];
    const old = state.watch && state.watch.until > now ? state.watch : undefined;
    const confirmedAt = old && now - old.confirmed_at < WATCH_CONFIRM_MS ? old.confirmed_at : now;
    const known =
      old && confirmedAt === old.confirmed_at ? new Set(unpackSubjects(old.subjects).map(nameOf)) : undefined;
    const asked = wanted.filter((subject) => !known?.has(nameOf(subject)));
    for (const _ of asked) {
      const wait = this.#limit.take(me, now);
      if (wait > 0) throw new Fault("rate_limited", { retry_after: wait });
    }
    this.#hub.sockets.update(socket, {
      ...state,
      watch: {
        until: now + PRESENCE_LEASE_MS + WATCH_SLACK_MS,
        confirmed_at: confirmedAt,
        subjects: packSubjects(wanted),
      },
    });
    const refused: string[] = [];
    const unasked: string[] = [];
    this.#asking++;
    await eachOf(asked, HUBS_AT_ONCE, async (subject) => {
      try {
        const presence = await this.#ask(me, subject);
        if (!presence) refused.push(subject.user_id);
        else this.#answer(socket, presence);
      } catch {
        // It could not be asked; the client's next renewal does it again.
        unasked.push(subject.user_id);
      }
    });
    if (--this.#asking === 0) this.#heard.clear();
    this.#drop(socket, new Set([...refused, ...unasked]));
    const still = this.#hub.sockets.stateOf(socket);
    if (still && refused.length > 0)
      this.#hub.send(socket, still, errorFrame(new Fault("not_found", { details: { user_ids: refused } })));
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
    this.#hub.send(socket, state, { type: "PRESENCE_BROADCAST", ...presence });
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
      const { watch, ...rest } = state;
      if (!watch) continue;
      if (watch.until <= now) {
        // A late renewal must ask everybody again, this one too: they are about to forget this hub.
        this.#hub.sockets.update(socket, rest);
      } else if (isSubject(watch.subjects, presence.user_id)) {
        isWatched = true;
        this.#hub.send(socket, state, { type: "PRESENCE_BROADCAST", ...presence });
      }
    }
    return isWatched;
  }
}

const nameOf = (subject: Subject): string => `${subject.user_id} ${subject.chat_id}`;
