import { evictDurableObject, runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { beforeAll, describe, expect, it } from "vitest";
import type { UserObject } from "../../durable-objects/user/user-object.ts";
import { messageId, newClientMsgId } from "../../src/protocol/ids.ts";
import { HIDDEN_MESSAGES } from "../../src/protocol/limits.ts";
import { draft, type TestDevice } from "../chat/room.ts";
import { bumpOf, chatCalls, connectHub, cutOff, entryOf, faultOf, newGroup, prepare, rowsWritten } from "./hub.ts";
import { pretend, setUp } from "./known-chat.ts";

beforeAll(prepare);

function hide(device: TestDevice, chatId: string, seqs: readonly number[], isHidden = true, id = newClientMsgId()) {
  device.send({
    ...{ type: "HIDE_MESSAGES", chat_id: chatId, command_id: id, is_hidden: isHidden },
    message_ids: seqs.map((seq) => messageId(chatId, seq)),
  });
  return id;
}

describe("hidden messages", () => {
  it("HID1 reaches every device, and a snapshot has all that are hidden", async () => {
    const { bela, chatId, stub, hub, device } = await setUp();
    const other = await connectHub(bela.user_id);
    hide(device, chatId, [3, 5]);
    hide(device, chatId, [3], false);
    await device.next("COMMAND_ACK", 2);
    for (const each of [device, other]) {
      await each.settle();
      expect(each.of("INBOX_CHANGED").flatMap((frame) => frame.hidden ?? [])).toEqual([
        { chat_id: chatId, seq: 3, is_hidden: true },
        { chat_id: chatId, seq: 5, is_hidden: true },
        { chat_id: chatId, seq: 3, is_hidden: false },
      ]);
    }
    await evictDurableObject(hub);
    const fresh = await connectHub(bela.user_id);
    expect((await fresh.next("INBOX_SNAPSHOT")).hidden).toEqual([{ chat_id: chatId, seq: 5, is_hidden: true }]);
    expect((await stub.message(bela.user_id, 5)).content).toMatchObject({ text: "m5" });
  });

  it("HID1 INB7 catch-up brings exactly what changed after the cursor", async () => {
    const { user, chat, hub, device } = await pretend(9_000);
    hide(device, chat, [1, 2]);
    const { rev } = await device.next("COMMAND_ACK");
    const { epoch } = await device.next("INBOX_SNAPSHOT");
    hide(device, chat, [2], false);
    hide(device, chat, [7]);
    await device.next("COMMAND_ACK", 3);
    await evictDurableObject(hub);
    const news = await (await connectHub(user, { cursor: { epoch, rev } })).next("INBOX_CHANGED");
    expect(news).toMatchObject({ base: rev, rev: rev + 2 });
    expect(news.hidden).toEqual([
      { chat_id: chat, seq: 2, is_hidden: false },
      { chat_id: chat, seq: 7, is_hidden: true },
    ]);
    const same = await (await connectHub(user, { cursor: { epoch, rev: rev + 2 } })).next("INBOX_CHANGED");
    expect(same).toMatchObject({ base: rev + 2, rev: rev + 2, entries: [] });
    expect(same).not.toHaveProperty("hidden");
  });

  it("HID1 PER2 gives a repeat the first answer and no second effect", async () => {
    const { user, chat, hub, device } = await pretend(9_000);
    const id = hide(device, chat, [4]);
    const ack = await device.next("COMMAND_ACK");
    hide(device, chat, [4], false);
    await device.next("COMMAND_ACK", 2);
    await evictDurableObject(hub);
    const written = await rowsWritten(user, async () => {
      hide(device, chat, [4], true, id);
      expect(await device.next("COMMAND_ACK", 3)).toEqual(ack);
      expect(await hub.hideMessages(chat, id, [4], true)).toBe(ack.rev);
    });
    expect(written).toBe(0);
    expect(await (await connectHub(user)).next("INBOX_SNAPSHOT")).not.toHaveProperty("hidden");
  });

  it("HID2 refuses what is above the head, and a message of another chat, and hides nothing then", async () => {
    const { bela, chatId, device } = await setUp();
    hide(device, chatId, [4, 700], true, "c-1");
    expect(await device.next("ERROR")).toMatchObject({ code: "seq_ahead", chat_id: chatId, command_id: "c-1" });
    device.send({
      ...{ type: "HIDE_MESSAGES", chat_id: chatId, command_id: "c-2", is_hidden: true },
      message_ids: [messageId(chatId, 4), messageId(newGroup(), 4)],
    });
    expect(await device.next("ERROR", 2)).toMatchObject({ code: "invalid", command_id: "c-2" });
    expect(await (await connectHub(bela.user_id)).next("INBOX_SNAPSHOT")).not.toHaveProperty("hidden");
    expect(device.closed).toBeUndefined();
  });

  it("HID2 PER6 hides a message of which the inbox has not heard yet", async () => {
    const { ada, chatId, stub, hub, device } = await setUp();
    await runInDurableObject(hub, (object: UserObject) => {
      const row = object.hub.store.entry(chatId);
      if (!row) throw new Error("no line");
      const { chat_epoch, chat_rev, rev } = row;
      object.hub.store.putEntry(
        { ...JSON.parse(row.entry), head_seq: 3 },
        { chat_epoch, chat_rev, rev, is_dirty: false },
      );
    });
    hide(device, chatId, [6]);
    await device.next("COMMAND_ACK");
    await stub.send(ada.user_id, draft("m7"));
    await expect.poll(() => entryOf(hub, chatId)).toMatchObject({ head_seq: 7, unread: 5 });
  });

  it("HID3 counts and shows without them, whatever is sent, read or deleted later", async () => {
    const { ada, bela, chatId, stub, hub, device, entry } = await setUp();
    await stub.send(bela.user_id, draft("my own, above what I have read"));
    await expect.poll(entry).toMatchObject({ head_seq: 7, unread: 5 });
    hide(device, chatId, [4, 6, 7]);
    // At once nothing hidden is shown; what is shown instead, and the count, come with the head.
    const told = await device.until(() => device.of("INBOX_CHANGED").find((frame) => frame.hidden));
    expect(told.entries[0]).not.toHaveProperty("preview");
    await expect.poll(entry).toMatchObject({ unread: 3, preview: { seq: 5, text: "m5" } });
    await stub.send(ada.user_id, draft("m8"));
    await expect.poll(entry).toMatchObject({ head_seq: 8, unread: 4, preview: { seq: 8 } });
    await stub.deleteMessage(ada.user_id, 4);
    await stub.deleteMessage(ada.user_id, 5);
    await expect.poll(entry).toMatchObject({ unread: 3 });
    await device.settle();
    expect(device.of("INBOX_CHANGED").at(-1)?.entries[0]).toMatchObject({ unread: 3 });
    await stub.markRead(bela.user_id, 5);
    await expect.poll(entry).toMatchObject({ read_seq: 5, unread: 1 });
    hide(device, chatId, [6], false);
    await expect.poll(entry).toMatchObject({ unread: 2 });
    await stub.markRead(bela.user_id, 8);
    await expect.poll(entry).toMatchObject({ unread: 0 });
    for (const frame of device.of("INBOX_CHANGED").slice(device.of("INBOX_CHANGED").indexOf(told)))
      expect(frame.entries.map((line) => line.preview?.seq)).not.toContain(4);
    expect(hub).toBeDefined();
  });

  it("HID3 holds for an owner who was away, and when the hub dies before it has asked", async () => {
    const { ada, bela, chatId, stub, hub, device, entry } = await setUp();
    await cutOff(hub);
    hide(device, chatId, [5, 6]);
    await device.next("COMMAND_ACK");
    await evictDurableObject(hub);
    await runDurableObjectAlarm(hub);
    await expect.poll(entry).toMatchObject({ unread: 3, preview: { seq: 4 } });
    device.close();
    await evictDurableObject(hub, { webSockets: "close" });
    await stub.send(ada.user_id, draft("m7"));
    await expect.poll(entry).toMatchObject({ head_seq: 7, unread: 4 });
    const back = await connectHub(bela.user_id);
    await back.settle();
    const shown = [...back.of("INBOX_SNAPSHOT"), ...back.of("INBOX_CHANGED")].flatMap((frame) => frame.entries);
    expect(shown.filter((line) => line.head_seq === 7 && line.unread !== 4)).toEqual([]);
  });

  it("HID3 names the newest mention that is not hidden", async () => {
    const { ada, bela, chatId, stub, device, entry } = await setUp();
    const mention = {
      ...draft("@Bela"),
      content: { text: "@Bela", mentions: [{ offset: 0, length: 5, user_id: bela.user_id }] },
    };
    for (const id of [7, 8]) await stub.send(ada.user_id, { ...mention, client_msg_id: `mention-${id}` });
    await expect.poll(entry).toMatchObject({ mention_seq: 8 });
    hide(device, chatId, [8]);
    await expect.poll(entry).toMatchObject({ mention_seq: 7 });
    hide(device, chatId, [7]);
    await expect.poll(entry).not.toHaveProperty("mention_seq");
    const head = await chatCalls(chatId).readHead(bela.user_id);
    expect(head?.entry).toMatchObject({ mention_seq: 8 });
  });

  it("HID4 refuses more than 5,000, drops none, and lets those shown again make place", async () => {
    const { user, chat, hub, device } = await pretend(9_000);
    const of = (from: number, count: number) => Array.from({ length: count }, (_, i) => from + i);
    const set = (from: number, count: number, isHidden = true) =>
      hub.hideMessages(chat, newClientMsgId(), of(from, count), isHidden);
    for (let from = 1; from < HIDDEN_MESSAGES; from += 100) await set(from, 100);
    expect(await faultOf(() => set(HIDDEN_MESSAGES + 1, 1))).toBe("too_many");
    const early = await device.next("INBOX_CHANGED", 3);
    await set(1, 50, false);
    await device.settle();
    const late = device.of("INBOX_CHANGED").at(-1);
    await set(HIDDEN_MESSAGES + 1, 50);
    expect(await faultOf(() => set(HIDDEN_MESSAGES + 51, 1))).toBe("too_many");
    await evictDurableObject(hub);
    const at = (rev: number) => connectHub(user, { cursor: { epoch: early.epoch, rev } });
    expect((await (await at(early.rev)).next("INBOX_SNAPSHOT")).hidden).toHaveLength(HIDDEN_MESSAGES);
    expect((await (await at(late?.rev ?? 0)).next("INBOX_CHANGED")).hidden).toHaveLength(50);
  });

  it("HID1 PER3 a device that slept through leaving and coming back keeps nothing hidden", async () => {
    const { user, chat, hub, device } = await pretend(9_000);
    hide(device, chat, [10]);
    const { rev } = await device.next("COMMAND_ACK");
    const { epoch } = await device.next("INBOX_SNAPSHOT");
    await hub.bump(bumpOf(chat, 9_001, { is_removed: true }));
    await hub.bump(bumpOf(chat, 9_002));
    const back = await connectHub(user, { cursor: { epoch, rev } });
    const snapshot = await back.next("INBOX_SNAPSHOT");
    expect(snapshot.entries).toHaveLength(1);
    expect(snapshot).not.toHaveProperty("hidden");
  });

  it("HID5 shows everything again in another life of the chat, where numbers name other messages", async () => {
    const { user, chat, hub, device } = await pretend(9_000);
    hide(device, chat, [10, 20]);
    await device.next("COMMAND_ACK");
    await hub.bump(bumpOf(chat, 30, {}, { epoch: "epoch2" }));
    await device.settle();
    expect(device.of("INBOX_CHANGED").at(-1)?.hidden).toEqual([
      { chat_id: chat, seq: 10, is_hidden: false },
      { chat_id: chat, seq: 20, is_hidden: false },
    ]);
    expect(await (await connectHub(user)).next("INBOX_SNAPSHOT")).not.toHaveProperty("hidden");
  });
});
