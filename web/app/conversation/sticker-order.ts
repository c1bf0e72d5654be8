import { STICKERS, type StickerId } from "../../../src/protocol/stickers.ts";
import type { ParleyClient } from "../../sync/client.ts";

/** The house as it is drawn: those that people send most, and the others in their usual order. */
export interface StickerOrder {
  popular: readonly StickerId[];
  others: readonly StickerId[];
}

/** One row of the picker. */
const MOST_POPULAR = 4;
/** What is popular does not change by the minute. */
const FRESH_MS = 600_000;

let popular: readonly StickerId[] = [];
let asked_at = Number.NEGATIVE_INFINITY;

/** As far as this device knows; it does not change while somebody looks at it. */
export function stickerOrder(): StickerOrder {
  const shown = popular;
  return {
    popular: shown,
    others: STICKERS.map((one) => one.sticker_id).filter((id) => !shown.includes(id)),
  };
}

/** Asks what is popular, for the next time the picker opens. Without an answer the usual order stays. */
export async function learnStickerOrder(client: ParleyClient): Promise<void> {
  const now = performance.now();
  if (now - asked_at < FRESH_MS) return;
  asked_at = now;
  try {
    const { stickers } = await client.server.ask("listStickers");
    const known = new Map<string, StickerId>(STICKERS.map((one) => [one.sticker_id, one.sticker_id]));
    popular = stickers
      .filter((one) => one.count > 0)
      .flatMap((one) => known.get(one.sticker_id) ?? [])
      .slice(0, MOST_POPULAR);
  } catch {
    asked_at = Number.NEGATIVE_INFINITY;
  }
}
