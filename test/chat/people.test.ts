import { evictDurableObject } from "cloudflare:test";
import { describe, expect, it } from "vitest";
import { directChatId, newChatId } from "../../src/protocol/ids.ts";
import { GROUP_MEMBERS } from "../../src/protocol/limits.ts";
import type { Role } from "../../src/protocol/role.ts";
import type { Bump, UserCalls } from "../../src/protocol/rpc.ts";
import type { UpFrame } from "../../src/protocol/up.ts";
import {
  bindings,
  chatStub,
  connect,
  draft,
  faultOf,
  inChat,
  makeDirect,
  makeGroup,
  memberOf,
  person,
  setClock,
  sql,
  type TestPerson,
} from "./room.ts";

// The contract is narrower than the stub's own type, which cannot express everything over RPC.
const hubOf = (userId: string) => bindings.USERS.get(bindings.USERS.idFromName(userId)) as unknown as UserCalls;

async function group(count: number) {
  const people = Array.from({ length: count }, (_, i) => person(`Person${i}`)) as [TestPerson, ...TestPerson[]];
  return {
    people,
    ids: people.map((p) => p.user_id) as [string, string, string, string, string],
    ...(await makeGroup(people)),
  };
}

/** A group with one person of every role; the owner made it. */
async function ranks() {
  const { ids, stub, chatId } = await group(5);
  const [owner, admin, moderator, member, other] = ids;
  await stub.setRole(owner, admin, "admin");
  await stub.setRole(owner, moderator, "moderator");
  return { chatId, stub, owner, admin, moderator, member, other };
}

const rolesOf = async (chatId: string): Promise<Record<string, number>> => {
  const rows = await sql<{ role: Role; n: number }>(
    chatId,
    "SELECT role, count(*) AS n FROM member WHERE removed_at IS NULL GROUP BY role",
  );
  return Object.fromEntries(rows.map((row) => [row.role, row.n]));
};

describe("making chats", () => {
  it("MEM1 makes a direct chat once, the same whoever makes it, at the same time too", async () => {
    const [ada, bela] = [person("Ada"), person("Bela")];
    const [one, other] = await Promise.all([makeDirect(ada, bela), makeDirect(bela, ada)]);
    expect(other.chatId).toBe(one.chatId);
    const { message } = await one.stub.send(ada.user_id, draft("hello", 0));
    const again = await makeDirect(bela, ada);
    expect(again.view.chat).toEqual(one.view.chat);
    expect((await again.stub.history(bela.user_id, { limit: 5 })).messages).toMatchObject([{ seq: message.seq }]);
    expect(await sql(one.chatId, "SELECT count(*) AS n FROM chat")).toEqual([{ n: 1 }]);
  });

  it("MEM1 refuses a direct chat under the id of another pair, or made for others", async () => {
    const [ada, bela, eve] = [person("Ada"), person("Bela"), person("Eve")];
    const chat_id = await directChatId(ada.user_id, bela.user_id);
    const chat = { chat_id, chat_type: "direct" as const, name: "", description: "" };
    const attempts = [
      { ...chat, created_by: eve.user_id, people: [eve, bela] },
      { ...chat, created_by: eve.user_id, people: [ada, bela] },
    ];
    for (const attempt of attempts) expect(await faultOf(chatStub(chat_id).create(attempt))).toBe("invalid");
    expect(await sql(chat_id, "SELECT name FROM sqlite_master WHERE name = 'chat'")).toEqual([]);
  });

  it("MEM1 shows the chat in the creator's hub when it answers, and in the others' soon", async () => {
    const people = [person("Ada"), person("Bela")] as const;
    const { chatId } = await makeGroup(people);
    const { chats } = await hubOf(people[0].user_id).inbox({ limit: 5 });
    expect(chats).toMatchObject([{ chat_id: chatId, role: "owner", head_seq: 1, unread: 0 }]);
    const [ada, bela] = [person("Ada"), person("Bela")];
    const direct = await makeDirect(ada, bela);
    expect((await hubOf(ada.user_id).inbox({ limit: 5 })).chats).toMatchObject([{ chat_id: direct.chatId }]);
    // To the other side an empty direct chat is no news.
    await evictDurableObject(direct.stub);
    expect((await hubOf(bela.user_id).inbox({ limit: 5 })).chats).toEqual([]);
  });

  it("MEM1 leaves nothing behind when a group would be too large", async () => {
    const people = Array.from({ length: GROUP_MEMBERS + 1 }, (_, i) => person(`P${i}`));
    const chat_id = newChatId("group");
    const [creator] = people;
    const chat = { chat_id, chat_type: "group" as const, name: "Big", description: "", people };
    expect(await faultOf(chatStub(chat_id).create({ ...chat, created_by: creator?.user_id ?? "" }))).toBe("chat_full");
    expect(await sql(chat_id, "SELECT name FROM sqlite_master WHERE name = 'chat'")).toEqual([]);
  });
});

describe("members", () => {
  it("MEM2 adds whom it may, leaves members as they are, and stops at the maximum", async () => {
    const { chatId, stub, owner, moderator, member } = await ranks();
    const [fay, gil] = [person("Fay"), person("Gil")];
    expect(await faultOf(stub.addMembers(member, [fay]))).toBe("forbidden");
    const device = await connect(chatId, member);
    const { user_id: moderatorId } = { user_id: moderator };
    const added = await stub.addMembers(moderator, [
      fay,
      fay,
      { user_id: moderatorId, username: "x", display_name: "Other" },
    ]);
    expect(added.map((m) => [m.user_id, m.role]).sort()).toEqual(
      [
        [fay.user_id, "member"],
        [moderator, "moderator"],
      ].sort(),
    );
    const news = await device.next("MEMBERS_CHANGED");
    expect(news).toMatchObject({ members: [{ user_id: fay.user_id }], messages: [{ message_type: "system" }] });
    const before = (await stub.view(owner)).chat;
    expect(await stub.addMembers(moderator, [fay])).toHaveLength(1);
    expect((await stub.view(owner)).chat).toEqual(before);
    await evictDurableObject(stub);
    await sql(chatId, "UPDATE chat SET max_members = member_count");
    expect(await faultOf(stub.addMembers(owner, [fay, gil]))).toBe("chat_full");
    expect((await stub.view(owner)).chat.member_count).toBe(6);
    // Who comes back keeps their place among the receipts, and nobody else has it.
    await evictDurableObject(stub);
    await sql(chatId, "UPDATE chat SET max_members = 1000");
    await stub.removeMember(owner, fay.user_id);
    await stub.addMembers(owner, [gil, fay]);
    const places = await sql(chatId, "SELECT count(DISTINCT place) AS places, max(place) AS last FROM member");
    expect(places).toEqual([{ places: 7, last: 6 }]);
  });

  it("MEM3 removes only who is outranked; the removed hear it, lose their sockets, and may do nothing more", async () => {
    const { chatId, stub, owner, admin, moderator, member, other } = await ranks();
    const refused: [string, string][] = [
      [member, other],
      [moderator, admin],
      [moderator, owner],
      [admin, owner],
    ];
    for (const [by, target] of refused) expect(await faultOf(stub.removeMember(by, target))).toBe("forbidden");
    expect(await faultOf(stub.removeMember(owner, person("Nobody").user_id))).toBe("not_found");

    const devices = await Promise.all([connect(chatId, member), connect(chatId, member), connect(chatId, other)]);
    const head = (await stub.view(owner)).chat;
    // In the same batch as the removal: what is said after it is not for who was removed.
    await inChat(chatId, (object) =>
      Promise.all([object.removeMember(moderator, member), object.send(owner, draft("without them", 1))]),
    );
    for (const device of devices.slice(0, 2)) {
      await device.until(() => device.closed, "the end of the socket");
      expect(device.closed?.code).toBe(4404);
      expect(device.of("MEMBERS_CHANGED").at(-1)?.members).toMatchObject([{ user_id: member }]);
      expect(device.of("MESSAGE_RECEIVED")).toEqual([]);
    }
    expect((await devices[2]?.next("MESSAGE_RECEIVED"))?.message.content).toEqual({ text: "without them" });
    const doings = [
      stub.view(member),
      stub.history(member, { limit: 5 }),
      stub.send(member, draft("hello?", 1)),
      stub.deleteMessage(member, 1),
      stub.markRead(member, 1),
      stub.members(member, 10),
      stub.addMembers(member, [person("Fay")]),
      stub.update(member, { name: "Mine" }),
    ];
    expect(await Promise.all(doings.map(faultOf))).toEqual(doings.map(() => "removed"));
    expect(await stub.isMember(member)).toBe(false);
    // Removed again: no second effect.
    const { rev } = (await stub.view(owner)).chat;
    await stub.removeMember(owner, member);
    expect((await stub.view(owner)).chat).toMatchObject({ rev, member_count: head.member_count - 1 });
  });

  it("MEM4 lets anybody leave a group and nobody a direct chat; an owner hands over in rank, then age", async () => {
    const { chatId, stub, owner, admin, moderator, member, other } = await ranks();
    await stub.removeMember(owner, owner);
    expect(await memberOf(stub, admin, admin)).toMatchObject({ role: "owner" });
    await stub.removeMember(moderator, moderator);
    await stub.removeMember(moderator, moderator);
    await stub.removeMember(admin, admin);
    const heirs = await Promise.all([member, other].map((id) => memberOf(stub, id, id)));
    expect(heirs.map((m) => m.role).sort()).toEqual(["member", "owner"]);
    const [last, next] = heirs[0]?.role === "owner" ? [other, member] : [member, other];
    await stub.removeMember(next, next);
    expect(await memberOf(stub, last, last)).toMatchObject({ role: "owner" });
    await stub.removeMember(last, last);
    expect(await sql(chatId, "SELECT is_active, member_count FROM chat")).toEqual([{ is_active: 0, member_count: 0 }]);
    expect(await faultOf(stub.send(last, draft("echo", 1)))).toBe("removed");

    const [ada, bela] = [person("Ada"), person("Bela")];
    const direct = await makeDirect(ada, bela);
    expect(await faultOf(direct.stub.removeMember(ada.user_id, ada.user_id))).toBe("forbidden");
    expect(await faultOf(direct.stub.removeMember(ada.user_id, bela.user_id))).toBe("forbidden");
    expect(await faultOf(direct.stub.addMembers(ada.user_id, [person("Eve")]))).toBe("forbidden");
    expect(await faultOf(direct.stub.end(ada.user_id))).toBe("forbidden");
    expect(await faultOf(direct.stub.update(ada.user_id, { name: "Us" }))).toBe("forbidden");
  });

  it("MEM5 gives roles by rank, and there is one owner whatever is tried", async () => {
    const { chatId, stub, owner, admin, moderator, member } = await ranks();
    const ROLES: Role[] = ["owner", "admin", "moderator", "member"];
    const people = { owner, admin, moderator, member };
    const may: string[] = [];
    for (const [who, by] of Object.entries(people)) {
      for (const [whom, target] of Object.entries(people)) {
        for (const role of ROLES) {
          if (role === "owner" || role === whom) continue;
          if ((await faultOf(stub.setRole(by, target, role))) !== "no fault") continue;
          may.push(`${who} makes ${whom} ${role}`);
          await stub.setRole(owner, target, whom as Role);
        }
      }
    }
    expect(may).toEqual([
      "owner makes admin moderator",
      "owner makes admin member",
      "owner makes moderator admin",
      "owner makes moderator member",
      "owner makes member admin",
      "owner makes member moderator",
      "admin makes moderator member",
      "admin makes member moderator",
    ]);
    expect(await faultOf(stub.setRole(admin, member, "owner"))).toBe("forbidden");
    expect(await faultOf(stub.setRole(owner, person("Nobody").user_id, "admin"))).toBe("not_found");
    // Two people are given the chat at once: the second time the giver owns nothing any more.
    const handed = await inChat(chatId, (object) =>
      Promise.allSettled([object.setRole(owner, member, "owner"), object.setRole(owner, moderator, "owner")]),
    );
    expect(handed.map((h) => h.status)).toEqual(["fulfilled", "rejected"]);
    expect(await rolesOf(chatId)).toEqual({ owner: 1, admin: 2, moderator: 1, member: 1 });
    expect(await memberOf(stub, owner, owner)).toMatchObject({ role: "admin" });
  });

  it("MEM6 lets admins change name, description and settings; an empty change is no step of the clock", async () => {
    const { chatId, stub, owner, admin, moderator } = await ranks();
    expect(await faultOf(stub.update(moderator, { name: "Mine" }))).toBe("forbidden");
    const device = await connect(chatId, moderator);
    const { rev } = await device.next("SNAPSHOT");
    const renamed = await stub.update(admin, { name: "New name" });
    expect(renamed).toMatchObject({ name: "New name", rev: rev + 1 });
    expect(await stub.update(owner, { name: "New name", settings: {} })).toEqual(renamed);
    await stub.update(owner, { description: "About", settings: { has_history_from_join: true } });
    await device.next("CHAT_CHANGED", 2);
    await device.settle();
    expect(device.of("CHAT_CHANGED").map((f) => [f.base, f.rev, f.messages?.[0]?.content])).toEqual([
      [rev, rev + 1, expect.objectContaining({ event: "chat_renamed", name: "New name" })],
      [rev + 1, rev + 2, expect.objectContaining({ event: "chat_described" })],
    ]);
    await evictDurableObject(stub);
    expect((await stub.view(owner)).chat).toMatchObject({ settings: { has_history_from_join: true }, rev: rev + 2 });
  });

  it("MEM7 ends a chat by its owner: everybody is told and put out", async () => {
    const { chatId, stub, owner, admin, member } = await ranks();
    expect(await faultOf(stub.end(admin))).toBe("forbidden");
    const device = await connect(chatId, member);
    await stub.end(owner);
    await device.until(() => device.closed, "the end of the socket");
    expect(device.closed?.code).toBe(4404);
    expect(device.of("CHAT_CHANGED")[0]?.chat).toMatchObject({ is_active: false });
    for (const by of [owner, member]) expect(await faultOf(stub.view(by))).toBe("removed");
    expect(await stub.readHead(member)).toMatchObject({ entry: { is_removed: true, unread: 0 } });
    const late = await connect(chatId, member);
    expect(await late.next("ERROR")).toMatchObject({ code: "removed" });
  });

  it("MEM3 tells who was put out nothing of what comes later: no name, no number, no time", async () => {
    const { chatId, stub, ids } = await group(3);
    const [owner, , gone] = ids;
    await stub.send(owner, draft("goodbye", 1));
    await stub.removeMember(owner, gone);
    const caller = { user_id: gone, session_id: "s", device_id: "d" };
    const react = (seq: number) => stub.setReaction(gone, { seq, command_id: `c${seq}`, emoji: "👍", is_set: true });
    const looks = async () => ({
      entry: ((await stub.readHead(gone)) as Bump | undefined)?.entry,
      faults: await Promise.all([2, 4, 6].map((seq) => faultOf(react(seq)))),
      acknowledged: await Promise.all(
        [1, 4, 7].map(async (rev) =>
          (await stub.relay(caller, { type: "ACKNOWLEDGE", chat_id: chatId, rev })).map(
            (piece) => (JSON.parse(piece) as { code: string }).code,
          ),
        ),
      ),
    });
    const before = await looks();
    expect(before.entry).toMatchObject({ is_removed: true, name: "Test", member_count: 2 });
    expect(before.faults).toEqual(["removed", "removed", "removed"]);
    await stub.send(owner, draft("he is gone", 1));
    await stub.update(owner, { name: "The secret plan" });
    await stub.addMembers(owner, [person("Eve")]);
    const { entry, ...after } = await looks();
    expect(after).toEqual({ faults: before.faults, acknowledged: before.acknowledged });
    expect(entry).toEqual({ ...before.entry, name: "", member_count: 0 });
  });

  it("MEM8 answers a stranger's frames as if the chat were not there: the id of two people's chat is no secret", async () => {
    const [ada, bela, cleo, eve] = ["Ada", "Bela", "Cleo", "Eve"].map(person) as [
      TestPerson,
      TestPerson,
      TestPerson,
      TestPerson,
    ];
    const { chatId, stub } = await makeDirect(ada, bela);
    await stub.send(ada.user_id, draft("secret", 0));
    const nowhere = await directChatId(ada.user_id, cleo.user_id);
    const caller = { user_id: eve.user_id, session_id: "s", device_id: "d" };
    const frames = (id: string): UpFrame[] => {
      const message_id = `${id}.1`;
      const send = { type: "SEND_MESSAGE" as const, chat_id: id, ...draft("let me in", 0, "c1") };
      const about = { chat_id: id, message_id, command_id: "c" };
      return [
        send,
        { type: "RETRY", original_message: send },
        { type: "DELETE_MESSAGE", message_id },
        { type: "EDIT_MESSAGE", ...about, message_rev: 1, content: { text: "x" } },
        { type: "SET_REACTION", ...about, emoji: "👍", is_set: true },
        { type: "SET_PIN", ...about, is_pinned: true },
        { type: "FORWARD_MESSAGE", chat_id: id, client_msg_id: "c2", source_message_id: message_id },
        { type: "SET_VOTE", ...about, option_ids: [0] },
        { type: "CLOSE_POLL", ...about },
        { type: "FOLLOW_THREAD", ...about, is_following: true },
        { type: "READ_THREAD", chat_id: id, message_id, seq: 1 },
        { type: "SCHEDULE_MESSAGE", ...draft("x", 0, "c3"), command_id: "c", send_at: new Date().toISOString() },
        { type: "CANCEL_SCHEDULED", chat_id: id, command_id: "c", client_msg_id: "c3" },
        { type: "MESSAGE_DELIVERED", chat_id: id, seq: 1 },
        { type: "MESSAGE_READ", chat_id: id, seq: 1 },
        { type: "MESSAGE_READ", chat_id: id },
        { type: "MESSAGE_READ", message_id: `${ada.user_id}.1` },
        { type: "TYPING_START", chat_id: id },
        { type: "TYPING_STOP", chat_id: id },
        { type: "CATCH_UP", chat_id: id },
        { type: "ACKNOWLEDGE", chat_id: id, rev: 0 },
        { type: "ACKNOWLEDGE", chat_id: id, rev: 1_000 },
        { type: "PING" },
      ];
    };
    for (const [i, frame] of frames(chatId).entries()) {
      const [there, absent] = [
        await faultOf(chatStub(chatId).relay(caller, frame)),
        await faultOf(chatStub(nowhere).relay(caller, frames(nowhere)[i] as UpFrame)),
      ];
      expect([frame.type, there]).toEqual([frame.type, absent]);
    }
  });

  it("MEM8 tells a stranger nothing, and writes nothing where no chat is", async () => {
    const { chatId, stub, ids } = await group(2);
    await stub.send(ids[0], draft("secret", 1));
    const eve = person("Eve").user_id;
    const nowhere = newChatId("group");
    for (const id of [chatId, nowhere]) {
      const object = chatStub(id);
      const doings = [
        object.view(eve),
        object.history(eve, { limit: 5 }),
        object.send(eve, draft("let me in", 0)),
        object.deleteMessage(eve, 2),
        object.markRead(eve, 1),
        object.members(eve, 10),
        object.update(eve, { name: "Mine" }),
        object.addMembers(eve, [person("Eve")]),
        object.removeMember(eve, ids[0]),
        object.removeMember(eve, eve),
        object.setRole(eve, eve, "owner"),
        object.end(eve),
      ];
      expect(await Promise.all(doings.map(faultOf))).toEqual(doings.map(() => "not_found"));
      expect(await object.isMember(eve)).toBe(false);
      expect(await object.readHead(eve)).toBeUndefined();
      await object.markDelivered(eve, 1);
      await object.subscribeHub(eve, true);
      await object.closeSockets(eve);
      await object.confirmProjected([1, 2]);
    }
    expect(
      await sql(nowhere, "SELECT count(*) AS n FROM sqlite_master WHERE name NOT LIKE '\\_cf%' ESCAPE '\\'"),
    ).toEqual([{ n: 0 }]);
    expect(await sql(chatId, "SELECT count(*) AS n FROM feed")).toEqual([{ n: 0 }]);
    await inChat(nowhere, async (_, ctx) => expect(await ctx.storage.getAlarm()).toBeNull());
  });
});

describe("deleting", () => {
  it("DEL1 lets senders delete their own and staff those of whom they outrank; a tombstone stays", async () => {
    const { chatId, stub, owner, admin, moderator, member, other } = await ranks();
    const seqs: Record<string, number> = {};
    for (const by of [owner, admin, moderator, member]) seqs[by] = (await stub.send(by, draft(`by ${by}`, 1))).ack.seq;
    const refused: [string, string][] = [
      [member, other],
      [member, moderator],
      [moderator, admin],
      [admin, owner],
    ];
    for (const [by, author] of refused) {
      const seq = seqs[author] ?? (await stub.send(author, draft("other", 1))).ack.seq;
      expect(await faultOf(stub.deleteMessage(by, seq))).toBe("forbidden");
    }
    expect(await faultOf(stub.deleteMessage(owner, 1))).toBe("forbidden");
    expect(await faultOf(stub.deleteMessage(owner, 99))).toBe("not_found");
    const tombstone = await stub.deleteMessage(moderator, seqs[member] ?? 0);
    expect(tombstone).toMatchObject({ content: null, sender_id: member, client_msg_id: expect.any(String) });
    expect(tombstone.deleted_at).toBeDefined();
    await stub.deleteMessage(member, (await stub.send(member, draft("mine", 1))).ack.seq);
    expect(await stub.deleteMessage(owner, seqs[admin] ?? 0)).toMatchObject({ content: null });
    // Who has left outranks nobody.
    await stub.removeMember(admin, admin);
    const [row] = await sql<{ content: string | null }>(
      chatId,
      "SELECT content FROM message WHERE seq = ?",
      seqs[member] ?? 0,
    );
    expect(row).toEqual({ content: null });
  });

  it("DEL2 a deletion repeated has no second effect, in one batch, after eviction, and by another", async () => {
    const { chatId, stub, owner, member } = await ranks();
    const { ack, message } = await stub.send(member, draft("regretted", 1));
    const device = await connect(chatId, member);
    const watcher = await connect(chatId, owner);
    const frame = { type: "DELETE_MESSAGE", message_id: message.message_id };
    device.send([frame, frame]);
    await device.next("MESSAGES_CHANGED", 2);
    await evictDurableObject(stub);
    device.send(frame);
    const repeated = await device.next("MESSAGES_CHANGED", 3);
    expect(repeated).toMatchObject({ base: repeated.rev, rev: repeated.messages?.[0]?.rev });
    const first = await stub.deleteMessage(owner, ack.seq);
    expect(repeated.messages).toEqual([first]);
    await watcher.settle();
    expect(watcher.of("MESSAGES_CHANGED")).toHaveLength(1);
    expect(await sql(chatId, "SELECT count(*) AS n FROM change WHERE touched LIKE '%messages%'")).toEqual([{ n: 1 }]);
  });
});

describe("time", () => {
  it("SEQ4 never lets created_at run backwards, whatever the clock does", async () => {
    const { chatId, stub, ids } = await group(2);
    const times: string[] = [];
    for (const now of [Date.now() + 60_000, Date.now() - 60_000, Date.now() + 30_000, Date.now() + 120_000]) {
      await setClock(chatId, () => now);
      times.push((await stub.send(ids[0], draft("tick", 1))).message.created_at);
      await stub.update(ids[0], { name: `At ${now}` });
      await setClock(chatId, Date.now);
      await evictDurableObject(stub);
    }
    const { messages } = await stub.history(ids[0], { limit: 50 });
    const all = messages.map((m) => m.created_at);
    expect(all).toEqual([...all].sort());
    expect(times[1]).toBe(times[0]);
  });
});
