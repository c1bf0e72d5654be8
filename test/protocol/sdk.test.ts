import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import * as z from "zod/mini";
import { SDK_FILE, sdkFile } from "../../scripts/sdk-page.ts";
import { type Operation, ROUTES, type Route } from "../../src/protocol/rest.ts";
import { operationsOver } from "../../src/protocol/sdk/calls.ts";
import { toCamel, toSnake } from "../../src/protocol/sdk/case.ts";

const strip = (text: string): string => text.replace(/\s+/g, " ").replace(/,? \}/g, " }").trim();
const keysOf = (part: z.ZodMiniType | undefined): string[] =>
  part
    ? Object.keys(
        (z.toJSONSchema(part, { io: "input", unrepresentable: "any" }) as { properties?: object }).properties ?? {},
      )
    : [];

describe("the SDK", () => {
  it("SDK1 has a method for each operation, as the schemas say today (run scripts/docs.ts)", () => {
    expect(strip(readFileSync(SDK_FILE, "utf8"))).toBe(strip(sdkFile()));
  });

  it("SDK2 no operation has a name in its path that is also in its query or body, nor both query and body", () => {
    const clashes = (Object.entries(ROUTES) as [Operation, Route][]).filter(([, { params, query, body }]) => {
      const inPath = keysOf(params).map((name) => String(toSnake({ [name]: 1 })));
      return (query && body) || [...keysOf(query), ...keysOf(body)].some((name) => inPath.includes(name));
    });
    expect(clashes.map(([name]) => name)).toEqual([]);
  });

  it("SDK3 turns names one way and back, all the way down", () => {
    const wire = {
      chat_id: "c",
      messages: [{ created_at: "t", content: { text: "a_b" } }],
      has_more: false,
      edit_window_s: null,
    };
    expect(toCamel(wire)).toEqual({
      chatId: "c",
      messages: [{ createdAt: "t", content: { text: "a_b" } }],
      hasMore: false,
      editWindowS: null,
    });
    expect(toSnake(toCamel(wire))).toEqual(wire);
  });

  it("SDK4 puts path, query and body where they belong", async () => {
    const sent: { path: string; init: RequestInit }[] = [];
    const api = operationsOver(async (path, init) => {
      sent.push({ path, init });
      return Response.json({ success: true, data: {} });
    });
    await api.removeParticipant({ id: "g1", userId: "u1" });
    await api.revokeSession({ id: "s/1" });
    await api.history({ id: "g1", limit: 5, beforeId: 9 }).catch(() => undefined);
    await api.markRead({ id: "g1", seq: 4 }).catch(() => undefined);
    expect(sent.map(({ path, init }) => [init.method, path, init.body])).toEqual([
      ["DELETE", "/chats/g1/participants/u1", undefined],
      ["DELETE", "/auth/sessions/s%2F1", undefined],
      ["GET", "/chats/g1/messages?limit=5&before_id=9", undefined],
      ["POST", "/chats/g1/read", '{"seq":4}'],
    ]);
  });
});
