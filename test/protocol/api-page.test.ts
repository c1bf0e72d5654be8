import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { apiPage } from "../../scripts/api-page.ts";
import { shapeOf } from "../../scripts/json-shape.ts";
import { ERRORS } from "../../src/protocol/error.ts";
import { ROUTES, type Route } from "../../src/protocol/rest.ts";

describe("docs/api.md", () => {
  it("is what the schemas say today (run scripts/docs.ts)", () => {
    expect(readFileSync(join(import.meta.dirname, "../../docs/api.md"), "utf8")).toBe(apiPage());
  });

  it("has every route and every error", () => {
    const page = apiPage();
    for (const route of Object.values(ROUTES) as Route[]) expect(page).toContain(`### ${route.method} ${route.path}\n`);
    for (const code of Object.keys(ERRORS)) expect(page).toContain(`| \`${code}\` |`);
  });

  it("shows shapes as types, with limits as comments", () => {
    const schema = {
      type: "object",
      properties: {
        name: { type: "string", minLength: 1, maxLength: 9 },
        tags: { type: "array", items: { anyOf: [{ type: "string" }, { type: "null" }] } },
      },
      required: ["name"],
    };
    expect(shapeOf(schema)).toBe("{\n  name: string; // 1 to 9 characters\n  tags?: (string | null)[];\n}");
  });
});
