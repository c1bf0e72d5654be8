import { asFault } from "../../../src/domain/fault.ts";
import type { InboxLog } from "./inbox-log.ts";
import type { Ports } from "./ports.ts";

/** A page that nobody answered is asked for again after this. */
const AGAIN_MS = 30_000;

/** Brings the chats that a snapshot of the inbox did not carry, page by page, over HTTP. */
export class InboxPages {
  readonly #ports: Pick<Ports, "clock" | "remote" | "report">;
  readonly #log: InboxLog;
  /** Grows with every beginning: an earlier run ends. */
  #run = 0;
  #cancel: () => void = () => undefined;

  constructor(ports: Pick<Ports, "clock" | "remote" | "report">, log: InboxLog) {
    this.#ports = ports;
    this.#log = log;
  }

  attached(): void {
    this.detached();
    if (this.#log.isPartial) void this.#fetch(++this.#run);
  }

  detached(): void {
    this.#run++;
    this.#cancel();
  }

  async #fetch(run: number): Promise<void> {
    try {
      for (const filter of ["all", "archived", "unlisted"] as const) {
        let cursor: string | undefined;
        do {
          const page = await this.#ports.remote.chats(filter, cursor);
          if (run !== this.#run) return;
          this.#log.page(page.chats);
          cursor = page.has_more ? page.next_cursor : undefined;
        } while (cursor !== undefined);
      }
      this.#log.completed();
    } catch (error) {
      if (!asFault(error)) this.#ports.report(error);
      if (run === this.#run) this.#cancel = this.#ports.clock.after(AGAIN_MS, () => this.attached());
    }
  }
}
