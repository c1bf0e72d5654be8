import { createHash } from "node:crypto";
import { asFault, Fault } from "../../src/domain/fault.ts";
import { logError } from "../../src/ops/metrics.ts";
import { type MessageContent, type SendableContent, SendableType } from "../../src/protocol/content.ts";
import { objectName, parseMessageId } from "../../src/protocol/ids.ts";
import type { Forwarded } from "../../src/protocol/message.ts";
import type { ForwardAsk, ForwardSource } from "../../src/protocol/rpc.ts";
import { within } from "../shared/deadline.ts";
import type { ObjectEnv } from "../shared/env.ts";
import { HUB_CALL_MS } from "../shared/limits.ts";
import type { RateLimit } from "../shared/rate.ts";
import { visibleMessage } from "./changes.ts";
import type { Effect } from "./commits.ts";
import { composeContent, lineOf } from "./contents.ts";
import { append, nextRow, storedCopy } from "./messages.ts";
import type { Room } from "./room.ts";
import type { ForwardedRow, MessageRow } from "./rows.ts";
import { requirePace } from "./slow-mode.ts";
import { iso, toForwarded } from "./wire.ts";

/** What reading the source of a forward has come to. `undefined`: it was not read, because this is a repeat. */
export type Reading = { source: ForwardSource } | { refused: Fault } | undefined;

/** A forward is known by what was asked for: the source may say something else by the time it is repeated. */
const digestOf = (sourceId: string): string =>
  createHash("sha256")
    .update(JSON.stringify(["forward", sourceId]))
    .digest("base64url");

/**
 * Reads what is to be forwarded, before anything is committed (SPEC FWD2, FWD3): not for a repeat, and not for who may
 * not write here. The limit is taken here, where the work is.
 * @throws Fault of this chat: `not_found`, `removed`, `forbidden`, `seq_ahead`, `rate_limited`
 */
export async function readSource(
  env: ObjectEnv,
  room: Room,
  by: string,
  ask: ForwardAsk,
  now: number,
  limit: RateLimit,
): Promise<Reading> {
  if (!room.member(by)) throw new Fault("not_found");
  if (room.known.find(by, ask.client_msg_id, ask.seen_seq, now) !== undefined) return undefined;
  room.requireRight(by, "write");
  requireSeen(room, ask);
  limit.spend(by, now);
  const place = parseMessageId(ask.source_message_id);
  if (!place) throw new Fault("not_found");
  try {
    if (place.chat_id === room.chat.chat_id) return { source: sourceOf(room, by, place.seq) };
    const chat = env.CHATS.get(env.CHATS.idFromName(objectName("chat", place.chat_id)));
    return { source: await within(chat.forwardSource(by, place.seq), HUB_CALL_MS) };
  } catch (error) {
    return { refused: refusalOf(error) };
  }
}

function requireSeen(room: Room, ask: ForwardAsk): void {
  if ((ask.seen_seq ?? 0) > room.headSeq)
    throw new Fault("seq_ahead", { message: "seen_seq is above the head of the chat." });
}

/** In the words of the target: that somebody was removed from the source is no news of this chat. */
function refusalOf(error: unknown): Fault {
  switch (asFault(error)?.code) {
    case "not_found":
    case "removed":
      return new Fault("not_found", { message: "The message to be forwarded does not exist, or you cannot see it." });
    case "forbidden":
      return new Fault("forbidden", { message: "What the chat itself says cannot be forwarded." });
    default:
      logError({ where: "chat, reading the source of a forward", error, level: "warning" });
      return new Fault("unavailable", { retry_after: 1 });
  }
}

/** What this chat gives of a message that a member forwards. @throws Fault `not_found`, `removed`; `forbidden` for a notice */
export function sourceOf(room: Room, by: string, seq: number): ForwardSource {
  // What was written to a list is still on its way when its owner has ended it.
  const owner = room.chat.chat_type === "broadcast" ? room.member(by) : undefined;
  const row = visibleMessage(room, owner ?? room.requireMember(by), seq);
  if (row.message_type === "system") throw new Fault("forbidden");
  const content = row.content === null ? undefined : (JSON.parse(row.content) as MessageContent);
  const type = SendableType.safeParse(row.message_type);
  if (!content || !type.success) throw new Fault("not_found");
  const isText = type.data === "text";
  const forwarded: Forwarded =
    row.forwarded === null
      ? {
          sender_id: row.sender_id,
          sender_name: room.member(row.sender_id)?.display_name ?? "",
          created_at: iso(row.created_at),
        }
      : toForwarded(row.forwarded);
  return {
    text: lineOf(content),
    // Stored by `send` or `forward` alone, which check it.
    ...(isText ? {} : { other: { message_type: type.data, content: content as SendableContent } }),
    forwarded,
  };
}

/** What the copy says: a text without its mentions, and a poll that nobody has voted in yet, whose time is not over. */
function copyOf({ text, other }: ForwardSource, now: number): { message_type: SendableType; content: SendableContent } {
  if (!other) return { message_type: "text", content: { text } };
  const content = composeContent(other.message_type, other.content);
  if (!("closes_at" in content) || content.closes_at === undefined || Date.parse(content.closes_at) > now)
    return { ...other, content };
  const { closes_at: _, ...open } = content;
  return { ...other, content: open };
}

/** Adds the copy to the log, or recognises its repeat (SPEC FWD). One row. */
export function forward(room: Room, by: string, ask: ForwardAsk, reading: Reading, now: number): Effect<MessageRow> {
  if (!room.member(by)) throw new Fault("not_found");
  const digest = digestOf(ask.source_message_id);
  const knownSeq = room.known.find(by, ask.client_msg_id, ask.seen_seq, now);
  if (knownSeq !== undefined) return { value: storedCopy(room, knownSeq, (stored) => stored.digest === digest) };
  // Asked again: a moment has passed.
  const sender = room.requireRight(by, "write");
  requirePace(room, sender, now);
  requireSeen(room, ask);
  if (!reading) throw new Fault("unavailable", { retry_after: 1 });
  if ("refused" in reading) throw reading.refused;

  const { forwarded } = reading.source;
  const { message_type, content } = copyOf(reading.source, now);
  const row = nextRow(
    room,
    by,
    {
      client_msg_id: ask.client_msg_id,
      seen_seq: ask.seen_seq ?? null,
      message_type,
      content: JSON.stringify(content),
      reply_to: null,
    },
    now,
  );
  const whose: ForwardedRow = { ...forwarded, created_at: Date.parse(forwarded.created_at) };
  return append(room, sender, { ...row, digest, forwarded: JSON.stringify(whose) }, []);
}
