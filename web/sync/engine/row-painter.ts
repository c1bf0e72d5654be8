import type { Member } from "../../../src/protocol/chat.ts";
import { messageId, parseMessageId } from "../../../src/protocol/ids.ts";
import type { Message } from "../../../src/protocol/message.ts";
import type { TimelineMessage } from "../client.ts";
import type { ChatPicture } from "./chat-view.ts";
import { isStuck } from "./outbox-refs.ts";
import type { OutboxRow } from "./outbox-row.ts";
import { isDeletion, PaintedCommands, paintCommands, paintedChoice } from "./painted-commands.ts";
import { choiceOf, pollOf } from "./poll-picture.ts";
import { stateInLog, stateInOutbox } from "./ticks.ts";
import { drawMessage, drawOutbox, messageOf, type Quote, quoteOf } from "./timeline-message.ts";

/** Draws the rows of one screen, and keeps each that looks as it did. */
export class RowPainter {
  readonly #drawn = new WeakMap<Message | OutboxRow, { looks: string; message: TimelineMessage }>();
  /** A row of the screen's own window. */
  readonly #at: (seq: number) => Message | undefined;

  constructor(at: (seq: number) => Message | undefined) {
    this.#at = at;
  }

  brush(picture: ChatPicture): Brush {
    return new Brush(picture, this.#drawn, this.#at);
  }
}

/** One drawing of one screen. */
class Brush {
  readonly #picture: ChatPicture;
  readonly #drawn: WeakMap<Message | OutboxRow, { looks: string; message: TimelineMessage }>;
  readonly #at: (seq: number) => Message | undefined;
  readonly #commands: PaintedCommands;

  constructor(
    picture: ChatPicture,
    drawn: WeakMap<Message | OutboxRow, { looks: string; message: TimelineMessage }>,
    at: (seq: number) => Message | undefined,
  ) {
    this.#picture = picture;
    this.#drawn = drawn;
    this.#at = at;
    this.#commands = new PaintedCommands(picture.outbox);
  }

  /** A row of the log. One that looks as it did is the same object as it was, so that a screen redraws only what changed. */
  row(message: Message): TimelineMessage {
    const { me, ticks } = this.#picture;
    const commands = this.#commands.of(message.seq, message.sender_id === me ? message.client_msg_id : undefined);
    const state = message.sender_id === me ? stateInLog(message.seq, ticks) : "sent";
    const quoted = parseMessageId(message.reply_to_message_id ?? "")?.seq;
    const quote = quoted === undefined ? undefined : this.#quote(quoted);
    return this.#paint(message, message, commands, state, quote);
  }

  /** An unsent message of this device. */
  unsent(row: OutboxRow): TimelineMessage {
    const { me, is_attached } = this.#picture;
    const commands = this.#commands.of(row.ack?.seq, row.client_msg_id);
    const quote =
      row.reply_to_seq !== undefined
        ? this.#quote(row.reply_to_seq)
        : row.reply_to_id === undefined
          ? undefined
          : this.#unsentQuote(row.reply_to_id);
    const state = isStuck(row, this.#picture.outbox) ? "waiting" : stateInOutbox(row, is_attached);
    return this.#paint(row, messageOf(row, me), commands, state, quote);
  }

  #paint(
    key: Message | OutboxRow,
    message: Message,
    commands: readonly OutboxRow[],
    state: NonNullable<TimelineMessage["state"]>,
    quote: Quote | undefined,
  ): TimelineMessage {
    const { me, now, state: chat } = this.#picture;
    const poll = message.deleted_at === undefined ? pollOf(message) : undefined;
    const before = poll ? choiceOf(message, me, this.#picture.choice(message)) : undefined;
    const drawing = {
      me,
      sender_name: nameOf(this.#picture, message.sender_id),
      state,
      is_deleted_here: isDeletion(commands),
      quote,
      edit_window_s: chat?.chat.settings.edit_window_s,
      choice: poll ? paintedChoice(commands, before) : undefined,
      now,
    };
    const moments = [momentOf(message.expires_at), momentOf(poll?.closes_at)];
    for (const at of moments) if (at !== undefined && at > now) this.#picture.until(at);
    const over = moments.map((at) => at !== undefined && at <= now).join();
    const painted = commands.map((row) => `${row.place}`).join();
    const looks = `${drawing.sender_name}\n${state}\n${over}\n${drawing.edit_window_s}\n${painted}\n${drawing.choice?.join()}\n${before?.join()}\n${quote ? JSON.stringify(quote) : ""}`;
    const known = this.#drawn.get(key);
    if (known?.looks === looks) return known.message;
    const made = commands.length > 0 ? paintCommands(message, commands, me, before) : message;
    const fresh = "place" in key ? drawOutbox(key, made, drawing) : drawMessage(made, drawing);
    this.#drawn.set(key, { looks, message: fresh });
    return fresh;
  }

  /** From the window, from memory, or looked up; with what was just done to it. */
  #quote(seq: number): Quote {
    const picture = this.#picture;
    const isHidden = picture.hidden.has(seq);
    const message = isHidden ? undefined : (this.#at(seq) ?? picture.state?.messages.get(seq) ?? picture.quote(seq));
    return this.#quoteOf(messageId(picture.chat_id, seq), seq, message, isHidden);
  }

  /** An answer to what was not sent yet. It has no number to jump to: 0. */
  #unsentQuote(clientMsgId: string): Quote {
    const { outbox, me } = this.#picture;
    const row = outbox.find((one) => one.client_msg_id === clientMsgId && one.kind === "message");
    const message = row && messageOf(row, me);
    return this.#quoteOf(row?.ack?.message_id ?? "", row?.ack?.seq ?? 0, message, false, clientMsgId);
  }

  #quoteOf(id: string, seq: number, message: Message | undefined, isHidden: boolean, clientMsgId?: string): Quote {
    const { me, now } = this.#picture;
    const own = message?.sender_id === me ? message.client_msg_id : undefined;
    const commands = this.#commands.of(seq, clientMsgId ?? own);
    if (message?.expires_at !== undefined) {
      const at = Date.parse(message.expires_at);
      if (at > now) this.#picture.until(at);
    }
    return quoteOf(id, seq, message && paintCommands(message, commands, me), {
      name: message ? nameOf(this.#picture, message.sender_id) : "",
      is_hidden: isHidden,
      is_deleted: isDeletion(commands),
      now,
    });
  }
}

const momentOf = (time: string | undefined): number | undefined => (time === undefined ? undefined : Date.parse(time));

/** A person's name, as far as this device knows it. */
export const nameOf = (
  picture: { state: { members: ReadonlyMap<string, Member> } | undefined; names: ReadonlyMap<string, string> },
  userId: string,
): string => picture.state?.members.get(userId)?.display_name ?? picture.names.get(userId) ?? "";
