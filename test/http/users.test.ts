import { beforeAll, describe, expect, it } from "vitest";
import { openDatabase } from "../../src/db/database.ts";
import { Directory } from "../../src/db/directory.ts";
import { bindings, call, prepare, type Somebody, somebody } from "./world.ts";

let ada: Somebody;

beforeAll(async () => {
  await prepare();
  ada = await somebody({ username: "ada.lovelace", display_name: "Ada Lovelace" });
  await somebody({ username: "adalbert", display_name: "Adalbert Ämter" });
  await somebody({ username: "grace", display_name: "Grace O'Brien" });
  await somebody({ username: "yamada", display_name: "山田太郎" });
  await somebody({ username: "percent_100", display_name: "100% sure" });
});

const search = async (q: string, more: object = {}): Promise<string[]> => {
  const { data } = await call("searchUsers", { token: ada.token, query: { q, ...more } });
  return (data as unknown as { users: { username: string }[] }).users.map((user) => user.username);
};

describe("finding people", () => {
  it.each([
    ["ada", ["ada.lovelace", "adalbert"]],
    ["ADA.L", ["ada.lovelace"]],
    ["@grace", ["grace"]],
    ["love", ["ada.lovelace"]],
    ["brien", ["grace"]],
    ["o'br", ["grace"]],
    ["amter", ["adalbert"]],
    ["Ämt", ["adalbert"]],
    ["lov ada", ["ada.lovelace"]],
    ["ada grace", []],
    ["山田", ["yamada"]],
    ["ovelace", []],
  ])("%s finds %j", async (q, found) => {
    expect(await search(q)).toEqual(found);
  });

  it("marks of patterns are nothing special", async () => {
    for (const q of ["%", "_", "*", "a%", "' OR 1=1 --", '"', "\\"]) expect([q, await search(q)]).toEqual([q, []]);
    expect(await search("100%")).toEqual(["percent_100"]);
  });

  it("an address is found whole or not at all, and not as a word", async () => {
    expect(await search("GRACE@example.com")).toEqual(["grace"]);
    expect(await search("grace@example")).toEqual([]);
    expect(await search("example")).toEqual([]);
    const { data } = await call("searchUsers", { token: ada.token, query: { q: "grace@example.com" } });
    expect(JSON.stringify(data)).not.toContain("grace@example.com");
  });

  it("of several beginnings so many rows are looked at and no more, page by page", async () => {
    for (let i = 0; i < 9; i++)
      await somebody({ username: `bound${i}`, display_name: i % 4 === 3 ? "Boundless Quill" : "Boundless" });
    const directory = new Directory(openDatabase(bindings.DB));
    const find = async (more: { looked_at?: number; after?: string }) => {
      const { users } = await directory.search("boundless qui", {
        by: ada.user_id,
        limit: 5,
        is_with_demo: true,
        ...more,
      });
      return users.map(({ username }) => username);
    };
    const all = await find({});
    expect(all.toSorted()).toEqual(["bound3", "bound7"]);
    const people = await directory.search("boundless", { by: ada.user_id, limit: 9, is_with_demo: true });
    const order = people.users.map(({ username }) => username);
    for (let lookedAt = 1; lookedAt <= order.length; lookedAt++)
      expect(await find({ looked_at: lookedAt })).toEqual(all.filter((name) => order.indexOf(name) < lookedAt));
    // The count begins anew behind the last one found.
    const first = people.users.find(({ username }) => username === all[0]);
    const gap = order.indexOf(all[1] ?? "") - order.indexOf(all[0] ?? "");
    expect(await find({ looked_at: gap, after: first?.user_id ?? "" })).toEqual(all.slice(1));
  });

  it("pages have everybody once, in order, whatever their size", async () => {
    const names = Array.from({ length: 23 }, (_, i) => `paging${String(i).padStart(2, "0")}`);
    for (const username of names) await somebody({ username, display_name: `Paging ${username} Zed` });
    for (const limit of [1, 5, 23, 100]) {
      const seen: string[] = [];
      let cursor: string | undefined;
      do {
        const query: Record<string, string | number> = { q: "paging", limit };
        if (cursor) query.cursor = cursor;
        const { data } = await call("searchUsers", { token: ada.token, query });
        const page = data as unknown as { users: { username: string }[]; next_cursor?: string };
        seen.push(...page.users.map((user) => user.username));
        cursor = page.next_cursor;
      } while (cursor);
      expect(seen.toSorted()).toEqual(names);
    }
    const { error } = await call("searchUsers", { token: ada.token, query: { q: "paging", cursor: "nonsense" } });
    expect(error?.code).toBe("invalid");
  });

  it("reads ranges of the index, not the table", async () => {
    const { DB } = bindings;
    const seen: string[] = [];
    const spying = new Proxy(DB, {
      get: (target, name) =>
        name === "prepare"
          ? (sql: string) => {
              seen.push(sql);
              return target.prepare(sql);
            }
          : Reflect.get(target, name),
    });
    await call("searchUsers", { token: ada.token, query: { q: "ada lov" }, vars: { DB: spying } });
    const sql = seen.find((text) => text.includes("user_word")) ?? "";
    const values = (sql.match(/\?/g) ?? []).map(() => "a");
    const { results } = await DB.prepare(`EXPLAIN QUERY PLAN ${sql}`)
      .bind(...values)
      .all<{ detail: string }>();
    const plan = results.map((row) => row.detail).join("\n");
    expect(plan).not.toMatch(/SCAN|TEMP B-TREE/);
    expect(plan).toContain("word>? AND word<?");
  });

  it("demo accounts are found in local mode only", async () => {
    await somebody({ username: "demoperson", is_demo: true });
    expect(await search("demoper")).toEqual(["demoperson"]);
    const { data } = await call("searchUsers", {
      token: ada.token,
      query: { q: "demoper" },
      vars: { MODE: "production" },
    });
    expect(data).toEqual({ users: [] });
  });

  it("reading the directory out is slowed down", async () => {
    const greedy = await somebody();
    const answers = [];
    for (let i = 0; i < 80; i++)
      answers.push(await call("searchUsers", { token: greedy.token, query: { q: `x${i}` } }));
    const refused = answers.filter((answer) => answer.error?.code === "rate_limited");
    expect(refused.length).toBeGreaterThan(5);
    expect(refused[0]?.error?.retry_after).toBe(1);
    expect(await search("grace")).toEqual(["grace"]);
  });
});

describe("profiles", () => {
  it("others see names and the status message, not the address", async () => {
    const bob = await somebody({ username: "bob.p", display_name: "Bob" });
    await call("setStatus", { token: bob.token, body: { status_message: "  on a boat " } });
    const { data } = await call("profile", { token: ada.token, params: { id: bob.user_id } });
    expect(data).toEqual({
      user_id: bob.user_id,
      username: "bob.p",
      display_name: "Bob",
      first_name: "",
      last_name: "",
      status_message: "on a boat",
    });
    expect((await call("me", { token: bob.token })).data.email).toBe("bob.p@example.com");
  });

  it("an unknown person is not found", async () => {
    const { error } = await call("profile", { token: ada.token, params: { id: "u0000000000000000" } });
    expect(error?.code).toBe("not_found");
  });
});

describe("status", () => {
  it("sets what is given and leaves the rest", async () => {
    const bob = await somebody();
    const set = async (body: object) => (await call("setStatus", { token: bob.token, body })).data;
    expect(await set({ status: "busy", status_message: "deep in it" })).toMatchObject({ status_message: "deep in it" });
    expect(await set({ status_message: "still" })).toMatchObject({ status_message: "still" });
    expect(await set({ status: "online" })).toMatchObject({ status_message: "still" });
    expect(await set({})).toEqual({ status: "offline", status_message: "still" });
    expect(await set({ status_message: "" })).toMatchObject({ status_message: "" });
  });

  it("is refused if it is too long or none of ours", async () => {
    for (const body of [{ status: "offline" }, { status: "x" }, { status_message: "x".repeat(141) }])
      expect((await call("setStatus", { token: ada.token, body })).error?.code).toBe("invalid");
  });
});
