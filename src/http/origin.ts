import type { Env } from "./env.ts";

/**
 * Does a page of another origin ask? Browsers name the page's origin with every request that could do harm; programs
 * that are not browsers name none, and hold no cookie of ours that could be abused.
 *
 * Parley answers pages of its own origin only: a bearer token needs no such protection, but a page elsewhere that may
 * call `/auth/login` lends its visitors' addresses to whoever guesses passwords.
 */
export function isForeignOrigin(request: Request): boolean {
  const origin = request.headers.get("origin");
  if (origin !== null) return origin !== new URL(request.url).origin;
  const site = request.headers.get("sec-fetch-site");
  return site === "cross-site" || site === "same-site";
}

const OWN_HOSTS: ReadonlySet<string> = new Set(["127.0.0.1", "localhost", "[::1]"]);

/**
 * Does somebody ask a laptop by another name than its own? A page elsewhere can have its name resolved to 127.0.0.1 while
 * it is open; its origin is then the name it asks by, and only the name gives it away. In production the platform routes
 * nothing here but the names that were set up.
 */
export function isForeignHost({ MODE }: Pick<Env, "MODE">, request: Request): boolean {
  return MODE === "local" && !OWN_HOSTS.has(new URL(request.url).hostname);
}
