import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { newClientMsgId, newUserId } from "../../src/protocol/ids.ts";
import type { ChatView } from "../../src/protocol/rest.ts";
import { type Operation, ROUTES } from "../../src/protocol/rest.ts";
import { UP, type UpFrame, type UpType } from "../../src/protocol/up.ts";
import { TestSocket } from "./test-socket.ts";
import { type Ask, anotherDevice, call, PASSWORD, prepare, type Somebody, somebody } from "./world.ts";

/** Who asks. `restricted` may only read; `revoked` is the owner, by a session that was ended. */
const ACTORS = [
  "stranger",
  "removed",
  "restricted",
  "guest",
  "member",
  "moderator",
  "admin",
  "owner",
  "revoked",
] as const;
type Actor = (typeof ACTORS)[number];

/** A group with one of each, a plain member to do things to, and a message of theirs. */
interface Scene {
  chat_id: string;
  actors: Record<Actor, Somebody>;
  target: Somebody;
  /** Not in the group. */
  outsider: Somebody;
  message_id: string;
  seq: number;
  /** Another message of theirs, for what takes it away. */
  doomed_id: string;
  /** A poll of theirs, and one to be ended. */
  poll_id: string;
  ending_id: string;
}

const EVERYBODY: readonly Actor[] = ACTORS;
/** A guest takes part like a member; what guests may not is the right of staff here. */
const ACTIVE: readonly Actor[] = ["guest", "member", "moderator", "admin", "owner"];
/** Who is in, and sees what is said. */
const MEMBERS: readonly Actor[] = ["restricted", ...ACTIVE];
const SIGNED_IN: readonly Actor[] = ["stranger", "removed", ...MEMBERS];
/** Leaving once more changes nothing. */
const LEAVERS: readonly Actor[] = ["removed", ...MEMBERS];
const STAFF: readonly Actor[] = ["moderator", "admin", "owner"];
const ADMINS: readonly Actor[] = ["admin", "owner"];
const OWNER: readonly Actor[] = ["owner"];

/** What somebody is told who may not. */
function refusal(actor: Actor, isOfChat: boolean): string {
  if (actor === "revoked") return "session_revoked";
  if (!isOfChat) return "nobody else is refused";
  return { stranger: "not_found", removed: "removed" }[actor as string] ?? "forbidden";
}

interface Case {
  may: readonly Actor[];
  ask(scene: Scene, actor: Somebody): Ask | Promise<Ask>;
}

const inChat =
  (more: (scene: Scene, actor: Somebody) => Ask = () => ({})): Case["ask"] =>
  (scene, actor) => {
    const { params, ...rest } = more(scene, actor);
    return { params: { id: scene.chat_id, ...params }, ...rest };
  };

const TO_ALL = { text: "@channel", mentions: [{ offset: 0, length: 8, everyone: "channel" as const }] };

const onMessage =
  (more: (scene: Scene, actor: Somebody) => Ask = () => ({})): Case["ask"] =>
  (scene, actor) => ({ params: { id: scene.message_id }, ...more(scene, actor) });

const inAnHour = (): string => new Date(Date.now() + 3_600_000).toISOString();

/** Names a message of the actor that waits, if they may have one; who may only read has it from before. */
async function waiting(
  { chat_id: id, actors }: Scene,
  actor: Somebody,
  client_msg_id = newClientMsgId(),
): Promise<Ask> {
  const body = { content: "later", client_msg_id, send_at: inAnHour() };
  const restrict = async (role: "member" | "restricted"): Promise<void> => {
    if (actor === actors.restricted)
      await call("setRole", { token: actors.owner.token, params: { id, userId: actor.user_id }, body: { role } });
  };
  await restrict("member");
  await call("scheduleMessage", { token: actor.token, params: { id }, body });
  await restrict("restricted");
  return { params: { id, clientMsgId: client_msg_id } };
}

/** One row for every operation: who may, and an example that only lacks the right. More than one where the body decides. */
const OPERATIONS: Record<Operation, Case[]> = {
  health: [{ may: EVERYBODY, ask: () => ({}) }],
  register: [
    {
      may: EVERYBODY,
      ask: () => ({
        body: { username: `new${newUserId()}`, email: `${newUserId()}@example.com`, password: "harbour lantern 7" },
      }),
    },
  ],
  login: [{ may: EVERYBODY, ask: (_, { username }) => ({ body: { login: username, password: PASSWORD } }) }],
  // The token is the right: of a revoked session it is worth nothing, and says so in its own words (see below).
  refresh: [
    {
      may: EVERYBODY,
      ask: async ({ target }) => ({ body: { refresh_token: (await anotherDevice(target)).refresh_token } }),
    },
  ],
  // Of a further device, so that the scene's people stay signed in.
  logout: [
    {
      may: SIGNED_IN,
      ask: async ({ actors }, actor) => (actor === actors.revoked ? {} : { token: (await anotherDevice(actor)).token }),
    },
  ],
  listSessions: [{ may: SIGNED_IN, ask: () => ({}) }],
  revokeSession: [
    { may: SIGNED_IN, ask: async (_, actor) => ({ params: { id: (await anotherDevice(actor)).session_id } }) },
  ],

  me: [{ may: SIGNED_IN, ask: () => ({}) }],
  searchUsers: [{ may: SIGNED_IN, ask: () => ({ query: { q: "person" } }) }],
  profile: [{ may: SIGNED_IN, ask: ({ target }) => ({ params: { id: target.user_id } }) }],
  setStatus: [{ may: SIGNED_IN, ask: () => ({ body: { status: "online" } }) }],
  presence: [{ may: MEMBERS, ask: inChat(({ target }) => ({ params: { userId: target.user_id } })) }],

  updateMe: [{ may: SIGNED_IN, ask: () => ({ body: { status_message: "about" } }) }],
  ownPresence: [{ may: SIGNED_IN, ask: () => ({}) }],
  privacy: [{ may: SIGNED_IN, ask: () => ({}) }],
  setPrivacy: [{ may: SIGNED_IN, ask: () => ({ body: { has_typing: true } }) }],
  listContacts: [{ may: SIGNED_IN, ask: () => ({}) }],
  putContact: [{ may: SIGNED_IN, ask: ({ outsider }) => ({ body: { user_id: outsider.user_id } }) }],
  removeContact: [
    {
      may: SIGNED_IN,
      ask: async ({ outsider: { user_id } }, { token }) => {
        await call("putContact", { token, body: { user_id } });
        return { params: { userId: user_id } };
      },
    },
  ],
  listFriendRequests: [{ may: SIGNED_IN, ask: () => ({}) }],
  requestFriend: [{ may: SIGNED_IN, ask: ({ outsider }) => ({ body: { user_id: outsider.user_id } }) }],
  answerFriend: [
    {
      may: SIGNED_IN,
      ask: async (_, { user_id }) => {
        const asking = await somebody();
        await call("requestFriend", { token: asking.token, body: { user_id } });
        return { params: { userId: asking.user_id }, body: { is_accepted: true } };
      },
    },
  ],
  withdrawFriend: [
    {
      may: SIGNED_IN,
      ask: async (_, { token }) => {
        const { user_id } = await somebody();
        await call("requestFriend", { token, body: { user_id } });
        return { params: { userId: user_id } };
      },
    },
  ],
  block: [{ may: SIGNED_IN, ask: async () => ({ body: { user_id: (await somebody()).user_id, blocked: true } }) }],
  listBlocked: [{ may: SIGNED_IN, ask: () => ({}) }],
  report: [
    { may: SIGNED_IN, ask: ({ target }) => ({ body: { user_id: target.user_id, reason: "spam" } }) },
    { may: MEMBERS, ask: ({ message_id }) => ({ body: { message_id, reason: "spam" } }) },
    { may: MEMBERS, ask: ({ chat_id }) => ({ body: { chat_id, reason: "spam" } }) },
  ],
  listReports: [
    { may: [], ask: () => ({}) },
    { may: SIGNED_IN, ask: (_, { username }) => ({ vars: { ADMINS: username } }) },
  ],
  decideReport: [
    { may: [], ask: () => ({ params: { id: "q0000000000000000" }, body: { state: "acted" } }) },
    {
      may: SIGNED_IN,
      ask: async (_, { username }) => {
        const [reporter, { user_id }] = [await somebody(), await somebody()];
        const { data } = await call("report", { token: reporter.token, body: { user_id, reason: "other" } });
        return { params: { id: String(data.report_id) }, body: { state: "acted" }, vars: { ADMINS: username } };
      },
    },
  ],

  listChats: [{ may: SIGNED_IN, ask: () => ({}) }],
  createChat: [
    {
      may: SIGNED_IN,
      ask: ({ outsider }) => ({ body: { chat_type: "group", name: "x", participants: [outsider.user_id] } }),
    },
    { may: SIGNED_IN, ask: ({ outsider }) => ({ body: { chat_type: "direct", participants: [outsider.user_id] } }) },
  ],
  getChat: [{ may: MEMBERS, ask: inChat() }],
  updateChat: [
    { may: ADMINS, ask: inChat(() => ({ body: { name: "renamed" } })) },
    { may: ADMINS, ask: inChat(() => ({ body: { settings: { has_history_from_join: true } } })) },
  ],
  deleteChat: [
    { may: LEAVERS, ask: inChat() },
    { may: OWNER, ask: inChat(() => ({ query: { mode: "delete" } })) },
  ],
  history: [
    { may: MEMBERS, ask: inChat() },
    { may: MEMBERS, ask: inChat(() => ({ query: { search: "mine" } })) },
  ],
  searchChat: [{ may: MEMBERS, ask: inChat(() => ({ query: { q: "mine" } })) }],
  search: [{ may: SIGNED_IN, ask: () => ({ query: { q: "mine" } }) }],
  getMessage: [{ may: MEMBERS, ask: onMessage() }],
  // Another's, whoever asks: only the sender edits.
  editMessage: [
    { may: [], ask: onMessage(() => ({ body: { content: "changed" } })) },
    {
      may: ACTIVE,
      ask: async ({ chat_id, message_id }, actor) => {
        const own = await call("sendMessage", {
          ...{ token: actor.token, params: { id: chat_id } },
          body: { content: "mine" },
        });
        return { params: { id: String(own.data?.message_id ?? message_id) }, body: { content: "changed" } };
      },
    },
  ],
  listEdits: [{ may: MEMBERS, ask: onMessage() }],
  setReaction: [{ may: ACTIVE, ask: onMessage(() => ({ body: { emoji: "👍" } })) }],
  listReactions: [{ may: MEMBERS, ask: onMessage() }],
  delivery: [{ may: MEMBERS, ask: onMessage() }],
  // Answered target by target: that who may only read is refused by this one is the frame's row.
  forwardMessage: [{ may: MEMBERS, ask: onMessage(({ chat_id }) => ({ body: { targets: [{ chat_id }] } })) }],
  pinMessage: [{ may: STAFF, ask: inChat(({ message_id }) => ({ body: { message_id } })) }],
  // Only channels have views, and this is a group; channels are in tallies.test.ts.
  countViews: [{ may: [], ask: inChat(() => ({ body: { seqs: [1] } })) }],
  listViews: [{ may: [], ask: inChat(() => ({ query: { seqs: "1" } })) }],
  listStickers: [{ may: SIGNED_IN, ask: () => ({}) }],
  listPins: [{ may: MEMBERS, ask: inChat() }],
  sendMessage: [
    { may: ACTIVE, ask: inChat(() => ({ body: { content: "ahoy" } })) },
    { may: STAFF, ask: inChat(() => ({ body: { content: TO_ALL } })) },
  ],
  deleteMessage: [
    { may: STAFF, ask: onMessage() },
    { may: MEMBERS, ask: onMessage(() => ({ query: { for: "self" } })) },
  ],
  setChatState: [
    {
      may: MEMBERS,
      // It is the hub's: who was put out a moment ago may not, once their hub has heard of it.
      ask: async ({ chat_id, actors }, actor) => {
        const isListed = async () =>
          JSON.stringify((await call("listChats", { token: actor.token })).data).includes(chat_id);
        for (let i = 0; actor === actors.removed && i < 200 && (await isListed()); i++)
          await new Promise((resolve) => setTimeout(resolve, 20));
        return { params: { id: chat_id }, body: { is_pinned: true } };
      },
    },
  ],
  thread: [{ may: MEMBERS, ask: onMessage() }],
  setThread: [
    { may: MEMBERS, ask: onMessage(() => ({ body: { is_following: true } })) },
    { may: MEMBERS, ask: onMessage(({ seq }) => ({ body: { read_seq: seq } })) },
  ],
  listThreads: [{ may: MEMBERS, ask: inChat() }],
  vote: [{ may: ACTIVE, ask: ({ poll_id }) => ({ params: { id: poll_id }, body: { option_ids: [0] } }) }],
  listVotes: [{ may: MEMBERS, ask: ({ poll_id }) => ({ params: { id: poll_id } }) }],
  closePoll: [{ may: STAFF, ask: ({ ending_id }) => ({ params: { id: ending_id }, body: {} }) }],
  order: [{ may: MEMBERS, ask: onMessage() }],
  markRead: [{ may: MEMBERS, ask: inChat(({ seq }) => ({ body: { seq } })) }],
  listScheduled: [{ may: MEMBERS, ask: inChat() }],
  scheduleMessage: [{ may: ACTIVE, ask: inChat(() => ({ body: { content: "later", send_at: inAnHour() } })) }],
  changeScheduled: [
    { may: ACTIVE, ask: async (scene, actor) => ({ ...(await waiting(scene, actor)), body: { content: "changed" } }) },
  ],
  cancelScheduled: [{ may: MEMBERS, ask: waiting }],
  listReminders: [{ may: SIGNED_IN, ask: () => ({}) }],
  setReminder: [{ may: MEMBERS, ask: onMessage(() => ({ body: { remind_at: inAnHour() } })) }],
  listParticipants: [{ may: MEMBERS, ask: inChat() }],
  addParticipants: [{ may: STAFF, ask: inChat(({ outsider }) => ({ body: { user_ids: [outsider.user_id] } })) }],
  removeParticipant: [
    { may: STAFF, ask: inChat(({ target }) => ({ params: { userId: target.user_id } })) },
    { may: LEAVERS, ask: inChat((_, { user_id }) => ({ params: { userId: user_id } })) },
  ],
  setRole: [
    { may: ADMINS, ask: inChat(({ target }) => ({ params: { userId: target.user_id }, body: { role: "moderator" } })) },
    { may: OWNER, ask: inChat(({ target }) => ({ params: { userId: target.user_id }, body: { role: "admin" } })) },
    { may: OWNER, ask: inChat(({ target }) => ({ params: { userId: target.user_id }, body: { role: "owner" } })) },
    { may: STAFF, ask: inChat(({ target }) => ({ params: { userId: target.user_id }, body: { role: "restricted" } })) },
  ],

  directory: [{ may: SIGNED_IN, ask: () => ({ query: { q: "scene" } }) }],
  joinChat: [
    {
      may: SIGNED_IN,
      ask: async ({ chat_id, actors }) => {
        await set(chat_id, actors.owner, { is_public: true });
        return { params: { id: chat_id }, body: {} };
      },
    },
  ],
  inviteLink: [{ may: STAFF, ask: inChat() }],
  listInvites: [{ may: STAFF, ask: inChat() }],
  createInvite: [{ may: STAFF, ask: inChat(() => ({ body: { max_uses: 1 } })) }],
  revokeInvite: [
    {
      may: STAFF,
      ask: async ({ chat_id, actors }) => ({ params: { id: chat_id, code: await lastingCode(chat_id, actors.owner) } }),
    },
  ],
  readInvite: [
    {
      may: SIGNED_IN,
      ask: async ({ chat_id, actors }) => ({ params: { code: await lastingCode(chat_id, actors.owner) } }),
    },
  ],
  acceptInvite: [
    {
      may: SIGNED_IN,
      ask: async ({ chat_id, actors }) => ({ params: { code: await lastingCode(chat_id, actors.owner) }, body: {} }),
    },
  ],
  listJoinRequests: [{ may: STAFF, ask: inChat() }],
  answerJoinRequest: [
    {
      may: STAFF,
      ask: async ({ chat_id, actors, outsider }) => {
        await set(chat_id, actors.owner, { is_public: true, needs_approval: true });
        await call("joinChat", { token: outsider.token, params: { id: chat_id }, body: {} });
        return { params: { id: chat_id, userId: outsider.user_id }, body: { is_approved: true } };
      },
    },
  ],
  listBans: [{ may: STAFF, ask: inChat() }],
  ban: [{ may: STAFF, ask: inChat(({ target }) => ({ body: { user_id: target.user_id, reason: "spam" } })) }],
  unban: [{ may: STAFF, ask: inChat(({ outsider }) => ({ params: { userId: outsider.user_id } })) }],
};

const set = (chatId: string, { token }: Somebody, settings: object) =>
  call("updateChat", { token, params: { id: chatId }, body: { settings } });

const lastingCode = async (chatId: string, { token }: Somebody): Promise<string> =>
  String((await call("inviteLink", { token, params: { id: chatId } })).data.code);

/** The same for every frame. `answer`: the type that says it worked; undefined if silence does. */
const FRAMES: Record<UpType, { may: readonly Actor[]; answer?: string; frame(scene: Scene): UpFrame }> = {
  // The first frame of a socket that is nobody's yet; on one that is somebody's it changes nothing, whatever it says.
  CONNECT: { may: SIGNED_IN, frame: () => ({ type: "CONNECT", token: "x" }) },
  SEND_MESSAGE: {
    may: ACTIVE,
    answer: "MESSAGE_ACK",
    frame: ({ chat_id }) => ({
      type: "SEND_MESSAGE",
      chat_id,
      client_msg_id: newClientMsgId(),
      message_type: "text",
      content: { text: "a" },
    }),
  },
  RETRY: {
    may: ACTIVE,
    answer: "MESSAGE_ACK",
    frame: ({ chat_id }) => ({
      type: "RETRY",
      original_message: {
        type: "SEND_MESSAGE",
        chat_id,
        client_msg_id: newClientMsgId(),
        message_type: "text",
        content: { text: "a" },
      },
    }),
  },
  DELETE_MESSAGE: {
    may: STAFF,
    answer: "MESSAGES_CHANGED",
    frame: ({ chat_id, doomed_id }) => ({ type: "DELETE_MESSAGE", chat_id, message_id: doomed_id }),
  },
  // Another's: only its sender edits.
  EDIT_MESSAGE: {
    may: [],
    frame: ({ chat_id, message_id }) => ({
      ...{ type: "EDIT_MESSAGE", chat_id, message_id, command_id: newClientMsgId() },
      ...{ message_rev: 1, content: { text: "changed" } },
    }),
  },
  SET_REACTION: {
    may: ACTIVE,
    answer: "COMMAND_ACK",
    frame: ({ chat_id, message_id }) => ({
      ...{ type: "SET_REACTION", chat_id, message_id, command_id: newClientMsgId() },
      ...{ emoji: "👍", is_set: true },
    }),
  },
  SET_PIN: {
    may: STAFF,
    answer: "COMMAND_ACK",
    frame: ({ chat_id, message_id }) => ({
      ...{ type: "SET_PIN", chat_id, message_id, command_id: newClientMsgId(), is_pinned: true },
    }),
  },
  FORWARD_MESSAGE: {
    may: ACTIVE,
    answer: "MESSAGE_ACK",
    frame: ({ chat_id, message_id }) => ({
      ...{ type: "FORWARD_MESSAGE", chat_id, client_msg_id: newClientMsgId(), source_message_id: message_id },
    }),
  },
  SET_CHAT_STATE: {
    may: MEMBERS,
    answer: "COMMAND_ACK",
    frame: ({ chat_id }) => ({ type: "SET_CHAT_STATE", chat_id, command_id: newClientMsgId(), is_pinned: true }),
  },
  SAVE_DRAFT: {
    may: MEMBERS,
    answer: "INBOX_CHANGED",
    frame: ({ chat_id }) => ({ type: "SAVE_DRAFT", chat_id, text: "half a", edited_at: new Date().toISOString() }),
  },
  HIDE_MESSAGES: {
    may: MEMBERS,
    answer: "COMMAND_ACK",
    frame: ({ chat_id, message_id }) => ({
      ...{ type: "HIDE_MESSAGES", chat_id, command_id: newClientMsgId() },
      ...{ message_ids: [message_id], is_hidden: true },
    }),
  },
  SET_REMINDER: {
    may: MEMBERS,
    answer: "COMMAND_ACK",
    frame: ({ chat_id, message_id }) => ({
      ...{ type: "SET_REMINDER", chat_id, message_id, command_id: newClientMsgId(), remind_at: inAnHour() },
    }),
  },
  SCHEDULE_MESSAGE: {
    may: ACTIVE,
    answer: "COMMAND_ACK",
    frame: ({ chat_id }) => ({
      ...{ type: "SCHEDULE_MESSAGE", chat_id, command_id: newClientMsgId(), client_msg_id: newClientMsgId() },
      ...{ message_type: "text", content: { text: "later" }, send_at: inAnHour() },
    }),
  },
  // Each their own, under the same id; repeated over the other socket.
  CANCEL_SCHEDULED: {
    may: MEMBERS,
    answer: "COMMAND_ACK",
    frame: ({ chat_id }) => ({
      ...{ type: "CANCEL_SCHEDULED", chat_id, command_id: "cancel", client_msg_id: "waits" },
    }),
  },
  SET_VOTE: {
    may: ACTIVE,
    answer: "COMMAND_ACK",
    frame: ({ chat_id, poll_id }) => ({
      ...{ type: "SET_VOTE", chat_id, message_id: poll_id, command_id: newClientMsgId(), option_ids: [1] },
    }),
  },
  // Another's: its sender ends it, and staff.
  CLOSE_POLL: {
    may: STAFF,
    answer: "COMMAND_ACK",
    frame: ({ chat_id, ending_id }) => ({
      ...{ type: "CLOSE_POLL", chat_id, message_id: ending_id, command_id: newClientMsgId() },
    }),
  },
  FOLLOW_THREAD: {
    may: MEMBERS,
    answer: "COMMAND_ACK",
    frame: ({ chat_id, message_id }) => ({
      ...{ type: "FOLLOW_THREAD", chat_id, message_id, command_id: newClientMsgId(), is_following: true },
    }),
  },
  READ_THREAD: {
    may: MEMBERS,
    frame: ({ chat_id, message_id, seq }) => ({ type: "READ_THREAD", chat_id, message_id, seq }),
  },
  MESSAGE_DELIVERED: { may: MEMBERS, frame: ({ chat_id, seq }) => ({ type: "MESSAGE_DELIVERED", chat_id, seq }) },
  MESSAGE_READ: { may: MEMBERS, frame: ({ chat_id, seq }) => ({ type: "MESSAGE_READ", chat_id, seq }) },
  TYPING_START: { may: ACTIVE, frame: ({ chat_id }) => ({ type: "TYPING_START", chat_id }) },
  TYPING_STOP: { may: MEMBERS, frame: ({ chat_id }) => ({ type: "TYPING_STOP", chat_id }) },
  CATCH_UP: { may: MEMBERS, answer: "SNAPSHOT", frame: ({ chat_id }) => ({ type: "CATCH_UP", chat_id }) },
  ACKNOWLEDGE: { may: MEMBERS, frame: ({ chat_id }) => ({ type: "ACKNOWLEDGE", chat_id, rev: 1 }) },
  ACKNOWLEDGE_INBOX: { may: SIGNED_IN, frame: () => ({ type: "ACKNOWLEDGE_INBOX", rev: 0 }) },
  CATCH_UP_INBOX: { may: SIGNED_IN, answer: "INBOX_SNAPSHOT", frame: () => ({ type: "CATCH_UP_INBOX" }) },
  SUBSCRIBE_PRESENCE: {
    may: MEMBERS,
    answer: "PRESENCE_BROADCAST",
    frame: ({ chat_id, target }) => ({ type: "SUBSCRIBE_PRESENCE", subjects: [{ chat_id, user_id: target.user_id }] }),
  },
  PRESENCE_UPDATE: { may: SIGNED_IN, frame: () => ({ type: "PRESENCE_UPDATE", status: "away" }) },
  PING: { may: SIGNED_IN, answer: "PONG", frame: () => ({ type: "PING", timestamp: 7 }) },
};

let people: { actors: Record<Actor, Somebody>; target: Somebody; outsider: Somebody };

beforeAll(async () => {
  await prepare();
  people = await crew();
});

async function crew(): Promise<typeof people> {
  const made: [Actor, Somebody][] = [];
  for (const actor of ACTORS) if (actor !== "revoked") made.push([actor, await somebody()]);
  const actors = Object.fromEntries(made) as Record<Actor, Somebody>;
  actors.revoked = await anotherDevice(actors.owner);
  await call("logout", { token: actors.revoked.token });
  return { actors, target: await somebody(), outsider: await somebody() };
}

/** One person may not make very many chats at once; so there is a new crew now and then. */
const SCENES_PER_CREW = 100;
let scenes = 0;

async function scene(): Promise<Scene> {
  scenes += 1;
  if (scenes % SCENES_PER_CREW === 0) people = await crew();
  const { actors, target } = people;
  const { owner, admin, moderator, member, guest, restricted, removed } = actors;
  const ids = [admin, moderator, member, guest, restricted, removed, target].map((person) => person.user_id);
  const made = await call("createChat", {
    token: owner.token,
    body: { chat_type: "group", name: "scene", participants: ids },
  });
  const { chat_id } = (made.data as unknown as ChatView).chat;
  const params = { id: chat_id };
  for (const [person, role] of [
    [admin, "admin"],
    [moderator, "moderator"],
    [guest, "guest"],
    [restricted, "restricted"],
  ] as const)
    await call("setRole", { token: owner.token, params: { ...params, userId: person.user_id }, body: { role } });
  await call("removeParticipant", { token: owner.token, params: { ...params, userId: removed.user_id } });
  const { data } = await call("sendMessage", { token: target.token, params, body: { content: "mine" } });
  const doomed = await call("sendMessage", { token: target.token, params, body: { content: "not for long" } });
  const poll = { message_type: "poll", content: { question: "Sail?", options: ["Yes", "No"] } };
  const [open, ending] = [
    await call("sendMessage", { token: target.token, params, body: poll }),
    await call("sendMessage", { token: target.token, params, body: poll }),
  ];
  const messages = {
    ...{ message_id: String(data.message_id), doomed_id: String(doomed.data.message_id) },
    ...{ poll_id: String(open.data.message_id), ending_id: String(ending.data.message_id) },
  };
  return { chat_id, ...people, ...messages, seq: Number(data.seq) };
}

describe("operations", () => {
  it("every operation has a row, and no row is of none", () => {
    expect(Object.keys(OPERATIONS).sort()).toEqual(Object.keys(ROUTES).sort());
  });

  const rows = Object.entries(OPERATIONS).flatMap(([operation, cases]) =>
    cases.flatMap((one, i) => ACTORS.map((actor) => [operation as Operation, i, actor, one] as const)),
  );

  /** Scenes in which nothing is changed: those of all who only read, or are refused the same. */
  const kept = new Map<Case, Promise<Scene>>();
  const sceneFor = (operation: Operation, actor: Actor, one: Case): Promise<Scene> => {
    if (one.may.includes(actor) && ROUTES[operation].method !== "GET") return scene();
    const known = kept.get(one) ?? scene();
    kept.set(one, known);
    return known;
  };

  it.each(rows)("%s (%i) by %s", async (operation, _, actor, one) => {
    const { may, ask } = one;
    const set = await sceneFor(operation, actor, one);
    const who = set.actors[actor];
    const what = await ask(set, who);
    const { status, error } = await call(operation, { token: who.token, ...what });
    if (may.includes(actor)) expect([status, error]).toEqual([ROUTES[operation].status, undefined]);
    else {
      const { access } = ROUTES[operation];
      const isOfChat = access !== "signed_in" || operation === "report";
      // Presence is asked of a person, who says the same to all they do not know.
      const isPerson = operation === "presence" && actor !== "revoked";
      // The server's administration is no member's, of whatever chat.
      const isServer = access === "admin" && actor !== "revoked";
      const said = isPerson ? "not_found" : isServer ? "forbidden" : refusal(actor, isOfChat);
      expect(error?.code).toBe(said);
    }
  });

  it.each(Object.entries(ROUTES).filter(([, route]) => route.access !== "public"))(
    "%s without a token",
    async (operation) => {
      const { error } = await call(operation as Operation);
      expect(error?.code).toBe("unauthenticated");
    },
  );

  it("the refresh token of a revoked session is rejected", async () => {
    const { refresh_token } = people.actors.revoked;
    expect((await call("refresh", { body: { refresh_token } })).error?.code).toBe("refresh_rejected");
  });
});

describe("frames", () => {
  // No frame changes who may do what; so one scene serves all.
  let set: Scene;
  beforeAll(async () => {
    set = await scene();
    for (const actor of MEMBERS) await waiting(set, set.actors[actor], "waits");
  });
  const open: TestSocket[] = [];
  afterAll(() => {
    for (const socket of open) socket.close();
  });

  it("every frame has a row, and no row is of none", () => {
    expect(Object.keys(FRAMES).sort()).toEqual(Object.keys(UP).sort());
  });

  const rows = Object.entries(FRAMES).flatMap(([type, row]) =>
    ACTORS.map((actor) => [type as UpType, actor, row] as const),
  );

  it.each(rows)("%s by %s over the hub's socket", async (type, actor, { may, answer, frame }) => {
    const socket = await TestSocket.hub(set.actors[actor].token);
    open.push(socket);
    if (actor === "revoked") {
      expect((await socket.closed).code).toBe(4403);
      return;
    }
    await socket.next("CONNECTED");
    const frames = await socket.ask(frame(set), may.includes(actor) ? answer : "ERROR");
    const errors = frames.flatMap((f) => (f.type === "ERROR" ? [f.code] : []));
    if (may.includes(actor)) {
      expect(errors).toEqual([]);
      if (answer) expect(frames.map((f) => f.type)).toContain(answer);
    } else expect(errors).toEqual([type === "SUBSCRIBE_PRESENCE" ? "not_found" : refusal(actor, true)]);
    socket.close();
  });

  const ofChat = rows.filter(([type]) => UP[type].place !== "hub");

  it.each(ofChat)("%s by %s over the chat's socket", async (_, actor, { may, answer, frame }) => {
    const door = await TestSocket.chat(set.actors[actor].token, set.chat_id);
    if (door instanceof Response) {
      expect([actor, door.status]).toEqual(["stranger", 404]);
      return;
    }
    open.push(door);
    if (actor === "removed" || actor === "revoked") {
      expect((await door.closed).code).toBe(actor === "removed" ? 4404 : 4403);
      return;
    }
    await door.next("SNAPSHOT");
    const frames = await door.ask(frame(set), may.includes(actor) ? answer : "ERROR");
    const errors = frames.flatMap((f) => (f.type === "ERROR" ? [f.code] : []));
    if (may.includes(actor)) {
      expect(errors).toEqual([]);
      if (answer) expect(frames.map((f) => f.type)).toContain(answer);
    } else expect(errors).toEqual([refusal(actor, true)]);
    door.close();
  });

  it.each(rows.filter(([type, actor]) => UP[type].place === "hub" && actor === "owner"))(
    "%s has no place on a chat's socket",
    async (_, __, { frame }) => {
      const door = await TestSocket.chat(set.actors.owner.token, set.chat_id);
      if (door instanceof Response) throw new Error("no socket");
      open.push(door);
      await door.next("SNAPSHOT");
      const frames = await door.ask(frame(set), "ERROR");
      expect(frames.some((f) => f.type === "ERROR")).toBe(true);
      door.close();
    },
  );
});
