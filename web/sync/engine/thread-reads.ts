import { messageId } from "../../../src/protocol/ids.ts";
import type { UpFrame } from "../../../src/protocol/up.ts";
import { RECEIPT_MS } from "./own-receipts.ts";
import type { Ports } from "./ports.ts";
import type { OwnThreadReads } from "./stored.ts";

/** What was told over a connection that has lasted this long since, with its heartbeats, has arrived. */
export const ARRIVED_MS = 60_000;

/**
 * How far this person has read in the threads of one chat. Cursors only grow; they are told coalesced, as receipts are,
 * and again after each attach until the chat has said as much itself. They outlive the page until they must have arrived.
 */
export class ThreadReads {
  readonly #chatId: string;
  readonly #ports: Pick<Ports, "clock" | "store" | "report">;
  readonly #send: (frame: UpFrame) => boolean;
  readonly #read = new Map<number, number>();
  readonly #told = new Map<number, number>();
  readonly #confirmed = new Map<number, number>();
  /** What is kept on the device: the chat may not know it. */
  readonly #owed = new Map<number, number>();
  #isLoaded = false;
  #isAttached = false;
  #cancel: (() => void) | undefined;
  #cancelArrival: (() => void) | undefined;
  readonly #changed: () => void;

  constructor(
    chatId: string,
    ports: Pick<Ports, "clock" | "store" | "report">,
    events: { send(frame: UpFrame): boolean; changed(): void },
  ) {
    this.#chatId = chatId;
    this.#ports = ports;
    this.#send = (frame) => events.send(frame);
    this.#changed = () => events.changed();
    const reads = ports.store.loadThreadReads().catch((error: unknown) => {
      ports.report(error);
      return [];
    });
    void reads.then((all) => this.#restore(all.find(({ chat_id }) => chat_id === chatId)?.reads ?? []));
  }

  /** The chat must hear something, as far as is known. */
  get isOwing(): boolean {
    return !this.#isLoaded || this.#owed.size > 0;
  }

  #restore(reads: OwnThreadReads["reads"]): void {
    this.#isLoaded = true;
    for (const [root, seq] of reads) {
      // What was read since then is further, and what the chat said itself is kept no longer.
      if (seq > (this.#confirmed.get(root) ?? 0)) this.#owed.set(root, Math.max(seq, this.#owed.get(root) ?? 0));
      this.#read.set(root, Math.max(seq, this.#read.get(root) ?? 0));
    }
    this.#tell();
    this.#changed();
  }

  #save(): void {
    const { store, report } = this.#ports;
    store.saveThreadReads({ chat_id: this.#chatId, reads: [...this.#owed] }).catch(report);
  }

  /** Undefined where nobody has said yet. */
  of(rootSeq: number): number | undefined {
    return this.#read.get(rootSeq);
  }

  /** True if that is news. */
  read(rootSeq: number, seq: number): boolean {
    if (seq <= (this.#read.get(rootSeq) ?? 0)) return false;
    this.#read.set(rootSeq, seq);
    this.#owed.set(rootSeq, seq);
    this.#save();
    this.#tell();
    return true;
  }

  /** The chat's own word: another device may be further. */
  confirmed(rootSeq: number, seq: number): void {
    this.#confirmed.set(rootSeq, Math.max(seq, this.#confirmed.get(rootSeq) ?? 0));
    this.#read.set(rootSeq, Math.max(seq, this.#read.get(rootSeq) ?? 0));
    if (seq >= (this.#owed.get(rootSeq) ?? Number.POSITIVE_INFINITY)) this.#forget([rootSeq]);
  }

  #forget(roots: readonly number[]): void {
    for (const root of roots) this.#owed.delete(root);
    this.#save();
    this.#changed();
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
    this.#cancelArrival?.();
    this.#cancelArrival = undefined;
  }

  /** Whatever was told last over this connection, all of it waits from then on. */
  #awaitArrival(): void {
    this.#cancelArrival?.();
    this.#cancelArrival = this.#ports.clock.after(ARRIVED_MS, () => {
      this.#cancelArrival = undefined;
      this.#forget([...this.#owed].flatMap(([root, seq]) => (seq <= (this.#told.get(root) ?? 0) ? [root] : [])));
    });
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
    this.#awaitArrival();
    this.#cancel = this.#ports.clock.after(RECEIPT_MS, () => {
      this.#cancel = undefined;
      this.#tell();
    });
  }
}
