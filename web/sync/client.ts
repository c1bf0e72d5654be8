import type { Chat, ChatSettings, InboxEntry, Member, Preview, Receipt, Reminder } from "../../src/protocol/chat.ts";
import type {
  ContactContent,
  LinkPreview,
  LocationContent,
  Mention,
  NoticeContent,
  SendableContent,
  SendableType,
} from "../../src/protocol/content.ts";
import type { PeopleReason } from "../../src/protocol/down.ts";
import type { BodyInputOf, DataOf } from "../../src/protocol/rest.ts";
import type { Role } from "../../src/protocol/role.ts";
import type { Presence, Profile, Self, Session } from "../../src/protocol/user.ts";
import type { ServerVerbs } from "./server-verbs.ts";

/**
 * What the screens see of the sync engine: values that can be read at once and watched, and verbs. Every verb that
 * people wait for on screen takes effect locally before any network; nothing here rejects because of being offline
 * unless its comment says so. Failures are `Fault`s.
 */

/** A value that changes. `get` is cheap and returns the same reference until it changes (made for useSyncExternalStore). */
export interface Readable<T> {
  get(): T;
  subscribe(listener: () => void): () => void;
}

export type SessionState =
  /** The device is still looking into its own store; `is_store_held` if another tab has to let go of it first. */
  | { status: "unknown"; is_store_held?: true }
  /** `reason` says why, when it was not the person's own wish: revoked elsewhere. */
  | { status: "signed_out"; reason?: "revoked" }
  | { status: "signed_in"; me: Self };

/** The quiet line under the header. `waiting` = no network or server; `connecting` = trying; `syncing` = catching up. */
export interface ConnectionState {
  status: "online" | "connecting" | "syncing" | "waiting";
  /** Messages that are written and not yet acknowledged, in all chats. */
  unsent: number;
  /** Of those, how many wait for their writer (five refusals). */
  failed: number;
  /** When the next attempt is made, in epoch milliseconds. */
  next_attempt_at?: number;
}

/** States of K13 as they are drawn. `waiting` = composed offline; `failed` = waits for its writer. */
export type MessageState = "waiting" | "sending" | "retrying" | "failed" | "sent" | "delivered" | "read";

export interface TimelineMessage {
  /** Stable from composing on: the row keeps its identity when the acknowledgement comes. */
  key: string;
  /** Undefined until acknowledged. */
  seq?: number;
  /** The chat's clock when the row last changed, as the log has it: hand it to `edit` as `seen_rev`. */
  rev?: number;
  message_id?: string;
  client_msg_id?: string;
  sender_id: string;
  sender_name: string;
  is_own: boolean;
  /** `deleted` also when its time was over (`is_expired`). */
  kind: "text" | "location" | "contact" | "poll" | "sticker" | "notice" | "deleted" | "hidden";
  text?: string;
  /** Places of `text` that name people. */
  mentions?: readonly Mention[];
  location?: LocationContent;
  contact?: ContactContent;
  sticker_id?: string;
  poll?: PollPicture;
  notice?: NoticeContent;
  link_preview?: LinkPreview;
  /** Of the first message of a thread. */
  thread?: ThreadPicture;
  /** The first message of the thread it belongs to; such messages are shown in their thread alone. */
  thread_root_seq?: number;
  /** Epoch milliseconds when it disappears; the device lets it go by its own clock. */
  expires_at?: number;
  is_expired?: true;
  /**
   * What it answers, as far as this device knows it; `kind` `deleted` or `hidden` where it may not be shown. `text` without
   * a value where `kind` is `text`: not known yet, it is being fetched. A place, a card or a poll has its one line as `text`.
   * `seq` is 0 while what is answered has no number itself.
   */
  reply_to?: {
    message_id: string;
    seq: number;
    sender_id?: string;
    sender_name: string;
    kind: TimelineMessage["kind"];
    text?: string;
  };
  /** Epoch milliseconds of the last edit. An edit of one's own that is not acknowledged shows already. */
  edited_at?: number;
  /** In the order of first setting; what this device has set or taken back and not yet been told shows already. */
  reactions?: readonly { emoji: string; count: number; is_own: boolean; user_ids: readonly string[] }[];
  is_pinned?: boolean;
  /** Who wrote it first, when it was forwarded. */
  forwarded_from?: string;
  /** The person is mentioned in it, by name or with everybody, or it answers them. */
  is_mention?: boolean;
  /** Epoch milliseconds until which its sender may change its text by the server's clock; absent where they may not. */
  editable_until?: number;
  /** Epoch milliseconds; the server's time once known. */
  created_at: number;
  /** Own messages only. */
  state?: MessageState;
  /** Why it failed, as a sentence key of `web/locales` under `errors.`. */
  error?: string;
}

/** A poll as it is drawn; what this person chose shows before it is acknowledged. */
export interface PollPicture {
  question: string;
  options: readonly {
    option_id: number;
    text: string;
    count: number;
    is_own: boolean;
    /** The first 50 who chose it; empty where it is anonymous. */
    user_ids: readonly string[];
  }[];
  voter_count: number;
  is_multiple: boolean;
  is_anonymous: boolean;
  /** Epoch milliseconds. */
  closes_at?: number;
  is_closed: boolean;
  /** When it ended, epoch milliseconds. */
  closed_at?: number;
}

export interface ThreadPicture {
  reply_count: number;
  last_reply_at: number;
  last_reply_seq: number;
  /** The latest three who answered. */
  user_ids: readonly string[];
}

/** A thread as it is open on screen. */
export interface ThreadScreen {
  status: "loading" | "ready" | "gone";
  chat_id: string;
  root?: TimelineMessage;
  /** Answers, oldest first, contiguous within the thread, the outbox's at the end. */
  messages: readonly TimelineMessage[];
  has_older: boolean;
  is_loading_older: boolean;
  is_following: boolean;
  unread: number;
  /** Where the "New" line stands while the thread is open. */
  first_unread_seq?: number;
}

/** Takes no further server to paint than the chat it belongs to. */
export interface ThreadHandle {
  readonly screen: Readable<ThreadScreen>;
  readonly draft: Readable<string>;
  setDraft(text: string): void;
  send(text: string, options?: SendOptions): Promise<void>;
  sendContent(type: SendableType, content: SendableContent, options?: SendOptions): Promise<void>;
  follow(isFollowing: boolean): Promise<void>;
  loadOlder(): Promise<void>;
  markRead(seq: number): void;
  close(): void;
}

/** A message by its number, or while it is queued by its `client_msg_id`: then it is resolved at its acknowledgement. */
export type MessageRef = number | string;

export interface SendOptions {
  reply_to?: MessageRef;
  mentions?: readonly Mention[];
  /** Seconds until it disappears; without it the chat's timer. */
  expires_in_s?: number;
}

/** `client_msg_id`: of the one that waits and is changed; what is not given again is no longer part of it. */
export interface ScheduleOptions extends SendOptions {
  client_msg_id?: string;
  thread_root_seq?: number;
}

/** A message that waits for its time. */
export interface ScheduledLine {
  client_msg_id: string;
  /** Epoch milliseconds. */
  send_at: number;
  message_type: SendableType;
  content: SendableContent;
  reply_to_seq?: number;
  /** The first message of the thread it is for. */
  thread_root_seq?: number;
  /** Seconds until it disappears, once it was sent. */
  expires_in_s?: number;
  /** It is not stored at the server yet. */
  is_queued: boolean;
  /** Why the chat could not send it, as a sentence key under `errors.`. */
  error?: string;
}

/** A thread in the list of a chat's threads. */
export interface ThreadLine {
  root: TimelineMessage;
  unread: number;
  is_following: boolean;
}

export interface ChatScreen {
  status: "loading" | "ready" | "gone";
  chat_id: string;
  /** Title to show: group name, or the other person's name. */
  title: string;
  chat?: Chat;
  /** The other side of a direct chat. */
  peer_id?: string;
  me?: Member;
  members: readonly Member[];
  receipts: ReadonlyMap<string, Receipt>;
  /** Oldest first, contiguous, the outbox's at the end. What the person deleted for themselves is left out. */
  messages: readonly TimelineMessage[];
  has_older: boolean;
  /** The window does not reach the head (after a jump into the past). */
  has_newer: boolean;
  is_loading_older: boolean;
  is_loading_newer: boolean;
  /** Where the "New" line stands: fixed when the chat is opened, until it is left. */
  first_unread_seq?: number;
  unread: number;
  head_seq: number;
  /** The person has cleared everything up to it. */
  cleared_seq?: number;
  /** Differs when other messages are pinned among the latest of the chat, whatever part of it the screen shows. */
  pins_mark?: string;
  typing: readonly { user_id: string; display_name: string }[];
}

/** An open chat. Several may be held for one chat; the socket is kept warm for the last few. */
export interface ChatHandle {
  readonly screen: Readable<ChatScreen>;
  /** Writes the outbox row and paints, then sends. Resolves when the row is durable on the device. Refuses empty and over-long text with a Fault. */
  send(text: string, options?: SendOptions): Promise<void>;
  /** The same for a place, a card, a poll or a sticker. */
  sendContent(type: SendableType, content: SendableContent, options?: SendOptions): Promise<void>;
  /**
   * Changes the text of an own message; painted at once. If it is refused it is undone, and `onRefusal` tells it with the text.
   * `seen_rev`: the `rev` of the row when the person began to edit; without it, the row as it is on screen now.
   */
  edit(
    message: MessageRef,
    text: string,
    options?: { seen_rev?: number; mentions?: readonly Mention[] },
  ): Promise<void>;
  setReaction(message: MessageRef, emoji: string, isSet: boolean): Promise<void>;
  setPin(message: MessageRef, isPinned: boolean): Promise<void>;
  /** Sets what this person chooses in a poll; painted at once. */
  setVote(message: MessageRef, optionIds: readonly number[]): Promise<void>;
  closePoll(message: MessageRef): Promise<void>;
  /** Who chose what, of a poll that is not anonymous. Needs the server. */
  votes(seq: number): Promise<DataOf<"listVotes">>;
  /** Opens the thread of a message; several may be open. */
  openThread(rootSeq: number): ThreadHandle;
  /** Threads of this chat, latest answer first. Needs the server. */
  threads(filter: "all" | "following" | "unread"): Promise<readonly ThreadLine[]>;
  /** Keeps a message until `sendAt` (epoch milliseconds); kept in the outbox while offline. */
  schedule(type: SendableType, content: SendableContent, sendAt: number, options?: ScheduleOptions): Promise<void>;
  cancelScheduled(clientMsgId: string): Promise<void>;
  /** What waits for its time here, the next first: as the server has it, with what is queued. Loads when first watched. */
  readonly scheduled: Readable<readonly ScheduledLine[]>;
  /** Reads it again: that another device has changed one is not told. */
  loadScheduled(): void;
  /** Epoch milliseconds; null takes it back, or says that it was seen. */
  setReminder(seq: number, remindAt: number | null): Promise<void>;
  /** Deletes messages for this person alone, on all their devices; can be undone. */
  hide(seqs: readonly number[], isHidden: boolean): Promise<void>;
  /** What a message said before, oldest first. Needs the server. */
  edits(seq: number): Promise<{ text: string; written_at: number }[]>;
  /** Pinned messages, latest pin first. Needs the server. */
  pins(): Promise<TimelineMessage[]>;
  /** "Tap to try again". */
  retry(clientMsgId: string): Promise<void>;
  /** Throws away an unsent message; its text comes back. Undefined if it was already transmitted and may yet arrive. */
  discard(clientMsgId: string): Promise<string | undefined>;
  /** Delete for everyone; painted at once, undone if refused. */
  deleteMessage(message: MessageRef): Promise<void>;
  readonly draft: Readable<string>;
  setDraft(text: string): void;
  /** A key was pressed with text in the composer; throttled inside. */
  typing(): void;
  loadOlder(): Promise<void>;
  loadNewer(): Promise<void>;
  jumpTo(target: "latest" | number): Promise<void>;
  /**
   * The person has seen everything up to `seq` (the screen calls it while visible and focused), or `isWhole`, says so of
   * the chat without a look.
   */
  markRead(seq: number, isWhole?: boolean): void;
  close(): void;
}

/** An inbox line with what only this device knows. */
export interface InboxLine extends Omit<InboxEntry, "draft"> {
  title: string;
  /** The draft or the unsent message that the line shows instead of the preview. */
  draft?: string;
  own_state?: MessageState;
  preview?: Preview;
  /** Who is writing now, in the chats this device listens to. */
  typing: readonly { user_id: string; display_name: string }[];
}

export interface Inbox {
  status: "loading" | "ready";
  lines: readonly InboxLine[];
  unread: number;
}

/** A command that was painted and is undone. */
export interface Refusal {
  chat_id: string;
  /** Why, as a sentence key of `web/locales` under `errors.`. */
  error: string;
  /** What was to be done. */
  verb: "edit" | "reaction" | "pin" | "vote" | "thread" | "schedule" | "reminder" | "delete" | "hide" | "chat_state";
  /** The message it was about. */
  seq?: number;
  /** Of an edit: what the person wrote. */
  text?: string;
}

/** The verbs that need the server reject with a Fault (`unavailable` when offline): the screen keeps what was typed. */
export interface ParleyClient {
  readonly session: Readable<SessionState>;
  readonly connection: Readable<ConnectionState>;
  readonly inbox: Readable<Inbox>;

  register(body: BodyInputOf<"register">): Promise<void>;
  signIn(login: string, password: string): Promise<void>;
  /** Asks the caller first if unsent messages would be lost; then wipes this device's store. */
  signOut(options?: { all?: boolean }): Promise<void>;
  sessions(): Promise<Session[]>;
  revokeSession(sessionId: string): Promise<void>;

  searchPeople(query: string, cursor?: string): Promise<DataOf<"searchUsers">>;
  profile(userId: string): Promise<Profile>;
  setStatusMessage(text: string): Promise<void>;
  /** Verbs of people, chats and search that only ask the server (`server-verbs.ts`). */
  readonly server: ServerVerbs;
  /** Reminders that wait or are due, on all devices alike. */
  readonly reminders: Readable<readonly Reminder[]>;
  startDirect(userId: string): Promise<string>;
  /** The person's chat with themselves: saved messages. */
  openSaved(): Promise<string>;
  createGroup(name: string, userIds: readonly string[]): Promise<string>;
  createChannel(name: string, description: string, settings: Partial<ChatSettings>): Promise<string>;
  createBroadcast(name: string, userIds: readonly string[]): Promise<string>;
  setSettings(chatId: string, settings: Partial<ChatSettings>): Promise<void>;
  renameChat(chatId: string, name: string): Promise<void>;
  describeChat(chatId: string, description: string): Promise<void>;
  /** Says who lets themselves be invited only, and was not added. */
  addMembers(chatId: string, userIds: readonly string[]): Promise<{ invite_only: readonly string[] }>;
  removeMember(chatId: string, userId: string): Promise<void>;
  setRole(chatId: string, userId: string, role: Role): Promise<void>;
  leaveChat(chatId: string): Promise<void>;
  endChat(chatId: string): Promise<void>;

  openChat(chatId: string): ChatHandle;
  /** Mutes, pins, archives or marks a chat unread for this person alone; painted at once, kept in the outbox while offline. */
  setChatState(
    chatId: string,
    /** `muted_until` in epoch milliseconds; `Infinity` mutes for ever, null takes it back. */
    state: { muted_until?: number | null; is_pinned?: boolean; is_archived?: boolean; is_marked_unread?: boolean },
  ): Promise<void>;
  /**
   * Takes everything up to a number away from this person alone, on all their devices, for good; `isUnlisted`: the chat
   * leaves the list as well, until something newer comes.
   */
  clearChat(chatId: string, seq: number, isUnlisted: boolean): Promise<void>;
  /** Copies a message to other chats. Needs the server; says which targets refused. */
  forward(messageId: string, chatIds: readonly string[]): Promise<{ refused: readonly string[] }>;
  /** A chat with its settings: as this device has it, which may be of an earlier day, else as the server says. */
  chat(chatId: string): Promise<Chat>;
  /** Commands that the server refused after they had been painted, as they happen, to be shown once. */
  onRefusal(listener: (refusal: Refusal) => void): () => void;
  /** Contacts, requests, blocks or privacy changed, here or elsewhere: whoever shows them asks the server again. */
  onPeopleChanged(listener: (reason: PeopleReason) => void): () => void;
  /** Presence of a person in a chat both are in; watching it subscribes, batched over everything on screen. */
  presence(userId: string, chatId: string): Readable<Presence | undefined>;
  /** The person as the server has them, with their own state, on whatever device they said it. Only while signed in. */
  ownPresence(): Readable<Presence | undefined>;
  /** The page became visible or hidden, used or idle. */
  setActive(isActive: boolean): void;
  /** Messages of others that arrived in the open chat, one by one, for the live region. */
  onArrival(listener: (message: TimelineMessage, chatId: string) => void): () => void;
  /** Try now instead of at `next_attempt_at`. */
  reconnect(): void;
}
