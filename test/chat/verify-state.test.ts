import { runInDurableObject } from "cloudflare:test";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type ChatState, fromSnapshot } from "../../src/domain/delta.ts";
import { messageId } from "../../src/protocol/ids.ts";
import { ROUTES } from "../../src/protocol/rest.ts";
import { UP } from "../../src/protocol/up.ts";
import { ChatLog, type ChatNews } from "../../web/sync/engine/chat-log.ts";
import { HeldTimers } from "../convergence/held-timers.ts";
import { prepareProjections } from "../convergence/projections.ts";
import { connect, draft, makeGroup, person, setClock, type TestDevice, type TestPerson } from "./room.ts";

/** Routes about what is their caller's alone: their hub's, whatever the chat is. */
const PERSONAL: ReadonlySet<string> = new Set(["setChatState", "setReminder", "countViews"]);

/** The chat as it is before each command: owner, admin, member, member, and messages of all of them. */
interface Stage {
  chatId: string;
  stub: Awaited<ReturnType<typeof makeGroup>>["stub"];
  owner: TestPerson;
  admin: TestPerson;
  member: TestPerson;
  other: TestPerson;
  stranger: TestPerson;
  /** A device of the member, to send frames with. */
  device: TestDevice;
}

type Command = (stage: Stage) => Promise<unknown> | unknown;

const editOf = (chatId: string, command_id: string, message_rev: number, text: string) => ({
  ...{ type: "EDIT_MESSAGE", message_id: messageId(chatId, 4), command_id, message_rev },
  content: { text },
});
const reactionOf = (chatId: string, command_id: string, emoji: string, is_set: boolean) => ({
  ...{ type: "SET_REACTION", message_id: messageId(chatId, 3), command_id, emoji, is_set },
});
/** Message 4 begins a thread. */
const answerOf = (chatId: string, text: string, root = 4) => ({
  ...draft(text, 4),
  thread_root_message_id: messageId(chatId, root),
});
const POLL = { message_type: "poll" as const, content: { question: "Sail?", options: ["Yes", "No"] } };
const pollBy = ({ stub }: Stage, userId: string) => stub.send(userId, { ...draft("", 3, "poll"), ...POLL });
const pinOf = (chatId: string, command_id: string, seq: number, is_pinned: boolean) => ({
  ...{ type: "SET_PIN", message_id: messageId(chatId, seq), command_id, is_pinned },
});

const inAnHour = (): string => new Date(Date.now() + 3_600_000).toISOString();
const waitingOf = (command_id: string, client_msg_id: string, inMs: number) => ({
  ...{ type: "SCHEDULE_MESSAGE", ...draft(`waited as ${client_msg_id}`, 3, client_msg_id), command_id },
  send_at: new Date(Date.now() + inMs).toISOString(),
});

/** Says something that disappears at once, as far as the object's clock goes. */
async function passing({ chatId, stub, member }: Stage, more: object = {}): Promise<void> {
  await stub.send(member.user_id, { ...draft("not for long", 3), expires_in_s: 5, ...more });
  await setClock(chatId, () => Date.now() + 6_000);
  await stub.view(member.user_id);
}

/**
 * Every command that a chat takes, by the name of its frame or its route. One that is missing here fails the test
 * below: a new command is not done before its frames are proved to lead to the state that a fresh device is told.
 */
const COMMANDS: Record<string, Command[]> = {
  SEND_MESSAGE: [
    ({ device }) => device.send({ type: "SEND_MESSAGE", ...draft("hello", 3) }),
    // Three at once: one transaction, one step of the clock each.
    ({ device }) => device.send([1, 2, 3].map((n) => ({ type: "SEND_MESSAGE", ...draft(`burst ${n}`, 3) }))),
    ({ device, chatId }) =>
      device.send({ type: "SEND_MESSAGE", ...draft("answer", 4), reply_to_message_id: messageId(chatId, 3) }),
  ],
  RETRY: [
    ({ device }) => {
      const original_message = { type: "SEND_MESSAGE", ...draft("again", 3) };
      device.send(original_message);
      device.send({ type: "RETRY", original_message });
    },
  ],
  DELETE_MESSAGE: [
    ({ device, chatId }) => device.send({ type: "DELETE_MESSAGE", message_id: messageId(chatId, 4) }),
    ({ device, chatId }) => {
      device.send({ type: "DELETE_MESSAGE", message_id: messageId(chatId, 4) });
      device.send({ type: "DELETE_MESSAGE", message_id: messageId(chatId, 4) });
    },
  ],
  EDIT_MESSAGE: [
    ({ device, chatId }) => device.send(editOf(chatId, "e1", 4, "by Mara herself")),
    // Repeated, stale, and another on top.
    async ({ device, chatId, stub, owner }) => {
      await stub.setReaction(owner.user_id, { seq: 4, command_id: "r", emoji: "👍", is_set: true });
      device.send([
        editOf(chatId, "e1", 4, "once"),
        editOf(chatId, "e1", 4, "once"),
        editOf(chatId, "e2", 4, "stale"),
        editOf(chatId, "e3", 8, "twice"),
      ]);
    },
  ],
  SET_REACTION: [
    ({ device, chatId }) => device.send(reactionOf(chatId, "r1", "🎉", true)),
    ({ device, chatId }) =>
      device.send([
        reactionOf(chatId, "r1", "🎉", true),
        reactionOf(chatId, "r2", "👀", true),
        reactionOf(chatId, "r3", "🎉", false),
        reactionOf(chatId, "r1", "🎉", true),
      ]),
  ],
  SET_PIN: [
    async ({ chatId, admin }) => {
      const staff = await connect(chatId, admin.user_id);
      staff.send(pinOf(chatId, "p1", 3, true));
      await staff.next("COMMAND_ACK");
    },
    async ({ chatId, admin, stub }) => {
      const staff = await connect(chatId, admin.user_id);
      staff.send([pinOf(chatId, "p1", 3, true), pinOf(chatId, "p2", 4, true), pinOf(chatId, "p3", 3, false)]);
      await staff.next("COMMAND_ACK", 3);
      await stub.deleteMessage(admin.user_id, 4);
    },
  ],
  SCHEDULE_MESSAGE: [
    ({ device }) => device.send(waitingOf("s1", "w1", 3_600_000)),
    // Its time has come: the chat sends it.
    async ({ device, stub, admin }) => {
      device.send([waitingOf("s1", "w1", -1_000), waitingOf("s2", "w2", -2_000), waitingOf("s1", "w1", -1_000)]);
      await device.next("COMMAND_ACK", 3);
      await stub.view(admin.user_id);
    },
  ],
  CANCEL_SCHEDULED: [
    ({ device }) =>
      device.send([
        waitingOf("s1", "w1", 3_600_000),
        { type: "CANCEL_SCHEDULED", command_id: "s2", client_msg_id: "w1" },
      ]),
  ],
  FORWARD_MESSAGE: [
    async ({ device, chatId }) => {
      const ask = { client_msg_id: "f1", seen_seq: 3, source_message_id: messageId(chatId, 3) };
      device.send([
        { type: "FORWARD_MESSAGE", ...ask },
        { type: "SEND_MESSAGE", ...draft("see above", 3) },
      ]);
      await device.next("MESSAGE_ACK", 2);
    },
  ],
  SET_VOTE: [
    async (stage) => {
      const { ack } = await pollBy(stage, stage.owner.user_id);
      const vote = { type: "SET_VOTE", message_id: ack.server_msg_id };
      stage.device.send([
        { ...vote, command_id: "v1", option_ids: [0] },
        { ...vote, command_id: "v2", option_ids: [1] },
        { ...vote, command_id: "v1", option_ids: [0] },
        { ...vote, command_id: "v3", option_ids: [] },
      ]);
      await stage.device.next("COMMAND_ACK", 4);
    },
  ],
  CLOSE_POLL: [
    async (stage) => {
      const { ack } = await pollBy(stage, stage.member.user_id);
      stage.device.send([
        { type: "SET_VOTE", message_id: ack.server_msg_id, command_id: "v1", option_ids: [0] },
        { type: "CLOSE_POLL", message_id: ack.server_msg_id, command_id: "c1" },
        { type: "CLOSE_POLL", message_id: ack.server_msg_id, command_id: "c2" },
      ]);
      await stage.device.next("COMMAND_ACK", 3);
    },
  ],
  FOLLOW_THREAD: [
    async ({ device, chatId }) => {
      device.send({
        ...{ type: "FOLLOW_THREAD", message_id: messageId(chatId, 3), command_id: "f1", is_following: true },
      });
      await device.next("COMMAND_ACK");
    },
  ],
  READ_THREAD: [
    async ({ device, chatId, stub, owner }) => {
      await stub.send(owner.user_id, answerOf(chatId, "read me"));
      device.send({ type: "READ_THREAD", message_id: messageId(chatId, 4), seq: 6 });
    },
  ],
  MESSAGE_DELIVERED: [({ device }) => device.send({ type: "MESSAGE_DELIVERED", seq: 3 })],
  MESSAGE_READ: [
    ({ device }) => device.send({ type: "MESSAGE_READ", seq: 4 }),
    ({ device, chatId }) => device.send({ type: "MESSAGE_READ", message_id: messageId(chatId, 3) }),
  ],
  TYPING_START: [({ device }) => device.send({ type: "TYPING_START" })],
  TYPING_STOP: [({ device }) => device.send({ type: "TYPING_STOP" })],
  CATCH_UP: [({ device }) => device.send({ type: "CATCH_UP" })],
  ACKNOWLEDGE: [({ device }) => device.send({ type: "ACKNOWLEDGE", rev: 2 })],
  PING: [({ device }) => device.send({ type: "PING", timestamp: "now" })],
  scheduleMessage: [
    ({ stub, member }) => stub.schedule(member.user_id, { ...draft("later", 3), command_id: "s", send_at: inAnHour() }),
  ],
  changeScheduled: [
    async ({ stub, member }) => {
      await stub.schedule(member.user_id, { ...draft("later", 3, "w"), command_id: "s", send_at: inAnHour() });
      const send_at = new Date().toISOString();
      await stub.changeScheduled(member.user_id, { client_msg_id: "w", command_id: "t", send_at });
      await stub.view(member.user_id);
    },
  ],
  cancelScheduled: [
    async ({ stub, member }) => {
      await stub.schedule(member.user_id, { ...draft("later", 3, "w"), command_id: "s", send_at: inAnHour() });
      await stub.cancelScheduled(member.user_id, "t", "w");
    },
  ],
  sendMessage: [
    ({ stub, member }) => stub.send(member.user_id, draft("over HTTP", 3)),
    // What disappears: in the chat, and in a thread.
    (stage) => passing(stage),
    (stage) => passing(stage, { thread_root_message_id: messageId(stage.chatId, 3) }),
    ({ stub, member }) => stub.send(member.user_id, { ...draft("", 3), ...POLL }),
    // Answers, one of them deleted, and one by the first of two threads' writers.
    async ({ stub, chatId, owner, other, member }) => {
      const { ack } = await stub.send(owner.user_id, answerOf(chatId, "one"));
      await stub.send(other.user_id, answerOf(chatId, "two"));
      await stub.send(member.user_id, answerOf(chatId, "three", 5));
      await stub.send(member.user_id, draft("beside it", 4));
      await stub.deleteMessage(owner.user_id, ack.seq);
      await stub.editMessage(other.user_id, { seq: 7, command_id: "e", content: { text: "two, rather" } });
    },
    // The only answer, and the message it answers.
    async ({ stub, chatId, owner, member }) => {
      const { ack } = await stub.send(owner.user_id, answerOf(chatId, "one"));
      await stub.deleteMessage(member.user_id, 4);
      await stub.deleteMessage(owner.user_id, ack.seq);
    },
  ],
  deleteMessage: [
    ({ stub, owner }) => stub.deleteMessage(owner.user_id, 4),
    // With all that was added to it.
    async ({ stub, owner, member }) => {
      await stub.editMessage(member.user_id, { seq: 4, command_id: "e", content: { text: "edited" } });
      await stub.setReaction(owner.user_id, { seq: 4, command_id: "r", emoji: "👍", is_set: true });
      await stub.setPin(owner.user_id, { seq: 4, command_id: "p", is_pinned: true });
      await stub.deleteMessage(owner.user_id, 4);
    },
  ],
  editMessage: [
    ({ stub, member }) => stub.editMessage(member.user_id, { seq: 4, command_id: "e", content: { text: "edited" } }),
  ],
  setReaction: [
    ({ stub, owner }) => stub.setReaction(owner.user_id, { seq: 5, command_id: "r", emoji: "👍🏽", is_set: true }),
  ],
  pinMessage: [({ stub, owner }) => stub.setPin(owner.user_id, { seq: 5, command_id: "p", is_pinned: true })],
  forwardMessage: [
    ({ stub, member, chatId }) =>
      stub.forward(member.user_id, { client_msg_id: "f", source_message_id: messageId(chatId, 5) }),
  ],
  vote: [
    async (stage) => {
      const { ack } = await pollBy(stage, stage.owner.user_id);
      for (const [i, { user_id }] of [stage.member, stage.other, stage.admin].entries())
        await stage.stub.setVote(user_id, { seq: ack.seq, command_id: "v", option_ids: [i % 2] });
    },
  ],
  closePoll: [
    async (stage) => {
      const { ack } = await pollBy(stage, stage.member.user_id);
      await stage.stub.closePoll(stage.owner.user_id, { seq: ack.seq, command_id: "c" });
    },
  ],
  setThread: [
    async ({ stub, chatId, owner, other }) => {
      await stub.send(owner.user_id, answerOf(chatId, "one"));
      await stub.setThread(other.user_id, 4, { command_id: "f", is_following: true, read_seq: 6 });
    },
  ],
  markRead: [
    ({ stub, other }) => stub.markRead(other.user_id, 5),
    // Read in private, and shown again: for who hides it everybody's cursors are others then.
    async ({ stub, member, other, owner }) => {
      await stub.setSigns(member.user_id, { hides_receipts: true, hides_typing: true, rev: 1 });
      await stub.markRead(member.user_id, 5);
      await stub.markRead(owner.user_id, 4);
      await stub.setSigns(other.user_id, { hides_receipts: true, hides_typing: false, rev: 1 });
      await stub.markRead(other.user_id, 5);
    },
    async ({ stub, member, owner }) => {
      await stub.setSigns(member.user_id, { hides_receipts: true, hides_typing: false, rev: 1 });
      await stub.markRead(member.user_id, 4);
      await stub.markRead(owner.user_id, 5);
      await stub.setSigns(member.user_id, { hides_receipts: false, hides_typing: false, rev: 2 });
    },
  ],
  updateChat: [
    ({ stub, admin }) => stub.update(admin.user_id, { name: "Another name" }),
    ({ stub, admin }) =>
      stub.update(admin.user_id, { description: "About us", settings: { has_history_from_join: true } }),
    // Several notices in one step, and restriction.
    async ({ stub, admin, other }) => {
      const settings = { slow_mode_s: 5, is_public: true, permissions: { pin: "everyone" as const } };
      await stub.update(admin.user_id, { name: "New", description: "d", settings });
      await stub.setRole(admin.user_id, other.user_id, "restricted");
    },
    // Nothing changes.
    ({ stub, admin }) => stub.update(admin.user_id, { name: "Test" }),
    // Somebody is called otherwise.
    ({ stub, other }) =>
      stub.setSigns(other.user_id, {
        ...{ hides_receipts: false, hides_typing: false, rev: 1 },
        person: { ...other, display_name: "Otto the Second" },
      }),
  ],
  addParticipants: [
    ({ stub, admin, stranger }) => stub.addMembers(admin.user_id, [stranger]),
    async ({ stub, admin, other, stranger }) => {
      await stub.removeMember(admin.user_id, other.user_id);
      await stub.addMembers(admin.user_id, [other, stranger]);
    },
  ],
  removeParticipant: [
    ({ stub, admin, other }) => stub.removeMember(admin.user_id, other.user_id),
    ({ stub, other }) => stub.removeMember(other.user_id, other.user_id),
    async ({ stub, other, owner }) => {
      await stub.markRead(other.user_id, 5);
      await stub.removeMember(owner.user_id, other.user_id);
    },
  ],
  setRole: [
    ({ stub, owner, other }) => stub.setRole(owner.user_id, other.user_id, "moderator"),
    ({ stub, owner, admin }) => stub.setRole(owner.user_id, admin.user_id, "owner"),
  ],
  joinChat: [
    async ({ stub, owner, stranger }) => {
      await stub.update(owner.user_id, { settings: { is_public: true } });
      await stub.join(stranger);
      await stub.join(stranger);
    },
    // Two who come in one batch, and one who only asks.
    async ({ stub, owner, stranger }) => {
      await stub.update(owner.user_id, { settings: { is_public: true, has_history_from_join: true } });
      await Promise.all([stub.join(stranger), stub.join(person("Sam"))]);
      await stub.update(owner.user_id, { settings: { needs_approval: true } });
      await stub.join(person("Sue"));
    },
  ],
  createInvite: [({ stub, owner }) => stub.createInvite(owner.user_id, { role: "guest", max_uses: 1 })],
  revokeInvite: [
    async ({ stub, owner, stranger }) => {
      const { code } = await stub.createInvite(owner.user_id, { role: "guest" });
      await stub.acceptInvite(stranger, code);
      await stub.revokeInvite(owner.user_id, code);
    },
  ],
  answerJoinRequest: [
    async ({ stub, owner, stranger }) => {
      const { code } = await stub.createInvite(owner.user_id, { role: "member", needs_approval: true });
      await stub.acceptInvite(stranger, code);
      await stub.answerJoinRequest(owner.user_id, stranger.user_id, true);
      const sam = person("Sam");
      await stub.acceptInvite(sam, code);
      await stub.answerJoinRequest(owner.user_id, sam.user_id, false);
    },
  ],
  ban: [
    ({ stub, admin, other }) => stub.ban(admin.user_id, { person: other, reason: "spam" }),
    ({ stub, admin, stranger }) => stub.ban(admin.user_id, { person: stranger, reason: "" }),
  ],
  unban: [
    async ({ stub, admin, other }) => {
      await stub.ban(admin.user_id, { person: other, reason: "spam" });
      await stub.unban(admin.user_id, other.user_id);
      await stub.addMembers(admin.user_id, [other]);
    },
  ],
  // Leaving; ending leaves nobody who could look.
  deleteChat: [({ stub, owner }) => stub.removeMember(owner.user_id, owner.user_id)],
  // Asked again, it is the chat that it was.
  createChat: [
    ({ stub, chatId, owner, stranger }) =>
      stub.create({
        chat_id: chatId,
        chat_type: "group",
        name: "Test",
        description: "",
        created_by: owner.user_id,
        people: [owner, stranger],
      }),
  ],
};

const timers = new HeldTimers();
beforeAll(async () => {
  await prepareProjections();
  timers.install();
});
afterAll(() => timers.uninstall());

async function makeStage(): Promise<Stage> {
  const people = ["Olga", "Ali", "Mara", "Otto"].map(person);
  const [owner, admin, member, other] = people as [TestPerson, TestPerson, TestPerson, TestPerson];
  timers.forget();
  const { chatId, stub } = await makeGroup(people);
  await stub.setRole(owner.user_id, admin.user_id, "admin");
  for (const one of [owner, member, other]) await stub.send(one.user_id, draft(`by ${one.display_name}`, 2));
  const device = await connect(chatId, member.user_id);
  await device.next("SNAPSHOT");
  return { chatId, stub, owner, admin, member, other, stranger: person("Sana"), device };
}

/** Nothing is waited for: what would be is a gap. */
const NO_CLOCK = { now: () => 0, monotonic: () => 0, after: () => () => undefined };

/** A device that follows the chat with the client's own log. */
class Follower {
  readonly log: ChatLog;
  readonly #device: TestDevice;
  #applied = 0;

  constructor(device: TestDevice, state?: ChatState) {
    this.#device = device;
    const refuse = () => {
      throw new Error("the frames left a gap");
    };
    this.log = new ChatLog(NO_CLOCK, { ask: refuse, held: refuse, changed: () => undefined }, state);
    this.log.attaching();
  }

  async follow(): Promise<ChatState> {
    await this.#device.settle();
    for (const frame of this.#device.frames.slice(this.#applied)) {
      if (frame.type === "SNAPSHOT") this.log.snapshot(frame);
      else if ("base" in frame && "chat_id" in frame) this.log.news(frame as ChatNews);
    }
    this.#applied = this.#device.frames.length;
    const { state } = this.log;
    if (!state) throw new Error("nothing was told");
    return state;
  }
}

/** What the object was going to do by itself is done: receipts are stored and told. Once: a bump that is too early sets its timer again. */
async function runTimers({ stub }: Stage): Promise<void> {
  const due = timers.take();
  await runInDurableObject(stub, async () => {
    for (const run of due) run();
  });
}

const fresh = async (chatId: string, userId: string): Promise<ChatState> => {
  const device = await connect(chatId, userId);
  const state = fromSnapshot(await device.next("SNAPSHOT"));
  device.close();
  return state;
};

const plain = (state: ChatState) => ({
  ...state,
  messages: [...state.messages.values()].sort((a, b) => a.seq - b.seq),
  members: [...state.members.values()].sort((a, b) => (a.user_id < b.user_id ? -1 : 1)),
  receipts: [...state.receipts.values()].sort((a, b) => (a.user_id < b.user_id ? -1 : 1)),
});

describe("the state before, and the frames of a command, are the state of a fresh snapshot", () => {
  it("CUP4 for every command there is", () => {
    const frames = Object.entries(UP).filter(([, { place }]) => place !== "hub");
    // What a chat is to one person alone is no state of the chat, nor what is counted beside it.
    const routes = Object.entries(ROUTES).filter(
      ([name, { method, path }]) =>
        !PERSONAL.has(name) && method !== "GET" && (path.startsWith("/chats") || path.startsWith("/messages")),
    );
    expect(Object.keys(COMMANDS).sort()).toEqual([...frames, ...routes].map(([name]) => name).sort());
  });

  for (const [name, ways] of Object.entries(COMMANDS)) {
    for (const [i, command] of ways.entries()) {
      it(`CUP4 ${name}${ways.length > 1 ? ` (${i + 1})` : ""}: live, asked for, and attached again`, async () => {
        const stage = await makeStage();
        const { chatId, admin, member, device } = stage;
        // Who does it, and who only looks on.
        const doing = new Follower(device);
        const looking = new Follower(await connect(chatId, admin.user_id));
        const before = await looking.follow();
        await doing.follow();

        await command(stage);
        await device.settle();
        await runTimers(stage);

        for (const [follower, userId] of [
          [doing, member.user_id],
          [looking, admin.user_id],
        ] as const) {
          expect(plain(await follower.follow())).toEqual(plain(await fresh(chatId, userId)));
        }
        const told = plain(await fresh(chatId, admin.user_id));
        // A device that was away for it, and comes back with its cursor.
        const cursor = { epoch: before.epoch, rev: before.rev };
        const back = new Follower(await connect(chatId, admin.user_id, { cursor }), before);
        expect(plain(await back.follow())).toEqual(told);
        // One that noticed a gap, and asks.
        const asking = await connect(chatId, admin.user_id, { cursor });
        await asking.settle();
        asking.frames.length = 0;
        const asked = new Follower(asking, before);
        asking.send({ type: "CATCH_UP", ...cursor });
        expect(plain(await asked.follow())).toEqual(told);
      });
    }
  }
});
