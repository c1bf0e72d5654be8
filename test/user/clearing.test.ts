import { evictDurableObject } from "cloudflare:test";
import { beforeAll, describe, expect, it } from "vitest";
import { newClientMsgId } from "../../src/protocol/ids.ts";
import { draft, makeDirect, person, type TestDevice, type TestPerson } from "../chat/room.ts";
import { bumpOf, connectHub, entryOf, faultOf, hubStub, prepare, rowsWritten, standIn } from "./hub.ts";
import { pretend, setUp } from "./known-chat.ts";

beforeAll(prepare);

function clear(device: TestDevice, chatId: string, seq: number, more: object = {}, id = newClientMsgId()) {
  device.send({ type: "SET_CHAT_STATE", chat_id: chatId, command_id: id, cleared_seq: seq, ...more });
  return id;
}

describe("a chat cleared for oneself", () => {
  it("CLR1 is told to every device, kept over eviction, and never goes back", async () => {
    const { user, chat, hub, device } = await pretend(9);
    const other = await connectHub(user);
    clear(device, chat, 7);
    clear(other, chat, 4);
    clear(other, chat, 5, { is_unlisted: true });
    await device.next("COMMAND_ACK");
    await other.next("COMMAND_ACK", 2);
    expect(await entryOf(hub, chat)).toMatchObject({ cleared_seq: 7 });
    expect(await entryOf(hub, chat)).not.toHaveProperty("is_unlisted");
    await evictDurableObject(hub);
    await standIn(hub, () => bumpOf(chat, 9, { read_seq: 9, unread: 0 }));
    const fresh = await connectHub(user);
    expect((await fresh.next("INBOX_SNAPSHOT")).entries[0]).toMatchObject({ cleared_seq: 7 });
    for (const each of [device, other])
      expect(each.of("INBOX_CHANGED").map(({ entries: [entry] }) => entry?.cleared_seq)).toContain(7);
  });

  it("CLR1 PER2 two devices that race end with the higher number, and a repeat has no second effect", async () => {
    const { user, chat, hub, device } = await pretend(9);
    const other = await connectHub(user);
    const first = clear(device, chat, 9, { is_unlisted: true });
    clear(other, chat, 6);
    await device.next("COMMAND_ACK");
    await other.next("COMMAND_ACK");
    expect(await entryOf(hub, chat, "unlisted")).toMatchObject({ cleared_seq: 9, is_unlisted: true });
    clear(other, chat, 9, { is_unlisted: false });
    await other.next("COMMAND_ACK", 2);
    const written = await rowsWritten(user, async () => {
      clear(device, chat, 9, { is_unlisted: true }, first);
      await device.next("COMMAND_ACK", 2);
    });
    expect(written).toBe(0);
    expect(await entryOf(hub, chat)).toMatchObject({ cleared_seq: 9 });
  });

  it("CLR1 PER1 costs one row", async () => {
    const { user, chat, device } = await pretend(9);
    const set = async () => {
      clear(device, chat, 9);
      await device.settle();
    };
    // The line, and once the chat was asked what is left of it, the mark that it was.
    expect(await rowsWritten(user, set)).toBeLessThanOrEqual(3);
    expect(await rowsWritten(user, set)).toBe(1);
  });

  it("CLR1 a number above the head is refused, and nothing is cleared", async () => {
    const { chatId, hub, device, entry } = await setUp();
    clear(device, chatId, 7);
    expect(await device.next("ERROR")).toMatchObject({ code: "seq_ahead", chat_id: chatId });
    expect(await faultOf(() => hub.setChatState(chatId, newClientMsgId(), { cleared_seq: 7 }))).toBe("seq_ahead");
    expect(await entry()).toMatchObject({ unread: 5, preview: { text: "m6" } });
    expect(await entry()).not.toHaveProperty("cleared_seq");
  });

  it("CLR2 neither counts nor shows what was cleared, now and when more is said", async () => {
    const { ada, bela, chatId, stub, hub, device, entry } = await setUp();
    clear(device, chatId, 6, { is_marked_unread: true });
    await device.next("COMMAND_ACK");
    expect(await entry()).toMatchObject({ unread: 0, head_seq: 6, cleared_seq: 6 });
    expect(await entry()).not.toHaveProperty("preview");
    expect(await entry()).not.toHaveProperty("is_marked_unread");
    expect((await hub.inbox({ limit: 5, filter: "unread" })).chats).toEqual([]);
    await stub.send(ada.user_id, draft("m7"));
    await expect.poll(entry).toMatchObject({ unread: 1, head_seq: 7, preview: { text: "m7" } });
    // Nobody was told that it was read, and nothing is gone for anybody else.
    expect((await entry())?.read_seq).toBeLessThan(6);
    expect((await stub.message(bela.user_id, 5)).content).toMatchObject({ text: "m5" });
    expect((await entryOf(hubStub(ada.user_id), chatId))?.preview).toMatchObject({ text: "m7" });
  });

  it("CLR2 of a part that was cleared the rest counts and shows", async () => {
    const { chatId, device, entry } = await setUp();
    clear(device, chatId, 4);
    await device.next("COMMAND_ACK");
    await expect.poll(entry).toMatchObject({ unread: 2, cleared_seq: 4, preview: { text: "m6" } });
  });

  it("CLR3 a deleted chat is out of the list until something newer comes", async () => {
    const [ada, bela] = [person("Ada"), person("Bela")] as [TestPerson, TestPerson];
    const { chatId, stub } = await makeDirect(ada, bela);
    const hub = hubStub(bela.user_id);
    const device = await connectHub(bela.user_id);
    await stub.send(ada.user_id, draft("old"));
    await expect.poll(() => entryOf(hub, chatId)).toMatchObject({ preview: { text: "old" } });
    const head = (await entryOf(hub, chatId))?.head_seq ?? 0;
    clear(device, chatId, head, { is_unlisted: true });
    await device.next("COMMAND_ACK");
    expect(await entryOf(hub, chatId)).toBeUndefined();
    expect((await hub.inbox({ limit: 5, filter: "direct" })).chats).toEqual([]);
    expect(await entryOf(hub, chatId, "unlisted")).toMatchObject({ is_unlisted: true, unread: 0 });
    expect((await (await connectHub(bela.user_id)).next("INBOX_SNAPSHOT")).entries[0]).toMatchObject({
      is_unlisted: true,
    });
    await stub.send(ada.user_id, draft("new"));
    await expect.poll(() => entryOf(hub, chatId)).toMatchObject({ unread: 1, preview: { text: "new" } });
    expect(await entryOf(hub, chatId)).not.toHaveProperty("is_unlisted");
    expect(await entryOf(hub, chatId, "unlisted")).toBeUndefined();
  });

  it("CLR4 in another life of its chat everything is shown again", async () => {
    const { chat, hub, device } = await pretend(9);
    clear(device, chat, 9, { is_unlisted: true });
    await device.next("COMMAND_ACK");
    const restored = bumpOf(chat, 12, { read_seq: 0, unread: 5, head_seq: 5 }, { epoch: "epoch2" });
    await standIn(hub, () => restored);
    await hub.bump(restored);
    await expect.poll(() => entryOf(hub, chat)).toMatchObject({ unread: 5, head_seq: 5 });
    expect(await entryOf(hub, chat)).not.toHaveProperty("cleared_seq");
  });
});
