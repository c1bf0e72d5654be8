import { CHAT, ME, message, received } from "./sample-chat.ts";
import type { ScriptedSocket } from "./scripted-network.ts";
import type { TabWorld } from "./tab-world.ts";

/** The server of a browser's tabs: takes what they send, tells it to all who are connected, and knows a repeat. */
export class TabServer {
  readonly #world: TabWorld;
  readonly #taken = new Map<ScriptedSocket, number>();
  /** How often a message came that was there already. */
  repeats = 0;

  constructor(world: TabWorld) {
    this.#world = world;
  }

  get sockets(): ScriptedSocket[] {
    return this.#world.tabs
      .flatMap((tab) => tab.network.dialled)
      .filter(({ target, isClosed }) => !isClosed && target.kind === "chat");
  }

  /** Takes what was sent since the last time. `isHeard`: whether an answer arrives. */
  take(isHeard: () => boolean = () => true): void {
    for (const socket of this.sockets) {
      const from = this.#taken.get(socket) ?? 0;
      this.#taken.set(socket, socket.sent.length);
      for (const frame of socket.sent.slice(from)) {
        if (frame.type === "SEND_MESSAGE") this.#message(socket, frame, isHeard);
        else if (frame.type === "PING" && isHeard()) socket.say({ type: "PONG" });
        else if (frame.type === "CATCH_UP") socket.end();
      }
    }
  }

  #message(
    socket: ScriptedSocket,
    frame: Extract<ScriptedSocket["sent"][number], { type: "SEND_MESSAGE" }>,
    isHeard: () => boolean,
  ): void {
    const { log } = this.#world;
    const known = log.find((row) => row.client_msg_id === frame.client_msg_id);
    const seq = known?.seq ?? log.length + 1;
    const answered = frame.reply_to_message_id;
    const row =
      known ??
      message(seq, seq, {
        sender_id: ME,
        client_msg_id: frame.client_msg_id,
        content: frame.content,
        ...(answered === undefined ? {} : { reply_to_message_id: answered }),
      });
    if (known) this.repeats++;
    else log.push(row);
    if (!isHeard()) {
      socket.end();
      return;
    }
    socket.say({
      type: "MESSAGE_ACK",
      chat_id: CHAT,
      client_msg_id: frame.client_msg_id,
      server_msg_id: `${CHAT}.${seq}`,
      seq,
      timestamp: row.created_at,
    });
    if (!known) for (const other of this.sockets) other.say(received(row));
  }
}
