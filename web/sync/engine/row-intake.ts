import type { OutboxRow } from "./outbox-row.ts";
import type { Ports } from "./ports.ts";

/**
 * How outbox rows that tabs wrote into the common store reach the engine: told by the tab that wrote them, or read from
 * the store where that tab ended before it could tell. Each row comes once, however late it is told, and after those
 * that were written before it.
 */
export class RowIntake {
  readonly #ports: Pick<Ports, "store" | "report">;
  readonly #give: (row: OutboxRow, isFresh: boolean) => void;
  readonly #known = new Set<number>();
  #last: number | undefined;

  /** `give`: hands a row on; `isFresh` if the tab that wrote it has just told. */
  constructor(ports: Pick<Ports, "store" | "report">, give: (row: OutboxRow, isFresh: boolean) => void) {
    this.#ports = ports;
    this.#give = give;
  }

  /** These are known otherwise. */
  loaded(rows: readonly OutboxRow[]): void {
    for (const row of rows) this.#isNew(row);
  }

  written(row: OutboxRow): void {
    // Places are counted without a gap: whoever wrote the one before, if this is not the first, has not told of it.
    if (row.place <= (this.#last ?? 0) + 1) this.#take(row, true);
    else void this.reread().finally(() => this.#take(row, true));
  }

  /** Takes in what was written and never told. */
  async reread(): Promise<void> {
    try {
      for (const row of await this.#ports.store.loadOutbox()) this.#take(row, false);
    } catch (error) {
      this.#ports.report(error);
    }
  }

  #take(row: OutboxRow, isFresh: boolean): void {
    if (this.#isNew(row)) this.#give(row, isFresh);
  }

  #isNew({ place }: OutboxRow): boolean {
    if (this.#known.has(place)) return false;
    this.#known.add(place);
    this.#last = Math.max(this.#last ?? 0, place);
    return true;
  }
}
