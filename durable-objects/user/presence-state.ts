import { AWAY_MS, IDLE_MS, OFFLINE_MS } from "../../src/protocol/limits.ts";
import type { PresenceState, PresenceStatus } from "../../src/protocol/user.ts";

/** A device that is connected: what it says of its person, and when it was last used (epoch ms). */
export interface DeviceUse {
  said: "online" | "away" | "busy" | "do_not_disturb";
  used_at: number;
}

/** What the person said over all devices, and until when; null is until they say otherwise. */
export interface Said {
  status: "away" | "busy" | "do_not_disturb" | null;
  until: number | null;
}

/** The states as others see them (K15). */
export const STATUS_OF: Record<PresenceState, PresenceStatus> = {
  active: "online",
  in_call: "busy",
  idle: "away",
  away: "away",
  busy: "busy",
  do_not_disturb: "busy",
  offline: "offline",
};

/** Of several devices the one that says most is believed. */
const RANK: readonly PresenceState[] = ["do_not_disturb", "in_call", "busy", "active", "idle", "away", "offline"];

/**
 * The state of one device at `now` (R-98, R-229, K16). There is no timer to go stale: it is read off the last sign of use,
 * so activity undoes idle and away, and an alarm that comes late or early changes nothing.
 */
export function stateOfDevice({ said, used_at }: DeviceUse, now: number): PresenceState {
  // A clock that was set back makes no use of the future.
  const age = Math.max(0, now - used_at);
  if (age >= OFFLINE_MS) return "offline";
  if (said === "busy" || said === "do_not_disturb") return said;
  if (said === "away" || age >= AWAY_MS) return "away";
  return age >= IDLE_MS ? "idle" : "active";
}

export const isOver = (until: number | null, now: number): boolean => until !== null && until <= now;

/** The state of the person: of their devices, and what they say themselves for as long as a device is there. */
export function stateOf(devices: readonly DeviceUse[], said: Said, now: number): PresenceState {
  const best = devices
    .map((device) => stateOfDevice(device, now))
    .reduce((one, other) => (RANK.indexOf(other) < RANK.indexOf(one) ? other : one), "offline" as PresenceState);
  if (best === "offline" || said.status === null || isOver(said.until, now)) return best;
  if (said.status === "away") return best === "active" || best === "idle" ? "away" : best;
  return RANK.indexOf(said.status) < RANK.indexOf(best) ? said.status : best;
}

/** When the state may be another by time alone; undefined: never. */
export function nextChange(devices: readonly DeviceUse[], said: Said, now: number): number | undefined {
  const times = devices.flatMap(({ used_at }) => [used_at + IDLE_MS, used_at + AWAY_MS, used_at + OFFLINE_MS]);
  if (said.status !== null && said.until !== null) times.push(said.until);
  const coming = times.filter((at) => at > now);
  return coming.length === 0 ? undefined : Math.min(...coming);
}
