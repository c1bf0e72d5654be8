import { once } from "node:events";
import { type IncomingHttpHeaders, request } from "node:http";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startServer, type TestServer } from "../harness/server.ts";

let server: TestServer;
/** The parts that the page names. */
let parts: string[] = [];
beforeAll(async () => {
  server = await startServer({ hasClient: true });
  const page = await (await fetch(server.url)).text();
  parts = [...new Set([...page.matchAll(/\/assets\/[\w.-]+/g)].map(([part]) => part))];
});
afterAll(() => server.stop());

interface Answer {
  status: number;
  headers: IncomingHttpHeaders;
  body: string;
}

/** A request with headers that fetch does not let a caller set. */
async function ask(path: string, headers: Record<string, string> = {}, method = "GET"): Promise<Answer> {
  const sent = request(`${server.url}${path}`, { headers, method });
  sent.end();
  const [response] = await once(sent, "response");
  let body = "";
  for await (const chunk of response) body += chunk;
  return { status: response.statusCode, headers: response.headers, body };
}

/** Headers of a page that its safety rests on, and how long it is kept. */
const guarding = ({ headers }: Answer) =>
  Object.fromEntries(
    [
      "cache-control",
      "content-security-policy",
      "content-type",
      "cross-origin-opener-policy",
      "etag",
      "permissions-policy",
      "referrer-policy",
      "strict-transport-security",
      "x-content-type-options",
    ].map((name) => [name, headers[name]]),
  );

/** One of each that the client knows, one that it does not, and one with what a link from elsewhere may carry. */
const PAGES = [
  "/c/d0123456789abcdefghijklmno",
  "/c/d0123456789abcdefghijklmno/details",
  "/c/d0123456789abcdefghijklmno/search",
  "/c/d0123456789abcdefghijklmno/t/3",
  "/c/d0123456789abcdefghijklmno/m/7",
  "/settings",
  "/settings/privacy",
  "/people",
  "/people/u0123456789",
  "/directory",
  "/join/g0123456789abcdefghijklmno-abcdef",
  "/admin/reports",
  "/sign-in",
  "/register",
  "/nowhere/at/all/",
  "/assetsome",
  "/settings?from=mail.example.org/a.js",
];

describe("the client's addresses", () => {
  it("UI120 every one of them is the page, with the headers of the page", async () => {
    const home = await ask("/");
    expect(home.status).toBe(200);
    expect(home.headers["content-security-policy"]).toContain("default-src 'none'");
    expect(home.headers["cache-control"]).toContain("must-revalidate");
    for (const path of PAGES) {
      const page = await ask(path);
      expect(page.status, path).toBe(200);
      expect(page.body === home.body, path).toBe(true);
      expect(guarding(page), path).toEqual(guarding(home));
    }
    const [path = ""] = PAGES;
    const head = await ask(path, {}, "HEAD");
    expect([head.status, head.body, guarding(head)]).toEqual([200, "", guarding(home)]);
    expect((await ask(path, { "if-none-match": String(home.headers.etag) })).status).toBe(304);
    // What is not the page has the headers of every other refusal, whatever its address is.
    const refused = [await ask(path, {}, "POST"), await ask("/settings", { Host: "elsewhere.example" })];
    expect(refused.map(({ status }) => status)).toEqual([404, 403]);
    const missing = guarding(await ask("/api/v1/nowhere"));
    expect(missing).toMatchObject({ "cache-control": "no-store", "x-content-type-options": "nosniff" });
    for (const answer of refused) expect(guarding(answer)).toEqual(missing);
  });

  it("UI120 a file of a build that is gone is not there, and the answer is not kept", async () => {
    const gone = ["/assets/start-0123abcd.js", "/assets/gone.css", "/assets/", "/assets/fonts/gone", "/emoji/xx"];
    for (const path of [...gone, "/emoji/xx/data.json", "/old.js", "/c/main.js", "/favicon.ico", "/.env"]) {
      // As a script asks, as somebody who types it, and as a program.
      for (const headers of [{ "sec-fetch-mode": "cors" }, { "sec-fetch-mode": "navigate", accept: "text/html" }, {}]) {
        const answer = await ask(path, headers);
        expect(answer.status, path).toBe(404);
        expect(answer.headers["content-type"], path).toMatch(/^application\/json/);
        expect(answer.headers["cache-control"], path).toBe("no-store");
        expect(answer.headers["x-content-type-options"], path).toBe("nosniff");
        expect(JSON.parse(answer.body).error.code, path).toBe("not_found");
      }
    }
  });

  it("UI120 files that are there are answered before the Worker is asked", async () => {
    expect(parts.length).toBeGreaterThan(1);
    // The Worker refuses this name; what it is not asked for comes all the same.
    const elsewhere = { Host: "elsewhere.example" };
    expect((await ask("/settings", elsewhere)).status).toBe(403);
    for (const path of ["/", "/sw.js", "/first-paint.js", "/icon.svg", "/emoji/en/data.json", ...parts])
      expect((await ask(path, elsewhere)).status, path).toBe(200);
    for (const path of parts)
      expect((await ask(path)).headers["cache-control"], path).toBe("public, max-age=31536000, immutable");
  });
});
