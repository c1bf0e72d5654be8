import type { Room } from "./room.ts";

/** Which of these posts a member sees, their own and notices left out, and the member's number in the chat (SPEC VIW1). */
export function seenPosts(room: Room, by: string, seqs: readonly number[]): { place: number; seqs: number[] } {
  const member = room.requireMember(by);
  const isSeen = (seq: number): boolean => {
    if (seq < member.first_seq || seq > room.headSeq) return false;
    const row = room.store.message(seq);
    return row !== undefined && row.sender_id !== by && row.message_type !== "system" && row.deleted_at === null;
  };
  return { place: member.place, seqs: [...new Set(seqs)].filter(isSeen) };
}
