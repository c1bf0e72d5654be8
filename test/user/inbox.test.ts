import { evictDurableObject, runInDurableObject } from "cloudflare:test";
import { beforeAll, describe, expect, it } from "vitest";
import { RETRY_MS } from "../../durable-objects/shared/limits.ts";
import { SNAPSHOT_ENTRIES } from "../../durable-objects/user/limits.ts";
import type { UserObject } from "../../durable-objects/user/user-object.ts";
import { newUserId } from "../../src/protocol/ids.ts";
import { connect, draft, makeGroup, person } from "../chat/room.ts";
import { bumpOf, connectHub, faultOf, hubStub, newGroup, prepare, rowsWritten } from "./hub.ts";

beforeAll(prepare);

const isDirty = (userId: string, chatId: string) =>
  runInDurableObject(hubStub(userId), (hub: UserObject) => hub.hub.store.entry(chatId)?.is_dirty === 1);

describe("inbox", () => {
  it("INB1 ignores a bump that is older than what it has, and takes one of another epoch", async () => {
    const user = newUserId();
    const chat = newGroup();
    const hub = hubStub(user);
    const device = await connectHub(user);
    await hub.bump(bumpOf(chat, 5));
    await hub.bump(bumpOf(chat, 4, { unread: 77 }));
    expect((await hub.inbox({ limit: 10 })).chats[0]).toMatchObject({ head_seq: 5, unread: 5 });
    await hub.bump(bumpOf(chat, 1, {}, { epoch: "epoch2" }));
    expect((await hub.inbox({ limit: 10 })).chats[0]).toMatchObject({ head_seq: 1 });
    await device.settle();
    expect(device.of("INBOX_CHANGED").map((f) => [f.base, f.rev])).toEqual([
      [0, 1],
      [1, 2],
    ]);
  });

  it("INB1 does not let an entry of the same clock take back what was read", async () => {
    const user = newUserId();
    const chat = newGroup();
    const hub = hubStub(user);
    const device = await connectHub(user);
    await hub.bump(bumpOf(chat, 5, { read_seq: 5, unread: 0 }));
    await hub.bump(bumpOf(chat, 5, { read_seq: 2, unread: 3 }));
    expect((await hub.inbox({ limit: 10 })).chats[0]).toMatchObject({ read_seq: 5, unread: 0 });
    device.close();
  });

  it("INB1 takes a removal of the same clock, whatever was read, and nothing of that clock after it", async () => {
    const user = newUserId();
    const chat = newGroup();
    const hub = hubStub(user);
    const device = await connectHub(user);
    await hub.bump(bumpOf(chat, 5, { read_seq: 5, unread: 0 }));
    await hub.bump(bumpOf(chat, 5, { read_seq: 2, unread: 0, is_removed: true }));
    expect((await hub.inbox({ limit: 10 })).chats).toEqual([]);
    // Made before, and late.
    await hub.bump(bumpOf(chat, 5, { read_seq: 5, unread: 0 }));
    expect((await hub.inbox({ limit: 10 })).chats).toEqual([]);
    await hub.bump(bumpOf(chat, 6, { read_seq: 5, unread: 1 }));
    expect((await hub.inbox({ limit: 10 })).chats).toMatchObject([{ unread: 1 }]);
    device.close();
  });

  it("INB2 tells every device, and moves no clock for what shows nothing new", async () => {
    const user = newUserId();
    const chat = newGroup();
    const hub = hubStub(user);
    const devices = [await connectHub(user), await connectHub(user, { isBatching: false })];
    expect(await hub.bump(bumpOf(chat, 3))).toEqual({ is_awake: true });
    const { entry } = bumpOf(chat, 3);
    expect(await rowsWritten(user, () => hub.bump({ ...bumpOf(chat, 4), entry }))).toBe(0);
    for (const device of devices) {
      await device.settle();
      expect(device.of("INBOX_CHANGED")).toHaveLength(1);
      expect(device.of("INBOX_CHANGED")[0]?.entries).toEqual([{ ...entry, rev: 1 }]);
    }
  });

  it("INB2 writes one row for a bump", async () => {
    const user = newUserId();
    const chat = newGroup();
    const hub = hubStub(user);
    const device = await connectHub(user);
    await hub.bump(bumpOf(chat, 3));
    expect(await rowsWritten(user, () => hub.bump(bumpOf(chat, 4)))).toBe(1);
    device.close();
  });

  it("INB3 marks a chat once while its owner is away", async () => {
    const user = newUserId();
    const chat = newGroup();
    const hub = hubStub(user);
    await (await connectHub(user)).settle();
    await hub.bump(bumpOf(chat, 1));
    await evictDurableObject(hub, { webSockets: "close" });
    expect(await isDirty(user, chat)).toBe(false);
    expect(
      await rowsWritten(user, async () => {
        expect(await hub.bump(bumpOf(chat, 2))).toEqual({ is_awake: false });
      }),
    ).toBe(1);
    expect(
      await rowsWritten(user, async () => {
        for (let rev = 3; rev < 20; rev++) await hub.bump(bumpOf(chat, rev));
      }),
    ).toBe(0);
    expect(await isDirty(user, chat)).toBe(true);
  });

  it("INB3 keeps the mark even for a bump that is older, because the chat will not call again", async () => {
    const user = newUserId();
    const chat = newGroup();
    const hub = hubStub(user);
    const device = await connectHub(user);
    await hub.bump(bumpOf(chat, 9));
    await device.settle();
    await evictDurableObject(hub, { webSockets: "close" });
    expect(await hub.bump(bumpOf(chat, 8))).toEqual({ is_awake: false });
    expect(await isDirty(user, chat)).toBe(true);
  });

  it("INB4 stores new chats, removals and what is personal for an owner who is away", async () => {
    const user = newUserId();
    const chat = newGroup();
    const hub = hubStub(user);
    const stored = () =>
      runInDurableObject(hub, (object: UserObject) => JSON.parse(object.hub.store.entry(chat)?.entry ?? "{}"));
    expect(await hub.bump(bumpOf(chat, 1))).toEqual({ is_awake: false });
    expect(await stored()).toMatchObject({ head_seq: 1 });
    await hub.bump(bumpOf(chat, 2));
    expect(await stored()).toMatchObject({ head_seq: 1 });
    await hub.bump(bumpOf(chat, 3, {}, { is_personal: true }));
    expect(await stored()).toMatchObject({ head_seq: 3 });
    await hub.bump(bumpOf(chat, 4, { is_removed: true }));
    expect(await stored()).toMatchObject({ is_removed: true });
    expect(await isDirty(user, chat)).toBe(true);
  });

  it("INB5 INB7 tells a device that was away what changed and what it was removed from", async () => {
    const user = newUserId();
    const [kept, left] = [newGroup(), newGroup()];
    const hub = hubStub(user);
    const first = await connectHub(user);
    const snapshot = await first.next("INBOX_SNAPSHOT");
    expect(snapshot).toMatchObject({ rev: 0, entries: [] });
    for (const chat of [kept, left]) await hub.bump(bumpOf(chat, 1));
    const cursor = { epoch: snapshot.epoch, rev: (await first.next("INBOX_CHANGED", 2)).rev };
    await hub.bump(bumpOf(left, 2, { is_removed: true }));
    await first.next("INBOX_CHANGED", 3);
    await evictDurableObject(hub);
    const second = await connectHub(user, { cursor });
    const news = await second.next("INBOX_CHANGED");
    expect([news.base, news.rev]).toEqual([2, 3]);
    expect(news.entries).toMatchObject([{ chat_id: left, is_removed: true, rev: 3 }]);
    const third = await connectHub(user);
    expect((await third.next("INBOX_SNAPSHOT")).entries.map((e) => e.chat_id)).toEqual([kept]);
    expect((await hub.inbox({ limit: 10 })).chats.map((e) => e.chat_id)).toEqual([kept]);
  });

  it("INB7 answers a cursor that is ahead, or of another life, with a snapshot", async () => {
    const user = newUserId();
    const device = await connectHub(user);
    const { epoch } = await device.next("INBOX_SNAPSHOT");
    device.send({ type: "CATCH_UP_INBOX", epoch, rev: 1 });
    await device.next("INBOX_SNAPSHOT", 2);
    device.send({ type: "CATCH_UP_INBOX", epoch: "another", rev: 0 });
    await device.next("INBOX_SNAPSHOT", 3);
    device.send({ type: "CATCH_UP_INBOX", epoch, rev: 0 });
    expect(await device.next("INBOX_CHANGED")).toMatchObject({ base: 0, rev: 0, entries: [] });
  });

  it("INB7 answers a cursor that is more than 1,000 entries behind with a snapshot", async () => {
    const user = newUserId();
    const hub = hubStub(user);
    const device = await connectHub(user);
    const { epoch } = await device.next("INBOX_SNAPSHOT");
    expect(device.of("INBOX_SNAPSHOT")[0]?.is_complete).toBe(true);
    const oldest = newGroup();
    await hub.bump(bumpOf(oldest, 1));
    for (let i = 0; i < 1_000; i++) await hub.bump(bumpOf(newGroup(), 2));
    device.send({ type: "CATCH_UP_INBOX", epoch, rev: 1 });
    device.send({ type: "CATCH_UP_INBOX", epoch, rev: 0 });
    const snapshot = await device.next("INBOX_SNAPSHOT", 2);
    // The one chat too many is the one that has been silent for longest.
    expect(snapshot).toMatchObject({ is_complete: false, rev: 1_001 });
    expect(snapshot.entries).toHaveLength(SNAPSHOT_ENTRIES);
    expect(snapshot.entries.map((entry) => entry.chat_id)).not.toContain(oldest);
    const caughtUp = device.of("INBOX_CHANGED").at(-1);
    expect(caughtUp?.base).toBe(1);
    expect(caughtUp?.entries).toHaveLength(1_000);
  });

  it("INB8 pages through the inbox, latest first, and filters it", async () => {
    const user = newUserId();
    const hub = hubStub(user);
    const device = await connectHub(user);
    const chats = Array.from({ length: 7 }, newGroup);
    for (const [i, chat] of chats.entries())
      await hub.bump(bumpOf(chat, i < 2 ? 5 : i + 6, { unread: i % 2, chat_type: i === 6 ? "direct" : "group" }));
    const seen: string[] = [];
    let cursor: string | undefined;
    do {
      const page = await hub.inbox({ limit: 3, ...(cursor === undefined ? {} : { cursor }) });
      expect(page.chats.length).toBeLessThanOrEqual(3);
      seen.push(...page.chats.map((c) => c.chat_id));
      cursor = page.next_cursor;
    } while (cursor);
    const tied = chats.slice(0, 2).sort().reverse();
    expect(seen).toEqual([...chats.slice(2).reverse(), ...tied]);
    expect((await hub.inbox({ limit: 9, filter: "unread" })).chats).toHaveLength(3);
    await hub.bump(bumpOf(chats[0] ?? "", 20, { unread: 0, unread_threads: 1 }));
    expect((await hub.inbox({ limit: 9, filter: "unread" })).chats.map((c) => c.chat_id)).toContain(chats[0]);
    expect((await hub.inbox({ limit: 9, filter: "direct" })).chats.map((c) => c.chat_id)).toEqual([chats[6]]);
    expect((await hub.inbox({ limit: 9, filter: "group" })).chats).toHaveLength(6);
    expect(await faultOf(() => hub.inbox({ limit: 9, cursor: "nonsense" }))).toBe("invalid");
    device.close();
  });

  it("INB9 writes nothing for who asks a hub that was never made", async () => {
    const user = newUserId();
    const hub = hubStub(user);
    expect(await hub.inbox({ limit: 10 })).toEqual({ chats: [] });
    expect(await hub.presence(newUserId(), newGroup())).toBeUndefined();
    expect(await hub.watch(newUserId(), newGroup())).toBeUndefined();
    expect(await hub.deliver(newGroup(), ["{}"])).toBe(false);
    const written = await runInDurableObject(hub, (object: UserObject) => object.hub.store.db.rows.written);
    expect(written).toBe(0);
  });
});

describe("the clock", () => {
  /** A hub with many chats, and the device that saw them come. */
  async function fullHub() {
    const user = newUserId();
    const hub = hubStub(user);
    const device = await connectHub(user);
    const { epoch } = await device.next("INBOX_SNAPSHOT");
    const chats = Array.from({ length: 200 }, newGroup);
    for (const chat of chats) await hub.bump(bumpOf(chat, 1));
    await device.next("INBOX_CHANGED", 200);
    const [chat = ""] = chats;
    return { user, hub, device, epoch, chat };
  }

  /** Rows that the hub has read in this life. */
  const rowsRead = (user: string) => runInDurableObject(hubStub(user), (hub: UserObject) => hub.hub.store.db.rows.read);

  const revOf = (user: string, chat: string) =>
    runInDurableObject(hubStub(user), (hub: UserObject) => hub.hub.store.entry(chat)?.rev);

  it("INB10 is found again from the sockets that slept with it", async () => {
    const { user, hub, device, chat } = await fullHub();
    await evictDurableObject(hub);
    expect(await rowsWritten(user, () => hub.bump(bumpOf(chat, 2)))).toBe(1);
    expect(await rowsRead(user)).toBeLessThan(20);
    expect(await device.next("INBOX_CHANGED", 201)).toMatchObject({ base: 200, rev: 201 });
  });

  it("INB10 INB11 is found again from the hub's row while nobody is here, and all that happens then is one step", async () => {
    const { user, hub, device, epoch, chat } = await fullHub();
    device.close();
    await expect.poll(() => runInDurableObject(hub, (object: UserObject) => object.hub.row.left_at)).not.toBeNull();
    const other = newGroup();
    for (const [id, rev] of [
      [chat, 2],
      [other, 1],
      [chat, 3],
    ] as const) {
      await evictDurableObject(hub);
      expect(await rowsWritten(user, () => hub.bump(bumpOf(id, rev, {}, { is_personal: true })))).toBe(1);
      expect(await rowsRead(user)).toBeLessThan(20);
      expect(await revOf(user, id)).toBe(201);
    }
    await evictDurableObject(hub);
    const back = await connectHub(user, { cursor: { epoch, rev: 200 } });
    const news = await back.next("INBOX_CHANGED");
    expect([news.base, news.rev]).toEqual([200, 201]);
    expect(news.entries.map((entry) => entry.chat_id).sort()).toEqual([chat, other].sort());
    await hub.bump(bumpOf(chat, 4));
    expect(await back.until(() => back.of("INBOX_CHANGED").find((f) => f.base === 201))).toMatchObject({ rev: 202 });
  });

  it("INB11 gives a later step to what changes after a page has shown it", async () => {
    const { user, hub, device, chat } = await fullHub();
    device.close();
    await expect.poll(() => runInDurableObject(hub, (object: UserObject) => object.hub.row.left_at)).not.toBeNull();
    await runInDurableObject(hub, (object: UserObject) => {
      object.hub.peers.chat = () => Promise.reject(new Error("no network"));
    });
    const personal = { is_personal: true };
    await hub.bump(bumpOf(chat, 2, {}, personal));
    await hub.bump(bumpOf(chat, 3, {}, personal));
    // A page that does not show it changes nothing.
    expect(await rowsWritten(user, () => hub.inbox({ limit: 9, filter: "direct" }))).toBe(0);
    await hub.bump(bumpOf(chat, 4, {}, personal));
    expect(await revOf(user, chat)).toBe(201);
    expect((await hub.inbox({ limit: 1 })).chats).toMatchObject([{ chat_id: chat, head_seq: 4, rev: 201 }]);
    expect(await rowsWritten(user, () => hub.inbox({ limit: 1 }))).toBe(0);
    await evictDurableObject(hub);
    await hub.bump(bumpOf(chat, 5, {}, personal));
    expect(await revOf(user, chat)).toBe(202);
  });

  it("INB10 is read from the inbox after a kill, and is never less than a device was told", async () => {
    const { user, hub, epoch, chat } = await fullHub();
    await runInDurableObject(hub, (_, state) => state.abort("killed by a test")).catch(() => undefined);
    await hubStub(user).bump(bumpOf(chat, 2, {}, { is_personal: true }));
    expect(await revOf(user, chat)).toBe(201);
    const back = await connectHub(user, { cursor: { epoch, rev: 200 } });
    expect((await back.next("INBOX_CHANGED")).entries).toMatchObject([{ chat_id: chat, head_seq: 2 }]);
  });
});

describe("heads of real chats", () => {
  it("INB6 shows on connect what was said while everybody was away, and hears of what comes next", async () => {
    const [ada, bela] = ["Ada", "Bela"].map(person);
    if (!ada || !bela) throw new Error("two people");
    const { chatId, stub } = await makeGroup([ada, bela]);
    for (let i = 0; i < 5; i++) await stub.send(ada.user_id, draft(`m${i}`));
    await expect.poll(() => isDirty(bela.user_id, chatId), { timeout: 8_000 }).toBe(true);
    await evictDurableObject(hubStub(bela.user_id));
    const device = await connectHub(bela.user_id);
    const entry = await device.until(() =>
      [...device.of("INBOX_SNAPSHOT"), ...device.of("INBOX_CHANGED")]
        .flatMap((f) => f.entries)
        .find((e) => e.chat_id === chatId && e.head_seq === 6),
    );
    expect(entry).toMatchObject({ unread: 5, preview: { text: "m4" } });
    expect(await isDirty(bela.user_id, chatId)).toBe(false);
    await stub.send(ada.user_id, draft("after"));
    await device.until(() => device.of("INBOX_CHANGED").some((f) => f.entries[0]?.preview?.text === "after"));
  });

  it("INB6 brings GET /chats up to date, and marks again what comes after it", async () => {
    const [ada, bela] = ["Ada", "Bela"].map(person);
    if (!ada || !bela) throw new Error("two people");
    const { chatId, stub } = await makeGroup([ada, bela]);
    const hub = hubStub(bela.user_id);
    for (const round of [1, 2, 3]) {
      await stub.send(ada.user_id, draft(`round ${round}`));
      await expect.poll(() => isDirty(bela.user_id, chatId), { timeout: 8_000 }).toBe(true);
      expect((await hub.inbox({ limit: 5 })).chats).toMatchObject([{ chat_id: chatId, unread: round }]);
      expect(await isDirty(bela.user_id, chatId)).toBe(false);
    }
  });

  it("INB6 keeps the mark when the chat was told asleep again while its head was on the way", async () => {
    const user = newUserId();
    const chat = newGroup();
    const hub = hubStub(user);
    await hub.bump(bumpOf(chat, 1));
    await runInDurableObject(hub, async (object: UserObject) => {
      let answer: (head: ReturnType<typeof bumpOf>) => void = () => undefined;
      const held = new Promise<ReturnType<typeof bumpOf>>((resolve) => {
        answer = resolve;
      });
      object.hub.peers.chat = (() => held) as unknown as typeof object.hub.peers.chat;
      const asked = object.inbox({ limit: 5 });
      // The head was read at rev 2; the message of rev 3 then found nobody awake.
      await object.bump(bumpOf(chat, 3));
      answer(bumpOf(chat, 2));
      await asked;
      expect(object.hub.store.entry(chat)).toMatchObject({ is_dirty: 1, head_seq: 2 });
    });
  });

  it("INB6 keeps the mark of a chat that cannot be asked, and asks it again by the alarm", async () => {
    const user = newUserId();
    const chat = newGroup();
    const hub = hubStub(user);
    await hub.bump(bumpOf(chat, 1));
    await runInDurableObject(hub, (object: UserObject) => {
      object.hub.peers.chat = () => Promise.reject(new Error("no network"));
    });
    const device = await connectHub(user);
    await device.next("INBOX_SNAPSHOT");
    expect(await isDirty(user, chat)).toBe(true);
    const alarmIn = async () =>
      ((await runInDurableObject(hub, (_, state) => state.storage.getAlarm())) ?? Number.POSITIVE_INFINITY) -
      Date.now();
    await expect.poll(alarmIn).toBeLessThanOrEqual(RETRY_MS);
    await runInDurableObject(hub, async (object: UserObject) => {
      object.hub.peers.chat = (() => Promise.resolve(bumpOf(chat, 8))) as unknown as typeof object.hub.peers.chat;
      await object.alarm();
    });
    expect((await device.next("INBOX_CHANGED")).entries).toMatchObject([{ head_seq: 8 }]);
    expect(await isDirty(user, chat)).toBe(false);
  });

  it("INB6 drops a chat that does not know its owner", async () => {
    const [ada] = ["Ada"].map(person);
    if (!ada) throw new Error("somebody");
    const { chatId } = await makeGroup([ada]);
    const user = newUserId();
    await hubStub(user).bump(bumpOf(chatId, 1));
    expect((await hubStub(user).inbox({ limit: 5 })).chats).toEqual([]);
  });

  it("INB2 shows a message to a device that has only the hub open, and its reading on another", async () => {
    const [ada, bela] = ["Ada", "Bela"].map(person);
    if (!ada || !bela) throw new Error("two people");
    const { chatId, stub } = await makeGroup([ada, bela]);
    const inbox = await connectHub(bela.user_id);
    const chat = await connect(chatId, bela.user_id);
    await stub.send(ada.user_id, draft("hello"));
    await inbox.until(() => inbox.of("INBOX_CHANGED").some((f) => f.entries[0]?.unread === 1));
    chat.send({ type: "MESSAGE_READ", seq: 2 });
    await inbox.until(() =>
      inbox.of("INBOX_CHANGED").some((f) => f.entries[0]?.unread === 0 && f.entries[0].head_seq === 2),
    );
  });
});
