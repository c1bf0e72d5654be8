import type { HiddenSigns } from "../../src/protocol/rpc.ts";
import type { Effect } from "./commits.ts";
import { encodeCatchUp } from "./history.ts";
import { withSkipped } from "./privacy.ts";
import type { SignsRow } from "./privacy-store.ts";
import { publishCursors } from "./receipts.ts";
import type { Room } from "./room.ts";
import { toReceipt } from "./wire.ts";

/**
 * What a member hides from now on (SPEC PRV3). Of typing nobody is told. With receipts, what they themselves are shown of
 * others is another: that is a step of the clock, which says to others only what is shown again, and to their own devices
 * the chat as it is for them now.
 */
export function setSigns(room: Room, userId: string, signs: HiddenSigns): Effect<void> {
  const none: Effect<void> = { value: undefined };
  const member = room.member(userId);
  const known = room.signs.get(userId);
  const hidesReceipts = signs.hides_receipts ? 1 : 0;
  const hidesTyping = signs.hides_typing ? 1 : 0;
  if (!member || signs.rev <= (known?.rev ?? -1)) return none;
  if (!room.isPresent(member)) return known ? keepForReturn(room, known, signs) : none;
  if (!known && hidesReceipts + hidesTyping === 0) return none;
  const isOther = (known?.hides_receipts ?? 0) !== hidesReceipts;
  const row: SignsRow = {
    user_id: userId,
    rev: signs.rev,
    hides_receipts: hidesReceipts,
    hides_typing: hidesTyping,
    shown_read: isOther ? member.read_seq : (known?.shown_read ?? 0),
    since_rev: isOther ? room.rev + 1 : (known?.since_rev ?? 0),
  };
  room.privacy.putSigns(row);
  const keep = () => {
    room.signs.put(row);
    room.snapshotText = undefined;
  };
  // In a channel nobody is told who has read, whatever they hide.
  if (!isOther || room.chat.chat_type === "channel") return { value: undefined, apply: keep };
  const isTold = hidesReceipts === 0 && !room.blocks.isHolding;
  const step = publishCursors(room, isTold ? [member] : [], (told) => withSkipped(room, toReceipt(told)));
  return {
    value: undefined,
    apply: () => {
      step.apply();
      keep();
    },
    news: {
      ...step.news,
      // Read after the step, as all that is told some alone.
      own: (viewerId) => {
        const viewer = viewerId === userId ? room.member(userId) : undefined;
        return viewer ? encodeCatchUp(room, viewer, undefined) : step.news.own?.(viewerId);
      },
    },
  };
}

/** Of who is gone nobody is told anything; but when they come back, it must be what they hide then. */
function keepForReturn(room: Room, known: SignsRow, { hides_receipts, hides_typing, rev }: HiddenSigns): Effect<void> {
  const row = { ...known, rev, hides_receipts: hides_receipts ? 1 : 0, hides_typing: hides_typing ? 1 : 0 };
  room.privacy.putSigns(row);
  return {
    value: undefined,
    apply: () => {
      room.signs.put(row);
      room.snapshotText = undefined;
    },
  };
}
