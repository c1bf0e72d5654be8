import { evictDurableObject, runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { expect, it } from "vitest";
import type { GuardObject } from "../../durable-objects/guard/guard-object.ts";
import { POLICIES, QUOTAS } from "../../durable-objects/guard/policy.ts";
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
    state.storage.sql.exec("UPDATE spending SET at = at - ?", ms);
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

it("GRD9 an attempt that is counted again under its ticket is the same attempt", async () => {
  const one = guard();
  await fail(one, limit - 1);
  const ticket = 2 ** 52 + 1;
  for (let i = 0; i < 3; i++) expect(await one.attempt("account", ticket)).toEqual({ ticket });
  expect(await marks(one)).toBe(limit);
  await one.settle(ticket, "void");
  expect(await marks(one)).toBe(limit - 1);
});

/** A guard that counts as in production, whatever the tests run as. */
async function production() {
  const one = guard();
  await runInDurableObject(one, (object) => {
    Object.defineProperty(object, "env", { value: { MODE: "production" } });
  });
  return one;
}

it("GRD10 refuses what would go beyond a limit, and says when it fits", async () => {
  const one = await production();
  const { limit: most, window_ms: window } = QUOTAS.people;
  expect(await one.spend("first", { groups: 1, people: 200 })).toEqual({ is_new: true });
  await later(one, 60_000);
  expect(await one.spend("second", { people: most - 300 })).toEqual({ is_new: true });
  // All of it or nothing: what is refused for its people makes no group either.
  for (let i = 0; i < 3; i++) {
    const answer = await one.spend(`third ${i}`, { groups: 1, people: 101 });
    expect(answer).toMatchObject({ retry_after: expect.any(Number) });
    const { retry_after } = answer as { retry_after: number };
    expect(retry_after).toBeLessThanOrEqual(window / 1_000 - 60);
    expect(retry_after).toBeGreaterThan(window / 1_000 - 70);
  }
  expect(await one.spend("fourth", { people: 100 })).toEqual({ is_new: true });
  await later(one, window - 60_000);
  expect(await one.spend("third", { groups: 1, people: 101 })).toEqual({ is_new: true });
});

it("GRD10 many at once do not slip through together, nor after eviction", async () => {
  const one = await production();
  const tickets = Array.from({ length: QUOTAS.groups.limit + 20 }, (_, i) => `group ${i}`);
  const answers = await Promise.all(tickets.map((ticket) => one.spend(ticket, { groups: 1 })));
  expect(answers.filter((answer) => "is_new" in answer)).toHaveLength(QUOTAS.groups.limit);
  await evictDurableObject(one);
  // A laptop's limit is another; what was counted is the same.
  const { local_limit, limit: most } = QUOTAS.groups;
  expect(await one.spend("all but one", { groups: local_limit - most + 1 })).toHaveProperty("retry_after");
  expect(await one.spend("all", { groups: local_limit - most })).toEqual({ is_new: true });
});

it("GRD11 counts a ticket once, and gives back what was not done", async () => {
  const one = await production();
  expect(await one.spend("all", { groups: QUOTAS.groups.limit })).toEqual({ is_new: true });
  expect(await one.spend("all", { groups: QUOTAS.groups.limit })).toEqual({ is_new: false });
  expect(await one.spend("more", { groups: 1 })).toHaveProperty("retry_after");
  await one.giveBack("all");
  await one.giveBack("unknown");
  expect(await one.spend("more", { groups: 1 })).toEqual({ is_new: true });
});

it("GRD7 the alarm forgets what was spent long ago", async () => {
  const one = guard();
  await one.spend("old", { groups: 1 });
  await later(one, QUOTAS.groups.window_ms);
  await one.spend("new", { people: 3 });
  const spent = () =>
    runInDurableObject(one, (_, state) => state.storage.sql.exec("SELECT ticket FROM spending").toArray());
  expect(await runDurableObjectAlarm(one)).toBe(true);
  expect(await spent()).toEqual([{ ticket: "new" }]);
  await later(one, QUOTAS.people.window_ms);
  expect(await runDurableObjectAlarm(one)).toBe(true);
  expect(await spent()).toEqual([]);
  expect(await runDurableObjectAlarm(one)).toBe(false);
});
