import { describe, expect, it } from "vitest";
import { USUAL_PRIVACY } from "../../src/domain/privacy.ts";
import { directChatId, messageId, newChatId, newClientMsgId } from "../../src/protocol/ids.ts";
import { connectHub, entryOf, hubStub } from "../user/hub.ts";
import { chatStub, connect, crash, draft, evict, faultOf, inChat, makeDirect, makeGroup, person, sql } from "./room.ts";

/** Ada and Bela in a direct chat with a message of each. */
async function scene() {
  const [ada, bela] = [person("Ada"), person("Bela")];
  const { chatId, stub } = await makeDirect(ada, bela);
  await stub.send(bela.user_id, draft("before"));
  await stub.send(ada.user_id, draft("answer"));
  return { ada, bela, chatId, stub };
}

let step = 0;
const state = (by: string, is_blocked: boolean) => ({ by, is_blocked, rev: ++step });

const lineOf = async (userId: string, chatId: string) => {
  const entry = await entryOf(hubStub(userId), chatId);
  if (!entry) return undefined;
  const { rev: _, ...rest } = entry;
  return rest;
};

describe("a block in a direct chat", () => {
  it("BLK1 BLK2 what the blocked write is taken as always, one row, and a stub for the other, for ever", async () => {
    const { ada, bela, chatId, stub } = await scene();
    const [desk, theirs] = [await connect(chatId, ada.user_id), await connect(chatId, bela.user_id)];
    await desk.next("SNAPSHOT");
    await theirs.next("SNAPSHOT");
    await stub.setBlock(state(ada.user_id, true));
    const before = await inChat(chatId, (chat) => chat.db.rows.written);
    theirs.send({ type: "SEND_MESSAGE", ...draft("are you there?", 2) });
    const ack = await theirs.next("MESSAGE_ACK", 1);
    expect(ack).toMatchObject({ seq: 3 });
    expect((await theirs.next("MESSAGE_RECEIVED", 1)).message).toMatchObject({ content: { text: "are you there?" } });
    const { message } = await desk.next("MESSAGE_RECEIVED", 1);
    expect(message).toMatchObject({ seq: 3, is_hidden: true, content: null });
    expect(JSON.stringify(message)).not.toContain(bela.user_id);
    expect((await inChat(chatId, (chat) => chat.db.rows.written)) - before).toBe(1);
    const textsOf = async (by: string) =>
      (await stub.history(by, { limit: 10 })).messages.map(
        ({ content }) => content && "text" in content && content.text,
      );
    expect(await textsOf(ada.user_id)).toEqual(["before", "answer", null]);
    expect(await textsOf(bela.user_id)).toEqual(["before", "answer", "are you there?"]);
    expect(await faultOf(stub.message(ada.user_id, 3))).toBe("not_found");
    expect(await faultOf(stub.forwardSource(ada.user_id, 3))).toBe("not_found");
    // What comes after the block is seen, what came in it is not.
    await stub.setBlock(state(ada.user_id, false));
    await stub.send(bela.user_id, draft("thank you"));
    await evict(chatId);
    expect(await textsOf(ada.user_id)).toEqual(["before", "answer", null, "thank you"]);
    const again = await connect(chatId, ada.user_id);
    const { messages, epoch, rev } = await again.next("SNAPSHOT");
    expect(messages.map((m) => m.is_hidden === true)).toEqual([false, false, true, false]);
    // What is changed of it later is caught up with as a stub, too.
    await stub.deleteMessage(bela.user_id, 3);
    await stub.send(bela.user_id, draft("more"));
    const later = await connect(chatId, ada.user_id, { cursor: { epoch, rev } });
    expect((await later.next("CAUGHT_UP")).messages?.filter((m) => m.is_hidden).map((m) => m.seq)).toEqual([3]);
  });

  it("BLK2 the notice of what the blocked set is a stub, live as in a snapshot, and what is set is set", async () => {
    const { ada, bela, chatId, stub } = await scene();
    const [desk, theirs] = [await connect(chatId, ada.user_id), await connect(chatId, bela.user_id)];
    for (const device of [desk, theirs]) await device.next("SNAPSHOT");
    await stub.setBlock(state(ada.user_id, true));
    await stub.update(bela.user_id, { settings: { disappear_after_s: 3_600 } });
    const { chat, messages } = await desk.next("CHAT_CHANGED");
    expect(chat?.settings.disappear_after_s).toBe(3_600);
    expect(messages).toMatchObject([{ seq: 3, is_hidden: true, content: null }]);
    expect((await (await connect(chatId, ada.user_id)).next("SNAPSHOT")).messages.at(-1)).toEqual(messages?.[0]);
    expect((await theirs.next("CHAT_CHANGED")).messages).toMatchObject([{ content: { seconds: 3_600 } }]);
  });

  it("BLK3 it is not counted, makes no line of the list and is not called, until one has something to see", async () => {
    const { ada, bela, chatId, stub } = await scene();
    await expect.poll(() => lineOf(ada.user_id, chatId)).toMatchObject({ preview: { text: "answer" } });
    await stub.setBlock(state(ada.user_id, true));
    await expect.poll(() => lineOf(ada.user_id, chatId)).toMatchObject({ is_blocked: true });
    const before = await lineOf(ada.user_id, chatId);
    const device = await connectHub(ada.user_id);
    await device.settle();
    const heard = device.frames.length;
    for (let i = 0; i < 5; i++) await stub.send(bela.user_id, draft(`psst ${i}`));
    await expect.poll(async () => (await lineOf(bela.user_id, chatId))?.head_seq).toBe(7);
    await device.settle();
    expect(device.frames.slice(heard).filter((f) => f.type === "INBOX_CHANGED")).toEqual([]);
    expect(await lineOf(ada.user_id, chatId)).toEqual(before);
    // Also after a crash, when everybody is told again.
    await crash(chatId);
    await chatStub(chatId).view(bela.user_id);
    expect(await lineOf(ada.user_id, chatId)).toEqual(before);
    expect(await lineOf(bela.user_id, chatId)).not.toHaveProperty("is_blocked");
    await chatStub(chatId).setBlock(state(ada.user_id, false));
    await expect.poll(() => lineOf(ada.user_id, chatId)).toMatchObject({ unread: 1, preview: { text: "answer" } });
    await chatStub(chatId).send(bela.user_id, draft("sorry"));
    await expect.poll(() => lineOf(ada.user_id, chatId)).toMatchObject({ unread: 2, preview: { text: "sorry" } });
    device.close();
  });

  it("BLK3 a chat that begins while it holds is in nobody's list but the beginner's", async () => {
    const [ada, bela] = [person("Ada"), person("Bela")];
    const { chatId, stub } = await makeDirect(bela, ada);
    await stub.setBlock(state(ada.user_id, true));
    await stub.send(bela.user_id, draft("hello?"));
    await expect.poll(() => lineOf(bela.user_id, chatId)).toMatchObject({ head_seq: 1 });
    await crash(chatId);
    await chatStub(chatId).view(bela.user_id);
    await inChat(chatId, (chat) => chat.alarm());
    expect(await lineOf(ada.user_id, chatId)).toBeUndefined();
  });

  it("BLK4 no receipts and no typing pass either way; cursors are told when it ends", async () => {
    const { ada, bela, chatId, stub } = await scene();
    await stub.markRead(bela.user_id, 2);
    await stub.setBlock(state(ada.user_id, true));
    const { message } = await stub.send(bela.user_id, draft("one tick"));
    const [desk, theirs] = [await connect(chatId, ada.user_id), await connect(chatId, bela.user_id)];
    await desk.next("SNAPSHOT");
    const snapshot = await theirs.next("SNAPSHOT");
    const revBefore = snapshot.rev;
    desk.send({ type: "MESSAGE_READ", seq: 3 });
    await expect
      .poll(async () => (await stub.view(ada.user_id)).receipts.find((r) => r.user_id === ada.user_id))
      .toMatchObject({ read_seq: 3 });
    theirs.send({ type: "TYPING_START" });
    await theirs.settle();
    await desk.settle();
    expect(desk.of("TYPING")).toEqual([]);
    expect([...desk.of("RECEIPTS_CHANGED"), ...theirs.of("RECEIPTS_CHANGED")]).toEqual([]);
    const view = await stub.view(bela.user_id);
    expect(view.receipts.find((r) => r.user_id === ada.user_id)?.delivered_seq).toBeLessThan(3);
    expect(await stub.delivery(bela.user_id, message.seq)).toEqual([{ user_id: ada.user_id, status: "sent" }]);
    // What was read in private moved no clock.
    expect((await connect(chatId, bela.user_id).then((d) => d.next("SNAPSHOT"))).rev).toBe(revBefore);
    await evict(chatId);
    expect((await stub.view(bela.user_id)).receipts).toEqual(view.receipts);
    await stub.setBlock(state(ada.user_id, false));
    expect((await theirs.next("RECEIPTS_CHANGED")).receipts).toContainEqual({
      ...{ user_id: ada.user_id, delivered_seq: 3, read_seq: 3, skipped: [{ from_seq: 3, to_seq: 3 }] },
    });
  });

  it("BLK8 what a block has hidden is never delivered or read, however far the other side reads later", async () => {
    const { ada, bela, chatId, stub } = await scene();
    await stub.markRead(ada.user_id, 2);
    const theirs = await connect(chatId, bela.user_id);
    await theirs.next("SNAPSHOT");
    const times: number[][] = [];
    for (let i = 0; i < 2; i++) {
      await stub.setBlock(state(ada.user_id, true));
      const { ack } = await stub.send(bela.user_id, draft(`hidden ${i}`));
      await stub.setBlock(state(ada.user_id, false));
      times.push([ack.seq, ack.seq]);
      await stub.send(bela.user_id, draft(`seen ${i}`));
    }
    expect(times).toEqual([
      [3, 3],
      [5, 5],
    ]);
    // What nobody has come to yet is not told: that would tell of a block for nothing.
    expect(JSON.stringify(theirs.frames)).not.toContain("skipped");
    expect(await stub.delivery(bela.user_id, 3)).toEqual([{ user_id: ada.user_id, status: "sent" }]);
    await stub.markRead(ada.user_id, 4);
    const skipped = [{ from_seq: 3, to_seq: 3 }];
    expect((await theirs.next("RECEIPTS_CHANGED")).receipts).toEqual([
      { user_id: ada.user_id, delivered_seq: 4, read_seq: 4, skipped },
    ]);
    await stub.markRead(ada.user_id, 6);
    skipped.push({ from_seq: 5, to_seq: 5 });
    const whole = { user_id: ada.user_id, delivered_seq: 6, read_seq: 6, skipped };
    await evict(chatId);
    for (const by of [bela.user_id, ada.user_id]) {
      const { receipts } = await (await connect(chatId, by)).next("SNAPSHOT");
      expect(receipts).toContainEqual(whole);
      expect((await stub.view(by)).receipts).toContainEqual(whole);
    }
    const status = async (seq: number) => (await stub.delivery(bela.user_id, seq))[0]?.status;
    expect(await Promise.all([1, 3, 4, 5, 6].map(status))).toEqual(["read", "sent", "read", "sent", "read"]);
  });

  it("BLK8 an answer in a thread that a block has hidden is not read by who reads the thread later", async () => {
    const { ada, bela, chatId, stub } = await scene();
    const answer = (text: string) =>
      stub.send(bela.user_id, { ...draft(text), thread_root_message_id: messageId(chatId, 2) });
    await answer("seen");
    await stub.setBlock(state(ada.user_id, true));
    await answer("hidden");
    await stub.setBlock(state(ada.user_id, false));
    await answer("seen too");
    await stub.setThread(ada.user_id, 2, { command_id: newClientMsgId(), read_seq: 5 });
    await stub.markRead(ada.user_id, 5);
    const status = async (seq: number) => (await stub.delivery(bela.user_id, seq))[0]?.status;
    expect(await Promise.all([3, 4, 5].map(status))).toEqual(["read", "sent", "read"]);
  });

  it("BLK5 what they change of what they wrote before, and their reactions, stay unseen", async () => {
    const { ada, bela, chatId, stub } = await scene();
    const desk = await connect(chatId, ada.user_id);
    await desk.next("SNAPSHOT");
    await stub.setBlock(state(ada.user_id, true));
    await stub.setReaction(bela.user_id, { seq: 2, command_id: newClientMsgId(), emoji: "👍", is_set: true });
    await stub.editMessage(bela.user_id, { seq: 1, command_id: newClientMsgId(), content: { text: "shouting" } });
    await desk.until(() => desk.of("MESSAGES_CHANGED").length === 2);
    expect(JSON.stringify(desk.of("MESSAGES_CHANGED"))).not.toMatch(/shouting|👍/);
    const { messages } = await (await connect(chatId, ada.user_id)).next("SNAPSHOT");
    expect(messages[0]).toMatchObject({ is_hidden: true });
    expect(messages[1]).not.toHaveProperty("reactions");
    const theirs = await (await connect(chatId, bela.user_id)).next("SNAPSHOT");
    expect(JSON.stringify(theirs.messages)).toMatch(/shouting.*👍/);
  });

  it("BLK5 who reacted is not told over HTTP either, nor what was written meanwhile by the repeat of a command", async () => {
    const { ada, bela, stub } = await scene();
    const set = { seq: 1, command_id: newClientMsgId(), emoji: "🎉", is_set: true };
    await stub.setReaction(ada.user_id, set);
    await stub.setBlock(state(ada.user_id, true));
    await stub.setReaction(bela.user_id, { seq: 2, command_id: newClientMsgId(), emoji: "👍", is_set: true });
    await stub.setReaction(bela.user_id, { seq: 2, command_id: newClientMsgId(), emoji: "🎉", is_set: true });
    await stub.setReaction(ada.user_id, { seq: 2, command_id: newClientMsgId(), emoji: "🎉", is_set: true });
    expect(await stub.reactions(ada.user_id, 2)).toEqual([{ emoji: "🎉", people: [ada] }]);
    expect(await stub.reactions(bela.user_id, 2)).toEqual([
      { emoji: "👍", people: [bela] },
      { emoji: "🎉", people: [bela, ada] },
    ]);
    await stub.editMessage(bela.user_id, { seq: 1, command_id: newClientMsgId(), content: { text: "shouting" } });
    expect(JSON.stringify(await stub.setReaction(ada.user_id, set))).not.toMatch(/shouting|👍/);
  });

  it("BLK9 as a block begins and ends, the blocker's devices are told the chat anew, those away too, and the other side nothing", async () => {
    const { ada, bela, chatId, stub } = await scene();
    await stub.setReaction(bela.user_id, { seq: 2, command_id: newClientMsgId(), emoji: "👍", is_set: true });
    const [desk, theirs] = [await connect(chatId, ada.user_id), await connect(chatId, bela.user_id)];
    await theirs.next("SNAPSHOT");
    const { epoch, rev } = await desk.next("SNAPSHOT");
    const heard = theirs.frames.length;
    const emojisOf = (frame: { messages: { seq: number; reactions?: { emoji: string }[] | undefined }[] }) =>
      frame.messages.find((m) => m.seq === 2)?.reactions?.map((one) => one.emoji) ?? [];
    await stub.setBlock(state(ada.user_id, true));
    expect(emojisOf(await desk.next("SNAPSHOT", 2))).toEqual([]);
    const away = { cursor: { epoch, rev } };
    expect(emojisOf(await (await connect(chatId, ada.user_id, away)).next("SNAPSHOT"))).toEqual([]);
    await stub.setReaction(bela.user_id, { seq: 2, command_id: newClientMsgId(), emoji: "🎉", is_set: true });
    const before = (await desk.next("MESSAGES_CHANGED")).rev;
    await stub.send(bela.user_id, draft("unseen", 2));
    const missed = await (await connect(chatId, ada.user_id, { cursor: { epoch, rev: before } })).next("CAUGHT_UP");
    expect(missed.messages).toMatchObject([{ seq: 3, is_hidden: true }]);
    await stub.setBlock(state(ada.user_id, false));
    expect(emojisOf(await desk.next("SNAPSHOT", 3))).toEqual(["👍", "🎉"]);
    await evict(chatId);
    const cursor = { cursor: { epoch, rev: before } };
    expect(emojisOf(await (await connect(chatId, ada.user_id, cursor)).next("SNAPSHOT"))).toEqual(["👍", "🎉"]);
    await theirs.settle();
    // Cursors that moved are told when it ends (BLK4).
    const told = theirs.frames.slice(heard).map((frame) => frame.type);
    expect(told.filter((type) => type !== "RECEIPTS_CHANGED")).toEqual([
      "MESSAGES_CHANGED",
      "MESSAGE_RECEIVED",
      "PONG",
    ]);
    // What came since is caught up with as ever.
    await stub.send(bela.user_id, draft("and now", 2));
    const later = await connect(chatId, ada.user_id, { cursor: { epoch, rev: before + 2 } });
    await later.next("CAUGHT_UP");
    expect(later.of("SNAPSHOT")).toEqual([]);
  });

  it("BLK6 who blocks cannot write there; a repeat is still recognised", async () => {
    const { ada, bela, chatId, stub } = await scene();
    const sent = draft("once");
    await stub.send(ada.user_id, sent);
    await stub.setBlock(state(ada.user_id, true));
    expect(await faultOf(stub.send(ada.user_id, draft("no")))).toBe("blocked");
    expect((await stub.send(ada.user_id, sent)).ack.seq).toBe(3);
    const desk = await connect(chatId, ada.user_id);
    desk.send({ type: "SEND_MESSAGE", ...draft("no", 3) });
    expect(await desk.next("ERROR")).toMatchObject({ code: "blocked" });
    expect((await stub.send(bela.user_id, draft("yes"))).ack.seq).toBe(4);
  });

  it("BLK7 of two states the later step holds, whichever comes first; one that changes nothing writes one row, one without a chat none", async () => {
    const { ada, bela, chatId, stub } = await scene();
    const [on, off, again] = [state(ada.user_id, true), state(ada.user_id, false), state(ada.user_id, true)];
    const isBlocked = async () => (await faultOf(chatStub(chatId).send(ada.user_id, draft("x")))) === "blocked";
    await stub.setBlock(off);
    expect(await sql(chatId, "SELECT * FROM block")).toEqual([]);
    await stub.setBlock(again);
    await stub.setBlock(on);
    await stub.setBlock(off);
    expect(await isBlocked()).toBe(true);
    const before = await inChat(chatId, (chat) => chat.db.rows.written);
    await stub.setBlock(again);
    expect((await inChat(chatId, (chat) => chat.db.rows.written)) - before).toBe(0);
    await stub.setBlock(state(ada.user_id, true));
    expect((await inChat(chatId, (chat) => chat.db.rows.written)) - before).toBe(1);
    await stub.setBlock(state(person("Stranger").user_id, true));
    await crash(chatId);
    expect(await isBlocked()).toBe(true);
    expect(await sql(chatId, "SELECT blocker_id FROM block")).toEqual([{ blocker_id: ada.user_id }]);
    expect((await chatStub(chatId).send(bela.user_id, draft("y"))).ack.seq).toBe(3);
    // A group knows no blocks.
    const group = await makeGroup([ada, bela]);
    await group.stub.setBlock(state(ada.user_id, true));
    await group.stub.send(bela.user_id, draft("here"));
    expect((await group.stub.message(ada.user_id, 2)).content).toEqual({ text: "here" });
  });

  it("BLK7 the first copy of a list's message to who has blocked its owner is under the block", async () => {
    const [olga, ada] = [person("Olga"), person("Ada")];
    await hubStub(ada.user_id).setCircle({
      ...{ rev: ++step, privacy: USUAL_PRIVACY, contacts: [], blocked: [olga.user_id] },
    });
    const chat_id = newChatId("broadcast");
    await chatStub(chat_id).create({
      ...{ chat_id, chat_type: "broadcast", name: "News", description: "", created_by: olga.user_id },
      people: [olga, ada],
    });
    await chatStub(chat_id).send(olga.user_id, draft("for all", 0));
    const direct = await directChatId(olga.user_id, ada.user_id);
    await expect.poll(() => chatStub(direct).isMember(ada.user_id)).toBe(true);
    await expect.poll(async () => (await chatStub(direct).history(ada.user_id, { limit: 5 })).messages).toHaveLength(1);
    expect((await chatStub(direct).history(ada.user_id, { limit: 5 })).messages[0]).toMatchObject({ is_hidden: true });
    expect(await lineOf(ada.user_id, direct)).toBeUndefined();
  });

  it("BLK7 is given at the making, too", async () => {
    const [ada, bela] = [person("Ada"), person("Bela")];
    const { chatId, stub, view } = await makeDirect(bela, ada);
    await stub.create({
      ...{ chat_id: chatId, chat_type: "direct", name: "", description: "", created_by: bela.user_id },
      ...{ people: view.members, blocks: [state(ada.user_id, true), state(bela.user_id, false)] },
    });
    expect(await faultOf(stub.send(ada.user_id, draft("no")))).toBe("blocked");
    expect((await stub.send(bela.user_id, draft("yes"))).ack.seq).toBe(1);
  });
});
