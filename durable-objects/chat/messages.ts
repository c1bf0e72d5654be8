import { createHash } from "node:crypto";
import { Fault } from "../../src/domain/fault.ts";
import { can, outranks } from "../../src/domain/rights.ts";
import { normaliseText } from "../../src/domain/text.ts";
import type { MessageAck } from "../../src/protocol/down.ts";
import { messageId, parseMessageId } from "../../src/protocol/ids.ts";
import { TEXT_BYTES } from "../../src/protocol/limits.ts";
import type { Draft, Message, NoticeContent } from "../../src/protocol/message.ts";
import type { RateLimit } from "../shared/rate.ts";
import type { Effect } from "./commits.ts";
import { encodeNews } from "./news.ts";
import type { Room } from "./room.ts";
import type { MessageRow } from "./store.ts";
import { iso, toMessage, toStub } from "./wire.ts";

const encoder = new TextEncoder();

const digestOf = (row: Pick<MessageRow, "message_type" | "content" | "reply_to">): string =>
  createHash("sha256")
    .update(JSON.stringify([row.message_type, row.content, row.reply_to]))
    .digest("base64url");

/**
 * Adds a message to the log, or recognises its repeat (SPEC SEQ, REP): answered with its row, the same for both. One row.
 * Order of the checks is law: known already? → membership and rights → limits → write.
 */
export function send(room: Room, by: string, draft: Draft, now: number, limit: RateLimit): Effect<MessageRow> {
  // A stranger has stored nothing that could be repeated: no reading for them.
  if (!room.member(by)) throw new Fault("not_found");
  const fresh = rowOf(room, by, draft, now);
  const knownSeq = room.known.find(by, draft.client_msg_id, draft.seen_seq, now);
  if (knownSeq !== undefined) return { value: sameMessage(room, knownSeq, fresh) };

  const sender = room.requireRight(by, "write");
  if ((draft.seen_seq ?? 0) > room.headSeq)
    throw new Fault("seq_ahead", { message: "seen_seq is above the head of the chat." });
  if (fresh.reply_to !== null && (fresh.reply_to > room.headSeq || fresh.reply_to < sender.first_seq)) {
    throw new Fault("not_found", { message: "The message this answers does not exist." });
  }
  limit.spend(by, now);

  // Sending reads: the own cursor moves with the message if nothing by others lies between.
  const hasReadAll = !room.hasUnread(sender);
  const answered = fresh.reply_to === null ? undefined : room.store.message(fresh.reply_to)?.sender_id;
  const piece = encodeNews({
    type: "MESSAGE_RECEIVED",
    chat_id: room.chat.chat_id,
    base: room.rev,
    rev: fresh.rev,
    message: toMessage(room.chat.chat_id, fresh),
  });
  // Last, so that nothing can fail behind it: this statement alone is undone when it fails.
  room.store.insertMessage(fresh);
  return {
    value: fresh,
    apply: () => {
      room.appended(fresh);
      room.rev = fresh.rev;
      if (hasReadAll) room.moveCursors(sender, fresh.seq, fresh.seq);
    },
    news: { pieces: [piece], bumps: "everybody", ...(answered === undefined ? {} : { personal: [answered] }) },
  };
}

function rowOf(room: Room, by: string, draft: Draft, now: number): MessageRow {
  const target = draft.reply_to_message_id === undefined ? undefined : parseMessageId(draft.reply_to_message_id);
  if (target && target.chat_id !== room.chat.chat_id)
    throw new Fault("invalid", { message: "reply_to_message_id is of another chat." });
  const text = normaliseText(draft.content.text);
  // Composing a letter can make it longer: what is stored keeps to the limit, too.
  if (text.length * 3 > TEXT_BYTES && encoder.encode(text).byteLength > TEXT_BYTES)
    throw new Fault("invalid", { message: `A text has at most ${TEXT_BYTES} bytes of UTF-8.` });
  return {
    seq: room.headSeq + 1,
    born_rev: room.rev + 1,
    rev: room.rev + 1,
    sender_id: by,
    client_msg_id: draft.client_msg_id,
    seen_seq: draft.seen_seq ?? null,
    message_type: draft.message_type,
    content: JSON.stringify({ text }),
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

/** What a deletion answers: the tombstone. */
export interface Deletion {
  message: Message;
  isRepeat: boolean;
}

/** Deletes a message for everyone (SPEC DEL): its sender may, and who outranks them. A repeat has no second effect. */
export function deleteMessage(room: Room, by: string, seq: number, now: number): Effect<Deletion> {
  const member = room.requireMember(by);
  const row = seq <= room.headSeq && seq >= member.first_seq ? room.store.message(seq) : undefined;
  if (!row) throw new Fault("not_found");
  if (row.message_type === "system") throw new Fault("forbidden");
  if (row.sender_id !== by) {
    const author = room.member(row.sender_id);
    const isBeyondReach = author !== undefined && room.isPresent(author) && !outranks(member.role, author.role);
    if (!can(room.chat.chat_type, member.role, "delete_others") || isBeyondReach) throw new Fault("forbidden");
  }
  if (row.deleted_at !== null) return { value: { message: toMessage(room.chat.chat_id, row), isRepeat: true } };

  const rev = room.rev + 1;
  const buried: MessageRow = { ...row, content: null, rev, deleted_at: now, digest: digestOf(row) };
  room.store.buryMessage(seq, rev, now, buried.digest ?? "");
  room.store.insertChange(rev, { messages: [seq] });
  const message = toMessage(room.chat.chat_id, buried);
  const change = { type: "MESSAGES_CHANGED", chat_id: room.chat.chat_id, base: rev - 1, rev } as const;
  return {
    value: { message, isRepeat: false },
    apply: () => {
      room.deleted(buried);
      room.rev = rev;
    },
    news: {
      pieces: [encodeNews({ ...change, messages: [message] })],
      // To whom the past is hidden, a tombstone would tell who spoke there, and when.
      veiled: {
        seq,
        piece: (viewer) => encodeNews({ ...change, messages: [toStub(room.chat.chat_id, viewer, buried)] }),
      },
      bumps: "everybody",
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
