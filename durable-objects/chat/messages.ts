import { createHash } from "node:crypto";
import { Fault } from "../../src/domain/fault.ts";
import { can, outranks } from "../../src/domain/rights.ts";
import type { NoticeContent, SendableContent, TextContent } from "../../src/protocol/content.ts";
import type { MessageAck } from "../../src/protocol/down.ts";
import { messageId, parseMessageId } from "../../src/protocol/ids.ts";
import type { Draft, Message } from "../../src/protocol/message.ts";
import type { RateLimit } from "../shared/rate.ts";
import { oweCopies } from "./broadcasts.ts";
import type { Effect } from "./commits.ts";
import { composeContent } from "./contents.ts";
import { address } from "./mentions.ts";
import { encodeNews } from "./news.ts";
import { linkedBy } from "./previews.ts";
import type { Room } from "./room.ts";
import { BARE, type MemberRow, type MessageRow } from "./rows.ts";
import { requirePace } from "./slow-mode.ts";
import { stickerOf } from "./sticker-counts.ts";
import { appendAnswer, audienceOf, correctRoots, threadRoot } from "./threads.ts";
import { expiryOf } from "./timers.ts";
import { iso, toMessage, toMessageFor } from "./wire.ts";

/** Says that a repeat is one, once the row itself no longer does. */
export function digestOf(
  row: Pick<MessageRow, "message_type" | "content" | "reply_to" | "thread_root">,
  expiresInS?: number,
): string {
  const fixed: unknown[] = [row.message_type, row.content, row.reply_to];
  // What was stored before there were threads and timers keeps its digest.
  if (row.thread_root !== null || expiresInS !== undefined) fixed.push(row.thread_root, expiresInS ?? null);
  return createHash("sha256").update(JSON.stringify(fixed)).digest("base64url");
}

/**
 * Adds a message to the log, or recognises its repeat (SPEC SEQ, REP): answered with its row, the same for both. One row.
 * Order of the checks is law: known already? → membership and rights → limits → write.
 */
export function send(room: Room, by: string, draft: Draft, now: number, limit: RateLimit): Effect<MessageRow> {
  // A stranger has stored nothing that could be repeated: no reading for them.
  if (!room.member(by)) throw new Fault("not_found");
  const composed = composeContent(draft.message_type, draft.content);
  const asSent = rowOf(room, by, draft, composed, now);
  const knownSeq = room.known.find(by, draft.client_msg_id, draft.seen_seq, now);
  if (knownSeq !== undefined) return { value: storedCopy(room, knownSeq, isSameAs(asSent)) };

  const sender = room.requireRight(by, "write");
  requirePace(room, sender, now);
  if ((draft.seen_seq ?? 0) > room.headSeq)
    throw new Fault("seq_ahead", { message: "seen_seq is above the head of the chat." });
  if (asSent.reply_to !== null && (asSent.reply_to > room.headSeq || asSent.reply_to < sender.first_seq)) {
    throw new Fault("not_found", { message: "The message this answers does not exist." });
  }
  const root = asSent.thread_root === null ? undefined : threadRoot(room, sender, asSent.thread_root);
  const text = "text" in composed ? composed : undefined;
  const addressed = address(room, sender, text ?? NO_TEXT, asSent.reply_to);
  limit.spend(by, now);

  const content = text ? JSON.stringify(addressed.content) : asSent.content;
  const digest = asSent.digest ?? (content === asSent.content ? null : digestOf(asSent));
  const row: MessageRow = { ...asSent, content, digest, concerns: addressed.concerns };
  return root ? appendAnswer(room, sender, row, root, addressed) : append(room, sender, row, addressed.personal);
}

/** Of what is no text: it mentions nobody, but may answer somebody. */
const NO_TEXT: TextContent = { text: "" };

/** Writes a new message and says it: one statement, one row. */
export function append(
  room: Room,
  sender: MemberRow,
  row: MessageRow,
  personal: "everybody" | readonly string[],
): Effect<MessageRow> {
  // Sending reads: the own cursor moves with the message if nothing by others lies between.
  const hasReadAll = !room.hasUnread(sender);
  const { chat_id } = room.chat;
  const frame = { type: "MESSAGE_RECEIVED", chat_id, base: room.rev, rev: row.rev } as const;
  const received = (message: Message): string => encodeNews({ ...frame, message });
  const piece = received(toMessage(chat_id, row));
  oweCopies(room, row);
  // Last, so that nothing can fail behind it: this statement alone is undone when it fails.
  room.store.insertMessage(row);
  return {
    value: row,
    apply: () => {
      room.appended(row);
      room.rev = row.rev;
      if (hasReadAll) room.moveCursors(sender, row.seq, row.seq);
    },
    news: {
      pieces: [piece],
      // For who has blocked the sender, or had.
      ...(room.blocks.isAny
        ? { veiled: { seq: row.seq, piece: (viewer) => received(toMessageFor(room, viewer, row)) } }
        : {}),
      bumps: "everybody",
      ...(personal.length === 0 ? {} : { personal }),
      linked: linkedBy(room, row),
      sticker: stickerOf(row),
    },
  };
}

/** The next row of the log. `expiresInS`: what its sender said of its end; the chat's own timer holds besides. */
export function nextRow(
  room: Room,
  by: string,
  sent: Pick<MessageRow, "client_msg_id" | "seen_seq" | "message_type" | "content" | "reply_to">,
  now: number,
  expiresInS?: number,
): MessageRow {
  const createdAt = Math.max(now, room.last?.created_at ?? 0);
  return {
    ...BARE,
    ...sent,
    seq: room.headSeq + 1,
    born_rev: room.rev + 1,
    rev: room.rev + 1,
    sender_id: by,
    created_at: createdAt,
    expires_at: expiryOf(room, createdAt, expiresInS),
  };
}

/** A draft as the row it would be; its digest says what the row itself does not: a time to disappear of its own. */
function rowOf(room: Room, by: string, draft: Draft, composed: SendableContent, now: number): MessageRow {
  const { client_msg_id, message_type, expires_in_s } = draft;
  const content = JSON.stringify(composed);
  const seen_seq = draft.seen_seq ?? null;
  const reply_to = seqHere(room, "reply_to_message_id", draft.reply_to_message_id);
  const thread_root = seqHere(room, "thread_root_message_id", draft.thread_root_message_id);
  const row = {
    ...nextRow(room, by, { client_msg_id, seen_seq, message_type, content, reply_to }, now, expires_in_s),
    thread_root,
  };
  return expires_in_s === undefined ? row : { ...row, digest: digestOf(row, expires_in_s) };
}

function seqHere(room: Room, field: string, id: string | undefined): number | null {
  const place = id === undefined ? undefined : parseMessageId(id);
  if (place && place.chat_id !== room.chat.chat_id)
    throw new Fault("invalid", { message: `${field} is of another chat.` });
  return place?.seq ?? null;
}

/** The stored copy of a repeat. @throws Fault `id_reused` if the id was given to another message */
export function storedCopy(room: Room, seq: number, isSame: (stored: MessageRow) => boolean): MessageRow {
  const stored = room.store.message(seq);
  if (!stored) throw new Fault("internal");
  if (!isSame(stored)) throw new Fault("id_reused");
  return stored;
}

const isSameAs =
  (repeat: MessageRow) =>
  (stored: MessageRow): boolean =>
    stored.digest === null
      ? repeat.digest === null &&
        stored.content === repeat.content &&
        stored.reply_to === repeat.reply_to &&
        stored.thread_root === repeat.thread_root &&
        stored.message_type === repeat.message_type
      : stored.digest === (repeat.digest ?? digestOf(repeat));

export const toAck = (chatId: string, row: MessageRow): MessageAck => ({
  type: "MESSAGE_ACK",
  chat_id: chatId,
  client_msg_id: row.client_msg_id ?? "",
  server_msg_id: messageId(chatId, row.seq),
  seq: row.seq,
  timestamp: iso(row.created_at),
});

/**
 * Writes a message's tombstone. Everything that was added to it goes with it; what was obeyed stays known. One whose
 * time was over keeps that time, which says so.
 */
export function bury(room: Room, row: MessageRow, rev: number, at: number, isOver = false): MessageRow {
  const digest = row.digest ?? digestOf(row);
  const { commands, thread_root, thread } = row;
  const kept = { commands, thread_root, thread, expires_at: isOver ? row.expires_at : null };
  const buried: MessageRow = { ...row, ...BARE, ...kept, content: null, rev, deleted_at: at, digest };
  room.store.buryMessage(buried);
  if (row.edited_at !== null) room.store.purgeEdits(row.seq);
  if (row.poll !== null) room.polls.purge(row.seq);
  return buried;
}

/** What a deletion answers: the tombstone. */
export interface Deletion {
  message: Message;
  isRepeat: boolean;
}

/** Deletes a message for everyone (SPEC DEL): its sender may, and who outranks them. A repeat has no second effect. */
export function deleteMessage(room: Room, by: string, seq: number, now: number): Effect<Deletion> {
  const member = room.requireMember(by);
  const row = seq <= room.headSeq && seq >= member.first_seq ? room.store.message(seq) : undefined;
  if (!row || room.isHiddenFrom(member, row)) throw new Fault("not_found");
  if (row.message_type === "system") throw new Fault("forbidden");
  if (row.sender_id !== by) {
    const author = room.member(row.sender_id);
    const isBeyondReach = author !== undefined && room.isPresent(author) && !outranks(member.role, author.role);
    if (!can(room.chat.chat_type, member.role, "delete_others") || isBeyondReach) throw new Fault("forbidden");
  }
  if (row.deleted_at !== null) return { value: { message: toMessage(room.chat.chat_id, row), isRepeat: true } };

  const rev = room.rev + 1;
  const buried = bury(room, row, rev, now);
  const touched = [...correctRoots(room, rev, [buried]), buried];
  room.store.insertChange(rev, { messages: touched.map((one) => one.seq) });
  const message = toMessage(room.chat.chat_id, buried);
  const change = { type: "MESSAGES_CHANGED", chat_id: room.chat.chat_id, base: rev - 1, rev } as const;
  return {
    value: { message, isRepeat: false },
    apply: () => {
      for (const one of touched) room.annotated(one);
      room.deleted(buried);
      if (row.thread_root !== null) room.threadsChanged();
      room.rev = rev;
    },
    news: {
      pieces: [encodeNews({ ...change, messages: touched.map((one) => toMessage(room.chat.chat_id, one)) })],
      // To whom the past is hidden, a tombstone would tell who spoke there, and when.
      veiled: {
        seq: touched[0]?.seq ?? seq,
        piece: (viewer) => encodeNews({ ...change, messages: touched.map((one) => toMessageFor(room, viewer, one)) }),
      },
      bumps: audienceOf(room, row),
    },
  };
}

/**
 * Writes a notice into the log as part of a command that has its own step of the clock. Not applied to memory: see
 * `room.appended`. `place`: how many notices of the same command stand before it.
 */
export function insertNotice(room: Room, rev: number, content: NoticeContent, now: number, place = 0): MessageRow {
  const row: MessageRow = {
    seq: room.headSeq + 1 + place,
    born_rev: rev,
    rev,
    sender_id: content.actor_id,
    client_msg_id: null,
    seen_seq: null,
    message_type: "system",
    content: JSON.stringify(content),
    reply_to: null,
    created_at: Math.max(now, room.last?.created_at ?? 0),
    ...BARE,
  };
  room.store.insertMessage(row);
  return row;
}
