const ATTENDED = "parley-attended";
const TELLER = "parley-teller";

/** Somebody looks at this tab. */
const isAttended = (): boolean => document.visibilityState === "visible" && document.hasFocus();

/**
 * Whether anybody looks at Parley on this device, in whatever tab; and which one tab tells them if not. Both are locks,
 * so that a tab that dies lets go of them.
 */
export class Attention {
  readonly #locks: LockManager | undefined = navigator.locks;
  readonly #stops: (() => void)[] = [];
  #letGo: (() => void) | undefined;
  #isTeller = this.#locks === undefined;

  /** @param onSeen somebody has come to look */
  constructor(onSeen: () => void) {
    const look = (): void => {
      if (isAttended()) {
        this.#hold();
        onSeen();
      } else {
        this.#letGo?.();
        this.#letGo = undefined;
      }
    };
    for (const name of ["focus", "blur"] as const) {
      addEventListener(name, look);
      this.#stops.push(() => removeEventListener(name, look));
    }
    document.addEventListener("visibilitychange", look);
    this.#stops.push(() => document.removeEventListener("visibilitychange", look));
    this.#wait(TELLER, () => {
      this.#isTeller = true;
    });
    look();
  }

  /** True if this tab should tell: nobody looks at any, and no other tab does it. */
  async isNeeded(): Promise<boolean> {
    if (!this.#isTeller || isAttended()) return false;
    const held = (await this.#locks?.query())?.held ?? [];
    return !held.some((lock) => lock.name === ATTENDED);
  }

  close(): void {
    for (const stop of this.#stops.splice(0)) stop();
    this.#letGo?.();
  }

  /** Takes a lock when it is free, and keeps it until the tab closes or {@link close} is called. */
  #wait(name: string, onHeld: () => void): void {
    const given = new AbortController();
    this.#stops.push(() => given.abort());
    const held = (): Promise<void> => {
      onHeld();
      return new Promise((resolve) => this.#stops.push(resolve));
    };
    // Refused only when it is taken back.
    this.#locks?.request(name, { signal: given.signal }, held).catch(() => undefined);
  }

  #hold(): void {
    if (this.#letGo !== undefined) return;
    const released = new Promise<void>((resolve) => {
      this.#letGo = resolve;
    });
    this.#locks?.request(ATTENDED, { mode: "shared" }, () => released).catch(() => undefined);
  }
}
