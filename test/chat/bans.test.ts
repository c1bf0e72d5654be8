import { evictDurableObject } from "cloudflare:test";
import { beforeAll, describe, expect, it } from "vitest";
import { BANS_PER_CHAT } from "../../durable-objects/chat/bans.ts";
import type { ChatSettings } from "../../src/protocol/chat.ts";
import { prepareProjections } from "../convergence/projections.ts";
import {
  connect,
  draft,
  faultOf,
  inChat,
  makeDirect,
  makeGroup,
  person,
  setClock,
  sql,
  type TestPerson,
} from "./room.ts";

beforeAll(prepareProjections);

async function group(settings: Partial<ChatSettings> = { is_public: true }) {
  const people = ["Olga", "Ali", "Stan", "Mara", "Otto"].map(person);
  const [owner, admin, staff, member, other] = people as [TestPerson, TestPerson, TestPerson, TestPerson, TestPerson];
  const made = await makeGroup(people, { settings });
  await made.stub.setRole(owner.user_id, admin.user_id, "admin");
  await made.stub.setRole(owner.user_id, staff.user_id, "moderator");
  return { ...made, owner, admin, staff, member, other };
}

describe("bans", () => {
  it("BAN1 put a member out with a notice and keep them out, whatever way they try", async () => {
    const { chatId, stub, owner, staff, member, other } = await group();
    const { code } = await stub.createInvite(owner.user_id, { role: "member" });
    const [theirs, watching] = [await connect(chatId, member.user_id), await connect(chatId, other.user_id)];
    await watching.next("SNAPSHOT");
    const ban = await stub.ban(staff.user_id, { person: member, reason: "spam" });
    expect(ban).toMatchObject({ person: member, banned_by: staff.user_id, reason: "spam" });
    expect(ban).not.toHaveProperty("ends_at");
    await theirs.until(() => theirs.closed, "the end of the socket");
    expect(theirs.closed?.code).toBe(4404);
    expect(await watching.next("MEMBERS_CHANGED")).toMatchObject({
      members: [{ user_id: member.user_id }],
      messages: [{ content: { event: "member_banned", actor_id: staff.user_id, user_ids: [member.user_id] } }],
    });
    await evictDurableObject(stub);
    expect(await faultOf(stub.send(member.user_id, draft("hello?", 1)))).toBe("removed");
    expect(await faultOf(stub.join(member))).toBe("banned");
    expect(await faultOf(stub.acceptInvite(member, code))).toBe("banned");
    const added = await stub.addMembers(owner.user_id, [other, member]).catch((error: { details?: unknown }) => error);
    expect(added).toMatchObject({ code: "banned", details: { user_ids: [member.user_id] } });
    expect(await stub.isMember(member.user_id)).toBe(false);
    expect(await stub.bans(staff.user_id)).toEqual([ban]);
  });

  it("BAN1 is for staff, over whom they outrank; nobody bans themselves, nor anybody in a direct chat", async () => {
    const { stub, owner, admin, staff, member, other } = await group();
    const tries: [TestPerson, TestPerson][] = [
      [member, other],
      [staff, admin],
      [staff, staff],
      [admin, owner],
      [owner, owner],
    ];
    for (const [by, whom] of tries)
      expect([by.username, await faultOf(stub.ban(by.user_id, { person: whom, reason: "" }))]).toEqual([
        by.username,
        "forbidden",
      ]);
    expect(await faultOf(stub.ban(person("Eve").user_id, { person: member, reason: "" }))).toBe("not_found");
    for (const by of [member.user_id]) {
      expect(await faultOf(stub.bans(by))).toBe("forbidden");
      expect(await faultOf(stub.unban(by, other.user_id))).toBe("forbidden");
    }
    const [ada, bela] = [person("Ada"), person("Bela")];
    const direct = await makeDirect(ada, bela);
    expect(await faultOf(direct.stub.ban(ada.user_id, { person: bela, reason: "" }))).toBe("forbidden");
  });

  it("BAN2 end by themselves, by the server's clock, and by hand", async () => {
    const { chatId, stub, staff, member, other } = await group();
    let now = Date.now();
    await setClock(chatId, () => now);
    await stub.ban(staff.user_id, { person: member, reason: "", ends_in_s: 3_600 });
    await stub.ban(staff.user_id, { person: other, reason: "" });
    now += 3_599_999;
    expect(await faultOf(stub.join(member))).toBe("banned");
    now += 1;
    expect((await stub.bans(staff.user_id)).map((one) => one.person.user_id)).toEqual([other.user_id]);
    expect(await stub.join(member)).toMatchObject({ status: "joined" });
    await stub.unban(staff.user_id, other.user_id);
    await stub.unban(staff.user_id, other.user_id);
    expect(await stub.join(other)).toMatchObject({ status: "joined" });
    expect(await stub.bans(staff.user_id)).toEqual([]);
  });

  it("BAN3 repeated has no second effect but its reason and end; somebody who never came can be kept out", async () => {
    const { chatId, stub, owner, staff, member } = await group();
    const watching = await connect(chatId, owner.user_id);
    const { rev } = await watching.next("SNAPSHOT");
    const eve = person("Eve");
    for (const who of [eve, member, member]) await stub.ban(staff.user_id, { person: who, reason: "first" });
    const again = await stub.ban(owner.user_id, { person: member, reason: "second", ends_in_s: 60 });
    expect(again).toMatchObject({ banned_by: owner.user_id, reason: "second" });
    await watching.settle();
    expect(watching.of("MEMBERS_CHANGED").map((f) => f.rev)).toEqual([rev + 1]);
    expect((await stub.bans(owner.user_id)).map((one) => one.reason)).toEqual(["second", "first"]);
    expect(await faultOf(stub.join(eve))).toBe("banned");
    // They are told nothing but at the door.
    expect(await faultOf(stub.view(eve.user_id))).toBe("not_found");
    expect(await sql(chatId, "SELECT count(*) AS n FROM member WHERE user_id = ?", eve.user_id)).toEqual([{ n: 0 }]);
  });

  it("BAN4 takes their request to join away, with the use of the link it held", async () => {
    const { stub, owner, staff } = await group({ needs_approval: true });
    const { code } = await stub.createInvite(owner.user_id, { role: "member", max_uses: 1 });
    const eve = person("Eve");
    await stub.acceptInvite(eve, code);
    await stub.ban(staff.user_id, { person: eve, reason: "" });
    expect(await stub.joinRequests(owner.user_id)).toEqual([]);
    expect((await stub.invites(owner.user_id))[0]).toMatchObject({ uses: 0 });
    expect(await faultOf(stub.answerJoinRequest(staff.user_id, eve.user_id, true))).toBe("not_found");
  });

  it("BAN4 ends the links they had made, and nobody else's", async () => {
    const { stub, owner, staff } = await group();
    const theirs = await stub.createInvite(staff.user_id, { role: "member" });
    const others = await stub.createInvite(owner.user_id, { role: "member" });
    await stub.ban(owner.user_id, { person: staff, reason: "" });
    expect(await faultOf(stub.acceptInvite(person("Eve"), theirs.code))).toBe("not_found");
    expect(await stub.acceptInvite(person("Eve"), others.code)).toMatchObject({ status: "joined" });
  });

  it("BAN4 are so many and no more; those that are over make place", async () => {
    const { chatId, stub, staff } = await group();
    await inChat(chatId, (_, ctx) => {
      for (let i = 0; i < BANS_PER_CHAT; i++)
        ctx.storage.sql.exec(
          "INSERT INTO ban (user_id, username, display_name, banned_by, banned_at, reason, ends_at) VALUES (?, '', '', '', 1, '', ?)",
          `x${i}`,
          i === 0 ? 2 : null,
        );
    });
    await stub.ban(staff.user_id, { person: person("Eve"), reason: "" });
    expect(await faultOf(stub.ban(staff.user_id, { person: person("Fay"), reason: "" }))).toBe("too_many");
  });
});
