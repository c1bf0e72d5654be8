import * as z from "zod/mini";
import { Person } from "./chat.ts";
import { OptionId, PollState } from "./content.ts";
import { ChatId, CommandId, MessageId, Seq } from "./ids.ts";
import { POLL_OPTIONS } from "./limits.ts";
import { Message } from "./message.ts";
import { cursor, limit } from "./page.ts";
import type { Route } from "./route.ts";
import { History, HistoryQuery } from "./view.ts";

const chatParams = z.strictObject({ id: ChatId });
const messageParams = z.strictObject({ id: MessageId });

/** A thread as one member has it: its first message, what is unread in it for them, and whether they follow it. */
export const ThreadEntry = z.object({
  root: Message,
  unread: z.int(),
  read_seq: z.int(),
  is_following: z.boolean(),
});
export type ThreadEntry = z.infer<typeof ThreadEntry>;

/** Routes about threads and polls, and about what may have caused a message. */
export const THREAD_ROUTES = {
  thread: {
    method: "GET",
    path: "/messages/:id/thread",
    summary: "The thread of a message: its first message, and a page of the answers, the latest if no place is named",
    access: "member",
    params: messageParams,
    query: HistoryQuery,
    status: 200,
    data: z.extend(History, { thread: ThreadEntry }),
    errors: ["not_found", "forbidden"],
  },
  setThread: {
    method: "PUT",
    path: "/messages/:id/thread",
    summary: "Follow a thread or stop to, and say how far you have read in it",
    access: "member",
    params: messageParams,
    body: z
      .strictObject({
        is_following: z.optional(z.boolean()),
        read_seq: z.optional(Seq),
        command_id: z.optional(CommandId),
      })
      .check(z.refine((b) => b.is_following !== undefined || b.read_seq !== undefined, "nothing to change")),
    status: 200,
    data: ThreadEntry,
    errors: ["not_found", "forbidden", "seq_ahead", "rate_limited"],
  },
  listThreads: {
    method: "GET",
    path: "/chats/:id/threads",
    summary: "Threads of a chat, the one with the latest answer first",
    access: "member",
    params: chatParams,
    query: z.strictObject({ limit, cursor, filter: z._default(z.enum(["all", "following", "unread"]), "all") }),
    status: 200,
    data: z.object({ threads: z.array(ThreadEntry), next_cursor: z.optional(z.string()) }),
    errors: ["not_found"],
  },
  vote: {
    method: "POST",
    path: "/messages/:id/votes",
    summary: "Choose in a poll; an empty list takes the vote back",
    access: "member",
    params: messageParams,
    body: z.strictObject({
      option_ids: z.array(OptionId).check(z.maxLength(POLL_OPTIONS)),
      command_id: z.optional(CommandId),
    }),
    status: 200,
    data: Message,
    errors: ["not_found", "forbidden", "too_late", "rate_limited"],
  },
  listVotes: {
    method: "GET",
    path: "/messages/:id/votes",
    summary: "How a poll stands, what you chose, and who chose what unless it is anonymous",
    access: "member",
    params: messageParams,
    status: 200,
    data: z.object({
      poll: PollState,
      own_option_ids: z.array(z.int()),
      voters: z.optional(z.array(z.object({ option_id: z.int(), people: z.array(Person) }))),
    }),
    errors: ["not_found"],
  },
  closePoll: {
    method: "POST",
    path: "/messages/:id/close-poll",
    summary: "End a poll",
    access: "member",
    params: messageParams,
    body: z.strictObject({ command_id: z.optional(CommandId) }),
    status: 200,
    data: Message,
    errors: ["not_found", "forbidden", "rate_limited"],
  },
  order: {
    method: "GET",
    path: "/messages/:id/order",
    summary: "Where a message stands in the order of causes: Lamport time, and in small chats its vector clock",
    access: "member",
    params: messageParams,
    status: 200,
    data: z.object({
      message_id: MessageId,
      seq: Seq,
      /** What its sender had seen: everything up to here may have been a cause. */
      seen_seq: z.int(),
      /** Grows along every chain of causes. */
      lamport: z.int(),
      /** For each sender how many of their messages were causes, its own sender's own message included; up to 100 members (K17). */
      vector_clock: z.optional(z.record(z.string(), z.int())),
      /** Earlier messages that its sender had not seen: neither caused the other. The latest 100. */
      concurrent_seqs: z.array(Seq),
    }),
    errors: ["not_found"],
  },
} as const satisfies Record<string, Route>;
