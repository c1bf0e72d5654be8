import { joinFrames, SUBPROTOCOL } from "../../src/protocol/codec.ts";
import { CALLER_HEADERS, type Caller } from "../../src/protocol/rpc.ts";
import { DeviceType } from "../../src/protocol/user.ts";
import { DEAD_SOCKET_MS, HEARD_EVERY_MS } from "./limits.ts";

/** What is known of a socket, kept in its attachment so that it survives hibernation. */
export interface SocketState extends Caller {
  /** Takes and sends arrays of frames: chose `parley.1`. */
  is_batching: boolean;
  /** Epoch milliseconds. */
  connected_at: number;
  /** When a frame last came, to within {@link HEARD_EVERY_MS}: some clients have a heartbeat of their own. */
  heard_at?: number;
}

/** Who the Worker says is calling. The Worker strips these headers from outside requests, so an object may believe them. */
export function callerOf(request: Request): Caller | undefined {
  const user_id = request.headers.get(CALLER_HEADERS.user);
  const session_id = request.headers.get(CALLER_HEADERS.session);
  const device_id = request.headers.get(CALLER_HEADERS.device);
  if (!user_id || !session_id || !device_id) return undefined;
  const kind = DeviceType.safeParse(request.headers.get(CALLER_HEADERS.device_type));
  return { user_id, session_id, device_id, ...(kind.success ? { device_type: kind.data } : {}) };
}

/** Did the client offer arrays of frames? */
export function choosesBatches(request: Request): boolean {
  const offered = request.headers.get("sec-websocket-protocol") ?? "";
  return offered.split(",").some((entry) => entry.trim() === SUBPROTOCOL);
}

/**
 * The live sockets of an object, by reference: asking the platform for all of them and reading their attachments for
 * every message is what makes a large room slow. Rebuilt from the attachments after a wake.
 */
export class Sockets<S extends SocketState> {
  readonly #ctx: DurableObjectState;
  readonly #live = new Map<WebSocket, S>();
  /** Live sockets of each person. Counted along: a room of a thousand that looked at all of them for each would be slow. */
  readonly #counts = new Map<string, number>();

  constructor(ctx: DurableObjectState) {
    this.#ctx = ctx;
    for (const socket of ctx.getWebSockets()) {
      const state = socket.deserializeAttachment() as S | null;
      if (state && socket.readyState === WebSocket.OPEN) this.#remember(socket, state);
    }
  }

  get size(): number {
    return this.#live.size;
  }

  entries(): IterableIterator<[WebSocket, S]> {
    return this.#live.entries();
  }

  stateOf(socket: WebSocket): S | undefined {
    return this.#live.get(socket);
  }

  /** Takes a socket over for the platform to hold, and answers the upgrade. */
  accept(state: S): { socket: WebSocket; response: Response } {
    const pair = new WebSocketPair();
    this.#ctx.acceptWebSocket(pair[1]);
    pair[1].serializeAttachment(state);
    this.#remember(pair[1], state);
    const headers = state.is_batching ? { "sec-websocket-protocol": SUBPROTOCOL } : undefined;
    return {
      socket: pair[1],
      response: new Response(null, { status: 101, webSocket: pair[0], ...(headers ? { headers } : {}) }),
    };
  }

  /** Changes what is known of a socket, durably over hibernation. */
  update(socket: WebSocket, state: S): void {
    if (this.#live.has(socket)) this.#live.set(socket, state);
    else this.#remember(socket, state);
    socket.serializeAttachment(state);
  }

  /** A frame came: a sign of life of a client whose heartbeat is not the one that the platform answers. */
  heard(socket: WebSocket, now: number): void {
    const state = this.#live.get(socket);
    if (state && now - (state.heard_at ?? state.connected_at) > HEARD_EVERY_MS)
      this.update(socket, { ...state, heard_at: now });
  }

  /** How many sockets this person has here. */
  countOf(userId: string): number {
    return this.#counts.get(userId) ?? 0;
  }

  #remember(socket: WebSocket, state: S): void {
    this.#live.set(socket, state);
    this.#counts.set(state.user_id, this.countOf(state.user_id) + 1);
  }

  forget(socket: WebSocket): void {
    const state = this.#live.get(socket);
    if (!state) return;
    this.#live.delete(socket);
    const left = this.countOf(state.user_id) - 1;
    if (left > 0) this.#counts.set(state.user_id, left);
    else this.#counts.delete(state.user_id);
  }

  /** Closes and forgets. A socket that is already gone is no error. */
  close(socket: WebSocket, code: number, reason: string): void {
    this.forget(socket);
    try {
      socket.close(code, reason);
    } catch {
      // It was closing already: that is what was wanted.
    }
  }

  /**
   * Sends encoded frames to one socket, as one message where the client takes arrays.
   * A socket that cannot take them is forgotten: its close event comes, or its device reconnects and catches up.
   */
  send(socket: WebSocket, state: S, pieces: readonly string[], joined: string = joinFrames(pieces)): void {
    if (pieces.length === 0) return;
    try {
      if (state.is_batching) socket.send(joined);
      else for (const piece of pieces) socket.send(piece);
    } catch {
      this.forget(socket);
    }
  }

  /** Sockets that have shown no heartbeat for `DEAD_SOCKET_MS`: a closed tab can leave one open. */
  dead(now: number): WebSocket[] {
    const dead: WebSocket[] = [];
    for (const [socket, state] of this.#live) {
      const heard = this.#ctx.getWebSocketAutoResponseTimestamp(socket)?.getTime() ?? 0;
      if (now - Math.max(heard, state.connected_at, state.heard_at ?? 0) > DEAD_SOCKET_MS) dead.push(socket);
    }
    return dead;
  }
}
