import { type Context, Hono } from "hono";
import { asFault, Fault } from "../domain/fault.ts";
import { logError } from "../ops/metrics.ts";
import type { ErrorCode } from "../protocol/error.ts";
import { newRequestId } from "../protocol/ids.ts";
import { type Operation, ROUTES, type Route } from "../protocol/rest.ts";
import { requireAdministrator } from "./administrators.ts";
import { failure, setApiHeaders, success } from "./answer.ts";
import { clientPage, isPagePath } from "./client-page.ts";
import type { Env } from "./env.ts";
import type { SignedVisit, Visit } from "./handler.ts";
import { requireSettings } from "./health.ts";
import { readInput } from "./input.ts";
import { openApi } from "./openapi.ts";
import { HANDLERS } from "./operations.ts";
import { isForeignHost, isForeignOrigin } from "./origin.ts";
import { brakeRequests } from "./request-brake.ts";
import { connect, isSocketPath } from "./routes/connect.ts";
import { authenticate, keyringOf } from "./session-guard.ts";

/** What Hono carries along with a request. */
export interface AppTypes {
  Bindings: Env;
  /** `isPage`: answered by the web client's page, which has the headers of its own file. */
  Variables: { requestId: string; operation: string; isPage: boolean };
}
type AppContext = Context<AppTypes>;

/** Where the router of the API is mounted (K3): the same one twice, no redirects, because those lose bodies. */
const PREFIXES = ["/api/v1", "/api"] as const;

/** The Worker's HTTP: every operation of ROUTES under both prefixes, documents, and for the rest the web client. */
export function createApp(): Hono<AppTypes> {
  const app = new Hono<AppTypes>();
  app.use(async (c, next) => {
    c.set("requestId", newRequestId());
    c.set("operation", "");
    c.set("isPage", false);
    await next();
    finish(c);
  });
  app.onError((error, c) => answerError(c, error));

  app.use(async (c, next) => {
    if (isForeignHost(c.env, c.req.raw)) throw new Fault("foreign_origin");
    await next();
  });
  app.use(async (c, next) => {
    // The address as it was sent: the router's has its escapes undone, and what is routed by one must be read by the same.
    if (!isSocketPath(new URL(c.req.url).pathname)) return next();
    requireSettings(c.env);
    return inEnvelope(await connect(c.req.raw, c.env, c.get("requestId")), c.get("requestId"));
  });
  for (const prefix of PREFIXES) {
    app.use(`${prefix}/*`, async (c, next) => {
      requireSettings(c.env);
      if (isForeignOrigin(c.req.raw)) throw new Fault("foreign_origin");
      await next();
    });
    mount(app, prefix);
  }
  app.get("/.well-known/jwks.json", async (c) => {
    requireSettings(c.env);
    return publicJson(await keyringOf(c.env).published(), 300);
  });
  app.get("/openapi.json", () => publicJson(openApi(), 300));

  app.notFound(async (c) => {
    const isRead = c.req.method === "GET" || c.req.method === "HEAD";
    if (!isRead || !isPagePath(c.req.path) || !c.env.ASSETS)
      throw new Fault("not_found", { message: "There is nothing at this address." });
    const page = await clientPage(c.env.ASSETS, c.req.raw);
    c.set("isPage", true);
    return page;
  });
  return app;
}

function mount(app: Hono<AppTypes>, prefix: string): void {
  const methods = new Map<string, string[]>();
  for (const [name, route] of Object.entries(ROUTES) as [Operation, Route][]) {
    const path = prefix + route.path;
    app.on(route.method, path, (c) => serve(c, name, route));
    methods.set(path, [...(methods.get(path) ?? []), route.method]);
  }
  // After all others, so that `/users/search` is not taken for a person.
  for (const [path, allowed] of methods)
    app.all(path, (c) =>
      failure(new Fault("method_not_allowed", { details: { allowed } }), c.get("requestId"), {
        allow: allowed.join(", "),
      }),
    );
}

/** What a handler looks like once its input has passed the schemas of its own row, which TypeScript cannot follow in a loop. */
type AnyHandler = (visit: Visit | SignedVisit, input: unknown) => Promise<unknown>;

async function serve(c: AppContext, name: Operation, route: Route): Promise<Response> {
  c.set("operation", name);
  const visit: Visit = {
    env: c.env,
    request: c.req.raw,
    request_id: c.get("requestId"),
    headers: new Headers(),
    later: (work) =>
      c.executionCtx.waitUntil(
        work.catch((error: unknown) => logError({ request_id: c.get("requestId"), where: `${name}, later`, error })),
      ),
  };
  try {
    // Who asks comes before what is asked: a stranger learns nothing from how a body is refused.
    const caller = route.access === "public" ? undefined : await authenticate(c.env, c.req.raw);
    if (caller) brakeRequests(c.env, caller);
    if (caller && route.access === "admin") await requireAdministrator(c.env, caller);
    const input = await readInput(route, c.req.raw, c.req.param());
    const handler = HANDLERS[name] as unknown as AnyHandler;
    const data = await handler(caller === undefined ? visit : { ...visit, caller }, input);
    return withHeaders(success(data, route.status), visit.headers);
  } catch (error) {
    return withHeaders(answerError(c, error), visit.headers);
  }
}

function answerError(c: AppContext, error: unknown): Response {
  const requestId = c.get("requestId");
  const fault = asFault(error);
  if (!fault) logError({ request_id: requestId, where: c.get("operation") || "routing", error });
  return failure(fault ?? new Fault("internal"), requestId);
}

/** What an object means that refuses an upgrade: it says no more than a status. */
const REFUSALS: Record<number, ErrorCode> = { 400: "invalid", 404: "not_found", 426: "upgrade_required" };

/** The answer to an upgrade: the socket, or a refusal in the envelope, whoever refused. */
function inEnvelope(response: Response, requestId: string): Response {
  const isFinished = response.status === 101 || response.headers.get("content-type")?.startsWith("application/json");
  return isFinished ? response : failure(new Fault(REFUSALS[response.status] ?? "unavailable"), requestId);
}

function withHeaders(response: Response, headers: Headers): Response {
  for (const [name, value] of headers) response.headers.append(name, value);
  return response;
}

/** A document that anybody may read, from any page. */
function publicJson(body: unknown, maxAge: number): Response {
  return Response.json(body, {
    headers: {
      "access-control-allow-origin": "*",
      "cache-control": `public, max-age=${maxAge}`,
      "cross-origin-resource-policy": "cross-origin",
    },
  });
}

/**
 * Headers that every answer of ours has, errors at the address of a page too. An upgrade's answer belongs to its object, the
 * page itself to its file.
 */
function finish(c: AppContext): void {
  if (c.res.status === 101 || c.get("isPage")) return;
  setApiHeaders(c.res.headers, c.get("requestId"), c.env.MODE === "production");
}
