import { beforeAll, expect, it } from "vitest";
import type { ChatView } from "../../src/protocol/rest.ts";
import { type Answer, type bindings, call, prepare, type Somebody, somebody } from "./world.ts";

beforeAll(prepare);

type Place = { id: string; seq: number };

/** Two people in a group, in which the first has said so much. */
async function setUp(words: string[]) {
  const [ada, bela] = [await somebody(), await somebody()];
  const made = await call("createChat", {
    ...{ token: ada.token, body: { chat_type: "group", name: "x", participants: [bela.user_id] } },
  });
  const { chat_id } = (made.data as unknown as ChatView).chat;
  const say = async (body: object): Promise<Place> => {
    const { data, error } = await call("sendMessage", { token: ada.token, params: { id: chat_id }, body });
    expect(error).toBeUndefined();
    return { id: String(data.message_id), seq: Number(data.seq) };
  };
  const said: Place[] = [];
  for (const content of words) said.push(await say({ content }));
  const clear = async (who: Somebody, seq: number) => {
    const ask = { token: who.token, params: { id: chat_id }, body: { cleared_seq: seq } };
    expect((await call("setChatState", ask)).data).toMatchObject({ cleared_seq: seq });
  };
  return { ada, bela, chat_id, say, clear, said: said as [Place, Place, Place, ...Place[]] };
}

const seqs = ({ data }: Answer, list = "messages") => (data[list] as unknown as Place[]).map(({ seq }) => seq);

it("CLR5 pages of messages leave out what was cleared, at once, for its person alone", async () => {
  const { ada, bela, chat_id, clear, said } = await setUp(["one", "two", "three", "four", "five"]);
  const [first, second, third, ...rest] = said;
  const left = rest.map(({ seq }) => seq);
  const page = (who: Somebody, query: Record<string, string | number> = {}) =>
    call("history", { token: who.token, params: { id: chat_id }, query });
  await clear(bela, third.seq);
  const newest = await page(bela);
  expect([seqs(newest), newest.data.has_more]).toEqual([left, false]);
  expect(newest.data).not.toHaveProperty("next_before_id");
  for (const query of [{ after_id: 0 }, { around_id: first.id }, { after_id: second.id }, { around_id: 1 }])
    expect([query, seqs(await page(bela, query))]).toEqual([query, left]);
  expect(seqs(await page(bela, { before_id: rest[1]?.id ?? "" }))).toEqual(left.slice(0, 1));
  expect(seqs(await page(bela, { before_id: rest[0]?.id ?? "" }))).toEqual([]);
  // A page that ends exactly where the clearing does says that nothing is left; one above it does not.
  expect((await page(bela, { limit: 2 })).data.has_more).toBe(false);
  expect((await page(bela, { limit: 1 })).data.has_more).toBe(true);
  expect(seqs(await page(bela, { search: "o" }))).toEqual([]);
  expect(seqs(await page(bela, { search: "f" }))).toEqual(left);
  expect(seqs(await page(ada))).toHaveLength(6);
  expect(seqs(await page(ada, { search: "two" }))).toEqual([second.seq]);
  const stranger = await somebody();
  expect((await page(stranger)).error?.code).toBe("not_found");
});

it("CLR5 one message, and what lies below it, is not there any more; its delivery is", async () => {
  const { ada, bela, chat_id, say, clear } = await setUp(["one"]);
  const poll = await say({ message_type: "poll", content: { question: "?", options: ["a", "b"] } });
  const root = await say({ content: "who?" });
  const later = await say({ content: "later" });
  const text = await say({ content: "last" });
  const token = bela.token;
  const reads = ["getMessage", "listEdits", "listReactions", "order"] as const;
  const codes = async (who: Somebody, place: Place) =>
    Promise.all(reads.map(async (op) => (await call(op, { token: who.token, params: { id: place.id } })).error?.code));
  const votes = async (who: Somebody) =>
    (await call("listVotes", { token: who.token, params: { id: poll.id } })).error?.code;
  await clear(bela, later.seq);
  for (const place of [root, later]) {
    expect(await codes(bela, place)).toEqual(reads.map(() => "not_found"));
    expect(await codes(ada, place)).toEqual(reads.map(() => undefined));
  }
  expect(await codes(bela, text)).toEqual(reads.map(() => undefined));
  expect([await votes(bela), await votes(ada)]).toEqual(["not_found", undefined]);
  expect((await call("delivery", { token: ada.token, params: { id: later.id } })).status).toBe(200);
  expect((await call("delivery", { token, params: { id: later.id } })).status).toBe(200);
  // A command on it is obeyed.
  const liked = await call("setReaction", { token, params: { id: later.id }, body: { emoji: "👍" } });
  expect(liked.status).toBe(200);
  expect((await call("getMessage", { token, params: { id: `${chat_id}.999` } })).error?.code).toBe("not_found");
});

it("CLR5 pins that were cleared are not listed", async () => {
  const { ada, bela, chat_id, clear, said } = await setUp(["one", "two", "three"]);
  const [first, second, third] = said;
  for (const { id } of [first, second, third])
    await call("pinMessage", { token: ada.token, params: { id: chat_id }, body: { message_id: id, is_pinned: true } });
  const pins = async (who: Somebody) => seqs(await call("listPins", { token: who.token, params: { id: chat_id } }));
  expect(await pins(bela)).toEqual([third.seq, second.seq, first.seq]);
  await clear(bela, second.seq);
  expect(await pins(bela)).toEqual([third.seq]);
  expect(await pins(ada)).toHaveLength(3);
});

it("CLR5 THR4 threads go with what was cleared, and come back with a newer answer, without what began them", async () => {
  const { ada, bela, chat_id, say, clear, said } = await setUp(["secret one", "secret two", "secret three"]);
  const [first, second] = said;
  const answer = (root: Place, content: string) => say({ content, thread_root_message_id: root.id });
  await answer(first, "old");
  const last = await answer(second, "old too");
  const set = { token: bela.token, params: { id: second.id }, body: { is_following: true } };
  expect((await call("setThread", set)).status).toBe(200);
  const list = (who: Somebody, query: Record<string, string> = {}) =>
    call("listThreads", { token: who.token, params: { id: chat_id }, query });
  const roots = ({ data }: Answer) =>
    (data.threads as unknown as { root: Place; unread: number }[]).map(({ root, unread }) => [root.seq, unread]);
  await clear(bela, last.seq);
  expect(roots(await list(bela))).toEqual([]);
  expect(roots(await list(ada))).toHaveLength(2);
  const page = () => call("thread", { token: bela.token, params: { id: second.id } });
  expect((await page()).data).toMatchObject({ messages: [], has_more: false });
  const fresh = await answer(second, "new");
  expect(roots(await list(bela))).toEqual([[second.seq, 1]]);
  expect(roots(await list(bela, { filter: "unread" }))).toEqual([[second.seq, 1]]);
  const left = await page();
  expect(seqs(left)).toEqual([fresh.seq]);
  expect(left.data).toMatchObject({
    has_more: false,
    thread: { unread: 1, root: { seq: second.seq, content: null, is_hidden: true } },
  });
  for (const each of [left, await list(bela)]) expect(JSON.stringify(each.data)).not.toContain("secret");
});

it("CLR5 COM4 nothing is asked of a hub when something is sent", async () => {
  const { bela, chat_id, clear, said } = await setUp(["one"]);
  await clear(bela, said[0].seq);
  const none = {
    idFromName: () => {
      throw new Error("nobody's hub is asked");
    },
  } as unknown as typeof bindings.USERS;
  const ask = { token: bela.token, params: { id: chat_id }, vars: { USERS: none } };
  expect((await call("sendMessage", { ...ask, body: { content: "hello" } })).status).toBe(201);
});
