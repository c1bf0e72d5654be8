import type { ChatSettings, ChatType } from "../../src/protocol/chat.ts";
import type { Role } from "../../src/protocol/role.ts";
import type { CursorTimes } from "./receipt-times.ts";
import type { Counted } from "./unread.ts";

/** Rows as they lie in the chat's database. Times are epoch milliseconds. */
export type ChatRow = {
  chat_id: string;
  epoch: string;
  chat_type: ChatType;
  name: string;
  description: string;
  created_by: string;
  created_at: number;
  rev: number;
  member_count: number;
  people_count: number;
  max_members: number;
  settings: ChatSettings;
  is_active: boolean;
  changes_after: number;
};

export type MessageRow = {
  seq: number;
  born_rev: number;
  rev: number;
  sender_id: string;
  client_msg_id: string | null;
  seen_seq: number | null;
  message_type: string;
  /** JSON; null once deleted. */
  content: string | null;
  reply_to: number | null;
  created_at: number;
  deleted_at: number | null;
  /** Of what its sender sent, where content does not say it: a deleted, edited or forwarded message. */
  digest: string | null;
  edited_at: number | null;
  pinned_at: number | null;
  /** JSON of {@link ForwardedRow}. */
  forwarded: string | null;
  /** Whom it mentions or answers: user ids, or `*` for everybody. */
  concerns: string | null;
  /** JSON of {@link Reactions}. */
  reactions: string | null;
  /** JSON of {@link LastCommands}. */
  commands: string | null;
  /** JSON of a `LinkPreview`. */
  link_preview: string | null;
  /** The number of the message whose thread this one belongs to. */
  thread_root: number | null;
  /** Of a message that has a thread: JSON of {@link ThreadRow}. */
  thread: string | null;
  /** Of a message that has a thread: in which stretch of the log its latest answer stands; see `thread-store.ts`. */
  thread_era: number | null;
  /** Of a poll that was voted in or ended: JSON of {@link PollRow}. */
  poll: string | null;
  /** When it disappears for everybody. */
  expires_at: number | null;
};

/** What a message is born without. */
export const BARE = {
  deleted_at: null,
  digest: null,
  edited_at: null,
  pinned_at: null,
  forwarded: null,
  concerns: null,
  reactions: null,
  commands: null,
  link_preview: null,
  thread_root: null,
  thread: null,
  thread_era: null,
  poll: null,
  expires_at: null,
} as const;

/** What the first message of a thread says of the answers that stand: how many, when and which the latest was, and its latest writers. */
export type ThreadRow = { count: number; at: number; seq: number; people: string[] };

/** How a poll stands: by option how many chose it, and the first of them unless it is anonymous. */
export type PollRow = { voters: number; counts: number[]; people?: string[][]; closed_at?: number };

/** Whose words were forwarded. */
export interface ForwardedRow {
  sender_id: string;
  sender_name: string;
  created_at: number;
}

/** Emoji and who set them, both in the order of setting. */
export type Reactions = [emoji: string, userIds: string[]][];

/** By person: marks of their last commands, each followed by the step of the clock that answered it. */
export type LastCommands = Record<string, (string | number)[]>;

/** What a message said before an edit; `content` is null once the message was deleted. */
export type EditRow = { seq: number; rev: number; command_id: string; content: string | null; written_at: number };

export type PersonRow = {
  user_id: string;
  username: string;
  display_name: string;
  role: Role;
  joined_at: number;
  removed_at: number | null;
  rev: number;
  joined_rev: number;
  first_seq: number;
  place: number;
};

/** How far somebody has received and read, and the step of the clock that said so. */
export type Cursors = {
  delivered_seq: number;
  read_seq: number;
  receipt_rev: number;
  /** What was unread for them when the page was written. */
  counted?: Counted;
  /** When they moved last; absent in channels, where nobody is told. */
  times?: CursorTimes;
};

/** Receipts of the members of one page, by user id. */
export interface ReceiptPage {
  rev: number;
  cursors: ReadonlyMap<string, Cursors>;
}

/** What one step of the clock touched, beside the message it may have added. */
export interface Touched {
  messages?: number[];
  members?: string[];
  chat?: true;
  /** Nobody has more, less or other unread for it. */
  is_count_kept?: true;
}

/** A person in the chat with their cursors: what the rest of the object calls a member. */
export type MemberRow = PersonRow & Omit<Cursors, "counted">;

/** A message that can be unread: by a person, not deleted; and whom it mentions or answers. */
export type Countable = { seq: number; sender_id: string; concerns: string | null };

export type Sent = {
  seq: number;
  sender_id: string;
  client_msg_id: string;
};
