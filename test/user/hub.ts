import { applyD1Migrations, type D1Migration, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import type { UserObject } from "../../durable-objects/user/user-object.ts";
import { asFault } from "../../src/domain/fault.ts";
import type { InboxEntry } from "../../src/protocol/chat.ts";
import { SUBPROTOCOL } from "../../src/protocol/codec.ts";
import { newChatId, newSessionId } from "../../src/protocol/ids.ts";
import { type Bump, CALLER_HEADERS, type ChatCalls, type UserCalls } from "../../src/protocol/rpc.ts";
import { bindings, chatStub, TestDevice } from "../chat/room.ts";

/** D1's tables, which chats project their members to: without them every test's log is full of that. */
export const prepare = (): Promise<void> => {
  const { DB, TEST_MIGRATIONS } = env as unknown as { DB: D1Database; TEST_MIGRATIONS: D1Migration[] };
  return applyD1Migrations(DB, TEST_MIGRATIONS);
};

/** A hub with its calls as the contract has them: the stub's own type cannot express `unknown` fields over RPC. */
export const hubStub = (userId: string) =>
  bindings.USERS.get(bindings.USERS.idFromName(userId)) as unknown as DurableObjectStub & UserCalls;

export const chatCalls = (chatId: string) => chatStub(chatId) as unknown as ChatCalls;

export interface HubOptions {
  cursor?: { epoch: string; rev: number };
  feed?: "all" | "inbox";
  session?: string;
  device?: string;
  kind?: "web" | "mobile" | "desktop" | "other";
  isBatching?: boolean;
  dialect?: "2";
}

/** Attaches a device to a hub, as the Worker would after checking the token. */
export async function connectHub(userId: string, options: HubOptions = {}): Promise<TestDevice> {
  const query = new URLSearchParams({ feed: options.feed ?? "inbox" });
  if (options.cursor) {
    query.set("epoch", options.cursor.epoch);
    query.set("rev", String(options.cursor.rev));
  }
  const response = await hubStub(userId).fetch(`https://parley/api/v1/ws?${query}`, {
    headers: {
      upgrade: "websocket",
      ...(options.isBatching === false ? {} : { "sec-websocket-protocol": SUBPROTOCOL }),
      ...(options.dialect ? { [CALLER_HEADERS.dialect]: options.dialect } : {}),
      ...(options.kind ? { [CALLER_HEADERS.device_type]: options.kind } : {}),
      [CALLER_HEADERS.user]: userId,
      [CALLER_HEADERS.session]: options.session ?? newSessionId(),
      [CALLER_HEADERS.device]: options.device ?? "test-device",
    },
  });
  if (!response.webSocket) throw new Error(`no socket: ${response.status}`);
  return new TestDevice(response.webSocket);
}

/** A bump as a chat that exists only in the test would send it. */
export function bumpOf(
  chatId: string,
  rev: number,
  extra: Partial<Bump["entry"]> = {},
  more: Partial<Bump> = {},
): Bump {
  return {
    chat_id: chatId,
    epoch: "epoch1",
    chat_rev: rev,
    is_personal: false,
    entry: {
      chat_id: chatId,
      chat_type: "group",
      name: `Chat ${chatId.slice(1, 5)}`,
      role: "member",
      member_count: 3,
      head_seq: rev,
      read_seq: 0,
      unread: Math.min(rev, 999),
      last_at: new Date(1_700_000_000_000 + rev * 1_000).toISOString(),
      ...extra,
    },
    ...more,
  };
}

/** Rows that `work` makes the hub write, counted by the runtime. */
export async function rowsWritten(userId: string, work: () => Promise<unknown>): Promise<number> {
  const count = () => runInDurableObject(hubStub(userId), (hub: UserObject) => hub.hub.store.db.rows.written);
  const before = await count();
  await work();
  return (await count()) - before;
}

/** The line of a chat as `GET /chats` has it. */
export const entryOf = async (
  hub: Pick<UserCalls, "inbox">,
  chatId: string,
  filter: "all" | "archived" | "unlisted" = "all",
): Promise<InboxEntry | undefined> =>
  (await hub.inbox({ limit: 100, filter })).chats.find((entry) => entry.chat_id === chatId);

/** Lets a hub find heads of chats that exist only in the test, until it is evicted. */
export const standIn = (hub: DurableObjectStub, head: () => Bump | undefined): Promise<void> =>
  runInDurableObject(hub, (object: UserObject) => {
    object.hub.peers.chat = (async () => head()) as unknown as typeof object.hub.peers.chat;
  });

/** Lets a hub reach no chat any more, until it is evicted. */
export const cutOff = (hub: DurableObjectStub): Promise<void> =>
  runInDurableObject(hub, (object: UserObject) => {
    object.hub.peers.chat = () => Promise.reject(new Error("no network"));
  });

export const newGroup = (): string => newChatId("group");

/** The code of the fault that a call ends with; a call that succeeds is returned as it is. */
export async function faultOf(call: () => Promise<unknown>): Promise<unknown> {
  try {
    return await call();
  } catch (error) {
    return asFault(error)?.code ?? error;
  }
}
