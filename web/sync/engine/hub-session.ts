import type { Reminder } from "../../../src/protocol/chat.ts";
import type { PeopleReason } from "../../../src/protocol/down.ts";
import type { ErrorCode } from "../../../src/protocol/error.ts";
import { ACKNOWLEDGE_EVERY, PRESENCE_LEASE_MS, PRESENCE_SUBJECTS } from "../../../src/protocol/limits.ts";
import type { Presence } from "../../../src/protocol/user.ts";
import type { PresenceSubject } from "../desk.ts";
import { ClearedChats } from "./cleared-chats.ts";
import { DraftSync } from "./draft-sync.ts";
import { type InboxChange, InboxLog } from "./inbox-log.ts";
import { InboxPages } from "./inbox-pages.ts";
import { ANSWER_MS, Line, type LineEnd } from "./line.ts";
import { OutboxLane } from "./outbox-lane.ts";
import type { OutboxRow } from "./outbox-row.ts";
import { paintedClearing, paintHidden, paintReminders } from "./personal-paint.ts";
import type { AnyDown, Ports } from "./ports.ts";
import type { StoredDraft, StoredInbox } from "./stored.ts";
import { type Veil, veilOf } from "./veil.ts";

/** The inbox is acknowledged (which counts as delivered) this long after the last news of a burst, at the latest. */
const ACKNOWLEDGE_MS = 500;
/** While the person is there the hub is told so this often: well within the time after which it takes them for idle. */
const ACTIVE_EVERY_MS = 120_000;
/** Subjects are gathered over this time: a list that scrolls asks once. */
const GATHER_MS = 100;

export interface HubEvents {
  changed(): void;
  /** A fresh socket is attached: there is a network, whatever the device says. */
  attached(): void;
  inbox(change: InboxChange): void;
  presence(presence: Presence): void;
  people(reason: PeopleReason): void;
  skew(ms: number): void;
  /** What the person set for themselves in these chats is under way, done, or undone. */
  personal(chatIds: Iterable<string>): void;
  /** Another device wrote a draft later. */
  drafted(chatId: string, draft: StoredDraft): void;
  undone(row: OutboxRow, code: ErrorCode): void;
  ended(why: LineEnd): void;
}

/** This device's socket to its person's hub: the inbox, what the person sets for themselves, and who is there. */
export class HubSession {
  readonly log: InboxLog;
  readonly line: Line;
  readonly lane: OutboxLane;
  readonly drafts: DraftSync;
  readonly #pages: InboxPages;
  readonly #cleared: ClearedChats;
  #painted: { of: unknown; rows: unknown; reminders: readonly Reminder[] } | undefined;
  readonly #ports: Ports;
  readonly #events: HubEvents;
  /** Chats for which something was in the lane when it last changed. */
  #personal: ReadonlySet<string> = new Set<string>();
  #isAttached = false;
  #isActive = true;
  #subjects: readonly PresenceSubject[] = [];
  #owed = 0;
  #skew = 0;
  #cancelAsk: () => void = nothing;
  #cancelAcknowledge: (() => void) | undefined;
  #cancelGather: (() => void) | undefined;
  #cancelLease: () => void = nothing;
  #cancelActivity: () => void = nothing;

  constructor(ports: Ports, me: string, events: HubEvents) {
    this.#ports = ports;
    this.#events = events;
    this.#cleared = new ClearedChats(ports);
    this.log = new InboxLog({
      ask: (cursor) => {
        this.line.send({ type: "CATCH_UP_INBOX", ...cursor });
        this.#awaitAnswer();
      },
      changed: (change) => {
        this.#owed++;
        if (change.isReplaced)
          for (const place of this.lane.replaced(0)) ports.store.removeOutbox(place).catch(ports.report);
        else this.lane.reached(change.cursor.rev);
        events.inbox(change);
        this.#cleared.heard(change.entries);
        this.drafts.applied(change.entries);
      },
    });
    this.#pages = new InboxPages(ports, this.log);
    this.line = new Line(ports, {
      target: () => {
        const cursor = this.log.cursor;
        return { kind: "hub", ...(cursor ? { cursor } : {}) };
      },
      opened: () => {
        this.log.attaching();
        this.#awaitAnswer();
      },
      received: (frame) => this.#received(frame),
      settled: () => this.#acknowledgeSoon(),
      lost: () => this.#detached(),
      ended: (why) => events.ended(why),
      changed: () => events.changed(),
    });
    this.drafts = new DraftSync(ports, {
      send: (frame) => this.#isAttached && this.line.send(frame),
      skew: () => this.#skew,
      adopted: (chatId, draft) => events.drafted(chatId, draft),
      changed: (chatId) => events.personal([chatId]),
    });
    this.lane = new OutboxLane(ports, me, {
      send: (frame) => this.line.send(frame),
      probe: () => this.line.probe(),
      catchUp: nothing,
      deleted: () => true,
      messageRev: nothing,
      seqOf: nothing,
      obeyed: nothing,
      undone: (row, code) => events.undone(row, code),
      changed: () => {
        const now: ReadonlySet<string> = new Set(this.lane.rows.map((row) => row.chat_id));
        const before = this.#personal;
        this.#personal = now;
        events.personal([...before, ...now]);
      },
    });
  }

  /** The inbox as this device kept it. */
  restore(stored: StoredInbox): void {
    this.log.restore(stored);
    this.#cleared.heard(this.log.entries.values());
  }

  get isCaughtUp(): boolean {
    return this.#isAttached && !this.log.isAsked;
  }

  /** What the person cleared or deleted for themselves, also that of which the hub was not told yet. */
  hidden(chatId: string): Veil {
    const cleared = paintedClearing(this.log.entries.get(chatId), chatId, this.lane.rows);
    return veilOf(cleared, paintHidden(this.log.hidden(chatId), chatId, this.lane.rows));
  }

  /** Those that wait or are due, with what the hub was not told yet; the same list until it changes. */
  get reminders(): readonly Reminder[] {
    const [of, rows] = [this.log.reminders, this.lane.rows];
    if (this.#painted?.of !== of || this.#painted.rows !== rows)
      this.#painted = { of, rows, reminders: paintReminders(of, rows) };
    return this.#painted.reminders;
  }

  stop(): void {
    this.line.stop();
    this.#detached();
  }

  /** `away` while the page is hidden or unused. True if that is news. */
  setActive(isActive: boolean): boolean {
    if (this.#isActive === isActive) return false;
    this.#isActive = isActive;
    this.#tellActivity();
    return true;
  }

  /** Asks for the whole inbox, where it is in doubt; a socket that is not attached asks by attaching. */
  resolve(): void {
    if (this.#isAttached) this.log.resolve();
  }

  /** Replaces the people watched; gathered, so that it may be called for each row that appears. */
  watch(subjects: readonly PresenceSubject[]): void {
    this.#subjects = subjects.slice(0, PRESENCE_SUBJECTS);
    this.#cancelGather ??= this.#ports.clock.after(GATHER_MS, () => {
      this.#cancelGather = undefined;
      this.#subscribe();
    });
  }

  #received(frame: AnyDown): void {
    switch (frame.type) {
      case "CONNECTED":
        this.#skew = Date.parse(frame.server_time) - this.#ports.clock.now();
        this.#events.skew(this.#skew);
        break;
      case "INBOX_CHANGED":
        this.drafts.heard(frame.entries, frame.drafts);
        this.log.changedFrame(frame);
        break;
      case "INBOX_SNAPSHOT":
        this.drafts.heard(frame.entries, frame.drafts);
        this.log.snapshot(frame);
        if (this.#isAttached) this.#pages.attached();
        break;
      case "COMMAND_ACK":
        this.lane.done(frame, this.log.cursor?.rev ?? 0);
        break;
      case "ERROR":
        this.lane.refused(frame);
        this.drafts.refused(frame);
        break;
      case "PRESENCE_BROADCAST": {
        const { type: _, ...presence } = frame;
        this.#events.presence(presence);
        break;
      }
      case "PEOPLE_CHANGED":
        this.#events.people(frame.reason);
        break;
      default:
        break;
    }
    if (this.line.phase === "open" && !this.#isAttached && !this.log.isAsked) this.#attach();
  }

  #attach(): void {
    this.#isAttached = true;
    this.#events.attached();
    this.#cancelAsk();
    if (this.#isActive) this.#tellAgain();
    else this.#tellActivity();
    this.#subscribe();
    this.lane.reached(this.log.cursor?.rev ?? 0);
    this.lane.attached();
    this.drafts.attached();
    this.log.heal(this.#ports.clock.now() + this.#skew);
    this.#pages.attached();
    this.#events.changed();
  }

  #detached(): void {
    this.#cancelAsk();
    this.#cancelLease();
    this.#cancelActivity();
    this.#cancelAcknowledge?.();
    this.#cancelAcknowledge = undefined;
    this.#isAttached = false;
    this.log.detached();
    this.lane.detached();
    this.drafts.detached();
    this.#pages.detached();
    this.#events.changed();
  }

  #tellActivity(): void {
    this.#cancelActivity();
    if (!this.#isAttached) return;
    this.line.send({ type: "PRESENCE_UPDATE", status: this.#isActive ? "online" : "away" });
    if (this.#isActive) this.#tellAgain();
  }

  /** The hub counts from the last sign of use: said again for as long as there is one. */
  #tellAgain(): void {
    this.#cancelActivity = this.#ports.clock.after(ACTIVE_EVERY_MS, () => this.#tellActivity());
  }

  #subscribe(): void {
    this.#cancelLease();
    if (!this.#isAttached) return;
    this.line.send({ type: "SUBSCRIBE_PRESENCE", subjects: [...this.#subjects] });
    // Renewed well within the lease; an empty set needs no renewal.
    if (this.#subjects.length > 0) {
      this.#cancelLease = this.#ports.clock.after(PRESENCE_LEASE_MS * 0.75, () => this.#subscribe());
    }
  }

  #acknowledgeSoon(): void {
    if (this.#owed === 0) return;
    if (this.#owed >= ACKNOWLEDGE_EVERY) {
      this.#acknowledge();
      return;
    }
    this.#cancelAcknowledge ??= this.#ports.clock.after(ACKNOWLEDGE_MS, () => this.#acknowledge());
  }

  #acknowledge(): void {
    this.#cancelAcknowledge?.();
    this.#cancelAcknowledge = undefined;
    this.#owed = 0;
    const cursor = this.log.cursor;
    if (cursor) this.line.send({ type: "ACKNOWLEDGE_INBOX", rev: cursor.rev });
  }

  #awaitAnswer(): void {
    this.#cancelAsk();
    this.#cancelAsk = this.#ports.clock.after(ANSWER_MS, () => {
      if (this.log.isAsked) this.line.redial();
    });
  }
}

const nothing = () => undefined;
