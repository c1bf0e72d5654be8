import { runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { afterAll, afterEach, describe, expect, it, vi } from "vitest";
import { ChatObject } from "../../durable-objects/chat/chat-object.ts";
import type { RowCount } from "../../durable-objects/shared/database.ts";
import { UserObject } from "../../durable-objects/user/user-object.ts";
import {
  bindings,
  chatStub,
  connect,
  connectHub,
  draft,
  eventually,
  evict,
  inChat,
  makeGroup,
  person,
  sql,
  type TestDevice,
} from "./room.ts";

const MEMBERS = 10;

/** What something cost, from the first send until alarms, outboxes and hubs were idle. An alarm is a row written. */
interface Cost {
  what: string;
  messages: number;
  written: number;
  alarms: number;
  hubRows: number;
  read: number;
  calls: number;
  bytes: number;
}

const costs: Cost[] = [];

/** Calls that one object received from another. */
function countCalls(): () => number {
  const spies = [
    ...(["bump", "deliver", "registerSocket", "watch", "presenceChanged"] as const).map((name) =>
      vi.spyOn(UserObject.prototype, name),
    ),
    ...(["readHead", "markDelivered", "subscribeHub", "relay", "closeSockets"] as const).map((name) =>
      vi.spyOn(ChatObject.prototype, name),
    ),
  ];
  const count = () => spies.reduce((sum, spy) => sum + spy.mock.calls.length, 0);
  const before = count();
  return () => count() - before;
}

const rowsOf = (chatId: string): Promise<RowCount> => inChat(chatId, (object) => ({ ...object.db.rows }));

const inHub = <T>(id: string, work: (object: UserObject) => T): Promise<T> =>
  runInDurableObject(bindings.USERS.get(bindings.USERS.idFromName(id)), work);

const hubRows = async (ids: readonly string[]): Promise<number> => {
  let written = 0;
  for (const id of ids) written += await inHub(id, ({ db }) => db.rows.written + db.rows.alarms);
  return written;
};

async function room() {
  const people = Array.from({ length: MEMBERS }, (_, i) => person(`Person${i}`));
  const ids = people.map((p) => p.user_id);
  const { chatId } = await makeGroup(people);
  // Membership has arrived in D1: that is the cost of making a group, not of talking in it.
  await sql(chatId, "DELETE FROM outbox");
  const devices = await Promise.all(ids.map((id) => connect(chatId, id)));
  for (const device of devices) {
    await device.next("SNAPSHOT");
    device.isReading = true;
  }
  await idle(chatId, devices);
  // Everybody has looked at their inbox, and put the phone away: the next news is a mark in every hub.
  for (const id of ids) {
    const hub = await connectHub(id);
    await eventually(
      () => inHub(id, (object) => object.hub.store.dirty().length === 0),
      "a hub that has read the head",
    );
    hub.close();
    await eventually(() => inHub(id, (object) => !object.hub.isAwake), "a sleeping hub");
  }
  await evict(chatId);
  return { chatId, ids, devices };
}

/** Until nothing is owed any more, with the alarm that finds so. */
async function idle(chatId: string, devices: readonly TestDevice[]): Promise<void> {
  for (const device of devices) await device.settle();
  const isIdle = () => inChat(chatId, (object) => !object.bumps.isOwing && object.desk.room.moved.size === 0);
  await eventually(isIdle, "an idle chat");
  await runDurableObjectAlarm(chatStub(chatId));
  await eventually(isIdle, "an idle chat");
}

const heard = (devices: readonly TestDevice[]): number =>
  devices.reduce(
    (sum, device) => sum + device.raw.reduce((bytes, data) => bytes + new TextEncoder().encode(data).byteLength, 0),
    0,
  );

/** Counts what `work` costs, until all is idle. `isWaking`: the object was not there before. */
async function measure(
  what: string,
  messages: number,
  { chatId, ids, devices }: Awaited<ReturnType<typeof room>>,
  work: () => Promise<void>,
  isWaking = false,
): Promise<Cost> {
  const hubs = await hubRows(ids);
  const before = isWaking ? { written: 0, read: 0, alarms: 0 } : await rowsOf(chatId);
  const bytes = heard(devices);
  const calls = countCalls();
  await work();
  await idle(chatId, devices);
  const after = await rowsOf(chatId);
  const cost: Cost = {
    what,
    messages,
    written: after.written - before.written,
    alarms: after.alarms - before.alarms,
    hubRows: (await hubRows(ids)) - hubs,
    read: after.read - before.read,
    calls: calls(),
    bytes: heard(devices) - bytes,
  };
  costs.push(cost);
  return cost;
}

const rowsPerMessage = ({ written, alarms, hubRows: hubs, messages }: Cost): number =>
  (written + alarms + hubs) / messages;

/** Sends one message and waits until all have it. */
async function say(devices: readonly TestDevice[], from: number, text: string): Promise<void> {
  const sender = devices[from];
  const count = sender?.of("MESSAGE_RECEIVED").length ?? 0;
  sender?.send({ type: "SEND_MESSAGE", ...draft(text, 1) });
  for (const device of devices) await device.next("MESSAGE_RECEIVED", count + 1);
}

afterEach(() => {
  vi.restoreAllMocks();
});

/** `npm run prove -- cost` writes what stands between these lines into docs/cost.md. */
afterAll(() => {
  const head = [
    "",
    "messages",
    "rows written",
    "a message",
    "of them alarms",
    "of them in hubs",
    "rows read",
    "calls",
    "bytes out",
  ];
  const rows = costs.map((cost) => {
    const written = cost.written + cost.alarms + cost.hubRows;
    const perMessage = rowsPerMessage(cost).toFixed(2);
    return [
      cost.what,
      cost.messages,
      written,
      perMessage,
      cost.alarms,
      cost.hubRows,
      cost.read,
      cost.calls,
      cost.bytes,
    ];
  });
  const lines = [head, head.map((_, i) => (i === 0 ? "---" : "---:")), ...rows].map(
    (cells) => `| ${cells.join(" | ")} |`,
  );
  console.log(["<cost>", ...lines, "</cost>"].join("\n"));
});

describe("cost", () => {
  it("COM4 COM3 writes one row for a message and waits for no other object", async () => {
    const { chatId, devices } = await room();
    await say(devices, 0, "wakes it");
    // No hub answers before the test is over.
    vi.spyOn(UserObject.prototype, "bump").mockImplementation(
      () => new Promise((resolve) => setTimeout(() => resolve({ is_awake: true }), 1_500)),
    );
    for (const device of devices) device.isReading = false;
    await eventually(() => inChat(chatId, (object) => object.desk.room.moved.size === 0), "the receipts");
    const before = await rowsOf(chatId);
    await say(devices, 0, "one row");
    await devices[0]?.next("MESSAGE_ACK", 2);
    const after = await rowsOf(chatId);
    expect(after.written - before.written).toBe(1);
    expect(after.read - before.read).toBeLessThanOrEqual(1);
    vi.restoreAllMocks();
    await evict(chatId);
  });

  it("COM4 costs at most 1.2 rows a message in a burst of 100 with all receipts, marks in hubs and alarms", async () => {
    const place = await room();
    const { devices } = place;
    const cost = await measure("a burst of 100, the first since all slept", 100, place, async () => {
      for (let i = 0; i < 100; i++) devices[0]?.send({ type: "SEND_MESSAGE", ...draft(`m${i}`, 1) });
      for (const device of devices) await device.next("MESSAGE_RECEIVED", 100);
      await devices[0]?.next("MESSAGE_ACK", 100);
    });
    expect(rowsPerMessage(cost)).toBeLessThanOrEqual(1.2);
    expect(cost.calls).toBeLessThanOrEqual(2 * MEMBERS);

    const next = await measure("another burst of 100, by all", 100, place, async () => {
      for (let i = 0; i < 100; i++) devices[i % MEMBERS]?.send({ type: "SEND_MESSAGE", ...draft(`n${i}`, 1) });
      for (const device of devices) await device.next("MESSAGE_RECEIVED", 200);
    });
    expect(rowsPerMessage(next)).toBeLessThanOrEqual(1.2);
    // Writing a row counts as reading one.
    expect(next.read).toBeLessThanOrEqual(130);
  });

  it("COM4 costs few rows in a conversation, message by message, each read by all before the next", async () => {
    const place = await room();
    const cost = await measure("a conversation of 20, each read by all before the next", 20, place, async () => {
      for (let i = 0; i < 20; i++) {
        await say(place.devices, i % MEMBERS, `turn ${i}`);
        await eventually(() => inChat(place.chatId, (object) => object.desk.room.moved.size === 0), "the receipts");
      }
    });
    // The message, and one row for the receipts of all ten.
    expect(cost.written).toBeLessThanOrEqual(2 * 20 + 1);
  });

  it("COM5 reads at most 50 rows for a message that wakes the object, bumps and receipts included", async () => {
    const place = await room();
    await say(place.devices, 0, "before");
    await idle(place.chatId, place.devices);
    await evict(place.chatId);
    const cost = await measure(
      "a message that wakes the object",
      1,
      place,
      () => say(place.devices, 1, "good morning"),
      true,
    );
    expect(cost.read).toBeLessThanOrEqual(50);
  });

  it("COM5 reads no more for members who never look in, with 999 unread and an inbox open", async () => {
    const place = await room();
    const { chatId, ids, devices } = place;
    for (const device of devices.splice(7)) device.close();
    for (const id of ids.slice(7)) await connectHub(id);
    await sql(
      chatId,
      `WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 3000)
       INSERT INTO message (seq, born_rev, rev, sender_id, client_msg_id, seen_seq, message_type, content, created_at)
       SELECT 1 + i, 1 + i, 1 + i, ?, 'old-' || i, i, 'text', '{"text":"old"}', 1 FROM n`,
      ids[0] ?? "",
    );
    await evict(chatId);
    // Counted once, and stored with the receipts that follow.
    await say(devices, 0, "before");
    await idle(chatId, devices);
    await say(devices, 1, "and again");
    await idle(chatId, devices);
    await evict(chatId);
    const cost = await measure(
      "the same, with three who never look in and 3,000 messages unread by them",
      1,
      place,
      async () => {
        devices[1]?.send({ type: "SEND_MESSAGE", ...draft("good morning", 3_003) });
        for (const device of devices) await device.next("MESSAGE_RECEIVED", 3);
      },
      true,
    );
    expect(cost.read).toBeLessThanOrEqual(50);
  });
});
