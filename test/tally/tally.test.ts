import { createExecutionContext, createMessageBatch, evictDurableObject, getQueueResult } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import { TallyClient } from "../../durable-objects/tally/tally-client.ts";
import type { Env } from "../../src/http/env.ts";
import worker from "../../src/index.ts";
import { newChatId } from "../../src/protocol/ids.ts";

const bindings = env as unknown as Env;
const tallies = new TallyClient(bindings.TALLIES);
const evict = (name: string) => evictDurableObject(bindings.TALLIES.get(bindings.TALLIES.idFromName(name)));

describe("tallies", () => {
  it("TAL1 counts a member once for each post, whatever is repeated, across blocks of posts", async () => {
    const channel = newChatId("channel");
    expect(await tallies.countViews(channel, 0, [1, 2, 40])).toEqual(new Map([1, 2, 40].map((seq) => [seq, 1])));
    await tallies.countViews(channel, 0, [1, 2, 2]);
    await Promise.all([1, 2, 99_999, 1].map((place) => tallies.countViews(channel, place, [2, 40])));
    expect(await tallies.views(channel, [1, 2, 3, 40])).toEqual(
      new Map([
        [1, 1],
        [2, 4],
        [3, 0],
        [40, 4],
      ]),
    );
    expect(await tallies.views(newChatId("channel"), [1])).toEqual(new Map([[1, 0]]));
  });

  it("TAL2 keeps what was counted across eviction, and knows who was counted", async () => {
    const channel = newChatId("channel");
    await tallies.countViews(channel, 7, [1]);
    await tallies.countViews(channel, 8, [1]);
    // The second within a second waits for its write.
    await new Promise((resolve) => setTimeout(resolve, 1_300));
    await evict(`views:${channel}:0`);
    expect(await tallies.countViews(channel, 7, [1])).toEqual(new Map([[1, 2]]));
    await tallies.addStickers({ hello: 2 });
    const before = (await tallies.stickers()).get("hello");
    await new Promise((resolve) => setTimeout(resolve, 1_300));
    await evict("stickers");
    expect((await tallies.stickers()).get("hello")).toBe(before);
  });

  it("TAL3 refuses names that are none, and answers that are no counts", async () => {
    await expect(tallies.views("", [1])).rejects.toThrow("not a chat id");
    await expect(tallies.views("views", [1])).rejects.toThrow("not a chat id");
    const lying = { idFromName: () => "x", get: () => ({ fetch: async () => Response.json({ 1: "many" }) }) };
    await expect(
      new TallyClient(lying as unknown as DurableObjectNamespace).views(newChatId("channel"), [1]),
    ).rejects.toThrow("no count");
  });

  it("TAL3 no request of the outside reaches one", async () => {
    await tallies.addStickers({ wow: 1 });
    for (const path of ["/do/call/destroy", "/api/v1/do/call/destroy", "/tallies/stickers/do/call/destroy"]) {
      const request = new Request(`https://parley${path}`, { headers: { "do-name": "stickers", "do-content": "[]" } });
      await worker.fetch(
        request as never,
        { ...bindings, ASSETS: { fetch: async () => new Response("page") } } as never,
        createExecutionContext(),
      );
    }
    expect((await tallies.stickers()).get("wow")).toBeGreaterThanOrEqual(1);
  });

  it("TAL4 counts gathered stickers, and no endless list of names", async () => {
    const names = Object.fromEntries(Array.from({ length: 1_200 }, (_, i) => [`n${i}`, 1]));
    const batch = createMessageBatch("parley-chores", [
      { id: "a", timestamp: new Date(), attempts: 1, body: { kind: "stickers", sent: { party: 3, ...names } } },
    ]);
    await worker.queue(batch, bindings);
    expect((await getQueueResult(batch, createExecutionContext())).explicitAcks).toEqual(["a"]);
    const counts = await tallies.stickers();
    expect(counts.get("party")).toBe(3);
    expect(counts.size).toBeLessThanOrEqual(1_000);
    await tallies.addStickers({ party: -5, love: 1.5 } as Record<string, number>);
    expect((await tallies.stickers()).get("party")).toBe(3);
  });
});
