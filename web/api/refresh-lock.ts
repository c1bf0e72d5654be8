import type { Locks } from "./access-token.ts";

/** A tab that a browser has put to sleep keeps its lock: nobody waits for one longer than this. */
const PATIENCE_MS = 25_000;

/** As much of a browser's LockManager as is used. */
export interface BrowserLocks {
  request(name: string, options: { signal: AbortSignal }, run: () => Promise<unknown>): Promise<unknown>;
}

/**
 * The lock under which tabs renew the token, for those that are awake: without it after 25 s. The server takes the same
 * refresh token twice for a retry, and the cookie of whoever sleeps is in the common jar.
 */
export const refreshLock = (locks: BrowserLocks, patience: () => AbortSignal = asPatient): Locks => ({
  request: async <T>(name: string, run: () => Promise<T>): Promise<T> => {
    let begun: Promise<T> | undefined;
    try {
      await locks.request(name, { signal: patience() }, () => {
        begun = run();
        return begun;
      });
    } catch (error) {
      if (begun) throw error;
    }
    return begun ?? run();
  },
});

const asPatient = (): AbortSignal => AbortSignal.timeout(PATIENCE_MS);
