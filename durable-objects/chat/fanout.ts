import { joinFrames } from "../../src/protocol/codec.ts";
import { CLOSE } from "../../src/protocol/error.ts";
import { MESSAGE_CHARS, SLOW_READER_REVS } from "../shared/limits.ts";
import type { SocketState, Sockets } from "../shared/sockets.ts";
import type { News } from "./commits.ts";
import type { HubFeeds } from "./hub-feeds.ts";
import type { Room } from "./room.ts";
import type { MemberRow } from "./rows.ts";

/** What one member hears instead of some of the pieces; undefined: the same as everybody. */
type Veil = (userId: string) => readonly string[] | undefined;

/**
 * Brings what a chat says to everybody who is there (SPEC NEW, FED): serialised once, one WebSocket message per socket
 * and batch, and in order to the hubs that carry this chat on an all-chats socket.
 */
export class Fanout {
  readonly #sockets: Sockets<SocketState>;
  readonly #feeds: HubFeeds;
  readonly #room: () => Room | undefined;
  /** Acknowledgements of the batch being committed, to be sent with its news. */
  readonly #acks = new Map<WebSocket, string[]>();
  /** How far each device says it has applied. In memory: after a wake everybody counts as having read all. */
  readonly #applied = new WeakMap<WebSocket, number>();

  constructor(sockets: Sockets<SocketState>, feeds: HubFeeds, room: () => Room | undefined) {
    this.#sockets = sockets;
    this.#feeds = feeds;
    this.#room = room;
  }

  /** Keeps an acknowledgement to travel with the news of its batch. */
  acknowledge(socket: WebSocket, piece: string): void {
    const held = this.#acks.get(socket);
    if (held) held.push(piece);
    else this.#acks.set(socket, [piece]);
  }

  /** A device has applied the news up to `rev`. */
  applied(socket: WebSocket, rev: number): void {
    this.#applied.set(socket, Math.max(this.#applied.get(socket) ?? 0, rev));
  }

  publish(batch: readonly News[]): void {
    let news: News[] = [];
    let chars = 0;
    for (const next of batch) {
      news.push(next);
      for (const piece of next.pieces) chars += piece.length;
      if (!next.farewells && chars < MESSAGE_CHARS) continue;
      // Who is put out hears why, and nothing of what follows.
      this.#tell(news);
      news = [];
      chars = 0;
      if (next.farewells === "everybody") this.#closeAll();
      else for (const userId of next.farewells ?? []) this.#sayGoodbye(userId);
    }
    this.#tell(news);
    this.#flushAcks();
  }

  #tell(news: readonly News[]): void {
    const pieces = news.flatMap(({ pieces: own }) => own);
    const isVeiled = news.some(({ veiled, own }) => veiled !== undefined || own !== undefined);
    this.broadcast(pieces, isVeiled ? this.#veilOf(news) : undefined);
  }

  /** For the few from whom something is hidden: their own words about it. */
  #veilOf(news: readonly News[]): Veil {
    return (userId) => {
      const viewer = this.#room()?.member(userId);
      const first = viewer ? news.map((one) => this.#ownPiece(viewer, one)) : [];
      if (first.every((piece) => piece === undefined)) return undefined;
      return news.flatMap(({ pieces }, i) => {
        const piece = first[i];
        return piece === undefined ? pieces : [piece, ...pieces.slice(1)];
      });
    };
  }

  /** What a member hears instead of the first piece; undefined: that. */
  #ownPiece(viewer: MemberRow, { veiled, own }: News): string | undefined {
    if (veiled && (veiled.seq < viewer.first_seq || this.#room()?.blocks.concerns(viewer.user_id)))
      return veiled.piece(viewer);
    return own?.(viewer.user_id);
  }

  /** Frames for everybody who is there. */
  broadcast(pieces: readonly string[], veil?: Veil): void {
    if (pieces.length === 0 && !veil) return;
    const joined = joinFrames(pieces);
    const head = this.#room()?.rev ?? 0;
    for (const [socket, state] of this.#sockets.entries()) {
      const own = veil?.(state.user_id);
      const acks = this.#acks.get(socket);
      if (acks) {
        this.#acks.delete(socket);
        this.#sockets.send(socket, state, [...acks, ...(own ?? pieces)]);
      } else if (own) this.#sockets.send(socket, state, own);
      else if (pieces.length > 0) this.#sockets.send(socket, state, pieces, joined);
      this.#closeIfSlow(socket, head);
    }
    for (const userId of this.#room()?.feeds ?? []) {
      const told = veil?.(userId) ?? pieces;
      if (told.length > 0) this.#feeds.push(userId, told);
    }
  }

  /** A reader that is far behind what it was sent catches up in one answer instead. */
  #closeIfSlow(socket: WebSocket, head: number): void {
    const applied = this.#applied.get(socket);
    if (applied === undefined) this.#applied.set(socket, head);
    else if (head - applied > SLOW_READER_REVS) this.#sockets.close(socket, CLOSE.slow_reader, "slow_reader");
  }

  /** Acknowledgements that no news went with: those of repeats. */
  #flushAcks(): void {
    for (const [socket, acks] of this.#acks) {
      const state = this.#sockets.stateOf(socket);
      if (state) this.#sockets.send(socket, state, acks);
    }
    this.#acks.clear();
  }

  #closeAll(): void {
    for (const [socket] of [...this.#sockets.entries()]) this.#sockets.close(socket, CLOSE.removed, "removed");
    this.#room()?.feeds.clear();
  }

  #sayGoodbye(userId: string): void {
    for (const [socket, state] of [...this.#sockets.entries()]) {
      if (state.user_id === userId) this.#sockets.close(socket, CLOSE.removed, "removed");
    }
    this.#room()?.feeds.delete(userId);
  }
}
