import { Fault } from "../../src/domain/fault.ts";
import { DEEP_SCAN_EVERY_MS, DEEP_SCAN_ROWS, KNOWN_IDS } from "../shared/limits.ts";
import type { ChatStore } from "./store.ts";

/** Rows read for a repeat are remembered if they are no more than this. */
const ABSORB_ROWS = 2_000;

const keyOf = (senderId: string, clientMsgId: string): string => `${senderId} ${clientMsgId}`;

/**
 * Tells whether a message is stored already, for ever and without an index (SPEC REP).
 *
 * A message says which head its device had seen; a stored copy of it can only stand after that. Everything stored
 * after `floor` is in memory, so a message composed since then needs no reading at all; for an older one the rows
 * between are read.
 */
export class KnownIds {
  readonly #store: ChatStore;
  readonly #seqs = new Map<string, number>();
  readonly #deepScans = new Map<string, number>();
  #floor: number;

  /** `head`: the newest message when the object woke. Nothing is rebuilt on wake. */
  constructor(store: ChatStore, head: number) {
    this.#store = store;
    this.#floor = head;
  }

  remember(senderId: string, clientMsgId: string, seq: number): void {
    this.#seqs.set(keyOf(senderId, clientMsgId), seq);
    if (this.#seqs.size <= KNOWN_IDS) return;
    for (const [key, oldest] of this.#seqs) {
      this.#seqs.delete(key);
      this.#floor = Math.max(this.#floor, oldest);
      if (this.#seqs.size <= KNOWN_IDS * 0.9) break;
    }
  }

  /**
   * The `seq` of the stored copy, or undefined if there is none.
   * @throws Fault `rate_limited` if finding out would read very many rows again within a minute
   */
  find(senderId: string, clientMsgId: string, seenSeq: number | undefined, now: number): number | undefined {
    const known = this.#seqs.get(keyOf(senderId, clientMsgId));
    if (known !== undefined) return known;
    if (seenSeq === undefined) return this.#store.unseenMessage(senderId, clientMsgId);
    if (seenSeq >= this.#floor) return undefined;
    const gap = this.#floor - seenSeq;
    if (gap > DEEP_SCAN_ROWS) this.#admitDeepScan(senderId, now);
    return gap <= ABSORB_ROWS
      ? this.#absorb(senderId, clientMsgId, seenSeq)
      : this.#scan(senderId, clientMsgId, seenSeq);
  }

  #absorb(senderId: string, clientMsgId: string, seenSeq: number): number | undefined {
    const older: [string, number][] = [];
    for (const row of this.#store.sentBetween(seenSeq, this.#floor))
      older.push([keyOf(row.sender_id, row.client_msg_id), row.seq]);
    if (this.#seqs.size + older.length <= KNOWN_IDS) {
      // Oldest first again: eviction goes by insertion order.
      const newer = [...this.#seqs];
      this.#seqs.clear();
      for (const [key, seq] of [...older, ...newer]) this.#seqs.set(key, seq);
      this.#floor = seenSeq;
    }
    return older.find(([key]) => key === keyOf(senderId, clientMsgId))?.[1];
  }

  #scan(senderId: string, clientMsgId: string, seenSeq: number): number | undefined {
    for (const row of this.#store.sentBetween(seenSeq, this.#floor)) {
      if (row.sender_id === senderId && row.client_msg_id === clientMsgId) return row.seq;
    }
    return undefined;
  }

  #admitDeepScan(senderId: string, now: number): void {
    const last = this.#deepScans.get(senderId);
    if (last !== undefined && now - last < DEEP_SCAN_EVERY_MS) {
      throw new Fault("rate_limited", {
        message: "This message was written long ago; it is checked for a copy once a minute.",
        retry_after: Math.ceil((DEEP_SCAN_EVERY_MS - (now - last)) / 1000),
      });
    }
    if (this.#deepScans.size > 10_000) this.#deepScans.clear();
    this.#deepScans.set(senderId, now);
  }
}
