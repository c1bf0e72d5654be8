import "fake-indexeddb/auto";
import { openDB } from "idb";
import { afterEach, describe, expect, it } from "vitest";
import { AccountStore } from "../../web/store/account-store.ts";
import { MemoryStore } from "../../web/store/memory-store.ts";
import { KEPT_MESSAGES, PersonStore } from "../../web/store/person-store.ts";
import { databaseName } from "../../web/store/schema.ts";
import { frameOf } from "../../web/sync/engine/outbox-frame.ts";
import type { NewOutboxRow } from "../../web/sync/engine/outbox-row.ts";
import type { Store } from "../../web/sync/engine/ports.ts";
import type { StoredChat } from "../../web/sync/engine/stored.ts";
import {
  BELA,
  CHAT,
  CLEO,
  chat,
  EPOCH,
  entry,
  ME,
  member,
  message,
  messages,
  OTHER_CHAT,
  receipt,
} from "./sample-chat.ts";

const stored = (from: number, to: number, patch: Partial<StoredChat> = {}): StoredChat => ({
  chat_id: CHAT,
  epoch: EPOCH,
  rev: to,
  chat: chat(),
  members: [ME, BELA].map((id) => member(id)),
  receipts: [receipt(BELA, 1, 1)],
  messages: messages(from, to),
  is_complete: true,
  ...patch,
});
const delta = (base: number, rev: number, rows: object = {}) => ({ epoch: EPOCH, base, rev, rows });
const outboxRow = (id: string): NewOutboxRow => ({
  kind: "message",
  chat_id: CHAT,
  client_msg_id: id,
  created_at: 0,
  seen_seq: 0,
  text: id,
  phase: "queued",
  is_transmitted: false,
  attempts: 0,
});
const seqs = (rows: { seq: number }[] | undefined) => rows?.map((m) => m.seq);

let people = 0;
const opened: PersonStore[] = [];
const ends: string[] = [];
const openPerson = async (userId = `uperson${++people}`) => {
  const store = await PersonStore.open(userId, {
    deleted: () => ends.push("deleted"),
    outdated: () => ends.push("outdated"),
  });
  opened.push(store);
  return store;
};
afterEach(() => {
  for (const store of opened.splice(0)) store.close();
});

/** With every connection to a database that is opened meanwhile. */
async function withConnections(run: (connections: IDBDatabase[]) => Promise<void>): Promise<void> {
  const { open } = IDBFactory.prototype;
  const connections: IDBDatabase[] = [];
  IDBFactory.prototype.open = function (...of: Parameters<IDBFactory["open"]>) {
    const request = open.apply(this, of);
    request.addEventListener("success", () => connections.push(request.result));
    return request;
  };
  try {
    await run(connections);
  } finally {
    IDBFactory.prototype.open = open;
  }
}

/** One contract, for the store that lasts and for the one that does not. */
const STORES: Record<string, () => Promise<Store>> = {
  IndexedDB: openPerson,
  memory: async () => new MemoryStore(),
};

for (const [name, open] of Object.entries(STORES)) {
  describe(`the store in ${name}`, () => {
    it("STO1 stores news that reaches what is cached, with its cursor and the rows it retires", async () => {
      const store = await open();
      await store.replaceChat(stored(1, 5), []);
      const row = await store.addOutbox(outboxRow("own"));
      const rows = {
        chat: chat(7, { name: "Renamed" }),
        messages: [message(6, 6), message(3, 7, { content: null })],
        members: [member(CLEO, { rev: 7 })],
        receipts: [receipt(BELA, 6, 0), receipt(CLEO, 2, 2)],
      };
      expect(await store.applyNews(CHAT, delta(5, 7, rows), [row.place])).toBe(true);
      const chatNow = await store.loadChat(CHAT, 100);
      expect(chatNow).toMatchObject({ epoch: EPOCH, rev: 7, chat: { name: "Renamed" } });
      expect(seqs(chatNow?.messages)).toEqual([1, 2, 3, 4, 5, 6]);
      expect(chatNow?.messages[2]?.content).toBeNull();
      expect(chatNow?.members.map((m) => m.user_id).sort()).toEqual([ME, BELA, CLEO].sort());
      expect(chatNow?.receipts.find((r) => r.user_id === BELA)).toEqual(receipt(BELA, 6, 1));
      expect(await store.loadOutbox()).toEqual([]);
    });

    it("STO1 refuses what does not reach it, and another epoch", async () => {
      const store = await open();
      expect(await store.applyNews(CHAT, delta(0, 1), [])).toBe(false);
      await store.replaceChat(stored(1, 5), []);
      expect(await store.applyNews(CHAT, delta(6, 7, { messages: [message(7, 7)] }), [])).toBe(false);
      expect(await store.applyNews(CHAT, { ...delta(5, 7), epoch: "e2" }, [])).toBe(false);
      expect((await store.loadChat(CHAT, 100))?.rev).toBe(5);
      // What it has already does no harm and moves nothing back.
      expect(
        await store.applyNews(CHAT, delta(2, 4, { messages: [message(3, 3, { content: { text: "old" } })] }), []),
      ).toBe(true);
      expect(await store.loadChat(CHAT, 100)).toEqual(stored(1, 5));
    });

    it("STO1 keeps no row that would leave a hole", async () => {
      const store = await open();
      await store.replaceChat(stored(10, 20), []);
      await store.applyNews(CHAT, delta(20, 21, { messages: [message(4, 21), message(21, 21)] }), []);
      expect(seqs((await store.loadChat(CHAT, 100))?.messages)).toEqual(messages(10, 21).map((m) => m.seq));
      await store.mergeMessages(CHAT, EPOCH, messages(2, 7, 1));
      expect(seqs((await store.loadChat(CHAT, 100))?.messages)?.[0]).toBe(10);
      await store.mergeMessages(CHAT, "e2", messages(5, 9, 1));
      expect(seqs((await store.loadChat(CHAT, 100))?.messages)?.[0]).toBe(10);
      await store.mergeMessages(CHAT, EPOCH, messages(5, 12, 1));
      expect(seqs((await store.loadChat(CHAT, 100))?.messages)).toEqual(messages(5, 21).map((m) => m.seq));
      expect((await store.loadChat(CHAT, 100))?.messages.find((m) => m.seq === 11)?.rev).toBe(11);
    });

    it("STO1 begins with a chat that has no message yet", async () => {
      const store = await open();
      await store.replaceChat(stored(1, 0, { rev: 1, messages: [] }), []);
      expect(await store.applyNews(CHAT, delta(1, 2, { messages: [message(1, 2)] }), [])).toBe(true);
      expect(seqs((await store.loadChat(CHAT, 100))?.messages)).toEqual([1]);
    });

    it("SYN11 gives pages of what it has, and nothing beyond", async () => {
      const store = await open();
      await store.replaceChat(stored(10, 60), []);
      expect(seqs(await store.loadBefore(CHAT, 61, 20))).toEqual(messages(41, 60).map((m) => m.seq));
      expect(seqs(await store.loadBefore(CHAT, 15, 20))).toEqual([10, 11, 12, 13, 14]);
      expect(await store.loadBefore(CHAT, 10, 20)).toEqual([]);
      expect(await store.loadBefore(CHAT, 80, 20)).toEqual([]);
      expect(await store.loadBefore(OTHER_CHAT, 20, 20)).toEqual([]);
      expect(seqs((await store.loadChat(CHAT, 3))?.messages)).toEqual([58, 59, 60]);
    });

    it("STO3 keeps the outbox in composing order, and what was removed stays removed", async () => {
      const store = await open();
      const rows = [];
      for (const id of ["a", "b", "c"]) rows.push(await store.addOutbox(outboxRow(id)));
      const [a, b] = rows;
      if (!a || !b) throw new Error("three were written");
      await store.updateOutbox({ ...b, phase: "failed", error: "forbidden" });
      await store.removeOutbox(a.place);
      await store.updateOutbox({ ...a, phase: "failed" });
      const now = await store.loadOutbox();
      expect(now.map((row) => [row.client_msg_id, row.phase])).toEqual([
        ["b", "failed"],
        ["c", "queued"],
      ]);
      expect((await store.addOutbox(outboxRow("d"))).place).toBeGreaterThan(now[1]?.place ?? 0);
    });

    it("SYN4 replaces and purges all of a chat but outbox and draft", async () => {
      const store = await open();
      await store.replaceChat(stored(1, 50), []);
      await store.addOutbox(outboxRow("a"));
      await store.saveDraft(CHAT, { text: "half a", edited_at: 1, is_owed: true });
      await store.replaceChat(stored(90, 95, { members: [member(ME)], receipts: [] }), []);
      expect(await store.loadChat(CHAT, 100)).toEqual(stored(90, 95, { members: [member(ME)], receipts: [] }));
      await store.saveCursors({ chat_id: CHAT, delivered_seq: 3, read_seq: 2, is_owed: true });
      expect(await store.loadCursors()).toEqual([{ chat_id: CHAT, delivered_seq: 3, read_seq: 2, is_owed: true }]);
      const reads = (chat_id: string, seq: number) => ({ chat_id, reads: [[1, seq] as const, [4, 9] as const] });
      for (const read of [reads(CHAT, 2), reads(CHAT, 3), reads(OTHER_CHAT, 5)]) await store.saveThreadReads(read);
      expect(await store.loadThreadReads()).toEqual([reads(CHAT, 3), reads(OTHER_CHAT, 5)]);
      await store.saveThreadReads({ chat_id: OTHER_CHAT, reads: [] });
      expect(await store.loadThreadReads()).toEqual([reads(CHAT, 3)]);
      await store.purgeChat(CHAT);
      expect(await store.loadThreadReads()).toEqual([]);
      expect(await store.loadChat(CHAT, 100)).toBeUndefined();
      expect(await store.loadCursors()).toEqual([]);
      expect(await store.loadOutbox()).toHaveLength(1);
      expect(await store.loadDrafts()).toEqual(new Map([[CHAT, { text: "half a", edited_at: 1, is_owed: true }]]));
      await store.saveDraft(CHAT, { text: "", edited_at: 2, is_owed: false });
      expect(await store.loadDrafts()).toEqual(new Map());
    });

    it("INB1 keeps the inbox with its cursor", async () => {
      const store = await open();
      expect(await store.loadInbox()).toBeUndefined();
      await store.saveInbox({ epoch: "h", rev: 1 }, [entry(CHAT, 1), entry(OTHER_CHAT, 1)], [], true);
      await store.saveInbox({ epoch: "h", rev: 2 }, [entry(CHAT, 2, { is_removed: true })], [], false);
      expect(await store.loadInbox()).toEqual({
        epoch: "h",
        rev: 2,
        entries: [entry(OTHER_CHAT, 1)],
        hidden: [],
        reminders: [],
      });
      await store.saveInbox({ epoch: "i", rev: 1 }, [entry(CHAT, 1)], [], true);
      expect(await store.loadInbox()).toEqual({
        epoch: "i",
        rev: 1,
        entries: [entry(CHAT, 1)],
        hidden: [],
        reminders: [],
      });
    });

    it("PER5 keeps reminders until they were dealt with, or their chat is gone", async () => {
      const store = await open();
      const one = (chat_id: string, seq: number) => ({ chat_id, seq, remind_at: "2026-02-01T00:00:00.000Z" });
      const all = [one(CHAT, 1), one(CHAT, 2), one(OTHER_CHAT, 1)];
      await store.saveInbox({ epoch: "h", rev: 1 }, [entry(CHAT, 1), entry(OTHER_CHAT, 1)], [], true, all);
      await store.saveInbox({ epoch: "h", rev: 2 }, [], [], false, [{ ...one(CHAT, 2), is_removed: true }]);
      expect((await store.loadInbox())?.reminders).toEqual([one(CHAT, 1), one(OTHER_CHAT, 1)]);
      await store.saveInbox({ epoch: "h", rev: 3 }, [entry(OTHER_CHAT, 3, { is_removed: true })], [], false);
      expect((await store.loadInbox())?.reminders).toEqual([one(CHAT, 1)]);
      await store.purgeChat(CHAT);
      expect((await store.loadInbox())?.reminders).toEqual([]);
    });

    it("GON1 empties what is over, and says when the next is", async () => {
      const store = await open();
      const over = (seq: number, second: number) =>
        message(seq, seq, {
          content: { text: "secret words" },
          expires_at: new Date(Date.UTC(2026, 0, 1, 0, 0, second)).toISOString(),
        });
      const gone = message(4, 4, {
        content: null,
        deleted_at: "2026-01-01T00:00:00.000Z",
        expires_at: "2026-01-01T00:00:05.000Z",
      });
      await store.replaceChat(stored(1, 4, { messages: [message(1, 1), over(2, 10), over(3, 20), gone] }), []);
      expect(await store.expire("2026-01-01T00:00:09.999Z")).toEqual({ gone: [], next: "2026-01-01T00:00:10.000Z" });
      expect(await store.expire("2026-01-01T00:00:10.000Z")).toEqual({
        gone: [{ chat_id: CHAT, seq: 2 }],
        next: "2026-01-01T00:00:20.000Z",
      });
      const [, second, third] = (await store.loadChat(CHAT, 10))?.messages ?? [];
      expect(second).toMatchObject({ seq: 2, rev: 2, content: null, is_expired: true });
      expect(third?.content).toEqual({ text: "secret words" });
      expect(await store.expire("2026-01-01T01:00:00.000Z")).toEqual({ gone: [{ chat_id: CHAT, seq: 3 }] });
      expect(JSON.stringify(await store.loadChat(CHAT, 10))).not.toContain("secret");
      expect(await store.expire("2026-01-01T02:00:00.000Z")).toEqual({ gone: [] });
    });

    it("VOT2 SCD1 keeps own votes and what waits for its time, until the chat is gone", async () => {
      const store = await open();
      const choice = { chat_id: CHAT, seq: 4, option_ids: [0, 2] };
      await store.saveChoice({ ...choice, option_ids: [1] });
      await store.saveChoice(choice);
      await store.saveChoice({ ...choice, chat_id: OTHER_CHAT });
      const later = {
        chat_id: CHAT,
        client_msg_id: "later",
        send_at: "2026-02-01T00:00:00.000Z",
        message_type: "text" as const,
        content: { text: "later" },
      };
      await store.saveScheduled(CHAT, [later]);
      expect(await store.loadChoices(CHAT)).toEqual([choice]);
      expect(await store.loadScheduled(CHAT)).toEqual([later]);
      await store.purgeChat(CHAT);
      expect(await store.loadChoices(CHAT)).toEqual([]);
      expect(await store.loadScheduled(CHAT)).toEqual([]);
      expect(await store.loadChoices(OTHER_CHAT)).toHaveLength(1);
    });

    it("PER3 keeps what a person deleted for themselves, until it is shown again or the chat is gone", async () => {
      const store = await open();
      const hide = (chat_id: string, seq: number, is_hidden = true) => ({ chat_id, seq, is_hidden });
      const both = [hide(CHAT, 3), hide(CHAT, 4), hide(OTHER_CHAT, 1)];
      await store.saveInbox({ epoch: "h", rev: 1 }, [entry(CHAT, 1), entry(OTHER_CHAT, 1)], both, true);
      await store.saveInbox({ epoch: "h", rev: 2 }, [], [hide(CHAT, 3, false)], false);
      expect((await store.loadInbox())?.hidden).toEqual([hide(CHAT, 4), hide(OTHER_CHAT, 1)]);
      await store.saveInbox({ epoch: "h", rev: 3 }, [entry(OTHER_CHAT, 3, { is_removed: true })], [], false);
      expect((await store.loadInbox())?.hidden).toEqual([hide(CHAT, 4)]);
      await store.purgeChat(CHAT);
      expect((await store.loadInbox())?.hidden).toEqual([]);
    });
  });
}

describe("the store of a browser", () => {
  it("DRA6 a draft goes in the write that makes its message, and stays where that fails", async () => {
    const store = await openPerson();
    await store.saveDraft(CHAT, { text: "mine", edited_at: 1, is_owed: true });
    const spent = { name: CHAT, draft: { text: "", edited_at: 2, is_owed: true } };
    const impossible = { ...outboxRow("a"), text: (() => undefined) as unknown as string };
    await expect(store.addOutbox(impossible, spent)).rejects.toThrow();
    expect((await store.loadDrafts()).get(CHAT)?.text).toBe("mine");
    await store.addOutbox(outboxRow("a"), spent);
    expect((await store.loadDrafts()).get(CHAT)?.text).toBe("");
    await store.addOutbox(outboxRow("b"), { name: CHAT, draft: { text: "", edited_at: 3, is_owed: false } });
    expect((await store.loadDrafts()).has(CHAT)).toBe(false);
  });

  it("STO2 keeps some thousand messages below the head", async () => {
    const store = await openPerson();
    await store.replaceChat(stored(1, 900), []);
    for (let from = 901; from < 1_500; from += 100) {
      await store.applyNews(CHAT, delta(from - 1, from + 99, { messages: messages(from, from + 99) }), []);
    }
    const kept = seqs((await store.loadChat(CHAT, 10_000))?.messages) ?? [];
    expect(kept.at(-1)).toBe(1_500);
    expect(kept.length).toBeGreaterThanOrEqual(KEPT_MESSAGES);
    expect(kept.length).toBeLessThan(KEPT_MESSAGES + 250);
    expect(kept).toEqual(Array.from({ length: kept.length }, (_, i) => (kept[0] ?? 0) + i));
    // Nor do pages of history make it grow beyond.
    await store.mergeMessages(CHAT, EPOCH, messages((kept[0] ?? 0) - 100, (kept[0] ?? 0) - 1, 1));
    expect((await store.loadChat(CHAT, 10_000))?.messages.length).toBeLessThan(KEPT_MESSAGES + 250);
  });

  it("STO4 keeps people apart, and leaves nothing of who signs out", async () => {
    const [ada, bela] = [await openPerson("uada"), await openPerson("ubela")];
    await ada.replaceChat(stored(1, 3), []);
    await ada.addOutbox(outboxRow("a"));
    expect(await bela.loadChat(CHAT, 10)).toBeUndefined();
    await ada.wipe();
    opened.splice(opened.indexOf(ada), 1);
    const names = (await indexedDB.databases()).map((db) => db.name);
    expect(names).not.toContain(databaseName("uada"));
    expect(names).toContain(databaseName("ubela"));
  });

  it("STO4 empties the data at once, even while another tab holds it open", async () => {
    const [here, there] = [await openPerson("ucleo"), await openPerson("ucleo")];
    await here.replaceChat(stored(1, 3), []);
    await here.wipe();
    opened.splice(opened.indexOf(here), 1);
    await expect(there.loadChat(CHAT, 10)).rejects.toThrow();
    const again = await openPerson("ucleo");
    expect(await again.loadChat(CHAT, 10)).toBeUndefined();
  });

  it("STO4 keeps what was never sent when a session only ran out", async () => {
    const store = await openPerson("udora");
    await store.replaceChat(stored(1, 3), []);
    await store.addOutbox(outboxRow("a"));
    await store.saveDraft(CHAT, { text: "half a", edited_at: 1, is_owed: true });
    await store.wipeCaches();
    opened.splice(opened.indexOf(store), 1);
    const again = await openPerson("udora");
    expect(await again.loadChat(CHAT, 10)).toBeUndefined();
    expect(await again.loadOutbox()).toHaveLength(1);
    expect(await again.loadDrafts()).toEqual(new Map([[CHAT, { text: "half a", edited_at: 1, is_owed: true }]]));
  });

  it("STO5 a new version keeps what was never sent, and asks for the rest anew", async () => {
    for (const version of [1, 2]) {
      const person = `uolder${version}`;
      const older = await openDB(databaseName(person), version, {
        upgrade(db) {
          for (const name of ["meta", "drafts"]) db.createObjectStore(name);
          for (const name of ["inbox", "chats", "cursors"]) db.createObjectStore(name, { keyPath: "chat_id" });
          db.createObjectStore("messages", { keyPath: ["chat_id", "seq"] });
          for (const name of ["members", "receipts"]) db.createObjectStore(name, { keyPath: ["chat_id", "user_id"] });
          db.createObjectStore("outbox", { keyPath: "place", autoIncrement: true });
          if (version > 1) db.createObjectStore("hidden", { keyPath: ["chat_id", "seq"] });
        },
      });
      await older.add("outbox", { ...outboxRow("old"), text: "@Bela, as it was meant", reply_to_seq: 2 });
      await older.add("outbox", {
        ...outboxRow("edit"),
        kind: "command",
        command: { type: "EDIT_MESSAGE", message_rev: 2 },
        target_seq: 2,
      });
      await older.put("drafts", { text: "half a word", edited_at: 1, is_owed: true }, CHAT);
      await older.put("meta", { epoch: "h", rev: 9 }, "inbox");
      await older.put("messages", message(1, 1));
      await older.put("chats", {
        chat_id: CHAT,
        epoch: EPOCH,
        rev: 1,
        chat: chat(),
        is_complete: true,
        low: 1,
        high: 1,
      });
      older.close();
      const store = await openPerson(person);
      const [row, edit] = await store.loadOutbox();
      expect(row && frameOf(row)).toEqual({
        type: "SEND_MESSAGE",
        client_msg_id: "old",
        seen_seq: 0,
        message_type: "text",
        content: { text: "@Bela, as it was meant" },
        reply_to_message_id: `${CHAT}.2`,
      });
      expect(edit && frameOf(edit)).toMatchObject({ type: "EDIT_MESSAGE", message_id: `${CHAT}.2`, message_rev: 2 });
      expect((await store.loadDrafts()).get(CHAT)?.text).toBe("half a word");
      expect(await store.loadInbox()).toBeUndefined();
      expect(await store.loadChat(CHAT, 10)).toBeUndefined();
      expect(await store.expire("2026-01-01T00:00:00.000Z")).toEqual({ gone: [] });
    }
  });

  it("STO6 a connection that the browser closed without a word is opened anew, and what began on it is done again", async () => {
    await withConnections(async (connections) => {
      const store = await openPerson();
      await store.replaceChat(stored(1, 3), []);
      connections.at(-1)?.close();
      const added = [store.addOutbox(outboxRow("a")), store.addOutbox(outboxRow("b"))];
      await Promise.all(added);
      expect((await store.loadOutbox()).map((row) => row.client_msg_id)).toEqual(["a", "b"]);
      expect(seqs((await store.loadChat(CHAT, 10))?.messages)).toEqual([1, 2, 3]);
      expect(connections).toHaveLength(2);
      // Its owner's own closing is the end of it.
      store.close();
      await expect(store.loadOutbox()).rejects.toThrow();
      expect(connections).toHaveLength(2);
    });
  });

  it("STO6 who is signed in is remembered also over such a connection", async () => {
    await withConnections(async (connections) => {
      const account = new AccountStore();
      const device = await account.deviceId();
      await account.oweLogout(true);
      connections.at(-1)?.close();
      expect(await account.owesLogout()).toBe(true);
      connections.at(-1)?.close();
      await account.oweLogout(false);
      expect([await new AccountStore().owesLogout(), await account.deviceId()]).toEqual([false, device]);
    });
  });

  it("STO6 a tab of an older version lets go at once of a store that a newer one needs, and says so", async () => {
    ends.length = 0;
    const old = await openPerson("unewer");
    await old.addOutbox(outboxRow("a"));
    const newer = await openDB(databaseName("unewer"), 99);
    expect(await newer.getAll("outbox")).toHaveLength(1);
    expect(ends).toEqual(["outdated"]);
    await expect(old.addOutbox(outboxRow("b"))).rejects.toThrow();
    newer.close();
    await openDB(databaseName("unewer"), 99).then((db) => db.close());
  });

  it("ACC2 remembers who is signed in here, and the device", async () => {
    const account = new AccountStore();
    expect(await account.load()).toBeUndefined();
    const me = {
      user_id: ME,
      username: "ada",
      display_name: "Ada",
      first_name: "",
      last_name: "",
      status_message: "",
      email: "ada@example.org",
      created_at: "2026-01-01T00:00:00.000Z",
    };
    await account.save(me);
    const device = await account.deviceId();
    expect(await new AccountStore().load()).toEqual(me);
    await account.clear();
    expect(await new AccountStore().load()).toBeUndefined();
    expect(await new AccountStore().deviceId()).toBe(device);
    // What an older or a foreign program left there is nobody.
    const raw = await openDB("parley", 1);
    await raw.put("account", { user_id: 5 }, "me");
    raw.close();
    expect(await new AccountStore().load()).toBeUndefined();
  });
});
