import type { Recipient } from "../../src/protocol/rpc.ts";
import type { Room } from "./room.ts";
import type { MessageRow } from "./rows.ts";

/** What each recipient of a message has of it (SPEC DLV): derived from the cursors, those that wait for their flush too. */
export function recipients(room: Room, row: MessageRow): Recipient[] {
  return room
    .members()
    .filter((m) => m.removed_at === null && m.user_id !== row.sender_id && m.joined_rev <= row.born_rev)
    .map((member) => {
      const { delivered_seq } = room.moved.get(member.user_id) ?? member;
      const isRead = room.readSeq(member) >= row.seq;
      const isDelivered = Math.max(delivered_seq, member.delivered_seq) >= row.seq;
      return { user_id: member.user_id, status: isRead ? "read" : isDelivered ? "delivered" : "sent" };
    });
}
