import { evictDurableObject } from "cloudflare:test";
import { describe, expect, it } from "vitest";
import { asFault } from "../../src/domain/fault.ts";
import type { ChatSettings } from "../../src/protocol/chat.ts";
import { connect, draft, faultOf, inChat, makeDirect, makeGroup, person, setClock } from "./room.ts";

async function group(settings: Partial<ChatSettings> = {}) {
  const people = ["Olga", "Ali", "Stan", "Mara", "Otto"].map(person);
  const made = await makeGroup(people, { settings });
  const [owner, admin, staff, member, other] = people.map((p) => p.user_id) as [string, string, string, string, string];
  await made.stub.setRole(owner, admin, "admin");
  await made.stub.setRole(owner, staff, "moderator");
  return { ...made, owner, admin, staff, member, other };
}

const TO_ALL = { text: "@channel", mentions: [{ offset: 0, length: 8, everyone: "channel" as const }] };

describe("permissions", () => {
  it("PRM2 say who may write, add, pin, mention everybody and change the name, in every command that needs it", async () => {
    const { stub, owner, admin, staff, member } = await group();
    const { ack } = await stub.send(member, draft("pinned?", 1));
    let n = 0;
    const doings = {
      write: (by: string) => stub.send(by, draft("hello", 1)),
      add_members: (by: string) => stub.addMembers(by, [person("Eve")]),
      pin: (by: string) => stub.setPin(by, { seq: ack.seq, command_id: `p${++n}`, is_pinned: n % 2 === 1 }),
      mention_all: (by: string) => stub.send(by, { ...draft("", 1), content: TO_ALL }),
      change_info: (by: string) => stub.update(by, { description: `d${++n}` }),
    };
    const people = { owner, admin, staff, member };
    const least = { everyone: 4, staff: 3, admins: 2, owner: 1 };
    for (const [what, run] of Object.entries(doings)) {
      for (const [audience, count] of Object.entries(least)) {
        await stub.update(owner, {
          settings: { permissions: { write: "everyone", [what]: audience } as ChatSettings["permissions"] },
        });
        const may: string[] = [];
        for (const [who, by] of Object.entries(people)) if ((await faultOf(run(by))) === "no fault") may.push(who);
        expect([what, audience, may]).toEqual([what, audience, Object.keys(people).slice(0, count)]);
      }
    }
  });

  it("PRM1 never shut the owner out, nor let in who is restricted; a guest is let in where the table lets them", async () => {
    const { stub, owner, staff, member, other } = await group();
    await stub.setRole(owner, member, "guest");
    await stub.setRole(owner, other, "restricted");
    const open = { write: "everyone", add_members: "everyone", pin: "everyone", change_info: "everyone" } as const;
    await stub.update(owner, { settings: { permissions: open } });
    await stub.send(member, draft("from a guest", 1));
    expect(await faultOf(stub.addMembers(member, [person("Eve")]))).toBe("forbidden");
    expect(await faultOf(stub.update(member, { name: "Mine" }))).toBe("forbidden");
    expect(await faultOf(stub.send(other, draft("restricted", 1)))).toBe("forbidden");
    await stub.update(owner, { settings: { permissions: { write: "owner", add_members: "owner" } } });
    await stub.send(owner, draft("alone", 1));
    await stub.addMembers(owner, [person("Eve")]);
    expect(await faultOf(stub.send(staff, draft("no", 1)))).toBe("forbidden");
  });

  it("PRM2 holds over a socket and for typing, and after eviction; what was sent before is still recognised", async () => {
    const { chatId, stub, owner, member } = await group();
    const device = await connect(chatId, member);
    const first = draft("before", 1);
    device.send({ type: "SEND_MESSAGE", ...first });
    const { seq } = await device.next("MESSAGE_ACK");
    await stub.update(owner, { settings: { permissions: { write: "admins" } } });
    await evictDurableObject(stub);
    device.send({ type: "TYPING_START" });
    expect(await device.next("ERROR")).toMatchObject({ code: "forbidden" });
    device.send({ type: "SEND_MESSAGE", ...draft("after", 1) });
    expect(await device.next("ERROR", 2)).toMatchObject({ code: "forbidden" });
    device.send({ type: "SEND_MESSAGE", ...first });
    expect(await device.next("MESSAGE_ACK", 2)).toMatchObject({ seq });
  });

  it("PRM3 are set by admins alone, whoever may change the name", async () => {
    const { stub, owner, admin, staff, member } = await group();
    await stub.update(owner, { settings: { permissions: { change_info: "everyone" } } });
    expect((await stub.update(member, { name: "By Mara" })).name).toBe("By Mara");
    for (const by of [member, staff])
      for (const settings of [{ slow_mode_s: 5 }, { permissions: {} }, { is_public: true }, { needs_approval: true }])
        expect(await faultOf(stub.update(by, { settings }))).toBe("forbidden");
    expect((await stub.update(admin, { settings: { permissions: {} } })).settings.permissions).toEqual({});
    expect(await faultOf(stub.update(member, { name: "Again" }))).toBe("forbidden");
    // Both in one patch: all or nothing.
    await stub.update(owner, { settings: { permissions: { change_info: "everyone" } } });
    expect(await faultOf(stub.update(member, { name: "Half", settings: { slow_mode_s: 5 } }))).toBe("forbidden");
    expect((await stub.view(owner)).chat.name).toBe("By Mara");
  });

  it("PRM3 what members should know of is said, all of it in one step; the same again is none", async () => {
    const { chatId, stub, owner, member } = await group();
    const device = await connect(chatId, member);
    const { rev, head_seq } = await device.next("SNAPSHOT");
    const settings = {
      slow_mode_s: 30,
      is_public: true,
      disappear_after_s: 3_600,
      permissions: { pin: "everyone", write: "staff" },
    } as const;
    const changed = await stub.update(owner, { name: "New", description: "d", settings });
    expect(changed).toMatchObject({ rev: rev + 1, name: "New", settings });
    await stub.update(owner, {
      name: "New",
      settings: { ...settings, permissions: { write: "staff", pin: "everyone" } },
    });
    await stub.update(owner, { settings: { edit_window_s: null, has_link_previews: false, needs_approval: true } });
    const news = await device.next("CHAT_CHANGED");
    expect(news.messages?.map((m) => [m.seq, m.rev, m.content])).toEqual([
      [head_seq + 1, rev + 1, { event: "chat_renamed", actor_id: owner, name: "New" }],
      [head_seq + 2, rev + 1, { event: "chat_described", actor_id: owner }],
      [head_seq + 3, rev + 1, { event: "disappearing_changed", actor_id: owner, seconds: 3_600 }],
      [head_seq + 4, rev + 1, { event: "slow_mode_changed", actor_id: owner, seconds: 30 }],
      [head_seq + 5, rev + 1, { event: "permissions_changed", actor_id: owner }],
      [head_seq + 6, rev + 1, { event: "visibility_changed", actor_id: owner, is_public: true }],
    ]);
    await device.settle();
    expect(device.of("CHAT_CHANGED").map((f) => [f.rev, f.messages?.length ?? 0])).toEqual([
      [rev + 1, 6],
      [rev + 2, 0],
    ]);
    await evictDurableObject(stub);
    expect((await stub.view(owner)).chat.settings).toMatchObject({
      ...settings,
      edit_window_s: null,
      needs_approval: true,
    });
  });

  it("PRM3 a direct chat has few settings, and both may set them", async () => {
    const [ada, bela] = [person("Ada"), person("Bela")];
    const { stub } = await makeDirect(ada, bela);
    const { settings } = await stub.update(bela.user_id, { settings: { disappear_after_s: 60 } });
    expect((await stub.update(ada.user_id, { settings: { ...settings, disappear_after_s: null } })).settings).toEqual({
      ...settings,
      disappear_after_s: null,
    });
    for (const refused of [
      { is_public: true },
      { slow_mode_s: 5 },
      { permissions: { write: "owner" } },
      { edit_window_s: 0 },
    ])
      expect(await faultOf(stub.update(ada.user_id, { settings: refused as Partial<ChatSettings> }))).toBe("invalid");
  });

  it("PRM4 staff restrict people, who then only read, and let them take part again", async () => {
    const { stub, staff, member, other, admin } = await group();
    await stub.setRole(staff, member, "restricted");
    expect(await faultOf(stub.send(member, draft("hello?", 1)))).toBe("forbidden");
    expect(await faultOf(stub.setReaction(member, { seq: 1, command_id: "r", emoji: "👍", is_set: true }))).toBe(
      "forbidden",
    );
    expect((await stub.history(member, { limit: 5 })).messages.length).toBeGreaterThan(0);
    for (const [by, whom] of [
      [member, other],
      [other, member],
      [staff, admin],
    ] as const)
      expect(await faultOf(stub.setRole(by, whom, "restricted"))).toBe("forbidden");
    expect(await faultOf(stub.setRole(staff, other, "moderator"))).toBe("forbidden");
    await stub.setRole(staff, member, "guest");
    await stub.setRole(staff, member, "member");
    await stub.send(member, draft("thank you", 1));
  });
});

describe("slow mode", () => {
  const slow = { slow_mode_s: 60 };
  const codeAndWait = async (work: Promise<unknown>) => {
    const fault = await work.then(
      () => undefined,
      (error: unknown) => asFault(error),
    );
    return fault ? [fault.code, fault.retry_after] : "sent";
  };

  it("SLW1 has members wait, tells them how long, and never staff", async () => {
    const { chatId, stub, owner, staff, member, other } = await group(slow);
    let now = Date.now();
    await setClock(chatId, () => now);
    for (let i = 0; i < 3; i++) for (const by of [owner, staff]) await stub.send(by, draft(`staff ${i}`, 1));
    await stub.send(member, draft("one", 1));
    await stub.send(other, draft("another's", 1));
    now += 10_000;
    expect(await codeAndWait(stub.send(member, draft("two", 1)))).toEqual(["rate_limited", 50]);
    now += 49_999;
    expect(await codeAndWait(stub.send(member, draft("two", 1)))).toEqual(["rate_limited", 0.1]);
    now += 1;
    expect(await codeAndWait(stub.send(member, draft("two", 1)))).toBe("sent");
    expect(await codeAndWait(stub.send(member, draft("three", 1)))).toEqual(["rate_limited", 60]);
    await stub.update(owner, { settings: { slow_mode_s: 0 } });
    expect(await codeAndWait(stub.send(member, draft("three", 1)))).toBe("sent");
  });

  it("SLW2 loses nothing: a repeat is recognised before it, and what was refused is sent later under its id", async () => {
    const { chatId, stub, member } = await group(slow);
    let now = Date.now();
    await setClock(chatId, () => now);
    const [first, second] = [draft("one", 1), draft("two", 1)];
    const { ack } = await stub.send(member, first);
    expect((await stub.send(member, first)).ack).toEqual(ack);
    expect(await codeAndWait(stub.send(member, second))).toEqual(["rate_limited", 60]);
    now += 60_000;
    expect((await stub.send(member, second)).ack.seq).toBe(ack.seq + 1);
    expect((await stub.send(member, second)).ack.seq).toBe(ack.seq + 1);
    // A forward is a message like any other.
    const ask = { client_msg_id: "f", seen_seq: 1, source_message_id: ack.server_msg_id };
    expect(await codeAndWait(stub.forward(member, ask))).toEqual(["rate_limited", 60]);
  });

  it("SLW3 is found again after eviction, from the log, and costs no row", async () => {
    const { chatId, stub, owner, member, other } = await group(slow);
    await stub.send(member, draft("one", 1));
    for (let i = 0; i < 50; i++) await stub.send(owner, draft(`between ${i}`, 1));
    await evictDurableObject(stub);
    expect(await faultOf(stub.send(member, draft("two", 1)))).toBe("rate_limited");
    const { written, read } = await inChat(chatId, async (object) => {
      const before = { ...object.db.rows };
      const { room } = object.desk;
      const since = Date.now() - 60_000;
      expect(room.slowMode.lastBy(member, room.headSeq, since)).toBeGreaterThan(since);
      expect(room.slowMode.lastBy(other, room.headSeq, since)).toBeUndefined();
      const { read } = object.db.rows;
      await object.send(other, draft("mine", 1));
      return { written: object.db.rows.written - before.written, read: read - before.read };
    });
    expect(written).toBe(1);
    // What was looked through once is not read again.
    expect(read).toBeLessThan(10);
  });

  it("SLW4 two at once are one, and a clock that was set back makes nobody wait longer than the pause", async () => {
    const { chatId, stub, member } = await group(slow);
    const both = await inChat(chatId, (object) =>
      Promise.allSettled([object.send(member, draft("a", 1)), object.send(member, draft("b", 1))]),
    );
    expect(both.map((one) => one.status)).toEqual(["fulfilled", "rejected"]);
    await setClock(chatId, () => Date.now() - 3_600_000);
    expect(await codeAndWait(stub.send(member, draft("c", 1)))).toEqual(["rate_limited", 60]);
  });
});
