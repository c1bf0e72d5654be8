import type { InboxLine } from "../../sync/client.ts";
import { arranged, isWaiting } from "./chat-state.ts";

export const FILTERS = ["all", "unread", "mentions", "direct", "groups", "channels"] as const;
export type Filter = (typeof FILTERS)[number];

/** The person is named, or answered, in something they have not read. */
export const isMentioned = (line: InboxLine): boolean =>
  line.mention_seq !== undefined && line.mention_seq > line.read_seq;

/** Under "unread" the open chat stays although it has just been read: a row must not vanish under a reader. */
export function filterLines(
  all: readonly InboxLine[],
  filter: Filter,
  openChatId: string | undefined,
): readonly InboxLine[] {
  const lines = arranged(all);
  switch (filter) {
    case "all":
      return lines;
    case "unread":
      return lines.filter((line) => isWaiting(line) || (line.unread_threads ?? 0) > 0 || line.chat_id === openChatId);
    case "direct":
      return lines.filter((line) => line.chat_type === "direct");
    case "mentions":
      return lines.filter((line) => isMentioned(line) || line.chat_id === openChatId);
    case "groups":
      return lines.filter((line) => line.chat_type === "group");
    case "channels":
      return lines.filter((line) => line.chat_type === "channel" || line.chat_type === "broadcast");
  }
}

/** Case and accents aside: "jose" finds "José". */
export const fold = (text: string): string => text.normalize("NFKD").replace(/\p{M}/gu, "").toLocaleLowerCase();

/** `titleOf`: what the reader calls a chat, where that is not its own title. */
export function matchTitle(
  lines: readonly InboxLine[],
  query: string,
  titleOf: (line: InboxLine) => string = (line) => line.title,
): readonly InboxLine[] {
  const wanted = fold(query.trim());
  if (wanted === "") return [];
  return lines.filter(
    (line) =>
      fold(line.title).includes(wanted) ||
      fold(titleOf(line)).includes(wanted) ||
      fold(line.peer?.username ?? "").startsWith(wanted),
  );
}
