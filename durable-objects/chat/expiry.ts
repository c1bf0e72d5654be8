import type { Effect, News } from "./commits.ts";
import { bury } from "./messages.ts";
import { encodeNews } from "./news.ts";
import type { Room } from "./room.ts";
import type { MessageRow } from "./rows.ts";
import { audienceOf, correctRoots } from "./threads.ts";
import { toMessage, toMessageFor } from "./wire.ts";

/** Messages that disappear in one step of the clock: many rows, but one frame that every device can take. */
const EXPIRED_AT_ONCE = 200;

/**
 * Lets go of what is over (SPEC EXP2, EXP3): tombstones for everybody, at most {@link EXPIRED_AT_ONCE} in one step of the
 * clock. A tombstone says the time at which the message was to go, however late that was looked at.
 */
export function expireMessages(room: Room, now: number): Effect<number> {
  const over = room.timers.store.expired(now, EXPIRED_AT_ONCE);
  if (over.length === 0) return { value: 0, apply: () => room.timers.expired() };
  const rev = room.rev + 1;
  const buried = over.map((row) => bury(room, row, rev, row.expires_at ?? now, true));
  // What threads say of their answers; the first message of one may have gone with them.
  const roots = correctRoots(room, rev, buried);
  const touched = [...new Map([...buried, ...roots].map((row) => [row.seq, row])).values()].sort(
    (a, b) => a.seq - b.seq,
  );
  room.store.insertChange(rev, { messages: touched.map(({ seq }) => seq) });
  const frame = { type: "MESSAGES_CHANGED", chat_id: room.chat.chat_id, base: rev - 1, rev } as const;
  return {
    value: buried.length,
    apply: () => {
      for (const row of buried) room.deleted(row);
      for (const row of roots) room.annotated(row);
      if (buried.some(({ thread_root }) => thread_root !== null)) room.threadsChanged();
      room.rev = rev;
      room.timers.expired();
    },
    news: {
      pieces: [encodeNews({ ...frame, messages: touched.map((row) => toMessage(room.chat.chat_id, row)) })],
      // To whom some of it was hidden, it stays so.
      veiled: {
        seq: touched[0]?.seq ?? 0,
        piece: (viewer) => encodeNews({ ...frame, messages: touched.map((row) => toMessageFor(room, viewer, row)) }),
      },
      bumps: audienceOfAll(room, buried),
    },
  };
}

/** Whose inboxes show something else: everybody's, unless all of it were answers in threads. */
function audienceOfAll(room: Room, buried: readonly MessageRow[]): News["bumps"] {
  const audiences = buried.map((row) => audienceOf(room, row));
  return audiences.includes("everybody") ? "everybody" : [...new Set(audiences.flat())];
}
