import type { Recipient } from "../../src/protocol/rpc.ts";
import type { Room } from "./room.ts";
import type { MessageRow } from "./rows.ts";

/** What each recipient of a message has of it (SPEC DLV): derived from the cursors, those that wait for their flush too. */
export function recipients(room: Room, row: MessageRow): Recipient[] {
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
      const readSeq = inThread ? (inThread.get(member.user_id) ?? 0) : room.readSeq(member);
      const isRead = readSeq >= row.seq;
      const isDelivered = Math.max(delivered_seq, member.delivered_seq) >= row.seq;
      return { user_id: member.user_id, status: isRead ? "read" : isDelivered ? "delivered" : "sent" };
    });
}
