import { Fault } from "../../../src/domain/fault.ts";
import type { Member, Receipt } from "../../../src/protocol/chat.ts";
import type { Presence, Self, Session } from "../../../src/protocol/user.ts";
import type {
  ChatHandle,
  ChatScreen,
  ConnectionState,
  Inbox,
  InboxLine,
  ParleyClient,
  Readable,
  SessionState,
  TimelineMessage,
} from "../../../web/sync/client.ts";
import { CHATS, type FakeChat, ME, PEOPLE, personOf } from "./fake-people.ts";

class Cell<T> implements Readable<T> {
  #value: T;
  readonly #listeners = new Set<() => void>();
  constructor(value: T) {
    this.#value = value;
  }
  get(): T {
    return this.#value;
  }
  set(value: T): void {
    this.#value = value;
    for (const listener of this.#listeners) listener();
  }
  subscribe(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }
}

/** Chosen by the test before the page loads. */
type Scenario = "full" | "empty" | "signed_out" | "revoked" | "loading" | "offline";
const scenario = (localStorage.getItem("gallery.scenario") ?? "full") as Scenario;

const MINUTE = 60_000;
const iso = (at: number): string => new Date(at).toISOString();

const me: Self = { ...ME, created_at: iso(Date.now() - 90 * 24 * 60 * MINUTE), email: "mara@example.org" };

const PAGE = 40;
const HISTORY = 400;

class FakeChatRoom {
  readonly fake: FakeChat;
  readonly screen: Cell<ChatScreen>;
  readonly draft: Cell<string>;
  #oldest: number;
  #head: number;
  #mine = 0;

  constructor(fake: FakeChat) {
    this.fake = fake;
    this.#head = HISTORY + fake.lines.length;
    this.#oldest = HISTORY - PAGE;
    this.draft = new Cell(fake.draft ?? "");
    const members: Member[] = fake.members.map((id, i) => ({
      user_id: id,
      username: personOf(id).username,
      display_name: personOf(id).display_name,
      role: fake.peer === undefined ? ((["owner", "admin", "moderator"] as const)[i] ?? "member") : "member",
      joined_at: iso(0),
      rev: i,
    }));
    const receipts = new Map<string, Receipt>(
      fake.members.map((id, i) => [
        id,
        { user_id: id, delivered_seq: this.#head - (i % 3 === 2 ? 2 : 0), read_seq: this.#head - (i % 2) * 3 },
      ]),
    );
    const my = members.find((member) => member.user_id === ME.user_id);
    this.screen = new Cell<ChatScreen>({
      status: scenario === "loading" ? "loading" : "ready",
      chat_id: fake.chat_id,
      title: fake.title,
      chat: {
        chat_id: fake.chat_id,
        chat_type: fake.peer === undefined ? "group" : "direct",
        name: fake.peer === undefined ? fake.title : "",
        description: fake.description ?? "",
        created_by: fake.members[0] ?? ME.user_id,
        created_at: iso(Date.now() - 40 * 24 * 60 * MINUTE),
        rev: 1,
        member_count: members.length,
        max_members: 1000,
        settings: { has_history_from_join: false, edit_window_s: null },
        is_active: true,
      },
      ...(fake.peer === undefined ? {} : { peer_id: fake.peer }),
      ...(my === undefined ? {} : { me: my }),
      members,
      receipts,
      messages: scenario === "loading" ? [] : this.#window(),
      has_older: fake.lines.length > 0,
      has_newer: false,
      is_loading_older: false,
      is_loading_newer: false,
      ...(fake.unread > 0 ? { first_unread_seq: this.#head - fake.unread + 1 } : {}),
      unread: fake.unread,
      head_seq: this.#head,
      typing: (fake.typing ?? []).map((id) => ({ user_id: id, display_name: personOf(id).display_name })),
    });
  }

  #message(seq: number): TimelineMessage {
    const index = seq - HISTORY - 1;
    const line = this.fake.lines[index];
    const key = `${this.fake.chat_id}.${seq}`;
    if (line === undefined) {
      const other = this.fake.members.find((id) => id !== ME.user_id) ?? ME.user_id;
      const sender = seq % 5 < 2 ? ME.user_id : other;
      const words = [
        "Sure.",
        "Let me look at it after lunch, then I will write down what we decided.",
        "👍",
        "Could you send me the second draft again? I want to compare the two openings.",
      ];
      return {
        key,
        seq,
        message_id: key,
        sender_id: sender,
        sender_name: personOf(sender).display_name,
        is_own: sender === ME.user_id,
        kind: "text",
        text: `${words[seq % words.length]} #${seq}`,
        created_at: Date.now() - (HISTORY - seq + 60) * 37 * MINUTE,
        ...(sender === ME.user_id ? { editable_until: Number.POSITIVE_INFINITY } : {}),
        ...(sender === ME.user_id ? { state: "read" as const } : {}),
      };
    }
    const isOwn = line.from === ME.user_id;
    const isUnsent = line.state === "failed" || line.state === "waiting" || line.state === "sending";
    return {
      key,
      ...(isUnsent ? { client_msg_id: key } : { seq, message_id: key, client_msg_id: key }),
      sender_id: line.from,
      sender_name: personOf(line.from).display_name,
      is_own: isOwn,
      kind: line.kind ?? "text",
      ...(line.text === undefined ? {} : { text: line.text }),
      ...(line.notice === undefined ? {} : { notice: line.notice }),
      created_at: Date.now() - line.minutes_ago * MINUTE,
      ...(isOwn && line.kind === undefined ? { state: line.state ?? "read" } : {}),
      ...(isOwn && line.kind === undefined && !isUnsent ? { editable_until: Number.POSITIVE_INFINITY } : {}),
      ...line.extra,
    };
  }

  #window(): TimelineMessage[] {
    if (this.fake.lines.length === 0) return [];
    return Array.from({ length: this.#head - this.#oldest }, (_, i) => this.#message(this.#oldest + 1 + i));
  }

  #patch(change: Partial<ChatScreen>): void {
    this.screen.set({ ...this.screen.get(), ...change });
  }

  #change(seq: number, change: (message: TimelineMessage) => Partial<TimelineMessage>): void {
    const { messages } = this.screen.get();
    this.#patch({ messages: messages.map((one) => (one.seq === seq ? { ...one, ...change(one) } : one)) });
  }

  #react(seq: number, emoji: string, isSet: boolean): void {
    this.#change(seq, ({ reactions = [] }) => {
      const known = reactions.some((one) => one.emoji === emoji)
        ? reactions
        : [...reactions, { emoji, count: 0, is_own: false, user_ids: [] }];
      const next = known.map((one) => {
        if (one.emoji !== emoji || one.is_own === isSet) return one;
        const others = one.user_ids.filter((id) => id !== ME.user_id);
        const user_ids = isSet ? [...others, ME.user_id] : others;
        return { emoji, count: user_ids.length, is_own: isSet, user_ids };
      });
      return { reactions: next.filter((one) => one.count > 0) };
    });
  }

  handle(): ChatHandle {
    return {
      screen: this.screen,
      draft: this.draft,
      send: async (text) => {
        const key = `mine-${++this.#mine}`;
        const message: TimelineMessage = {
          key,
          client_msg_id: key,
          sender_id: ME.user_id,
          sender_name: ME.display_name,
          is_own: true,
          kind: "text",
          text,
          created_at: Date.now(),
          state: "sending",
        };
        this.#patch({ messages: [...this.screen.get().messages, message] });
        setTimeout(() => {
          const seq = ++this.#head;
          const messages = this.screen
            .get()
            .messages.map((one) => (one.key === key ? { ...one, seq, state: "sent" as const } : one));
          this.#patch({ messages, head_seq: seq });
        }, 150);
      },
      edit: async (seq, text) => this.#change(seq, () => ({ text, edited_at: Date.now() })),
      setReaction: async (seq, emoji, isSet) => this.#react(seq, emoji, isSet),
      setPin: async (seq, isPinned) => this.#change(seq, () => ({ is_pinned: isPinned })),
      hide: async (seqs, isHidden) => {
        const { messages } = this.screen.get();
        this.#patch({
          messages: isHidden
            ? messages.filter((one) => one.seq === undefined || !seqs.includes(one.seq))
            : this.#window(),
        });
      },
      edits: async () => [
        { text: "Then I will mark the place", written_at: Date.now() - 6 * MINUTE },
        { text: "Then I'll mark the place and send it back.", written_at: Date.now() - 4 * MINUTE },
      ],
      pins: async () => this.screen.get().messages.filter((one) => one.is_pinned),
      retry: async () => undefined,
      discard: async (id) => {
        const { messages } = this.screen.get();
        this.#patch({ messages: messages.filter((one) => one.client_msg_id !== id) });
        return messages.find((one) => one.client_msg_id === id)?.text;
      },
      deleteMessage: async (seq) => {
        const messages = this.screen
          .get()
          .messages.map((one): TimelineMessage => (one.seq === seq ? { ...one, kind: "deleted" } : one));
        this.#patch({ messages });
      },
      setDraft: (text) => this.draft.set(text),
      typing: () => undefined,
      loadOlder: async () => {
        this.#patch({ is_loading_older: true });
        await new Promise((resolve) => setTimeout(resolve, 250));
        this.#oldest = Math.max(0, this.#oldest - PAGE);
        this.#patch({ is_loading_older: false, messages: this.#window(), has_older: this.#oldest > 0 });
      },
      loadNewer: async () => undefined,
      jumpTo: async () => undefined,
      markRead: () => undefined,
      close: () => undefined,
    };
  }
}

const rooms = new Map(CHATS.map((chat) => [chat.chat_id, new FakeChatRoom(chat)]));

function lineOf(chat: FakeChat): InboxLine {
  const last = chat.lines.at(-1);
  const at = Date.now() - (last?.minutes_ago ?? 0) * MINUTE;
  const head = HISTORY + chat.lines.length;
  return {
    chat_id: chat.chat_id,
    chat_type: chat.peer === undefined ? "group" : "direct",
    name: chat.peer === undefined ? chat.title : "",
    ...(chat.peer === undefined ? {} : { peer: personOf(chat.peer) }),
    role: "member",
    member_count: chat.members.length,
    head_seq: head,
    read_seq: head - chat.unread,
    unread: chat.unread,
    ...(last === undefined
      ? {}
      : {
          preview: {
            seq: head,
            sender_id: last.from,
            sender_name: personOf(last.from).display_name,
            message_type: last.kind === "notice" ? "system" : "text",
            text: last.text ?? "",
            ...(last.notice === undefined ? {} : { notice: last.notice }),
            created_at: iso(at),
          },
        }),
    last_at: iso(at),
    rev: 1,
    title: chat.title,
    ...chat.set,
    ...(chat.draft === undefined ? {} : { draft: chat.draft }),
    ...(last?.from === ME.user_id ? { own_state: last.state ?? "read" } : {}),
    typing: (chat.typing ?? []).map((id) => personOf(id).display_name),
  };
}

const SESSIONS: Session[] = [
  {
    session_id: "s1",
    device_id: "d1",
    device_name: "Chromium on Linux",
    device_type: "web",
    created_at: iso(Date.now() - 9e8),
    last_active_at: iso(Date.now()),
    is_current: true,
  },
  {
    session_id: "s2",
    device_id: "d2",
    device_name: "Mara's phone",
    device_type: "mobile",
    created_at: iso(Date.now() - 5e9),
    last_active_at: iso(Date.now() - 3 * 60 * MINUTE),
    is_current: false,
  },
  {
    session_id: "s3",
    device_id: "d3",
    device_name: "Firefox on Windows",
    device_type: "web",
    created_at: iso(Date.now() - 2e10),
    last_active_at: iso(Date.now() - 9 * 24 * 60 * MINUTE),
    is_current: false,
  },
];

export function createParleyClient(): ParleyClient {
  const isOut = scenario === "signed_out" || scenario === "revoked";
  const session = new Cell<SessionState>(
    isOut
      ? { status: "signed_out", ...(scenario === "revoked" ? { reason: "revoked" as const } : {}) }
      : { status: "signed_in", me },
  );
  const lines = scenario === "empty" || scenario === "loading" ? [] : CHATS.map(lineOf);
  const inbox = new Cell<Inbox>({
    status: scenario === "loading" ? "loading" : "ready",
    lines,
    unread: lines.reduce((sum, line) => sum + line.unread, 0),
  });
  const connection = new Cell<ConnectionState>(
    scenario === "offline" ? { status: "waiting", unsent: 2, failed: 0 } : { status: "online", unsent: 0, failed: 0 },
  );
  const presences = new Map<string, Cell<Presence | undefined>>();
  const refuse = async (): Promise<never> => {
    await new Promise((resolve) => setTimeout(resolve, 100));
    throw new Fault("bad_credentials");
  };
  return {
    session,
    inbox,
    connection,
    register: async (body) => {
      if (body.username === "taken") throw new Fault("username_taken");
      session.set({ status: "signed_in", me });
    },
    signIn: async (_login, password) => {
      if (password === "wrong") return refuse();
      session.set({ status: "signed_in", me });
    },
    signOut: async () => session.set({ status: "signed_out" }),
    sessions: async () => SESSIONS,
    revokeSession: async () => undefined,
    searchPeople: async (query) => ({
      users: PEOPLE.filter((person) => person.display_name.toLowerCase().includes(query.toLowerCase())).map(
        (person) => ({
          ...person,
          first_name: "",
          last_name: "",
          status_message: "",
        }),
      ),
    }),
    profile: async (id) => ({ ...personOf(id), first_name: "", last_name: "", status_message: "Somewhere by the sea" }),
    setStatusMessage: async () => undefined,
    startDirect: async () => CHATS[0]?.chat_id ?? "",
    createGroup: async () => CHATS[1]?.chat_id ?? "",
    renameChat: async () => undefined,
    describeChat: async () => undefined,
    addMembers: async () => undefined,
    removeMember: async () => undefined,
    setRole: async () => {
      throw new Fault("forbidden");
    },
    leaveChat: async () => undefined,
    endChat: async () => undefined,
    openChat: (chatId) => {
      const room = rooms.get(chatId) ?? [...rooms.values()][0];
      if (room === undefined) throw new Error("the gallery has no chats");
      return room.handle();
    },
    setChatState: async (chatId, { muted_until, ...flags }) => {
      const { lines: old } = inbox.get();
      const next = old.map((line): InboxLine => {
        if (line.chat_id !== chatId) return line;
        const { muted_until: was, ...rest } = { ...line, ...(flags as Partial<InboxLine>) };
        const until = muted_until === undefined ? was : muted_until === null ? undefined : iso(muted_until);
        return until === undefined ? rest : { ...rest, muted_until: until };
      });
      inbox.set({ ...inbox.get(), lines: next });
    },
    forward: async () => ({ refused: [] }),
    onRefusal: () => () => undefined,
    presence: (id) => {
      const known = presences.get(id);
      if (known !== undefined) return known;
      const at = PEOPLE.findIndex((person) => person.user_id === id);
      const status = (["online", "offline", "away"] as const)[at % 3] ?? "offline";
      const cell = new Cell<Presence | undefined>({
        user_id: id,
        status,
        timestamp: iso(Date.now()),
        ...(status === "offline" ? { last_seen_at: iso(Date.now() - 5 * MINUTE) } : {}),
      });
      presences.set(id, cell);
      return cell;
    },
    setActive: () => undefined,
    onArrival: () => () => undefined,
    reconnect: () => undefined,
  };
}
