import type * as z from "zod/mini";
import { isErrorCode } from "../error.ts";
import { newClientMsgId } from "../ids.ts";
import { type DataOf, Failure, type Operation, ROUTES, type Route } from "../rest.ts";
import { type Camel, toCamel, toSnake } from "./case.ts";
import type { Operations } from "./operations.ts";

type Part<O extends Operation, K extends "params" | "query" | "body"> = (typeof ROUTES)[O] extends {
  [P in K]: infer S extends z.ZodMiniType;
}
  ? z.input<S>
  : unknown;

/** What an operation takes: parameters of its path, its query and its body, in one object. */
export type Input<O extends Operation> = Camel<Part<O, "params"> & Part<O, "query"> & Part<O, "body">>;
/** What it answers. */
export type Output<O extends Operation> = Camel<DataOf<O>>;

/** A refusal of the server, or its silence (`unavailable`). `code` is one of the table in `error.ts`. */
export class ParleyError extends Error {
  override readonly name = "ParleyError";
  readonly code: string;
  readonly details: unknown;
  /** Seconds. */
  readonly retryAfter: number | undefined;

  constructor(code: string, message: string, details?: unknown, retryAfter?: number) {
    super(message);
    this.code = isErrorCode(code) ? code : "internal";
    this.details = details;
    this.retryAfter = retryAfter;
  }
}

/** Sends one request; `token` is absent for what anybody may ask. */
export type Send = (path: string, init: RequestInit, route: Route) => Promise<Response>;

/** All operations, over `send`. */
export function operationsOver(send: Send): Operations {
  const calls = Object.entries(ROUTES).map(([name, route]) => [
    name,
    (input: Record<string, unknown> = {}) => call(send, name, route, input),
  ]);
  // One function for each row of ROUTES: `operations.ts` is generated from the same table.
  return Object.fromEntries(calls) as unknown as Operations;
}

async function call(send: Send, name: string, route: Route, input: Record<string, unknown>): Promise<unknown> {
  const rest = { ...input };
  const path = route.path.replace(/:(\w+)/g, (_, key: string) => {
    const value = String(rest[key]);
    delete rest[key];
    return encodeURIComponent(value);
  });
  // So that sending it again, after an answer was lost, is the same message.
  if (name === "sendMessage" && rest.clientMsgId === undefined) rest.clientMsgId = newClientMsgId();
  const fields = toSnake(rest) as Record<string, unknown>;
  const query = route.query ? queryOf(fields) : "";
  const body = route.body ? JSON.stringify(fields) : undefined;
  const headers = body === undefined ? {} : { "content-type": "application/json" };
  const response = await send(
    path + query,
    { method: route.method, headers, ...(body === undefined ? {} : { body }) },
    route,
  );
  const parsed = route.data.safeParse(dataOf(await jsonOf(response)));
  if (!parsed.success) throw new ParleyError("internal", `The answer to ${name} could not be read.`);
  return toCamel(parsed.data);
}

function queryOf(fields: Record<string, unknown>): string {
  const search = new URLSearchParams();
  for (const [key, value] of Object.entries(fields)) if (value !== undefined) search.set(key, String(value));
  return search.size > 0 ? `?${search}` : "";
}

async function jsonOf(response: Response): Promise<unknown> {
  try {
    return await response.json();
  } catch {
    throw new ParleyError("unavailable", "The server did not answer in its own words.");
  }
}

/** @throws ParleyError for a failure */
function dataOf(body: unknown): unknown {
  const failure = Failure.safeParse(body);
  if (failure.success) {
    const { code, message, details, retry_after } = failure.data.error;
    throw new ParleyError(code, message, details, retry_after);
  }
  return typeof body === "object" && body !== null && "data" in body ? body.data : undefined;
}
