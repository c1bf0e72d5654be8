import type { Recipient } from "../../src/protocol/rpc.ts";
import { receiptFor } from "./privacy.ts";
import { timeOf } from "./receipt-times.ts";
import type { Room } from "./room.ts";
import type { MemberRow, MessageRow } from "./rows.ts";
import { iso } from "./wire.ts";

/**
 * What each recipient of a message has of it (SPEC DLV): derived from the cursors, those that wait for their flush too, as
 * far as `viewer` is told of them.
 */
export function recipients(room: Room, row: MessageRow, viewer: MemberRow): Recipient[] {
  // Who reads a channel is told nobody; how many do is counted elsewhere.
  if (room.chat.chat_type === "channel") return [];
  // How far somebody has read in a thread is a cursor of its own.
  const inThread =
    row.thread_root === null
      ? undefined
      : new Map(room.threads.members(row.thread_root).map(({ user_id, read_seq }) => [user_id, read_seq]));
  return room
    .members()
    .filter((m) => m.removed_at === null && m.user_id !== row.sender_id && m.joined_rev <= row.born_rev)
    .map((member) => {
      const { delivered_seq } = room.moved.get(member.user_id) ?? member;
      const moved = {
        ...member,
        delivered_seq: Math.max(delivered_seq, member.delivered_seq),
        read_seq: room.readSeq(member),
      };
      const shown = receiptFor(room, viewer.user_id, moved);
      // A cursor of a thread is nobody else's who is told less than all.
      const isWhole = shown.read_seq === moved.read_seq && shown.delivered_seq === moved.delivered_seq;
      const readSeq = inThread ? (isWhole ? (inThread.get(member.user_id) ?? 0) : 0) : shown.read_seq;
      // What they had blocked away they were never shown, however far they have come since.
      const isSkipped = room.blocks.beginOf(member.user_id, row.seq) !== undefined;
      const isRead = !isSkipped && readSeq >= row.seq;
      const isDelivered = !isSkipped && shown.delivered_seq >= row.seq;
      const times = room.receipts.timesOf(member);
      return {
        user_id: member.user_id,
        status: isRead ? "read" : isDelivered ? "delivered" : "sent",
        ...(isDelivered ? told("delivered_at", row, timeOf(times?.delivered, row.seq)) : {}),
        // Of a thread it is kept how far somebody has read, not when.
        ...(isRead && !inThread ? told("read_at", row, timeOf(times?.read, row.seq)) : {}),
      };
    });
}

/** Nobody has a message before it was sent, whatever the clock did since. */
const told = (
  when: "delivered_at" | "read_at",
  { created_at }: MessageRow,
  at: number | undefined,
): Pick<Recipient, typeof when> => (at === undefined ? {} : { [when]: iso(Math.max(at, created_at)) });
