import type { Effect } from "./commits.ts";
import { bury } from "./messages.ts";
import { encodeNews } from "./news.ts";
import type { Room } from "./room.ts";
import { toMessage, toMessageFor } from "./wire.ts";

/** Messages that disappear in one step of the clock: many rows, but one frame that every device can take. */
const EXPIRED_AT_ONCE = 200;

/**
 * Lets go of what is over (SPEC EXP2, EXP3): tombstones for everybody, at most {@link EXPIRED_AT_ONCE} in one step of the
 * clock. A tombstone says the time at which the message was to go, however late that was looked at.
 */
export function expireMessages(room: Room, now: number): Effect<number> {
  const over = room.timers.store.expired(now, EXPIRED_AT_ONCE);
  const first = over.reduce((lowest, { seq }) => Math.min(lowest, seq), Number.POSITIVE_INFINITY);
  if (over.length === 0) return { value: 0, apply: () => room.timers.expired() };
  const rev = room.rev + 1;
  const buried = over.map((row) => bury(room, row, rev, row.expires_at ?? now, true)).sort((a, b) => a.seq - b.seq);
  room.store.insertChange(rev, { messages: buried.map(({ seq }) => seq) });
  const frame = { type: "MESSAGES_CHANGED", chat_id: room.chat.chat_id, base: rev - 1, rev } as const;
  return {
    value: buried.length,
    apply: () => {
      for (const row of buried) room.deleted(row);
      room.rev = rev;
      room.timers.expired();
    },
    news: {
      pieces: [encodeNews({ ...frame, messages: buried.map((row) => toMessage(room.chat.chat_id, row)) })],
      // To whom some of it was hidden, it stays so.
      veiled: {
        seq: first,
        piece: (viewer) => encodeNews({ ...frame, messages: buried.map((row) => toMessageFor(room, viewer, row)) }),
      },
      bumps: "everybody",
    },
  };
}
