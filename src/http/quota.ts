import type { QuotaPolicy } from "../../durable-objects/guard/calls.ts";
import { asFault, Fault, rowOf } from "../domain/fault.ts";
import { guardName } from "./attempt.ts";
import type { SignedVisit } from "./handler.ts";
import { callObject } from "./object-call.ts";

/**
 * Does something that lands in other people's lists, if the caller has not done too much of it. Counted before it is
 * done, and given back if it was refused: then nothing came of it. What failed otherwise may have been done.
 * @param ticket the same for the same work, which is counted once
 * @throws Fault `rate_limited` before `work` has begun
 */
export async function countWork<T>(
  visit: SignedVisit,
  ticket: string,
  amounts: Partial<Record<QuotaPolicy, number>>,
  work: () => Promise<T>,
): Promise<T> {
  const { env, caller } = visit;
  const name = await guardName("person", caller.user_id);
  const counted = await callObject(env.GUARDS, name, (guard) => guard.spend(ticket, amounts));
  if ("retry_after" in counted) throw new Fault("rate_limited", { retry_after: counted.retry_after });
  try {
    return await work();
  } catch (error) {
    const fault = asFault(error);
    // Not what a repeat was refused: the first may have been served.
    if (counted.is_new && fault && rowOf(fault).retry === "never")
      visit.later(callObject(env.GUARDS, name, (guard) => guard.giveBack(ticket)));
    throw error;
  }
}
