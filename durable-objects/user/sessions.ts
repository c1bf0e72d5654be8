import { errorFrame, Fault } from "../../src/domain/fault.ts";
import { CLOSE } from "../../src/protocol/error.ts";
import { RETRY_MS } from "../shared/limits.ts";
import type { Hub } from "./hub.ts";
import { CHATS_AT_ONCE, REVOKE_RETRIES_MS, REVOKED_KEPT_MS } from "./limits.ts";
import { eachOf } from "./peers.ts";

/** Where a session has sockets, and how all of them end with it (SES1 to SES4). */

/** Notes that a chat has opened a socket of this session. False: the session has ended, close it. */
export function registerSocket(hub: Hub, sessionId: string, chatId: string): boolean {
  hub.make();
  if (hub.store.isRevoked(sessionId)) return false;
  hub.store.register(sessionId, chatId);
  return true;
}

/**
 * Ends a session: remembered first, so that what is being opened now is refused; then its sockets here are closed;
 * then those in the chats. Returns when every chat has answered, or leaves the rest to the alarm.
 */
export async function revokeSession(hub: Hub, sessionId: string, now: number): Promise<void> {
  hub.make();
  hub.store.forgetRevocations(now - REVOKED_KEPT_MS);
  hub.store.revoke(sessionId, now);
  for (const [socket, state] of [...hub.sockets.entries()]) {
    if (state.session_id !== sessionId) continue;
    hub.send(socket, state, errorFrame(new Fault("session_revoked")));
    hub.sockets.close(socket, CLOSE.session_revoked, "session_revoked");
  }
  // The alarm is armed before the calls: a kill between two of them must not leave a socket open.
  if (hub.store.registered(sessionId).length > 0) hub.host.wakeAt(now + RETRY_MS);
  for (const wait of [...REVOKE_RETRIES_MS, 0]) {
    if (await closeEverywhere(hub)) return;
    if (wait > 0) await new Promise((resolve) => setTimeout(resolve, wait));
  }
}

/** Asks every chat that has not confirmed it to close the sockets of ended sessions. True if none is left. */
export async function closeEverywhere(hub: Hub): Promise<boolean> {
  let isDone = true;
  await eachOf(hub.store.unclosed(), CHATS_AT_ONCE, async ({ session_id, chat_id }) => {
    try {
      await hub.peers.chat(chat_id, (chat) => chat.closeSockets(hub.userId, session_id));
      hub.store.unregister(session_id, chat_id);
    } catch {
      isDone = false;
    }
  });
  return isDone;
}
