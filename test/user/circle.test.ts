import { evictDurableObject, runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { beforeAll, describe, expect, it } from "vitest";
import type { UserObject } from "../../durable-objects/user/user-object.ts";
import { USUAL_PRIVACY } from "../../src/domain/privacy.ts";
import type { CircleState } from "../../src/protocol/rpc.ts";
import type { Privacy } from "../../src/protocol/user.ts";
import {
  connect,
  draft,
  inChat,
  makeDirect,
  makeGroup,
  person,
  projected,
  sql,
  type TestPerson,
} from "../chat/room.ts";
import { chatCalls, connectHub, cutOff, entryOf, hubStub, prepare, rowsWritten } from "./hub.ts";

beforeAll(prepare);

const LONG_AGO = "1970-01-01T00:00:00.000Z";
/** For what other objects must have heard, on however busy a machine. */
const GENEROUS = { timeout: 8_000 };
let step = 0;
const circle = (privacy: Partial<Privacy> = {}, more: Partial<CircleState> = {}): CircleState => ({
  rev: ++step,
  privacy: { ...USUAL_PRIVACY, ...privacy },
  contacts: [],
  blocked: [],
  ...more,
});

/** Two people who share a group, both in the other's sight. */
async function makePair(): Promise<{ ada: TestPerson; bela: TestPerson; chatId: string }> {
  const [ada, bela] = [person("Ada"), person("Bela")];
  const { chatId, stub } = await makeGroup([ada, bela]);
  await stub.send(ada.user_id, draft("hello"));
  for (const { user_id } of [ada, bela])
    await expect.poll(async () => (await hubStub(user_id).inbox({ limit: 1 })).chats.length).toBe(1);
  return { ada, bela, chatId };
}

const seen = async (of: TestPerson, by: TestPerson, chatId: string) => hubStub(of.user_id).presence(by.user_id, chatId);

const hidesIn = (chatId: string, userId: string) =>
  sql(chatId, "SELECT hides_receipts, hides_typing FROM signs WHERE user_id = ?", userId);

describe("what the owner lets be seen", () => {
  it("CIR1 online is shown to everybody, to contacts, or to nobody; who hides it looks like who was never there", async () => {
    const { ada, bela, chatId } = await makePair();
    const device = await connectHub(ada.user_id);
    await device.settle();
    const hub = hubStub(ada.user_id);
    expect(await seen(ada, bela, chatId)).toMatchObject({ status: "online", devices: ["other"] });
    await hub.setCircle(circle({ online: "contacts" }));
    const nothing = { user_id: ada.user_id, status: "offline", timestamp: LONG_AGO };
    expect(await seen(ada, bela, chatId)).toEqual(nothing);
    await hub.setCircle(circle({ online: "contacts" }, { contacts: [bela.user_id] }));
    expect(await seen(ada, bela, chatId)).toMatchObject({ status: "online" });
    await hub.setCircle(circle({ online: "nobody" }, { contacts: [bela.user_id] }));
    await evictDurableObject(hub);
    expect(await seen(ada, bela, chatId)).toEqual(nothing);
    await hub.setCircle(circle({}, { blocked: [bela.user_id], contacts: [bela.user_id] }));
    expect(await seen(ada, bela, chatId)).toEqual(nothing);
    expect(await hub.watch(bela.user_id, chatId)).toEqual(nothing);
  });

  it("CIR1 the last time is hidden by itself, and with it when they went", async () => {
    const { ada, bela, chatId } = await makePair();
    const device = await connectHub(ada.user_id);
    await device.settle();
    device.close();
    await expect
      .poll(() => runInDurableObject(hubStub(ada.user_id), (o: UserObject) => o.hub.row.left_at))
      .not.toBeNull();
    await runInDurableObject(hubStub(ada.user_id), (o: UserObject) => o.hub.update({ left_at: Date.now() - 60_000 }));
    expect(await seen(ada, bela, chatId)).toMatchObject({ status: "offline", last_seen_at: expect.any(String) });
    await hubStub(ada.user_id).setCircle(circle({ last_seen: "nobody" }));
    expect(await seen(ada, bela, chatId)).toEqual({ user_id: ada.user_id, status: "offline", timestamp: LONG_AGO });
  });

  it("CIR2 what the owner hides they do not see of others, over the socket and when asked", async () => {
    const { ada, bela, chatId } = await makePair();
    await (await connectHub(bela.user_id)).settle();
    const device = await connectHub(ada.user_id);
    const subjects = [{ user_id: bela.user_id, chat_id: chatId }];
    const heard = () => device.of("PRESENCE_BROADCAST").filter((p) => p.user_id === bela.user_id);
    device.send({ type: "SUBSCRIBE_PRESENCE", subjects });
    await device.until(() => heard().length === 1);
    expect(heard()[0]).toMatchObject({ status: "online" });
    // The change is shown at once, and nothing that comes later gets through.
    await hubStub(ada.user_id).setCircle(circle({ online: "nobody" }));
    await device.until(() => heard().length === 2);
    expect(heard()[1]).toEqual({
      type: "PRESENCE_BROADCAST",
      user_id: bela.user_id,
      status: "offline",
      timestamp: LONG_AGO,
    });
    await hubStub(bela.user_id).setStatus({ status: "busy" });
    await new Promise((resolve) => setTimeout(resolve, 100));
    await device.settle();
    expect(heard()).toHaveLength(2);
    const presence = await seen(bela, ada, chatId);
    if (!presence) throw new Error("not seen");
    expect(presence.status).toBe("busy");
    expect(await hubStub(ada.user_id).asSeen(presence)).toMatchObject({ status: "offline", timestamp: LONG_AGO });
    await hubStub(ada.user_id).setCircle(circle({ last_seen: "nobody" }));
    expect(await hubStub(ada.user_id).asSeen(presence)).toMatchObject({ status: "busy" });
    await device.until(() => heard().length === 3);
    expect(heard()[2]).toMatchObject({ status: "busy" });
  });

  it("CIR3 a change is told to who watches; who may see nothing is told of no coming and going", async () => {
    const { ada, bela, chatId } = await makePair();
    const device = await connectHub(ada.user_id);
    await device.settle();
    const watcher = await connectHub(bela.user_id);
    const heard = () => watcher.of("PRESENCE_BROADCAST").filter((p) => p.user_id === ada.user_id);
    watcher.send({ type: "SUBSCRIBE_PRESENCE", subjects: [{ user_id: ada.user_id, chat_id: chatId }] });
    await watcher.until(() => heard().length === 1);
    await hubStub(ada.user_id).setCircle(circle({ online: "nobody" }));
    await watcher.until(() => heard().length === 2);
    expect(heard()[1]).toMatchObject({ status: "offline", timestamp: LONG_AGO });
    const calls: unknown[] = [];
    await runInDurableObject(hubStub(ada.user_id), (object: UserObject) => {
      object.hub.peers.user = ((...args: unknown[]) => {
        calls.push(args);
        return Promise.resolve(true);
      }) as unknown as typeof object.hub.peers.user;
    });
    device.send({ type: "PRESENCE_UPDATE", status: "busy" });
    await device.settle();
    await new Promise((resolve) => setTimeout(resolve, 5_200));
    expect(calls).toEqual([]);
  });

  it("CIR4 the later step holds; one row a change, none for an older one or a repeat", async () => {
    const { ada, bela, chatId } = await makePair();
    const hub = hubStub(ada.user_id);
    await (await connectHub(ada.user_id)).settle();
    const [first, second] = [circle({ online: "nobody" }), circle()];
    expect(await rowsWritten(ada.user_id, () => hub.setCircle(second))).toBe(1);
    expect(await rowsWritten(ada.user_id, () => hub.setCircle(first))).toBe(0);
    expect(await rowsWritten(ada.user_id, () => hub.setCircle(second))).toBe(0);
    await evictDurableObject(hub);
    expect(await rowsWritten(ada.user_id, () => hub.setCircle(first))).toBe(0);
    expect(await seen(ada, bela, chatId)).toMatchObject({ status: "online" });
  });

  it("CIR5 every chat hears what is hidden there before the change is answered; two rows however many chats", async () => {
    const { ada, bela, chatId } = await makePair();
    const { chatId: direct, stub } = await makeDirect(ada, bela);
    await stub.send(bela.user_id, draft("hi"));
    await expect.poll(async () => (await hubStub(ada.user_id).inbox({ limit: 5 })).chats.length).toBe(2);
    const hide = circle({ has_read_receipts: false });
    expect(await rowsWritten(ada.user_id, () => hubStub(ada.user_id).setCircle(hide))).toBe(2);
    for (const id of [chatId, direct])
      expect(await hidesIn(id, ada.user_id)).toEqual([{ hides_receipts: 1, hides_typing: 0 }]);
    // A change of something else is none of the chats' business.
    expect(
      await rowsWritten(ada.user_id, () =>
        hubStub(ada.user_id).setCircle(circle({ has_read_receipts: false, online: "nobody" })),
      ),
    ).toBe(1);
    // A chat that the owner comes into later hears it, too.
    const late = await makeGroup([bela, ada]);
    await late.stub.send(bela.user_id, draft("welcome"));
    await expect.poll(() => hidesIn(late.chatId, ada.user_id)).toEqual([{ hides_receipts: 1, hides_typing: 0 }]);
    expect(await hidesIn(late.chatId, bela.user_id)).toEqual([]);
    await hubStub(ada.user_id).setCircle(circle({ has_typing: false }));
    for (const id of [chatId, direct, late.chatId])
      expect(await hidesIn(id, ada.user_id)).toEqual([{ hides_receipts: 0, hides_typing: 1 }]);
  });

  it("CIR5 MEM9 every chat hears what the owner is called now, and says it; a repeat writes nothing", async () => {
    const { ada, bela, chatId } = await makePair();
    const { chatId: direct, stub } = await makeDirect(ada, bela);
    await stub.send(ada.user_id, draft("hi"));
    await expect.poll(async () => (await hubStub(bela.user_id).inbox({ limit: 5 })).chats.length).toBe(2);
    const device = await connect(chatId, bela.user_id);
    await device.next("SNAPSHOT");
    const named = { ...ada, display_name: "Ada the Great" };
    await hubStub(ada.user_id).setCircle(circle({}, { person: named }));
    expect((await device.next("MEMBERS_CHANGED")).members).toMatchObject([named]);
    const peer = async () => (await entryOf(hubStub(bela.user_id), direct))?.peer;
    await expect.poll(peer).toEqual(named);
    await projected(chatId);
    const written = () => inChat(chatId, (chat) => chat.db.rows.written);
    const before = await written();
    const signs = { hides_receipts: false, hides_typing: false, person: named, rev: ++step };
    await chatCalls(chatId).setSigns(ada.user_id, signs);
    expect(await written()).toBe(before);
    await chatCalls(chatId).setSigns(ada.user_id, { ...signs, person: { ...named, display_name: "Ada" } });
    // Their row, its place in the index of staff, the change.
    expect((await written()) - before).toBe(3);
    await chatCalls(chatId).setSigns(bela.user_id, { ...signs, person: { ...named, display_name: "Eve" } });
    expect((await written()) - before).toBe(3);
  });

  it("CIR5 a chat they come back into learns what they show again since they left", async () => {
    const { ada, bela, chatId } = await makePair();
    await hubStub(bela.user_id).setCircle(circle({ has_read_receipts: false }));
    await expect.poll(() => hidesIn(chatId, bela.user_id), GENEROUS).toEqual([{ hides_receipts: 1, hides_typing: 0 }]);
    await chatCalls(chatId).removeMember(bela.user_id, bela.user_id);
    await expect
      .poll(async () => (await entryOf(hubStub(bela.user_id), chatId))?.is_removed ?? true, GENEROUS)
      .toBe(true);
    await hubStub(bela.user_id).setCircle(circle({}));
    await chatCalls(chatId).addMembers(ada.user_id, [bela]);
    await expect.poll(() => hidesIn(chatId, bela.user_id), GENEROUS).toEqual([{ hides_receipts: 0, hides_typing: 0 }]);
  });

  it("CIR7 a block that crossed the making of a direct chat is made good when the chat is heard of", async () => {
    const [ada, bela] = [person("Ada"), person("Bela")];
    await hubStub(ada.user_id).setCircle(circle({}, { blocked: [bela.user_id] }));
    // Made by somebody who had not heard of the block.
    const { chatId, stub } = await makeDirect(bela, ada);
    await stub.send(bela.user_id, draft("crossed"));
    await expect.poll(async () => (await entryOf(hubStub(ada.user_id), chatId))?.is_blocked, GENEROUS).toBe(true);
    await stub.send(bela.user_id, draft("unheard"));
    const { messages } = await chatCalls(chatId).history(ada.user_id, { limit: 5 });
    expect(messages.map((m) => m.is_hidden === true)).toEqual([false, true]);
    // What she has taken back since is not set again.
    await hubStub(ada.user_id).setCircle(circle());
    await stub.setBlock({ by: ada.user_id, is_blocked: false, rev: step });
    await stub.send(bela.user_id, draft("heard"));
    await expect.poll(async () => (await entryOf(hubStub(ada.user_id), chatId))?.preview?.text, GENEROUS).toBe("heard");
    expect((await entryOf(hubStub(ada.user_id), chatId))?.is_blocked).toBeUndefined();
  });

  it("CIR6 a chat that cannot be reached is told later, by the alarm, also after eviction", async () => {
    const { ada, chatId } = await makePair();
    const hub = hubStub(ada.user_id);
    await cutOff(hub);
    await hub.setCircle(circle({ has_read_receipts: false, has_typing: false }));
    expect(await hidesIn(chatId, ada.user_id)).toEqual([]);
    await evictDurableObject(hub);
    expect(await runDurableObjectAlarm(hub)).toBe(true);
    expect(await hidesIn(chatId, ada.user_id)).toEqual([{ hides_receipts: 1, hides_typing: 1 }]);
    const owed = () => runInDurableObject(hub, (_, ctx) => ctx.storage.sql.exec("SELECT owed FROM circle").one().owed);
    expect(await owed()).toBe("[]");
    // The repeat of a request whose chats were not told does it as well.
    await cutOff(hub);
    const again = circle();
    await hub.setCircle(again);
    await evictDurableObject(hub);
    await hub.setCircle(again);
    expect(await hidesIn(chatId, ada.user_id)).toEqual([{ hides_receipts: 0, hides_typing: 0 }]);
    expect(await chatCalls(chatId).isMember(ada.user_id)).toBe(true);
  });
});
