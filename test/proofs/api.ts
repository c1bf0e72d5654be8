import { Agent, request } from "node:http";
import type { BodyInputOf, DataOf } from "../../src/protocol/rest.ts";
import type { SignedIn } from "./people.ts";

const agent = new Agent({ keepAlive: true, maxSockets: 64 });

/** An answer as it came. */
export interface Answer {
  status: number;
  body: unknown;
  /** The body before it was parsed. */
  text: string;
}

/** A refusal in the envelope of the API. */
export class ApiError extends Error {
  readonly status: number;
  readonly code: string;
  readonly retry_after: number | undefined;

  constructor(what: string, status: number, error: { code: string; message: string; retry_after?: number }) {
    super(`${what}: ${status} ${error.code}: ${error.message}`);
    this.status = status;
    this.code = error.code;
    this.retry_after = error.retry_after;
  }
}

/** Sends one request, whatever comes of it. `body` is sent as it is if it is a string or bytes, as JSON otherwise. */
export function ask(
  url: string,
  method: string,
  body?: unknown,
  headers: Record<string, string> = {},
): Promise<Answer> {
  const data = typeof body === "string" || Buffer.isBuffer(body) ? body : JSON.stringify(body);
  return new Promise((resolve, reject) => {
    const sent = request(
      url,
      {
        agent,
        method,
        headers: {
          ...(body === undefined
            ? {}
            : { "content-type": "application/json", "content-length": String(Buffer.byteLength(data)) }),
          ...headers,
        },
      },
      (response) => {
        const chunks: Buffer[] = [];
        response.on("data", (chunk: Buffer) => chunks.push(chunk));
        response.on("error", reject);
        response.on("end", () => {
          const text = Buffer.concat(chunks).toString();
          resolve({ status: response.statusCode ?? 0, text, body: parsed(text) });
        });
      },
    );
    sent.on("error", reject);
    sent.end(body === undefined ? undefined : data);
  });
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

export const bearer = (person: SignedIn): Record<string, string> => ({
  authorization: `Bearer ${person.access_token}`,
});

type Envelope =
  | { success: true; data: unknown }
  | { success: false; error: { code: string; message: string; retry_after?: number } };

/** The HTTP API as one person uses it. */
export class Api {
  readonly #url: string;
  readonly #person: SignedIn;

  constructor(url: string, person: SignedIn) {
    this.#url = `${url}/api/v1`;
    this.#person = person;
  }

  createChat(body: BodyInputOf<"createChat">): Promise<DataOf<"createChat">> {
    return this.#call("POST", "/chats", body);
  }

  getChat(chatId: string): Promise<DataOf<"getChat">> {
    return this.#call("GET", `/chats/${chatId}`);
  }

  addParticipants(chatId: string, userIds: string[]): Promise<DataOf<"addParticipants">> {
    return this.#call("POST", `/chats/${chatId}/participants`, { user_ids: userIds });
  }

  removeParticipant(chatId: string, userId: string): Promise<DataOf<"removeParticipant">> {
    return this.#call("DELETE", `/chats/${chatId}/participants/${userId}`);
  }

  send(chatId: string, body: BodyInputOf<"sendMessage">): Promise<DataOf<"sendMessage">> {
    return this.#call("POST", `/chats/${chatId}/messages`, body);
  }

  schedule(chatId: string, body: BodyInputOf<"scheduleMessage">): Promise<DataOf<"scheduleMessage">> {
    return this.#call("POST", `/chats/${chatId}/scheduled`, body);
  }

  scheduled(chatId: string): Promise<DataOf<"listScheduled">> {
    return this.#call("GET", `/chats/${chatId}/scheduled`);
  }

  remind(messageId: string, body: BodyInputOf<"setReminder">): Promise<DataOf<"setReminder">> {
    return this.#call("PUT", `/messages/${messageId}/reminder`, body);
  }

  reminders(): Promise<DataOf<"listReminders">> {
    return this.#call("GET", "/reminders");
  }

  deleteMessage(messageId: string): Promise<DataOf<"deleteMessage">> {
    return this.#call("DELETE", `/messages/${messageId}`);
  }

  history(chatId: string, query: string): Promise<DataOf<"history">> {
    return this.#call("GET", `/chats/${chatId}/messages?${query}`);
  }

  listChats(query = "limit=100"): Promise<DataOf<"listChats">> {
    return this.#call("GET", `/chats?${query}`);
  }

  /** Every message of a chat, oldest first, a page at a time. */
  async wholeHistory(chatId: string): Promise<DataOf<"history">["messages"]> {
    const all: DataOf<"history">["messages"] = [];
    let before: string | undefined;
    do {
      const page = await this.history(chatId, before === undefined ? "limit=100" : `limit=100&before_id=${before}`);
      all.unshift(...page.messages);
      before = page.next_before_id;
    } while (before !== undefined);
    return all;
  }

  async #call<T>(method: string, path: string, body?: unknown): Promise<T> {
    const answer = await ask(`${this.#url}${path}`, method, body, bearer(this.#person));
    const envelope = answer.body as Envelope | undefined;
    if (envelope?.success === true) return envelope.data as T;
    const error = envelope?.error ?? { code: "no envelope", message: answer.text.slice(0, 200) };
    throw new ApiError(`${method} ${path}`, answer.status, error);
  }
}
