import type { Person } from "../../src/protocol/chat.ts";
import type { Effect } from "./commits.ts";
import type { Room } from "./room.ts";
import { step } from "./steps.ts";

/**
 * What a person is called from now on (SPEC MEM9). The log keeps what they wrote under their id, so no message changes. Where
 * members are not told of each other, and of who is gone, the row alone is written.
 */
export function rename(room: Room, person: Person, now: number): Effect<void> {
  const { user_id, username, display_name } = person;
  const member = room.member(user_id);
  if (!member || (member.username === username && member.display_name === display_name)) return { value: undefined };
  const { chat_type } = room.chat;
  if (!room.isPresent(member) || chat_type === "channel" || chat_type === "broadcast") {
    const row = { ...member, username, display_name };
    room.store.putPerson(row);
    return { value: undefined, apply: () => room.setMember(row) };
  }
  const row = { ...member, username, display_name, rev: room.rev + 1 };
  // The list shows names where the chat has none of its own.
  const bumps = chat_type === "direct" ? [...room.presentIds()] : [];
  return step(room, "MEMBERS_CHANGED", { members: [row], bumps }, now, undefined);
}
