import { beforeAll, describe, expect, it } from "vitest";
import { directChatId } from "../../src/protocol/ids.ts";
import type { ChatView, History } from "../../src/protocol/rest.ts";
import { type Answer, call, prepare, type Somebody, somebody } from "./world.ts";

let [ada, bob, cleo, dan]: Somebody[] = [];
const must = (who: Somebody | undefined): Somebody => {
  if (!who) throw new Error("nobody");
  return who;
};

beforeAll(async () => {
  await prepare();
  [ada, bob, cleo, dan] = [await somebody(), await somebody(), await somebody(), await somebody()];
});

const create = (who: Somebody | undefined, body: object) => call("createChat", { token: must(who).token, body });
const viewOf = (answer: Answer) => answer.data as unknown as ChatView;
const group = async (...people: (Somebody | undefined)[]): Promise<string> => {
  const [owner, ...others] = people.map(must);
  const answer = await create(owner, {
    chat_type: "group",
    chat_name: "Boat",
    participants: others.map((p) => p.user_id),
  });
  return viewOf(answer).chat.chat_id;
};
const send = (who: Somebody | undefined, id: string, text: string, more: object = {}) =>
  call("sendMessage", { token: must(who).token, params: { id }, body: { content: text, ...more } });

describe("making chats", () => {
  it("a group has its maker as owner and everybody once", async () => {
    const participants = [bob, cleo, bob, ada].map((p) => must(p).user_id);
    const answer = await create(ada, {
      chat_type: "group",
      name: "  Boat ",
      description: "d",
      participants,
      settings: { has_history_from_join: true },
    });
    const { chat, members, me } = viewOf(answer);
    expect(chat).toMatchObject({
      chat_type: "group",
      name: "Boat",
      description: "d",
      member_count: 3,
      settings: { has_history_from_join: true },
    });
    expect(members.map((m) => m.user_id).sort()).toEqual([ada, bob, cleo].map((p) => must(p).user_id).sort());
    expect(me.role).toBe("owner");
  });

  it("a direct chat is the same whoever opens it, and whenever", async () => {
    const one = viewOf(await create(ada, { chat_type: "direct", participants: [must(bob).user_id] }));
    const other = viewOf(
      await create(bob, { chat_type: "direct", participants: [must(ada).user_id, must(bob).user_id] }),
    );
    expect(one.chat.chat_id).toBe(await directChatId(must(ada).user_id, must(bob).user_id));
    expect(other.chat.chat_id).toBe(one.chat.chat_id);
    const both = await Promise.all([
      create(cleo, { chat_type: "direct", participants: [must(dan).user_id] }),
      create(dan, { chat_type: "direct", participants: [must(cleo).user_id] }),
    ]);
    expect(new Set(both.map((a) => viewOf(a).chat.chat_id)).size).toBe(1);
    const self = viewOf(await create(ada, { chat_type: "direct", participants: [must(ada).user_id] }));
    expect(self.members).toHaveLength(1);
  });

  it("a group made under an id of its maker's device is made once, however often it is asked for", async () => {
    const body = { chat_type: "group", chat_name: "Once", participants: [must(bob).user_id], client_chat_id: "tap-1" };
    const [first, second] = await Promise.all([create(ada, body), create(ada, body)]);
    const third = await create(ada, body);
    const ids = [first, second, third].map((answer) => viewOf(answer).chat.chat_id);
    expect(new Set(ids).size).toBe(1);
    expect(viewOf(await create(cleo, body)).chat.chat_id).not.toBe(ids[0]);
  });

  it("people who do not exist are named", async () => {
    const nobody = "u0000000000000000";
    const { error } = await create(ada, {
      chat_type: "group",
      chat_name: "x",
      participants: [must(bob).user_id, nobody],
    });
    expect([error?.code, error?.details]).toEqual(["not_found", { user_ids: [nobody] }]);
  });

  it("what makes no chat is invalid", async () => {
    const other = must(bob).user_id;
    for (const body of [
      { chat_type: "direct", participants: [] },
      { chat_type: "direct", participants: [other, must(cleo).user_id] },
      { chat_type: "group", participants: [other] },
      { chat_type: "group", chat_name: " ", participants: [other] },
      { chat_type: "group", chat_name: "a", name: "b", participants: [other] },
      { chat_type: "channel", participants: [] },
      { chat_type: "broadcast", participants: [other] },
      { chat_type: "broadcast", chat_name: "a", participants: [other], settings: { is_public: true } },
      { chat_type: "direct", participants: [must(dan).user_id], settings: { slow_mode_s: 10 } },
      { chat_type: "group", chat_name: "a", participants: Array(257).fill(other) },
    ])
      expect([body, (await create(ada, body)).error?.code]).toEqual([body, "invalid"]);
  });

  it("a chat shows in its maker's list at once, latest first, in pages", async () => {
    const eve = await somebody();
    const made = [];
    for (let i = 0; i < 5; i++) made.push(await group(eve, bob));
    await send(eve, made[1] ?? "", "now I am latest");
    const seen: string[] = [];
    let cursor: string | undefined;
    do {
      const query: Record<string, string | number> = { limit: 2 };
      if (cursor) query.cursor = cursor;
      const { data } = await call("listChats", { token: eve.token, query });
      const page = data as unknown as { chats: { chat_id: string }[]; has_more: boolean; next_cursor?: string };
      expect(page.has_more).toBe(page.next_cursor !== undefined);
      seen.push(...page.chats.map((chat) => chat.chat_id));
      cursor = page.next_cursor;
    } while (cursor);
    expect(seen.toSorted()).toEqual(made.toSorted());
    const filtered = await call("listChats", { token: eve.token, query: { filter: "direct" } });
    expect(filtered.data.chats).toEqual([]);
  });
});

describe("messages over HTTP", () => {
  it("are sent with 201 and `sent`, as text or content, and read back with their senders", async () => {
    const id = await group(ada, bob);
    const one = await send(ada, id, "ahoy");
    expect([one.status, one.data.delivery_status]).toEqual([201, "sent"]);
    await call("sendMessage", {
      token: must(bob).token,
      params: { id },
      body: { message_type: "text", content: { text: "👋🏽 سلام" }, reply_to_message_id: one.data.message_id },
    });
    const { messages, has_more, head_seq } = (await call("history", { token: must(bob).token, params: { id } }))
      .data as unknown as History;
    const texts = messages.filter((m) => m.message_type === "text").map((m) => [m.content, m.sender?.user_id]);
    expect(texts).toEqual([
      [{ text: "ahoy" }, must(ada).user_id],
      [{ text: "👋🏽 سلام" }, must(bob).user_id],
    ]);
    expect([has_more, head_seq]).toEqual([false, messages.at(-1)?.seq]);
  });

  it("a repeat is one message; the same id with other content is refused", async () => {
    const id = await group(ada, bob);
    const body = { client_msg_id: "repeat-1", seen_seq: 1 };
    const first = await send(ada, id, "once", body);
    const again = await send(ada, id, "once", body);
    expect(again.data.message_id).toBe(first.data.message_id);
    expect((await send(ada, id, "twice", body)).error?.code).toBe("id_reused");
    expect((await send(ada, id, "x", { seen_seq: 999 })).error?.code).toBe("seq_ahead");
  });

  it("pages go both ways without a hole, by seq or by id", async () => {
    const id = await group(ada, bob);
    for (let i = 0; i < 12; i++) await send(ada, id, `m${i}`);
    const page = async (query: Record<string, string | number>) =>
      (await call("history", { token: must(bob).token, params: { id }, query: { limit: 5, ...query } }))
        .data as unknown as History;
    const seen: number[] = [];
    let query: Record<string, string | number> = {};
    for (;;) {
      const { messages, has_more, next_before_id } = await page(query);
      seen.unshift(...messages.map((m) => m.seq));
      if (!has_more) break;
      query = { before_id: String(next_before_id) };
    }
    expect(seen).toEqual(Array.from({ length: seen.length }, (_, i) => i + 1));
    const after = await page({ after_id: 3 });
    expect(after.messages.map((m) => m.seq)).toEqual([4, 5, 6, 7, 8]);
    expect((await page({ after_id: String(after.next_after_id) })).messages[0]?.seq).toBe(9);
    const around = await page({ around_id: `${id}.6` });
    expect(around.messages.map((m) => m.seq)).toContain(6);
    expect([around.has_more, around.has_newer]).toEqual([true, true]);
  });

  it("a place of another chat is not found, two places are invalid", async () => {
    const [id, other] = [await group(ada, bob), await group(ada, bob)];
    const ask = (query: Record<string, string | number>) =>
      call("history", { token: must(ada).token, params: { id }, query });
    expect((await ask({ before_id: `${other}.1` })).error?.code).toBe("not_found");
    expect((await ask({ before_id: 3, after_id: 1 })).error?.code).toBe("invalid");
    expect((await ask({ before_id: "x" })).error?.code).toBe("invalid");
  });

  it("are deleted for everyone, and read up to a place", async () => {
    const id = await group(ada, bob);
    const { data } = await send(ada, id, "oops");
    const deleted = await call("deleteMessage", { token: must(ada).token, params: { id: String(data.message_id) } });
    expect(deleted.data).toMatchObject({ content: null, seq: data.seq });
    const receipt = await call("markRead", { token: must(bob).token, params: { id }, body: { seq: data.seq } });
    expect(receipt.data).toMatchObject({ user_id: must(bob).user_id, read_seq: data.seq });
    expect((await call("markRead", { token: must(bob).token, params: { id }, body: { seq: 999 } })).error?.code).toBe(
      "seq_ahead",
    );
  });
});

describe("members", () => {
  it("are added, ranked, listed in pages and removed", async () => {
    const id = await group(ada, bob);
    const token = must(ada).token;
    const added = await call("addParticipants", {
      token,
      params: { id },
      body: { user_ids: [must(cleo).user_id, must(dan).user_id] },
    });
    expect((added.data.members as unknown as object[]).length).toBe(2);
    const role = await call("setRole", { token, params: { id, userId: must(cleo).user_id }, body: { role: "admin" } });
    expect(role.data).toMatchObject({ user_id: must(cleo).user_id, role: "admin" });
    const seen: string[] = [];
    let cursor: string | undefined;
    do {
      const { data } = await call("listParticipants", {
        token,
        params: { id },
        query: { limit: 1, ...(cursor ? { cursor } : {}) },
      });
      seen.push(...(data.members as unknown as { user_id: string }[]).map((m) => m.user_id));
      cursor = data.next_cursor as string | undefined;
    } while (cursor);
    expect(seen.toSorted()).toEqual([ada, bob, cleo, dan].map((p) => must(p).user_id).sort());
    await call("removeParticipant", { token, params: { id, userId: must(dan).user_id } });
    expect((await call("getChat", { token: must(dan).token, params: { id } })).error?.code).toMatch(
      /not_found|removed/,
    );
    const { error } = await call("addParticipants", {
      token,
      params: { id },
      body: { user_ids: ["u0000000000000000"] },
    });
    expect(error?.code).toBe("not_found");
  });

  it("an owner hands over, or leaves to the next in rank; ending is the owner's", async () => {
    const id = await group(ada, bob, cleo);
    await call("setRole", {
      token: must(ada).token,
      params: { id, userId: must(bob).user_id },
      body: { role: "owner" },
    });
    expect(viewOf(await call("getChat", { token: must(bob).token, params: { id } })).me.role).toBe("owner");
    expect(
      (await call("deleteChat", { token: must(ada).token, params: { id }, query: { mode: "delete" } })).error?.code,
    ).toBe("forbidden");
    expect((await call("deleteChat", { token: must(bob).token, params: { id } })).status).toBe(200);
    expect(viewOf(await call("getChat", { token: must(ada).token, params: { id } })).me.role).toBe("owner");
    expect(
      (await call("deleteChat", { token: must(ada).token, params: { id }, query: { mode: "delete" } })).status,
    ).toBe(200);
  });

  it("name, description and settings change", async () => {
    const id = await group(ada, bob);
    const { data } = await call("updateChat", {
      token: must(ada).token,
      params: { id },
      body: { name: "Ship", description: "of fools", settings: { has_history_from_join: true } },
    });
    expect(data).toMatchObject({ name: "Ship", description: "of fools", settings: { has_history_from_join: true } });
    expect((await call("updateChat", { token: must(ada).token, params: { id }, body: {} })).error?.code).toBe(
      "invalid",
    );
  });

  it("presence is for those who share the chat", async () => {
    const id = await group(ada, bob);
    const ask = (who: Somebody | undefined, whom: Somebody | undefined) =>
      call("presence", { token: must(who).token, params: { id, userId: must(whom).user_id } });
    await send(bob, id, "here");
    expect((await ask(bob, ada)).data).toMatchObject({ user_id: must(ada).user_id, status: "offline" });
    expect((await ask(cleo, ada)).error?.code).toBe("not_found");
    expect((await ask(ada, cleo)).error?.code).toBe("not_found");
  });
});
