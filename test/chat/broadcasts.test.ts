import { evictDurableObject, runDurableObjectAlarm } from "cloudflare:test";
import { beforeAll, describe, expect, it } from "vitest";
import { USUAL_PRIVACY } from "../../src/domain/privacy.ts";
import { directChatId, newChatId } from "../../src/protocol/ids.ts";
import { BROADCAST_RECIPIENTS } from "../../src/protocol/limits.ts";
import type { UserCalls } from "../../src/protocol/rpc.ts";
import { prepareProjections } from "../convergence/projections.ts";
import {
  attach,
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
  person,
  projected,
  sql,
  type TestPerson,
} from "./room.ts";

beforeAll(prepareProjections);

const hubOf = (userId: string) => bindings.USERS.get(bindings.USERS.idFromName(userId)) as unknown as UserCalls;

async function list(count = 3) {
  const owner = person("Olga");
  const recipients = Array.from({ length: count }, (_, i) => person(`R${i}`)) as [TestPerson, TestPerson, TestPerson];
  const chat_id = newChatId("broadcast");
  const stub = chatStub(chat_id);
  const view = await stub.create({
    ...{ chat_id, chat_type: "broadcast", name: "News", description: "", created_by: owner.user_id },
    people: [owner, ...recipients],
  });
  return { chatId: chat_id, stub, view, owner, recipients };
}

/** What stands in the direct chat of two people, as texts; nothing if there is none. */
async function told(one: TestPerson, other: TestPerson): Promise<unknown[]> {
  const direct = chatStub(await directChatId(one.user_id, other.user_id));
  if (!(await direct.isMember(one.user_id))) return [];
  const { messages } = await direct.history(one.user_id, { limit: 50 });
  return messages.map((m) => (m.content && "text" in m.content ? m.content.text : m.content));
}

const delivered = (chatId: string) =>
  eventually(
    async () => (await sql<{ n: number }>(chatId, "SELECT count(*) AS n FROM dispatch"))[0]?.n === 0,
    "all copies",
  );

describe("a list and those who have blocked its owner", () => {
  it("BRD2 BLK1 BLK3 brings nothing into sight, also where the first copy makes the direct chat, and its owner sees no difference", async () => {
    const { chatId, stub, owner, recipients } = await list();
    const [blocker, other] = recipients;
    await hubOf(blocker.user_id).setCircle({
      ...{ rev: 1, privacy: USUAL_PRIVACY, contacts: [] },
      blocked: [owner.user_id],
    });
    const { message } = await stub.send(owner.user_id, draft("news", 1));
    await delivered(chatId);
    const direct = chatStub(await directChatId(owner.user_id, blocker.user_id));
    const texts = async (by: string) =>
      (await direct.history(by, { limit: 10 })).messages.map((m) =>
        m.content && "text" in m.content ? m.content.text : "",
      );
    expect(await texts(owner.user_id)).toEqual(["news"]);
    expect(await texts(blocker.user_id)).toEqual([""]);
    expect(JSON.stringify((await hubOf(blocker.user_id).inbox({ limit: 10 })).chats)).not.toContain("news");
    expect(await told(owner, other)).toEqual(["news"]);
    expect(message.content).toEqual({ text: "news" });
    // Of both the same is told: sent, and no more.
    for (const one of [blocker, other]) {
      const copies = chatStub(await directChatId(owner.user_id, one.user_id));
      const { messages } = await copies.history(owner.user_id, { limit: 10 });
      expect(await copies.delivery(owner.user_id, messages[0]?.seq ?? 0)).toEqual([
        { user_id: one.user_id, status: "sent" },
      ]);
    }
  });
});

describe("who a list writes to", () => {
  it("BRD1 is shown to its owner and sees nothing of it: no chat, no socket, no entry, no membership", async () => {
    const { chatId, stub, view, owner, recipients } = await list();
    expect(view.chat).toMatchObject({ chat_type: "broadcast", member_count: 4, max_members: BROADCAST_RECIPIENTS + 1 });
    expect(view.members.map((m) => m.user_id).sort()).toEqual([owner, ...recipients].map((p) => p.user_id).sort());
    expect((await stub.members(owner.user_id, 2)).members).toHaveLength(2);
    const [one] = recipients;
    const doings = [
      stub.view(one.user_id),
      stub.history(one.user_id, { limit: 5 }),
      stub.send(one.user_id, draft("hello", 0)),
      stub.members(one.user_id, 5),
      stub.removeMember(one.user_id, one.user_id),
      stub.addMembers(one.user_id, [person("Eve")]),
      stub.end(one.user_id),
      stub.join(one),
      stub.markRead(one.user_id, 1),
    ];
    expect(await Promise.all(doings.map(faultOf))).toEqual(doings.map(() => "not_found"));
    expect(await stub.isMember(one.user_id)).toBe(false);
    expect(await stub.readHead(one.user_id)).toBeUndefined();
    expect((await attach(chatId, one.user_id)).status).toBe(404);
    await projected(chatId);
    const { DB } = bindings as unknown as { DB: D1Database };
    const rows = await DB.prepare("SELECT user_id FROM chat_member WHERE chat_id = ?").bind(chatId).all();
    expect(rows.results).toEqual([{ user_id: owner.user_id }]);
    await stub.send(owner.user_id, draft("news", 1));
    await delivered(chatId);
    expect((await hubOf(one.user_id).inbox({ limit: 5 })).chats.map((c) => c.chat_type)).toEqual(["direct"]);
  });

  it("BRD1 is added and taken off by its owner alone, who is told; the list is full at some time", async () => {
    const { chatId, stub, owner, recipients } = await list();
    const device = await connect(chatId, owner.user_id);
    const { rev } = await device.next("SNAPSHOT");
    const [one] = recipients;
    const eve = person("Eve");
    expect(await stub.addMembers(owner.user_id, [eve, one, owner])).toHaveLength(2);
    expect(await device.next("MEMBERS_CHANGED")).toMatchObject({
      rev: rev + 1,
      members: [{ user_id: eve.user_id }],
      chat: { member_count: 5 },
    });
    await stub.addMembers(owner.user_id, [eve]);
    await stub.removeMember(owner.user_id, one.user_id);
    await stub.removeMember(owner.user_id, one.user_id);
    const gone = await device.next("MEMBERS_CHANGED", 2);
    expect(gone).toMatchObject({ rev: rev + 2, chat: { member_count: 4 } });
    expect(gone.members?.[0]).toMatchObject({ user_id: one.user_id, removed_at: expect.any(String) });
    expect(await faultOf(stub.removeMember(owner.user_id, person("Nobody").user_id))).toBe("not_found");
    const crowd = Array.from({ length: BROADCAST_RECIPIENTS }, (_, i) => person(`P${i}`));
    expect(await faultOf(stub.addMembers(owner.user_id, crowd))).toBe("chat_full");
    // Who was taken off hears nothing more.
    await stub.send(owner.user_id, draft("news", 1));
    await delivered(chatId);
    expect([await told(owner, one), await told(owner, eve)]).toEqual([[], ["news"]]);
    for (const work of [
      stub.setRole(owner.user_id, eve.user_id, "admin"),
      stub.createInvite(owner.user_id, { role: "member" }),
      stub.ban(owner.user_id, { person: eve, reason: "" }),
      stub.removeMember(owner.user_id, owner.user_id),
    ])
      expect(["forbidden", "not_found"]).toContain(await faultOf(work));
    expect(await faultOf(stub.update(owner.user_id, { settings: { is_public: true } }))).toBe("invalid");
  });

  it("BRD1 the owner's device that follows has what a fresh one is told", async () => {
    const { chatId, stub, owner, recipients } = await list();
    const first = await (await connect(chatId, owner.user_id)).next("SNAPSHOT");
    await stub.addMembers(owner.user_id, [person("Eve")]);
    await stub.removeMember(owner.user_id, recipients[0].user_id);
    const cursor = { epoch: first.epoch, rev: first.rev };
    const caught = await (await connect(chatId, owner.user_id, { cursor })).next("CAUGHT_UP");
    const fresh = await (await connect(chatId, owner.user_id)).next("SNAPSHOT");
    const merged = new Map(first.members.map((m) => [m.user_id, m]));
    for (const m of caught.members ?? []) merged.set(m.user_id, m);
    const byId = (a: { user_id: string }, b: { user_id: string }) => (a.user_id < b.user_id ? -1 : 1);
    expect([...merged.values()].sort(byId)).toEqual([...fresh.members].sort(byId));
    expect(fresh.receipts).toEqual(first.receipts);
  });
});

describe("what a list sends", () => {
  it("BRD2 reaches everybody as a direct message, once, in order; answers come back direct", async () => {
    const { chatId, stub, owner, recipients } = await list(30);
    const [one, two] = recipients;
    // One of them is known already.
    const known = await makeDirect(owner, one);
    await known.stub.send(one.user_id, draft("hello Olga", 0));
    const device = await connect(chatId, owner.user_id);
    device.send([1, 2, 3].map((n) => ({ type: "SEND_MESSAGE", ...draft(`news ${n}`, 1) })));
    await device.next("MESSAGE_ACK", 3);
    await delivered(chatId);
    expect(await told(owner, one)).toEqual(["hello Olga", "news 1", "news 2", "news 3"]);
    for (const other of recipients.slice(1)) expect(await told(owner, other)).toEqual(["news 1", "news 2", "news 3"]);
    expect((await hubOf(two.user_id).inbox({ limit: 5 })).chats).toMatchObject([
      { chat_type: "direct", peer: { user_id: owner.user_id, display_name: "Olga" }, unread: 3 },
    ]);
    const direct = chatStub(await directChatId(owner.user_id, two.user_id));
    await direct.send(two.user_id, draft("thanks", 3));
    // The list has its own log, which nobody else wrote into.
    expect((await stub.history(owner.user_id, { limit: 10 })).messages).toHaveLength(4);
    await eventually(
      async () => (await hubOf(owner.user_id).inbox({ limit: 40 })).chats.some((c) => c.preview?.text === "thanks"),
      "the answer in the owner's list",
    );
  });

  it("BRD3 doubles nothing and loses nothing, killed at any moment of it", async () => {
    const { chatId, owner, recipients } = await list(40);
    for (let i = 0; i < 4; i++) {
      await chatStub(chatId).send(owner.user_id, draft(`news ${i}`, 1));
      // At different places of the work.
      await new Promise((resolve) => setTimeout(resolve, i * 15));
      await crash(chatId);
    }
    await evictDurableObject(chatStub(chatId)).catch(() => undefined);
    for (let i = 0; i < 5; i++) await runDurableObjectAlarm(chatStub(chatId)).catch(() => undefined);
    await delivered(chatId);
    for (const other of recipients) expect(await told(owner, other)).toEqual(["news 0", "news 1", "news 2", "news 3"]);
  });

  it("BRD3 the note of a kill between the last copy and its note costs a repeat, which is known", async () => {
    const { chatId, stub, owner, recipients } = await list();
    const { ack } = await stub.send(owner.user_id, draft("news", 1));
    await delivered(chatId);
    const missing = JSON.stringify(recipients.map((p) => p.user_id));
    await sql(chatId, "INSERT INTO dispatch (seq, missing) VALUES (?, ?)", ack.seq, missing);
    await inChat(chatId, (object) => object.alarm());
    await delivered(chatId);
    for (const other of recipients) expect(await told(owner, other)).toEqual(["news"]);
  });

  it("BRD4 brings every kind of message, and whose words were forwarded", async () => {
    const { chatId, stub, owner, recipients } = await list();
    const [one] = recipients;
    const source = await makeGroup([owner, person("Ada")]);
    const { message } = await source.stub.send(
      source.view.members.find((m) => m.user_id !== owner.user_id)?.user_id ?? "",
      draft("by Ada", 1),
    );
    await stub.send(owner.user_id, {
      ...draft("", 1),
      message_type: "location",
      content: { latitude: 1, longitude: 2, label: "Pier" },
    });
    await stub.forward(owner.user_id, { client_msg_id: "f", source_message_id: message.message_id });
    await delivered(chatId);
    const direct = chatStub(await directChatId(owner.user_id, one.user_id));
    const { messages } = await direct.history(one.user_id, { limit: 5 });
    expect(messages).toMatchObject([
      { message_type: "location", content: { label: "Pier" } },
      { message_type: "text", content: { text: "by Ada" }, forwarded: { sender_name: "Ada" } },
    ]);
  });

  it("BRD2 an answer in a thread of the list is a message of it like any", async () => {
    const { chatId, stub, owner, recipients } = await list();
    const { message } = await stub.send(owner.user_id, draft("news", 1));
    await stub.send(owner.user_id, { ...draft("a word more", 1), thread_root_message_id: message.message_id });
    await delivered(chatId);
    expect(await told(owner, recipients[1])).toEqual(["news", "a word more"]);
  });

  it("BRD1 a copy tells its reader nothing of the list, not by its id either", async () => {
    const { chatId, stub, owner, recipients } = await list();
    await stub.send(owner.user_id, draft("news", 1));
    await delivered(chatId);
    const ids = await Promise.all(
      recipients.map(async ({ user_id }) => {
        const direct = chatStub(await directChatId(owner.user_id, user_id));
        const { messages } = await direct.history(user_id, { limit: 5 });
        expect(JSON.stringify(messages)).not.toContain(chatId);
        return messages[0]?.client_msg_id;
      }),
    );
    expect(new Set(ids).size).toBe(recipients.length);
  });

  it("BRD3 what was written before the list was ended is brought all the same, forwards too", async () => {
    const { chatId, stub, owner, recipients } = await list();
    const source = await makeDirect(owner, person("Ada"));
    const { message } = await source.stub.send(owner.user_id, draft("passed on"));
    const missing = JSON.stringify([recipients[0].user_id]);
    await stub.forward(owner.user_id, { client_msg_id: "f", source_message_id: message.message_id });
    await delivered(chatId);
    await stub.end(owner.user_id);
    // As if nobody had it yet when the list was ended: first in the direct chat, so that no alarm comes between.
    const direct = chatStub(await directChatId(owner.user_id, recipients[0].user_id));
    await inChat(await directChatId(owner.user_id, recipients[0].user_id), (_, ctx) => {
      ctx.storage.sql.exec("UPDATE message SET client_msg_id = 'another'");
    });
    await evictDurableObject(direct);
    await sql(chatId, "INSERT INTO dispatch (seq, missing) VALUES (2, ?)", missing);
    await evictDurableObject(stub);
    await inChat(chatId, async (object) => object.alarm());
    await delivered(chatId);
    expect(await told(owner, recipients[0])).toEqual(["passed on", "passed on"]);
  });

  it("BRD5 what is deleted in the list stays where it was brought, and is not brought any more; copies are edited where they are", async () => {
    const { chatId, stub, owner, recipients } = await list();
    const { ack } = await stub.send(owner.user_id, draft("news", 1));
    await delivered(chatId);
    await stub.deleteMessage(owner.user_id, ack.seq);
    expect(await told(owner, recipients[0])).toEqual(["news"]);
    const second = await stub.send(owner.user_id, draft("more", 1));
    expect(
      await faultOf(
        stub.editMessage(owner.user_id, { seq: second.ack.seq, command_id: "e", content: { text: "less" } }),
      ),
    ).toBe("forbidden");
    await delivered(chatId);
    await inChat(chatId, async (object, ctx) => {
      await object.deleteMessage(owner.user_id, second.ack.seq);
      ctx.storage.sql.exec(
        "INSERT INTO dispatch (seq, missing) VALUES (?, ?)",
        second.ack.seq,
        `["${person("Late").user_id}"]`,
      );
      await object.alarm();
    });
    await delivered(chatId);
  });

  it("BRD6 a copy that can never be brought is given up after a week, and holds nothing up", async () => {
    const { chatId, stub, owner, recipients } = await list();
    await stub.send(owner.user_id, draft("news", 1));
    await delivered(chatId);
    const lost = await directChatId(owner.user_id, recipients[0].user_id);
    // A chat that answers nothing but failures.
    await inChat(lost, (object) => {
      Object.defineProperty(object, "send", { value: () => Promise.reject(new Error("broken")), configurable: true });
    });
    await stub.send(owner.user_id, draft("more", 1));
    const owed = () => sql<{ missing: string }>(chatId, "SELECT missing FROM dispatch");
    await eventually(async () => (await owed())[0]?.missing === JSON.stringify([recipients[0].user_id]), "all others");
    await inChat(chatId, (object) => {
      const at = Date.now() + 8 * 86_400_000;
      Object.defineProperty(object, "now", { value: () => at, configurable: true });
    });
    await inChat(chatId, async (object) => object.alarm());
    await delivered(chatId);
    expect(await told(owner, recipients[1])).toEqual(["news", "more"]);
  });

  it("BRD6 costs the list two rows a message before it is answered, and very many at once are held back", async () => {
    const { chatId, owner } = await list();
    await projected(chatId);
    const { written, refused } = await inChat(chatId, async (object, ctx) => {
      // Nobody is there to bring them.
      Object.defineProperty(object, "followed", { value: () => undefined });
      const before = object.db.rows.written;
      await object.send(owner.user_id, draft("news", 1));
      const written = object.db.rows.written - before;
      for (let i = 0; i < 49; i++)
        ctx.storage.sql.exec("INSERT INTO dispatch (seq, missing) VALUES (?, '[]')", 1_000 + i);
      const refused = await faultOf(object.send(owner.user_id, draft("too much", 1)));
      ctx.storage.sql.exec("DELETE FROM dispatch WHERE seq >= 1000");
      return { written, refused };
    });
    expect(written).toBe(2);
    expect(refused).toBe("rate_limited");
    await evictDurableObject(chatStub(chatId));
    await inChat(chatId, (object) => object.alarm());
    await delivered(chatId);
  });
});
