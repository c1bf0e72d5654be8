import { asFault } from "../../../src/domain/fault.ts";
import { decodeDown, SUBPROTOCOL, TOKEN_PREFIX } from "../../../src/protocol/codec.ts";
import { CLOSE, ERRORS } from "../../../src/protocol/error.ts";
import type { AccessToken } from "../../api/access-token.ts";
import type { HttpApi } from "../../api/http-api.ts";
import type { AnyDown, Link, LinkEvents, Renewal, Target, Transport } from "../engine/ports.ts";

/** RFC 6455: the connection ended without a word. */
const ABNORMAL = 1006;

/** Sockets of a browser. The token travels as a sub-protocol entry, because a browser cannot set a header there. */
export class WebSocketTransport implements Transport {
  readonly #token: AccessToken;
  readonly #api: HttpApi;
  readonly #origin: string;
  readonly #WebSocket: typeof WebSocket;

  /** `origin`: of the page, such as `https://chat.example`. */
  constructor(token: AccessToken, api: HttpApi, origin: string, socket: typeof WebSocket = WebSocket) {
    this.#token = token;
    this.#api = api;
    this.#origin = origin.replace(/^http/, "ws");
    this.#WebSocket = socket;
  }

  dial(target: Target, events: LinkEvents): Link {
    let socket: WebSocket | undefined;
    let isOver = false;
    const end = (code: number) => {
      if (isOver) return;
      isOver = true;
      events.closed(code);
    };
    void this.#token.get().then(
      (token) => {
        if (isOver) return;
        socket = new this.#WebSocket(this.#origin + addressOf(target), [SUBPROTOCOL, TOKEN_PREFIX + token]);
        let wasOpen = false;
        socket.onopen = () => {
          wasOpen = true;
          if (!isOver) events.opened();
        };
        socket.onmessage = ({ data }) => {
          const frames = isOver ? undefined : read(data);
          if (frames) events.received(frames);
        };
        socket.onclose = ({ code }) => {
          if (wasOpen || code >= 4_000) end(code);
          else void this.#diagnose(target).then(end);
        };
      },
      (error: unknown) => end(codeOf(error)),
    );
    return {
      send: (frame) => {
        if (socket?.readyState === 1) socket.send(JSON.stringify(frame));
      },
      close: () => {
        isOver = true;
        socket?.close(1000);
      },
    };
  }

  async renew(): Promise<Renewal> {
    try {
      await this.#token.renew(await this.#token.get());
      return "renewed";
    } catch (error) {
      return codeOf(error) === CLOSE.session_revoked ? "rejected" : "unreachable";
    }
  }

  /** A browser hides why an upgrade was refused; the same question over HTTP tells whether to try again. */
  async #diagnose(target: Target): Promise<number> {
    try {
      if (target.kind === "hub") await this.#api.call("me");
      else await this.#api.call("history", { params: { id: target.chat_id }, query: { limit: 1 } });
      return ABNORMAL;
    } catch (error) {
      return codeOf(error, target.kind === "chat");
    }
  }
}

/** What a chat says to whom it is closed. */
const GONE: ReadonlySet<string> = new Set(["removed", "banned", "not_found", "forbidden"]);

/** The close code that a socket would have had for this failure. */
function codeOf(error: unknown, isChat = false): number {
  const fault = asFault(error);
  if (!fault) return ABNORMAL;
  if (ERRORS[fault.code].http === 401) return CLOSE.session_revoked;
  return isChat && GONE.has(fault.code) ? CLOSE.removed : ABNORMAL;
}

/** Something in between may answer in the server's place; what cannot be read says nothing. */
function read(data: unknown): readonly AnyDown[] | undefined {
  try {
    return typeof data === "string" ? decodeDown(data) : undefined;
  } catch {
    return undefined;
  }
}

function addressOf(target: Target): string {
  const query = new URLSearchParams();
  if (target.cursor) {
    query.set("epoch", target.cursor.epoch);
    query.set("rev", String(target.cursor.rev));
  }
  if (target.kind === "hub") {
    query.set("feed", "inbox");
    return `/api/v1/ws?${query}`;
  }
  if (target.delivered_seq > 0) query.set("delivered_seq", String(target.delivered_seq));
  if (target.read_seq > 0) query.set("read_seq", String(target.read_seq));
  return `/api/v1/chats/${target.chat_id}/connect${query.size > 0 ? `?${query}` : ""}`;
}
