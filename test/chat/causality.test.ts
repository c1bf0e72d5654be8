import { evictDurableObject } from "cloudflare:test";
import { describe, expect, it } from "vitest";
import type { CausalPlace } from "../../src/protocol/thread-calls.ts";
import { draft, faultOf, makeGroup, person, sql } from "./room.ts";

async function group(count = 3) {
  const people = Array.from({ length: count }, (_, i) => person(`Person${i}`));
  const made = await makeGroup(people);
  const ids = people.map((p) => p.user_id) as [string, string, string, ...string[]];
  let n = 0;
  /** Somebody writes, having seen the log up to a number. */
  const say = async (by: number, seen?: number) =>
    (await made.stub.send(ids[by] as string, draft(`m${n++}`, seen))).ack.seq;
  const order = (seq: number, by = 0) => made.stub.order(ids[by] as string, seq);
  return { ...made, ids, say, order };
}

const isBefore = (one: CausalPlace, other: CausalPlace): boolean =>
  Object.entries(one.vector_clock ?? {}).every(([id, count]) => count <= (other.vector_clock?.[id] ?? 0));

describe("the order of causes", () => {
  it("ORD1 tells what a sender had seen from what they had not, and what neither caused", async () => {
    const { say, order, ids } = await group();
    // Ada and Bela write at once; Cleo has seen Ada's alone; Ada has seen all.
    const [a, b, c] = [await say(0, 1), await say(1, 1), await say(2, 2)];
    const d = await say(0, c);
    expect(await order(a)).toMatchObject({ seq: 2, seen_seq: 1, lamport: 2, concurrent_seqs: [] });
    expect(await order(b)).toMatchObject({ seen_seq: 1, lamport: 2, concurrent_seqs: [a] });
    expect(await order(c)).toMatchObject({ seen_seq: 2, lamport: 3, concurrent_seqs: [b] });
    expect(await order(d)).toMatchObject({ seen_seq: 4, concurrent_seqs: [] });
    expect((await order(b)).vector_clock).toEqual({ [ids[1]]: 1 });
    expect((await order(c)).vector_clock).toEqual({ [ids[0]]: 1, [ids[2]]: 1 });
    expect((await order(d)).vector_clock).toEqual({ [ids[0]]: 2, [ids[1]]: 1, [ids[2]]: 1 });
  });

  it("ORD2 counts a sender's own earlier messages as causes, and their causes", async () => {
    const { say, order, ids } = await group();
    // Written offline one after another, then by another device that had seen more.
    const other = await say(1, 1);
    const [one, two] = [await say(0, 1), await say(0, 1)];
    const phone = await say(0, two);
    const laptop = await say(0, 1);
    expect((await order(one)).lamport).toBeLessThan((await order(two)).lamport);
    expect(await order(two)).toMatchObject({ concurrent_seqs: [other], vector_clock: { [ids[0]]: 2 } });
    expect((await order(two)).vector_clock).not.toHaveProperty(ids[1]);
    expect(await order(laptop)).toMatchObject({
      seen_seq: 1,
      concurrent_seqs: [],
      vector_clock: { [ids[0]]: 4, [ids[1]]: 1 },
    });
    expect((await order(laptop)).lamport).toBeGreaterThan((await order(phone)).lamport);
  });

  it("ORD3 agrees with the chains of causes in any log: clocks, times and what is concurrent", async () => {
    const { stub, say, order } = await group(4);
    let random = 7;
    const draw = (below: number) => {
      random = (random * 1_103_515_245 + 12_345) % 2_147_483_648;
      return Math.floor((random / 2_147_483_648) * below);
    };
    const sent: { seq: number; by: number; seen: number }[] = [];
    for (let i = 0; i < 40; i++) {
      const by = draw(4);
      const head = sent.at(-1)?.seq ?? 1;
      const seen = Math.max(1, head - draw(6));
      sent.push({ seq: await say(by, seen), by, seen });
    }
    // By the definition: reachable over what was seen and one's own earlier messages.
    const causes = new Map<number, Set<number>>();
    for (const { seq, by, seen } of sent) {
      const direct = sent.filter((x) => x.seq <= seen || (x.by === by && x.seq < seq));
      causes.set(seq, new Set(direct.flatMap((x) => [x.seq, ...(causes.get(x.seq) ?? [])])));
    }
    const places = new Map<number, CausalPlace>();
    // In an odd order, with a wake between: what is remembered must not matter.
    for (const { seq } of [...sent].sort((x, y) => ((x.seq * 17) % 41) - ((y.seq * 17) % 41))) {
      places.set(seq, await order(seq, draw(4)));
      if (seq % 13 === 0) await evictDurableObject(stub);
    }
    const placeOf = (seq: number) => places.get(seq) as CausalPlace;
    for (const { seq } of sent) {
      const own = placeOf(seq);
      const before = causes.get(seq) as Set<number>;
      const earlier = sent.filter((x) => x.seq < seq).map((x) => x.seq);
      expect(own.concurrent_seqs).toEqual(earlier.filter((x) => !before.has(x)));
      for (const x of before) expect(placeOf(x).lamport).toBeLessThan(own.lamport);
      for (const x of earlier) expect([seq, x, isBefore(placeOf(x), own)]).toEqual([seq, x, before.has(x)]);
      const counted = Object.values(own.vector_clock ?? {}).reduce((sum, count) => sum + count, 0);
      expect(counted).toBe(before.size + 1);
    }
  });

  it("ORD4 puts who does not say what they had seen, and notices, behind everything before them", async () => {
    const { stub, ids, say, order } = await group();
    await say(0, 1);
    const unsaid = await say(1);
    expect(await order(unsaid)).toMatchObject({ seen_seq: unsaid - 1, concurrent_seqs: [] });
    await stub.update(ids[0], { name: "Other" });
    const notice = await order(unsaid + 1);
    expect(notice).toMatchObject({ seen_seq: unsaid, concurrent_seqs: [] });
    expect(notice.vector_clock).toEqual({ [ids[0]]: 1, [ids[1]]: 1 });
  });

  it("ORD5 derives no vector clock above 100 members, and tells nobody of what is hidden from them", async () => {
    const { stub, ids, say, order } = await group(101);
    const a = await say(0, 1);
    expect(await order(a)).not.toHaveProperty("vector_clock");
    await stub.removeMember(ids[0], ids[2]);
    expect(await order(a)).toHaveProperty("vector_clock");
    await stub.removeMember(ids[0], ids[50] as string);
    await say(1, 1);
    await stub.update(ids[0], { settings: { has_history_from_join: true } });
    const late = person("Late");
    await stub.addMembers(ids[0], [late]);
    expect(await faultOf(stub.order(late.user_id, a))).toBe("not_found");
    expect(await faultOf(stub.order(person("Eve").user_id, a))).toBe("not_found");
    const seq = await say(1, 1);
    const place = await stub.order(late.user_id, seq);
    expect(place.vector_clock).toEqual({ [ids[1]]: 1 });
    expect(place.concurrent_seqs).toEqual([]);
    expect((await stub.order(ids[0], seq)).vector_clock).toEqual({ [ids[1]]: 2 });
  });

  it("ORD6 stores nothing, and names the latest hundred that are concurrent", async () => {
    const { chatId, say, order } = await group();
    await say(1, 1);
    for (let i = 0; i < 120; i++) await say(0, 1);
    const seq = await say(2, 1);
    const before = await sql(chatId, "SELECT rev FROM change");
    const { concurrent_seqs, vector_clock } = await order(seq);
    expect(concurrent_seqs).toEqual(Array.from({ length: 100 }, (_, i) => seq - 100 + i));
    expect(Object.values(vector_clock ?? {})).toEqual([1]);
    expect(await sql(chatId, "SELECT rev FROM change")).toEqual(before);
  });
});
