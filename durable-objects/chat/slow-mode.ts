import { Fault } from "../../src/domain/fault.ts";
import { outranks } from "../../src/domain/rights.ts";
import type { Database } from "../shared/database.ts";
import type { Room } from "./room.ts";
import type { MemberRow } from "./rows.ts";

/** Messages that are looked through for somebody's last one. Whose last is further down has let enough others speak. */
const MOST_READ = 5_000;

type Spoken = { seq: number; sender_id: string; created_at: number };

/**
 * When people wrote last, for chats in slow mode (SPEC SLW). Nothing is stored for it: it is read from the log, what is
 * new since the last look, so that over time each message is read once. In other chats nothing is read.
 */
export class SlowMode {
  readonly #db: Database;
  /** Each person's newest message in (`#from`, `#upTo`]. */
  readonly #last = new Map<string, number>();
  #from = 0;
  #upTo = 0;

  constructor(db: Database) {
    this.#db = db;
  }

  /** When somebody wrote last, if that was after `since`. */
  lastBy(userId: string, head: number, since: number): number | undefined {
    if (this.#upTo === 0) this.#from = this.#upTo = head;
    for (const row of this.#read("seq > ? AND seq <= ? ORDER BY seq", this.#upTo, head)) this.#note(row);
    this.#upTo = head;
    const known = this.#last.get(userId);
    if (known !== undefined) return known > since ? known : undefined;
    // Further down, once for everybody, as far as the window reaches.
    const bottom = Math.max(0, head - MOST_READ);
    for (const row of this.#read("seq <= ? AND seq > ? ORDER BY seq DESC", this.#from, bottom)) {
      if (row.created_at <= since) break;
      this.#from = row.seq - 1;
      if (!this.#last.has(row.sender_id)) this.#last.set(row.sender_id, row.created_at);
    }
    return this.#last.get(userId);
  }

  #note({ sender_id, created_at }: Spoken): void {
    this.#last.set(sender_id, created_at);
  }

  *#read(where: string, ...bounds: [number, number]): Generator<Spoken> {
    yield* this.#db.each<Spoken>(
      `SELECT seq, sender_id, created_at FROM message WHERE message_type <> 'system' AND ${where}`,
      ...bounds,
    );
  }
}

/**
 * In slow mode who has no staff role waits between two messages.
 * @throws Fault `rate_limited` with the seconds to wait
 */
export function requirePace(room: Room, sender: MemberRow, now: number): void {
  const pause = room.chat.settings.slow_mode_s * 1_000;
  if (pause === 0 || outranks(sender.role, "member")) return;
  const last = room.slowMode.lastBy(sender.user_id, room.headSeq, now - pause);
  if (last === undefined) return;
  // A clock that was set back must not make it longer.
  const wait = Math.min(pause, last + pause - now);
  if (wait <= 0) return;
  throw new Fault("rate_limited", {
    message: "This chat is in slow mode.",
    details: { slow_mode_s: room.chat.settings.slow_mode_s },
    retry_after: Math.ceil(wait / 100) / 10,
  });
}
