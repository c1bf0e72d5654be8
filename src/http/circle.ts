import { Circles } from "../db/circles.ts";
import { openDatabase } from "../db/database.ts";
import { asFault, Fault } from "../domain/fault.ts";
import { logError } from "../ops/metrics.ts";
import type { PeopleReason } from "../protocol/down.ts";
import type { Env } from "./env.ts";
import type { Visit } from "./handler.ts";
import { askHub } from "./object-call.ts";

/**
 * Tells a person's hub how they stand to others now, all of it. Only then is a change of it done: what is hidden must not
 * be shown a moment later.
 * @throws Fault `unavailable` if the hub cannot be told: the same request again does it
 */
export async function tellHub(env: Env, userId: string): Promise<void> {
  const state = await new Circles(openDatabase(env.DB)).state(userId);
  if (state) await firmly("hub, a circle", () => askHub(env, userId, (hub) => hub.setCircle(state)));
}

/**
 * Tells the devices of these people, off the answer, that something around them changed (SPEC CIR8). Whoever is not reached
 * sees it when they look.
 */
export function tellPeople(
  { env, later }: Pick<Visit, "env" | "later">,
  reason: PeopleReason,
  ...userIds: string[]
): void {
  for (const userId of new Set(userIds)) later(askHub(env, userId, (hub) => hub.peopleChanged(reason)));
}

/** Does what must be done before the answer; whatever fails in a way of the inside is `unavailable`. */
export async function firmly<T>(where: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (asFault(error)) throw error;
    logError({ where, error });
    throw new Fault("unavailable", { retry_after: 1 });
  }
}
