import { Keyring } from "../auth/keyring.ts";
import { openDatabase } from "../db/database.ts";
import { Sessions } from "../db/sessions.ts";
import { SigningKeys } from "../db/signing-keys.ts";
import { logError } from "../ops/log.ts";
import { objectName } from "../protocol/ids.ts";
import type { UserCalls } from "../protocol/rpc.ts";

/** What the upkeep needs of the Worker's environment. */
export interface UpkeepEnv {
  DB: D1Database;
  MASTER_KEY: string;
  USERS: { idFromName(name: string): DurableObjectId; get(id: DurableObjectId): Pick<UserCalls, "revokeSession"> };
}

/** Ended sessions stay this long after they ran out, for whoever looks into an incident. */
const KEPT_MS = 30 * 24 * 3_600_000;
const OWED_AT_ONCE = 200;

/** The cron's work, every ten minutes. Each part stands for itself: one that fails does not keep the others from running. */
export async function runUpkeep(env: UpkeepEnv, now: number = Date.now()): Promise<void> {
  const sessions = new Sessions(openDatabase(env.DB));
  const parts: [string, () => Promise<unknown>][] = [
    ["signing keys", () => new Keyring(new SigningKeys(openDatabase(env.DB)), env.MASTER_KEY, () => now).rotate()],
    ["ended sessions", () => tellHubs(env, sessions)],
    ["old sessions", () => sessions.forget(now - KEPT_MS)],
  ];
  for (const [where, work] of parts) {
    try {
      await work();
    } catch (error) {
      logError({ request_id: "cron", where: `upkeep of ${where}`, error });
    }
  }
}

/**
 * Hubs that could not be reached when a session of theirs ended, or were about to be told when the Worker died. One that
 * still cannot be reached does not keep the others waiting, in this round or the next: the longest owed come last.
 */
async function tellHubs(env: UpkeepEnv, sessions: Sessions): Promise<void> {
  for (const { id, user_id } of await sessions.owed(OWED_AT_ONCE)) {
    try {
      await env.USERS.get(env.USERS.idFromName(objectName("user", user_id))).revokeSession(id);
      await sessions.confirmHub([id]);
    } catch (error) {
      logError({ request_id: "cron", where: "closing a session's sockets", error });
    }
  }
}
