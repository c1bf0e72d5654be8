import type { Caller } from "../protocol/rpc.ts";
import type { Env } from "./env.ts";
import { FloodBrake } from "./flood-brake.ts";

/** Requests of one session a second, in the long run. A deployment may say otherwise (`HTTP_PER_S`). */
const PER_S = 50;
/** A device that comes back has this many seconds' worth at once: it asks for everything it missed. */
const BURST_S = 10;
/** What opening a socket counts as: a hub's may call every chat of its person. */
export const UPGRADE_COST = 10;

const brakes = new Map<string, FloodBrake>();

/**
 * Takes what a request costs from its session's bucket in this isolate. Against floods only, and so generous that people
 * never notice: reading is never refused by an object, and whoever is signed in could ask for pages all day.
 * @throws Fault `rate_limited`
 */
export function brakeRequests(env: Pick<Env, "HTTP_PER_S">, caller: Caller, cost: number = 1): void {
  const perSecond = Number(env.HTTP_PER_S ?? PER_S);
  const key = String(perSecond);
  const brake = brakes.get(key) ?? new FloodBrake(perSecond * BURST_S, perSecond);
  brakes.set(key, brake);
  brake.take(caller.session_id, cost);
}
