import { applyD1Migrations, type D1Migration } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { type JWTPayload, SignJWT } from "jose";
import { beforeEach, describe, expect, it, vi } from "vitest";
import { readAccess, signAccess } from "../../src/auth/access-token.ts";
import { KEY_LIFE_MS, KEYRING_TTL_MS, Keyring } from "../../src/auth/keyring.ts";
import { seal, unseal } from "../../src/auth/sealed-box.ts";
import { SESSION_TTL_MS, SessionCache } from "../../src/auth/session-cache.ts";
import { openDatabase } from "../../src/db/database.ts";
import { SigningKeys } from "../../src/db/signing-keys.ts";
import { asFault } from "../../src/domain/fault.ts";
import { newSessionId, newUserId } from "../../src/protocol/ids.ts";

const { DB, MASTER_KEY, TEST_MIGRATIONS } = env as unknown as {
  DB: D1Database;
  MASTER_KEY: string;
  TEST_MIGRATIONS: D1Migration[];
};
const rows = () => new SigningKeys(openDatabase(DB));
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

let now = 0;
/** A ring of an isolate of its own, on the test's clock. */
const ring = (masterKey: string = MASTER_KEY) => new Keyring(rows(), masterKey, () => now);
const claims = { user_id: newUserId(), session_id: newSessionId() };
const codeOf = (work: Promise<unknown>) =>
  work.then(
    () => "fine",
    (error: unknown) => asFault(error)?.code ?? String(error),
  );
const states = async () => (await rows().list()).map((row) => row.state).sort();

beforeEach(async () => {
  await applyD1Migrations(DB, TEST_MIGRATIONS);
  await DB.exec("DELETE FROM signing_key");
  now = Date.UTC(2027, 0, 1);
});

describe("signing keys", () => {
  it("are made on first need: one active, one next, however many isolates race", async () => {
    const rings = Array.from({ length: 8 }, () => ring());
    const signers = await Promise.all(rings.map((one) => one.signer()));
    expect(new Set(signers.map((signer) => signer.kid)).size).toBe(1);
    expect(await states()).toEqual(["active", "next"]);
  });

  it("lie encrypted, under a key that only MASTER_KEY gives", async () => {
    await ring().signer();
    for (const row of await rows().list()) {
      expect(row.sealed_private).toMatch(/^a1\./);
      expect(row.public_jwk).not.toContain('"d"');
    }
  });

  it("without a MASTER_KEY nothing is made, and the log says what to set", async () => {
    const log = vi.spyOn(console, "error").mockImplementation(() => {});
    expect(await codeOf(new Keyring(rows(), undefined).signer())).toBe("misconfigured");
    expect(log.mock.calls.flat().join(" ")).toContain("wrangler secret put MASTER_KEY");
    expect(await rows().list()).toEqual([]);
    log.mockRestore();
  });

  it("under another MASTER_KEY are made anew, once, and old tokens die: changing the secret ends every session", async () => {
    const log = vi.spyOn(console, "error").mockImplementation(() => {});
    const old = await ring().signer();
    const token = await signAccess(old, claims, now);
    const other = `${"C".repeat(42)}A`;
    const signers = await Promise.all(Array.from({ length: 6 }, () => ring(other).signer()));
    expect(new Set(signers.map((signer) => signer.kid)).size).toBe(1);
    expect(signers[0]?.kid).not.toBe(old.kid);
    expect(await states()).toEqual(["active", "next"]);
    expect(await codeOf(readAccess(ring(other), token, now))).toBe("unauthenticated");
    expect(log.mock.calls.flat().join(" ")).toContain("another MASTER_KEY");
    log.mockRestore();
  });

  it("rotate when the active one is old: next signs, the old one verifies until its tokens are dead", async () => {
    const isolate = ring();
    const old = await isolate.signer();
    expect(await ring().rotate()).toBe(false);
    now += KEY_LIFE_MS;
    const token = await signAccess(old, claims, now);
    const [next] = (await rows().list()).filter((row) => row.state === "next");
    expect(await ring().rotate()).toBe(true);
    expect(await states()).toEqual(["active", "next", "retired"]);
    expect((await ring().signer()).kid).toBe(next?.id);
    expect((await rows().list()).find((row) => row.id === old.kid)?.sealed_private).toBeNull();
    expect(await readAccess(ring(), token, now)).toEqual(claims);
    // An isolate that has not noticed signs with the old key a little longer: that is accepted too.
    now += KEYRING_TTL_MS - 1;
    const late = await signAccess(await isolate.signer(), claims, now);
    now += 59 * MINUTE;
    expect(await readAccess(ring(), late, now)).toEqual(claims);
    expect((await ring().published()).keys).toHaveLength(3);
    now += 2 * HOUR;
    expect(await codeOf(readAccess(ring(), token, now))).toBe("unauthenticated");
    expect((await ring().published()).keys).toHaveLength(2);
    await ring().rotate();
    expect(await states()).toEqual(["active", "next"]);
  });

  it("rotate once, however many crons race", async () => {
    await ring().signer();
    now += KEY_LIFE_MS;
    await Promise.all(Array.from({ length: 6 }, () => ring().rotate()));
    expect(await states()).toEqual(["active", "next", "retired"]);
  });

  it("a key of another isolate is found at once, an invented one asks the store once in a while", async () => {
    const isolate = ring();
    await isolate.signer();
    now += KEY_LIFE_MS;
    await ring().rotate();
    await isolate.signer();
    now += KEY_LIFE_MS;
    await ring().rotate();
    now += MINUTE;
    const fresh = await ring().signer();
    expect(await isolate.verifier(fresh.kid)).toBeDefined();
    const list = vi.spyOn(SigningKeys.prototype, "list");
    for (let i = 0; i < 20; i++) expect(await isolate.verifier(`invented${i}`)).toBeUndefined();
    expect(list.mock.calls.length).toBeLessThanOrEqual(2);
    list.mockRestore();
  });
});

describe("access tokens", () => {
  const forge = async (change: { header?: object; payload?: JWTPayload }, key?: CryptoKey) => {
    const signer = await ring().signer();
    const at = Math.floor(now / 1_000);
    const payload = {
      sub: claims.user_id,
      sid: claims.session_id,
      iss: "parley",
      iat: at,
      exp: at + 60,
      ...change.payload,
    };
    return new SignJWT(payload)
      .setProtectedHeader({ alg: "EdDSA", kid: signer.kid, typ: "at+jwt", ...change.header })
      .sign(key ?? signer.key);
  };
  const read = async (token: string) => codeOf(readAccess(ring(), token, now));

  it("say who and which session, for an hour", async () => {
    const token = await signAccess(await ring().signer(), claims, now);
    expect(await readAccess(ring(), token, now)).toEqual(claims);
    now += HOUR - 1_000;
    expect(await read(token)).toBe("fine");
    now += 10_000;
    expect(await read(token)).toBe("unauthenticated");
  });

  it("of another issuer, kind, key, life or content are not accepted", async () => {
    expect(await read(await forge({}))).toBe("fine");
    const { privateKey } = (await crypto.subtle.generateKey("Ed25519", true, ["sign", "verify"])) as CryptoKeyPair;
    const bad = [
      await forge({ payload: { iss: "else" } }),
      await forge({ header: { typ: "JWT" } }),
      await forge({ header: { kid: "nobody" } }),
      await forge({}, privateKey),
      await forge({ payload: { sub: "somebody" } }),
      await forge({ payload: { sid: "s" } }),
      await forge({ payload: { exp: Math.floor(now / 1_000) - 60 } }),
    ];
    expect(await Promise.all(bad.map(read))).toEqual(bad.map(() => "unauthenticated"));
  });

  it("altered in one character, unsigned, or not a token at all are not accepted", async () => {
    const token = await forge({});
    const [header = "", body = "", signature = ""] = token.split(".");
    const none = btoa(JSON.stringify({ alg: "none", typ: "at+jwt" })).replaceAll("=", "");
    const swapped = (text: string) => (text[9] === "A" ? "B" : "A");
    for (const text of [
      `${header}.${body.slice(0, 9)}${swapped(body)}${body.slice(10)}.${signature}`,
      `${header}.${body}.${signature.slice(0, 9)}${swapped(signature)}${signature.slice(10)}`,
      `${none}.${body}.`,
      `${header}.${body}.`,
      `${header}.${body}`,
      "",
      "...",
    ])
      expect([text, await read(text)]).toEqual([text, "unauthenticated"]);
  });
});

describe("sealed boxes", () => {
  it("open with the same key and context only", async () => {
    const [key, other] = [crypto.getRandomValues(new Uint8Array(32)), crypto.getRandomValues(new Uint8Array(32))];
    const box = await seal(key, "hidden ⚓", "row 1");
    expect(await unseal(key, box, "row 1")).toBe("hidden ⚓");
    expect(await unseal(other, box, "row 1")).toBeUndefined();
    expect(await unseal(key, box, "row 2")).toBeUndefined();
    for (const broken of ["", "a1", "a1..", `b${box.slice(1)}`, box.slice(0, -2), `${box}!`])
      expect(await unseal(key, broken, "row 1")).toBeUndefined();
    expect(await seal(key, "hidden ⚓", "row 1")).not.toBe(box);
  });
});

describe("what an isolate remembers of sessions", () => {
  it("a live session is believed for 5 s, then asked for again", async () => {
    const cache = new SessionCache();
    const find = vi.fn(async () => ({ user_id: claims.user_id, device_id: "d" }));
    const caller = () => cache.caller(claims, find, () => now);
    expect(await caller()).toEqual({ ...claims, device_id: "d" });
    now += SESSION_TTL_MS - 1;
    await caller();
    expect(find).toHaveBeenCalledTimes(1);
    now += 1;
    await caller();
    expect(find).toHaveBeenCalledTimes(2);
    expect(SESSION_TTL_MS).toBe(5_000);
  });

  it("the 5 s begin before the session is read, so a slow read adds nothing", async () => {
    const cache = new SessionCache();
    const slow = async () => {
      now += 3_000;
      return { user_id: claims.user_id, device_id: "d" };
    };
    await cache.caller(claims, slow, () => now);
    now += 2_000;
    expect(
      await codeOf(
        cache.caller(
          claims,
          async () => undefined,
          () => now,
        ),
      ),
    ).toBe("session_revoked");
  });

  it("a dead session is not remembered, a forgotten one is asked for, and there is an end to memory", async () => {
    const cache = new SessionCache();
    const dead = vi.fn(async () => undefined);
    for (let i = 0; i < 2; i++) expect(await codeOf(cache.caller(claims, dead, () => now))).toBe("session_revoked");
    expect(dead).toHaveBeenCalledTimes(2);
    const alive = async () => ({ user_id: claims.user_id, device_id: "d" });
    await cache.caller(claims, alive, () => now);
    cache.forget(claims.session_id);
    expect(await codeOf(cache.caller(claims, dead, () => now))).toBe("session_revoked");
    await cache.caller(claims, alive, () => now);
    for (let i = 0; i < 10_000; i++) await cache.caller({ ...claims, session_id: `s${i}` }, alive, () => now);
    expect(await codeOf(cache.caller(claims, dead, () => now))).toBe("session_revoked");
  });
});
