import { beforeAll, expect, it } from "vitest";
import { searchEverywhere } from "../../src/http/search-everywhere.ts";
import { newClientMsgId } from "../../src/protocol/ids.ts";
import type { ChatView } from "../../src/protocol/rest.ts";
import type { ChatCalls } from "../../src/protocol/rpc.ts";
import type { SearchAsk } from "../../src/protocol/search-rpc.ts";
import { bindings, call, prepare, type Somebody, somebody } from "./world.ts";

beforeAll(prepare);

interface Hit {
  message: { message_id: string; chat_id: string; seq: number; created_at: string; content: { text: string } };
  chat_name?: string;
  sender_name: string;
  snippet: string;
  ranges: [number, number][];
}

async function group(owner: Somebody, name: string, others: Somebody[] = [], settings = {}): Promise<string> {
  const body = { chat_type: "group", name, participants: others.map((other) => other.user_id), settings };
  const { data } = await call("createChat", { token: owner.token, body });
  return (data as unknown as ChatView).chat.chat_id;
}

const say = async (who: Somebody, chatId: string, content: string): Promise<string> =>
  String((await call("sendMessage", { token: who.token, params: { id: chatId }, body: { content } })).data.message_id);

async function find(who: Somebody, query: Record<string, string | number>) {
  const { data, error } = await call("search", { token: who.token, query });
  return { ...(data as unknown as { hits: Hit[]; next_cursor?: string; is_partial?: boolean }), error };
}

const textsOf = (hits: Hit[]): string[] => hits.map((hit) => hit.message.content.text);

it("SRC11 finds messages in all chats of a person, newest first, and in nobody else's", async () => {
  const [ada, bela, stranger] = [await somebody(), await somebody(), await somebody()];
  const one = await group(ada, "One", [bela]);
  const two = await group(ada, "Two");
  const foreign = await group(stranger, "Foreign");
  await say(ada, one, "apricot first");
  await say(bela, one, "apricot second");
  await say(ada, two, "apricot third");
  await say(stranger, foreign, "apricot of a stranger");
  const { hits } = await find(ada, { q: "apric" });
  expect(textsOf(hits)).toEqual(["apricot third", "apricot second", "apricot first"]);
  expect(hits.map((hit) => [hit.chat_name, hit.sender_name])).toEqual([
    ["Two", ada.username],
    ["One", bela.username],
    ["One", ada.username],
  ]);
  expect(hits[0]?.ranges).toEqual([[0, 5]]);
  expect(textsOf((await find(bela, { q: "apricot" })).hits)).toEqual(["apricot second", "apricot first"]);
  expect(textsOf((await find(ada, { q: "apricot", in: one, order: "best" })).hits)).toHaveLength(2);
  expect(textsOf((await find(ada, { q: "apricot", from: bela.user_id })).hits)).toEqual(["apricot second"]);
  expect((await find(ada, { q: "apricot", in: foreign })).error?.code).toBe("not_found");
  // Who has been put out finds nothing more there, also where their hub has not heard of it.
  await call("removeParticipant", { token: ada.token, params: { id: one, userId: bela.user_id } });
  expect(await find(bela, { q: "apricot" })).toMatchObject({ hits: [] });
  expect((await find(await somebody(), { q: "apricot" })).hits).toEqual([]);
});

it("SRC11 pages over all chats without a gap and without a repeat, also of one millisecond", async () => {
  const ada = await somebody();
  const chats = [await group(ada, "A"), await group(ada, "B"), await group(ada, "C")];
  const said: string[] = [];
  for (let i = 0; i < 8; i++)
    said.push(...(await Promise.all(chats.map((chat) => say(ada, chat, `plum number ${i}`)))));
  for (const order of ["newest", "best"]) {
    const found: Hit[] = [];
    let cursor: string | undefined;
    do {
      const page = await find(ada, { q: "plum", limit: 5, order, ...(cursor === undefined ? {} : { cursor }) });
      expect(page.error).toBeUndefined();
      found.push(...page.hits);
      cursor = page.next_cursor;
    } while (cursor !== undefined && found.length < 100);
    expect(found.map((hit) => hit.message.message_id).sort()).toEqual(said.toSorted());
    const times = found.map((hit) => hit.message.created_at);
    if (order === "newest") expect(times).toEqual(times.toSorted().reverse());
  }
});

it("SRC11 leaves out what the person has hidden from themselves, in one chat and in all", async () => {
  const [ada, bela] = [await somebody(), await somebody()];
  const chat = await group(ada, "Hiding", [bela]);
  const hidden = await say(ada, chat, "quince to be hidden");
  await say(ada, chat, "quince to stay");
  await call("deleteMessage", { token: bela.token, params: { id: hidden }, query: { for: "self" } });
  const inChat = async (who: Somebody) =>
    textsOf(
      (await call("searchChat", { token: who.token, params: { id: chat }, query: { q: "quince" } })).data.hits as never,
    );
  expect(await inChat(ada)).toEqual(["quince to stay", "quince to be hidden"]);
  expect(await inChat(bela)).toEqual(["quince to stay"]);
  expect(textsOf((await find(bela, { q: "quince" })).hits)).toEqual(["quince to stay"]);
});

it("SRC12 a chat that fails or is late makes the answer partial, not wrong", async () => {
  const ada = await somebody();
  const [good, bad, slow] = [await group(ada, "Good"), await group(ada, "Bad"), await group(ada, "Slow")];
  for (const chat of [good, bad, slow]) await say(ada, chat, "medlar here");
  const ask: SearchAsk = { q: "medlar", order: "newest", limit: 10 };
  const broken = {
    ...bindings,
    CHATS: {
      idFromName: (name: string) => ({ name, id: bindings.CHATS.idFromName(name) }),
      get: ({ name, id }: { name: string; id: DurableObjectId }) => {
        const fails = { search: () => Promise.reject(new Error("broken on purpose")) };
        const hangs = { search: () => new Promise(() => undefined) };
        return name === bad ? fails : name === slow ? hangs : bindings.CHATS.get(id as never);
      },
    },
  } as unknown as typeof bindings;
  const found = await searchEverywhere(broken, ada.user_id, ask, undefined);
  expect(found.hits.map((hit) => hit.message.chat_id)).toEqual([good]);
  expect(found.is_partial).toBe(true);
  const whole = await searchEverywhere(bindings, ada.user_id, ask, undefined);
  expect(whole.hits).toHaveLength(3);
  expect(whole.is_partial).toBeUndefined();
});

it("SRC12 asks no chat whose last word is older than a full page", async () => {
  const ada = await somebody();
  const chats: string[] = [];
  for (let i = 0; i < 30; i++) chats.push(await group(ada, `Chat ${i}`));
  for (const chat of chats) await say(ada, chat, "sloe in every chat");
  const asked = new Set<string>();
  // The four that spoke first, as if it were long ago.
  const old = new Set(chats.slice(0, 4));
  const now = Date.now();
  const hub = {
    searchable: async () =>
      chats.toReversed().map((chat_id) => ({ chat_id, last_ms: old.has(chat_id) ? 1_000 : now, hidden: [] })),
  };
  const watched = {
    USERS: { idFromName: (name: string) => name, get: () => hub },
    CHATS: {
      idFromName: (name: string) => ({ name, id: bindings.CHATS.idFromName(name) }),
      get: ({ name, id }: { name: string; id: DurableObjectId }) => {
        asked.add(name);
        return bindings.CHATS.get(id as never) as unknown as ChatCalls;
      },
    },
  } as unknown as typeof bindings;
  const ask: SearchAsk = { q: "sloe", order: "newest", limit: 2 };
  const first = await searchEverywhere(watched, ada.user_id, ask, undefined);
  expect(first.hits).toHaveLength(2);
  expect(first.is_partial).toBeUndefined();
  expect([...old].filter((chat) => asked.has(chat))).toEqual([]);
  // They have their turn when the pages come to them.
  let { next_cursor } = first;
  const seen = new Set(first.hits.map((hit) => hit.message.message_id));
  while (next_cursor !== undefined && seen.size < 100) {
    const page = await searchEverywhere(watched, ada.user_id, ask, next_cursor);
    for (const hit of page.hits) seen.add(hit.message.message_id);
    next_cursor = page.next_cursor;
  }
  expect(seen.size).toBe(30);
});

it("SRC11 shows the one hit that is left over when a page is full", async () => {
  const ada = await somebody();
  const chats = [await group(ada, "Left"), await group(ada, "Over")];
  for (const chat of chats) for (let i = 0; i < 3; i++) await say(ada, chat, `rowan ${i}`);
  const first = await find(ada, { q: "rowan", limit: 5 });
  expect(first.hits).toHaveLength(5);
  const rest = await find(ada, { q: "rowan", limit: 5, cursor: first.next_cursor ?? "none" });
  expect(textsOf(rest.hits)).toEqual(["rowan 0"]);
  expect(rest.next_cursor).toBeUndefined();
});

it("SRC15 asks the other chats only for what can still come onto a page that is full", async () => {
  const ada = await somebody();
  const chats: string[] = [];
  for (let i = 0; i < 30; i++) chats.push(await group(ada, `Chat ${i}`));
  for (const chat of chats) await say(ada, chat, "alder in every chat");
  const asked: { at: number | undefined; found: number }[] = [];
  const watched = {
    ...bindings,
    CHATS: {
      idFromName: (name: string) => bindings.CHATS.idFromName(name),
      get: (id: DurableObjectId) => ({
        search: async (by: string, one: SearchAsk) => {
          const page = await (bindings.CHATS.get(id as never) as unknown as ChatCalls).search(by, one);
          asked.push({ at: one.after_ms, found: page.hits.length });
          return page;
        },
      }),
    },
  } as unknown as typeof bindings;
  const ask: SearchAsk = { q: "alder", order: "newest", limit: 2 };
  const found: string[] = [];
  let cursor: string | undefined;
  do {
    const page = await searchEverywhere(watched, ada.user_id, ask, cursor);
    found.push(...page.hits.map((hit) => hit.message.chat_id));
    cursor = page.next_cursor;
  } while (cursor !== undefined && found.length < 100);
  expect(found).toEqual(chats.toReversed());
  const late = asked.filter(({ at }) => at !== undefined);
  expect(late.length).toBeGreaterThan(0);
  // All of them spoke before: they have nothing to say.
  expect(late.filter((one) => one.found > 1)).toEqual([]);
});

it("SRC13 refuses cursors that are not its own, times that are none, and too many searches", async () => {
  const ada = await somebody();
  const chat = await group(ada, "Strict");
  for (const query of [
    { cursor: "x" },
    { cursor: `~~${"1".repeat(20)}` },
    { cursor: "best.1" },
    { cursor: "1", order: "best" },
    { before: "2026-02-31T25:00:00.000Z" },
    { q: "x".repeat(201) },
    { limit: 101 },
  ]) {
    expect([query, (await find(ada, { q: "x", ...query })).error?.code]).toEqual([query, "invalid"]);
    const inChat = await call("searchChat", { token: ada.token, params: { id: chat }, query: { q: "x", ...query } });
    expect([query, inChat.error?.code]).toEqual([query, "invalid"]);
  }
  const answers = await Promise.all(Array.from({ length: 40 }, () => find(ada, { q: "x" })));
  expect(answers.map(({ error }) => error?.code)).toContain("rate_limited");
  expect(answers.find(({ error }) => error)?.error?.retry_after).toBeGreaterThan(0);
});

it("SRC10 answers GET /chats/:id/messages?search= in the shape of the history", async () => {
  const ada = await somebody();
  const chat = await group(ada, "History");
  for (const content of ["damson one", "pear", "damson two"]) await say(ada, chat, content);
  const page = (query: Record<string, string | number>) =>
    call("history", { token: ada.token, params: { id: chat }, query });
  const first = (await page({ search: "damson", limit: 1 })).data;
  expect(first).toMatchObject({ messages: [{ content: { text: "damson two" } }], has_more: true });
  const next = (await page({ search: "damson", limit: 1, before_id: String(first.next_before_id) })).data;
  expect(next).toMatchObject({ messages: [{ content: { text: "damson one" } }], has_more: false });
  expect((await page({ search: "damson", around_id: 1 })).error?.code).toBe("invalid");
  expect((await page({ search: newClientMsgId() })).data.messages).toEqual([]);
});
