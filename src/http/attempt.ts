import { toBase64Url } from "../auth/master-key.ts";
import { Fault } from "../domain/fault.ts";
import { logError } from "../ops/log.ts";
import { objectName } from "../protocol/ids.ts";
import type { AttemptOutcome, GuardPolicy } from "../protocol/rpc.ts";
import type { Env } from "./env.ts";
import type { Visit } from "./handler.ts";
import { callObject } from "./object-call.ts";

/** One thing that is counted: a policy, and the account or address it is counted for. */
export interface Counted {
  policy: GuardPolicy;
  subject: string;
}

/**
 * Lets the guards count an attempt, runs it, and tells them how it ended.
 * @param work says what the attempt came to, with its result
 * @throws Fault `rate_limited` before `work` has begun
 */
export async function countAttempt<T>(
  visit: Visit,
  counted: readonly Counted[],
  work: (decide: (outcome: AttemptOutcome) => void) => Promise<T>,
): Promise<T> {
  const { env } = visit;
  let outcome: AttemptOutcome = "void";
  const tickets: { name: string; ticket: number }[] = [];
  try {
    for (const { policy, subject } of counted) {
      const name = await guardName(policy, subject);
      const answer = await callObject(env.GUARDS, name, (guard) => guard.attempt(policy));
      if ("retry_after" in answer) throw new Fault("rate_limited", { retry_after: answer.retry_after });
      tickets.push({ name, ticket: answer.ticket });
    }
    return await work((decided) => {
      outcome = decided;
    });
  } finally {
    // What was done is done, whatever becomes of the count: a mark that nobody settles counts as failed, and runs out.
    const settled = await Promise.allSettled(
      tickets.map(({ name, ticket }) => callObject(env.GUARDS, name, (guard) => guard.settle(ticket, outcome))),
    );
    for (const result of settled)
      if (result.status === "rejected")
        logError({ request_id: visit.request_id, where: "settling an attempt", error: result.reason });
  }
}

/** Objects are named in logs and dashboards: a hash of whom they guard, not the address or the name. */
async function guardName(policy: GuardPolicy, subject: string): Promise<string> {
  const kind = policy === "account" ? "account" : "address";
  const hash = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(`parley guard ${kind} ${subject}`));
  return objectName("guard", `${kind}:${toBase64Url(new Uint8Array(hash))}`);
}

/**
 * Where a request comes from: an IPv4 address, or the /64 of an IPv6 one, which is one household. Undefined outside
 * production: there anybody may write the header.
 */
export function addressOf(env: Pick<Env, "MODE">, request: Request): string | undefined {
  const address = env.MODE === "production" ? request.headers.get("cf-connecting-ip") : null;
  if (!address) return undefined;
  if (!address.includes(":")) return address;
  const [head = "", tail] = address.toLowerCase().split("::");
  const left = head.split(":").filter((part) => part !== "");
  const right = tail === undefined ? [] : tail.split(":").filter((part) => part !== "");
  const zeros = Array.from({ length: Math.max(0, 8 - left.length - right.length) }, () => "0");
  return `${[...left, ...zeros, ...right]
    .slice(0, 4)
    .map((part) => part.replace(/^0+(?=.)/, ""))
    .join(":")}::/64`;
}
