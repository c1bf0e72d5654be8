import { runDurableObjectAlarm } from "cloudflare:test";
import { describe, expect, it } from "vitest";
import { SEARCH_TAIL } from "../../durable-objects/chat/search-index.ts";
import type { SearchAsk } from "../../src/protocol/search-rpc.ts";
import {
  chatStub,
  crash,
  draft,
  evict,
  faultOf,
  inChat,
  makeDirect,
  makeGroup,
  person,
  setClock,
  sql,
} from "./room.ts";

const ann = person("Ann");
const bob = person("Bob");

const ask = (q: string, more: Partial<SearchAsk> = {}): SearchAsk => ({ q, order: "newest", limit: 20, ...more });

/** The texts that somebody finds. */
async function texts(chatId: string, q: string, more: Partial<SearchAsk> = {}, by = ann.user_id): Promise<unknown[]> {
  const { hits } = await chatStub(chatId).search(by, ask(q, more));
  return hits.map(({ message }) => message.content && "text" in message.content && message.content.text);
}

/** Says something, unseen: as fast as the object can. */
async function say(chatId: string, lines: readonly string[], by = ann.user_id): Promise<number> {
  return inChat(chatId, async (object) => {
    let seq = 0;
    for (let i = 0; i < lines.length; i += 100) {
      const sent = await Promise.all(
        lines.slice(i, i + 100).map((line) => object.send(by, { ...draft(line), seen_seq: 0 })),
      );
      seq = sent.at(-1)?.message.seq ?? seq;
    }
    return seq;
  });
}

/** A clock on which nobody says too much at once. */
async function hurry(chatId: string): Promise<void> {
  let now = Date.now();
  await setClock(chatId, () => (now += 50));
}

const filler = (count: number, from = 0): string[] =>
  Array.from({ length: count }, (_, i) => `filler number${from + i} of the evening`);

/** Every piece of text that the index holds, as it lies on disk: what was inserted, and the blocks made of it. */
async function indexBytes(chatId: string): Promise<{ blocks: string; bodies: string }> {
  const rows = await sql<{ bytes: ArrayBuffer }>(chatId, "SELECT block AS bytes FROM search_data");
  const bodies = await sql<{ body: string }>(chatId, "SELECT body FROM search");
  const decoder = new TextDecoder("latin1");
  return {
    blocks: rows.map((row) => decoder.decode(row.bytes)).join(" "),
    bodies: bodies.map((row) => row.body).join(" "),
  };
}

/** In which of the two a word is. Blocks leave out how a word begins like the one before it, so it must begin like none. */
async function indexed(chatId: string, word: string): Promise<[inBlocks: boolean, inBodies: boolean]> {
  const { blocks, bodies } = await indexBytes(chatId);
  return [blocks.includes(word), bodies.includes(word)];
}

async function longChat(): Promise<string> {
  const { chatId } = await makeGroup([ann, bob]);
  await say(chatId, filler(150));
  return chatId;
}

describe("search", () => {
  it("SRC1 finds words by their beginning, phrases in order, and several words in one message, newest first", async () => {
    const { chatId } = await makeGroup([ann, bob]);
    await say(chatId, [
      "Hello there",
      "to be or not to be",
      "help the king",
      "the night",
      ...filler(200),
      "be to nobody",
    ]);
    for (let round = 0; round < 2; round++) {
      expect(await texts(chatId, "hel")).toEqual(["help the king", "Hello there"]);
      expect(await texts(chatId, '"to be or"')).toEqual(["to be or not to be"]);
      expect(await texts(chatId, "be to")).toEqual(["be to nobody", "to be or not to be"]);
      expect(await texts(chatId, "night king")).toEqual([]);
      expect(await texts(chatId, '"hel"')).toEqual([]);
      // The second round reads the same from an object that has just woken.
      await evict(chatId);
    }
  });

  it("SRC1 finds each letter of scripts without spaces, and folds case, accents and forms", async () => {
    const { chatId } = await makeGroup([ann, bob]);
    const said = [
      "我们在北京见面",
      "東京タワーへ行く",
      "한국어를 배워요",
      "ฉันพูดภาษาไทย",
      "كِتَابٌ جديد لأحمد",
      "Die Straße",
      "Phở và Đĩa",
      "İSTANBUL",
      "ok 👍🏽",
    ];
    await say(chatId, [...said, ...filler(200)]);
    const found: [string, string][] = [
      ["北京", "我们在北京见面"],
      ["见", "我们在北京见面"],
      ["タワー", "東京タワーへ行く"],
      ["국어", "한국어를 배워요"],
      ["ภาษา", "ฉันพูดภาษาไทย"],
      ["كتاب", "كِتَابٌ جديد لأحمد"],
      ["لاحمد", "كِتَابٌ جديد لأحمد"],
      ["STRASSE", "Die Straße"],
      ["pho dia", "Phở và Đĩa"],
      ["istanbul", "İSTANBUL"],
      ["👍", "ok 👍🏽"],
    ];
    for (const [q, text] of found) expect([q, await texts(chatId, q)]).toEqual([q, [text]]);
    expect(await texts(chatId, "京北")).toEqual([]);
  });

  it("SRC1 gives nothing that was typed a meaning for the index", async () => {
    const chatId = await longChat();
    const typed = [
      '"',
      '""',
      "NEAR(a b)",
      "body:filler",
      "a AND",
      "NOT",
      "OR OR",
      "fill*er",
      "(",
      ")",
      "'; DROP TABLE message",
      "-",
      "_over",
      "0filler",
      "\0",
      "\ud800",
      "a".repeat(200),
      "a ".repeat(100),
      "的".repeat(200),
    ];
    for (const q of typed) expect([q, await texts(chatId, q, { limit: 1 })]).toEqual([q, []]);
    for (const q of ["  FILLER  number149 ", "^filler -number149", '"filler number149" "'])
      expect([q, await texts(chatId, q)]).toEqual([q, ["filler number149 of the evening"]]);
    expect((await texts(chatId, Array(100).fill("o").join(" "), { limit: 1 })).length).toBe(1);
    expect(await texts(chatId, "")).toEqual([]);
  });

  it("SRC2 filters by writer, time, kind and what a message has, also without words", async () => {
    const { chatId } = await makeGroup([ann, bob]);
    const start = Date.now() + 1_000_000;
    let now = start;
    await setClock(chatId, () => now);
    await say(chatId, ["early by ann"]);
    now += 1_000;
    await say(chatId, ["see https://example.org now", "plain by bob"], bob.user_id);
    now += 1_000;
    const mention = { text: "hey @Bob", mentions: [{ offset: 4, length: 4, user_id: bob.user_id }] };
    await inChat(chatId, (object) => object.send(ann.user_id, { ...draft(""), content: mention, seen_seq: 0 }));
    await inChat(chatId, (object) =>
      object.send(ann.user_id, {
        ...draft(""),
        message_type: "poll",
        content: { question: "Where shall we eat?", options: ["Noodles", "Dumplings"] },
        seen_seq: 0,
      }),
    );
    now += 1_000;
    await say(chatId, filler(100));
    expect(await texts(chatId, "", { from: bob.user_id })).toEqual(["plain by bob", "see https://example.org now"]);
    expect(await texts(chatId, "", { has: "link" })).toEqual(["see https://example.org now"]);
    expect(await texts(chatId, "", { has: "mention" })).toEqual(["hey @Bob"]);
    expect(await texts(chatId, "", { has: "file" })).toEqual([]);
    expect(await texts(chatId, "by", { from: ann.user_id })).toEqual(["early by ann"]);
    expect(await texts(chatId, "by", { after_ms: start + 1_000 })).toEqual(["plain by bob"]);
    expect(await texts(chatId, "by", { before_ms: start + 1_000 })).toEqual(["early by ann"]);
    expect(await texts(chatId, "by", { before_ms: 5 })).toEqual([]);
    expect(await texts(chatId, "", { from: person("Nobody").user_id })).toEqual([]);
    const { hits } = await chatStub(chatId).search(ann.user_id, ask("dumpl", { message_type: "poll" }));
    expect(hits.map(({ snippet, ranges }) => [snippet, ranges])).toEqual([
      ["Where shall we eat? Noodles Dumplings", [[28, 5]]],
    ]);
    expect(await texts(chatId, "dumpl", { message_type: "text" })).toEqual([]);
  });

  it("SRC3 pages without a gap and without a repeat, newest and best first", async () => {
    const chatId = await longChat();
    for (const order of ["newest", "best"] as const) {
      const seqs: number[] = [];
      let from: { below_seq?: number; offset?: number } = {};
      for (let page = 0; page < 50; page++) {
        const { hits, next } = await chatStub(chatId).search(ann.user_id, ask("filler", { order, limit: 7, ...from }));
        seqs.push(...hits.map((hit) => hit.message.seq));
        // What is said meanwhile moves no page.
        await say(chatId, ["filler said meanwhile"]);
        if (!next) break;
        from = next;
      }
      expect(new Set(seqs).size).toBe(seqs.length);
      const all = (await sql<{ seq: number }>(chatId, "SELECT seq FROM message WHERE content LIKE '%number%'")).map(
        (r) => r.seq,
      );
      expect(seqs).toEqual(expect.arrayContaining(all));
      if (order === "newest") expect(seqs).toEqual(seqs.toSorted((a, b) => b - a));
    }
  });

  it("SRC3 puts whole words before begun ones when the best are asked for", async () => {
    const { chatId } = await makeGroup([ann, bob]);
    await say(chatId, ["art", "artful dodgers are no art lovers", "artichoke", ...filler(80)]);
    const [first] = await texts(chatId, "art", { order: "best" });
    expect(first).toBe("art");
    expect((await texts(chatId, "art", { order: "best" })).at(-1)).toBe("artichoke");
  });

  it("SRC4 never shows what was deleted or no longer says so, before and after the index was rewritten", async () => {
    const chatId = await longChat();
    const doomed = await say(chatId, ["secretword one"]);
    const edited = await say(chatId, ["yesterword stands"]);
    await say(chatId, filler(100, 200));
    expect(await texts(chatId, "secretword")).toHaveLength(1);
    expect(await indexed(chatId, "secretword")).toEqual([true, true]);
    const change = { command_id: "edit", content: { text: "newword stands" } };
    await inChat(chatId, async (object) => {
      await object.deleteMessage(ann.user_id, doomed);
      await object.editMessage(ann.user_id, { seq: edited, ...change });
    });
    expect(await texts(chatId, "secretword")).toEqual([]);
    expect(await texts(chatId, "yesterword")).toEqual([]);
    expect(await texts(chatId, "newword")).toEqual(["newword stands"]);
  });

  it("SRC5 leaves no word of a deleted message in the index once the alarm has run, also after a kill", async () => {
    const chatId = await longChat();
    const doomed = await say(chatId, ["secretword two"]);
    const edited = await say(chatId, ["yesterword two"]);
    await say(chatId, filler(100, 200));
    await texts(chatId, "secretword");
    for (const word of ["secretword", "yesterword"]) expect(await indexed(chatId, word)).toEqual([true, true]);
    await chatStub(chatId).deleteMessage(ann.user_id, doomed);
    await chatStub(chatId).editMessage(ann.user_id, { seq: edited, command_id: "edit", content: { text: "calm two" } });
    await crash(chatId);
    expect(await runDurableObjectAlarm(chatStub(chatId))).toBe(true);
    for (const word of ["secretword", "yesterword"]) expect(await indexed(chatId, word)).toEqual([false, false]);
    expect(await indexed(chatId, "calm")).toEqual([true, true]);
  });

  it("SRC5 arms the alarm for a deletion, and for an edit that owes no hub a bump", async () => {
    const chatId = await longChat();
    const edited = await say(chatId, ["yesterword three"]);
    await say(chatId, filler(100, 200));
    await texts(chatId, "yesterword");
    await runDurableObjectAlarm(chatStub(chatId));
    const at = Date.now();
    await chatStub(chatId).editMessage(ann.user_id, { seq: edited, command_id: "edit", content: { text: "calm" } });
    const alarmAt = await inChat(chatId, (_, ctx) => ctx.storage.getAlarm());
    expect((alarmAt ?? Number.POSITIVE_INFINITY) - at).toBeLessThan(5_000);
  });

  it("SRC6 writes nothing on the send path, and at most a tenth of a row for each message later", async () => {
    const { chatId } = await makeGroup([ann, bob]);
    await hurry(chatId);
    await say(chatId, filler(3_000));
    await runDurableObjectAlarm(chatStub(chatId));
    const written = () => inChat(chatId, (object) => object.db.rows.written);
    const count = 4_800;
    let upkeep = 0;
    for (let i = 0; i < count; i += 100) {
      await say(chatId, filler(100, i));
      const before = await written();
      await texts(chatId, "number7");
      upkeep += (await written()) - before;
    }
    expect(upkeep / count).toBeGreaterThan(0);
    expect(upkeep / count).toBeLessThanOrEqual(0.1);
  });

  it("SRC6 indexes a long log step by step, and finds everything meanwhile", async () => {
    const { chatId } = await makeGroup([ann, bob]);
    await hurry(chatId);
    await say(chatId, ["needle at the beginning", ...filler(6_000)]);
    await inChat(chatId, (object) => object.db.transaction(() => object.db.run("DELETE FROM search_state")));
    await evict(chatId);
    expect(await texts(chatId, "needle")).toEqual(["needle at the beginning"]);
    for (let i = 0; i < 3; i++) await runDurableObjectAlarm(chatStub(chatId));
    const head = 6_001;
    const [{ chunks } = { chunks: 0 }] = await sql<{ chunks: number }>(
      chatId,
      "SELECT max(rowid) AS chunks FROM search",
    );
    expect(head - chunks * 16).toBeLessThan(SEARCH_TAIL * 4);
    expect(await texts(chatId, "needle")).toEqual(["needle at the beginning"]);
  });

  it("SRC6 makes the index anew when changes were forgotten that it had not seen", async () => {
    const chatId = await longChat();
    await texts(chatId, "filler");
    const gone = await say(chatId, ["passing word"]);
    await say(chatId, filler(100, 300));
    await texts(chatId, "filler");
    await inChat(chatId, (object) => {
      object.db.run('UPDATE message SET content = \'{"text":"other thing"}\' WHERE seq = ?', gone);
      object.db.run("UPDATE chat SET changes_after = rev + 1");
    });
    await evict(chatId);
    await inChat(chatId, (object) => object.db.run("UPDATE chat SET changes_after = 999999"));
    await evict(chatId);
    expect(await texts(chatId, "other thing")).toEqual(["other thing"]);
    expect(await texts(chatId, "passing")).toEqual([]);
  });

  it("SRC7 does not index what will disappear, and finds it while it is there", async () => {
    const chatId = await longChat();
    await inChat(chatId, (object) =>
      object.send(ann.user_id, { ...draft("fleeting thought"), expires_in_s: 3_600, seen_seq: 0 }),
    );
    await say(chatId, filler(100, 200));
    expect(await texts(chatId, "fleeting")).toEqual(["fleeting thought"]);
    expect(await texts(chatId, "number3")).toHaveLength(11);
    const [{ expiring } = { expiring: 0 }] = await sql<{ expiring: number }>(
      chatId,
      "SELECT count(*) AS expiring FROM message WHERE expires_at IS NOT NULL",
    );
    expect(expiring).toBe(1);
    expect(await indexed(chatId, "fleeting")).toEqual([false, false]);
  });

  it("SRC8 is for members, from their first message on, without what they have hidden", async () => {
    const { chatId, stub } = await makeGroup([ann, bob], { settings: { has_history_from_join: true } });
    await say(chatId, ["before carol", ...filler(100)]);
    const carol = person("Carol");
    expect(await faultOf(stub.search(carol.user_id, ask("carol")))).toBe("not_found");
    await stub.addMembers(ann.user_id, [carol]);
    const later = await say(chatId, ["after carol"]);
    await say(chatId, filler(100));
    expect(await texts(chatId, "carol", {}, carol.user_id)).toEqual(["after carol"]);
    expect(await texts(chatId, "carol", {}, bob.user_id)).toEqual(["after carol", "before carol"]);
    expect(await texts(chatId, "carol", { hidden: [later] }, bob.user_id)).toEqual(["before carol"]);
    // Who came in, and what it was about, is a notice: not something that was said.
    expect(await texts(chatId, "", { after_ms: 0, limit: 100 }, carol.user_id)).toHaveLength(100);
    await stub.removeMember(ann.user_id, carol.user_id);
    expect(await faultOf(stub.search(carol.user_id, ask("carol")))).toBe("removed");
  });

  it("SRC8 hides from who has blocked the other side what that wrote meanwhile", async () => {
    const { chatId, stub } = await makeDirect(ann, bob);
    await say(chatId, ["plum before"], bob.user_id);
    await stub.setBlock({ by: ann.user_id, is_blocked: true, rev: 1 });
    await say(chatId, ["plum meanwhile", ...filler(200)], bob.user_id);
    expect(await texts(chatId, "plum")).toEqual(["plum before"]);
    expect(await texts(chatId, "plum", {}, bob.user_id)).toEqual(["plum meanwhile", "plum before"]);
    expect(await texts(chatId, "", { from: bob.user_id })).toEqual(["plum before"]);
  });

  it("SRC9 tells where the words stand, in a snippet of at most 160 characters", async () => {
    const { chatId } = await makeGroup([ann, bob]);
    await say(chatId, [`${"före ".repeat(60)}den Straßenbahn 🚋 kommer ${"efter ".repeat(60)}`]);
    const { hits } = await chatStub(chatId).search(ann.user_id, ask("strass"));
    const [hit] = hits;
    expect(hit?.snippet.length).toBeLessThanOrEqual(160);
    expect(hit?.ranges.map(([offset = 0, length = 0]) => hit.snippet.slice(offset, offset + length))).toEqual([
      "Straß",
    ]);
    expect(hit?.sender_name).toBe("Ann");
  });

  it("SRC10 answers a page of the history that holds a word, oldest first", async () => {
    const chatId = await longChat();
    const pages: number[][] = [];
    let before: number | undefined;
    for (let i = 0; i < 10; i++) {
      const page = await chatStub(chatId).history(ann.user_id, {
        limit: 4,
        search: "number14",
        ...(before === undefined ? {} : { before_seq: before }),
      });
      pages.push(page.messages.map((message) => message.seq));
      expect(page.messages.every((message) => message.sender?.display_name === "Ann")).toBe(true);
      if (!page.has_more) break;
      before = Number(page.next_before_id?.split(".")[1]);
    }
    // 14, and 140 to 149.
    expect(pages.flat()).toHaveLength(11);
    expect(pages[0]).toEqual(pages[0]?.toSorted((a, b) => a - b));
    expect(await faultOf(chatStub(chatId).history(ann.user_id, { limit: 4, search: "x", after_seq: 1 }))).toBe(
      "invalid",
    );
  });
});
