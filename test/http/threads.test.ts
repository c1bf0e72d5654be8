import { beforeAll, describe, expect, it } from "vitest";
import type { ChatView } from "../../src/protocol/rest.ts";
import { call, prepare, type Somebody, somebody } from "./world.ts";

let ada: Somebody;
let bob: Somebody;
let eve: Somebody;
let chatId: string;

beforeAll(async () => {
  await prepare();
  [ada, bob, eve] = [await somebody(), await somebody(), await somebody()];
  chatId = await group();
});

async function group(): Promise<string> {
  const { data } = await call("createChat", {
    token: ada.token,
    body: { chat_type: "group", name: "Boat", participants: [bob.user_id] },
  });
  return (data as unknown as ChatView).chat.chat_id;
}

async function send(by: Somebody, body: object): Promise<{ id: string; seq: number }> {
  const { data, error } = await call("sendMessage", { token: by.token, params: { id: chatId }, body });
  expect(error).toBeUndefined();
  return { id: String(data.message_id), seq: Number(data.seq) };
}

const numbers = (messages: unknown): number[] => (messages as { seq: number }[]).map((message) => message.seq);

describe("threads over HTTP", () => {
  it("THR2 THR7 answers in a thread, and pages it by ids and numbers", async () => {
    const root = await send(ada, { content: "who sails?" });
    const answers = [];
    for (const by of [bob, ada, bob, ada, bob])
      answers.push(await send(by, { content: "I do", thread_root_message_id: root.id }));
    const seqs = answers.map(({ seq }) => seq);
    const page = (query: Record<string, string | number>, by = bob) =>
      call("thread", { token: by.token, params: { id: root.id }, query });
    const latest = await page({ limit: 2 });
    expect(latest.data.thread).toMatchObject({
      root: { message_id: root.id, thread: { reply_count: 5, last_reply_seq: seqs[4] } },
      is_following: true,
    });
    expect(numbers(latest.data.messages)).toEqual(seqs.slice(3));
    const older = await page({ limit: 2, before_id: String(latest.data.next_before_id) });
    expect(numbers(older.data.messages)).toEqual(seqs.slice(1, 3));
    expect(numbers((await page({ limit: 2, after_id: seqs[0] ?? 0 })).data.messages)).toEqual(seqs.slice(1, 3));
    expect(numbers((await page({ around_id: answers[2]?.id ?? "", limit: 3 })).data.messages)).toEqual(
      seqs.slice(1, 4),
    );
    expect((await page({}, eve)).error?.code).toBe("not_found");
    expect((await page({ search: "do" })).error?.code).toBe("invalid");
    const own = await call("thread", { token: bob.token, params: { id: answers[0]?.id ?? "" } });
    expect(own.error?.code).toBe("invalid");
  });

  it("FLW1 FLW3 follows, reads, and lists threads with a cursor", async () => {
    chatId = await group();
    const roots = [await send(ada, { content: "one" }), await send(ada, { content: "two" })];
    for (const { id } of roots) await send(ada, { content: "answer", thread_root_message_id: id });
    const set = (body: object, id = roots[0]?.id ?? "") =>
      call("setThread", { token: bob.token, params: { id }, body });
    const followed = await set({ is_following: true });
    expect(followed.data).toMatchObject({ is_following: true, unread: 0, root: { message_id: roots[0]?.id } });
    const { seq } = await send(ada, { content: "more", thread_root_message_id: roots[0]?.id });
    const list = async (query: Record<string, string | number>) => {
      const { data } = await call("listThreads", { token: bob.token, params: { id: chatId }, query });
      const threads = data.threads as unknown as { root: { message_id: string }; unread: number }[];
      return { ids: threads.map((t) => t.root.message_id), unread: threads.map((t) => t.unread), data };
    };
    expect(await list({ filter: "unread" })).toMatchObject({ ids: [roots[0]?.id], unread: [1] });
    expect((await set({ read_seq: seq })).data).toMatchObject({ unread: 0, read_seq: seq });
    expect((await list({ filter: "unread" })).ids).toEqual([]);
    const first = await list({ limit: 1 });
    expect(first.ids).toEqual([roots[0]?.id]);
    const second = await list({ limit: 1, cursor: String(first.data.next_cursor) });
    expect(second.ids).toEqual([roots[1]?.id]);
    for (const cursor of ["x", "-1", "1e3", "99999999999999999999"])
      expect(
        (await call("listThreads", { token: bob.token, params: { id: chatId }, query: { cursor } })).error?.code,
      ).toBe("invalid");
    expect((await set({ read_seq: 9_999 })).error?.code).toBe("seq_ahead");
    expect((await set({ command_id: "nothing" })).error?.code).toBe("invalid");
  });

  it("THR4 counts nothing in a thread that its reader has hidden from themselves", async () => {
    chatId = await group();
    const roots = [await send(bob, { content: "one" }), await send(bob, { content: "two" })];
    const say = async (root: number) => send(ada, { content: "answer", thread_root_message_id: roots[root]?.id });
    const [first, second] = [await say(0), await say(0)];
    const other = await say(1);
    const hide = async (...ids: string[]) => {
      for (const id of ids) {
        const { error } = await call("deleteMessage", { token: bob.token, params: { id }, query: { for: "self" } });
        expect(error).toBeUndefined();
      }
    };
    const unread = async () => {
      const one = await call("thread", { token: bob.token, params: { id: roots[0]?.id ?? "" } });
      const list = await call("listThreads", { token: bob.token, params: { id: chatId }, query: { filter: "unread" } });
      const threads = list.data.threads as unknown as { root: { message_id: string }; unread: number }[];
      return [
        (one.data.thread as unknown as { unread: number }).unread,
        Object.fromEntries(threads.map((t) => [t.root.message_id, t.unread])),
      ];
    };
    const [one = "", two = ""] = roots.map(({ id }) => id);
    expect(await unread()).toEqual([2, { [one]: 2, [two]: 1 }]);
    await hide(first.id);
    expect(await unread()).toEqual([1, { [one]: 1, [two]: 1 }]);
    await hide(second.id, other.id);
    expect(await unread()).toEqual([0, {}]);
  });

  it("CNT1 sends a place, a card, a sticker and a poll, and takes no content for another kind", async () => {
    await send(ada, { message_type: "location", content: { latitude: 1, longitude: 2 } });
    await send(ada, { message_type: "contact", content: { name: "Cleo" } });
    await send(ada, { message_type: "sticker", content: { sticker_id: "hello" } });
    await send(ada, { message_type: "poll", content: { question: "?", options: ["a", "b"] } });
    for (const body of [
      { message_type: "poll", content: { text: "no" } },
      { message_type: "poll", content: "no" },
      { content: { latitude: 1, longitude: 2 } },
      { message_type: "system", content: { text: "no" } },
    ]) {
      const { error } = await call("sendMessage", { token: ada.token, params: { id: chatId }, body });
      expect([body, error?.code]).toEqual([body, "invalid"]);
    }
  });

  it("POL1 POL5 POL6 POL7 votes, says how it stands, and ends", async () => {
    const { id } = await send(ada, { message_type: "poll", content: { question: "?", options: ["a", "b"] } });
    const vote = (by: Somebody, option_ids: number[], more: object = {}) =>
      call("vote", { token: by.token, params: { id }, body: { option_ids, ...more } });
    const { data } = await vote(bob, [1], { command_id: "v" });
    expect(data.poll).toMatchObject({ voter_count: 1 });
    expect((await vote(bob, [1], { command_id: "v" })).data).toEqual(data);
    const votes = await call("listVotes", { token: ada.token, params: { id } });
    expect(votes.data).toMatchObject({
      own_option_ids: [],
      voters: [{ people: [] }, { people: [{ user_id: bob.user_id, username: bob.username }] }],
    });
    expect((await vote(bob, [2])).error?.code).toBe("invalid");
    expect((await vote(eve, [1])).error?.code).toBe("not_found");
    const end = (by: Somebody) => call("closePoll", { token: by.token, params: { id }, body: {} });
    expect((await end(bob)).error?.code).toBe("forbidden");
    expect((await end(ada)).data.poll).toMatchObject({ voter_count: 1, closed_at: expect.any(String) });
    expect((await vote(bob, [0])).error?.code).toBe("too_late");
    const secret = await send(bob, {
      ...{ message_type: "poll", content: { question: "?", options: ["a", "b"], is_anonymous: true } },
    });
    await call("vote", { token: ada.token, params: { id: secret.id }, body: { option_ids: [0] } });
    const shown = await call("listVotes", { token: bob.token, params: { id: secret.id } });
    expect(JSON.stringify(shown.data)).not.toContain(ada.user_id);
    expect(shown.data.poll).toMatchObject({ voter_count: 1 });
  });

  it("ORD1 says where a message stands in the order of causes", async () => {
    const one = await send(ada, { content: "one", seen_seq: 1 });
    const two = await send(bob, { content: "two", seen_seq: one.seq - 1 });
    const { data } = await call("order", { token: ada.token, params: { id: two.id } });
    expect(data).toMatchObject({ message_id: two.id, seen_seq: one.seq - 1, concurrent_seqs: [one.seq] });
    expect(data.vector_clock).toHaveProperty(bob.user_id);
    expect((await call("order", { token: eve.token, params: { id: two.id } })).error?.code).toBe("not_found");
  });
});
