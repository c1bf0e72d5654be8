import { asFault, errorFrame, Fault, type FrameSubject } from "../../src/domain/fault.ts";
import { logError } from "../../src/ops/metrics.ts";
import { parseMessageId } from "../../src/protocol/ids.ts";
import type { ForwardAsk } from "../../src/protocol/rpc.ts";
import type { UpFrame, UpType } from "../../src/protocol/up.ts";
import type { RateLimit } from "../shared/rate.ts";
import type { Settled } from "./changes.ts";
import type { Commits, Effect } from "./commits.ts";
import { editMessage } from "./edits.ts";
import { followThread, readThread } from "./followers.ts";
import { forward, type Reading } from "./forwards.ts";
import { encodeCatchUp } from "./history.ts";
import type { Lanes } from "./lanes.ts";
import { deleteMessage, send, toAck } from "./messages.ts";
import { setPin } from "./pins.ts";
import { closePoll, setVote } from "./polls.ts";
import { setReaction } from "./reactions.ts";
import { moveCursors } from "./receipts.ts";
import type { Room } from "./room.ts";
import { cancelScheduled, schedule } from "./schedule.ts";
import type { TypingPeople } from "./typing.ts";
import { iso } from "./wire.ts";

/** What commands work with, whatever brought them: a chat socket, a hub's relay, or HTTP. */
export interface Desk {
  /** Ask for it when it is needed, not before: after a failed transaction it is another. */
  readonly room: Room;
  commits: Commits;
  typing: TypingPeople;
  sendLimit: RateLimit;
  lanes: Lanes;
  /** Reads what is to be forwarded; see `readSource`. */
  readSource(by: string, ask: ForwardAsk): Promise<Reading>;
  catchUpLimit: RateLimit;
  typingLimit: RateLimit;
  now(): number;
  /** A receipt moved: gather, then flush. */
  receiptsMoved(): void;
}

/** Who sent a frame and how to answer them alone. */
export interface Origin {
  userId: string;
  /** The device's messages keep their order within it. */
  lane: string;
  /** An encoded frame for this socket alone, now. */
  answer(piece: string): void;
  /** An acknowledgement, to travel with the news of its batch. */
  acknowledge(piece: string): void;
  /** The device has applied news up to `rev`. */
  applied(rev: number): void;
}

/** A text for whatever was thrown; what is no `Fault` is logged and told as `internal`. */
export function tell(error: unknown, about: FrameSubject): string {
  const fault = asFault(error);
  if (!fault) logError({ where: "chat, a command", error });
  return JSON.stringify(errorFrame(fault ?? new Fault("internal"), about));
}

/** What an ERROR names, so that a device knows which of its commands is meant. */
export const subjectOf = (frame: UpFrame): FrameSubject => {
  const inner = frame.type === "RETRY" ? frame.original_message : frame;
  return {
    ...("client_msg_id" in inner ? { client_msg_id: inner.client_msg_id } : {}),
    ...("command_id" in inner ? { command_id: inner.command_id } : {}),
  };
};

/** Serves one frame. Never throws: every frame is answered, if only by an ERROR. */
export function serve(desk: Desk, origin: Origin, frame: UpFrame): void {
  const chatId = desk.room.chat.chat_id;
  const inner = frame.type === "RETRY" ? frame.original_message : frame;
  const about = { ...subjectOf(inner), chat_id: chatId };
  try {
    if ("chat_id" in inner && inner.chat_id !== undefined && inner.chat_id !== chatId) {
      throw new Fault("invalid", { message: "This socket belongs to another chat." });
    }
    serveKnown(desk, origin, inner, about);
  } catch (error) {
    origin.answer(tell(error, about));
  }
}

function serveKnown(
  desk: Desk,
  origin: Origin,
  frame: Exclude<UpFrame, { type: "RETRY" }>,
  about: { chat_id: string },
): void {
  const { room, commits } = desk;
  const by = origin.userId;
  const refuse = (error: unknown) => origin.answer(tell(error, about));
  const settle = (run: (now: number) => Effect<Pick<Settled, "rev">>, command_id: string) =>
    commits.submit(
      () => run(desk.now()),
      ({ rev }) => origin.acknowledge(JSON.stringify({ type: "COMMAND_ACK", chat_id: about.chat_id, command_id, rev })),
      refuse,
    );
  switch (frame.type) {
    case "SEND_MESSAGE":
      desk.lanes.after(origin.lane, () =>
        commits.submit(
          () => withTypingEnd(desk, by, send(desk.room, by, frame, desk.now(), desk.sendLimit)),
          (row) => origin.acknowledge(JSON.stringify(toAck(about.chat_id, row))),
          refuse,
          // An answer in a thread is more than one statement.
          frame.thread_root_message_id === undefined,
        ),
      );
      return;
    case "FORWARD_MESSAGE": {
      // What this chat refuses itself is told in its turn, too.
      const reading = desk
        .readSource(by, frame)
        .catch((error: unknown): Reading => ({ refused: asFault(error) ?? new Fault("internal") }));
      desk.lanes.hold(origin.lane, reading, (read) =>
        commits.submit(
          () => withTypingEnd(desk, by, forward(desk.room, by, frame, read, desk.now())),
          (row) => origin.acknowledge(JSON.stringify(toAck(about.chat_id, row))),
          refuse,
          true,
        ),
      );
      return;
    }
    case "EDIT_MESSAGE": {
      const ask = { ...frame, seq: seqOf(room, frame.message_id) };
      settle((at) => editMessage(desk.room, by, ask, at, desk.sendLimit), frame.command_id);
      return;
    }
    case "SET_REACTION": {
      const ask = { ...frame, seq: seqOf(room, frame.message_id) };
      settle((at) => setReaction(desk.room, by, ask, at, desk.sendLimit), frame.command_id);
      return;
    }
    case "SET_PIN": {
      const ask = { ...frame, seq: seqOf(room, frame.message_id) };
      settle((at) => setPin(desk.room, by, ask, at, desk.sendLimit), frame.command_id);
      return;
    }
    case "SCHEDULE_MESSAGE":
      settle((at) => schedule(desk.room, by, frame, at, desk.sendLimit), frame.command_id);
      return;
    case "CANCEL_SCHEDULED": {
      const { command_id, client_msg_id } = frame;
      settle((at) => cancelScheduled(desk.room, by, command_id, client_msg_id, at), command_id);
      return;
    }
    case "SET_VOTE": {
      const ask = { ...frame, seq: seqOf(room, frame.message_id) };
      settle((at) => setVote(desk.room, by, ask, at, desk.sendLimit), frame.command_id);
      return;
    }
    case "CLOSE_POLL": {
      const ask = { ...frame, seq: seqOf(room, frame.message_id) };
      settle((at) => closePoll(desk.room, by, ask, at, desk.sendLimit), frame.command_id);
      return;
    }
    case "FOLLOW_THREAD": {
      const ask = { ...frame, seq: seqOf(room, frame.message_id) };
      settle((at) => followThread(desk.room, by, ask, at, desk.sendLimit), frame.command_id);
      return;
    }
    case "READ_THREAD": {
      const root = seqOf(room, frame.message_id);
      // What it changes is told by the person's hub.
      commits.submit(
        () => readThread(desk.room, by, root, frame.seq),
        () => undefined,
        refuse,
      );
      return;
    }
    case "DELETE_MESSAGE": {
      const seq = seqOf(room, frame.message_id);
      commits.submit(
        () => deleteMessage(desk.room, by, seq, desk.now()),
        ({ message, isRepeat }) => {
          // A repeat is news to nobody; its sender is shown the tombstone all the same. It covers no stretch of the
          // clock: a device that knows it ignores it, one that does not sees that it is behind.
          if (isRepeat) {
            const { rev } = message;
            const answer = { type: "MESSAGES_CHANGED", chat_id: about.chat_id, base: rev, rev, messages: [message] };
            origin.answer(JSON.stringify(answer));
          }
        },
        refuse,
      );
      return;
    }
    case "MESSAGE_DELIVERED":
      if (moveCursors(room, room.requireMember(by), frame.seq, 0)) desk.receiptsMoved();
      return;
    case "MESSAGE_READ": {
      const seq = frame.seq ?? (frame.message_id === undefined ? undefined : seqOf(room, frame.message_id));
      if (seq === undefined) throw new Fault("invalid", { message: "MESSAGE_READ names a seq or a message_id." });
      if (moveCursors(room, room.requireMember(by), seq, seq)) desk.receiptsMoved();
      return;
    }
    case "TYPING_START":
      room.requireRight(by, "write");
      desk.typingLimit.spend(by, desk.now());
      // Taken, and told nobody: nor that it is not.
      if (room.blocks.isHolding || room.signs.hidesTyping(by)) return;
      desk.typing.start(room.chat.chat_id, by, desk.now());
      return;
    case "TYPING_STOP":
      room.requireMember(by);
      desk.typing.stop(room.chat.chat_id, by);
      return;
    case "CATCH_UP": {
      desk.catchUpLimit.spend(by, desk.now());
      const cursor =
        frame.epoch !== undefined && frame.rev !== undefined ? { epoch: frame.epoch, rev: frame.rev } : undefined;
      origin.answer(encodeCatchUp(room, room.requireMember(by), cursor));
      origin.applied(room.rev);
      return;
    }
    case "ACKNOWLEDGE":
      room.requireMember(by);
      if (frame.rev > room.rev) throw new Fault("seq_ahead", { message: "rev is above the head of the chat." });
      origin.applied(frame.rev);
      return;
    case "PING":
      origin.answer(
        JSON.stringify({
          type: "PONG",
          ...(frame.timestamp === undefined ? {} : { timestamp: frame.timestamp }),
          server_time: iso(desk.now()),
        }),
      );
      return;
    default:
      throw new Fault("invalid", { message: "This frame belongs on the hub's socket." });
  }
}

/** A message ends its sender's typing: both go out together. */
export function withTypingEnd<T>(desk: Desk, by: string, effect: Effect<T>): Effect<T> {
  const { news, apply } = effect;
  if (!news || !desk.typing.isTyping(by)) return effect;
  const endTyping = () => {
    apply?.();
    const ended = desk.typing.endedBySending(desk.room.chat.chat_id, by);
    if (ended !== undefined) news.pieces.push(ended);
  };
  return { ...effect, apply: endTyping };
}

/** Frames that are answered when they are committed; all others are answered at once. */
const COMMITTED: ReadonlySet<UpType> = new Set<UpType>([
  "SEND_MESSAGE",
  "RETRY",
  "FORWARD_MESSAGE",
  "DELETE_MESSAGE",
  "EDIT_MESSAGE",
  "SET_REACTION",
  "SET_PIN",
  "SET_VOTE",
  "CLOSE_POLL",
  "FOLLOW_THREAD",
  "READ_THREAD",
  "SCHEDULE_MESSAGE",
  "CANCEL_SCHEDULED",
]);
export const isCommitted = ({ type }: UpFrame): boolean => COMMITTED.has(type);

/** @throws Fault `not_found` for a message of another chat */
export function seqOf(room: Room, messageId: string): number {
  const parsed = parseMessageId(messageId);
  if (!parsed || parsed.chat_id !== room.chat.chat_id) throw new Fault("not_found");
  return parsed.seq;
}
