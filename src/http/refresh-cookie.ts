import { SESSION_IDLE_MS } from "../auth/refresh-token.ts";
import type { Visit } from "./handler.ts";

const PLAIN_NAME = "parley_refresh";
/**
 * A browser takes a cookie of this name from this host alone, over https (RFC 6265bis section 4.1.3.2). Without the
 * prefix a neighbour's subdomain could plant one of its own, and a visitor would go on in a stranger's session.
 */
const HOST_NAME = `__Host-${PLAIN_NAME}`;
/** A page asks for the cookie by a header that no form and no image can send. */
const HEADER = "x-parley-cookie";

/** Does this client keep its refresh token in the cookie? */
export const wantsCookie = (request: Request): boolean => request.headers.get(HEADER) === "1";

/** Browsers drop a Secure cookie of a plain http page, which is what a laptop has. */
const isPlain = ({ env, request }: Pick<Visit, "env" | "request">): boolean =>
  env.MODE === "local" && new URL(request.url).protocol === "http:";

/** The refresh token in the cookie, only for a client that asked for the cookie. */
export function cookieTokenOf(visit: Visit): string | undefined {
  const { request } = visit;
  if (!wantsCookie(request)) return undefined;
  const name = isPlain(visit) ? PLAIN_NAME : HOST_NAME;
  for (const pair of (request.headers.get("cookie") ?? "").split(";")) {
    const at = pair.indexOf("=");
    if (at > 0 && pair.slice(0, at).trim() === name) return pair.slice(at + 1).trim() || undefined;
  }
  return undefined;
}

/** Hands a refresh token to the browser, where no script can read it. */
export function setCookie(visit: Visit, token: string): void {
  append(visit, token, Math.floor(SESSION_IDLE_MS / 1_000));
}

/** Takes it away again. */
export function clearCookie(visit: Visit): void {
  if (wantsCookie(visit.request)) append(visit, "", 0);
}

function append(visit: Visit, value: string, maxAge: number): void {
  // The whole host, because the prefixed name demands it; `Path` is no protection anyway.
  const [name, secure] = isPlain(visit) ? [PLAIN_NAME, ""] : [HOST_NAME, "; Secure"];
  const cookie = `${name}=${value}; Path=/; Max-Age=${maxAge}; HttpOnly; SameSite=Strict${secure}`;
  visit.headers.append("set-cookie", cookie);
}
