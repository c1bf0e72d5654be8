import { runDurableObjectAlarm } from "cloudflare:test";
import { afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import { UserObject } from "../../durable-objects/user/user-object.ts";
import { newClientMsgId } from "../../src/protocol/ids.ts";
import { prepareProjections } from "../convergence/projections.ts";
import {
  chatStub,
  connect,
  crash,
  draft,
  eventually,
  evict,
  inChat,
  makeGroup,
  person,
  setClock,
  sql,
  type TestPerson,
} from "./room.ts";

beforeAll(prepareProjections);
afterEach(() => {
  vi.restoreAllMocks();
});

const HOUR = 3_600_000;

async function setUp() {
  const [ada, bela] = [person("Ada"), person("Bela")] as [TestPerson, TestPerson];
  const { chatId } = await makeGroup([ada, bela]);
  // Membership has arrived in D1: nothing but what a test does sets the alarm.
  await sql(chatId, "DELETE FROM outbox");
  await eventually(() => inChat(chatId, ({ bumps }) => !bumps.isOwing), "the bumps");
  await runDurableObjectAlarm(chatStub(chatId));
  const clock = { ahead: 0, now: () => Date.now() + clock.ahead };
  const keepClock = () => setClock(chatId, clock.now);
  await keepClock();
  const say = (text: string, expires_in_s?: number) =>
    chatStub(chatId).send(ada.user_id, { ...draft(text, 1), expires_in_s });
  const schedule = (text: string, inMs: number) =>
    chatStub(chatId).schedule(ada.user_id, {
      ...draft(text, 1),
      command_id: newClientMsgId(),
      send_at: new Date(clock.now() + inMs).toISOString(),
    });
  const alarmAt = async () => (await inChat(chatId, (_, ctx) => ctx.storage.getAlarm())) ?? undefined;
  /** Fires the alarm, whatever the time is. */
  const fire = () => runDurableObjectAlarm(chatStub(chatId));
  /** What the log is, as it lies in the database: reading it wakes no rule. */
  const log = async () =>
    (await sql<{ content: string | null }>(chatId, "SELECT content FROM message WHERE seq > 1 ORDER BY seq")).map(
      ({ content }) => (content === null ? null : (JSON.parse(content) as { text: string }).text),
    );
  return { ada, bela, chatId, clock, keepClock, say, schedule, alarmAt, fire, log };
}

/** Nobody is owed a bump, so that only timers set the alarm. */
const quiet = (chatId: string) =>
  inChat(chatId, (object) => {
    object.bumps.owe = () => false;
  });

describe("what happens at a time", () => {
  it("ALM1 what is due happens before anybody looks, in order: what goes first, then what comes", async () => {
    const { chatId, bela, clock, say, schedule, log } = await setUp();
    const device = await connect(chatId, bela.user_id);
    await device.next("SNAPSHOT");
    await say("goes", 60);
    await schedule("comes", 60_000);
    await schedule("comes later", 120_000);
    clock.ahead += 60_000;
    expect(await log()).toEqual(["goes"]);
    await chatStub(chatId).view(bela.user_id);
    expect(await log()).toEqual([null, "comes"]);
    const news = device.frames.filter((frame) => "base" in frame && "chat_id" in frame);
    await device.settle();
    expect(news.length).toBeLessThanOrEqual(device.frames.length);
    expect(device.frames.map(({ type }) => type).filter((type) => /MESSAGE/.test(type))).toEqual([
      "MESSAGE_RECEIVED",
      "MESSAGES_CHANGED",
      "MESSAGE_RECEIVED",
    ]);
  });

  it("ALM1 also when a command finds it so, and in the turn in which the object wakes", async () => {
    const { chatId, clock, keepClock, say, schedule, log } = await setUp();
    await schedule("before", 60_000);
    clock.ahead += 60_000;
    const { message } = await say("after");
    expect(message.seq).toBe(3);
    expect(await log()).toEqual(["before", "after"]);
    await schedule("while it slept", 60_000);
    await sql(chatId, "UPDATE scheduled SET send_at = 1");
    await evict(chatId);
    expect((await say("first after the wake")).message.seq).toBe(5);
    await keepClock();
    expect(await log()).toEqual(["before", "after", "while it slept", "first after the wake"]);
  });

  it("ALM2 the alarm stands at the earliest, never before its time, and after it at the next", async () => {
    const { chatId, clock, say, schedule, alarmAt, fire } = await setUp();
    await quiet(chatId);
    const { send_at } = await schedule("far", 2 * HOUR);
    const far = Date.parse(send_at);
    expect((await alarmAt()) ?? 0).toBeGreaterThanOrEqual(far);
    expect((await alarmAt()) ?? 0).toBeLessThanOrEqual(far + 1);
    const { message } = await say("near", 3_600);
    const near = Date.parse(message.expires_at ?? "");
    expect((await alarmAt()) ?? 0).toBeGreaterThanOrEqual(near);
    expect((await alarmAt()) ?? 0).toBeLessThanOrEqual(near + 1);
    await quiet(chatId);
    clock.ahead += HOUR;
    await fire();
    expect((await alarmAt()) ?? 0).toBeGreaterThanOrEqual(far);
    expect((await alarmAt()) ?? 0).toBeLessThanOrEqual(far + 1);
    clock.ahead += HOUR;
    await fire();
    expect(await alarmAt()).toBeUndefined();
  });

  it("ALM2 BMP3 a debt is no less a debt for a timer, and a timer not lost for a debt", async () => {
    const { ada, bela, chatId, clock, say, schedule, alarmAt, fire, log } = await setUp();
    const { send_at } = await schedule("far", HOUR);
    // A kill between acknowledgement and bump: the hubs are owed it by the alarm alone.
    await quiet(chatId);
    await inChat(chatId, (object) => {
      object.bumps.owe = () => true;
    });
    await say("owed");
    expect(((await alarmAt()) ?? 0) % 2).toBe(1);
    expect((await alarmAt()) ?? Number.POSITIVE_INFINITY).toBeLessThan(Date.parse(send_at));
    await crash(chatId);
    const bumped = vi.spyOn(UserObject.prototype, "bump");
    await fire();
    await eventually(() => bumped.mock.calls.some(([bump]) => bump.entry.head_seq === 2), "the bump");
    // Told for the debt; and the timer stands again.
    await eventually(() => inChat(chatId, ({ bumps }) => !bumps.isOwing), "the bumps");
    await fire();
    expect((await alarmAt()) ?? 0).toBeGreaterThanOrEqual(Date.parse(send_at));
    expect((await alarmAt()) ?? 0).toBeLessThanOrEqual(Date.parse(send_at) + 1);
    clock.ahead += HOUR;
    await setClock(chatId, clock.now);
    await fire();
    expect(await log()).toEqual(["owed", "far"]);
    expect([ada, bela]).toHaveLength(2);
  });

  it("ALM2 a wake with an alarm for a timer alone owes nobody anything", async () => {
    const { chatId, say, fire } = await setUp();
    await quiet(chatId);
    await say("goes", 3_600);
    await evict(chatId);
    const bumped = vi.spyOn(UserObject.prototype, "bump");
    await fire();
    await inChat(chatId, ({ bumps }) => expect(bumps.isOwing).toBe(false));
    expect(bumped).not.toHaveBeenCalled();
  });

  it("ALM3 firing twice, early or hours late does each thing once", async () => {
    const { chatId, clock, keepClock, say, schedule, fire, alarmAt, log } = await setUp();
    await say("goes", 60);
    await schedule("comes", 60_000);
    await fire();
    await fire();
    expect(await log()).toEqual(["goes"]);
    expect(await alarmAt()).toBeDefined();
    clock.ahead += 5 * HOUR;
    await fire();
    await fire();
    expect(await log()).toEqual([null, "comes"]);
    await crash(chatId);
    await fire();
    await keepClock();
    await fire();
    expect(await log()).toEqual([null, "comes"]);
  });

  it("ALM4 a clock that jumps ahead does what is due, one that is set back nothing twice", async () => {
    const { chatId, bela, clock, say, schedule, fire, log } = await setUp();
    await say("goes", 60);
    await schedule("comes", 60_000);
    clock.ahead = -6 * HOUR;
    await fire();
    await chatStub(chatId).view(bela.user_id);
    expect(await log()).toEqual(["goes"]);
    const { message } = await say("said in the past", 60);
    // The log's own time does not run backwards (SEQ4), so neither does what it ends by.
    expect(Date.parse(message.expires_at ?? "")).toBeGreaterThan(Date.now());
    clock.ahead = 366 * 24 * HOUR;
    await fire();
    expect(await log()).toEqual([null, null, "comes"]);
    clock.ahead = 0;
    await fire();
    await chatStub(chatId).view(bela.user_id);
    expect(await log()).toEqual([null, null, "comes"]);
  });

  it("ALM5 what fails is left alone for a moment, stops neither the chat nor the rest, and is tried again", async () => {
    const { chatId, clock, say, schedule, fire, log } = await setUp();
    await schedule("fails", 60_000);
    await schedule("comes", 60_000);
    await inChat(chatId, (object) => {
      const find = object.desk.room.known.find.bind(object.desk.room.known);
      let isFirst = true;
      object.desk.room.known.find = (...ask) => {
        if (!isFirst) return find(...ask);
        isFirst = false;
        throw new Error("a bug of some kind");
      };
    });
    clock.ahead += 60_000;
    expect((await say("the chat goes on")).message.seq).toBe(3);
    expect(await log()).toEqual(["comes", "the chat goes on"]);
    clock.ahead += 5_000;
    await fire();
    expect(await log()).toEqual(["comes", "the chat goes on", "fails"]);
  });

  it("ALM6 a chat without timers pays a look into two empty tables when it wakes, and nothing written", async () => {
    const { chatId, say } = await setUp();
    await say("wakes");
    const at = await inChat(chatId, (object) => {
      const { read, written, alarms } = object.db.rows;
      object.desk.room.timers.expired();
      object.desk.room.timers.rescheduled("nobody");
      const { rows } = object.db;
      return {
        ...{ read: rows.read - read, written: rows.written - written, alarms: rows.alarms - alarms },
        next: object.desk.room.timers.nextAt,
      };
    });
    // The runtime counts a row for looking.
    expect(at).toEqual({ read: 2, written: 0, alarms: 0, next: undefined });
  });
});
