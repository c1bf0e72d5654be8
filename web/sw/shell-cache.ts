/** What the build says of itself: the shell's files, `/` the first, and a hash over them. */
export interface Shell {
  version: string;
  files: readonly string[];
}

const PREFIX = "parley-shell-";
/** Fonts of other scripts, emoji names: kept once somebody has needed them. */
const EXTRAS = "parley-extras";
/** Builds leave their own behind: the oldest go beyond this many. */
const EXTRAS_MAX = 64;

/**
 * The app shell on this device, one cache for each version. A page and its parts are always of one build: whatever
 * stands in the way of that, a deployment in the middle of an installation or something on the way that answers a part which
 * is gone with a page, is refused and never kept.
 */
export class ShellCache {
  readonly #shell: Shell;
  readonly #caches: CacheStorage;
  readonly #fetch: (request: Request) => Promise<Response>;
  readonly #name: string;
  /** Of the worker: addresses of the shell are relative to it. */
  readonly #origin: string;

  constructor(
    shell: Shell,
    world: { caches: CacheStorage; origin: string; fetch(request: Request): Promise<Response> },
  ) {
    this.#shell = shell;
    this.#caches = world.caches;
    this.#origin = world.origin;
    this.#fetch = (request) => world.fetch(request);
    this.#name = PREFIX + shell.version;
  }

  /** Keeps every file of this version, or none. Rejects where they are not of one build; the browser tries again. */
  async install(): Promise<void> {
    const fetched = await Promise.all(
      this.#shell.files.map(async (file) => {
        const request = new Request(this.#origin + file, { cache: "reload" });
        const response = await this.#fetch(request);
        if (!response.ok || isPage(response) !== (file === "/")) throw new Error(`not of this build: ${file}`);
        if (file === "/") await this.#check(response.clone());
        return { request, response };
      }),
    );
    const cache = await this.#caches.open(this.#name);
    await Promise.all(fetched.map(({ request, response }) => cache.put(request, response)));
  }

  /** The shell before this one stays: pages that are open still load their parts from it. Older ones go. */
  async activate(): Promise<void> {
    const names = (await this.#caches.keys()).filter((name) => name.startsWith(PREFIX) && name !== this.#name);
    await Promise.all(names.slice(0, -1).map((name) => this.#caches.delete(name)));
    const extras = await this.#caches.open(EXTRAS);
    const kept = await extras.keys();
    await Promise.all(kept.slice(0, -EXTRAS_MAX).map((request) => extras.delete(request)));
  }

  async page(request: Request): Promise<Response> {
    const cached = await this.#caches.match(`${this.#origin}/`, { cacheName: this.#name });
    return cached ?? this.#fetch(request);
  }

  /** `path`: of the request. This version's own file first: some have the same address in every version. */
  async file(request: Request, path: string): Promise<Response> {
    const own = await this.#caches.match(request, { cacheName: this.#name });
    const cached = own ?? (await this.#caches.match(request));
    if (cached !== undefined) return cached;
    const response = await this.#fetch(request);
    const isPart = path.startsWith("/assets/") || path.startsWith("/emoji/");
    if (!isPart) return response;
    // Of a build that is no more. Ours says 404; a page from whoever stands between would be run, or kept, as a script.
    if (isPage(response)) return new Response(null, { status: 404 });
    if (response.ok && response.type === "basic") {
      const cache = await this.#caches.open(EXTRAS);
      await cache.put(request, response.clone());
    }
    return response;
  }

  /** The page names parts of its own build alone. */
  async #check(page: Response): Promise<void> {
    const files = new Set(this.#shell.files);
    for (const [part] of (await page.text()).matchAll(/\/assets\/[\w.-]+/g))
      if (!files.has(part)) throw new Error(`the page is of another build: ${part}`);
  }
}

const isPage = (response: Response): boolean => response.headers.get("content-type")?.startsWith("text/html") ?? false;
