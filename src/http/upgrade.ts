import { SUBPROTOCOL } from "../protocol/codec.ts";
import { CALLER_HEADERS, type Caller } from "../protocol/rpc.ts";

/**
 * The headers of an upgrade as an object sees them: none of the client's but what it needs, so that neither the token
 * nor a forged caller gets through.
 */
export function upgradeHeaders(request: Request, caller: Caller, dialect: 1 | 2 = 1): Headers {
  const headers = new Headers({
    upgrade: "websocket",
    [CALLER_HEADERS.user]: caller.user_id,
    [CALLER_HEADERS.session]: caller.session_id,
    [CALLER_HEADERS.device]: caller.device_id,
  });
  if (caller.device_type !== undefined) headers.set(CALLER_HEADERS.device_type, caller.device_type);
  if (dialect === 2) headers.set(CALLER_HEADERS.dialect, "2");
  for (const name of ["sec-websocket-key", "sec-websocket-version", "sec-websocket-extensions", "connection"]) {
    const value = request.headers.get(name);
    if (value !== null) headers.set(name, value);
  }
  if (offersBatches(request)) headers.set("sec-websocket-protocol", SUBPROTOCOL);
  return headers;
}

/** Did the client offer arrays of frames? The token's entry beside it is never selected. */
export function offersBatches(request: Request): boolean {
  const offered = request.headers.get("sec-websocket-protocol") ?? "";
  return offered.split(",").some((entry) => entry.trim() === SUBPROTOCOL);
}

/** The answer to an upgrade that the Worker itself accepts. */
export function socketAnswer(request: Request, webSocket: WebSocket): Response {
  const headers = offersBatches(request) ? { "sec-websocket-protocol": SUBPROTOCOL } : undefined;
  return new Response(null, { status: 101, webSocket, ...(headers ? { headers } : {}) });
}
