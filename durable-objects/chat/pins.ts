import { Fault } from "../../src/domain/fault.ts";
import { messageId } from "../../src/protocol/ids.ts";
import { PINS_PER_CHAT } from "../../src/protocol/limits.ts";
import type { PinAsk } from "../../src/protocol/rpc.ts";
import type { RateLimit } from "../shared/rate.ts";
import { changed, findMessage, markOf, recall, type Settled, unchanged, withCommand } from "./changes.ts";
import type { Effect } from "./commits.ts";
import { insertNotice } from "./messages.ts";
import type { Room } from "./room.ts";
import type { MessageRow } from "./rows.ts";

/** Pins a message for everybody, with a notice that says so, or unpins it (SPEC PIN). One step of the clock. */
export function setPin(room: Room, by: string, ask: PinAsk, now: number, limit: RateLimit): Effect<Settled> {
  const row = findMessage(room, by, ask.seq);
  const mark = markOf("pin", ask.command_id, ask.is_pinned);
  const knownRev = recall(row, by, mark);
  if (knownRev !== undefined) return { value: { row, rev: knownRev } };

  const member = room.requireRight(by, "pin");
  if (room.isHiddenFrom(member, row)) throw new Fault("not_found");
  if (row.message_type === "system") throw new Fault("forbidden");
  if (row.deleted_at !== null) throw new Fault("not_found");
  if ((row.pinned_at !== null) === ask.is_pinned) {
    limit.spend(by, now);
    return unchanged(room, row, by, mark);
  }
  const { count, latest } = ask.is_pinned ? room.store.pins() : { count: 0, latest: 0 };
  if (count >= PINS_PER_CHAT) throw new Fault("too_many", { details: { pins_per_chat: PINS_PER_CHAT } });
  limit.spend(by, now);

  const rev = room.rev + 1;
  const next: MessageRow = {
    ...row,
    rev,
    // No two at the same moment: the list goes by it.
    pinned_at: ask.is_pinned ? Math.max(now, latest + 1) : null,
    commands: withCommand(row, by, mark, rev),
  };
  room.store.putPin(next);
  const id = messageId(room.chat.chat_id, row.seq);
  const notice = ask.is_pinned
    ? insertNotice(room, rev, { event: "message_pinned", actor_id: by, message_id: id }, now)
    : undefined;
  return changed(room, next, {
    isCountKept: true,
    ...(notice ? { notice } : {}),
    apply: () => room.annotated(next),
    bumps: notice ? "everybody" : [],
  });
}
