import { type Presence, UNTOLD_TIME } from "../../src/protocol/user.ts";

/** How much of somebody's presence may be seen. */
export interface Sight {
  /** False between two of whom one has blocked the other. */
  has_any: boolean;
  has_online: boolean;
  has_last_seen: boolean;
}

/**
 * A presence as far as it may be seen. Who may not see somebody online sees no last time either: it would
 * tell the same by its absence.
 */
export function projected(presence: Presence, sight: Sight): Presence {
  const { user_id, status, timestamp, last_seen_at, activity, devices, custom_status } = presence;
  if (!sight.has_any) return { user_id, status: "offline", timestamp: UNTOLD_TIME };
  const said = custom_status === undefined ? {} : { custom_status };
  if (!sight.has_online) return { user_id, status: "offline", timestamp: UNTOLD_TIME, ...said };
  if (status === "offline")
    return sight.has_last_seen
      ? { user_id, status, timestamp, ...(last_seen_at === undefined ? {} : { last_seen_at }), ...said }
      : { user_id, status, timestamp: UNTOLD_TIME, ...said };
  return {
    ...{ user_id, status, timestamp },
    ...(activity === undefined ? {} : { activity }),
    ...(devices === undefined ? {} : { devices }),
    ...said,
  };
}
