import type { SendableType } from "./content.ts";
import type { SearchHit } from "./search-routes.ts";

/** What Worker and objects ask of each other when somebody looks for something. */

/** What is looked for in a chat (`SearchQuery`). Times are epoch milliseconds. */
export interface SearchAsk {
  q: string;
  from?: string | undefined;
  /** Not older than this … */
  after_ms?: number | undefined;
  /** … and older than this. */
  before_ms?: number | undefined;
  has?: "link" | "file" | "mention" | undefined;
  message_type?: SendableType | undefined;
  order: "newest" | "best";
  limit: number;
  /** Only messages below this: where the page before ended. */
  below_seq?: number | undefined;
  /** Of the best: how many were shown before. */
  offset?: number | undefined;
  /** What the person has hidden from themselves. */
  hidden?: readonly number[] | undefined;
  /** Everything up to this number is gone for them. */
  cleared_seq?: number | undefined;
}

/** A chat of somebody's, as their hub knows it: when something was last said there (null: just now, perhaps), and what they hid. */
export interface SearchableChat {
  chat_id: string;
  last_ms: number | null;
  hidden: number[];
  /** Everything up to this number is gone for them. */
  cleared_seq?: number;
}

/** A page of what was found. `score` where the best were asked for: the higher, the better, also between chats. */
export interface SearchPage {
  chat_name: string;
  hits: (Omit<SearchHit, "chat_name"> & { score?: number })[];
  /** Where the next page begins; absent at the end. */
  next?: { below_seq: number; offset?: number };
  is_partial?: boolean;
}
