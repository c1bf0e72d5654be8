import { describe, expect, it } from "vitest";
import * as z from "zod/mini";
import { BODIES, FRAMES, pathOf, QUERIES, sampleOf } from "../../scripts/examples.ts";
import type { JsonSchema } from "../../scripts/json-shape.ts";
import { DownFrame } from "../../src/protocol/down.ts";
import { type Operation, ROUTES, type Route } from "../../src/protocol/rest.ts";
import { UP, type UpType } from "../../src/protocol/up.ts";

const jsonOf = (type: z.ZodMiniType): JsonSchema =>
  z.toJSONSchema(type, { io: "output", unrepresentable: "any" }) as JsonSchema;
const routes = Object.entries(ROUTES) as [Operation, Route][];

describe("the examples of the documentation", () => {
  it.each(routes)("EXA1 %s: request and answer fit their schemas", (name, route) => {
    const body = (BODIES as Record<string, unknown>)[name];
    if (route.body) expect(route.body.safeParse(body).error).toBeUndefined();
    const query = (QUERIES as Record<string, unknown>)[name];
    if (route.query) expect(route.query.safeParse(query).error).toBeUndefined();
    expect(route.data.safeParse(sampleOf(jsonOf(route.data))).error).toBeUndefined();
    const parts = route.path
      .split("/")
      .flatMap((part, at) => (part.startsWith(":") ? [[part.slice(1), pathOf(route.path).split("/")[at]]] : []));
    if (route.params) expect(route.params.safeParse(Object.fromEntries(parts)).error).toBeUndefined();
  });

  it.each(Object.keys(UP) as UpType[])("EXA2 the frame %s fits its schema", (type) => {
    expect(UP[type].schema.safeParse(FRAMES[type]).error).toBeUndefined();
  });

  it("EXA3 every frame downward has an example that fits", () => {
    for (const option of DownFrame.def.options) {
      const sample = sampleOf(jsonOf(option));
      expect(DownFrame.safeParse(sample).error, JSON.stringify(sample)).toBeUndefined();
    }
  });
});
