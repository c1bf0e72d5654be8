import type * as z from "zod/mini";
import { BODIES } from "../../scripts/examples.ts";
import { isErrorCode } from "../../src/protocol/error.ts";
import { newClientMsgId } from "../../src/protocol/ids.ts";
import { BODY_BYTES } from "../../src/protocol/limits.ts";
import { type Operation, ROUTES, type Route } from "../../src/protocol/rest.ts";
import { ask, bearer } from "./api.ts";
import type { GarbageTally } from "./garbage-frames.ts";
import { type Json, mutateOnce, noise } from "./mutation.ts";
import type { SignedIn } from "./people.ts";
import type { SeededRandom } from "./seeded-random.ts";

const MUTATED = 0.7;

/** One valid body for each operation that takes one. An operation without a line here fails the proof. */
export function validBodies(person: SignedIn, chatId: string): Partial<Record<Operation, Json>> {
  const name = `garbage-${newClientMsgId().slice(-10)}`;
  return {
    // What the documentation shows of the others.
    ...(BODIES as Partial<Record<Operation, Json>>),
    register: { username: name, email: `${name}@example.test`, password: "a long enough one", device_name: "proof" },
    login: { login: person.username, password: "not the right one" },
    refresh: { refresh_token: "not a token" },
    logout: { all: false },
    setStatus: { status: "busy", status_message: "here" },
    createChat: { chat_type: "group", chat_name: name, participants: [person.user_id] },
    updateChat: { name: "Renamed", description: "described", settings: { has_history_from_join: false } },
    sendMessage: { client_msg_id: newClientMsgId(), seen_seq: 1, message_type: "text", content: { text: "valid" } },
    editMessage: { content: { text: "valid" }, message_rev: 1, command_id: newClientMsgId() },
    setReaction: { emoji: "👍", is_set: true, command_id: newClientMsgId() },
    forwardMessage: { targets: [{ chat_id: chatId, client_msg_id: newClientMsgId(), seen_seq: 1 }] },
    pinMessage: { message_id: `${chatId}.1`, is_pinned: true, command_id: newClientMsgId() },
    setThread: { is_following: true, read_seq: 1, command_id: newClientMsgId() },
    vote: { option_ids: [0, 1], command_id: newClientMsgId() },
    closePoll: { command_id: newClientMsgId() },
    setChatState: { muted_until: null, is_pinned: true, command_id: newClientMsgId() },
    markRead: { seq: 1 },
    addParticipants: { user_ids: [person.user_id] },
    setRole: { role: "member" },
    joinChat: { message: "let me in" },
    createInvite: { expires_in_s: 3_600, max_uses: 5, needs_approval: true, role: "guest" },
    acceptInvite: { message: "let me in" },
    answerJoinRequest: { is_approved: true },
    ban: { user_id: person.user_id, reason: "", ends_in_s: 3_600 },
  };
}

/**
 * Bodies that pass the schema are not sent for these: they would sign the person out, change what the proof looks at,
 * or hash a password for a quarter of a second each.
 */
const SPARED = new Set<string>(["register", "login", "logout", "createChat", "updateChat"]);

/** Operations with a body that have no valid one above. */
export const bodiesMissing = (bodies: Partial<Record<Operation, Json>>): string[] =>
  Object.entries(ROUTES).flatMap(([name, route]) => ("body" in route && !(name in bodies) ? [name] : []));

function isValid(schema: z.ZodMiniType, data: string | Buffer): { ok: boolean; json: unknown } {
  try {
    // A byte order mark may be ignored (RFC 8259 section 8.1), and an absent body is an empty one.
    const text = data.toString().replace(/^\ufeff/, "");
    const json: unknown = text.length === 0 ? {} : JSON.parse(text);
    return { ok: schema.safeParse(json).success, json };
  } catch {
    return { ok: false, json: undefined };
  }
}

/** Throws `count` bodies at the routes that take one, as somebody who is signed in and a member. */
export async function throwBodies(
  url: string,
  chatId: string,
  person: SignedIn,
  random: SeededRandom,
  count: number,
  tally: GarbageTally,
): Promise<void> {
  let thrown = 0;
  while (thrown < count) {
    const bodies = validBodies(person, chatId);
    const operation = random.pick(Object.keys(bodies) as Operation[]);
    const route: Route = ROUTES[operation];
    if (route.body === undefined) continue;
    const isMutated = random.isTrue(MUTATED);
    const data = isMutated ? mutateOnce(bodies[operation] ?? {}, random) : noise(random);
    const { ok, json } = isValid(route.body, data);
    if (ok && SPARED.has(operation)) continue;
    const body = json as { client_msg_id?: string; targets?: { client_msg_id?: string }[] } | undefined;
    if (ok && operation === "sendMessage" && body?.client_msg_id) tally.valid_ids.add(body.client_msg_id);
    if (ok && operation === "forwardMessage")
      for (const { client_msg_id } of body?.targets ?? []) if (client_msg_id) tally.valid_ids.add(client_msg_id);
    thrown++;
    tally.thrown++;
    if (isMutated) tally.mutated++;
    const id = route.path.startsWith("/messages/") ? `${chatId}.1` : chatId;
    const path = route.path
      .replace(":userId", person.user_id)
      .replace(":clientMsgId", "garbage-1")
      .replace(":code", `${chatId}-0000000000000000`)
      .replace(":id", id);
    const answer = await ask(`${url}/api/v1${path}`, route.method, data, bearer(person)).catch((error) =>
      String(error),
    );
    const shown = `${operation}: ${data.toString().slice(0, 300)} → ${JSON.stringify(answer).slice(0, 300)}`;
    if (typeof answer === "string") {
      tally.wrong.push(shown);
      continue;
    }
    const error = (answer.body as { success?: boolean; error?: { code?: unknown; request_id?: unknown } } | undefined)
      ?.error;
    const isTyped =
      answer.status >= 400 && answer.status < 500 && isErrorCode(error?.code) && error?.request_id !== undefined;
    if (ok && data.length <= BODY_BYTES) {
      tally.served++;
      if (answer.status >= 500 || answer.body === undefined) tally.wrong.push(shown);
    } else {
      tally.refused++;
      if (!isTyped) tally.wrong.push(shown);
    }
  }
}
