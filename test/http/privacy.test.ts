import { beforeAll, describe, expect, it } from "vitest";
import { USUAL_PRIVACY } from "../../src/domain/privacy.ts";
import type { ChatView, History, Operation } from "../../src/protocol/rest.ts";
import { type Answer, type Ask, bindings, call, prepare, type Somebody, somebody } from "./world.ts";

beforeAll(prepare);

const as = (who: Somebody, operation: Operation, what: Ask = {}): Promise<Answer> =>
  call(operation, { token: who.token, ...what });

const pair = async (): Promise<[Somebody, Somebody]> => [await somebody(), await somebody()];

const openDirect = (who: Somebody, whom: Somebody) =>
  as(who, "createChat", { body: { chat_type: "direct", participants: [whom.user_id] } });

const direct = async (who: Somebody, whom: Somebody): Promise<string> =>
  ((await openDirect(who, whom)).data as unknown as ChatView).chat.chat_id;

const say = (who: Somebody, chatId: string, content: string) =>
  as(who, "sendMessage", { params: { id: chatId }, body: { content } });

const keep = (who: Somebody, whom: Somebody) => as(who, "putContact", { body: { user_id: whom.user_id } });
const set = (who: Somebody, body: object) => as(who, "setPrivacy", { body });
const block = (who: Somebody, whom: Somebody, blocked = true) =>
  as(who, "block", { body: { user_id: whom.user_id, blocked } });

const lineOf = async (who: Somebody, chatId: string): Promise<Record<string, unknown> | undefined> =>
  ((await as(who, "listChats")).data.chats as unknown as { chat_id: string }[]).find((c) => c.chat_id === chatId);

const unreachable = (): never => {
  throw new Error("no network");
};

describe("privacy", () => {
  it("is as usual until it is changed; what is not given stays, at the same time too", async () => {
    const ada = await somebody();
    expect((await as(ada, "privacy")).data).toEqual(USUAL_PRIVACY);
    const both = await Promise.all([set(ada, { online: "nobody" }), set(ada, { has_typing: false })]);
    expect(both.map(({ status }) => status)).toEqual([200, 200]);
    expect((await as(ada, "privacy")).data).toEqual({ ...USUAL_PRIVACY, online: "nobody", has_typing: false });
    expect((await set(ada, {})).error?.code).toBe("invalid");
    expect((await set(ada, { online: "friends" })).error?.code).toBe("invalid");
    expect((await set(ada, { is_admin: true })).error?.code).toBe("invalid");
  });

  it("findable: by everybody, by one's contacts, by nobody but oneself; whole addresses too", async () => {
    const [ada, bela] = [await somebody({ username: "waldtraut" }), await somebody()];
    const finds = async (who: Somebody, q = "waldtraut") =>
      ((await as(who, "searchUsers", { query: { q } })).data.users as unknown as object[]).length === 1;
    expect(await finds(bela)).toBe(true);
    await set(ada, { findable: "contacts" });
    expect([await finds(bela), await finds(bela, ada.email), await finds(ada)]).toEqual([false, false, true]);
    await keep(ada, bela);
    expect([await finds(bela), await finds(bela, ada.email)]).toEqual([true, true]);
    await set(ada, { findable: "nobody" });
    expect([await finds(bela), await finds(bela, ada.email)]).toEqual([false, false]);
  });

  it("reachable: who may begin a direct chat; one that exists stays open", async () => {
    const [ada, bela] = await pair();
    const cleo = await somebody();
    const chatId = await direct(cleo, ada);
    await set(ada, { reachable: "contacts" });
    expect((await openDirect(bela, ada)).error?.code).toBe("not_allowed");
    expect((await openDirect(cleo, ada)).status).toBe(201);
    expect((await say(cleo, chatId, "still here")).status).toBe(201);
    await keep(ada, bela);
    expect((await openDirect(bela, ada)).status).toBe(201);
    await set(ada, { reachable: "nobody" });
    const dora = await somebody();
    expect((await openDirect(dora, ada)).error?.code).toBe("not_allowed");
    // The other way it is free: she may begin one, and then it is there for both.
    await direct(ada, dora);
    expect((await openDirect(dora, ada)).status).toBe(201);
  });

  it("addable: who may put one into a group; others are told, and the rest is added", async () => {
    const [ada, bela] = await pair();
    const cleo = await somebody();
    await set(ada, { addable: "contacts" });
    const made = await as(bela, "createChat", {
      body: { chat_type: "group", name: "g", participants: [ada.user_id, cleo.user_id] },
    });
    const view = made.data as unknown as ChatView;
    expect(view.members.map((m) => m.user_id)).not.toContain(ada.user_id);
    const params = { id: view.chat.chat_id };
    const add = () => as(bela, "addParticipants", { params, body: { user_ids: [ada.user_id] } });
    expect((await add()).data).toEqual({ members: [], invite_only: [ada.user_id] });
    await keep(ada, bela);
    expect((await add()).data).toMatchObject({ members: [{ user_id: ada.user_id }] });
  });

  it("online and last seen: as the asker may see it, and nothing of what they hide themselves", async () => {
    const [ada, bela] = await pair();
    const chatId = await direct(ada, bela);
    await say(ada, chatId, "hi");
    const presence = async (who: Somebody, of: Somebody) =>
      (await as(who, "presence", { params: { id: chatId, userId: of.user_id } })).data;
    expect((await as(bela, "setStatus", { body: { custom_status: { text: "hm" } } })).data).toMatchObject({
      ...{ status: "offline", custom_status: { text: "hm" } },
    });
    expect(await presence(ada, bela)).toMatchObject({ status: "offline", custom_status: { text: "hm" } });
    await block(bela, ada);
    expect(await presence(ada, bela)).not.toHaveProperty("custom_status");
    expect(await presence(bela, ada)).toMatchObject({ timestamp: "1970-01-01T00:00:00.000Z" });
    await block(bela, ada, false);
    await set(ada, { online: "nobody" });
    expect((await presence(ada, bela)).timestamp).toBe("1970-01-01T00:00:00.000Z");
    expect((await as(ada, "ownPresence")).data).toEqual({ status: "offline", state: "offline" });
  });

  it("read receipts: hidden in every chat when the request is answered, and mutual", async () => {
    const [ada, bela] = await pair();
    const chatId = await direct(ada, bela);
    await say(ada, chatId, "read me");
    await expect.poll(() => lineOf(bela, chatId)).toBeDefined();
    await set(bela, { has_read_receipts: false });
    await as(bela, "markRead", { params: { id: chatId }, body: { seq: 1 } });
    const receipts = async (who: Somebody) =>
      ((await as(who, "getChat", { params: { id: chatId } })).data as unknown as ChatView).receipts;
    expect((await receipts(ada)).find((r) => r.user_id === bela.user_id)).toMatchObject({ read_seq: 0 });
    expect((await receipts(bela)).find((r) => r.user_id === ada.user_id)).toMatchObject({ read_seq: 0 });
    await expect.poll(() => lineOf(bela, chatId)).toMatchObject({ unread: 0, read_seq: 1 });
    await set(bela, { has_read_receipts: true });
    expect((await receipts(ada)).find((r) => r.user_id === bela.user_id)).toMatchObject({ read_seq: 1 });
  });
});

describe("a block and the direct chat", () => {
  it("the blocked one's words are taken and unseen; the blocker cannot write; the line says so", async () => {
    const [ada, bela] = await pair();
    const chatId = await direct(ada, bela);
    await say(ada, chatId, "hi");
    await block(ada, bela);
    expect((await say(bela, chatId, "hello?")).status).toBe(201);
    expect((await say(ada, chatId, "no")).error?.code).toBe("blocked");
    const { messages } = (await as(ada, "history", { params: { id: chatId } })).data as unknown as History;
    expect(messages.map((m) => m.is_hidden === true)).toEqual([false, true]);
    await expect.poll(() => lineOf(ada, chatId)).toMatchObject({ is_blocked: true, unread: 0, head_seq: 1 });
    expect(await lineOf(bela, chatId)).not.toHaveProperty("is_blocked");
    await block(ada, bela, false);
    expect((await say(ada, chatId, "well")).status).toBe(201);
    await expect.poll(() => lineOf(ada, chatId)).not.toHaveProperty("is_blocked");
  });

  it("a chat that is begun during a block is under it; a block the chat was not told of is repaired by opening it", async () => {
    const [ada, bela] = await pair();
    await block(ada, bela);
    const chatId = await direct(bela, ada);
    expect((await say(bela, chatId, "let me in")).status).toBe(201);
    expect(await lineOf(ada, chatId)).toBeUndefined();
    expect((await say(ada, chatId, "no")).error?.code).toBe("blocked");
    const [cleo, dora] = await pair();
    const other = await direct(cleo, dora);
    const CHATS = { ...bindings.CHATS, idFromName: unreachable };
    const vars = { CHATS } as unknown as Partial<typeof bindings>;
    const body = { user_id: dora.user_id, blocked: true };
    expect((await as(cleo, "block", { body, vars })).error?.code).toBe("unavailable");
    expect((await as(cleo, "listBlocked")).data.people).toHaveLength(1);
    expect((await say(cleo, other, "still")).status).toBe(201);
    await openDirect(dora, cleo);
    expect((await say(cleo, other, "no more")).error?.code).toBe("blocked");
    expect((await as(cleo, "block", { body })).status).toBe(200);
  });

  it("what the hub was not told of is told by the same request again", async () => {
    const [ada] = await pair();
    const USERS = { ...bindings.USERS, idFromName: unreachable };
    const vars = { USERS } as unknown as Partial<typeof bindings>;
    const first = await as(ada, "setPrivacy", { body: { online: "nobody" }, vars });
    expect(first.error?.code).toBe("unavailable");
    expect((await set(ada, { online: "nobody" })).data).toMatchObject({ online: "nobody" });
  });
});
