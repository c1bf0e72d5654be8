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
