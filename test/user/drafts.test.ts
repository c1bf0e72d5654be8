import { evictDurableObject } from "cloudflare:test";
import { beforeAll, describe, expect, it } from "vitest";
import { DRAFT_EXCERPT_CHARS, DRAFTS_BURST } from "../../durable-objects/user/limits.ts";
import { newUserId } from "../../src/protocol/ids.ts";
import { DRAFTS_CHARS } from "../../src/protocol/limits.ts";
import type { TestDevice } from "../chat/room.ts";
import { bumpOf, connectHub, entryOf, hubStub, newGroup, prepare, rowsWritten } from "./hub.ts";

beforeAll(prepare);

/** Somebody with one chat that exists only in the test, and two devices. */
async function setUp() {
  const user = newUserId();
  const chat = newGroup();
  const hub = hubStub(user);
  const [phone, desk] = [await connectHub(user, { device: "phone" }), await connectHub(user, { device: "desk" })];
  await hub.bump(bumpOf(chat, 5));
  await phone.settle();
  const draft = async () => (await entryOf(hub, chat))?.draft;
  return { user, chat, hub, phone, desk, draft };
}

async function save(device: TestDevice, chatId: string, text: string, at: number) {
  device.send({ type: "SAVE_DRAFT", chat_id: chatId, text, edited_at: new Date(at).toISOString() });
  await device.settle();
}

describe("drafts", () => {
  it("DRF1 DRF5 the later time wins, in whatever order they come, and every device hears of it", async () => {
    const { user, chat, hub, phone, desk, draft } = await setUp();
    const now = Date.now() - 60_000;
    await save(phone, chat, "newer", now + 10);
    await save(desk, chat, "older and longer", now);
    expect(await draft()).toEqual({ text: "newer", edited_at: new Date(now + 10).toISOString() });
    await desk.settle();
    expect(desk.of("INBOX_CHANGED").map(({ entries: [entry] }) => entry?.draft?.text)).toContain("newer");
    await evictDurableObject(hub);
    await save(desk, chat, "newest", now + 20);
    expect((await draft())?.text).toBe("newest");
    const fresh = await connectHub(user);
    expect((await fresh.next("INBOX_SNAPSHOT")).entries[0]?.draft?.text).toBe("newest");
  });

  it("DRF1 at the same time the longer text wins, whichever came first", async () => {
    const at = Date.now() - 60_000;
    for (const order of [
      ["a", "longer"],
      ["longer", "a"],
      ["longer", "b-same"],
      ["b-same", "longer"],
    ] as const) {
      const { chat, phone, desk, draft } = await setUp();
      await save(phone, chat, order[0], at);
      await save(desk, chat, order[1], at);
      expect((await draft())?.text).toBe("longer");
    }
  });

  it("DRF1 DRF2 believes no clock that is ahead, and knows what such a device repeats", async () => {
    const { chat, hub, phone, desk, draft } = await setUp();
    const ahead = 3_600_000;
    const before = Date.now();
    await save(phone, chat, "from the future", Date.now() + ahead);
    const stored = Date.parse((await draft())?.edited_at ?? "");
    expect(stored).toBeGreaterThanOrEqual(before);
    expect(stored).toBeLessThanOrEqual(Date.now());
    const first = Date.now() + ahead;
    await save(phone, chat, "first", first);
    await save(phone, chat, "second", first + 5);
    expect((await draft())?.text).toBe("second");
    await new Promise((resolve) => setTimeout(resolve, 3));
    await save(desk, chat, "written afterwards", Date.now());
    expect((await draft())?.text).toBe("written afterwards");
    await evictDurableObject(hub);
    await save(phone, chat, "first", first);
    await save(phone, chat, "second", first + 5);
    expect((await draft())?.text).toBe("written afterwards");
    await save(phone, chat, "third", first + 10);
    expect((await draft())?.text).toBe("third");
  });

  it("DRF3 an empty text is no draft, and an older device cannot bring one back", async () => {
    const { user, chat, hub, phone, desk, draft } = await setUp();
    const now = Date.now() - 60_000;
    await save(phone, chat, "half a sen", now);
    await save(phone, chat, "", now + 10);
    expect(await draft()).toBeUndefined();
    await evictDurableObject(hub);
    await save(desk, chat, "half a", now + 5);
    expect(await draft()).toBeUndefined();
    const told = desk.of("INBOX_CHANGED").at(-1);
    expect(told?.base).toBe(told?.rev);
    expect(told?.entries[0]).not.toHaveProperty("draft");
    expect((await (await connectHub(user)).next("INBOX_SNAPSHOT")).entries[0]).not.toHaveProperty("draft");
    await save(desk, chat, "something new", now + 20);
    expect((await draft())?.text).toBe("something new");
  });

  it("DRF4 writes one row for a draft that is taken, none for one that is not, and none for it with a bump", async () => {
    const { user, chat, hub, phone, desk } = await setUp();
    const now = Date.now() - 60_000;
    expect(await rowsWritten(user, () => save(phone, chat, "a".repeat(60_000), now))).toBe(1);
    expect(await rowsWritten(user, () => save(phone, chat, "b", now + 1))).toBe(1);
    expect(await rowsWritten(user, () => save(desk, chat, "c", now))).toBe(0);
    expect(await rowsWritten(user, () => save(phone, chat, "b", now + 1))).toBe(0);
    expect(await rowsWritten(user, () => hub.bump(bumpOf(chat, 6)))).toBe(1);
  });

  it("DRF5 answers a draft that lost to its socket alone, with what stands and covering nothing", async () => {
    const { chat, phone, desk } = await setUp();
    const now = Date.now() - 60_000;
    await save(phone, chat, "stands", now);
    await desk.settle();
    const [mine, others] = [desk.of("INBOX_CHANGED").length, phone.of("INBOX_CHANGED").length];
    await save(desk, chat, "lost", now - 1);
    await phone.settle();
    expect(phone.of("INBOX_CHANGED")).toHaveLength(others);
    const answer = desk.of("INBOX_CHANGED").slice(mine);
    expect(answer).toHaveLength(1);
    expect(answer[0]).toMatchObject({ entries: [{ chat_id: chat, draft: { text: "stands" } }] });
    expect(answer[0]?.base).toBe(answer[0]?.rev);
  });

  it("DRF6 a long draft is in its line with its beginning, and whole where it changed", async () => {
    const { user, chat, hub, phone, desk } = await setUp();
    const text = `${"😀".repeat(DRAFT_EXCERPT_CHARS)}end`;
    await save(phone, chat, "short", Date.now() - 20);
    const cursor = await (async () => {
      const { epoch, rev } = await desk.until(() => desk.of("INBOX_CHANGED").at(-1));
      return { epoch, rev };
    })();
    expect(desk.of("INBOX_CHANGED").at(-1)).not.toHaveProperty("drafts");
    await save(phone, chat, text, Date.now() - 10);
    await desk.settle();
    const live = desk.of("INBOX_CHANGED").at(-1);
    expect(live?.drafts).toMatchObject([{ chat_id: chat, text }]);
    expect(live?.entries[0]?.draft).toMatchObject({ is_excerpt: true, text: "😀".repeat(DRAFT_EXCERPT_CHARS) });
    await hub.bump(bumpOf(chat, 6));
    await desk.settle();
    expect(desk.of("INBOX_CHANGED").at(-1)).not.toHaveProperty("drafts");
    expect(desk.of("INBOX_CHANGED").at(-1)?.entries[0]?.draft?.is_excerpt).toBe(true);
    await evictDurableObject(hub);
    const [across, after, fresh] = [
      await connectHub(user, { cursor }),
      await connectHub(user, { cursor: { epoch: cursor.epoch, rev: cursor.rev + 1 } }),
      await connectHub(user),
    ];
    expect((await across.next("INBOX_CHANGED")).drafts).toMatchObject([{ text }]);
    expect(await after.next("INBOX_CHANGED")).not.toHaveProperty("drafts");
    expect((await fresh.next("INBOX_SNAPSHOT")).drafts).toMatchObject([{ text }]);
  });

  it("DRF7 refuses too many, and too long ones in all", async () => {
    const { user, chat, hub, phone } = await setUp();
    const start = Date.now() - 600_000;
    const chats = Array.from({ length: Math.ceil(DRAFTS_CHARS / 65_000) }, newGroup);
    for (const [i, each] of chats.entries()) await hub.bump(bumpOf(each, i + 1));
    for (const each of chats) await save(phone, each, "x".repeat(65_000), start);
    const [error] = phone.of("ERROR");
    expect(error).toMatchObject({ code: "too_many", chat_id: chats.at(-1) });
    await save(phone, chats[0] ?? "", "", start + 1);
    await save(phone, chats.at(-1) ?? "", "fits now", start + 1);
    expect(phone.of("ERROR")).toHaveLength(1);
    for (let n = 0; n < DRAFTS_BURST + 40; n++)
      phone.send({ type: "SAVE_DRAFT", chat_id: chat, text: "y", edited_at: new Date(start + n).toISOString() });
    await phone.settle();
    const refused = phone.of("ERROR").at(-1);
    expect(refused).toMatchObject({ code: "rate_limited", chat_id: chat });
    expect(refused?.retry_after).toBeGreaterThan(0);
    expect((await connectHub(user)).closed).toBeUndefined();
  });
});
