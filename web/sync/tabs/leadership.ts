/** As much of the Web Locks API as is used here. */
export interface TabLocks {
  request(
    name: string,
    options: { steal?: boolean; ifAvailable?: boolean; signal?: AbortSignal },
    held: (lock: unknown) => Promise<unknown>,
  ): Promise<unknown>;
}

export interface LeadershipEvents {
  /** This tab leads from now on. */
  elected(): void;
  /** Another tab leads; this one waits for its turn. Also called when the lead was taken away. */
  following(): void;
}

/**
 * Which tab of one person runs the engine: the one that holds a Web Lock. A tab that is closed or crashes gives it back
 * whatever happens, and the next in the queue leads. A leader that is put to sleep with the lock in its hand can be
 * robbed of it.
 */
export class Leadership {
  readonly #locks: TabLocks | undefined;
  readonly #name: string;
  readonly #events: LeadershipEvents;
  readonly #stop = new AbortController();
  #release: () => void = () => undefined;
  #isLeading = false;

  constructor(locks: TabLocks | undefined, name: string, events: LeadershipEvents) {
    this.#locks = locks;
    this.#name = name;
    this.#events = events;
  }

  get isLeading(): boolean {
    return this.#isLeading;
  }

  /** Leads at once if nobody does. A browser without Web Locks has every tab lead: the store and the server survive it. */
  async start(): Promise<void> {
    if (!this.#locks) return this.#elected();
    let isTaken = false;
    await new Promise<void>((decided) => {
      this.#hold({ ifAvailable: true }, (lock) => {
        isTaken = lock === null;
        if (!isTaken) this.#elected();
        decided();
        return !isTaken;
      });
    });
    if (isTaken) this.#queue();
  }

  /** Takes the lead from a tab that does not answer. */
  steal(): void {
    if (!this.#locks || this.#isLeading || this.#stop.signal.aborted) return;
    this.#hold({ steal: true }, () => {
      this.#elected();
      return true;
    });
  }

  stop(): void {
    this.#stop.abort();
    this.#isLeading = false;
    this.#release();
  }

  #queue(): void {
    if (this.#stop.signal.aborted) return;
    this.#events.following();
    this.#hold({ signal: this.#stop.signal }, () => {
      // A lock that comes while this tab leads by theft is given back at once: one is enough.
      if (this.#isLeading) return false;
      this.#elected();
      return true;
    });
  }

  /** `got` says whether to keep the lock. */
  #hold(
    options: { steal?: boolean; ifAvailable?: boolean; signal?: AbortSignal },
    got: (lock: unknown) => boolean,
  ): void {
    let wasHeld = false;
    this.#locks
      ?.request(this.#name, options, (lock) => {
        if (this.#stop.signal.aborted || !got(lock)) return Promise.resolve();
        wasHeld = true;
        return new Promise<void>((resolve) => {
          this.#release = resolve;
        });
      })
      .catch(() => {
        // Stolen, or no longer wanted.
        if (!wasHeld || this.#stop.signal.aborted) return;
        this.#isLeading = false;
        this.#queue();
      });
  }

  #elected(): void {
    this.#isLeading = true;
    this.#events.elected();
  }
}

/** Holds a lock that says "this tab lives", and tells when another tab's is gone. */
export class TabLife {
  readonly #locks: TabLocks | undefined;
  readonly #prefix: string;

  constructor(locks: TabLocks | undefined, prefix: string) {
    this.#locks = locks;
    this.#prefix = prefix;
  }

  /** Until the answer is called. */
  live(tab: string): () => void {
    let end: () => void = () => undefined;
    const ended = new Promise<void>((resolve) => {
      end = resolve;
    });
    this.#locks?.request(this.#prefix + tab, {}, () => ended).catch(() => undefined);
    return end;
  }

  /** `run` once, when that tab is closed or crashed. The answer ends the watch. */
  onDeath(tab: string, run: () => void): () => void {
    const stop = new AbortController();
    this.#locks
      ?.request(this.#prefix + tab, { signal: stop.signal }, async () => {
        if (!stop.signal.aborted) run();
      })
      .catch(() => undefined);
    return () => stop.abort();
  }
}
