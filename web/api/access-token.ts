import { asFault, Fault } from "../../src/domain/fault.ts";
import { ERRORS, type ErrorCode } from "../../src/protocol/error.ts";
import { ROUTES, type Tokens } from "../../src/protocol/rest.ts";
import { opened, send } from "./http-api.ts";

/** Seconds before its end at which a token counts as ended: a socket that is dialled with it shall get through. */
const MARGIN_S = 60;

/** As much of the Web Locks API as is used; a browser without it refreshes unguarded, which the server survives. */
export interface Locks {
  request<T>(name: string, run: () => Promise<T>): Promise<T>;
}

export interface AccessTokenPorts {
  fetch: typeof fetch;
  locks: Locks | undefined;
  now(): number;
  /** The cookie belongs to somebody else meanwhile: another tab signed in. */
  changedUser(): void;
  /** The session is over: no refresh will ever succeed. `code` says why. */
  rejected(code: ErrorCode): void;
}

/**
 * The access token of this tab, in memory alone. The refresh token is a cookie that no script can read; it is
 * exchanged under one Web Lock of all tabs, because two exchanges at a time would look like a theft of the older one.
 */
export class AccessToken {
  readonly #ports: AccessTokenPorts;
  #userId: string | undefined;
  #token: string | undefined;
  #endsAt = 0;
  #renewing: Promise<string> | undefined;

  constructor(ports: AccessTokenPorts) {
    this.#ports = ports;
  }

  /** The person this tab shows; a refresh that answers for another is not taken. */
  expect(userId: string): void {
    if (this.#userId !== userId) this.forget();
    this.#userId = userId;
  }

  /** Takes the tokens of a sign-in. */
  accept(tokens: Tokens): void {
    this.#userId = tokens.user_id;
    this.#token = tokens.access_token;
    this.#endsAt = this.#ports.now() + (tokens.expires_in - MARGIN_S) * 1_000;
  }

  forget(): void {
    this.#userId = undefined;
    this.#token = undefined;
    this.#endsAt = 0;
  }

  /**
   * A token that is good for a while.
   * @throws Fault `unavailable` offline, `unauthenticated` if nobody is signed in, or what the refresh was refused with
   */
  async get(): Promise<string> {
    if (this.#token !== undefined && this.#ports.now() < this.#endsAt) return this.#token;
    return this.renew(this.#token);
  }

  /** A token other than `stale`, which was refused. Callers at the same time share one exchange. */
  renew(stale?: string): Promise<string> {
    if (this.#token !== undefined && this.#token !== stale && this.#ports.now() < this.#endsAt)
      return Promise.resolve(this.#token);
    this.#renewing ??= this.#exchange().finally(() => {
      this.#renewing = undefined;
    });
    return this.#renewing;
  }

  /** Exchanges whatever cookie there is, for a sign-out that is owed; nothing is remembered of it. */
  exchangeUnasked(): Promise<Tokens> {
    const { locks } = this.#ports;
    return locks ? locks.request("parley-refresh", () => this.#ask()) : this.#ask();
  }

  async #exchange(): Promise<string> {
    const userId = this.#userId;
    if (userId === undefined) throw new Fault("unauthenticated");
    let tokens: Tokens;
    try {
      tokens = await this.exchangeUnasked();
    } catch (error) {
      const fault = asFault(error);
      if (fault && isFinal(fault) && this.#userId === userId) this.#ports.rejected(fault.code);
      throw error;
    }
    // Signed out, or in as another, while the answer was on its way.
    if (this.#userId !== userId) throw new Fault("unauthenticated");
    if (tokens.user_id !== userId) {
      this.forget();
      this.#ports.changedUser();
      throw new Fault("unauthenticated");
    }
    this.accept(tokens);
    return tokens.access_token;
  }

  async #ask(): Promise<Tokens> {
    const response = await send(this.#ports.fetch, `/api/v1${ROUTES.refresh.path}`, {
      method: "POST",
      headers: { "content-type": "application/json", "x-parley-cookie": "1" },
      body: "{}",
    });
    const tokens = ROUTES.refresh.data.safeParse(await opened(response));
    if (!tokens.success) throw new Fault("internal");
    return tokens.data;
  }
}

/** Not the network, not the server's trouble, not "too fast": the session itself is refused. */
const isFinal = (fault: Fault): boolean => ERRORS[fault.code].http === 401;
