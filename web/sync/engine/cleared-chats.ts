import type { InboxEntry } from "../../../src/protocol/chat.ts";
import type { Ports } from "./ports.ts";

/**
 * What a person has cleared does not stay on the device. Emptied when it is heard of, and once more at each start: the
 * chat does not know of it, and may have sent the rows again.
 */
export class ClearedChats {
  readonly #ports: Pick<Ports, "store" | "report">;
  readonly #emptied = new Map<string, number>();

  constructor(ports: Pick<Ports, "store" | "report">) {
    this.#ports = ports;
  }

  heard(entries: Iterable<InboxEntry>): void {
    for (const { chat_id, cleared_seq = 0 } of entries) {
      if (cleared_seq <= (this.#emptied.get(chat_id) ?? 0)) continue;
      this.#emptied.set(chat_id, cleared_seq);
      this.#ports.store.clearChat(chat_id, cleared_seq).catch(this.#ports.report);
    }
  }
}
