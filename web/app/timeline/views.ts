import type { ParleyClient } from "../../sync/client.ts";

/** Posts that come into sight within this time are told together. */
const GATHER_MS = 600;
/** At most so many in one question. */
const MOST = 100;
const AGAIN_MS = 60_000;

/** Counts who saw the posts of a channel: tells the server what was on this screen, and knows what it answered. */
export class ViewCounter {
  readonly #client: Pick<ParleyClient, "server">;
  readonly #chatId: string;
  readonly #counts = new Map<number, number>();
  readonly #askedAt = new Map<number, number>();
  /** Whether it is one's own: those are not counted, only asked for. */
  readonly #waiting = new Map<number, boolean>();
  readonly #listeners = new Set<() => void>();
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(client: Pick<ParleyClient, "server">, chatId: string) {
    this.#client = client;
    this.#chatId = chatId;
  }

  countOf(seq: number): number | undefined {
    return this.#counts.get(seq);
  }

  subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  /** A post is on the screen. */
  see(seq: number, isOwn: boolean): void {
    if (Date.now() - (this.#askedAt.get(seq) ?? 0) < AGAIN_MS) return;
    this.#waiting.set(seq, isOwn);
    this.#timer ??= setTimeout(() => void this.#tell(), GATHER_MS);
  }

  async #tell(): Promise<void> {
    this.#timer = undefined;
    const asked = [...this.#waiting].slice(0, MOST);
    for (const [seq] of asked) {
      this.#waiting.delete(seq);
      this.#askedAt.set(seq, Date.now());
    }
    if (this.#waiting.size > 0) this.#timer = setTimeout(() => void this.#tell(), GATHER_MS);
    const own = asked.filter(([, isOwn]) => isOwn).map(([seq]) => seq);
    const others = asked.filter(([, isOwn]) => !isOwn).map(([seq]) => seq);
    const params = { id: this.#chatId };
    const { server } = this.#client;
    await Promise.all([
      this.#take(others, () => server.ask("countViews", { params, body: { seqs: others } })),
      this.#take(own, () => server.ask("listViews", { params, query: { seqs: own.join(",") } })),
    ]);
  }

  async #take(
    seqs: readonly number[],
    ask: () => Promise<{ views: readonly { seq: number; count: number }[] }>,
  ): Promise<void> {
    if (seqs.length === 0) return;
    try {
      for (const { seq, count } of (await ask()).views) this.#counts.set(seq, count);
      for (const listener of this.#listeners) listener();
    } catch {
      // A count that is not there is not shown; it is asked for again when the post is next seen.
      for (const seq of seqs) this.#askedAt.delete(seq);
    }
  }
}
