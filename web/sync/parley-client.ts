import type { Chat, ChatSettings, Reminder } from "../../src/protocol/chat.ts";
import type { PeopleReason } from "../../src/protocol/down.ts";
import { newClientMsgId } from "../../src/protocol/ids.ts";
import type { BodyInputOf, DataOf } from "../../src/protocol/rest.ts";
import type { Role } from "../../src/protocol/role.ts";
import type { Presence, Profile, Self, Session } from "../../src/protocol/user.ts";
import { AccessToken } from "../api/access-token.ts";
import { deviceName, deviceType } from "../api/device-name.ts";
import { HttpApi } from "../api/http-api.ts";
import { refreshLock } from "../api/refresh-lock.ts";
import { AccountStore } from "../store/account-store.ts";
import type { PersonStore } from "../store/person-store.ts";
import { Account, signedOutFault, type Wipe } from "./account.ts";
import { Cell } from "./cell.ts";
import type {
  ChatHandle,
  ConnectionState,
  Inbox,
  ParleyClient,
  Readable,
  Refusal,
  SessionState,
  TimelineMessage,
} from "./client.ts";
import type { Seat } from "./seat.ts";
import type { ServerVerbs } from "./server-verbs.ts";
import { accountChannel } from "./tabs/account-channel.ts";
import type { TabLocks } from "./tabs/leadership.ts";

/** Whoever signs in has no use for it yet: a chunk of its own, so that a phone has the form sooner. */
export const loadSeat = (): Promise<typeof import("./seat-opening.ts")> => import("./seat-opening.ts");

/** Fetches code, and knows what to do where there is none any more. */
export type LoadCode = <T>(load: () => Promise<T>) => Promise<T>;

/** The client of this page: one, for as long as the page lives. */
export function createParleyClient(loadCode: LoadCode): ParleyClient {
  return new BrowserClient(loadCode);
}

const NO_CONNECTION: ConnectionState = { status: "connecting", unsent: 0, failed: 0 };
const NO_INBOX: Inbox = { status: "loading", lines: [], unread: 0 };
const NO_REMINDERS: readonly Reminder[] = [];

class BrowserClient implements ParleyClient {
  readonly connection = new Cell<ConnectionState>(NO_CONNECTION);
  readonly inbox = new Cell<Inbox>(NO_INBOX);
  readonly reminders = new Cell<readonly Reminder[]>(NO_REMINDERS);
  readonly session: Readable<SessionState>;
  readonly server: ServerVerbs = {
    ask: async (operation, ask) => {
      const data = await this.#api.call(operation, ask);
      // Who one is stands on every screen: a new name shows at once.
      if (operation === "updateMe") await this.#account.update(data as DataOf<"updateMe">);
      return data;
    },
  };
  readonly #account: Account;
  readonly #api: HttpApi;
  readonly #token: AccessToken;
  readonly #locks: TabLocks | undefined = navigator.locks as TabLocks | undefined;
  readonly #arrivals = new Set<(message: TimelineMessage, chatId: string) => void>();
  /** Chats that were asked for and not yet answered: what was asked, and the id it was asked under. */
  readonly #chatWishes = new Map<string, string>();
  /** Copies that were asked for and not yet answered, by message and target. */
  readonly #forwardWishes = new Map<string, string>();
  readonly #refusals = new Set<(refusal: Refusal) => void>();
  readonly #peopleListeners = new Set<(reason: PeopleReason) => void>();
  readonly #loadCode: LoadCode;
  #seat: Seat | undefined;
  #store: PersonStore | undefined;

  constructor(loadCode: LoadCode) {
    this.#loadCode = loadCode;
    const locks = navigator.locks as LockManager | undefined;
    this.#token = new AccessToken({
      fetch: (input, init) => fetch(input, init),
      locks: locks && refreshLock(locks),
      now: () => Date.now(),
      changedUser: () => this.#account.changedUser(),
      rejected: (code) => this.#account.rejected(code),
    });
    this.#api = new HttpApi(this.#token);
    this.#account = new Account(
      {
        api: this.#api,
        token: this.#token,
        store: new AccountStore(),
        device: { device_name: deviceName(navigator.userAgent), device_type: deviceType(navigator.userAgent) },
        channel: accountChannel,
      },
      { enter: (me, held) => this.#enter(me, held), leave: (wipe) => this.#leave(wipe), report },
    );
    this.session = this.#account.session;
    addEventListener("online", () => {
      this.#seat?.setNetwork(true);
      this.#account.payLogout().catch(report);
    });
    addEventListener("offline", () => this.#seat?.setNetwork(false));
    addEventListener("pageshow", () => this.#seat?.reconnect());
    // A page that was frozen, and may lead though nobody looks at it.
    document.addEventListener("resume", () => this.#seat?.reconnect());
    document.addEventListener("visibilitychange", () => {
      if (document.visibilityState === "visible") this.#seat?.reconnect();
    });
    this.#account.boot().catch(report);
  }

  register(body: BodyInputOf<"register">): Promise<void> {
    fetchSeat();
    return this.#account.register(body);
  }

  signIn(login: string, password: string): Promise<void> {
    fetchSeat();
    return this.#account.signIn(login, password);
  }

  signOut(options: { all?: boolean } = {}): Promise<void> {
    return this.#account.signOut(options.all ?? false);
  }

  async sessions(): Promise<Session[]> {
    return (await this.#api.call("listSessions")).sessions;
  }

  async revokeSession(sessionId: string): Promise<void> {
    await this.#api.call("revokeSession", { params: { id: sessionId } });
  }

  searchPeople(query: string, cursor?: string): Promise<DataOf<"searchUsers">> {
    return this.#api.call("searchUsers", { query: { q: query, ...(cursor === undefined ? {} : { cursor }) } });
  }

  profile(userId: string): Promise<Profile> {
    return this.#api.call("profile", { params: { id: userId } });
  }

  async setStatusMessage(text: string): Promise<void> {
    const { status_message } = await this.#api.call("setStatus", { body: { status_message: text } });
    await this.#account.update({ status_message });
  }

  async startDirect(userId: string): Promise<string> {
    const { chat } = await this.#api.call("createChat", { body: { chat_type: "direct", participants: [userId] } });
    return chat.chat_id;
  }

  async openSaved(): Promise<string> {
    const me = this.#account.me;
    if (!me) throw signedOutFault();
    return this.startDirect(me.user_id);
  }

  createGroup(name: string, userIds: readonly string[]): Promise<string> {
    return this.#create({ chat_type: "group", chat_name: name, participants: [...userIds] });
  }

  createChannel(name: string, description: string, settings: Partial<ChatSettings>): Promise<string> {
    const body = { chat_type: "channel" as const, chat_name: name, participants: [], settings };
    return this.#create(description === "" ? body : { ...body, description });
  }

  createBroadcast(name: string, userIds: readonly string[]): Promise<string> {
    return this.#create({ chat_type: "broadcast", chat_name: name, participants: [...userIds] });
  }

  /** The same chat asked for again, after an answer that was lost, is the same chat. */
  async #create(body: BodyInputOf<"createChat">): Promise<string> {
    const wish = JSON.stringify(body);
    const client_chat_id = this.#chatWishes.get(wish) ?? newClientMsgId();
    this.#chatWishes.set(wish, client_chat_id);
    const { chat } = await this.#api.call("createChat", { body: { ...body, client_chat_id } });
    this.#chatWishes.delete(wish);
    return chat.chat_id;
  }

  async setSettings(chatId: string, settings: Partial<ChatSettings>): Promise<void> {
    await this.#api.call("updateChat", { params: { id: chatId }, body: { settings } });
  }

  async renameChat(chatId: string, name: string): Promise<void> {
    await this.#api.call("updateChat", { params: { id: chatId }, body: { name } });
  }

  async describeChat(chatId: string, description: string): Promise<void> {
    await this.#api.call("updateChat", { params: { id: chatId }, body: { description } });
  }

  async addMembers(chatId: string, userIds: readonly string[]): Promise<{ invite_only: readonly string[] }> {
    const { invite_only = [] } = await this.#api.call("addParticipants", {
      params: { id: chatId },
      body: { user_ids: [...userIds] },
    });
    return { invite_only };
  }

  async removeMember(chatId: string, userId: string): Promise<void> {
    await this.#api.call("removeParticipant", { params: { id: chatId, userId } });
  }

  async setRole(chatId: string, userId: string, role: Role): Promise<void> {
    await this.#api.call("setRole", { params: { id: chatId, userId }, body: { role } });
  }

  async leaveChat(chatId: string): Promise<void> {
    await this.#api.call("deleteChat", { params: { id: chatId }, query: { mode: "leave" } });
  }

  async endChat(chatId: string): Promise<void> {
    await this.#api.call("deleteChat", { params: { id: chatId }, query: { mode: "delete" } });
  }

  openChat(chatId: string): ChatHandle {
    return this.#signedIn().openChat(chatId);
  }

  async setChatState(chatId: string, state: Parameters<ParleyClient["setChatState"]>[1]): Promise<void> {
    const { muted_until, ...rest } = state;
    await this.#signedIn().setChatState(chatId, {
      ...rest,
      ...(muted_until === undefined ? {} : { muted_until: muted_until === null ? null : timeOf(muted_until) }),
    });
  }

  async clearChat(chatId: string, seq: number, isUnlisted: boolean): Promise<void> {
    await this.#signedIn().setChatState(chatId, { cleared_seq: seq, is_unlisted: isUnlisted });
  }

  async forward(messageId: string, chatIds: readonly string[]): Promise<{ refused: readonly string[] }> {
    const refused: string[] = [];
    for (let i = 0; i < chatIds.length; i += FORWARD_TARGETS) {
      const targets = chatIds.slice(i, i + FORWARD_TARGETS).map((chat_id) => ({
        chat_id,
        client_msg_id: this.#forwardId(messageId, chat_id),
      }));
      const { results } = await this.#api.call("forwardMessage", { params: { id: messageId }, body: { targets } });
      for (const { chat_id, error } of results) {
        if (error) refused.push(chat_id);
        this.#forwardWishes.delete(`${messageId} ${chat_id}`);
      }
    }
    return { refused };
  }

  async chat(chatId: string): Promise<Chat> {
    const kept = await this.#store?.loadChat(chatId, 1).catch(() => undefined);
    return kept?.chat ?? (await this.#api.call("getChat", { params: { id: chatId } })).chat;
  }

  onRefusal(listener: (refusal: Refusal) => void): () => void {
    this.#refusals.add(listener);
    return () => this.#refusals.delete(listener);
  }

  onPeopleChanged(listener: (reason: PeopleReason) => void): () => void {
    this.#peopleListeners.add(listener);
    return () => this.#peopleListeners.delete(listener);
  }

  presence(userId: string, chatId: string): Readable<Presence | undefined> {
    return this.#signedIn().presence(userId, chatId);
  }

  ownPresence(): Readable<Presence | undefined> {
    return this.#signedIn().ownPresence();
  }

  setActive(isActive: boolean): void {
    this.#seat?.setActive(isActive);
  }

  onArrival(listener: (message: TimelineMessage, chatId: string) => void): () => void {
    this.#arrivals.add(listener);
    return () => this.#arrivals.delete(listener);
  }

  reconnect(): void {
    this.#seat?.reconnect();
  }

  /** Asked for again after an answer that was lost, a copy is the same copy. */
  #forwardId(messageId: string, chatId: string): string {
    const wish = `${messageId} ${chatId}`;
    const id = this.#forwardWishes.get(wish) ?? newClientMsgId();
    this.#forwardWishes.set(wish, id);
    return id;
  }

  #signedIn(): Seat {
    if (!this.#seat) throw signedOutFault();
    return this.#seat;
  }

  async #enter(me: Self, held: () => void): Promise<void> {
    const { openSeat } = await this.#loadCode(loadSeat);
    const { seat, store } = await openSeat(
      {
        me: me.user_id,
        api: this.#api,
        token: this.#token,
        locks: this.#locks,
        report,
        held,
        changedUser: () => this.#account.changedUser(),
        revoked: () => void this.#account.ended("everything", "revoked").catch(report),
      },
      {
        connection: this.connection,
        inbox: this.inbox,
        reminders: this.reminders,
        refused: (refusal) => {
          for (const listener of [...this.#refusals]) listener(refusal);
        },
        people: (reason) => {
          for (const listener of [...this.#peopleListeners]) listener(reason);
        },
        arrived: (message, chatId) => {
          for (const listener of [...this.#arrivals]) listener(message, chatId);
        },
      },
    );
    this.#store = store;
    this.#seat = seat;
    seat.start(navigator.onLine);
  }

  async #leave(wipe: Wipe | undefined): Promise<void> {
    this.#seat?.close();
    this.#seat = undefined;
    this.connection.set(NO_CONNECTION);
    this.inbox.set(NO_INBOX);
    this.reminders.set(NO_REMINDERS);
    const store = this.#store;
    this.#store = undefined;
    if (wipe === "everything") await store?.wipe();
    else if (wipe === "all_but_unsent") await store?.wipeCaches();
    else store?.close();
  }
}

/** Targets of one request to forward. */
const FORWARD_TARGETS = 20;

/** The last moment that the wire can name: for ever. */
const LAST_TIME = Date.parse("9999-12-31T23:59:59.999Z");
const timeOf = (ms: number): string => new Date(Math.min(ms, LAST_TIME)).toISOString();

/** Beside the question to the server, so that its answer is not waited for first. Whether it failed is seen when it is needed. */
function fetchSeat(): void {
  loadSeat().catch(() => undefined);
}

/** Nothing a person can act on; for whoever looks into the console. */
function report(error: unknown): void {
  console.error("parley:", error);
}
