import { evictDurableObject, runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { beforeAll, describe, expect, it } from "vitest";
import { SOCKETS_PER_PERSON } from "../../durable-objects/shared/limits.ts";
import type { UserObject } from "../../durable-objects/user/user-object.ts";
import { newSessionId, newUserId } from "../../src/protocol/ids.ts";
import { connect, makeGroup, person } from "../chat/room.ts";
import { connectHub, hubStub, newGroup, prepare } from "./hub.ts";

beforeAll(prepare);

const registered = (userId: string, sessionId: string) =>
  runInDurableObject(hubStub(userId), (object: UserObject) => object.hub.store.registered(sessionId));

describe("sessions", () => {
  it("SES1 notes a chat once, and refuses it once the session has ended", async () => {
    const user = newUserId();
    const hub = hubStub(user);
    const [session, chat] = [newSessionId(), newGroup()];
    expect(await hub.registerSocket(session, chat)).toBe(true);
    const before = await runInDurableObject(hub, (object: UserObject) => object.hub.store.db.rows.written);
    expect(await hub.registerSocket(session, chat)).toBe(true);
    expect(await runInDurableObject(hub, (object: UserObject) => object.hub.store.db.rows.written)).toBe(before);
    await hub.revokeSession(session);
    await evictDurableObject(hub);
    expect(await hub.registerSocket(session, chat)).toBe(false);
  });

  it("SES2 closes the session's sockets in the hub and in its chats, and no others", async () => {
    const [ada] = ["Ada"].map(person);
    if (!ada) throw new Error("somebody");
    const { chatId } = await makeGroup([ada]);
    const [ended, kept] = [newSessionId(), newSessionId()];
    const hubs = [await connectHub(ada.user_id, { session: ended }), await connectHub(ada.user_id, { session: kept })];
    const chats = [
      await connect(chatId, ada.user_id, { session: ended }),
      await connect(chatId, ada.user_id, { session: kept }),
    ];
    await expect.poll(() => registered(ada.user_id, ended)).toEqual([chatId]);
    await evictDurableObject(hubStub(ada.user_id));
    await hubStub(ada.user_id).revokeSession(ended);
    for (const device of [hubs[0], chats[0]])
      expect(await device?.until(() => device.closed)).toMatchObject({ code: 4403 });
    for (const device of [hubs[1], chats[1]]) await device?.settle();
    expect(await registered(ada.user_id, ended)).toEqual([]);
  });

  it("SES3 tells a chat that could not be told, by the alarm and after eviction", async () => {
    const [ada] = ["Ada"].map(person);
    if (!ada) throw new Error("somebody");
    const { chatId } = await makeGroup([ada]);
    const session = newSessionId();
    const hub = hubStub(ada.user_id);
    const chat = await connect(chatId, ada.user_id, { session });
    await expect.poll(() => registered(ada.user_id, session)).toEqual([chatId]);
    await runInDurableObject(hub, async (object: UserObject) => {
      object.hub.peers.chat = () => Promise.reject(new Error("no network"));
      await object.revokeSession(session);
    });
    expect(chat.closed).toBeUndefined();
    await evictDurableObject(hub);
    await runDurableObjectAlarm(hub);
    expect(await chat.until(() => chat.closed)).toMatchObject({ code: 4403 });
  });

  it("SES3 is not given up with the platform's tries: an alarm that could not tell a chat leaves the next", async () => {
    const [ada] = ["Ada"].map(person);
    if (!ada) throw new Error("somebody");
    const { chatId } = await makeGroup([ada]);
    const session = newSessionId();
    const hub = hubStub(ada.user_id);
    const chat = await connect(chatId, ada.user_id, { session });
    await expect.poll(() => registered(ada.user_id, session)).toEqual([chatId]);
    const ask = await runInDurableObject(hub, async (object: UserObject) => {
      const reached = object.hub.peers.chat;
      object.hub.peers.chat = () => Promise.reject(new Error("no network"));
      await object.revokeSession(session);
      return reached;
    });
    // The platform tries an alarm that fails no more than six times; this chat is away for longer.
    for (let tries = 0; tries < 8; tries++) await runDurableObjectAlarm(hub);
    expect(await runInDurableObject(hub, (_, ctx) => ctx.storage.getAlarm())).not.toBeNull();
    await runInDurableObject(hub, (object: UserObject) => {
      object.hub.peers.chat = ask;
    });
    await runDurableObjectAlarm(hub);
    expect(await chat.until(() => chat.closed)).toMatchObject({ code: 4403 });
  });

  it("SES4 opens no socket for a session that has ended", async () => {
    const user = newUserId();
    const session = newSessionId();
    await hubStub(user).revokeSession(session);
    const device = await connectHub(user, { session });
    expect(await device.until(() => device.closed)).toMatchObject({ code: 4403 });
    expect(device.of("ERROR")).toMatchObject([{ code: "session_revoked" }]);
    expect(device.of("CONNECTED")).toEqual([]);
  });

  it("UPL8 lets the oldest of more than 20 sockets make place", async () => {
    const user = newUserId();
    const oldest = await connectHub(user);
    await oldest.settle();
    await new Promise((resolve) => setTimeout(resolve, 5));
    const others = [];
    for (let i = 1; i < SOCKETS_PER_PERSON; i++) others.push(await connectHub(user));
    await oldest.settle();
    others.push(await connectHub(user));
    expect(await oldest.until(() => oldest.closed)).toMatchObject({ code: 4410 });
    for (const device of others) await device.settle();
  });
});
