import { createHash } from "node:crypto";
import { Fault } from "../../src/domain/fault.ts";
import type { Effect, News } from "./commits.ts";
import { encodeNews } from "./news.ts";
import type { Room } from "./room.ts";
import type { LastCommands, MemberRow, MessageRow } from "./rows.ts";
import { toMessage, toMessageFor } from "./wire.ts";

/** What a command about a message that exists has come to: the row as it is, and the step of the clock that answered it. */
export interface Settled {
  row: MessageRow;
  rev: number;
}

/**
 * The row of a message, for somebody who is or was a member: who was removed may still repeat what they did before.
 * @throws Fault `not_found` for a stranger, and for a number that this chat does not have; `removed` for who would learn
 * from that how far it has come since
 */
export function findMessage(room: Room, by: string, seq: number): MessageRow {
  const row = room.member(by) && seq <= room.headSeq ? room.store.message(seq) : undefined;
  if (!row) {
    room.requireMember(by);
    throw new Fault("not_found");
  }
  return row;
}

/** The row of a message as a member may see it now. @throws Fault `not_found` for what is hidden from them */
export function visibleMessage(room: Room, viewer: MemberRow, seq: number): MessageRow {
  const row = seq >= viewer.first_seq && seq <= room.headSeq ? room.store.message(seq) : undefined;
  if (!row || room.isHiddenFrom(viewer, row)) throw new Fault("not_found");
  return row;
}

interface Consequences {
  isCountKept: boolean;
  /** Written with it, in the same step. */
  notice?: MessageRow;
  /** Brings memory in line. */
  apply: () => void;
  bumps: News["bumps"];
  personal?: News["personal"];
  linked?: News["linked"];
  /** What somebody chose in a poll that does not name them: for their own devices alone. */
  vote?: { by: string; option_ids: readonly number[] };
}

/** Writes that a message changed as the next step of the clock, and says it. The row itself has been written. */
export function changed(room: Room, row: MessageRow, what: Consequences): Effect<Settled> {
  const { rev, seq } = row;
  const chatId = room.chat.chat_id;
  room.store.insertChange(rev, { messages: [seq], ...(what.isCountKept ? { is_count_kept: true } : {}) });
  const frame = { type: "MESSAGES_CHANGED", chat_id: chatId, base: rev - 1, rev } as const;
  const rows = what.notice ? [row, what.notice] : [row];
  const { vote } = what;
  const told = rows.map((one) => toMessage(chatId, one));
  const withVote = (userId: string) =>
    vote?.by === userId ? { own_vote: { seq, option_ids: [...vote.option_ids] } } : {};
  return {
    value: { row, rev },
    apply: () => {
      what.apply();
      if (what.notice) room.appended(what.notice);
      room.rev = rev;
    },
    news: {
      pieces: [encodeNews({ ...frame, messages: told })],
      // To whom the past is hidden, it stays so.
      veiled: {
        seq,
        piece: (viewer) => {
          const messages = rows.map((one) => toMessageFor(room, viewer, one));
          return encodeNews({ ...frame, messages, ...withVote(viewer.user_id) });
        },
      },
      ...(vote
        ? {
            own: (userId) =>
              userId === vote.by ? encodeNews({ ...frame, messages: told, ...withVote(userId) }) : undefined,
          }
        : {}),
      bumps: what.bumps,
      ...(what.personal?.length ? { personal: what.personal } : {}),
      linked: what.linked,
    },
  };
}

/** Commands of one person on one message that are remembered: more than a device has under way at once. */
const COMMANDS_KEPT = 4;

/** What a command is known by: its id and all it asks for, so that the same id for something else is another command. */
export const markOf = (...command: readonly (string | number | boolean)[]): string =>
  createHash("sha256").update(JSON.stringify(command)).digest("base64url").slice(0, 11);

/** The step of the clock that answered this command of `by`, if it was obeyed before. */
export function recall(row: MessageRow, by: string, mark: string): number | undefined {
  if (row.commands === null) return undefined;
  const own = (JSON.parse(row.commands) as LastCommands)[by] ?? [];
  const at = own.indexOf(mark);
  return at === -1 ? undefined : Number(own[at + 1]);
}

/**
 * A command that found everything as it wants it. It is no step of the clock, but it is remembered: its repeat must have no
 * effect when somebody has changed it since. One row.
 */
export function unchanged(room: Room, row: MessageRow, by: string, mark: string): Effect<Settled> {
  const { seq, rev } = row;
  room.store.putCommands(seq, withCommand(row, by, mark, rev));
  return { value: { row, rev } };
}

/** The same of marks that are of one person alone. */
export function recallOwn(commands: string | null, mark: string): number | undefined {
  const own = commands === null ? [] : (JSON.parse(commands) as (string | number)[]);
  const at = own.indexOf(mark);
  return at === -1 ? undefined : Number(own[at + 1]);
}

/** One person's marks with one more. */
export const withOwnCommand = (commands: string | null, mark: string, rev: number): string =>
  JSON.stringify(
    [...(commands === null ? [] : (JSON.parse(commands) as (string | number)[])), mark, rev].slice(-2 * COMMANDS_KEPT),
  );

/** People whose commands one message remembers, the last of them: they lie in its row, and a row has an end. */
const COMMANDERS_KEPT = 2_000;

/** The commands of a row with one more. */
export function withCommand(row: MessageRow, by: string, mark: string, rev: number): string {
  const { [by]: own = [], ...others } = row.commands === null ? {} : (JSON.parse(row.commands) as LastCommands);
  const kept = Object.entries(others).slice(-(COMMANDERS_KEPT - 1));
  return JSON.stringify(Object.fromEntries([...kept, [by, [...own, mark, rev].slice(-2 * COMMANDS_KEPT)]]));
}
