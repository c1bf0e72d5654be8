import { and, eq, gte, lt, type SQL, sql } from "drizzle-orm";
import type { Profile } from "../protocol/user.ts";
import type { Database } from "./database.ts";
import { user, userWord } from "./schema.ts";
import { nameKey, PROFILE } from "./users.ts";
import { prefixesOf } from "./words.ts";

/**
 * Rows looked at for several beginnings. Without an end, two that nobody has together read every row of the longer one,
 * and anybody who is signed in may ask.
 */
export const MOST_LOOKED_AT = 2_000;

/** Sorts after every word that begins with the same characters. */
const LAST = "\u{10FFFF}";

/** Do they let themselves be found by `by`, whom they have not blocked? Everybody finds themselves. */
const isFindable = (by: string): SQL => sql`(${user.id} = ${by} OR (
  NOT EXISTS (SELECT 1 FROM block WHERE block.owner_id = ${user.id} AND block.person_id = ${by})
  AND CASE coalesce(json_extract(${user.privacy}, '$.findable'), 'everybody')
    WHEN 'everybody' THEN 1
    WHEN 'contacts' THEN EXISTS (SELECT 1 FROM contact WHERE contact.owner_id = ${user.id} AND contact.person_id = ${by})
    ELSE 0 END))`;

/** Finding people. */
export class Directory {
  readonly #db: Database;

  constructor(db: Database) {
    this.#db = db;
  }

  /** The person with exactly this address, if they let themselves be found by who asks. */
  async byEmail(email: string, ask: { by: string; is_with_demo: boolean }): Promise<Profile | undefined> {
    return this.#db
      .select(PROFILE)
      .from(user)
      .where(
        and(
          eq(user.email_key, nameKey(email)),
          ask.is_with_demo ? undefined : eq(user.is_demo, false),
          isFindable(ask.by),
        ),
      )
      .get();
  }

  /**
   * People with a word that begins so, by word; of several beginnings each must fit a word. One range of the key for
   * the longest beginning, a probe each for the others. Everybody comes once, at the first of their words that fits,
   * which is how `after`, the last person of the page before, says where the next one begins. Of several beginnings
   * only so many rows are looked at, from there on (`lookedAt`): who comes later is found by typing more.
   */
  async search(
    query: string,
    ask: { by: string; limit: number; after?: string | undefined; is_with_demo: boolean; looked_at?: number },
  ): Promise<{ users: Profile[]; next?: string }> {
    const [longest, ...others] = prefixesOf(query).sort((a, b) => b.length - a.length);
    if (longest === undefined) return { users: [] };
    const from =
      ask.after === undefined
        ? gte(userWord.word, longest)
        : sql`(${userWord.word}, ${userWord.user_id}) > ((SELECT min(word) FROM user_word AS seen WHERE seen.user_id = ${ask.after} AND seen.word >= ${longest}), ${ask.after})`;
    const range = and(from, lt(userWord.word, longest + LAST));
    const conditions: (SQL | undefined)[] = [
      // One bound each way, so that the index is entered by it.
      others.length === 0 ? range : and(from, this.#upTo(range, ask.looked_at ?? MOST_LOOKED_AT, longest + LAST)),
      sql`NOT EXISTS (SELECT 1 FROM user_word AS earlier WHERE earlier.user_id = ${userWord.user_id} AND earlier.word >= ${longest} AND earlier.word < ${userWord.word})`,
      ...others.map(
        (prefix) =>
          sql`EXISTS (SELECT 1 FROM user_word AS other WHERE other.user_id = ${userWord.user_id} AND other.word >= ${prefix} AND other.word < ${prefix + LAST})`,
      ),
      ask.is_with_demo ? undefined : eq(user.is_demo, false),
      isFindable(ask.by),
    ];
    const rows = await this.#db
      .select(PROFILE)
      .from(userWord)
      .innerJoin(user, eq(user.id, userWord.user_id))
      .where(and(...conditions))
      .orderBy(userWord.word, userWord.user_id)
      .limit(ask.limit + 1);
    const users = rows.slice(0, ask.limit);
    const last = users.at(-1);
    return { users, ...(rows.length > ask.limit && last ? { next: last.user_id } : {}) };
  }
  /** Up to the row that is this many into a range, or to its end. */
  #upTo(range: SQL | undefined, count: number, end: string): SQL {
    const last = (column: typeof userWord.word | typeof userWord.user_id) =>
      this.#db
        .select({ of: column })
        .from(userWord)
        .where(range)
        .orderBy(userWord.word, userWord.user_id)
        .limit(1)
        .offset(count - 1);
    return sql`(${userWord.word}, ${userWord.user_id}) <= (coalesce(${last(userWord.word)}, ${end}), coalesce(${last(userWord.user_id)}, ''))`;
  }
}
