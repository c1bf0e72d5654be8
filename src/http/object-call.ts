import { asFault, Fault } from "../domain/fault.ts";
import { objectName } from "../protocol/ids.ts";
import type { UserCalls } from "../protocol/rpc.ts";
import type { Env, ObjectNamespace, Stub } from "./env.ts";

/** Everything the Worker asks of chats. */
type AllChatCalls = Env["CHATS"] extends ObjectNamespace<infer Calls> ? Calls : never;

const ATTEMPTS = 3;
const PAUSE_MS = 40;

/**
 * Calls an object. What the platform marks `retryable` is tried again, on a fresh stub; what it marks `overloaded` never:
 * more calls are what it has too many of. Every call of the contract may be repeated without a second effect.
 */
export async function callObject<Calls, T>(
  namespace: ObjectNamespace<Calls>,
  name: string,
  call: (stub: Stub<Calls>) => Promise<T>,
): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await call(namespace.get(namespace.idFromName(name)));
    } catch (error) {
      if (asFault(error)) throw error;
      if (isMarked(error, "overloaded")) throw new Fault("unavailable", { retry_after: 2 });
      if (!isMarked(error, "retryable")) throw error;
      if (attempt === ATTEMPTS) throw new Fault("unavailable", { retry_after: 1 });
      const pause = PAUSE_MS * 2 ** attempt * (0.5 + Math.random());
      await new Promise((resolve) => setTimeout(resolve, pause));
    }
  }
}

export const askChat = <T>(
  env: Pick<Env, "CHATS">,
  chatId: string,
  call: (chat: Stub<AllChatCalls>) => Promise<T>,
): Promise<T> => callObject(env.CHATS, objectName("chat", chatId), call);

export const askHub = <T>(
  env: Pick<Env, "USERS">,
  userId: string,
  call: (hub: Stub<UserCalls>) => Promise<T>,
): Promise<T> => callObject(env.USERS, objectName("user", userId), call);

function isMarked(error: unknown, mark: "overloaded" | "retryable"): boolean {
  return typeof error === "object" && error !== null && mark in error && error[mark as keyof typeof error] === true;
}
