import { asFault, errorFrame, Fault, type FrameSubject, rowOf } from "../../src/domain/fault.ts";
import { type Decoded, decodeUp, readUp } from "../../src/protocol/codec.ts";
import { fromSecondDialect } from "../../src/protocol/dialect.ts";
import { parseMessageId } from "../../src/protocol/ids.ts";
import { FRAME_CHARS } from "../../src/protocol/limits.ts";
import type { UpFrame } from "../../src/protocol/up.ts";
import { BAD_FRAMES, FRAMES_BURST, FRAMES_PER_S } from "../shared/limits.ts";
import { RateLimit } from "../shared/rate.ts";
import type { Hub } from "./hub.ts";
import { type HubSocket, translated } from "./hub-socket.ts";

/** RFC 6455 section 7.4.1: the peer does not keep to the protocol. */
const POLICY_VIOLATION = 1008;

/** What a device sends to the hub: decoding, limits, and the way of frames that belong to a chat (UPL1 to UPL6). */
export class Uplink {
  readonly #hub: Hub;
  readonly #limit = new RateLimit(FRAMES_PER_S, FRAMES_BURST);
  readonly #bad = new WeakMap<WebSocket, number>();
  /** Answers of one chat reach a socket in the order of what they answer. */
  readonly #answers = new WeakMap<WebSocket, Map<string, Promise<void>>>();

  constructor(hub: Hub) {
    this.#hub = hub;
  }

  /** Frames that are valid and within the limits; the others are answered here. */
  *accept(socket: WebSocket, state: HubSocket, data: string | ArrayBuffer, now: number): Generator<UpFrame> {
    if (typeof data === "string" && data.length > FRAME_CHARS) {
      this.fail(socket, new Fault("too_large"));
      return;
    }
    for (const decoded of decode(state, data)) {
      if (this.#hub.sockets.stateOf(socket) === undefined) return;
      if (!decoded.ok) {
        this.#refuse(socket, decoded.refusal);
        continue;
      }
      // By person, not by socket: a reconnect is no way to send more.
      const wait = this.#limit.take(state.user_id, now);
      if (wait > 0)
        this.fail(socket, new Fault("rate_limited", { retry_after: Math.ceil(wait * 10) / 10 }), decoded.frame);
      else yield decoded.frame;
    }
  }

  #refuse(socket: WebSocket, refusal: Extract<Decoded, { ok: false }>["refusal"]): void {
    const { code, message, details, client_msg_id, command_id } = refusal;
    const fault = new Fault(code, { message, details });
    const state = this.#hub.sockets.stateOf(socket);
    if (!state) return;
    const about = {
      ...(client_msg_id === undefined ? {} : { client_msg_id }),
      ...(command_id === undefined ? {} : { command_id }),
    };
    this.#hub.send(socket, state, errorFrame(fault, about));
    const bad = (this.#bad.get(socket) ?? 0) + 1;
    this.#bad.set(socket, bad);
    if (bad > BAD_FRAMES) this.#hub.sockets.close(socket, POLICY_VIOLATION, "too many invalid frames");
  }

  /** Tells a socket that something about one chat was refused. It stays open: it carries the other chats too. */
  refuse(socket: WebSocket, thrown: unknown, about: UpFrame): void {
    const state = this.#hub.sockets.stateOf(socket);
    if (state) this.#hub.send(socket, state, errorFrame(asFault(thrown) ?? unexpected(thrown), subjectOf(about)));
  }

  /** Tells a socket of a failure, and closes it if the table says so. What is no Fault is logged and never shown. */
  fail(socket: WebSocket, thrown: unknown, about?: UpFrame): void {
    const fault = asFault(thrown) ?? unexpected(thrown);
    const state = this.#hub.sockets.stateOf(socket);
    if (!state) return;
    this.#hub.send(socket, state, errorFrame(fault, about ? subjectOf(about) : {}));
    const { close } = rowOf(fault);
    if (close !== undefined) this.#hub.sockets.close(socket, close, fault.code);
  }

  /** Sends a frame on to its chat. A chat's refusal never closes the hub's socket: that one carries the other chats too. */
  relay(socket: WebSocket, state: HubSocket, frame: UpFrame): void {
    const chatId = chatOf(frame);
    if (chatId === undefined) {
      this.fail(socket, new Fault("invalid", { message: "On this socket a frame needs its chat_id." }), frame);
      return;
    }
    const { user_id, session_id, device_id } = state;
    const answer = this.#hub.peers
      .chat(chatId, (chat) => chat.relay({ user_id, session_id, device_id }, frame))
      .catch((error: unknown) => {
        const fault = asFault(error) ?? unreachable(error);
        return [JSON.stringify(errorFrame(fault, { ...subjectOf(frame), chat_id: chatId }))];
      });
    this.#hub.host.inBackground(this.#inTurn(socket, chatId, answer));
  }

  async #inTurn(socket: WebSocket, chatId: string, answer: Promise<string[]>): Promise<void> {
    const tails = this.#answers.get(socket) ?? new Map<string, Promise<void>>();
    this.#answers.set(socket, tails);
    const before = tails.get(chatId);
    const mine = (async () => {
      const pieces = await answer;
      await before;
      const state = this.#hub.sockets.stateOf(socket);
      if (state) this.#hub.sockets.send(socket, state, translated(state, pieces));
    })();
    tails.set(chatId, mine);
    await mine;
    if (tails.get(chatId) === mine) tails.delete(chatId);
  }
}

function decode(state: HubSocket, data: string | ArrayBuffer): Decoded[] {
  if (state.dialect === 1 || typeof data !== "string") return decodeUp(data, state.is_batching);
  try {
    return [readUp(fromSecondDialect(JSON.parse(data)))];
  } catch {
    return decodeUp(data);
  }
}

/** The chat that a frame belongs to: named, or the one of the message that it names. */
function chatOf(frame: UpFrame): string | undefined {
  if (frame.type === "RETRY") return frame.original_message.chat_id;
  if ("chat_id" in frame && frame.chat_id !== undefined) return frame.chat_id;
  if ("message_id" in frame && frame.message_id !== undefined) return parseMessageId(frame.message_id)?.chat_id;
  return undefined;
}

/** What an ERROR frame names, so that a client knows which of its frames is meant. */
function subjectOf(frame: UpFrame): FrameSubject {
  const chatId = chatOf(frame);
  const sent = frame.type === "RETRY" ? frame.original_message : frame;
  return {
    ...(chatId === undefined ? {} : { chat_id: chatId }),
    ...("client_msg_id" in sent ? { client_msg_id: sent.client_msg_id } : {}),
    ...("command_id" in sent && sent.command_id !== undefined ? { command_id: sent.command_id } : {}),
  };
}

function unexpected(thrown: unknown): Fault {
  console.error("hub: uncaught error", thrown);
  return new Fault("internal");
}

function unreachable(thrown: unknown): Fault {
  console.error("hub: a chat could not be reached", thrown);
  return new Fault("unavailable", { retry_after: 1 });
}
