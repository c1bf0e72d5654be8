import { runDurableObjectAlarm } from "cloudflare:test";
import { beforeAll, describe, expect, it } from "vitest";
import { messageId, newClientMsgId } from "../../src/protocol/ids.ts";
import { SCHEDULE_DAYS, SCHEDULED_PER_PERSON } from "../../src/protocol/limits.ts";
import type { ChatCalls, ScheduleAsk } from "../../src/protocol/rpc.ts";
import { prepareProjections } from "../convergence/projections.ts";
import {
  chatStub,
  connect,
  connectHub,
  crash,
  draft,
  eventually,
  evict,
  faultOf,
  inChat,
  makeGroup,
  person,
  setClock,
  sql,
  type TestPerson,
} from "./room.ts";

beforeAll(prepareProjections);

const HOUR = 3_600_000;

/** A group of Ada, Bela and Cora, whose clock the test turns. */
async function setUp() {
  const people = ["Ada", "Bela", "Cora"].map(person) as [TestPerson, TestPerson, TestPerson];
  const [ada, bela, cora] = people;
  const { chatId } = await makeGroup(people);
  // Anew for each call: a killed object's stub is dead, too.
  const stub = new Proxy(chatStub(chatId) as unknown as ChatCalls, {
    get: (_, name) => Reflect.get(chatStub(chatId), name),
  });
  const clock = { ahead: 0, now: () => Date.now() + clock.ahead };
  await setClock(chatId, clock.now);
  /** As a scheduled message to be sent in so many milliseconds. */
  const ask = (text: string, inMs: number, more: Partial<ScheduleAsk> = {}): ScheduleAsk => ({
    ...draft(text, 1),
    command_id: newClientMsgId(),
    send_at: new Date(clock.now() + inMs).toISOString(),
    ...more,
  });
  const texts = async () =>
    (await stub.history(cora.user_id, { limit: 100 })).messages.flatMap(({ content }) =>
      content && "text" in content ? [content.text] : [],
    );
  /** Turns the clock on and lets the alarm fire. */
  const pass = async (ms: number) => {
    clock.ahead += ms;
    await runDurableObjectAlarm(chatStub(chatId));
  };
  const waiting = async (who: TestPerson = ada) =>
    (await stub.listScheduled(who.user_id)).map(({ content }) => content);
  return { ada, bela, cora, chatId, stub, clock, ask, texts, pass, waiting };
}

describe("messages that wait for their time", () => {
  it("SCH1 wait, seen by their sender alone, the next first", async () => {
    const { ada, bela, chatId, stub, ask, waiting } = await setUp();
    const { rev } = await stub.history(ada.user_id, { limit: 1 });
    const later = ask("later", 2 * HOUR);
    expect(await stub.schedule(ada.user_id, later)).toEqual({
      chat_id: chatId,
      client_msg_id: later.client_msg_id,
      send_at: later.send_at,
      message_type: "text",
      content: { text: "later" },
    });
    await stub.schedule(ada.user_id, ask("sooner", HOUR));
    expect(await waiting()).toEqual([{ text: "sooner" }, { text: "later" }]);
    expect(await waiting(bela)).toEqual([]);
    expect(await faultOf(stub.listScheduled(person("Sana").user_id))).toBe("not_found");
    // Nobody else can see it: the chat's clock stands.
    expect((await stub.history(bela.user_id, { limit: 10 })).rev).toBe(rev);
  });

  it("SCH1 the sender's inbox says how many wait, on every device", async () => {
    const { ada, bela, chatId, stub, ask, pass } = await setUp();
    const [device, other] = [await connectHub(ada.user_id), await connectHub(bela.user_id)];
    const count = () =>
      device
        .of("INBOX_CHANGED")
        .flatMap(({ entries }) => entries)
        .at(-1)?.scheduled_count;
    await stub.schedule(ada.user_id, ask("one", HOUR));
    await device.until(() => count() === 1, "one");
    const two = ask("two", HOUR);
    await stub.schedule(ada.user_id, two);
    await device.until(() => count() === 2, "two");
    await stub.cancelScheduled(ada.user_id, "c", two.client_msg_id);
    await device.until(() => count() === 1, "one again");
    await evict(chatId);
    expect((await stub.readHead(ada.user_id))?.entry).toMatchObject({ scheduled_count: 1 });
    expect((await stub.readHead(bela.user_id))?.entry).not.toHaveProperty("scheduled_count");
    await setClock(chatId, () => Date.now() + 2 * HOUR);
    await pass(0);
    await device.until(() => device.of("INBOX_CHANGED").length > 3 && count() === undefined, "none");
    await other.settle();
    expect(
      other
        .of("INBOX_CHANGED")
        .flatMap((f) => f.entries)
        .every((e) => e.scheduled_count === undefined),
    ).toBe(true);
  });

  it("SCH2 a repeat of the command has no second effect and the first answer, also when it was sent, changed or taken back", async () => {
    const { ada, chatId, ask, stub, texts, pass, waiting } = await setUp();
    const device = await connect(chatId, ada.user_id);
    const one = { type: "SCHEDULE_MESSAGE", ...ask("one", HOUR) };
    const moved = { ...one, command_id: "moved", send_at: new Date(Date.now() + 3 * HOUR).toISOString() };
    const two = { type: "SCHEDULE_MESSAGE", ...ask("two", HOUR) };
    const cancel = { type: "CANCEL_SCHEDULED", command_id: "cancel", client_msg_id: two.client_msg_id };
    for (const frame of [one, moved, two, cancel]) device.send(frame);
    await device.next("COMMAND_ACK", 4);
    const first = device.of("COMMAND_ACK").map(({ command_id, rev }) => [command_id, rev]);
    await stub.send(ada.user_id, draft("moves the clock", 1));
    await evict(chatId);
    for (const frame of [one, two, moved, cancel]) device.send(frame);
    await device.next("COMMAND_ACK", 8);
    const again = device
      .of("COMMAND_ACK")
      .slice(4)
      .map(({ command_id, rev }) => [command_id, rev]);
    expect(again.sort()).toEqual(first.sort());
    expect(await stub.listScheduled(ada.user_id)).toMatchObject([{ send_at: moved.send_at }]);
    await setClock(chatId, () => Date.now() + 4 * HOUR);
    await pass(0);
    // The alarm has also found that the first one shows no sign of life.
    const back = await connect(chatId, ada.user_id);
    for (const frame of [one, moved]) back.send(frame);
    await back.next("COMMAND_ACK", 2);
    expect(await waiting()).toEqual([]);
    expect(await texts()).toEqual(["moves the clock", "one"]);
    expect([...device.of("ERROR"), ...back.of("ERROR")]).toEqual([]);
  });

  it("SCH3 time and text can be changed until it is sent, and it can be taken back", async () => {
    const { ada, bela, stub, ask, texts, pass, clock, waiting } = await setUp();
    const one = ask("one", HOUR);
    await stub.schedule(ada.user_id, one);
    const id = one.client_msg_id;
    const send_at = new Date(clock.now() + 2 * HOUR).toISOString();
    expect(await stub.changeScheduled(ada.user_id, { client_msg_id: id, command_id: "t", send_at })).toMatchObject({
      send_at,
      content: { text: "one" },
    });
    const change = { client_msg_id: id, command_id: "x", content: { text: "uno" } };
    expect(await stub.changeScheduled(ada.user_id, change)).toMatchObject({ send_at, content: { text: "uno" } });
    expect(await faultOf(stub.changeScheduled(bela.user_id, { ...change, command_id: "y" }))).toBe("not_found");
    expect(await faultOf(stub.cancelScheduled(bela.user_id, "z", id))).toBe("not_found");
    await pass(HOUR);
    expect(await texts()).toEqual([]);
    await pass(HOUR);
    expect(await texts()).toEqual(["uno"]);
    for (const late of [
      stub.changeScheduled(ada.user_id, { ...change, command_id: "late" }),
      stub.cancelScheduled(ada.user_id, "late 2", id),
      stub.schedule(ada.user_id, {
        ...one,
        command_id: "late 3",
        content: { text: "uno" },
        send_at: ask("", HOUR).send_at,
      }),
    ])
      expect(await faultOf(late)).toBe("too_late");
    const place = ask("x", HOUR, { message_type: "location", content: { latitude: 1, longitude: 2 } });
    await stub.schedule(ada.user_id, place);
    expect(
      await faultOf(
        stub.changeScheduled(ada.user_id, { ...change, client_msg_id: place.client_msg_id, command_id: "w" }),
      ),
    ).toBe("invalid");
    await stub.cancelScheduled(ada.user_id, "gone", place.client_msg_id);
    expect(await waiting()).toEqual([]);
    expect(await faultOf(stub.cancelScheduled(ada.user_id, "never", newClientMsgId()))).toBe("not_found");
  });

  it("SCH7 is not sent again by a new time that was set after it was seen to come", async () => {
    const { ada, chatId, stub, ask, texts, pass, waiting } = await setUp();
    const one = ask("one", HOUR);
    await stub.schedule(ada.user_id, one);
    await pass(HOUR);
    const { head_seq } = await stub.history(ada.user_id, { limit: 1 });
    // The dialog stood open while the message was sent; the head that it names is above the message.
    const again = { ...one, seen_seq: head_seq, send_at: ask("", 2 * HOUR).send_at };
    for (const [command_id, text] of [
      ["same", "one"],
      ["other", "two"],
    ] as const) {
      await evict(chatId);
      expect(await faultOf(stub.schedule(ada.user_id, { ...again, command_id, content: { text } }))).toMatch(
        /^(too_late|id_reused)$/,
      );
    }
    expect(await waiting()).toEqual([]);
    expect(await texts()).toEqual(["one"]);
  });

  it("SCH4 a time that has just passed is now, an older one is too late, one too far ahead is none", async () => {
    const { ada, stub, ask, texts } = await setUp();
    await stub.schedule(ada.user_id, ask("now", -59_000));
    expect(await texts()).toEqual(["now"]);
    expect(await faultOf(stub.schedule(ada.user_id, ask("late", -61_000)))).toBe("too_late");
    expect(await faultOf(stub.schedule(ada.user_id, ask("far", (SCHEDULE_DAYS + 1) * 24 * HOUR)))).toBe("invalid");
    expect(await faultOf(stub.schedule(ada.user_id, ask("never", 0, { send_at: "2026-02-31T00:00:00.000Z" })))).toMatch(
      /invalid|too_late/,
    );
  });

  it("SCH5 what could not be sent now is refused now; at most 100 a person", async () => {
    const { ada, bela, stub, ask, chatId } = await setUp();
    const strange = { reply_to_message_id: messageId(chatId, 99) };
    expect(await faultOf(stub.schedule(ada.user_id, ask("answers nothing", HOUR, strange)))).toBe("not_found");
    expect(await faultOf(stub.schedule(ada.user_id, ask("ahead", HOUR, { seen_seq: 99 })))).toBe("seq_ahead");
    expect(await faultOf(stub.schedule(person("Sana").user_id, ask("stranger", HOUR)))).toBe("not_found");
    const sent = draft("sent already", 1);
    await stub.send(ada.user_id, sent);
    expect(await faultOf(stub.schedule(ada.user_id, ask("another", HOUR, { client_msg_id: sent.client_msg_id })))).toBe(
      "id_reused",
    );
    expect(
      await faultOf(stub.schedule(ada.user_id, ask("sent already", HOUR, { client_msg_id: sent.client_msg_id }))),
    ).toBe("too_late");
    const { rev } = await stub.history(ada.user_id, { limit: 1 });
    for (let n = 0; n < SCHEDULED_PER_PERSON; n++) await stub.schedule(ada.user_id, ask(`m${n}`, HOUR));
    expect(await faultOf(stub.schedule(ada.user_id, ask("one more", HOUR)))).toBe("too_many");
    await stub.schedule(bela.user_id, ask("hers", HOUR));
    // What was tried and undone has left no trace.
    expect((await stub.history(ada.user_id, { limit: 1 })).rev).toBe(rev);
    expect(await sql(chatId, "SELECT seq FROM message")).toHaveLength(2);
  });

  it("SCH6 is sent when its time comes, with its sender away, as the message it was", async () => {
    const { ada, bela, cora, chatId, stub, ask, pass, texts } = await setUp();
    await stub.send(bela.user_id, draft("a question", 1));
    const device = await connect(chatId, cora.user_id);
    await device.next("SNAPSHOT");
    const content = { text: "@Cora yes", mentions: [{ offset: 0, length: 5, user_id: cora.user_id }] };
    const one = ask("", HOUR, { content, reply_to_message_id: messageId(chatId, 2), expires_in_s: 60 });
    await stub.schedule(ada.user_id, one);
    await stub.send(bela.user_id, draft("another", 1));
    await pass(HOUR);
    const { message } = await device.next("MESSAGE_RECEIVED", 2);
    expect(message).toMatchObject({
      ...{ seq: 4, sender_id: ada.user_id, client_msg_id: one.client_msg_id, seen_seq: 3, content },
      reply_to_message_id: messageId(chatId, 2),
    });
    expect(Date.parse(message.created_at)).toBeGreaterThanOrEqual(Date.parse(one.send_at));
    expect(Date.parse(message.expires_at ?? "") - Date.parse(message.created_at)).toBe(60_000);
    expect((await stub.readHead(cora.user_id))?.entry).toMatchObject({ mention_seq: 4 });
    // Those of one moment go in the order in which they were made.
    const at = ask("", HOUR).send_at;
    for (const text of ["a", "b", "c"]) await stub.schedule(ada.user_id, ask(text, 0, { send_at: at }));
    await pass(HOUR);
    expect((await texts()).slice(-3)).toEqual(["a", "b", "c"]);
  });

  it("SCH6 SCH8 answers in threads and polls wait, too; slow mode and a thread's end are those of its time", async () => {
    const { ada, bela, stub, ask, pass, chatId } = await setUp();
    const root = (await stub.send(ada.user_id, draft("root", 1))).message;
    const answer = ask("answer", HOUR, { thread_root_message_id: root.message_id });
    expect(await stub.schedule(bela.user_id, answer)).toMatchObject({ thread_root_message_id: root.message_id });
    const poll = { message_type: "poll" as const, content: { question: "Sail?", options: ["Yes", "No"] } };
    await stub.schedule(ada.user_id, ask("", 2 * HOUR, poll));
    const lost = ask("lost", 2 * HOUR, { thread_root_message_id: messageId(chatId, 3) });
    await stub.send(ada.user_id, draft("has no answer yet", 1));
    await stub.schedule(bela.user_id, lost);
    expect(
      await faultOf(stub.schedule(bela.user_id, ask("", HOUR, { thread_root_message_id: messageId(chatId, 1) }))),
    ).toBe("forbidden");
    await stub.deleteMessage(ada.user_id, 3);
    await pass(HOUR);
    expect((await stub.message(ada.user_id, root.seq)).thread).toMatchObject({
      reply_count: 1,
      user_ids: [bela.user_id],
    });
    await pass(HOUR);
    const { messages } = await stub.history(ada.user_id, { limit: 10 });
    expect(messages.at(-1)).toMatchObject({ message_type: "poll", poll: { voter_count: 0 } });
    expect(await stub.listScheduled(bela.user_id)).toMatchObject([
      { client_msg_id: lost.client_msg_id, error: "not_found" },
    ]);

    await stub.update(ada.user_id, { settings: { slow_mode_s: 3_600 } });
    await stub.cancelScheduled(bela.user_id, "gone", lost.client_msg_id);
    for (const text of ["one", "two"]) await stub.schedule(bela.user_id, ask(text, 2 * HOUR));
    await pass(2 * HOUR);
    expect(await stub.listScheduled(bela.user_id)).toMatchObject([{ content: { text: "two" }, error: "rate_limited" }]);
  });

  it("SCH7 is sent once: the alarm twice, a kill, an eviction, and its device sending it itself", async () => {
    const { ada, chatId, stub, ask, texts, pass, waiting, clock } = await setUp();
    await stub.schedule(ada.user_id, ask("one", HOUR));
    await pass(HOUR);
    await runDurableObjectAlarm(chatStub(chatId));
    await crash(chatId);
    await runDurableObjectAlarm(chatStub(chatId));
    expect(await texts()).toEqual(["one"]);
    await setClock(chatId, clock.now);

    // Sent by hand before its time, and the other way round; with seen_seq and without, with an eviction between.
    for (const seen of [{ seen_seq: 1 }, { seen_seq: undefined }]) {
      const before = ask("by hand", HOUR, seen);
      await stub.schedule(ada.user_id, before);
      const { command_id: _, send_at: __, ...byHand } = before;
      const { ack } = await stub.send(ada.user_id, byHand);
      await evict(chatId);
      await setClock(chatId, clock.now);
      await pass(HOUR);
      expect(await waiting()).toEqual([]);
      expect((await stub.send(ada.user_id, byHand)).ack).toEqual(ack);

      const after = ask("by the chat", HOUR, seen);
      await stub.schedule(ada.user_id, after);
      await pass(HOUR);
      await evict(chatId);
      await setClock(chatId, clock.now);
      const { command_id: ___, send_at: ____, ...again } = after;
      const { message } = await stub.send(ada.user_id, again);
      expect(message.content).toEqual({ text: "by the chat" });
    }
    expect(await texts()).toEqual(["one", "by hand", "by the chat", "by hand", "by the chat"]);
  });

  it("SCH8 rights are those of its time: what is refused stays with the reason, and can be sent later", async () => {
    const { ada, bela, stub, ask, texts, pass, clock } = await setUp();
    const device = await connectHub(bela.user_id);
    const entry = () =>
      device
        .of("INBOX_CHANGED")
        .flatMap(({ entries }) => entries)
        .at(-1);
    const one = ask("one", HOUR);
    await stub.schedule(bela.user_id, one);
    await stub.setRole(ada.user_id, bela.user_id, "restricted");
    expect(await faultOf(stub.schedule(bela.user_id, ask("two", HOUR)))).toBe("forbidden");
    await pass(HOUR);
    expect(await texts()).toEqual([]);
    expect(await stub.listScheduled(bela.user_id)).toMatchObject([
      { client_msg_id: one.client_msg_id, error: "forbidden" },
    ]);
    await device.until(() => entry()?.scheduled_failed === 1 && entry()?.scheduled_count === 1, "the failure");
    // It is not tried again by itself.
    await stub.setRole(ada.user_id, bela.user_id, "member");
    await pass(HOUR);
    expect(await texts()).toEqual([]);
    const send_at = new Date(clock.now() + HOUR).toISOString();
    await stub.changeScheduled(bela.user_id, { client_msg_id: one.client_msg_id, command_id: "again", send_at });
    expect((await stub.listScheduled(bela.user_id))[0]).not.toHaveProperty("error");
    await pass(HOUR);
    expect(await texts()).toEqual(["one"]);
  });

  it("SCH9 what waits goes with its sender, and does not come back with them", async () => {
    const { ada, bela, chatId, stub, ask, texts, pass } = await setUp();
    await stub.schedule(bela.user_id, ask("hers", HOUR));
    await stub.schedule(ada.user_id, ask("mine", HOUR));
    await stub.removeMember(bela.user_id, bela.user_id);
    expect(await sql(chatId, "SELECT sender_id FROM scheduled")).toEqual([{ sender_id: ada.user_id }]);
    await stub.addMembers(ada.user_id, [bela]);
    expect(await stub.listScheduled(bela.user_id)).toEqual([]);
    await pass(HOUR);
    expect(await texts()).toEqual(["mine"]);
    // Who may no longer write may still take back what waits.
    const one = ask("one", HOUR);
    await stub.schedule(bela.user_id, one);
    await stub.setRole(ada.user_id, bela.user_id, "restricted");
    await stub.cancelScheduled(bela.user_id, "c", one.client_msg_id);
    expect(await stub.listScheduled(bela.user_id)).toEqual([]);
    await stub.schedule(ada.user_id, ask("never", HOUR));
    await stub.end(ada.user_id);
    expect(await sql(chatId, "SELECT * FROM scheduled")).toEqual([]);
  });

  it("SCH10 scheduling is three rows and at most an alarm, sending what a message is", async () => {
    const { ada, chatId, stub, ask, pass } = await setUp();
    const rows = () => inChat(chatId, ({ db }) => ({ ...db.rows }));
    const quiet = () => eventually(() => inChat(chatId, ({ bumps }) => !bumps.isOwing), "the bumps");
    await stub.schedule(ada.user_id, ask("first", HOUR));
    await quiet();
    // Membership has arrived in D1.
    await sql(chatId, "DELETE FROM outbox");
    const before = await rows();
    await stub.schedule(ada.user_id, ask("one", 2 * HOUR));
    const scheduled = await rows();
    // The row, its place in the index, the command; and the row of the message that was tried and undone.
    expect(scheduled.written - before.written).toBe(4);
    expect(scheduled.alarms - before.alarms).toBeLessThanOrEqual(1);
    await pass(2 * HOUR);
    await quiet();
    // Two messages, two rows that are gone, and the cursor of who sent them, if its flush has come already.
    expect((await rows()).written - scheduled.written).toBeLessThanOrEqual(5);
  });
});
