import { beforeAll, describe, expect, it } from "vitest";
import type { Report } from "../../src/protocol/people-routes.ts";
import type { ChatView, Operation } from "../../src/protocol/rest.ts";
import { type Answer, type Ask, call, prepare, row, type Somebody, somebody } from "./world.ts";

let admin: Somebody;
const VARS = { ADMINS: " Overseer , somebody.else" };

beforeAll(async () => {
  await prepare();
  admin = await somebody({ username: "overseer" });
});

const as = (who: Somebody, operation: Operation, what: Ask = {}): Promise<Answer> =>
  call(operation, { token: who.token, vars: VARS, ...what });

const report = (who: Somebody, what: object) => as(who, "report", { body: { reason: "spam", ...what } });

const queue = async (query: Record<string, string | number> = {}): Promise<Report[]> =>
  (await as(admin, "listReports", { query: { limit: 100, ...query } })).data.reports as unknown as Report[];

async function scene() {
  const [ada, bela] = [await somebody(), await somebody()];
  const made = await as(ada, "createChat", {
    body: { chat_type: "group", name: "market", participants: [bela.user_id] },
  });
  const { chat_id } = (made.data as unknown as ChatView).chat;
  const sent = await as(bela, "sendMessage", { params: { id: chat_id }, body: { content: "buy now!" } });
  return { ada, bela, chat_id, message_id: String(sent.data.message_id) };
}

describe("reports", () => {
  it("an administrator is told that they are one, nobody else", async () => {
    expect((await as(admin, "me")).data).toMatchObject({ is_admin: true });
    expect((await call("me", { token: admin.token })).data).not.toHaveProperty("is_admin");
    expect((await as(await somebody(), "me")).data).not.toHaveProperty("is_admin");
  });

  it("of a message keep what it said then, whatever becomes of it", async () => {
    const { ada, bela, message_id, chat_id } = await scene();
    const made = await report(ada, { message_id, comment: "again and again" });
    expect(made.status).toBe(201);
    await as(bela, "editMessage", { params: { id: message_id }, body: { content: "who, me?" } });
    await as(bela, "deleteMessage", { params: { id: message_id } });
    const found = (await queue()).find((r) => r.report_id === String(made.data.report_id));
    expect(found).toMatchObject({
      ...{ subject: "message", message_id, chat_id, evidence: "buy now!", comment: "again and again" },
      ...{ reporter: { user_id: ada.user_id }, user: { user_id: bela.user_id }, reason: "spam", state: "open" },
    });
  });

  it("of a person and of a chat; of one thing, with the reporter's rights", async () => {
    const { ada, bela, chat_id, message_id } = await scene();
    const stranger = await somebody();
    expect((await report(ada, { user_id: bela.user_id })).status).toBe(201);
    expect((await report(ada, { chat_id })).status).toBe(201);
    const mine = (await queue()).filter((r) => r.reporter.user_id === ada.user_id);
    expect(mine.map((r) => [r.subject, r.evidence])).toEqual([
      ["user", `${bela.username}\n${bela.username}\n`],
      ["chat", "market"],
    ]);
    for (const what of [{ chat_id }, { message_id }, { user_id: "u0000000000000000" }])
      expect((await report(stranger, what)).error?.code).toBe("not_found");
    expect((await report(ada, { message_id: `${chat_id}.999` })).error?.code).toBe("not_found");
    expect((await report(ada, {})).error?.code).toBe("invalid");
    expect((await report(ada, { chat_id, user_id: bela.user_id })).error?.code).toBe("invalid");
  });

  it("are one while open, however often they are sent; decided, they may come again", async () => {
    const { ada, message_id } = await scene();
    const send = async () => String((await report(ada, { message_id })).data.report_id);
    const id = await send();
    expect(await send()).toBe(id);
    const decided = await as(admin, "decideReport", { params: { id }, body: { state: "acted", note: "warned" } });
    expect(decided.data).toMatchObject({ state: "acted", note: "warned", decided_by: admin.user_id });
    const again = await send();
    expect(again).not.toBe(id);
    // Opened once more there would be two of the same: it stays as it is.
    const reopened = await as(admin, "decideReport", { params: { id }, body: { state: "open" } });
    expect(reopened.data.state).toBe("acted");
    expect((await queue({ state: "acted" })).map((r) => r.report_id)).toContain(id);
    expect(
      (await as(admin, "decideReport", { params: { id: "q0000000000000000" }, body: { state: "acted" } })).error?.code,
    ).toBe("not_found");
  });

  it("come oldest first, page by page", async () => {
    const { ada, bela, chat_id } = await scene();
    await report(ada, { user_id: bela.user_id });
    await report(bela, { chat_id });
    const all = (await queue()).map((r) => r.report_id);
    const pages: string[] = [];
    let cursor: string | undefined;
    do {
      const { data } = await as(admin, "listReports", { query: { limit: 2, ...(cursor ? { cursor } : {}) } });
      pages.push(...(data.reports as unknown as Report[]).map((r) => r.report_id));
      cursor = data.next_cursor as string | undefined;
    } while (cursor !== undefined);
    expect(pages).toEqual(all);
    expect((await as(admin, "listReports", { query: { cursor: "zzz" } })).error?.code).toBe("invalid");
  });

  it("are bounded", async () => {
    const ada = await somebody();
    const codes: unknown[] = [];
    for (let i = 0; i < 12; i++) codes.push((await report(ada, { user_id: (await somebody()).user_id })).error?.code);
    expect(codes).toContain("rate_limited");
    expect(await row("SELECT count(*) AS n FROM report WHERE reporter_id = ?", ada.user_id)).toEqual({ n: 10 });
  });

  it("are seen by administrators alone: by username, in whatever case; nobody is one by default", async () => {
    const ada = await somebody();
    expect((await as(ada, "listReports")).error?.code).toBe("forbidden");
    expect((await as(ada, "decideReport", { params: { id: "q0000000000000000" } })).error?.code).toBe("forbidden");
    expect((await as(admin, "listReports")).status).toBe(200);
    expect((await as(admin, "listReports", { vars: {} })).error?.code).toBe("forbidden");
    expect((await as(admin, "listReports", { vars: { ADMINS: "," } })).error?.code).toBe("forbidden");
    expect((await as(admin, "listReports", { vars: { ADMINS: "oversee" } })).error?.code).toBe("forbidden");
  });
});
