import { firstLink } from "../../src/domain/markup.ts";
import { logError } from "../../src/ops/metrics.ts";
import type { LinkPreview, TextContent } from "../../src/protocol/content.ts";
import type { ObjectEnv } from "../shared/env.ts";
import { changed, type Settled } from "./changes.ts";
import type { Effect } from "./commits.ts";
import { storePreview } from "./preview-store.ts";
import type { Room } from "./room.ts";
import type { MessageRow } from "./rows.ts";

/** The page that a message leads to, to be read off the message path. */
export interface Linked {
  seq: number;
  url: string;
}

/** The link whose page is shown beneath a message (SPEC LNK1); undefined where there is none, or the chat wants none. */
export function linkedBy(room: Room, row: MessageRow): Linked | undefined {
  if (row.message_type !== "text" || row.deleted_at !== null || !room.chat.settings.has_link_previews) return undefined;
  // Most messages have none: what says so cheaply comes first.
  if (!row.content?.includes("://")) return undefined;
  const { text, mentions } = JSON.parse(row.content) as TextContent;
  const url = firstLink(text, mentions);
  return url === undefined ? undefined : { seq: row.seq, url };
}

/** Puts the reading of a page on its way. Nothing is kept of it: a message is as good without. */
export async function requestPreview(env: ObjectEnv, chatId: string, { seq, url }: Linked): Promise<void> {
  try {
    await env.CHORES.send({ kind: "preview", chat_id: chatId, seq, url });
  } catch (error) {
    logError({ where: "chat, queueing a link", error, level: "warning" });
  }
}

/**
 * Shows what a page says of itself beneath the message that links to it, if it still does (SPEC LNK2). Two rows, message and
 * change; owes no hub a bump.
 */
export function putPreview(room: Room, seq: number, preview: LinkPreview, now: number): Effect<Settled | undefined> {
  const row = seq <= room.headSeq ? room.store.message(seq) : undefined;
  const link_preview = JSON.stringify(preview);
  const isOver = row?.expires_at != null && row.expires_at <= now;
  if (!row || isOver || linkedBy(room, row)?.url !== preview.url || row.link_preview === link_preview)
    return { value: undefined };
  const shown: MessageRow = { ...row, rev: room.rev + 1, link_preview };
  storePreview(room.store.db, shown);
  return changed(room, shown, { isCountKept: true, apply: () => room.annotated(shown), bumps: [] });
}
