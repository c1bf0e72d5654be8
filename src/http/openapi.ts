import * as z from "zod/mini";
import { ERRORS, type ErrorCode } from "../protocol/error.ts";
import { BODY_BYTES } from "../protocol/limits.ts";
import { Failure, ROUTES, type Route, successOf } from "../protocol/rest.ts";
import { PROTOCOL_VERSION } from "../protocol/version.ts";

type Json = Record<string, unknown>;

/** Every signed-in route can answer these beside its own. */
const OF_ACCESS: Record<Route["access"], readonly ErrorCode[]> = {
  public: [],
  signed_in: ["unauthenticated", "session_revoked", "rate_limited"],
  member: ["unauthenticated", "session_revoked", "rate_limited", "removed"],
  admin: ["unauthenticated", "session_revoked", "rate_limited", "forbidden"],
};

/** All codes a route may answer, its own first. `internal` and the other faults of ours may always come. */
export function errorsOf(route: Route): ErrorCode[] {
  const takesInput = route.params ?? route.query ?? route.body;
  return [
    ...new Set<ErrorCode>([
      ...route.errors,
      ...OF_ACCESS[route.access],
      ...(takesInput ? (["invalid"] as const) : []),
      ...(route.body ? (["too_large"] as const) : []),
      "foreign_origin",
    ]),
  ];
}

const schema = (type: z.ZodMiniType, io: "input" | "output"): Json => {
  const { $schema: _, ...rest } = z.toJSONSchema(type, { io, unrepresentable: "any" }) as Json;
  return rest;
};

let document: Json | undefined;

/** The API as OpenAPI 3.1, made from ROUTES and its schemas. */
export function openApi(): Json {
  document ??= build();
  return document;
}

function build(): Json {
  const paths: Record<string, Json> = {};
  for (const [name, route] of Object.entries(ROUTES) as [string, Route][]) {
    const path = route.path.replace(/:(\w+)/g, "{$1}");
    paths[path] = { ...paths[path], [route.method.toLowerCase()]: operation(name, route) };
  }
  return {
    openapi: "3.1.0",
    info: {
      title: "Parley",
      version: String(PROTOCOL_VERSION),
      description:
        "Times are ISO 8601 in UTC with milliseconds. The same routes are served below /api. Sockets are described in docs/protocol.md.",
    },
    servers: [{ url: "/api/v1" }],
    paths,
    components: {
      securitySchemes: { bearer: { type: "http", scheme: "bearer", bearerFormat: "JWT" } },
      schemas: { Failure: schema(Failure, "output") },
    },
  };
}

function operation(name: string, route: Route): Json {
  const body = route.body && {
    required: !route.body.safeParse({}).success,
    description: `At most ${BODY_BYTES} bytes.`,
    content: { "application/json": { schema: schema(route.body, "input") } },
  };
  return {
    operationId: name,
    summary: route.summary,
    tags: [route.path.split("/")[1] ?? ""],
    ...(route.access === "public" ? { security: [] } : { security: [{ bearer: [] }] }),
    parameters: [...parameters(route.params, "path"), ...parameters(route.query, "query")],
    ...(body ? { requestBody: body } : {}),
    responses: {
      [route.status]: {
        description: "Success.",
        content: { "application/json": { schema: schema(successOf(route.data), "output") } },
      },
      ...failures(route),
    },
  };
}

function parameters(type: z.ZodMiniType | undefined, place: "path" | "query"): Json[] {
  if (!type) return [];
  const { properties = {}, required = [] } = schema(type, "input") as {
    properties?: Record<string, Json>;
    required?: string[];
  };
  return Object.entries(properties).map(([name, of]) => ({
    name,
    in: place,
    required: place === "path" || required.includes(name),
    schema: of,
  }));
}

function failures(route: Route): Record<string, Json> {
  const byStatus = Map.groupBy(errorsOf(route), (code) => ERRORS[code].http);
  return Object.fromEntries(
    [...byStatus].map(([status, codes]) => [
      String(status),
      {
        description: codes.map((code) => `\`${code}\`: ${ERRORS[code].says}`).join(" "),
        content: { "application/json": { schema: { $ref: "#/components/schemas/Failure" } } },
      },
    ]),
  );
}
