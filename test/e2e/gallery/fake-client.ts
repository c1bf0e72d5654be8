import { Fault } from "../../../src/domain/fault.ts";
import type { Presence, Self, Session } from "../../../src/protocol/user.ts";
import type { ConnectionState, Inbox, InboxLine, ParleyClient, SessionState } from "../../../web/sync/client.ts";
import { Cell } from "./cell.ts";
import { CHATS, type FakeChat, ME, PEOPLE, personOf } from "./fake-people.ts";
import { FakeChatRoom, HISTORY } from "./fake-room.ts";
import { fakeServer } from "./fake-server.ts";
import { iso, MINUTE, scenario } from "./scenario.ts";

const me: Self = { ...ME, created_at: iso(Date.now() - 90 * 24 * 60 * MINUTE), email: "mara@example.org" };

const rooms = new Map(CHATS.map((chat) => [chat.chat_id, new FakeChatRoom(chat)]));

function lineOf(chat: FakeChat): InboxLine {
  const last = chat.lines.at(-1);
  const at = Date.now() - (last?.minutes_ago ?? 0) * MINUTE;
  const head = HISTORY + chat.lines.length;
  return {
    chat_id: chat.chat_id,
    chat_type: chat.chat_type ?? (chat.peer === undefined ? "group" : "direct"),
    name: chat.peer === undefined ? chat.title : "",
    ...(chat.peer === undefined ? {} : { peer: personOf(chat.peer) }),
    role: chat.my_role ?? "member",
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
            message_type: last.kind === "notice" ? "system" : (last.kind ?? "text"),
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
    typing: (chat.typing ?? []).map((id) => ({ user_id: id, display_name: personOf(id).display_name })),
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
      : scenario === "held"
        ? { status: "unknown", is_store_held: true }
        : { status: "signed_in", me },
  );
  const lines = scenario === "empty" || scenario === "loading" ? [] : CHATS.map(lineOf);
  const inbox = new Cell<Inbox>({
    status: scenario === "loading" ? "loading" : "ready",
    lines,
    unread: lines.reduce((sum, line) => sum + line.unread, 0),
  });
  const connection = new Cell<ConnectionState>(
    scenario === "offline" ? { status: "waiting", unsent: 2, failed: 1 } : { status: "online", unsent: 0, failed: 0 },
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
    server: fakeServer,
    reminders: new Cell(
      scenario === "full"
        ? [
            {
              chat_id: CHATS[0]?.chat_id ?? "",
              seq: HISTORY + 13,
              remind_at: iso(Date.now() - 25 * MINUTE),
              is_due: true,
            },
            { chat_id: CHATS[1]?.chat_id ?? "", seq: HISTORY + 5, remind_at: iso(Date.now() + 14 * 60 * MINUTE) },
          ]
        : [],
    ),
    startDirect: async () => CHATS[0]?.chat_id ?? "",
    openSaved: async () => CHATS.find((chat) => chat.peer === ME.user_id)?.chat_id ?? "",
    createGroup: async () => CHATS[1]?.chat_id ?? "",
    createChannel: async () => CHATS[1]?.chat_id ?? "",
    createBroadcast: async () => CHATS[1]?.chat_id ?? "",
    setSettings: async () => undefined,
    renameChat: async () => undefined,
    describeChat: async () => undefined,
    addMembers: async () => ({ invite_only: [] }),
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
    clearChat: async () => undefined,
    forward: async () => ({ refused: [] }),
    chat: async (chatId) => {
      const chat = rooms.get(chatId)?.handle().screen.get().chat;
      if (chat === undefined) throw new Error("the gallery has no chats");
      return chat;
    },
    onRefusal: () => () => undefined,
    onPeopleChanged: () => () => undefined,
    ownPresence: () => new Cell<Presence | undefined>(undefined),
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
        ...(at === 2 ? { custom_status: { text: "By the sea", emoji: "🌊" } } : {}),
      });
      presences.set(id, cell);
      return cell;
    },
    setActive: () => undefined,
    onArrival: () => () => undefined,
    reconnect: () => undefined,
  };
}
