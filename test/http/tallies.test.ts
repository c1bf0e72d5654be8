import { beforeAll, describe, expect, it } from "vitest";
import type { ChatView } from "../../src/protocol/rest.ts";
import { call, prepare, type Somebody, somebody } from "./world.ts";

let owner: Somebody;
let reader: Somebody;
let other: Somebody;
let stranger: Somebody;
let channel: string;
beforeAll(async () => {
  await prepare();
  [owner, reader, other, stranger] = [await somebody(), await somebody(), await somebody(), await somebody()];
  const made = await call("createChat", {
    token: owner.token,
    body: { chat_type: "channel", chat_name: "News", participants: [reader.user_id, other.user_id] },
  });
  channel = (made.data as unknown as ChatView).chat.chat_id;
  for (const content of ["one", "two", "three"])
    await call("sendMessage", { token: owner.token, params: { id: channel }, body: { content } });
});

const countsOf = (data: object): number[] =>
  (data as unknown as { views: { count: number }[] }).views.map((one) => one.count);
const view = (by: Somebody, seqs: number[]) =>
  call("countViews", { token: by.token, params: { id: channel }, body: { seqs } });

describe("views of channel posts", () => {
  it("TAL5 counts each reader once, and not the writer of a post", async () => {
    expect(countsOf((await view(reader, [2, 3])).data)).toEqual([1, 1]);
    expect(countsOf((await view(reader, [2, 3, 4])).data)).toEqual([1, 1, 1]);
    expect(countsOf((await view(other, [3])).data)).toEqual([2]);
    expect((await view(owner, [2, 3])).data).toEqual({ views: [] });
    const { data } = await call("listViews", {
      token: owner.token,
      params: { id: channel },
      query: { seqs: "2,3,4,99" },
    });
    expect(countsOf(data)).toEqual([1, 2, 1, 0]);
  });

  it("TAL5 counts no notice, nothing deleted, nothing that is not there", async () => {
    const sent = await call("sendMessage", { token: owner.token, params: { id: channel }, body: { content: "gone" } });
    const { message_id, seq } = sent.data as unknown as { message_id: string; seq: number };
    await call("deleteMessage", { token: owner.token, params: { id: message_id } });
    expect((await view(reader, [1, seq, 1_000_000])).data).toEqual({ views: [] });
  });

  it("TAL5 is for members of channels alone", async () => {
    expect((await view(stranger, [2])).error?.code).toBe("not_found");
    const group = await call("createChat", {
      token: owner.token,
      body: { chat_type: "group", chat_name: "G", participants: [] },
    });
    const id = (group.data as unknown as ChatView).chat.chat_id;
    for (const ask of [
      call("countViews", { token: owner.token, params: { id }, body: { seqs: [1] } }),
      call("listViews", { token: owner.token, params: { id }, query: { seqs: "1" } }),
    ])
      expect((await ask).error?.code).toBe("forbidden");
    const bad = await call("listViews", { token: owner.token, params: { id: channel }, query: { seqs: "1,x" } });
    expect(bad.error?.code).toBe("invalid");
  });

  it("TAL4 lists the stickers, the most used first", async () => {
    const { data } = await call("listStickers", { token: reader.token });
    const { stickers } = data as unknown as { stickers: { sticker_id: string; label: string; count: number }[] };
    expect(stickers).toHaveLength(16);
    expect(stickers.map((one) => one.count)).toEqual(stickers.map((one) => one.count).sort((a, b) => b - a));
  });
});
