import { createExecutionContext, createMessageBatch, createScheduledController, getQueueResult } from "cloudflare:test";
import { beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { KEY_LIFE_MS } from "../../src/auth/keyring.ts";
import type { Env } from "../../src/http/env.ts";
import worker from "../../src/index.ts";
import { runUpkeep } from "../../src/jobs/upkeep.ts";
import { newChatId, newUserId } from "../../src/protocol/ids.ts";
import type { MembershipRow, ProjectionJob } from "../../src/protocol/job.ts";
import type { ChatView } from "../../src/protocol/rest.ts";
import { bindings, call, prepare, row, run, somebody } from "../http/world.ts";

beforeAll(prepare);

const T1 = "2027-01-01T00:00:00.000Z";
const T2 = "2027-01-02T00:00:00.000Z";

let confirmed: { chat: string; ids: number[] }[];
let env: Env;
beforeEach(() => {
  confirmed = [];
  const CHATS = {
    idFromName: (name: string) => name,
    get: (chat: string) => ({
      confirmProjected: async (ids: number[]) => {
        confirmed.push({ chat, ids });
      },
    }),
  };
  env = { ...bindings, CHATS: CHATS as unknown as Env["CHATS"] };
});

const member = (user_id: string, rev: number, more: Partial<MembershipRow> = {}): MembershipRow => ({
  ...{ outbox_id: rev, user_id, role: "member", joined_at: T1, removed_at: null, rev },
  ...more,
});
const job = (chat_id: string, rows: MembershipRow[], more: Partial<ProjectionJob> = {}): ProjectionJob => ({
  ...{ kind: "membership", chat_id, chat_type: "group", name: "Boat", is_active: true, rows },
  ...more,
});

/** Delivers bodies as one batch, and says which were acknowledged and which come again. */
async function deliver(bodies: unknown[], queue = "parley-projections", with_: Env = env) {
  const batch = createMessageBatch(
    queue,
    bodies.map((body, i) => ({ id: String(i), timestamp: new Date(), attempts: 1, body })),
  );
  const context = createExecutionContext();
  await worker.queue(batch, with_);
  const result = await getQueueResult(batch, context);
  return { acked: result.explicitAcks, retried: result.retryMessages.map((message) => message.msgId) };
}

const stored = (chatId: string, userId: string) =>
  row("SELECT role, removed_at, rev FROM chat_member WHERE chat_id = ? AND user_id = ?", chatId, userId);

describe("projection", () => {
  it("stores chat and members, then confirms exactly those rows to the chat", async () => {
    const [chat, ada, bob] = [newChatId("group"), newUserId(), newUserId()];
    const answer = await deliver([job(chat, [member(ada, 1, { role: "owner" }), member(bob, 2)])]);
    expect(answer).toEqual({ acked: ["0"], retried: [] });
    expect(await stored(chat, ada)).toEqual({ role: "owner", removed_at: null, rev: 1 });
    expect(await row("SELECT type, name, is_active FROM chat WHERE id = ?", chat)).toEqual({
      type: "group",
      name: "Boat",
      is_active: 1,
    });
    expect(confirmed).toEqual([{ chat, ids: [1, 2] }]);
  });

  it("a straggler does not list a chat again that was made private, nor bring its old words back", async () => {
    const [chat, ada] = [newChatId("channel"), newUserId()];
    const told = (rev: number, name: string, is_listed: boolean) =>
      job(chat, [member(ada, rev)], {
        ...{ chat_type: "channel", name },
        listing: { rev, is_listed, description: name, member_count: rev, needs_approval: false },
      });
    const stored = async () => [
      await row("SELECT is_listed, description, member_count FROM chat WHERE id = ?", chat),
      await row("SELECT group_concat(word, ' ') AS words FROM chat_word WHERE chat_id = ?", chat),
    ];
    await deliver([told(3, "Tide tables", true)]);
    expect(await stored()).toEqual([
      { is_listed: 1, description: "Tide tables", member_count: 3 },
      { words: "tables tide" },
    ]);
    await deliver([told(5, "Tide log", true), told(4, "Older", true)]);
    expect((await stored())[1]).toEqual({ words: "log tide" });
    await deliver([told(7, "Tide log", false), told(6, "Tide log", true), told(3, "Tide tables", true)]);
    expect(await stored()).toEqual([{ is_listed: 0, description: "", member_count: 7 }, { words: null }]);
    // A job of an older object says nothing of the directory.
    await deliver([told(8, "Tide log", true), job(chat, [member(ada, 9)], { chat_type: "channel", name: "Tide log" })]);
    expect((await stored())[0]).toMatchObject({ is_listed: 1 });
  });

  it("a repeat and a straggler change nothing, and are confirmed all the same", async () => {
    const [chat, ada] = [newChatId("group"), newUserId()];
    const gone = job(chat, [member(ada, 5, { removed_at: T2 })], { name: "New", is_active: false });
    await deliver([gone, gone, job(chat, [member(ada, 3, { role: "admin" })], { name: "Old" })]);
    expect(await stored(chat, ada)).toEqual({ role: "member", removed_at: Date.parse(T2), rev: 5 });
    expect(await row("SELECT name, is_active FROM chat WHERE id = ?", chat)).toEqual({ name: "New", is_active: 0 });
    expect(confirmed.map(({ ids }) => ids)).toEqual([[5], [5], [3]]);
    await deliver([job(chat, [member(ada, 8, { role: "admin" })])]);
    expect(await stored(chat, ada)).toEqual({ role: "admin", removed_at: null, rev: 8 });
  });

  it("takes more rows than D1 takes parameters", async () => {
    const chat = newChatId("group");
    await deliver([
      job(
        chat,
        Array.from({ length: 300 }, (_, i) => member(newUserId(), i + 1)),
      ),
    ]);
    expect(await row("SELECT count(*) AS n FROM chat_member WHERE chat_id = ?", chat)).toEqual({ n: 300 });
  });

  it("a job that fails comes again alone; its neighbours are done", async () => {
    const log = vi.spyOn(console, "error").mockImplementation(() => {});
    const [good, bad] = [newChatId("group"), job("not a chat", [member(newUserId(), 1)])];
    const answer = await deliver([bad, job(good, [member(newUserId(), 1)]), { kind: "else" }, null]);
    expect(answer).toEqual({ acked: ["1"], retried: ["0", "2", "3"] });
    expect(log).toHaveBeenCalledTimes(3);
    log.mockRestore();
  });

  it("without the chat's confirmation the job comes again", async () => {
    const log = vi.spyOn(console, "error").mockImplementation(() => {});
    const CHATS = {
      idFromName: (name: string) => name,
      get: () => ({ confirmProjected: () => Promise.reject(new Error("asleep")) }),
    };
    const answer = await deliver([job(newChatId("group"), [member(newUserId(), 1)])], undefined, {
      ...env,
      CHATS: CHATS as unknown as Env["CHATS"],
    });
    expect(answer.retried).toEqual(["0"]);
    log.mockRestore();
  });

  it("dead letters are named in the log and let go", async () => {
    const log = vi.spyOn(console, "error").mockImplementation(() => {});
    const chat = newChatId("group");
    const answer = await deliver([job(chat, []), "garbage"], "parley-projections-dead");
    expect(answer).toEqual({ acked: ["0", "1"], retried: [] });
    const logged = log.mock.calls.flat().join(" ");
    expect(logged).toContain(chat);
    log.mockRestore();
  });

  it("a real chat's members reach D1, and the chat owes nothing more", async () => {
    const [ada, bob] = [await somebody(), await somebody()];
    const made = await call("createChat", {
      token: ada.token,
      body: { chat_type: "group", name: "Boat", participants: [bob.user_id] },
    });
    const { chat_id } = (made.data as unknown as ChatView).chat;
    await vi.waitFor(async () => expect(await stored(chat_id, bob.user_id)).toMatchObject({ role: "member" }), {
      timeout: 15_000,
      interval: 100,
    });
    await call("removeParticipant", { token: ada.token, params: { id: chat_id, userId: bob.user_id } });
    await vi.waitFor(async () => expect((await stored(chat_id, bob.user_id))?.removed_at).not.toBeNull(), {
      timeout: 15_000,
      interval: 100,
    });
  });
});

describe("upkeep", () => {
  it("the cron runs it", async () => {
    await run("UPDATE signing_key SET activated_at = 1 WHERE state = 'active'");
    const before = await row("SELECT id FROM signing_key WHERE state = 'next'");
    await worker.scheduled(createScheduledController(), bindings);
    expect((await row("SELECT id FROM signing_key WHERE state = 'active'"))?.id).toBe(before?.id);
  });

  it("tells the hubs that were owed, once", async () => {
    const ada = await somebody();
    await run("UPDATE session SET ended_at = 1, end_reason = 'revoked', is_hub_owed = 1 WHERE id = ?", ada.session_id);
    await runUpkeep(bindings);
    expect(await row("SELECT is_hub_owed FROM session WHERE id = ?", ada.session_id)).toEqual({ is_hub_owed: 0 });
    const hub = bindings.USERS.get(bindings.USERS.idFromName(ada.user_id));
    expect(await hub.registerSocket(ada.session_id, newChatId("group"))).toBe(false);
  });

  it("a hub that cannot be reached is owed on, and keeps no other waiting", async () => {
    const log = vi.spyOn(console, "error").mockImplementation(() => {});
    const people = [await somebody(), await somebody(), await somebody()];
    const [, lost] = people;
    for (const [i, { session_id }] of people.entries())
      await run("UPDATE session SET ended_at = ?, is_hub_owed = 1 WHERE id = ?", i + 1, session_id);
    const USERS = {
      idFromName: (name: string) => name,
      get: (user: string) => ({
        revokeSession: () => (user === lost?.user_id ? Promise.reject(new Error("asleep")) : Promise.resolve()),
      }),
    };
    await runUpkeep({ ...bindings, USERS: USERS as unknown as Env["USERS"] });
    for (const { user_id, session_id } of people)
      expect(await row("SELECT is_hub_owed FROM session WHERE id = ?", session_id)).toEqual({
        is_hub_owed: user_id === lost?.user_id ? 1 : 0,
      });
    log.mockRestore();
  });

  it("a session that ran out ends like any other: its hub closes what it had open", async () => {
    const [ada, bob] = [await somebody(), await somebody()];
    await run("UPDATE session SET expires_at = ? WHERE id = ?", Date.now() - 1_000, ada.session_id);
    await runUpkeep(bindings);
    expect(await row("SELECT end_reason, is_hub_owed FROM session WHERE id = ?", ada.session_id)).toEqual({
      end_reason: "expired",
      is_hub_owed: 0,
    });
    for (const { user_id, session_id, lives } of [
      { ...ada, lives: false },
      { ...bob, lives: true },
    ]) {
      const hub = bindings.USERS.get(bindings.USERS.idFromName(user_id));
      expect(await hub.registerSocket(session_id, newChatId("group"))).toBe(lives);
    }
  });

  it("a session is not forgotten before its hub has heard of its end", async () => {
    const log = vi.spyOn(console, "error").mockImplementation(() => {});
    const ada = await somebody();
    await run("UPDATE session SET expires_at = 1 WHERE id = ?", ada.session_id);
    const USERS = { idFromName: (name: string) => name, get: () => ({ revokeSession: () => Promise.reject() }) };
    await runUpkeep({ ...bindings, USERS: USERS as unknown as Env["USERS"] });
    expect(await row("SELECT is_hub_owed FROM session WHERE id = ?", ada.session_id)).toEqual({ is_hub_owed: 1 });
    await runUpkeep(bindings);
    expect(await row("SELECT id FROM session WHERE id = ?", ada.session_id)).toBeNull();
    log.mockRestore();
  });

  it("looking for what ran out reads only that", async () => {
    const { results } = await bindings.DB.prepare(
      "EXPLAIN QUERY PLAN SELECT id FROM session WHERE expires_at <= 5 AND ended_at IS NULL ORDER BY expires_at LIMIT 9",
    ).all<{ detail: string }>();
    expect(results.map((step) => step.detail)).toEqual([expect.stringContaining("session_expiry (ended_at=? AND exp")]);
  });

  it("forgets sessions a month after they ran out, not before", async () => {
    const [old, recent] = [await somebody(), await somebody()];
    const day = 24 * 3_600_000;
    await run("UPDATE session SET expires_at = ? WHERE id = ?", Date.now() - 31 * day, old.session_id);
    await run("UPDATE session SET expires_at = ? WHERE id = ?", Date.now() - 29 * day, recent.session_id);
    await runUpkeep(bindings);
    expect(await row("SELECT id FROM session WHERE id = ?", old.session_id)).toBeNull();
    expect(await row("SELECT id FROM session WHERE id = ?", recent.session_id)).not.toBeNull();
  });

  it("a part that fails does not keep the others from running", async () => {
    const log = vi.spyOn(console, "error").mockImplementation(() => {});
    const ada = await somebody();
    await run("UPDATE session SET ended_at = 1, is_hub_owed = 1 WHERE id = ?", ada.session_id);
    await runUpkeep({ ...bindings, MASTER_KEY: "" }, Date.now() + 3 * KEY_LIFE_MS);
    expect(log.mock.calls.flat().join(" ")).toContain("upkeep of signing keys");
    expect(await row("SELECT is_hub_owed FROM session WHERE id = ?", ada.session_id)).toBeNull();
    log.mockRestore();
  });
});
