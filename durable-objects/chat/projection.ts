import type { ProjectionJob } from "../../src/protocol/job.ts";
import type { ObjectEnv } from "../shared/env.ts";
import { OUTBOX_BATCH, UNCONFIRMED_MS } from "../shared/limits.ts";
import type { Room } from "./room.ts";
import { iso } from "./wire.ts";

/**
 * Puts membership on its way to D1 (SPEC PRJ): outbox rows written with the change, queued at least once, removed when
 * the consumer confirms that they arrived. What the queue loses is queued again.
 * @returns true if rows are still on their way
 */
export async function project(env: ObjectEnv, room: Room, now: number): Promise<boolean> {
  for (;;) {
    const due = room.store.outboxDue(now - UNCONFIRMED_MS, OUTBOX_BATCH);
    if (due.length === 0) return room.store.hasOutbox();
    const job = jobOf(room, due);
    // Before it is sent: a crash in between costs a wait, not a job that nobody knows of.
    room.store.markQueued(
      due.map((row) => row.id),
      now,
    );
    await env.PROJECTIONS.send(job);
  }
}

function jobOf(room: Room, due: readonly { id: number; user_id: string }[]): ProjectionJob {
  return {
    kind: "membership",
    chat_id: room.chat.chat_id,
    chat_type: room.chat.chat_type,
    name: room.chat.name,
    is_active: room.chat.is_active,
    listing: {
      rev: room.chat.rev,
      is_listed: room.chat.is_active && room.chat.settings.is_public,
      description: room.chat.description,
      member_count: room.chat.member_count,
      needs_approval: room.chat.settings.needs_approval,
    },
    // What the row says now: newer than when it was written does no harm, the consumer keeps the highest rev.
    rows: due.flatMap(({ id, user_id }) => {
      const member = room.member(user_id);
      if (!member) return [];
      return [
        {
          outbox_id: id,
          user_id,
          role: member.role,
          joined_at: iso(member.joined_at),
          removed_at: member.removed_at === null ? null : iso(member.removed_at),
          // Their own, not the chat's: who has come unnoticed may go with the chat's step that was told in between.
          rev: member.rev,
        },
      ];
    }),
  };
}
