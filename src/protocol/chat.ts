import * as z from "zod/mini";
import { ChatId, Rev, Seq, SeqCursor, Time, UserId } from "./ids.ts";
import { CHAT_NAME_CHARS, DESCRIPTION_CHARS, EXPIRY_S, SLOW_MODE_S } from "./limits.ts";
import { Message } from "./message.ts";
import { Role } from "./role.ts";
import { name } from "./text.ts";

export const ChatType = z.enum(["direct", "group", "channel", "broadcast"]);
export type ChatType = z.infer<typeof ChatType>;

/** 1 to 255 characters on one line. */
export const ChatName = name(CHAT_NAME_CHARS);
export const Description = z.string().check(
  z.refine((text) => text.isWellFormed(), "not well-formed Unicode"),
  z.trim(),
  z.maxLength(DESCRIPTION_CHARS),
);

/** Who may do something in a chat: everyone but guests and who is restricted; moderators and above; admins and above; the owner. */
export const Audience = z.enum(["everyone", "staff", "admins", "owner"]);
export type Audience = z.infer<typeof Audience>;

/** What a chat allows otherwise than its type does (`src/domain/rights.ts`); what is absent is as usual. */
export const Permissions = z.strictObject({
  write: z.optional(Audience),
  add_members: z.optional(Audience),
  pin: z.optional(Audience),
  mention_all: z.optional(Audience),
  change_info: z.optional(Audience),
});
export type Permissions = z.infer<typeof Permissions>;

export const ChatSettings = z.object({
  /** Who joins while it is on sees only what came after; what came before reaches them as stubs. */
  has_history_from_join: z.boolean(),
  /** Seconds after sending in which a text may be edited by the server's clock: 0 is never, null always (K2). */
  edit_window_s: z.nullable(z.int().check(z.gte(0), z.lte(31_536_000))),
  /** Seconds after which new messages disappear for everybody; null is never. */
  disappear_after_s: z.nullable(z.int().check(z.gte(EXPIRY_S.min), z.lte(EXPIRY_S.max))),
  /** Seconds that a member without a staff role waits between two messages; 0 is off. */
  slow_mode_s: z.int().check(z.gte(0), z.lte(SLOW_MODE_S)),
  /** Does the server fetch what linked pages say of themselves. */
  has_link_previews: z.boolean(),
  /** Groups and channels: listed in the directory, and anybody may join. */
  is_public: z.boolean(),
  /** Who comes by a link or from the directory waits until somebody lets them in. */
  needs_approval: z.boolean(),
  permissions: Permissions,
});
export type ChatSettings = z.infer<typeof ChatSettings>;

/** What is true of a chat for all its members. `name` is empty in a direct chat: each side shows the other's. */
export const Chat = z.object({
  chat_id: ChatId,
  chat_type: ChatType,
  name: z.string(),
  description: z.string(),
  created_by: UserId,
  created_at: Time,
  rev: Rev,
  member_count: z.int(),
  max_members: z.int(),
  settings: ChatSettings,
  is_active: z.boolean(),
});
export type Chat = z.infer<typeof Chat>;

/** One person in a chat. A removal leaves the row, with `removed_at`. */
export const Member = z.object({
  user_id: UserId,
  username: z.string(),
  display_name: z.string(),
  role: Role,
  joined_at: Time,
  removed_at: z.optional(Time),
  rev: Rev,
});
export type Member = z.infer<typeof Member>;

/**
 * How far a member's devices have received and read. Merged by maximum, so they need no `rev` of their own. `skipped`: numbers
 * that the cursors pass without this member ever being shown them, because they had blocked the sender then; from
 * the first of a pair to the second, oldest first, whole each time. None of them was delivered or read.
 */
export const Receipt = z.object({
  user_id: UserId,
  delivered_seq: SeqCursor,
  read_seq: SeqCursor,
  skipped: z.optional(z.array(z.object({ from_seq: Seq, to_seq: Seq }))),
});
export type Receipt = z.infer<typeof Receipt>;

/** What a person is told of another: enough to show them. */
export const Person = z.object({ user_id: UserId, username: z.string(), display_name: z.string() });
export type Person = z.infer<typeof Person>;

/** A line of the chat list about the newest message. */
export const Preview = z.object({
  seq: Seq,
  sender_id: UserId,
  sender_name: z.string(),
  message_type: z.string(),
  /** At most 140 characters, one line; empty for a deleted message, and for what has no words, like a sticker. */
  text: z.string(),
  /** The message was deleted, or has disappeared. */
  is_deleted: z.optional(z.literal(true)),
  /** For a notice: its content, so that the list words it in the reader's language. */
  notice: z.optional(z.unknown()),
  created_at: Time,
  /** Of a message that disappears: from then on the line says nothing of it. */
  expires_at: z.optional(Time),
});
export type Preview = z.infer<typeof Preview>;

/** One chat as its member's inbox shows it. Absolute, never an increment; `rev` is the inbox's clock. */
export const InboxEntry = z.object({
  chat_id: ChatId,
  chat_type: ChatType,
  name: z.string(),
  /** The other side of a direct chat. */
  peer: z.optional(Person),
  role: Role,
  member_count: z.int(),
  head_seq: SeqCursor,
  read_seq: SeqCursor,
  /** Capped at 999. */
  unread: z.int(),
  preview: z.optional(Preview),
  /** Time of the newest message, or of the chat's making: the list is sorted by it, latest first. */
  last_at: Time,
  rev: Rev,
  /** The newest unread message that mentions the person, or answers them. */
  mention_seq: z.optional(Seq),
  /** Threads the person follows in which something is unread. */
  unread_threads: z.optional(z.int()),
  /** Messages of the person that wait here for their time. */
  scheduled_count: z.optional(z.int()),
  /** How many of these could not be sent when their time came; the list says why. */
  scheduled_failed: z.optional(z.int()),
  /** People who wait to be let in, told to those who may decide. */
  join_request_count: z.optional(z.int()),
  /** A direct chat whose other side the person has blocked. */
  is_blocked: z.optional(z.literal(true)),
  /** What the person set for themselves (personal state): absent where nothing is set. `muted_until` far ahead is for ever. */
  muted_until: z.optional(Time),
  is_pinned: z.optional(z.literal(true)),
  is_archived: z.optional(z.literal(true)),
  is_marked_unread: z.optional(z.literal(true)),
  /**
   * The person has cleared the chat: show nothing up to this number, and count it as read. The history over HTTP and the
   * chat's own frames have it all the same; search leaves it out.
   */
  cleared_seq: z.optional(SeqCursor),
  /** They have deleted it, and nothing newer has come: leave it out of the list. */
  is_unlisted: z.optional(z.literal(true)),
  /**
   * What is being written on one of the person's devices. The later `edited_at` wins; an empty text is no draft. Of one
   * above 1,024 characters this is the beginning (`is_excerpt`); the whole comes in `drafts` beside the entry when it changes.
   */
  draft: z.optional(z.object({ text: z.string(), edited_at: Time, is_excerpt: z.optional(z.literal(true)) })),
  /** The person is no longer a member: drop the chat and what was cached of it. */
  is_removed: z.optional(z.literal(true)),
});
export type InboxEntry = z.infer<typeof InboxEntry>;

/** The whole of a long draft. */
export const SavedDraft = z.object({ chat_id: ChatId, text: z.string(), edited_at: Time });
export type SavedDraft = z.infer<typeof SavedDraft>;

/** A message that the person has hidden from themselves, or shows again. */
export const HiddenMessage = z.object({ chat_id: ChatId, seq: Seq, is_hidden: z.boolean() });
export type HiddenMessage = z.infer<typeof HiddenMessage>;

/** A message its reader wants to be reminded of. `is_due` once its time has come; `is_removed` once it was dealt with. */
export const Reminder = z.object({
  chat_id: ChatId,
  seq: Seq,
  remind_at: Time,
  is_due: z.optional(z.literal(true)),
  is_removed: z.optional(z.literal(true)),
});
export type Reminder = z.infer<typeof Reminder>;

/** The stretch of a chat's clock, (`base`, `rev`], that news covers, and the rows that changed in it. */
export const Delta = z.object({
  chat: z.optional(Chat),
  messages: z.optional(z.array(Message)),
  members: z.optional(z.array(Member)),
  receipts: z.optional(z.array(Receipt)),
});
export type Delta = z.infer<typeof Delta>;
