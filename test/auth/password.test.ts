import { describe, expect, it, vi } from "vitest";
import { isCommonPassword } from "../../src/auth/common-passwords.ts";
import { HashGate } from "../../src/auth/hash-gate.ts";
import { HASH_COST, hashPassword, verifyPassword } from "../../src/auth/password.ts";
import { asFault } from "../../src/domain/fault.ts";

const CHEAP = { ln: 4, r: 8, p: 1 };

describe("hashes", () => {
  it("are PHC strings of scrypt with the cost that was decided, under a salt of their own", async () => {
    const [one, other] = [await hashPassword("violet kettle"), await hashPassword("violet kettle", CHEAP)];
    expect(HASH_COST).toEqual({ ln: 15, r: 8, p: 3 });
    expect(one).toMatch(/^\$scrypt\$ln=15,r=8,p=3\$[A-Za-z0-9+/]{22}\$[A-Za-z0-9+/]{43}$/);
    expect(other).toMatch(/^\$scrypt\$ln=4,r=8,p=1\$/);
    expect(await hashPassword("violet kettle", CHEAP)).not.toBe(other);
    expect(await verifyPassword("violet kettle", one)).toEqual({ is_right: true, is_outdated: false });
  });

  it("fit the vector of RFC 7914 section 12", async () => {
    const salt = btoa("SodiumChloride").replaceAll("=", "");
    const hex =
      "7023bdcb3afd7348461c06cd81fd38ebfda8fbba904f8e3ea9b543f6545da1f2d5432955613f0fcf62d49705242a9af9e61e85dc0d651e40dfcf017b45575887";
    const hash = Buffer.from(hex, "hex").toString("base64").replaceAll("=", "");
    const phc = `$scrypt$ln=14,r=8,p=1$${salt}$${hash}`;
    expect((await verifyPassword("pleaseletmein", phc)).is_right).toBe(true);
    expect((await verifyPassword("pleaseletmeout", phc)).is_right).toBe(false);
  });

  it("another cost than today's is outdated, but only if the password fits", async () => {
    const old = await hashPassword("violet kettle", CHEAP);
    expect(await verifyPassword("violet kettle", old)).toEqual({ is_right: true, is_outdated: true });
    expect(await verifyPassword("wrong", old)).toEqual({ is_right: false, is_outdated: false });
  });

  it("one spelling of a letter is as good as another (NFKC)", async () => {
    const phc = await hashPassword("ﬁne cafe\u0301", CHEAP);
    expect((await verifyPassword("fine caf\u00e9", phc)).is_right).toBe(true);
  });

  it("without a hash nothing fits, not even what the dummy would be made of", async () => {
    for (const password of ["", "x", "A".repeat(43)])
      expect(await verifyPassword(password, undefined)).toEqual({ is_right: false, is_outdated: false });
    expect((await verifyPassword("x", "not a hash")).is_right).toBe(false);
  });
});

describe("the gate", () => {
  it("lets one hash run at a time, and all in the end", async () => {
    const gate = new HashGate();
    let running = 0;
    let most = 0;
    const done = await Promise.all(
      Array.from({ length: 8 }, (_, i) =>
        gate.run(async () => {
          running += 1;
          most = Math.max(most, running);
          await new Promise((resolve) => setTimeout(resolve, 2));
          running -= 1;
          return i;
        }),
      ),
    );
    expect(most).toBe(1);
    expect(done).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
  });

  it("frees itself when whoever had the turn was cancelled", async () => {
    vi.useFakeTimers({ toFake: ["Date", "setTimeout"] });
    const gate = new HashGate();
    void gate.run(() => new Promise(() => {}));
    const next = gate.run(async () => "served");
    await vi.advanceTimersByTimeAsync(1_000);
    await expect(next).resolves.toBe("served");
    vi.useRealTimers();
  });

  it("a failure frees it too", async () => {
    const gate = new HashGate();
    await expect(gate.run(() => Promise.reject(new Error("no")))).rejects.toThrow("no");
    await expect(gate.run(async () => "served")).resolves.toBe("served");
  });

  it("refuses those who would wait longer than a person does", async () => {
    vi.useFakeTimers({ toFake: ["Date", "setTimeout"] });
    const gate = new HashGate();
    const codes: string[] = [];
    const all = Array.from({ length: 200 }, () =>
      gate
        .run(async () => {})
        .then(
          () => codes.push("served"),
          (error: unknown) => codes.push(String(asFault(error)?.code)),
        ),
    );
    await vi.advanceTimersByTimeAsync(60_000);
    await Promise.all(all);
    expect(codes.filter((code) => code === "unavailable")).toHaveLength(39);
    expect(codes.filter((code) => code === "served")).toHaveLength(161);
    vi.useRealTimers();
  });
});

describe("common passwords", () => {
  it.each([
    ..."password Password1 P@ssw0rd! 12345678 123456789 1234567890 qwertyuiop qwerty123 iloveyou letmein1 trustno1 sunshine1".split(
      " ",
    ),
    ..."aaaaaaaa abcd1234 1q2w3e4r 1qaz2wsx 11111111 monkey123 dragon2024! 19850312 princess baseball1 superman zaq12wsx".split(
      " ",
    ),
    ..."abc12345 passw0rd asdf1234 qwer1234 starwars michael1 changeme computer internet 87654321 12121212 abcabcabc".split(
      " ",
    ),
  ])("%s is refused", (password) => {
    expect(isCommonPassword(password)).toBe(true);
  });

  it("one's own names and address are refused", () => {
    const own = ["ada.lovelace", "ada@example.com", "Ada", "Lovelace"];
    for (const password of ["ada.lovelace", "AdaLovelace", "lovelace99", "Lovelace!", "ada@example.com"])
      expect([password, isCommonPassword(password, own)]).toEqual([password, true]);
    expect(isCommonPassword("ada and the engine", own)).toBe(false);
  });

  it.each([
    "correct horse battery staple",
    "violet-kettle-42",
    "Blauwal springt 9",
    "xk2-92jf0w",
    "harbour lantern 7",
    "секретный чай",
    "密码很长很安全啊",
  ])("%s is not", (password) => {
    expect(isCommonPassword(password)).toBe(false);
  });
});
