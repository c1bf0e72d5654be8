import { applyD1Migrations, type D1Migration, runDurableObjectAlarm } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import { UserObject } from "../../durable-objects/user/user-object.ts";
import type { Bump } from "../../src/protocol/rpc.ts";
import {
  chatStub,
  connect,
  connectHub,
  crash,
  draft,
  eventually,
  evict,
  inChat,
  makeDirect,
  makeGroup,
  person,
  setClock,
  sql,
  type TestPerson,
} from "./room.ts";

async function group(count: number) {
  const people = Array.from({ length: count }, (_, i) => person(`Person${i}`)) as [TestPerson, ...TestPerson[]];
  return { people, ids: people.map((p) => p.user_id) as [string, string, string], ...(await makeGroup(people)) };
}

/** Every bump that reached a hub, as (user, entry). */
function watchBumps(answer?: (userId: string, bump: Bump) => Promise<{ is_awake: boolean }> | undefined) {
  const calls: { userId: string; bump: Bump }[] = [];
  const original = UserObject.prototype.bump;
  vi.spyOn(UserObject.prototype, "bump").mockImplementation(async function (this: UserObject, bump) {
    // The hub of a person who was never told anything knows its name all the same.
    this.hub.make();
    const { userId } = this.hub;
    calls.push({ userId, bump });
    return (await answer?.(userId, bump)) ?? original.call(this, bump);
  });
  return { calls, of: (userId: string) => calls.filter((call) => call.userId === userId).map((call) => call.bump) };
}

/** The bumps that were owed have been answered. */
const settled = (chatId: string): Promise<void> => evict(chatId);

afterEach(() => {
  vi.restoreAllMocks();
});

describe("bumps", () => {
  it("BMP1 tells every member's hub the head at once, absolute, and not for every message of a burst", async () => {
    const { chatId, stub, ids } = await group(4);
    const device = await connectHub(ids[1]);
    await device.next("INBOX_SNAPSHOT");
    await settled(chatId);
    const bumps = watchBumps();
    for (let i = 0; i < 50; i++) await stub.send(ids[0], draft(`m${i}`, 1));
    await settled(chatId);
    for (const id of ids) {
      expect(bumps.of(id).length).toBeGreaterThan(0);
      expect(bumps.of(id).length).toBeLessThan(20);
    }
    // An awake hub has the last word, whatever it missed on the way.
    expect(bumps.of(ids[1]).at(-1)?.entry).toMatchObject({ head_seq: 51, unread: 50, preview: { text: "m49" } });
    const entry = await device.until(
      () =>
        device
          .of("INBOX_CHANGED")
          .flatMap((f) => f.entries)
          .find((e) => e.head_seq === 51),
      "the entry of the last message",
    );
    expect(entry.unread).toBe(50);
  });

  it("BMP1 keeps the pace of a hub's bumps", async () => {
    const { chatId, stub, ids } = await group(2);
    const device = await connectHub(ids[1]);
    await device.next("INBOX_SNAPSHOT");
    await settled(chatId);
    const bumps = watchBumps();
    const start = Date.now();
    for (let i = 0; i < 40; i++) {
      await stub.send(ids[0], draft(`m${i}`, 1));
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    await settled(chatId);
    // At once, then one every 50 ms (a second, where nothing is shortened), and one for what came last.
    expect(bumps.of(ids[1]).length).toBeLessThanOrEqual(2 + (Date.now() - start) / 50);
  });

  it("BMP2 does not call a hub again that answered asleep, until it reads the head or for a minute", async () => {
    const { chatId, stub, ids } = await group(3);
    await settled(chatId);
    let now = Date.now();
    const bumps = watchBumps();
    const said = async (text: string) => {
      await setClock(chatId, () => now);
      now += 1_000;
      const before = bumps.of(ids[1]).length;
      await stub.send(ids[0], draft(text, 1));
      // Not evicted in between: what is known of hubs is in memory.
      await eventually(() => inChat(chatId, (object) => !object.bumps.isOwing), "the bumps");
      return bumps.of(ids[1]).length - before;
    };
    expect(await said("wakes the chat")).toBe(1);
    expect(await said("two")).toBe(0);
    expect(await said("three")).toBe(0);
    await stub.readHead(ids[1]);
    expect(await said("after the head was read")).toBe(1);
    expect(await said("five")).toBe(0);
    now += 60_000;
    expect(await said("after a minute")).toBe(1);
  });

  it("BMP2 always calls for a direct chat, and who is replied to", async () => {
    const [ada, bela] = [person("Ada"), person("Bela")];
    const direct = await makeDirect(ada, bela);
    const bumps = watchBumps();
    for (let i = 0; i < 3; i++) {
      await direct.stub.send(ada.user_id, draft(`m${i}`, 0));
      await eventually(() => bumps.of(bela.user_id).some((b) => b.entry.head_seq === i + 1), "the bump");
    }
    expect(bumps.of(bela.user_id).every((b) => b.is_personal)).toBe(true);

    const { chatId, stub, ids } = await group(3);
    const { message } = await stub.send(ids[1], draft("what do you think?", 1));
    await eventually(() => inChat(chatId, (object) => !object.bumps.isOwing), "the answers");
    await stub.send(ids[0], { ...draft("splendid", 2), reply_to_message_id: message.message_id });
    const reply = await eventually(() => bumps.of(ids[1]).find((b) => b.entry.head_seq === 3), "the bump of the reply");
    expect(reply.is_personal).toBe(true);
    await eventually(() => inChat(chatId, (object) => !object.bumps.isOwing), "the answers");
    expect(bumps.of(ids[2]).every((b) => !b.is_personal)).toBe(true);
  });

  it("BMP3 tells everybody after a kill between acknowledgement and bump, who was put out too", async () => {
    const { chatId, stub, ids } = await group(3);
    await settled(chatId);
    // No hub answers before the kill, and none has heard.
    const lost = watchBumps(() => new Promise((resolve) => setTimeout(() => resolve({ is_awake: true }), 3_000)));
    await stub.send(ids[0], draft("acknowledged", 1));
    await stub.removeMember(ids[0], ids[2]);
    await crash(chatId);
    vi.restoreAllMocks();
    expect(lost.calls.length).toBeGreaterThan(0);

    const bumps = watchBumps();
    expect(await runDurableObjectAlarm(chatStub(chatId))).toBe(true);
    await settled(chatId);
    expect(bumps.of(ids[0]).at(-1)?.entry).toMatchObject({ head_seq: 3 });
    expect(bumps.of(ids[1]).at(-1)?.entry).toMatchObject({ head_seq: 3, unread: 1 });
    expect(bumps.of(ids[2]).at(-1)?.entry).toMatchObject({ is_removed: true });
  });

  it("BMP3 tells nobody when the alarm of a former life only looked for dead sockets", async () => {
    const { chatId, stub, ids } = await group(3);
    await stub.send(ids[0], draft("long ago", 1));
    await settled(chatId);
    await sql(chatId, "DELETE FROM outbox");
    // The debt is paid, and the next alarm of the same life finds so.
    await runDurableObjectAlarm(chatStub(chatId));
    await eventually(() => inChat(chatId, (object) => !object.bumps.isOwing), "the bumps");
    await runDurableObjectAlarm(chatStub(chatId));
    await settled(chatId);
    await connect(chatId, ids[0]);
    await settled(chatId);
    const bumps = watchBumps();
    expect(await runDurableObjectAlarm(chatStub(chatId))).toBe(true);
    await settled(chatId);
    expect(bumps.calls).toEqual([]);
    // Nor does it hide a debt that comes while it is pending.
    await stub.send(ids[0], draft("news", 1));
    await crash(chatId);
    const before = bumps.calls.length;
    await runDurableObjectAlarm(chatStub(chatId));
    await settled(chatId);
    expect(bumps.calls.length).toBeGreaterThanOrEqual(before + 3);
  });

  it("BMP4 arms a hub again in the turn in which it reads the head, also while a call to it is under way", async () => {
    const { chatId, stub, ids } = await group(2);
    await settled(chatId);
    let isFirst = true;
    const bumps = watchBumps((userId) => {
      if (userId !== ids[1] || !isFirst) return undefined;
      isFirst = false;
      // The owner comes back while the hub answers: it reads the head before the chat has heard "asleep".
      return chatStub(chatId)
        .readHead(userId)
        .then(() => ({ is_awake: false }));
    });
    await stub.send(ids[0], draft("one", 1));
    await eventually(() => bumps.of(ids[1]).length === 1, "the first bump");
    await eventually(() => inChat(chatId, (object) => !object.bumps.isOwing), "its answer");
    await stub.send(ids[0], draft("two", 1));
    await eventually(() => bumps.of(ids[1]).some((b) => b.entry.head_seq === 3), "the bump of the second message");
  });

  it("BMP5 tries a hub again that cannot be reached, and holds up no other for it", async () => {
    const { chatId, stub, ids } = await group(3);
    const device = await connectHub(ids[2]);
    await device.next("INBOX_SNAPSHOT");
    await settled(chatId);
    let failures = 3;
    const bumps = watchBumps((userId) => {
      if (userId !== ids[1] || failures-- <= 0) return undefined;
      throw new Error("this hub cannot be reached");
    });
    await stub.send(ids[0], draft("one", 1));
    await eventually(() => bumps.of(ids[1]).length >= 2, "a second try");
    await stub.send(ids[0], draft("two", 1));
    await eventually(() => bumps.of(ids[2]).some((b) => b.entry.head_seq === 3), "the bump of another");
    await eventually(() => bumps.of(ids[1]).length >= 4, "the try that succeeds");
    expect(bumps.of(ids[1]).at(-1)?.entry.head_seq).toBe(3);
    await settled(chatId);
  });
});

describe("feeds", () => {
  function watchFeed(answer?: (frames: string[]) => Promise<boolean> | undefined) {
    const calls: string[][] = [];
    const original = UserObject.prototype.deliver;
    vi.spyOn(UserObject.prototype, "deliver").mockImplementation(async function (this: UserObject, id, frames) {
      calls.push(frames);
      return (await answer?.(frames)) ?? original.call(this, id, frames);
    });
    const revs = () => calls.flat().map((piece) => (JSON.parse(piece) as { rev?: number }).rev);
    return { calls, revs };
  }

  it("FED1 brings every frame, in order, to a hub that subscribed, over evictions too", async () => {
    const { chatId, stub, ids } = await group(2);
    const device = await connectHub(ids[1], "all");
    await eventually(async () => (await sql(chatId, "SELECT user_id FROM feed")).length === 1, "the subscription");
    for (let i = 0; i < 10; i++) {
      await stub.send(ids[0], draft(`m${i}`, 1));
      if (i % 4 === 0) await evict(chatId);
    }
    await stub.deleteMessage(ids[0], 2);
    await device.next("MESSAGES_CHANGED");
    const seqs = device.of("MESSAGE_RECEIVED").map((f) => f.message.seq);
    expect(seqs).toEqual([2, 3, 4, 5, 6, 7, 8, 9, 10, 11]);
    const stretches = device.frames.flatMap((f) => ("base" in f && "chat_id" in f ? [[f.base, f.rev]] : []));
    for (const [i, [base]] of stretches.entries()) if (i > 0) expect(base).toBe(stretches[i - 1]?.[1]);
  });

  it("FED1 drops a hub where nobody listens, and one whose owner was put out, who hears that as the last", async () => {
    const { chatId, stub, ids } = await group(3);
    const [bela, cleo] = await Promise.all([connectHub(ids[1], "all"), connectHub(ids[2], "all")]);
    await eventually(async () => (await sql(chatId, "SELECT user_id FROM feed")).length === 2, "the subscriptions");
    await inChat(chatId, (object) =>
      Promise.all([object.removeMember(ids[0], ids[2]), object.send(ids[0], draft("not for Cleo", 1))]),
    );
    await bela.next("MESSAGE_RECEIVED");
    await cleo.next("MEMBERS_CHANGED");
    await evict(chatId);
    expect(cleo.of("MESSAGE_RECEIVED")).toEqual([]);
    expect(await sql(chatId, "SELECT user_id FROM feed")).toEqual([{ user_id: ids[1] }]);
    const feed = watchFeed(() => Promise.resolve(false));
    await stub.send(ids[0], draft("is anybody there?", 1));
    await eventually(
      async () => (await sql(chatId, "SELECT user_id FROM feed")).length === 0,
      "the end of the subscription",
    );
    await stub.send(ids[0], draft("nobody", 1));
    await evict(chatId);
    expect(feed.calls).toHaveLength(1);
  });

  it("FED1 keeps a hub that subscribed again while its word that nobody listens was on its way", async () => {
    const { chatId, stub, ids } = await group(2);
    await chatStub(chatId).subscribeHub(ids[1], true);
    const feed = watchFeed(async () => {
      // Its owner comes back at this moment.
      await inChat(chatId, (object) => object.subscribeHub(ids[1], true));
      return false;
    });
    await stub.send(ids[0], draft("just before", 1));
    await eventually(() => feed.calls.length === 1, "the call");
    await evict(chatId);
    expect(await sql(chatId, "SELECT user_id FROM feed")).toEqual([{ user_id: ids[1] }]);
  });

  it("FED2 sends the frames of a failing hub again, in the same order", async () => {
    const { chatId, stub, ids } = await group(2);
    await connectHub(ids[1], "all");
    await eventually(async () => (await sql(chatId, "SELECT user_id FROM feed")).length === 1, "the subscription");
    let failures = 2;
    const seen: string[] = [];
    const feed = watchFeed((frames) => {
      if (failures-- > 0) throw new Error("this hub cannot be reached");
      seen.push(...frames);
      return undefined;
    });
    for (let i = 0; i < 8; i++) await stub.send(ids[0], draft(`m${i}`, 1));
    const revs = () => seen.flatMap((piece) => (JSON.parse(piece) as { rev: number }).rev);
    await eventually(() => revs().length >= 8, "all frames");
    expect(revs().slice(0, 8)).toEqual([2, 3, 4, 5, 6, 7, 8, 9]);
    expect(feed.calls.length).toBeGreaterThan(2);
    await evict(chatId);
  });

  it("FED2 sends in several calls what does not fit one", async () => {
    const { chatId, stub, ids } = await group(2);
    await connectHub(ids[1], "all");
    await eventually(async () => (await sql(chatId, "SELECT user_id FROM feed")).length === 1, "the subscription");
    const feed = watchFeed();
    const text = "x".repeat(60_000);
    await inChat(chatId, (object) =>
      Promise.all(Array.from({ length: 100 }, () => object.send(ids[0], draft(text, 1)))),
    );
    await eventually(() => feed.revs().filter((rev) => rev !== undefined).length >= 100, "all frames");
    expect(feed.calls.length).toBeGreaterThan(2);
    for (const call of feed.calls) expect(call.join("").length).toBeLessThan(2_100_000);
    expect(feed.revs().slice(0, 100)).toEqual(Array.from({ length: 100 }, (_, i) => i + 2));
    expect(await stub.isMember(ids[1])).toBe(true);
  });
});

describe("projection", () => {
  const { DB, TEST_MIGRATIONS } = env as unknown as { DB: D1Database; TEST_MIGRATIONS: D1Migration[] };
  beforeAll(() => applyD1Migrations(DB, TEST_MIGRATIONS));

  const outbox = (chatId: string) =>
    sql<{ id: number; user_id: string; queued_at: number }>(chatId, "SELECT * FROM outbox ORDER BY id");

  it("PRJ1 brings membership to D1 and removes the rows when it has arrived", async () => {
    const { chatId, stub, ids } = await group(3);
    await stub.setRole(ids[0], ids[1], "admin");
    await stub.removeMember(ids[0], ids[2]);
    await stub.update(ids[0], { name: "Renamed" });
    await eventually(async () => (await outbox(chatId)).length === 0, "the confirmation");
    const rows = await DB.prepare(
      "SELECT user_id, role, removed_at IS NOT NULL AS gone FROM chat_member WHERE chat_id = ?",
    )
      .bind(chatId)
      .all<{ user_id: string; role: string; gone: number }>();
    const told = Object.fromEntries(rows.results.map((row) => [row.user_id, [row.role, row.gone]]));
    expect(told).toEqual({ [ids[0]]: ["owner", 0], [ids[1]]: ["admin", 0], [ids[2]]: ["member", 1] });
    const chat = await DB.prepare("SELECT name FROM chat WHERE id = ?").bind(chatId).first<{ name: string }>();
    expect(chat?.name).toBe("Renamed");
  });

  it("PRJ1 queues again what was not confirmed, also after a kill, and more than one batch at once", async () => {
    const confirmed = vi.spyOn(
      await inChat(
        (await group(2)).chatId,
        (object) => Object.getPrototypeOf(object) as { confirmProjected(ids: number[]): Promise<void> },
      ),
      "confirmProjected",
    );
    confirmed.mockImplementation(async () => undefined);
    const { chatId } = await group(150);
    await eventually(async () => (await outbox(chatId)).every((row) => row.queued_at > 0), "the queueing of all");
    await crash(chatId);
    const later = Date.now() + 31_000;
    await setClock(chatId, () => later);
    await inChat(chatId, (object) => object.alarm());
    expect((await outbox(chatId)).map((row) => row.queued_at)).toEqual(Array(150).fill(later));
    confirmed.mockRestore();
    const rows = await outbox(chatId);
    await chatStub(chatId).confirmProjected(rows.map((row) => row.id));
    expect(await outbox(chatId)).toEqual([]);
    await setClock(chatId, Date.now);
  });

  it("PRJ2 never gives an outbox id twice, so that a late confirmation removes no row it does not name", async () => {
    const { chatId, stub, ids } = await group(3);
    const seen = new Set<number>();
    for (const role of ["admin", "member", "moderator", "member"] as const) {
      for (const row of await outbox(chatId)) seen.add(row.id);
      await stub.confirmProjected([...seen]);
      await evict(chatId);
      await stub.setRole(ids[0], ids[1], role);
      // The confirmations of all former jobs come once more.
      const fresh = (await outbox(chatId)).filter((row) => !seen.has(row.id));
      await stub.confirmProjected([...seen]);
      for (const row of fresh) expect(seen.has(row.id)).toBe(false);
    }
    await eventually(async () => (await outbox(chatId)).length === 0, "the confirmation");
    const row = await DB.prepare("SELECT role FROM chat_member WHERE chat_id = ? AND user_id = ?")
      .bind(chatId, ids[1])
      .first();
    expect(row).toEqual({ role: "member" });
  });
});
