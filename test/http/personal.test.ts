import { beforeAll, expect, it } from "vitest";
import { messageId, newClientMsgId } from "../../src/protocol/ids.ts";
import type { ChatView } from "../../src/protocol/rest.ts";
import { TestSocket } from "./test-socket.ts";
import { call, prepare, type Somebody, somebody } from "./world.ts";

beforeAll(prepare);

/** Two people in a group, in which the first has said something. */
async function setUp() {
  const [ada, bela] = [await somebody(), await somebody()];
  const made = await call("createChat", {
    ...{ token: ada.token, body: { chat_type: "group", name: "x", participants: [bela.user_id] } },
  });
  const { chat_id } = (made.data as unknown as ChatView).chat;
  const sent = await call("sendMessage", { token: ada.token, params: { id: chat_id }, body: { content: "hello" } });
  return { ada, bela, chat_id, message_id: String(sent.data.message_id), seq: Number(sent.data.seq) };
}

const set = (who: Somebody, chatId: string, body: object) =>
  call("setChatState", { token: who.token, params: { id: chatId }, body });

const lines = async (who: Somebody, filter?: string) =>
  (await call("listChats", { token: who.token, query: filter ? { filter } : {} })).data.chats as unknown as {
    chat_id: string;
    unread: number;
    preview?: { seq: number };
  }[];

it("PER1 PER3 sets a chat's state for its owner alone, also if their hub has not heard of the chat", async () => {
  const { ada, bela, chat_id } = await setUp();
  const { data } = await set(bela, chat_id, {
    is_pinned: true,
    is_archived: true,
    muted_until: "2999-01-01T00:00:00.000Z",
  });
  expect(data).toMatchObject({ chat_id, is_pinned: true, is_archived: true, muted_until: "2999-01-01T00:00:00.000Z" });
  expect(await lines(bela)).toEqual([]);
  expect(await lines(bela, "archived")).toMatchObject([{ chat_id, is_pinned: true }]);
  expect((await lines(ada))[0]).not.toHaveProperty("is_pinned");
  expect((await set(bela, chat_id, { is_archived: false, muted_until: null })).data).not.toHaveProperty("muted_until");
  expect(await lines(bela)).toMatchObject([{ chat_id, is_pinned: true }]);
  const stranger = await somebody();
  expect((await set(stranger, chat_id, { is_pinned: true })).error?.code).toBe("not_found");
  expect((await set(bela, chat_id, { command_id: "c-1" })).error?.code).toBe("invalid");
  expect((await set(bela, chat_id, { muted_until: "2026-02-31T25:00:00.000Z" })).error?.code).toBe("invalid");
});

it("CLR1 CLR2 clears and deletes a chat for oneself: neither listed nor found, untouched for the others", async () => {
  const { ada, bela, chat_id, seq } = await setUp();
  const found = async (who: Somebody, query: object) =>
    (await call("search", { token: who.token, query: { q: "hello", ...query } })).data.hits as unknown as unknown[];
  expect(await found(bela, {})).toHaveLength(1);
  expect((await set(bela, chat_id, { cleared_seq: seq + 1 })).error?.code).toBe("seq_ahead");
  const { data } = await set(bela, chat_id, { cleared_seq: seq, is_unlisted: true });
  expect(data).toMatchObject({ chat_id, cleared_seq: seq, is_unlisted: true, unread: 0 });
  expect(await lines(bela)).toEqual([]);
  expect(await lines(bela, "unlisted")).toMatchObject([{ chat_id }]);
  expect(await found(bela, {})).toEqual([]);
  expect(await found(bela, { in: chat_id })).toEqual([]);
  expect(await found(ada, { in: chat_id })).toHaveLength(1);
  expect(await lines(ada)).toMatchObject([{ chat_id, preview: { seq } }]);
  const stranger = await somebody();
  expect((await set(stranger, chat_id, { cleared_seq: 0, is_unlisted: true })).error?.code).toBe("not_found");
});

it("PER2 a repeat over HTTP has no second effect", async () => {
  const { bela, chat_id } = await setUp();
  const first = { is_pinned: true, command_id: newClientMsgId() };
  await set(bela, chat_id, first);
  await set(bela, chat_id, { is_pinned: false });
  expect((await set(bela, chat_id, first)).data).not.toHaveProperty("is_pinned");
});

it("HID1 HID3 deletes a message for oneself: a stub for its owner, untouched for the others", async () => {
  const { ada, bela, chat_id, message_id, seq } = await setUp();
  const hide = (who: Somebody, id: string) =>
    call("deleteMessage", { token: who.token, params: { id }, query: { for: "self" } });
  for (let time = 0; time < 2; time++)
    expect((await hide(bela, message_id)).data).toMatchObject({ message_id, seq, content: null, is_hidden: true });
  await expect.poll(() => lines(bela)).toMatchObject([{ chat_id, unread: 0, preview: { seq: 1 } }]);
  expect((await call("getMessage", { token: ada.token, params: { id: message_id } })).data).toMatchObject({
    content: { text: "hello" },
  });
  const socket = await TestSocket.hub(bela.token);
  const { hidden } = (await socket.next("INBOX_SNAPSHOT")) as unknown as { hidden: unknown };
  expect(hidden).toEqual([{ chat_id, seq, is_hidden: true }]);
  socket.close();
  expect((await hide(bela, messageId(chat_id, 900))).error?.code).toBe("not_found");
  expect((await hide(await somebody(), message_id)).error?.code).toBe("not_found");
});
