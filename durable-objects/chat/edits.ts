import { Fault } from "../../src/domain/fault.ts";
import type { TextContent } from "../../src/protocol/content.ts";
import type { EditAsk } from "../../src/protocol/rpc.ts";
import type { RateLimit } from "../shared/rate.ts";
import { changed, findMessage, markOf, recall, type Settled, unchanged } from "./changes.ts";
import type { Effect } from "./commits.ts";
import { type Addressed, address, compose, EVERYBODY } from "./mentions.ts";
import { digestOf } from "./messages.ts";
import { linkedBy } from "./previews.ts";
import type { Room } from "./room.ts";
import type { MessageRow } from "./rows.ts";
import { joinByEdit } from "./threads.ts";
import { iso, toMessageFor } from "./wire.ts";

/**
 * Replaces the text of an own message (SPEC EDT). Three rows: the message, what it said before, and the change.
 * Order of the checks is law: obeyed already? → membership, rights, window → is it the text that they saw? → limits.
 */
export function editMessage(room: Room, by: string, ask: EditAsk, now: number, limit: RateLimit): Effect<Settled> {
  const row = findMessage(room, by, ask.seq);
  const mark = markOf("edit", ask.command_id);
  const knownRev =
    row.sender_id === by ? (room.store.editRev(row.seq, ask.command_id) ?? recall(row, by, mark)) : undefined;
  if (knownRev !== undefined) return { value: { row, rev: knownRev } };

  const sender = room.requireRight(by, "write");
  if (room.isHiddenFrom(sender, row)) throw new Fault("not_found");
  // Its copies are messages of other chats, which say what they said.
  if (room.chat.chat_type === "broadcast") throw new Fault("forbidden");
  if (row.sender_id !== by || row.message_type !== "text" || row.forwarded !== null) throw new Fault("forbidden");
  const window = room.chat.settings.edit_window_s;
  if (window !== null && now - row.created_at >= window * 1_000)
    throw new Fault("too_late", { details: { edit_window_s: window } });
  if (isStale(room, row, ask.message_rev))
    throw new Fault("stale", { details: { message: toMessageFor(room, sender, row) } });
  if (row.deleted_at !== null || row.content === null) throw new Fault("not_found");

  const composed = compose(ask.content);
  const addressed = address(room, sender, composed, row.reply_to);
  const content = JSON.stringify(addressed.content);
  limit.spend(by, now);
  if (content === row.content) return unchanged(room, row, by, mark);

  const rev = room.rev + 1;
  const { concerns } = addressed;
  const edited: MessageRow = {
    ...row,
    ...{ rev, content, concerns },
    edited_at: Math.max(now, row.edited_at ?? row.created_at),
    digest: row.digest ?? digestOf(row),
  };
  // Another link is another page: its card goes with the old one.
  const linked = linkedBy(room, edited);
  const isLinkKept = linked?.url === linkedBy(room, row)?.url;
  if (!isLinkKept) edited.link_preview = null;
  const writtenAt = row.edited_at ?? row.created_at;
  room.store.insertEdit({
    seq: row.seq,
    rev,
    command_id: ask.command_id,
    content: row.content,
    written_at: writtenAt,
  });
  room.store.putText(edited);
  // An answer in a thread counts in nobody's chat.
  const isCountKept = concerns === row.concerns || row.thread_root !== null;
  const personal = newlyCalled(row, addressed.personal);
  joinByEdit(room, row, addressed);
  return changed(room, edited, {
    isCountKept,
    apply: () => {
      if (isCountKept) room.annotated(edited);
      else room.edited(edited);
      if (row.thread_root !== null) room.threadsChanged();
    },
    // The list shows the newest message, and who is mentioned in any.
    bumps: row.seq === room.shown?.seq || !isCountKept ? "everybody" : [],
    personal,
    linked: isLinkKept ? undefined : linked,
  });
}

/** Whom a message calls that it did not call before. */
function newlyCalled({ concerns }: MessageRow, personal: Addressed["personal"]): Addressed["personal"] {
  if (concerns === EVERYBODY) return [];
  return personal === "everybody" ? personal : personal.filter((id) => !concerns?.includes(id));
}

/** Has the text become another than the one that was edited? What others added to the message is no reason. */
function isStale(room: Room, row: MessageRow, seenRev: number | undefined): boolean {
  if (seenRev === undefined || seenRev === row.rev) return false;
  if (seenRev > row.rev || row.deleted_at !== null) return true;
  const textRev = row.edited_at === null ? row.born_rev : room.store.lastEditRev(row.seq);
  return seenRev < (textRev ?? row.born_rev);
}

/** Former texts in one answer: each may be as long as a text may be, and a call between objects carries no more than 32 MiB. */
const EDITS_TOLD = 100;

/** What a message said before, oldest first (SPEC EDT5). */
export const formerTexts = (room: Room, row: MessageRow): { content: TextContent; written_at: string }[] =>
  row.edited_at === null
    ? []
    : room.store
        .edits(row.seq, EDITS_TOLD)
        .flatMap(({ content, written_at }) =>
          content === null ? [] : [{ content: JSON.parse(content) as TextContent, written_at: iso(written_at) }],
        );
