import { isPlain } from "../../src/domain/rights.ts";
import type { Person } from "../../src/protocol/chat.ts";
import type { NoticeContent } from "../../src/protocol/content.ts";
import type { Role } from "../../src/protocol/role.ts";
import type { Effect } from "./commits.ts";
import { markUntold } from "./entry-store.ts";
import { insertNotice } from "./messages.ts";
import { encodeNews } from "./news.ts";
import { receiptFor } from "./privacy.ts";
import type { Room } from "./room.ts";
import type { ChatRow, MemberRow } from "./rows.ts";
import type { ChatStore } from "./store.ts";
import { toChat, toMember, toMessage, toMessageFor } from "./wire.ts";

/** Outbox rows that one step of the clock can cause: ids are made of its rev, so that none is given twice. */
const OUTBOX_PER_REV = 1_048_576;
/** Of these, what a step itself may need; the rest is for people who come and go between two steps, one each. */
const OUTBOX_PER_STEP = 131_072;

export function insertOutbox(store: ChatStore, rev: number, userIds: readonly string[]): void {
  for (const [i, userId] of userIds.entries()) store.insertOutbox(rev * OUTBOX_PER_REV + i, userId);
}

/** `head`: the newest message when they joined; it and what came before count as read. `firstSeq`: the first they may see. */
export function newMember(
  person: Person,
  role: Role,
  now: number,
  rev: number,
  head: number,
  firstSeq: number,
  place: number,
): MemberRow {
  return {
    user_id: person.user_id,
    username: person.username,
    display_name: person.display_name,
    role,
    joined_at: now,
    removed_at: null,
    rev,
    joined_rev: rev,
    first_seq: firstSeq,
    place,
    delivered_seq: head,
    read_seq: head,
    receipt_rev: rev,
  };
}

/** What a command changes of people or of the chat itself. */
export interface Change {
  chat?: ChatRow;
  members?: MemberRow[];
  /** Rows that are shown as members and are none: recipients of a broadcast list. Already written. */
  shown?: MemberRow[];
  notices?: NoticeContent[];
  farewells?: "everybody" | string[];
  /** People whose membership D1 must hear of. */
  projected?: string[];
  /** Receipts of these members are news too: they are new. */
  withReceipts?: boolean;
  /** Whose hubs hear of it even if they are asleep. */
  personal?: readonly string[];
  /** Their rows are written and told nobody but themselves: readers of a channel. */
  isUnnamed?: boolean;
  /** Whose hubs hear of it; everybody's unless it says otherwise. */
  bumps?: readonly string[];
  /** Brings further memory in line with what the caller has written. */
  apply?: () => void;
}

function writePeople(room: Room, rev: number, change: Change): (() => void) | undefined {
  for (const member of change.members ?? []) room.store.putPerson(member);
  const keepPages = change.withReceipts ? room.receipts.write(change.members ?? [], rev) : undefined;
  if (change.chat) room.store.putChat(change.chat);
  // What waits for its time goes with its sender.
  if (change.farewells === "everybody") {
    room.store.deleteFeeds();
    room.timers.store.deleteAllScheduled();
  } else
    for (const userId of change.farewells ?? []) {
      room.store.deleteFeed(userId);
      room.timers.store.deleteScheduledBy(userId);
    }
  return keepPages;
}

function keepPeople(room: Room, change: Change): void {
  for (const member of change.members ?? []) {
    room.setMember(member);
    if (member.removed_at !== null) room.moved.delete(member.user_id);
  }
  if (change.chat) room.chat = change.chat;
  if (change.farewells === "everybody") room.timers.reread();
  else if (change.farewells) room.timers.rescheduled(...change.farewells);
  room.peopleChanged();
  change.apply?.();
}

/** Writes one step of the clock that changes people or the chat itself, and says it. */
export function step<T>(
  room: Room,
  type: "MEMBERS_CHANGED" | "CHAT_CHANGED",
  change: Change,
  now: number,
  value: T,
): Effect<T> {
  const rev = room.rev + 1;
  const members = change.members ?? [];
  const shown = change.isUnnamed ? [] : [...members, ...(change.shown ?? [])];
  const keepPages = writePeople(room, rev, change);
  insertOutbox(room.store, rev, change.projected ?? []);
  const notices = (change.notices ?? []).map((notice, place) => insertNotice(room, rev, notice, now, place));
  room.store.insertChange(rev, {
    ...(shown.length > 0 ? { members: shown.map((m) => m.user_id) } : {}),
    ...(change.chat ? { chat: true } : {}),
  });
  const chatId = room.chat.chat_id;
  /** What is said; to `viewer`, if it is not the same for them. */
  const said = (viewer?: MemberRow): string =>
    encodeNews({
      ...{ type, chat_id: chatId, base: rev - 1, rev },
      ...(change.chat ? { chat: toChat(change.chat) } : {}),
      ...(shown.length > 0 ? { members: shown.map(toMember) } : {}),
      ...(change.withReceipts && !change.isUnnamed
        ? { receipts: members.map((m) => receiptFor(room, viewer?.user_id, m)) }
        : {}),
      ...(notices.length > 0
        ? { messages: notices.map((one) => (viewer ? toMessageFor(room, viewer, one) : toMessage(chatId, one))) }
        : {}),
    });
  const toldAlone = change.isUnnamed ? members.filter((m) => m.removed_at === null) : [];
  const own = (userId: string): string | undefined => {
    const member = toldAlone.find((m) => m.user_id === userId);
    const chat = change.chat ? { chat: toChat(change.chat) } : {};
    const frame = { type: "MEMBERS_CHANGED", chat_id: chatId, base: rev - 1, rev } as const;
    if (member) return encodeNews({ ...frame, ...chat, members: [toMember(member)] });
    // Who hides what they read is told nobody's.
    return change.withReceipts && room.signs.hidesReceipts(userId) ? said(room.member(userId)) : undefined;
  };
  const [first] = notices;
  return {
    value,
    apply: () => {
      keepPages?.();
      keepPeople(room, change);
      for (const notice of notices) room.appended(notice);
      room.rev = rev;
    },
    news: {
      pieces: [said()],
      // For who has blocked the one whose doing it is, or had.
      ...(first && room.blocks.isAny ? { veiled: { seq: first.seq, piece: said } } : {}),
      ...(change.farewells ? { farewells: change.farewells } : {}),
      ...(toldAlone.length > 0 || (change.withReceipts && room.signs.isAnyHidden) ? { own } : {}),
      ...(change.personal ? { personal: change.personal } : {}),
      bumps: change.bumps ?? "everybody",
      isProjected: true,
    },
  };
}

/**
 * Writes that people have come or gone in a channel, where its members are not told of each other (SPEC ENT4): no step of
 * the clock and no news. Their rows have the step that was the last, which is why each changes so but once in a step. How
 * many they are is told to all at once a moment later, see `entry-calls.ts`.
 */
export function quietly<T>(
  room: Room,
  change: Required<Pick<Change, "members" | "chat">> & Change,
  value: T,
): Effect<T> {
  const keepPages = writePeople(room, room.rev, change);
  for (const { place, user_id } of change.members) {
    const slot = OUTBOX_PER_STEP + (place % (OUTBOX_PER_REV - OUTBOX_PER_STEP));
    room.store.insertOutbox(room.rev * OUTBOX_PER_REV + slot, user_id);
  }
  markUntold(room.store.db);
  return {
    value,
    apply: () => {
      keepPages?.();
      keepPeople(room, change);
    },
    news: {
      pieces: [],
      ...(change.farewells ? { farewells: change.farewells } : {}),
      bumps: [],
      personal: change.members.filter((m) => m.removed_at === null).map((m) => m.user_id),
      isProjected: true,
    },
  };
}

/** May these people come or go unnoticed? Only who has no say there, and each once between two steps of the clock. */
export const isQuiet = (room: Room, people: readonly { user_id: string; role: Role }[]): boolean =>
  room.chat.chat_type === "channel" &&
  people.every(({ user_id, role }) => isPlain(role) && (room.member(user_id)?.rev ?? 0) < room.rev);
