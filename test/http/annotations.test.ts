import { beforeAll, describe, expect, it } from "vitest";
import type { ChatView } from "../../src/protocol/rest.ts";
import { type Answer, call, prepare, type Somebody, somebody } from "./world.ts";

let ada: Somebody;
let bob: Somebody;
let eve: Somebody;
let chatId: string;

beforeAll(async () => {
  await prepare();
  [ada, bob, eve] = [await somebody(), await somebody(), await somebody()];
  chatId = await group(ada, bob);
});

async function group(owner: Somebody, ...others: Somebody[]): Promise<string> {
  const { data } = await call("createChat", {
    token: owner.token,
    body: { chat_type: "group", name: "Boat", participants: others.map((one) => one.user_id) },
  });
  return (data as unknown as ChatView).chat.chat_id;
}

async function send(by: Somebody, content: unknown, id = chatId): Promise<{ id: string; seq: number; rev: number }> {
  const { data } = await call("sendMessage", { token: by.token, params: { id }, body: { content } });
  return { id: String(data.message_id), seq: Number(data.seq), rev: Number(data.rev) };
}

describe("changing messages over HTTP", () => {
  it("EDT1 EDT4 EDT5 edits, tells the repeat of an edit, and shows what was said before", async () => {
    const { id, rev } = await send(ada, "frist");
    const edit = { token: ada.token, params: { id }, body: { content: "first", message_rev: rev, command_id: "e1" } };
    const edited = await call("editMessage", edit);
    expect(edited.data).toMatchObject({ message_id: id, content: { text: "first" } });
    expect((await call("editMessage", edit)).data).toEqual(edited.data);
    const stale = await call("editMessage", { ...edit, body: { content: "other", message_rev: rev } });
    expect([stale.status, stale.error?.code]).toEqual([409, "stale"]);
    expect(stale.error?.details).toMatchObject({ message: { message_id: id, content: { text: "first" } } });
    const { data } = await call("listEdits", { token: bob.token, params: { id } });
    expect(data.edits).toMatchObject([{ content: { text: "frist" } }]);
    expect((await call("getMessage", { token: bob.token, params: { id } })).data).toEqual(edited.data);
    expect((await call("getMessage", { token: eve.token, params: { id } })).error?.code).toBe("not_found");
  });

  it("EDT2 takes the window of the chat from its settings", async () => {
    const { data } = await call("updateChat", {
      ...{ token: ada.token, params: { id: chatId } },
      body: { settings: { edit_window_s: 0 } },
    });
    expect(data.settings).toMatchObject({ has_history_from_join: false, edit_window_s: 0 });
    const { id } = await send(ada, "for ever");
    const { error } = await call("editMessage", { token: ada.token, params: { id }, body: { content: "no" } });
    expect(error?.code).toBe("too_late");
    await call("updateChat", {
      ...{ token: ada.token, params: { id: chatId } },
      body: { settings: { edit_window_s: null } },
    });
    const { data: edited } = await call("editMessage", { token: ada.token, params: { id }, body: { content: "yes" } });
    expect(edited.content).toEqual({ text: "yes" });
  });

  it("RCT1 RCT2 sets and takes back reactions, and lists people", async () => {
    const { id } = await send(ada, "react");
    const react = (by: Somebody, body: object) => call("setReaction", { token: by.token, params: { id }, body });
    await react(bob, { emoji: "👍🏽" });
    const { data } = await react(ada, { emoji: "👍🏽" });
    expect(data.reactions).toEqual([{ emoji: "👍🏽", count: 2, user_ids: [bob.user_id, ada.user_id] }]);
    const all = await call("listReactions", { token: ada.token, params: { id } });
    expect(all.data.reactions).toMatchObject([
      { emoji: "👍🏽", people: [{ user_id: bob.user_id }, { user_id: ada.user_id }] },
    ]);
    expect((await react(ada, { emoji: "👍🏽", is_set: false })).data.reactions).toMatchObject([{ count: 1 }]);
    for (const emoji of ["ok", "👍👍", "", "1", "<b>"])
      expect([emoji, (await react(ada, { emoji })).error?.code]).toEqual([emoji, "invalid"]);
  });

  it("PIN1 PIN2 pins and lists, and knows no message of another chat", async () => {
    const one = await send(bob, "one");
    const two = await send(bob, "two");
    const pin = (body: object, by = ada): Promise<Answer> =>
      call("pinMessage", { token: by.token, params: { id: chatId }, body });
    await pin({ message_id: one.id });
    await pin({ message_id: two.id });
    const pins = async () => {
      const { data } = await call("listPins", { token: bob.token, params: { id: chatId } });
      return (data.messages as unknown as { message_id: string }[]).map((m) => m.message_id);
    };
    expect(await pins()).toEqual([two.id, one.id]);
    await pin({ message_id: two.id, is_pinned: false });
    expect(await pins()).toEqual([one.id]);
    expect((await pin({ message_id: one.id }, bob)).error?.code).toBe("forbidden");
    const elsewhere = await send(ada, "elsewhere", await group(ada));
    expect((await pin({ message_id: elsewhere.id })).error?.code).toBe("not_found");
  });

  it("FWD1 FWD3 forwards to several chats, each with an answer of its own, repeated without a second copy", async () => {
    const { id } = await send(bob, "pass it on");
    const targets = [
      { chat_id: await group(ada, eve), client_msg_id: "f1" },
      { chat_id: await group(ada), client_msg_id: "f2" },
      { chat_id: await group(eve), client_msg_id: "f3" },
    ];
    const forward = () => call("forwardMessage", { token: ada.token, params: { id }, body: { targets } });
    const first = await forward();
    expect(first.data.results).toMatchObject([
      {
        chat_id: targets[0]?.chat_id,
        message: { content: { text: "pass it on" }, forwarded: { sender_id: bob.user_id } },
      },
      { chat_id: targets[1]?.chat_id, message: { forwarded: { sender_id: bob.user_id } } },
      { chat_id: targets[2]?.chat_id, error: { code: "not_found" } },
    ]);
    await call("deleteMessage", { token: bob.token, params: { id } });
    expect((await forward()).data).toEqual(first.data);
    const nowhere = await call("forwardMessage", {
      ...{ token: eve.token, params: { id } },
      body: { targets: [{ chat_id: targets[2]?.chat_id ?? "" }] },
    });
    expect(nowhere.error?.code).toBe("not_found");
  });

  it("DLV1 says what each recipient has", async () => {
    const { id, seq } = await send(ada, "seen?");
    const delivery = async () => (await call("delivery", { token: ada.token, params: { id } })).data;
    expect(await delivery()).toEqual({ message_id: id, recipients: [{ user_id: bob.user_id, status: "sent" }] });
    await call("markRead", { token: bob.token, params: { id: chatId }, body: { seq } });
    const time = expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/);
    expect(await delivery()).toEqual({
      message_id: id,
      recipients: [{ user_id: bob.user_id, status: "read", delivered_at: time, read_at: time }],
    });
  });
});
