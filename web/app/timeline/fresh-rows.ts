import { useRef } from "react";
import type { Row } from "./rows.ts";

/** A message counts as fresh, and rises, this long after it came. */
const FRESH_MS = 400;

/** Keys that joined at the end lately, so that they may rise into place; nothing is fresh in a list that is new. */
export function useFresh(rows: readonly Row[], generation: number): ReadonlySet<string> {
  const seen = useRef<{ generation: number; last: string | undefined }>({ generation: -1, last: undefined });
  const fresh = useRef(new Map<string, number>());
  const last = rows.findLast((row) => row.type === "message" || row.type === "notice")?.key;
  if (seen.current.generation !== generation) {
    fresh.current.clear();
  } else if (last !== undefined && last !== seen.current.last && seen.current.last !== undefined) {
    const from = rows.findIndex((row) => row.key === seen.current.last);
    const now = performance.now();
    if (from >= 0 && rows.length - from < 12) for (const row of rows.slice(from + 1)) fresh.current.set(row.key, now);
  }
  seen.current = { generation, last };
  const now = performance.now();
  for (const [key, at] of fresh.current) if (now - at > FRESH_MS) fresh.current.delete(key);
  return new Set(fresh.current.keys());
}
