import type { InboxEntry, SavedDraft } from "../../../src/protocol/chat.ts";
import type { ErrorFrame } from "../../../src/protocol/down.ts";
import { ERRORS, isErrorCode } from "../../../src/protocol/error.ts";
import { TEXT_BYTES } from "../../../src/protocol/limits.ts";
import type { UpFrame } from "../../../src/protocol/up.ts";
import type { Ports } from "./ports.ts";
import type { StoredDraft } from "./stored.ts";

/** A draft is told this long after the last key. */
export const DRAFT_MS = 1_000;
/** One that was not answered is told again. */
const AGAIN_MS = 10_000;

export interface DraftEvents {
  /** False: no socket. */
  send(frame: UpFrame): boolean;
  /** The server's clock minus this device's, in milliseconds. */
  skew(): number;
  /** Another device wrote something later. */
  adopted(chatId: string, draft: StoredDraft): void;
  changed(chatId: string): void;
}

/**
 * What is written and not sent, across a person's devices: told to the hub when the keys rest, and taken from it where
 * it is later than what was typed here. Times on this device are by its own clock, on the wire by the server's.
 */
export class DraftSync {
  readonly #ports: Pick<Ports, "clock" | "store" | "report">;
  readonly #events: DraftEvents;
  readonly #drafts = new Map<string, StoredDraft>();
  /** What was handed to a socket: the draft's own time, and the time it went under. */
  readonly #told = new Map<string, { edited_at: number; wire: number }>();
  readonly #timers = new Map<string, () => void>();
  #isAttached = false;

  constructor(ports: Pick<Ports, "clock" | "store" | "report">, events: DraftEvents) {
    this.#ports = ports;
    this.#events = events;
  }

  /** From the store, unless something was typed meanwhile. */
  restore(drafts: ReadonlyMap<string, StoredDraft>): void {
    for (const [chatId, draft] of drafts) if (!this.#drafts.has(chatId)) this.#drafts.set(chatId, draft);
  }

  /** Empty where a draft was thrown away and the hub was not told yet. */
  of(chatId: string): string | undefined {
    return this.#drafts.get(chatId)?.text;
  }

  /** Somebody typed on this device; it is in the store already. */
  drafted(chatId: string, text: string, editedAt: number): void {
    if ((this.#drafts.get(chatId)?.edited_at ?? 0) > editedAt) return;
    this.#drafts.set(chatId, { text, edited_at: editedAt, is_owed: true });
    this.#events.changed(chatId);
    this.#tellIn(chatId, DRAFT_MS);
  }

  /** Takes in what was typed in a tab that ended before it could tell. */
  async reread(): Promise<void> {
    try {
      for (const [chatId, draft] of await this.#ports.store.loadDrafts()) {
        if (!draft.is_owed || draft.edited_at <= (this.#drafts.get(chatId)?.edited_at ?? 0)) continue;
        this.drafted(chatId, draft.text, draft.edited_at);
        this.#events.adopted(chatId, draft);
      }
    } catch (error) {
      this.#ports.report(error);
    }
  }

  attached(): void {
    this.#isAttached = true;
    for (const [chatId, draft] of this.#drafts) if (draft.is_owed) this.#tellIn(chatId, DRAFT_MS);
  }

  detached(): void {
    this.#isAttached = false;
    for (const cancel of this.#timers.values()) cancel();
    this.#timers.clear();
  }

  /** Drafts as the hub has them, in any frame: the later one wins. `whole` has the long ones, whose entries have an excerpt. */
  heard(entries: readonly InboxEntry[], whole: readonly SavedDraft[] = []): void {
    const texts = new Map(whole.map((one) => [one.chat_id, one]));
    for (const { chat_id, draft } of entries) {
      if (!draft) {
        const here = this.#drafts.get(chat_id);
        // Nothing stands there, and that nothing stands here was said.
        if (here?.text === "" && this.#told.get(chat_id)?.edited_at === here.edited_at) this.#settle(chat_id);
        continue;
      }
      const saved = draft.is_excerpt ? texts.get(chat_id) : draft;
      const text = saved?.edited_at === draft.edited_at ? saved.text : undefined;
      this.#compare(chat_id, draft.text, text, Date.parse(draft.edited_at));
    }
  }

  /** `beginning`: of the text, or all of it; `text`: all of it, if it is known. `wire`: when it was written. */
  #compare(chatId: string, beginning: string, text: string | undefined, wire: number): void {
    const here = this.#drafts.get(chatId);
    const written = this.#wireTime(chatId);
    const isTold = here !== undefined && this.#told.get(chatId)?.edited_at === here.edited_at;
    // No time counts as later than the hub's own, so that a clock that is ahead may find its draft under an earlier one.
    if (isTold && wire <= written && (text === undefined ? here.text.startsWith(beginning) : here.text === text)) {
      this.#told.set(chatId, { edited_at: here.edited_at, wire });
      this.#settle(chatId);
    } else if (text !== undefined && (wire > written || (wire === written && text !== here?.text))) {
      this.#adopt(chatId, { text, edited_at: wire - this.#events.skew(), is_owed: false }, wire);
    }
  }

  /** Entries that are true now: where one has no draft, there is none, unless the hub was not told of it yet. */
  applied(entries: readonly InboxEntry[]): void {
    for (const { chat_id, draft } of entries) {
      const here = this.#drafts.get(chat_id);
      if (!draft && here && here.text !== "" && !here.is_owed) this.#adopt(chat_id, { ...here, text: "" }, 0);
    }
  }

  refused(error: ErrorFrame): void {
    const chatId = error.chat_id;
    if (chatId === undefined || error.command_id !== undefined || error.client_msg_id !== undefined) return;
    if (this.#drafts.get(chatId)?.is_owed !== true) return;
    const isForGood = isErrorCode(error.code) && ERRORS[error.code].retry === "never";
    if (isForGood) this.#settle(chatId);
    else this.#tellIn(chatId, (error.retry_after ?? 0) * 1_000 + DRAFT_MS);
  }

  #wireTime(chatId: string): number {
    const here = this.#drafts.get(chatId);
    if (!here) return 0;
    const told = this.#told.get(chatId);
    return told?.edited_at === here.edited_at ? told.wire : here.edited_at + this.#events.skew();
  }

  #tellIn(chatId: string, ms: number): void {
    this.#timers.get(chatId)?.();
    this.#timers.delete(chatId);
    if (!this.#isAttached) return;
    this.#timers.set(
      chatId,
      this.#ports.clock.after(ms, () => this.#tell(chatId)),
    );
  }

  #tell(chatId: string): void {
    const draft = this.#drafts.get(chatId);
    if (!draft?.is_owed) return;
    // Longer than any message can be: it stays on this device.
    if (draft.text.length > TEXT_BYTES) return;
    const wire = this.#wireTime(chatId);
    const edited_at = new Date(wire).toISOString();
    if (!this.#events.send({ type: "SAVE_DRAFT", chat_id: chatId, text: draft.text, edited_at })) return;
    this.#told.set(chatId, { edited_at: draft.edited_at, wire });
    this.#tellIn(chatId, AGAIN_MS);
  }

  /** The hub has it. */
  #settle(chatId: string): void {
    const draft = this.#drafts.get(chatId);
    if (!draft?.is_owed) return;
    this.#timers.get(chatId)?.();
    this.#timers.delete(chatId);
    this.#keep(chatId, { ...draft, is_owed: false });
  }

  #adopt(chatId: string, draft: StoredDraft, wire: number): void {
    this.#timers.get(chatId)?.();
    this.#timers.delete(chatId);
    this.#told.set(chatId, { edited_at: draft.edited_at, wire });
    this.#keep(chatId, draft);
    this.#events.adopted(chatId, draft);
  }

  #keep(chatId: string, draft: StoredDraft): void {
    if (draft.text === "") this.#drafts.delete(chatId);
    else this.#drafts.set(chatId, draft);
    this.#ports.store.saveDraft(chatId, draft).catch(this.#ports.report);
    this.#events.changed(chatId);
  }
}
