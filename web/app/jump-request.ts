import { useEffect } from "react";
import { messageId, parseMessageId } from "../../src/protocol/ids.ts";
import type { Message } from "../../src/protocol/message.ts";
import type { ParleyClient } from "../sync/client.ts";
import { chatRoute, currentRoute, navigate, threadRoute } from "./route.ts";

/** A message that somebody asked to see from outside its conversation: a search hit, a reminder. */
let wanted: { chat_id: string; seq: number; thread: number | undefined; keeps_focus: boolean } | undefined;
const listeners = new Set<() => void>();

/** Opens a chat at a message, or its thread where it belongs to one; its row is marked for a moment. They may be open already. */
export function jumpToMessage(
  chatId: string,
  seq: number,
  thread?: number,
  /** Leaves the focus where it is: with somebody who walks from one hit to the next. */
  options: { keeps_focus?: boolean } = {},
): void {
  wanted = { chat_id: chatId, seq, thread, keeps_focus: options.keeps_focus === true };
  const route = currentRoute();
  const isThere = route.at === "chat" && route.chat_id === chatId && (thread === undefined || route.thread === thread);
  if (!isThere) navigate(thread === undefined ? chatRoute(chatId) : threadRoute(chatId, thread));
  for (const listener of listeners) listener();
}

/** Longer than this nobody is kept from their chat. */
const ASK_MS = 1_500;

/**
 * Opens a chat at a message of which only the number is known: in its thread where the server says in time that it belongs
 * to one, else in the chat.
 */
export async function jumpToNumber(client: ParleyClient, chatId: string, seq: number): Promise<void> {
  const slow = new Promise<undefined>((resolve) => setTimeout(() => resolve(undefined), ASK_MS));
  const asked = client.server
    .ask("getMessage", { params: { id: messageId(chatId, seq) } })
    .then(threadOf, () => undefined);
  jumpToMessage(chatId, seq, await Promise.race([asked, slow]));
}

/** The first message of the thread that a message belongs to, by its number. */
export const threadOf = ({ thread_root_message_id: root }: Message): number | undefined =>
  root === undefined ? undefined : parseMessageId(root)?.seq;

/** Takes the request for this chat or thread, now or when it comes. `isReady`: it has something to show. */
export function useJumpRequest(
  chatId: string,
  isReady: boolean,
  onJump: (seq: number, keepsFocus: boolean) => void,
  thread?: number,
): void {
  useEffect(() => {
    if (!isReady) return;
    const take = (): void => {
      if (wanted?.chat_id !== chatId || wanted.thread !== thread) return;
      const { seq, keeps_focus } = wanted;
      wanted = undefined;
      onJump(seq, keeps_focus);
    };
    // The timeline mounts in the same turn; it is there a frame later.
    requestAnimationFrame(take);
    listeners.add(take);
    return () => {
      listeners.delete(take);
    };
  }, [chatId, isReady, onJump, thread]);
}
