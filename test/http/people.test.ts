import { beforeAll, describe, expect, it } from "vitest";
import { openDatabase } from "../../src/db/database.ts";
import { FriendRequests } from "../../src/db/friend-requests.ts";
import type { DownOf } from "../../src/protocol/down.ts";
import type { Contact, FriendRequest } from "../../src/protocol/people-routes.ts";
import type { ChatView, Operation } from "../../src/protocol/rest.ts";
import { TestSocket } from "./test-socket.ts";
import { type Answer, type Ask, bindings, call, prepare, type Somebody, somebody } from "./world.ts";

beforeAll(prepare);

const as = (who: Somebody, operation: Operation, what: Ask = {}): Promise<Answer> =>
  call(operation, { token: who.token, ...what });

const pair = async (): Promise<[Somebody, Somebody]> => [await somebody(), await somebody()];

const contactsOf = async (who: Somebody): Promise<Contact[]> =>
  (await as(who, "listContacts")).data.contacts as unknown as Contact[];
const requestsOf = async (who: Somebody): Promise<FriendRequest[]> =>
  (await as(who, "listFriendRequests")).data.requests as unknown as FriendRequest[];
const ask = (who: Somebody, whom: Somebody, message = "") =>
  as(who, "requestFriend", { body: { user_id: whom.user_id, message } });
const answer = (who: Somebody, whom: Somebody, isAccepted: boolean) =>
  as(who, "answerFriend", { params: { userId: whom.user_id }, body: { is_accepted: isAccepted } });
const block = (who: Somebody, whom: Somebody, blocked = true) =>
  as(who, "block", { body: { user_id: whom.user_id, blocked } });

describe("oneself", () => {
  it("names and what one says of oneself are changed, and found by the new words", async () => {
    const ada = await somebody({ display_name: "Ada Before" });
    const changed = await as(ada, "updateMe", { body: { display_name: "Zerlina Quast", status_message: "at sea" } });
    expect(changed.data).toMatchObject({ display_name: "Zerlina Quast", status_message: "at sea", email: ada.email });
    expect((await as(ada, "me")).data).toEqual(changed.data);
    const found = async (q: string) =>
      (await as(ada, "searchUsers", { query: { q } })).data.users as unknown as object[];
    expect(await found("quast")).toHaveLength(1);
    expect(await found("before")).toHaveLength(0);
    expect((await as(ada, "updateMe", { body: {} })).error?.code).toBe("invalid");
    expect((await as(ada, "updateMe", { body: { username: "x" } })).error?.code).toBe("invalid");
  });
});

describe("a new name", () => {
  it("is what one is called in one's chats, and in the others' lists", async () => {
    const [ada, bela] = await pair();
    const made = await as(ada, "createChat", { body: { chat_type: "direct", participants: [bela.user_id] } });
    const { chat_id } = (made.data as unknown as ChatView).chat;
    await as(ada, "sendMessage", { params: { id: chat_id }, body: { content: "hello" } });
    const lines = async () => JSON.stringify((await as(bela, "listChats")).data.chats);
    await expect.poll(lines).toContain(chat_id);
    await as(ada, "updateMe", { body: { display_name: "Ada Renamed" } });
    const view = (await as(bela, "getChat", { params: { id: chat_id } })).data as unknown as ChatView;
    expect(view.members.find((m) => m.user_id === ada.user_id)?.display_name).toBe("Ada Renamed");
    await expect.poll(lines).toContain("Ada Renamed");
  });
});

describe("contacts", () => {
  it("are kept under a name of one's own, by name, page by page", async () => {
    const ada = await somebody();
    const names = ["zoe", "Bela", "cleo"];
    const people = await Promise.all(names.map((display_name) => somebody({ display_name })));
    for (const person of people) await as(ada, "putContact", { body: { user_id: person.user_id } });
    const [zoe] = people;
    if (!zoe) throw new Error("nobody");
    const put = await as(ada, "putContact", { body: { user_id: zoe.user_id, contact_name: "Aunt" } });
    expect(put.data).toMatchObject({ contact_name: "Aunt", is_mutual: false, person: { user_id: zoe.user_id } });
    const first = await as(ada, "listContacts", { query: { limit: 2 } });
    const second = await as(ada, "listContacts", { query: { limit: 2, cursor: String(first.data.next_cursor) } });
    const shown = [first, second].flatMap(({ data }) => data.contacts as unknown as Contact[]);
    expect(shown.map((c) => c.contact_name ?? c.person.display_name)).toEqual(["Aunt", "Bela", "cleo"]);
    expect(second.data.next_cursor).toBeUndefined();
    // Kept again without a name, the name stays; with null it goes.
    await as(ada, "putContact", { body: { user_id: zoe.user_id } });
    expect((await contactsOf(ada)).map((c) => c.contact_name)).toContain("Aunt");
    await as(ada, "putContact", { body: { user_id: zoe.user_id, contact_name: null } });
    expect((await contactsOf(ada)).map((c) => c.contact_name)).not.toContain("Aunt");
    expect((await as(ada, "listContacts", { query: { cursor: "nonsense" } })).error?.code).toBe("invalid");
  });

  it("are mutual when both keep each other, and gone when removed", async () => {
    const [ada, bela] = await pair();
    await as(ada, "putContact", { body: { user_id: bela.user_id } });
    await as(bela, "putContact", { body: { user_id: ada.user_id } });
    expect((await contactsOf(ada))[0]?.is_mutual).toBe(true);
    await block(bela, ada);
    expect((await contactsOf(ada))[0]?.is_mutual).toBe(false);
    expect((await as(bela, "removeContact", { params: { userId: ada.user_id } })).status).toBe(200);
    expect((await as(bela, "removeContact", { params: { userId: ada.user_id } })).error?.code).toBe("not_found");
  });

  it("nobody keeps themselves or somebody who does not exist", async () => {
    const ada = await somebody();
    expect((await as(ada, "putContact", { body: { user_id: ada.user_id } })).error?.code).toBe("invalid");
    expect((await as(ada, "putContact", { body: { user_id: "u0000000000000000" } })).error?.code).toBe("not_found");
  });
});

describe("friend requests", () => {
  it("wait on both sides and make contacts when accepted; accepting twice has no second effect", async () => {
    const [ada, bela] = await pair();
    expect((await ask(ada, bela, "hello")).data.status).toBe("requested");
    expect((await ask(ada, bela, "hello")).data.status).toBe("requested");
    expect(await requestsOf(ada)).toMatchObject([{ direction: "outgoing", person: { user_id: bela.user_id } }]);
    expect(await requestsOf(bela)).toMatchObject([{ direction: "incoming", message: "hello" }]);
    expect((await answer(bela, ada, true)).status).toBe(200);
    expect((await answer(bela, ada, true)).status).toBe(200);
    expect((await contactsOf(ada))[0]).toMatchObject({ is_mutual: true });
    expect((await contactsOf(bela))[0]).toMatchObject({ is_mutual: true });
    expect([await requestsOf(ada), await requestsOf(bela)]).toEqual([[], []]);
    expect((await ask(ada, bela)).data.status).toBe("accepted");
  });

  it("that cross are an acceptance", async () => {
    const [ada, bela] = await pair();
    await ask(ada, bela);
    expect((await ask(bela, ada)).data.status).toBe("accepted");
    expect(await contactsOf(ada)).toHaveLength(1);
    expect(await contactsOf(bela)).toHaveLength(1);
  });

  it("are declined silently, and asking again brings nothing back; who declined may still ask", async () => {
    const [ada, bela] = await pair();
    await ask(ada, bela);
    expect((await answer(bela, ada, false)).status).toBe(200);
    expect((await answer(bela, ada, false)).status).toBe(200);
    expect(await requestsOf(ada)).toMatchObject([{ direction: "outgoing" }]);
    expect(await requestsOf(bela)).toEqual([]);
    await as(ada, "withdrawFriend", { params: { userId: bela.user_id } });
    expect(await requestsOf(ada)).toEqual([]);
    expect((await ask(ada, bela, "please")).data.status).toBe("requested");
    expect(await requestsOf(bela)).toEqual([]);
    expect((await answer(bela, ada, true)).error?.code).toBe("not_found");
    expect((await ask(bela, ada)).data.status).toBe("accepted");
  });

  it("are taken back without a trace", async () => {
    const [ada, bela] = await pair();
    await ask(ada, bela);
    expect((await as(ada, "withdrawFriend", { params: { userId: bela.user_id } })).status).toBe(200);
    expect((await as(ada, "withdrawFriend", { params: { userId: bela.user_id } })).error?.code).toBe("not_found");
    expect(await requestsOf(bela)).toEqual([]);
    expect((await answer(bela, ada, true)).error?.code).toBe("not_found");
  });

  it("of who is blocked look like any, and reach nobody, also after the block", async () => {
    const [ada, bela] = await pair();
    await ask(bela, ada);
    await block(ada, bela);
    expect(await requestsOf(ada)).toEqual([]);
    expect(await requestsOf(bela)).toMatchObject([{ direction: "outgoing" }]);
    expect((await ask(bela, ada, "again")).data.status).toBe("requested");
    expect((await ask(ada, bela)).error?.code).toBe("blocked");
    await block(ada, bela, false);
    expect(await requestsOf(ada)).toEqual([]);
  });

  it("that were withdrawn or ended by a block while they are being accepted make no contacts", async () => {
    for (const meanwhile of [
      (from: Somebody, to: Somebody) => as(from, "withdrawFriend", { params: { userId: to.user_id } }),
      (from: Somebody, to: Somebody) => block(from, to),
      (from: Somebody, to: Somebody) => block(to, from),
    ]) {
      const [ada, bob] = await pair();
      await ask(ada, bob);
      const friends = new FriendRequests(openDatabase(bindings.DB));
      // What the acceptance has read before it writes.
      expect(await friends.find(ada.user_id, bob.user_id)).toMatchObject({ declined_at: null });
      await meanwhile(ada, bob);
      expect(await friends.befriend(ada.user_id, bob.user_id, Date.now())).toBe(false);
      expect([await contactsOf(ada), await contactsOf(bob)]).toEqual([[], []]);
    }
  });

  it("of who is blocked while they ask are declined as they come", async () => {
    const [ada, bob] = await pair();
    await block(bob, ada);
    // The question had found no block yet.
    await new FriendRequests(openDatabase(bindings.DB)).ask(ada.user_id, bob.user_id, "please", Date.now());
    expect(await requestsOf(bob)).toEqual([]);
    expect(await requestsOf(ada)).toMatchObject([{ direction: "outgoing", message: "please" }]);
  });

  it("are bounded, in number and in speed", async () => {
    const ada = await somebody();
    const codes: (string | undefined)[] = [];
    for (let i = 0; i < 25; i++) codes.push((await ask(ada, await somebody())).error?.code);
    expect(codes.filter((code) => code === undefined).length).toBeGreaterThanOrEqual(20);
    expect(codes.at(-1)).toBe("rate_limited");
  });
});

describe("what devices are told of people", () => {
  const listen = async (who: Somebody) => {
    const socket = await TestSocket.hub(who.token);
    await socket.next("CONNECTED");
    return { told: async () => ((await socket.next("PEOPLE_CHANGED")) as DownOf<"PEOPLE_CHANGED">).reason };
  };
  /** The first that comes: whatever was to be silent before it has not come. */
  const keep = (who: Somebody, whom: Somebody) => as(who, "putContact", { body: { user_id: whom.user_id } });

  it("CIR8 a request, taking it back and accepting it reach both sides at once", async () => {
    const [ada, bela] = await pair();
    const [own, other] = [await listen(ada), await listen(bela)];
    await ask(ada, bela);
    expect([await own.told(), await other.told()]).toEqual(["friend_request", "friend_request"]);
    await as(ada, "withdrawFriend", { params: { userId: bela.user_id } });
    expect([await own.told(), await other.told()]).toEqual(["friend_request", "friend_request"]);
    await ask(ada, bela);
    expect([await own.told(), await other.told()]).toEqual(["friend_request", "friend_request"]);
    await answer(bela, ada, true);
    expect([await own.told(), await other.told()]).toEqual(["contact", "contact"]);
  });

  it("CIR8 a block, privacy, a contact and a decline reach the own devices alone", async () => {
    const [ada, bela] = await pair();
    const [phone, laptop, other] = [await listen(bela), await listen(bela), await listen(ada)];
    await ask(ada, bela);
    expect([await phone.told(), await laptop.told(), await other.told()]).toEqual(Array(3).fill("friend_request"));
    await answer(bela, ada, false);
    expect([await phone.told(), await laptop.told()]).toEqual(["friend_request", "friend_request"]);
    await block(bela, ada);
    expect([await phone.told(), await laptop.told()]).toEqual(["block", "block"]);
    await as(bela, "setPrivacy", { body: { online: "nobody" } });
    expect([await phone.told(), await laptop.told()]).toEqual(["privacy", "privacy"]);
    await keep(bela, ada);
    expect([await phone.told(), await laptop.told()]).toEqual(["contact", "contact"]);
    await keep(ada, bela);
    expect(await other.told()).toBe("contact");
  });

  it("CIR8 who is blocked or was declined reaches nobody, however often they ask", async () => {
    const [ada, bela] = await pair();
    const cleo = await somebody();
    await block(bela, ada);
    await ask(cleo, bela);
    await answer(bela, cleo, false);
    const [own, other, third] = [await listen(ada), await listen(bela), await listen(cleo)];
    for (const [who, device] of [
      [ada, own],
      [cleo, third],
    ] as const) {
      await ask(who, bela, "again");
      expect(await device.told()).toBe("friend_request");
      await as(who, "withdrawFriend", { params: { userId: bela.user_id } });
      expect(await device.told()).toBe("friend_request");
      await ask(who, bela, "and again");
      expect(await device.told()).toBe("friend_request");
    }
    await keep(bela, cleo);
    expect(await other.told()).toBe("contact");
  });
});

describe("blocks", () => {
  it("are listed, repeated without a second effect, and undone", async () => {
    const [ada, bela] = await pair();
    expect((await block(ada, bela)).data).toEqual({ blocked: true });
    expect((await block(ada, bela)).data).toEqual({ blocked: true });
    expect((await as(ada, "listBlocked")).data.people).toMatchObject([{ user_id: bela.user_id }]);
    expect((await as(bela, "listBlocked")).data.people).toEqual([]);
    expect((await block(ada, bela, false)).data).toEqual({ blocked: false });
    expect((await as(ada, "listBlocked")).data.people).toEqual([]);
    expect((await block(ada, ada)).error?.code).toBe("invalid");
  });

  it("close search, profile and groups to who is blocked, and say nothing of it", async () => {
    const [ada, bela] = [await somebody({ username: "gundula" }), await somebody({ username: "ottokar" })];
    await as(ada, "updateMe", { body: { status_message: "for friends", first_name: "Gun" } });
    const [cleo] = await pair();
    await block(ada, bela);
    const found = async (who: Somebody, q: string) => (await as(who, "searchUsers", { query: { q } })).data.users;
    expect(await found(bela, "gundula")).toEqual([]);
    expect(await found(bela, ada.email)).toEqual([]);
    expect(await found(ada, "ottokar")).toHaveLength(1);
    expect(await found(cleo, "gundula")).toHaveLength(1);
    expect((await as(bela, "profile", { params: { id: ada.user_id } })).data).toEqual({
      ...{ user_id: ada.user_id, username: "gundula", display_name: "gundula" },
      ...{ first_name: "", last_name: "", status_message: "" },
    });
    const made = await as(bela, "createChat", {
      body: { chat_type: "group", name: "trap", participants: [ada.user_id, cleo.user_id] },
    });
    const view = made.data as unknown as ChatView;
    expect(view.members.map((m) => m.user_id).sort()).toEqual([bela.user_id, cleo.user_id].sort());
    const params = { id: view.chat.chat_id };
    const added = await as(bela, "addParticipants", { params, body: { user_ids: [ada.user_id] } });
    expect(added.data).toEqual({ members: [], invite_only: [ada.user_id] });
    // A direct chat opens as it does for anybody.
    const direct = await as(bela, "createChat", { body: { chat_type: "direct", participants: [ada.user_id] } });
    expect(direct.status).toBe(201);
  });
});
