import { describe, expect, it } from "vitest";
import type { InboxEntry, SavedDraft } from "../../src/protocol/chat.ts";
import type { DownOf } from "../../src/protocol/down.ts";
import { MemoryStore } from "../../web/store/memory-store.ts";
import { Composer } from "../../web/sync/composer.ts";
import { Drafts } from "../../web/sync/drafts.ts";
import type { OutboxRow } from "../../web/sync/engine/outbox-row.ts";
import { threadDraft } from "../../web/sync/thread-draft.ts";
import { Device } from "./device.ts";
import { settle } from "./manual-clock.ts";
import { CHAT, connected, entry, inboxSnapshot } from "./sample-chat.ts";

const at = (ms: number): string => new Date(ms).toISOString();
const changed = (rev: number, one: InboxEntry, drafts: SavedDraft[] = [], base = rev - 1): DownOf<"INBOX_CHANGED"> => ({
  type: "INBOX_CHANGED",
  epoch: "h1",
  base,
  rev,
  entries: [one],
  drafts,
});
const withDraft = (rev: number, text: string, editedAt: number, isExcerpt?: true) =>
  entry(CHAT, rev, { draft: { text, edited_at: at(editedAt), ...(isExcerpt ? { is_excerpt: isExcerpt } : {}) } });

const started = async () => {
  const device = new Device();
  await device.start();
  return { device, hub: device.network.last(), now: device.clock.now() };
};
/** Typed in a tab: in the store, then told to the engine. */
const type = async (device: Device, text: string) => {
  const editedAt = device.clock.now();
  await device.store.saveDraft(CHAT, { text, edited_at: editedAt, is_owed: true });
  device.engine.drafted(CHAT, text, editedAt);
  await settle();
};
const kept = async (device: Device) => (await device.store.loadDrafts()).get(CHAT);

describe("drafts of a person's devices", () => {
  it("DRA1 are told when the keys rest, the newest alone, until the hub has them", async () => {
    const { device, hub, now } = await started();
    await type(device, "half");
    await device.clock.advance(500);
    await type(device, "half a");
    await device.clock.advance(1_100);
    expect(hub.of("SAVE_DRAFT")).toEqual([
      { type: "SAVE_DRAFT", chat_id: CHAT, text: "half a", edited_at: at(now + 500) },
    ]);
    expect((await kept(device))?.is_owed).toBe(true);
    hub.say(changed(2, withDraft(2, "half a", now + 500)));
    await device.clock.advance(15_000);
    expect((await kept(device))?.is_owed).toBe(false);
    expect(hub.of("SAVE_DRAFT")).toHaveLength(1);
  });

  it("DRA1 that nobody answered are told again, the same", async () => {
    const { device, hub } = await started();
    await type(device, "half a");
    await device.clock.advance(12_000);
    const frames = hub.of("SAVE_DRAFT");
    expect(frames).toHaveLength(2);
    expect(frames[1]).toEqual(frames[0]);
  });

  it("DRA1 longer than a message may be stay on this device", async () => {
    const { device, hub } = await started();
    await type(device, "x".repeat(65_537));
    await device.clock.advance(15_000);
    expect(hub.of("SAVE_DRAFT")).toEqual([]);
    expect((await kept(device))?.text).toHaveLength(65_537);
  });

  it("DRA1 wait for the network and the device's restart", async () => {
    const { device, hub } = await started();
    hub.end();
    await type(device, "half a");
    device.engine.stop();
    const again = new Device({ store: device.store, clock: device.clock });
    await again.start();
    expect(again.list.lines[0]?.draft).toBe("half a");
    await again.clock.advance(1_100);
    expect(again.network.last().of("SAVE_DRAFT")).toMatchObject([{ text: "half a" }]);
  });

  it("DRA2 of another device are taken over if they are later than what was typed here", async () => {
    const { device, hub, now } = await started();
    await type(device, "mine");
    hub.say(changed(2, withDraft(2, "older", now - 1_000)));
    await settle();
    expect(device.drafts).toEqual([]);
    expect(device.list.lines[0]?.draft).toBe("mine");
    hub.say(changed(3, withDraft(3, "newer", now + 1_000)));
    await settle();
    expect(device.drafts).toEqual([[CHAT, "newer"]]);
    expect(device.list.lines[0]?.draft).toBe("newer");
    await device.clock.advance(20_000);
    expect(hub.of("SAVE_DRAFT")).toEqual([]);
  });

  it("DRA2 hear of a later one also when their own was refused", async () => {
    const { device, hub, now } = await started();
    await type(device, "mine");
    await device.clock.advance(1_100);
    hub.say(changed(1, withDraft(1, "newer", now + 500), [], 1));
    await settle();
    expect(device.drafts).toEqual([[CHAT, "newer"]]);
  });

  it("DRA3 a beginning never gets into the composer; the whole does", async () => {
    const { device, hub, now } = await started();
    hub.say(changed(2, withDraft(2, "long and", now + 1, true)));
    await settle();
    expect(device.drafts).toEqual([]);
    expect(device.list.lines[0]?.draft).toBe("long and");
    const whole = { chat_id: CHAT, text: "long and longer", edited_at: at(now + 2) };
    hub.say(changed(3, withDraft(3, "long and", now + 2, true), [whole]));
    await settle();
    expect(device.drafts).toEqual([[CHAT, "long and longer"]]);
  });

  it("DRA4 that were thrown away elsewhere go, and those thrown away here are told", async () => {
    const { device, hub, now } = await started();
    hub.say(changed(2, withDraft(2, "theirs", now + 1)), changed(3, entry(CHAT, 3)));
    await settle();
    expect(device.drafts).toEqual([
      [CHAT, "theirs"],
      [CHAT, ""],
    ]);
    expect(await kept(device)).toBeUndefined();
    await device.clock.advance(1_000);
    await type(device, "mine");
    await type(device, "");
    expect(device.list.lines[0]?.draft).toBeUndefined();
    await device.clock.advance(1_100);
    expect(hub.of("SAVE_DRAFT")).toMatchObject([{ text: "" }]);
    hub.say(changed(3, entry(CHAT, 3), [], 3));
    await settle();
    expect(await kept(device)).toBeUndefined();
  });

  it("DRA5 the times on the wire are the server's", async () => {
    const device = new Device();
    device.network.greet = (socket) => {
      socket.open();
      const hello = { ...connected(), server_time: at(device.clock.now() + 3_600_000) };
      socket.say(hello, inboxSnapshot([entry(CHAT, 1)], 1));
    };
    await device.engine.start();
    await settle();
    const now = device.clock.now();
    await type(device, "mine");
    await device.clock.advance(1_100);
    expect(device.network.last().of("SAVE_DRAFT")).toMatchObject([{ edited_at: at(now + 3_600_000) }]);
  });

  it("DRA5 a clock that is ahead finds its draft under the server's time, and is content", async () => {
    const { device, hub, now } = await started();
    await type(device, "mine");
    await device.clock.advance(1_100);
    hub.say(changed(2, withDraft(2, "mine", now - 700)));
    await device.clock.advance(15_000);
    expect(hub.of("SAVE_DRAFT")).toHaveLength(1);
    expect(await kept(device)).toMatchObject({ text: "mine", is_owed: false });
  });

  it("DRA2 never take the place of what was typed later in this very tab", async () => {
    let now = 10;
    const events = { saved: () => undefined, now: () => now, report: () => undefined };
    const drafts = new Drafts(new MemoryStore(), events);
    drafts.set(CHAT, "mine");
    await settle();
    drafts.heard(CHAT, "older", 9);
    expect(drafts.of(CHAT).get()).toBe("mine");
    drafts.heard(CHAT, "newer", 11);
    expect(drafts.of(CHAT).get()).toBe("newer");
    now = 12;
    drafts.set(CHAT, "newest");
    drafts.heard(CHAT, "newer still, it says", 11);
    expect(drafts.of(CHAT).get()).toBe("newest");
  });

  it("DRA6 whatever ends the tab while a message is written, its words are in the outbox or in the draft, and in one alone", async () => {
    /** Takes so many writes, and nothing more: the tab is gone. */
    class DyingStore extends MemoryStore {
      left = Number.POSITIVE_INFINITY;
      override async saveDraft(...of: Parameters<MemoryStore["saveDraft"]>): Promise<void> {
        if (this.left-- > 0) await super.saveDraft(...of);
        else await new Promise(() => undefined);
      }
      override async addOutbox(...[row, spent]: Parameters<MemoryStore["addOutbox"]>): Promise<OutboxRow> {
        if (this.left-- <= 0) return new Promise(() => undefined);
        if (spent) await super.saveDraft(spent.name, spent.draft);
        return super.addOutbox(row);
      }
    }
    for (const place of [CHAT, threadDraft(CHAT, 3)]) {
      for (let writes = 0; writes < 4; writes++) {
        const store = new DyingStore();
        const drafts = new Drafts(store, { saved: () => undefined, now: () => 10, report: () => undefined });
        const spent = (text: string) => drafts.spent(place, text);
        const tools = { desk: () => undefined, store, isClear: () => false, now: () => 10, spent };
        const composer = new Composer(CHAT, tools, () => 0);
        drafts.set(place, "my words ");
        await settle();
        store.left = writes;
        void composer.message("text", { text: "my words " });
        drafts.set(place, "");
        await settle();
        const found = [
          ...(await store.loadOutbox()).map((row) => row.text),
          (await store.loadDrafts()).get(place)?.text ?? "",
        ];
        expect([writes, found.map((text) => text.trim()).filter((text) => text !== "")]).toEqual([
          writes,
          ["my words"],
        ]);
      }
    }
  });

  it("DRA6 a message that is not what is typed leaves the draft alone", async () => {
    const store = new MemoryStore();
    const drafts = new Drafts(store, { saved: () => undefined, now: () => 10, report: () => undefined });
    drafts.set(CHAT, "half a");
    await settle();
    const spent = (text: string) => drafts.spent(CHAT, text);
    const composer = new Composer(
      CHAT,
      { desk: () => undefined, store, isClear: () => false, now: () => 10, spent },
      () => 0,
    );
    await composer.message("text", { text: "something else" });
    await composer.message("sticker", { sticker_id: "hello" });
    expect((await store.loadDrafts()).get(CHAT)?.text).toBe("half a");
  });

  it("DRA7 what is typed after the clock was set back is kept, told and shown everywhere", async () => {
    const { device, hub, now } = await started();
    let time = now + 3_600_000;
    const drafts = new Drafts(device.store, {
      saved: (chatId, { text, edited_at }) => device.engine.drafted(chatId, text, edited_at),
      now: () => time,
      report: () => undefined,
    });
    drafts.set(CHAT, "an hour ahead");
    await settle();
    time = now;
    drafts.set(CHAT, "and set right");
    await settle();
    expect(await kept(device)).toMatchObject({ text: "and set right", is_owed: true });
    await device.clock.advance(1_100);
    expect(hub.of("SAVE_DRAFT").at(-1)?.text).toBe("and set right");
  });

  it("DRA7 a device without room tells the hub all the same, and keeps the next one when it can", async () => {
    const { device, hub } = await started();
    const store = device.store;
    const errors: unknown[] = [];
    let isFull = true;
    const drafts = new Drafts(
      {
        loadDrafts: () => store.loadDrafts(),
        saveDraft: (...of) => (isFull ? Promise.reject(new Error("no room")) : store.saveDraft(...of)),
      },
      {
        saved: (chatId, { text, edited_at }) => device.engine.drafted(chatId, text, edited_at),
        now: () => device.clock.now(),
        report: (error) => errors.push(error),
      },
    );
    drafts.set(CHAT, "mine");
    await settle();
    await device.clock.advance(1_100);
    expect(hub.of("SAVE_DRAFT").at(-1)?.text).toBe("mine");
    expect(errors).toHaveLength(1);
    isFull = false;
    drafts.set(CHAT, "mine too");
    await settle();
    expect((await kept(device))?.text).toBe("mine too");
  });
});
