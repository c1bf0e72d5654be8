import { Fault } from "../../src/domain/fault.ts";
import type { Reminder } from "../../src/protocol/chat.ts";
import { REMINDERS, SCHEDULE_DAYS } from "../../src/protocol/limits.ts";
import { RateLimit } from "../shared/rate.ts";
import type { Hub } from "./hub.ts";
import { announce, broadcastReminders } from "./inbox.ts";
import { PERSONAL_BURST, PERSONAL_PER_S } from "./limits.ts";
import { instant } from "./personal.ts";
import { answerTo, unset, withCommand } from "./personal-rules.ts";
import { type ReminderRow, toReminder } from "./reminder-store.ts";

/** A time that passed no longer ago than this is now: the command was on its way. */
const LATE_MS = 60_000;

/** Times at which the owner wants to hear of a message again (REM). */
export class Reminders {
  readonly #hub: Hub;
  readonly #changes = new RateLimit(PERSONAL_PER_S, PERSONAL_BURST);
  /** When the next one's time comes: undefined if there is none, null while it was not looked up. */
  #nextAt: number | undefined | null = null;

  constructor(hub: Hub) {
    this.#hub = hub;
  }

  /**
   * Sets a reminder, moves it, or takes it back (REM1 to REM4). Two rows. Returns the inbox's clock after it, for a
   * repeat the first answer.
   * @throws Fault `not_found`, `removed`, `seq_ahead`, `invalid`, `too_late`, `too_many`, `rate_limited`
   */
  set(chatId: string, commandId: string, seq: number, remindAt: string | null, now: number): number {
    const { store } = this.#hub;
    const line = store.entry(chatId);
    if (line?.is_removed !== 0) throw new Fault(line ? "removed" : "not_found");
    const personal = store.personal.of(chatId) ?? unset(chatId);
    const known = answerTo(personal, commandId);
    if (known !== undefined) return known;
    if (seq > line.head_seq) throw new Fault("seq_ahead", { details: { head_seq: line.head_seq } });
    const at = remindAt === null ? null : timeOf(remindAt, now);
    this.#changes.spend("", now);

    const old = store.reminders.of(chatId, seq);
    const next = nextRow(old, chatId, seq, at);
    if (next && next.is_removed === 0 && old?.is_removed !== 0) this.#makePlace();
    const base = this.#hub.rev;
    const rev = next ? this.#hub.nextRev() : base;
    store.personal.put(withCommand({ ...personal, rev: next ? rev : personal.rev }, commandId, rev));
    if (!next) return rev;
    store.reminders.put({ ...next, rev });
    this.#nextAt = null;
    this.arm();
    announce(this.#hub, base, chatId, { reminders: [toReminder(next)] });
    return rev;
  }

  /** The reminder of a message as it is; one that is not there counts as dealt with. */
  of(chatId: string, seq: number, now: number): Reminder {
    const row = this.#hub.store.reminders.of(chatId, seq);
    return toReminder(row ?? { chat_id: chatId, seq, remind_at: now, is_due: 0, is_removed: 1 });
  }

  all(): Reminder[] {
    return this.#hub.store.reminders.all();
  }

  /** What waits is never dropped; what was dealt with makes place. */
  #makePlace(): void {
    const { rows, removed } = this.#hub.store.reminders.count();
    if (rows < REMINDERS) return;
    if (rows - removed >= REMINDERS) throw new Fault("too_many", { details: { limit: REMINDERS } });
    this.#hub.store.reminders.forgetRemoved();
    this.#hub.update({ forgotten_rev: this.#hub.rev });
  }

  /**
   * What has come due, is: stored, and told to every device in one change (REM5). Called by the alarm, and before
   * anybody is told anything, so that a late alarm is no late reminder to who is there.
   */
  ring(now: number): void {
    if (!this.#hub.isMade) return;
    const next = this.#next();
    if (next === undefined) return;
    if (next > now) {
      this.arm();
      return;
    }
    const due = this.#hub.store.reminders.due(now);
    this.#nextAt = null;
    if (due.length === 0) {
      // Its chat was left meanwhile.
      this.arm();
      return;
    }
    const base = this.#hub.rev;
    const rev = this.#hub.nextRev();
    const rung = due.map((row) => ({ ...row, is_due: 1, rev }));
    for (const row of rung) this.#hub.store.reminders.put(row);
    this.arm();
    broadcastReminders(this.#hub, base, rung.map(toReminder));
  }

  /** Makes sure that the alarm fires when the next one's time comes. */
  arm(): void {
    const at = this.#next();
    if (at !== undefined) this.#hub.host.wakeAt(at);
  }

  #next(): number | undefined {
    if (this.#nextAt === null) this.#nextAt = this.#hub.store.reminders.nextAt();
    return this.#nextAt;
  }
}

/** The row after a command, but for its `rev`; undefined if it changes nothing. */
function nextRow(
  old: ReminderRow | undefined,
  chatId: string,
  seq: number,
  at: number | null,
): Omit<ReminderRow, "rev"> | undefined {
  if (at === null) return old && old.is_removed === 0 ? { ...old, is_due: 0, is_removed: 1 } : undefined;
  if (old?.is_removed === 0 && old.is_due === 0 && old.remind_at === at) return undefined;
  return { chat_id: chatId, seq, remind_at: at, is_due: 0, is_removed: 0 };
}

/** @throws Fault `invalid` for a time that does not exist or is too far ahead, `too_late` for one that has passed */
function timeOf(time: string, now: number): number {
  const at = instant(time);
  if (at > now + SCHEDULE_DAYS * 86_400_000)
    throw new Fault("invalid", { message: `At most ${SCHEDULE_DAYS} days ahead.` });
  if (at < now - LATE_MS) throw new Fault("too_late", { message: "This time has passed." });
  return at;
}
