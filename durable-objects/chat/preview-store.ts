import type { Database } from "../shared/database.ts";
import type { MessageRow } from "./rows.ts";

/** Stores what the page of a message's link says of itself. */
export function storePreview(db: Database, { seq, rev, link_preview }: MessageRow): void {
  db.run("UPDATE message SET rev = ?, link_preview = ? WHERE seq = ?", rev, link_preview, seq);
}
