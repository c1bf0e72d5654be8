import { createHash } from "node:crypto";
import { Fault } from "../../src/domain/fault.ts";
import { can, outranks } from "../../src/domain/rights.ts";
import { normaliseText } from "../../src/domain/text.ts";
import type { MessageAck } from "../../src/protocol/down.ts";
import { messageId, parseMessageId } from "../../src/protocol/ids.ts";
import type { Draft, Message, NoticeContent } from "../../src/protocol/message.ts";
import type { RateLimit } from "../shared/rate.ts";
import type { Effect } from "./commits.ts";
import { encodeNews } from "./news.ts";
import type { Room } from "./room.ts";
import type { MessageRow } from "./store.ts";
import { iso, toMessage } from "./wire.ts";

/** What a send answers: the first answer, also to a repeat. */
export interface Sending {
  row: MessageRow;
  isRepeat: boolean;
}

const digestOf = (row: Pick<MessageRow, "message_type" | "content" | "reply_to">): string =>
  createHash("sha256")
    .update(JSON.stringify([row.message_type, row.content, row.reply_to]))
    .digest("base64url");

/**
 * Adds a message to the log, or recognises its repeat (SPEC SEQ, REP). One row.
 * Order of the checks is law: known already? → membership and rights → limits → write.
 */
export function send(room: Room, by: string, draft: Draft, now: number, limit: RateLimit): Effect<Sending> {
  const fresh = rowOf(room, by, draft, now);
  const knownSeq = room.known.find(by, draft.client_msg_id, draft.seen_seq, now);
  if (knownSeq !== undefined) return { value: { row: sameMessage(room, knownSeq, fresh), isRepeat: true } };

  const sender = room.requireRight(by, "write");
  if ((draft.seen_seq ?? 0) > room.headSeq)
    throw new Fault("seq_ahead", { message: "seen_seq is above the head of the chat." });
  if (fresh.reply_to !== null && (fresh.reply_to > room.headSeq || fresh.reply_to < sender.first_seq)) {
    throw new Fault("not_found", { message: "The message this answers does not exist." });
  }
  const wait = limit.take(by, now);
  if (wait > 0) throw new Fault("rate_limited", { retry_after: Math.ceil(wait * 10) / 10 });

  room.store.insertMessage(fresh);
  const news = encodeNews({
    type: "MESSAGE_RECEIVED",
    chat_id: room.chat.chat_id,
    base: room.rev,
    rev: fresh.rev,
    message: toMessage(room.chat.chat_id, fresh),
  });
  return {
    value: { row: fresh, isRepeat: false },
    apply: () => {
      // Sending reads: the own cursor moves with the message if nothing by others lies between.
      const hasReadAll = room.readSeq(sender) >= room.headSeq || room.unread(sender) === 0;
      room.appended(fresh);
      room.rev = fresh.rev;
      if (hasReadAll) room.moveCursors(sender, fresh.seq, fresh.seq);
    },
    news: { pieces: [news] },
  };
}

function rowOf(room: Room, by: string, draft: Draft, now: number): MessageRow {
  const target = draft.reply_to_message_id === undefined ? undefined : parseMessageId(draft.reply_to_message_id);
  if (target && target.chat_id !== room.chat.chat_id)
    throw new Fault("invalid", { message: "reply_to_message_id is of another chat." });
  return {
    seq: room.headSeq + 1,
    born_rev: room.rev + 1,
    rev: room.rev + 1,
    sender_id: by,
    client_msg_id: draft.client_msg_id,
    seen_seq: draft.seen_seq ?? null,
    message_type: draft.message_type,
    content: JSON.stringify({ text: normaliseText(draft.content.text) }),
    reply_to: target?.seq ?? null,
    created_at: Math.max(now, room.last?.created_at ?? 0),
    deleted_at: null,
    digest: null,
  };
}

/** The stored copy of a repeat. @throws Fault `id_reused` if the id was given to another message */
function sameMessage(room: Room, seq: number, repeat: MessageRow): MessageRow {
  const stored = room.store.message(seq);
  if (!stored) throw new Fault("internal");
  const isSame =
    stored.digest === null
      ? stored.content === repeat.content &&
        stored.reply_to === repeat.reply_to &&
        stored.message_type === repeat.message_type
      : stored.digest === digestOf(repeat);
  if (!isSame) throw new Fault("id_reused");
  return stored;
}

export const toAck = (chatId: string, row: MessageRow): MessageAck => ({
  type: "MESSAGE_ACK",
  chat_id: chatId,
  client_msg_id: row.client_msg_id ?? "",
  server_msg_id: messageId(chatId, row.seq),
  seq: row.seq,
  timestamp: iso(row.created_at),
});

/** Deletes a message for everyone (SPEC DEL): its sender may, and who outranks them. A repeat has no second effect. */
export function deleteMessage(room: Room, by: string, seq: number, now: number): Effect<Message> {
  const member = room.requireMember(by);
  const row = seq <= room.headSeq && seq >= member.first_seq ? room.store.message(seq) : undefined;
  if (!row) throw new Fault("not_found");
  if (row.message_type === "system") throw new Fault("forbidden");
  if (row.sender_id !== by) {
    const author = room.member(row.sender_id);
    const isBeyondReach = author !== undefined && room.isPresent(author) && !outranks(member.role, author.role);
    if (!can(room.chat.chat_type, member.role, "delete_others") || isBeyondReach) throw new Fault("forbidden");
  }
  if (row.deleted_at !== null) return { value: toMessage(room.chat.chat_id, row) };

  const rev = room.rev + 1;
  const buried: MessageRow = { ...row, content: null, rev, deleted_at: now, digest: digestOf(row) };
  room.store.buryMessage(seq, rev, now, buried.digest ?? "");
  room.store.insertChange(rev, { messages: [seq] });
  const message = toMessage(room.chat.chat_id, buried);
  return {
    value: message,
    apply: () => {
      room.changed(buried);
      room.rev = rev;
    },
    news: {
      pieces: [
        encodeNews({ type: "MESSAGES_CHANGED", chat_id: room.chat.chat_id, base: rev - 1, rev, messages: [message] }),
      ],
    },
  };
}

/** Writes a notice into the log as part of a command that has its own step of the clock. Not applied to memory: see `room.appended`. */
export function insertNotice(room: Room, rev: number, content: NoticeContent, now: number): MessageRow {
  const row: MessageRow = {
    seq: room.headSeq + 1,
    born_rev: rev,
    rev,
    sender_id: content.actor_id,
    client_msg_id: null,
    seen_seq: null,
    message_type: "system",
    content: JSON.stringify(content),
    reply_to: null,
    created_at: Math.max(now, room.last?.created_at ?? 0),
    deleted_at: null,
    digest: null,
  };
  room.store.insertMessage(row);
  return row;
}
