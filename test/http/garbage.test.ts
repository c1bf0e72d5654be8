import { beforeAll, describe, expect, it, vi } from "vitest";
import { errorsOf } from "../../src/http/openapi.ts";
import { ERRORS, type ErrorCode } from "../../src/protocol/error.ts";
import type { ChatView } from "../../src/protocol/rest.ts";
import { type Operation, ROUTES, type Route } from "../../src/protocol/rest.ts";
import { type Json, mutateOnce, noise } from "../proofs/mutation.ts";
import { SeededRandom } from "../proofs/seeded-random.ts";
import { ask, bindings, call, pathOf, prepare, readAnswer, type Somebody, somebody } from "./world.ts";

/** Per route with a body, and per route with a query or parameters. */
const BODIES = 500;
const ADDRESSES = 60;
const SEED = Number(process.env.SEED ?? 20_271_104);

let ada: Somebody;
let bob: Somebody;
let chatId: string;
let messageId: string;
/** A valid body of every route that takes one; none of them can succeed in making a hash, which would be slow. */
let bodies: Partial<Record<Operation, Json>>;

beforeAll(async () => {
  await prepare();
  [ada, bob] = [await somebody(), await somebody()];
  const made = await call("createChat", {
    token: ada.token,
    body: { chat_type: "group", name: "Boat", participants: [bob.user_id] },
  });
  chatId = (made.data as unknown as ChatView).chat.chat_id;
  const sent = await call("sendMessage", { token: bob.token, params: { id: chatId }, body: { content: "ahoy" } });
  messageId = String(sent.data.message_id);
  bodies = {
    register: {
      username: "garbage",
      email: "garbage@example.com",
      password: "password1",
      first_name: "G",
      device_id: "d1",
      device_type: "web",
    },
    login: { login: "nobody.at.all", password: "guess", device_name: "Desk" },
    refresh: { refresh_token: ada.refresh_token.slice(0, -1) },
    logout: { all: false },
    setStatus: {
      ...{ status: "busy", status_expires_at: "2100-01-01T00:00:00.000Z", status_message: "deep in it" },
      custom_status: { text: "at the lake", emoji: "🏊", expires_at: "2100-01-01T00:00:00.000Z" },
    },
    updateMe: { first_name: "A", last_name: "B", display_name: "Ada", status_message: "here" },
    setPrivacy: { last_seen: "contacts", has_read_receipts: false, addable: "everybody" },
    putContact: { user_id: bob.user_id, contact_name: "Bobby" },
    requestFriend: { user_id: bob.user_id, message: "hello" },
    answerFriend: { is_accepted: true },
    block: { user_id: bob.user_id, blocked: false },
    report: { user_id: bob.user_id, reason: "spam", comment: "too much" },
    decideReport: { state: "dismissed", note: "nothing in it" },
    createChat: {
      chat_type: "group",
      chat_name: "x",
      description: "y",
      participants: [bob.user_id],
      settings: { has_history_from_join: true, edit_window_s: 60 },
    },
    updateChat: { name: "Ship", description: "of fools", settings: { has_history_from_join: false } },
    sendMessage: {
      client_msg_id: "garbage-1",
      seen_seq: 1,
      message_type: "text",
      content: { text: "hello" },
      reply_to_message_id: messageId,
      thread_root_message_id: messageId,
      expires_in_s: 60,
    },
    editMessage: {
      content: { text: "hi @bob", mentions: [{ offset: 3, length: 4, user_id: bob.user_id }] },
      message_rev: 2,
      command_id: "garbage-2",
    },
    setReaction: { emoji: "👍", is_set: true, command_id: "garbage-3" },
    forwardMessage: { targets: [{ chat_id: chatId, client_msg_id: "garbage-4", seen_seq: 1 }] },
    pinMessage: { message_id: messageId, is_pinned: true, command_id: "garbage-5" },
    setChatState: { is_pinned: true, is_archived: false, command_id: "garbage-6" },
    setThread: { is_following: true, read_seq: 2, command_id: "garbage-7" },
    vote: { option_ids: [1, 0], command_id: "garbage-8" },
    closePoll: { command_id: "garbage-9" },
    markRead: { seq: 2 },
    addParticipants: { user_ids: [bob.user_id] },
    setRole: { role: "member" },
    joinChat: { message: "let me in" },
    createInvite: { expires_in_s: 3_600, max_uses: 5, needs_approval: true, role: "guest" },
    acceptInvite: { message: "let me in" },
    answerJoinRequest: { is_approved: true },
    ban: { user_id: bob.user_id, reason: "spam", ends_in_s: 3_600 },
    countViews: { seqs: [1, 2] },
    scheduleMessage: {
      message_type: "text",
      content: { text: "later" },
      client_msg_id: "garbage-10",
      send_at: inAnHour(),
      expires_in_s: 60,
      command_id: "garbage-11",
    },
    changeScheduled: { send_at: inAnHour(), content: { text: "later still" }, command_id: "garbage-12" },
    setReminder: { remind_at: inAnHour(), command_id: "garbage-13" },
  };
});

const inAnHour = (): string => new Date(Date.now() + 3_600_000).toISOString();

const routes = Object.entries(ROUTES) as [Operation, Route][];
const withBody = routes.filter(([, route]) => route.body !== undefined);

const params = (route: Route) => ({
  id: route.access === "admin" ? REPORT : route.path.startsWith("/messages/") ? messageId : chatId,
  userId: bob.user_id,
  clientMsgId: "garbage-10",
  code: `${chatId}-0000000000000000`,
});
const headers = () => ({ authorization: `Bearer ${ada.token}`, "content-type": "application/json" });

/** Does the route's own schema take it? The oracle of what must be refused. */
function isValid(route: Route, text: string): boolean {
  try {
    return route.body?.safeParse(JSON.parse(text)).success ?? true;
  } catch {
    return false;
  }
}

/** A report that nobody has made. */
const REPORT = "q0000000000000000";

/** So that everything is looked at, and nothing only told to come later, or refused to who is no administrator. */
const UNBRAKED = { HTTP_PER_S: "100000", ADMINS: "person1,person2" };

/** Everything that a request could have changed, as text. */
async function everything(): Promise<string> {
  const tables = [
    "user",
    "user_word",
    "credential",
    "session",
    "signing_key",
    "chat",
    "contact",
    "friend_request",
    "block",
    "report",
  ];
  const rows = await bindings.DB.batch(
    tables.map((table) => bindings.DB.prepare(`SELECT * FROM ${table} ORDER BY 1, 2`)),
  );
  const chat = await call("getChat", { token: ada.token, params: { id: chatId } });
  const chats = await call("listChats", { token: ada.token });
  return JSON.stringify([rows.map((table) => table.results), chat.data, chats.data]);
}

/** A typed answer: success, or a code that the route may say. */
async function expectTyped(response: Response, route: Route, sent: string): Promise<string> {
  const { status, error } = await readAnswer(response);
  if (!error) return "success";
  const code = error.code as ErrorCode;
  expect([sent, Object.hasOwn(ERRORS, code) && ERRORS[code].http]).toEqual([sent, status]);
  expect([sent, code, errorsOf(route).includes(code)]).toEqual([sent, code, true]);
  return code;
}

describe(`garbage (seed ${SEED})`, () => {
  it("every route with a body has an example that is valid", () => {
    expect(Object.keys(bodies).sort()).toEqual(withBody.map(([operation]) => operation).sort());
    for (const [operation, route] of withBody)
      expect([operation, isValid(route, JSON.stringify(bodies[operation]))]).toEqual([operation, true]);
  });

  it(`${BODIES} invalid bodies to each of ${withBody.length} routes, most one change from a valid one: each is refused with a code, nothing is stored`, async () => {
    const log = vi.spyOn(console, "error");
    const before = await everything();
    const random = new SeededRandom(SEED);
    for (const [operation, route] of withBody) {
      for (let sent = 0; sent < BODIES; ) {
        const body = random.isTrue(0.8) ? mutateOnce(bodies[operation] ?? {}, random) : noise(random);
        const text = String(body);
        if (isValid(route, text) || text === "") continue;
        sent += 1;
        const response = await ask(
          `/api/v1${pathOf(route, params(route))}`,
          {
            method: route.method,
            headers: headers(),
            body,
          },
          UNBRAKED,
        );
        const code = await expectTyped(response, route, `${operation} ${text.slice(0, 200)}`);
        expect([text.slice(0, 200), code]).toEqual([
          text.slice(0, 200),
          text.length > 262_144 ? "too_large" : "invalid",
        ]);
      }
    }
    expect(await everything()).toBe(before);
    expect(log.mock.calls).toEqual([]);
    log.mockRestore();
  }, 120_000);

  it("bodies that are still valid after one change are answered with a code of the route, never `internal`", async () => {
    const log = vi.spyOn(console, "error");
    const random = new SeededRandom(SEED + 1);
    // Each costs a hash, or signs the test out.
    const dear: Operation[] = ["register", "login", "logout"];
    for (const [operation, route] of withBody.filter(([name]) => !dear.includes(name))) {
      let sent = 0;
      for (let tried = 0; tried < 2_000 && sent < 40; tried++) {
        const text = mutateOnce(bodies[operation] ?? {}, random);
        if (!isValid(route, text)) continue;
        sent += 1;
        const response = await ask(
          `/api/v1${pathOf(route, params(route))}`,
          {
            method: route.method,
            headers: headers(),
            body: text,
          },
          UNBRAKED,
        );
        await expectTyped(response, route, `${operation} ${text.slice(0, 200)}`);
      }
    }
    expect(log.mock.calls).toEqual([]);
    log.mockRestore();
  }, 120_000);

  it("addresses and queries of noise are answered with a code of the route", async () => {
    const log = vi.spyOn(console, "error");
    const random = new SeededRandom(SEED + 2);
    const pieces = [
      "",
      "0",
      "-1",
      "1e9",
      "null",
      "%00",
      "%ff",
      "%",
      "..",
      "%2e%2e%2f",
      "a".repeat(3_000),
      "💥",
      "__proto__",
      "g",
      "x.1",
      "'",
      "[]",
      chatId.toUpperCase(),
      `${messageId}0000000000000000`,
    ];
    const names = [
      "limit",
      "cursor",
      "before_id",
      "after_id",
      "around_id",
      "q",
      "filter",
      "mode",
      "__proto__",
      "constructor",
      "limit[]",
    ];
    for (const [operation, route] of routes.filter(([name]) => name !== "logout")) {
      for (let i = 0; i < ADDRESSES; i++) {
        const some = () =>
          random.pick([...pieces, chatId, messageId, bob.user_id].filter((piece) => piece !== "")).replace("/", "");
        const path = random.isTrue(0.5) ? pathOf(route, params(route)) : route.path.replace(/:\w+/g, some);
        const query = Array.from(
          { length: random.whole(0, 3) },
          () => `${random.pick(names)}=${random.pick(pieces)}`,
        ).join("&");
        const init: RequestInit = { method: route.method, headers: headers() };
        const response = await ask(`/api/v1${path}${query ? `?${query}` : ""}`, init, UNBRAKED);
        // A path that was bent may have become another route's, or none.
        const { status, error } = await readAnswer(response);
        expect([
          operation,
          path,
          query,
          status < 500,
          error === undefined || Object.hasOwn(ERRORS, error.code),
        ]).toEqual([operation, path, query, true, true]);
      }
    }
    expect(log.mock.calls).toEqual([]);
    log.mockRestore();
  }, 120_000);
});
