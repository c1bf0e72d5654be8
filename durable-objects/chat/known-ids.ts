import { Fault } from "../../src/domain/fault.ts";
import { DEEP_SCAN_EVERY_MS, DEEP_SCAN_ROWS, KNOWN_IDS, SCANNED_IDS } from "../shared/limits.ts";
import type { ChatStore } from "./store.ts";

/** Rows read for a repeat are remembered, for everybody, if they are no more than this. */
const ABSORB_ROWS = 2_000;

const keyOf = (senderId: string, clientMsgId: string): string => `${senderId} ${clientMsgId}`;

/** All ids of one person in (from, upTo]. */
interface Scan {
  from: number;
  upTo: number;
  seqs: Map<string, number>;
}

/**
 * Tells whether a message is stored already, for ever and without an index (SPEC REP).
 *
 * A message says which head its device had seen; a stored copy of it can only stand after that. Everything stored
 * after `floor` is in memory, so a message composed since then needs no reading at all; for an older one the rows
 * between are read. What was read is kept for the person it was read for: a device that comes back with fifty queued
 * messages pays once.
 */
export class KnownIds {
  readonly #store: ChatStore;
  readonly #seqs = new Map<string, number>();
  readonly #scans = new Map<string, Scan>();
  #scanned = 0;
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
    const size = this.#floor - seenSeq;
    if (size <= ABSORB_ROWS && this.#seqs.size + size <= KNOWN_IDS) {
      this.#absorb(seenSeq);
      return this.#seqs.get(keyOf(senderId, clientMsgId));
    }
    return this.#scan(senderId, seenSeq, now).get(clientMsgId);
  }

  /** Moves the floor down. */
  #absorb(seenSeq: number): void {
    // Oldest first again: eviction goes by insertion order.
    const newer = [...this.#seqs];
    this.#seqs.clear();
    for (const row of this.#store.sentBetween(seenSeq, this.#floor))
      this.#seqs.set(keyOf(row.sender_id, row.client_msg_id), row.seq);
    for (const [key, seq] of newer) this.#seqs.set(key, seq);
    this.#floor = seenSeq;
  }

  /** The ids of one person after `seenSeq`: what an earlier scan has not covered is read. */
  #scan(senderId: string, seenSeq: number, now: number): ReadonlyMap<string, number> {
    const known = this.#scans.get(senderId);
    if (known && known.from <= seenSeq && known.upTo >= this.#floor) return known.seqs;
    const below = known ? Math.max(0, known.from - seenSeq) : 0;
    const above = this.#floor - (known ? known.upTo : seenSeq);
    if (below + above > DEEP_SCAN_ROWS) this.#admitDeepScan(senderId, now);

    const scan: Scan = known ?? { from: seenSeq, upTo: seenSeq, seqs: new Map() };
    const before = known ? scan.seqs.size : 0;
    for (const row of this.#store.sentBy(senderId, scan.upTo, this.#floor)) scan.seqs.set(row.client_msg_id, row.seq);
    scan.upTo = Math.max(scan.upTo, this.#floor);
    if (below > 0) {
      for (const row of this.#store.sentBy(senderId, seenSeq, scan.from)) scan.seqs.set(row.client_msg_id, row.seq);
      scan.from = seenSeq;
    }
    this.#scans.delete(senderId);
    this.#scans.set(senderId, scan);
    this.#scanned += scan.seqs.size - before;
    for (const [oldest, { seqs }] of this.#scans) {
      if (this.#scanned <= SCANNED_IDS) break;
      this.#scans.delete(oldest);
      this.#scanned -= seqs.size;
    }
    return scan.seqs;
  }

  #admitDeepScan(senderId: string, now: number): void {
    const last = this.#deepScans.get(senderId);
    // After the clock was set back, the last one may lie ahead: then it means nothing.
    if (last !== undefined && last <= now && now - last < DEEP_SCAN_EVERY_MS) {
      throw new Fault("rate_limited", {
        message: "This message was written long ago; it is checked for a copy once a minute.",
        retry_after: Math.ceil((DEEP_SCAN_EVERY_MS - (now - last)) / 1000),
      });
    }
    if (this.#deepScans.size > 10_000) this.#deepScans.clear();
    this.#deepScans.set(senderId, now);
  }
}
