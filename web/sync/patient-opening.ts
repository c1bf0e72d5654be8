import type { Clock } from "./engine/ports.ts";

/** Longer than any device takes that nobody keeps waiting. */
const PATIENCE_MS = 4_000;

/**
 * Waits for the person's store, and says so once if that takes longer than a person waits without a word. A tab that a
 * browser put to sleep may hold an older version of it, or one that is to be deleted, and then nothing here goes on until
 * that tab is closed or wakes. Told by time alone: a browser speaks of a blocked opening only after the other tab was
 * heard, which a sleeping one never is, and not at all to whoever waits behind another's turn.
 */
export async function openPatiently<T>(opening: Promise<T>, clock: Pick<Clock, "after">, held: () => void): Promise<T> {
  const forget = clock.after(PATIENCE_MS, held);
  try {
    return await opening;
  } finally {
    forget();
  }
}
