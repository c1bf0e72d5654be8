import { evictDurableObject, runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { beforeAll, describe, expect, it } from "vitest";
import { GRACE_MS } from "../../durable-objects/user/limits.ts";
import type { UserObject } from "../../durable-objects/user/user-object.ts";
import { AWAY_MS, IDLE_MS, OFFLINE_MS } from "../../src/protocol/limits.ts";
import { draft, makeGroup, person, type TestDevice, type TestPerson } from "../chat/room.ts";
import { connectHub, faultOf, hubStub, prepare, rowsWritten } from "./hub.ts";

beforeAll(prepare);

async function makePair(): Promise<{ ada: TestPerson; bela: TestPerson; chatId: string }> {
  const [ada, bela] = [person("Ada"), person("Bela")];
  const { chatId, stub } = await makeGroup([ada, bela]);
  await stub.send(ada.user_id, draft("hello"));
  for (const { user_id } of [ada, bela])
    await expect.poll(async () => (await hubStub(user_id).inbox({ limit: 1 })).chats.length).toBe(1);
  return { ada, bela, chatId };
}

const at = (ms: number): string => new Date(ms).toISOString();

/** As if nobody had touched any device of theirs for so long. */
const untouched = (userId: string, ms: number) =>
  runInDurableObject(hubStub(userId), (object: UserObject) => {
    for (const [socket, state] of [...object.hub.sockets.entries()])
      object.hub.sockets.update(socket, { ...state, used_at: Date.now() - ms });
  });

const alarmOf = (userId: string) => runInDurableObject(hubStub(userId), (_, state) => state.storage.getAlarm());

const row = (userId: string) => runInDurableObject(hubStub(userId), (object: UserObject) => object.hub.row);

const heard = (device: TestDevice, userId: string) =>
  device.of("PRESENCE_BROADCAST").filter((p) => p.user_id === userId);

async function watched(ada: TestPerson, bela: TestPerson, chatId: string): Promise<TestDevice> {
  const watcher = await connectHub(bela.user_id);
  watcher.send({ type: "SUBSCRIBE_PRESENCE", subjects: [{ user_id: ada.user_id, chat_id: chatId }] });
  await watcher.until(() => heard(watcher, ada.user_id).length === 1);
  return watcher;
}

describe("presence over time", () => {
  it("PRS16 PRS22 an open socket goes idle, away and offline by the alarm, also after hibernation; use brings it back", async () => {
    const { ada, bela, chatId } = await makePair();
    const device = await connectHub(ada.user_id);
    await device.settle();
    const hub = hubStub(ada.user_id);
    expect(await alarmOf(ada.user_id)).toBeLessThanOrEqual(Date.now() + IDLE_MS);
    const seen = () => hub.presence(bela.user_id, chatId);
    for (const [ms, status, state] of [
      [IDLE_MS, "away", "idle"],
      [AWAY_MS, "away", "away"],
      [OFFLINE_MS + 1_000, "offline", "offline"],
    ] as const) {
      await untouched(ada.user_id, ms);
      await evictDurableObject(hub);
      await runDurableObjectAlarm(hub);
      await device.until(() => heard(device, ada.user_id).at(-1)?.state === state);
      expect(await seen()).toMatchObject({ status });
      expect(await seen()).not.toHaveProperty("state");
      expect(await seen()).not.toHaveProperty("previous_status");
    }
    expect(heard(device, ada.user_id).at(-1)).toMatchObject({ status: "offline", previous_status: "away" });
    // Shown offline while connected: the last time is that of the last use.
    const { last_seen_at } = (await seen()) ?? {};
    expect(Date.now() - Date.parse(last_seen_at ?? "")).toBeGreaterThanOrEqual(OFFLINE_MS);
    device.send({ type: "PRESENCE_UPDATE", status: "online" });
    await device.until(() => heard(device, ada.user_id).at(-1)?.state === "active");
    expect(await seen()).toMatchObject({ status: "online" });
  });

  it("PRS16 PRS14 time alone writes no row, and the last use of a socket that goes is kept with its leaving", async () => {
    const { ada, bela, chatId } = await makePair();
    const device = await connectHub(ada.user_id);
    await device.settle();
    const hub = hubStub(ada.user_id);
    const written = await rowsWritten(ada.user_id, async () => {
      for (const ms of [IDLE_MS, AWAY_MS, OFFLINE_MS]) {
        await untouched(ada.user_id, ms);
        await runDurableObjectAlarm(hub);
      }
    });
    expect(written).toBe(0);
    await evictDurableObject(hub);
    device.close();
    await expect.poll(async () => (await row(ada.user_id)).left_at).not.toBeNull();
    const { used_at } = await row(ada.user_id);
    expect(Date.now() - (used_at ?? 0)).toBeGreaterThanOrEqual(OFFLINE_MS);
    expect(await hub.presence(bela.user_id, chatId)).toMatchObject({
      status: "offline",
      last_seen_at: at(used_at ?? 0),
    });
  });

  it("PRS17 an alarm that was set for an earlier use changes nothing", async () => {
    const { ada, bela, chatId } = await makePair();
    const device = await connectHub(ada.user_id);
    await device.settle();
    await untouched(ada.user_id, IDLE_MS - 1_000);
    device.send({ type: "PRESENCE_UPDATE", status: "online" });
    await device.settle();
    for (let i = 0; i < 3; i++) await runInDurableObject(hubStub(ada.user_id), (object: UserObject) => object.alarm());
    expect(await hubStub(ada.user_id).presence(bela.user_id, chatId)).toMatchObject({ status: "online" });
  });

  it("PRS17 sending over the hub is use; coming back within the grace is not", async () => {
    const { ada, bela, chatId } = await makePair();
    const device = await connectHub(ada.user_id, { device: "phone" });
    await device.settle();
    const hub = hubStub(ada.user_id);
    await untouched(ada.user_id, AWAY_MS);
    await runDurableObjectAlarm(hub);
    expect(await hub.presence(bela.user_id, chatId)).toMatchObject({ status: "away" });
    await evictDurableObject(hub);
    device.close();
    await expect.poll(async () => (await row(ada.user_id)).left_at).not.toBeNull();
    await evictDurableObject(hub);
    const again = await connectHub(ada.user_id, { device: "phone" });
    await again.settle();
    expect(await hub.presence(bela.user_id, chatId)).toMatchObject({ status: "away" });
    again.send({ type: "SEND_MESSAGE", chat_id: chatId, ...draft("back", 2) });
    await again.next("MESSAGE_ACK");
    expect(await hub.presence(bela.user_id, chatId)).toMatchObject({ status: "online" });
    // Back after the grace is somebody who has come.
    again.close();
    await expect.poll(async () => (await row(ada.user_id)).left_at).not.toBeNull();
    await runInDurableObject(hub, (o: UserObject) => o.hub.update({ left_at: Date.now() - GRACE_MS - 1, used_at: 5 }));
    await (await connectHub(ada.user_id)).settle();
    expect(await hub.presence(bela.user_id, chatId)).toMatchObject({ status: "online" });
  });
});

describe("what a person says of themselves", () => {
  it("PRS19 a custom status is told to who watches, also while nobody is here, and ends by the alarm; one row each", async () => {
    const { ada, bela, chatId } = await makePair();
    const hub = hubStub(ada.user_id);
    const watcher = await watched(ada, bela, chatId);
    const ends = Date.now() + 3_600_000;
    const custom_status = { text: "at the lake", emoji: "🏊", expires_at: at(ends) };
    expect(await rowsWritten(ada.user_id, () => hub.setStatus({ custom_status }))).toBe(1);
    await watcher.until(() => heard(watcher, ada.user_id).length === 2);
    expect(heard(watcher, ada.user_id)[1]).toMatchObject({ status: "offline", custom_status });
    expect(await rowsWritten(ada.user_id, () => hub.setStatus({ custom_status }))).toBe(0);
    expect((await alarmOf(ada.user_id)) ?? 0).toBeLessThanOrEqual(ends);
    await runInDurableObject(hub, (object: UserObject) => {
      const { custom_status: json } = object.hub.row;
      object.hub.update({ custom_status: JSON.stringify({ ...JSON.parse(json ?? "{}"), expires_at: Date.now() - 1 }) });
    });
    await evictDurableObject(hub);
    expect(await rowsWritten(ada.user_id, () => runDurableObjectAlarm(hub))).toBe(1);
    await watcher.until(() => heard(watcher, ada.user_id).length === 3);
    expect(heard(watcher, ada.user_id)[2]).not.toHaveProperty("custom_status");
    expect((await hub.setStatus({ custom_status: { text: "x" } })).custom_status).toEqual({ text: "x" });
    expect(await hub.setStatus({ custom_status: null })).not.toHaveProperty("custom_status");
    expect(await hub.setStatus({ custom_status: { text: "" } })).not.toHaveProperty("custom_status");
  });

  it("PRS20 busy and do not disturb end at their time, or when the person says so; nothing else takes them back", async () => {
    const { ada, bela, chatId } = await makePair();
    const hub = hubStub(ada.user_id);
    const device = await connectHub(ada.user_id);
    await device.settle();
    const until = Date.now() + 60_000;
    expect(await hub.setStatus({ status: "do_not_disturb", status_expires_at: at(until) })).toEqual({
      ...{ status: "busy", state: "do_not_disturb" },
    });
    expect((await alarmOf(ada.user_id)) ?? 0).toBeLessThanOrEqual(until);
    device.send({ type: "PRESENCE_UPDATE", status: "online" });
    await device.settle();
    expect(await hub.presence(bela.user_id, chatId)).toMatchObject({ status: "busy" });
    await runInDurableObject(hub, (object: UserObject) => object.hub.update({ said_until: Date.now() - 1 }));
    await evictDurableObject(hub);
    await runDurableObjectAlarm(hub);
    expect(await hub.presence(bela.user_id, chatId)).toMatchObject({ status: "online" });
    expect(await hub.setStatus({ status: "busy" })).toEqual({ status: "busy", state: "busy" });
    expect(await hub.setStatus({})).toEqual({ status: "busy", state: "busy" });
    expect(await hub.setStatus({ status: "online" })).toEqual({ status: "online", state: "active" });
    const never = { status: "busy", status_expires_at: "2026-99-99T99:99:99.999Z" } as const;
    expect(await faultOf(() => hub.setStatus(never))).toBe("invalid");
    expect(await hubStub(person("Nobody").user_id).setStatus({})).toEqual({ status: "offline", state: "offline" });
  });

  it("PRS21 kinds of devices are told when they change, what a device says its person does only beside something else", async () => {
    const { ada, bela, chatId } = await makePair();
    const [desk, hub] = [await connectHub(ada.user_id, { kind: "web" }), hubStub(ada.user_id)];
    await desk.settle();
    const watcher = await watched(ada, bela, chatId);
    expect(heard(watcher, ada.user_id)[0]).toMatchObject({ devices: ["web"] });
    const phone = await connectHub(ada.user_id, { kind: "mobile" });
    await watcher.until(() => heard(watcher, ada.user_id).length === 2);
    expect(heard(watcher, ada.user_id)[1]).toMatchObject({ status: "online", devices: ["mobile", "web"] });
    desk.send({ type: "PRESENCE_UPDATE", status: "online", activity: "reading" });
    await desk.settle();
    expect(await hub.presence(bela.user_id, chatId)).toMatchObject({ activity: "reading" });
    const tablet = await connectHub(ada.user_id, { kind: "mobile" });
    await tablet.settle();
    await new Promise((resolve) => setTimeout(resolve, 100));
    await watcher.settle();
    expect(heard(watcher, ada.user_id)).toHaveLength(2);
    for (const device of [phone, tablet]) device.close();
    await watcher.until(() => heard(watcher, ada.user_id).length === 3);
    expect(heard(watcher, ada.user_id)[2]).toMatchObject({ devices: ["web"], activity: "reading" });
  });

  it("PRS22 the own devices are told the state, and every change of it", async () => {
    const { ada, bela, chatId } = await makePair();
    const device = await connectHub(ada.user_id);
    device.send({ type: "SUBSCRIBE_PRESENCE", subjects: [{ user_id: ada.user_id, chat_id: chatId }] });
    device.send({ type: "PRESENCE_UPDATE", status: "do_not_disturb" });
    await device.until(() => heard(device, ada.user_id).at(-1)?.state === "do_not_disturb");
    expect(heard(device, ada.user_id).at(-1)).toMatchObject({ status: "busy", previous_status: "online" });
    expect(Object.keys((await hubStub(ada.user_id).presence(bela.user_id, chatId)) ?? {})).not.toContain("state");
    expect(await hubStub(ada.user_id).presence(ada.user_id, chatId)).toMatchObject({ state: "do_not_disturb" });
  });
});
