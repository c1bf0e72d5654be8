import "fake-indexeddb/auto";
import { describe, expect, it } from "vitest";
import { asFault } from "../../src/domain/fault.ts";
import { AccessToken, type Locks } from "../../web/api/access-token.ts";
import { deviceName, deviceType } from "../../web/api/device-name.ts";
import { HttpApi } from "../../web/api/http-api.ts";
import { refreshLock } from "../../web/api/refresh-lock.ts";
import { AccountStore } from "../../web/store/account-store.ts";
import { Account } from "../../web/sync/account.ts";
import { settle } from "./manual-clock.ts";
import { CHAT, ME } from "./sample-chat.ts";

const json = (status: number, body: unknown) => new Response(JSON.stringify(body), { status });
const data = (value: unknown, status = 200) => json(status, { success: true, data: value });
const failure = (status: number, code: string, more: object = {}) =>
  json(status, { success: false, error: { code, message: code, request_id: "r1", ...more } });
const tokens = (n: number, userId = ME, expires = 3_600) => ({
  user_id: userId,
  session_id: "saaaaaaaaaaaaaaaaaaaaaaaaa",
  device_id: "device",
  access_token: `token-${n}`,
  expires_in: expires,
});

/** A server of a few lines: what was asked, and an answer for each. */
function makeApi(answer: (path: string, token: string | null, init: RequestInit) => Response | Promise<Response>) {
  const asked: { path: string; method: string; token: string | null; body: unknown }[] = [];
  const events: string[] = [];
  let isLocked = false;
  const locks: Locks = {
    request: async (name, run) => {
      expect(name).toBe("parley-refresh");
      expect(isLocked).toBe(false);
      isLocked = true;
      try {
        return await run();
      } finally {
        isLocked = false;
      }
    },
  };
  let now = 0;
  const fetcher = (async (input: string, init: RequestInit) => {
    const headers = new Headers(init.headers);
    expect(headers.get("x-parley-cookie")).toBe("1");
    expect(init.credentials).toBe("same-origin");
    const token = headers.get("authorization")?.replace("Bearer ", "") ?? null;
    asked.push({
      path: input,
      method: init.method ?? "",
      token,
      body: init.body === undefined ? undefined : JSON.parse(String(init.body)),
    });
    if (input.endsWith("/auth/refresh")) expect(isLocked).toBe(true);
    return answer(input, token, init);
  }) as typeof fetch;
  const token = new AccessToken({
    fetch: fetcher,
    locks,
    now: () => now,
    changedUser: () => events.push("changed user"),
    rejected: (code) => events.push(`rejected ${code}`),
  });
  token.expect(ME);
  return { api: new HttpApi(token, fetcher), token, asked, events, pass: (ms: number) => (now += ms) };
}

const codeOf = (promise: Promise<unknown>) =>
  promise.then(
    () => "no fault",
    (error: unknown) => asFault(error)?.code ?? String(error),
  );

describe("the API", () => {
  it("ACC1 refreshes once for all who ask at the same time, and keeps the token for its life", async () => {
    let refreshes = 0;
    const { api, asked, pass } = makeApi((path) =>
      path.endsWith("/refresh") ? data(tokens(++refreshes)) : data({ sessions: [] }),
    );
    await Promise.all([api.call("listSessions"), api.call("listSessions"), api.call("listSessions")]);
    expect(asked.map((a) => a.token)).toEqual([null, "token-1", "token-1", "token-1"]);
    pass(3_500 * 1_000);
    await api.call("listSessions");
    expect(asked.at(-1)?.token).toBe("token-1");
    pass(60 * 1_000);
    await api.call("listSessions");
    expect(asked.at(-1)?.token).toBe("token-2");
  });

  it("ACC1 repeats a request that was refused for its token, once", async () => {
    let refreshes = 0;
    const { api, asked } = makeApi((path, token) => {
      if (path.endsWith("/refresh")) return data(tokens(++refreshes));
      return token === "token-2" ? data({ sessions: [] }) : failure(401, "unauthenticated");
    });
    expect(await api.call("listSessions")).toEqual({ sessions: [] });
    expect(asked.map((a) => a.token)).toEqual([null, "token-1", null, "token-2"]);
    const never = makeApi((path) => (path.endsWith("/refresh") ? data(tokens(1)) : failure(401, "unauthenticated")));
    expect(await codeOf(never.api.call("listSessions"))).toBe("unauthenticated");
    expect(never.asked).toHaveLength(4);
  });

  it("ACC2 ends the session when a refresh is refused for good, and only then", async () => {
    for (const [status, code, isEnd] of [
      [401, "refresh_rejected", true],
      [401, "session_revoked", true],
      [429, "rate_limited", false],
      [500, "internal", false],
      [503, "unavailable", false],
    ] as const) {
      const { api, events } = makeApi(() => failure(status, code));
      expect(await codeOf(api.call("listSessions"))).toBe(code);
      expect([code, events]).toEqual([code, isEnd ? [`rejected ${code}`] : []]);
    }
    const offline = makeApi(() => Promise.reject(new TypeError("no network")));
    expect(await codeOf(offline.api.call("listSessions"))).toBe("unavailable");
    expect(offline.events).toEqual([]);
  });

  it("STO4 does not take another person's token", async () => {
    const { api, events, asked } = makeApi((path) =>
      path.endsWith("/refresh") ? data(tokens(1, "ubbbbbbbbbbbbbbbb")) : data({}),
    );
    expect(await codeOf(api.call("listSessions"))).toBe("unauthenticated");
    expect(events).toEqual(["changed user"]);
    expect(asked).toHaveLength(1);
  });

  it("ACC3 tells failures by their code, with what they say", async () => {
    const { api } = makeApi((path) => {
      if (path.endsWith("/refresh")) return data(tokens(1));
      return failure(429, "rate_limited", { retry_after: 7, details: { why: "speed" } });
    });
    const fault = asFault(await api.call("me").catch((error: unknown) => error));
    expect([fault?.code, fault?.retry_after, fault?.details]).toEqual(["rate_limited", 7, { why: "speed" }]);
  });

  it("ACC3 takes every answer that is not of this API for no answer", async () => {
    const answers: (() => Response)[] = [
      () => new Response("<h1>Bad gateway</h1>", { status: 502 }),
      () => new Response("<h1>Welcome to the café's network</h1>"),
      () => json(200, { hello: "world" }),
      () => json(500, []),
    ];
    for (const answer of answers) {
      const { api } = makeApi((path) => (path.endsWith("/refresh") ? data(tokens(1)) : answer()));
      expect(await codeOf(api.call("me"))).toBe("unavailable");
    }
    const wrong = makeApi((path) => (path.endsWith("/refresh") ? data(tokens(1)) : data({ user_id: 5 })));
    expect(await codeOf(wrong.api.call("me"))).toBe("internal");
    const newer = makeApi((path) => (path.endsWith("/refresh") ? data(tokens(1)) : failure(418, "teapot")));
    expect(await codeOf(newer.api.call("me"))).toBe("internal");
  });

  it("ACC3 fills path and query, and sends a body only where there is one", async () => {
    const { api, asked } = makeApi((path) => {
      if (path.endsWith("/refresh")) return data(tokens(1));
      return data({ messages: [], has_more: false, has_newer: false, head_seq: 0, rev: 0 });
    });
    await api.call("history", { params: { id: CHAT }, query: { limit: 5, before_id: 7 } });
    expect(asked.at(-1)).toEqual({
      path: `/api/v1/chats/${CHAT}/messages?limit=5&before_id=7`,
      method: "GET",
      token: "token-1",
      body: undefined,
    });
    await codeOf(api.call("login", { body: { login: "ada", password: "secret words" } }));
    expect(asked.at(-1)).toMatchObject({
      path: "/api/v1/auth/login",
      method: "POST",
      token: null,
      body: { login: "ada" },
    });
  });

  it("ACC3 names the device by browser and system", () => {
    const chrome = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0 Safari/537.36";
    expect(deviceName(chrome)).toBe("Chrome, Linux");
    expect(deviceName(`${chrome} Edg/140.0`)).toBe("Edge, Linux");
    expect(
      deviceName("Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) AppleWebKit/605 Version/19 Safari/604"),
    ).toBe("Safari, iPhone");
    expect(deviceName("curl/8")).toBe("");
    expect(deviceType(chrome)).toBe("web");
    expect(deviceType("Mozilla/5.0 (Linux; Android 16) Chrome/140.0 Mobile Safari/537.36")).toBe("mobile");
  });

  it("ACC1 waits for the lock of another tab, and goes on without it where that tab sleeps", async () => {
    const impatient = new AbortController();
    const order: string[] = [];
    let isHeld = true;
    const browser = {
      request: async (_name: string, { signal }: { signal: AbortSignal }, run: () => Promise<unknown>) => {
        if (!isHeld) return run();
        return new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason)));
      },
    };
    const lock = refreshLock(browser, () => impatient.signal);
    const renewed = lock.request("parley-refresh", async () => order.push("renewed"));
    await settle();
    order.push("patience ends");
    impatient.abort(new DOMException("too long", "TimeoutError"));
    expect(await renewed).toBe(2);
    expect(order).toEqual(["patience ends", "renewed"]);
    isHeld = false;
    expect(await lock.request("parley-refresh", async () => "mine")).toBe("mine");
    // What fails under the lock is not done again without it.
    let times = 0;
    const failing = lock.request("parley-refresh", async () => {
      times++;
      throw new Error("refused");
    });
    await expect(failing).rejects.toThrow("refused");
    expect(times).toBe(1);
  });

  it("ACC4 a sign-out that is owed is told when there is a network, before anybody signs in", async () => {
    await new AccountStore().oweLogout(true);
    let isThere = false;
    let answerRefresh: (response: Response) => void = () => undefined;
    const { api, token, asked } = makeApi((path) => {
      if (!isThere) throw new TypeError("offline");
      if (path.endsWith("/auth/refresh"))
        return new Promise((resolve) => {
          answerRefresh = resolve;
        });
      if (path.endsWith("/auth/logout")) return data({});
      return failure(401, "invalid_credentials");
    });
    const account = new Account(
      {
        api,
        token,
        store: new AccountStore(),
        device: { device_name: "", device_type: "web" },
        channel: () => undefined,
      },
      { enter: async () => undefined, leave: async () => undefined, report: () => undefined },
    );
    await account.boot();
    expect([account.session.get().status, asked.length]).toEqual(["signed_out", 1]);
    isThere = true;
    void account.payLogout();
    await settle();
    const entered = account.signIn("ada", "secret words").catch(() => undefined);
    await settle();
    expect(asked.map(({ path }) => path.split("/").at(-1))).toEqual(["refresh", "refresh"]);
    answerRefresh(data(tokens(7)));
    await entered;
    expect(asked.slice(2).map(({ path, token: used }) => [path.split("/").at(-1), used])).toEqual([
      ["logout", "token-7"],
      ["login", null],
    ]);
    expect(await new AccountStore().owesLogout()).toBe(false);
  });

  it("ACC4 who signs out does not wait for a server that does not answer; who signs in then does", async () => {
    const me = {
      user_id: ME,
      username: "ada",
      display_name: "Ada",
      first_name: "",
      last_name: "",
      status_message: "",
      email: "ada@example.org",
      created_at: "2026-01-01T00:00:00.000Z",
    };
    let answerLogout: (response: Response) => void = () => undefined;
    const { api, token, asked } = makeApi((path) => {
      if (path.endsWith("/auth/refresh")) return data(tokens(1));
      if (path.endsWith("/auth/logout"))
        return new Promise((resolve) => {
          answerLogout = resolve;
        });
      if (path.endsWith("/users/me")) return data(me);
      return failure(401, "invalid_credentials");
    });
    const store = new AccountStore();
    await store.save(me);
    const left: unknown[] = [];
    const patience = () => Promise.resolve();
    const account = new Account(
      { api, token, store, device: { device_name: "", device_type: "web" }, channel: () => undefined, patience },
      { enter: async () => undefined, leave: async (wipe) => void left.push(wipe), report: () => undefined },
    );
    await account.boot();
    expect(account.session.get().status).toBe("signed_in");
    await account.signOut(false);
    expect([account.session.get().status, left, await store.owesLogout()]).toEqual([
      "signed_out",
      ["everything"],
      true,
    ]);
    const entered = account.signIn("ada", "secret words").catch(() => undefined);
    await settle();
    expect(asked.some(({ path }) => path.endsWith("/auth/login"))).toBe(false);
    answerLogout(data({ ended: 1 }));
    await entered;
    expect(asked.at(-1)?.path.endsWith("/auth/login")).toBe(true);
    expect(await store.owesLogout()).toBe(false);
  });
});
