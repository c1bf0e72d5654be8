import { ERRORS, isErrorCode } from "../error.ts";
import type { Route } from "../rest.ts";
import { type Output, operationsOver, ParleyError } from "./calls.ts";
import { type Listener, type Listening, listen } from "./listening.ts";
import type { Operations } from "./operations.ts";

/** How often a request is sent again that may be. */
const ATTEMPTS = 4;

/** Who signs in, and where. */
export interface SignIn {
  /** `https://chat.example.com` */
  url: string;
  /** Username or email address. */
  login: string;
  password: string;
  /** Stable for one installation: the same device each time. */
  deviceId?: string;
}

type Tokens = Pick<Output<"login">, "userId" | "accessToken" | "refreshToken">;

/**
 * A program that takes part: every operation of the HTTP API as a method of `api`, and everything that happens in its
 * chats through `listen`. Runs where `fetch` and `WebSocket` are: Node 22 and later, Workers, browsers.
 *
 * @example
 * const parley = await Parley.signIn({ url, login: "echo", password });
 * parley.listen({ message: (message) => parley.reply(message, "heard you") });
 */
export class Parley {
  /** The HTTP API, one method for each operation. Rejects with {@link ParleyError}. */
  readonly api: Operations;
  readonly #url: string;
  #tokens: Tokens;
  #renewal: Promise<void> | undefined;

  private constructor(url: string, tokens: Tokens) {
    this.#url = url;
    this.#tokens = tokens;
    this.api = operationsOver((path, init, route) => this.#send(path, init, route));
  }

  /** Signs a device in. @throws ParleyError `bad_credentials`, `rate_limited`, `unavailable` */
  static async signIn({ url, login, password, deviceId }: SignIn): Promise<Parley> {
    const address = url.replace(/\/+$/, "");
    const open = operationsOver((path, init) => send(address, path, init));
    const device = deviceId === undefined ? {} : { deviceId };
    return new Parley(address, await open.login({ login, password, ...device }));
  }

  /** The id of who is signed in. */
  get userId(): string {
    return this.#tokens.userId;
  }

  /** Answers a message in its chat. One answer for each message, however often this is called for it. */
  async reply(message: { chatId: string; messageId: string }, text: string): Promise<Output<"sendMessage">> {
    return this.api.sendMessage({
      id: message.chatId,
      content: text,
      replyToMessageId: message.messageId,
      clientMsgId: `re:${message.messageId}`,
    });
  }

  /** Hears everything that happens in one's chats, from the first unread message on, until it is stopped. */
  listen(listener: Listener): Listening {
    return listen(listener, {
      address: `${this.#url.replace(/^http/, "ws")}/api/v1/ws?feed=all`,
      userId: this.userId,
      token: () => this.#tokens.accessToken,
      renew: () => this.#renew(),
      history: (id, afterId) => this.api.history({ id, afterId, limit: 100 }),
    });
  }

  async #send(path: string, init: RequestInit, route: Route): Promise<Response> {
    for (let attempt = 1; ; attempt++) {
      const { accessToken } = this.#tokens;
      const headers = { ...init.headers, authorization: `Bearer ${accessToken}` };
      const response = await send(this.#url, path, route.access === "public" ? init : { ...init, headers });
      const code = response.ok ? undefined : await codeOf(response);
      const retry = code !== undefined && isErrorCode(code) ? ERRORS[code].retry : "never";
      if (attempt >= ATTEMPTS || !isSafe(init)) return response;
      if (retry === "refresh" && attempt === 1) {
        if (this.#tokens.accessToken === accessToken) await this.#renew();
      } else if (retry === "later") await pause(Number(response.headers.get("retry-after") ?? 2 ** attempt));
      else return response;
    }
  }

  /** A new access token; many who ask at once get the same. */
  #renew(): Promise<void> {
    this.#renewal ??= operationsOver((path, init) => send(this.#url, path, init))
      .refresh({ refreshToken: this.#tokens.refreshToken })
      .then((tokens) => {
        this.#tokens = tokens;
      })
      .finally(() => {
        this.#renewal = undefined;
      });
    return this.#renewal;
  }
}

/** May it be sent twice? Everything but a POST that names no id of its own. */
const isSafe = ({ method, body }: RequestInit): boolean =>
  method !== "POST" ||
  (typeof body === "string" && /"(client_msg_id|command_id|client_chat_id|client_invite_id)":/.test(body));

async function send(url: string, path: string, init: RequestInit): Promise<Response> {
  try {
    return await fetch(`${url}/api/v1${path}`, { ...init, signal: AbortSignal.timeout(30_000) });
  } catch {
    return Response.json(
      { success: false, error: { code: "unavailable", message: "The server does not answer.", request_id: "" } },
      { status: 503 },
    );
  }
}

async function codeOf(response: Response): Promise<string | undefined> {
  const body: unknown = await response
    .clone()
    .json()
    .catch(() => undefined);
  if (typeof body !== "object" || body === null || !("error" in body)) return undefined;
  const { error } = body;
  return typeof error === "object" && error !== null && "code" in error ? String(error.code) : undefined;
}

const pause = (seconds: number): Promise<void> =>
  new Promise((resolve) => setTimeout(resolve, Math.min(seconds, 60) * 1_000 * (0.5 + Math.random() / 2)));
