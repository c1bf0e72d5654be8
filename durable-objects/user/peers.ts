import { objectName } from "../../src/protocol/ids.ts";
import type { ChatCalls, UserCalls } from "../../src/protocol/rpc.ts";
import { within } from "../shared/deadline.ts";
import type { ObjectEnv } from "../shared/env.ts";
import { CALL_MS } from "./limits.ts";

/** Stubs kept: calls through one stub arrive in the order they were made. */
const STUBS = 512;

/** The other objects, as this hub calls them. */
export class Peers {
  readonly #env: ObjectEnv;
  readonly #chats = new Map<string, ChatCalls>();
  readonly #users = new Map<string, UserCalls>();

  constructor(env: ObjectEnv) {
    this.#env = env;
  }

  /** @throws Fault of the chat; any other error means that it could not be asked, within {@link CALL_MS} */
  chat<T>(chatId: string, ask: (chat: ChatCalls) => Promise<T>): Promise<T> {
    const { CHATS } = this.#env;
    // The contract is narrower than the stub's own type, which cannot express `unknown` fields over RPC.
    const stub = () => CHATS.get(CHATS.idFromName(objectName("chat", chatId))) as unknown as ChatCalls;
    return call(this.#chats, chatId, stub, ask);
  }

  user<T>(userId: string, ask: (user: UserCalls) => Promise<T>): Promise<T> {
    const { USERS } = this.#env;
    const stub = () => USERS.get(USERS.idFromName(objectName("user", userId))) as unknown as UserCalls;
    return call(this.#users, userId, stub, ask);
  }
}

/** Calls, and once more through a new stub if the platform says that this may help; never an object that is overloaded. */
async function call<S, T>(known: Map<string, S>, id: string, make: () => S, ask: (stub: S) => Promise<T>): Promise<T> {
  const stub = known.get(id) ?? make();
  known.delete(id);
  known.set(id, stub);
  if (known.size > STUBS) known.delete(known.keys().next().value ?? "");
  try {
    return await within(ask(stub), CALL_MS);
  } catch (error) {
    // A stub whose object died fails every later call too. The first to notice replaces it.
    if (!isLost(error)) throw error;
    if (known.get(id) === stub) known.set(id, make());
    if (!isRetryable(error)) throw error;
    return await within(ask(known.get(id) ?? make()), CALL_MS);
  }
}

/** Everything but a Fault: those are answers. */
const isLost = (error: unknown): boolean =>
  !(typeof error === "object" && error !== null && "name" in error && error.name === "Fault");

const isRetryable = (error: unknown): boolean =>
  typeof error === "object" &&
  error !== null &&
  "retryable" in error &&
  error.retryable === true &&
  !("overloaded" in error && error.overloaded === true);

/** Does `work` for every item, at most `atOnce` at a time. `work` deals with its own failures. */
export async function eachOf<T>(items: readonly T[], atOnce: number, work: (item: T) => Promise<void>): Promise<void> {
  let next = 0;
  const worker = async (): Promise<void> => {
    while (next < items.length) {
      const item = items[next++];
      if (item !== undefined) await work(item);
    }
  };
  await Promise.all(Array.from({ length: Math.min(atOnce, items.length) }, worker));
}
