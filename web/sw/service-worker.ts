/// <reference lib="webworker" />
export type {};

declare const self: ServiceWorkerGlobalScope;

/** Written by the build (vite.config.ts): the shell's files and a hash over them. */
declare const __SHELL__: { version: string; files: readonly string[] };

/**
 * Keeps the app shell on the device, so that a reload works without a network. It never answers for the server:
 * messages have their own store, and a cached answer of the API would be a lie about the log.
 */
const PREFIX = "parley-shell-";
const CACHE = PREFIX + __SHELL__.version;
/** Fonts of other scripts, emoji names: kept once somebody has needed them. */
const EXTRAS = "parley-extras";

const SERVER_PATHS = ["/api/", "/ws", "/chat", "/openapi.json", "/.well-known/", "/cdn-cgi/"];

const isServers = (path: string): boolean =>
  SERVER_PATHS.some((prefix) => (prefix.endsWith("/") ? path.startsWith(prefix) : path === prefix));

async function install(): Promise<void> {
  const cache = await caches.open(CACHE);
  await cache.addAll(__SHELL__.files.map((file) => new Request(file, { cache: "reload" })));
  await self.skipWaiting();
}

/** The shell before this one stays: pages that are open still load their parts from it. Older ones go. */
async function activate(): Promise<void> {
  const names = (await caches.keys()).filter((name) => name.startsWith(PREFIX) && name !== CACHE);
  await Promise.all(names.slice(0, -1).map((name) => caches.delete(name)));
  await self.clients.claim();
}

async function shellPage(request: Request): Promise<Response> {
  const cached = await caches.match("/", { cacheName: CACHE });
  return cached ?? fetch(request);
}

async function staticFile(request: Request, path: string): Promise<Response> {
  const cached = await caches.match(request);
  if (cached !== undefined) return cached;
  const response = await fetch(request);
  const isHashed = path.startsWith("/assets/") || path.startsWith("/emoji/");
  if (isHashed && response.ok && response.type === "basic") {
    const cache = await caches.open(EXTRAS);
    await cache.put(request, response.clone());
  }
  return response;
}

self.addEventListener("install", (event) => event.waitUntil(install()));
self.addEventListener("activate", (event) => event.waitUntil(activate()));
self.addEventListener("fetch", (event) => {
  const { request } = event;
  const url = new URL(request.url);
  if (request.method !== "GET" || url.origin !== self.location.origin || isServers(url.pathname)) return;
  if (request.mode === "navigate") event.respondWith(shellPage(request));
  else event.respondWith(staticFile(request, url.pathname));
});
