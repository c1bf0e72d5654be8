/** First delay, and the longest (K19). */
export const BACKOFF_BASE_MS = 1_000;
export const BACKOFF_CAP_MS = 30_000;

/**
 * Exponential with full jitter: anything from nothing to the step, so that a thousand clients of one fallen server
 * do not come back in one moment. `attempt` counts from 0; `random` is in [0, 1).
 */
export function backoff(attempt: number, random: number): number {
  const step = Math.min(BACKOFF_CAP_MS, BACKOFF_BASE_MS * 2 ** Math.min(attempt, 20));
  return Math.floor(random * step);
}
