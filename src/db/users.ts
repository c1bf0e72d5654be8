import { and, eq, sql } from "drizzle-orm";
import type { Person } from "../protocol/chat.ts";
import type { Profile } from "../protocol/user.ts";
import { circleMoves } from "./circles.ts";
import { type Database, uniqueViolation } from "./database.ts";
import { credential, session, user, userWord } from "./schema.ts";
import type { NewSession } from "./sessions.ts";
import { wordsOf } from "./words.ts";

export type UserRow = typeof user.$inferSelect;

/** What a new account consists of. */
export interface NewUser {
  id: string;
  username: string;
  email: string;
  first_name: string;
  last_name: string;
  display_name: string;
  is_demo: boolean;
  /** PHC string. */
  password: string;
  session: NewSession;
}

/** What a person may change of themselves. */
export type Names = Pick<UserRow, "first_name" | "last_name" | "display_name" | "status_message">;

/** An account as signing in needs it. */
export interface SignInRow {
  id: string;
  username: string;
  is_demo: boolean;
  password: string | null;
}

/** Names are compared in lower case; addresses too, since no provider of note tells people apart by it. */
export const nameKey = (name: string): string => name.trim().toLowerCase();

/** What others may see of a person, as columns. */
export const PROFILE = {
  user_id: user.id,
  username: user.username,
  display_name: user.display_name,
  first_name: user.first_name,
  last_name: user.last_name,
  status_message: user.status_message,
};

/** Rows of `user` and what belongs to one person. */
export class Users {
  readonly #db: Database;

  constructor(db: Database) {
    this.#db = db;
  }

  /**
   * Makes an account and signs its first device in, in one transaction.
   * @returns undefined, or what is taken
   */
  async register(account: NewUser, now: number): Promise<"username" | "email" | undefined> {
    const { id, username, email, session: first } = account;
    try {
      await this.#db.batch([
        this.#db.insert(user).values({
          ...{ id, username, email, username_key: nameKey(username), email_key: nameKey(email) },
          first_name: account.first_name,
          last_name: account.last_name,
          display_name: account.display_name,
          is_demo: account.is_demo,
          created_at: now,
        }),
        this.#db.insert(userWord).values(wordsOf(account).map((word) => ({ word, user_id: id }))),
        this.#db
          .insert(credential)
          .values({ id, user_id: id, kind: "password", data: account.password, created_at: now, updated_at: now }),
        this.#db.insert(session).values(first),
      ]);
      return undefined;
    } catch (error) {
      const column = uniqueViolation(error);
      if (column === "user.username_key") return "username";
      if (column === "user.email_key") return "email";
      throw error;
    }
  }

  /** What of a new account is taken already. Only saves a hash: the index decides. */
  async taken(username: string, email: string): Promise<"username" | "email" | undefined> {
    const rows = await this.#db
      .select({ username_key: user.username_key })
      .from(user)
      .where(sql`${user.username_key} = ${nameKey(username)} OR ${user.email_key} = ${nameKey(email)}`)
      .limit(2);
    if (rows.length === 0) return undefined;
    return rows.some((row) => row.username_key === nameKey(username)) ? "username" : "email";
  }

  /** The account that signs in by this username or address; a username can hold no `@`. */
  async toSignIn(login: string): Promise<SignInRow | undefined> {
    const column = login.includes("@") ? user.email_key : user.username_key;
    return this.#db
      .select({ id: user.id, username: user.username, is_demo: user.is_demo, password: credential.data })
      .from(user)
      .leftJoin(credential, and(eq(credential.user_id, user.id), eq(credential.kind, "password")))
      .where(eq(column, nameKey(login)))
      .get();
  }

  /** Replaces a password's hash by a costlier one, unless the password was changed meanwhile. */
  async rehash(userId: string, from: string, to: string, now: number): Promise<void> {
    await this.#db
      .update(credential)
      .set({ data: to, updated_at: now })
      .where(and(eq(credential.user_id, userId), eq(credential.kind, "password"), eq(credential.data, from)));
  }

  async find(id: string): Promise<UserRow | undefined> {
    return this.#db.select().from(user).where(eq(user.id, id)).get();
  }

  async profile(id: string): Promise<Profile | undefined> {
    return this.#db.select(PROFILE).from(user).where(eq(user.id, id)).get();
  }

  /** The people of these ids, in no order; unknown ids are missing. */
  async people(ids: readonly string[]): Promise<Person[]> {
    return this.#db
      .select({ user_id: user.id, username: user.username, display_name: user.display_name })
      .from(user)
      .where(sql`${user.id} IN (SELECT value FROM json_each(${JSON.stringify(ids)}))`)
      .limit(ids.length);
  }

  /** Changes what is given; with a name the words by which they are found. Undefined if there is no such person. */
  async rename(id: string, change: Partial<Names>): Promise<UserRow | undefined> {
    const before = await this.find(id);
    if (!before) return undefined;
    const row = { ...before, ...change };
    await this.#db.batch([
      this.#db.update(user).set(change).where(eq(user.id, id)),
      circleMoves(this.#db, id),
      this.#db.delete(userWord).where(eq(userWord.user_id, id)),
      this.#db.insert(userWord).values(wordsOf(row).map((word) => ({ word, user_id: id }))),
    ]);
    return row;
  }

  async setStatusMessage(id: string, text: string): Promise<void> {
    await this.#db.update(user).set({ status_message: text }).where(eq(user.id, id));
  }
}
