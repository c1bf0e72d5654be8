import { Fault } from "../../domain/fault.ts";
import type { Handlers } from "../handler.ts";
import { clearCookie } from "../refresh-cookie.ts";
import { endSessions, sessionsOf } from "../sign-in.ts";

const iso = (at: number): string => new Date(at).toISOString();

/** The devices of a person, and ending them. */
export const SESSIONS: Handlers<"logout" | "listSessions" | "revokeSession"> = {
  async logout(visit, { body }) {
    const { user_id, session_id } = visit.caller;
    const ended = await endSessions(visit, user_id, body.all ? undefined : session_id, "logout");
    clearCookie(visit);
    return { ended };
  },

  /** `last_active_at` is the last sign-in or refresh: at most an hour behind a device in use. */
  async listSessions(visit) {
    const { user_id, session_id } = visit.caller;
    const rows = await sessionsOf(visit).ofUser(user_id, Date.now());
    return {
      sessions: rows.map((row) => ({
        session_id: row.id,
        device_id: row.device_id,
        device_name: row.device_name,
        device_type: row.device_type,
        created_at: iso(row.created_at),
        last_active_at: iso(row.last_active_at),
        is_current: row.id === session_id,
      })),
    };
  },

  async revokeSession(visit, { params }) {
    const ended = await endSessions(visit, visit.caller.user_id, params.id, "revoked");
    if (ended === 0) throw new Fault("not_found");
    return {};
  },
};
