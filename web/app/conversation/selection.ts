import { useCallback, useMemo, useState } from "react";
import type { TimelineMessage } from "../../sync/client.ts";
import { isSaid } from "../message-words.ts";

export interface Selection {
  /** Keys of what is chosen; undefined while nothing is. */
  keys: ReadonlySet<string> | undefined;
  /** The chosen messages, oldest first. */
  messages: readonly TimelineMessage[];
  /** Chooses one, or no longer; with `isRange` all from the last one that was chosen. */
  toggle: (message: TimelineMessage, isRange: boolean) => void;
  clear: () => void;
}

/** Several messages chosen at once. Choosing none is the end of it. */
export function useSelection(messages: readonly TimelineMessage[]): Selection {
  const [state, setState] = useState<{ keys: ReadonlySet<string>; last: string } | undefined>(undefined);
  const clear = useCallback(() => setState(undefined), []);
  const toggle = (message: TimelineMessage, isRange: boolean): void => {
    if (!isSaid(message)) return;
    const keys = new Set(state?.keys);
    if (isRange && state !== undefined) {
      const from = messages.findIndex((one) => one.key === state.last);
      const to = messages.findIndex((one) => one.key === message.key);
      if (from >= 0 && to >= 0)
        for (const one of messages.slice(Math.min(from, to), Math.max(from, to) + 1))
          if (isSaid(one)) keys.add(one.key);
    } else if (keys.has(message.key)) keys.delete(message.key);
    else keys.add(message.key);
    setState(keys.size === 0 ? undefined : { keys, last: message.key });
  };
  const chosen = useMemo(
    () => (state === undefined ? [] : messages.filter((one) => state.keys.has(one.key) && isSaid(one))),
    [messages, state],
  );
  return { keys: state?.keys, messages: chosen, toggle, clear };
}
