import { asFault, Fault } from "../../src/domain/fault.ts";
import { decodeUp, type Refusal } from "../../src/protocol/codec.ts";
import { CLOSE, ERRORS } from "../../src/protocol/error.ts";
import { objectName } from "../../src/protocol/ids.ts";
import { HEARTBEAT_MS } from "../../src/protocol/limits.ts";
import type { Caller } from "../../src/protocol/rpc.ts";
import { ConnectQuery } from "../../src/protocol/up.ts";
import { PROTOCOL_VERSION } from "../../src/protocol/version.ts";
import type { ObjectEnv } from "../shared/env.ts";
import { BAD_FRAMES, FRAMES_BURST, FRAMES_PER_S, SOCKETS_PER_PERSON } from "../shared/limits.ts";
import { RateLimit } from "../shared/rate.ts";
import { callerOf, choosesBatches, type SocketState, type Sockets } from "../shared/sockets.ts";
import { type Desk, type Origin, serve, subjectOf, tell } from "./commands.ts";
import type { Fanout } from "./fanout.ts";
import { encodeCatchUp } from "./history.ts";
import { moveCursors } from "./receipts.ts";
import type { Room } from "./room.ts";
import { iso } from "./wire.ts";

const refusal = (status: number): Response => new Response(null, { status });

/** The sockets opened on a chat: attach, frames, limits, goodbye (SPEC SOC). */
export class Sessions {
  readonly #env: ObjectEnv;
  readonly #sockets: Sockets<SocketState>;
  readonly #fanout: Fanout;
  readonly #desk: Desk;
  readonly #room: () => Room | undefined;
  readonly #frameLimit: RateLimit;
  readonly #badFrames = new WeakMap<WebSocket, number>();

  /** `send`: what one person may send, by which the limit of a socket is measured: it carries receipts and typing too. */
  constructor(
    env: ObjectEnv,
    sockets: Sockets<SocketState>,
    fanout: Fanout,
    desk: Desk,
    room: () => Room | undefined,
    send: { perSecond: number; burst: number },
  ) {
    this.#env = env;
    this.#sockets = sockets;
    this.#fanout = fanout;
    this.#desk = desk;
    this.#room = room;
    this.#frameLimit = new RateLimit(
      Math.max(FRAMES_PER_S, send.perSecond * 4),
      Math.max(FRAMES_BURST, send.burst * 4),
    );
  }

  /** An upgrade that the Worker has verified: attach and catch-up happen in this one turn. */
  attach(request: Request): Response {
    const caller = callerOf(request);
    const query = ConnectQuery.safeParse(Object.fromEntries(new URL(request.url).searchParams));
    if (!caller || request.headers.get("upgrade")?.toLowerCase() !== "websocket")
      return refusal(ERRORS.upgrade_required.http);
    if (!query.success) return refusal(ERRORS.invalid.http);
    const room = this.#room();
    const member = room?.member(caller.user_id);
    if (!room || !member) return refusal(ERRORS.not_found.http);

    this.#makePlace(caller);
    const state: SocketState = {
      ...caller,
      is_batching: choosesBatches(request),
      connected_at: this.#desk.now(),
    };
    const { socket, response } = this.#sockets.accept(state);
    const send = (frame: object) => this.#sockets.send(socket, state, [JSON.stringify(frame)]);
    const chatId = room.chat.chat_id;
    if (!room.isPresent(member)) {
      send({ type: "ERROR", code: "removed", message: ERRORS.removed.says, chat_id: chatId });
      this.#sockets.close(socket, CLOSE.removed, "removed");
      return response;
    }
    send({
      type: "CONNECTED",
      session_id: caller.session_id,
      user_id: caller.user_id,
      device_id: caller.device_id,
      server_time: iso(this.#desk.now()),
      protocol_version: PROTOCOL_VERSION,
      heartbeat_ms: HEARTBEAT_MS,
      chat_id: chatId,
    });
    const { epoch, rev, delivered_seq: delivered = 0, read_seq: read = 0 } = query.data;
    if (epoch === room.chat.epoch) this.#restate(room, caller.user_id, delivered, read);
    const cursor = epoch !== undefined && rev !== undefined ? { epoch, rev } : undefined;
    this.#sockets.send(socket, state, [encodeCatchUp(room, member, cursor)]);
    return response;
  }

  /** The hub must know where a session has sockets, to end them with it. False: they were closed. */
  async register(caller: Caller, chatId: string): Promise<void> {
    const hub = this.#env.USERS.get(this.#env.USERS.idFromName(objectName("user", caller.user_id)));
    try {
      if (!(await hub.registerSocket(caller.session_id, chatId))) this.close(caller.user_id, caller.session_id);
    } catch (error) {
      // Better a reconnect than a socket that a revocation would miss.
      console.error("a socket could not be registered", error);
      this.#closeWhere((state) => state.session_id === caller.session_id, 1013, "try again");
    }
  }

  /** Cursors restated from a former life of the chat, or by a broken client, must not stop the attach. */
  #restate(room: Room, userId: string, delivered: number, read: number): void {
    const member = room.member(userId);
    try {
      if (member && moveCursors(room, member, delivered, read)) this.#desk.receiptsMoved();
    } catch (error) {
      if (!asFault(error)) throw error;
    }
  }

  /** The oldest socket of a person who has very many makes place. */
  #makePlace(caller: Caller): void {
    if (this.#sockets.countOf(caller.user_id) < SOCKETS_PER_PERSON) return;
    const own = [...this.#sockets.entries()].filter(([, state]) => state.user_id === caller.user_id);
    const oldest = own.sort(([, a], [, b]) => a.connected_at - b.connected_at)[0];
    if (oldest) this.#sockets.close(oldest[0], CLOSE.dead, "too many sockets");
  }

  /** What a socket sent. Never throws: an error that leaves here would be neither answered nor closed. */
  receive(socket: WebSocket, data: string | ArrayBuffer): void {
    const state = this.#sockets.stateOf(socket);
    if (!state) return;
    try {
      this.#sockets.heard(socket, this.#desk.now());
      this.#read(socket, state, data);
    } catch (error) {
      this.#sockets.send(socket, state, [tell(error, {})]);
    }
  }

  #read(socket: WebSocket, state: SocketState, data: string | ArrayBuffer): void {
    const origin: Origin = {
      userId: state.user_id,
      lane: `${state.session_id} ${state.connected_at}`,
      answer: (piece) => this.#sockets.send(socket, state, [piece]),
      acknowledge: (piece) => this.#fanout.acknowledge(socket, piece),
      applied: (rev) => this.#fanout.applied(socket, rev),
    };
    for (const decoded of decodeUp(data, state.is_batching)) {
      // Closed by one of these frames: the rest has nobody to answer to.
      if (!this.#sockets.stateOf(socket)) return;
      const wait = this.#frameLimit.take(state.user_id, this.#desk.now());
      if (wait > 0) {
        const about = decoded.ok ? subjectOf(decoded.frame) : {};
        origin.answer(tell(new Fault("rate_limited", { retry_after: Math.ceil(wait * 10) / 10 }), about));
      } else if (decoded.ok) serve(this.#desk, origin, decoded.frame);
      else this.#refuse(socket, origin, decoded.refusal);
    }
  }

  #refuse(socket: WebSocket, origin: Origin, why: Refusal): void {
    origin.answer(JSON.stringify({ type: "ERROR", ...why }));
    const bad = (this.#badFrames.get(socket) ?? 0) + 1;
    this.#badFrames.set(socket, bad);
    if (why.code === "too_large") this.#sockets.close(socket, CLOSE.too_large, "too_large");
    else if (bad > BAD_FRAMES) this.#sockets.close(socket, 1008, "too many invalid frames");
  }

  /** The socket is gone: nobody types through it any more. */
  left(socket: WebSocket, code: number): void {
    const state = this.#sockets.stateOf(socket);
    // 1005 and 1006 mean "no code": they may not be sent.
    this.#sockets.close(socket, code === 1005 || code === 1006 || code === 1015 ? 1000 : code, "");
    const room = this.#room();
    if (!state || !room) return;
    if (this.#sockets.countOf(state.user_id) > 0) return;
    this.#desk.typing.stop(room.chat.chat_id, state.user_id);
  }

  /** Ends this person's sockets: of one session, or of all. */
  close(userId: string, sessionId: string | undefined): void {
    for (const [socket, state] of [...this.#sockets.entries()]) {
      if (state.user_id !== userId || (sessionId !== undefined && state.session_id !== sessionId)) continue;
      this.#sockets.send(socket, state, [tell(new Fault("session_revoked"), {})]);
      this.#sockets.close(socket, CLOSE.session_revoked, "session_revoked");
    }
  }

  closeDead(): void {
    for (const socket of this.#sockets.dead(this.#desk.now())) this.#sockets.close(socket, CLOSE.dead, "dead");
  }

  #closeWhere(isMeant: (state: SocketState) => boolean, code: number, reason: string): void {
    for (const [socket, state] of [...this.#sockets.entries()])
      if (isMeant(state)) this.#sockets.close(socket, code, reason);
  }
}
