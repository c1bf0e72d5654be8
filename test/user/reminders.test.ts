import { evictDurableObject, runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import type { UserObject } from "../../durable-objects/user/user-object.ts";
import { messageId, newClientMsgId, newUserId } from "../../src/protocol/ids.ts";
import { REMINDERS, SCHEDULE_DAYS } from "../../src/protocol/limits.ts";
import { draft, eventually, makeGroup, person, type TestDevice, type TestPerson } from "../chat/room.ts";
import { bumpOf, connectHub, faultOf, hubStub, newGroup, prepare, rowsWritten, standIn } from "./hub.ts";

beforeAll(prepare);
afterEach(() => {
  vi.restoreAllMocks();
});

const HOUR = 3_600_000;
const inMs = (ms: number): string => new Date(Date.now() + ms).toISOString();

function remind(device: TestDevice, chatId: string, seq: number, at: string | null, id = newClientMsgId()): string {
  const message_id = messageId(chatId, seq);
  device.send({ type: "SET_REMINDER", chat_id: chatId, message_id, command_id: id, remind_at: at });
  return id;
}

const told = (device: TestDevice) => device.of("INBOX_CHANGED").flatMap(({ reminders }) => reminders ?? []);

/** A chat that exists only in the test, with a head of 9,000. */
async function setUp() {
  const user = newUserId();
  const chat = newGroup();
  const hub = hubStub(user);
  const device = await connectHub(user);
  await hub.bump(bumpOf(chat, 9_000, { read_seq: 9_000, unread: 0 }));
  const known = () => standIn(hub, () => bumpOf(chat, 9_000, { read_seq: 9_000, unread: 0 }));
  await known();
  await device.settle();
  return { user, chat, hub, device, known };
}

/** Lets every clock be ahead by so much, and the hub's alarm fire. */
async function pass(hub: DurableObjectStub, ms: number): Promise<void> {
  const real = Date.now.bind(Date);
  const start = real() + ms;
  vi.spyOn(Date, "now").mockImplementation(() => start);
  await runDurableObjectAlarm(hub);
  vi.restoreAllMocks();
}

describe("reminders", () => {
  it("REM1 are set, moved and taken back, on every device, and a snapshot has those that wait", async () => {
    const { user, chat, hub, device } = await setUp();
    const other = await connectHub(user, { isBatching: false });
    const [soon, late] = [inMs(HOUR), inMs(2 * HOUR)];
    remind(device, chat, 3, soon);
    remind(device, chat, 4, soon);
    remind(device, chat, 3, late);
    remind(device, chat, 4, null);
    await device.next("COMMAND_ACK", 4);
    for (const each of [device, other]) {
      await each.settle();
      expect(told(each)).toEqual([
        { chat_id: chat, seq: 3, remind_at: soon },
        { chat_id: chat, seq: 4, remind_at: soon },
        { chat_id: chat, seq: 3, remind_at: late },
        { chat_id: chat, seq: 4, remind_at: soon, is_removed: true },
      ]);
    }
    await evictDurableObject(hub);
    const fresh = await connectHub(user);
    expect((await fresh.next("INBOX_SNAPSHOT")).reminders).toEqual([{ chat_id: chat, seq: 3, remind_at: late }]);
    expect(await hub.reminders()).toEqual([{ chat_id: chat, seq: 3, remind_at: late }]);
  });

  it("REM1 INB7 catch-up brings exactly what changed after the cursor", async () => {
    const { user, chat, hub, device } = await setUp();
    const at = inMs(HOUR);
    remind(device, chat, 1, at);
    const { rev } = await device.next("COMMAND_ACK");
    const { epoch } = await device.next("INBOX_SNAPSHOT");
    remind(device, chat, 2, at);
    remind(device, chat, 1, null);
    await device.next("COMMAND_ACK", 3);
    await evictDurableObject(hub);
    const news = await (await connectHub(user, { cursor: { epoch, rev } })).next("INBOX_CHANGED");
    expect(news).toMatchObject({ base: rev, rev: rev + 2 });
    expect(news.reminders).toEqual([
      { chat_id: chat, seq: 2, remind_at: at },
      { chat_id: chat, seq: 1, remind_at: at, is_removed: true },
    ]);
    const same = await (await connectHub(user, { cursor: { epoch, rev: rev + 2 } })).next("INBOX_CHANGED");
    expect(same).not.toHaveProperty("reminders");
  });

  it("REM1 PER2 gives a repeat the first answer and no second effect, also over HTTP", async () => {
    const { user, chat, hub, device } = await setUp();
    const at = inMs(HOUR);
    const id = remind(device, chat, 4, at);
    const ack = await device.next("COMMAND_ACK");
    remind(device, chat, 4, null);
    await device.next("COMMAND_ACK", 2);
    await evictDurableObject(hub);
    const written = await rowsWritten(user, async () => {
      remind(device, chat, 4, at, id);
      expect(await device.next("COMMAND_ACK", 3)).toEqual(ack);
      expect(await hub.setReminder(chat, id, 4, at)).toMatchObject({ seq: 4, is_removed: true });
    });
    expect(written).toBe(0);
    expect(await hub.reminders()).toEqual([]);
  });

  it("REM1 PER3 PER6 only for chats the person is in, asked for if the inbox does not know them", async () => {
    const { chat, hub, device, user } = await setUp();
    expect(await faultOf(() => hub.setReminder(newGroup(), "c", 1, inMs(HOUR)))).not.toMatchObject({ seq: 1 });
    await hub.bump(bumpOf(chat, 9_001, { is_removed: true }));
    remind(device, chat, 1, inMs(HOUR), "left");
    expect(await device.next("ERROR")).toMatchObject({ code: "removed", command_id: "left" });
    expect(device.closed).toBeUndefined();
    expect(await (await connectHub(user)).next("INBOX_SNAPSHOT")).not.toHaveProperty("reminders");

    const [ada, bela] = [person("Ada"), person("Bela")] as [TestPerson, TestPerson];
    const { chatId, stub } = await makeGroup([ada, bela]);
    await stub.send(ada.user_id, draft("m2"));
    const real = await connectHub(bela.user_id);
    remind(real, chatId, 2, inMs(HOUR));
    await real.next("COMMAND_ACK");
    expect(await hubStub(person("Sana").user_id).reminders()).toEqual([]);
    const stranger = hubStub(person("Sana").user_id);
    expect(await faultOf(() => stranger.setReminder(chatId, "c", 2, inMs(HOUR)))).toBe("not_found");
  });

  it("REM2 refuses numbers above the head, messages of other chats and times that are over or far", async () => {
    const { chat, hub, device } = await setUp();
    remind(device, chat, 9_001, inMs(HOUR), "ahead");
    expect(await device.next("ERROR")).toMatchObject({ code: "seq_ahead", command_id: "ahead" });
    const other = { message_id: messageId(newGroup(), 1), command_id: "other", remind_at: inMs(HOUR) };
    device.send({ type: "SET_REMINDER", chat_id: chat, ...other });
    expect(await device.next("ERROR", 2)).toMatchObject({ code: "invalid", command_id: "other" });
    for (const [at, code] of [
      [inMs(-61_000), "too_late"],
      [inMs((SCHEDULE_DAYS + 1) * 24 * HOUR), "invalid"],
    ] as const)
      expect(await faultOf(() => hub.setReminder(chat, newClientMsgId(), 1, at))).toBe(code);
    expect(await hub.reminders()).toEqual([]);
    await hub.setReminder(chat, newClientMsgId(), 1, inMs(-30_000));
    expect(await hub.reminders()).toMatchObject([{ seq: 1, is_due: true }]);
  });

  it("REM3 refuses more than 500, drops none, and lets those dealt with make place", async () => {
    const { user, chat, hub, device, known } = await setUp();
    const early = await device.next("INBOX_SNAPSHOT");
    for (let n = 0; n < REMINDERS; n++) {
      // Faster than a person may.
      if (n % 250 === 249) {
        await evictDurableObject(hub);
        await known();
      }
      await hub.setReminder(chat, newClientMsgId(), n + 1, inMs(HOUR));
    }
    await evictDurableObject(hub);
    await known();
    const more = () => hub.setReminder(chat, newClientMsgId(), 600, inMs(HOUR));
    expect(await faultOf(more)).toBe("too_many");
    // Moving one is no further one.
    await hub.setReminder(chat, newClientMsgId(), 1, inMs(2 * HOUR));
    await hub.setReminder(chat, newClientMsgId(), 1, null);
    await more();
    expect(await hub.reminders()).toHaveLength(REMINDERS);
    // Who does not know yet that one was taken back is told all.
    const back = await connectHub(user, { cursor: { epoch: early.epoch, rev: early.rev } });
    expect((await back.next("INBOX_SNAPSHOT")).reminders).toHaveLength(REMINDERS);
  });

  it("REM4 a change is two rows; one that changes nothing moves no clock", async () => {
    const { user, chat, device } = await setUp();
    const at = inMs(HOUR);
    const written = await rowsWritten(user, async () => {
      remind(device, chat, 5, at);
      await device.next("COMMAND_ACK");
    });
    expect(written).toBe(2);
    const { rev } = await device.next("COMMAND_ACK");
    remind(device, chat, 5, at);
    remind(device, chat, 6, null);
    expect((await device.next("COMMAND_ACK", 2)).rev).toBe(rev);
    expect((await device.next("COMMAND_ACK", 3)).rev).toBe(rev);
    expect(told(device)).toHaveLength(1);
  });

  it("REM5 ring once, on every device, when their time comes", async () => {
    const { user, chat, hub, device } = await setUp();
    // Sooner than a socket without a heartbeat counts as dead.
    const at = inMs(60_000);
    for (const seq of [1, 2]) remind(device, chat, seq, at);
    remind(device, chat, 3, inMs(3 * HOUR));
    const { rev } = await device.next("COMMAND_ACK", 3);
    const written = await rowsWritten(user, () => pass(hub, 60_000));
    expect(written).toBeLessThanOrEqual(3);
    const news = await device.until(() => device.of("INBOX_CHANGED").find((f) => f.reminders?.some((r) => r.is_due)));
    expect(news).toMatchObject({ base: rev, rev: rev + 1, entries: [] });
    expect(news.reminders).toEqual([
      { chat_id: chat, seq: 1, remind_at: at, is_due: true },
      { chat_id: chat, seq: 2, remind_at: at, is_due: true },
    ]);
    await pass(hub, 60_000);
    await device.settle();
    expect(told(device).filter((reminder) => reminder.is_due)).toHaveLength(2);
    // The alarm stands for the third.
    const alarm = await runInDurableObject(hub, (_: UserObject, ctx) => ctx.storage.getAlarm());
    expect(alarm ?? Number.POSITIVE_INFINITY).toBeLessThanOrEqual(Date.now() + 3 * HOUR);
    // Seen is taken back; set again it waits again.
    remind(device, chat, 1, null);
    remind(device, chat, 2, inMs(2 * HOUR));
    await device.next("COMMAND_ACK", 5);
    expect((await hub.reminders()).map(({ seq, is_due }) => [seq, is_due])).toEqual([
      [2, undefined],
      [3, undefined],
    ]);
  });

  it("REM5 ring while nobody is here, also after a kill; who comes finds them due, before anything else", async () => {
    const { user, chat, hub, device } = await setUp();
    remind(device, chat, 1, inMs(HOUR));
    const { rev } = await device.next("COMMAND_ACK");
    const { epoch } = await device.next("INBOX_SNAPSHOT");
    device.close();
    await eventually(() => runInDurableObject(hub, (object: UserObject) => !object.hub.isAwake), "a sleeping hub");
    await runInDurableObject(hub, (_: UserObject, ctx) => ctx.abort("killed by a test")).catch(() => undefined);
    const again = hubStub(user);
    await pass(again, HOUR);
    const stored = await runInDurableObject(again, (object: UserObject) => object.hub.store.reminders.all());
    expect(stored).toMatchObject([{ seq: 1, is_due: true }]);
    const back = await connectHub(user, { cursor: { epoch, rev } });
    expect((await back.next("INBOX_CHANGED")).reminders).toMatchObject([{ seq: 1, is_due: true }]);

    // The alarm is late: the attach itself rings.
    await again.setReminder(chat, newClientMsgId(), 2, inMs(HOUR));
    await runInDurableObject(again, (object: UserObject) => {
      object.db.run("UPDATE reminder SET remind_at = 1 WHERE seq = 2");
    });
    await evictDurableObject(again, { webSockets: "close" });
    const late = await connectHub(user);
    expect((await late.next("INBOX_SNAPSHOT")).reminders).toMatchObject([
      { seq: 2, is_due: true },
      { seq: 1, is_due: true },
    ]);
  });

  it("REM6 go when the chat is left, also for devices that slept through it; a deleted message keeps its own", async () => {
    const { user, chat, hub, device } = await setUp();
    remind(device, chat, 10, inMs(60_000));
    const { rev } = await device.next("COMMAND_ACK");
    const { epoch } = await device.next("INBOX_SNAPSHOT");
    await hub.bump(bumpOf(chat, 9_001, { is_removed: true }));
    await device.settle();
    expect(told(device).at(-1)).toMatchObject({ seq: 10, is_removed: true });
    await hub.bump(bumpOf(chat, 9_002));
    const back = await connectHub(user, { cursor: { epoch, rev } });
    expect(await back.next("INBOX_SNAPSHOT")).not.toHaveProperty("reminders");
    await pass(hub, 60_000);
    await device.settle();
    expect(told(device).some((reminder) => reminder.is_due)).toBe(false);

    const [ada, bela] = [person("Ada"), person("Bela")] as [TestPerson, TestPerson];
    const { chatId, stub } = await makeGroup([ada, bela]);
    const { message } = await stub.send(ada.user_id, draft("m2"));
    await hubStub(bela.user_id).setReminder(chatId, "c", message.seq, inMs(HOUR));
    await stub.deleteMessage(ada.user_id, message.seq);
    expect(await hubStub(bela.user_id).reminders()).toMatchObject([{ seq: message.seq }]);
  });
});
