import { evictDurableObject, runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { expect, it } from "vitest";
import type { GuardObject } from "../../durable-objects/guard/guard-object.ts";
import { POLICIES } from "../../durable-objects/guard/policy.ts";
import type { GuardPolicy } from "../../src/protocol/rpc.ts";

const { GUARDS } = env as unknown as { GUARDS: DurableObjectNamespace<GuardObject> };

let count = 0;
const guard = () => GUARDS.get(GUARDS.idFromName(`account:test-${count++}`));
type Guard = ReturnType<typeof guard>;

/** One attempt: its ticket, or the seconds to wait. */
async function attempt(of: Guard, policy: GuardPolicy = "account"): Promise<{ ticket?: number; retry_after?: number }> {
  return of.attempt(policy);
}

async function fail(of: Guard, times: number, policy: GuardPolicy = "account"): Promise<void> {
  for (let i = 0; i < times; i++) {
    const { ticket } = await attempt(of, policy);
    if (ticket === undefined) throw new Error(`attempt ${i} was refused`);
    await of.settle(ticket, "failed");
  }
}

/** As if everything so far had happened that much earlier. */
const later = (of: Guard, ms: number) =>
  runInDurableObject(of, (_, state) => {
    state.storage.sql.exec("UPDATE mark SET at = at - ?", ms);
  });

const marks = (of: Guard): Promise<number> =>
  runInDurableObject(of, (_, state) => state.storage.sql.exec<{ n: number }>("SELECT count(*) AS n FROM mark").one().n);

const { limit, window_ms } = POLICIES.account;

it("GRD1 refuses the attempt after the limit, and says when the oldest leaves the window", async () => {
  const one = guard();
  await fail(one, 1);
  await later(one, 60_000);
  await fail(one, limit - 1);
  const { retry_after } = await attempt(one);
  expect(retry_after).toBeGreaterThan(window_ms / 1_000 - 65);
  expect(retry_after).toBeLessThanOrEqual(window_ms / 1_000 - 60);
  await later(one, Number(retry_after) * 1_000);
  expect((await attempt(one)).ticket).toBeDefined();
  expect((await attempt(one)).ticket).toBeUndefined();
});

it("GRD2 counts attempts from their beginning, and says 1 while they are undecided", async () => {
  const one = guard();
  const answers = await Promise.all(Array.from({ length: limit + 5 }, () => attempt(one)));
  expect(answers.filter((a) => a.ticket !== undefined)).toHaveLength(limit);
  expect(answers.filter((a) => a.retry_after === 1)).toHaveLength(5);
});

it("GRD3 a success of an account takes decided failures back, not those still open", async () => {
  const one = guard();
  await fail(one, limit - 2);
  const open = await attempt(one);
  const right = await attempt(one);
  await one.settle(Number(right.ticket), "passed");
  expect(await marks(one)).toBe(1);
  await one.settle(Number(open.ticket), "failed");
  expect(await marks(one)).toBe(1);
});

it("GRD3 a success from an address takes back only itself", async () => {
  const one = guard();
  await fail(one, 5, "address");
  await one.settle(Number((await attempt(one, "address")).ticket), "passed");
  expect(await marks(one)).toBe(5);
});

it("GRD3 a registration counts whether it succeeds or not", async () => {
  const one = guard();
  for (let i = 0; i < POLICIES.registration.limit; i++)
    await one.settle(Number((await attempt(one, "registration")).ticket), i % 2 ? "passed" : "failed");
  expect((await attempt(one, "registration")).retry_after).toBeGreaterThan(3_000);
});

it("GRD4 an undecided attempt takes itself back; one that is never settled stays", async () => {
  const one = guard();
  await one.settle(Number((await attempt(one)).ticket), "void");
  expect(await marks(one)).toBe(0);
  await attempt(one);
  expect(await marks(one)).toBe(1);
});

it("GRD5 a refused attempt is not counted", async () => {
  const one = guard();
  await fail(one, limit);
  for (let i = 0; i < 50; i++) expect((await attempt(one)).ticket).toBeUndefined();
  expect(await marks(one)).toBe(limit);
  await later(one, window_ms);
  expect((await attempt(one)).ticket).toBeDefined();
});

it("GRD6 policies are counted apart", async () => {
  const one = guard();
  await fail(one, limit, "account");
  expect((await attempt(one, "account")).ticket).toBeUndefined();
  expect((await attempt(one, "address")).ticket).toBeDefined();
});

it("GRD7 counts survive eviction", async () => {
  const one = guard();
  await fail(one, limit);
  await evictDurableObject(one);
  expect((await attempt(one)).ticket).toBeUndefined();
});

it("GRD7 the alarm deletes what has left its window, comes back for the rest, and at last leaves nothing", async () => {
  const one = guard();
  await fail(one, 3);
  await later(one, window_ms - 60_000);
  await fail(one, 2);
  await later(one, 60_000);
  expect(await runDurableObjectAlarm(one)).toBe(true);
  expect(await marks(one)).toBe(2);
  await later(one, window_ms);
  expect(await runDurableObjectAlarm(one)).toBe(true);
  expect(await marks(one)).toBe(0);
  expect(await runDurableObjectAlarm(one)).toBe(false);
  expect((await attempt(one)).ticket).toBeDefined();
});

it("GRD8 settling twice, or an unknown ticket, does nothing", async () => {
  const one = guard();
  await fail(one, 2);
  const { ticket } = await attempt(one);
  await one.settle(Number(ticket), "failed");
  await one.settle(Number(ticket), "failed");
  await one.settle(12_345, "passed");
  expect(await marks(one)).toBe(3);
});
