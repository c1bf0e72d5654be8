import { joinFrames } from "../../src/protocol/codec.ts";
import { CLOSE } from "../../src/protocol/error.ts";
import { objectName } from "../../src/protocol/ids.ts";
import type { ObjectEnv } from "../shared/env.ts";
import { SLOW_READER_REVS } from "../shared/limits.ts";
import type { SocketState, Sockets } from "../shared/sockets.ts";
import type { News } from "./commits.ts";
import type { Room } from "./room.ts";

/** How often a hub's frames are tried, and the pause that grows between. */
const FEED_ATTEMPTS = 5;
const FEED_RETRY_MS = 200;

/** A socket opened on this chat; `acked_rev` is how far its device says it has applied. */
export interface ChatSocket extends SocketState {
  acked_rev: number;
}

/**
 * Brings what a chat says to everybody who is there (SPEC FAN): serialised once, one WebSocket message per socket and
 * batch, and in order to the hubs that carry this chat on an all-chats socket.
 */
export class Fanout {
  readonly #env: ObjectEnv;
  readonly #sockets: Sockets<ChatSocket>;
  readonly #room: () => Room | undefined;
  readonly #unfeed: (userId: string) => void;
  /** Acknowledgements of the batch being committed, to be sent with its news. */
  readonly #acks = new Map<WebSocket, string[]>();
  readonly #feeding = new Map<string, { waiting: string[]; isCalling: boolean }>();

  /** `unfeed` is called when a hub says that nobody listens there any more. */
  constructor(
    env: ObjectEnv,
    sockets: Sockets<ChatSocket>,
    room: () => Room | undefined,
    unfeed: (userId: string) => void,
  ) {
    this.#env = env;
    this.#sockets = sockets;
    this.#room = room;
    this.#unfeed = unfeed;
  }

  /** Keeps an acknowledgement to travel with the news of its batch. */
  acknowledge(socket: WebSocket, piece: string): void {
    const held = this.#acks.get(socket);
    if (held) held.push(piece);
    else this.#acks.set(socket, [piece]);
  }

  /** Sends acknowledgements that no news went with: those of repeats. */
  flushAcks(): void {
    for (const [socket, acks] of this.#acks) {
      const state = this.#sockets.stateOf(socket);
      if (state) this.#sockets.send(socket, state, acks);
    }
    this.#acks.clear();
  }

  publish(batch: readonly News[]): void {
    let pieces: string[] = [];
    for (const news of batch) {
      pieces.push(...news.pieces);
      if (!news.farewells) continue;
      // Who is put out hears why, and nothing of what follows.
      this.broadcast(pieces);
      pieces = [];
      for (const userId of news.farewells) this.#sayGoodbye(userId);
    }
    this.broadcast(pieces);
    this.flushAcks();
  }

  /** Frames for everybody who is there. */
  broadcast(pieces: readonly string[]): void {
    if (pieces.length === 0) return;
    const joined = joinFrames(pieces);
    const head = this.#room()?.rev ?? 0;
    for (const [socket, state] of this.#sockets.entries()) {
      const acks = this.#acks.get(socket);
      if (acks) {
        this.#acks.delete(socket);
        this.#sockets.send(socket, state, [...acks, ...pieces]);
      } else {
        this.#sockets.send(socket, state, pieces, joined);
      }
      if (head - state.acked_rev > SLOW_READER_REVS) this.#sockets.close(socket, CLOSE.slow_reader, "slow_reader");
    }
    for (const userId of this.#room()?.feeds ?? []) this.#feed(userId, pieces);
  }

  #sayGoodbye(userId: string): void {
    for (const [socket, state] of [...this.#sockets.entries()]) {
      if (state.user_id === userId) this.#sockets.close(socket, CLOSE.removed, "removed");
    }
    this.#room()?.feeds.delete(userId);
  }

  /** One call at a time to each hub, so that its frames keep their order; what comes meanwhile gathers. */
  #feed(userId: string, pieces: readonly string[]): void {
    const feed = this.#feeding.get(userId) ?? { waiting: [], isCalling: false };
    this.#feeding.set(userId, feed);
    feed.waiting.push(...pieces);
    if (!feed.isCalling) void this.#deliver(userId, feed);
  }

  async #deliver(userId: string, feed: { waiting: string[]; isCalling: boolean }): Promise<void> {
    feed.isCalling = true;
    const hub = this.#env.USERS.get(this.#env.USERS.idFromName(objectName("user", userId)));
    let failures = 0;
    try {
      while (feed.waiting.length > 0 && failures < FEED_ATTEMPTS) {
        const pieces = feed.waiting.splice(0);
        const chatId = this.#room()?.chat.chat_id;
        if (chatId === undefined) break;
        try {
          if (!(await hub.deliver(chatId, pieces))) {
            this.#unfeed(userId);
            break;
          }
          failures = 0;
        } catch {
          // Again, in the same order; twice is no harm. A hub that stays away has lost its sockets: they will catch up.
          feed.waiting.unshift(...pieces);
          failures++;
          await new Promise((resolve) => setTimeout(resolve, FEED_RETRY_MS * failures));
        }
      }
    } finally {
      this.#feeding.delete(userId);
    }
  }
}
