import type { Role } from "../../src/protocol/role.ts";
import type { Database } from "../shared/database.ts";
import type { PersonRow } from "./rows.ts";

/** A link that leads in. Times are epoch milliseconds. */
export type InviteRow = {
  token: string;
  created_by: string;
  created_at: number;
  expires_at: number | null;
  max_uses: number | null;
  uses: number;
  /** Null: as the chat has it when somebody comes. */
  needs_approval: number | null;
  role: Role;
  revoked_at: number | null;
  is_primary: number;
  /** Under which its maker's device asked for it, and a mark of what it asked for. */
  client_id: string | null;
  mark: string | null;
};

export type JoinRequestRow = {
  user_id: string;
  username: string;
  display_name: string;
  requested_at: number;
  message: string;
  role: Role;
  /** The invitation it came by. */
  token: string | null;
};

export type BanRow = {
  user_id: string;
  username: string;
  display_name: string;
  banned_by: string;
  banned_at: number;
  reason: string;
  ends_at: number | null;
};

/** More have a say in no chat that anybody made. */
const STAFF_READ = 10_000;

/** SQL of coming in and being kept out: no rules. */
export class EntryStore {
  readonly #db: Database;

  constructor(db: Database) {
    this.#db = db;
  }

  /** Who has a say, by an index of them alone: in a channel they are few among very many. */
  staff(): string[] {
    return staffOf(this.#db, STAFF_READ, "").map((person) => person.user_id);
  }

  /** Who comes after the staff when an owner leaves: the highest in rank, then the longest in the chat. Reads everybody, in SQL alone. */
  heirAmongMembers(ownerId: string): string | undefined {
    return this.#db.first<{ user_id: string }>(
      `SELECT user_id FROM member WHERE removed_at IS NULL AND user_id <> ?
       ORDER BY CASE role WHEN 'restricted' THEN 2 WHEN 'guest' THEN 1 ELSE 0 END, joined_at, user_id LIMIT 1`,
      ownerId,
    )?.user_id;
  }

  invite(token: string): InviteRow | undefined {
    return this.#db.first<InviteRow>("SELECT * FROM invite WHERE token = ?", token);
  }

  /** The one that somebody's device has asked for under this id, whatever has become of it. */
  inviteAskedAs(userId: string, clientId: string): InviteRow | undefined {
    return this.#db.first<InviteRow>("SELECT * FROM invite WHERE created_by = ? AND client_id = ?", userId, clientId);
  }

  /** Latest first. */
  invites(limit: number): InviteRow[] {
    return this.#db.all<InviteRow>("SELECT * FROM invite ORDER BY created_at DESC, token LIMIT ?", limit);
  }

  primaryInvite(): InviteRow | undefined {
    return this.#db.first<InviteRow>("SELECT * FROM invite WHERE is_primary = 1 AND revoked_at IS NULL");
  }

  /** Invitations that still lead in. */
  countInvites(now: number): number {
    return (
      this.#db.first<{ n: number }>(
        `SELECT count(*) AS n FROM invite WHERE revoked_at IS NULL AND (expires_at IS NULL OR expires_at > ?)
         AND (max_uses IS NULL OR uses < max_uses)`,
        now,
      )?.n ?? 0
    );
  }

  putInvite(row: InviteRow): void {
    this.#db.run(
      `INSERT OR REPLACE INTO invite (token, created_by, created_at, expires_at, max_uses, uses, needs_approval, role, revoked_at,
       is_primary, client_id, mark) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
      row.token,
      row.created_by,
      row.created_at,
      row.expires_at,
      row.max_uses,
      row.uses,
      row.needs_approval,
      row.role,
      row.revoked_at,
      row.is_primary,
      row.client_id,
      row.mark,
    );
  }

  /** Ends the links that somebody made. */
  revokeInvitesOf(userId: string, now: number): void {
    this.#db.run("UPDATE invite SET revoked_at = ? WHERE created_by = ? AND revoked_at IS NULL", now, userId);
  }

  /** Counts a use, or gives one back. */
  addUses(token: string, count: number): void {
    this.#db.run("UPDATE invite SET uses = max(0, uses + ?) WHERE token = ?", count, token);
  }

  /** Forgets links that lead nowhere any more, the oldest beyond `kept`. */
  trimInvites(now: number, kept: number): void {
    this.#db.run(
      `DELETE FROM invite WHERE token IN (SELECT token FROM invite WHERE revoked_at IS NOT NULL OR expires_at <= ?1
       OR uses >= max_uses ORDER BY created_at DESC LIMIT -1 OFFSET ?2)`,
      now,
      kept,
    );
  }

  request(userId: string): JoinRequestRow | undefined {
    return this.#db.first<JoinRequestRow>("SELECT * FROM join_request WHERE user_id = ?", userId);
  }

  /** Who waits longest first. */
  requests(limit: number): JoinRequestRow[] {
    return this.#db.all<JoinRequestRow>("SELECT * FROM join_request ORDER BY requested_at, user_id LIMIT ?", limit);
  }

  countRequests(): number {
    return this.#db.first<{ n: number }>("SELECT count(*) AS n FROM join_request")?.n ?? 0;
  }

  putRequest(row: JoinRequestRow): void {
    this.#db.run(
      `INSERT OR REPLACE INTO join_request (user_id, username, display_name, requested_at, message, role, token)
       VALUES (?, ?, ?, ?, ?, ?, ?)`,
      row.user_id,
      row.username,
      row.display_name,
      row.requested_at,
      row.message,
      row.role,
      row.token,
    );
  }

  deleteRequest(userId: string): void {
    this.#db.run("DELETE FROM join_request WHERE user_id = ?", userId);
  }

  ban(userId: string): BanRow | undefined {
    return this.#db.first<BanRow>("SELECT * FROM ban WHERE user_id = ?", userId);
  }

  /** Latest first. */
  bans(limit: number): BanRow[] {
    return this.#db.all<BanRow>("SELECT * FROM ban ORDER BY banned_at DESC, user_id LIMIT ?", limit);
  }

  countBans(): number {
    return this.#db.first<{ n: number }>("SELECT count(*) AS n FROM ban")?.n ?? 0;
  }

  putBan(row: BanRow): void {
    this.#db.run(
      "INSERT OR REPLACE INTO ban (user_id, username, display_name, banned_by, banned_at, reason, ends_at) VALUES (?, ?, ?, ?, ?, ?, ?)",
      row.user_id,
      row.username,
      row.display_name,
      row.banned_by,
      row.banned_at,
      row.reason,
      row.ends_at,
    );
  }

  deleteBan(userId: string): void {
    this.#db.run("DELETE FROM ban WHERE user_id = ?", userId);
  }

  deleteEndedBans(now: number): void {
    this.#db.run("DELETE FROM ban WHERE ends_at <= ?", now);
  }
}

/** Who has a say in a large chat, ordered by id. */
export const staffOf = (db: Database, limit: number, after: string): PersonRow[] =>
  db.all<PersonRow>(
    `SELECT * FROM member WHERE user_id > ? AND role IN ('owner', 'admin', 'moderator') AND removed_at IS NULL
     ORDER BY user_id LIMIT ?`,
    after,
    limit,
  );

/** People have come or gone, and nobody was told how many there are now. */
export const markUntold = (db: Database): void => {
  db.run("INSERT OR IGNORE INTO untold (id) VALUES (1)");
};

export const isUntold = (db: Database): boolean => db.first("SELECT id FROM untold WHERE id = 1") !== undefined;

export const clearUntold = (db: Database): void => {
  db.run("DELETE FROM untold");
};
