import { runDurableObjectAlarm } from "cloudflare:test";
import { afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import type { ObjectEnv } from "../../durable-objects/shared/env.ts";
import { newChatId } from "../../src/protocol/ids.ts";
import { prepareProjections } from "../convergence/projections.ts";
import {
  chatStub,
  connect,
  crash,
  draft,
  eventually,
  evict,
  faultOf,
  inChat,
  person,
  projected,
  setClock,
  sql,
} from "./room.ts";

beforeAll(prepareProjections);
afterEach(() => {
  vi.restoreAllMocks();
});

const COUNT = 25_000;
const idOf = (i: number): string => `u${String(i).padStart(16, "0")}`;
const EVERYBODY = Array.from({ length: COUNT }, (_, i) => idOf(i));

/** A channel of two real people, and very many who are rows. */
async function vast() {
  const [owner, mod] = [person("Owner"), person("Mod")];
  const chatId = newChatId("channel");
  const stub = chatStub(chatId);
  await stub.create({
    ...{ chat_id: chatId, chat_type: "channel", name: "News", description: "", created_by: owner.user_id },
    people: [owner, mod],
    settings: { is_public: true },
  });
  await stub.send(owner.user_id, draft("first", 1));
  await sql(
    chatId,
    `INSERT INTO member (user_id, username, display_name, role, joined_at, removed_at, rev, joined_rev, first_seq, place)
     WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < ${COUNT - 1})
     SELECT 'u' || printf('%016d', i), 'p' || i, 'P' || i, 'member', i, NULL, 1, 1, 1, i + 2 FROM n`,
  );
  await sql(chatId, `UPDATE chat SET member_count = ${COUNT + 2}, people_count = ${COUNT + 2}`);
  await eventually(() => inChat(chatId, (object) => !object.bumps.isOwing), "the first bumps");
  await projected(chatId);
  await inChat(chatId, (_, ctx) => ctx.storage.deleteAlarm());
  await evict(chatId);
  return { chatId, stub, owner: owner.user_id, mod: mod.user_id };
}

/** Whom the chat calls from here on, until it is evicted. Nobody's hub is: each is said to sleep. */
async function heard(chatId: string, isLost = false): Promise<string[]> {
  const told: string[] = [];
  await inChat(chatId, (object) => {
    const { BUMPS, USERS } = (object as unknown as { env: ObjectEnv }).env;
    vi.spyOn(BUMPS, "sendBatch").mockImplementation(async (batches) => {
      for (const { body } of batches) {
        told.push(...body.user_ids);
        if (isLost) continue;
        // As the consumer of the queue does.
        object.bumps.batch(body.batch_id, body.user_ids);
        object.bumps.settle(body.batch_id, { awake: [], asleep: body.user_ids, failed: [] });
      }
      return undefined as unknown as QueueSendBatchResponse;
    });
    vi.spyOn(USERS, "get").mockImplementation(() => {
      return { bump: async () => ({ is_awake: false }) } as unknown as ReturnType<typeof USERS.get>;
    });
  });
  return told;
}

/** Lets time pass until nothing more is to be told; no further than `alarms`. */
async function passes(chatId: string, alarms = 100): Promise<void> {
  for (let i = 0; i < alarms; i++) {
    const at = await inChat(chatId, (object) => (object as unknown as { now(): number }).now());
    await setClock(chatId, () => at + 3_000);
    await runDurableObjectAlarm(chatStub(chatId));
    await eventually(() => inChat(chatId, (object) => !object.bumps.isOwing), "those who are told now");
    if ((await sql(chatId, "SELECT * FROM round")).length === 0) return;
  }
}

const cost = async (chatId: string, work: () => Promise<unknown>) => {
  const rows = () => inChat(chatId, (object) => ({ ...object.db.rows }));
  const before = await rows();
  await work();
  const after = await rows();
  return { read: after.read - before.read, written: after.written - before.written };
};

describe("very many members", () => {
  it("MEM7 BMP10 the end of a vast channel is a few rows, at once, and its members are told some at a time", async () => {
    const { chatId, stub, owner, mod } = await vast();
    const [device, theirs] = [await connect(chatId, owner), await connect(chatId, idOf(7))];
    for (const one of [device, theirs]) await one.next("SNAPSHOT");
    const told = await heard(chatId);
    const { written, read } = await cost(chatId, () => stub.end(owner));
    expect(written).toBeLessThanOrEqual(6);
    // Those who are told first, and nobody else.
    expect(read).toBeLessThan(2_500);
    for (const one of [device, theirs]) {
      expect((await one.next("CHAT_CHANGED")).chat).toMatchObject({ is_active: false });
      expect(await one.until(() => one.closed, "the close")).toMatchObject({ code: 4404 });
    }
    for (const by of [owner, mod, idOf(7)]) expect(await faultOf(stub.send(by, draft("still?", 1)))).toBe("removed");
    expect(await faultOf(stub.join(person("Late")))).toBe("not_found");
    await eventually(() => told.length > 0, "the first");
    expect(told.length).toBeLessThanOrEqual(2_000);
    await eventually(() => inChat(chatId, (object) => !object.bumps.isOwing), "an end to the first");
    const turns = await cost(chatId, () => passes(chatId));
    expect(new Set(told)).toEqual(new Set([owner, mod, ...EVERYBODY]));
    expect(told.length).toBe(COUNT + 2);
    // A place for each 2,000 of them, and the end of the round; beside it the outbox of the ended chat.
    expect(turns.written).toBeLessThanOrEqual(COUNT / 2_000 + 6);
    expect(await stub.readHead(idOf(9))).toMatchObject({ entry: { is_removed: true } });
  });

  it("MEM7 BMP10 goes on after a kill in the middle, from where it was, and reaches everybody", async () => {
    const { chatId, stub, owner } = await vast();
    const first = await heard(chatId);
    await stub.end(owner);
    await passes(chatId, 4);
    await crash(chatId);
    vi.restoreAllMocks();
    const second = await heard(chatId);
    expect(await faultOf(chatStub(chatId).send(owner, draft("still?", 1)))).toBe("removed");
    await passes(chatId);
    const all = new Set([...first, ...second]);
    expect(EVERYBODY.filter((userId) => !all.has(userId))).toEqual([]);
    // Not from the beginning: but for those who were being told.
    expect(second.length).toBeLessThan(COUNT - 4_000);
  });

  it("MEM7 BMP10 loses nobody if the object dies before any call got through", async () => {
    const { chatId, stub, owner } = await vast();
    await heard(chatId, true);
    await stub.end(owner);
    await crash(chatId);
    vi.restoreAllMocks();
    const told = await heard(chatId);
    await passes(chatId);
    const all = new Set(told);
    expect(EVERYBODY.filter((userId) => !all.has(userId))).toEqual([]);
  });

  it("BMP3 BMP10 a kill with bumps owed tells everybody, who was just put out too, some at a time", async () => {
    const { chatId, stub, owner } = await vast();
    await heard(chatId, true);
    await stub.removeMember(owner, idOf(20_000));
    await stub.send(owner, draft("owed", 1));
    await crash(chatId);
    vi.restoreAllMocks();
    const told = await heard(chatId);
    await passes(chatId, 1);
    expect(told.length).toBeLessThanOrEqual(2_000);
    await passes(chatId);
    const all = new Set(told);
    expect(EVERYBODY.filter((userId) => !all.has(userId))).toEqual([]);
  });

  it("MNT5 BMP10 mentioning everybody costs a row, and no turn that grows with them", async () => {
    const { chatId, stub, owner } = await vast();
    const told = await heard(chatId);
    const content = { text: "@channel look", mentions: [{ offset: 0, length: 8, everyone: "channel" as const }] };
    const { written, read } = await cost(chatId, () => stub.send(owner, { ...draft("", 1), content }));
    expect(written).toBe(2);
    expect(read).toBeLessThan(2_500);
    await passes(chatId);
    const all = new Set(told);
    expect(EVERYBODY.filter((userId) => !all.has(userId))).toEqual([]);
  });

  it("BMP10 who leaves, asks to come in, or looks who has a say makes nobody read all members", async () => {
    const { chatId, stub, owner, mod } = await vast();
    await stub.setRole(owner, mod, "admin");
    await stub.update(owner, { settings: { needs_approval: true } });
    await heard(chatId);
    expect((await cost(chatId, () => stub.join(person("Asks")))).read).toBeLessThan(100);
    const page = await cost(chatId, async () => {
      expect((await stub.members(idOf(3), 50)).members.map((m) => m.user_id).sort()).toEqual([owner, mod].sort());
    });
    expect(page.read).toBeLessThan(20);
    expect((await cost(chatId, () => stub.removeMember(owner, owner))).read).toBeLessThan(100);
    expect((await stub.view(mod)).me.role).toBe("owner");
    // Without staff it is who has been there longest.
    await stub.removeMember(mod, mod);
    expect((await stub.view(idOf(0))).me.role).toBe("owner");
  });
});
