import { Fault } from "../../src/domain/fault.ts";
import { ERRORS, isErrorCode } from "../../src/protocol/error.ts";
import { type DataOf, Failure, type Operation, ROUTES } from "../../src/protocol/rest.ts";
import type { AccessToken } from "./access-token.ts";
import type { Ask } from "./ask.ts";

/** A request that takes longer than this is given up as `unavailable`. */
const TIMEOUT_MS = 20_000;

/**
 * The HTTP API, typed by the table of routes. Opens the envelope, turns every failure into a Fault (`unavailable` when
 * nothing answered), and repeats a request once with a new token where the table of errors says so.
 */
export class HttpApi {
  readonly #token: AccessToken;
  readonly #fetch: typeof fetch;

  constructor(token: AccessToken, fetcher: typeof fetch = (input, init) => fetch(input, init)) {
    this.#token = token;
    this.#fetch = fetcher;
  }

  /** @throws Fault */
  async call<O extends Operation>(operation: O, ask: Ask<O> = {}): Promise<DataOf<O>> {
    const isPublic = ROUTES[operation].access === "public";
    const first = isPublic ? undefined : await this.#token.get();
    try {
      return await this.callWith(first, operation, ask);
    } catch (error) {
      if (isPublic || !(error instanceof Fault) || ERRORS[error.code].retry !== "refresh") throw error;
      return this.callWith(await this.#token.renew(first), operation, ask);
    }
  }

  /** One request with this very token, or with none. */
  async callWith<O extends Operation>(token: string | undefined, operation: O, ask: Ask<O>): Promise<DataOf<O>> {
    const route = ROUTES[operation];
    const response = await send(this.#fetch, addressOf(route.path, ask.params ?? {}, ask.query ?? {}), {
      method: route.method,
      headers: {
        "x-parley-cookie": "1",
        ...(ask.body === undefined ? {} : { "content-type": "application/json" }),
        ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      },
      ...(ask.body === undefined ? {} : { body: JSON.stringify(ask.body) }),
    });
    const parsed = route.data.safeParse(await opened(response));
    if (!parsed.success) throw new Fault("internal", { message: "The answer could not be read." });
    return parsed.data as DataOf<O>;
  }
}

/** `/api/v1`, the path with its parameters, and the query without what is undefined. */
function addressOf(path: string, params: object, query: object): string {
  const values = new Map<string, unknown>(Object.entries(params));
  const filled = path.replace(/:(\w+)/g, (_, name: string) => encodeURIComponent(String(values.get(name))));
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) if (value !== undefined) search.set(name, String(value));
  return `/api/v1${filled}${search.size > 0 ? `?${search}` : ""}`;
}

/** Sends a request of this origin; a network that fails, or does not answer in time, is `unavailable`. */
export async function send(fetcher: typeof fetch, address: string, init: RequestInit): Promise<Response> {
  try {
    return await fetcher(address, { ...init, credentials: "same-origin", signal: AbortSignal.timeout(TIMEOUT_MS) });
  } catch {
    throw new Fault("unavailable");
  }
}

/**
 * The `data` of an answer.
 * @throws Fault with the code of a failure; `unavailable` for an answer that is not of this API, such as a proxy's page
 */
export async function opened(response: Response): Promise<unknown> {
  let body: unknown;
  try {
    body = await response.json();
  } catch {
    throw new Fault("unavailable");
  }
  if (response.ok && typeof body === "object" && body !== null && "success" in body && "data" in body) return body.data;
  const failure = Failure.safeParse(body);
  if (!failure.success) throw new Fault("unavailable");
  const { code, message, details, retry_after } = failure.data.error;
  throw new Fault(isErrorCode(code) ? code : "internal", {
    message,
    ...(details === undefined ? {} : { details }),
    ...(retry_after === undefined ? {} : { retry_after }),
  });
}
