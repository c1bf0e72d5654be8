import { beforeAll, describe, expect, it } from "vitest";
import type { ChatSettings } from "../../src/protocol/chat.ts";
import type { ChatCard } from "../../src/protocol/entry-routes.ts";
import type { ChatView } from "../../src/protocol/rest.ts";
import { type Answer, call, ORIGIN, prepare, row, type Somebody, somebody } from "./world.ts";

let [ada, bob, cleo]: [Somebody, Somebody, Somebody] = [] as never;
beforeAll(async () => {
  await prepare();
  [ada, bob, cleo] = [await somebody(), await somebody(), await somebody()];
});

const chatOf = (answer: Answer) => (answer.data as unknown as ChatView).chat;

async function make(
  chat_type: "group" | "channel" | "broadcast",
  chat_name: string,
  settings: Partial<ChatSettings> = {},
  people: Somebody[] = [],
  more: object = {},
): Promise<string> {
  const participants = people.map((p) => p.user_id);
  const answer = await call("createChat", {
    token: ada.token,
    body: { chat_type, chat_name, participants, settings, ...more },
  });
  return chatOf(answer).chat_id;
}

const find = async (who: Somebody, query: Record<string, string | number>) => {
  const { data } = await call("directory", { token: who.token, query });
  return data as unknown as { chats: ChatCard[]; next_cursor?: string };
};

/** Waits, generously, for the projection. */
async function listed(who: Somebody, q: string, isThere: (chats: ChatCard[]) => boolean): Promise<ChatCard[]> {
  for (let tries = 0; tries < 300; tries++) {
    // A reader who asks too often is told to wait: then there is no list.
    const { chats } = await find(who, { q });
    if (chats && isThere(chats)) return chats;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error(`the directory never came to that: ${JSON.stringify((await find(who, { q })).chats)}`);
}

describe("channels and lists", () => {
  it("are made once under an id of their maker's device, and shown in the maker's list", async () => {
    for (const type of ["channel", "broadcast"] as const) {
      const body = { chat_type: type, chat_name: "Once", participants: [bob.user_id], client_chat_id: `tap-${type}` };
      const made = await Promise.all([1, 2].map(() => call("createChat", { token: ada.token, body })));
      const again = await call("createChat", { token: ada.token, body });
      expect(new Set([...made, again].map((answer) => chatOf(answer).chat_id)).size).toBe(1);
      expect(chatOf(again)).toMatchObject({ chat_type: type, name: "Once", member_count: 2 });
      expect(JSON.stringify((await call("listChats", { token: ada.token })).data)).toContain(chatOf(again).chat_id);
    }
  });

  it("a list sends direct messages, and is nothing to those who get them", async () => {
    const id = await make("broadcast", "News", {}, [bob, cleo]);
    const sent = await call("sendMessage", { token: ada.token, params: { id }, body: { content: "Storm at noon" } });
    expect(sent.status).toBe(201);
    for (const who of [bob, cleo]) {
      expect((await call("getChat", { token: who.token, params: { id } })).error?.code).toBe("not_found");
      for (let tries = 0; ; tries++) {
        const { data } = await call("listChats", { token: who.token });
        const chats = data.chats as unknown as { chat_type: string; preview?: { text: string } }[];
        if (chats.some((c) => c.chat_type === "direct" && c.preview?.text === "Storm at noon")) break;
        if (tries > 200) throw new Error("the message never came");
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
    }
    const { data } = await call("listParticipants", { token: ada.token, params: { id } });
    expect((data.members as unknown as unknown[]).length).toBe(3);
  });

  it("who lets themselves be reached by contacts alone is on nobody else's list", async () => {
    const shy = await somebody();
    await call("setPrivacy", { token: shy.token, body: { reachable: "contacts" } });
    const id = await make("broadcast", "News", {}, [bob]);
    const added = await call("addParticipants", {
      token: ada.token,
      params: { id },
      body: { user_ids: [shy.user_id] },
    });
    expect(added.data).toMatchObject({ members: [], invite_only: [shy.user_id] });
  });
});

describe("the directory", () => {
  it("lists public chats by the beginning of a word of their names, and lets people in", async () => {
    const id = await make("channel", "Harbour Téa News", { is_public: true }, [], { description: "All about tea" });
    const hidden = await make("group", "Harbour secrets", {});
    const [card] = await listed(bob, "harb tea", (chats) => chats.length > 0);
    expect(card).toEqual({
      ...{ chat_id: id, chat_type: "channel", name: "Harbour Téa News", description: "All about tea" },
      ...{ member_count: 1, needs_approval: false, standing: "stranger" },
    });
    expect((await find(bob, { q: "harbour" })).chats.map((c) => c.chat_id)).not.toContain(hidden);
    expect((await find(bob, { q: "arbour" })).chats).toEqual([]);
    expect((await find(bob, { q: "harbour", chat_type: "group" })).chats).toEqual([]);
    const joined = await call("joinChat", { token: bob.token, params: { id }, body: {} });
    expect(joined.data).toMatchObject({ status: "joined", chat: { chat_id: id, member_count: 2 } });
    expect(JSON.stringify((await call("listChats", { token: bob.token })).data)).toContain(id);
    const [after] = await listed(
      bob,
      "harbour",
      (chats) => chats[0]?.member_count === 2 && chats[0].standing === "member",
    );
    expect(after?.chat_id).toBe(id);
    expect((await call("joinChat", { token: bob.token, params: { id: hidden }, body: {} })).error?.code).toBe(
      "not_found",
    );
  });

  it("says of each chat how its reader stands to it: waiting, kept out, in, or a stranger", async () => {
    const [reader, other] = [await somebody(), await somebody()];
    const asking = await make("group", "Vellum asking", { is_public: true, needs_approval: true });
    const banning = await make("group", "Vellum banning", { is_public: true }, [reader]);
    const left = await make("group", "Vellum left", { is_public: true }, [reader]);
    const inside = await make("channel", "Vellum inside", { is_public: true }, [reader]);
    const open = await make("channel", "Vellum open", { is_public: true });
    await call("joinChat", { token: reader.token, params: { id: asking }, body: {} });
    await call("ban", { token: ada.token, params: { id: banning }, body: { user_id: reader.user_id, reason: "spam" } });
    await call("deleteChat", { token: reader.token, params: { id: left } });
    const standings = (chats: ChatCard[]) => Object.fromEntries(chats.map((card) => [card.chat_id, card.standing]));
    const mine = {
      ...{ [asking]: "requested", [banning]: "banned", [left]: "stranger" },
      ...{ [inside]: "member", [open]: "stranger" },
    };
    const isKnown = (chats: ChatCard[]) =>
      chats.length === 5 && standings(chats)[banning] === "banned" && standings(chats)[left] === "stranger";
    expect(standings(await listed(reader, "vellum", isKnown))).toEqual(mine);
    expect(new Set(Object.values(standings((await find(other, { q: "vellum" })).chats)))).toEqual(
      new Set(["stranger"]),
    );
    // Let in: no longer waiting.
    const params = { id: asking, userId: reader.user_id };
    await call("answerJoinRequest", { token: ada.token, params, body: { is_approved: true } });
    await listed(reader, "vellum", (chats) => standings(chats)[asking] === "member");
  });

  it("forgets a chat that is made private, renamed or ended, and every word of it", async () => {
    const reader = await somebody();
    const id = await make("group", "Quay regatta", { is_public: true }, [bob]);
    await listed(reader, "regatta", (chats) => chats.length === 1);
    await call("updateChat", { token: ada.token, params: { id }, body: { name: "Quay race", description: "Sails" } });
    await listed(reader, "regatta", (chats) => chats.length === 0);
    expect(await listed(reader, "race", (chats) => chats.length === 1)).toMatchObject([{ description: "Sails" }]);
    await call("updateChat", { token: ada.token, params: { id }, body: { settings: { is_public: false } } });
    await listed(reader, "race", (chats) => chats.length === 0);
    expect(await row("SELECT count(*) AS n FROM chat_word WHERE chat_id = ?", id)).toEqual({ n: 0 });
    expect(await row("SELECT description, is_listed FROM chat WHERE id = ?", id)).toEqual({
      description: "",
      is_listed: 0,
    });
    await call("updateChat", { token: ada.token, params: { id }, body: { settings: { is_public: true } } });
    await listed(reader, "race", (chats) => chats.length === 1);
    await call("deleteChat", { token: ada.token, params: { id }, query: { mode: "delete" } });
    await listed(reader, "race", (chats) => chats.length === 0);
  });

  it("comes in pages, the largest first, each chat once", async () => {
    const reader = await somebody();
    const crowd = [bob, cleo];
    const made: string[] = [];
    for (let i = 0; i < 5; i++)
      made.push(await make("group", `Zephyr ${i}`, { is_public: true }, crowd.slice(0, i % 3)));
    await listed(reader, "zeph", (chats) => chats.length === 5);
    const seen: ChatCard[] = [];
    let cursor: string | undefined;
    do {
      const page = await find(reader, { q: "zephyr", limit: 2, ...(cursor === undefined ? {} : { cursor }) });
      seen.push(...page.chats);
      cursor = page.next_cursor;
    } while (cursor !== undefined);
    expect(seen.map((c) => c.chat_id).sort()).toEqual(made.sort());
    expect(seen.map((c) => c.member_count)).toEqual([3, 2, 2, 1, 1]);
    for (const bad of ["x", "1", "1.g0", "-1.g0"])
      expect((await call("directory", { token: reader.token, query: { q: "zephyr", cursor: bad } })).error?.code).toBe(
        "invalid",
      );
  });
});

describe("links", () => {
  it("have an address of this very origin, lead in once, and show strangers where", async () => {
    const id = await make("group", "By link", {});
    const made = await call("createInvite", { token: ada.token, params: { id }, body: { max_uses: 1 } });
    const { code, url } = made.data as unknown as { code: string; url: string };
    expect(made.status).toBe(201);
    expect(url).toBe(`${ORIGIN}/join/${code}`);
    const card = await call("readInvite", { token: bob.token, params: { code } });
    expect(card.data).toMatchObject({ chat_id: id, name: "By link", standing: "stranger", member_count: 1 });
    const joined = await call("acceptInvite", { token: bob.token, params: { code }, body: {} });
    expect(joined.data).toMatchObject({ status: "joined" });
    expect((await call("acceptInvite", { token: bob.token, params: { code } })).data).toMatchObject({
      status: "joined",
    });
    expect((await call("acceptInvite", { token: cleo.token, params: { code }, body: {} })).error?.code).toBe(
      "not_found",
    );
    const lasting = await call("inviteLink", { token: ada.token, params: { id } });
    const { data } = await call("listInvites", { token: ada.token, params: { id } });
    expect(data.invites).toMatchObject([{ code: lasting.data.code }, { code, uses: 1, url }]);
    await call("revokeInvite", { token: ada.token, params: { id, code: String(lasting.data.code) } });
    expect(
      (await call("readInvite", { token: cleo.token, params: { code: String(lasting.data.code) } })).error?.code,
    ).toBe("not_found");
    // The link of one chat is none of another.
    const other = await make("group", "Another", {});
    expect((await call("revokeInvite", { token: ada.token, params: { id: other, code } })).error?.code).toBe(
      "not_found",
    );
  });

  it("INV8 are made once under an id of their maker's device, however often they are asked for", async () => {
    const id = await make("group", "Once by link");
    const body = { max_uses: 5, client_invite_id: "tap-1" };
    const again = () => call("createInvite", { token: ada.token, params: { id }, body });
    const made = [...(await Promise.all([again(), again()])), await again()];
    expect(made.map(({ status }) => status)).toEqual([201, 201, 201]);
    expect(new Set(made.map(({ data }) => data.url)).size).toBe(1);
    const { data } = await call("listInvites", { token: ada.token, params: { id } });
    expect(data.invites).toHaveLength(1);
    const other = { token: ada.token, params: { id }, body: { ...body, role: "guest" } };
    expect((await call("createInvite", other)).error?.code).toBe("id_reused");
    const bad = { token: ada.token, params: { id }, body: { ...body, client_invite_id: "" } };
    expect((await call("createInvite", bad)).error?.code).toBe("invalid");
  });

  it("ask where the chat wants to be asked, and staff answer", async () => {
    const id = await make("group", "Ask first", { needs_approval: true });
    const { data } = await call("inviteLink", { token: ada.token, params: { id } });
    const code = String(data.code);
    const asked = await call("acceptInvite", { token: cleo.token, params: { code }, body: { message: "It is me" } });
    expect(asked.data).toEqual({ status: "requested" });
    const waiting = await call("listJoinRequests", { token: ada.token, params: { id } });
    expect(waiting.data.requests).toMatchObject([{ person: { user_id: cleo.user_id }, message: "It is me" }]);
    const params = { id, userId: cleo.user_id };
    await call("answerJoinRequest", { token: ada.token, params, body: { is_approved: true } });
    expect((await call("getChat", { token: cleo.token, params: { id } })).status).toBe(200);
  });
});

describe("bans", () => {
  it("keep people out over HTTP, named when somebody adds them", async () => {
    const id = await make("group", "Quiet", {}, [bob, cleo]);
    const banned = await call("ban", {
      token: ada.token,
      params: { id },
      body: { user_id: bob.user_id, reason: "noise" },
    });
    expect(banned.data).toMatchObject({ person: { user_id: bob.user_id }, reason: "noise", banned_by: ada.user_id });
    expect((await call("getChat", { token: bob.token, params: { id } })).error?.code).toBe("removed");
    const added = await call("addParticipants", {
      token: ada.token,
      params: { id },
      body: { user_ids: [bob.user_id] },
    });
    expect([added.error?.code, added.error?.details]).toEqual(["banned", { user_ids: [bob.user_id] }]);
    expect((await call("listBans", { token: ada.token, params: { id } })).data.bans).toHaveLength(1);
    await call("unban", { token: ada.token, params: { id, userId: bob.user_id } });
    expect(
      (await call("addParticipants", { token: ada.token, params: { id }, body: { user_ids: [bob.user_id] } })).status,
    ).toBe(201);
    const nobody = await call("ban", { token: ada.token, params: { id }, body: { user_id: "u0000000000000000" } });
    expect(nobody.error?.code).toBe("not_found");
  });
});
