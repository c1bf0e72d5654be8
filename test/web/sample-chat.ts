import type { Chat, InboxEntry, Member, Receipt } from "../../src/protocol/chat.ts";
import type { DownOf } from "../../src/protocol/down.ts";
import type { Message } from "../../src/protocol/message.ts";

/** A group of three, with rows as a server would make them. */
export const CHAT = "gaaaaaaaaaaaaaaaaaaaaaaaaa";
export const OTHER_CHAT = "gbbbbbbbbbbbbbbbbbbbbbbbbb";
export const ME = "uaaaaaaaaaaaaaaaa";
export const BELA = "ubbbbbbbbbbbbbbbb";
export const CLEO = "ucccccccccccccccc";
export const EPOCH = "e1";
export const TIME = "2026-01-01T00:00:00.000Z";

export const chat = (rev = 1, patch: Partial<Chat> = {}): Chat => ({
  chat_id: CHAT,
  chat_type: "group",
  name: "Gardeners",
  description: "",
  created_by: BELA,
  created_at: TIME,
  rev,
  member_count: 3,
  max_members: 1_000,
  settings: {
    has_history_from_join: false,
    edit_window_s: 300,
    disappear_after_s: null,
    slow_mode_s: 0,
    has_link_previews: true,
    is_public: false,
    needs_approval: false,
    permissions: {},
  },
  is_active: true,
  ...patch,
});

export const member = (userId: string, patch: Partial<Member> = {}): Member => ({
  user_id: userId,
  username: userId.slice(0, 3),
  display_name: { [ME]: "Ada", [BELA]: "Bela", [CLEO]: "Cleo" }[userId] ?? userId,
  role: userId === BELA ? "owner" : "member",
  joined_at: TIME,
  rev: 1,
  ...patch,
});

export const receipt = (userId: string, delivered: number, read: number): Receipt => ({
  user_id: userId,
  delivered_seq: delivered,
  read_seq: read,
});

/** A text by `sender`, born at `rev`. */
export const message = (seq: number, rev: number, patch: Partial<Message> = {}): Message => ({
  message_id: `${CHAT}.${seq}`,
  chat_id: CHAT,
  seq,
  rev,
  sender_id: BELA,
  client_msg_id: `m${seq}`,
  message_type: "text",
  content: { text: `text ${seq}` },
  created_at: new Date(Date.parse(TIME) + seq * 1_000).toISOString(),
  ...patch,
});

/** Messages `from`…`to`, each born one step of the clock after the other, the first at `rev`. */
export const messages = (from: number, to: number, rev = from): Message[] =>
  Array.from({ length: to - from + 1 }, (_, i) => message(from + i, rev + i));

export const snapshot = (
  rows: Message[],
  rev: number,
  patch: Partial<DownOf<"SNAPSHOT">> = {},
): DownOf<"SNAPSHOT"> => ({
  type: "SNAPSHOT",
  chat_id: CHAT,
  epoch: EPOCH,
  rev,
  head_seq: rows.at(-1)?.seq ?? 0,
  chat: chat(),
  members: [ME, BELA, CLEO].map((id) => member(id)),
  receipts: [ME, BELA, CLEO].map((id) => receipt(id, 0, 0)),
  messages: rows,
  is_complete: true,
  ...patch,
});

export const received = (row: Message, base = row.rev - 1): DownOf<"MESSAGE_RECEIVED"> => ({
  type: "MESSAGE_RECEIVED",
  chat_id: row.chat_id,
  base,
  rev: row.rev,
  message: row,
});

export const caughtUp = (base: number, rev: number, rows: Message[] = [], epoch = EPOCH): DownOf<"CAUGHT_UP"> => ({
  type: "CAUGHT_UP",
  chat_id: CHAT,
  epoch,
  base,
  rev,
  messages: rows,
});

export const connected = (chatId?: string): DownOf<"CONNECTED"> => ({
  type: "CONNECTED",
  session_id: "saaaaaaaaaaaaaaaaaaaaaaaaa",
  user_id: ME,
  device_id: "device",
  server_time: TIME,
  protocol_version: 1,
  heartbeat_ms: 30_000,
  ...(chatId === undefined ? {} : { chat_id: chatId }),
});

export const entry = (chatId: string, rev: number, patch: Partial<InboxEntry> = {}): InboxEntry => ({
  chat_id: chatId,
  chat_type: "group",
  name: chatId === CHAT ? "Gardeners" : "Others",
  role: "member",
  member_count: 3,
  head_seq: 0,
  read_seq: 0,
  unread: 0,
  last_at: TIME,
  rev,
  ...patch,
});

export const inboxSnapshot = (entries: InboxEntry[], rev: number, epoch = "h1"): DownOf<"INBOX_SNAPSHOT"> => ({
  type: "INBOX_SNAPSHOT",
  epoch,
  rev,
  entries,
});
