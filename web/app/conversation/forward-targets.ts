import { useEffect, useRef, useState } from "react";
import { allows, can, isPlain } from "../../../src/domain/rights.ts";
import type { Chat } from "../../../src/protocol/chat.ts";
import type { InboxLine } from "../../sync/client.ts";
import { useParley } from "../parley-context.tsx";
import type { Closed } from "./composer-closed.tsx";

/** Chats whose own rules are looked up at a time: as many as a list shows without scrolling far. */
const LOOKED_UP = 24;

/** Why nothing can be forwarded to a chat, or what is in the way for a while: `slow` takes one message at a time. */
export interface Obstacle {
  why: Closed | "slow";
  is_closed: boolean;
}

/** `chat`: its own rules, once known; until then it goes by its kind. `count`: how many messages are to be forwarded. */
export function obstacleOf(line: InboxLine, chat: Chat | undefined, count: number): Obstacle | undefined {
  if (line.is_blocked) return { why: "blocked", is_closed: true };
  if (line.role === "restricted") return { why: "restricted", is_closed: true };
  const isOpen = chat === undefined ? can(line.chat_type, line.role, "write") : allows(chat, line.role, "write");
  if (!isOpen) return { why: line.chat_type === "channel" ? "channel" : "few", is_closed: true };
  if (chat !== undefined && chat.settings.slow_mode_s > 0 && isPlain(line.role))
    return { why: "slow", is_closed: count > 1 };
  return undefined;
}

/** Where a chat may have set otherwise who writes, or how often. */
const hasRules = ({ chat_type, role }: InboxLine): boolean =>
  (chat_type === "group" || chat_type === "channel") && role !== "owner" && role !== "restricted";

/** The chats of the first of these lines, by id, as far as they matter and are known. */
export function useChatRules(lines: readonly InboxLine[]): ReadonlyMap<string, Chat> {
  const client = useParley();
  const [known, setKnown] = useState<ReadonlyMap<string, Chat>>(new Map());
  const asked = useRef(new Set<string>());
  useEffect(() => {
    for (const line of lines.slice(0, LOOKED_UP)) {
      if (!hasRules(line) || asked.current.has(line.chat_id)) continue;
      asked.current.add(line.chat_id);
      client.chat(line.chat_id).then(
        (chat) => setKnown((old) => new Map(old).set(chat.chat_id, chat)),
        // Without a network it goes by its kind, and the server has the last word.
        () => asked.current.delete(line.chat_id),
      );
    }
  }, [client, lines]);
  return known;
}
