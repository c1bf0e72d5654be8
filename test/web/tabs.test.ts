import { describe, expect, it } from "vitest";
import type { ChatHandle } from "../../web/sync/client.ts";
import { patched, patchOf } from "../../web/sync/tabs/list-patch.ts";
import { pageOf } from "./device.ts";
import { settle } from "./manual-clock.ts";
import { BELA, CHAT, entry, ME, message, messages, received } from "./sample-chat.ts";
import { type Tab, TabWorld } from "./tab-world.ts";

const world = async () => {
  const all = new TabWorld();
  all.log = messages(1, 3);
  const first = await all.open();
  const second = await all.open();
  return { all, first, second };
};
const texts = (handle: ChatHandle) => handle.screen.get().messages.map((m) => m.text);
const sent = (tab: Tab) =>
  tab.network.dialled.flatMap((socket) =>
    socket.of("SEND_MESSAGE").map(({ content }) => "text" in content && content.text),
  );

/** The server takes everything that the leader sends. */
async function serve(all: TabWorld, tab: Tab): Promise<void> {
  const socket = tab.network.last(CHAT);
  for (const frame of socket.of("SEND_MESSAGE")) {
    if (all.log.some((m) => m.client_msg_id === frame.client_msg_id)) continue;
    const seq = all.log.length + 1;
    const row = message(seq, seq, { sender_id: ME, client_msg_id: frame.client_msg_id, content: frame.content });
    all.log.push(row);
    socket.say(received(row));
    await settle();
  }
}

describe("tabs of one person", () => {
  it("TAB1 have one engine, and show the same", async () => {
    const { first, second } = await world();
    expect([first.isLeading, second.isLeading]).toEqual([true, false]);
    expect(second.inbox.get()).toEqual(first.inbox.get());
    expect(second.inbox.get().lines).toHaveLength(1);
    const here = first.seat.openChat(CHAT);
    const there = second.seat.openChat(CHAT);
    await settle();
    expect(second.network.dialled).toEqual([]);
    expect(texts(there)).toEqual(["text 1", "text 2", "text 3"]);
    first.network.last(CHAT).say(received(message(4, 4)));
    await settle();
    expect(there.screen.get()).toEqual(here.screen.get());
    expect(second.connection.get()).toEqual(first.connection.get());
    expect(second.arrivals.map((m) => m.seq)).toEqual([4]);
    expect(first.network.count(CHAT)).toBe(1);
    expect([...first.errors, ...second.errors]).toEqual([]);
  });

  it("TAB1 are told differences: rows that did not change are not sent again, and stay the same objects", async () => {
    const { all, first, second } = await world();
    const there = second.seat.openChat(CHAT);
    await settle();
    const before = there.screen.get().messages;
    all.posted = [];
    first.network.last(CHAT).say(received(message(4, 4)));
    await settle();
    const screens = all.posted.flatMap((m) => (m.kind === "screen" ? [m.patch] : []));
    expect(screens.flatMap((patch) => patch.messages?.changed.map((m) => m.seq))).toEqual([4]);
    expect(screens.some((patch) => "members" in patch.fields)).toBe(false);
    expect(
      there.screen
        .get()
        .messages.slice(0, 3)
        .every((m, i) => m === before[i]),
    ).toBe(true);
  });

  it("TAB1 send through the leader, in one order", async () => {
    const { all, first, second } = await world();
    const here = first.seat.openChat(CHAT);
    const there = second.seat.openChat(CHAT);
    await settle();
    await here.send("one");
    await there.send("two");
    await here.send("three");
    await settle();
    expect(texts(there).slice(3)).toEqual(["one", "two", "three"]);
    for (let i = 0; i < 3; i++) await serve(all, first);
    expect(sent(first)).toEqual(["one", "two", "three"]);
    expect(texts(there)).toEqual(texts(here));
    expect(await all.store.loadOutbox()).toEqual([]);
    expect(second.connection.get().unsent).toBe(0);
  });

  it("TAB1 read, page and throw away through the leader", async () => {
    const { all, first, second } = await world();
    const there = second.seat.openChat(CHAT);
    await settle();
    there.markRead(3);
    await all.clock.advance(1_000);
    expect(
      first.network
        .last(CHAT)
        .of("MESSAGE_READ")
        .map((f) => f.seq),
    ).toEqual([3]);
    first.network.last(CHAT).end();
    await settle();
    await there.send("mine");
    await settle();
    const id = there.screen.get().messages.at(-1)?.client_msg_id ?? "";
    expect(await there.discard(id)).toBe("mine");
    await settle();
    expect(texts(there)).toEqual(["text 1", "text 2", "text 3"]);
    await there.loadOlder();
    await there.jumpTo("latest");
    expect(await all.store.loadOutbox()).toEqual([]);
  });

  it("TAB2 hand over when the leader crashes: screens stay, nothing is lost or sent twice", async () => {
    const { all, first, second } = await world();
    const there = second.seat.openChat(CHAT);
    await settle();
    await there.send("one");
    await serve(all, first);
    first.network.greet = () => undefined;
    await there.send("two");
    await settle();
    const shown = there.screen.get().messages;
    await all.crash(first);
    expect(second.isLeading).toBe(true);
    await settle();
    expect(there.screen.get().messages.map((m) => m.key)).toEqual(shown.map((m) => m.key));
    await serve(all, second);
    expect(sent(second)).toEqual(["two"]);
    expect(texts(there)).toEqual(["text 1", "text 2", "text 3", "one", "two"]);
    expect(await all.store.loadOutbox()).toEqual([]);
    expect(second.errors).toEqual([]);
  });

  it("TAB2 hand over when the leader is closed, also to the third", async () => {
    const { all, first, second } = await world();
    const third = await all.open();
    const handle = third.seat.openChat(CHAT);
    await settle();
    first.seat.close();
    await settle();
    expect([second.isLeading, third.isLeading]).toEqual([true, false]);
    second.network.last(CHAT).say(received(message(4, 4)));
    await settle();
    expect(handle.screen.get().head_seq).toBe(4);
    second.seat.close();
    await settle();
    expect(third.isLeading).toBe(true);
    expect(handle.screen.get().status).toBe("ready");
    expect(first.network.dialled.every((socket) => socket.isClosed)).toBe(true);
  });

  it("TAB8 what a tab wrote and could not tell, because it ended, is sent all the same", async () => {
    const { all, first, second } = await world();
    const there = second.seat.openChat(CHAT);
    await settle();
    void there.send("last words");
    there.setDraft("and half a");
    const here = first.seat.openChat(CHAT);
    await all.crash(second);
    expect(here.draft.get()).toBe("and half a");
    await all.clock.advance(1_000);
    expect(first.network.last().of("SAVE_DRAFT").at(-1)?.text).toBe("and half a");
    expect((await all.store.loadOutbox()).map((row) => row.text)).toEqual(["last words"]);
    await serve(all, first);
    expect(sent(first)).toEqual(["last words"]);
    expect(await all.store.loadOutbox()).toEqual([]);
  });

  it("TAB8 what is told late comes in its order, and once", async () => {
    const { all, first, second } = await world();
    const third = await all.open();
    const [slow, quick] = [second.seat.openChat(CHAT), third.seat.openChat(CHAT)];
    await settle();
    await quick.send("one");
    second.isFrozen = true;
    await slow.send("two");
    await quick.send("three");
    await settle();
    for (let i = 0; i < 3; i++) await serve(all, first);
    expect(sent(first)).toEqual(["one", "two", "three"]);
    second.wake();
    await settle();
    await all.clock.advance(1_000);
    expect(sent(first)).toEqual(["one", "two", "three"]);
    expect(texts(slow).slice(3)).toEqual(["one", "two", "three"]);
    expect(await all.store.loadOutbox()).toEqual([]);
  });

  it("TAB7 what the leader was asked and could not answer any more, the next one does", async () => {
    for (const count of [2, 3]) {
      const { all, first, second } = await world();
      const asking = count === 2 ? second : await all.open();
      const handle = asking.seat.openChat(CHAT);
      await settle();
      for (const tab of all.tabs) {
        tab.network.greet = () => undefined;
        for (const socket of tab.network.dialled) socket.end();
      }
      await handle.send("mine");
      await settle();
      first.isFrozen = true;
      const given = handle.discard(handle.screen.get().messages.at(-1)?.client_msg_id ?? "");
      const older = handle.loadOlder();
      await settle();
      await all.crash(first);
      expect([await given, await older]).toEqual(["mine", undefined]);
      expect(await all.store.loadOutbox()).toEqual([]);
      // Of a tab that is closed itself nothing is left to wait for.
      const lost = second.seat.openChat(CHAT);
      const unheard = lost.loadOlder();
      for (const tab of all.tabs) tab.seat.close();
      await unheard;
    }
  });

  it("TAB7 a reader of the past stays there when another tab takes the lead", async () => {
    const { all, first, second } = await world();
    all.log = messages(1, 900);
    const third = await all.open();
    for (const tab of all.tabs) tab.remote.onHistory = (place, limit) => pageOf(all.log, place, limit);
    const handle = third.seat.openChat(CHAT);
    await settle();
    await handle.jumpTo(200);
    await settle();
    const held = () => handle.screen.get().messages.some((m) => m.seq === 200);
    expect(held()).toBe(true);
    const seen = new Set<string>();
    handle.screen.subscribe(() => seen.add(`${handle.screen.get().status} ${held()}`));
    await all.crash(first);
    await settle();
    expect([second.isLeading, held(), handle.screen.get().has_newer]).toEqual([true, true, true]);
    await all.crash(second);
    await settle();
    expect([third.isLeading, held(), handle.screen.get().has_newer]).toEqual([true, true, true]);
    expect([...seen]).toEqual(["ready true"]);
    expect([...second.errors, ...third.errors]).toEqual([]);
  });

  it("TAB7 the New line stays where it was when another tab takes the lead", async () => {
    const { all, first, second } = await world();
    const third = await all.open();
    const [ours, theirs] = [second.seat.openChat(CHAT), third.seat.openChat(CHAT)];
    await settle();
    const lines = () => [ours, theirs].map((handle) => handle.screen.get().first_unread_seq);
    const line = lines()[0];
    expect(lines()).toEqual([line, line]);
    expect(line).toBeGreaterThan(0);
    // All of it is read meanwhile: nothing but the screens knows where it began.
    ours.markRead(ours.screen.get().head_seq);
    await settle();
    for (const gone of [first, second]) {
      await all.crash(gone);
      await settle();
      expect(theirs.screen.get().unread).toBe(0);
      expect(theirs.screen.get().first_unread_seq).toBe(line);
      if (gone === first) expect(lines()).toEqual([line, line]);
    }
    expect(third.isLeading).toBe(true);
  });

  it("TAB4 lose nothing that is written while nobody leads", async () => {
    const { all, first, second } = await world();
    const third = await all.open();
    const there = third.seat.openChat(CHAT);
    await settle();
    // The leader is asleep: it has the lock, and hears nothing.
    first.isFrozen = true;
    first.network.greet = () => undefined;
    await there.send("written alone");
    expect((await all.store.loadOutbox()).map((row) => row.text)).toEqual(["written alone"]);
    await all.crash(first);
    await settle();
    expect(second.isLeading).toBe(true);
    await serve(all, second);
    expect(texts(there).at(-1)).toBe("written alone");
    expect(sent(second)).toEqual(["written alone"]);
  });

  it("TAB3 rob a leader that sleeps, when somebody looks", async () => {
    const { all, first, second } = await world();
    const there = second.seat.openChat(CHAT);
    await settle();
    first.isFrozen = true;
    second.isVisible = false;
    await there.send("mine");
    await all.clock.advance(5_000);
    expect(second.isLeading).toBe(false);
    second.isVisible = true;
    second.seat.setActive(true);
    await all.clock.advance(3_500);
    expect(second.isLeading).toBe(true);
    await serve(all, second);
    expect(texts(there).at(-1)).toBe("mine");
    // The robbed one wakes, and follows.
    first.isFrozen = false;
    await settle();
    expect(first.network.dialled.every((socket) => socket.isClosed)).toBe(true);
  });

  it("TAB3 leave alone a leader that answers, however long its work takes", async () => {
    const { all, first, second } = await world();
    const there = second.seat.openChat(CHAT);
    await settle();
    first.remote.onHistory = () => new Promise(() => undefined);
    void there.jumpTo(1);
    second.seat.setActive(true);
    for (let i = 0; i < 10; i++) {
      await all.clock.advance(1_000);
      first.network.last().say({ type: "PONG" });
    }
    expect([first.isLeading, second.isLeading]).toEqual([true, false]);
  });

  it("TAB5 let go of the chats of a tab that ended", async () => {
    const { all, first, second } = await world();
    const chatIds = Array.from({ length: 6 }, (_, i) => `g${String.fromCharCode(97 + i).repeat(25)}`);
    for (const chatId of chatIds) second.seat.openChat(chatId);
    await settle();
    const open = () => first.network.dialled.filter((s) => s.target.kind === "chat" && !s.isClosed).length;
    expect(open()).toBe(6);
    await all.crash(second);
    expect(open()).toBe(4);
  });

  it("TAB1 share drafts, presence and whether somebody is there", async () => {
    const { all, first, second } = await world();
    const here = first.seat.openChat(CHAT);
    const there = second.seat.openChat(CHAT);
    await settle();
    there.setDraft("half a");
    await settle();
    expect(here.draft.get()).toBe("half a");
    expect(first.inbox.get().lines[0]?.draft).toBe("half a");
    expect((await all.store.loadDrafts()).get(CHAT)).toMatchObject({ text: "half a", is_owed: true });
    let seen = 0;
    const bela = second.seat.presence(BELA, CHAT);
    const forget = bela.subscribe(() => seen++);
    await all.clock.advance(200);
    expect(first.network.last().of("SUBSCRIBE_PRESENCE").at(-1)?.subjects).toEqual([{ user_id: BELA, chat_id: CHAT }]);
    first.network
      .last()
      .say({ type: "PRESENCE_BROADCAST", user_id: BELA, status: "online", timestamp: "2026-01-01T00:00:00.000Z" });
    await settle();
    expect([bela.get()?.status, seen]).toEqual(["online", 1]);
    first.network.last().say({ type: "PEOPLE_CHANGED", reason: "friend_request" });
    await settle();
    expect([first.peopleReasons, second.peopleReasons]).toEqual([["friend_request"], ["friend_request"]]);
    forget();
    first.seat.setActive(false);
    await settle();
    expect(first.network.last().of("PRESENCE_UPDATE")).toEqual([]);
    second.seat.setActive(false);
    await settle();
    expect(first.network.last().of("PRESENCE_UPDATE").at(-1)?.status).toBe("away");
  });

  it("TAB4 CMD1 a tab that does not lead answers, edits, reacts, pins and hides like any other", async () => {
    const { all, first, second } = await world();
    all.log = [...messages(1, 2), message(3, 3, { sender_id: ME, client_msg_id: "own-3", content: { text: "mine" } })];
    const here = first.seat.openChat(CHAT);
    const there = second.seat.openChat(CHAT);
    await settle();
    await there.setReaction(1, "👍", true);
    await there.edit(3, "better");
    await there.setPin(2, true);
    await there.hide([1], true);
    await there.send("because", { reply_to: 2 });
    await settle();
    const shown = [
      { seq: 2, is_pinned: true },
      { seq: 3, text: "better" },
      { text: "because", reply_to: { seq: 2, text: "text 2" } },
    ];
    expect(here.screen.get().messages).toMatchObject(shown);
    expect(there.screen.get().messages).toEqual(here.screen.get().messages);
    const socket = first.network.last(CHAT);
    const react = socket.of("SET_REACTION")[0];
    expect(react).toMatchObject({ message_id: `${CHAT}.1`, emoji: "👍", is_set: true });
    socket.say({ type: "COMMAND_ACK", chat_id: CHAT, command_id: react?.command_id ?? "", rev: 3 });
    await settle();
    expect(socket.of("EDIT_MESSAGE")).toMatchObject([{ message_rev: 3, content: { text: "better" } }]);
    expect(first.network.last().of("HIDE_MESSAGES")).toMatchObject([{ message_ids: [`${CHAT}.1`], is_hidden: true }]);
    expect(second.network.dialled).toEqual([]);
    await expect(there.edit(3, "")).rejects.toThrow();
    expect([...first.errors, ...second.errors]).toEqual([]);
  });

  it("CMD3 PER1 every tab hears of a refusal, and opening a chat takes its mark back", async () => {
    const { first, second } = await world();
    const there = second.seat.openChat(CHAT);
    await settle();
    await there.setPin(1, true);
    await settle();
    const socket = first.network.last(CHAT);
    const command_id = socket.of("SET_PIN")[0]?.command_id ?? "";
    socket.say({ type: "ERROR", code: "forbidden", message: "", command_id });
    await second.seat.setChatState(CHAT, { is_marked_unread: true });
    await settle();
    const refusal = { chat_id: CHAT, error: "errors.forbidden", verb: "pin", seq: 1 };
    expect([first.refusals, second.refusals]).toEqual([[refusal], [refusal]]);
    expect(there.screen.get().messages[0]?.is_pinned).toBeUndefined();
    expect(second.inbox.get().lines[0]?.is_marked_unread).toBe(true);
    second.seat.openChat(CHAT);
    await settle();
    expect(second.inbox.get().lines[0]?.is_marked_unread).toBeUndefined();
  });

  it("DRA2 every tab shows what another device wrote", async () => {
    const { all, first, second } = await world();
    const [here, there] = [first.seat.openChat(CHAT), second.seat.openChat(CHAT)];
    await settle();
    const edited_at = new Date(all.clock.now() + 1_000).toISOString();
    const one = entry(CHAT, 2, { draft: { text: "from the phone", edited_at } });
    first.network.last().say({ type: "INBOX_CHANGED", epoch: "h1", base: 1, rev: 2, entries: [one] });
    await settle();
    expect([here.draft.get(), there.draft.get()]).toEqual(["from the phone", "from the phone"]);
  });

  it("TAB1 patches lists, and notices one that it cannot", () => {
    const key = (item: { id: string }) => item.id;
    const [a, b, c] = ["a", "b", "c"].map((id) => ({ id }));
    if (!a || !b || !c) throw new Error("three letters");
    const patch = patchOf([a, b], [c, a], key);
    expect(patch).toEqual({ order: ["c", "a"], changed: [c] });
    expect(patched([a, b], patch, key)).toEqual([c, a]);
    expect(patched([b], patch, key)).toBeUndefined();
  });

  it("TAB6 threads, what waits for its time and reminders look the same everywhere, and outlive the leader", async () => {
    const { all, first, second } = await world();
    const answer = message(4, 4, { thread_root_message_id: `${CHAT}.1`, content: { text: "answer" } });
    all.log = [...messages(1, 3), answer];
    const there = second.seat.openChat(CHAT);
    const thread = there.openThread(1);
    const forget = there.scheduled.subscribe(() => undefined);
    await settle();
    expect(texts(there)).toEqual(["text 1", "text 2", "text 3"]);
    expect(thread.screen.get()).toMatchObject({ status: "ready", root: { seq: 1 }, messages: [{ text: "answer" }] });
    await there.schedule("text", { text: "tomorrow" }, Date.UTC(2026, 0, 2), { client_msg_id: "later" });
    await there.setReminder(2, Date.UTC(2026, 0, 3));
    await thread.send("mine");
    await thread.follow(true);
    await settle();
    expect(there.scheduled.get()).toMatchObject([{ client_msg_id: "later", is_queued: true }]);
    expect(thread.screen.get().messages.map((one) => one.text)).toEqual(["answer", "mine"]);
    expect(texts(there)).toEqual(["text 1", "text 2", "text 3"]);
    for (const tab of [first, second])
      expect(tab.reminders.get()).toEqual([{ chat_id: CHAT, seq: 2, remind_at: "2026-01-03T00:00:00.000Z" }]);
    expect(first.network.last().of("SET_REMINDER")).toMatchObject([{ message_id: `${CHAT}.2` }]);
    await all.crash(first);
    await settle();
    expect(second.isLeading).toBe(true);
    expect(thread.screen.get().messages.map((one) => one.text)).toEqual(["answer", "mine"]);
    expect(there.scheduled.get()).toMatchObject([{ client_msg_id: "later" }]);
    expect(second.reminders.get()).toHaveLength(1);
    expect(second.network.last(CHAT).of("SCHEDULE_MESSAGE")).toHaveLength(1);
    forget();
    thread.close();
    there.close();
    expect(second.errors).toEqual([]);
  });

  it("TAB6 REF1 a tab that does not lead edits and answers what is still queued", async () => {
    const { all, first, second } = await world();
    const there = second.seat.openChat(CHAT);
    await settle();
    first.network.last(CHAT).end();
    await settle();
    await there.send("mine");
    await settle();
    const id = there.screen.get().messages.at(-1)?.client_msg_id ?? "";
    await there.edit(id, "mine, better");
    await there.setReaction(id, "👍", true);
    await there.send("about that", { reply_to: id });
    await settle();
    expect(texts(there).slice(3)).toEqual(["mine, better", "about that"]);
    await all.crash(first);
    await settle();
    await all.clock.advance(2_000);
    await serve(all, second);
    await settle();
    const socket = second.network.last(CHAT);
    expect(socket.of("EDIT_MESSAGE")).toMatchObject([{ message_id: `${CHAT}.4`, content: { text: "mine, better" } }]);
    expect(
      there.screen
        .get()
        .messages.map((one) => one.text)
        .slice(3),
    ).toEqual(["mine, better", "about that"]);
  });

  it("THD6 what is written in a thread is kept on this device alone, apart from the chat's own draft", async () => {
    const { all, first, second } = await world();
    const here = first.seat.openChat(CHAT);
    const there = second.seat.openChat(CHAT);
    const thread = there.openThread(1);
    await settle();
    thread.setDraft("half an answer");
    here.setDraft("half a word");
    await all.clock.advance(2_000);
    expect(
      first.network
        .last()
        .of("SAVE_DRAFT")
        .map((frame) => frame.text),
    ).toEqual(["half a word"]);
    expect(there.draft.get()).toBe("half a word");
    expect(here.openThread(1).draft.get()).toBe("half an answer");
    const third = await all.open();
    await settle();
    expect(third.seat.openChat(CHAT).openThread(1).draft.get()).toBe("half an answer");
    thread.setDraft("");
    await settle();
    expect([...(await all.store.loadDrafts()).keys()]).toEqual([CHAT]);
  });
});
