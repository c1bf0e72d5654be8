import { asFault, errorFrame, Fault, rowOf } from "../domain/fault.ts";
import { logError } from "../ops/metrics.ts";
import { encodeDown, readUp } from "../protocol/codec.ts";
import { fromSecondDialect, isSecondDialect, toSecondDialect } from "../protocol/dialect.ts";
import { DeviceId, objectName } from "../protocol/ids.ts";
import { FRAME_CHARS } from "../protocol/limits.ts";
import type { Env } from "./env.ts";
import { callObject } from "./object-call.ts";
import { brakeRequests, UPGRADE_COST } from "./request-brake.ts";
import { verifyAccess } from "./session-guard.ts";
import { offersBatches, socketAnswer, upgradeHeaders } from "./upgrade.ts";

/** A socket that has not said who it is after this long is closed. */
const FIRST_FRAME_MS = 10_000;
/** What a device may send while its first frame is being verified. */
const HELD_FRAMES = 64;
/** RFC 6455 section 7.4.1: going away, an error of ours, try again later. */
const GOING_AWAY = 1001;
const OUR_ERROR = 1011;
const TRY_LATER = 1013;

/**
 * First-frame authentication (K6): the Worker accepts the socket, waits for CONNECT or `auth`, and relays to the hub
 * for the life of the socket, because an accepted socket cannot be handed to an object. Frames pass unread in both
 * directions; the hub knows the dialect that the first frame chose.
 */
export function relayAfterFirstFrame(request: Request, env: Env, requestId: string): Response {
  const pair = new WebSocketPair();
  new RelaySocket(env, request, requestId, pair[1]);
  return socketAnswer(request, pair[0]);
}

class RelaySocket {
  readonly #env: Env;
  readonly #request: Request;
  readonly #requestId: string;
  readonly #device: WebSocket;
  #hub: WebSocket | undefined;
  #dialect: 1 | 2 = 1;
  #isVerifying = false;
  #isOver = false;
  readonly #held: (string | ArrayBuffer)[] = [];
  readonly #timer: ReturnType<typeof setTimeout>;

  constructor(env: Env, request: Request, requestId: string, device: WebSocket) {
    this.#env = env;
    this.#request = request;
    this.#requestId = requestId;
    this.#device = device;
    // Half open, so that the hub's close code reaches the device as it is, and the other way round.
    device.accept({ allowHalfOpen: true });
    device.addEventListener("message", ({ data }) => this.#fromDevice(data));
    device.addEventListener("close", ({ code, reason }) => this.#end(code, reason));
    device.addEventListener("error", () => this.#end(OUR_ERROR, "socket failed"));
    this.#timer = setTimeout(() => this.#refuse(new Fault("auth_timeout")), FIRST_FRAME_MS);
  }

  #fromDevice(data: string | ArrayBuffer): void {
    if (this.#isOver) return;
    if (this.#hub) {
      this.#pass(this.#hub, data);
      return;
    }
    if (this.#isVerifying) {
      const size = typeof data === "string" ? data.length : data.byteLength;
      this.#held.push(data);
      if (size > FRAME_CHARS) this.#refuse(new Fault("too_large"));
      else if (this.#held.length > HELD_FRAMES) this.#refuse(new Fault("rate_limited", { retry_after: 1 }));
      return;
    }
    this.#isVerifying = true;
    clearTimeout(this.#timer);
    this.#open(data).catch((error: unknown) => {
      const fault = asFault(error);
      if (!fault) logError({ request_id: this.#requestId, where: "relay to a hub", error });
      this.#refuse(fault ?? new Fault("unavailable", { retry_after: 1 }));
    });
  }

  async #open(first: string | ArrayBuffer): Promise<void> {
    const frame = this.#readFirst(first);
    const caller = await verifyAccess(this.#env, frame.token);
    if (frame.user_id !== undefined && frame.user_id !== caller.user_id) throw new Fault("unauthenticated");
    brakeRequests(this.#env, caller, UPGRADE_COST);
    const { search, searchParams } = new URL(this.#request.url);
    const device = DeviceId.safeParse(frame.device_id ?? searchParams.get("device_id"));
    const headers = upgradeHeaders(
      this.#request,
      { ...caller, ...(device.success ? { device_id: device.data } : {}) },
      this.#dialect,
    );
    const response = await callObject(this.#env.USERS, objectName("user", caller.user_id), (hub) =>
      hub.fetch(new Request(`https://hub/api/v1/ws${search}`, { headers })),
    );
    const hub = response.webSocket;
    if (!hub) throw new Fault("unavailable", { retry_after: 1 });
    hub.accept({ allowHalfOpen: true });
    if (this.#isOver) {
      hub.close(GOING_AWAY, "device left");
      return;
    }
    this.#hub = hub;
    hub.addEventListener("message", ({ data }) => this.#pass(this.#device, data));
    hub.addEventListener("close", ({ code, reason }) => this.#end(code, reason));
    hub.addEventListener("error", () => this.#end(OUR_ERROR, "hub failed"));
    for (const data of this.#held.splice(0)) this.#pass(hub, data);
  }

  /** @throws Fault unless it is a CONNECT, in either dialect */
  #readFirst(data: string | ArrayBuffer) {
    if (typeof data !== "string" || data.length > FRAME_CHARS) throw new Fault("unauthenticated");
    let json: unknown;
    try {
      json = JSON.parse(data);
    } catch {
      throw new Fault("unauthenticated");
    }
    // A client that chose arrays may send its greeting in one.
    if (Array.isArray(json) && json.length === 1 && offersBatches(this.#request)) json = json[0];
    if (isSecondDialect(json)) this.#dialect = 2;
    const read = readUp(this.#dialect === 2 ? fromSecondDialect(json) : json);
    if (!read.ok || read.frame.type !== "CONNECT") {
      const says = read.ok || read.refusal.code === "unknown_frame" ? {} : { details: read.refusal.details };
      throw new Fault("unauthenticated", { message: "The first frame must be CONNECT with a token.", ...says });
    }
    return read.frame;
  }

  #pass(to: WebSocket, data: string | ArrayBuffer): void {
    if (this.#isOver) return;
    try {
      to.send(data);
    } catch {
      this.#end(GOING_AWAY, "other side left");
    }
  }

  #refuse(fault: Fault): void {
    if (this.#isOver) return;
    const frame = errorFrame(fault);
    const pieces = this.#dialect === 2 ? toSecondDialect(frame).map((f) => JSON.stringify(f)) : [encodeDown(frame)];
    for (const piece of pieces) this.#pass(this.#device, piece);
    this.#end(rowOf(fault).close ?? TRY_LATER, fault.code);
  }

  /** Closes both sides, with the same code where it may be sent. */
  #end(code: number, reason: string): void {
    if (this.#isOver) return;
    this.#isOver = true;
    clearTimeout(this.#timer);
    // 1005, 1006 and 1015 are never sent: they say that no code, no close, no TLS came (RFC 6455 section 7.4.1).
    const sent = code === 1005 || code === 1006 || code === 1015 ? GOING_AWAY : code;
    for (const side of [this.#device, this.#hub]) {
      try {
        side?.close(sent, reason);
      } catch {
        // Closed already: that is what was wanted.
      }
    }
  }
}
