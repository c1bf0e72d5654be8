import { applyD1Migrations, createExecutionContext, type D1Migration, waitOnExecutionContext } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { expect } from "vitest";
import type * as z from "zod/mini";
import { signAccess } from "../../src/auth/access-token.ts";
import { hashPassword } from "../../src/auth/password.ts";
import { RefreshTokens } from "../../src/auth/refresh-token.ts";
import { openDatabase } from "../../src/db/database.ts";
import { Sessions } from "../../src/db/sessions.ts";
import { Users } from "../../src/db/users.ts";
import { createApp } from "../../src/http/app.ts";
import type { Env } from "../../src/http/env.ts";
import { keyringOf } from "../../src/http/session-guard.ts";
import { newSessionId, newUserId } from "../../src/protocol/ids.ts";
import { Failure, type Operation, ROUTES, type Route, successOf } from "../../src/protocol/rest.ts";

/** The bindings of the Worker under test. */
export const bindings = env as unknown as Env & { TEST_MIGRATIONS: D1Migration[] };

export const ORIGIN = "https://localhost";

/** Tables before the first test of a file. */
export const prepare = (): Promise<void> => applyD1Migrations(bindings.DB, bindings.TEST_MIGRATIONS);

const app = createApp();

/** One request to the Worker, as production would be configured if `vars` says so. */
export async function ask(path: string, init: RequestInit = {}, vars: Partial<Env> = {}): Promise<Response> {
  const context = createExecutionContext();
  const request = new Request(path.startsWith("http") ? path : ORIGIN + path, init);
  const response = await app.fetch(request, { ...bindings, ...vars }, context);
  await waitOnExecutionContext(context);
  return response;
}

export interface Ask {
  params?: Record<string, string>;
  query?: Record<string, string | number>;
  body?: unknown;
  token?: string | undefined;
  headers?: Record<string, string>;
  prefix?: string;
  vars?: Partial<Env>;
}

export interface Answer {
  status: number;
  headers: Headers;
  /** Absent unless it succeeded. */
  // The schema of the route has checked it; a test names the field it expects, and fails if that is not there.
  data: Record<string, never> & { [field: string]: unknown };
  /** Absent unless it failed. */
  error?: { code: string; message: string; details?: unknown; retry_after?: number; request_id: string };
}

/** Fills a path's parameters in. */
export const pathOf = (route: Route, params: Record<string, string> = {}): string =>
  route.path.replace(/:(\w+)/g, (_, name: string) => params[name] ?? name);

/** Calls an operation, and holds its answer against what ROUTES says of it. */
export async function call(operation: Operation, what: Ask = {}): Promise<Answer> {
  const route: Route = ROUTES[operation];
  const query = new URLSearchParams(Object.entries(what.query ?? {}).map(([k, v]) => [k, String(v)]));
  const headers: Record<string, string> = { ...what.headers };
  if (what.token) headers.authorization = `Bearer ${what.token}`;
  const init: RequestInit = { method: route.method };
  if (what.body !== undefined) {
    headers["content-type"] ??= "application/json";
    init.body = typeof what.body === "string" ? what.body : JSON.stringify(what.body);
  }
  const path = `${what.prefix ?? "/api/v1"}${pathOf(route, what.params)}${query.size > 0 ? `?${query}` : ""}`;
  return readAnswer(await ask(path, { ...init, headers }, what.vars), route);
}

/** Reads an envelope, and fails the test if it is not one. */
export async function readAnswer(response: Response, route?: Route): Promise<Answer> {
  const { status, headers } = response;
  const json: unknown = await response.json();
  expect(headers.get("x-request-id")).toMatch(/^r[0-9a-z]{16}$/);
  const failed = Failure.safeParse(json);
  if (failed.success) {
    expect(failed.data.error.request_id).toBe(headers.get("x-request-id"));
    return { status, headers, data: {}, error: failed.data.error as NonNullable<Answer["error"]> };
  }
  const parsed = route && (successOf(route.data) as z.ZodMiniType<{ data: unknown }>).safeParse(json);
  if (parsed && !parsed.success)
    throw new Error(`not what ROUTES promises: ${JSON.stringify(parsed.error.issues)} ${JSON.stringify(json)}`);
  if (route) expect(status).toBe(route.status);
  return { status, headers, data: (json as { data: Answer["data"] }).data };
}

/** Somebody who is signed in. */
export interface Somebody {
  user_id: string;
  username: string;
  email: string;
  session_id: string;
  token: string;
  refresh_token: string;
}

export const PASSWORD = "violet kettle 42";
let passwordHash: string | undefined;
let count = 0;

/** Makes an account with a session, straight in D1: what a registration leaves, without its quarter of a second. */
export async function somebody(
  names: { username?: string; display_name?: string; is_demo?: boolean } = {},
): Promise<Somebody> {
  // The cheapest cost; that such a hash is renewed at sign-in has a test of its own.
  passwordHash ??= await hashPassword(PASSWORD, { ln: 4, r: 8, p: 1 });
  count += 1;
  const username = names.username ?? `person${count}`;
  const email = `${username.toLowerCase()}@example.com`;
  const id = newUserId();
  const { row, refresh_token } = await sessionRow(id);
  const taken = await new Users(openDatabase(bindings.DB)).register(
    {
      ...{ id, username, email, first_name: "", last_name: "", password: passwordHash, session: row },
      display_name: names.display_name ?? username,
      is_demo: names.is_demo ?? false,
    },
    Date.now(),
  );
  if (taken) throw new Error(`${taken} is taken`);
  return { user_id: id, username, email, session_id: row.id, token: await tokenOf(id, row.id), refresh_token };
}

/** A further device of somebody. */
export async function anotherDevice(person: Somebody): Promise<Somebody> {
  const { row, refresh_token } = await sessionRow(person.user_id);
  await new Sessions(openDatabase(bindings.DB)).insert(row);
  return { ...person, session_id: row.id, token: await tokenOf(person.user_id, row.id), refresh_token };
}

async function sessionRow(userId: string) {
  const id = newSessionId();
  const refresh = await new RefreshTokens(bindings.MASTER_KEY).mint(id);
  const now = Date.now();
  const row = {
    ...{ id, user_id: userId, device_id: "test-device", device_name: "Test", device_type: "other" as const },
    ...{ refresh_hash: refresh.hash, rotated_at: now, created_at: now, last_active_at: now },
    expires_at: now + 3_600_000,
  };
  return { row, refresh_token: refresh.text };
}

export const tokenOf = async (userId: string, sessionId: string): Promise<string> =>
  signAccess(await keyringOf(bindings).signer(), { user_id: userId, session_id: sessionId });

/** One row of D1. */
export const row = (sql: string, ...values: unknown[]): Promise<Record<string, unknown> | null> =>
  bindings.DB.prepare(sql)
    .bind(...values)
    .first();

export const run = async (sql: string, ...values: unknown[]): Promise<void> => {
  await bindings.DB.prepare(sql)
    .bind(...values)
    .run();
};
