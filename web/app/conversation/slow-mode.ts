import { useEffect, useState } from "react";
import { rank } from "../../../src/domain/rights.ts";
import type { ChatScreen } from "../../sync/client.ts";

/** Milliseconds until this person may write again in a chat with slow mode; 0 where nothing is in the way. */
export function slowModeLeft({ chat, me, messages }: ChatScreen, now: number): number {
  const pause = (chat?.settings.slow_mode_s ?? 0) * 1_000;
  if (pause === 0 || me === undefined || rank(me.role) < rank("member")) return 0;
  const last = messages.findLast((one) => one.is_own && one.kind !== "notice" && one.state !== "failed");
  return last === undefined ? 0 : Math.max(0, last.created_at + pause - now);
}

/** The same, counted down while somebody looks. */
export function useSlowMode(screen: ChatScreen): number {
  const [now, setNow] = useState(() => Date.now());
  const left = slowModeLeft(screen, Math.max(now, Date.now()));
  const isWaiting = left > 0;
  useEffect(() => {
    if (!isWaiting) return;
    const timer = setInterval(() => setNow(Date.now()), 500);
    return () => clearInterval(timer);
  }, [isWaiting]);
  return left;
}
