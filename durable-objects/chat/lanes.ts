/**
 * Keeps the order of what one device sends, where one of its messages has to wait for another chat's answer (SPEC FWD4).
 * A lane with nothing under way costs nothing: what comes is served at once.
 */
export class Lanes {
  readonly #tails = new Map<string, Promise<void>>();

  /** Runs `work` once everything before it in its lane has run: now, if nothing waits there. */
  after(lane: string, work: () => void): void {
    if (this.#tails.has(lane)) this.#append(lane, Promise.resolve(), work);
    else work();
  }

  /** Holds the lane until `ready` has resolved, then runs `work` in its turn. */
  hold<T>(lane: string, ready: Promise<T>, work: (value: T) => void): void {
    let value: T | undefined;
    // Read here, so that those behind it in the lane read at the same time.
    const done = ready.then((result) => {
      value = result;
    });
    this.#append(lane, done, () => work(value as T));
  }

  #append(lane: string, ready: Promise<void>, work: () => void): void {
    const before = this.#tails.get(lane) ?? Promise.resolve();
    const tail = Promise.all([before, ready])
      .then(work)
      .catch((error: unknown) => console.error("a held command failed", error))
      .then(() => {
        if (this.#tails.get(lane) === tail) this.#tails.delete(lane);
      });
    this.#tails.set(lane, tail);
  }

  /** Resolves when everything that is in the lane now has run. */
  async settled(lane: string): Promise<void> {
    await this.#tails.get(lane);
  }
}
