import { evictDurableObject } from "cloudflare:test";
import { describe, expect, it } from "vitest";
import type { Mention } from "../../src/protocol/content.ts";
import {
  bindings,
  connectHub,
  draft,
  eventually,
  faultOf,
  inChat,
  makeDirect,
  makeGroup,
  person,
  sql,
  type TestDevice,
} from "./room.ts";

async function group() {
  const people = ["Ada", "Bela", "Cleo"].map(person);
  const made = await makeGroup(people);
  const [ada, bela, cleo] = people.map((p) => p.user_id) as [string, string, string];
  return { ...made, ada, bela, cleo };
}

/** A text with `@name` mentions of these people, in this order. */
function saying(text: string, who: Partial<Mention>[], seenSeq = 1) {
  let from = 0;
  const mentions = who.map((one) => {
    const offset = text.indexOf("@", from);
    from = offset + 1;
    const length = /^@\w+/.exec(text.slice(offset))?.[0].length ?? 1;
    return { offset, length, ...one };
  });
  return { ...draft(text, seenSeq), content: { text, mentions } };
}

const entryOf = (chatId: string, userId: string) =>
  inChat(chatId, async (object) => (await object.readHead(userId))?.entry);
const mentionOf = async (chatId: string, userId: string) => (await entryOf(chatId, userId))?.mention_seq;

/** Which hubs the chat calls for this, and whether it is their owners' own business. All of them are asleep. */
async function bumpsOf(work: () => Promise<unknown>): Promise<Map<string, boolean>> {
  const bumps = new Map<string, boolean>();
  const { USERS } = bindings;
  const hubs = {
    idFromName: (name: string) => name,
    get: (userId: string) => ({
      bump: async ({ is_personal }: { is_personal: boolean }) => {
        bumps.set(userId, is_personal);
        return { is_awake: false };
      },
    }),
  };
  // One for all objects of this isolate.
  Object.assign(bindings, { USERS: hubs });
  try {
    await work();
    await new Promise((resolve) => setTimeout(resolve, 300));
  } finally {
    Object.assign(bindings, { USERS });
  }
  return bumps;
}

describe("mentions", () => {
  it("MNT1 moves mentions along when the text is composed, and lets what means nobody stay text", async () => {
    const { stub, ada, bela } = await group();
    // Each "é" of two code units becomes one, and the line ends shrink.
    const text = "Cafe\u0301\r\n@Bela @Eve @Bela";
    const at = (word: string, n = 0) => text.indexOf(word, n);
    const { message } = await stub.send(ada, {
      ...draft(text, 1),
      content: {
        text,
        mentions: [
          { offset: at("@Bela"), length: 5, user_id: bela },
          { offset: at("@Eve"), length: 4, user_id: person("Eve").user_id },
          { offset: at("@Bela") + 2, length: 5, user_id: ada },
        ],
      },
    });
    expect(message.content).toEqual({
      text: "Caf\u00e9\n@Bela @Eve @Bela",
      mentions: [{ offset: 5, length: 5, user_id: bela }],
    });
    // A mark that joins the letter before: the mention would begin inside a letter.
    const joined = "Cafe\u0301 x";
    const odd = await stub.send(ada, {
      ...draft(joined, 1),
      content: { text: joined, mentions: [{ offset: 4, length: 1, user_id: bela }] },
    });
    expect(odd.message.content).toEqual({ text: "Caf\u00e9 x" });
  });

  it("MNT2 lets staff alone mention everybody, and nobody in a direct chat", async () => {
    const { chatId, stub, ada, bela, cleo } = await group();
    const all = saying("@channel hear", [{ everyone: "channel" }]);
    expect(await faultOf(stub.send(bela, all))).toBe("forbidden");
    expect(await faultOf(stub.send(bela, saying("@here hear", [{ everyone: "here" }])))).toBe("forbidden");
    await stub.send(ada, all);
    expect(await mentionOf(chatId, bela)).toBe(2);
    expect(await mentionOf(chatId, cleo)).toBe(2);
    expect(await mentionOf(chatId, ada)).toBeUndefined();
    // An edit cannot bring in what a message could not.
    await stub.send(bela, draft("quiet", 2));
    const loud = { seq: 3, command_id: "e", content: saying("@here", [{ everyone: "here" }]).content };
    expect(await faultOf(stub.editMessage(bela, loud))).toBe("forbidden");
    const direct = await makeDirect(person("One"), person("Other"));
    const [one] = direct.view.members;
    expect(await faultOf(direct.stub.send(one?.user_id ?? "", { ...all, seen_seq: 0 }))).toBe("forbidden");
  });

  it("MNT3 points at the newest unread mention or answer, until it is read, edited or deleted", async () => {
    const { chatId, stub, ada, bela, cleo } = await group();
    await stub.send(bela, draft("question", 1));
    await stub.send(ada, { ...draft("answer", 2), reply_to_message_id: `${chatId}.2` });
    expect(await mentionOf(chatId, bela)).toBe(3);
    expect(await mentionOf(chatId, cleo)).toBeUndefined();
    await stub.send(ada, saying("@Bela and @Cleo", [{ user_id: bela }, { user_id: cleo }]));
    await stub.send(ada, draft("more", 4));
    expect([await mentionOf(chatId, bela), await mentionOf(chatId, cleo)]).toEqual([4, 4]);
    await stub.send(ada, draft("and more", 5));
    expect(await mentionOf(chatId, bela)).toBe(4);
    // An answer to oneself, and a mention of oneself, call nobody.
    await stub.send(ada, { ...saying("@Ada", [{ user_id: ada }]), reply_to_message_id: `${chatId}.3` });
    expect(await mentionOf(chatId, ada)).toBeUndefined();

    await stub.editMessage(ada, { seq: 4, command_id: "e1", content: { text: "nobody" } });
    expect([await mentionOf(chatId, bela), await mentionOf(chatId, cleo)]).toEqual([3, undefined]);
    await stub.editMessage(ada, {
      ...{ seq: 5, command_id: "e2" },
      content: saying("now @Cleo", [{ user_id: cleo }]).content,
    });
    expect(await mentionOf(chatId, cleo)).toBe(5);
    await stub.deleteMessage(ada, 5);
    expect(await mentionOf(chatId, cleo)).toBeUndefined();
    await stub.markRead(bela, 3);
    expect(await mentionOf(chatId, bela)).toBeUndefined();
  });

  it("MNT3 finds it again after eviction, also when counts were stored and reactions came since", async () => {
    const { chatId, stub, ada, bela, cleo } = await group();
    await stub.send(ada, saying("@Bela", [{ user_id: bela }]));
    for (let i = 0; i < 30; i++) await stub.send(ada, draft(`m${i}`, 2));
    expect(await mentionOf(chatId, bela)).toBe(2);
    await stub.markRead(cleo, 20);
    const [stored] = await sql<{ cursors: string }>(chatId, "SELECT cursors FROM receipt");
    expect(JSON.parse(stored?.cursors ?? "{}")[bela]).toEqual([1, 1, 1, 1, 32, 31, 2]);
    await stub.setReaction(cleo, { seq: 3, command_id: "r", emoji: "👍", is_set: true });
    await evictDurableObject(stub);
    await inChat(chatId, async (object) => {
      await object.view(ada);
      const before = object.db.rows.read;
      expect((await object.readHead(bela))?.entry).toMatchObject({ unread: 31, mention_seq: 2 });
      expect(object.db.rows.read - before).toBeLessThan(10);
    });
    await stub.deleteMessage(ada, 10);
    await evictDurableObject(stub);
    expect(await entryOf(chatId, bela)).toMatchObject({ unread: 30, mention_seq: 2 });
  });

  it("MNT4 calls sleeping hubs for a mention or an answer, not for `here` and what is for others", async () => {
    const { chatId, stub, ada, bela, cleo } = await group();
    await stub.send(bela, draft("question", 1));
    await bumpsOf(() => stub.send(ada, draft("everybody is told, and falls asleep", 1)));
    const quiet = await bumpsOf(() => stub.send(ada, draft("nobody is called", 1)));
    expect(quiet.size).toBe(0);
    const named = await bumpsOf(() => stub.send(ada, saying("@Cleo", [{ user_id: cleo }])));
    expect([...named]).toEqual([[cleo, true]]);
    const answered = await bumpsOf(() =>
      stub.send(ada, { ...draft("because", 1), reply_to_message_id: `${chatId}.2` }),
    );
    expect([...answered]).toEqual([[bela, true]]);
    const here = await bumpsOf(() => stub.send(ada, saying("@here", [{ everyone: "here" }])));
    expect(here.size).toBe(0);
    const all = await bumpsOf(() => stub.send(ada, saying("@channel", [{ everyone: "channel" }])));
    expect([...all.keys()].sort()).toEqual([bela, cleo].sort());
    const edited = await bumpsOf(() =>
      stub.editMessage(ada, { seq: 4, command_id: "e", content: saying("@Bela", [{ user_id: bela }]).content }),
    );
    expect([...edited]).toEqual([[bela, true]]);
  });

  it("MNT4 shows in the inbox of who is mentioned", async () => {
    const { stub, ada, bela } = await group();
    const hub: TestDevice = await connectHub(bela);
    await stub.send(ada, saying("@Bela", [{ user_id: bela }]));
    await eventually(
      () => hub.of("INBOX_CHANGED").some((f) => f.entries.some((entry) => entry.mention_seq === 2)),
      "the mention",
    );
  });

  it("MNT5 COM4 writes one row, for a plain message and for one with mentions", async () => {
    const { chatId, ada, bela } = await group();
    await inChat(chatId, async (object) => {
      for (const message of [draft("plain", 1), saying("@Bela", [{ user_id: bela }])]) {
        const before = object.db.rows.written;
        await object.send(ada, message);
        expect(object.db.rows.written - before).toBe(1);
      }
    });
  });

  it("MNT6 answers the repeat of a message whose mentions mean another set of people by now", async () => {
    const { stub, ada, bela, cleo } = await group();
    const stranger = person("Eve");
    const message = saying("@Bela @Eve", [{ user_id: bela }, { user_id: stranger.user_id }]);
    const { ack } = await stub.send(cleo, message);
    await stub.removeMember(ada, bela);
    await stub.addMembers(ada, [stranger]);
    const all = saying("@channel", [{ everyone: "channel" }]);
    await stub.setRole(ada, cleo, "moderator");
    const loud = await stub.send(cleo, all);
    await stub.setRole(ada, cleo, "member");
    for (let life = 0; life < 2; life++) {
      expect((await stub.send(cleo, message)).ack).toEqual(ack);
      expect((await stub.send(cleo, all)).ack).toEqual(loud.ack);
      const other = { ...message, content: { text: "@Bela @Eve" } };
      expect(await faultOf(stub.send(cleo, other))).toBe("id_reused");
      await evictDurableObject(stub);
    }
    await stub.editMessage(cleo, { seq: ack.seq, command_id: "e", content: { text: "never mind" } });
    expect((await stub.send(cleo, message)).ack).toEqual(ack);
  });
});

describe("delivery", () => {
  it("DLV1 tells for each recipient whether it was sent, delivered or read", async () => {
    const { stub, ada, bela, cleo } = await group();
    const { ack } = await stub.send(ada, draft("hello", 1));
    const of = async (by: string) =>
      Object.fromEntries((await stub.delivery(by, ack.seq)).map((r) => [r.user_id, r.status]));
    expect(await of(ada)).toEqual({ [bela]: "sent", [cleo]: "sent" });
    await stub.markDelivered(bela, ack.seq);
    await stub.markRead(cleo, ack.seq);
    const late = person("Late");
    await stub.addMembers(ada, [late]);
    expect(await of(bela)).toEqual({ [bela]: "delivered", [cleo]: "read" });
    expect(await of(late.user_id)).toEqual({ [bela]: "delivered", [cleo]: "read" });
    expect(await faultOf(stub.delivery(person("Eve").user_id, ack.seq) as Promise<unknown>)).toBe("not_found");
  });
});
