import { Fault } from "../../src/domain/fault.ts";
import { messageId } from "../../src/protocol/ids.ts";
import type { HistoryAsk } from "../../src/protocol/rpc.ts";
import type { ThreadPage, ThreadsAsk } from "../../src/protocol/thread-calls.ts";
import type { ThreadEntry } from "../../src/protocol/thread-routes.ts";
import { oweCopies } from "./broadcasts.ts";
import type { Effect, News } from "./commits.ts";
import { withSenders } from "./history.ts";
import type { Addressed } from "./mentions.ts";
import { encodeNews } from "./news.ts";
import { linkedBy } from "./previews.ts";
import type { Room } from "./room.ts";
import type { MemberRow, MessageRow, ThreadRow } from "./rows.ts";
import { toClearedRoot, toMessage, toMessageFor } from "./wire.ts";

/** Writers whom the first message of a thread names. */
const PEOPLE_NAMED = 3;
/** Answers looked through for them when one was deleted. */
const ANSWERS_READ = 50;

/**
 * The first message of a thread, for somebody who wants to answer in it or to follow it (SPEC THR1).
 * @throws Fault `not_found` for what they may not see, or what was deleted before anybody answered; `forbidden` for a
 * notice; `invalid` for an answer: threads have no threads
 */
export function threadRoot(room: Room, viewer: MemberRow, seq: number): MessageRow {
  const row = seq >= viewer.first_seq && seq <= room.headSeq ? room.store.message(seq) : undefined;
  if (!row || room.isHiddenFrom(viewer, row) || (row.deleted_at !== null && row.thread === null))
    throw new Fault("not_found", { message: "The message whose thread this is does not exist." });
  if (row.message_type === "system") throw new Fault("forbidden");
  if (row.thread_root !== null) throw new Fault("invalid", { message: "An answer has no thread of its own." });
  return row;
}

/**
 * Writes an answer and what the thread's first message now says of it, as one step of the clock, and tells those who
 * follow it (SPEC THR2, THR3). It reads nothing of the chat itself: the sender's cursor stays where it is.
 */
export function appendAnswer(
  room: Room,
  sender: MemberRow,
  row: MessageRow,
  root: MessageRow,
  { content, concerns, personal }: Addressed,
): Effect<MessageRow> {
  const chatId = room.chat.chat_id;
  const { rev } = row;
  oweCopies(room, row);
  const summary: ThreadRow | undefined = root.thread === null ? undefined : (JSON.parse(root.thread) as ThreadRow);
  const others = (summary?.people ?? []).filter((id) => id !== row.sender_id);
  const thread: ThreadRow = {
    count: (summary?.count ?? 0) + 1,
    at: row.created_at,
    seq: row.seq,
    people: [row.sender_id, ...others].slice(0, PEOPLE_NAMED),
  };
  room.store.insertMessage(row);
  const nextRoot = room.threads.putSummary({ ...root, rev, thread: JSON.stringify(thread) });
  room.store.insertChange(rev, { messages: [root.seq], is_count_kept: true });
  const isEverybodyMeant = concerns === "*";
  const followers = joinThread(room, root, row, namedIn({ content, concerns }));

  const frame = { type: "MESSAGE_RECEIVED", chat_id: chatId, base: rev - 1, rev } as const;
  const message = toMessage(chatId, row);
  const isDirect = room.chat.chat_type === "direct";
  const called =
    isDirect && personal !== "everybody" ? [...personal, ...followers.filter((id) => id !== sender.user_id)] : personal;
  return {
    value: row,
    apply: () => {
      room.appended(row);
      room.annotated(nextRoot);
      room.threadsChanged(followers);
      room.rev = rev;
    },
    news: {
      pieces: [encodeNews({ ...frame, message, root: toMessage(chatId, nextRoot) })],
      veiled: {
        seq: root.seq,
        piece: (viewer) =>
          encodeNews({
            ...frame,
            message: toMessageFor(room, viewer, row),
            root: toMessageFor(room, viewer, nextRoot),
          }),
      },
      bumps: isEverybodyMeant ? "everybody" : followers,
      ...(called.length > 0 ? { personal: called } : {}),
      linked: linkedBy(room, row),
    },
  };
}

/**
 * Who follows a thread after an answer: its first writer, who answers, who is named, in a direct chat both. Who has
 * stopped to follow does so again only by answering. Returns those who are members now.
 */
function joinThread(room: Room, root: MessageRow, row: MessageRow, named: readonly string[]): string[] {
  const known = new Map(room.threads.members(root.seq).map((member) => [member.user_id, member]));
  // From where it counts for them: all answers for who began it, this one alone for who is called.
  const joining = new Map<string, number>([
    ...[...(room.chat.chat_type === "direct" ? room.presentIds() : [])].map((id): [string, number] => [id, root.seq]),
    ...named.map((id): [string, number] => [id, row.seq - 1]),
    [root.sender_id, root.seq],
    [row.sender_id, row.seq],
  ]);
  for (const [user_id, read_seq] of joining) {
    const member = known.get(user_id);
    const isAnswering = user_id === row.sender_id;
    if (!room.isPresent(room.member(user_id)) || (member && (member.is_following === 1 || !isAnswering))) continue;
    const next = { root: root.seq, user_id, is_following: 1, read_seq, commands: member?.commands ?? null };
    room.threads.putMember(next);
    known.set(user_id, next);
  }
  return [...known.values()].flatMap(({ user_id, is_following }) =>
    is_following === 1 && room.isPresent(room.member(user_id)) ? [user_id] : [],
  );
}

/** Who is meant by name, or answered. Who means everybody calls all, and makes nobody follow. */
const namedIn = ({ content, concerns }: Pick<Addressed, "content" | "concerns">): string[] =>
  concerns === "*"
    ? (content.mentions ?? []).flatMap((mention) => mention.user_id ?? [])
    : (concerns?.split(" ") ?? []);

/** Who is named in an answer by an edit follows its thread, too. */
export function joinByEdit(room: Room, row: MessageRow, addressed: Addressed): void {
  if (row.thread_root === null) return;
  for (const user_id of namedIn(addressed)) {
    if (!room.isPresent(room.member(user_id)) || room.threads.member(row.thread_root, user_id)) continue;
    room.threads.putMember({ root: row.thread_root, user_id, is_following: 1, read_seq: row.seq - 1, commands: null });
  }
}

/** Members who follow a thread. */
const followersOf = (room: Room, root: number): string[] =>
  room.threads
    .members(root)
    .flatMap(({ user_id, is_following }) =>
      is_following === 1 && room.isPresent(room.member(user_id)) ? [user_id] : [],
    );

/**
 * Corrects what the first messages of threads say, after answers of them were turned into tombstones with step `rev` of
 * the clock (SPEC THR5): one row each. Returns these messages as they are now, for the news and the change; memory follows
 * by `annotated` and `threadsChanged`.
 */
export function correctRoots(room: Room, rev: number, buried: readonly MessageRow[]): MessageRow[] {
  const fewer = new Map<number, number>();
  for (const { thread_root: root } of buried) if (root !== null) fewer.set(root, (fewer.get(root) ?? 0) + 1);
  return [...fewer].flatMap(([seq, gone]) => {
    const root = room.store.message(seq);
    if (!root || root.thread === null) return [];
    const { count } = JSON.parse(root.thread) as ThreadRow;
    const thread = summaryOf(room, seq, count - gone);
    return [room.threads.putSummary({ ...root, rev, thread: thread ? JSON.stringify(thread) : null })];
  });
}

function summaryOf(room: Room, root: number, count: number): ThreadRow | undefined {
  let latest: { seq: number; at: number } | undefined;
  const people: string[] = [];
  let read = 0;
  for (const { seq, created_at, sender_id } of room.threads.standing(root)) {
    latest ??= { seq, at: created_at };
    if (!people.includes(sender_id)) people.push(sender_id);
    read++;
    if (people.length === PEOPLE_NAMED || read === ANSWERS_READ) break;
  }
  return latest && { count, ...latest, people };
}

/** Whose hubs show something else when an answer is deleted or changed. */
export const audienceOf = (room: Room, row: MessageRow): News["bumps"] =>
  row.thread_root === null ? "everybody" : followersOf(room, row.thread_root);

/**
 * A thread as a member has it (SPEC THR6). `hidden`: what they have hidden from themselves, which does not count, nor does
 * anything up to `cleared`; a first message that was cleared is a stub (SPEC HIS4), one that a block hides the block's.
 */
export function threadEntry(
  room: Room,
  viewer: MemberRow,
  root: MessageRow,
  hidden: readonly number[] = [],
  cleared = 0,
): ThreadEntry {
  const own = room.threads.member(root.seq, viewer.user_id);
  const isFollowing = own?.is_following === 1;
  return {
    root:
      root.seq <= cleared && !room.isHiddenFrom(viewer, root)
        ? toClearedRoot(room.chat.chat_id, root)
        : toMessageFor(room, viewer, root),
    unread: isFollowing ? room.threads.unreadIn(root.seq, viewer.user_id, Math.max(own.read_seq, cleared), hidden) : 0,
    read_seq: own?.read_seq ?? 0,
    is_following: isFollowing,
  };
}

/** A page of a thread's answers before, after or around a place, or the newest: contiguous within the thread (SPEC THR7). */
export function threadPage(
  room: Room,
  viewer: MemberRow,
  seq: number,
  ask: HistoryAsk,
  hidden: readonly number[] = [],
  cleared = 0,
): ThreadPage {
  const root = threadRoot(room, viewer, seq);
  const { rows, hasMore, hasNewer } = pageOf(room, seq, ask, cleared);
  const [first, last] = [rows[0], rows.at(-1)];
  const idOf = (row: MessageRow) => messageId(room.chat.chat_id, row.seq);
  return {
    thread: threadEntry(room, viewer, root, hidden, cleared),
    messages: withSenders(room, viewer, rows),
    has_more: hasMore,
    ...(hasMore && first ? { next_before_id: idOf(first) } : {}),
    has_newer: hasNewer,
    ...(hasNewer && last ? { next_after_id: idOf(last) } : {}),
    head_seq: room.headSeq,
    rev: room.rev,
  };
}

/** Oldest first. One row more than was asked for says whether there is more. */
function pageOf(
  room: Room,
  root: number,
  { limit, after_seq, around_seq, before_seq = Number.MAX_SAFE_INTEGER }: HistoryAsk,
  cleared: number,
): { rows: MessageRow[]; hasMore: boolean; hasNewer: boolean } {
  const down = (before: number, count: number) =>
    room.threads
      .answersBefore(root, before, count)
      .filter((row) => row.seq > cleared)
      .reverse();
  const up = (after: number, count: number) => room.threads.answersAfter(root, Math.max(after, cleared), count);
  if (after_seq !== undefined) {
    const rows = up(after_seq, limit + 1);
    return {
      rows: rows.slice(0, limit),
      hasMore: down(after_seq + 1, 1).length > 0,
      hasNewer: rows.length > limit,
    };
  }
  if (around_seq !== undefined) {
    const half = Math.ceil(limit / 2);
    const older = down(around_seq + 1, half + 1);
    const kept = older.slice(-half);
    const newer = up(around_seq, limit - kept.length + 1);
    return {
      rows: [...kept, ...newer.slice(0, limit - kept.length)],
      hasMore: older.length > half,
      hasNewer: newer.length > limit - kept.length,
    };
  }
  const rows = down(before_seq, limit + 1);
  return {
    rows: rows.slice(-limit),
    hasMore: rows.length > limit,
    hasNewer: before_seq <= room.headSeq && up(before_seq - 1, 1).length > 0,
  };
}

/**
 * Threads of the chat, the one with the latest answer first (SPEC THR8), but for those of which everything was cleared
 * (SPEC HIS4). `next`: where the following page begins.
 */
export function listThreads(
  room: Room,
  viewer: MemberRow,
  { limit, below = Number.MAX_SAFE_INTEGER, filter, hidden = [], cleared_seq = 0 }: ThreadsAsk,
): { threads: ThreadEntry[]; next?: number } {
  const ask = { below, limit: limit + 1, hidden, filter, cleared_seq };
  const rows = room.threads
    .roots(viewer.user_id, viewer.first_seq, ask)
    .filter((root) => root.thread !== null && (JSON.parse(root.thread) as ThreadRow).seq > cleared_seq);
  const page = rows.slice(0, limit);
  const last = page.at(-1);
  return {
    threads: page.map((root) => threadEntry(room, viewer, root, hidden, cleared_seq)),
    ...(rows.length > limit && last?.thread ? { next: (JSON.parse(last.thread) as ThreadRow).seq } : {}),
  };
}
