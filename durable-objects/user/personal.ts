import { Fault } from "../../src/domain/fault.ts";
import { HIDDEN_MESSAGES } from "../../src/protocol/limits.ts";
import type { ChatStateChange } from "../../src/protocol/rpc.ts";
import { RateLimit } from "../shared/rate.ts";
import { type DeviceDraft, nextDraft, requireRoom } from "./drafts.ts";
import type { Heads } from "./heads.ts";
import type { Hub } from "./hub.ts";
import { announce } from "./inbox.ts";
import { DRAFTS_BURST, DRAFTS_PER_S, PERSONAL_BURST, PERSONAL_PER_S } from "./limits.ts";
import { longDraft, readEntry } from "./line.ts";
import { answerTo, unset, withCommand } from "./personal-rules.ts";
import type { PersonalRow } from "./personal-store.ts";
import type { InboxRow } from "./store.ts";

/** What the owner sets for themselves: state of a chat, drafts, hidden messages (PER, DRF, HID). One turn each. */
export class Personal {
  readonly #hub: Hub;
  readonly #heads: Heads;
  readonly #changes = new RateLimit(PERSONAL_PER_S, PERSONAL_BURST);
  readonly #drafts = new RateLimit(DRAFTS_PER_S, DRAFTS_BURST);

  constructor(hub: Hub, heads: Heads) {
    this.#hub = hub;
    this.#heads = heads;
  }

  /** True if the inbox knows the chat, as far as `seq`: else it has to be asked first (PER6). */
  isKnown(chatId: string, seq = 0): boolean {
    const row = this.#hub.store.entry(chatId);
    return row?.is_removed === 0 && seq <= row.head_seq;
  }

  /** @throws Fault `not_found` for a chat the person was never in, `removed` for one they left */
  #line(chatId: string): InboxRow {
    const row = this.#hub.store.entry(chatId);
    if (row?.is_removed === 0) return row;
    throw new Fault(row ? "removed" : "not_found");
  }

  /**
   * Sets what is given and leaves the rest (PER1 to PER5, CLR1). Returns the inbox's clock after it, for a repeat the first answer.
   * @throws Fault `not_found`, `removed`, `invalid` for a time that does not exist, `seq_ahead`, `rate_limited`
   */
  setState(chatId: string, commandId: string, change: ChatStateChange, now: number): number {
    const line = this.#line(chatId);
    const old = this.#hub.store.personal.of(chatId) ?? unset(chatId);
    const known = answerTo(old, commandId);
    if (known !== undefined) return known;
    const { head_seq } = line;
    if ((change.cleared_seq ?? 0) > head_seq) throw new Fault("seq_ahead", { details: { head_seq } });
    const next = changed(old, line, change, now);
    take(this.#changes, now);
    const base = this.#hub.rev;
    this.#write(old, next, commandId, isSame(old, next));
    if (this.#hub.rev !== base) announce(this.#hub, base, chatId);
    // The chat counts and shows without it (CLR2).
    if (next.cleared_seq > old.cleared_seq) this.#heads.again(chatId);
    // How far the person has read by now only the chat knows (PER4).
    if (next.is_marked_unread && next.marked_seq === null && old.is_marked_unread === 0) this.#heads.again(chatId);
    return this.#hub.rev;
  }

  /** One row, also for what changes nothing: its repeat must be known when somebody else has changed it meanwhile. */
  #write(old: PersonalRow, next: PersonalRow, commandId: string, isSilent: boolean): void {
    const rev = isSilent ? this.#hub.rev : this.#hub.nextRev();
    this.#hub.store.personal.put(withCommand({ ...next, rev: isSilent ? old.rev : rev }, commandId, rev));
  }

  /**
   * Keeps a draft, if none is newer (DRF1 to DRF5). True if it was taken: then every device has been told.
   * @throws Fault `not_found`, `removed`, `rate_limited`, `too_many`
   */
  saveDraft(chatId: string, draft: DeviceDraft, now: number): boolean {
    this.#line(chatId);
    const { store } = this.#hub;
    const next = nextDraft(chatId, store.personal.draft(chatId), draft, now);
    if (!next) return false;
    take(this.#drafts, now);
    requireRoom(this.#hub, chatId, next.text);
    const base = this.#hub.rev;
    store.personal.putDraft({ ...next, rev: this.#hub.nextRev() });
    announce(this.#hub, base, chatId, { drafts: this.longDrafts(chatId) });
    return true;
  }

  /** The whole of a chat's draft, if its line has only the beginning. */
  longDrafts(chatId: string) {
    const row = this.#hub.store.entry(chatId);
    const draft = row && longDraft(this.#hub.store, row);
    return draft ? [draft] : [];
  }

  /**
   * Hides messages from the owner, or shows them again (HID1 to HID5). Returns the clock as {@link setState} does.
   * @throws Fault `not_found`, `removed`, `seq_ahead`, `rate_limited`, `too_many`
   */
  hide(chatId: string, commandId: string, seqs: readonly number[], isHidden: boolean, now: number): number {
    const line = this.#line(chatId);
    const { store } = this.#hub;
    const old = store.personal.of(chatId) ?? unset(chatId);
    const known = answerTo(old, commandId);
    if (known !== undefined) return known;
    if (seqs.some((seq) => seq > line.head_seq)) throw new Fault("seq_ahead", { details: { head_seq: line.head_seq } });
    take(this.#changes, now);
    const turned = [...new Set(seqs)].filter((seq) => store.personal.isHidden(chatId, seq) !== isHidden);
    if (isHidden) this.#makePlace(turned.length);
    const base = this.#hub.rev;
    this.#write(old, old, commandId, turned.length === 0);
    const { rev } = this.#hub;
    if (turned.length === 0) return rev;
    for (const seq of turned) store.personal.putHidden(chatId, seq, isHidden, rev);
    announce(this.#hub, base, chatId, {
      hidden: turned.map((seq) => ({ chat_id: chatId, seq, is_hidden: isHidden })),
    });
    // The chat counts and shows without them (HID3).
    if (turned.some((seq) => isShown(line, seq))) this.#heads.again(chatId);
    return rev;
  }

  /** Nothing that is hidden is ever dropped: it would be seen again. What was shown again makes place. */
  #makePlace(more: number): void {
    const { rows, shown } = this.#hub.store.personal.hiddenCount();
    if (rows + more <= HIDDEN_MESSAGES) return;
    if (rows - shown + more > HIDDEN_MESSAGES) throw new Fault("too_many", { details: { limit: HIDDEN_MESSAGES } });
    this.#hub.store.personal.forgetShown();
    this.#hub.update({ forgotten_rev: this.#hub.rev });
  }
}

/** Whether a message could count in a line, or be what it shows. */
function isShown(line: InboxRow, seq: number): boolean {
  const { preview, mention_seq } = readEntry(line);
  return seq > line.read_seq || seq >= (preview?.seq ?? 0) || seq === mention_seq;
}

/** @throws Fault `invalid` for a time that does not exist, as the 31st of February */
export function instant(time: string): number {
  const at = Date.parse(time);
  if (Number.isNaN(at)) throw new Fault("invalid", { message: "There is no such time." });
  return at;
}

function changed(old: PersonalRow, line: InboxRow, change: ChatStateChange, now: number): PersonalRow {
  const next = { ...old };
  if (change.muted_until === null) next.muted_until = null;
  else if (change.muted_until !== undefined) {
    const until = instant(change.muted_until);
    next.muted_until = until > now ? until : null;
  }
  if (change.is_pinned !== undefined) next.is_pinned = Number(change.is_pinned);
  if (change.is_archived !== undefined && Number(change.is_archived) !== old.is_archived) {
    next.is_archived = Number(change.is_archived);
    next.archived_seq = line.head_seq;
  }
  if (change.is_marked_unread !== undefined && Number(change.is_marked_unread) !== old.is_marked_unread) {
    next.is_marked_unread = Number(change.is_marked_unread);
    next.marked_seq = null;
  }
  return cleared(next, change);
}

/** It only grows: of two devices the one that cleared further wins, and whether the chat left the list is said with it. */
function cleared(row: PersonalRow, { cleared_seq: upTo = row.cleared_seq, is_unlisted }: ChatStateChange): PersonalRow {
  if (upTo < row.cleared_seq) return row;
  const isUnlisted = is_unlisted === undefined ? upTo === row.cleared_seq && row.is_unlisted === 1 : is_unlisted;
  const isRead = upTo > row.cleared_seq;
  return {
    ...row,
    ...{ cleared_seq: upTo, is_unlisted: Number(isUnlisted) },
    // Nothing is left that could wait.
    ...(isRead ? { is_marked_unread: 0, marked_seq: null } : {}),
  };
}

const isSame = (one: PersonalRow, other: PersonalRow): boolean =>
  one.muted_until === other.muted_until &&
  one.is_pinned === other.is_pinned &&
  one.is_archived === other.is_archived &&
  one.is_marked_unread === other.is_marked_unread &&
  one.cleared_seq === other.cleared_seq &&
  one.is_unlisted === other.is_unlisted;

/** @throws Fault `rate_limited` */
function take(limit: RateLimit, now: number): void {
  const wait = limit.take("", now);
  if (wait > 0) throw new Fault("rate_limited", { retry_after: Math.ceil(wait * 10) / 10 });
}
