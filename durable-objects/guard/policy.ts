import type { GuardPolicy } from "../../src/protocol/rpc.ts";
import type { QuotaPolicy } from "./calls.ts";

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

/** How much one account may do within the window. */
export interface Quota {
  limit: number;
  /** On a laptop: what seeding, tests and load need, which all act for few accounts. */
  local_limit: number;
  window_ms: number;
}

/**
 * What lands in other people's lists without being asked: a brake on each isolate lets a stranger fill an inbox faster
 * than its owner can leave.
 * - `groups`: made.
 * - `people`: named when a group is made or enlarged, who were in it already too.
 */
export const QUOTAS: Record<QuotaPolicy, Quota> = {
  groups: { limit: 100, local_limit: 100_000, window_ms: 60 * MINUTE },
  people: { limit: 1_000, local_limit: 1_000_000, window_ms: 60 * MINUTE },
};
