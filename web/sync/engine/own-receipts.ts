import type { UpFrame } from "../../../src/protocol/up.ts";
import type { Clock } from "./ports.ts";
import type { OwnCursors } from "./stored.ts";

/** At most one receipt of a kind in this time; the first of a quiet moment goes at once. */
export const RECEIPT_MS = 1_000;

/**
 * How far this device has received and its person has read one chat. Cursors only grow, are told coalesced, and are
 * restated at each attach, because those that the chat had not yet written died with it.
 */
export class OwnReceipts {
  readonly #clock: Clock;
  readonly #send: (frame: UpFrame) => boolean;
  readonly #save: (cursors: OwnCursors) => void;
  readonly #chatId: string;
  #delivered = 0;
  #read = 0;
  #told = { delivered: 0, read: 0 };
  /** Read as the chat itself knows it: from then on nothing is owed. */
  #confirmedRead = 0;
  #isAttached = false;
  #isQuiet = true;
  #cancel: () => void = () => undefined;

  constructor(
    chatId: string,
    clock: Clock,
    events: { send(frame: UpFrame): boolean; save(cursors: OwnCursors): void },
    stored?: OwnCursors,
  ) {
    this.#chatId = chatId;
    this.#clock = clock;
    this.#send = (frame) => events.send(frame);
    this.#save = (cursors) => events.save(cursors);
    this.#delivered = stored?.delivered_seq ?? 0;
    this.#read = stored?.read_seq ?? 0;
    if (stored && !stored.is_owed) this.#confirmedRead = stored.read_seq;
  }

  get readSeq(): number {
    return this.#read;
  }

  get deliveredSeq(): number {
    return Math.max(this.#delivered, this.#read);
  }

  /** The chat does not know yet how far its reader is. */
  get isOwing(): boolean {
    return this.#read > this.#confirmedRead;
  }

  /** The cursors as they go into the address of a socket that is dialled now. */
  restate(): { delivered_seq: number; read_seq: number } {
    this.#told = { delivered: this.deliveredSeq, read: this.#read };
    return { delivered_seq: this.deliveredSeq, read_seq: this.#read };
  }

  /** The chat took the restated cursors; what grew since goes now. */
  attached(): void {
    this.#isAttached = true;
    this.#tell();
  }

  detached(): void {
    this.#isAttached = false;
    this.#isQuiet = true;
    this.#cancel();
  }

  /** This device has everything up to `seq`, the head of its log. */
  received(seq: number): void {
    if (seq <= this.#delivered) return;
    this.#delivered = seq;
    this.#tell();
  }

  /** The person has seen everything up to `seq`, as far as the log goes. True if that is news. */
  read(seq: number, headSeq: number): boolean {
    const read = Math.min(seq, headSeq);
    if (read <= this.#read) return false;
    this.#read = read;
    this.#store();
    this.#tell();
    return true;
  }

  /** The chat's own word on this person's cursors: another device may be further. True if that moved anything. */
  confirmed(receipt: { delivered_seq: number; read_seq: number }): boolean {
    const before = this.#read;
    const wasOwing = this.isOwing;
    this.#confirmedRead = Math.max(this.#confirmedRead, receipt.read_seq);
    this.#read = Math.max(this.#read, receipt.read_seq);
    this.#delivered = Math.max(this.#delivered, receipt.delivered_seq);
    if (this.#read !== before || wasOwing !== this.isOwing) this.#store();
    return this.#read !== before;
  }

  /** After a snapshot: nothing lies above the head, whatever an earlier life of the database had. */
  clamp(headSeq: number): void {
    if (this.#delivered <= headSeq && this.#read <= headSeq) return;
    this.#delivered = Math.min(this.#delivered, headSeq);
    this.#read = Math.min(this.#read, headSeq);
    this.#confirmedRead = Math.min(this.#confirmedRead, headSeq);
    this.#told = { delivered: Math.min(this.#told.delivered, headSeq), read: Math.min(this.#told.read, headSeq) };
    this.#store();
  }

  #store(): void {
    this.#save({
      chat_id: this.#chatId,
      delivered_seq: this.deliveredSeq,
      read_seq: this.#read,
      is_owed: this.isOwing,
    });
  }

  #tell(): void {
    if (!this.#isAttached || !this.#isQuiet) return;
    const { delivered, read } = this.#told;
    if (this.#read > read) {
      if (!this.#send({ type: "MESSAGE_READ", seq: this.#read })) return;
    } else if (this.deliveredSeq > delivered) {
      if (!this.#send({ type: "MESSAGE_DELIVERED", seq: this.deliveredSeq })) return;
    } else return;
    // What was read was delivered; one frame says both.
    this.#told = {
      delivered: Math.max(delivered, this.#read > read ? this.#read : this.deliveredSeq),
      read: this.#read,
    };
    this.#isQuiet = false;
    this.#cancel = this.#clock.after(RECEIPT_MS, () => {
      this.#isQuiet = true;
      this.#tell();
    });
  }
}
