import type { Chat, ChatSettings, ChatType, InboxEntry, Member, Person, Receipt, Reminder } from "./chat.ts";
import type { SendableContent, SendableType, TextContent } from "./content.ts";
import type { MessageAck, PeopleReason } from "./down.ts";
import type { Ban, ChatCard, Invite, JoinRequest } from "./entry-routes.ts";
import type { Draft, Forwarded, Message } from "./message.ts";
import type { ChatView, History } from "./rest.ts";
import type { Role } from "./role.ts";
import type { SearchAsk, SearchableChat, SearchPage } from "./search-rpc.ts";
import type { ThreadCalls } from "./thread-calls.ts";
import type { ScheduledMessage } from "./timer-routes.ts";
import type { UpFrame } from "./up.ts";
import type { CustomStatus, Presence, PresenceState, PresenceStatus, Privacy } from "./user.ts";

/**
 * What Worker and objects ask of each other. Old and new code meet here during a deploy: add optional fields, never
 * change the meaning of one. Failures are `Fault`s; recognise them by name and code, the prototype does not survive.
 */

/** Headers by which the Worker tells an object whose upgrade it hands over. Stripped from every outside request. */
export const CALLER_HEADERS = {
  user: "x-parley-user",
  session: "x-parley-session",
  device: "x-parley-device",
  /** What kind of device it said it is when it signed in. */
  device_type: "x-parley-device-type",
  /** `2` where the first frame chose the second dialect (K5). */
  dialect: "x-parley-dialect",
} as const;

/** Who asks, as the Worker verified it. */
export interface Caller {
  user_id: string;
  session_id: string;
  device_id: string;
  device_type?: "web" | "mobile" | "desktop" | "other";
}

/** What a chat tells a member's hub: absolute, so that the newest one is enough. */
export interface Bump {
  chat_id: string;
  /** The chat's epoch and clock: a hub ignores a bump that is older than the one it has. */
  epoch: string;
  chat_rev: number;
  /** All of the inbox entry but the inbox's own clock. */
  entry: Omit<InboxEntry, "rev">;
  /** Goes to a sleeping hub too: a direct message, a mention, a reply. */
  is_personal: boolean;
}

export interface NewChat {
  chat_id: string;
  chat_type: ChatType;
  name: string;
  description: string;
  created_by: string;
  /** Everybody in it, the creator too, as D1 knows them. */
  people: Person[];
  settings?: Partial<ChatSettings>;
  /** Of a direct chat: who of the two has blocked the other, as D1 has it. */
  blocks?: BlockState[];
}

/** Has `by` blocked the other side of a direct chat? Of two states the one with the higher `rev` holds. */
export interface BlockState {
  by: string;
  is_blocked: boolean;
  /** The step of their circle. */
  rev: number;
}

/** What a person hides in every chat they are in, and what they are called there, at a step of their circle. */
export interface HiddenSigns {
  hides_receipts: boolean;
  hides_typing: boolean;
  person?: Person;
  rev: number;
}

/** What a person lets be known and to whom, all of it: of two the one with the higher `rev` holds. */
export interface CircleState {
  rev: number;
  privacy: Privacy;
  /** What they are called. */
  person?: Person;
  /** User ids of their contacts, and of whom they have blocked. */
  contacts: string[];
  blocked: string[];
}

/** What a person says of themselves, over all devices. What is absent stays; null takes it away. */
export interface StatusChange {
  status?: "online" | "away" | "busy" | "do_not_disturb" | undefined;
  status_expires_at?: string | null | undefined;
  custom_status?: CustomStatus | null | undefined;
}

/** How others may see a person, and the state behind it. */
export interface OwnPresence {
  status: PresenceStatus;
  state: PresenceState;
  custom_status?: CustomStatus;
}

export interface HistoryAsk {
  limit: number;
  before_seq?: number;
  after_seq?: number;
  around_seq?: number;
  /** Only messages that hold this: see `SearchAsk`. */
  search?: string;
  /** Everything up to this number is gone for who asks: the log begins behind it. */
  cleared_seq?: number;
}

/** A change of a message's text. Without `message_rev` it is made whatever the text has become. */
export interface EditAsk {
  seq: number;
  command_id: string;
  message_rev?: number | undefined;
  content: TextContent;
}

/** An emoji of a person on a message, to be set or taken back. */
export interface ReactionAsk {
  seq: number;
  command_id: string;
  emoji: string;
  is_set: boolean;
}

export interface PinAsk {
  seq: number;
  command_id: string;
  is_pinned: boolean;
}

/** A copy to be sent into the chat that is asked. */
export interface ForwardAsk {
  client_msg_id: string;
  seen_seq?: number | undefined;
  source_message_id: string;
}

/** What one chat gives another of a message that is forwarded: text without its mentions, and whose it is. */
export interface ForwardSource {
  /** Of what is no text, the line that stands for it. */
  text: string;
  /** What it says and what kind it is, unless that is a text. */
  other?: { message_type: SendableType; content: SendableContent };
  forwarded: Forwarded;
}

/** A message that is to be sent at a time. */
export interface ScheduleAsk extends Draft {
  command_id: string;
  send_at: string;
}

/** What changes of a message that waits; what is absent stays. */
export interface ScheduledChange {
  client_msg_id: string;
  command_id: string;
  send_at?: string | undefined;
  content?: TextContent | undefined;
}

/** Who is to be kept out. Without an end, for ever. */
export interface BanAsk {
  person: Person;
  reason: string;
  ends_in_s?: number | undefined;
}

export interface InviteAsk {
  expires_in_s?: number | undefined;
  max_uses?: number | undefined;
  needs_approval?: boolean | undefined;
  role: "member" | "guest";
  /** Under which its maker's device asks for it: the same again gets the same link. */
  client_invite_id?: string | undefined;
  /** The code it shall have, minted by the Worker before it asks: a call that is tried again makes no second one. */
  code?: string;
}

/** An invitation without its address, which only the Worker knows. */
export type InviteRecord = Omit<Invite, "url">;

/** What asking to come in has come to. */
export interface Joined {
  status: "joined" | "requested";
  chat?: Chat;
}

/** How far a message has come to one of its recipients, and when, where that is still known. */
export interface Recipient {
  user_id: string;
  status: "sent" | "delivered" | "read";
  delivered_at?: string;
  read_at?: string;
}

/** The chat object. Every call is authorised inside by membership and role of `by`. Upgrades arrive by `fetch`. */
export interface ChatCalls extends ThreadCalls {
  /** Idempotent: a direct chat that exists is answered as it is. Answers only when the creator's hub shows it. */
  create(chat: NewChat): Promise<ChatView>;
  view(by: string): Promise<ChatView>;
  update(by: string, patch: { name?: string; description?: string; settings?: Partial<ChatSettings> }): Promise<Chat>;
  /** Ends the chat for all: the owner's right. */
  end(by: string): Promise<void>;
  addMembers(by: string, people: Person[]): Promise<Member[]>;
  /** Removing oneself is leaving; an owner who leaves hands over to the next in rank and age. */
  removeMember(by: string, userId: string): Promise<void>;
  setRole(by: string, userId: string, role: Role): Promise<Member>;
  members(by: string, limit: number, after?: string): Promise<{ members: Member[]; next?: string }>;
  send(by: string, draft: Draft): Promise<{ ack: MessageAck; message: Message }>;
  deleteMessage(by: string, seq: number): Promise<Message>;
  /** One message, also a deleted one. Fault `not_found` for what is hidden from them. */
  message(by: string, seq: number): Promise<Message>;
  editMessage(by: string, ask: EditAsk): Promise<Message>;
  /** What it said before, oldest first; nothing once it was deleted. */
  edits(by: string, seq: number): Promise<{ content: TextContent; written_at: string }[]>;
  setReaction(by: string, ask: ReactionAsk): Promise<Message>;
  /** Everybody who reacted. */
  reactions(by: string, seq: number): Promise<{ emoji: string; people: Person[] }[]>;
  setPin(by: string, ask: PinAsk): Promise<Message>;
  /** Pinned messages, latest pin first. */
  pins(by: string): Promise<Message[]>;
  /** Reads the source from its chat, with the rights of `by`, and sends a copy into this one. */
  forward(by: string, ask: ForwardAsk): Promise<{ ack: MessageAck; message: Message }>;
  delivery(by: string, seq: number): Promise<Recipient[]>;
  /** What waits for its time, of this person alone, the next first. */
  listScheduled(by: string): Promise<ScheduledMessage[]>;
  /** The same `client_msg_id` again changes what waits. Answers what waits under the id now, also for a repeat. */
  schedule(by: string, ask: ScheduleAsk): Promise<ScheduledMessage>;
  changeScheduled(by: string, change: ScheduledChange): Promise<ScheduledMessage>;
  /** Fault `too_late` once it was sent. */
  cancelScheduled(by: string, commandId: string, clientMsgId: string): Promise<void>;
  history(by: string, ask: HistoryAsk): Promise<History>;
  /** Finds messages, as `by` may see them. */
  search(by: string, ask: SearchAsk): Promise<SearchPage>;
  markRead(by: string, seq: number): Promise<Receipt>;
  isMember(userId: string): Promise<boolean>;

  /** A public chat: comes in, or asks to. Answers only when the person's hub shows it. */
  join(person: Person, message?: string): Promise<Joined>;
  /** How somebody stands to a chat that they may find: strangers are told no more of it. */
  standing(by: string): Promise<ChatCard["standing"]>;
  /** Where an invitation leads. Fault `not_found` for one that leads nowhere, unless its reader is in. */
  inviteCard(by: string, code: string): Promise<ChatCard>;
  acceptInvite(person: Person, code: string, message?: string): Promise<Joined>;
  /** The lasting link, made when it is first asked for. */
  inviteLink(by: string): Promise<InviteRecord>;
  invites(by: string): Promise<InviteRecord[]>;
  createInvite(by: string, ask: InviteAsk): Promise<InviteRecord>;
  revokeInvite(by: string, code: string): Promise<void>;
  joinRequests(by: string): Promise<JoinRequest[]>;
  answerJoinRequest(by: string, userId: string, isApproved: boolean): Promise<void>;
  bans(by: string): Promise<Ban[]>;
  ban(by: string, ask: BanAsk): Promise<Ban>;
  unban(by: string, userId: string): Promise<void>;

  /** For another chat into which `by` forwards this message. */
  forwardSource(by: string, seq: number): Promise<ForwardSource>;

  /**
   * For hubs: the entry as it is now, and in the same turn bumps for this hub are armed again. Undefined if they were
   * never a member. `hidden`: what the person has hidden from themselves, newest first; neither counted nor shown, like
   * everything up to `cleared`.
   */
  readHead(userId: string, hidden?: readonly number[], cleared?: number): Promise<Bump | undefined>;
  /** For hubs: their owner's devices have everything up to `seq`. */
  markDelivered(userId: string, seq: number): Promise<void>;
  /** For hubs with an all-chats socket: send every frame of this chat to the hub until told otherwise. Durable, renewed on reconnect. */
  subscribeHub(userId: string, isOn: boolean): Promise<void>;
  /** For hubs: a frame that came over the all-chats socket. Frames for that socket alone come back, encoded, in order; news comes by `deliver`. */
  relay(caller: Caller, frame: UpFrame): Promise<string[]>;
  /** Of a direct chat: the one side wants nothing of the other any more, or does again. Nothing is written if there is no chat. */
  setBlock(block: BlockState): Promise<void>;
  /** For hubs: what their owner hides in this chat from now on. */
  setSigns(userId: string, signs: HiddenSigns): Promise<void>;
  /** For hubs: close this person's sockets, of one session or (undefined) of all. */
  closeSockets(userId: string, sessionId?: string): Promise<void>;

  /** For the queue consumer: these outbox rows are in D1. */
  confirmProjected(outboxIds: number[]): Promise<void>;
}

/** What SET_CHAT_STATE changes: null takes a mute back. */
export interface ChatStateChange {
  muted_until?: string | null | undefined;
  is_pinned?: boolean | undefined;
  is_archived?: boolean | undefined;
  is_marked_unread?: boolean | undefined;
  cleared_seq?: number | undefined;
  is_unlisted?: boolean | undefined;
}

/** The hub. Upgrades arrive by `fetch`. */
export interface UserCalls {
  /** A chat has news. `is_awake` false: the mark is kept, do not call again until the head was read. */
  bump(bump: Bump): Promise<{ is_awake: boolean }>;
  /** Encoded frames of one chat, in order, for the all-chats sockets. False: nobody listens, unsubscribe. */
  deliver(chatId: string, frames: string[]): Promise<boolean>;
  /** An object has opened a socket of this session. False: the session is revoked, close it. */
  registerSocket(sessionId: string, chatId: string): Promise<boolean>;
  /** Ends a session's sockets everywhere. */
  revokeSession(sessionId: string): Promise<void>;
  inbox(ask: {
    limit: number;
    cursor?: string;
    filter?: "all" | "unread" | "direct" | "group" | "mentions" | "archived" | "unlisted";
  }): Promise<{ chats: InboxEntry[]; next_cursor?: string }>;
  /** Sets what a chat is to its owner alone; what is absent stays. Returns the entry after it. */
  setChatState(chatId: string, commandId: string, change: ChatStateChange): Promise<InboxEntry>;
  /** Chats the owner is in, latest first; or one of them, with what they hid and cleared in it, if the hub knows it. */
  searchable(chatId?: string): Promise<SearchableChat[]>;
  /** Hides messages of a chat from its owner, or shows them again. Returns the inbox's clock after it. */
  hideMessages(chatId: string, commandId: string, seqs: readonly number[], isHidden: boolean): Promise<number>;
  /** Reminds the owner of a message; null takes it back. Answers the reminder as it is after it. */
  setReminder(chatId: string, commandId: string, seq: number, remindAt: string | null): Promise<Reminder>;
  /** Due ones first, then the next. */
  reminders(): Promise<Reminder[]>;
  /** Of somebody who shares `chatId` with the owner; `unknown` to others. */
  presence(askedBy: string, chatId: string): Promise<Presence | undefined>;
  /** Another hub's devices watch this owner, for 60 s. The same right as `presence`. */
  watch(watcherId: string, chatId: string): Promise<Presence | undefined>;
  /** Somebody this hub watches has changed. False: no socket here watches them, forget this watcher. */
  presenceChanged(presence: Presence): Promise<boolean>;
  /** Empty: nothing changes, and what is shown now is answered. */
  setStatus(change: StatusChange): Promise<OwnPresence>;
  /** Takes over what the owner lets be known; an older state than the one that is known changes nothing. */
  setCircle(circle: CircleState): Promise<void>;
  /** Tells the owner's devices, if any are here, that the people around them changed. */
  peopleChanged(reason: PeopleReason): Promise<void>;
  /** For chats: has the owner blocked this person? */
  blockOf(userId: string): Promise<BlockState>;
  /** Somebody else's presence as the owner may see it: what they hide from that person themselves is taken out. */
  asSeen(presence: Presence): Promise<Presence>;
}

/** What a guard object counts: each policy has its own window and limit, in the object. */
export type GuardPolicy = "account" | "address" | "registration";
/** How an attempt ended. `void`: it was never decided, for a reason of the server's own. */
export type AttemptOutcome = "passed" | "failed" | "void";

/** The guard of one account or address. It is told that a secret was tried, never the secret. */
export interface GuardCalls {
  /**
   * Counts an attempt before it is made, so that a burst cannot slip through, and gives a ticket for {@link settle}; or
   * says in how many seconds to come again. No fault: being asked too often is what a guard is for, not a failure.
   */
  attempt(policy: GuardPolicy): Promise<{ ticket: number } | { retry_after: number }>;
  /** Says how the attempt ended. One that is never settled counts as failed. */
  settle(ticket: number, outcome: AttemptOutcome): Promise<void>;
}
