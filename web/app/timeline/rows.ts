import { startOfDay } from "../../i18n/format.ts";
import type { TimelineMessage } from "../../sync/client.ts";

/** Messages of one person no further apart than this stand together. */
export const GROUP_MS = 5 * 60_000;

/**
 * What the timeline draws, one row each. The height of a row depends on itself and on what *follows* it, never on what
 * comes before: when older messages arrive above, no row that is in sight changes its height, and nothing moves.
 * That is why day, name and "New" are rows of their own, and why the gap between groups belongs to a group's last row.
 */
export type Row =
  | { type: "older"; key: "older" }
  | { type: "newer"; key: "newer" }
  | { type: "day"; key: string; at: number }
  | { type: "unread"; key: "unread" }
  | { type: "name"; key: string; user_id: string; name: string }
  | { type: "notice"; key: string; message: TimelineMessage }
  | MessageRow;

export interface MessageRow {
  type: "message";
  key: string;
  message: TimelineMessage;
  /** First of its group: its upper corner is round. */
  is_first: boolean;
  /** Last of its group: it carries the tail, the avatar, the time and the gap. */
  is_last: boolean;
}

export interface TimelineWindow {
  messages: readonly TimelineMessage[];
  has_older: boolean;
  has_newer: boolean;
  first_unread_seq?: number | undefined;
  /** Names and avatars: not needed where there are only two people. */
  has_names: boolean;
}

const isNotice = (message: TimelineMessage): boolean => message.kind === "notice" || message.kind === "hidden";

function belongTogether(one: TimelineMessage | undefined, next: TimelineMessage | undefined): boolean {
  if (one === undefined || next === undefined || isNotice(one) || isNotice(next)) return false;
  return (
    one.sender_id === next.sender_id &&
    next.created_at - one.created_at <= GROUP_MS &&
    startOfDay(one.created_at) === startOfDay(next.created_at)
  );
}

export function buildRows({ messages, has_older, has_newer, first_unread_seq, has_names }: TimelineWindow): Row[] {
  const rows: Row[] = [];
  if (has_older) rows.push({ type: "older", key: "older" });
  let day: number | undefined;
  for (const [i, message] of messages.entries()) {
    const before = messages[i - 1];
    const after = messages[i + 1];
    const today = startOfDay(message.created_at);
    if (today !== day) {
      day = today;
      rows.push({ type: "day", key: `day-${today}`, at: message.created_at });
    }
    const isUnread = first_unread_seq !== undefined && message.seq === first_unread_seq;
    if (isUnread) rows.push({ type: "unread", key: "unread" });
    if (isNotice(message)) {
      // A run of messages from before joining is one note, at its end.
      if (message.kind === "hidden" && after?.kind === "hidden") continue;
      rows.push({ type: "notice", key: message.key, message });
      continue;
    }
    const isFirst = isUnread || !belongTogether(before, message);
    const isLast =
      !belongTogether(message, after) || (first_unread_seq !== undefined && after?.seq === first_unread_seq);
    if (isFirst && has_names && !message.is_own)
      rows.push({ type: "name", key: `name-${message.key}`, user_id: message.sender_id, name: message.sender_name });
    rows.push({ type: "message", key: message.key, message, is_first: isFirst, is_last: isLast });
  }
  if (has_newer) rows.push({ type: "newer", key: "newer" });
  return rows;
}

export type Change =
  /** Nothing in common: another part of the log. */
  | { kind: "replaced" }
  /** Something came or went at the start (and perhaps nothing at the end). */
  | { kind: "start" }
  | { kind: "end" }
  | { kind: "both"; first: Row[] };

/** Rows with an identity of their own: the others come and go with their neighbours. */
const isAnchor = (row: Row): boolean => row.type === "message" || row.type === "notice";

/**
 * How the shown rows become the wanted ones. A virtual list keeps its place from the end when something is added
 * before, and from the start when something is added after; it cannot do both at once. `first` is the step between:
 * the new start with the old end.
 */
export function compareRows(shown: readonly Row[], wanted: readonly Row[]): Change {
  const places = new Map(wanted.map((row, i) => [row.key, i]));
  const firstShown = shown.findIndex((row) => isAnchor(row) && places.has(row.key));
  if (firstShown < 0) return { kind: shown.length === 0 && wanted.length === 0 ? "end" : "replaced" };
  const firstKey = shown[firstShown]?.key ?? "";
  const lastShown = shown.findLastIndex((row) => isAnchor(row) && places.has(row.key));
  const lastWanted = places.get(shown[lastShown]?.key ?? "") ?? 0;
  const isStartMoved = firstShown !== places.get(firstKey);
  const isEndMoved = shown.length - lastShown !== wanted.length - lastWanted;
  if (!isStartMoved) return { kind: "end" };
  if (!isEndMoved) return { kind: "start" };
  return { kind: "both", first: [...wanted.slice(0, lastWanted + 1), ...shown.slice(lastShown + 1)] };
}
