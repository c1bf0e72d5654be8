import type { GuardPolicy } from "../../src/protocol/rpc.ts";

/** How much is too much, and what a success is worth. */
export interface Policy {
  /** Attempts that may stand within the window. */
  limit: number;
  window_ms: number;
  /** What an attempt that passed does: take back all failures, take back only itself, or stay counted. */
  success: "clears" | "removes" | "stays";
}

const MINUTE = 60_000;

/**
 * - `account`: whoever knows the secret has shown that it is theirs, so their earlier slips are forgotten.
 * - `address`: many people share one; somebody's success says nothing of the others' failures.
 * - `registration`: not a guess, but each one costs and tells whether a name is taken; so all count.
 */
export const POLICIES: Record<GuardPolicy, Policy> = {
  account: { limit: 10, window_ms: 15 * MINUTE, success: "clears" },
  address: { limit: 100, window_ms: 15 * MINUTE, success: "removes" },
  registration: { limit: 30, window_ms: 60 * MINUTE, success: "stays" },
};
