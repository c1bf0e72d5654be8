import { and, eq, type SQL, sql } from "drizzle-orm";
import type { Contact } from "../protocol/people-routes.ts";
import { circleMoves } from "./circles.ts";
import type { Database } from "./database.ts";
import { contact, user } from "./schema.ts";

/** Contacts of one person: their hub keeps all of them in one row. */
export const CONTACTS = 2_000;

/** As it is sorted: the name their owner gave, or their own. */
const SHOWN = sql<string>`lower(coalesce(${contact.contact_name}, ${user.display_name}))`;

/** Is the owner in the contact's contacts, too? Never of somebody who has blocked the owner. */
const IS_MUTUAL = sql<number>`EXISTS (SELECT 1 FROM contact AS back WHERE back.owner_id = ${contact.person_id} AND back.person_id = ${contact.owner_id})
  AND NOT EXISTS (SELECT 1 FROM block WHERE block.owner_id = ${contact.person_id} AND block.person_id = ${contact.owner_id})`;

const iso = (at: number): string => new Date(at).toISOString();

/** Whom people keep. */
export class Contacts {
  readonly #db: Database;

  constructor(db: Database) {
    this.#db = db;
  }

  /** A page of them, by name; `after` is the person the page before ended with. */
  async list(
    ownerId: string,
    ask: { limit: number; after?: string | undefined },
  ): Promise<{ contacts: Contact[]; next?: string }> {
    const from =
      ask.after === undefined
        ? undefined
        : sql`(${SHOWN}, ${contact.person_id}) > ((SELECT lower(coalesce(c.contact_name, u.display_name)) FROM contact AS c JOIN user AS u ON u.id = c.person_id WHERE c.owner_id = ${ownerId} AND c.person_id = ${ask.after}), ${ask.after})`;
    const found = await this.#read(ownerId, from, ask.limit + 1);
    const contacts = found.slice(0, ask.limit);
    const last = contacts.at(-1);
    return { contacts, ...(found.length > ask.limit && last ? { next: last.person.user_id } : {}) };
  }

  async find(ownerId: string, personId: string): Promise<Contact | undefined> {
    const [found] = await this.#read(ownerId, eq(contact.person_id, personId), 1);
    return found;
  }

  async #read(ownerId: string, where: SQL | undefined, limit: number): Promise<Contact[]> {
    const rows = await this.#db
      .select({
        user_id: user.id,
        username: user.username,
        display_name: user.display_name,
        contact_name: contact.contact_name,
        added_at: contact.added_at,
        is_mutual: IS_MUTUAL,
      })
      .from(contact)
      .innerJoin(user, eq(user.id, contact.person_id))
      .where(and(eq(contact.owner_id, ownerId), where))
      .orderBy(SHOWN, contact.person_id)
      .limit(limit);
    return rows.map(({ user_id, username, display_name, contact_name, added_at, is_mutual }) => ({
      person: { user_id, username, display_name },
      ...(contact_name === null ? {} : { contact_name }),
      is_mutual: is_mutual === 1,
      added_at: iso(added_at),
    }));
  }

  async count(ownerId: string): Promise<number> {
    const row = await this.#db
      .select({ count: sql<number>`count(*)` })
      .from(contact)
      .where(eq(contact.owner_id, ownerId))
      .get();
    return row?.count ?? 0;
  }

  /** Keeps a person, or gives them another name: undefined leaves it, null takes it away. */
  async put(ownerId: string, personId: string, name: string | null | undefined, now: number): Promise<void> {
    await this.#db.batch([
      this.#db
        .insert(contact)
        .values({ owner_id: ownerId, person_id: personId, contact_name: name ?? null, added_at: now })
        .onConflictDoUpdate({
          target: [contact.owner_id, contact.person_id],
          set: { contact_name: name === undefined ? sql`${contact.contact_name}` : name },
        }),
      circleMoves(this.#db, ownerId),
    ]);
  }

  /** False if there was none. */
  async remove(ownerId: string, personId: string): Promise<boolean> {
    const [gone] = await this.#db.batch([
      this.#db
        .delete(contact)
        .where(and(eq(contact.owner_id, ownerId), eq(contact.person_id, personId)))
        .returning({ id: contact.person_id }),
      circleMoves(this.#db, ownerId),
    ]);
    return gone.length > 0;
  }
}
