import type { Hub } from "./hub.ts";
import { announce } from "./inbox.ts";
import { faded } from "./line.ts";
import type { Entry } from "./store.ts";

/**
 * Takes out of the inbox what messages said whose time is over (FAD), whether the owner is here or not and whether their
 * chat has told it or not; then arms the alarm for the next. One row a line, told to every device. Called by the alarm,
 * and before a device that comes is told anything, so that a late alarm shows nobody what is over.
 */
export function fade(hub: Hub, now: number): void {
  if (!hub.isMade) return;
  let next = Number.POSITIVE_INFINITY;
  for (const { chat_id, entry: text } of hub.store.fading()) {
    // Written by `putEntry` alone, from an Entry.
    const entry = JSON.parse(text) as Entry;
    const rest = faded(entry, now);
    if (rest === entry) {
      next = Math.min(next, Date.parse(entry.preview?.expires_at ?? ""));
      continue;
    }
    const base = hub.rev;
    hub.store.putFaded(rest, hub.nextRev());
    announce(hub, base, chat_id);
  }
  if (Number.isFinite(next)) hub.host.wakeAt(next);
}
