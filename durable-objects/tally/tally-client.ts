import { proxyDurable } from "itty-durable";
import { ChatId } from "../../src/protocol/ids.ts";

/** Posts that share an object: a person reads a channel in order, so that one call mostly reaches one of them. */
const POSTS_PER_OBJECT = 16;

/** Counts as [name or seq, count]. */
type Counts<K> = readonly (readonly [K, number])[];

/** What a tally answers, by name of its call. itty-durable carries no types over. */
interface TallyCalls {
  view(place: number, seqs: readonly number[]): Promise<unknown>;
  count(seqs: readonly number[]): Promise<unknown>;
  add(more: Readonly<Record<string, number>>): Promise<unknown>;
  all(): Promise<unknown>;
}

/**
 * The one way to the tallies: names them, checks what comes back, and lets no request of the outside reach them, which
 * itty-durable would obey.
 */
export class TallyClient {
  readonly #tallies: { get(name: string): TallyCalls };

  constructor(tallies: DurableObjectNamespace) {
    this.#tallies = proxyDurable(tallies, { name: "TALLIES", parse: true });
  }

  /** Notes that a member has seen posts of a channel, and answers how many members have seen each. */
  async countViews(channelId: string, place: number, seqs: readonly number[]): Promise<Map<number, number>> {
    return this.#ofPosts(channelId, seqs, (tally, some) => tally.view(place, some));
  }

  /** How many members have seen each of these posts. */
  async views(channelId: string, seqs: readonly number[]): Promise<Map<number, number>> {
    return this.#ofPosts(channelId, seqs, (tally, some) => tally.count(some));
  }

  /** Adds to how often stickers were sent. */
  async addStickers(sent: Readonly<Record<string, number>>): Promise<void> {
    await this.#tally("stickers").add(sent);
  }

  /** How often each sticker was sent. */
  async stickers(): Promise<Map<string, number>> {
    return new Map(countsOf<string>(await this.#tally("stickers").all(), (name) => typeof name === "string"));
  }

  async #ofPosts(
    channelId: string,
    seqs: readonly number[],
    ask: (tally: TallyCalls, seqs: readonly number[]) => Promise<unknown>,
  ): Promise<Map<number, number>> {
    if (!ChatId.safeParse(channelId).success) throw new TypeError("not a chat id");
    const blocks = Map.groupBy(new Set(seqs), (seq) => Math.floor(seq / POSTS_PER_OBJECT));
    const answers = await Promise.all(
      [...blocks].map(async ([block, some]) =>
        countsOf<number>(await ask(this.#tally(`views:${channelId}:${block}`), some), (seq) => typeof seq === "number"),
      ),
    );
    return new Map(answers.flat());
  }

  /** An empty name would be a fresh object each time. */
  #tally(name: string): TallyCalls {
    if (name === "") throw new TypeError("a tally needs a name");
    return this.#tallies.get(name);
  }
}

function countsOf<K extends string | number>(answer: unknown, isKey: (key: unknown) => boolean): Counts<K> {
  const isCounts = (value: unknown): value is Counts<K> =>
    Array.isArray(value) &&
    value.every((one) => Array.isArray(one) && one.length === 2 && isKey(one[0]) && Number.isSafeInteger(one[1]));
  if (!isCounts(answer)) throw new Error("a tally answered something that is no count");
  return answer;
}
