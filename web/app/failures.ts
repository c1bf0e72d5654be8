import type { Readable, Refusal } from "../sync/client.ts";

/** A change that the server refused, as it is kept in the list of what failed until the page is closed. */
export interface Failure extends Refusal {
  id: number;
  /** Epoch milliseconds. */
  at: number;
}

/** The list says what went wrong lately; it is no archive. */
const MOST = 50;

let kept: readonly Failure[] = [];
let nextId = 1;
const listeners = new Set<() => void>();

function set(next: readonly Failure[]): void {
  kept = next;
  for (const listener of listeners) listener();
}

export const failures: Readable<readonly Failure[]> = {
  get: () => kept,
  subscribe: (listener) => {
    listeners.add(listener);
    return () => listeners.delete(listener);
  },
};

export function keepFailure(refusal: Refusal): void {
  set([{ ...refusal, id: nextId++, at: Date.now() }, ...kept].slice(0, MOST));
}

export function dropFailure(id: number): void {
  set(kept.filter((failure) => failure.id !== id));
}

export function dropFailures(): void {
  set([]);
}
