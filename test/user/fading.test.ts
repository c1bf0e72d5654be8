import { evictDurableObject, runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import type { UserObject } from "../../durable-objects/user/user-object.ts";
import { newUserId } from "../../src/protocol/ids.ts";
import { bumpOf, connectHub, entryOf, hubStub, newGroup, prepare, rowsWritten, standIn } from "./hub.ts";

beforeAll(prepare);
afterEach(() => {
  vi.restoreAllMocks();
});

const real = Date.now.bind(Date);
const HOUR = 3_600_000;

/** A bump of a chat whose newest message says `secret` and goes in `ms`. */
function secretBump(chatId: string, rev: number, ms: number, isPersonal = true) {
  const preview = {
    ...{ seq: rev, sender_id: newUserId(), sender_name: "Ada", message_type: "text" as const, text: "secret" },
    created_at: new Date(real()).toISOString(),
    expires_at: new Date(real() + ms).toISOString(),
  };
  return bumpOf(chatId, rev, { preview }, { is_personal: isPersonal });
}

/** All that the hub's database says of its chats. */
const stored = (user: string): Promise<string> =>
  runInDurableObject(hubStub(user), (hub: UserObject) =>
    JSON.stringify(hub.hub.store.db.all("SELECT chat_id, is_dirty, entry FROM inbox ORDER BY chat_id")),
  );

const alarmOf = (user: string): Promise<number | null> =>
  runInDurableObject(hubStub(user), (_: UserObject, state) => state.storage.getAlarm());

const setAhead = (ms: number): void => {
  vi.spyOn(Date, "now").mockImplementation(() => real() + ms);
};

describe("previews that end", () => {
  it("FAD1 FAD2 leave the database of a sleeping hub at their time, also after eviction", async () => {
    const [user, chat] = [newUserId(), newGroup()];
    const bump = secretBump(chat, 5, HOUR);
    await hubStub(user).bump(bump);
    expect(await stored(user)).toContain("secret");
    expect(await alarmOf(user)).toBe(Date.parse(bump.entry.preview?.expires_at ?? ""));
    await evictDurableObject(hubStub(user));
    setAhead(HOUR + 1);
    await runDurableObjectAlarm(hubStub(user));
    expect(await stored(user)).not.toContain("secret");
    // It is still owed a head.
    expect(await stored(user)).toContain('"is_dirty":1');
    await standIn(hubStub(user), () => bump);
    expect((await entryOf(hubStub(user), chat))?.preview).toMatchObject({ seq: 5, text: "", is_deleted: true });
    expect(await stored(user)).not.toContain("secret");
  });

  it("FAD1 are told to the devices that are here, and to those that come back with a cursor", async () => {
    const [user, chat] = [newUserId(), newGroup()];
    const hub = hubStub(user);
    const device = await connectHub(user);
    await standIn(hub, () => undefined);
    await hub.bump(secretBump(chat, 5, 5_000));
    const first = await device.next("INBOX_CHANGED");
    expect(first.entries[0]?.preview?.text).toBe("secret");
    setAhead(6_000);
    await runDurableObjectAlarm(hub);
    const second = await device.next("INBOX_CHANGED", 2);
    expect(second).toMatchObject({ base: first.rev, rev: first.rev + 1 });
    expect(second.entries[0]?.preview).toMatchObject({ seq: 5, text: "", is_deleted: true });
    await evictDurableObject(hub);
    const back = await connectHub(user, { cursor: first });
    const news = await back.next("INBOX_CHANGED");
    expect(news.entries.map(({ preview }) => preview?.text)).toEqual([""]);
  });

  it("FAD2 are not shown to who comes before a late alarm, and it tells nothing twice", async () => {
    const [user, chat] = [newUserId(), newGroup()];
    const hub = hubStub(user);
    const before = await connectHub(user);
    await standIn(hub, () => undefined);
    await hub.bump(secretBump(chat, 5, HOUR));
    const known = await before.next("INBOX_CHANGED");
    before.close();
    setAhead(HOUR + 1);
    const device = await connectHub(user, { cursor: known });
    const news = await device.next("INBOX_CHANGED");
    expect(news.entries[0]?.preview).toMatchObject({ text: "" });
    await runDurableObjectAlarm(hub);
    await device.settle();
    expect(device.of("INBOX_CHANGED").filter(({ entries }) => entries.length > 0)).toHaveLength(1);
  });

  it("FAD2 stay while a clock that was set back has not come to their time, and their alarm with them", async () => {
    const [user, chat] = [newUserId(), newGroup()];
    const bump = secretBump(chat, 5, HOUR);
    await hubStub(user).bump(bump);
    setAhead(-HOUR);
    await runDurableObjectAlarm(hubStub(user));
    expect(await stored(user)).toContain("secret");
    expect(await alarmOf(user)).toBe(Date.parse(bump.entry.preview?.expires_at ?? ""));
    setAhead(100 * HOUR);
    await runDurableObjectAlarm(hubStub(user));
    expect(await stored(user)).not.toContain("secret");
  });

  it("FAD1 FAD2 go one by one, the alarm from one to the next, and none comes back with a bump that is late", async () => {
    const [user, one, two, late] = [newUserId(), newGroup(), newGroup(), newGroup()];
    const hub = hubStub(user);
    const far = secretBump(two, 5, 3 * HOUR);
    await hub.bump(far);
    await hub.bump(secretBump(one, 5, HOUR));
    setAhead(2 * HOUR);
    await runDurableObjectAlarm(hub);
    expect((await stored(user)).match(/secret/g)).toHaveLength(1);
    expect(await alarmOf(user)).toBe(Date.parse(far.entry.preview?.expires_at ?? ""));
    await hub.bump(secretBump(one, 6, HOUR));
    await hub.bump(secretBump(late, 5, HOUR));
    expect((await stored(user)).match(/secret/g)).toHaveLength(1);
  });

  it("FAD3 cost one row, and an alarm; an inbox without them nothing", async () => {
    const [user, chat, plain] = [newUserId(), newGroup(), newGroup()];
    const hub = hubStub(user);
    await hub.bump(bumpOf(plain, 5, {}, { is_personal: true }));
    await hub.bump(bumpOf(chat, 5, {}, { is_personal: true }));
    expect(await alarmOf(user)).toBeNull();
    const alarms = () => runInDurableObject(hub, (object: UserObject) => object.hub.store.db.rows.alarms);
    const before = await alarms();
    expect(await rowsWritten(user, () => hub.bump(secretBump(chat, 6, HOUR)))).toBe(1);
    expect(await alarms()).toBe(before + 1);
    // A later one waits for the alarm of the first.
    expect(await rowsWritten(user, () => hub.bump(secretBump(chat, 7, 2 * HOUR)))).toBe(1);
    expect(await alarms()).toBe(before + 1);
    setAhead(3 * HOUR);
    expect(await rowsWritten(user, () => runDurableObjectAlarm(hub))).toBe(1);
    expect(await rowsWritten(user, () => runDurableObjectAlarm(hub))).toBe(0);
  });
});
