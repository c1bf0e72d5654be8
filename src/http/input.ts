import type * as z from "zod/mini";
import { Fault } from "../domain/fault.ts";
import { issues } from "../protocol/codec.ts";
import { BODY_BYTES } from "../protocol/limits.ts";
import type { Route } from "../protocol/rest.ts";

/** What a handler is given, parsed. */
export interface Input {
  params: unknown;
  query: unknown;
  body: unknown;
}

/** Parses what the route wants of a request; every fault says which part was wrong and why. */
export async function readInput(route: Route, request: Request, pathParams: Record<string, string>): Promise<Input> {
  return {
    params: route.params && check(route.params, pathParams, "path"),
    query: route.query && check(route.query, queryOf(request), "query"),
    body: route.body && check(route.body, await readJson(request), "body"),
  };
}

function check(schema: z.ZodMiniType, value: unknown, where: "path" | "query" | "body"): unknown {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  throw new Fault("invalid", { message: `The ${where} is not valid.`, details: issues(parsed.error) });
}

function queryOf(request: Request): Record<string, string> {
  const found: Record<string, string> = {};
  for (const [name, value] of new URL(request.url).searchParams) {
    if (Object.hasOwn(found, name)) refuse(`The query names ${JSON.stringify(name)} twice.`);
    if (value === "") refuse(`The query gives ${JSON.stringify(name)} no value.`);
    // Not by assignment: a parameter called __proto__ is one too many, not a prototype.
    Object.defineProperty(found, name, { value, enumerable: true });
  }
  return found;
}

/** The body as JSON. An absent one is `{}`: routes whose fields are all optional may be called without. */
async function readJson(request: Request): Promise<unknown> {
  const bytes = await readBytes(request);
  if (bytes.byteLength === 0) return {};
  const type = request.headers.get("content-type")?.split(";")[0]?.trim().toLowerCase();
  if (type !== "application/json") return refuse("The body is JSON, and its Content-Type says application/json.");
  try {
    return JSON.parse(new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes));
  } catch {
    // Not UTF-8 or not JSON; the parser's own words would repeat what was sent.
    return refuse("The body is not JSON.");
  }
}

/** Reads the body, and no further than it may be long: a declared length is a claim. */
async function readBytes(request: Request): Promise<Uint8Array> {
  if (Number(request.headers.get("content-length") ?? 0) > BODY_BYTES) throw tooLarge();
  if (request.body === null) return new Uint8Array(0);
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of request.body) {
    length += chunk.byteLength;
    if (length > BODY_BYTES) throw tooLarge();
    chunks.push(chunk);
  }
  const whole = new Uint8Array(length);
  let at = 0;
  for (const chunk of chunks) {
    whole.set(chunk, at);
    at += chunk.byteLength;
  }
  return whole;
}

const tooLarge = () => new Fault("too_large", { message: `A body has at most ${BODY_BYTES} bytes.` });

function refuse(message: string): never {
  throw new Fault("invalid", { message });
}
