import { evictDurableObject, runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import { LARGE_CHAT } from "../../durable-objects/shared/limits.ts";
import { LARGE_ASKED_EVERY_MS } from "../../durable-objects/user/limits.ts";
import type { UserObject } from "../../durable-objects/user/user-object.ts";
import { newChatId, newUserId } from "../../src/protocol/ids.ts";
import type { Bump } from "../../src/protocol/rpc.ts";
import { bumpOf, connectHub, hubStub, newGroup, prepare, rowsWritten } from "./hub.ts";

beforeAll(prepare);
afterEach(() => {
  vi.restoreAllMocks();
});

const channelBump = (chatId: string, rev: number, members: number, extra: Partial<Bump["entry"]> = {}): Bump =>
  bumpOf(chatId, rev, { chat_type: "channel", member_count: members, ...extra }, { is_personal: true });

/** A hub whose inbox has these chats, none of them marked; and the heads that it asks for, and finds, from here on. */
async function setUp(lines: readonly Bump[]) {
  const user = newUserId();
  const hub = hubStub(user);
  const heads = new Map(lines.map((line) => [line.chat_id, line]));
  const asked: string[] = [];
  const standIn = () =>
    runInDurableObject(hub, (object: UserObject) => {
      object.hub.peers.chat = (async (chatId: string) => {
        asked.push(chatId);
        return heads.get(chatId);
      }) as unknown as typeof object.hub.peers.chat;
    });
  await standIn();
  for (const line of lines) await hub.bump(line);
  await hub.inbox({ limit: 10 });
  await evictDurableObject(hub);
  await standIn();
  asked.length = 0;
  return { user, hub, heads, asked };
}

describe("large channels", () => {
  it("INB12 are asked for their heads on connect though nothing is marked; no other chat is", async () => {
    const [large, small, group] = [newChatId("channel"), newChatId("channel"), newGroup()];
    const left = newChatId("channel");
    const { user, heads, asked } = await setUp([
      channelBump(large, 5, LARGE_CHAT + 1),
      channelBump(small, 5, LARGE_CHAT),
      bumpOf(group, 5, { member_count: LARGE_CHAT + 1 }, { is_personal: true }),
      channelBump(left, 5, LARGE_CHAT + 1, { is_removed: true }),
    ]);
    heads.set(large, channelBump(large, 9, LARGE_CHAT + 1));
    const device = await connectHub(user);
    const news = await device.next("INBOX_CHANGED");
    expect(news.entries).toMatchObject([{ chat_id: large, head_seq: 9, unread: 9 }]);
    expect(asked).toEqual([large]);
  });

  it("INB12 are asked by the alarm while a device stays, and cost no row where nothing is new", async () => {
    const large = newChatId("channel");
    const { user, hub, heads, asked } = await setUp([channelBump(large, 5, LARGE_CHAT + 1)]);
    const device = await connectHub(user, { feed: "inbox" });
    await expect.poll(() => asked.length).toBe(1);
    await runDurableObjectAlarm(hub);
    expect(asked).toHaveLength(1);
    const real = Date.now.bind(Date);
    vi.spyOn(Date, "now").mockImplementation(() => real() + LARGE_ASKED_EVERY_MS + 1);
    const written = await rowsWritten(user, async () => {
      await runDurableObjectAlarm(hub);
      await expect.poll(() => asked.length).toBe(2);
    });
    expect(written).toBe(0);
    heads.set(large, channelBump(large, 7, LARGE_CHAT + 1));
    vi.restoreAllMocks();
    vi.spyOn(Date, "now").mockImplementation(() => real() + 2 * LARGE_ASKED_EVERY_MS + 2);
    await runDurableObjectAlarm(hub);
    expect((await device.next("INBOX_CHANGED")).entries).toMatchObject([{ chat_id: large, head_seq: 7 }]);
  });

  it("INB12 are asked for GET /chats, no more than once in 30 s, and again if they could not be asked", async () => {
    const large = newChatId("channel");
    const { hub, heads, asked } = await setUp([channelBump(large, 5, LARGE_CHAT + 1)]);
    heads.set(large, channelBump(large, 6, LARGE_CHAT + 1));
    for (let i = 0; i < 3; i++) expect((await hub.inbox({ limit: 5 })).chats).toMatchObject([{ head_seq: 6 }]);
    expect(asked).toHaveLength(1);
    const real = Date.now.bind(Date);
    vi.spyOn(Date, "now").mockImplementation(() => real() + LARGE_ASKED_EVERY_MS + 1);
    await runInDurableObject(hub, (object: UserObject) => {
      const { chat } = object.hub.peers;
      let isFirst = true;
      object.hub.peers.chat = ((chatId: string, ask: never) => {
        if (!isFirst) return chat.call(object.hub.peers, chatId, ask);
        isFirst = false;
        return Promise.reject(new Error("no network"));
      }) as unknown as typeof object.hub.peers.chat;
    });
    heads.set(large, channelBump(large, 8, LARGE_CHAT + 1));
    expect((await hub.inbox({ limit: 5 })).chats).toMatchObject([{ head_seq: 6 }]);
    expect((await hub.inbox({ limit: 5 })).chats).toMatchObject([{ head_seq: 8 }]);
  });
});
