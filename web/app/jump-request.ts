import { useEffect } from "react";
import { chatRoute, currentRoute, navigate } from "./route.ts";

/** A message that somebody asked to see from outside its conversation: a search hit, a reminder. */
let wanted: { chat_id: string; seq: number } | undefined;
const listeners = new Set<() => void>();

/** Opens a chat at a message; its row is marked for a moment. The chat may be open already. */
export function jumpToMessage(chatId: string, seq: number): void {
  wanted = { chat_id: chatId, seq };
  const route = currentRoute();
  if (route.at !== "chat" || route.chat_id !== chatId) navigate(chatRoute(chatId));
  for (const listener of listeners) listener();
}

/** Takes the request for this chat, now or when it comes. `isReady`: the chat has something to show. */
export function useJumpRequest(chatId: string, isReady: boolean, onJump: (seq: number) => void): void {
  useEffect(() => {
    if (!isReady) return;
    const take = (): void => {
      if (wanted?.chat_id !== chatId) return;
      const { seq } = wanted;
      wanted = undefined;
      onJump(seq);
    };
    // The timeline mounts in the same turn; it is there a frame later.
    requestAnimationFrame(take);
    listeners.add(take);
    return () => {
      listeners.delete(take);
    };
  }, [chatId, isReady, onJump]);
}
