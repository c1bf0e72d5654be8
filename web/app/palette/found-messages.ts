import { useEffect, useState } from "react";
import type { SearchHit } from "../../../src/protocol/search-routes.ts";
import { useParley } from "../parley-context.tsx";

const PAUSE_MS = 220;
const FEWEST_CHARS = 2;
const MOST = 5;
const NONE: readonly SearchHit[] = [];

/** Messages that the server finds while somebody types; none where it cannot be asked. */
export function useFoundMessages(query: string): readonly SearchHit[] {
  const client = useParley();
  const [found, setFound] = useState<readonly SearchHit[]>(NONE);
  const q = query.trim();
  useEffect(() => {
    if (q.length < FEWEST_CHARS) {
      setFound(NONE);
      return;
    }
    let isGone = false;
    const timer = setTimeout(() => {
      client.server.ask("search", { query: { q, limit: MOST } }).then(
        ({ hits }) => {
          if (!isGone) setFound(hits.slice(0, MOST));
        },
        () => {
          if (!isGone) setFound(NONE);
        },
      );
    }, PAUSE_MS);
    return () => {
      isGone = true;
      clearTimeout(timer);
    };
  }, [client, q]);
  return found;
}
