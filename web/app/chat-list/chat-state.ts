import type { InboxLine } from "../../sync/client.ts";

const HOUR = 3_600_000;
/** "Until I turn it back on": so far ahead that nobody waits for it. */
const ALWAYS = Date.UTC(9999, 0, 1);

export const MUTES = [
  { id: "hour", label: "chats.mute_hour", until: (now: number) => now + HOUR },
  { id: "night", label: "chats.mute_night", until: (now: number) => now + 8 * HOUR },
  { id: "week", label: "chats.mute_week", until: (now: number) => now + 7 * 24 * HOUR },
  { id: "always", label: "chats.mute_always", until: () => ALWAYS },
] as const;

/** When a mute ends nobody is told: the clock decides. */
export const isMuted = (line: InboxLine, now: number): boolean =>
  line.muted_until !== undefined && Date.parse(line.muted_until) > now;

/** Nobody waits for its end. */
export const isMutedForEver = (line: InboxLine): boolean =>
  line.muted_until !== undefined && Date.parse(line.muted_until) >= ALWAYS;

/** Something waits here: messages, or the person's own mark. */
export const isWaiting = (line: InboxLine): boolean => line.unread > 0 || line.is_marked_unread === true;

/** The newest own message has not left yet: the line shows its words, and no draft. */
export const isUnsent = (line: InboxLine): boolean =>
  line.own_state !== undefined && !["sent", "delivered", "read"].includes(line.own_state);

/** The list as it stands: without the archive, pinned chats first, each half in its order. */
export function arranged(lines: readonly InboxLine[]): readonly InboxLine[] {
  const shown = lines.filter((line) => !line.is_archived);
  if (!shown.some((line) => line.is_pinned)) return shown.length === lines.length ? lines : shown;
  return [...shown.filter((line) => line.is_pinned), ...shown.filter((line) => !line.is_pinned)];
}
