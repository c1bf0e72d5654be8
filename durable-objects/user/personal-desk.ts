import { Fault } from "../../src/domain/fault.ts";
import { parseMessageId } from "../../src/protocol/ids.ts";
import type { UpOf } from "../../src/protocol/up.ts";
import type { Heads } from "./heads.ts";
import type { Hub } from "./hub.ts";
import { changeOf } from "./inbox.ts";
import { instant, type Personal } from "./personal.ts";
import type { Reminders } from "./reminders.ts";
import type { Uplink } from "./uplink.ts";

/** Frames about what is personal, as a device sends them. */
export type PersonalFrame = UpOf<"SET_CHAT_STATE"> | UpOf<"SAVE_DRAFT"> | UpOf<"HIDE_MESSAGES"> | UpOf<"SET_REMINDER">;

/** Serves the personal frames of the sockets: answers, refusals, and asking a chat that the inbox does not know yet (PER6). */
export class PersonalDesk {
  readonly #hub: Hub;
  readonly #personal: Personal;
  readonly #heads: Heads;
  readonly #uplink: Uplink;
  readonly #reminders: Reminders;

  constructor(hub: Hub, personal: Personal, reminders: Reminders, heads: Heads, uplink: Uplink) {
    this.#hub = hub;
    this.#personal = personal;
    this.#reminders = reminders;
    this.#heads = heads;
    this.#uplink = uplink;
  }

  /** At once where the chat is known; else as soon as it has been asked. */
  serve(socket: WebSocket, frame: PersonalFrame, now: number): void {
    try {
      const highest = highestOf(frame);
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
    const rev = this.#command(frame, now);
    this.#hub.send(socket, state, { type: "COMMAND_ACK", chat_id, command_id, rev });
  }

  #command(frame: Exclude<PersonalFrame, UpOf<"SAVE_DRAFT">>, now: number): number {
    const { chat_id, command_id } = frame;
    switch (frame.type) {
      case "SET_CHAT_STATE":
        return this.#personal.setState(chat_id, command_id, frame, now);
      case "HIDE_MESSAGES":
        return this.#personal.hide(chat_id, command_id, seqsOf(frame), frame.is_hidden, now);
      case "SET_REMINDER":
        return this.#reminders.set(chat_id, command_id, highestOf(frame), frame.remind_at, now);
    }
  }
}

/** The highest number of a message that a frame names. @throws Fault `invalid` as {@link seqsOf} does */
function highestOf(frame: PersonalFrame): number {
  if (frame.type === "SET_CHAT_STATE") return frame.cleared_seq ?? 0;
  return frame.type === "SAVE_DRAFT" ? 0 : Math.max(...seqsOf(frame));
}

/** @throws Fault `invalid` if one of the messages is of another chat */
function seqsOf(frame: UpOf<"HIDE_MESSAGES"> | UpOf<"SET_REMINDER">): number[] {
  const { chat_id } = frame;
  const ids = "message_ids" in frame ? frame.message_ids : [frame.message_id];
  return ids.map((id) => {
    const message = parseMessageId(id);
    if (message?.chat_id !== chat_id) throw new Fault("invalid", { message: "All messages must be of the chat." });
    return message.seq;
  });
}
