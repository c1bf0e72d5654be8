import type { ParleyClient } from "../../sync/client.ts";

/** Longer than this it is not kept open; offline, the next opening of the chat says it again. */
const PATIENCE_MS = 15_000;

/** Marks a chat as read that is not on screen: opens it out of sight until its list entry agrees. */
export function markChatRead(client: ParleyClient, chatId: string): void {
  const handle = client.openChat(chatId);
  const stops: (() => void)[] = [];
  const close = (): void => {
    for (const stop of stops.splice(0)) stop();
    handle.close();
  };
  const tell = (): void => {
    const { status, head_seq } = handle.screen.get();
    if (status === "ready" && head_seq > 0) handle.markRead(head_seq, true);
  };
  const look = (): void => {
    const line = client.inbox.get().lines.find((one) => one.chat_id === chatId);
    if (line === undefined || line.unread === 0) close();
  };
  const timer = setTimeout(close, PATIENCE_MS);
  stops.push(() => clearTimeout(timer), handle.screen.subscribe(tell), client.inbox.subscribe(look));
  tell();
}
