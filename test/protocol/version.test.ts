import { createHash } from "node:crypto";
import { expect, it } from "vitest";
import * as z from "zod/mini";
import { DownFrame } from "../../src/protocol/down.ts";
import { ERRORS } from "../../src/protocol/error.ts";
import { ROUTES } from "../../src/protocol/rest.ts";
import { ConnectQuery, HubQuery, UpFrame } from "../../src/protocol/up.ts";
import { OLDEST_VERSION, PROTOCOL_VERSION } from "../../src/protocol/version.ts";

/** The wire of each version, as a hash of all its schemas. A changed wire needs a new version and its line here. */
const FINGERPRINTS: Record<number, string> = {
  1: "8572c6733071e6d0",
  2: "7045b44fb387443f",
  3: "69e341c6da89e3b2",
  4: "6f9f26b2ccb0148e",
  5: "00a1df18b6add879",
  6: "b04d1c35529749da",
};

const shapeOf = (schema: z.ZodMiniType | undefined, io: "input" | "output"): unknown =>
  schema && z.toJSONSchema(schema, { io, unrepresentable: "any" });

function fingerprint(): string {
  const wire = {
    up: shapeOf(UpFrame, "input"),
    down: shapeOf(DownFrame, "output"),
    queries: [shapeOf(ConnectQuery, "input"), shapeOf(HubQuery, "input")],
    errors: ERRORS,
    routes: Object.entries(ROUTES).map(([name, route]) => {
      const { method, path, access, status } = route;
      const { params, query, body } = route as { params?: z.ZodMiniType; query?: z.ZodMiniType; body?: z.ZodMiniType };
      return {
        name,
        method,
        path,
        access,
        status,
        in: [params, query, body].map((s) => shapeOf(s, "input")),
        out: shapeOf(route.data, "output"),
      };
    }),
  };
  return createHash("sha256").update(JSON.stringify(wire)).digest("hex").slice(0, 16);
}

it("VER1 a changed wire has a new version", () => {
  expect(FINGERPRINTS[PROTOCOL_VERSION]).toBe(fingerprint());
});

it("VER2 the versions that are spoken have a history without a hole", () => {
  for (let version = OLDEST_VERSION; version <= PROTOCOL_VERSION; version++)
    expect(FINGERPRINTS[version]).toBeDefined();
});
