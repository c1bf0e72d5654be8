import { evictDurableObject, runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { beforeAll, describe, expect, it } from "vitest";
import { GRACE_MS } from "../../durable-objects/user/limits.ts";
import type { UserObject } from "../../durable-objects/user/user-object.ts";
import { directChatId, newChatId, newUserId } from "../../src/protocol/ids.ts";
import { draft, makeDirect, makeGroup, person, type TestDevice, type TestPerson } from "../chat/room.ts";
import { chatCalls, connectHub, hubStub, prepare } from "./hub.ts";

beforeAll(prepare);

/** Two people who share a group. */
async function makePair(): Promise<{ ada: TestPerson; bela: TestPerson; chatId: string }> {
  const [ada, bela] = [person("Ada"), person("Bela")];
  const { chatId, stub } = await makeGroup([ada, bela]);
  await stub.send(ada.user_id, draft("hello"));
  for (const { user_id } of [ada, bela])
    await expect.poll(async () => (await hubStub(user_id).inbox({ limit: 1 })).chats.length).toBe(1);
  return { ada, bela, chatId };
}

const presenceOf = (of: string, chatId: string, by: string) => hubStub(of).presence(by, chatId);

/** As if `ms` had passed since the last socket went. */
const letPass = (userId: string, ms: number) =>
  runInDurableObject(hubStub(userId), (object: UserObject) => {
    const { left_at } = object.hub.row;
    if (left_at !== null) object.hub.update({ left_at: left_at - ms });
  });

const row = (userId: string) => runInDurableObject(hubStub(userId), (object: UserObject) => object.hub.row);

async function leave(userId: string, ...devices: TestDevice[]): Promise<void> {
  for (const device of devices) device.close();
  await expect.poll(async () => (await row(userId)).left_at).not.toBeNull();
}

const heard = (device: TestDevice, userId: string) =>
  device.of("PRESENCE_BROADCAST").filter((p) => p.user_id === userId);

describe("presence", () => {
  it("PRS1 is what the devices and the person say", async () => {
    const { ada, bela, chatId } = await makePair();
    const now = async () => (await presenceOf(ada.user_id, chatId, bela.user_id))?.status;
    expect(await now()).toBe("offline");
    const [desk, phone] = [await connectHub(ada.user_id), await connectHub(ada.user_id)];
    await phone.settle();
    expect(await now()).toBe("online");
    desk.send({ type: "PRESENCE_UPDATE", status: "away" });
    await desk.settle();
    expect(await now()).toBe("online");
    phone.send({ type: "PRESENCE_UPDATE", status: "away", activity: "idle" });
    await phone.settle();
    expect(await now()).toBe("away");
    phone.send({ type: "PRESENCE_UPDATE", status: "busy" });
    await phone.settle();
    expect(await now()).toBe("busy");
    phone.send({ type: "PRESENCE_UPDATE", status: "online" });
    await phone.settle();
    expect((await hubStub(ada.user_id).setStatus({ status: "busy" })).status).toBe("busy");
    await evictDurableObject(hubStub(ada.user_id));
    expect(await now()).toBe("busy");
    expect((await hubStub(ada.user_id).setStatus({ status: "online" })).status).toBe("online");
    expect(await now()).toBe("online");
  });

  it("PRS2 takes a reconnect within the grace for no change, also after eviction", async () => {
    const { ada, bela, chatId } = await makePair();
    const watcher = await connectHub(bela.user_id);
    const first = await connectHub(ada.user_id);
    await first.settle();
    watcher.send({ type: "SUBSCRIBE_PRESENCE", subjects: [{ user_id: ada.user_id, chat_id: chatId }] });
    expect(await watcher.next("PRESENCE_BROADCAST", 2)).toMatchObject({ user_id: ada.user_id, status: "online" });
    await leave(ada.user_id, first);
    await evictDurableObject(hubStub(ada.user_id));
    await letPass(ada.user_id, GRACE_MS - 5_000);
    expect(await presenceOf(ada.user_id, chatId, bela.user_id)).toMatchObject({ status: "online" });
    const second = await connectHub(ada.user_id);
    await second.settle();
    await watcher.settle();
    expect(heard(watcher, ada.user_id)).toHaveLength(1);
    expect((await row(ada.user_id)).left_at).toBeNull();
  });

  it("PRS3 PRS7 PRS8 tells who watches of the end, once, also when both hubs slept", async () => {
    const { ada, bela, chatId } = await makePair();
    const device = await connectHub(ada.user_id);
    await device.settle();
    const watcher = await connectHub(bela.user_id);
    watcher.send({ type: "SUBSCRIBE_PRESENCE", subjects: [{ user_id: ada.user_id, chat_id: chatId }] });
    await watcher.until(() => heard(watcher, ada.user_id).length === 1);
    await leave(ada.user_id, device);
    const leftAt = (await row(ada.user_id)).left_at ?? 0;
    const alarmAt = await runInDurableObject(hubStub(ada.user_id), (_, state) => state.storage.getAlarm());
    expect(alarmAt).toBe(leftAt + GRACE_MS);
    await letPass(ada.user_id, GRACE_MS + 1);
    await evictDurableObject(hubStub(ada.user_id));
    await evictDurableObject(hubStub(bela.user_id));
    expect(await runDurableObjectAlarm(hubStub(ada.user_id))).toBe(true);
    await watcher.until(() => heard(watcher, ada.user_id).length === 2);
    expect(heard(watcher, ada.user_id)[1]).toMatchObject({
      status: "offline",
      last_seen_at: new Date(leftAt - GRACE_MS - 1).toISOString(),
    });
    await evictDurableObject(hubStub(ada.user_id));
    await runInDurableObject(hubStub(ada.user_id), (object: UserObject) => object.alarm());
    await new Promise((resolve) => setTimeout(resolve, 50));
    await watcher.settle();
    expect(heard(watcher, ada.user_id)).toHaveLength(2);
    const again = await connectHub(ada.user_id);
    await again.settle();
    await watcher.until(() => heard(watcher, ada.user_id).length === 3);
    expect(heard(watcher, ada.user_id)[2]).toMatchObject({ status: "online" });
  });

  it("PRS4 notices by the alarm that everybody was lost without a word", async () => {
    const { ada, bela, chatId } = await makePair();
    await (await connectHub(ada.user_id)).settle();
    // What a kill leaves behind: the row says "there", and no socket is.
    await runInDurableObject(hubStub(ada.user_id), (object: UserObject) => {
      for (const [socket] of [...object.hub.sockets.entries()]) object.hub.sockets.forget(socket);
    });
    expect((await row(ada.user_id)).left_at).toBeNull();
    expect(await runDurableObjectAlarm(hubStub(ada.user_id))).toBe(true);
    expect((await row(ada.user_id)).left_at).not.toBeNull();
    await letPass(ada.user_id, GRACE_MS + 1);
    await runDurableObjectAlarm(hubStub(ada.user_id));
    expect(await presenceOf(ada.user_id, chatId, bela.user_id)).toMatchObject({ status: "offline" });
  });

  it("PRS5 closes a socket that has shown no sign of life, and keeps one that has", async () => {
    const user = newUserId();
    const [dead, alive] = [await connectHub(user), await connectHub(user)];
    await dead.settle();
    await alive.settle();
    await runInDurableObject(hubStub(user), (object: UserObject) => {
      const old = Date.now() - 100_000;
      for (const [socket, state] of [...object.hub.sockets.entries()])
        object.hub.sockets.update(socket, { ...state, connected_at: old });
    });
    // A client whose heartbeat is not the platform's: any frame is a sign of life.
    alive.send({ type: "PING", timestamp: 1 });
    await alive.next("PONG", 2);
    await evictDurableObject(hubStub(user));
    await runDurableObjectAlarm(hubStub(user));
    expect(await dead.until(() => dead.closed)).toMatchObject({ code: 4410 });
    await alive.settle();
  });

  it("PRS6 is shown to those who share a chat, and to nobody else", async () => {
    const { ada, bela, chatId } = await makePair();
    const cleo = newUserId();
    const direct = await directChatId(ada.user_id, bela.user_id);
    expect(await presenceOf(ada.user_id, chatId, bela.user_id)).toBeDefined();
    expect(await presenceOf(ada.user_id, chatId, cleo)).toBeUndefined();
    expect(await presenceOf(ada.user_id, newChatId("group"), bela.user_id)).toBeUndefined();
    expect(await presenceOf(ada.user_id, direct, bela.user_id)).toBeUndefined();
    const { stub } = await makeDirect(ada, bela);
    await stub.send(ada.user_id, draft("hi"));
    expect(await presenceOf(ada.user_id, direct, bela.user_id)).toBeDefined();
    expect(await presenceOf(ada.user_id, direct, cleo)).toBeUndefined();
    expect(await hubStub(ada.user_id).watch(cleo, direct)).toBeUndefined();
  });

  it("PRS7 forgets who no longer watches, and who lost the right", async () => {
    const { ada, bela, chatId } = await makePair();
    await (await connectHub(ada.user_id)).settle();
    const hub = hubStub(ada.user_id);
    const watchers = () =>
      runInDurableObject(hub, (object: UserObject) => object.hub.store.watchers().map((w) => w.user_id));
    await hub.watch(bela.user_id, chatId);
    expect(await watchers()).toEqual([bela.user_id]);
    await hub.setStatus({ status: "busy" });
    await expect.poll(watchers).toEqual([]);
    await hub.watch(bela.user_id, chatId);
    await chatCalls(chatId).removeMember(ada.user_id, ada.user_id);
    const isOut = () =>
      runInDurableObject(hub, (object: UserObject) => object.hub.store.entry(chatId)?.is_removed === 1);
    await expect.poll(isOut).toBe(true);
    await runInDurableObject(hub, (object: UserObject) => {
      // A hub that would say yes: it must not even be asked.
      object.hub.peers.user = () => Promise.reject(new Error("must not be called"));
    });
    await hub.setStatus({ status: "online" });
    await expect.poll(watchers, { timeout: 15_000 }).toEqual([]);
  });

  it("PRS7 tells the first change at once and many that follow together, the last one in any case", async () => {
    const { ada, bela, chatId } = await makePair();
    const device = await connectHub(ada.user_id);
    await device.settle();
    await hubStub(ada.user_id).watch(bela.user_id, chatId);
    const told: string[] = [];
    await runInDurableObject(hubStub(ada.user_id), (object: UserObject) => {
      object.hub.peers.user = ((_: string, ask: (hub: { presenceChanged: typeof object.presenceChanged }) => unknown) =>
        ask({
          presenceChanged: async ({ status }) => {
            told.push(status);
            return true;
          },
        })) as unknown as typeof object.hub.peers.user;
    });
    for (let i = 0; i < 100; i++) device.send({ type: "PRESENCE_UPDATE", status: i % 2 === 0 ? "busy" : "online" });
    device.send({ type: "PRESENCE_UPDATE", status: "away" });
    await expect.poll(() => told.at(-1), { timeout: 15_000 }).toBe("away");
    expect(told).toEqual(["busy", "away"]);
  });

  it("PRS15 tells who was put out of the chat nothing more, whatever they renew", async () => {
    const { ada, bela, chatId } = await makePair();
    await (await connectHub(ada.user_id)).settle();
    const watcher = await connectHub(bela.user_id);
    const subjects = [{ user_id: ada.user_id, chat_id: chatId }];
    watcher.send({ type: "SUBSCRIBE_PRESENCE", subjects });
    await watcher.until(() => heard(watcher, ada.user_id).length === 1);
    await chatCalls(chatId).removeMember(ada.user_id, bela.user_id);
    await watcher.until(() => watcher.of("INBOX_CHANGED").some(({ entries }) => entries.some((e) => e.is_removed)));
    const presence = { user_id: ada.user_id, status: "busy" as const, timestamp: new Date().toISOString() };
    expect(await hubStub(bela.user_id).presenceChanged(presence)).toBe(false);
    watcher.send({ type: "SUBSCRIBE_PRESENCE", subjects });
    await watcher.next("ERROR");
    expect(await hubStub(bela.user_id).presenceChanged(presence)).toBe(false);
    expect(heard(watcher, ada.user_id)).toHaveLength(1);
  });

  it("PRS8 writes nothing for a renewal", async () => {
    const { ada, bela, chatId } = await makePair();
    const hub = hubStub(ada.user_id);
    await hub.watch(bela.user_id, chatId);
    const written = () => runInDurableObject(hub, (object: UserObject) => object.hub.store.db.rows.written);
    const before = await written();
    for (let i = 0; i < 5; i++) await hub.watch(bela.user_id, chatId);
    expect(await written()).toBe(before);
  });

  it("PRS9 answers each new subject once and refuses strangers, without closing", async () => {
    const { ada, bela, chatId } = await makePair();
    const stranger = newUserId();
    const watcher = await connectHub(bela.user_id);
    const subjects = [
      { user_id: ada.user_id, chat_id: chatId },
      { user_id: stranger, chat_id: chatId },
    ];
    watcher.send({ type: "SUBSCRIBE_PRESENCE", subjects });
    await watcher.next("ERROR");
    expect(watcher.of("ERROR")[0]).toMatchObject({ code: "not_found", details: { user_ids: [stranger] } });
    expect(heard(watcher, ada.user_id)).toHaveLength(1);
    watcher.send({ type: "SUBSCRIBE_PRESENCE", subjects: subjects.slice(0, 1) });
    await watcher.settle();
    expect(heard(watcher, ada.user_id)).toHaveLength(1);
    watcher.send({ type: "SUBSCRIBE_PRESENCE", subjects: [] });
    await watcher.settle();
    await (await connectHub(ada.user_id)).settle();
    await watcher.settle();
    expect(heard(watcher, ada.user_id)).toHaveLength(1);
  });

  it("PRS10 keeps 200 subjects over hibernation", async () => {
    const { ada, bela, chatId } = await makePair();
    const watcher = await connectHub(bela.user_id);
    const others = Array.from({ length: 199 }, () => ({ user_id: newUserId(), chat_id: chatId }));
    await runInDurableObject(hubStub(bela.user_id), (object: UserObject) => {
      const presence = { status: "offline" as const, timestamp: new Date().toISOString() };
      object.hub.peers.user = (async (userId: string) => ({
        user_id: userId,
        ...presence,
      })) as typeof object.hub.peers.user;
    });
    watcher.send({ type: "SUBSCRIBE_PRESENCE", subjects: [...others, { user_id: ada.user_id, chat_id: chatId }] });
    await watcher.next("PRESENCE_BROADCAST", 201);
    await evictDurableObject(hubStub(bela.user_id));
    const presence = { user_id: ada.user_id, status: "busy" as const, timestamp: new Date().toISOString() };
    expect(await hubStub(bela.user_id).presenceChanged(presence)).toBe(true);
    await watcher.until(() => heard(watcher, ada.user_id).some((p) => p.status === "busy"));
    expect(await hubStub(bela.user_id).presenceChanged({ ...presence, user_id: newUserId() })).toBe(false);
  });

  it("PRS11 tells a set that was not renewed nothing more", async () => {
    const { ada, bela, chatId } = await makePair();
    const watcher = await connectHub(bela.user_id);
    watcher.send({ type: "SUBSCRIBE_PRESENCE", subjects: [{ user_id: ada.user_id, chat_id: chatId }] });
    await watcher.until(() => heard(watcher, ada.user_id).length === 1);
    await runInDurableObject(hubStub(bela.user_id), (object: UserObject) => {
      for (const [socket, state] of [...object.hub.sockets.entries()])
        if (state.watch)
          object.hub.sockets.update(socket, { ...state, watch: { ...state.watch, until: Date.now() - 1 } });
    });
    const presence = { user_id: ada.user_id, status: "busy" as const, timestamp: new Date().toISOString() };
    expect(await hubStub(bela.user_id).presenceChanged(presence)).toBe(false);
    // A late renewal asks again: that hub has forgotten this one.
    watcher.send({ type: "SUBSCRIBE_PRESENCE", subjects: [{ user_id: ada.user_id, chat_id: chatId }] });
    await watcher.until(() => heard(watcher, ada.user_id).length === 2);
  });

  it("PRS12 answers PRESENCE_UPDATE also when it changes nothing", async () => {
    const user = newUserId();
    const device = await connectHub(user);
    await device.next("PRESENCE_BROADCAST");
    device.send({ type: "PRESENCE_UPDATE", status: "online" });
    expect(await device.next("PRESENCE_BROADCAST", 2)).toMatchObject({ user_id: user, status: "online" });
  });

  it("PRS14 writes one row for arriving, leaving and going offline each, none for further devices", async () => {
    const { ada } = await makePair();
    const hub = hubStub(ada.user_id);
    const written = () => runInDurableObject(hub, (object: UserObject) => object.hub.store.db.rows.written);
    const start = await written();
    const first = await connectHub(ada.user_id);
    await first.settle();
    expect((await written()) - start).toBe(1);
    const second = await connectHub(ada.user_id);
    await second.settle();
    second.close();
    for (const status of ["away", "busy", "online"]) first.send({ type: "PRESENCE_UPDATE", status });
    await first.settle();
    await runInDurableObject(hub, (object: UserObject) => object.alarm());
    expect((await written()) - start).toBe(1);
    await leave(ada.user_id, first);
    expect((await written()) - start).toBe(2);
    await letPass(ada.user_id, GRACE_MS + 1);
    const before = await written();
    await runDurableObjectAlarm(hub);
    expect((await written()) - before).toBe(1);
    await runInDurableObject(hub, (object: UserObject) => object.alarm());
    expect((await written()) - before).toBe(1);
  });
});
