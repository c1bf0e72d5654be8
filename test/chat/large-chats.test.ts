import { runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import type { ObjectEnv } from "../../durable-objects/shared/env.ts";
import { UserObject } from "../../durable-objects/user/user-object.ts";
import { newChatId } from "../../src/protocol/ids.ts";
import type { BumpJob } from "../../src/protocol/job.ts";
import type { Bump } from "../../src/protocol/rpc.ts";
import { prepareProjections } from "../convergence/projections.ts";
import {
  bindings,
  chatStub,
  connectHub,
  crash,
  draft,
  eventually,
  evict,
  inChat,
  makeGroup,
  person,
  projected,
  setClock,
  sql,
  type TestPerson,
} from "./room.ts";

beforeAll(prepareProjections);
afterEach(() => {
  vi.restoreAllMocks();
});

const people = (count: number) =>
  Array.from({ length: count }, (_, i) => person(`Person${i}`)) as [TestPerson, TestPerson, TestPerson, TestPerson];

/** From here on a chat of more than `size` members is large, until it is evicted; and what it puts into the queue. */
async function makeLarge(chatId: string, size: number, isLost: () => boolean = () => false): Promise<BumpJob[]> {
  const jobs: BumpJob[] = [];
  await inChat(chatId, (object) => {
    object.timing.large_chat = size;
    object.timing.bump_batch = 2;
    object.errands.opened(object.desk.room);
    const owner = object as unknown as { env: ObjectEnv };
    const { BUMPS } = owner.env;
    vi.spyOn(BUMPS, "sendBatch").mockImplementation(async (batches) => {
      const some = [...batches];
      jobs.push(...some.map(({ body }) => body));
      if (isLost()) return undefined as unknown as QueueSendBatchResponse;
      for (const { body } of some) await BUMPS.send(body);
      return undefined as unknown as QueueSendBatchResponse;
    });
  });
  return jobs;
}

function watchBumps(fails: (userId: string) => boolean = () => false) {
  const calls: { userId: string; bump: Bump }[] = [];
  const original = UserObject.prototype.bump;
  vi.spyOn(UserObject.prototype, "bump").mockImplementation(async function (this: UserObject, bump) {
    this.hub.make();
    const { userId } = this.hub;
    if (fails(userId)) throw new Error("unreachable");
    calls.push({ userId, bump });
    return original.call(this, bump);
  });
  const of = (userId: string) => calls.filter((call) => call.userId === userId).map((call) => call.bump);
  return { calls, of };
}

const isQuiet = (chatId: string) => inChat(chatId, (object) => !object.bumps.isOwing);
const alarm = (chatId: string) => runDurableObjectAlarm(chatStub(chatId));

async function channel(count: number) {
  const all = people(count);
  const chat_id = newChatId("channel");
  const stub = chatStub(chat_id);
  await stub.create({
    ...{ chat_id, chat_type: "channel", name: "News", description: "", created_by: all[0].user_id },
    people: all,
    settings: { is_public: true },
  });
  await eventually(() => isQuiet(chat_id), "the first bumps");
  await projected(chat_id);
  await evict(chat_id);
  return { all, chatId: chat_id, stub, owner: all[0].user_id };
}

const hubOf = (userId: string) => bindings.USERS.get(bindings.USERS.idFromName(userId));
/** Lets a hub take a channel of more than `size` members for large, until it is evicted. */
const knowsLarge = (userId: string, size: number) =>
  runInDurableObject(hubOf(userId), (hub: UserObject) => {
    hub.heads.largeChat = size;
  });

const heard = async (chatId: string): Promise<Record<string, number>> => {
  const [row] = await sql<{ heard: string }>(chatId, "SELECT heard FROM listener");
  return JSON.parse(row?.heard ?? "{}") as Record<string, number>;
};

describe("bumps of large chats", () => {
  it("BMP6 go in batches through the queue, absolute and coalesced, and sleeping hubs are told once", async () => {
    const all = people(6);
    const { chatId, stub } = await makeGroup(all);
    await evict(chatId);
    const jobs = await makeLarge(chatId, 3);
    const bumps = watchBumps();
    for (let i = 0; i < 20; i++) await stub.send(all[0].user_id, draft(`m${i}`, 1));
    await eventually(() => isQuiet(chatId), "answers");
    expect(jobs.every(({ user_ids }) => user_ids.length <= 2)).toBe(true);
    expect(jobs.length).toBeLessThan(12);
    expect(new Set(jobs.flatMap(({ user_ids }) => user_ids))).toEqual(new Set(all.map((p) => p.user_id)));
    for (const each of all) expect(bumps.of(each.user_id).length).toBeGreaterThan(0);

    const before = bumps.calls.length;
    await stub.readHead(all[1].user_id);
    await stub.send(all[0].user_id, draft("last", 1));
    await eventually(() => bumps.calls.length > before, "the next bump");
    await eventually(() => isQuiet(chatId), "answers");
    // Whoever answered "asleep" has their mark; who has read the head hears again.
    expect(bumps.calls.slice(before).map(({ userId }) => userId)).toEqual([all[1].user_id]);
    expect(bumps.of(all[1].user_id).at(-1)?.entry).toMatchObject({ head_seq: 22, unread: 21 });
  });

  it("BMP6 are owed until they were answered: a lost message of the queue goes again", async () => {
    const all = people(5);
    const { chatId, stub } = await makeGroup(all);
    await evict(chatId);
    let isLost = true;
    const jobs = await makeLarge(chatId, 3, () => isLost);
    const bumps = watchBumps();
    await stub.send(all[0].user_id, draft("m", 1));
    await eventually(() => jobs.length === 3, "the batches");
    expect(await isQuiet(chatId)).toBe(false);
    await alarm(chatId);
    expect(jobs).toHaveLength(3);
    expect(bumps.calls).toEqual([]);
    isLost = false;
    await setClock(chatId, () => Date.now() + 31_000);
    await alarm(chatId);
    await eventually(() => isQuiet(chatId), "answers");
    expect(new Set(bumps.calls.map(({ userId }) => userId)).size).toBe(5);
  });

  it("BMP6 BMP3 go to everybody after a kill between acknowledgement and bump", async () => {
    const all = people(5);
    const { chatId, stub } = await makeGroup(all);
    await evict(chatId);
    const jobs = await makeLarge(chatId, 3, () => true);
    const bumps = watchBumps();
    await stub.send(all[0].user_id, draft("m", 1));
    await eventually(() => jobs.length === 3, "the batches");
    await crash(chatId);
    vi.restoreAllMocks();
    const after = watchBumps();
    const again = await makeLarge(chatId, 3);
    await alarm(chatId);
    await eventually(() => new Set(after.calls.map(({ userId }) => userId)).size === 5, "everybody");
    expect(again.length).toBeGreaterThanOrEqual(3);
    expect(bumps.calls).toEqual([]);
    expect(after.of(all[3].user_id).at(-1)?.entry.head_seq).toBe(2);
  });

  it("BMP6 BMP5 a hub that fails holds up no other and is tried again", async () => {
    const all = people(5) as TestPerson[];
    const { chatId, stub } = await makeGroup(all as [TestPerson, ...TestPerson[]]);
    await evict(chatId);
    await makeLarge(chatId, 3);
    const [first, bad] = all.map((p) => p.user_id) as [string, string];
    let isDown = true;
    const bumps = watchBumps((userId) => isDown && userId === bad);
    await stub.send(first, draft("m", 1));
    await eventually(() => new Set(bumps.calls.map(({ userId }) => userId)).size === 4, "the others");
    expect(await isQuiet(chatId)).toBe(false);
    isDown = false;
    await eventually(async () => {
      await alarm(chatId);
      return bumps.of(bad).length > 0;
    }, "the one that failed");
  });

  it("BMP7 INB12 posts of a large channel reach who listens; the others ask when they come, and find all of it", async () => {
    const { all, chatId, stub, owner } = await channel(5);
    const [, listener, sleeper, named] = all.map((p) => p.user_id) as [string, string, string, string];
    // Marks from the time when it was made are gone, and nothing is owed.
    for (const userId of [listener, sleeper, named]) await hubOf(userId).inbox({ limit: 10 });
    await inChat(chatId, (_, ctx) => ctx.storage.deleteAlarm());
    await evict(chatId);
    await makeLarge(chatId, 3);
    await knowsLarge(sleeper, 3);
    await stub.readHead(listener);
    const bumps = watchBumps();
    await stub.send(owner, draft("post", 1));
    await eventually(() => isQuiet(chatId), "answers");
    await eventually(() => bumps.of(listener).length > 0, "the listener");
    expect(bumps.of(owner).length).toBeGreaterThan(0);
    expect(bumps.of(sleeper)).toEqual([]);
    expect(bumps.of(named)).toEqual([]);

    const mention = {
      ...draft("@x look", 2),
      content: { text: "@x look", mentions: [{ user_id: named, offset: 0, length: 2 }] },
    };
    await stub.send(owner, mention as ReturnType<typeof draft>);
    await eventually(() => bumps.of(named).length > 0, "who is mentioned");
    expect(bumps.of(named).at(-1)).toMatchObject({ is_personal: true, entry: { mention_seq: 3 } });
    expect(bumps.of(sleeper)).toEqual([]);

    const device = await connectHub(sleeper);
    const line = await device.until(
      () =>
        device
          .of("INBOX_CHANGED")
          .flatMap(({ entries }) => entries)
          .find(({ head_seq }) => head_seq === 3),
      "the line",
    );
    expect(line).toMatchObject({ unread: 2, preview: { text: "@x look" } });
    // Who has asked listens from then on.
    await stub.send(owner, draft("more", 3));
    await eventually(() => bumps.of(sleeper).length > 0, "the next post");
  });

  it("BMP9 the first post of a channel that slept reaches the hubs that are awake, for one row by and by", async () => {
    const { all, chatId, stub, owner } = await channel(5);
    const [, here, away] = all.map((p) => p.user_id) as [string, string, string];
    for (const { user_id } of all) await hubOf(user_id).inbox({ limit: 10 });
    await inChat(chatId, (_, ctx) => ctx.storage.deleteAlarm());
    await evict(chatId);
    await makeLarge(chatId, 3);
    const device = await connectHub(here);
    await device.settle();
    const rows = () => inChat(chatId, (object) => object.db.rows.written);
    const written = async (work: () => Promise<unknown>) => {
      const before = await rows();
      await work();
      return (await rows()) - before;
    };
    // Who reads the head is written down by and by, all in one row, and not again while they stay.
    expect(await written(async () => Promise.all([stub.readHead(here), stub.readHead(away)]))).toBe(0);
    expect(await written(() => alarm(chatId))).toBe(1);
    expect(await written(async () => Promise.all([stub.readHead(here), stub.readHead(away)]))).toBe(0);
    expect(await written(() => stub.send(owner, draft("first", 1)))).toBe(1);
    await eventually(() => isQuiet(chatId), "answers");
    // The owner's hub and that of who is away have answered "asleep".
    expect(await written(() => alarm(chatId))).toBe(1);
    expect(Object.keys(await heard(chatId))).toEqual([here]);

    await evict(chatId);
    await makeLarge(chatId, 3);
    const bumps = watchBumps();
    expect(await written(() => stub.send(owner, draft("second", 2)))).toBe(1);
    await eventually(() => bumps.of(here).length > 0, "who is here");
    expect(bumps.of(away)).toEqual([]);
    await eventually(() => isQuiet(chatId), "answers");
    await device.until(
      () => device.of("INBOX_CHANGED").some(({ entries }) => entries.some(({ head_seq }) => head_seq === 3)),
      "the line",
    );
    // Of whom nothing was heard for an hour it takes for gone; they ask by themselves.
    await inChat(chatId, (_, ctx) => ctx.storage.deleteAlarm());
    await evict(chatId);
    await makeLarge(chatId, 3);
    await setClock(chatId, () => Date.now() + 3_700_000);
    const before = bumps.of(here).length;
    await stub.send(owner, draft("third", 3));
    await eventually(() => isQuiet(chatId), "answers");
    expect(bumps.of(here)).toHaveLength(before);
    device.close();
  });

  it("BMP9 who is heard of again after long is written again, and a chat that is not large writes nobody", async () => {
    const { all, chatId, stub } = await channel(5);
    await stub.readHead(all[1].user_id);
    await alarm(chatId);
    expect(await sql(chatId, "SELECT * FROM listener")).toEqual([]);
    await evict(chatId);
    await makeLarge(chatId, 3);
    const start = Date.now();
    await stub.readHead(all[1].user_id);
    await alarm(chatId);
    await setClock(chatId, () => start + 1_900_000);
    await stub.readHead(all[1].user_id);
    await alarm(chatId);
    expect((await heard(chatId))[all[1].user_id]).toBe(Math.floor((start + 1_900_000) / 1_000));
  });

  it("BMP8 everybody hears when a channel becomes large", async () => {
    const { all, chatId, stub } = await channel(3);
    await makeLarge(chatId, 3);
    for (const { user_id } of all) await hubOf(user_id).inbox({ limit: 10 });
    const bumps = watchBumps();
    const [one, two] = [person("New"), person("Newer")];
    await stub.join(one);
    await eventually(() => all.every(({ user_id }) => bumps.of(user_id).length > 0), "everybody");
    for (const { user_id } of all) expect(bumps.of(user_id).at(-1)?.entry.member_count).toBe(4);
    await eventually(() => isQuiet(chatId), "answers");
    const before = bumps.calls.length;
    await stub.join(two);
    await eventually(() => bumps.of(two.user_id).length > 0, "the newer one");
    await eventually(() => isQuiet(chatId), "answers");
    expect(new Set(bumps.calls.slice(before).map(({ userId }) => userId))).toEqual(new Set([two.user_id]));
  });

  it("MEM2 MEM4 who is in is known without reading them again as people come and go", async () => {
    const all = people(4);
    const { chatId, stub } = await makeGroup(all);
    const [owner, one, two] = all.map((p) => p.user_id) as [string, string, string];
    const present = () => inChat(chatId, (object) => [...object.desk.room.presentIds()].sort());
    expect(await present()).toEqual(all.map((p) => p.user_id).sort());
    const eve = person("Eve");
    await stub.addMembers(owner, [eve]);
    await stub.removeMember(owner, one);
    await stub.removeMember(two, two);
    await stub.addMembers(owner, [all[1]]);
    const now = await present();
    expect(now).toEqual([owner, one, all[3].user_id, eve.user_id].sort());
    await evict(chatId);
    expect(await present()).toEqual(now);
    await stub.end(owner);
    expect(await present()).toEqual([]);
  });
});
