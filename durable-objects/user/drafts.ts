import { Fault } from "../../src/domain/fault.ts";
import { DRAFTS_CHARS } from "../../src/protocol/limits.ts";
import type { Hub } from "./hub.ts";
import { DRAFT_DEVICES } from "./limits.ts";
import type { DraftRow } from "./personal-store.ts";

/** A draft as a device has it. `said_at` is epoch milliseconds by that device's clock. */
export interface DeviceDraft {
  device_id: string;
  text: string;
  said_at: number;
}

/** Written by {@link nextDraft} alone. */
const devicesOf = (row: DraftRow): [device: string, saidAt: number][] => JSON.parse(row.devices) as [string, number][];

/**
 * The row that a draft makes, or undefined if what is stored is newer (DRF1 to DRF3). Devices are compared with each
 * other by their times, of which none counts as later than `now`; each with itself by its own clock alone, so that a
 * repeat is known however wrong that clock is. At the same time the longer text wins, whichever came first.
 */
export function nextDraft(
  chatId: string,
  old: DraftRow | undefined,
  draft: DeviceDraft,
  now: number,
): Omit<DraftRow, "rev"> | undefined {
  const { device_id, said_at } = draft;
  // As it will be read again: the database keeps no half of a character.
  const text = draft.text.toWellFormed();
  const edited_at = Math.min(said_at, now);
  const devices = old ? devicesOf(old) : [];
  if (old) {
    const last = devices.find(([id]) => id === device_id)?.[1] ?? Number.NEGATIVE_INFINITY;
    if (said_at < last || (said_at === last && edited_at !== old.edited_at)) return undefined;
    if (edited_at < old.edited_at) return undefined;
    if (edited_at === old.edited_at && !isLonger(text, old.text)) return undefined;
  }
  const known = [...devices.filter(([id]) => id !== device_id), [device_id, said_at]].slice(-DRAFT_DEVICES);
  return { chat_id: chatId, edited_at, devices: JSON.stringify(known), text };
}

const isLonger = (one: string, other: string): boolean =>
  one.length > other.length || (one.length === other.length && one > other);

/** @throws Fault `too_many` if all drafts together become too long */
export function requireRoom(hub: Hub, chatId: string, text: string): void {
  if (text === "" || hub.store.personal.draftCharsBeside(chatId) + text.length <= DRAFTS_CHARS) return;
  throw new Fault("too_many", { message: "All drafts together are too long.", details: { limit: DRAFTS_CHARS } });
}
