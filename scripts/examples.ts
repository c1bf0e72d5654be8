import type { BodyInputOf, Operation, ROUTES } from "../src/protocol/rest.ts";
import type { UpFrame, UpType } from "../src/protocol/up.ts";
import type { JsonSchema } from "./json-shape.ts";

/** Examples of the documentation: each is checked against the schema of what it is an example of (`test/protocol/examples.test.ts`). */

export const ADA = "u4kq8z2m6r9t3w7y1";
export const BEN = "u7c1n5v9b3x8d2f6h";
export const GROUP = "g3n8r2w6y1c5v9b4x7d2f6h0j5";
export const CHANNEL = "c9b4x7d2f6h0j5k3n8r2w6y1c5";
export const DIRECT = "d5k3n8r2w6y1c5v9b4x7d2f6h0";
const MESSAGE = `${GROUP}.41`;
const SESSION = "s6h0j5k3n8r2w6y1c5v9b4x7d2";
const REPORT = "q4x7d2f6h0j5k3n8r";
const INVITE = `${GROUP}-8r2w6y1c5v9b4x7d`;
const AT = "2026-11-21T09:30:00.000Z";
const LATER = "2026-11-22T08:00:00.000Z";
const COMMAND = "0195f0c4-7d2e-7b1a-9c3d-5e6f7a8b9c0d";
const CLIENT_MSG = "0195f0c4-6a1b-7c2d-8e3f-4a5b6c7d8e9f";

/** Parameters of paths, by name; `id` by what stands before it. */
export function pathOf(path: string): string {
  const ids: readonly [RegExp, string][] = [
    [/^\/messages/, MESSAGE],
    [/^\/auth\/sessions/, SESSION],
    [/^\/admin\/reports/, REPORT],
    [/^\/users/, BEN],
    [/\/views/, CHANNEL],
  ];
  const id = ids.find(([prefix]) => prefix.test(path))?.[1] ?? GROUP;
  const values: Record<string, string> = { id, userId: BEN, clientMsgId: CLIENT_MSG, code: INVITE };
  return path.replace(/:(\w+)/g, (_, name: string) => values[name] ?? name);
}

type WithBody = { [O in Operation]: (typeof ROUTES)[O] extends { body: unknown } ? O : never }[Operation];
type WithQuery = { [O in Operation]: (typeof ROUTES)[O] extends { query: unknown } ? O : never }[Operation];

/** A body for every operation that takes one. */
export const BODIES: { [O in WithBody]: BodyInputOf<O> } = {
  register: { username: "ada", email: "ada@example.com", password: "a long password of its own" },
  login: { login: "ada", password: "a long password of its own" },
  refresh: { refresh_token: "r1.…" },
  logout: { all: false },
  setStatus: { status: "busy", custom_status: { text: "In a meeting", emoji: "📅", expires_at: LATER } },
  updateMe: { first_name: "Ada", status_message: "At sea" },
  setPrivacy: { last_seen: "contacts", has_read_receipts: false },
  createChat: { chat_type: "group", chat_name: "Boat", participants: [BEN], client_chat_id: COMMAND },
  updateChat: { settings: { slow_mode_s: 30, permissions: { add_members: "everyone" } } },
  setChatState: { muted_until: LATER },
  sendMessage: { content: "Ready when you are", client_msg_id: CLIENT_MSG, seen_seq: 40 },
  editMessage: { content: "Ready when *you* are", message_rev: 57, command_id: COMMAND },
  setReaction: { emoji: "👍", is_set: true, command_id: COMMAND },
  forwardMessage: { targets: [{ chat_id: DIRECT, client_msg_id: CLIENT_MSG }] },
  pinMessage: { message_id: MESSAGE, is_pinned: true, command_id: COMMAND },
  setThread: { is_following: true, read_seq: 44 },
  vote: { option_ids: [1], command_id: COMMAND },
  closePoll: { command_id: COMMAND },
  scheduleMessage: { content: "Good morning", send_at: LATER, client_msg_id: CLIENT_MSG, command_id: COMMAND },
  changeScheduled: { send_at: LATER, command_id: COMMAND },
  setReminder: { remind_at: LATER, command_id: COMMAND },
  joinChat: { message: "I sail with Ben" },
  createInvite: { expires_in_s: 86_400, max_uses: 10, client_invite_id: COMMAND },
  acceptInvite: {},
  answerJoinRequest: { is_approved: true },
  ban: { user_id: BEN, reason: "Advertising", ends_in_s: 604_800 },
  countViews: { seqs: [39, 40, 41] },
  putContact: { user_id: BEN, contact_name: "Ben (harbour)" },
  requestFriend: { user_id: BEN, message: "We met at the harbour" },
  answerFriend: { is_accepted: true },
  block: { user_id: BEN, blocked: true },
  report: { message_id: MESSAGE, reason: "spam", comment: "The third today" },
  decideReport: { state: "acted", note: "Account warned" },
  markRead: { seq: 41 },
  addParticipants: { user_ids: [BEN] },
  setRole: { role: "moderator" },
};

/** A query for every operation that takes one. */
export const QUERIES: { [O in WithQuery]: Record<string, string | number> } = {
  searchUsers: { q: "ada" },
  listChats: { filter: "unread", limit: 20 },
  deleteChat: { mode: "leave" },
  history: { limit: 50, before_id: 41 },
  thread: { limit: 50 },
  listThreads: { filter: "following" },
  directory: { q: "sail" },
  listViews: { seqs: "39,40,41" },
  listContacts: { limit: 50 },
  listReports: { state: "open" },
  searchChat: { q: "anchor", from: BEN },
  search: { q: '"low tide"', has: "link" },
  deleteMessage: { for: "all" },
  listParticipants: { limit: 50 },
};

const sent = {
  client_msg_id: CLIENT_MSG,
  seen_seq: 40,
  message_type: "text" as const,
  content: { text: "Ready when you are" },
};

/** Every frame upward. */
export const FRAMES: { [T in UpType]: Extract<UpFrame, { type: T }> } = {
  CONNECT: { type: "CONNECT", token: "eyJ…", device_id: "ketch-laptop" },
  SEND_MESSAGE: { type: "SEND_MESSAGE", chat_id: GROUP, ...sent },
  RETRY: { type: "RETRY", original_message: { type: "SEND_MESSAGE", chat_id: GROUP, ...sent } },
  DELETE_MESSAGE: { type: "DELETE_MESSAGE", message_id: MESSAGE },
  EDIT_MESSAGE: {
    ...{ type: "EDIT_MESSAGE", message_id: MESSAGE, command_id: COMMAND, message_rev: 57 },
    content: { text: "Ready when *you* are" },
  },
  SET_REACTION: { type: "SET_REACTION", message_id: MESSAGE, command_id: COMMAND, emoji: "👍", is_set: true },
  SET_PIN: { type: "SET_PIN", message_id: MESSAGE, command_id: COMMAND, is_pinned: true },
  FORWARD_MESSAGE: { type: "FORWARD_MESSAGE", chat_id: DIRECT, client_msg_id: CLIENT_MSG, source_message_id: MESSAGE },
  SET_VOTE: { type: "SET_VOTE", message_id: MESSAGE, command_id: COMMAND, option_ids: [1] },
  CLOSE_POLL: { type: "CLOSE_POLL", message_id: MESSAGE, command_id: COMMAND },
  FOLLOW_THREAD: { type: "FOLLOW_THREAD", message_id: MESSAGE, command_id: COMMAND, is_following: true },
  READ_THREAD: { type: "READ_THREAD", message_id: MESSAGE, seq: 44 },
  SCHEDULE_MESSAGE: { type: "SCHEDULE_MESSAGE", chat_id: GROUP, command_id: COMMAND, send_at: LATER, ...sent },
  CANCEL_SCHEDULED: { type: "CANCEL_SCHEDULED", chat_id: GROUP, command_id: COMMAND, client_msg_id: CLIENT_MSG },
  SET_REMINDER: {
    ...{ type: "SET_REMINDER", chat_id: GROUP, message_id: MESSAGE, command_id: COMMAND },
    remind_at: LATER,
  },
  SET_CHAT_STATE: { type: "SET_CHAT_STATE", chat_id: GROUP, command_id: COMMAND, is_pinned: true },
  SAVE_DRAFT: { type: "SAVE_DRAFT", chat_id: GROUP, text: "Ready wh", edited_at: AT },
  HIDE_MESSAGES: {
    ...{ type: "HIDE_MESSAGES", chat_id: GROUP, command_id: COMMAND, message_ids: [MESSAGE] },
    is_hidden: true,
  },
  MESSAGE_DELIVERED: { type: "MESSAGE_DELIVERED", seq: 41 },
  MESSAGE_READ: { type: "MESSAGE_READ", seq: 41 },
  TYPING_START: { type: "TYPING_START" },
  TYPING_STOP: { type: "TYPING_STOP" },
  CATCH_UP: { type: "CATCH_UP", chat_id: GROUP, epoch: "5k3n8r2w6y1c5", rev: 57 },
  ACKNOWLEDGE: { type: "ACKNOWLEDGE", rev: 60 },
  ACKNOWLEDGE_INBOX: { type: "ACKNOWLEDGE_INBOX", rev: 212 },
  CATCH_UP_INBOX: { type: "CATCH_UP_INBOX", epoch: "9b4x7d2f6h0j5", rev: 212 },
  SUBSCRIBE_PRESENCE: { type: "SUBSCRIBE_PRESENCE", subjects: [{ user_id: BEN, chat_id: GROUP }] },
  PRESENCE_UPDATE: { type: "PRESENCE_UPDATE", status: "online", activity: "writing" },
  PING: { type: "PING", timestamp: AT },
};

/** What fields hold in an example, by their names: the rest follows from their types. */
const VALUES: Record<string, unknown> = {
  ...{ chat_id: GROUP, user_id: ADA, sender_id: ADA, created_by: ADA, actor_id: ADA, banned_by: ADA, decided_by: ADA },
  ...{ message_id: MESSAGE, server_msg_id: MESSAGE, client_msg_id: CLIENT_MSG, command_id: COMMAND, report_id: REPORT },
  ...{
    session_id: SESSION,
    device_id: "ketch-laptop",
    device_name: "Firefox on Linux",
    code: INVITE,
    epoch: "5k3n8r2w6y1c5",
  },
  ...{
    username: "ada",
    display_name: "Ada",
    first_name: "Ada",
    last_name: "",
    email: "ada@example.com",
    sender_name: "Ada",
  },
  ...{
    name: "Boat",
    chat_name: "Boat",
    description: "",
    status_message: "At sea",
    message_type: "text",
    chat_type: "group",
  },
  ...{
    content: { text: "Ready when you are" },
    snippet: "Ready when you are",
    text: "Ready when you are",
    ranges: [[0, 5]],
  },
  ...{ access_token: "eyJ…", refresh_token: "r1.…", expires_in: 3_600, url: "https://chat.example.com/join/…" },
  ...{
    seq: 41,
    rev: 57,
    base: 56,
    head_seq: 41,
    read_seq: 40,
    delivered_seq: 41,
    seen_seq: 40,
    unread: 1,
    member_count: 2,
  },
  ...{
    max_members: 1_000,
    last_reply_seq: 44,
    emoji: "👍",
    sticker_id: "hello",
    label: "Waving hello",
    heartbeat_ms: 30_000,
  },
  ...{ edit_window_s: 300, disappear_after_s: null, slow_mode_s: 0, permissions: {}, role: "member", is_hidden: true },
  ...{ is_public: false, needs_approval: false, has_history_from_join: false, has_more: false, has_newer: false },
  ...{
    timestamp: AT,
    comment: "",
    note: "",
    reason: "",
    evidence: "…",
    question: "When?",
    vector_clock: { [ADA]: 12 },
  },
};

/** A value that fits a schema: its required fields, by {@link VALUES} and by type. */
export function sampleOf(schema: JsonSchema, name = ""): unknown {
  if (schema.enum) return schema.enum[0];
  if (name in VALUES && schema.type !== "array" && schema.const === undefined) return VALUES[name];
  if (name === "ranges") return VALUES.ranges;
  const { anyOf, const: only } = schema;
  if (only !== undefined) return only;
  if (anyOf) return sampleOf(anyOf[0] ?? {}, name);
  switch (schema.type) {
    case "object": {
      const required = Object.entries(schema.properties ?? {}).filter(([key]) => schema.required?.includes(key));
      return Object.fromEntries(required.map(([key, field]) => [key, sampleOf(field, key)]));
    }
    case "array":
      return name.endsWith("user_ids")
        ? [ADA]
        : name.endsWith("seqs") || name.endsWith("option_ids")
          ? [1]
          : [sampleOf(schema.items ?? {}, name)];
    case "string":
      return schema.pattern?.startsWith("^\\d{4}-") ? AT : "…";
    case "integer":
    case "number":
      return 1;
    case "boolean":
      return true;
    default:
      return null;
  }
}

/** JSON on as few lines as are read well: what is short and flat stays on one. */
export function lines(value: unknown): string {
  const flat = JSON.stringify(value);
  if (flat.length <= 116) return flat;
  return JSON.stringify(value, null, 2).replace(
    /([{[])\n\s+([^{}[\]]{1,90}?)\n\s+([}\]])/g,
    (_, open, inner, close) => {
      const line = String(inner).replace(/\n\s+/g, " ");
      return open === "{" ? `{ ${line} }` : `[${line}${close}`;
    },
  );
}
