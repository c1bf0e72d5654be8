import type { AttemptOutcome, GuardCalls, GuardPolicy } from "../../src/protocol/rpc.ts";

/** What a person may do only so often, although nothing is wrong with each: see `policy.ts`. */
export type QuotaPolicy = "groups" | "people";

/** A guard as the Worker of the same deploy knows it: the contract, and what was added to it. */
export interface CountingCalls extends GuardCalls {
  /**
   * @param ticket chosen by the caller (a whole number below 2^53), so that a call that is made again after its answer was
   * lost is the same attempt; without one the guard makes it
   */
  attempt(policy: GuardPolicy, ticket?: number): Promise<{ ticket: number } | { retry_after: number }>;
  settle(ticket: number, outcome: AttemptOutcome): Promise<void>;
  /**
   * Counts what is about to be done, all of it or nothing, so that many at once cannot slip through together; or says in
   * how many seconds to come again. A ticket that is known is counted already.
   */
  spend(
    ticket: string,
    amounts: Partial<Record<QuotaPolicy, number>>,
  ): Promise<{ is_new: boolean } | { retry_after: number }>;
  /** It was not done after all. */
  giveBack(ticket: string): Promise<void>;
}
