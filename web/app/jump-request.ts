import { useEffect, useRef, useSyncExternalStore } from "react";
import { chatRoute, currentRoute, navigate } from "./route.ts";

/** A message somebody wants to see in its chat; it waits until that chat is on screen. */
interface JumpRequest {
  chat_id: string;
  seq: number;
}

let wanted: JumpRequest | undefined;
const listeners = new Set<() => void>();

function set(next: JumpRequest | undefined): void {
  wanted = next;
  for (const listener of listeners) listener();
}

/** Opens a chat at one of its messages, which is marked for a moment. An open panel beside the chat stays. */
export function openMessage(chatId: string, seq: number, options: { keeps_panel?: boolean } = {}): void {
  const route = currentRoute();
  const isThere = route.at === "chat" && route.chat_id === chatId;
  if (!isThere || options.keeps_panel !== true) navigate(chatRoute(chatId));
  set({ chat_id: chatId, seq });
}

/** Answers wishes to see a message of this chat, as soon as it is ready to show one. */
export function useJumpRequests(chatId: string, isReady: boolean, jump: (seq: number) => void): void {
  const request = useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => wanted,
  );
  const latest = useRef(jump);
  latest.current = jump;
  useEffect(() => {
    if (!isReady || request?.chat_id !== chatId) return;
    set(undefined);
    // After the frame in which the timeline takes its place at the end or at what is new.
    requestAnimationFrame(() => requestAnimationFrame(() => latest.current(request.seq)));
  }, [request, chatId, isReady]);
}
