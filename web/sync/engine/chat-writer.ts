import type { ChatState } from "../../../src/domain/delta.ts";
import { unlessOver } from "../../../src/domain/expiry.ts";
import type { Delta } from "../../../src/protocol/chat.ts";
import type { LogChange } from "./chat-log.ts";
import type { Ports } from "./ports.ts";
import { type ChatDelta, toStored } from "./stored.ts";

/**
 * Brings one chat's log to the device's store: everything that came in one socket message, and everything that came
 * while the last write was under way, in one transaction with the cursor and the outbox rows that it retires.
 */
export class ChatWriter {
  readonly #chatId: string;
  readonly #ports: Pick<Ports, "store" | "report">;
  readonly #state: () => ChatState | undefined;
  readonly #now: () => number;
  #delta: ChatDelta | undefined;
  #isReplaced = false;
  #arrived: number[] = [];
  #writing: Promise<void> | undefined;
  #isClosed = false;

  /** `state`: the log as it is when a write must bring the whole of it. `now`: epoch milliseconds of the server's clock. */
  constructor(
    chatId: string,
    ports: Pick<Ports, "store" | "report">,
    state: () => ChatState | undefined,
    now: () => number,
  ) {
    this.#now = now;
    this.#chatId = chatId;
    this.#ports = ports;
    this.#state = state;
  }

  add(change: LogChange, arrived: readonly number[]): void {
    this.#arrived.push(...arrived);
    if (change.kind === "replaced") {
      this.#isReplaced = true;
      this.#delta = undefined;
    } else if (!this.#isReplaced) {
      const { base, rev, epoch, rows } = change;
      this.#delta = this.#delta
        ? { epoch, base: this.#delta.base, rev, rows: joined(this.#delta.rows, rows) }
        : { epoch, base, rev, rows };
    }
  }

  /** Writes what is owed, unless a write is under way that will see to it. */
  flush(): void {
    if (this.#writing || this.#isClosed || (!this.#delta && !this.#isReplaced)) return;
    this.#writing = this.#write()
      .catch((error: unknown) => {
        // The cache is behind the cursor now; the next write brings everything.
        this.#isReplaced = true;
        this.#ports.report(error);
        return false;
      })
      .then((isWritten) => {
        this.#writing = undefined;
        if (isWritten) this.flush();
      });
  }

  /** Resolves when the store has all that was added so far. */
  async written(): Promise<void> {
    this.flush();
    while (this.#writing && !this.#isClosed) await this.#writing;
  }

  /** Nothing more is written: the chat is to be forgotten. */
  close(): void {
    this.#isClosed = true;
  }

  async #write(): Promise<boolean> {
    const delta = this.#delta;
    const arrived = this.#arrived;
    const isWhole = this.#isReplaced;
    this.#delta = undefined;
    this.#isReplaced = false;
    this.#arrived = [];
    try {
      return await this.#writeThese(delta, arrived, isWhole);
    } catch (error) {
      // Their messages are owed to the store, and so is that these rows are over.
      this.#arrived.unshift(...arrived);
      throw error;
    }
  }

  async #writeThese(delta: ChatDelta | undefined, arrived: readonly number[], isWhole: boolean): Promise<boolean> {
    if (!isWhole && delta && (await this.#ports.store.applyNews(this.#chatId, this.#emptied(delta), arrived)))
      return true;
    const state = this.#state();
    if (!state || this.#isClosed) return false;
    // The state is newer than the delta: what was added meanwhile is in it.
    this.#delta = undefined;
    this.#isReplaced = false;
    const { messages, ...rest } = toStored(state);
    const now = this.#now();
    const kept = messages.map((message) => unlessOver(message, now));
    const since = this.#arrived.splice(0);
    try {
      await this.#ports.store.replaceChat({ ...rest, messages: kept }, [...arrived, ...since]);
    } catch (error) {
      this.#arrived.unshift(...since);
      throw error;
    }
    return true;
  }

  /** What was over while it waited to be written is not in the store when that is emptied: it must not come later. */
  #emptied(delta: ChatDelta): ChatDelta {
    const { messages, ...rows } = delta.rows;
    const now = this.#now();
    return messages ? { ...delta, rows: { ...rows, messages: messages.map((row) => unlessOver(row, now)) } } : delta;
  }
}

function joined(a: Delta, b: Delta): Delta {
  const chat = b.chat ?? a.chat;
  return {
    ...(chat ? { chat } : {}),
    messages: [...(a.messages ?? []), ...(b.messages ?? [])],
    members: [...(a.members ?? []), ...(b.members ?? [])],
    receipts: [...(a.receipts ?? []), ...(b.receipts ?? [])],
  };
}
