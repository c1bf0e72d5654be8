import { createExecutionContext, createMessageBatch, getQueueResult } from "cloudflare:test";
import { describe, expect, it, vi } from "vitest";
import { type ChoreEnv, consumeChores } from "../../src/jobs/chore-consumer.ts";
import { type Fetcher, fetchPreview } from "../../src/jobs/preview.ts";
import type { LinkPreview } from "../../src/protocol/content.ts";
import { newChatId } from "../../src/protocol/ids.ts";
import { FORGED_TARGETS } from "../harness/forged-targets.ts";

const html = (head: string, type = "text/html; charset=utf-8"): Response =>
  new Response(`<!doctype html><html><head>${head}</head><body>x</body></html>`, { headers: { "content-type": type } });
const to = (location: string, status = 302): Response => new Response(null, { status, headers: { location } });

/** A made-up web: what it was asked for, and pages by address. */
function web(pages: Record<string, () => Response | Promise<Response>>) {
  const asked: string[] = [];
  const fetcher: Fetcher = async (url, init) => {
    asked.push(url);
    expect(init.redirect).toBe("manual");
    return (await pages[url]?.()) ?? new Response("no", { status: 404 });
  };
  return { asked, fetcher };
}

const PAGE = "https://example.com/page";

describe("reading a page", () => {
  it("LNK4 takes Open Graph first, then the plain names, with entities undone and controls taken out", async () => {
    const { fetcher } = web({
      [PAGE]: () =>
        html(`<title>Plain</title><meta property="og:title" content="Caf&eacute; &amp; \u202eBar\u0007">
          <meta name="description" content="plain words"><meta property="og:site_name" content=" Example ">`),
    });
    expect(await fetchPreview(PAGE, fetcher)).toEqual({
      url: PAGE,
      title: "Café & Bar",
      description: "plain words",
      site_name: "Example",
    });
  });

  it("LNK4 is nothing without a title, for other types, and for what is not there", async () => {
    const { fetcher } = web({
      [PAGE]: () => html("<meta name='description' content='x'>"),
      "https://example.com/image": () => new Response("x", { headers: { "content-type": "image/png" } }),
      "https://example.com/down": () => Promise.reject(new Error("no network")),
    });
    for (const url of [PAGE, "https://example.com/image", "https://example.com/none", "https://example.com/down"])
      expect(await fetchPreview(url, fetcher)).toBeUndefined();
  });

  it("LNK4 reads the charset of header or page", async () => {
    const cyrillic = new Uint8Array([0xcf, 0xf0, 0xe8, 0xe2, 0xe5, 0xf2]);
    const body = (before: string) =>
      new Blob([`${before}<title>`, cyrillic, "</title>"]).stream() as ReadableStream<Uint8Array>;
    const { fetcher } = web({
      [PAGE]: () => new Response(body(""), { headers: { "content-type": "text/html; charset=windows-1251" } }),
      [`${PAGE}2`]: () =>
        new Response(body("<meta charset=windows-1251>"), { headers: { "content-type": "text/html" } }),
    });
    expect((await fetchPreview(PAGE, fetcher))?.title).toBe("Привет");
    expect((await fetchPreview(`${PAGE}2`, fetcher))?.title).toBe("Привет");
  });

  it("LNK4 reads no more than the beginning of an endless page", async () => {
    let sent = 0;
    const endless = () =>
      new ReadableStream<Uint8Array>({
        pull: (stream) => {
          const chunk = new TextEncoder().encode(sent === 0 ? "<title>Endless</title>" : " ".repeat(65_536));
          sent += chunk.byteLength;
          stream.enqueue(chunk);
        },
      });
    const { fetcher } = web({ [PAGE]: () => new Response(endless(), { headers: { "content-type": "text/html" } }) });
    expect((await fetchPreview(PAGE, fetcher))?.title).toBe("Endless");
    expect(sent).toBeLessThan(1_000_000);
  });

  it("LNK5 follows three redirects and no more, each judged, never from https to http", async () => {
    const chain = (count: number) =>
      web({
        ...Object.fromEntries(
          Array.from({ length: count }, (_, i) => [`https://example.com/${i}`, () => to(`/${i + 1}`)] as const),
        ),
        [`https://example.com/${count}`]: () => html("<title>There</title>"),
        "https://example.com/down": () => to("http://example.com/3"),
      });
    expect((await fetchPreview("https://example.com/0", chain(3).fetcher))?.title).toBe("There");
    expect(await fetchPreview("https://example.com/0", chain(4).fetcher)).toBeUndefined();
    const down = chain(3);
    expect(await fetchPreview("https://example.com/down", down.fetcher)).toBeUndefined();
    expect(down.asked).toHaveLength(1);
  });

  it.each(FORGED_TARGETS)("LNK5 never asks for %s, straight or by a redirect", async (target) => {
    const { asked, fetcher } = web({ [PAGE]: () => to(target), "http://example.com/": () => to(target) });
    expect(await fetchPreview(target, fetcher)).toBeUndefined();
    expect(asked).toEqual([]);
    expect(await fetchPreview(PAGE, fetcher)).toBeUndefined();
    expect(await fetchPreview("http://example.com/", fetcher)).toBeUndefined();
    // A path without a host is one of the page itself, which is nobody else's.
    const reached = asked.filter((url) => url !== PAGE && new URL(url).host !== "example.com");
    expect(reached).toEqual([]);
  });
});

describe("the queue of chores", () => {
  const told: { seq: number; preview: LinkPreview }[] = [];
  const envWith = (putPreview: (seq: number, preview: LinkPreview) => Promise<void>, mode = "local") =>
    ({
      MODE: mode,
      CHATS: { idFromName: (name: string) => name, get: () => ({ putPreview }) },
    }) as unknown as ChoreEnv;
  const env = envWith(async (seq, preview) => void told.push({ seq, preview }));

  async function deliver(bodies: unknown[], fetcher: Fetcher | undefined, on: ChoreEnv = env) {
    const messages = bodies.map((body, i) => ({ id: String(i), timestamp: new Date(), attempts: 1, body }));
    const batch = createMessageBatch("parley-chores", messages);
    await consumeChores(batch, on, fetcher);
    const result = await getQueueResult(batch, createExecutionContext());
    return { acked: result.explicitAcks, retried: result.retryMessages.map((message) => message.msgId) };
  }
  const job = (url: string, seq = 2) => ({ kind: "preview", chat_id: newChatId("group"), seq, url });

  it("LNK6 tells the chat, asks for a page once an hour, and lets go of what is no job", async () => {
    const url = "https://example.com/once";
    const { asked, fetcher } = web({ [url]: () => html("<title>Once</title>") });
    expect(await deliver([job(url), { kind: "other" }, null], fetcher)).toEqual({
      acked: ["0", "1", "2"],
      retried: [],
    });
    await deliver([job(url, 7)], fetcher);
    expect(told).toEqual([2, 7].map((seq) => ({ seq, preview: { url, title: "Once" } })));
    expect(asked).toEqual([url]);
    vi.useFakeTimers({ now: Date.now() + 3_700_000 });
    await deliver([job(url, 8)], fetcher);
    vi.useRealTimers();
    expect(asked).toEqual([url, url]);
  });

  it("LNK6 tries again only a chat that could not be told", async () => {
    const url = "https://example.com/again";
    const { fetcher } = web({ [url]: () => html("<title>Again</title>") });
    const failing = envWith(() => Promise.reject(new Error("asleep")));
    expect(await deliver([job(url), job("https://example.com/missing")], fetcher, failing)).toEqual({
      acked: ["1"],
      retried: ["0"],
    });
  });

  it("LNK6 fetches nothing where nothing keeps a name from leading inside", async () => {
    told.length = 0;
    await deliver([job("https://example.com/no-way-out")], undefined);
    expect(told).toEqual([]);
  });
});
