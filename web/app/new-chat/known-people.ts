import { useMemo } from "react";
import type { Person } from "../../../src/protocol/chat.ts";
import { useParley, useReadable } from "../parley-context.tsx";

/** People one has a direct chat with: the likeliest for another. */
export function useKnownPeople(): readonly Person[] {
  const client = useParley();
  const { lines } = useReadable(client.inbox);
  return useMemo(() => lines.flatMap((line) => (line.peer === undefined ? [] : [line.peer])), [lines]);
}
