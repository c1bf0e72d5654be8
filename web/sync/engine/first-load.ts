import type { Ports } from "./ports.ts";
import type { StoredDraft } from "./stored.ts";

/** What the device remembers, read at the start. What cannot be read, on a disk that is broken, keeps nothing else back. */
export async function firstLoad({ store, report }: Pick<Ports, "store" | "report">) {
  const or = <T>(read: Promise<T>, none: T): Promise<T> =>
    read.catch((error: unknown) => {
      report(error);
      return none;
    });
  const [inbox, outbox, cursors, drafts, skew] = await Promise.all([
    or(store.loadInbox(), undefined),
    or(store.loadOutbox(), []),
    or(store.loadCursors(), []),
    or(store.loadDrafts(), new Map<string, StoredDraft>()),
    or(store.loadSkew(), 0),
  ]);
  return { inbox, outbox, cursors, drafts, skew };
}
