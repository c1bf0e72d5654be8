import { evictDurableObject, runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { beforeAll, describe, expect, it } from "vitest";
import { Heads } from "../../durable-objects/user/heads.ts";
import { PERSONAL_BURST } from "../../durable-objects/user/limits.ts";
import { Personal } from "../../durable-objects/user/personal.ts";
import type { UserObject } from "../../durable-objects/user/user-object.ts";
import { newClientMsgId, newUserId } from "../../src/protocol/ids.ts";
import { connect, draft, makeDirect, makeGroup, person, type TestDevice } from "../chat/room.ts";
import {
  bumpOf,
  connectHub,
  cutOff,
  entryOf,
  faultOf,
  hubStub,
  newGroup,
  prepare,
  rowsWritten,
  standIn,
} from "./hub.ts";

beforeAll(prepare);

const setState = (device: TestDevice, chatId: string, change: object, id = newClientMsgId()) =>
  device.send({ type: "SET_CHAT_STATE", chat_id: chatId, command_id: id, ...change });

const FAR = "9999-12-31T23:59:59.999Z";

/** Somebody with one chat that exists only in the test, and a device. */
async function setUp() {
  const user = newUserId();
  const chat = newGroup();
  const hub = hubStub(user);
  const device = await connectHub(user);
  await hub.bump(bumpOf(chat, 5));
  await standIn(hub, () => bumpOf(chat, 5));
  await device.settle();
  return { user, chat, hub, device };
}

describe("state of a chat", () => {
  it("PER1 sets what is given, leaves what is absent, takes back what is null, and tells every device", async () => {
    const { user, chat, hub, device } = await setUp();
    const other = await connectHub(user, { isBatching: false });
    setState(device, chat, { muted_until: FAR, is_pinned: true });
    setState(device, chat, { is_archived: true, is_marked_unread: true });
    setState(device, chat, { muted_until: null, is_pinned: false });
    await device.next("COMMAND_ACK", 3);
    for (const each of [device, other]) {
      await each.settle();
      const states = each
        .of("INBOX_CHANGED")
        .slice(-3)
        .map(({ entries: [entry] }) => [
          entry?.muted_until,
          entry?.is_pinned,
          entry?.is_archived,
          entry?.is_marked_unread,
        ]);
      expect(states).toEqual([
        [FAR, true, undefined, undefined],
        [FAR, true, true, true],
        [undefined, undefined, true, true],
      ]);
    }
    expect(await entryOf(hub, chat, "archived")).toMatchObject({ is_archived: true, unread: 5, head_seq: 5 });
    await evictDurableObject(hub);
    const fresh = await connectHub(user);
    expect((await fresh.next("INBOX_SNAPSHOT")).entries[0]).toMatchObject({
      is_archived: true,
      is_marked_unread: true,
    });
  });

  it("PER1 shows no mute that has ended, whenever that was", async () => {
    const { user, chat, hub, device } = await setUp();
    setState(device, chat, { muted_until: new Date(Date.now() + 400).toISOString() });
    await device.next("COMMAND_ACK");
    expect(await entryOf(hub, chat)).toHaveProperty("muted_until");
    await expect.poll(() => entryOf(hub, chat)).not.toHaveProperty("muted_until");
    setState(device, chat, { muted_until: "2020-01-01T00:00:00.000Z" });
    await device.next("COMMAND_ACK", 2);
    expect((await (await connectHub(user)).next("INBOX_SNAPSHOT")).entries[0]).not.toHaveProperty("muted_until");
    setState(device, chat, { muted_until: "2026-13-45T00:00:00.000Z" });
    expect(await device.next("ERROR")).toMatchObject({ code: "invalid", chat_id: chat });
  });

  it("PER1 PER2 writes one row, also when nothing changes, and then moves no clock", async () => {
    const { user, chat, device } = await setUp();
    const set = async () => {
      setState(device, chat, { is_pinned: true });
      await device.settle();
    };
    expect(await rowsWritten(user, set)).toBe(1);
    const told = device.of("INBOX_CHANGED").length;
    expect(await rowsWritten(user, set)).toBe(1);
    expect(device.of("INBOX_CHANGED")).toHaveLength(told);
    const [first, second] = device.of("COMMAND_ACK");
    expect(second?.rev).toBe(first?.rev);
  });

  it("PER2 gives a repeat the first answer and no second effect, whatever came between and after eviction", async () => {
    const { user, chat, hub, device } = await setUp();
    const other = await connectHub(user);
    const [mute, idle] = [newClientMsgId(), newClientMsgId()];
    setState(device, chat, { muted_until: FAR }, mute);
    setState(device, chat, { muted_until: FAR }, idle);
    await device.settle();
    setState(other, chat, { muted_until: null });
    await other.next("COMMAND_ACK");
    await evictDurableObject(hub);
    await cutOff(hub);
    const written = await rowsWritten(user, async () => {
      setState(device, chat, { muted_until: FAR }, mute);
      setState(device, chat, { muted_until: FAR }, idle);
      await device.settle();
      await hub.setChatState(chat, mute, { muted_until: FAR });
    });
    expect(written).toBe(0);
    const acks = device.of("COMMAND_ACK");
    expect(acks.map((ack) => [ack.command_id, ack.rev])).toEqual([
      [mute, 2],
      [idle, 2],
      [mute, 2],
      [idle, 2],
    ]);
    expect(await entryOf(hub, chat)).not.toHaveProperty("muted_until");
  });

  it("PER2 acknowledges after every device was told, with the clock of the inbox", async () => {
    const { chat, device } = await setUp();
    setState(device, chat, { is_pinned: true });
    const ack = await device.next("COMMAND_ACK");
    const types = device.frames.map((frame) => frame.type);
    expect(types.lastIndexOf("INBOX_CHANGED")).toBeLessThan(types.indexOf("COMMAND_ACK"));
    expect(ack.rev).toBe(device.of("INBOX_CHANGED").at(-1)?.rev);
  });

  it("PER3 refuses what is not in the inbox, names the command, and keeps the socket open", async () => {
    const [ada, bela, cleo] = ["Ada", "Bela", "Cleo"].map(person) as [
      ReturnType<typeof person>,
      ReturnType<typeof person>,
      ReturnType<typeof person>,
    ];
    const { chatId, stub } = await makeGroup([ada, bela]);
    const stranger = await connectHub(cleo.user_id);
    setState(stranger, chatId, { is_pinned: true }, "c-1");
    expect(await stranger.next("ERROR")).toMatchObject({ code: "not_found", chat_id: chatId, command_id: "c-1" });
    stranger.send({ type: "SAVE_DRAFT", chat_id: chatId, text: "x", edited_at: new Date().toISOString() });
    stranger.send({
      type: "HIDE_MESSAGES",
      chat_id: chatId,
      command_id: "c-2",
      message_ids: [`${chatId}.1`],
      is_hidden: true,
    });
    await stranger.next("ERROR", 3);
    await stub.removeMember(ada.user_id, bela.user_id);
    await expect.poll(() => entryOf(hubStub(bela.user_id), chatId)).toBeUndefined();
    const left = await connectHub(bela.user_id);
    setState(left, chatId, { is_pinned: true }, "c-3");
    expect(await left.next("ERROR")).toMatchObject({ code: "removed", chat_id: chatId, command_id: "c-3" });
    for (const device of [stranger, left]) {
      await device.settle();
      expect(device.closed).toBeUndefined();
    }
    expect(await faultOf(() => hubStub(cleo.user_id).setChatState(chatId, "c-4", { is_pinned: true }))).toBe(
      "not_found",
    );
  });

  it("PER3 forgets everything personal when the tombstone comes", async () => {
    const { user, chat, hub, device } = await setUp();
    setState(device, chat, { is_pinned: true, is_archived: true });
    device.send({ type: "SAVE_DRAFT", chat_id: chat, text: "half a", edited_at: new Date().toISOString() });
    await hub.hideMessages(chat, "h-1", [2, 3], true);
    await hub.bump(bumpOf(chat, 6, { is_removed: true }));
    const tombstone = await device.until(() =>
      device.of("INBOX_CHANGED").find(({ entries: [entry] }) => entry?.is_removed),
    );
    expect(tombstone.entries[0]).not.toHaveProperty("is_pinned");
    await evictDurableObject(hub);
    await hub.bump(bumpOf(chat, 7));
    const fresh = await connectHub(user);
    const snapshot = await fresh.next("INBOX_SNAPSHOT");
    expect(snapshot.entries).toEqual([{ ...bumpOf(chat, 7).entry, rev: snapshot.rev }]);
    expect(snapshot).not.toHaveProperty("hidden");
  });

  it("PER4 takes the mark away when somebody reads on, not for reading that was still on its way", async () => {
    const [ada, bela] = ["Ada", "Bela"].map(person) as [ReturnType<typeof person>, ReturnType<typeof person>];
    const { chatId, stub } = await makeGroup([ada, bela]);
    await stub.send(ada.user_id, draft("one"));
    const device = await connectHub(bela.user_id);
    const entry = () => entryOf(hubStub(bela.user_id), chatId);
    await expect.poll(entry).toMatchObject({ head_seq: 2, unread: 1 });
    // Read, and marked at once: the receipt is flushed only afterwards.
    const chat = await connect(chatId, bela.user_id);
    chat.send({ type: "MESSAGE_READ", seq: 2 });
    await chat.settle();
    setState(device, chatId, { is_marked_unread: true });
    await device.next("COMMAND_ACK");
    await expect.poll(entry).toMatchObject({ read_seq: 2, unread: 0, is_marked_unread: true });
    await evictDurableObject(hubStub(bela.user_id));
    expect((await hubStub(bela.user_id).inbox({ limit: 5, filter: "unread" })).chats).toHaveLength(1);
    await stub.send(ada.user_id, draft("two"));
    await expect.poll(entry).toMatchObject({ unread: 1, is_marked_unread: true });
    chat.send({ type: "MESSAGE_READ", seq: 3 });
    await expect.poll(entry).not.toHaveProperty("is_marked_unread");
    expect((await hubStub(bela.user_id).inbox({ limit: 5, filter: "unread" })).chats).toEqual([]);
  });

  it("PER4 keeps a mark whose chat cannot be asked, and asks again by the alarm", async () => {
    const { chat, hub, device } = await setUp();
    await cutOff(hub);
    setState(device, chat, { is_marked_unread: true });
    await device.next("COMMAND_ACK");
    await device.settle();
    const markedSeq = () =>
      runInDurableObject(hub, (object: UserObject) => object.hub.store.personal.of(chat)?.marked_seq);
    await hub.bump(bumpOf(chat, 6, { read_seq: 6, unread: 0 }));
    expect(await entryOf(hub, chat)).toMatchObject({ is_marked_unread: true });
    await standIn(hub, () => bumpOf(chat, 7, { read_seq: 6, unread: 1 }));
    await runDurableObjectAlarm(hub);
    await expect.poll(markedSeq).toBe(6);
    await hub.bump(bumpOf(chat, 8, { read_seq: 8, unread: 0 }));
    expect(await entryOf(hub, chat)).not.toHaveProperty("is_marked_unread");
  });

  it("PER5 takes a chat out of the archive for what calls its owner, unless it is muted", async () => {
    const { user, chat, hub, device } = await setUp();
    const said = (seq: number, sender_id = newUserId(), text = "hi") => ({
      preview: { seq, sender_id, sender_name: "A", message_type: "text", text, created_at: new Date().toISOString() },
    });
    const isArchived = async (): Promise<boolean> => {
      const archived = await hub.inbox({ limit: 5, filter: "archived" });
      const others = await hub.inbox({ limit: 5 });
      expect(archived.chats.length + others.chats.length).toBe(1);
      return archived.chats.length === 1;
    };
    const direct = { chat_type: "direct" as const };
    const isPersonal = { is_personal: true };
    setState(device, chat, { is_archived: true });
    await device.next("COMMAND_ACK");
    const stays = [
      bumpOf(chat, 6, said(6)),
      bumpOf(chat, 7, { ...said(7), read_seq: 3 }, isPersonal),
      bumpOf(chat, 8, { ...said(8), mention_seq: 4 }, isPersonal),
      bumpOf(chat, 9, { ...said(9, user), ...direct }, isPersonal),
      bumpOf(chat, 10, { ...said(5), ...direct }, isPersonal),
      bumpOf(chat, 11, { ...said(11), ...direct, read_seq: 11, unread: 0 }, isPersonal),
    ];
    for (const bump of stays) {
      await hub.bump(bump);
      expect(await isArchived()).toBe(true);
    }
    setState(device, chat, { muted_until: FAR });
    await device.next("COMMAND_ACK", 2);
    await hub.bump(bumpOf(chat, 12, { ...said(12), mention_seq: 12 }, isPersonal));
    expect(await isArchived()).toBe(true);
    setState(device, chat, { muted_until: null });
    await device.next("COMMAND_ACK", 3);
    await hub.bump(bumpOf(chat, 13, { ...said(13), mention_seq: 12 }));
    expect(await isArchived()).toBe(false);
    setState(device, chat, { is_archived: true });
    await device.next("COMMAND_ACK", 4);
    device.close();
    await evictDurableObject(hub, { webSockets: "close" });
    const call = bumpOf(chat, 14, { ...said(14), ...direct }, isPersonal);
    await standIn(hub, () => call);
    await hub.bump(call);
    expect(await isArchived()).toBe(false);
  });

  it("PER5 does so for a direct chat that is real, and tells the devices once", async () => {
    const [ada, bela] = ["Ada", "Bela"].map(person) as [ReturnType<typeof person>, ReturnType<typeof person>];
    const { chatId, stub } = await makeDirect(ada, bela);
    await stub.send(ada.user_id, draft("one"));
    const hub = hubStub(bela.user_id);
    await expect.poll(async () => (await entryOf(hub, chatId))?.head_seq).toBe(1);
    const device = await connectHub(bela.user_id);
    setState(device, chatId, { is_archived: true });
    await device.next("COMMAND_ACK");
    await stub.send(ada.user_id, draft("two"));
    const news = await device.until(() => device.of("INBOX_CHANGED").find(({ entries: [e] }) => e?.head_seq === 2));
    expect(news.entries[0]).not.toHaveProperty("is_archived");
  });

  it("PER6 asks a chat that the inbox has not heard of yet", async () => {
    const [ada, bela] = ["Ada", "Bela"].map(person) as [ReturnType<typeof person>, ReturnType<typeof person>];
    const { chatId } = await makeGroup([ada, bela]);
    const forget = (userId: string) =>
      runInDurableObject(hubStub(userId), (object: UserObject) => {
        object.hub.store.db.run("DELETE FROM inbox WHERE chat_id = ?", chatId);
      });
    const device = await connectHub(bela.user_id);
    await device.until(() => device.of("INBOX_CHANGED").length > 0 || device.of("INBOX_SNAPSHOT")[0]?.entries.length);
    await forget(bela.user_id);
    setState(device, chatId, { is_pinned: true });
    await device.next("COMMAND_ACK");
    await forget(bela.user_id);
    expect(await hubStub(bela.user_id).setChatState(chatId, newClientMsgId(), { is_pinned: true })).toMatchObject({
      chat_id: chatId,
      is_pinned: true,
    });
    await forget(bela.user_id);
    await cutOff(hubStub(bela.user_id));
    setState(device, chatId, { is_pinned: false }, "c-9");
    expect(await device.next("ERROR")).toMatchObject({ code: "unavailable", command_id: "c-9" });
    expect(await faultOf(() => hubStub(bela.user_id).setChatState(chatId, "c-10", { is_pinned: false }))).toBe(
      "unavailable",
    );
  });

  it("PER7 refuses too many commands with the time to wait, but no repeat", async () => {
    const { chat, hub } = await setUp();
    await runInDurableObject(hub, (object: UserObject) => {
      const personal = new Personal(object.hub, new Heads(object.hub));
      const now = Date.now();
      const set = (n: number) => personal.setState(chat, `c-${n}`, { is_pinned: n % 2 === 0 }, now);
      for (let n = 0; n < PERSONAL_BURST; n++) set(n);
      expect(() => set(PERSONAL_BURST)).toThrow(expect.objectContaining({ code: "rate_limited", retry_after: 0.1 }));
      expect(set(PERSONAL_BURST - 1)).toBe(object.hub.rev);
      expect(() => personal.hide(chat, "h-1", [1], true, now)).toThrow(
        expect.objectContaining({ code: "rate_limited" }),
      );
    });
  });

  it("INB8 pages have pinned chats first, archived apart, mentions by their filter", async () => {
    const user = newUserId();
    const hub = hubStub(user);
    const device = await connectHub(user);
    const chats = Array.from({ length: 7 }, newGroup);
    for (const [i, chat] of chats.entries()) await hub.bump(bumpOf(chat, i + 1, i === 2 ? { mention_seq: 2 } : {}));
    await cutOff(hub);
    const at = (i: number) => chats[i] ?? "";
    await hub.setChatState(at(1), newClientMsgId(), { is_pinned: true });
    await hub.setChatState(at(4), newClientMsgId(), { is_pinned: true });
    await hub.setChatState(at(6), newClientMsgId(), { is_archived: true });
    const seen: string[] = [];
    let cursor: string | undefined;
    do {
      const page = await hub.inbox({ limit: 2, ...(cursor === undefined ? {} : { cursor }) });
      seen.push(...page.chats.map((chat) => chat.chat_id));
      cursor = page.next_cursor;
    } while (cursor);
    expect(seen).toEqual([4, 1, 5, 3, 2, 0].map(at));
    const of = async (filter: "archived" | "mentions") =>
      (await hub.inbox({ limit: 9, filter })).chats.map((chat) => chat.chat_id);
    expect(await of("archived")).toEqual([at(6)]);
    expect(await of("mentions")).toEqual([at(2)]);
    device.close();
  });
});
