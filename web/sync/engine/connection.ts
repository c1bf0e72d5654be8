import type { ConnectionState } from "../client.ts";
import type { ChatSession } from "./chat-session.ts";
import type { HubSession } from "./hub-session.ts";
import type { OutboxRow } from "./outbox-row.ts";

/** The quiet line: the hub's socket says whether there is a network, the chats on screen whether they are up to date. */
export function connectionOf(
  hub: Pick<HubSession, "line" | "isCaughtUp">,
  sessions: Iterable<Pick<ChatSession, "line" | "isCaughtUp" | "hasViews">>,
  rows: Iterable<OutboxRow>,
): ConnectionState {
  let unsent = 0;
  let failed = 0;
  for (const row of rows) {
    if (row.kind !== "message" || row.phase === "acknowledged") continue;
    unsent++;
    if (row.phase === "failed") failed++;
  }
  const next = hub.line.nextAttemptAt;
  return {
    status: statusOf(hub, sessions),
    unsent,
    failed,
    ...(next === undefined ? {} : { next_attempt_at: next }),
  };
}

function statusOf(
  hub: Pick<HubSession, "line" | "isCaughtUp">,
  sessions: Iterable<Pick<ChatSession, "line" | "isCaughtUp" | "hasViews">>,
): ConnectionState["status"] {
  if (hub.line.phase === "waiting") return "waiting";
  if (hub.line.phase !== "open") return "connecting";
  let status: ConnectionState["status"] = hub.isCaughtUp ? "online" : "syncing";
  for (const session of sessions) {
    if (!session.hasViews || session.isCaughtUp || session.line.phase === "idle") continue;
    if (session.line.phase !== "open") return "connecting";
    status = "syncing";
  }
  return status;
}

export const isSameConnection = (a: ConnectionState, b: ConnectionState): boolean =>
  a.status === b.status && a.unsent === b.unsent && a.failed === b.failed && a.next_attempt_at === b.next_attempt_at;
