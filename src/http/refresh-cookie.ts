import { SESSION_IDLE_MS } from "../auth/refresh-token.ts";
import type { Visit } from "./handler.ts";

const NAME = "parley_refresh";
/** A page asks for the cookie by a header that no form and no image can send. */
const HEADER = "x-parley-cookie";

/** Does this client keep its refresh token in the cookie? */
export const wantsCookie = (request: Request): boolean => request.headers.get(HEADER) === "1";

/** The refresh token in the cookie, only for a client that asked for the cookie. */
export function cookieTokenOf(request: Request): string | undefined {
  if (!wantsCookie(request)) return undefined;
  for (const pair of (request.headers.get("cookie") ?? "").split(";")) {
    const at = pair.indexOf("=");
    if (at > 0 && pair.slice(0, at).trim() === NAME) return pair.slice(at + 1).trim() || undefined;
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

function append({ env, request, headers }: Visit, value: string, maxAge: number): void {
  // Browsers drop a Secure cookie of a plain http page, which is what a laptop has.
  const isPlain = env.MODE === "local" && new URL(request.url).protocol === "http:";
  const secure = isPlain ? "" : "; Secure";
  headers.append("set-cookie", `${NAME}=${value}; Path=/api; Max-Age=${maxAge}; HttpOnly; SameSite=Strict${secure}`);
}
