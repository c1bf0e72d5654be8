import type { Readable } from "./client.ts";

/** A {@link Readable} with its writer's side. Setting the value it already has tells nobody. */
export class Cell<T> implements Readable<T> {
  #value: T;
  readonly #listeners = new Set<() => void>();
  readonly #onWatched: ((isWatched: boolean) => void) | undefined;

  /** `onWatched` hears when the first listener comes and when the last one goes. */
  constructor(value: T, onWatched?: (isWatched: boolean) => void) {
    this.#value = value;
    this.#onWatched = onWatched;
  }

  get isWatched(): boolean {
    return this.#listeners.size > 0;
  }

  /** An arrow, because React's `useSyncExternalStore` takes it without its object. */
  readonly get = (): T => this.#value;

  readonly subscribe = (listener: () => void): (() => void) => {
    const mine = () => listener();
    this.#listeners.add(mine);
    if (this.#listeners.size === 1) this.#onWatched?.(true);
    return () => {
      if (this.#listeners.delete(mine) && this.#listeners.size === 0) this.#onWatched?.(false);
    };
  };

  set(value: T): void {
    if (Object.is(value, this.#value)) return;
    this.#value = value;
    for (const listener of [...this.#listeners]) listener();
  }
}
