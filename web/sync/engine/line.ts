import { CLOSE } from "../../../src/protocol/error.ts";
import { HEARTBEAT_MS } from "../../../src/protocol/limits.ts";
import type { UpFrame } from "../../../src/protocol/up.ts";
import { backoff } from "./backoff.ts";
import type { AnyDown, Clock, Link, Target, Transport } from "./ports.ts";

/** A socket that gives no sign of life for this long after it was asked is dead. */
export const ANSWER_MS = 10_000;
/** A connection that held this long has proved itself: the next trouble starts the backoff anew. */
const STEADY_MS = 10_000;

/** Silent for longer than this, with a heartbeat every 30 s, a device has slept; a server gives up such a socket. */
const SLEPT_MS = 90_000;
/** A socket that is given up sooner after it opened was no connection: the next one is an attempt after a failed one. */
const YOUNG_MS = 2 * ANSWER_MS;
/** A device that says it has no network may be wrong, as behind some tunnels: it is not believed for longer than this. */
const DOUBT_NETWORK_MS = 60_000;

/** RFC 6455: the server closed because of what this client sent. */
const POLICY = 1008;
/** The step from which the backoff grows no more. */
const LONGEST_STEP = 5;

export type LinePhase = "idle" | "waiting" | "dialing" | "open";
/** Why a line ended for good: the session was revoked, or the chat is no longer this person's. */
export type LineEnd = "revoked" | "gone";

export interface LineEvents {
  /** Asked at each dial: the cursor may have moved since the last one. */
  target(): Target;
  opened(): void;
  received(frame: AnyDown): void;
  /** All frames of one socket message were handed over. */
  settled(): void;
  /** The socket is lost; another attempt follows by itself. */
  lost(): void;
  ended(why: LineEnd): void;
  changed(): void;
}

/** A connection that comes back: dials, beats, notices death, and resumes for ever with jitter until it is stopped. */
export class Line {
  readonly #clock: Clock;
  readonly #transport: Transport;
  readonly #random: () => number;
  readonly #events: LineEvents;
  #link: Link | undefined;
  #phase: LinePhase = "idle";
  #attempt = 0;
  #isNetworkThere = true;
  #nextAttemptAt: number | undefined;
  #renewals = 0;
  /** Failures before the socket that is open now. */
  #failuresAtOpen = 0;
  #openedAt = 0;
  #heardAt = 0;
  #cancelTimer: () => void = nothing;
  #cancelBeat: () => void = nothing;
  #cancelDeadline: (() => void) | undefined;
  #cancelSteady: () => void = nothing;

  constructor(ports: { clock: Clock; transport: Transport; random(): number }, events: LineEvents) {
    this.#clock = ports.clock;
    this.#transport = ports.transport;
    this.#random = () => ports.random();
    this.#events = events;
  }

  get phase(): LinePhase {
    return this.#phase;
  }

  get nextAttemptAt(): number | undefined {
    return this.#phase === "waiting" ? this.#nextAttemptAt : undefined;
  }

  start(): void {
    if (this.#phase === "idle") this.#dial();
  }

  stop(): void {
    this.#drop();
    this.#cancelTimer();
    this.#move("idle");
  }

  /** The network came, the page became visible, the person asked: try now, and if a socket is open make sure that it lives. */
  resume(): void {
    this.#isNetworkThere = true;
    if (this.#phase === "waiting") {
      this.#attempt = 0;
      this.#dial();
    } else if (this.#phase === "open") this.probe();
  }

  /** The device says that it has no network: a dial could only fail. An open socket is left to prove itself. */
  networkLost(): void {
    this.#isNetworkThere = false;
    if (this.#phase === "open") this.probe();
    else if (this.#phase === "dialing") this.#fail();
    else if (this.#phase === "waiting") this.#dial();
  }

  /** True if the frame was handed to a socket; whether it arrives only an answer tells. */
  send(frame: UpFrame): boolean {
    if (this.#phase !== "open" || !this.#link) return false;
    this.#link.send(frame);
    return true;
  }

  /** Asks for a sign of life; any frame is one. After a sleep there is nobody left to answer. */
  probe(): void {
    if (this.#phase === "open" && this.#clock.now() - this.#heardAt > SLEPT_MS) this.redial();
    else if (this.send({ type: "PING" })) this.expect();
  }

  /** Something must come within 10 s, or the socket is dead. */
  expect(): void {
    this.#cancelDeadline ??= this.#clock.after(ANSWER_MS, () => this.redial());
  }

  /** Gives the socket up and takes a fresh one: at once, unless this one was no better than none. */
  redial(): void {
    if (this.#phase === "idle") return;
    const wasOpen = this.#phase === "open";
    if (wasOpen && this.#clock.now() - this.#openedAt <= YOUNG_MS) {
      this.#attempt = this.#failuresAtOpen;
      this.#fail();
      return;
    }
    this.#drop();
    if (wasOpen) this.#events.lost();
    if (this.#isStopped()) return;
    this.#dial();
  }

  #dial(isDoubting = false): void {
    this.#cancelTimer();
    if (!this.#isNetworkThere && !isDoubting) {
      this.#wait();
      return;
    }
    this.#move("dialing");
    let mine: Link | undefined;
    let isOver = false;
    const isMine = () => !isOver && (mine === undefined || mine === this.#link);
    this.#cancelTimer = this.#clock.after(ANSWER_MS * 2, () => this.#fail());
    mine = this.#transport.dial(this.#events.target(), {
      opened: () => {
        if (isMine()) this.#open();
      },
      received: (frames) => {
        if (!isMine()) return;
        this.#heard();
        for (const frame of frames) {
          this.#events.received(frame);
          // A frame may have led to a redial: what else came on this socket is no longer ours to apply.
          if (this.#link !== mine) break;
        }
        this.#events.settled();
      },
      closed: (code) => {
        if (!isMine()) return;
        isOver = true;
        this.#closed(code);
      },
    });
    if (!isOver) this.#link = mine;
  }

  #open(): void {
    this.#cancelTimer();
    this.#isNetworkThere = true;
    this.#openedAt = this.#clock.now();
    this.#heardAt = this.#openedAt;
    this.#failuresAtOpen = this.#attempt;
    this.#move("open");
    this.#cancelSteady = this.#clock.after(STEADY_MS, () => {
      this.#attempt = 0;
      this.#renewals = 0;
    });
    this.#beat();
    this.expect();
    this.#events.opened();
  }

  #beat(): void {
    this.#cancelBeat = this.#clock.after(HEARTBEAT_MS, () => {
      this.probe();
      this.#beat();
    });
  }

  #heard(): void {
    this.#heardAt = this.#clock.now();
    this.#expectNothing();
  }

  #expectNothing(): void {
    this.#cancelDeadline?.();
    this.#cancelDeadline = undefined;
  }

  #closed(code: number): void {
    const wasOpen = this.#phase === "open";
    this.#link = undefined;
    this.#drop();
    if (code === CLOSE.session_revoked) {
      this.#end("revoked");
      return;
    }
    if (code === CLOSE.removed) {
      this.#end("gone");
      return;
    }
    // Our frames were not understood: the next ones will not be either, until the page is another.
    if (code === POLICY) this.#attempt = Math.max(this.#attempt, LONGEST_STEP);
    this.#wait(code === CLOSE.unauthenticated);
    if (wasOpen) this.#events.lost();
  }

  #fail(): void {
    const wasOpen = this.#phase === "open";
    this.#drop();
    this.#wait();
    if (wasOpen) this.#events.lost();
  }

  /** Until the next attempt. After 4401 a new token comes first; a second 4401 in a row is no longer about the token's age. */
  #wait(isTokenStale = false): void {
    const delay = backoff(this.#attempt++, this.#random());
    this.#nextAttemptAt = this.#isNetworkThere ? this.#clock.now() + delay : undefined;
    this.#move("waiting");
    if (isTokenStale && this.#renewals++ === 0) {
      void this.#transport.renew().then((renewal) => {
        if (this.#phase !== "waiting") return;
        if (renewal === "rejected") this.#end("revoked");
        else if (renewal === "renewed") this.#dial();
        else this.#retryAfter(delay);
      });
    } else if (this.#isNetworkThere) this.#retryAfter(delay);
    else this.#cancelTimer = this.#clock.after(DOUBT_NETWORK_MS, () => this.#dial(true));
  }

  #retryAfter(ms: number): void {
    this.#cancelTimer();
    this.#cancelTimer = this.#clock.after(ms, () => this.#dial());
  }

  #end(why: LineEnd): void {
    this.stop();
    this.#events.ended(why);
  }

  #drop(): void {
    this.#cancelTimer();
    this.#cancelBeat();
    this.#cancelSteady();
    this.#expectNothing();
    const link = this.#link;
    this.#link = undefined;
    link?.close();
  }

  #isStopped(): boolean {
    return this.#phase === "idle";
  }

  #move(phase: LinePhase): void {
    if (this.#phase === phase) return;
    this.#phase = phase;
    this.#events.changed();
  }
}

const nothing = () => undefined;
