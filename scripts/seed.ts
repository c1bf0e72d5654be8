import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { DEMO_DOMAIN, DEMO_PASSWORD, DEMO_PEOPLE, type DemoPerson } from "./demo.ts";
import { DEMO_CHATS, type DemoChat, type DemoSequel } from "./demo-chats.ts";
import type { Host } from "./host.ts";
import { isMissing } from "./state-lock.ts";

/** How far the seeding of a state directory has come: `started` means that a kill cut it short. */
type Progress = "none" | "started" | "done" | "declined";

interface Account {
  user_id: string;
  access_token: string;
}

/** Waiting longer than this in sum for a limit to open means that something is wrong. */
const ATTEMPTS = 20;

/** A refusal of the API, as its envelope says it. */
class Refusal extends Error {
  readonly code: string;

  constructor(operation: string, code: string, message: string) {
    super(`${operation}: ${code} (${message})`);
    this.name = "Refusal";
    this.code = code;
  }
}

/** The public HTTP API, and nothing else: what is seeded went the way of everybody's data. */
class Api {
  readonly #base: string;

  constructor(url: string) {
    this.#base = `${url}/api/v1`;
  }

  async call<T>(method: string, path: string, body?: unknown, token?: string): Promise<T> {
    for (let attempt = 1; ; attempt++) {
      const response = await fetch(this.#base + path, {
        method,
        headers: {
          ...(body === undefined ? {} : { "Content-Type": "application/json" }),
          ...(token === undefined ? {} : { Authorization: `Bearer ${token}` }),
        },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
      const answer = (await response.json()) as
        | { success: true; data: T }
        | { success: false; error: { code: string; message: string; retry_after?: number } };
      if (answer.success) return answer.data;
      const { code, message, retry_after } = answer.error;
      if (retry_after === undefined || attempt === ATTEMPTS) throw new Refusal(`${method} ${path}`, code, message);
      await delay(retry_after * 1000);
    }
  }
}

async function signIn(api: Api, person: DemoPerson): Promise<Account> {
  const { username, name } = person;
  const body = { username, email: `${username}@${DEMO_DOMAIN}`, password: DEMO_PASSWORD, display_name: name };
  try {
    return await api.call<Account>("POST", "/auth/register", { ...body, device_name: "Demo" });
  } catch (error) {
    if (!(error instanceof Refusal) || !error.code.endsWith("_taken")) throw error;
    return api.call<Account>("POST", "/auth/login", {
      username,
      password: DEMO_PASSWORD,
      device_name: "Demo",
    });
  }
}

/** A new chat, or the one of an earlier, interrupted run: a direct chat meets by itself, others by the id of their making. */
async function openChat(api: Api, demo: DemoChat, index: number, accounts: Map<string, Account>): Promise<string> {
  const [maker, ...others] = demo.people.map((username) => accountOf(accounts, username));
  if (maker === undefined) throw new Error("A chat needs people.");
  const view = await api.call<{ chat: { chat_id: string } }>(
    "POST",
    "/chats",
    {
      chat_type: demo.type ?? "direct",
      participants: others.map((account) => account.user_id),
      ...(demo.name === undefined ? {} : { chat_name: demo.name, client_chat_id: `demo-${index}` }),
      ...(demo.description === undefined ? {} : { description: demo.description }),
      ...(demo.is_public === undefined ? {} : { settings: { is_public: demo.is_public } }),
    },
    maker.access_token,
  );
  return view.chat.chat_id;
}

function accountOf(accounts: Map<string, Account>, username: string): Account {
  const account = accounts.get(username);
  if (account === undefined) throw new Error(`${username} is in a demo chat but not among the demo people.`);
  return account;
}

/**
 * Says everything in order, each person reading before they answer, so that only what came last is unread.
 * Ids are fixed: after an interruption the same run again adds only what is missing.
 */
async function talk(api: Api, demo: DemoChat, index: number, accounts: Map<string, Account>): Promise<void> {
  const chatId = await openChat(api, demo, index, accounts);
  const ids: string[] = [];
  let last: { seq: number; username: string } | undefined;
  for (const [position, [username, said, sequel = {}]] of demo.messages.entries()) {
    const token = accountOf(accounts, username).access_token;
    if (last !== undefined && last.username !== username) {
      await api.call("POST", `/chats/${chatId}/read`, { seq: last.seq }, token);
    }
    const { seq, message_id } = await api.call<{ seq: number; message_id: string }>(
      "POST",
      `/chats/${chatId}/messages`,
      {
        client_msg_id: `demo-${index}-${position}`,
        ...(typeof said === "string" ? { message_type: "text", content: { text: said } } : said),
        ...(sequel.reply_to === undefined ? {} : { reply_to_message_id: ids[sequel.reply_to] }),
      },
      token,
    );
    ids.push(message_id);
    last = { seq, username };
    await follow(api, chatId, message_id, sequel, username, accounts);
  }
  await schedule(api, chatId, demo, accounts);
}

/** What became of a message. Each command sets a state, so that its repeat changes nothing. */
async function follow(
  api: Api,
  chatId: string,
  messageId: string,
  sequel: DemoSequel,
  sender: string,
  accounts: Map<string, Account>,
): Promise<void> {
  const tokenOf = (username: string): string => accountOf(accounts, username).access_token;
  for (const [place, [username, text]] of (sequel.thread ?? []).entries()) {
    await api.call(
      "POST",
      `/chats/${chatId}/messages`,
      { client_msg_id: `${messageId}-${place}`, content: { text }, thread_root_message_id: messageId },
      tokenOf(username),
    );
  }
  for (const [emoji, people] of Object.entries(sequel.reactions ?? {})) {
    for (const username of people) {
      await api.call("POST", `/messages/${messageId}/reactions`, { emoji }, tokenOf(username));
    }
  }
  for (const [username, chosen] of Object.entries(sequel.votes ?? {})) {
    await api.call("POST", `/messages/${messageId}/votes`, { option_ids: chosen }, tokenOf(username));
  }
  if (sequel.is_pinned) {
    await api.call("POST", `/chats/${chatId}/pin-message`, { message_id: messageId }, tokenOf(sender));
  }
}

async function schedule(api: Api, chatId: string, demo: DemoChat, accounts: Map<string, Account>): Promise<void> {
  if (demo.scheduled === undefined) return;
  const [username, text] = demo.scheduled;
  const at = new Date();
  at.setDate(at.getDate() + 1);
  at.setHours(9, 0, 0, 0);
  await api.call(
    "POST",
    `/chats/${chatId}/scheduled`,
    { client_msg_id: `demo-${username}-later`, content: { text }, send_at: at.toISOString() },
    accountOf(accounts, username).access_token,
  );
}

function progressPath(host: Host): string {
  return join(host.stateDir, "seed.json");
}

function readProgress(host: Host): Progress {
  try {
    return (JSON.parse(readFileSync(progressPath(host), "utf8")) as { progress: Progress }).progress;
  } catch (error) {
    if (isMissing(error)) return "none";
    throw error;
  }
}

function writeProgress(host: Host, progress: Progress): void {
  writeFileSync(progressPath(host), `${JSON.stringify({ progress })}\n`, { mode: 0o600 });
}

async function hasPeople(host: Host): Promise<boolean> {
  const [table] = await host.query("SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = 'user'");
  if (table === undefined) return false;
  const rows = await host.query("SELECT 1 FROM user LIMIT 1");
  return rows.length > 0;
}

/**
 * Fills an empty store with the demo people and their conversations, and tells whether they are there. A
 * store that somebody has begun to use without them is left alone. Refuses to run outside local mode.
 */
export async function seedStore(host: Host): Promise<boolean> {
  if (host.mode !== "local")
    throw new Error(`Demo people are for local mode only; this server runs in "${host.mode}".`);
  const progress = readProgress(host);
  if (progress === "done") return true;
  if (progress === "declined") return false;
  if (progress === "none" && (await hasPeople(host))) {
    writeProgress(host, "declined");
    return false;
  }
  writeProgress(host, "started");
  const api = new Api(host.url);
  const accounts = new Map<string, Account>();
  // One after the other: hashing a password keeps the isolate busy anyway.
  for (const person of DEMO_PEOPLE) {
    const account = await signIn(api, person);
    accounts.set(person.username, account);
    // No route can say this of an account: it is what keeps a printed password out of any other mode.
    await host.query("UPDATE user SET is_demo = 1 WHERE id = ?", account.user_id);
  }
  await Promise.all(DEMO_CHATS.map((demo, index) => talk(api, demo, index, accounts)));
  for (const { access_token } of accounts.values()) await api.call("POST", "/auth/logout", {}, access_token);
  writeProgress(host, "done");
  return true;
}
