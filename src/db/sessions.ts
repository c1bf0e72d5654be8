import { and, desc, eq, getTableColumns, gt, isNull, lt, sql } from "drizzle-orm";
import type { Database } from "./database.ts";
import { session, user } from "./schema.ts";

/** A session, and whether its person is a demo account. */
export type SessionRow = typeof session.$inferSelect & { is_demo: boolean };
export type NewSession = typeof session.$inferInsert;
export type EndReason = NonNullable<SessionRow["end_reason"]>;

/** Devices of one person at most: all of them are shown, and ending all of them is a bounded piece of work. */
export const MOST_DEVICES = 200;

/** A session that lives, with what is needed to let it in. */
export interface LiveSessionRow {
  user_id: string;
  device_id: string;
  device_type: SessionRow["device_type"];
  is_demo: boolean;
}

/** Rows of the table `session`. */
export class Sessions {
  readonly #db: Database;

  constructor(db: Database) {
    this.#db = db;
  }

  /** The session if it has neither ended nor expired. */
  async live(id: string, now: number): Promise<LiveSessionRow | undefined> {
    return this.#db
      .select({
        user_id: session.user_id,
        device_id: session.device_id,
        device_type: session.device_type,
        is_demo: user.is_demo,
      })
      .from(session)
      .innerJoin(user, eq(user.id, session.user_id))
      .where(and(eq(session.id, id), isNull(session.ended_at), gt(session.expires_at, now)))
      .get();
  }

  async find(id: string): Promise<SessionRow | undefined> {
    return this.#db
      .select({ ...getTableColumns(session), is_demo: user.is_demo })
      .from(session)
      .innerJoin(user, eq(user.id, session.user_id))
      .where(eq(session.id, id))
      .get();
  }

  /**
   * Stores a session, in one transaction with the end of those that were used longest ago, if there are too many.
   * Returns the ids of these, whose sockets the hub has to close as after {@link end}.
   */
  async insert(row: NewSession, most: number = MOST_DEVICES): Promise<string[]> {
    const surplus = sql`SELECT id FROM session AS own WHERE own.user_id = ${row.user_id} AND own.ended_at IS NULL AND own.id <> ${row.id} ORDER BY own.last_active_at DESC LIMIT -1 OFFSET ${most - 1}`;
    const [, ended] = await this.#db.batch([
      this.#db.insert(session).values(row),
      this.#db
        .update(session)
        .set({ ended_at: row.created_at, end_reason: "revoked", is_hub_owed: true })
        .where(sql`${session.id} IN (${surplus})`)
        .returning({ id: session.id }),
    ]);
    return ended.map(({ id }) => id);
  }

  /** A person's devices, the one used last first. */
  async ofUser(userId: string, now: number): Promise<(typeof session.$inferSelect)[]> {
    return this.#db
      .select()
      .from(session)
      .where(and(eq(session.user_id, userId), isNull(session.ended_at), gt(session.expires_at, now)))
      .orderBy(desc(session.last_active_at))
      .limit(MOST_DEVICES);
  }

  /**
   * Replaces the refresh token, if what was read before is still so: one statement, so that of two that race one wins
   * and the other learns it. Returns whether it was this one.
   */
  async rotate(
    seen: Pick<SessionRow, "id" | "refresh_hash">,
    next: { refresh_hash: string; previous_hash: string; sealed_successor: string; expires_at: number },
    now: number,
  ): Promise<boolean> {
    const rows = await this.#db
      .update(session)
      .set({ ...next, rotated_at: now, last_active_at: now })
      .where(and(eq(session.id, seen.id), eq(session.refresh_hash, seen.refresh_hash), isNull(session.ended_at)))
      .returning({ id: session.id });
    return rows.length === 1;
  }

  /**
   * Ends one session of a person, or all. Returns the ids of those that this ended, whose sockets the hub now has to
   * close: until it says so, {@link confirmHub}, they stay marked.
   */
  async end(userId: string, only: string | undefined, reason: EndReason, now: number): Promise<string[]> {
    const rows = await this.#db
      .update(session)
      .set({ ended_at: now, end_reason: reason, is_hub_owed: true })
      .where(
        and(
          eq(session.user_id, userId),
          only === undefined ? undefined : eq(session.id, only),
          isNull(session.ended_at),
        ),
      )
      .returning({ id: session.id });
    return rows.map((row) => row.id);
  }

  /**
   * Ends sessions that ran out, `most` at a time, so that their hubs hear of it like of any other end: a socket that was
   * opened while a session lived does not outlive it.
   */
  async endExpired(now: number, most: number): Promise<void> {
    const expired = sql`SELECT id FROM session AS old WHERE old.expires_at <= ${now} AND old.ended_at IS NULL ORDER BY old.expires_at LIMIT ${most}`;
    await this.#db
      .update(session)
      .set({ ended_at: sql`${session.expires_at}`, end_reason: "expired", is_hub_owed: true })
      .where(sql`${session.id} IN (${expired})`);
  }

  /** The hub has closed the sockets of these. */
  async confirmHub(ids: readonly string[]): Promise<void> {
    await this.#db
      .update(session)
      .set({ is_hub_owed: false })
      .where(sql`${session.id} IN (SELECT value FROM json_each(${JSON.stringify(ids)}))`);
  }

  /** Ended sessions whose hub has not answered, the latest first. */
  async owed(limit: number): Promise<{ id: string; user_id: string }[]> {
    return this.#db
      .select({ id: session.id, user_id: session.user_id })
      .from(session)
      .where(sql`is_hub_owed = 1`)
      .orderBy(desc(session.ended_at))
      .limit(limit);
  }

  /** Deletes sessions that ran out before `time`, and whose hub knows that they ended; ended ones run out too. */
  async forget(time: number): Promise<void> {
    await this.#db
      .delete(session)
      .where(and(lt(session.ended_at, time), lt(session.expires_at, time), eq(session.is_hub_owed, false)));
  }
}
