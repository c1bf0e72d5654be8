import { evictDurableObject, runDurableObjectAlarm } from "cloudflare:test";
import { beforeAll, describe, expect, it } from "vitest";
import { Projection } from "../../src/db/projection.ts";
import type { ChatSettings } from "../../src/protocol/chat.ts";
import { newChatId } from "../../src/protocol/ids.ts";
import { JOIN_REQUESTS } from "../../src/protocol/limits.ts";
import type { UserCalls } from "../../src/protocol/rpc.ts";
import { prepareProjections } from "../convergence/projections.ts";
import {
  bindings,
  chatStub,
  connect,
  crash,
  draft,
  eventually,
  faultOf,
  inChat,
  makeDirect,
  makeGroup,
  memberOf,
  person,
  projected,
  sql,
  type TestPerson,
} from "./room.ts";

beforeAll(prepareProjections);

const hubOf = (userId: string) => bindings.USERS.get(bindings.USERS.idFromName(userId)) as unknown as UserCalls;

const PUBLIC: Partial<ChatSettings> = { is_public: true };

/** A member's line of the inbox, as the chat tells it. */
const headOf = (chatId: string, userId: string) =>
  inChat(chatId, async (object) => (await object.readHead(userId))?.entry);

/** How many they are is not told by itself any more, until the object dies. */
const holdCount = (object: object): void => {
  Object.defineProperty(Reflect.get(object, "timing") as object, "receipts_ms", { value: 3_600_000 });
};

async function open(settings: Partial<ChatSettings> = PUBLIC, type: "group" | "channel" = "group") {
  const [owner, staff, member] = ["Olga", "Stan", "Mara"].map(person) as [TestPerson, TestPerson, TestPerson];
  const chat_id = newChatId(type);
  const made = await makeGroup([owner, staff, member], { chat_id, chat_type: type, settings }).catch(() => undefined);
  // The helper addresses a group: a channel is made by its own object.
  const stub = chatStub(chat_id);
  if (!made || made.chatId !== chat_id)
    await stub.create({
      ...{ chat_id, chat_type: type, name: "Test", description: "", created_by: owner.user_id, settings },
      people: [owner, staff, member],
    });
  await stub.setRole(owner.user_id, staff.user_id, "moderator");
  return { chatId: chat_id, stub, owner, staff, member };
}

describe("coming in", () => {
  it("ENT1 ENT2 lets anybody into a public group, once, and answers when their hub shows it", async () => {
    const { chatId, stub, owner } = await open();
    const device = await connect(chatId, owner.user_id);
    const before = await device.next("SNAPSHOT");
    const eve = person("Eve");
    const first = await stub.join(eve);
    expect(first).toMatchObject({ status: "joined", chat: { chat_id: chatId, member_count: 4 } });
    expect((await hubOf(eve.user_id).inbox({ limit: 5 })).chats).toMatchObject([
      { chat_id: chatId, role: "member", unread: 0 },
    ]);
    const again = await Promise.all([stub.join(eve), stub.join(eve)]);
    expect(again.map((one) => one.chat)).toEqual([first.chat, first.chat]);
    await device.settle();
    const news = device.of("MEMBERS_CHANGED");
    expect(news.map((f) => [f.base, f.rev])).toEqual([[before.rev, before.rev + 1]]);
    expect(news[0]).toMatchObject({
      members: [{ user_id: eve.user_id }],
      messages: [{ content: { event: "member_joined", actor_id: eve.user_id } }],
    });
    expect((await stub.send(eve.user_id, draft("hello", 3))).message.sender_id).toBe(eve.user_id);
  });

  it("ENT1 many who come at once all come, and stop at the maximum", async () => {
    const { chatId, stub, owner } = await open();
    await stub.view(owner.user_id);
    await evictDurableObject(stub);
    await sql(chatId, "UPDATE chat SET max_members = 8");
    await evictDurableObject(stub);
    const crowd = Array.from({ length: 9 }, (_, i) => person(`P${i}`));
    const came = await Promise.all(crowd.map((p) => faultOf(stub.join(p))));
    expect(came.filter((code) => code === "no fault")).toHaveLength(5);
    expect(came.filter((code) => code === "chat_full")).toHaveLength(4);
    expect(await sql(chatId, "SELECT count(*) AS n FROM member WHERE removed_at IS NULL")).toEqual([{ n: 8 }]);
    expect((await stub.view(owner.user_id)).chat.member_count).toBe(8);
  });

  it("ENT2 tells a stranger nothing of a chat that is not public, nor of an ended one, a direct one, or none", async () => {
    const eve = person("Eve");
    const closed = await open({});
    const ended = await open();
    await ended.stub.end(ended.owner.user_id);
    const direct = await makeDirect(person("Ada"), person("Bela"));
    const nowhere = newChatId("group");
    for (const stub of [closed.stub, ended.stub, direct.stub, chatStub(nowhere)])
      expect(await faultOf(stub.join(eve))).toBe("not_found");
    expect(await sql(nowhere, "SELECT count(*) AS n FROM sqlite_master WHERE name = 'chat'")).toEqual([{ n: 0 }]);
    // Who is in is in, public or not.
    expect(await closed.stub.join(closed.member)).toMatchObject({ status: "joined" });
    // Who was removed from a chat that is not public is a stranger at this door.
    await closed.stub.removeMember(closed.owner.user_id, closed.member.user_id);
    expect(await faultOf(closed.stub.join(closed.member))).toBe("not_found");
  });

  it("ENT2 who left may come back while it is public; who was restricted comes back restricted", async () => {
    const { stub, owner, staff, member } = await open();
    await stub.setRole(staff.user_id, member.user_id, "restricted");
    await stub.removeMember(member.user_id, member.user_id);
    expect(await stub.join(member)).toMatchObject({ status: "joined" });
    expect(await memberOf(stub, owner.user_id, member.user_id)).toMatchObject({ role: "restricted" });
    await stub.removeMember(staff.user_id, staff.user_id);
    await stub.join(staff);
    expect(await memberOf(stub, owner.user_id, staff.user_id)).toMatchObject({ role: "member" });
  });
});

describe("how somebody stands to a chat", () => {
  it("ENT7 is told of a public one: in, waiting, kept out or a stranger; it writes nothing", async () => {
    const { chatId, stub, owner, member } = await open({ is_public: true, needs_approval: true });
    const [eve, sam] = [person("Eve"), person("Sam")];
    await stub.join(eve);
    await stub.ban(owner.user_id, { person: sam, reason: "spam" });
    await projected(chatId);
    const written = () => inChat(chatId, (object) => object.db.rows.written);
    const before = await written();
    const people = [owner, member, eve, sam, person("Ida")];
    const standings = () => Promise.all(people.map(({ user_id }) => stub.standing(user_id)));
    expect(await standings()).toEqual(["member", "member", "requested", "banned", "stranger"]);
    expect(await written()).toBe(before);
    await stub.update(owner.user_id, { settings: { is_public: false } });
    expect(await faultOf(stub.standing(eve.user_id))).toBe("not_found");
    expect(await faultOf(stub.standing(sam.user_id))).toBe("not_found");
    expect(await stub.standing(member.user_id)).toBe("member");
  });
});

describe("requests to join", () => {
  const asking: Partial<ChatSettings> = { is_public: true, needs_approval: true };

  it("JRQ1 asks once, however often; staff see who waits, and how many in their list", async () => {
    const { chatId, stub, owner, staff, member } = await open(asking);
    const [eve, fay] = [person("Eve"), person("Fay")];
    const before = (await stub.view(owner.user_id)).chat.rev;
    expect(await stub.join(eve, "let me in")).toEqual({ status: "requested" });
    expect(await stub.join(eve, "please")).toEqual({ status: "requested" });
    await stub.join(fay);
    expect(await stub.joinRequests(staff.user_id)).toMatchObject([
      { person: eve, message: "let me in" },
      { person: fay, message: "" },
    ]);
    expect(await faultOf(stub.joinRequests(member.user_id))).toBe("forbidden");
    expect(await faultOf(stub.joinRequests(eve.user_id))).toBe("not_found");
    await evictDurableObject(stub);
    for (const by of [owner, staff]) expect(await headOf(chatId, by.user_id)).toMatchObject({ join_request_count: 2 });
    expect(await headOf(chatId, member.user_id)).not.toHaveProperty("join_request_count");
    // It is no change that members see.
    expect((await stub.view(owner.user_id)).chat.rev).toBe(before);
    expect(await faultOf(stub.view(eve.user_id))).toBe("not_found");
    expect(await sql(chatId, "SELECT count(*) AS n FROM member")).toEqual([{ n: 3 }]);
  });

  it("JRQ1 holds so many and no more", async () => {
    const { chatId, stub, owner } = await open(asking);
    await inChat(chatId, (_, ctx) => {
      for (let i = 0; i < JOIN_REQUESTS - 1; i++)
        ctx.storage.sql.exec(
          "INSERT INTO join_request (user_id, username, display_name, requested_at, message, role) VALUES (?, '', '', 1, '', 'member')",
          `x${i}`,
        );
    });
    await evictDurableObject(stub);
    const [eve, fay] = [person("Eve"), person("Fay")];
    expect(await stub.join(eve)).toEqual({ status: "requested" });
    expect(await faultOf(stub.join(fay))).toBe("too_many");
    expect(await stub.join(eve)).toEqual({ status: "requested" });
    expect(await stub.joinRequests(owner.user_id)).toHaveLength(JOIN_REQUESTS);
  });

  it("JRQ2 is answered once: let in with a notice, or not, in silence, and asked again", async () => {
    const { chatId, stub, owner, staff, member } = await open(asking);
    const [eve, fay] = [person("Eve"), person("Fay")];
    for (const one of [eve, fay]) await stub.join(one);
    expect(await faultOf(stub.answerJoinRequest(member.user_id, eve.user_id, true))).toBe("forbidden");
    const device = await connect(chatId, member.user_id);
    await device.next("SNAPSHOT");
    await Promise.all([
      stub.answerJoinRequest(staff.user_id, eve.user_id, true),
      stub.answerJoinRequest(owner.user_id, eve.user_id, true),
    ]);
    await stub.answerJoinRequest(staff.user_id, eve.user_id, false);
    await stub.answerJoinRequest(staff.user_id, fay.user_id, false);
    await stub.answerJoinRequest(staff.user_id, fay.user_id, false);
    expect(await faultOf(stub.answerJoinRequest(staff.user_id, fay.user_id, true))).toBe("not_found");
    await device.settle();
    expect(device.of("MEMBERS_CHANGED").flatMap((f) => f.messages ?? [])).toMatchObject([
      { content: { event: "member_joined", actor_id: eve.user_id } },
    ]);
    expect(await stub.isMember(eve.user_id)).toBe(true);
    expect(await stub.isMember(fay.user_id)).toBe(false);
    expect(await headOf(chatId, owner.user_id)).not.toHaveProperty("join_request_count");
    await eventually(async () => (await hubOf(eve.user_id).inbox({ limit: 5 })).chats[0], "the chat in Eve's list");
    expect((await hubOf(fay.user_id).inbox({ limit: 5 })).chats).toEqual([]);
    expect(await stub.join(fay, "again")).toEqual({ status: "requested" });
  });

  it("JRQ3 ends when its maker comes in another way", async () => {
    const { chatId, stub, owner, staff } = await open(asking);
    const eve = person("Eve");
    await stub.join(eve);
    await stub.addMembers(staff.user_id, [eve]);
    expect(await stub.joinRequests(owner.user_id)).toEqual([]);
    expect(await headOf(chatId, owner.user_id)).not.toHaveProperty("join_request_count");
  });
});

describe("a channel", () => {
  it("ENT4 tells nobody who comes and goes, and everybody how many they are, once for all", async () => {
    const { chatId, stub, owner, member } = await open(PUBLIC, "channel");
    const device = await connect(chatId, member.user_id);
    const before = await device.next("SNAPSHOT");
    expect(before.is_complete).toBe(false);
    const crowd = Array.from({ length: 40 }, (_, i) => person(`P${i}`));
    await Promise.all(crowd.map((p) => stub.join(p)));
    await device.until(() => device.of("CHAT_CHANGED").find((f) => f.chat?.member_count === 43), "the number");
    await Promise.all(crowd.slice(0, 5).map((p) => stub.removeMember(p.user_id, p.user_id)));
    const counted = await device.until(
      () => device.of("CHAT_CHANGED").find((f) => f.chat?.member_count === 38),
      "the number of members",
    );
    expect(counted.rev).toBeGreaterThan(before.rev);
    await device.settle();
    // Not one of them is named, there is no notice, and the steps are few.
    expect(device.of("MEMBERS_CHANGED")).toEqual([]);
    expect(device.of("CHAT_CHANGED").length).toBeLessThan(10);
    expect(device.frames.filter((f) => "members" in f && f.type !== "SNAPSHOT")).toEqual([]);
    expect((await stub.history(member.user_id, { limit: 50 })).messages).toHaveLength(1);
    expect(await sql(chatId, "SELECT count(*) AS n FROM untold")).toEqual([{ n: 0 }]);
    // Those who came can read and are told; those who went cannot.
    const [gone, , , , , here] = crowd as TestPerson[];
    if (!gone || !here) throw new Error("a crowd");
    expect(await faultOf(stub.view(gone.user_id))).toBe("removed");
    expect((await hubOf(here.user_id).inbox({ limit: 5 })).chats).toMatchObject([{ chat_id: chatId, unread: 0 }]);
    await stub.send(owner.user_id, draft("news", 1));
    expect(await headOf(chatId, here.user_id)).toMatchObject({ unread: 1 });
  });

  it("ENT4 the number is told after a kill, and who came is in", async () => {
    const { chatId, member } = await open(PUBLIC, "channel");
    const eve = person("Eve");
    const { rev } = await (await connect(chatId, member.user_id)).next("SNAPSHOT");
    await inChat(chatId, async (object) => {
      holdCount(object);
      await object.join(eve);
    });
    await crash(chatId);
    expect(await sql(chatId, "SELECT count(*) AS n FROM untold")).toEqual([{ n: 1 }]);
    expect(await chatStub(chatId).isMember(eve.user_id)).toBe(true);
    const device = await connect(chatId, member.user_id);
    expect((await device.next("SNAPSHOT")).rev).toBe(rev);
    await runDurableObjectAlarm(chatStub(chatId));
    expect(await device.next("CHAT_CHANGED")).toMatchObject({ base: rev, rev: rev + 1, chat: { member_count: 4 } });
    await projected(chatId);
  });

  it("ENT4 who comes and goes at once keeps one truth: a second change of the same person is a step of its own", async () => {
    const { chatId, stub } = await open(PUBLIC, "channel");
    const eve = person("Eve");
    await inChat(chatId, async (object) => {
      holdCount(object);
      await object.join(eve);
      await object.removeMember(eve.user_id, eve.user_id);
      await object.join(eve);
      await object.removeMember(eve.user_id, eve.user_id);
    });
    const ids = await sql<{ id: number }>(chatId, "SELECT id FROM outbox");
    expect(new Set(ids.map((row) => row.id)).size).toBe(ids.length);
    expect(await stub.isMember(eve.user_id)).toBe(false);
    const [row] = await sql<{ rev: number }>(chatId, "SELECT rev FROM member WHERE user_id = ?", eve.user_id);
    const stored = () =>
      bindingsDb().prepare("SELECT removed_at, rev FROM chat_member WHERE user_id = ?").bind(eve.user_id).first();
    await eventually(async () => (await stored())?.rev === row?.rev, "the last of it in D1");
    expect((await stored())?.removed_at).not.toBeNull();
  });

  it("ENT4 INB1 who goes unnoticed with a cursor that was told and not stored is gone from their own list, too", async () => {
    const { chatId, stub, owner } = await open(PUBLIC, "channel");
    const eve = person("Eve");
    await stub.join(eve);
    await eventually(async () => (await sql(chatId, "SELECT id FROM untold")).length === 0, "the number");
    await stub.send(owner.user_id, draft("post", 1));
    await inChat(chatId, async (object) => {
      holdCount(object);
      const eveRow = object.desk.room.requireMember(eve.user_id);
      // Read, and told to the hub with the next bump, before the flush that stores it.
      object.desk.room.moveCursors(eveRow, 2, 2);
      await object.bumps.callNow(eve.user_id);
    });
    const listed = async () => (await hubOf(eve.user_id).inbox({ limit: 10 })).chats.length;
    expect(await listed()).toBe(1);
    await stub.removeMember(eve.user_id, eve.user_id);
    await eventually(async () => (await listed()) === 0, "the end of the line");
  });

  it("ENT4 PRJ1 who goes with the step that told how many they are is gone in D1, also if it had to be told twice that they came", async () => {
    const { chatId, stub } = await open(PUBLIC, "channel");
    const eve = person("Eve");
    const stored = () =>
      bindingsDb().prepare("SELECT removed_at FROM chat_member WHERE user_id = ?").bind(eve.user_id).first();
    const isTold = async () => (await sql(chatId, "SELECT id FROM outbox")).length === 0;
    await stub.join(eve);
    await eventually(async () => (await sql(chatId, "SELECT id FROM untold")).length === 0, "the number");
    await eventually(isTold, "the projection");
    // The queue lost it: it goes again.
    await sql(chatId, "INSERT INTO outbox (id, user_id, queued_at) VALUES (1, ?, 0)", eve.user_id);
    await inChat(chatId, (object) => object.alarm());
    await eventually(isTold, "the projection");
    await stub.removeMember(eve.user_id, eve.user_id);
    await eventually(isTold, "the projection");
    expect((await stored())?.removed_at).not.toBeNull();
  });

  it("ENT4 PRJ1 strangers are told how many are in when the queue brings an older number after a newer one", async () => {
    const { chatId, stub } = await open(PUBLIC, "channel");
    const listed = () =>
      bindingsDb()
        .prepare("SELECT member_count, rev FROM chat WHERE id = ?")
        .bind(chatId)
        .first<Record<string, number>>();
    const isTold = async () => (await sql(chatId, "SELECT id FROM outbox UNION SELECT id FROM untold")).length === 0;
    const rev = await inChat(chatId, (object) => object.desk.room.chat.rev);
    await stub.join(person("Eve"));
    await stub.join(person("Fay"));
    await eventually(isTold, "the projection");
    // What the queue was given when Eve came, and could not store at once.
    await new Projection(bindingsDb()).apply({
      ...{ kind: "membership", chat_id: chatId, chat_type: "channel", name: "Test", is_active: true, rows: [] },
      listing: { rev, is_listed: true, description: "", member_count: 4, needs_approval: false },
    });
    expect(await listed()).toMatchObject({ member_count: 5 });
  });

  it("ENT4 tells nobody who has read what, live, in a catch-up, a snapshot, or asked for", async () => {
    const { chatId, stub, owner, staff, member } = await open(PUBLIC, "channel");
    const { message, ack } = await stub.send(owner.user_id, draft("news", 1));
    const device = await connect(chatId, staff.user_id);
    const { epoch, rev, receipts } = await device.next("SNAPSHOT");
    expect(receipts.map((r) => r.user_id)).toEqual([staff.user_id]);
    const eve = person("Eve");
    await stub.join(eve);
    for (const who of [eve, member]) await stub.markRead(who.user_id, ack.seq);
    await stub.setPin(owner.user_id, { seq: ack.seq, command_id: "p", is_pinned: true });
    await stub.removeMember(eve.user_id, eve.user_id);
    await stub.join(eve);
    await device.next("MESSAGES_CHANGED");
    await device.settle();
    const back = await connect(chatId, staff.user_id, { cursor: { epoch, rev } });
    await back.next("CAUGHT_UP");
    const heard = [...device.raw.slice(1), ...back.raw.slice(1)].join(" ");
    for (const who of [eve, member]) expect(heard).not.toContain(who.user_id);
    expect(await stub.delivery(owner.user_id, ack.seq)).toEqual([]);
    expect(message.seq).toBe(ack.seq);
    // Their own is kept, and what is unread goes by it.
    await evictDurableObject(stub);
    expect(await headOf(chatId, member.user_id)).toMatchObject({ read_seq: ack.seq, unread: 0 });
  });

  it("ENT4 tells of a restricted reader nobody but themselves, live and in a catch-up", async () => {
    const { chatId, stub, owner, staff, member } = await open(PUBLIC, "channel");
    const [eve, zoe] = [person("Eve"), person("Zoe")];
    for (const reader of [eve, zoe]) await stub.join(reader);
    await stub.send(owner.user_id, draft("news"));
    const [other, own] = [await connect(chatId, zoe.user_id), await connect(chatId, eve.user_id)];
    const { epoch, rev } = await other.next("SNAPSHOT");
    await own.next("SNAPSHOT");
    await stub.setRole(staff.user_id, eve.user_id, "restricted");
    expect(await own.next("MEMBERS_CHANGED")).toMatchObject({
      members: [{ user_id: eve.user_id, role: "restricted" }],
    });
    await other.settle();
    const since = await connect(chatId, zoe.user_id, { cursor: { epoch, rev } });
    await since.next("CAUGHT_UP");
    for (const device of [other, since]) expect(JSON.stringify(device.frames)).not.toContain(eve.user_id);
    const back = await connect(chatId, eve.user_id, { cursor: { epoch, rev } });
    expect((await back.next("CAUGHT_UP")).members).toMatchObject([{ user_id: eve.user_id, role: "restricted" }]);
    expect(await headOf(chatId, eve.user_id)).toMatchObject({ role: "restricted" });
    // Who has a say is named, who loses it too.
    await stub.setRole(owner.user_id, member.user_id, "moderator");
    expect((await other.next("MEMBERS_CHANGED")).members).toMatchObject([{ user_id: member.user_id }]);
  });

  it("ENT4 tells no reader whether another is here, and everybody whether its staff are", async () => {
    const { chatId, stub, owner } = await open(PUBLIC, "channel");
    const [eve, zoe] = [person("Eve"), person("Zoe")];
    for (const reader of [eve, zoe]) await stub.join(reader);
    await eventually(async () => (await hubOf(owner.user_id).inbox({ limit: 1 })).chats.length === 1, "the line");
    expect(await hubOf(eve.user_id).presence(zoe.user_id, chatId)).toBeUndefined();
    expect(await hubOf(eve.user_id).watch(zoe.user_id, chatId)).toBeUndefined();
    expect(await hubOf(owner.user_id).presence(zoe.user_id, chatId)).toMatchObject({ status: "offline" });
    expect(await hubOf(owner.user_id).watch(zoe.user_id, chatId)).toMatchObject({ status: "offline" });
  });

  it("ENT4 shows readers its staff alone, and staff everybody", async () => {
    const { stub, owner, staff, member } = await open(PUBLIC, "channel");
    await stub.join(person("Eve"));
    const ids = async (by: TestPerson) => (await stub.members(by.user_id, 50)).members.map((m) => m.user_id);
    expect((await ids(member)).sort()).toEqual([owner.user_id, staff.user_id].sort());
    expect(await ids(staff)).toHaveLength(4);
    expect((await stub.view(member.user_id)).members.map((m) => m.user_id)).toEqual([member.user_id]);
    const first = await stub.members(member.user_id, 1);
    expect((await stub.members(member.user_id, 1, first.next)).members).toHaveLength(1);
  });

  it("ENT5 few write and all read; an owner who leaves hands over, a transfer leaves one owner", async () => {
    const { chatId, stub, owner, staff, member } = await open({}, "channel");
    expect(await faultOf(stub.send(member.user_id, draft("may I?", 1)))).toBe("forbidden");
    const { ack } = await stub.send(staff.user_id, draft("news", 1));
    expect(
      (await stub.setReaction(member.user_id, { seq: ack.seq, command_id: "r", emoji: "👍", is_set: true })).reactions,
    ).toHaveLength(1);
    await stub.setRole(owner.user_id, member.user_id, "owner");
    expect(await sql(chatId, "SELECT user_id FROM member WHERE role = 'owner'")).toEqual([{ user_id: member.user_id }]);
    await stub.removeMember(member.user_id, member.user_id);
    expect(await sql(chatId, "SELECT user_id FROM member WHERE role = 'owner'")).toEqual([{ user_id: owner.user_id }]);
    expect(await faultOf(stub.end(staff.user_id))).toBe("forbidden");
    await stub.end(owner.user_id);
    expect(await faultOf(stub.view(owner.user_id))).toBe("removed");
  });

  it("ENT6 coming in writes four rows, and in a channel not one more for those who are there", async () => {
    const { chatId } = await open(PUBLIC, "channel");
    await inChat(chatId, async (object) => {
      holdCount(object);
      await object.join(person("First"));
    });
    await projected(chatId);
    const rows = await inChat(chatId, async (object) => {
      const { written } = object.db.rows;
      await object.join(person("Second"));
      return object.db.rows.written - written;
    });
    // Member, chat, page of receipts, outbox; the outbox row is written again when it is queued.
    expect(rows).toBeLessThanOrEqual(6);
  });
});

const bindingsDb = (): D1Database => (bindings as unknown as { DB: D1Database }).DB;
