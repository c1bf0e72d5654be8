import { runDurableObjectAlarm } from "cloudflare:test";
import { expect, it } from "vitest";
import { findParts, parseQuery } from "../../src/domain/search-query.ts";
import { SeededRandom } from "../proofs/seeded-random.ts";
import { chatStub, crash, draft, evict, inChat, makeGroup, person, setClock, sql } from "./room.ts";

const ann = person("Ann");
const bob = person("Bob");

const found = async (chatId: string, q: string, limit = 100): Promise<number[]> => {
  const { hits } = await chatStub(chatId).search(ann.user_id, { q, order: "newest", limit });
  return hits.map((hit) => hit.message.seq);
};

/** A clock on which nobody says too much at once, from `start` on. */
async function hurry(chatId: string): Promise<void> {
  const [last] = await sql<{ at: number }>(chatId, "SELECT max(created_at) AS at FROM message");
  let now = Math.max(Date.now(), last?.at ?? 0);
  await setClock(chatId, () => {
    now += 50;
    return now;
  });
}

const say = (chatId: string, texts: readonly string[], by = ann.user_id): Promise<number[]> =>
  inChat(chatId, async (object) => {
    const sent = await Promise.all(texts.map((text) => object.send(by, { ...draft(text), seen_seq: 0 })));
    return sent.map(({ message }) => message.seq);
  });

/** Few enough to be said often, and one of very many, so that hardly any row of the index holds it by chance. */
const WORDS = ["apple", "apply", "able", "日本語", "日本", "本", "Ünder", "under", "x"];

it.each([1, 2, 3])(
  "SRC4 SRC6 finds what the log says, whatever happened to it: sends, edits, deletions, evictions, kills, alarms (seed %i)",
  async (seed) => {
    const random = new SeededRandom(seed);
    const { chatId } = await makeGroup([ann, bob]);
    await hurry(chatId);
    const own: number[] = [];
    const words = () =>
      Array.from({ length: random.whole(1, 4) }, () => random.pick(WORDS)).join(random.pick([" ", "", ", "]));
    const text = () => `${words()} rare${random.whole(1, 2_000)}`;
    let asked = "rare1";
    for (let step = 0; step < 60; step++) {
      const many = random.whole(1, 30);
      const what = random.whole(0, 9);
      if (what <= 3 || own.length === 0) own.push(...(await say(chatId, Array.from({ length: many }, text))));
      else if (what <= 5) {
        const seq = random.pick(own);
        const ask = { seq, command_id: `edit-${step}`, content: { text: text() } };
        asked = ask.content.text.split(" ").at(-1) ?? asked;
        await inChat(chatId, (object) => object.editMessage(ann.user_id, ask).catch(() => undefined));
      } else if (what === 6) await chatStub(chatId).deleteMessage(ann.user_id, random.pick(own));
      else if (what === 7) await runDurableObjectAlarm(chatStub(chatId));
      else {
        await (what === 8 ? evict(chatId) : crash(chatId));
        await hurry(chatId);
      }
      if (step % 3 !== 0 && (what < 4 || what > 5)) continue;
      const q =
        what === 4 || what === 5
          ? asked
          : random.pick([
              "appl",
              "apple",
              '"apple able"',
              "日",
              "日本",
              "本語",
              "unde",
              "x appl",
              '"x"',
              "able able 日本",
              asked,
            ]);
      const rows = await sql<{ seq: number; text: string }>(
        chatId,
        "SELECT seq, content ->> 'text' AS text FROM message WHERE content IS NOT NULL AND message_type = 'text' ORDER BY seq DESC",
      );
      const right = rows.filter((row) => findParts(parseQuery(q), row.text)).map((row) => row.seq);
      expect([q, await found(chatId, q)]).toEqual([q, right.slice(0, 100)]);
    }
  },
);

it("SRC6 keeps a row of the longest texts within what a row may hold, and finds their last word", async () => {
  const { chatId } = await makeGroup([ann, bob]);
  await hurry(chatId);
  const long = (at: number) => {
    let text = "";
    for (let i = 0; text.length < 21_000; i++) text += String.fromCodePoint(0x4e00 + ((i * 7_919 + at * 31) % 20_000));
    return `${text} lastword${at}`;
  };
  await say(
    chatId,
    Array.from({ length: 32 }, (_, i) => long(i)),
  );
  await say(
    chatId,
    Array.from({ length: 64 }, (_, i) => `short ${i}`),
  );
  expect(await found(chatId, "lastword9")).toHaveLength(1);
  expect(await found(chatId, "lastword")).toHaveLength(32);
  const [row] = await sql<{ bytes: number; chunks: number }>(
    chatId,
    "SELECT max(length(CAST(body AS BLOB))) AS bytes, count(*) AS chunks FROM search",
  );
  expect(row?.chunks).toBe(6);
  expect(row?.bytes).toBeLessThan(2_000_000);
});

it("SRC6 reads few rows for a word that is rare, however long the log is", async () => {
  const { chatId } = await makeGroup([ann, bob]);
  await hurry(chatId);
  for (let i = 0; i < 30; i++)
    await say(
      chatId,
      Array.from({ length: 100 }, (_, k) => `filler ${i * 100 + k}`),
    );
  await say(chatId, ["needle"]);
  await say(
    chatId,
    Array.from({ length: 100 }, (_, k) => `filler ${k}`),
  );
  for (let i = 0; i < 4; i++) await found(chatId, "needle");
  const read = () => inChat(chatId, (object) => object.db.rows.read);
  const before = await read();
  expect(await found(chatId, "needle")).toHaveLength(1);
  expect((await read()) - before).toBeLessThan(200);
});
