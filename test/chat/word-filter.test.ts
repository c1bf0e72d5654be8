import { runDurableObjectAlarm } from "cloudflare:test";
import { expect, it } from "vitest";
import { WordFilter } from "../../durable-objects/chat/word-filter.ts";
import { parseQuery } from "../../src/domain/search-query.ts";
import { SeededRandom } from "../proofs/seeded-random.ts";
import { chatStub, draft, evict, inChat, makeGroup, person, setClock, sql } from "./room.ts";

const ann = person("Ann");
const bob = person("Bob");

const found = async (chatId: string, q: string): Promise<number[]> => {
  const { hits } = await chatStub(chatId).search(ann.user_id, { q, order: "newest", limit: 100 });
  return hits.map((hit) => hit.message.seq);
};

/** A chat whose index holds all of `texts`, and what they are numbered. */
async function indexed(texts: readonly string[]): Promise<{ chatId: string; seqs: number[] }> {
  const { chatId } = await makeGroup([ann, bob]);
  let now = Date.now();
  await setClock(chatId, () => (now += 50));
  const seqs = await inChat(chatId, async (object) => {
    const sent = await Promise.all(texts.map((text) => object.send(ann.user_id, { ...draft(text), seen_seq: 0 })));
    return sent.map(({ message }) => message.seq);
  });
  await found(chatId, "to make the index");
  return { chatId, seqs };
}

const filler = (count: number): string[] => Array.from({ length: count }, (_, i) => `filler ${i} of the evening`);

const stored = async (chatId: string): Promise<ArrayBuffer | null | undefined> =>
  (await sql<{ filter: ArrayBuffer | null }>(chatId, "SELECT filter FROM search_state"))[0]?.filter;

async function mayHold(chatId: string, q: string): Promise<boolean | undefined> {
  const filter = await stored(chatId);
  return filter ? WordFilter.of(filter)?.mayHold(parseQuery(q)) : undefined;
}

it("SRC14 never says no to a word that was added, by any beginning of it", () => {
  const random = new SeededRandom(3);
  const filter = new WordFilter();
  const letters = [..."abcdefghijklmnop日本語東京дом"];
  const words = Array.from({ length: 2_000 }, () =>
    Array.from({ length: random.whole(1, 9) }, () => random.pick(letters)).join(""),
  );
  for (const word of words) filter.add(word);
  const again = WordFilter.of(filter.stored);
  for (const word of words) {
    const begun = word.slice(0, random.whole(1, word.length));
    expect([begun, again?.mayHold([{ words: [begun], isBegun: true }])]).toEqual([begun, true]);
  }
  const others = Array.from({ length: 1_000 }, (_, i) => `z${i}zz`);
  expect(others.filter((word) => filter.mayHold([{ words: [word], isBegun: false }])).length).toBeLessThan(50);
  expect(filter.mayHold([{ words: [words[0] ?? "", "zzyzx"], isBegun: false }])).toBe(false);
  expect(filter.isFull).toBe(false);
});

it("SRC14 a chat that was asleep does not open its index for a word that nobody ever said there", async () => {
  const { chatId } = await indexed(["a quokka was seen", ...filler(90)]);
  await inChat(chatId, async (object) => {
    await object.send(ann.user_id, { ...draft("a wombat in the tail"), seen_seq: 0 });
  });
  await evict(chatId);
  // An index that cannot be opened: whoever tries fails.
  await inChat(chatId, (object) => object.db.run("DROP TABLE search"));
  expect(await found(chatId, "zzyzx")).toEqual([]);
  expect(await found(chatId, "wombat")).toHaveLength(1);
  const opened = await inChat(chatId, (object) =>
    object.search(ann.user_id, { q: "quokka", order: "newest", limit: 1 }).then(
      () => "answered",
      () => "failed",
    ),
  );
  expect(opened).toBe("failed");
});

it("SRC5 SRC14 keeps nothing of a deleted message, or of what an edit took away, in the filter", async () => {
  const { chatId, seqs } = await indexed(["a secretword", "a former word", ...filler(90)]);
  const [secret = 0, former = 0] = seqs;
  expect([await mayHold(chatId, "secretword"), await mayHold(chatId, "former")]).toEqual([true, true]);
  await chatStub(chatId).deleteMessage(ann.user_id, secret);
  await inChat(chatId, (object) =>
    object.editMessage(ann.user_id, { seq: former, command_id: "edit-1", content: { text: "a latter word" } }),
  );
  await runDurableObjectAlarm(chatStub(chatId));
  expect([await mayHold(chatId, "secretword"), await mayHold(chatId, "former")]).toEqual([false, false]);
  expect(await mayHold(chatId, "latter")).toBe(true);
  await evict(chatId);
  expect(await found(chatId, "latter")).toEqual([former]);
});

it("SRC14 makes the filter of an index that has none, once", async () => {
  const { chatId } = await indexed(["a quokka was seen", ...filler(90)]);
  await inChat(chatId, (object) => object.db.run("UPDATE search_state SET chunks = NULL, filter = NULL"));
  await evict(chatId);
  expect(await found(chatId, "zzyzx")).toEqual([]);
  expect([await mayHold(chatId, "filler"), await mayHold(chatId, "zzyzx")]).toEqual([true, false]);
  const written = () => inChat(chatId, (object) => object.db.rows.written);
  const before = await written();
  expect(await found(chatId, "quokka")).toHaveLength(1);
  expect(await written()).toBe(before);
});

it("SRC14 does without a filter where there are too many words, and with a filter that lacks some", async () => {
  const random = new SeededRandom(5);
  const word = () => random.whole(1_000_000, 99_999_999).toString(36);
  const texts = Array.from({ length: 96 }, () => Array.from({ length: 400 }, word).join(" "));
  const many = await indexed(["needle", ...texts]);
  expect((await stored(many.chatId))?.byteLength).toBe(0);
  await evict(many.chatId);
  expect(await found(many.chatId, "needle")).toHaveLength(1);
  expect(await found(many.chatId, "zzyzx")).toEqual([]);

  let long = "";
  for (let i = 0; long.length < 21_000; i++) long += String.fromCodePoint(0x4e00 + ((i * 7_919) % 20_000));
  const lacking = await indexed([`${long} lastword`, ...filler(90)]);
  expect(await found(lacking.chatId, "lastword")).toHaveLength(1);
  await evict(lacking.chatId);
  expect(await found(lacking.chatId, "lastword")).toHaveLength(1);
});

it("SRC4 SRC16 finds in the newest messages what was just said, edited and deleted, whoever asked before", async () => {
  const { chatId } = await makeGroup([ann, bob]);
  let now = Date.now();
  await setClock(chatId, () => (now += 50));
  const send = async (text: string): Promise<number> =>
    inChat(chatId, async (object) => (await object.send(ann.user_id, { ...draft(text), seen_seq: 0 })).message.seq);
  const edit = (seq: number, command_id: string, text: string) =>
    inChat(chatId, (object) => object.editMessage(ann.user_id, { seq, command_id, content: { text } }));
  const first = await send("Über den Wolken – 日本語 “quoted”");
  for (const q of ["wolke", "uber", "本", "quoted", '"den wolken"'])
    expect([q, await found(chatId, q)]).toEqual([q, [first]]);
  expect(await found(chatId, "hidden")).toEqual([]);
  const second = await send("now hidden here");
  expect(await found(chatId, "hidden")).toEqual([second]);
  await edit(second, "edit-1", "now sought here");
  expect([await found(chatId, "hidden"), await found(chatId, "sought")]).toEqual([[], [second]]);
  await edit(first, "edit-2", "hidden again");
  expect([await found(chatId, "hidden"), await found(chatId, "wolken")]).toEqual([[first], []]);
  await chatStub(chatId).deleteMessage(ann.user_id, first);
  expect(await found(chatId, "hidden")).toEqual([]);
  const long = await send(`${"long ".repeat(1_000)} lastword`);
  expect(await found(chatId, "lastword")).toEqual([long]);
});

it("SRC16 reads the newest messages once, however often something else is looked for", async () => {
  const { chatId } = await makeGroup([ann, bob]);
  await inChat(chatId, async (object) => {
    for (const text of filler(20)) await object.send(ann.user_id, { ...draft(text), seen_seq: 0 });
  });
  const read = () => inChat(chatId, (object) => object.db.rows.read);
  expect(await found(chatId, "zzyzx")).toEqual([]);
  const before = await read();
  for (const q of ["zzyzy", "zzyzz", "never said"]) expect(await found(chatId, q)).toEqual([]);
  expect((await read()) - before).toBeLessThan(10);
  expect(await found(chatId, "evening")).toHaveLength(20);
});
