import { asFault, Fault } from "../../src/domain/fault.ts";
import { SCHEDULE_DAYS, SCHEDULED_PER_PERSON } from "../../src/protocol/limits.ts";
import type { Draft } from "../../src/protocol/message.ts";
import type { ScheduleAsk, ScheduledChange } from "../../src/protocol/rpc.ts";
import type { ScheduledMessage } from "../../src/protocol/timer-routes.ts";
import { RateLimit } from "../shared/rate.ts";
import { markOf } from "./changes.ts";
import type { Effect, News } from "./commits.ts";
import { send } from "./messages.ts";
import type { Room } from "./room.ts";
import type { ScheduledRow } from "./timer-store.ts";
import { iso } from "./wire.ts";

/** A time that passed no longer ago than this is now: the message was on its way. Beyond it, it is too late. */
const LATE_MS = 60_000;
const FURTHEST_MS = SCHEDULE_DAYS * 86_400_000;

/** Commands of one person that are remembered: more than may wait for them, and than a device has under way. */
const COMMANDS_KEPT = 128;

/** What was asked for is sent when its time comes, whatever else its sender does: the limit was spent when they asked. */
const UNLIMITED = new RateLimit(Number.MAX_SAFE_INTEGER, Number.MAX_SAFE_INTEGER);

/** What a command about what waits has come to: what waits now, if anything, and the step of the clock that answered it. */
export interface Rescheduled {
  row: ScheduledRow | undefined;
  rev: number;
}

/** Keeps a message until its time, or changes what waits under its id (SPEC SCH1 to SCH5). */
export function schedule(room: Room, by: string, ask: ScheduleAsk, now: number, limit: RateLimit): Effect<Rescheduled> {
  if (!room.member(by)) throw new Fault("not_found");
  const { command_id, send_at } = ask;
  const draft = fixedBy(ask);
  const known = recall(room, by, command_id, ask.client_msg_id);
  if (known) return { value: known };

  room.requireRight(by, "write");
  const sendAt = timeOf(send_at, now);
  const waiting = room.timers.store.scheduled(by, ask.client_msg_id);
  // Sent meanwhile: too late. Under an id that names another message it is that which is said.
  const isSent = room.known.find(by, ask.client_msg_id, waiting?.after_seq ?? soughtFrom(room, ask), now) !== undefined;
  rehearse(room, by, draft, now);
  if (isSent) throw wasSent();
  if (!waiting && room.timers.waiting(by).count >= SCHEDULED_PER_PERSON)
    throw new Fault("too_many", { details: { scheduled_per_person: SCHEDULED_PER_PERSON } });
  limit.spend(by, now);
  const row: ScheduledRow = {
    sender_id: by,
    client_msg_id: ask.client_msg_id,
    send_at: sendAt,
    after_seq: waiting?.after_seq ?? Math.min(ask.seen_seq ?? room.headSeq, room.headSeq),
    draft: JSON.stringify(draft),
    error: null,
  };
  return kept(room, row, command_id);
}

/** Changes the time or the text of what waits (SPEC SCH3). */
export function changeScheduled(
  room: Room,
  by: string,
  change: ScheduledChange,
  now: number,
  limit: RateLimit,
): Effect<Rescheduled> {
  if (!room.member(by)) throw new Fault("not_found");
  const { command_id, client_msg_id, send_at, content } = change;
  const known = recall(room, by, command_id, client_msg_id);
  if (known) return { value: known };

  room.requireRight(by, "write");
  const waiting = room.timers.store.scheduled(by, client_msg_id);
  if (!waiting) throw notWaiting(room, by, client_msg_id, now);
  const draft = draftOf(waiting);
  if (content && draft.message_type !== "text") throw new Fault("invalid", { message: "Only a text can be changed." });
  if (room.known.find(by, client_msg_id, waiting.after_seq, now) !== undefined) throw wasSent();
  const next: Draft = content ? { ...draft, content } : draft;
  if (content) rehearse(room, by, next, now);
  // A time that is left out stays, also one that has passed: what could not be sent then waits for another.
  const sendAt = send_at === undefined ? waiting.send_at : timeOf(send_at, now);
  limit.spend(by, now);
  const error = send_at === undefined ? waiting.error : null;
  return kept(room, { ...waiting, send_at: sendAt, draft: JSON.stringify(next), error }, command_id);
}

/** Takes back what waits (SPEC SCH3). Who may no longer write may still do that. */
export function cancelScheduled(
  room: Room,
  by: string,
  commandId: string,
  clientMsgId: string,
  now: number,
): Effect<Rescheduled> {
  const known = room.member(by) && recall(room, by, commandId, clientMsgId);
  if (known) return { value: known };
  room.requireMember(by);
  if (!room.timers.store.scheduled(by, clientMsgId)) throw notWaiting(room, by, clientMsgId, now);
  room.timers.store.deleteScheduled(by, clientMsgId);
  return settled(room, by, commandId, undefined);
}

/** What waits for a person, the next first. */
export function listScheduled(room: Room, by: string): ScheduledMessage[] {
  room.requireMember(by);
  return room.timers.store.scheduledBy(by).map((row) => toScheduled(room.chat.chat_id, row));
}

export const toScheduled = (chatId: string, row: ScheduledRow): ScheduledMessage => ({
  ...asAsked(chatId, { ...draftOf(row), send_at: iso(row.send_at) }),
  ...(row.error === null ? {} : { error: row.error }),
});

/** What was asked for, as it waits. */
export const asAsked = (chatId: string, ask: Omit<ScheduleAsk, "command_id">): ScheduledMessage => ({
  chat_id: chatId,
  client_msg_id: ask.client_msg_id,
  send_at: ask.send_at,
  message_type: ask.message_type,
  content: ask.content,
  ...(ask.reply_to_message_id === undefined ? {} : { reply_to_message_id: ask.reply_to_message_id }),
  ...(ask.thread_root_message_id === undefined ? {} : { thread_root_message_id: ask.thread_root_message_id }),
  ...(ask.expires_in_s === undefined ? {} : { expires_in_s: ask.expires_in_s }),
});

/**
 * Sends what has waited, exactly once: it leaves the table in the transaction that adds it to the log (SPEC SCH6 to SCH8).
 * Rights are those of this moment. Who is gone sends nothing more; what is refused stays, with the reason.
 */
export function sendScheduled(
  room: Room,
  { sender_id: by, client_msg_id: id }: ScheduledRow,
  now: number,
): Effect<unknown> {
  // As it is now: what was done before in this transaction may have changed it.
  const row = room.timers.store.scheduled(by, id);
  if (!row || row.error !== null || row.send_at > now) return { value: undefined };
  const changed = (effect: Effect<unknown>): Effect<unknown> => ({
    value: undefined,
    apply: () => {
      effect.apply?.();
      room.timers.rescheduled(by);
    },
    news: withBump(effect.news, by),
  });
  const drop = (): void => room.timers.store.deleteScheduled(by, id);
  if (!room.isPresent(room.member(by))) {
    drop();
    return changed({ value: undefined });
  }
  try {
    // A device sent it itself meanwhile.
    if (room.known.find(by, id, row.after_seq, now) !== undefined) {
      drop();
      return changed({ value: undefined });
    }
  } catch (error) {
    const wait = asFault(error)?.retry_after;
    if (wait === undefined) throw error;
    // It was written very long ago, and a copy is looked for once a minute: it goes a moment late.
    room.timers.store.putScheduled({ ...row, send_at: now + wait * 1_000 });
    return changed({ value: undefined });
  }
  const draft = draftOf(row);
  try {
    // A sender that names what they had seen repeats with it, one that does not repeats without: so does the chat.
    const seen = draft.seen_seq === undefined ? {} : { seen_seq: room.headSeq };
    const effect = room.store.db.transaction(() => send(room, by, { ...draft, ...seen }, now, UNLIMITED));
    drop();
    return changed(effect);
  } catch (error) {
    const fault = asFault(error);
    if (!fault) throw error;
    room.timers.store.putScheduled({ ...row, error: fault.code });
    return changed({ value: undefined });
  }
}

/** The sender's list says how many wait. */
function withBump(news: News | undefined, userId: string): News {
  if (!news) return { pieces: [], bumps: [userId] };
  return news.bumps === "everybody" ? news : { ...news, bumps: [...new Set([...news.bumps, userId])] };
}

/** What its sender fixed, and nothing else that came with it. */
const fixedBy = (ask: Draft): Draft => ({
  client_msg_id: ask.client_msg_id,
  seen_seq: ask.seen_seq,
  message_type: ask.message_type,
  content: ask.content,
  reply_to_message_id: ask.reply_to_message_id,
  thread_root_message_id: ask.thread_root_message_id,
  expires_in_s: ask.expires_in_s,
});

/** Written by {@link schedule} and {@link changeScheduled} alone. */
const draftOf = (row: ScheduledRow): Draft => JSON.parse(row.draft) as Draft;

function kept(room: Room, row: ScheduledRow, commandId: string): Effect<Rescheduled> {
  room.timers.store.putScheduled(row);
  return settled(room, row.sender_id, commandId, row);
}

/** Nobody else can see what waits: the chat's clock stands. The command is remembered, and the own list says how many wait. */
function settled(room: Room, by: string, commandId: string, row: ScheduledRow | undefined): Effect<Rescheduled> {
  const { rev } = room;
  const commands = [...room.timers.store.commands(by), markOf("schedule", commandId), rev];
  room.timers.store.putCommands(by, commands.slice(-2 * COMMANDS_KEPT));
  return {
    value: { row, rev },
    apply: () => room.timers.rescheduled(by),
    news: { pieces: [], bumps: [by] },
  };
}

/** The answer to a command that was obeyed before: what waits under the id now, whatever became of it. */
function recall(room: Room, by: string, commandId: string, clientMsgId: string): Rescheduled | undefined {
  const commands = room.timers.store.commands(by);
  const at = commands.indexOf(markOf("schedule", commandId));
  if (at === -1) return undefined;
  return { row: room.timers.store.scheduled(by, clientMsgId), rev: Number(commands[at + 1]) };
}

/** @throws Fault `invalid` for a time that does not exist or is too far ahead, `too_late` for one that has passed */
function timeOf(time: string, now: number): number {
  const at = Date.parse(time);
  if (Number.isNaN(at)) throw new Fault("invalid", { message: "There is no such time." });
  if (at > now + FURTHEST_MS) throw new Fault("invalid", { message: `At most ${SCHEDULE_DAYS} days ahead.` });
  if (at < now - LATE_MS) throw new Fault("too_late", { message: "This time has passed." });
  return at;
}

const wasSent = (): Fault => new Fault("too_late", { message: "This message was sent." });

/**
 * From where on a copy is looked for. Whoever sets another time may have seen the message come, and names a head above it:
 * what was sent lately is found in spite of that.
 */
const soughtFrom = (room: Room, { seen_seq }: ScheduleAsk): number | undefined =>
  seen_seq === undefined ? undefined : Math.min(seen_seq, nearOf(room));

const nearOf = (room: Room): number => Math.max(0, room.headSeq - NEAR_ROWS);

/** Why there is nothing to change or to take back. */
function notWaiting(room: Room, by: string, clientMsgId: string, now: number): Fault {
  // It may have been sent at any time: what is in memory, or stands near the head, says so.
  const isSent =
    room.known.find(by, clientMsgId, nearOf(room), now) !== undefined ||
    room.known.find(by, clientMsgId, undefined, now) !== undefined;
  return isSent ? wasSent() : new Fault("not_found");
}

/** Rows that are read to tell "sent" from "never heard of". */
const NEAR_ROWS = 1_000;

class Rehearsed extends Error {}

/**
 * Would it be taken if it were sent now? Tried and undone, so that what a message must be is said in one place.
 * What only this moment forbids, as slow mode does, is no reason.
 */
function rehearse(room: Room, by: string, draft: Draft, now: number): void {
  try {
    room.store.db.transaction(() => {
      send(room, by, draft, now, UNLIMITED);
      throw new Rehearsed();
    });
  } catch (error) {
    if (error instanceof Rehearsed || asFault(error)?.code === "rate_limited") return;
    throw error;
  }
}
