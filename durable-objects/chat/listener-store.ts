import type { Database } from "../shared/database.ts";

/** When each hub that listens was heard of last, in epoch seconds; the latest last. */
export type Heard = ReadonlyMap<string, number>;

export function readListeners(db: Database): Heard {
  const row = db.first<{ heard: string }>("SELECT heard FROM listener WHERE id = 1");
  // Written by `saveListeners` alone.
  return new Map(row ? Object.entries(JSON.parse(row.heard) as Record<string, number>) : []);
}

export function saveListeners(db: Database, heard: Heard): void {
  db.run("INSERT OR REPLACE INTO listener (id, heard) VALUES (1, ?)", JSON.stringify(Object.fromEntries(heard)));
}
