import { Fault } from "../domain/fault.ts";
import type { Caller } from "../protocol/rpc.ts";
import type { AccessClaims } from "./access-token.ts";

/** What is known of a session that is alive. */
export interface LiveSession {
  user_id: string;
  device_id: string;
  device_type?: NonNullable<Caller["device_type"]>;
}

/** An isolate believes for this long that a session is alive: the bound on how long a revoked token works. */
export const SESSION_TTL_MS = 5_000;
const MOST = 10_000;

/**
 * The sessions that an isolate has lately seen alive. Dead ones are not remembered: they are asked for again, which is
 * what a client that was signed out does once.
 */
export class SessionCache {
  readonly #known = new Map<string, LiveSession & { until: number }>();

  /**
   * Who a verified token speaks for.
   * @param find reads the session if it is alive
   * @throws Fault `session_revoked` if it is not, or is not this user's
   */
  async caller(
    claims: AccessClaims,
    find: (sessionId: string) => Promise<LiveSession | undefined>,
    now: () => number = Date.now,
  ): Promise<Caller> {
    const known = this.#known.get(claims.session_id);
    if (known && known.until > now()) return callerOf(claims, known);
    // The age counts from before the read: a revocation during it must not be outlived by more than the limit.
    const until = now() + SESSION_TTL_MS;
    const found = await find(claims.session_id);
    this.#known.delete(claims.session_id);
    if (!found) throw new Fault("session_revoked");
    if (this.#known.size >= MOST) this.#known.delete(this.#known.keys().next().value ?? "");
    this.#known.set(claims.session_id, { ...found, until });
    return callerOf(claims, found);
  }

  /** This isolate has ended the session itself. */
  forget(sessionId: string): void {
    this.#known.delete(sessionId);
  }
}

function callerOf(claims: AccessClaims, session: LiveSession): Caller {
  if (session.user_id !== claims.user_id) throw new Fault("session_revoked");
  const { user_id, device_id, device_type } = session;
  return { user_id, session_id: claims.session_id, device_id, ...(device_type === undefined ? {} : { device_type }) };
}
