import type { InboxLine } from "../../sync/client.ts";
import { isMuted } from "../chat-list/chat-state.ts";

/** What was older than this when the device heard of it is in the list, and calls nobody. */
const FRESH_MS = 2 * 60_000;

/** What a line of the list tells whoever is looking elsewhere. */
export interface LineNews {
  kind: "message" | "thread";
  /** Of a message: its number. */
  seq?: number;
}

/**
 * What has become new from one state of a chat's line to the next, if it should call somebody: others' messages, and
 * answers in threads that they follow. A chat that was muted or put away calls only with a mention or an answer to them.
 * `now`: epoch milliseconds.
 */
export function newsOf(
  before: InboxLine | undefined,
  line: InboxLine,
  { my_id, now }: { my_id: string; now: number },
): LineNews | undefined {
  const { preview } = line;
  const isQuiet = isMuted(line, now) || line.is_archived === true;
  const isMention = (line.mention_seq ?? 0) > (before?.mention_seq ?? 0);
  if (isMention && line.mention_seq !== undefined && isFresh(line.last_at, now))
    return { kind: "message", seq: line.mention_seq };
  if (isQuiet || line.is_blocked) return undefined;
  if (
    preview !== undefined &&
    preview.seq > (before?.preview?.seq ?? before?.head_seq ?? 0) &&
    preview.seq > line.read_seq &&
    preview.sender_id !== my_id &&
    preview.message_type !== "system" &&
    preview.is_deleted === undefined &&
    isFresh(preview.created_at, now)
  )
    return { kind: "message", seq: preview.seq };
  if (before !== undefined && (line.unread_threads ?? 0) > (before.unread_threads ?? 0)) return { kind: "thread" };
  return undefined;
}

const isFresh = (time: string, now: number): boolean => now - Date.parse(time) < FRESH_MS;
