import { beforeAll, describe, expect, it, vi } from "vitest";
import type { openApi } from "../../src/http/openapi.ts";
import { BODY_BYTES } from "../../src/protocol/limits.ts";
import { type Operation, ROUTES, type Route } from "../../src/protocol/rest.ts";
import { ask, type bindings, call, ORIGIN, pathOf, prepare, readAnswer, type Somebody, somebody } from "./world.ts";

const routes = Object.entries(ROUTES) as [Operation, Route][];
let ada: Somebody;

beforeAll(async () => {
  await prepare();
  ada = await somebody();
});

describe("envelope", () => {
  it.each(["/api/v1", "/api"])("every operation is served below %s", async (prefix) => {
    for (const [operation, route] of routes) {
      const response = await ask(prefix + pathOf(route), { method: route.method });
      // Whatever it says, it is an answer of this route: another address would be `not_found` with other words.
      const { error, status } = await readAnswer(response, undefined);
      if (route.access === "public") expect(error?.code, operation).not.toBe("not_found");
      else expect([operation, status, error?.code]).toEqual([operation, 401, "unauthenticated"]);
    }
  });

  it("both prefixes give the same answer", async () => {
    const [one, other] = await Promise.all(
      ["/api/v1", "/api"].map((prefix) => call("me", { token: ada.token, prefix })),
    );
    expect(one?.data).toEqual(other?.data);
    expect(one?.data.user_id).toBe(ada.user_id);
  });

  it("an address that is none is answered in the envelope, at every depth", async () => {
    for (const path of [
      "/api",
      "/api/",
      "/api/v1",
      "/api/v2/chats",
      "/api/v1/nothing",
      "/api/v1/chats/",
      "/api/v1/health/more",
    ]) {
      const { status, error } = await readAnswer(await ask(path));
      expect([path, status, error?.code]).toEqual([path, 404, "not_found"]);
    }
  });

  it("an escaped address of a socket opens no other door than it names", async () => {
    const upgrade = { upgrade: "websocket", authorization: `Bearer ${ada.token}` };
    for (const path of ["/api/v1/chats/g0000000000000000000000000/connec%74", "/api/v1/%77s", "/%77s"]) {
      const { status, webSocket } = await ask(path, { headers: upgrade });
      expect([path, status, webSocket]).toEqual([path, 404, null]);
    }
  });

  it("a method that an address does not take is 405 with Allow", async () => {
    for (const method of ["PATCH", "OPTIONS", "PUT"]) {
      const response = await ask("/api/v1/chats", { method });
      expect(response.headers.get("allow")).toBe("GET, POST");
      expect((await readAnswer(response)).error?.code).toBe("method_not_allowed");
    }
    // A path that another one's pattern also fits keeps its own methods.
    expect((await readAnswer(await ask("/api/users/search", { method: "DELETE" }))).status).toBe(405);
  });

  it("answers are for nobody's cache or frame", async () => {
    const { headers } = await ask("/api/v1/health");
    expect(headers.get("cache-control")).toBe("no-store");
    expect(headers.get("x-content-type-options")).toBe("nosniff");
    expect(headers.get("referrer-policy")).toBe("no-referrer");
    expect(headers.get("content-security-policy")).toContain("frame-ancestors 'none'");
    expect(headers.get("strict-transport-security")).toBeNull();
    const production = await ask("https://parley.test/api/v1/nothing", {}, { MODE: "production" });
    expect(production.headers.get("strict-transport-security")).toContain("max-age=");
  });

  it("what is unexpected is logged with the request id and never shown", async () => {
    const log = vi.spyOn(console, "error").mockImplementation(() => {});
    const broken = {
      prepare: () => {
        throw new Error("secret of the inside");
      },
    } as unknown as D1Database;
    const { status, error, headers } = await call("profile", {
      token: ada.token,
      params: { id: ada.user_id },
      vars: { DB: broken },
    });
    expect([status, error?.code]).toEqual([500, "internal"]);
    expect(JSON.stringify(error)).not.toContain("inside");
    const logged = log.mock.calls.flat().join(" ");
    expect(logged).toContain("secret of the inside");
    expect(logged).toContain(headers.get("x-request-id"));
    log.mockRestore();
  });

  it("UI120 a page that does not come is an error of ours, with its headers, and the page keeps those of its file", async () => {
    const log = vi.spyOn(console, "error").mockImplementation(() => {});
    const assets = (fetch: () => Promise<Response>) =>
      ({ MODE: "production", ASSETS: { fetch } }) as unknown as Partial<typeof bindings>;
    const broken = assets(() => Promise.reject(new Error("no such file")));
    const failed = await ask("https://parley.test/settings", {}, broken);
    expect((await readAnswer(failed)).error?.code).toBe("internal");
    expect(failed.headers.get("cache-control")).toBe("no-store");
    expect(failed.headers.get("x-content-type-options")).toBe("nosniff");
    expect(failed.headers.get("strict-transport-security")).toContain("max-age=");
    log.mockRestore();
    const whole = assets(async () => new Response("page", { headers: { "cache-control": "public" } }));
    const page = await ask("https://parley.test/settings", {}, whole);
    expect([page.status, Object.fromEntries(page.headers)]).toEqual([
      200,
      { "cache-control": "public", "content-type": "text/plain;charset=UTF-8" },
    ]);
  });
});

describe("settings", () => {
  it.each([
    ["MASTER_KEY", { MASTER_KEY: "" }, "wrangler secret put MASTER_KEY"],
    ["MASTER_KEY", { MASTER_KEY: "short" }, "wrangler secret put MASTER_KEY"],
    ["DB", { DB: undefined }, "binding DB is missing"],
    ["CHATS", { CHATS: undefined }, "binding CHATS is missing"],
    ["MODE", { MODE: "staging" }, 'variable MODE is "staging"'],
  ])("a missing or wrong %s is `misconfigured`, and the log says what to set", async (_, vars, says) => {
    const log = vi.spyOn(console, "error").mockImplementation(() => {});
    const response = await ask("/api/v1/health", {}, vars as unknown as Partial<typeof bindings>);
    expect((await readAnswer(response)).error?.code).toBe("misconfigured");
    expect(log.mock.calls.flat().join(" ")).toContain(says);
    log.mockRestore();
  });

  it("a database without tables makes the service unavailable", async () => {
    const log = vi.spyOn(console, "error").mockImplementation(() => {});
    const empty = {
      prepare: () => ({ first: () => Promise.reject(new Error("no such table")) }),
    } as unknown as D1Database;
    const { status, error, headers } = await call("health", { vars: { DB: empty } });
    expect([status, error?.code, headers.get("retry-after")]).toEqual([503, "unavailable", "5"]);
    log.mockRestore();
  });
});

describe("input", () => {
  const register = (init: RequestInit) => ask("/api/v1/auth/register", { method: "POST", ...init });
  const json = { "content-type": "application/json" };

  it("a body that is not JSON, not UTF-8, or does not say so is invalid", async () => {
    for (const init of [
      { headers: json, body: "{" },
      { headers: json, body: "null" },
      { headers: json, body: "[]" },
      { headers: json, body: new Uint8Array([0x22, 0xff, 0xfe, 0x22]) },
      { headers: { "content-type": "text/plain" }, body: "{}" },
      { headers: { "content-type": "application/x-www-form-urlencoded" }, body: "username=ada" },
      {},
    ])
      expect((await readAnswer(await register(init))).error?.code).toBe("invalid");
  });

  it("a body that is too long is refused, declared or not", async () => {
    const long = `"${"x".repeat(BODY_BYTES)}"`;
    expect((await readAnswer(await register({ headers: json, body: long }))).status).toBe(413);
    const stream = new ReadableStream<Uint8Array>({
      pull(controller) {
        controller.enqueue(new Uint8Array(65_536).fill(32));
      },
    });
    expect((await readAnswer(await register({ headers: json, body: stream }))).error?.code).toBe("too_large");
  });

  it("says which field was wrong without repeating what was sent", async () => {
    const { error } = await call("register", {
      body: { username: "a b", email: "x", password: "hunter2hunter2", extra: 1 },
    });
    expect(error?.code).toBe("invalid");
    expect(error?.details).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ path: "username" }),
        expect.objectContaining({ path: "email" }),
      ]),
    );
    expect(JSON.stringify(error)).not.toContain("hunter2");
  });

  it("who asks comes before what is asked", async () => {
    expect((await call("createChat", { body: "{" })).error?.code).toBe("unauthenticated");
    expect((await call("createChat", { body: "{", token: ada.token })).error?.code).toBe("invalid");
  });

  it("a query with a name twice, an empty value or an unknown name is invalid", async () => {
    for (const query of [
      "q=a&q=b",
      "q=",
      "q=a&limit=",
      "q=a&more=1",
      "q=a&limit=0",
      "q=a&limit=101",
      "q=a&__proto__=1",
    ]) {
      const response = await ask(`/api/v1/users/search?${query}`, {
        headers: { authorization: `Bearer ${ada.token}` },
      });
      expect([query, (await readAnswer(response)).error?.code]).toEqual([query, "invalid"]);
    }
  });

  it("a path that is not an id is invalid", async () => {
    for (const id of ["x", "%00", "..%2f", "g", encodeURIComponent("💥")]) {
      const { error } = await call("getChat", { token: ada.token, params: { id } });
      expect([id, error?.code]).toEqual([id, "invalid"]);
    }
  });
});

describe("origin", () => {
  it("a page of another origin is refused, whatever it carries", async () => {
    for (const origin of [
      "https://evil.test",
      "null",
      "https://localhost.evil.test",
      "http://localhost",
      "https://localhost:8443",
    ]) {
      const { status, error } = await call("me", { token: ada.token, headers: { origin } });
      expect([origin, status, error?.code]).toEqual([origin, 403, "foreign_origin"]);
    }
    for (const site of ["cross-site", "same-site"])
      expect((await call("me", { token: ada.token, headers: { "sec-fetch-site": site } })).status).toBe(403);
    expect((await call("refresh", { headers: { origin: "https://evil.test", "x-parley-cookie": "1" } })).status).toBe(
      403,
    );
  });

  it("its own pages, and programs that name none, are served; no header invites others", async () => {
    const { status, headers } = await call("me", {
      token: ada.token,
      headers: { origin: ORIGIN, "sec-fetch-site": "same-origin" },
    });
    expect(status).toBe(200);
    expect(headers.get("access-control-allow-origin")).toBeNull();
    expect((await call("me", { token: ada.token })).status).toBe(200);
  });
});

describe("host", () => {
  const upgrade = { upgrade: "websocket", authorization: "Bearer none" };

  it("a laptop answers to its own names only, at every address of the Worker", async () => {
    for (const host of ["evil.test", "127.0.0.1.evil.test", "localhost.evil.test", "192.168.0.7", "0.0.0.0", "[::2]"])
      for (const path of ["/api/v1/health", "/api/v1/ws", "/openapi.json", "/.well-known/jwks.json"]) {
        const response = await ask(`http://${host}:8787${path}`, path.endsWith("/ws") ? { headers: upgrade } : {});
        expect([host, path, (await readAnswer(response)).error?.code]).toEqual([host, path, "foreign_origin"]);
      }
    for (const host of ["127.0.0.1", "localhost", "[::1]", "LOCALHOST", "127.0.0.1:8787"])
      expect([host, (await ask(`http://${host}/api/v1/health`)).status]).toEqual([host, 200]);
  });

  it("in production its names are the platform's business", async () => {
    expect((await ask("https://chat.example.com/api/v1/health", {}, { MODE: "production" })).status).toBe(200);
  });
});

describe("documents", () => {
  it("/openapi.json knows every operation, with a schema for what goes in and comes out", async () => {
    const response = await ask("/openapi.json");
    const document = (await response.json()) as ReturnType<typeof openApi> & {
      paths: Record<string, Record<string, { operationId: string }>>;
    };
    expect(document.openapi).toBe("3.1.0");
    const ids = Object.values(document.paths).flatMap((methods) => Object.values(methods).map((of) => of.operationId));
    expect(ids.sort()).toEqual(routes.map(([operation]) => operation).sort());
    expect(response.headers.get("access-control-allow-origin")).toBe("*");
  });

  it("/.well-known/jwks.json shows public halves only", async () => {
    const { keys } = (await (await ask("/.well-known/jwks.json")).json()) as { keys: Record<string, string>[] };
    expect(keys.length).toBe(2);
    for (const key of keys) expect(Object.keys(key).sort()).toEqual(["alg", "crv", "kid", "kty", "use", "x"]);
  });
});
