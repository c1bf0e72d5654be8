/// <reference lib="webworker" />
import { type Shell, ShellCache } from "./shell-cache.ts";

declare const self: ServiceWorkerGlobalScope;

/** Written by the build (vite.config.ts). */
declare const __SHELL__: Shell;

/**
 * Keeps the app shell on the device, so that a reload works without a network. It never answers for the server:
 * messages have their own store, and a cached answer of the API would be a lie about the log.
 */
const shell = new ShellCache(__SHELL__, {
  caches,
  origin: self.location.origin,
  fetch: (request) => fetch(request),
});

const SERVER_PATHS = ["/api/", "/ws", "/chat", "/openapi.json", "/.well-known/", "/cdn-cgi/"];

const isServers = (path: string): boolean =>
  SERVER_PATHS.some((prefix) => (prefix.endsWith("/") ? path.startsWith(prefix) : path === prefix));

self.addEventListener("install", (event) => event.waitUntil(shell.install().then(() => self.skipWaiting())));
self.addEventListener("activate", (event) => event.waitUntil(shell.activate().then(() => self.clients.claim())));
self.addEventListener("fetch", (event) => {
  const { request } = event;
  const url = new URL(request.url);
  if (request.method !== "GET" || url.origin !== self.location.origin || isServers(url.pathname)) return;
  if (request.mode === "navigate") event.respondWith(shell.page(request));
  else event.respondWith(shell.file(request, url.pathname));
});
