import * as z from "zod/mini";
import { SendableType } from "./content.ts";
import { ChatId, Time, UserId } from "./ids.ts";
import { Message } from "./message.ts";
import { cursor, limit } from "./page.ts";
import type { Route } from "./route.ts";

/**
 * What is searched for. `q` holds words, each found by its beginning, and phrases in quotation marks; case and accents do
 * not matter. It may be empty where a filter says enough. Filters are joined by "and".
 */
export const SearchQuery = z.strictObject({
  q: z._default(z.string().check(z.trim(), z.maxLength(200)), ""),
  from: z.optional(UserId),
  before: z.optional(Time),
  after: z.optional(Time),
  has: z.optional(z.enum(["link", "file", "mention"])),
  message_type: z.optional(SendableType),
  order: z._default(z.enum(["newest", "best"]), "newest"),
  limit,
  cursor,
});
export type SearchQuery = z.infer<typeof SearchQuery>;

/** A message that was found. `ranges` are the places of `snippet` that fit, in UTF-16 units: [offset, length]. */
export const SearchHit = z.object({
  message: Message,
  chat_name: z.optional(z.string()),
  sender_name: z.string(),
  snippet: z.string(),
  ranges: z.array(z.tuple([z.int(), z.int()])),
});
export type SearchHit = z.infer<typeof SearchHit>;

const Found = z.object({
  hits: z.array(SearchHit),
  next_cursor: z.optional(z.string()),
  /** Chats that did not answer in time, or whose turn comes with the next page. */
  is_partial: z.optional(z.boolean()),
});

/** Routes that find messages. */
export const SEARCH_ROUTES = {
  searchChat: {
    method: "GET",
    path: "/chats/:id/search",
    summary: "Find messages in one chat",
    access: "member",
    params: z.strictObject({ id: ChatId }),
    query: SearchQuery,
    status: 200,
    data: Found,
    errors: ["not_found", "rate_limited"],
  },
  search: {
    method: "GET",
    path: "/search",
    summary: "Find messages in all your chats",
    access: "signed_in",
    query: z.strictObject({ ...SearchQuery.shape, in: z.optional(ChatId) }),
    status: 200,
    data: Found,
    errors: ["not_found", "rate_limited"],
  },
} as const satisfies Record<string, Route>;
