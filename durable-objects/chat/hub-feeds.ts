import { objectName } from "../../src/protocol/ids.ts";
import type { ObjectEnv } from "../shared/env.ts";
import {
  FEED_ATTEMPTS,
  FEED_CALL_CHARS,
  FEED_RETRY_MAX_MS,
  FEED_RETRY_MS,
  FEED_WAITING_CHARS,
} from "../shared/limits.ts";

interface Feed {
  waiting: string[];
  /** The hub has subscribed since the call that is under way was made: what that answers is over. */
  isRenewed: boolean;
  /** Characters that wait. */
  size: number;
}

/**
 * The frames of this chat on their way to hubs with an all-chats socket (SPEC FED): one call at a time to each, so that
 * its frames keep their order; what comes meanwhile gathers.
 *
 * A hub that cannot be reached is tried for about a minute. Then its frames are dropped, as they are when too many
 * wait: its clients see the gap in the clock with the next frame, or with the bump, and catch up.
 */
export class HubFeeds {
  readonly #env: ObjectEnv;
  readonly #chatId: () => string | undefined;
  readonly #nobodyListens: (userId: string) => void;
  readonly #feeds = new Map<string, Feed>();

  /** `nobodyListens` is called when a hub says so: it wants no more. */
  constructor(env: ObjectEnv, chatId: () => string | undefined, nobodyListens: (userId: string) => void) {
    this.#env = env;
    this.#chatId = chatId;
    this.#nobodyListens = nobodyListens;
  }

  push(userId: string, pieces: readonly string[]): void {
    let feed = this.#feeds.get(userId);
    const isNew = feed === undefined;
    if (!feed) {
      feed = { waiting: [], isRenewed: false, size: 0 };
      this.#feeds.set(userId, feed);
    }
    for (const piece of pieces) {
      feed.waiting.push(piece);
      feed.size += piece.length;
    }
    if (feed.size > FEED_WAITING_CHARS) {
      feed.waiting.length = 0;
      feed.size = 0;
    }
    if (isNew) void this.#deliver(userId, feed);
  }

  /** The hub has subscribed: somebody listens, whatever an earlier call is answered. */
  renew(userId: string): void {
    const feed = this.#feeds.get(userId);
    if (feed) feed.isRenewed = true;
  }

  async #deliver(userId: string, feed: Feed): Promise<void> {
    const hub = this.#env.USERS.get(this.#env.USERS.idFromName(objectName("user", userId)));
    let failures = 0;
    try {
      while (feed.waiting.length > 0 && failures < FEED_ATTEMPTS) {
        const chatId = this.#chatId();
        if (chatId === undefined) return;
        const pieces = takeCall(feed);
        feed.isRenewed = false;
        try {
          if (!(await hub.deliver(chatId, pieces)) && !feed.isRenewed) {
            this.#nobodyListens(userId);
            return;
          }
          failures = 0;
        } catch {
          // Again, in the same order; twice is no harm.
          feed.waiting.unshift(...pieces);
          feed.size += lengthOf(pieces);
          const pause = Math.min(FEED_RETRY_MAX_MS, FEED_RETRY_MS * 2 ** failures++);
          await new Promise((resolve) => setTimeout(resolve, pause));
        }
      }
    } finally {
      this.#feeds.delete(userId);
    }
  }
}

/** As much of the beginning as goes in one call. */
function takeCall(feed: Feed): string[] {
  let chars = 0;
  let count = 0;
  for (const piece of feed.waiting) {
    if (count > 0 && chars + piece.length > FEED_CALL_CHARS) break;
    chars += piece.length;
    count++;
  }
  feed.size -= chars;
  return feed.waiting.splice(0, count);
}

const lengthOf = (pieces: readonly string[]): number => pieces.reduce((sum, piece) => sum + piece.length, 0);
