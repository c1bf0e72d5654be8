import { encodeDown } from "../../src/protocol/codec.ts";
import { toSecondDialect } from "../../src/protocol/dialect.ts";
import type { DownFrame } from "../../src/protocol/down.ts";
import type { PresenceState, PresenceStatus } from "../../src/protocol/user.ts";
import type { SocketState } from "../shared/sockets.ts";

/** Which news a hub's socket is told: the inbox alone, or that of every chat too. */
export type Feed = "inbox" | "all";

/** 1 is the canonical dialect, 2 the snake-case one (K5). */
export type Dialect = 1 | 2;

/** Whose presence a socket is told, packed: 200 subjects must fit an attachment of 16 KB. */
export interface Watch {
  /** Epoch milliseconds: end of the lease. */
  until: number;
  /** When the subjects' hubs were last asked. */
  confirmed_at: number;
  /** 42 characters each: user id and chat id without the letter that every user id begins with. */
  subjects: string;
}

/** What was told of the owner last. */
export interface Shown {
  status: PresenceStatus;
  /** The state behind it. */
  state: PresenceState;
  /** When the status began, epoch milliseconds. */
  since: number;
  /** The status before it. */
  was?: PresenceStatus;
  /** Kinds of devices that are here, in order, with blanks between. */
  kinds: string;
}

/** What is known of a hub's socket, kept in its attachment. */
export interface HubSocket extends SocketState {
  socket_id: string;
  feed: Feed;
  dialect: Dialect;
  /** What this device says of its person. */
  status: "online" | "away" | "busy" | "do_not_disturb";
  /** Epoch milliseconds of the last sign of use; absent on sockets from before there was such a thing. */
  used_at?: number;
  /** What its person is doing, in the device's words. */
  activity?: string;
  /** What others see of the person: the same on all sockets, kept here because it must survive hibernation and not a loss. */
  shown: Pick<Shown, "status" | "since"> & Partial<Shown>;
  /** The chats know that this device has the inbox up to here. */
  delivered_rev: number;
  /** The inbox's clock: the same on all sockets, kept here because it must survive hibernation and costs no row. */
  inbox_rev: number;
  /** Every chat has been asked for its news (`feed` all). */
  is_subscribed: boolean;
  watch?: Watch;
}

export interface Subject {
  user_id: string;
  chat_id: string;
}

const USER_CHARS = 16;
const CHAT_CHARS = 26;
const SUBJECT_CHARS = USER_CHARS + CHAT_CHARS;

export const packSubjects = (subjects: readonly Subject[]): string =>
  subjects.map((s) => s.user_id.slice(1) + s.chat_id).join("");

export function unpackSubjects(packed: string): Subject[] {
  const subjects: Subject[] = [];
  for (let at = 0; at < packed.length; at += SUBJECT_CHARS) {
    subjects.push({
      user_id: `u${packed.slice(at, at + USER_CHARS)}`,
      chat_id: packed.slice(at + USER_CHARS, at + SUBJECT_CHARS),
    });
  }
  return subjects;
}

/** Is this person among the packed subjects? */
export function isSubject(packed: string, userId: string): boolean {
  const wanted = userId.slice(1);
  for (let at = packed.indexOf(wanted); at >= 0; at = packed.indexOf(wanted, at + 1)) {
    if (at % SUBJECT_CHARS === 0) return true;
  }
  return false;
}

/** A frame in the words of the socket's dialect: none, one or several pieces. */
export function piecesFor(state: Pick<HubSocket, "dialect">, frame: DownFrame): string[] {
  if (state.dialect === 1) return [encodeDown(frame)];
  return toSecondDialect(frame).map((fields) => JSON.stringify(fields));
}

/** The same for a frame that another object has encoded. */
export function translated(state: Pick<HubSocket, "dialect">, pieces: readonly string[]): readonly string[] {
  if (state.dialect === 1) return pieces;
  // Written by our own objects a moment ago: it is what it says.
  return pieces.flatMap((piece) => piecesFor(state, JSON.parse(piece) as DownFrame));
}
