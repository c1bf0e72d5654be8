import { resolved, waitsFor, withoutRef } from "./outbox-refs.ts";
import { type OutboxEvent, type OutboxRow, step } from "./outbox-row.ts";
import type { Ports } from "./ports.ts";

/** The rows of one lane, in memory and in the store: every change of one goes to both, and is told. */
export class LaneRows {
  readonly #ports: Pick<Ports, "store" | "report">;
  readonly #changed: () => void;
  #list: readonly OutboxRow[] = [];

  constructor(ports: Pick<Ports, "store" | "report">, changed: () => void) {
    this.#ports = ports;
    this.#changed = changed;
  }

  /** In composing order; the same array until something changes. */
  get list(): readonly OutboxRow[] {
    return this.#list;
  }

  /** What is on disk is the caller's affair. */
  set(list: readonly OutboxRow[]): void {
    this.#list = list;
  }

  find(clientMsgId: string): OutboxRow | undefined {
    return this.#list.find((row) => row.client_msg_id === clientMsgId);
  }

  step(row: OutboxRow, event: OutboxEvent, isStored = false): OutboxRow {
    const next = step(row, event);
    if (next === row) return row;
    this.#list = this.#list.map((other) => (other.place === row.place ? next : other));
    // Phases of a socket's life need no trace on disk: after a restart all of them mean "queued".
    if (!isStored && isDurable(row, next)) this.store(next);
    this.#changed();
    return next;
  }

  store(row: OutboxRow): void {
    this.#ports.store.updateOutbox(row).catch(this.#ports.report);
  }

  forget(row: OutboxRow): void {
    this.#list = this.#list.filter((other) => other.place !== row.place);
    this.#ports.store.removeOutbox(row.place).catch(this.#ports.report);
    this.#changed();
  }

  /** Rows that become others, in memory and on disk. */
  rename(rename: (row: OutboxRow) => OutboxRow): void {
    const next = this.#list.map(rename);
    const renamed = next.filter((row, i) => row !== this.#list[i]);
    if (renamed.length === 0) return;
    this.#list = next;
    for (const row of renamed) this.store(row);
    this.#changed();
  }

  /** A message of this device has its number: who names it by its id may leave. */
  number(clientMsgId: string, seq: number): void {
    this.rename((row) => resolved(row, clientMsgId, seq));
  }

  /** What is named and no longer waits here is in the log (`seqOf`), or will never be. */
  seekRefs(seqOf: (clientMsgId: string) => number | undefined): void {
    for (const row of this.#list) {
      const id = waitsFor(row);
      if (id === undefined || this.find(id)) continue;
      const seq = seqOf(id);
      if (seq !== undefined) this.number(id, seq);
      else this.#dropRef(row);
    }
  }

  /** Takes out what nobody was told of, with all that would have been done to it. */
  throwAway(row: OutboxRow): void {
    this.forget(row);
    for (const other of this.#list) if (waitsFor(other) === row.client_msg_id) this.#dropRef(other);
  }

  #dropRef(row: OutboxRow): void {
    const next = withoutRef(row);
    if (next) this.rename((other) => (other.place === row.place ? next : other));
    else this.forget(row);
  }
}

/** Nobody but this device has ever heard of it. */
export const isUntold = (row: OutboxRow): boolean => row.phase === "queued" && !row.is_transmitted;

/** Nothing more is sent of it by itself. */
export const isSettled = (row: OutboxRow): boolean => row.phase === "failed" || row.phase === "acknowledged";

const isDurable = (before: OutboxRow, after: OutboxRow): boolean =>
  isSettled(before) || isSettled(after) || before.is_transmitted !== after.is_transmitted;
