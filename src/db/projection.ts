import type { ProjectionJob } from "../protocol/job.ts";
import { wordsIn } from "./words.ts";

const CHAT = `
  INSERT INTO chat (id, type, name, is_active, rev) VALUES (?1, ?2, ?3, ?4, ?5)
  ON CONFLICT (id) DO UPDATE SET name = excluded.name, is_active = excluded.is_active, rev = excluded.rev
  WHERE excluded.rev >= chat.rev`;

/** The rest, of a job that is not older than the row: the statement before has taken its rev then. */
const LISTING = `
  UPDATE chat SET is_listed = ?3, description = ?4, member_count = ?5, needs_approval = ?6 WHERE id = ?1 AND rev = ?2`;

/** Words that are as they were are not written again. */
const OLD_WORDS = `
  DELETE FROM chat_word WHERE chat_id = ?1 AND word NOT IN (SELECT value FROM json_each(?3))
  AND EXISTS (SELECT 1 FROM chat WHERE id = ?1 AND rev = ?2)`;
const NEW_WORDS = `
  INSERT OR IGNORE INTO chat_word (word, chat_id) SELECT value, ?1 FROM json_each(?3)
  WHERE EXISTS (SELECT 1 FROM chat WHERE id = ?1 AND rev = ?2)`;

/** All rows of a job in one statement: as JSON they are one parameter, however many they are. */
const MEMBERS = `
  INSERT INTO chat_member (chat_id, user_id, role, joined_at, removed_at, rev)
  SELECT ?1, value ->> 'user_id', value ->> 'role', value ->> 'joined_at', value ->> 'removed_at', value ->> 'rev'
  FROM json_each(?2) WHERE true
  ON CONFLICT (chat_id, user_id) DO UPDATE
  SET role = excluded.role, joined_at = excluded.joined_at, removed_at = excluded.removed_at, rev = excluded.rev
  WHERE excluded.rev > chat_member.rev`;

/** The projection of chats and their members, as their objects tell it. SQL of its own: drizzle knows no such insert. */
export class Projection {
  readonly #d1: D1Database;

  constructor(d1: D1Database) {
    this.#d1 = d1;
  }

  /**
   * Stores what a chat told, in one transaction. A row that is not newer than the stored one changes nothing, so jobs
   * may come twice and in any order.
   */
  async apply(job: ProjectionJob): Promise<void> {
    const rows = job.rows.map((row) => ({
      user_id: row.user_id,
      role: row.role,
      joined_at: Date.parse(row.joined_at),
      removed_at: row.removed_at === null ? null : Date.parse(row.removed_at),
      rev: row.rev,
    }));
    const rev = job.listing?.rev ?? Math.max(0, ...rows.map((row) => row.rev));
    await this.#d1.batch([
      this.#d1.prepare(CHAT).bind(job.chat_id, job.chat_type, job.name, job.is_active ? 1 : 0, rev),
      ...this.#list(job, rev),
      this.#d1.prepare(MEMBERS).bind(job.chat_id, JSON.stringify(rows)),
    ]);
  }

  /** What strangers may find of it: no word of a chat that is not public stays. */
  #list({ chat_id, name, listing }: ProjectionJob, rev: number): D1PreparedStatement[] {
    if (!listing) return [];
    const { is_listed, description, member_count, needs_approval } = listing;
    const words = JSON.stringify(is_listed ? wordsIn([name]) : []);
    return [
      this.#d1
        .prepare(LISTING)
        .bind(chat_id, rev, is_listed ? 1 : 0, is_listed ? description : "", member_count, needs_approval ? 1 : 0),
      this.#d1.prepare(OLD_WORDS).bind(chat_id, rev, words),
      this.#d1.prepare(NEW_WORDS).bind(chat_id, rev, words),
    ];
  }
}
