import type { ProjectionJob } from "../protocol/rpc.ts";

const CHAT = `
  INSERT INTO chat (id, type, name, is_active, rev) VALUES (?1, ?2, ?3, ?4, ?5)
  ON CONFLICT (id) DO UPDATE SET name = excluded.name, is_active = excluded.is_active, rev = excluded.rev
  WHERE excluded.rev >= chat.rev`;

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
    const rev = Math.max(0, ...rows.map((row) => row.rev));
    await this.#d1.batch([
      this.#d1.prepare(CHAT).bind(job.chat_id, job.chat_type, job.name, job.is_active ? 1 : 0, rev),
      this.#d1.prepare(MEMBERS).bind(job.chat_id, JSON.stringify(rows)),
    ]);
  }
}
