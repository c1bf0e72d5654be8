import { logError } from "../../src/ops/metrics.ts";
import type { StickerContent } from "../../src/protocol/content.ts";
import type { ObjectEnv } from "../shared/env.ts";
import type { MessageRow } from "./rows.ts";

/** Stickers are gathered for so long before they are counted: nobody waits for it. */
const GATHER_MS = 5_000;

/** The sticker that a message is. */
export const stickerOf = ({ message_type, content }: MessageRow): string | undefined =>
  message_type === "sticker" && content !== null ? (JSON.parse(content) as StickerContent).sticker_id : undefined;

/** How often stickers were sent to this chat, on its way to the tally (`tally/SPEC.md` TAL4). In memory: a few may be lost. */
export class StickerCounts {
  readonly #env: ObjectEnv;
  #sent: Record<string, number> = {};
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(env: ObjectEnv) {
    this.#env = env;
  }

  add(stickerId: string): void {
    this.#sent[stickerId] = (this.#sent[stickerId] ?? 0) + 1;
    this.#timer ??= setTimeout(() => {
      const sent = this.#sent;
      this.#sent = {};
      this.#timer = undefined;
      this.#env.CHORES.send({ kind: "stickers", sent }).catch((error: unknown) =>
        logError({ where: "chat, counting stickers", error, level: "warning" }),
      );
    }, GATHER_MS);
  }
}
