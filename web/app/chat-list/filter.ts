import type { InboxLine } from "../../sync/client.ts";
import { arranged, isWaiting } from "./chat-state.ts";

export const FILTERS = ["all", "unread", "direct", "groups"] as const;
export type Filter = (typeof FILTERS)[number];

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
      return lines.filter((line) => isWaiting(line) || line.chat_id === openChatId);
    case "direct":
      return lines.filter((line) => line.chat_type === "direct");
    case "groups":
      return lines.filter((line) => line.chat_type !== "direct");
  }
}

/** Case and accents aside: "jose" finds "José". */
export const fold = (text: string): string => text.normalize("NFKD").replace(/\p{M}/gu, "").toLocaleLowerCase();

export function matchTitle(lines: readonly InboxLine[], query: string): readonly InboxLine[] {
  const wanted = fold(query.trim());
  if (wanted === "") return [];
  return lines.filter(
    (line) => fold(line.title).includes(wanted) || fold(line.peer?.username ?? "").startsWith(wanted),
  );
}
