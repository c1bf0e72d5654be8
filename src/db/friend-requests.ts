import { and, desc, eq, isNull, sql } from "drizzle-orm";
import type { FriendRequest } from "../protocol/people-routes.ts";
import { circleMoves } from "./circles.ts";
import type { Database } from "./database.ts";
import { contact, friendRequest, user } from "./schema.ts";

/** Requests of one person that wait, as they see it; and the newest that others are shown at once. */
export const REQUESTS_WAITING = 100;
const REQUESTS_SHOWN = 200;

type Row = typeof friendRequest.$inferSelect;

const between = (from: string, to: string) => and(eq(friendRequest.from_id, from), eq(friendRequest.to_id, to));

/** Who has asked whom to be contacts of each other. */
export class FriendRequests {
  readonly #db: Database;

  constructor(db: Database) {
    this.#db = db;
  }

  async find(from: string, to: string): Promise<Row | undefined> {
    return this.#db.select().from(friendRequest).where(between(from, to)).get();
  }

  /** Those that wait for the person's answer, and their own as they see them: one that was declined waits for ever. */
  async list(userId: string): Promise<FriendRequest[]> {
    const read = (direction: FriendRequest["direction"]) => {
      const isIncoming = direction === "incoming";
      return this.#db
        .select({
          user_id: user.id,
          username: user.username,
          display_name: user.display_name,
          message: friendRequest.message,
          requested_at: friendRequest.requested_at,
        })
        .from(friendRequest)
        .innerJoin(user, eq(user.id, isIncoming ? friendRequest.from_id : friendRequest.to_id))
        .where(
          isIncoming
            ? and(eq(friendRequest.to_id, userId), isNull(friendRequest.declined_at))
            : and(eq(friendRequest.from_id, userId), isNull(friendRequest.withdrawn_at)),
        )
        .orderBy(desc(friendRequest.requested_at))
        .limit(REQUESTS_SHOWN);
    };
    const [incoming, outgoing] = await this.#db.batch([read("incoming"), read("outgoing")]);
    const shown = (direction: FriendRequest["direction"], rows: typeof incoming): FriendRequest[] =>
      rows.map(({ message, requested_at, ...person }) => ({
        person,
        direction,
        message,
        requested_at: new Date(requested_at).toISOString(),
      }));
    return [...shown("incoming", incoming), ...shown("outgoing", outgoing)];
  }

  /** How many of theirs wait, as they see it. */
  async waiting(from: string): Promise<number> {
    const row = await this.#db
      .select({ count: sql<number>`count(*)` })
      .from(friendRequest)
      .where(and(eq(friendRequest.from_id, from), isNull(friendRequest.withdrawn_at)))
      .get();
    return row?.count ?? 0;
  }

  /**
   * Stores a request. One that was declined stays so; one from somebody whom the other side has blocked by now is declined
   * as it comes, and nobody hears of it.
   */
  async ask(from: string, to: string, message: string, now: number): Promise<void> {
    const declined_at = sql<number>`CASE WHEN EXISTS (
      SELECT 1 FROM block WHERE block.owner_id = ${to} AND block.person_id = ${from}) THEN ${now} END`;
    await this.#db
      .insert(friendRequest)
      .values({ from_id: from, to_id: to, message, requested_at: now, declined_at })
      .onConflictDoUpdate({
        target: [friendRequest.from_id, friendRequest.to_id],
        set: { message, withdrawn_at: null },
      });
  }

  /**
   * Both are contacts of each other from now on, and nothing waits between them: if the request still stands in this
   * moment. False if it was withdrawn, or one has blocked the other, since the caller looked; then nothing has changed.
   */
  async befriend(from: string, to: string, now: number): Promise<boolean> {
    const stands = sql`EXISTS (SELECT 1 FROM friend_request AS asked
      WHERE asked.from_id = ${from} AND asked.to_id = ${to} AND asked.withdrawn_at IS NULL)
      AND NOT EXISTS (SELECT 1 FROM block WHERE (block.owner_id = ${from} AND block.person_id = ${to})
      OR (block.owner_id = ${to} AND block.person_id = ${from}))`;
    const keep = (owner: string, person: string) =>
      this.#db
        .insert(contact)
        // All columns, in their order.
        .select(sql`SELECT ${owner}, ${person}, NULL, ${now} WHERE ${stands}`)
        .onConflictDoNothing();
    const [, , , taken] = await this.#db.batch([
      keep(from, to),
      keep(to, from),
      this.#db.delete(friendRequest).where(and(between(to, from), stands)),
      // Last of those that ask whether it stands.
      this.#db
        .delete(friendRequest)
        .where(and(between(from, to), stands))
        .returning({ id: friendRequest.to_id }),
      circleMoves(this.#db, from),
      circleMoves(this.#db, to),
    ]);
    return taken.length > 0;
  }

  async areFriends(one: string, other: string): Promise<boolean> {
    const rows = await this.#db
      .select({ owner_id: contact.owner_id })
      .from(contact)
      .where(
        sql`(${contact.owner_id} = ${one} AND ${contact.person_id} = ${other}) OR (${contact.owner_id} = ${other} AND ${contact.person_id} = ${one})`,
      );
    return rows.length === 2;
  }

  async decline(from: string, to: string, now: number): Promise<void> {
    await this.#db
      .update(friendRequest)
      .set({ declined_at: now })
      .where(and(between(from, to), isNull(friendRequest.declined_at)));
  }

  /** False if there was none. One that was declined is only out of its sender's sight: asking again brings nothing back. */
  async withdraw(from: string, to: string, now: number): Promise<boolean> {
    const [hidden, gone] = await this.#db.batch([
      this.#db
        .update(friendRequest)
        .set({ withdrawn_at: now })
        .where(
          and(between(from, to), sql`${friendRequest.declined_at} IS NOT NULL`, isNull(friendRequest.withdrawn_at)),
        )
        .returning({ id: friendRequest.to_id }),
      this.#db
        .delete(friendRequest)
        .where(and(between(from, to), isNull(friendRequest.declined_at)))
        .returning({ id: friendRequest.to_id }),
    ]);
    return hidden.length + gone.length > 0;
  }
}
