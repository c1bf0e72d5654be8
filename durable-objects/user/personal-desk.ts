import { Fault } from "../../src/domain/fault.ts";
import { parseMessageId } from "../../src/protocol/ids.ts";
import type { UpOf } from "../../src/protocol/up.ts";
import type { Heads } from "./heads.ts";
import type { Hub } from "./hub.ts";
import { changeOf } from "./inbox.ts";
import { instant, type Personal } from "./personal.ts";
import type { Uplink } from "./uplink.ts";

/** Frames about what is personal, as a device sends them. */
export type PersonalFrame = UpOf<"SET_CHAT_STATE"> | UpOf<"SAVE_DRAFT"> | UpOf<"HIDE_MESSAGES">;

/** Serves the personal frames of the sockets: answers, refusals, and asking a chat that the inbox does not know yet (PER6). */
export class PersonalDesk {
  readonly #hub: Hub;
  readonly #personal: Personal;
  readonly #heads: Heads;
  readonly #uplink: Uplink;

  constructor(hub: Hub, personal: Personal, heads: Heads, uplink: Uplink) {
    this.#hub = hub;
    this.#personal = personal;
    this.#heads = heads;
    this.#uplink = uplink;
  }

  /** At once where the chat is known; else as soon as it has been asked. */
  serve(socket: WebSocket, frame: PersonalFrame, now: number): void {
    try {
      const highest = frame.type === "HIDE_MESSAGES" ? Math.max(...seqsOf(frame)) : 0;
      if (this.#personal.isKnown(frame.chat_id, highest)) this.#obey(socket, frame, now);
      else
        this.#hub.host.inBackground(
          this.#heads
            .ask(frame.chat_id)
            .then(() => this.#obey(socket, frame, now))
            .catch((error: unknown) => this.#uplink.refuse(socket, error, frame)),
        );
    } catch (error) {
      this.#uplink.refuse(socket, error, frame);
    }
  }

  #obey(socket: WebSocket, frame: PersonalFrame, now: number): void {
    const state = this.#hub.sockets.stateOf(socket);
    const { chat_id } = frame;
    if (!state) return;
    if (frame.type === "SAVE_DRAFT") {
      const draft = { device_id: state.device_id, text: frame.text, said_at: instant(frame.edited_at) };
      if (this.#personal.saveDraft(chat_id, draft, now)) return;
      // Nothing is news; but the device must hear that it was answered, and what stands instead (DRF5).
      const drafts = this.#personal.longDrafts(chat_id);
      this.#hub.send(socket, state, changeOf(this.#hub, this.#hub.rev, chat_id, { drafts }));
      return;
    }
    const { command_id } = frame;
    const rev =
      frame.type === "SET_CHAT_STATE"
        ? this.#personal.setState(chat_id, command_id, frame, now)
        : this.#personal.hide(chat_id, command_id, seqsOf(frame), frame.is_hidden, now);
    this.#hub.send(socket, state, { type: "COMMAND_ACK", chat_id, command_id, rev });
  }
}

/** @throws Fault `invalid` if one of the messages is of another chat */
function seqsOf({ chat_id, message_ids }: UpOf<"HIDE_MESSAGES">): number[] {
  return message_ids.map((id) => {
    const message = parseMessageId(id);
    if (message?.chat_id !== chat_id) throw new Fault("invalid", { message: "All messages must be of the chat." });
    return message.seq;
  });
}
