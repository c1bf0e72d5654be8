import { evictDurableObject } from "cloudflare:test";
import { beforeAll, describe, expect, it } from "vitest";
import type { ChatSettings } from "../../src/protocol/chat.ts";
import { newChatId, newInviteCode } from "../../src/protocol/ids.ts";
import { INVITES_PER_CHAT } from "../../src/protocol/limits.ts";
import type { UserCalls } from "../../src/protocol/rpc.ts";
import { prepareProjections } from "../convergence/projections.ts";
import {
  bindings,
  chatStub,
  connect,
  faultOf,
  inChat,
  makeDirect,
  makeGroup,
  person,
  projected,
  setClock,
  sql,
} from "./room.ts";

beforeAll(prepareProjections);

const hubOf = (userId: string) => bindings.USERS.get(bindings.USERS.idFromName(userId)) as unknown as UserCalls;

async function group(settings: Partial<ChatSettings> = {}) {
  const people = ["Olga", "Stan", "Mara"].map(person);
  const made = await makeGroup(people, { settings });
  const [owner, staff, member] = people.map((p) => p.user_id) as [string, string, string];
  await made.stub.setRole(owner, staff, "moderator");
  return { ...made, owner, staff, member };
}

const AS_MEMBER = { role: "member" as const };

describe("invitations", () => {
  it("INV1 are made by who may add people, lead in, and are listed latest first", async () => {
    const { stub, owner, staff, member, chatId } = await group();
    expect(await faultOf(stub.createInvite(member, AS_MEMBER))).toBe("forbidden");
    expect(await faultOf(stub.createInvite(person("Eve").user_id, AS_MEMBER))).toBe("not_found");
    const invite = await stub.createInvite(staff, { ...AS_MEMBER, max_uses: 2, expires_in_s: 60 });
    expect(invite).toMatchObject({ created_by: staff, uses: 0, max_uses: 2, needs_approval: false, role: "member" });
    expect(invite.code).toMatch(new RegExp(`^${chatId}-[0-9a-z]{16}$`));
    expect(Date.parse(invite.expires_at ?? "") - Date.parse(invite.created_at)).toBe(60_000);
    const eve = person("Eve");
    expect(await stub.acceptInvite(eve, invite.code)).toMatchObject({ status: "joined", chat: { chat_id: chatId } });
    expect((await hubOf(eve.user_id).inbox({ limit: 3 })).chats).toMatchObject([{ chat_id: chatId }]);
    await evictDurableObject(stub);
    expect(await stub.invites(owner)).toEqual([{ ...invite, uses: 1 }]);
    expect(await faultOf(stub.invites(member))).toBe("forbidden");
    const direct = await makeDirect(person("Ada"), person("Bela"));
    expect(await faultOf(direct.stub.createInvite(direct.view.me.user_id, AS_MEMBER))).toBe("forbidden");
  });

  it("INV1 a call that is tried again makes no second one, and nobody gets another's", async () => {
    const { chatId, stub, owner, staff } = await group();
    const ask = { ...AS_MEMBER, max_uses: 2, code: newInviteCode(chatId) };
    const first = await stub.createInvite(staff, ask);
    expect(first.code).toBe(ask.code);
    await stub.acceptInvite(person("Eve"), ask.code);
    expect(await stub.createInvite(staff, ask)).toEqual({ ...first, uses: 1 });
    expect(await faultOf(stub.createInvite(owner, ask))).toBe("forbidden");
    expect(await stub.invites(owner)).toHaveLength(1);
  });

  it("INV8 is asked for again under its device's id and is the same, for its maker alone", async () => {
    const { chatId, stub, owner, staff } = await group();
    const ask = { ...AS_MEMBER, max_uses: 2, expires_in_s: 60, client_invite_id: "tap-1" };
    // As the Worker asks: with a fresh code each time.
    const again = (by = staff, more: object = {}) =>
      stub.createInvite(by, { ...ask, ...more, code: newInviteCode(chatId) });
    await projected(chatId);
    const written = () => inChat(chatId, (object) => object.db.rows.written);
    const before = await written();
    const [first, second] = await Promise.all([again(), again()]);
    expect(second).toEqual(first);
    expect((await written()) - before).toBe(1);
    await stub.acceptInvite(person("Eve"), first.code);
    await evictDurableObject(stub);
    expect(await again()).toEqual({ ...first, uses: 1 });
    expect(await written()).toBe(0);
    // Other wishes are another link, and want another id.
    for (const more of [{ role: "guest" }, { max_uses: 3 }, { expires_in_s: 61 }, { needs_approval: true }])
      expect([more, await faultOf(again(staff, more))]).toEqual([more, "id_reused"]);
    const theirs = await again(owner);
    const other = await again(staff, { client_invite_id: "tap-2" });
    expect(new Set([first.code, theirs.code, other.code]).size).toBe(3);
    await stub.revokeInvite(staff, first.code);
    const revoked = await again();
    expect([revoked.code, revoked.revoked_at === undefined]).toEqual([first.code, false]);
    expect(await faultOf(stub.acceptInvite(person("Fay"), first.code))).toBe("not_found");
    expect(await stub.invites(owner)).toHaveLength(3);
    // Without an id each is a link of its own.
    const plain = await Promise.all([stub.createInvite(staff, AS_MEMBER), stub.createInvite(staff, AS_MEMBER)]);
    expect(plain[0]?.code).not.toBe(plain[1]?.code);
    await stub.setRole(owner, staff, "member");
    expect(await faultOf(again())).toBe("forbidden");
  });

  it("INV2 a link for three lets in three, whoever races, and a repeat by somebody who is in counts for nothing", async () => {
    const { stub, owner } = await group();
    const { code } = await stub.createInvite(owner, { ...AS_MEMBER, max_uses: 3 });
    const crowd = Array.from({ length: 8 }, (_, i) => person(`P${i}`));
    const came = await Promise.all(
      crowd.flatMap((p) => [faultOf(stub.acceptInvite(p, code)), faultOf(stub.acceptInvite(p, code))]),
    );
    expect(came.filter((end) => end === "no fault")).toHaveLength(6);
    expect(came.filter((end) => end === "not_found")).toHaveLength(10);
    expect((await stub.invites(owner))[0]).toMatchObject({ uses: 3 });
    const [first] = crowd;
    const inside = (await Promise.all(crowd.map((p) => stub.isMember(p.user_id)))).filter(Boolean);
    expect(inside).toHaveLength(3);
    if (!first) throw new Error("a crowd");
    // Who is in is told so, though the link has ended.
    expect(await stub.acceptInvite(first, code)).toMatchObject({ status: "joined" });
    expect((await stub.invites(owner))[0]).toMatchObject({ uses: 3 });
  });

  it("INV2 leads nowhere once it is over, revoked, unknown, of another chat, or its chat has ended", async () => {
    const { chatId, stub, owner } = await group();
    const eve = person("Eve");
    let now = Date.now();
    await setClock(chatId, () => now);
    const short = await stub.createInvite(owner, { ...AS_MEMBER, expires_in_s: 60 });
    now += 59_000;
    expect(await stub.inviteCard(eve.user_id, short.code)).toMatchObject({ standing: "stranger" });
    now += 1_000;
    const lasting = await stub.createInvite(owner, AS_MEMBER);
    await stub.revokeInvite(owner, lasting.code);
    const other = await group();
    const foreign = await other.stub.createInvite(other.owner, AS_MEMBER);
    for (const code of [short.code, lasting.code, foreign.code, newInviteCode(chatId)]) {
      expect(await faultOf(stub.acceptInvite(eve, code))).toBe("not_found");
      expect(await faultOf(stub.inviteCard(eve.user_id, code))).toBe("not_found");
    }
    await other.stub.end(other.owner);
    expect(await faultOf(other.stub.acceptInvite(eve, foreign.code))).toBe("not_found");
    const nowhere = newChatId("group");
    expect(await faultOf(chatStub(nowhere).acceptInvite(eve, newInviteCode(nowhere)))).toBe("not_found");
    expect(await stub.isMember(eve.user_id)).toBe(false);
  });

  it("INV3 are revoked by their maker and by staff, at once and for good", async () => {
    const { stub, owner, staff, member } = await group({ permissions: { add_members: "everyone" } });
    const mine = await stub.createInvite(member, AS_MEMBER);
    const theirs = await stub.createInvite(owner, AS_MEMBER);
    expect(await faultOf(stub.revokeInvite(member, theirs.code))).toBe("forbidden");
    expect(await faultOf(stub.revokeInvite(member, newInviteCode("x")))).toBe("forbidden");
    await stub.revokeInvite(member, mine.code);
    await stub.revokeInvite(member, mine.code);
    await stub.revokeInvite(staff, theirs.code);
    expect(await faultOf(stub.revokeInvite(staff, newInviteCode("x")))).toBe("not_found");
    await evictDurableObject(stub);
    for (const { code } of [mine, theirs])
      expect(await faultOf(stub.acceptInvite(person("Eve"), code))).toBe("not_found");
    expect((await stub.invites(staff)).every((one) => one.revoked_at !== undefined)).toBe(true);
    // Of others' links a member sees none.
    expect((await stub.invites(member)).map((one) => one.code)).toEqual([mine.code]);
  });

  it("INV4 the lasting link is one for all, until it is revoked", async () => {
    const { stub, owner, staff, member } = await group();
    const [one, two] = await Promise.all([stub.inviteLink(owner), stub.inviteLink(staff)]);
    expect(two).toEqual(one);
    expect(await faultOf(stub.inviteLink(member))).toBe("forbidden");
    await stub.revokeInvite(staff, one.code);
    const next = await stub.inviteLink(staff);
    expect(next.code).not.toBe(one.code);
    expect(await faultOf(stub.acceptInvite(person("Eve"), one.code))).toBe("not_found");
    expect(await stub.acceptInvite(person("Fay"), next.code)).toMatchObject({ status: "joined" });
  });

  it("INV4 are so many and no more; those that are over make place", async () => {
    const { stub, owner } = await group();
    const codes: string[] = [];
    for (let i = 0; i < INVITES_PER_CHAT; i++) codes.push((await stub.createInvite(owner, AS_MEMBER)).code);
    expect(await faultOf(stub.createInvite(owner, AS_MEMBER))).toBe("too_many");
    expect(await faultOf(stub.inviteLink(owner))).toBe("too_many");
    await stub.revokeInvite(owner, codes[0] ?? "");
    await stub.createInvite(owner, AS_MEMBER);
    expect(await faultOf(stub.createInvite(owner, AS_MEMBER))).toBe("too_many");
  });

  it("INV5 shows who has the code where it leads, and how they stand to it, and writes nothing", async () => {
    const { chatId, stub, owner, member, staff } = await group({ needs_approval: true });
    const { code } = await stub.createInvite(owner, AS_MEMBER);
    const eve = person("Eve");
    await projected(chatId);
    const written = () => inChat(chatId, (object) => object.db.rows.written);
    const before = await written();
    expect(await stub.inviteCard(eve.user_id, code)).toEqual({
      ...{ chat_id: chatId, chat_type: "group", name: "Test", description: "", member_count: 3 },
      needs_approval: true,
      standing: "stranger",
    });
    expect(await stub.inviteCard(member, code)).toMatchObject({ standing: "member" });
    expect(await written()).toBe(before);
    await stub.acceptInvite(eve, code);
    expect(await stub.inviteCard(eve.user_id, code)).toMatchObject({ standing: "requested" });
    await stub.ban(staff, { person: eve, reason: "" });
    expect(await stub.inviteCard(eve.user_id, code)).toMatchObject({ standing: "banned" });
  });

  it("INV6 one that needs approval asks, holds its use while somebody waits, and gives it back if they are declined", async () => {
    const { chatId, stub, owner, staff, member } = await group();
    const { code } = await stub.createInvite(owner, { role: "guest", max_uses: 1, needs_approval: true });
    const [eve, fay] = [person("Eve"), person("Fay")];
    expect(await stub.acceptInvite(eve, code, "hello")).toEqual({ status: "requested" });
    expect(await stub.acceptInvite(eve, code)).toEqual({ status: "requested" });
    expect(await faultOf(stub.acceptInvite(fay, code))).toBe("not_found");
    await stub.answerJoinRequest(staff, eve.user_id, false);
    expect(await stub.acceptInvite(fay, code)).toEqual({ status: "requested" });
    const device = await connect(chatId, member);
    await device.next("SNAPSHOT");
    await stub.answerJoinRequest(staff, fay.user_id, true);
    expect(await device.next("MEMBERS_CHANGED")).toMatchObject({ members: [{ user_id: fay.user_id, role: "guest" }] });
    expect((await stub.invites(owner))[0]).toMatchObject({ uses: 1 });
    expect(await faultOf(stub.acceptInvite(eve, code))).toBe("not_found");
  });

  it("INV6 follows the chat where it says nothing; only staff lead past what the chat has set", async () => {
    const { stub, owner, staff, member } = await group({ permissions: { add_members: "everyone" } });
    const plain = await stub.createInvite(member, AS_MEMBER);
    const waived = await stub.createInvite(member, { ...AS_MEMBER, needs_approval: false });
    await stub.update(owner, { settings: { needs_approval: true } });
    for (const { code } of [plain, waived])
      expect(await stub.acceptInvite(person("Eve"), code)).toEqual({ status: "requested" });
    expect(await faultOf(stub.createInvite(member, { ...AS_MEMBER, needs_approval: false }))).toBe("forbidden");
    const past = await stub.createInvite(staff, { ...AS_MEMBER, needs_approval: false });
    expect(await stub.acceptInvite(person("Fay"), past.code)).toMatchObject({ status: "joined" });
  });

  it("INV7 a guest takes part and lets nobody in", async () => {
    const { stub, owner, chatId } = await group({ permissions: { add_members: "everyone", write: "everyone" } });
    const { code } = await stub.createInvite(owner, { role: "guest" });
    const gus = person("Gus");
    await stub.acceptInvite(gus, code);
    expect(await sql(chatId, "SELECT role FROM member WHERE user_id = ?", gus.user_id)).toEqual([{ role: "guest" }]);
    const id = { client_msg_id: "g1", message_type: "text" as const, content: { text: "hello" } };
    await stub.send(gus.user_id, id);
    const refused = [
      stub.createInvite(gus.user_id, AS_MEMBER),
      stub.inviteLink(gus.user_id),
      stub.invites(gus.user_id),
      stub.addMembers(gus.user_id, [person("Eve")]),
      stub.joinRequests(gus.user_id),
      stub.bans(gus.user_id),
      stub.setPin(gus.user_id, { seq: 2, command_id: "p", is_pinned: true }),
      stub.update(gus.user_id, { name: "Mine" }),
    ];
    expect(await Promise.all(refused.map(faultOf))).toEqual(refused.map(() => "forbidden"));
    await stub.removeMember(gus.user_id, gus.user_id);
  });
});
