import { excerpt } from "../../../src/domain/text.ts";
import type { InboxEntry, Preview } from "../../../src/protocol/chat.ts";
import type { Message } from "../../../src/protocol/message.ts";
import type { Inbox, InboxLine, MessageState } from "../client.ts";
import type { OutboxRow } from "./outbox-row.ts";
import { paintEntry } from "./personal-paint.ts";
import { stateInOutbox } from "./ticks.ts";
import { lineOf, messageOf } from "./timeline-message.ts";
import type { Veil } from "./veil.ts";

/** What a device knows of a chat that it follows, beyond the hub's word. */
export interface ChatSummary {
  title: string;
  unread: number;
  head_seq: number;
  read_seq: number;
  /** The newest message that this device has and shows in its timeline. */
  last: Message | undefined;
  /** How far this device's log reaches; 0 without one. */
  log_head: number;
  last_state: MessageState | undefined;
  typing: InboxLine["typing"];
  is_attached: boolean;
}

export interface LineSources {
  me: string;
  /** Undefined for a chat that this device does not follow now. */
  summary(chatId: string): ChatSummary | undefined;
  nameOf(chatId: string, userId: string): string;
  read(chatId: string): number;
  draft(chatId: string): string | undefined;
  /** The newest unsent message. */
  unsent(chatId: string): OutboxRow | undefined;
  /** What the person set for themselves and the hub was not told yet. */
  personal: readonly OutboxRow[];
  hidden(chatId: string): Veil;
  /** Epoch milliseconds by the server's clock. */
  now: number;
  /** A line looks different from that moment on. */
  until(at: number): void;
}

/** Draws the chat list. A line that looks as it did is the same object as it was. */
export class InboxLines {
  #known = new Map<string, DrawnLine>();
  #inbox: Inbox = { status: "loading", lines: [], unread: 0 };

  /** `isTouched`: something other than the entry may have changed in this chat since the last time. */
  draw(
    entries: ReadonlyMap<string, InboxEntry>,
    isReady: boolean,
    isTouched: (chatId: string) => boolean,
    sources: LineSources,
  ): Inbox {
    const known = new Map<string, DrawnLine>();
    const lines: InboxLine[] = [];
    let unread = 0;
    for (const entry of entries.values()) {
      const before = this.#known.get(entry.chat_id);
      const now =
        before?.entry === entry && !isTouched(entry.chat_id) && !isMuteOver(before.line, sources)
          ? before
          : redrawn(before, entry, drawLine(entry, sources, before?.line));
      known.set(entry.chat_id, now);
      // Deleted by its person: it is back when something newer comes, or waits here to be sent.
      if (now.line.is_unlisted) continue;
      lines.push(now.line);
      if (isCounted(now.line)) unread += now.line.unread;
    }
    this.#known = known;
    lines.sort((a, b) => (a.last_at === b.last_at ? compare(a.chat_id, b.chat_id) : compare(b.last_at, a.last_at)));
    const status = isReady ? "ready" : "loading";
    const was = this.#inbox;
    const isSame =
      was.status === status &&
      was.unread === unread &&
      was.lines.length === lines.length &&
      lines.every((line, i) => line === was.lines[i]);
    if (!isSame) this.#inbox = { status, lines, unread };
    return this.#inbox;
  }
}

interface DrawnLine {
  entry: InboxEntry;
  looks: string;
  line: InboxLine;
}

function redrawn(before: DrawnLine | undefined, entry: InboxEntry, line: InboxLine): DrawnLine {
  const looks = JSON.stringify(line);
  return before?.looks === looks ? { entry, looks, line: before.line } : { entry, looks, line };
}

/** Chats that were muted or put away call nobody, unless somebody calls their reader by name. */
function isCounted(line: InboxLine): boolean {
  return line.muted_until !== undefined ? line.mention_seq !== undefined : line.is_archived === undefined;
}

/** Nobody waits for the end of a mute that is further off than this; it is found when something else is drawn. */
const FAR_MS = 7 * 86_400_000;

/** A mute ends by itself. */
function isMuteOver({ muted_until }: Pick<InboxEntry, "muted_until">, { now, until }: LineSources): boolean {
  if (muted_until === undefined) return false;
  const at = Date.parse(muted_until);
  if (at > now && at - now < FAR_MS) until(at);
  return at <= now;
}

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

function drawLine(told: InboxEntry, sources: LineSources, before: InboxLine | undefined): InboxLine {
  const entry = paintEntry(told, sources.personal);
  const summary = sources.summary(entry.chat_id);
  const hidden = sources.hidden(entry.chat_id);
  const readSeq = Math.max(entry.read_seq, sources.read(entry.chat_id), hidden.cleared);
  const last = summary?.last;
  const previewSeq = entry.preview?.seq ?? 0;
  // The hub's newest may be hidden here, or be an answer in a thread: the device knows what stands before it.
  const isAhead =
    last !== undefined && (last.seq >= previewSeq || (summary?.log_head ?? 0) >= previewSeq || hidden.has(previewSeq));
  const preview: Preview | undefined = isAhead
    ? previewOf(last, sources.nameOf(entry.chat_id, last.sender_id))
    : entry.preview && !hidden.has(previewSeq)
      ? untilOver(entry.preview, sources)
      : undefined;
  const unsent = sources.unsent(entry.chat_id);
  // Of a long one that another device wrote this device may have the beginning alone: enough for a line.
  const unwritten = sources.draft(entry.chat_id) ?? entry.draft?.text;
  const draft = unsent
    ? excerpt(lineOf(messageOf(unsent, sources.me)))
    : unwritten === undefined
      ? undefined
      : excerpt(unwritten);
  const isOwnLast = preview?.sender_id === sources.me && preview.message_type !== "system";
  const ownState: MessageState | undefined = unsent
    ? stateInOutbox(unsent, summary?.is_attached ?? false)
    : isOwnLast
      ? ((isAhead ? summary?.last_state : undefined) ?? stateBefore(preview, before))
      : undefined;
  const { preview: _, draft: __, mention_seq: mentionSeq, muted_until, is_unlisted, ...rest } = entry;
  const headSeq = Math.max(entry.head_seq, summary?.head_seq ?? 0);
  return {
    ...rest,
    ...(muted_until === undefined || isMuteOver({ muted_until }, sources) ? {} : { muted_until }),
    title: summary?.title || entry.peer?.display_name || entry.name,
    head_seq: headSeq,
    ...(is_unlisted && headSeq <= hidden.cleared && !unsent ? { is_unlisted } : {}),
    read_seq: readSeq,
    // The hub's count is of a moment before this device's own reading.
    unread: isAhead && summary ? summary.unread : readSeq >= entry.head_seq ? 0 : entry.unread,
    last_at: isAhead && last.created_at > entry.last_at ? last.created_at : entry.last_at,
    ...(preview ? { preview } : {}),
    ...(mentionSeq !== undefined && mentionSeq > readSeq ? { mention_seq: mentionSeq } : {}),
    ...(draft ? { draft } : {}),
    ...(ownState ? { own_state: ownState } : {}),
    typing: summary?.typing ?? [],
  };
}

/**
 * How far an own message came when its chat was last followed. The hub does not tell: a first tick for what everybody
 * has read long ago would be a step back, so of what this device never knew it says nothing.
 */
function stateBefore(preview: Preview | undefined, before: InboxLine | undefined): MessageState | undefined {
  const state = before?.own_state;
  if (state === undefined) return undefined;
  // What just waited here has been stored.
  if (!isInLog(state)) return "sent";
  return preview !== undefined && before?.preview?.seq === preview.seq ? state : undefined;
}

const isInLog = (state: MessageState): boolean => state === "sent" || state === "delivered" || state === "read";

/** Of a message that is over nothing is said, whoever has told it. */
function untilOver(preview: Preview, { now, until }: LineSources): Preview {
  if (preview.expires_at === undefined) return preview;
  const at = Date.parse(preview.expires_at);
  if (at > now) until(at);
  return at > now ? preview : { ...preview, text: "", is_deleted: true };
}

function previewOf(message: Message, senderName: string): Preview {
  const { content } = message;
  return {
    seq: message.seq,
    sender_id: message.sender_id,
    sender_name: senderName,
    message_type: message.message_type,
    text: message.deleted_at === undefined ? excerpt(lineOf(message)) : "",
    ...(message.deleted_at === undefined ? {} : { is_deleted: true as const }),
    ...(content !== null && "event" in content ? { notice: content } : {}),
    created_at: message.created_at,
  };
}
