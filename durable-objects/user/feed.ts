import type { DownFrame } from "../../src/protocol/down.ts";
import { RETRY_MS } from "../shared/limits.ts";
import type { Hub } from "./hub.ts";
import { type HubSocket, piecesFor, translated } from "./hub-socket.ts";
import { CHATS_AT_ONCE } from "./limits.ts";
import { eachOf } from "./peers.ts";

/** The news of every chat over the sockets that asked for it (FED1 to FED6). */
export class Feed {
  readonly #hub: Hub;
  /** Chats that are being opened for sockets without cursors: their news waits until the beginning was sent. */
  readonly #opening = new Map<string, string[]>();

  constructor(hub: Hub) {
    this.#hub = hub;
  }

  *#listeners(): Generator<[WebSocket, HubSocket]> {
    for (const entry of this.#hub.sockets.entries()) if (entry[1].feed === "all") yield entry;
  }

  get #isWanted(): boolean {
    return !this.#listeners().next().done;
  }

  /** Passes a chat's frames on. False if nobody listens. */
  deliver(chatId: string, frames: readonly string[]): boolean {
    if (!this.#isWanted) return false;
    const held = this.#opening.get(chatId);
    held?.push(...frames);
    for (const [socket, state] of [...this.#listeners()]) {
      if (held && !state.is_batching) continue;
      this.#hub.sockets.send(socket, state, translated(state, frames));
    }
    return true;
  }

  /** Asks every chat for its news, if a socket is here that has not seen that done. What fails is asked by the alarm. */
  async subscribe(): Promise<void> {
    const fresh = [...this.#listeners()].filter(([, state]) => !state.is_subscribed).map(([socket]) => socket);
    if (fresh.length === 0) return;
    // Armed before the calls, as a kill between two of them must not leave a chat unasked.
    this.#hub.host.wakeAt(Date.now() + RETRY_MS);
    let isDone = true;
    await eachOf(this.#hub.store.present(), CHATS_AT_ONCE, async ({ chat_id }) => {
      isDone = (await this.#subscribeTo(chat_id)) && isDone;
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
    const listener = this.#listeners().next().value;
    if (!listener || this.#opening.has(chatId)) return;
    const held: string[] = [];
    this.#opening.set(chatId, held);
    try {
      if (!(await this.#subscribeTo(chatId))) {
        this.#askAgain();
        return;
      }
      const [, { user_id, session_id, device_id }] = listener;
      const caller = { user_id, session_id, device_id };
      const answer = await this.#hub.peers.chat(chatId, (chat) =>
        chat.relay(caller, { type: "CATCH_UP", chat_id: chatId }),
      );
      this.#play(
        answer.map((piece) => JSON.parse(piece) as DownFrame),
        held,
      );
    } catch {
      // The chat has it; a client that misses it reads its history.
      this.#play([], held);
    } finally {
      this.#opening.delete(chatId);
    }
  }

  #askAgain(): void {
    for (const [socket, state] of [...this.#listeners()])
      this.#hub.sockets.update(socket, { ...state, is_subscribed: false });
    this.#hub.host.wakeAt(Date.now() + RETRY_MS);
  }

  #play(answer: readonly DownFrame[], held: readonly string[]): void {
    const snapshot = answer.find((frame) => frame.type === "SNAPSHOT");
    const joinedAt = snapshot?.members.find((member) => member.user_id === this.#hub.userId)?.joined_at ?? "";
    const beginning: DownFrame[] = (snapshot?.messages ?? [])
      .filter((message) => message.created_at >= joinedAt && !message.is_hidden)
      .map((message) => ({
        type: "MESSAGE_RECEIVED",
        chat_id: message.chat_id,
        base: message.rev - 1,
        rev: message.rev,
        message,
      }));
    const rest = held
      .map((piece) => JSON.parse(piece) as DownFrame)
      .filter((frame) => !("rev" in frame && "chat_id" in frame) || frame.rev > (snapshot?.rev ?? 0));
    for (const [socket, state] of [...this.#listeners()]) {
      if (state.is_batching) continue;
      this.#hub.sockets.send(
        socket,
        state,
        [...beginning, ...rest].flatMap((frame) => piecesFor(state, frame)),
      );
    }
  }
}
