import { Fault } from "../../src/domain/fault.ts";
import { normaliseText } from "../../src/domain/text.ts";
import {
  isOfItsType,
  type Mention,
  type SendableContent,
  type SendableType,
  TextContent,
} from "../../src/protocol/content.ts";
import { newClientMsgId } from "../../src/protocol/ids.ts";
import { TEXT_BYTES } from "../../src/protocol/limits.ts";
import type { MessageRef, ScheduleOptions, SendOptions } from "./client.ts";
import type { Desk } from "./desk.ts";
import { type Command, type NewOutboxRow, newCommand } from "./engine/outbox-row.ts";
import type { Store } from "./engine/ports.ts";
import type { SpentDraft } from "./engine/stored.ts";

/** What a composer needs of its tab. */
export interface ComposerTools {
  desk(): Desk | undefined;
  store: Pick<Store, "addOutbox">;
  /** A message written now would leave in this moment, from this very tab. */
  isClear(chatId: string): boolean;
  now(): number;
  /** The draft of this place as it is once this text is sent; undefined where the draft is something else. */
  spent(text: string): SpentDraft | undefined;
}

/** Makes the outbox rows of one chat: checked, durable on the device, and only then told. */
export class Composer {
  readonly #chatId: string;
  readonly #tools: ComposerTools;
  /** The head that the screen knows; what is composed now may have been caused by everything up to there. */
  readonly #seenSeq: () => number;

  constructor(chatId: string, tools: ComposerTools, seenSeq: () => number) {
    this.#chatId = chatId;
    this.#tools = tools;
    this.#seenSeq = seenSeq;
  }

  /** @throws Fault `invalid` or `too_large`, before anything is written */
  async message(
    type: SendableType,
    content: SendableContent,
    options: SendOptions & { thread_root_seq?: number } = {},
  ): Promise<void> {
    const said = saidOf(type, content);
    const now = this.#tools.now();
    const isWaiting = typeof options.reply_to === "string";
    const row: NewOutboxRow = {
      kind: "message",
      chat_id: this.#chatId,
      client_msg_id: newClientMsgId(now),
      created_at: now,
      seen_seq: this.#seenSeq(),
      ...said,
      ...placesOf(options),
      phase: "queued",
      // What it answers has no number yet: it cannot leave in this moment.
      is_transmitted: !isWaiting && this.#tools.isClear(this.#chatId),
      attempts: 0,
    };
    await this.#write(row, this.#spentOn(said));
  }

  /** @throws Fault `invalid` or `too_large`, before anything is written */
  async schedule(
    type: SendableType,
    content: SendableContent,
    sendAt: number,
    options: ScheduleOptions = {},
  ): Promise<void> {
    const said = saidOf(type, content);
    const now = this.#tools.now();
    const command: Command = {
      type: "SCHEDULE_MESSAGE",
      scheduled_id: options.client_msg_id ?? newClientMsgId(now),
      send_at: new Date(sendAt).toISOString(),
    };
    const row = newCommand("command", this.#chatId, command, { id: newClientMsgId(now), now });
    const full = { ...row, seen_seq: this.#seenSeq(), ...said, ...placesOf(options) };
    await this.#write(full, this.#spentOn(said));
  }

  /** @throws Fault `invalid` or `too_large`, before anything is written */
  async edit(message: MessageRef, text: string, messageRev: number, mentions?: readonly Mention[]): Promise<void> {
    const said = saidOf("text", { text, ...(mentions ? { mentions: [...mentions] } : {}) });
    await this.command("command", { type: "EDIT_MESSAGE", message_rev: messageRev }, message, said);
  }

  async command(
    kind: "command" | "personal",
    command: Command,
    target?: MessageRef,
    said: { text?: string; mentions?: readonly Mention[] } = {},
  ): Promise<void> {
    const now = this.#tools.now();
    await this.#write(newCommand(kind, this.#chatId, command, { id: newClientMsgId(now), now, target, ...said }));
  }

  async deletion(message: MessageRef): Promise<void> {
    const now = this.#tools.now();
    const row: NewOutboxRow = {
      kind: "deletion",
      chat_id: this.#chatId,
      client_msg_id: newClientMsgId(now),
      created_at: now,
      seen_seq: this.#seenSeq(),
      text: "",
      ...(typeof message === "number" ? { target_seq: message } : { target_id: message }),
      phase: "queued",
      is_transmitted: false,
      attempts: 0,
    };
    await this.#write(row);
  }

  /** Whatever ends this tab now, the words are in the outbox or in the draft, and never in both. */
  #spentOn(said: Said): SpentDraft | undefined {
    return said.body ? undefined : this.#tools.spent(said.text);
  }

  async #write(row: NewOutboxRow, spent?: SpentDraft): Promise<void> {
    const placed = await this.#tools.store.addOutbox(row, spent);
    this.#tools.desk()?.written(placed);
  }
}

type Said = Pick<NewOutboxRow, "text" | "mentions" | "body">;

/** @throws Fault `invalid` or `too_large` */
function saidOf(type: SendableType, content: SendableContent): Said {
  if (type !== "text") {
    if (!isOfItsType({ message_type: type, content })) throw new Fault("invalid");
    return { text: "", body: { message_type: type, content } };
  }
  if (!("text" in content)) throw new Fault("invalid");
  const { text, mentions = [] } = content;
  const checked = TextContent.safeParse({
    text: normaliseText(text),
    ...(mentions.length > 0 ? { mentions: mentions.map((mention) => moved(mention, text)) } : {}),
  });
  if (checked.success) return checked.data;
  const isTooLong = new TextEncoder().encode(text).byteLength > TEXT_BYTES;
  throw new Fault(isTooLong ? "too_large" : "invalid");
}

/** Where a mention stands once the text before it and its own words are composed anew. */
function moved(mention: Mention, text: string): Mention {
  const offset = normaliseText(text.slice(0, mention.offset)).length;
  const length = normaliseText(text.slice(mention.offset, mention.offset + mention.length)).length;
  return { ...mention, offset, length };
}

const placesOf = ({ reply_to, expires_in_s, thread_root_seq }: SendOptions & { thread_root_seq?: number }) => ({
  ...(typeof reply_to === "number" ? { reply_to_seq: reply_to } : {}),
  ...(typeof reply_to === "string" ? { reply_to_id: reply_to } : {}),
  ...(expires_in_s === undefined ? {} : { expires_in_s }),
  ...(thread_root_seq === undefined ? {} : { thread_root_seq }),
});
