import type { Member } from "../../src/protocol/chat.ts";
import type { DownFrame, DownOf } from "../../src/protocol/down.ts";
import type { Cursor } from "../../src/protocol/up.ts";
import { RETRY_MS } from "../shared/limits.ts";
import type { Hub } from "./hub.ts";
import { type HubSocket, piecesFor, translated } from "./hub-socket.ts";
import { CHATS_AT_ONCE } from "./limits.ts";
import { eachOf } from "./peers.ts";

/** What was said this long before a client without cursors connected may be sent to it: clocks of two objects differ. */
const SKEW_MS = 250;

/** Sockets without cursors that must first be sent the beginning of a chat's news; what comes meanwhile is held for them. */
interface Opening {
  sockets: ReadonlySet<WebSocket>;
  held: string[];
  done: Promise<void>;
}

/** The news of every chat over the sockets that asked for it (FED1 to FED6). */
export class Feed {
  readonly #hub: Hub;
  readonly #opening = new Map<string, Opening>();
  /** What these sockets were sent of a chat may still be on its way here as news. */
  readonly #opened = new Map<string, { sockets: ReadonlySet<WebSocket>; rev: number }>();

  constructor(hub: Hub) {
    this.#hub = hub;
  }

  *#listeners(): Generator<[WebSocket, HubSocket]> {
    for (const entry of this.#hub.sockets.entries()) if (entry[1].feed === "all") yield entry;
  }

  /** Clients that take no arrays may keep no cursors either: what they are not sent they never miss. */
  #plain(isMeant: (state: HubSocket) => boolean): WebSocket[] {
    return [...this.#listeners()].filter(([, state]) => !state.is_batching && isMeant(state)).map(([socket]) => socket);
  }

  /** Passes a chat's frames on. False if nobody listens. */
  deliver(chatId: string, frames: readonly string[]): boolean {
    const listeners = [...this.#listeners()];
    const opening = this.#opening.get(chatId);
    opening?.held.push(...frames);
    const opened = this.#opened.get(chatId);
    const unseen = opened ? newsAfter(frames, opened.rev) : frames;
    // News is in order: what follows is new to everybody.
    if (opened && frames.some((piece) => (revOf(piece) ?? 0) > opened.rev)) this.#opened.delete(chatId);
    for (const [socket, state] of listeners) {
      if (opening?.sockets.has(socket)) continue;
      const mine = opened?.sockets.has(socket) ? unseen : frames;
      this.#hub.sockets.send(socket, state, translated(state, mine));
    }
    return listeners.length > 0;
  }

  /** Asks every chat for its news, if a socket is here that has not seen that done. What fails is asked by the alarm. */
  async subscribe(now: number): Promise<void> {
    const fresh = [...this.#listeners()].filter(([, state]) => !state.is_subscribed).map(([socket]) => socket);
    if (fresh.length === 0) return;
    // Armed before the calls, as a kill between two of them must not leave a chat unasked.
    this.#hub.host.wakeAt(now + RETRY_MS);
    const plain = this.#plain((state) => !state.is_subscribed);
    const since = now - SKEW_MS;
    let isDone = true;
    await eachOf(this.#hub.store.present(), CHATS_AT_ONCE, async (row) => {
      const cursor = { epoch: row.chat_epoch, rev: row.chat_rev };
      const isAsked =
        plain.length === 0
          ? await this.#subscribeTo(row.chat_id)
          : await this.#begin(row.chat_id, plain, cursor, () => since);
      isDone = isAsked && isDone;
    });
    if (!isDone) return;
    for (const socket of fresh) {
      const state = this.#hub.sockets.stateOf(socket);
      if (state) this.#hub.sockets.update(socket, { ...state, is_subscribed: true });
    }
  }

  async #subscribeTo(chatId: string): Promise<boolean> {
    try {
      await this.#hub.peers.chat(chatId, (chat) => chat.subscribeHub(this.#hub.userId, true));
      return true;
    } catch {
      return false;
    }
  }

  /**
   * The owner came into a chat while a socket listens. Clients with cursors learn of it from the inbox and catch up;
   * to the others, what was said since the owner joined is sent as if they had been listening.
   */
  async open(chatId: string): Promise<void> {
    if (this.#listeners().next().done) return;
    const plain = this.#plain(() => true);
    const isAsked =
      plain.length === 0
        ? await this.#subscribeTo(chatId)
        : await this.#begin(chatId, plain, undefined, (members) => {
            const me = members?.find((member) => member.user_id === this.#hub.userId);
            return Date.parse(me?.joined_at ?? "");
          });
    if (isAsked) return;
    for (const [socket, state] of [...this.#listeners()])
      this.#hub.sockets.update(socket, { ...state, is_subscribed: false });
    this.#hub.host.wakeAt(Date.now() + RETRY_MS);
  }

  /**
   * Subscribes, then asks for what came before the subscription took hold, and sends these sockets first that, then what
   * was held, nothing twice. True if the chat has been asked; a beginning that cannot be had is left out.
   */
  async #begin(
    chatId: string,
    sockets: readonly WebSocket[],
    cursor: Cursor | undefined,
    sinceOf: (members: readonly Member[] | undefined) => number,
  ): Promise<boolean> {
    await this.#opening.get(chatId)?.done;
    const held: string[] = [];
    let end: () => void = () => undefined;
    const done = new Promise<void>((resolve) => {
      end = resolve;
    });
    this.#opening.set(chatId, { sockets: new Set(sockets), held, done });
    let isAsked = false;
    let answer: DownOf<"CAUGHT_UP"> | DownOf<"SNAPSHOT"> | undefined;
    try {
      isAsked = await this.#subscribeTo(chatId);
      if (isAsked) answer = await this.#catchUp(chatId, sockets, cursor);
    } catch {
      // Subscribed all the same; a client that misses the beginning reads the history.
    } finally {
      this.#opening.delete(chatId);
      this.#play(sockets, answer, sinceOf(answer?.members), held);
      if (answer) this.#opened.set(chatId, { sockets: new Set(sockets), rev: answer.rev });
      end();
    }
    return isAsked;
  }

  async #catchUp(
    chatId: string,
    sockets: readonly WebSocket[],
    cursor: Cursor | undefined,
  ): Promise<DownOf<"CAUGHT_UP"> | DownOf<"SNAPSHOT"> | undefined> {
    const state = sockets.map((socket) => this.#hub.sockets.stateOf(socket)).find((known) => known !== undefined);
    if (!state) return undefined;
    const { user_id, session_id, device_id } = state;
    const pieces = await this.#hub.peers.chat(chatId, (chat) =>
      chat.relay({ user_id, session_id, device_id }, { type: "CATCH_UP", chat_id: chatId, ...cursor }),
    );
    return pieces
      .map((piece) => JSON.parse(piece) as DownFrame)
      .find((frame) => frame.type === "CAUGHT_UP" || frame.type === "SNAPSHOT");
  }

  #play(
    sockets: readonly WebSocket[],
    answer: DownOf<"CAUGHT_UP"> | DownOf<"SNAPSHOT"> | undefined,
    since: number,
    held: readonly string[],
  ): void {
    const beginning: DownFrame[] = (answer?.messages ?? [])
      .filter((message) => Date.parse(message.created_at) >= since && !message.is_hidden)
      .map((message) => ({
        type: "MESSAGE_RECEIVED",
        chat_id: message.chat_id,
        base: message.rev - 1,
        rev: message.rev,
        message,
      }));
    const rest = newsAfter(held, answer?.rev ?? 0);
    for (const socket of sockets) {
      const state = this.#hub.sockets.stateOf(socket);
      if (!state) continue;
      const pieces = beginning.flatMap((frame) => piecesFor(state, frame));
      this.#hub.sockets.send(socket, state, [...pieces, ...translated(state, rest)]);
    }
  }
}

/** The clock after this frame; undefined if it is no news. */
function revOf(piece: string): number | undefined {
  const frame = JSON.parse(piece) as DownFrame;
  return "rev" in frame && "chat_id" in frame ? frame.rev : undefined;
}

/** Of these frames those that say more than is known at `rev`; what is no news, always. */
const newsAfter = (frames: readonly string[], rev: number): string[] =>
  frames.filter((piece) => (revOf(piece) ?? Number.POSITIVE_INFINITY) > rev);
