import { errorFrame, type Fault, rowOf } from "../../src/domain/fault.ts";
import { SUBPROTOCOL } from "../../src/protocol/codec.ts";
import { HEARTBEAT_MS } from "../../src/protocol/limits.ts";
import { PROTOCOL_VERSION } from "../../src/protocol/version.ts";
import { choosesBatches } from "../shared/sockets.ts";
import type { HubSocket } from "./hub-socket.ts";

/** RFC 6455 section 7.4.1: not like that; not now. */
const POLICY_VIOLATION = 1008;
const TRY_LATER = 1013;

/** The first frame of a socket, and the answer to a greeting. */
export const connected = (state: HubSocket, now: number) =>
  ({
    type: "CONNECTED",
    session_id: state.session_id,
    user_id: state.user_id,
    device_id: state.device_id,
    server_time: new Date(now).toISOString(),
    protocol_version: PROTOCOL_VERSION,
    heartbeat_ms: HEARTBEAT_MS,
  }) as const;

/** Says no over the socket itself: a browser learns nothing from a refused upgrade but that it failed. */
export function refusal(request: Request, fault: Fault): Response {
  if (fault.code === "upgrade_required") return new Response(fault.message, { status: rowOf(fault).http });
  const pair = new WebSocketPair();
  pair[1].accept();
  pair[1].send(JSON.stringify(errorFrame(fault)));
  const { close, retry } = { close: undefined, ...rowOf(fault) };
  pair[1].close(close ?? (retry === "later" ? TRY_LATER : POLICY_VIOLATION), fault.code);
  const headers = choosesBatches(request) ? { "sec-websocket-protocol": SUBPROTOCOL } : undefined;
  return new Response(null, { status: 101, webSocket: pair[0], ...(headers ? { headers } : {}) });
}
