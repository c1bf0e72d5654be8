import { describe, expect, it } from "vitest";
import { ShellCache } from "../../web/sw/shell-cache.ts";

const ORIGIN = "https://chat.example";

/** As much of a browser's caches as the shell uses. */
class Caches {
  readonly all = new Map<string, Map<string, Response>>();

  async open(name: string): Promise<unknown> {
    const rows = this.all.get(name) ?? new Map<string, Response>();
    this.all.set(name, rows);
    return {
      put: async (request: Request, response: Response) => void rows.set(request.url, response),
      keys: async () => [...rows.keys()].map((url) => new Request(url)),
      delete: async (request: Request) => rows.delete(request.url),
    };
  }

  async match(request: Request | string, options: { cacheName?: string } = {}): Promise<Response | undefined> {
    const url = typeof request === "string" ? request : request.url;
    for (const [name, rows] of this.all)
      if (options.cacheName === undefined || options.cacheName === name) {
        const found = rows.get(url);
        if (found) return found.clone();
      }
    return undefined;
  }

  async keys(): Promise<string[]> {
    return [...this.all.keys()];
  }

  async delete(name: string): Promise<boolean> {
    return this.all.delete(name);
  }
}

/** A server that has these files, and answers everything else with its page. */
class Server {
  files: Record<string, string> = {};
  readonly asked: string[] = [];

  readonly fetch = async (request: Request): Promise<Response> => {
    const { pathname } = new URL(request.url);
    this.asked.push(pathname);
    const text = pathname === "/" ? undefined : this.files[pathname];
    const type = text === undefined ? "text/html; charset=utf-8" : "text/javascript";
    const response = new Response(text ?? this.files["/"] ?? "", { headers: { "content-type": type } });
    Object.defineProperty(response, "type", { value: "basic" });
    return response;
  };
}

const build = (version: string): Record<string, string> => ({
  "/": `<script src="/first-paint.js"></script><script src="/assets/main-${version}.js"></script>`,
  "/first-paint.js": `paint ${version}`,
  [`/assets/main-${version}.js`]: `main ${version}`,
  [`/assets/later-${version}.js`]: `later ${version}`,
});

function browser() {
  const caches = new Caches();
  const server = new Server();
  const worker = (version: string) =>
    new ShellCache(
      { version, files: Object.keys(build(version)) },
      { caches: caches as unknown as CacheStorage, origin: ORIGIN, fetch: server.fetch },
    );
  const update = async (version: string) => {
    server.files = build(version);
    const shell = worker(version);
    await shell.install();
    await shell.activate();
    return shell;
  };
  return { caches, server, worker, update };
}
const ask = async (shell: ShellCache, path: string) => {
  const response = await shell.file(new Request(ORIGIN + path), path);
  return response.ok ? await response.text() : response.status;
};

describe("the shell on a device", () => {
  it("UI16 a new version's page gets the new version's files, also those whose address never changes", async () => {
    const { update, server } = browser();
    await update("one");
    const two = await update("two");
    server.asked.length = 0;
    expect(await (await two.page(new Request(`${ORIGIN}/c/x`))).text()).toContain("main-two");
    expect(await ask(two, "/first-paint.js")).toBe("paint two");
    // A page of the version before, still open, loads its parts.
    expect(await ask(two, "/assets/later-one.js")).toBe("later one");
    expect(server.asked).toEqual([]);
  });

  it("UI16 a part of a build that is no more is missing, and the page in its place is never kept", async () => {
    const { update, caches, server } = browser();
    for (const version of ["one", "two"]) await update(version);
    const three = await update("three");
    expect(await ask(three, "/assets/later-one.js")).toBe(404);
    // The build comes back: its part is itself.
    server.files = build("one");
    expect(await ask(three, "/assets/later-one.js")).toBe("later one");
    expect(caches.all.get("parley-extras")?.size).toBe(1);
  });

  it("UI16 an installation in the middle of a deployment is refused, and the version before stays whole", async () => {
    const { update, worker, server, caches } = browser();
    const one = await update("one");
    // The worker of two, the page of three already.
    server.files = { ...build("two"), "/": build("three")["/"] ?? "" };
    await expect(worker("two").install()).rejects.toThrow("another build");
    // The page of two, whose part is not there yet.
    const { "/assets/later-two.js": _, ...half } = build("two");
    server.files = half;
    await expect(worker("two").install()).rejects.toThrow("not of this build");
    expect([...caches.all.keys()].filter((name) => name.startsWith("parley-shell-"))).toEqual(["parley-shell-one"]);
    expect(await (await one.page(new Request(ORIGIN))).text()).toContain("main-one");
  });

  it("UI16 what was needed of many builds does not pile up", async () => {
    const { update, server, caches } = browser();
    const one = await update("one");
    for (let i = 0; i < 100; i++) {
      server.files[`/assets/font-${i}.woff2`] = `${i}`;
      await ask(one, `/assets/font-${i}.woff2`);
    }
    const two = await update("two");
    expect(caches.all.get("parley-extras")?.size).toBe(64);
    expect(await ask(two, "/assets/font-99.woff2")).toBe("99");
  });
});
