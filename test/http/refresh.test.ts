import { beforeAll, beforeEach, describe, expect, it } from "vitest";
import { RefreshTokens, SAME_ANSWER_MS } from "../../src/auth/refresh-token.ts";
import { bindings, call, prepare, row, run, type Somebody, somebody } from "./world.ts";

beforeAll(prepare);

let ada: Somebody;
beforeEach(async () => {
  ada = await somebody();
});

const refresh = (token: string) => call("refresh", { body: { refresh_token: token } });
const textOf = (answer: { data: { [field: string]: unknown } }): string => String(answer.data.refresh_token);
const isAlive = async (): Promise<boolean> =>
  (await row("SELECT ended_at FROM session WHERE id = ?", ada.session_id))?.ended_at === null;
/** As if the last rotation had been so long ago that a repeat is no network's doing. */
const later = () =>
  run("UPDATE session SET rotated_at = rotated_at - ? WHERE id = ?", SAME_ANSWER_MS + 1_000, ada.session_id);

describe("refresh", () => {
  it("gives new tokens of the same session and device; only hashes are stored", async () => {
    const answer = await refresh(ada.refresh_token);
    expect(answer.data).toMatchObject({
      user_id: ada.user_id,
      session_id: ada.session_id,
      device_id: "test-device",
      expires_in: 3600,
    });
    expect(textOf(answer)).not.toBe(ada.refresh_token);
    expect((await call("me", { token: String(answer.data.access_token) })).status).toBe(200);
    const stored = JSON.stringify(await row("SELECT * FROM session WHERE id = ?", ada.session_id));
    for (const token of [ada.refresh_token, textOf(answer)]) {
      expect(stored).not.toContain(token);
      expect(stored).not.toContain(token.split(".")[1]);
    }
  });

  it("moves the session's end", async () => {
    const before = await row("SELECT expires_at FROM session WHERE id = ?", ada.session_id);
    await refresh(ada.refresh_token);
    const after = await row("SELECT expires_at FROM session WHERE id = ?", ada.session_id);
    expect(Number(after?.expires_at)).toBeGreaterThan(Number(before?.expires_at));
  });

  it("a long chain works, each token once", async () => {
    let token = ada.refresh_token;
    const seen = new Set([token]);
    for (let i = 0; i < 8; i++) {
      token = textOf(await refresh(token));
      expect(seen.has(token)).toBe(false);
      seen.add(token);
    }
    expect(await isAlive()).toBe(true);
  });

  it("a lost answer: the predecessor again gets the same successor, as often as asked", async () => {
    const first = textOf(await refresh(ada.refresh_token));
    expect(textOf(await refresh(ada.refresh_token))).toBe(first);
    expect(textOf(await refresh(ada.refresh_token))).toBe(first);
    expect((await refresh(first)).status).toBe(200);
    expect(await isAlive()).toBe(true);
  });

  it("ten at once with one token: all get the same successor, and it works", async () => {
    const answers = await Promise.all(Array.from({ length: 10 }, () => refresh(ada.refresh_token)));
    expect(answers.map((a) => a.status)).toEqual(Array(10).fill(200));
    const successors = new Set(answers.map(textOf));
    expect(successors.size).toBe(1);
    expect((await refresh([...successors][0] ?? "")).status).toBe(200);
    expect(await isAlive()).toBe(true);
  });

  it("long after, the predecessor again gets a fresh successor in place of the unused one", async () => {
    const lost = textOf(await refresh(ada.refresh_token));
    await later();
    const fresh = textOf(await refresh(ada.refresh_token));
    expect(fresh).not.toBe(lost);
    expect((await refresh(fresh)).status).toBe(200);
    expect(await isAlive()).toBe(true);
  });

  it("a thief and the owner cannot share a session: the replaced successor ends it", async () => {
    const stolen = ada.refresh_token;
    const owners = textOf(await refresh(ada.refresh_token));
    await later();
    const thiefs = textOf(await refresh(stolen));
    expect((await refresh(owners)).error?.code).toBe("refresh_rejected");
    expect(await isAlive()).toBe(false);
    expect((await refresh(thiefs)).error?.code).toBe("refresh_rejected");
    expect((await call("me", { token: ada.token })).error?.code).toBe("session_revoked");
  });

  it("a token whose successor was used is reuse, and ends the session", async () => {
    const second = textOf(await refresh(ada.refresh_token));
    const third = textOf(await refresh(second));
    expect((await refresh(ada.refresh_token)).error?.code).toBe("refresh_rejected");
    expect(await row("SELECT end_reason FROM session WHERE id = ?", ada.session_id)).toEqual({ end_reason: "reused" });
    for (const token of [second, third]) expect((await refresh(token)).error?.code).toBe("refresh_rejected");
  });

  it("an invented or altered token is rejected, reads nothing and ends nothing", async () => {
    const [id = "", secret = "", tag = ""] = ada.refresh_token.split(".");
    const forged = await new RefreshTokens("A".repeat(43)).mint(id);
    for (const token of [
      "x",
      "..",
      `${id}.${secret}`,
      `${id}.${secret}x.${tag}`,
      `${id}.${secret}.${tag.slice(0, -2)}AA`,
      forged.text,
      `${ada.refresh_token}.x`,
    ])
      expect((await refresh(token)).error?.code).toBe("refresh_rejected");
    expect(await isAlive()).toBe(true);
    expect((await refresh(ada.refresh_token)).status).toBe(200);
  });

  it("without a token, or for a session that ran out, is rejected", async () => {
    expect((await call("refresh")).error?.code).toBe("refresh_rejected");
    await run("UPDATE session SET expires_at = ? WHERE id = ?", Date.now() - 1, ada.session_id);
    expect((await refresh(ada.refresh_token)).error?.code).toBe("refresh_rejected");
    expect((await call("me", { token: ada.token })).error?.code).toBe("session_revoked");
  });

  it("a session of another MASTER_KEY is rejected", async () => {
    const other = { ...bindings, MASTER_KEY: `${"B".repeat(42)}A` };
    const { text } = await new RefreshTokens(other.MASTER_KEY).mint(ada.session_id);
    expect((await refresh(text)).error?.code).toBe("refresh_rejected");
  });
});
