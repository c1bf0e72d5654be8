import type { Receipt } from "../../src/protocol/chat.ts";
import type { PrivacyStore, SignsRow } from "./privacy-store.ts";
import type { Room } from "./room.ts";
import type { MemberRow } from "./rows.ts";

/** What members hide of themselves (SPEC PRV). Read when it is first asked for, and that is never for a plain message. */
export class Signs {
  readonly #store: PrivacyStore;
  #rows: Map<string, SignsRow> | undefined;

  constructor(store: PrivacyStore) {
    this.#store = store;
  }

  #all(): Map<string, SignsRow> {
    this.#rows ??= new Map(this.#store.signs().map((row) => [row.user_id, row]));
    return this.#rows;
  }

  get(userId: string): SignsRow | undefined {
    return this.#all().get(userId);
  }

  put(row: SignsRow): void {
    this.#all().set(row.user_id, row);
  }

  hidesReceipts(userId: string): boolean {
    return this.get(userId)?.hides_receipts === 1;
  }

  hidesTyping(userId: string): boolean {
    return this.get(userId)?.hides_typing === 1;
  }

  /** Does anybody hide what they read? */
  get isAnyHidden(): boolean {
    return [...this.#all().values()].some((row) => row.hides_receipts === 1);
  }
}

/**
 * A member's cursors as another member may see them (SPEC PRV1, BLK4); their own are told as they are. Without a viewer: as
 * everybody is told them who hides nothing.
 */
export function receiptFor(room: Room, viewerId: string | undefined, member: MemberRow): Receipt {
  const { user_id, delivered_seq, read_seq } = member;
  if (viewerId === user_id) return withSkipped(room, { user_id, delivered_seq, read_seq });
  const shown = room.blocks.shownOf(user_id);
  const delivered = shown?.[0] ?? delivered_seq;
  if (viewerId !== undefined && room.signs.hidesReceipts(viewerId))
    return withSkipped(room, { user_id, delivered_seq: delivered, read_seq: 0 });
  const hidden = room.signs.get(user_id);
  const read = shown?.[1] ?? read_seq;
  return withSkipped(room, {
    user_id,
    delivered_seq: delivered,
    read_seq: hidden?.hides_receipts === 1 ? Math.min(read, hidden.shown_read) : read,
  });
}

/** What a cursor has passed without its owner ever seeing it (SPEC BLK8); while a block holds, as far as it was told then. */
export function withSkipped({ blocks: now }: Room, receipt: Receipt, blocks = now): Receipt {
  if (!blocks.isAny) return receipt;
  const { user_id, delivered_seq } = receipt;
  const skipped = blocks.skipped(user_id, blocks.shownOf(user_id)?.[0] ?? delivered_seq);
  if (skipped.length === 0) return receipt;
  return { ...receipt, skipped: skipped.map(([from_seq, to_seq]) => ({ from_seq, to_seq })) };
}

/** Is what this member sees of others' cursors, or others of theirs, not what everybody sees? */
export const hasOwnView = (room: Room, userId: string): boolean =>
  room.blocks.isAny || room.signs.hidesReceipts(userId);

/** Who hides that they write is not told that others do (SPEC PRV4), but for their own other devices. */
export const typingVeil =
  (room: Room | undefined, typist: string) =>
  (userId: string): readonly string[] | undefined =>
    userId !== typist && room?.signs.hidesTyping(userId) ? [] : undefined;
