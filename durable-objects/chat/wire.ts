import { excerpt } from "../../src/domain/text.ts";
import type { Chat, InboxEntry, Member, Preview, Receipt } from "../../src/protocol/chat.ts";
import type { LinkPreview, MessageContent, PollContent, PollState } from "../../src/protocol/content.ts";
import { messageId, NOBODY } from "../../src/protocol/ids.ts";
import { PEOPLE_PER_EMOJI } from "../../src/protocol/limits.ts";
import {
  type Forwarded,
  type Message,
  MessageType,
  type Reaction,
  type ThreadSummary,
} from "../../src/protocol/message.ts";
import { lineOf } from "./contents.ts";
import type { Room } from "./room.ts";
import type { ChatRow, ForwardedRow, MemberRow, MessageRow, PersonRow, PollRow, Reactions, ThreadRow } from "./rows.ts";

/** Rows as the wire shows them. */

export const iso = (at: number): string => new Date(at).toISOString();

export const toChat = (row: ChatRow): Chat => ({
  chat_id: row.chat_id,
  chat_type: row.chat_type,
  name: row.name,
  description: row.description,
  created_by: row.created_by,
  created_at: iso(row.created_at),
  rev: row.rev,
  member_count: row.member_count,
  max_members: row.max_members,
  settings: row.settings,
  is_active: row.is_active,
});

export const toMember = (row: PersonRow): Member => ({
  user_id: row.user_id,
  username: row.username,
  display_name: row.display_name,
  role: row.role,
  joined_at: iso(row.joined_at),
  ...(row.removed_at === null ? {} : { removed_at: iso(row.removed_at) }),
  rev: row.rev,
});

export const toReceipt = (row: MemberRow): Receipt => ({
  user_id: row.user_id,
  delivered_seq: row.delivered_seq,
  read_seq: row.read_seq,
});

export function toMessage(chatId: string, row: MessageRow): Message {
  return {
    message_id: messageId(chatId, row.seq),
    chat_id: chatId,
    seq: row.seq,
    rev: row.rev,
    sender_id: row.sender_id,
    ...(row.client_msg_id === null ? {} : { client_msg_id: row.client_msg_id }),
    ...(row.seen_seq === null ? {} : { seen_seq: row.seen_seq }),
    message_type: MessageType.parse(row.message_type),
    content: row.content === null ? null : (JSON.parse(row.content) as MessageContent),
    ...(row.reply_to === null ? {} : { reply_to_message_id: messageId(chatId, row.reply_to) }),
    ...(row.thread_root === null ? {} : { thread_root_message_id: messageId(chatId, row.thread_root) }),
    ...(row.thread === null ? {} : { thread: toThread(row.thread) }),
    ...(row.message_type === "poll" && row.content !== null ? { poll: toPoll(row) } : {}),
    created_at: iso(row.created_at),
    ...(row.expires_at === null ? {} : { expires_at: iso(row.expires_at) }),
    ...(row.edited_at === null ? {} : { edited_at: iso(row.edited_at) }),
    ...(row.deleted_at === null ? {} : { deleted_at: iso(row.deleted_at) }),
    // A tombstone keeps this time only if it was its end.
    ...(row.deleted_at === null || row.expires_at === null ? {} : { is_expired: true as const }),
    ...(row.reactions === null ? {} : { reactions: toReactions(row.reactions) }),
    ...(row.pinned_at === null ? {} : { pinned_at: iso(row.pinned_at) }),
    ...(row.forwarded === null ? {} : { forwarded: toForwarded(row.forwarded) }),
    ...(row.link_preview === null ? {} : { link_preview: JSON.parse(row.link_preview) as LinkPreview }),
  };
}

function toThread(json: string): ThreadSummary {
  const { count, at, seq, people } = JSON.parse(json) as ThreadRow;
  return { reply_count: count, last_reply_at: iso(at), last_reply_seq: seq, user_ids: people };
}

/** How a poll stands, whatever the clock says: that its time is over, everybody sees by its `closes_at`. */
export function toPoll(row: MessageRow): PollState {
  const { options, is_anonymous: isAnonymous } = JSON.parse(row.content ?? "") as PollContent;
  const { voters, counts, people, closed_at }: PollRow =
    row.poll === null ? { voters: 0, counts: [] } : (JSON.parse(row.poll) as PollRow);
  return {
    voter_count: voters,
    options: options.map((_, i) => ({
      option_id: i,
      count: counts[i] ?? 0,
      ...(isAnonymous ? {} : { user_ids: people?.[i] ?? [] }),
    })),
    ...(closed_at === undefined ? {} : { closed_at: iso(closed_at) }),
  };
}

const toReactions = (json: string): Reaction[] =>
  (JSON.parse(json) as Reactions).map(([emoji, userIds]) => ({
    emoji,
    count: userIds.length,
    user_ids: userIds.slice(0, PEOPLE_PER_EMOJI),
  }));

export function toForwarded(json: string): Forwarded {
  const { sender_id, sender_name, created_at } = JSON.parse(json) as ForwardedRow;
  return { sender_id, sender_name, created_at: iso(created_at) };
}

/** The same message as one member may see it. */
export const toMessageFor = (room: Room, viewer: MemberRow, row: MessageRow): Message =>
  room.isHiddenFrom(viewer, row)
    ? toStub(room.chat.chat_id, viewer, row)
    : withoutBlocked(room, viewer, toMessage(room.chat.chat_id, row));

/**
 * The message that a command was about, for whoever gave it. A repeat is answered also to who was removed since: they are
 * told what is theirs, and nothing that others have said, put on it or made of it.
 */
export function toAnswer(room: Room, viewer: MemberRow, row: MessageRow): Message {
  const { chat_id, is_active } = room.chat;
  if (viewer.removed_at === null && is_active) return toMessageFor(room, viewer, row);
  if (row.sender_id !== viewer.user_id) return toStub(chat_id, viewer, row);
  const own = { thread: null, poll: null, reactions: null, pinned_at: null, link_preview: null };
  return toMessage(chat_id, { ...row, ...own });
}

/** What somebody whom its reader has blocked has put on a message is not shown for as long as they do (SPEC BLK5). */
function withoutBlocked(room: Room, viewer: MemberRow, message: Message): Message {
  if (!message.reactions || !room.blocks.has(viewer.user_id)) return message;
  const { reactions, ...rest } = message;
  // In a direct chat only one's own are left.
  const own = reactions.flatMap(({ emoji, user_ids }) =>
    user_ids.includes(viewer.user_id) ? [{ emoji, count: 1, user_ids: [viewer.user_id] }] : [],
  );
  return own.length > 0 ? { ...rest, reactions: own } : rest;
}

/** A message from before a member's time: an empty stub that keeps the number. */
function toStub(chatId: string, viewer: PersonRow, row: MessageRow): Message {
  return {
    message_id: messageId(chatId, row.seq),
    chat_id: chatId,
    seq: row.seq,
    rev: row.rev,
    sender_id: NOBODY,
    message_type: "text",
    content: null,
    created_at: iso(viewer.joined_at),
    is_hidden: true,
  };
}

/**
 * The first message of a thread whose reader has cleared it: what it said is gone for them, while newer answers keep the
 * thread. They knew who wrote it and when.
 */
export function toClearedRoot(chatId: string, row: MessageRow): Message {
  const { message_id, seq, rev, sender_id, message_type, created_at, thread } = toMessage(chatId, row);
  return {
    ...{ message_id, chat_id: chatId, seq, rev, sender_id, message_type, created_at },
    content: null,
    ...(thread ? { thread } : {}),
    is_hidden: true,
  };
}

export function toPreview(room: Room, row: MessageRow): Preview {
  const content = row.content === null ? null : (JSON.parse(row.content) as MessageContent);
  return {
    seq: row.seq,
    sender_id: row.sender_id,
    sender_name: room.member(row.sender_id)?.display_name ?? "",
    message_type: row.message_type,
    text: content ? excerpt(lineOf(content)) : "",
    ...(row.deleted_at === null ? {} : { is_deleted: true as const }),
    ...(content && "event" in content ? { notice: content } : {}),
    created_at: iso(row.created_at),
    ...(row.expires_at === null || content === null ? {} : { expires_at: iso(row.expires_at) }),
  };
}

/** A member's inbox entry as it is now: absolute. */
export function toEntry(room: Room, member: MemberRow): Omit<InboxEntry, "rev"> {
  const { chat } = room;
  const last = room.shownTo(member);
  const hasBlocked = room.blocks.has(member.user_id);
  const isPresent = room.isPresent(member);
  const unreadThreads = isPresent && !hasBlocked ? room.unreadThreads(member) : 0;
  const peer = chat.chat_type === "direct" ? peerOf(room, member.user_id) : undefined;
  const mention = isPresent ? room.mention(member) : undefined;
  // Who was put out is told the chat as it was then, as far as it still is, and nothing of what came later.
  const isOut = member.removed_at !== null;
  const isOther = isOut && chat.rev > member.rev;
  const { count, failed } = isPresent ? room.timers.waiting(member.user_id) : { count: 0, failed: 0 };
  return {
    chat_id: chat.chat_id,
    chat_type: chat.chat_type,
    name: isOther ? "" : chat.name,
    ...(peer ? { peer: { user_id: peer.user_id, username: peer.username, display_name: peer.display_name } } : {}),
    role: member.role,
    member_count: isOther ? 0 : chat.member_count,
    // While they have blocked the other side, what that writes moves nothing here.
    head_seq: isOut ? room.readSeq(member) : hasBlocked ? Math.max(last?.seq ?? 0, room.readSeq(member)) : room.headSeq,
    read_seq: room.readSeq(member),
    unread: isPresent ? room.unread(member) : 0,
    ...(mention === undefined ? {} : { mention_seq: mention }),
    ...(unreadThreads === 0 ? {} : { unread_threads: unreadThreads }),
    ...(isPresent && room.may(member, "admit_members") && room.requestCount > 0
      ? { join_request_count: room.requestCount }
      : {}),
    ...(count > 0 ? { scheduled_count: count } : {}),
    ...(failed > 0 ? { scheduled_failed: failed } : {}),
    ...(isPresent && last ? { preview: toPreview(room, last) } : {}),
    ...(hasBlocked ? { is_blocked: true as const } : {}),
    last_at: iso(member.removed_at ?? last?.created_at ?? Math.max(chat.created_at, member.joined_at)),
    ...(isPresent ? {} : { is_removed: true as const }),
  };
}

/** The name under which a member knows the chat: a direct one by its other side. */
export const nameFor = (room: Room, viewer: MemberRow): string =>
  room.chat.chat_type === "direct" ? (peerOf(room, viewer.user_id)?.display_name ?? "") : room.chat.name;

/** The other side of a direct chat; in a chat with oneself, oneself. */
function peerOf(room: Room, userId: string): MemberRow | undefined {
  const members = room.members();
  return members.find((m) => m.user_id !== userId) ?? members[0];
}
