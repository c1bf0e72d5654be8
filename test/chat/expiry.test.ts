import { beforeAll, describe, expect, it } from "vitest";
import { asFault } from "../../src/domain/fault.ts";
import { messageId, newClientMsgId } from "../../src/protocol/ids.ts";
import type { Message } from "../../src/protocol/message.ts";
import { prepareProjections } from "../convergence/projections.ts";
import {
  chatStub,
  connect,
  connectHub,
  draft,
  eventually,
  evict,
  faultOf,
  inChat,
  makeDirect,
  makeGroup,
  person,
  projected,
  setClock,
  sql,
  type TestPerson,
} from "./room.ts";

beforeAll(prepareProjections);

/** A group of Ada and Bela, whose clock the test turns. */
async function setUp(settings = {}) {
  const [ada, bela] = [person("Ada"), person("Bela")] as [TestPerson, TestPerson];
  const { chatId, stub } = await makeGroup([ada, bela], { settings });
  const clock = { ahead: 0, now: () => Date.now() + clock.ahead };
  const turn = (ms: number) => {
    clock.ahead += ms;
  };
  await setClock(chatId, clock.now);
  const say = async (text: string, expires_in_s?: number, by: TestPerson = ada): Promise<Message> =>
    (await stub.send(by.user_id, { ...draft(text, 1), expires_in_s })).message;
  return { ada, bela, chatId, stub, clock, turn, say };
}

const endOf = ({ created_at, expires_at }: Message): number => Date.parse(expires_at ?? "") - Date.parse(created_at);

describe("messages that disappear", () => {
  it("EXP1 go after what their sender said, or the chat's own timer if that is shorter", async () => {
    const { ada, stub, say } = await setUp();
    expect((await say("stays")).expires_at).toBeUndefined();
    expect(endOf(await say("ten", 10))).toBe(10_000);
    await stub.update(ada.user_id, { settings: { disappear_after_s: 60 } });
    expect(endOf(await say("the chat's"))).toBe(60_000);
    expect(endOf(await say("shorter", 10))).toBe(10_000);
    expect(endOf(await say("longer", 3_600))).toBe(60_000);
    const copy = await stub.forward(ada.user_id, {
      client_msg_id: newClientMsgId(),
      source_message_id: messageId((await stub.view(ada.user_id)).chat.chat_id, 2),
    });
    expect(endOf(copy.message)).toBe(60_000);
    // What was said before stays as it was.
    expect((await stub.message(ada.user_id, 2)).expires_at).toBeUndefined();
    await stub.update(ada.user_id, { settings: { disappear_after_s: null } });
    expect((await say("stays, too")).expires_at).toBeUndefined();
  });

  it("EXP2 leave a tombstone for everybody, and nothing of what was added to them", async () => {
    const { ada, bela, chatId, stub, turn, say } = await setUp();
    const { seq, expires_at } = await say("secret", 10);
    await stub.editMessage(ada.user_id, { seq, command_id: "e", content: { text: "more secret" } });
    await stub.setReaction(bela.user_id, { seq, command_id: "r", emoji: "👍", is_set: true });
    await stub.setPin(ada.user_id, { seq, command_id: "p", is_pinned: true });
    turn(10_000);
    const gone = await stub.message(bela.user_id, seq);
    expect(gone).toMatchObject({ content: null, deleted_at: expires_at, is_expired: true });
    for (const key of ["reactions", "pinned_at", "edited_at", "link_preview"]) expect(gone).not.toHaveProperty(key);
    expect(await stub.pins(ada.user_id)).toEqual([]);
    expect(await stub.edits(ada.user_id, seq)).toEqual([]);
    const stored = await inChat(chatId, (_, ctx) =>
      ["message", "edit", "change", "receipt"].map((table) =>
        JSON.stringify(ctx.storage.sql.exec(`SELECT * FROM ${table}`).toArray()),
      ),
    );
    expect(stored.join()).not.toContain("secret");
  });

  it("EXP2 those of one moment go in one step of the clock, told to every device", async () => {
    const { bela, chatId, turn, say, stub } = await setUp();
    const device = await connect(chatId, bela.user_id);
    await device.next("SNAPSHOT");
    for (const text of ["one", "two", "three"]) await say(text, 10);
    const { rev } = await say("stays");
    turn(10_000);
    expect((await stub.history(bela.user_id, { limit: 10 })).rev).toBe(rev + 1);
    const news = await device.next("MESSAGES_CHANGED");
    expect(news).toMatchObject({ base: rev, rev: rev + 1 });
    expect(news.messages?.map(({ seq, is_expired }) => [seq, is_expired])).toEqual([
      [2, true],
      [3, true],
      [4, true],
    ]);
    expect(device.of("MESSAGES_CHANGED")).toHaveLength(1);
  });

  it("EXP2 very many go in several steps", async () => {
    const { ada, bela, chatId, stub, turn } = await setUp({ disappear_after_s: 60 });
    const device = await connect(chatId, bela.user_id);
    await device.next("SNAPSHOT");
    await Promise.all(Array.from({ length: 250 }, (_, n) => stub.send(ada.user_id, draft(`m${n}`, 1))));
    turn(60_000);
    expect((await stub.history(ada.user_id, { limit: 100 })).rev).toBe(253);
    const frames = [await device.next("MESSAGES_CHANGED"), await device.next("MESSAGES_CHANGED", 2)];
    expect(frames.map(({ base, rev, messages }) => [base, rev, messages?.length])).toEqual([
      [251, 252, 200],
      [252, 253, 50],
    ]);
  });

  it("EXP3 nobody is shown one whose time is over, whatever they ask and however late the alarm is", async () => {
    const ways: Record<string, (stage: Awaited<ReturnType<typeof setUp>>) => Promise<unknown>> = {
      page: ({ stub, bela }) => stub.history(bela.user_id, { limit: 10 }),
      message: ({ stub, bela }) => stub.message(bela.user_id, 2),
      edits: ({ stub, bela }) => stub.edits(bela.user_id, 2),
      attach: async ({ chatId, bela }) => (await connect(chatId, bela.user_id)).next("SNAPSHOT"),
      "attach with a cursor": async ({ chatId, stub, bela }) => {
        const { epoch } = await inChat(chatId, (object) => object.desk.room.chat);
        expect((await stub.view(bela.user_id)).chat.chat_id).toBe(chatId);
        return (await connect(chatId, bela.user_id, { cursor: { epoch, rev: 1 } })).next("CAUGHT_UP");
      },
      "the hub's question": ({ stub, bela }) => stub.readHead(bela.user_id),
      forward: async ({ stub, bela, chatId }) => {
        const code = await faultOf(
          stub.forward(bela.user_id, { client_msg_id: "f", source_message_id: messageId(chatId, 2) }),
        );
        expect(code).toBe("not_found");
      },
      "a forward elsewhere": async ({ stub, bela }) => {
        expect(await faultOf(stub.forwardSource(bela.user_id, 2))).toBe("not_found");
      },
      pins: ({ stub, bela }) => stub.pins(bela.user_id),
    };
    for (const [name, look] of Object.entries(ways)) {
      const stage = await setUp();
      const { seq } = await stage.say("secret", 10);
      await stage.stub.setPin(stage.ada.user_id, { seq, command_id: "p", is_pinned: true });
      // The alarm does not come at all: it lies in the real future.
      stage.turn(10_000);
      expect(JSON.stringify(await look(stage)) ?? "", name).not.toContain("secret");
      expect(await stage.stub.message(stage.bela.user_id, seq), name).toMatchObject({ is_expired: true });
    }
  });

  it("EXP3 nor after a wake, and what went while the object slept is told to the sockets that slept with it", async () => {
    const { bela, chatId, stub, say } = await setUp();
    const device = await connect(chatId, bela.user_id);
    await device.next("SNAPSHOT");
    await say("secret", 3_600);
    await device.next("MESSAGE_RECEIVED");
    await sql(chatId, "UPDATE message SET expires_at = ? WHERE seq = 2", Date.now() - 5 * 3_600_000);
    await evict(chatId);
    expect(JSON.stringify(await stub.history(bela.user_id, { limit: 10 }))).not.toContain("secret");
    expect((await device.next("MESSAGES_CHANGED")).messages).toMatchObject([{ seq: 2, is_expired: true }]);
  });

  it("EXP4 the inbox neither counts nor shows them", async () => {
    const { bela, chatId, stub, turn, say } = await setUp();
    const device = await connectHub(bela.user_id);
    await device.next("INBOX_SNAPSHOT");
    await say("stays");
    await say("secret", 10);
    const shown = () =>
      device
        .of("INBOX_CHANGED")
        .flatMap(({ entries }) => entries)
        .at(-1);
    await device.until(() => shown()?.unread === 2 && shown()?.preview?.text === "secret", "the message");
    turn(10_000);
    await stub.history(bela.user_id, { limit: 1 });
    await device.until(() => shown()?.unread === 1, "the count");
    expect(shown()?.preview).toMatchObject({ seq: 3, text: "" });
    expect(chatId).toBe(shown()?.chat_id);
  });

  it("EXP4 a hub shows no preview whose time is over, even if no bump ever came", async () => {
    const [ada, bela] = [person("Ada"), person("Bela")] as [TestPerson, TestPerson];
    const { chatId, stub } = await makeDirect(ada, bela);
    await stub.send(ada.user_id, { ...draft("secret", 0), expires_in_s: 5 });
    const hub = () => connectHub(bela.user_id);
    const first = await hub();
    await first.until(
      () =>
        [...first.of("INBOX_SNAPSHOT"), ...first.of("INBOX_CHANGED")].some(
          (f) => f.entries[0]?.preview?.text === "secret",
        ),
      "the preview",
    );
    first.close();
    // The chat never gets round to telling it.
    await inChat(chatId, (object) => {
      object.bumps.owe = () => false;
    });
    await new Promise((resolve) => setTimeout(resolve, 5_200));
    const snapshot = await (await hub()).next("INBOX_SNAPSHOT");
    expect(snapshot.entries[0]?.preview).toMatchObject({ text: "" });
  }, 20_000);

  it("EXP5 the repeat of the send gets its first answer; anything else is another message", async () => {
    const { ada, chatId, stub, turn, clock } = await setUp();
    const sent = { ...draft("secret", 1), expires_in_s: 10 };
    const { ack } = await stub.send(ada.user_id, sent);
    turn(10_000);
    const again = await stub.send(ada.user_id, sent);
    expect(again.ack).toEqual(ack);
    expect(again.message).toMatchObject({ content: null, is_expired: true });
    expect(await faultOf(stub.send(ada.user_id, { ...sent, content: { text: "other" } }))).toBe("id_reused");
    expect(await faultOf(stub.send(ada.user_id, { ...sent, expires_in_s: 20 }))).toBe("id_reused");
    await evict(chatId);
    await setClock(chatId, clock.now);
    expect((await stub.send(ada.user_id, sent)).ack).toEqual(ack);
    // A tombstone is nothing to delete, edit or react to.
    expect(await stub.deleteMessage(ada.user_id, ack.seq)).toMatchObject({ is_expired: true });
    for (const refused of [
      stub.setReaction(ada.user_id, { seq: ack.seq, command_id: "r", emoji: "👍", is_set: true }),
      stub.setPin(ada.user_id, { seq: ack.seq, command_id: "p", is_pinned: true }),
    ])
      expect(await faultOf(refused)).toBe("not_found");
    const edit = stub.editMessage(ada.user_id, {
      seq: ack.seq,
      command_id: "e",
      message_rev: ack.seq,
      content: { text: "x" },
    });
    expect(await edit.catch((error: unknown) => asFault(error)?.code)).toBe("stale");
  });

  it("EXP5 one that was deleted before its time is no expired one, and its time passes without a step of the clock", async () => {
    const { ada, stub, turn, say } = await setUp();
    const { seq } = await say("secret", 10);
    const deleted = await stub.deleteMessage(ada.user_id, seq);
    expect(deleted).not.toHaveProperty("is_expired");
    const { rev } = await stub.history(ada.user_id, { limit: 1 });
    turn(60_000);
    expect((await stub.history(ada.user_id, { limit: 1 })).rev).toBe(rev);
    expect(await stub.message(ada.user_id, seq)).not.toHaveProperty("is_expired");
  });

  it("EXP6 HIS2 to whom the past is hidden, it stays so when it disappears", async () => {
    const { ada, chatId, stub, turn, say } = await setUp({ has_history_from_join: true });
    const { seq } = await say("secret", 10);
    const cora = person("Cora");
    await stub.addMembers(ada.user_id, [cora]);
    const device = await connect(chatId, cora.user_id);
    await device.next("SNAPSHOT");
    const later = await say("for her, too", 10);
    turn(10_000);
    await stub.history(ada.user_id, { limit: 1 });
    const { messages } = await device.next("MESSAGES_CHANGED");
    expect(messages?.map((message) => [message.seq, message.is_hidden, message.is_expired])).toEqual([
      [seq, true, undefined],
      [later.seq, undefined, true],
    ]);
    expect(messages?.[0]).not.toHaveProperty("deleted_at");
  });

  it("EXP2 THR5 answers leave their thread, whose summary is corrected in the same step; a poll loses its votes", async () => {
    const { ada, bela, chatId, stub, turn, say } = await setUp();
    const device = await connect(chatId, bela.user_id);
    await device.next("SNAPSHOT");
    const root = await say("root");
    const answer = async (text: string, expires_in_s?: number) =>
      stub.send(bela.user_id, { ...draft(text, 1), thread_root_message_id: root.message_id, expires_in_s });
    await answer("stays");
    await answer("goes", 10);
    await stub.send(ada.user_id, {
      ...{ client_msg_id: newClientMsgId(), seen_seq: 1, message_type: "poll", expires_in_s: 10 },
      content: { question: "secret?", options: ["yes", "no"] },
    });
    await stub.setVote(bela.user_id, { seq: 5, command_id: "v", option_ids: [0] });
    expect((await stub.message(ada.user_id, root.seq)).thread).toMatchObject({ reply_count: 2, last_reply_seq: 4 });
    turn(10_000);
    expect((await stub.message(ada.user_id, root.seq)).thread).toMatchObject({ reply_count: 1, last_reply_seq: 3 });
    const news = await device.until(() =>
      device.of("MESSAGES_CHANGED").find((f) => f.messages?.some((m) => m.is_expired)),
    );
    expect(news.messages?.map(({ seq, is_expired }) => [seq, is_expired])).toEqual([
      [root.seq, undefined],
      [4, true],
      [5, true],
    ]);
    expect(await stub.message(ada.user_id, 5)).not.toHaveProperty("poll");
    expect(await sql(chatId, "SELECT options FROM vote")).toEqual([{ options: 0 }]);
  });

  it("EXP7 a message that disappears is two rows and at most one alarm; going is one each, and a change", async () => {
    const { chatId, stub, ada, turn, say } = await setUp();
    const rows = () => inChat(chatId, ({ db }) => ({ ...db.rows }));
    await say("wakes", 3_600);
    await eventually(() => inChat(chatId, ({ bumps }) => !bumps.isOwing), "the bumps");
    await projected(chatId);
    const before = await rows();
    for (const n of [1, 2, 3]) await say(`m${n}`, 3_600);
    const after = await rows();
    expect(after.written - before.written).toBe(6);
    expect(after.alarms - before.alarms).toBeLessThanOrEqual(1);
    turn(3_600_000);
    await stub.history(ada.user_id, { limit: 1 });
    expect((await rows()).written - after.written).toBe(5);
  });

  it("EXP8 changing the chat's timer is told by a notice that says the seconds", async () => {
    const { ada, bela, stub } = await setUp();
    await stub.update(ada.user_id, { settings: { disappear_after_s: 86_400 } });
    await stub.update(ada.user_id, { settings: { disappear_after_s: null } });
    const { messages } = await stub.history(ada.user_id, { limit: 10 });
    const notices = messages.flatMap(({ content }) => (content && "event" in content ? [content] : []));
    expect(notices.slice(-2)).toEqual([
      { event: "disappearing_changed", actor_id: ada.user_id, seconds: 86_400 },
      { event: "disappearing_changed", actor_id: ada.user_id, seconds: null },
    ]);
    expect(await faultOf(stub.update(bela.user_id, { settings: { disappear_after_s: 5 } }))).toBe("forbidden");
    // Notices stay.
    expect(messages.every(({ expires_at }) => expires_at === undefined)).toBe(true);
    // In a direct chat both may.
    const direct = await makeDirect(ada, bela);
    expect(
      (await direct.stub.update(bela.user_id, { settings: { disappear_after_s: 5 } })).settings.disappear_after_s,
    ).toBe(5);
  });

  it("EXP3 over a socket: within the moment in which the alarm fires", async () => {
    const [ada, bela] = [person("Ada"), person("Bela")] as [TestPerson, TestPerson];
    const { chatId } = await makeDirect(ada, bela);
    const device = await connect(chatId, bela.user_id);
    const sender = await connect(chatId, ada.user_id);
    sender.send({ type: "SEND_MESSAGE", ...draft("secret", 0), expires_in_s: 5 });
    const { message } = await device.next("MESSAGE_RECEIVED");
    const change = await device.next("MESSAGES_CHANGED");
    expect(change.messages).toMatchObject([{ seq: message.seq, is_expired: true, content: null }]);
    expect(Date.now() - Date.parse(message.expires_at ?? "")).toBeGreaterThanOrEqual(0);
    expect(chatStub(chatId)).toBeDefined();
  }, 20_000);
});
