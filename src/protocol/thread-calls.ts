import type { Person } from "./chat.ts";
import type { PollState } from "./content.ts";
import type { Message } from "./message.ts";
import type { HistoryAsk } from "./rpc.ts";
import type { ThreadEntry } from "./thread-routes.ts";
import type { History } from "./view.ts";

/** A thread to be followed, or no longer: `seq` is its first message's. */
export interface FollowAsk {
  seq: number;
  command_id: string;
  is_following: boolean;
}

/** Threads whose latest answer stands below a number, the latest first. */
export interface ThreadsAsk {
  limit: number;
  below?: number | undefined;
  filter: "all" | "following" | "unread";
  /** What the person has hidden from themselves in this chat: it does not count as unread. */
  hidden?: readonly number[];
  /** Nor does anything up to this number, which they have cleared. */
  cleared_seq?: number;
}

export type ThreadPage = History & { thread: ThreadEntry };

/** What a person chooses in a poll; nothing takes the vote back. */
export interface VoteAsk {
  seq: number;
  command_id: string;
  option_ids: readonly number[];
}

/** How a poll stands, with all who chose what unless it is anonymous. */
export interface Votes {
  poll: PollState;
  own_option_ids: number[];
  voters?: { option_id: number; people: Person[] }[];
}

/** Where a message stands in the order of causes. */
export interface CausalPlace {
  message_id: string;
  seq: number;
  seen_seq: number;
  lamport: number;
  vector_clock?: Record<string, number>;
  concurrent_seqs: number[];
}

/** Of the chat object: threads, polls, and what may have caused a message. */
export interface ThreadCalls {
  /** The thread of a message, and a page of its answers. `hidden`, `cleared`: as in {@link ThreadsAsk}. */
  thread(by: string, seq: number, ask: HistoryAsk, hidden?: readonly number[], cleared?: number): Promise<ThreadPage>;
  /** Follows a thread or stops to, and moves the cursor in it; the thread as it is then. */
  setThread(
    by: string,
    seq: number,
    ask: { command_id: string; is_following?: boolean | undefined; read_seq?: number | undefined },
  ): Promise<ThreadEntry>;
  /** `next`: what to ask below for the following page. */
  threads(by: string, ask: ThreadsAsk): Promise<{ threads: ThreadEntry[]; next?: number }>;
  setVote(by: string, ask: VoteAsk): Promise<Message>;
  votes(by: string, seq: number): Promise<Votes>;
  closePoll(by: string, ask: { seq: number; command_id: string }): Promise<Message>;
  order(by: string, seq: number): Promise<CausalPlace>;
}
