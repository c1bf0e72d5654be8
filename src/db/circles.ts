import { and, eq, exists, sql } from "drizzle-orm";
import { USUAL_PRIVACY } from "../domain/privacy.ts";
import type { CircleState } from "../protocol/rpc.ts";
import type { Privacy } from "../protocol/user.ts";
import type { Database } from "./database.ts";
import { block, contact, user } from "./schema.ts";

/** How one person stands towards the one who asks. */
export interface Standing {
  privacy: Privacy;
  /** The asker is in their contacts. */
  is_contact: boolean;
  /** They have blocked the asker. */
  has_blocked: boolean;
}

const parsed = (json: string | null): Privacy => ({
  ...USUAL_PRIVACY,
  // Written by `setPrivacy` alone, from what its schema has passed.
  ...(json === null ? {} : (JSON.parse(json) as Partial<Privacy>)),
});

/** To stand in the same batch as what has changed: the hub takes no older circle for a newer one. */
export const circleMoves = (db: Database, userId: string) =>
  db
    .update(user)
    .set({ circle_rev: sql`${user.circle_rev} + 1` })
    .where(eq(user.id, userId));

/** What people let be known, and to whom. */
export class Circles {
  readonly #db: Database;

  constructor(db: Database) {
    this.#db = db;
  }

  async privacy(userId: string): Promise<Privacy | undefined> {
    const row = await this.#db.select({ privacy: user.privacy }).from(user).where(eq(user.id, userId)).get();
    return row && parsed(row.privacy);
  }

  /** Changes what is given; what is absent stays, also if another device changes it at the same time. */
  async setPrivacy(userId: string, change: Partial<Privacy>): Promise<Privacy | undefined> {
    const patch = JSON.stringify(change);
    const row = await this.#db
      .update(user)
      .set({
        privacy: sql`json_patch(coalesce(${user.privacy}, '{}'), ${patch})`,
        circle_rev: sql`${user.circle_rev} + 1`,
      })
      .where(eq(user.id, userId))
      .returning({ privacy: user.privacy })
      .get();
    return row && parsed(row.privacy);
  }

  /** Everything that a person's hub must know of it, as it is in one moment. */
  async state(userId: string): Promise<CircleState | undefined> {
    const [people, contacts, blocked] = await this.#db.batch([
      this.#db
        .select({
          ...{ privacy: user.privacy, rev: user.circle_rev },
          ...{ user_id: user.id, username: user.username, display_name: user.display_name },
        })
        .from(user)
        .where(eq(user.id, userId)),
      this.#db.select({ id: contact.person_id }).from(contact).where(eq(contact.owner_id, userId)),
      this.#db.select({ id: block.person_id }).from(block).where(eq(block.owner_id, userId)),
    ]);
    const [row] = people;
    if (!row) return undefined;
    return {
      rev: row.rev,
      privacy: parsed(row.privacy),
      person: { user_id: row.user_id, username: row.username, display_name: row.display_name },
      contacts: contacts.map(({ id }) => id),
      blocked: blocked.map(({ id }) => id),
    };
  }

  /** How each of these people stands towards `asker`; unknown ids are missing. */
  async towards(asker: string, userIds: readonly string[]): Promise<Map<string, Standing>> {
    const rows = await this.#db
      .select({
        user_id: user.id,
        privacy: user.privacy,
        is_contact: exists(
          this.#db
            .select({ one: sql`1` })
            .from(contact)
            .where(and(eq(contact.owner_id, user.id), eq(contact.person_id, asker))),
        ),
        has_blocked: exists(
          this.#db
            .select({ one: sql`1` })
            .from(block)
            .where(and(eq(block.owner_id, user.id), eq(block.person_id, asker))),
        ),
      })
      .from(user)
      .where(sql`${user.id} IN (SELECT value FROM json_each(${JSON.stringify(userIds)}))`);
    return new Map(
      rows.map((row) => [
        row.user_id,
        {
          privacy: parsed(row.privacy),
          is_contact: Boolean(row.is_contact),
          has_blocked: Boolean(row.has_blocked),
        },
      ]),
    );
  }
}
