import { and, desc, eq, isNull, sql } from "drizzle-orm";
import type { Person } from "../protocol/chat.ts";
import { circleMoves } from "./circles.ts";
import type { Database } from "./database.ts";
import { block, friendRequest, user } from "./schema.ts";

/** People one person may have blocked: their hub keeps all of them in one row. */
export const BLOCKS = 1_000;

/** Who wants nothing of whom. */
export class Blocks {
  readonly #db: Database;

  constructor(db: Database) {
    this.#db = db;
  }

  /** Latest first. */
  async list(ownerId: string): Promise<Person[]> {
    return this.#db
      .select({ user_id: user.id, username: user.username, display_name: user.display_name })
      .from(block)
      .innerJoin(user, eq(user.id, block.person_id))
      .where(eq(block.owner_id, ownerId))
      .orderBy(desc(block.blocked_at), block.person_id)
      .limit(BLOCKS);
  }

  async count(ownerId: string): Promise<number> {
    const row = await this.#db
      .select({ count: sql<number>`count(*)` })
      .from(block)
      .where(eq(block.owner_id, ownerId))
      .get();
    return row?.count ?? 0;
  }

  /** With a block what waits between the two ends: their request as if declined, the owner's own as if never made. */
  async set(ownerId: string, personId: string, isBlocked: boolean, now: number): Promise<void> {
    const pair = and(eq(block.owner_id, ownerId), eq(block.person_id, personId));
    if (!isBlocked) {
      await this.#db.batch([this.#db.delete(block).where(pair), circleMoves(this.#db, ownerId)]);
      return;
    }
    await this.#db.batch([
      this.#db.insert(block).values({ owner_id: ownerId, person_id: personId, blocked_at: now }).onConflictDoNothing(),
      this.#db
        .update(friendRequest)
        .set({ declined_at: now })
        .where(
          and(eq(friendRequest.from_id, personId), eq(friendRequest.to_id, ownerId), isNull(friendRequest.declined_at)),
        ),
      this.#db.delete(friendRequest).where(and(eq(friendRequest.from_id, ownerId), eq(friendRequest.to_id, personId))),
      circleMoves(this.#db, ownerId),
    ]);
  }

  /** Who of the two has blocked the other, and at which step of their circle. */
  async between(one: string, other: string): Promise<{ by: string; is_blocked: boolean; rev: number }[]> {
    const rows = await this.#db
      .select({
        by: user.id,
        rev: user.circle_rev,
        is_blocked: sql<number>`EXISTS (SELECT 1 FROM block WHERE block.owner_id = ${user.id} AND block.person_id IN (${one}, ${other}) AND block.person_id <> ${user.id})`,
      })
      .from(user)
      .where(sql`${user.id} IN (${one}, ${other})`);
    return rows.map(({ by, rev, is_blocked }) => ({ by, rev, is_blocked: is_blocked === 1 }));
  }
}
