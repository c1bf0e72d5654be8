import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { convertV4MiniflareOptions, Miniflare } from "miniflare";
import { afterAll, beforeAll, expect, it } from "vitest";
import { PUBLIC_INTERNET } from "../../scripts/internet.ts";
import { newClientMsgId } from "../../src/protocol/ids.ts";
import { FORGED_TARGETS } from "../harness/forged-targets.ts";
import { startServer, type TestServer } from "../harness/server.ts";
import { Api, ask, bearer } from "../proofs/api.ts";
import { mintPeople, type SignedIn } from "../proofs/people.ts";

/** Counts everybody who comes to this machine, by whatever name. */
let trap: Server;
let hits = 0;
let port = 0;
let server: TestServer;

beforeAll(async () => {
  trap = createServer((_, response) => {
    hits++;
    response.setHeader("content-type", "text/html");
    response.end("<title>Inside</title>");
  });
  await new Promise<void>((resolve) => trap.listen(0, resolve));
  port = (trap.address() as AddressInfo).port;
  server = await startServer({ vars: { SEND_BURST: "1000", HTTP_PER_S: "1000" } });
});
afterAll(async () => {
  trap.close();
  await server.stop();
});

/** The same addresses with the trap's door, and names that lead to this machine. */
const atTrap = (): string[] =>
  [...FORGED_TARGETS, "http://localhost./x", "http://[::1]/x"]
    .filter((address) => URL.canParse(address) && new URL(address).protocol === "http:")
    .map((address) => Object.assign(new URL(address), { port: String(port) }).href);

it("LNK5 no forged address in a message is reached by the server", async () => {
  await fetch(`http://127.0.0.1:${port}/`);
  expect(hits).toBe(1);
  const [ada] = (await mintPeople(server, ["ada"])) as [SignedIn];
  const api = new Api(server.url, ada);
  const { chat } = await api.createChat({ chat_type: "group", chat_name: "Links", participants: [] });
  const send = (message_type: "text" | "sticker", content: object) =>
    api.send(chat.chat_id, { client_msg_id: newClientMsgId(), message_type, content } as never);
  for (const address of [...FORGED_TARGETS, ...atTrap()]) await send("text", { text: `look: ${address}` });
  // Counted behind them, by the same queue: when it shows, they have had their turn.
  await send("sticker", { sticker_id: "wow" });
  await expect
    .poll(() => ask(`${server.url}/api/v1/stickers`, "GET", undefined, bearer(ada)), { timeout: 30_000, interval: 500 })
    .toMatchObject({
      body: { data: { stickers: expect.arrayContaining([expect.objectContaining({ sticker_id: "wow", count: 1 })]) } },
    });
  expect(hits).toBe(1);
  const log = await api.wholeHistory(chat.chat_id);
  expect(log.filter((message) => message.link_preview !== undefined)).toEqual([]);
});

it("LNK5 the runtime refuses private addresses on the way that previews take, whatever the guard would say", async () => {
  const script = `export default { async fetch(request, env) {
    const way = request.headers.get("way") === "guarded" ? env.INTERNET : { fetch: (url) => fetch(url) };
    try { return await way.fetch(await request.text()); } catch { return new Response("refused", { status: 599 }); }
  } }`;
  const mf = new Miniflare(
    convertV4MiniflareOptions({ modules: true, script, serviceBindings: { INTERNET: PUBLIC_INTERNET } }),
  );
  try {
    const before = hits;
    const visit = (way: string, body: string) =>
      mf.dispatchFetch("http://x/", { method: "POST", body, headers: { way } });
    expect((await visit("open", `http://127.0.0.1:${port}/`)).status).toBe(200);
    expect(hits).toBe(before + 1);
    for (const host of ["127.0.0.1", "localhost", "[::1]", "0.0.0.0"])
      expect((await visit("guarded", `http://${host}:${port}/`)).status).toBe(599);
    expect(hits).toBe(before + 1);
  } finally {
    await mf.dispose();
  }
});
