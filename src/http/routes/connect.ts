import { asFault, errorFrame, Fault, rowOf } from "../../domain/fault.ts";
import { logError } from "../../ops/log.ts";
import { encodeDown } from "../../protocol/codec.ts";
import { ERRORS, isErrorCode } from "../../protocol/error.ts";
import { DeviceId, objectName } from "../../protocol/ids.ts";
import type { Caller } from "../../protocol/rpc.ts";
import { failure } from "../answer.ts";
import type { Env } from "../env.ts";
import { callObject } from "../object-call.ts";
import { isForeignOrigin } from "../origin.ts";
import { relayAfterFirstFrame } from "../relay-socket.ts";
import { upgradeTokenOf, verifyAccess } from "../session-guard.ts";
import { socketAnswer, upgradeHeaders } from "../upgrade.ts";

/** One chat's socket, at its object. */
const CHAT_PATH = /^\/api(?:\/v1)?\/chats\/([^/]+)\/connect$/;
/** The hub's socket, and the other names it is known by (K4). */
const HUB_PATHS: ReadonlySet<string> = new Set([
  "/api/v1/ws",
  "/api/ws",
  "/ws",
  "/api/v1/chat/connect",
  "/api/chat/connect",
  "/chat",
]);

/** True for the addresses that {@link connect} serves. */
export const isSocketPath = (path: string): boolean => HUB_PATHS.has(path) || CHAT_PATH.test(path);

/**
 * The doors for sockets. The token is verified before any object is woken; then the upgrade is handed over, and the
 * Worker is out of the way. On the hub's addresses an upgrade without a token is answered by first-frame authentication.
 *
 * Never throws: a refusal that a browser must be able to tell from a dead network is said over an accepted socket,
 * which closes with the code of its row in `ERRORS`; any other is an HTTP answer.
 */
export async function connect(request: Request, env: Env, requestId: string): Promise<Response> {
  try {
    return await open(request, env, requestId);
  } catch (error) {
    const fault = asFault(error) ?? unexpected(error, requestId);
    const { close } = rowOf(fault);
    return close === undefined ? failure(fault, requestId) : farewell(request, fault, close);
  }
}

async function open(request: Request, env: Env, requestId: string): Promise<Response> {
  const { pathname, searchParams } = new URL(request.url);
  if (request.method !== "GET") throw new Fault("method_not_allowed");
  if (request.headers.get("upgrade")?.toLowerCase() !== "websocket") throw new Fault("upgrade_required");
  if (isForeignOrigin(request)) throw new Fault("foreign_origin");
  const token = upgradeTokenOf(request);
  const chatId = CHAT_PATH.exec(pathname)?.[1];
  if (token === undefined) {
    if (chatId !== undefined) throw new Fault("unauthenticated");
    return relayAfterFirstFrame(request, env, requestId);
  }
  // A page always names its origin. What names none and hides its token like a page is neither page nor program of ours.
  if (!request.headers.has("origin") && !request.headers.has("authorization")) throw new Fault("foreign_origin");
  const caller = await verifyAccess(env, token);
  if (chatId !== undefined) return handOver(env.CHATS, chatName(chatId), request, caller);
  const device = DeviceId.safeParse(searchParams.get("device_id"));
  return handOver(env.USERS, objectName("user", caller.user_id), request, {
    ...caller,
    ...(device.success ? { device_id: device.data } : {}),
  });
}

function chatName(id: string): string {
  try {
    return objectName("chat", id);
  } catch {
    throw new Fault("not_found");
  }
}

/** Gives the upgrade to an object, with who asks in headers that only the Worker can set. */
async function handOver(
  namespace: Env["CHATS"] | Env["USERS"],
  name: string,
  request: Request,
  caller: Caller,
): Promise<Response> {
  const headers = upgradeHeaders(request, caller);
  const response = await callObject<unknown, Response>(namespace, name, (object) =>
    object.fetch(new Request(request, { headers })),
  );
  if (response.status === 101) return response;
  // An object refuses an upgrade by its status alone; the envelope is the Worker's.
  const code = Object.entries(ERRORS).find(([, row]) => row.http === response.status)?.[0];
  throw new Fault(isErrorCode(code) ? code : "unavailable");
}

/** Accepts, says why, closes. */
function farewell(request: Request, fault: Fault, close: number): Response {
  const pair = new WebSocketPair();
  pair[1].accept();
  pair[1].send(encodeDown(errorFrame(fault)));
  pair[1].close(close, fault.code);
  return socketAnswer(request, pair[0]);
}

function unexpected(error: unknown, requestId: string): Fault {
  logError({ request_id: requestId, where: "upgrade", error });
  return new Fault("internal");
}
