import { beforeAll, describe, expect, it, vi } from "vitest";
import { HashGate } from "../../src/auth/hash-gate.ts";
import { verifyPassword } from "../../src/auth/password.ts";
import { addressOf, countAttempt } from "../../src/http/attempt.ts";
import type { Env } from "../../src/http/env.ts";
import type { Visit } from "../../src/http/handler.ts";
import { ask, bindings, call, PASSWORD, prepare, row, run, type Somebody, somebody } from "./world.ts";

const GOOD = "harbour lantern 7";
const production = { vars: { MODE: "production" } };
let ada: Somebody;

beforeAll(async () => {
  await prepare();
  ada = await somebody({ username: "Ada.L" });
});

describe("registering", () => {
  it("makes account, credential, words and session at once, and signs in", async () => {
    const body = {
      username: "Grace",
      email: "Grace@Example.com",
      password: GOOD,
      first_name: "Grace",
      last_name: "Hopper",
    };
    const { data } = await call("register", { body: { ...body, device_name: "Desk", device_type: "desktop" } });
    expect(data).toMatchObject({ username: "Grace", email: "Grace@Example.com", expires_in: 3600 });
    expect((await call("me", { token: String(data.access_token) })).data).toMatchObject({
      display_name: "Grace Hopper",
      user_id: data.user_id,
    });
    const { sessions } = (await call("listSessions", { token: String(data.access_token) })).data as unknown as {
      sessions: object[];
    };
    expect(sessions).toEqual([
      expect.objectContaining({ device_name: "Desk", device_type: "desktop", is_current: true }),
    ]);
    const stored = await row("SELECT data FROM credential WHERE user_id = ?", data.user_id);
    expect(stored?.data).toMatch(/^\$scrypt\$ln=15,r=8,p=3\$/);
  });

  it("a name or address that is taken is 409, in any spelling, and leaves nothing behind", async () => {
    const before = await row("SELECT (SELECT count(*) FROM user) AS users, (SELECT count(*) FROM session) AS sessions");
    const body = { username: "other", email: "other@example.com", password: GOOD };
    const name = await call("register", { body: { ...body, username: "ADA.l" } });
    expect([name.status, name.error?.code]).toEqual([409, "username_taken"]);
    const email = await call("register", { body: { ...body, email: ada.email.toUpperCase() } });
    expect([email.status, email.error?.code]).toEqual([409, "email_taken"]);
    expect(
      await row("SELECT (SELECT count(*) FROM user) AS users, (SELECT count(*) FROM session) AS sessions"),
    ).toEqual(before);
  });

  it("of several that register one name at once, exactly one gets it", async () => {
    const answers = await Promise.all(
      Array.from({ length: 5 }, (_, i) =>
        call("register", { body: { username: "racer", email: `racer${i}@example.com`, password: GOOD } }),
      ),
    );
    expect(answers.map((a) => a.error?.code ?? a.status).sort()).toEqual([201, ...Array(4).fill("username_taken")]);
    expect(await row("SELECT count(*) AS n FROM user WHERE username_key = 'racer'")).toEqual({ n: 1 });
    expect(await row("SELECT count(*) AS n FROM session WHERE user_id NOT IN (SELECT id FROM user)")).toEqual({ n: 0 });
  });

  it("a common password, or one's own name, is weak", async () => {
    for (const password of ["password1", "Iloveyou!", "12345678", "newperson", "new.person99", "p@ssw0rd"]) {
      const { status, error } = await call("register", {
        body: { username: "new.person", email: "newperson@example.com", password },
      });
      expect([password, status, error?.code]).toEqual([password, 422, "weak_password"]);
    }
  });

  it("the length of a password is 8 to 128", async () => {
    for (const password of ["short77", "x7-".repeat(43)]) {
      const { error } = await call("register", { body: { username: "length", email: "length@example.com", password } });
      expect(error?.code).toBe("invalid");
    }
  });

  it("is limited per address behind the platform, and nowhere else", async () => {
    const headers = { "cf-connecting-ip": "198.51.100.7" };
    const attempt = (more: object) =>
      call("register", { body: { username: "Ada.L", email: "x@example.com", password: GOOD }, headers, ...more });
    // Each tells whether a name is taken, so each counts, although none succeeds.
    for (let i = 0; i < 30; i++) expect((await attempt(production)).error?.code).toBe("username_taken");
    const { error, headers: answer } = await attempt(production);
    expect(error?.code).toBe("rate_limited");
    expect(Number(answer.get("retry-after"))).toBeGreaterThan(3_000);
    expect((await attempt({})).error?.code).toBe("username_taken");
    const elsewhere = { ...production, headers: { "cf-connecting-ip": "198.51.100.8" } };
    expect((await attempt(elsewhere)).error?.code).toBe("username_taken");
  });
});

describe("signing in", () => {
  it("takes a username or an address, in any case, under each name of the fields", async () => {
    for (const body of [
      { login: "ada.l", password: PASSWORD },
      { username: "ADA.L", pass: PASSWORD },
      { email: "ada.L@example.com", password: PASSWORD },
      { login: ada.email, pass: PASSWORD },
    ]) {
      const { data } = await call("login", { body });
      expect(data).toMatchObject({ user_id: ada.user_id, username: "Ada.L" });
      expect((await call("me", { token: String(data.access_token) })).status).toBe(200);
    }
  });

  it("wants exactly one name and one password", async () => {
    for (const body of [
      {},
      { login: "a", password: "b", pass: "b" },
      { login: "a", username: "a", password: "b" },
      { login: "a" },
    ])
      expect((await call("login", { body })).error?.code).toBe("invalid");
  });

  it("an unknown name and a wrong password get the same answer, and cost the same hash", async () => {
    const hashed = vi.spyOn(HashGate.prototype, "run");
    const wrong = await call("login", { body: { login: "ada.l", password: "not this one" } });
    const unknown = await call("login", { body: { login: "nobody.here", password: "not this one" } });
    const address = await call("login", { body: { login: "nobody@example.com", password: "not this one" } });
    const same = ({ status, error }: typeof wrong) => ({ status, ...error, request_id: "" });
    expect(same(wrong)).toMatchObject({ status: 401, code: "bad_credentials" });
    expect(same(unknown)).toEqual(same(wrong));
    expect(same(address)).toEqual(same(wrong));
    expect(hashed).toHaveBeenCalledTimes(3);
    hashed.mockRestore();
  });

  it("the password is compared as composed Unicode", async () => {
    const body = { username: "zoe", email: "zoe@example.com" };
    await call("register", { body: { ...body, password: "cafe\u0301 lantern" } });
    expect((await call("login", { body: { login: "zoe", password: "caf\u00e9 lantern" } })).status).toBe(200);
  });

  it("a hash made with less than today's cost is renewed once the password was right", async () => {
    const bob = await somebody();
    await call("login", { body: { login: bob.username, password: "wrong wrong" } });
    expect((await row("SELECT data FROM credential WHERE user_id = ?", bob.user_id))?.data).toMatch(/^\$scrypt\$ln=4,/);
    await call("login", { body: { login: bob.username, password: PASSWORD } });
    const renewed = String((await row("SELECT data FROM credential WHERE user_id = ?", bob.user_id))?.data);
    expect(renewed).toMatch(/^\$scrypt\$ln=15,r=8,p=3\$/);
    expect(await verifyPassword(PASSWORD, renewed)).toEqual({ is_right: true, is_outdated: false });
  });

  it("ten failures lock an account's name for a while, existing or not; success takes them back", async () => {
    const locked = await somebody();
    for (const name of [locked.username, "ghost"]) {
      for (let i = 0; i < 10; i++)
        expect((await call("login", { body: { login: name, password: `guess ${i}` } })).error?.code).toBe(
          "bad_credentials",
        );
      const { error, status, headers } = await call("login", {
        body: { login: name.toUpperCase(), password: PASSWORD },
      });
      expect([status, error?.code]).toEqual([429, "rate_limited"]);
      expect(Number(headers.get("retry-after"))).toBeGreaterThan(800);
      expect(Number(headers.get("retry-after"))).toBe(error?.retry_after);
    }
    const bob = await somebody();
    for (let round = 0; round < 2; round++) {
      for (let i = 0; i < 6; i++) await call("login", { body: { login: bob.username, password: `guess ${i}` } });
      expect((await call("login", { body: { login: bob.username, password: PASSWORD } })).status).toBe(200);
    }
  });

  it("many guesses at once get no more tries than one after the other", async () => {
    const bob = await somebody();
    const guesses = await Promise.all(
      Array.from({ length: 25 }, (_, i) => call("login", { body: { login: bob.username, password: `guess ${i}` } })),
    );
    expect(guesses.filter((g) => g.error?.code === "bad_credentials")).toHaveLength(10);
    expect(guesses.filter((g) => g.error?.code === "rate_limited")).toHaveLength(15);
  });

  it("failures count per address behind the platform; the header is not believed elsewhere", async () => {
    const from = (address: string) => ({ headers: { "cf-connecting-ip": address } });
    const guess = (what: object) => call("login", { body: { login: "nobody.at.all", password: "x" }, ...what });
    const address = "2001:db8:1:2:aaaa::1";
    const subject = addressOf({ MODE: "production" }, new Request("https://parley.test", from(address)));
    const visit = { env: bindings } as unknown as Visit;
    // What 99 wrong passwords of 99 names leave, without their hashes.
    for (let i = 0; i < 99; i++)
      await countAttempt(visit, [{ policy: "address", subject: String(subject) }], async (decide) => decide("failed"));
    expect((await guess({ ...production, ...from(address) })).error?.code).toBe("bad_credentials");
    expect((await guess({ ...production, ...from(address) })).error?.code).toBe("rate_limited");
    // Another address of the same /64 is the same household.
    expect((await guess({ ...production, ...from("2001:DB8:1:2::77") })).error?.code).toBe("rate_limited");
    expect((await guess({ ...production, ...from("2001:db8:1:3::77") })).error?.code).toBe("bad_credentials");
    expect((await guess(from(address))).error?.code).toBe("bad_credentials");
  });

  it("a guard that cannot be told how it ended takes nobody's sign-in back", async () => {
    const log = vi.spyOn(console, "error").mockImplementation(() => {});
    const ada = await somebody();
    const GUARDS = {
      idFromName: (name: string) => name,
      get: () => ({
        attempt: async () => ({ ticket: 1 }),
        settle: () => Promise.reject(new Error("this object is gone")),
      }),
    } as unknown as Env["GUARDS"];
    const body = { login: ada.username, password: PASSWORD };
    expect((await call("login", { body, vars: { GUARDS } })).status).toBe(200);
    const wrong = await call("login", { body: { ...body, password: "not this one" }, vars: { GUARDS } });
    expect(wrong.error?.code).toBe("bad_credentials");
    expect(log.mock.calls.flat().join(" ")).toContain("settling an attempt");
    log.mockRestore();
  });

  it("a program that signs in over and over is told to wait, however right its password", async () => {
    // Seventy real hashes take half a minute.
    let hash = 0;
    const gate = vi.spyOn(HashGate.prototype, "run").mockImplementation(async () => Buffer.alloc(32, hash));
    const [ada, bob] = [await somebody(), await somebody()];
    for (const { user_id } of [ada, bob])
      await run(
        "UPDATE credential SET data = ? WHERE user_id = ?",
        `$scrypt$ln=15,r=8,p=3$${"A".repeat(22)}$${"A".repeat(43)}`,
        user_id,
      );
    const signIn = (who: Somebody) => call("login", { body: { login: who.username, password: PASSWORD } });
    const answers = [];
    for (let i = 0; i < 70; i++) answers.push(await signIn(ada));
    const refused = answers.filter(({ error }) => error?.code === "rate_limited");
    expect(refused.length).toBeGreaterThanOrEqual(8);
    expect(refused[0]?.error?.retry_after).toBeGreaterThan(0);
    expect((await signIn(bob)).status).toBe(200);
    hash = 1;
    // Being told so is no failed password: the guard would lock the name after ten of those.
    const wrong = await call("login", { body: { login: ada.username, password: "not this one" } });
    expect(wrong.error?.code).toBe("bad_credentials");
    gate.mockRestore();
  });

  it("demo accounts sign in nowhere but in local mode, and their tokens die there too", async () => {
    const demo = await somebody({ is_demo: true });
    const body = { login: demo.username, password: PASSWORD };
    expect((await call("login", { body })).status).toBe(200);
    expect((await call("login", { body, ...production })).error?.code).toBe("bad_credentials");
    await run("UPDATE session SET expires_at = expires_at WHERE id = ?", demo.session_id);
    expect((await call("me", { token: demo.token, ...production })).error?.code).toBe("session_revoked");
    expect((await call("refresh", { body: { refresh_token: demo.refresh_token }, ...production })).error?.code).toBe(
      "refresh_rejected",
    );
    expect((await call("me", { token: demo.token })).status).toBe(200);
  });
});

describe("the cookie", () => {
  const asked = { "x-parley-cookie": "1" };
  const cookieOf = (headers: Headers) => headers.get("set-cookie") ?? "";

  it("holds the refresh token for a page that asked, and the body does not", async () => {
    const { data, headers } = await call("login", {
      body: { login: (await somebody()).username, password: PASSWORD },
      headers: asked,
    });
    expect(data.refresh_token).toBeUndefined();
    const cookie = cookieOf(headers);
    for (const part of ["__Host-parley_refresh=s", "HttpOnly", "SameSite=Strict", "Path=/;", "Secure"])
      expect(cookie).toContain(part);
    const pair = cookie.split(";")[0] ?? "";
    const refreshed = await call("refresh", { headers: { ...asked, cookie: `theme=dark; ${pair}` } });
    expect(refreshed.status).toBe(200);
    expect(refreshed.data.refresh_token).toBeUndefined();
    expect(cookieOf(refreshed.headers)).not.toContain(pair);
    const out = await call("logout", { token: String(refreshed.data.access_token), headers: asked, body: {} });
    expect(cookieOf(out.headers)).toContain("__Host-parley_refresh=; Path=/; Max-Age=0");
  });

  it("is not used unless the page asks for it by header, and a rejected one is taken away", async () => {
    const { headers } = await call("login", {
      body: { login: (await somebody()).username, password: PASSWORD },
      headers: asked,
    });
    const cookie = cookieOf(headers).split(";")[0] ?? "";
    expect((await call("refresh", { headers: { cookie } })).error?.code).toBe("refresh_rejected");
    const rejected = await call("refresh", { headers: { ...asked, cookie: "__Host-parley_refresh=nonsense" } });
    expect(rejected.error?.code).toBe("refresh_rejected");
    expect(cookieOf(rejected.headers)).toContain("Max-Age=0");
  });

  it("planted by a neighbouring subdomain leads nobody into another's session", async () => {
    const mallory = await somebody();
    for (const name of ["parley_refresh", "__Secure-parley_refresh"]) {
      const cookie = `${name}=${mallory.refresh_token}`;
      expect((await call("refresh", { headers: { ...asked, cookie } })).error?.code).toBe("refresh_rejected");
    }
  });

  it("is Secure always but on a laptop's plain http", async () => {
    const bob = await somebody();
    const login = (origin: string, vars: object) =>
      ask(
        `${origin}/api/v1/auth/login`,
        {
          method: "POST",
          headers: { ...asked, "content-type": "application/json" },
          body: JSON.stringify({ login: bob.username, password: PASSWORD }),
        },
        vars,
      );
    const plain = cookieOf((await login("http://127.0.0.1:8787", {})).headers);
    expect(plain).toMatch(/^parley_refresh=s/);
    expect(plain).not.toContain("Secure");
    const init = { method: "POST", headers: { ...asked, cookie: plain.split(";")[0] ?? "" } };
    expect((await ask("http://127.0.0.1:8787/api/v1/auth/refresh", init)).status).toBe(200);
    expect(cookieOf((await login("http://parley.test", { MODE: "production" })).headers)).toContain("Secure");
  });
});
