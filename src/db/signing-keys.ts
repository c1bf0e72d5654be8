import { and, eq, lt, sql } from "drizzle-orm";
import type { Database } from "./database.ts";
import { signingKey } from "./schema.ts";

/** Rows of the table `signing_key`. The keyring says what they mean. */
export class SigningKeys {
  readonly #db: Database;

  constructor(db: Database) {
    this.#db = db;
  }

  list(): Promise<(typeof signingKey.$inferSelect)[]> {
    return this.#db.select().from(signingKey).limit(50);
  }

  /** Stores the key unless there is one of its state: the partial unique index decides races. */
  async offer(row: typeof signingKey.$inferInsert): Promise<void> {
    await this.#db.insert(signingKey).values(row).onConflictDoNothing();
  }

  /** In one transaction; nothing happens if another isolate was faster or there is no next key. */
  async promote(activeId: string, now: number): Promise<void> {
    await this.#db.batch([
      this.#db
        .update(signingKey)
        .set({ state: "retired", retired_at: now, sealed_private: null })
        .where(
          and(
            eq(signingKey.id, activeId),
            eq(signingKey.state, "active"),
            sql`EXISTS (SELECT 1 FROM signing_key WHERE state = 'next')`,
          ),
        ),
      this.#db
        .update(signingKey)
        .set({ state: "active", activated_at: now })
        .where(and(eq(signingKey.state, "next"), sql`NOT EXISTS (SELECT 1 FROM signing_key WHERE state = 'active')`)),
    ]);
  }

  /** Deletes all keys, if this one is still among them: another isolate may have made new ones meanwhile. */
  async discard(unreadableId: string): Promise<void> {
    await this.#db
      .delete(signingKey)
      .where(sql`EXISTS (SELECT 1 FROM signing_key AS unreadable WHERE unreadable.id = ${unreadableId})`);
  }

  async forget(time: number): Promise<void> {
    await this.#db.delete(signingKey).where(and(eq(signingKey.state, "retired"), lt(signingKey.retired_at, time)));
  }
}
