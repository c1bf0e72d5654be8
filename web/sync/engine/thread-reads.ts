import { messageId } from "../../../src/protocol/ids.ts";
import type { UpFrame } from "../../../src/protocol/up.ts";
import { RECEIPT_MS } from "./own-receipts.ts";
import type { Clock } from "./ports.ts";

/**
 * How far this person has read in the threads of one chat. Cursors only grow; they are told coalesced, as receipts are,
 * and again after each attach until the chat has said as much itself.
 */
export class ThreadReads {
  readonly #chatId: string;
  readonly #clock: Clock;
  readonly #send: (frame: UpFrame) => boolean;
  readonly #read = new Map<number, number>();
  readonly #told = new Map<number, number>();
  readonly #confirmed = new Map<number, number>();
  #isAttached = false;
  #cancel: (() => void) | undefined;

  constructor(chatId: string, clock: Clock, send: (frame: UpFrame) => boolean) {
    this.#chatId = chatId;
    this.#clock = clock;
    this.#send = send;
  }

  /** Undefined where nobody has said yet. */
  of(rootSeq: number): number | undefined {
    return this.#read.get(rootSeq);
  }

  /** True if that is news. */
  read(rootSeq: number, seq: number): boolean {
    if (seq <= (this.#read.get(rootSeq) ?? 0)) return false;
    this.#read.set(rootSeq, seq);
    this.#tell();
    return true;
  }

  /** The chat's own word: another device may be further. */
  confirmed(rootSeq: number, seq: number): void {
    this.#confirmed.set(rootSeq, Math.max(seq, this.#confirmed.get(rootSeq) ?? 0));
    this.#read.set(rootSeq, Math.max(seq, this.#read.get(rootSeq) ?? 0));
  }

  attached(): void {
    this.#isAttached = true;
    this.#told.clear();
    this.#tell();
  }

  detached(): void {
    this.#isAttached = false;
    this.#cancel?.();
    this.#cancel = undefined;
  }

  #tell(): void {
    if (!this.#isAttached || this.#cancel) return;
    let isTold = false;
    for (const [root, seq] of this.#read) {
      if (seq <= Math.max(this.#told.get(root) ?? 0, this.#confirmed.get(root) ?? 0)) continue;
      if (!this.#send({ type: "READ_THREAD", message_id: messageId(this.#chatId, root), seq })) return;
      this.#told.set(root, seq);
      isTold = true;
    }
    if (!isTold) return;
    this.#cancel = this.#clock.after(RECEIPT_MS, () => {
      this.#cancel = undefined;
      this.#tell();
    });
  }
}
