import { evictDurableObject, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { expect } from "vitest";
import type { ChatObject } from "../../durable-objects/chat/chat-object.ts";
import type { ObjectEnv } from "../../durable-objects/shared/env.ts";
import { asFault } from "../../src/domain/fault.ts";
import type { Member } from "../../src/protocol/chat.ts";
import { decodeDown, SUBPROTOCOL } from "../../src/protocol/codec.ts";
import type { DownFrame, DownOf, DownType } from "../../src/protocol/down.ts";
import { directChatId, newChatId, newClientMsgId, newSessionId, newUserId } from "../../src/protocol/ids.ts";
import { CALLER_HEADERS, type NewChat } from "../../src/protocol/rpc.ts";

/** The bindings of the Worker under test. */
export const bindings = env as unknown as ObjectEnv;

export interface TestPerson {
  user_id: string;
  username: string;
  display_name: string;
}

export const person = (name: string): TestPerson => ({
  user_id: newUserId(),
  username: name.toLowerCase(),
  display_name: name,
});

/** Everything happens in the object itself: what RPC cannot reach is reached here. */
export const inChat = <T>(
  chatId: string,
  work: (object: ChatObject, ctx: DurableObjectState) => T | Promise<T>,
): Promise<T> => runInDurableObject(chatStub(chatId), work);

/** Rows of a statement on the chat's own database. */
export const sql = <R extends Record<string, SqlStorageValue>>(
  chatId: string,
  query: string,
  ...values: SqlStorageValue[]
): Promise<R[]> => inChat(chatId, (_, ctx) => ctx.storage.sql.exec<R>(query, ...values).toArray());

/** Sets the object's clock, until it is evicted. */
export const setClock = (chatId: string, now: () => number): Promise<void> =>
  inChat(chatId, (object) => {
    Object.defineProperty(object, "now", { value: now, configurable: true });
  });

/** Evicts the object, if it is there, when its timers have run: what it had in memory alone is gone, its sockets are not. */
export async function evict(chatId: string): Promise<void> {
  await evictDurableObject(chatStub(chatId)).catch((error: unknown) => {
    if (!String(error).includes("not currently running")) throw error;
  });
}

/** Kills the object where it stands: memory, timers and sockets are lost, what is durable is not. */
export async function crash(chatId: string): Promise<void> {
  await inChat(chatId, (_, ctx) => ctx.abort("killed by a test")).catch(() => undefined);
}

/** The code of the fault that a call over RPC ends in. */
export async function faultOf(work: Promise<unknown>): Promise<string> {
  try {
    await work;
  } catch (error) {
    return asFault(error)?.code ?? String(error);
  }
  return "no fault";
}

export const chatStub = (chatId: string) => bindings.CHATS.get(bindings.CHATS.idFromName(chatId));

/** Makes a group of these people; the first owns it. */
export async function makeGroup(people: readonly TestPerson[], extra: Partial<NewChat> = {}) {
  const [owner] = people;
  if (!owner) throw new Error("a group needs somebody");
  const chatId = newChatId("group");
  const stub = chatStub(chatId);
  const view = await stub.create({
    chat_id: chatId,
    chat_type: "group",
    name: "Test",
    description: "",
    created_by: owner.user_id,
    people: [...people],
    ...extra,
  });
  return { chatId, stub, view };
}

export async function makeDirect(one: TestPerson, other: TestPerson) {
  const chatId = await directChatId(one.user_id, other.user_id);
  const stub = chatStub(chatId);
  const view = await stub.create({
    chat_id: chatId,
    chat_type: "direct",
    name: "",
    description: "",
    created_by: one.user_id,
    people: one.user_id === other.user_id ? [one] : [one, other],
  });
  return { chatId, stub, view };
}

export const draft = (text: string, seenSeq?: number, id: string = newClientMsgId()) => ({
  client_msg_id: id,
  ...(seenSeq === undefined ? {} : { seen_seq: seenSeq }),
  message_type: "text" as const,
  content: { text },
});

export interface ConnectOptions {
  cursor?: { epoch: string; rev: number };
  delivered?: number;
  read?: number;
  session?: string;
  isBatching?: boolean;
}

/** A device on a chat socket, speaking the wire and keeping everything it was sent. */
export class TestDevice {
  readonly frames: DownFrame[] = [];
  /** Every WebSocket message as it came. */
  readonly raw: string[] = [];
  closed: { code: number; reason: string } | undefined;
  /** Somebody looks on: what arrives is read at once. */
  isReading = false;
  #head = 0;
  readonly #socket: WebSocket;
  readonly #waiting = new Set<() => void>();
  #pings = 0;

  constructor(socket: WebSocket) {
    this.#socket = socket;
    socket.addEventListener("message", (event) => {
      const data = String(event.data);
      this.raw.push(data);
      for (const frame of decodeDown(data)) if (frame.type !== "UNKNOWN") this.frames.push(frame);
      if (this.isReading) this.#read();
      this.#wake();
    });
    socket.addEventListener("close", (event) => {
      this.closed = { code: event.code, reason: event.reason };
      this.#wake();
    });
    socket.accept();
  }

  #read(): void {
    const seq = Math.max(0, ...this.of("MESSAGE_RECEIVED").map((frame) => frame.message.seq));
    if (seq <= this.#head) return;
    this.#head = seq;
    this.send({ type: "MESSAGE_READ", seq });
  }

  #wake(): void {
    for (const check of [...this.#waiting]) check();
  }

  send(frame: object | string): void {
    this.#socket.send(typeof frame === "string" ? frame : JSON.stringify(frame));
  }

  close(): void {
    this.#socket.close(1000, "done");
  }

  /** Waits, generously, until `isThere` finds what it looks for. */
  async until<T>(isThere: () => T | undefined | false, what = "a frame"): Promise<T> {
    const found = isThere();
    if (found) return found;
    return new Promise<T>((resolve, reject) => {
      const check = () => {
        const now = isThere();
        if (!now) return;
        clearTimeout(timer);
        this.#waiting.delete(check);
        resolve(now);
      };
      const timer = setTimeout(() => {
        this.#waiting.delete(check);
        reject(
          new Error(`${what} never came; the last were ${this.raw.slice(-3).join(" ")} ${JSON.stringify(this.closed)}`),
        );
      }, 8_000);
      this.#waiting.add(check);
    });
  }

  of<T extends DownType>(type: T): DownOf<T>[] {
    return this.frames.filter((frame): frame is DownOf<T> => frame.type === type);
  }

  /** The `count`th frame of a type, waited for. */
  next<T extends DownType>(type: T, count = 1): Promise<DownOf<T>> {
    return this.until(() => this.of(type)[count - 1], `${type} ${count}`);
  }

  /** Everything that was sent before this has been served when it resolves: frames keep their order. */
  async settle(): Promise<void> {
    const mark = `mark ${++this.#pings}`;
    this.send({ type: "PING", timestamp: mark });
    await this.until(() => this.of("PONG").some((pong) => pong.timestamp === mark), "the answer to a ping");
  }
}

/** Attaches a device of somebody to a chat, as the Worker would after checking the token. */
export async function connect(chatId: string, userId: string, options: ConnectOptions = {}): Promise<TestDevice> {
  const response = await attach(chatId, userId, options);
  if (!response.webSocket) throw new Error(`no socket: ${response.status}`);
  return new TestDevice(response.webSocket);
}

export function attach(chatId: string, userId: string, options: ConnectOptions = {}): Promise<Response> {
  const query = new URLSearchParams();
  if (options.cursor) {
    query.set("epoch", options.cursor.epoch);
    query.set("rev", String(options.cursor.rev));
  }
  if (options.delivered !== undefined) query.set("delivered_seq", String(options.delivered));
  if (options.read !== undefined) query.set("read_seq", String(options.read));
  return chatStub(chatId).fetch(`https://parley/connect?${query}`, {
    headers: {
      upgrade: "websocket",
      ...(options.isBatching === false ? {} : { "sec-websocket-protocol": SUBPROTOCOL }),
      [CALLER_HEADERS.user]: userId,
      [CALLER_HEADERS.session]: options.session ?? newSessionId(),
      [CALLER_HEADERS.device]: "test-device",
    },
  });
}

/** A device of somebody on their hub, as the Worker would hand it over. */
export async function connectHub(userId: string, feed: "inbox" | "all" = "inbox"): Promise<TestDevice> {
  const hub = bindings.USERS.get(bindings.USERS.idFromName(userId));
  const response = await hub.fetch(`https://parley/ws?feed=${feed}`, {
    headers: {
      upgrade: "websocket",
      "sec-websocket-protocol": SUBPROTOCOL,
      [CALLER_HEADERS.user]: userId,
      [CALLER_HEADERS.session]: newSessionId(),
      [CALLER_HEADERS.device]: "test-device",
    },
  });
  if (!response.webSocket) throw new Error(`no socket: ${response.status}`);
  return new TestDevice(response.webSocket);
}

/** Waits, generously, until something that no frame tells of has become true. */
export async function eventually<T>(
  look: () => T | undefined | false | Promise<T | undefined | false>,
  what: string,
): Promise<T> {
  for (let tries = 0; tries < 400; tries++) {
    const found = await look();
    if (found) return found;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  throw new Error(`${what} never came true`);
}

/**
 * Waits until the outbox is empty: who is in has reached D1, and the queue's consumer has said so. It does when it gets to it,
 * and the chat deletes a row for each of them: nothing that counts rows is to begin before. Wants `prepareProjections`.
 */
export const projected = (chatId: string): Promise<void> =>
  // Longer than the consumer waits before it tries a job again.
  expect.poll(() => sql(chatId, "SELECT id FROM outbox"), { timeout: 20_000 }).toEqual([]);

/** A member as somebody in the chat is shown them. */
export async function memberOf(stub: ReturnType<typeof chatStub>, by: string, userId: string): Promise<Member> {
  const { members } = await stub.members(by, 1_000);
  const found = members.find((member) => member.user_id === userId);
  if (!found) throw new Error("no such member");
  return found;
}
