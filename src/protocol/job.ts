import type { ChatType } from "./chat.ts";
import type { LinkPreview } from "./content.ts";
import type { Role } from "./role.ts";
import type { Bump } from "./rpc.ts";

/**
 * What objects put into queues, and what its consumers ask of them in turn. A job may be of an older deploy: add optional
 * fields, never change the meaning of one.
 */

/** A row of the membership projection, idempotent by (chat_id, user_id, rev). */
export interface MembershipRow {
  outbox_id: number;
  user_id: string;
  role: Role;
  joined_at: string;
  removed_at: string | null;
  rev: number;
}

/** Body of a message in the `parley-projections` queue. The consumer confirms with `ChatCalls.confirmProjected`. */
export interface ProjectionJob {
  kind: "membership";
  chat_id: string;
  chat_type: ChatType;
  name: string;
  is_active: boolean;
  rows: MembershipRow[];
  /** What the directory shows of it. Absent in jobs of older objects. */
  listing?: Listing;
}

/** A chat as strangers may find it, while `is_listed`. */
export interface Listing {
  /** When the chat itself last changed: its people may have a later one. */
  rev: number;
  is_listed: boolean;
  description: string;
  member_count: number;
  needs_approval: boolean;
}

/** Bodies of messages in the `parley-chores` queue: what is as good lost. */
export type ChoreJob = PreviewJob | StickerJob;

/** The page of a message's first link is to be read. */
export interface PreviewJob {
  kind: "preview";
  chat_id: string;
  seq: number;
  url: string;
}

/** Stickers that were sent to a chat, and how often. */
export interface StickerJob {
  kind: "stickers";
  sent: Record<string, number>;
}

/** Body of a message in the `parley-bumps` queue: hubs of a large chat's members that are owed a bump. */
export interface BumpJob {
  kind: "bumps";
  chat_id: string;
  /** The chat's own name for this batch. */
  batch_id: number;
  user_ids: string[];
}

/** What hubs have answered to bumps: user ids. */
export interface BumpReport {
  awake: string[];
  asleep: string[];
  failed: string[];
}

/** What the consumer of bumps asks of a chat. */
export interface ChatBumpCalls {
  /** Bumps for these people as things stand now, by user id; nobody who never was a member. */
  bumpsFor(batchId: number, userIds: readonly string[]): Promise<Record<string, Bump>>;
  /** What came of a batch. Repeated or of a former life of the chat, it has no effect. */
  bumped(batchId: number, report: BumpReport): Promise<void>;
}

/** What the Worker asks of a channel before it counts views. */
export interface ChatViewCalls {
  /** Which of these posts a member sees, their own left out, and the member's number in the chat. */
  seenPosts(by: string, seqs: readonly number[]): Promise<{ place: number; seqs: number[] }>;
}

/** What the consumer of previews asks of a chat. */
export interface ChatPreviewCalls {
  /** Shows what the page of a message's link says of itself, if the message still has that link. Repeated, it has no second effect. */
  putPreview(seq: number, preview: LinkPreview): Promise<void>;
}
