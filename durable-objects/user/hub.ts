import { Fault } from "../../src/domain/fault.ts";
import type { DownFrame } from "../../src/protocol/down.ts";
import { CLOSE } from "../../src/protocol/error.ts";
import { newEpoch, UserId } from "../../src/protocol/ids.ts";
import type { ObjectEnv } from "../shared/env.ts";
import { SLOW_READER_REVS } from "../shared/limits.ts";
import { Sockets } from "../shared/sockets.ts";
import { type Dialect, type HubSocket, piecesFor } from "./hub-socket.ts";
import { Peers } from "./peers.ts";
import type { HubRow, UserStore } from "./store.ts";

/** What the hub needs of the object it lives in. */
export interface Host {
  /** Makes the database, or brings it up to date. */
  make(): void;
  /** Makes sure that the alarm fires at this time (epoch ms) or earlier. */
  wakeAt(at: number): void;
  /** Lets work go on after the answer; its failure is logged. */
  inBackground(work: Promise<unknown>): void;
}

/**
 * What every part of the hub shares: its row and clock in memory, its sockets, the other objects.
 * All changes of the inbox pass `nextRev`, all frames `send` and `broadcast`.
 */
export class Hub {
  readonly store: UserStore;
  readonly host: Host;
  readonly sockets: Sockets<HubSocket>;
  peers: Peers;
  readonly #name: string | undefined;
  #row: HubRow | undefined;
  #rev: number | undefined;
  readonly #applied = new WeakMap<WebSocket, number>();

  constructor(ctx: DurableObjectState, env: ObjectEnv, store: UserStore, host: Host, isMade: boolean) {
    this.store = store;
    this.host = host;
    this.sockets = new Sockets<HubSocket>(ctx);
    this.peers = new Peers(env);
    this.#name = ctx.id.name;
    this.#row = isMade ? store.hub() : undefined;
  }

  /** False: nothing was ever written about this person here. */
  get isMade(): boolean {
    return this.#row !== undefined;
  }

  /** The hub's row. @throws TypeError if there is none: every way in asks `isMade` or calls `make` first */
  get row(): HubRow {
    if (!this.#row) throw new TypeError("this hub was never made");
    return this.#row;
  }

  /** Makes the database if there is none. */
  make(): void {
    if (this.#row) return;
    const name = UserId.safeParse(this.#name);
    if (!name.success) throw new Fault("not_found");
    const row: HubRow = {
      user_id: name.data,
      epoch: newEpoch(),
      created_at: Date.now(),
      said_status: null,
      said_until: null,
      custom_status: null,
      used_at: null,
      online_at: null,
      left_at: null,
      left_status: null,
      delivered_rev: 0,
      forgotten_rev: 0,
      head_rev: 0,
    };
    this.host.make();
    this.store.putHub(row);
    this.#row = row;
    this.#rev = 0;
  }

  get userId(): string {
    return this.row.user_id;
  }

  /** Writes the hub's row, and the clock with it: one row. */
  update(change: Partial<Omit<HubRow, "head_rev">>): void {
    const row = { ...this.row, ...change, head_rev: this.rev };
    this.store.putHub(row);
    this.#row = row;
  }

  /** The inbox's clock. */
  get rev(): number {
    this.#rev ??= this.#foundRev();
    return this.#rev;
  }

  /** The row says that nobody is here, and since it was written every change has had the one step after its clock. */
  #sleepingRev(): number | undefined {
    const { online_at, left_at, head_rev } = this.row;
    return head_rev !== null && (online_at === null || left_at !== null) ? head_rev + 1 : undefined;
  }

  /**
   * The clock after a wake, without a row that was written for it and without reading the inbox (INB10): from the row
   * while nobody is here, from the sockets' attachments while somebody is. After a kill neither holds, and the inbox is
   * read; the row's is what devices were told when they came, so it is never less.
   */
  #foundRev(): number {
    const sleeping = this.#sleepingRev();
    if (sleeping !== undefined) return sleeping;
    let noted = -1;
    for (const [, { inbox_rev }] of this.sockets.entries()) noted = Math.max(noted, inbox_rev ?? -1);
    return noted >= 0 ? noted : Math.max(this.store.highestRev(), this.row.head_rev ?? 0);
  }

  /**
   * Moves the inbox's clock for one change that the person's devices can see. The caller stores the row with it.
   * While nobody is here all changes share a step: whoever comes gets all of it or nothing.
   */
  nextRev(): number {
    if (this.isAwake) {
      this.#rev = this.rev + 1;
      for (const [socket, state] of [...this.sockets.entries()])
        this.sockets.update(socket, { ...state, inbox_rev: this.#rev });
      return this.#rev;
    }
    this.#rev = this.#sleepingRev() ?? this.rev + 1;
    return this.#rev;
  }

  /** Somebody was shown an entry without being here: what changes from now on must have a later step. */
  shown(rev: number): void {
    if (rev > (this.row.head_rev ?? rev)) this.update({});
  }

  /** Is a device of the owner here? */
  get isAwake(): boolean {
    return this.sockets.size > 0;
  }

  send(socket: WebSocket, state: HubSocket, ...frames: DownFrame[]): void {
    this.sockets.send(
      socket,
      state,
      frames.flatMap((frame) => piecesFor(state, frame)),
    );
  }

  /** To every device of the owner, serialised once per dialect. */
  broadcast(frame: DownFrame): void {
    const pieces = new Map<Dialect, string[]>();
    for (const [socket, state] of this.sockets.entries()) {
      const mine = pieces.get(state.dialect) ?? piecesFor(state, frame);
      pieces.set(state.dialect, mine);
      this.sockets.send(socket, state, mine);
    }
  }

  /** A device has applied the inbox up to here. In memory: after a wake it counts as having read all. */
  applied(socket: WebSocket, rev: number): void {
    this.#applied.set(socket, rev);
  }

  /** Closes readers that acknowledge and have fallen far behind: they come back and catch up in one answer. */
  closeSlow(): void {
    for (const [socket] of [...this.sockets.entries()]) {
      const applied = this.#applied.get(socket);
      if (applied !== undefined && this.rev - applied > SLOW_READER_REVS)
        this.sockets.close(socket, CLOSE.slow_reader, "slow_reader");
    }
  }
}
